"""Reads the catalogue: the frameworks that come with the program, and what an organisation adds or overrides in a
folder of its own. Every mistake is told with file, line and reason, all of them at once.

What a catalogue may say stands in `models/catalogue.py`; whether its SQL expressions bind in `models/catalogue_check.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from models.catalogue import Catalogue, Framework
from models.catalogue_files import Reading
from models.crosswalk import resolve_norm
from models.errors import CatalogueError
from models.message import joined, message
from models.norm_files import check_norms, read_framework, read_heading
from models.norm_number import norm_order
from models.question_files import read_questionnaires
from models.rule_files import add_attestations, read_maturity, read_overrides, read_rules, resting, share_tests
from models.test_type import test_types

__all__ = [
    "catalogue_from_json", "catalogue_to_json", "default_frameworks", "load_catalogue", "norm_order", "packaged_frameworks",
    "resolve_norm",
]  # fmt: skip

_QUESTIONNAIRES = "questionnaires"
_BECAME = ("equal", "moved")  # relations by which an old number leads to its norm
_PLACES = {"tests": {"__all__": {"place"}}, "indicators": {"__all__": {"place"}}}


def load_catalogue(framework_ids: Sequence[str], folder: Path | None = None) -> Catalogue:
    """The catalogue of some frameworks, with what `folder` (an organisation's own) adds and overrides.

    Frameworks whose numbers became norms of another one come along without tests, so that old numbers find their norm.
    Raises CatalogueError with every problem, a line each.
    """
    if folder is None:
        return _packaged(tuple(framework_ids))
    return _load(tuple(framework_ids), folder)


@cache
def packaged_frameworks() -> tuple[Framework, ...]:
    """The frameworks that come with the program, in the order of their ids. Raises CatalogueError."""
    reading = Reading()
    for framework_id, root, place in _folders(None):
        read_heading(reading, framework_id, root, place)
    if reading.problems:
        raise CatalogueError(joined(reading.problems))
    return tuple(reading.frameworks.values())


def default_frameworks() -> tuple[str, ...]:
    """The frameworks that an installation assesses when it names none."""
    return tuple(framework.id for framework in packaged_frameworks() if framework.in_use_by_default)


@lru_cache(maxsize=8)
def _packaged(framework_ids: tuple[str, ...]) -> Catalogue:
    return _load(framework_ids, None)


def _load(framework_ids: tuple[str, ...], folder: Path | None) -> Catalogue:
    reading = Reading()
    folders = _folders(folder)
    for framework_id, root, place in folders:
        read_framework(reading, framework_id, root, place)
    for requested_id in framework_ids:
        if requested_id not in reading.frameworks:
            reading.problem(
                "frameworks",
                message("norms.no_framework", framework_id=requested_id, known=", ".join(reading.frameworks)),
            )
    check_norms(reading)
    for framework_id, root, place in folders:
        if framework_id in framework_ids:
            read_rules(reading, framework_id, root, place)
            read_maturity(reading, framework_id, root, place)
    resting_ids = resting(reading, framework_ids)
    add_attestations(reading, [name for name in framework_ids if name not in resting_ids])
    share_tests(reading)
    add_attestations(reading, resting_ids)
    packaged = resources.files("models").joinpath(_QUESTIONNAIRES)
    read_questionnaires(reading, packaged, f"models/{_QUESTIONNAIRES}", framework_ids)
    if folder is not None:
        read_questionnaires(reading, folder / _QUESTIONNAIRES, f"{folder.name}/{_QUESTIONNAIRES}", framework_ids)
        read_overrides(reading, folder / "overrides.yaml", f"{folder.name}/overrides.yaml")
        share_tests(reading)  # once more, with the organisation's own parameters
    if reading.problems:
        raise CatalogueError(joined(reading.problems))
    return _catalogue(reading, _kept(reading, framework_ids))


def _kept(reading: Reading, framework_ids: tuple[str, ...]) -> set[str]:
    """The frameworks asked for, and those whose numbers became norms of one that is kept."""
    kept_ids = set(framework_ids)
    became = [link for link in reading.links if link.relation in _BECAME]
    while True:
        earlier = {link.framework_id for link in became if link.to_framework_id in kept_ids}
        if earlier <= kept_ids:
            return kept_ids
        kept_ids |= earlier


def _folders(folder: Path | None) -> list[tuple[str, Any, str]]:
    """(framework id, folder, how places name it) of every framework: the packaged ones, then the organisation's."""
    packaged = resources.files("models").joinpath("frameworks")
    folders: list[tuple[str, Any, str]] = []
    for name in _names_of_folders(packaged):
        folders.append((name, packaged.joinpath(name), f"models/frameworks/{name}"))
    if folder is None:
        return folders
    if not folder.is_dir():
        raise CatalogueError(message("norms.no_folder"), place=str(folder), advice=message("norms.mend_folder"))
    for name in _names_of_folders(folder):
        if name != _QUESTIONNAIRES and not name.startswith("."):
            folders.append((name, folder / name, f"{folder.name}/{name}"))
    return folders


def _names_of_folders(place: Traversable | Path) -> list[str]:
    """The names of the folders in a place that may hold a framework."""
    return sorted(entry.name for entry in place.iterdir() if entry.is_dir() and not entry.name.startswith("_"))


def _catalogue(reading: Reading, framework_ids: set[str]) -> Catalogue:
    """The catalogue of these frameworks, with its digest: a SHA-256 over everything but the lines its rules stand on,
    and over what the test types and the models around them make of them: with other ones everything is judged anew."""
    norms = [norm for norm in reading.norms.values() if norm.framework_id in framework_ids]
    norms.sort(key=lambda norm: (norm.framework_id, norm_order(norm.id)))
    links = [link for link in reading.links if {link.framework_id, link.to_framework_id} <= framework_ids]
    catalogue = Catalogue(
        frameworks=tuple(framework for name, framework in reading.frameworks.items() if name in framework_ids),
        norms=tuple(norms),
        links=tuple(links),
        tests=tuple(reading.tests.values()),
        indicators=tuple(reading.indicators.values()),
        questionnaires=tuple(reading.questionnaires.values()),
        questions=tuple(reading.questions.values()),
        maturity=tuple(reading.maturity),
    )
    content = catalogue.model_dump_json(exclude_defaults=True, exclude=_PLACES)
    whole = content + "".join(test_type.model_dump_json() for test_type in test_types().values()) + _engine()
    return catalogue.model_copy(update={"digest": hashlib.sha256(whole.encode()).hexdigest()})


@cache
def _engine() -> str:
    """The text of all that judges besides the test types: the SQL around them, how records are chosen, kinds, populations."""
    models = resources.files("models")
    folders = [entry for name in ("kinds", "sql") for entry in models.joinpath(name).iterdir()]
    files = [entry for entry in folders if entry.name.endswith((".sql", ".yaml"))]
    files += [
        models.joinpath(name)
        for name in ("members.sql", "objects.sql", "population.py", "populations.yaml", "selection.py")
    ]
    return "".join(entry.read_text("utf-8") for entry in sorted(files, key=lambda entry: entry.name))


def catalogue_to_json(catalogue: Catalogue) -> str:
    """The whole catalogue as JSON, durations as ISO 8601 text; `catalogue_from_json` gives the same one back."""
    return catalogue.model_dump_json(exclude_unset=True)


def catalogue_from_json(text: str) -> Catalogue:
    """The catalogue that `catalogue_to_json` wrote."""
    return Catalogue.model_validate_json(text)
