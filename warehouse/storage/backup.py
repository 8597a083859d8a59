"""Copies of the warehouse that can be put back: a folder with one database, the bytes that it names, and the manifests of its
runs. A copy is whole at every moment, also while it is renewed: the file `backup.json` names its database, and is put in place
last.

Putting back never writes over anything in silence. What there is and does not belong to the copy is moved aside; where the
published file knows all that the copy does and more, the warehouse is made from that.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import duckdb

from models.errors import EnsiaError
from models.message import Text, message
from models.sql_text import literal
from warehouse.storage.continuity import is_absent, move_aside, runs_of, strange_parts, warehouse_files
from warehouse.storage.damage import is_readable
from warehouse.storage.database import SETTINGS, State, open_any_version, telling_damage, utc_now
from warehouse.storage.own_files import (
    clear,
    flush,
    private_file,
    private_folder,
    put_in_place,
    remove,
    scratch_path,
)
from warehouse.storage.published_bytes import digest_of, is_changed
from warehouse.storage.seal import SIGNATURE

NAME = "backup.json"
_FORMAT = 1
_OBJECTS, _MANIFESTS = "objects", "manifests"


class BackupError(EnsiaError):
    """A backup cannot be made here, or cannot be put back."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup: the newest finished run in it, its database (name and SHA-256), when it was made (UTC), and how many of the
    bytes that it names there are, and are not. `of_published`: it was made while a run was busy, of what was published."""

    run_no: int
    run_id: str
    database: str
    digest: str
    made_at: datetime
    objects: int
    missing: int
    of_published: bool
    program: str
    format: int = _FORMAT


@dataclass(frozen=True, slots=True)
class Restored:
    """What putting back came to. `joined`: the published file went further, and the warehouse was made from it; `aside`:
    where what did not belong to it is now; `missing`: bytes that it names and that are nowhere."""

    run_no: int
    joined: bool
    aside: Path | None
    objects: int
    missing: int


def back_up(state: State, target: Path, *, of_published: bool) -> Backup:
    """Make or renew the backup in the folder `target`: of the warehouse, which nobody may write meanwhile, or of what was
    published. Raises BackupError, OSError, and WarehouseError for a file that is damaged."""
    _check_target(state, target)
    source = state.published if of_published else state.warehouse
    if not source.exists() or source.stat().st_size == 0:
        raise BackupError(message("backup.nothing"), place=str(source), advice=message("backup.nothing_advice"))
    folder = private_folder(target / "warehouse")
    clear(folder)
    temporary = scratch_path(folder)
    with telling_damage(source, "database.damaged_warehouse_advice"):
        _copy_database(source, temporary)
    contents = _Contents.of(temporary)
    _check_continues(target, contents.runs)
    present, missing = _copy_landing(contents, state.landing, target / "landing")
    digest = digest_of(temporary)
    database = folder / f"ensia-{digest[:16]}.duckdb"
    flush(temporary)
    temporary.replace(database)
    flush(folder)
    program = metadata.version("ensia-compliance")
    backup = Backup(
        contents.run_no, contents.run_id, database.name, digest, utc_now(), present, missing, of_published, program
    )
    content = json.dumps(asdict(backup), default=str).encode()
    put_in_place(target / NAME, content)
    remove(path for path in folder.glob("ensia-*.duckdb") if path != database)
    put_in_place(state.last_backup, content)
    return backup


def last_backup(state: State) -> Backup | None:
    """The newest backup of this installation, as it was noted; None without one."""
    try:
        return _backup_from(json.loads(state.last_backup.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def backup_in(folder: Path) -> Backup:
    """The backup in a folder, with its database as it was made. Raises BackupError."""
    try:
        backup = _backup_from(json.loads((folder / NAME).read_bytes()))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BackupError(message("backup.none"), place=str(folder), advice=message("backup.none_advice")) from error
    database = folder / "warehouse" / backup.database
    if not database.is_file() or digest_of(database) != backup.digest or not is_readable(database):
        raise BackupError(message("backup.damaged"), place=str(database), advice=message("backup.damaged_advice"))
    return backup


def restore(state: State, folder: Path | None) -> Restored:
    """Put the backup in `folder` back, or without one make the warehouse anew from what was published. Nobody may write the
    warehouse meanwhile. Raises BackupError where that would lose what is there."""
    source, origin = _origin_of(state, folder)
    contents = _Contents.of(source)
    _check_not_worse(state, contents.runs)
    private_folder(state.warehouse.parent)
    temporary = scratch_path(state.warehouse.parent)
    _copy_database(source, temporary)
    private_file(temporary)
    flush(temporary)
    present, missing = _copy_landing(contents, origin, state.landing)
    aside = _make_room(state, contents.runs)
    temporary.replace(state.warehouse)
    flush(state.warehouse.parent)
    is_joined = folder is not None and source == state.published
    return Restored(contents.run_no, is_joined, aside, present, missing)


def _origin_of(state: State, folder: Path | None) -> tuple[Path, Path]:
    """The database that is to become the warehouse, and the landing folder with the bytes that it names."""
    published = _published_runs(state)
    if folder is None:
        if not published:
            raise BackupError(
                message("backup.no_published"), place=str(state.published), advice=message("backup.no_published_advice")
            )
        return state.published, state.landing
    backup = backup_in(folder)
    database = folder / "warehouse" / backup.database
    runs = _Contents.of(database).runs
    if published.keys() > runs.keys():
        return state.published, folder / "landing"
    return database, folder / "landing"


def _published_runs(state: State) -> dict[str, int]:
    """The runs of a published file that can be trusted to be as it was published; else none."""
    try:
        if not state.published.is_file() or is_changed(state):
            return {}
        with open_any_version(state) as connection:
            return runs_of(connection)
    except (OSError, duckdb.Error):
        return {}


def _check_not_worse(state: State, runs: dict[str, int]) -> None:
    """Raises BackupError for a warehouse that can be read and knows a run that what would take its place does not, or knows
    as much: there is nothing to put back."""
    if is_absent(state) or not is_readable(state.warehouse):
        return
    with duckdb.connect(str(state.warehouse), read_only=True, config=SETTINGS) as connection:
        ours = runs_of(connection)
    if ours.keys() < runs.keys():
        return
    last, of_backup = max(ours.values(), default=0), max(runs.values(), default=0)
    if ours.keys() >= runs.keys():
        raise BackupError(
            message("backup.not_older", ours=last, theirs=of_backup),
            place=str(state.warehouse),
            advice=message("backup.not_older_advice"),
        )
    raise BackupError(
        message("backup.diverged", ours=last, theirs=of_backup),
        place=str(state.warehouse),
        advice=message("backup.diverged_advice"),
    )


def _make_room(state: State, runs: dict[str, int]) -> Path | None:
    """Move aside the warehouse that is there, and what is published or in manifests of runs that are not among `runs`."""
    strangers = strange_parts(state, runs, lambda: open_any_version(state))
    paths = [*warehouse_files(state), *strangers]
    return move_aside(state, paths) if paths else None


def _check_target(state: State, target: Path) -> None:
    """Raises BackupError for a folder that holds the state or is in it, or that holds something else."""
    place, root = target.resolve(), state.root.resolve()
    is_around = place in root.parents
    is_within = root in place.parents
    if place == root or is_around or is_within:
        raise BackupError(message("backup.in_state"), place=str(target), advice=message("backup.in_state_advice"))
    if target.is_dir() and any(target.iterdir()) and not _is_of_a_backup(target):
        raise BackupError(message("backup.another"), place=str(target), advice=message("backup.another_advice"))


def _is_of_a_backup(folder: Path) -> bool:
    """Whether all that stands in a folder may be of a backup, also of one that was broken off."""
    names = {entry.name for entry in folder.iterdir()}
    return (folder / NAME).is_file() or names <= {"warehouse", "landing"}


def _check_continues(target: Path, runs: dict[str, int]) -> None:
    """Raises BackupError where the folder holds a backup with a run that this warehouse does not know."""
    if not (target / NAME).is_file():
        return
    earlier = backup_in(target)
    theirs = _Contents.of(target / "warehouse" / earlier.database).runs
    if theirs.keys() - runs.keys():
        raise BackupError(
            message("backup.later_there", theirs=earlier.run_no),
            place=str(target),
            advice=message("backup.later_there_advice"),
        )


@dataclass(frozen=True, slots=True)
class _Contents:
    """What a database holds: its runs (name → number), the newest finished one, the bytes that it names, and the manifests of
    its seals (from the landing folder)."""

    runs: dict[str, int]
    run_no: int
    run_id: str
    artifacts: tuple[str, ...]
    manifests: frozenset[str]

    @classmethod
    def of(cls, database: Path) -> _Contents:
        """What a database file holds. Raises duckdb.Error."""
        with duckdb.connect(str(database), read_only=True, config=SETTINGS) as connection:
            runs = runs_of(connection)
            newest = connection.execute(
                "SELECT run_no, run_id FROM ops.run WHERE state IN ('ok', 'degraded') ORDER BY run_no DESC LIMIT 1"
            ).fetchone()
            artifacts = connection.execute(
                "SELECT DISTINCT artifact FROM ops.landing WHERE artifact IS NOT NULL ORDER BY artifact"
            ).fetchall()
            sealed = _sealed(connection)
        run_no, run_id = newest or (0, "")
        names = {artifact for (artifact,) in artifacts} | sealed.keys()
        return cls(runs, run_no, run_id, tuple(sorted(names)), frozenset(sealed.values()))

    def knows(self, manifest: Path) -> bool:
        """Whether a file (named from the landing folder) is the manifest of a run or a seal of this database, or signs one."""
        name = manifest.as_posix().removesuffix(SIGNATURE)
        return name in self.manifests or manifest.name.partition(".")[0] in self.runs


def _sealed(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The marks of each seal (an object) → its manifest; none for a database of before there were seals."""
    try:
        return dict(connection.execute("SELECT marks, file FROM ops.seal WHERE marks IS NOT NULL").fetchall())
    except duckdb.CatalogException:
        return {}


def _copy_database(source: Path, target: Path) -> None:
    """A checkpointed copy of a database without what is only published: the officers' views. Raises duckdb.Error."""
    with duckdb.connect(":memory:", config=SETTINGS) as connection:
        connection.execute(f"ATTACH {literal(str(source))} AS source (READ_ONLY)")
        connection.execute(f"ATTACH {literal(str(target))} AS copy")
        connection.execute("COPY FROM DATABASE source TO copy")
        connection.execute("USE copy")
        views = "SELECT view_name FROM duckdb_views() WHERE database_name = 'copy' AND schema_name = 'main' AND NOT internal"
        for (name,) in connection.execute(views).fetchall():
            connection.execute(f'DROP VIEW main."{name}"')
        connection.execute("USE memory")
        connection.execute("CHECKPOINT copy")
        connection.execute("DETACH copy")


def _copy_landing(contents: _Contents, source: Path, target: Path) -> tuple[int, int]:
    """Bring the bytes that a database names, and the manifests of its runs, from one landing folder into another, where they
    are not there yet. Returns how many objects are there now, and how many are nowhere. Raises OSError."""
    missing = 0
    for artifact in contents.artifacts:
        name = _present_name(target, artifact)
        if name is None:
            name = _present_name(source, artifact)
            if name is None or not _copy_object(source / name, target / name, artifact):
                missing += 1
    for file in sorted((source / _MANIFESTS).rglob("*")):
        name = file.relative_to(source)
        if file.is_file() and contents.knows(name) and not (target / name).exists():
            put_in_place(target / name, file.read_bytes())
    return len(contents.artifacts) - missing, missing


def _present_name(landing: Path, artifact: str) -> Path | None:
    """Where in a landing folder an object is: as it came, or packed."""
    names = (Path(_OBJECTS, artifact[:2], artifact + ending) for ending in ("", ".gz"))
    return next((name for name in names if (landing / name).is_file()), None)


def _copy_object(source: Path, target: Path, artifact: str) -> bool:
    """Copy an object whose bytes are still what its name says; returns whether they are."""
    reader: Callable[..., Any] = gzip.open if source.suffix == ".gz" else open
    try:
        with reader(source, "rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
    except (OSError, EOFError):  # no gzip any more
        return False
    if digest != artifact:
        return False
    temporary = scratch_path(target.parent)
    try:
        shutil.copyfile(source, temporary)
        private_file(temporary)
        flush(temporary)
        temporary.replace(target)
    except OSError:
        remove([temporary])
        raise
    return True


def _backup_from(content: dict[str, Any]) -> Backup:
    if content["format"] != _FORMAT or Path(content["database"]).name != content["database"]:
        raise ValueError(content["format"])
    return Backup(**{**content, "made_at": datetime.fromisoformat(content["made_at"])})


def in_words(restored: Restored) -> list[Text]:
    """What putting back came to, for people."""
    lines: list[Text] = [message("backup.restored", run=restored.run_no, objects=restored.objects)]
    if restored.joined:
        lines.append(message("backup.joined"))
    if restored.aside is not None:
        lines.append(message("backup.set_aside", aside=str(restored.aside)))
    if restored.missing:
        lines.append(message("backup.missing", number=restored.missing))
    return lines
