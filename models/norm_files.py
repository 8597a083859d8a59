"""Reads a framework's own files (`framework.yaml`, `controls.tsv`, `measures.tsv`, `norms.tsv`, `links.tsv`) and checks
that they fit together: numbers that exist, moves that end somewhere, links with two ends. Rules are left to `rule_files`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.catalogue import Framework, Link, Norm
from models.catalogue_files import Located, Reading, rows_of, text_of, yaml_of
from models.errors import TextError
from models.file_place import line_of, place_text
from models.message import message

ATTRIBUTES = ("control_type", "properties", "concepts", "capabilities", "domains")
THEMES = ("organisational", "people", "physical", "technological")
_TEXTS = ("title_nl", "title_en", "summary_nl", "summary_en", "note")
_CONTROL = (("id", "title_nl", "theme"), (*_TEXTS, *ATTRIBUTES, "cbw_scope", "weight"))
_MEASURE = (("id", "control", "state"), (*_TEXTS, "moved_to", "frequency", "cbw_scope", "weight"))
_NORM = (
    ("id", "title_nl"),
    (*_TEXTS, "level", "parent", "state", "moved_to", "frequency", "theme", "aspects", "weight"),
)
_LINK = (("norm", "to_framework", "to_norm", "relation"), ("weight", "note"))


def read_framework(reading: Reading, framework_id: str, root: Any, folder: str) -> None:
    """Read the framework in `root` into `reading`; `folder` is how places name it. Norms add to what is there."""
    read_heading(reading, framework_id, root, folder)
    for name, columns, values_of in (
        ("controls.tsv", _CONTROL, _control),
        ("measures.tsv", _MEASURE, _measure_values),
        ("norms.tsv", _NORM, _norm),
    ):
        file = f"{folder}/{name}"
        if (text := text_of(reading, root.joinpath(name), file)) is not None:
            for row in rows_of(reading, text, file, *columns):
                _add_norm(reading, framework_id, row, file, values_of)
    file = f"{folder}/links.tsv"
    if (text := text_of(reading, root.joinpath("links.tsv"), file)) is not None:
        for row in rows_of(reading, text, file, *_LINK):
            _add_link(reading, framework_id, row, file)


def read_heading(reading: Reading, framework_id: str, root: Any, folder: str) -> None:
    """Read what the framework in `root` says of itself, its `framework.yaml`."""
    file = f"{folder}/framework.yaml"
    entry = root.joinpath("framework.yaml")
    if not entry.is_file():
        if framework_id not in reading.frameworks:
            reading.problem(folder, message("norms.no_heading"))
        return
    content = yaml_of(reading, entry, file)
    if isinstance(content, Located):
        framework = reading.make(Framework, file, content, content)
        if framework is not None and framework.id != framework_id:
            reading.problem(line_of(file, content.lines["id"]), message("norms.folder_name", framework_id=framework_id))
        elif framework is not None:
            reading.frameworks[framework.id] = framework
    elif content is not None:
        reading.problem(line_of(file, 1), message("norms.heading_fields"))


def _control(row: Located) -> dict[str, Any]:
    if row.get("theme") not in THEMES:
        raise TextError(
            message("settings.no_choice", name="theme", value=repr(row.get("theme")), allowed=", ".join(THEMES))
        )
    attributes = {name: _parts(row[name]) for name in ATTRIBUTES if name in row}
    plain = {name: value for name, value in row.items() if name not in ATTRIBUTES}
    return {**plain, "level": "control", "attributes": attributes}


def _measure_values(row: Located) -> dict[str, Any]:
    plain = {name: value for name, value in row.items() if name != "control"}
    level_and_parent = {"level": "measure", "parent": row.get("control")}
    return {"title_nl": row.get("id", ""), **plain, **level_and_parent}


def _norm(row: Located) -> dict[str, Any]:
    aspects = {"aspects": _parts(row["aspects"])} if "aspects" in row else {}
    return {"level": "norm", **row, **aspects}


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _add_norm(
    reading: Reading, framework_id: str, row: Located, file: str, values_of: Callable[[Located], dict[str, Any]]
) -> None:
    place = line_of(file, row.line)
    try:
        values = {**values_of(row), "framework_id": framework_id}
    except TextError as error:
        reading.problem(place, error.text)
        return
    values.setdefault("title_en", values.get("title_nl", ""))
    norm = reading.make(Norm, file, values, row)
    if norm is None:
        return
    key = (framework_id, norm.id)
    if key in reading.norms:
        reading.problem(place, message("norms.norm_twice", norm_id=norm.id, place=place_text(reading.norm_places[key])))
        return
    if (norm.state == "moved") != (norm.moved_to is not None):
        reading.problem(
            place,
            message("norms.not_moved", state=norm.state, moved_to=norm.moved_to),
        )
    reading.norms[key], reading.norm_places[key] = norm, place
    if norm.parent and norm.state == "active":
        reading.parents.add((framework_id, norm.parent))


def _add_link(reading: Reading, framework_id: str, row: Located, file: str) -> None:
    values = {
        "framework_id": framework_id, "norm_id": row.get("norm"), "to_framework_id": row.get("to_framework"),
        "to_norm_id": row.get("to_norm"), "relation": row.get("relation"), "note": row.get("note", ""),
        "weight": row.get("weight", 1.0),
    }  # fmt: skip
    link = reading.make(Link, file, values, row)
    if link is None:
        return
    if link in reading.links:
        reading.problem(line_of(file, row.line), message("norms.link_twice", place=place_text(reading.links[link])))
        return
    reading.links[link] = line_of(file, row.line)


def check_norms(reading: Reading) -> None:
    """Note every parent, moved_to or link that points nowhere, and every chain that runs in a circle."""
    _check_statutory(reading)
    following = _check_targets(reading)
    _check_links(reading, following)
    _check_circles(reading, following)


def _check_statutory(reading: Reading) -> None:
    """Note the numbers that a framework calls statutory and that it does not have."""
    for framework in reading.frameworks.values():
        for number in framework.statutory:
            if (framework.id, number) not in reading.norms:
                reading.problem(f"{framework.id}/framework.yaml", message("norms.statutory", number=number))


def _check_targets(reading: Reading) -> dict[tuple[str, str], tuple[str, str]]:
    """Note every parent and moved_to that points nowhere; returns the norm that follows on each that moved."""
    with_controls = {framework_id for (framework_id, _), norm in reading.norms.items() if norm.level == "control"}
    following: dict[tuple[str, str], tuple[str, str]] = {}
    for key, norm in reading.norms.items():
        framework_id, place = norm.framework_id, reading.norm_places[key]
        if norm.parent and framework_id in with_controls and (framework_id, norm.parent) not in reading.norms:
            reading.problem(place, message("norms.no_parent", parent=norm.parent, framework_id=framework_id))
        if norm.moved_to:
            following[key] = (framework_id, norm.moved_to)
            if following[key] not in reading.norms:
                reading.problem(place, message("norms.no_target", moved_to=norm.moved_to, framework_id=framework_id))
    return following


def _check_links(reading: Reading, following: dict[tuple[str, str], tuple[str, str]]) -> None:
    """Note every link that points nowhere, or to another norm than a number already became; the others join `following`."""
    for link, place in reading.links.items():
        origin, target = (link.framework_id, link.norm_id), (link.to_framework_id, link.to_norm_id)
        for framework_id, norm_id in (origin, target):
            if (framework_id, norm_id) not in reading.norms:
                reading.problem(place, message("norms.no_norm_of", norm_id=norm_id, framework_id=framework_id))
        if link.relation not in ("equal", "moved"):
            continue
        _, other = following.setdefault(origin, target)
        if following[origin] != target:
            reading.problem(place, message("norms.two_targets", norm_id=link.norm_id, other=other))
        following[origin] = target


def _check_circles(reading: Reading, following: dict[tuple[str, str], tuple[str, str]]) -> None:
    norms_in_circles: set[tuple[str, str]] = set()
    for start in following:
        path = [start]
        while (here := following.get(path[-1])) is not None and here not in path:
            path.append(here)
        if here is not None and here == start and start not in norms_in_circles:
            norms_in_circles.update(path)
            circle = " → ".join(norm_id for _, norm_id in [*path, start])
            reading.problem(reading.norm_places.get(start, start[0]), message("norms.circle", circle=circle))
