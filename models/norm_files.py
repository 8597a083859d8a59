"""Reads a framework's own files (`framework.yaml`, `controls.tsv`, `measures.tsv`, `norms.tsv`, `links.tsv`) and checks
that they fit together: numbers that exist, moves that end somewhere, links with two ends. Rules are left to `rule_files`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.catalogue import Framework, Link, Norm
from models.catalogue_files import Located, Reading, rows_of, text_of, yaml_of
from models.errors import TextError
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
        ("measures.tsv", _MEASURE, _measure),
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
            reading.problem(
                folder, "heeft geen framework.yaml met id, title_nl, title_en, version, published en source"
            )
        return
    content = yaml_of(reading, entry, file)
    if isinstance(content, Located):
        made = reading.make(Framework, file, content, content)
        if made is not None and made.id != framework_id:
            reading.problem(
                f"{file}, regel {content.lines['id']}", f"id moet de naam van de map zijn, {framework_id!r}"
            )
        elif made is not None:
            reading.frameworks[made.id] = made
    elif content is not None:
        reading.problem(f"{file}, regel 1", "moet de velden van een kader hebben: id, title_nl, title_en, …")


def _control(row: Located) -> dict[str, Any]:
    if row.get("theme") not in THEMES:
        raise TextError(
            message("settings.no_choice", name="theme", value=repr(row.get("theme")), allowed=", ".join(THEMES))
        )
    attributes = {name: _parts(row[name]) for name in ATTRIBUTES if name in row}
    plain = {name: value for name, value in row.items() if name not in ATTRIBUTES}
    return {**plain, "level": "control", "attributes": attributes}


def _measure(row: Located) -> dict[str, Any]:
    plain = {name: value for name, value in row.items() if name != "control"}
    own = {"level": "measure", "parent": row.get("control")}
    return {"title_nl": row.get("id", ""), **plain, **own}


def _norm(row: Located) -> dict[str, Any]:
    own = {"aspects": _parts(row["aspects"])} if "aspects" in row else {}
    return {"level": "norm", **row, **own}


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _add_norm(
    reading: Reading, framework_id: str, row: Located, file: str, values_of: Callable[[Located], dict[str, Any]]
) -> None:
    place = f"{file}, regel {row.line}"
    try:
        values = {**values_of(row), "framework_id": framework_id}
    except TextError as error:
        reading.problem(place, error.text)
        return
    values.setdefault("title_en", values.get("title_nl", ""))
    made = reading.make(Norm, file, values, row)
    if made is None:
        return
    key = (framework_id, made.id)
    if key in reading.norms:
        reading.problem(place, f"norm {made.id} staat al in {reading.norm_places[key]}")
        return
    if (made.state == "moved") != (made.moved_to is not None):
        reading.problem(
            place,
            f"state {made.state!r} met moved_to {made.moved_to!r}: alleen een verplaatste norm heeft een moved_to",
        )
    reading.norms[key], reading.norm_places[key] = made, place
    if made.parent and made.state == "active":
        reading.parents.add((framework_id, made.parent))


def _add_link(reading: Reading, framework_id: str, row: Located, file: str) -> None:
    values = {
        "framework_id": framework_id, "norm_id": row.get("norm"), "to_framework_id": row.get("to_framework"),
        "to_norm_id": row.get("to_norm"), "relation": row.get("relation"), "note": row.get("note", ""),
        "weight": row.get("weight", 1.0),
    }  # fmt: skip
    made = reading.make(Link, file, values, row)
    if made is None:
        return
    if made in reading.links:
        reading.problem(f"{file}, regel {row.line}", f"deze koppeling staat al in {reading.links[made]}")
        return
    reading.links[made] = f"{file}, regel {row.line}"


def check_norms(reading: Reading) -> None:
    """Note every parent, moved_to or link that points nowhere, and every chain that runs in a circle."""
    with_controls = {key[0] for key, norm in reading.norms.items() if norm.level == "control"}
    following: dict[tuple[str, str], tuple[str, str]] = {}
    for framework in reading.frameworks.values():
        for number in framework.statutory:
            if (framework.id, number) not in reading.norms:
                reading.problem(f"{framework.id}/framework.yaml", f"statutory noemt {number!r}; die norm is er niet")
    for (framework_id, norm_id), norm in reading.norms.items():
        place = reading.norm_places[framework_id, norm_id]
        if norm.parent and framework_id in with_controls and (framework_id, norm.parent) not in reading.norms:
            reading.problem(place, f"beheersmaatregel {norm.parent!r} bestaat niet in {framework_id}")
        if norm.moved_to:
            following[framework_id, norm_id] = (framework_id, norm.moved_to)
            if (framework_id, norm.moved_to) not in reading.norms:
                reading.problem(place, f"moved_to {norm.moved_to!r} bestaat niet in {framework_id}")
    for link, place in reading.links.items():
        ends = ((link.framework_id, link.norm_id), (link.to_framework_id, link.to_norm_id))
        for framework_id, norm_id in ends:
            if (framework_id, norm_id) not in reading.norms:
                reading.problem(place, f"norm {norm_id!r} bestaat niet in kader {framework_id!r}")
        if link.relation in ("equal", "moved"):
            if following.get(ends[0], ends[1]) != ends[1]:
                reading.problem(
                    place, f"norm {link.norm_id} gaat al naar {following[ends[0]][1]}; het kan er maar één zijn"
                )
            following[ends[0]] = ends[1]
    _check_circles(reading, following)


def _check_circles(reading: Reading, following: dict[tuple[str, str], tuple[str, str]]) -> None:
    told: set[tuple[str, str]] = set()
    for start in following:
        path = [start]
        while (here := following.get(path[-1])) is not None and here not in path:
            path.append(here)
        if here is not None and here == start and start not in told:
            told.update(path)
            circle = " → ".join(norm_id for _, norm_id in [*path, start])
            reading.problem(
                reading.norm_places.get(start, start[0]), f"moved_to of koppelingen lopen in een kring: {circle}"
            )
