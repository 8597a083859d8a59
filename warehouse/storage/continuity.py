"""Whether what lies under an installation's state belongs together: the warehouse, the published file, the manifests.

A warehouse that is lost, older than what was published from it, or of another installation is never written over in
silence. Each run has a name that no other run has, here or elsewhere, so the runs tell whose a file is and how far it
goes. Joining a restored backup with what came after it is left to people.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from models.errors import ConfigurationError, EnsiaError
from models.message import Text, joined, message
from warehouse.storage.own_files import private_folder

if TYPE_CHECKING:
    from warehouse.storage.database import State

ASIDE = "apart-gezet-"


class StateError(EnsiaError):
    """The parts of an installation's state do not belong together."""


@dataclass(frozen=True, slots=True)
class _Publication:
    """What the published file says of itself: its runs in order (name, number, as-of day), and its frozen years."""

    runs: tuple[tuple[str, int, object], ...] = ()
    frozen_years: int = 0

    @property
    def names(self) -> set[str]:
        """The names of its runs."""
        return {name for name, _, _ in self.runs}

    def text(self) -> Text:
        """What was published, in words."""
        if not self.runs:
            return message("state.publication")
        _, number, as_of = self.runs[-1]
        if not self.frozen_years:
            return message("state.publication_of", run=number, as_of=as_of)
        years = message("state.frozen_years", number=self.frozen_years)
        return message("state.publication_with", run=number, as_of=as_of, years=years)


def is_aside(name: str) -> bool:
    """Whether a folder bears a name that `begin_anew` gives."""
    return name.startswith(ASIDE)


Reader = Callable[[], duckdb.DuckDBPyConnection]


def check_not_lost(state: State, reader: Reader) -> None:
    """Raises StateError when there is no warehouse file where there must have been one. `reader` opens the published
    file; it may raise EnsiaError or duckdb.Error when that is not possible."""
    if not is_absent(state):
        return
    rest = _rest(state, reader)
    if rest:
        raise _lost(state, rest)


def is_absent(state: State) -> bool:
    """Whether there is no warehouse, or a file without a single byte, as a copy that failed leaves it."""
    return not state.warehouse.exists() or state.warehouse.stat().st_size == 0


def check_runs(connection: duckdb.DuckDBPyConnection, state: State, reader: Reader) -> None:
    """Raises StateError when what was published, or a manifest, is of a run that this warehouse does not know."""
    ours = runs_of(connection)
    publication = _publication(state, reader)
    with_manifest = set(_manifest_runs(state))
    newer_manifests = with_manifest - ours.keys()
    is_newer = bool(publication.names - ours.keys())
    if not is_newer and not newer_manifests:
        return
    if not ours:
        raise _lost(state, _rest(state, reader))
    last = max(ours.values())
    newer = publication.text() if is_newer else message("state.later_runs", number=len(newer_manifests))
    shares_a_run = bool((publication.names | with_manifest) & ours.keys())
    if shares_a_run:
        raise StateError(
            message("state.older_copy", last=last, newer=newer),
            place=str(state.warehouse),
            advice=message("state.older_copy_advice", aside=ASIDE),
        )
    raise StateError(
        message("state.not_together", last=last, newer=newer),
        place=str(state.root),
        advice=message("state.not_together_advice", aside=ASIDE),
    )


def begin_anew(state: State, runs: dict[str, int], reader: Reader) -> Path:
    """Move aside what does not belong to the warehouse, whose runs (name → number) are `runs`: without any, that is the
    whole warehouse and all that came of it. Returns the folder in which it now is. Nothing is deleted, and what was
    landed stays where it is.

    Raises ConfigurationError when nothing is missing.
    """
    strangers = strange_parts(state, runs, reader)
    if not strangers:
        raise ConfigurationError(
            message("state.nothing_missing"), place=str(state.root), advice=message("state.nothing_missing_advice")
        )
    if not runs:
        strangers += warehouse_files(state)
    return move_aside(state, strangers)


def strange_parts(state: State, runs: dict[str, int], reader: Reader) -> list[Path]:
    """What there is, beside the warehouse, of other runs than `runs`."""
    return [path for path in _strangers(state, runs, reader) if path.exists()]


def warehouse_files(state: State) -> list[Path]:
    """The files of the warehouse that there are."""
    return [path for path in (state.warehouse, _log_of(state.warehouse)) if path.exists()]


def move_aside(state: State, paths: Iterable[Path]) -> Path:
    """Move parts of the state into a folder of their own within it; returns that folder."""
    aside = state.root / f"{ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    for path in paths:
        target = aside / path.relative_to(state.root)
        private_folder(target.parent)
        path.rename(target)
    return aside


def _strangers(state: State, runs: dict[str, int], reader: Reader) -> list[Path]:
    """The published file when it is of other runs than these, or there are none, and the manifests of other runs."""
    paths = []
    is_orphan = not runs and state.published.exists()
    if is_orphan or _publication(state, reader).names - runs.keys():
        paths += [state.published, _log_of(state.published)]
    names = [name for name in _manifest_runs(state) if name not in runs]
    manifests = [state.landing / "manifests" / f"{name}.json" for name in names]
    return [*paths, *manifests, *_sealed_with(state, manifests, is_all=not runs)]


def _sealed_with(state: State, manifests: Sequence[Path], *, is_all: bool) -> list[Path]:
    """What was sealed from the first of these manifests on: signatures, acts of people, anchors; `is_all`: whatever there is."""
    signatures = [path.with_name(path.name + ".sig") for path in manifests]
    numbers = [number for number in map(_seal_number, manifests) if number is not None]
    first = 0 if is_all else min(numbers, default=None)
    later = [] if first is None else _sealed_from(state, first)
    return [path for path in (*signatures, *later) if path.exists()]


def _sealed_from(state: State, first: int) -> list[Path]:
    """The files of acts of people and of anchors from a seal on, each with what belongs to it."""
    acts = (state.landing / "manifests" / "acts").glob("*.json")
    anchors = (state.landing / "anchors").glob("*.json")
    files: list[Path] = []
    for path in sorted([*acts, *anchors]):
        number = _seal_number(path) or 0
        if number >= first:
            files += sorted(path.parent.glob(f"{path.stem}.*"))
    return files


def _seal_number(path: Path) -> int | None:
    """The number of the seal that a manifest is of, or of the last that an anchor is over; None for one of before seals."""
    try:
        content = json.loads(path.read_bytes())
        number = content.get("seal", content.get("last"))
    except (OSError, ValueError, AttributeError):
        return None
    return number if isinstance(number, int) else None


def runs_of(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Name and number of every run of a warehouse; none for a database that was never migrated."""
    try:
        return dict(connection.execute("SELECT run_id, run_no FROM ops.run").fetchall())
    except duckdb.CatalogException:
        return {}


def _lost(state: State, rest: Sequence[Text]) -> StateError:
    parts = joined(rest, message("state.and"))
    reason = message("state.empty", rest=parts) if state.warehouse.exists() else message("state.lost", rest=parts)
    return StateError(reason, place=str(state.warehouse), advice=message("state.lost_advice", aside=ASIDE))


def _rest(state: State, reader: Reader) -> list[Text]:
    """What is left of earlier runs beside the warehouse, in words."""
    parts: list[Text] = []
    if state.published.exists():
        parts.append(_publication(state, reader).text())
    number = len(_manifest_runs(state))
    if number:
        parts.append(message("state.manifests", number=number))
    return parts


def _publication(state: State, reader: Reader) -> _Publication:
    """What was published; nothing where that cannot be read: the next run makes it anew."""
    if not state.published.exists():
        return _Publication()
    try:
        connection = reader()
    except (EnsiaError, duckdb.Error):
        return _Publication()
    try:
        runs = connection.execute("SELECT run_id, run_no, as_of FROM ops.run ORDER BY run_no").fetchall()
        frozen = connection.execute('SELECT count(DISTINCT "year") FROM account.freeze').fetchone()
    except duckdb.Error:
        return _Publication()
    finally:
        connection.close()
    return _Publication(tuple(runs), frozen[0] if frozen else 0)


def _manifest_runs(state: State) -> list[str]:
    return sorted(path.stem for path in (state.landing / "manifests").glob("*.json"))


def _log_of(database: Path) -> Path:
    return database.with_name(database.name + ".wal")
