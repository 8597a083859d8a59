"""Opening the warehouse: connection settings, migrations, and the folders of an installation's state.

One writer at a time is DuckDB's rule: a second one is refused here in plain words. Readers use the published copy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import duckdb

from models.errors import EnsiaError, NotFound
from models.instant import AMSTERDAM, macros, wall_time
from models.message import Text, message
from models.sql_text import literal
from warehouse.storage.audit import take_in_acts
from warehouse.storage.clock import check_clock
from warehouse.storage.continuity import begin_anew, check_not_lost, check_runs, is_absent, is_aside, runs_of
from warehouse.storage.damage import WarehouseBusy, WarehouseError, no_room, why_unusable
from warehouse.storage.file_note import note_bytes
from warehouse.storage.landing import Landing
from warehouse.storage.membership import PUBLISHED, Membership
from warehouse.storage.own_files import (
    clear,
    flush,
    is_scratch,
    private_file,
    private_folder,
    scratch_name,
    scratch_path,
)
from warehouse.storage.reading_views import lay_reading_views, reading_digest
from warehouse.storage.seal import sealing

__all__ = ["WarehouseBusy", "WarehouseError"]

# Nothing is fetched at run time: no extensions, no telemetry, no remote files.
SETTINGS: dict[str, Any] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
# For one batch: every core more takes memory of its own, and the work is soon done.
ONE_CORE = SETTINGS | {"threads": 1}
SPARING_MEMORY = "48MB"
BEFORE_MIGRATION = "ensia-voor-migratie-"  # a copy of the warehouse as it was at the migration of that number
_KEEPS_COPIES = timedelta(days=60)
_SPILL_NAME = scratch_name()  # one for this process: DuckDB refuses a second connection with other settings


@dataclass(frozen=True, slots=True)
class State:
    """The folders under an installation's `state`; created when they are first needed. In a fleet (`membership`) what others
    need too stands in its storage."""

    root: Path
    membership: Membership | None = None

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse" / "ensia.duckdb"

    @property
    def warehouse_note(self) -> Path:
        return self.root / "warehouse" / "ensia.duckdb.json"

    @property
    def published(self) -> Path:
        if self.membership:
            return self.membership.published
        return self.root / "published" / PUBLISHED

    @property
    def landing(self) -> Path:
        if self.membership:
            return self.membership.folder("landing")
        return self.root / "landing"

    @property
    def staging(self) -> Path:
        return self.root / "staging"

    @property
    def exports(self) -> Path:
        if self.membership:
            return self.membership.storage / "exports"
        return self.root / "exports"

    @property
    def prefect(self) -> Path:
        return self.root / "prefect"

    @property
    def lock(self) -> Path:
        return self.root / "run.lock"

    @property
    def acts(self) -> Path:
        """What people did since the warehouse was written last (`warehouse/storage/audit.py`)."""
        return self.root / "acts.jsonl"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def heartbeat(self) -> Path:
        """Where `ensia serve` says that it lives."""
        return self.root / "heartbeat.json"

    @property
    def metrics(self) -> Path:
        """What a monitoring system reads, as files."""
        return self.root / "metrics"

    @property
    def published_note(self) -> Path:
        """The hash of what was published; not beside the published file, for that folder is for readers."""
        return self.root / "published.json"

    @property
    def last_backup(self) -> Path:
        """What the newest backup was of."""
        return self.root / "backup.json"

    @property
    def spill(self) -> Path:
        """Where a question that does not fit in memory may lay down what it is working on; never beside the published
        file, and a folder per process, because DuckDB gives the files in it fixed names."""
        return self.root / "spill" / _SPILL_NAME

    def places(self) -> list[Path]:
        """What others on this machine have no business in: the whole folder when all in it is ours, else our own parts."""
        folders = (
            self.warehouse.parent,
            self.published.parent,
            self.landing,
            self.staging,
            self.exports,
            self.prefect,
            self.logs,
            self.spill.parent,
            self.metrics,
        )
        parts = [*folders, self.lock, self.acts, self.heartbeat, self.published_note, self.last_backup]
        names = {path.name for path in parts}
        if self.root.is_dir() and all(_is_part_of_state(path.name, names) for path in self.root.iterdir()):
            return [self.root]
        return parts

    def clear_spill(self) -> list[Text]:
        """Throw away what questions that were killed left behind; returns what could not be thrown away, in words."""
        return clear(self.spill.parent, least_age=timedelta(days=2))  # no question takes that long


def _is_part_of_state(name: str, names: Set[str]) -> bool:
    """Whether something in the state folder bears one of these names, or one that is given to what is set aside or being
    written."""
    return name in names or is_aside(name) or is_scratch(name)


def utc_now() -> datetime:
    """This moment in UTC, without offset: how every moment in the warehouse is kept."""
    return datetime.now(UTC).replace(tzinfo=None)


def today() -> date:
    """Today in Europe/Amsterdam."""
    return datetime.now(AMSTERDAM).date()


def local_time(moment: datetime) -> datetime:
    """A UTC moment of the warehouse as Amsterdam wall time."""
    return wall_time(moment).replace(fold=0)


def insert_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows into a table, each value under the name of its column; all rows have the columns of the first."""
    if not rows:
        return
    names = list(rows[0])
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    values = [[row[name] for name in names] for row in rows]
    connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)


@contextmanager
def open_warehouse(state: State) -> Iterator[duckdb.DuckDBPyConnection]:
    """The writable warehouse of `state`, created and migrated when needed. Raises WarehouseBusy, WarehouseError, also when
    its damage shows only while it is used or the disk is full, and StateError where a new or older warehouse would take the
    place of what there was."""
    check_not_lost(state, lambda: open_any_version(state))
    check_room(state)
    is_ours = False
    try:
        with _writable(state) as connection:
            check_runs(connection, state, lambda: open_any_version(state))
            is_ours = True
            migration = partial(migrate, connection, copies=state.warehouse.parent)
            with sealing(connection, Landing(state.landing), migration):
                take_in_acts(connection, state.acts)
                yield connection
    finally:
        if is_ours:
            note_bytes(state.warehouse, state.warehouse_note)


@contextmanager
def _writable(state: State) -> Iterator[duckdb.DuckDBPyConnection]:
    private_folder(state.warehouse.parent)
    with telling_damage(state.warehouse, "database.damaged_warehouse_advice"):
        connection = duckdb.connect(str(state.warehouse), config=SETTINGS)
        try:
            private_file(state.warehouse)
            yield connection
        finally:
            connection.close()


@contextmanager
def telling_damage(file: Path, advice: str) -> Iterator[None]:
    """Within the block, which closes its own connection, an error of a database file that cannot be used becomes a
    WarehouseError that says why; `advice` is the key of what to do when it is damaged."""
    try:
        yield
    except duckdb.Error as error:
        reason = why_unusable(file, error, advice)
        if reason is None:
            raise
        raise reason from error


def tell_damage_of_published(state: State, error: duckdb.Error) -> None:
    """Raise what is wrong with the published file, when that is why `error` was raised; its connection must be closed."""
    reason = why_unusable(state.published, error, "database.damaged_published_advice")
    if reason is not None:
        raise reason from error


def check_state(state: State, now: datetime | None = None) -> None:
    """Raises StateError where the warehouse is lost, older than what was published, or of another installation; and
    ClockError where `now` (UTC) cannot be right. Nothing is made or changed; WarehouseBusy while a run writes."""
    check_not_lost(state, lambda: open_any_version(state))
    if not is_absent(state):
        with _writable(state) as connection:
            check_runs(connection, state, lambda: open_any_version(state))
            if now is not None:
                check_clock(connection, now)


def check_room(state: State) -> None:
    """Raises WarehouseError where the disk is full: what would be written could not be published."""
    full = no_room(state.warehouse)
    if full is not None:
        raise full


def set_aside(state: State) -> Path:
    """Move aside, within the state, what does not belong to the warehouse as it is, so that the next run begins there.
    Returns the folder. Raises ConfigurationError when nothing is missing."""
    runs: dict[str, int] = {}
    if not is_absent(state):
        with _writable(state) as connection:
            runs = runs_of(connection)
    return begin_anew(state, runs, lambda: open_any_version(state))


def memory_warehouse() -> duckdb.DuckDBPyConnection:
    """An empty, migrated warehouse in memory: for tests, what-if and benchmarks."""
    connection = duckdb.connect(":memory:", config=SETTINGS)
    migrate(connection)
    return connection


def open_published(state: State) -> duckdb.DuckDBPyConnection:
    """The published file, read-only, without any access to the rest of the machine. Raises NotFound."""
    if not state.published.exists():
        raise NotFound(
            message("database.not_published"),
            place=str(state.published),
            advice=message("database.not_published_advice"),
        )
    with telling_damage(state.published, "database.damaged_published_advice"):
        connection = open_any_version(state)
        try:
            _check_version(connection, state.published)
        except (EnsiaError, duckdb.Error):
            connection.close()
            raise
    return connection


def open_any_version(state: State) -> duckdb.DuckDBPyConnection:
    """The published file, as `open_published`, whatever version of this program made it. Raises duckdb.Error."""
    with suppress(OSError):  # an account that may only read here cannot spill, and can still ask
        private_folder(state.spill.parent)
    return duckdb.connect(
        str(state.published),
        read_only=True,
        # in this order: DuckDB takes no temp_directory first and a refusal of access after it
        config=SETTINGS
        | {"enable_external_access": False, "lock_configuration": True, "temp_directory": str(state.spill)},
    )


def _check_version(connection: duckdb.DuckDBPyConnection, published: Path) -> None:
    """Raises EnsiaError where another version of this program made the published file: its tables are others."""
    ours = max(number for number, _, _ in _migration_files())
    row = connection.execute("SELECT max(number) FROM ops.migration").fetchone()
    theirs = row[0] if row else 0
    if theirs == ours and _has_our_views(connection):
        return
    if theirs <= ours:
        raise EnsiaError(message("database.older"), place=str(published), advice=message("database.older_advice"))
    raise EnsiaError(message("database.newer"), place=str(published), advice=message("database.newer_advice"))


def _has_our_views(connection: duckdb.DuckDBPyConnection) -> bool:
    try:
        row = connection.execute("SELECT digest FROM reading.version").fetchone()
    except duckdb.CatalogException:
        return False
    return row is not None and row[0] == reading_digest()


def _migration_files() -> list[tuple[int, str, Traversable]]:
    """(number, name, file) of every migration, in order."""
    files = []
    for entry in resources.files("warehouse").joinpath("storage", "migrations").iterdir():
        if entry.name.endswith(".sql"):
            number, _, name = entry.name.removesuffix(".sql").partition("_")
            files.append((int(number), name, entry))
    return sorted(files, key=lambda each: each[0])


def migrations() -> list[tuple[int, str, str]]:
    """(number, name, SQL) of every migration, in order."""
    return [(number, name, file.read_text("utf-8")) for number, name, file in _migration_files()]


def migrate(connection: duckdb.DuckDBPyConnection, copies: Path | None = None) -> list[int]:
    """Apply the migrations that this database does not have yet, each in one transaction, and lay the views that readers
    use; returns the numbers of the migrations. In the folder `copies` the database is kept as it was before them."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS ops")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS ops.migration (number INTEGER, name VARCHAR, digest VARCHAR, applied_at TIMESTAMP)"
    )
    applied = dict(connection.execute("SELECT number, digest FROM ops.migration").fetchall())
    ours = {number for number, _, _ in migrations()}
    if unknown := sorted(set(applied) - ours):
        raise WarehouseError(
            message("database.newer_warehouse", migration=unknown[-1]),
            advice=message("database.newer_warehouse_advice"),
        )
    if copies is not None and applied and ours - applied.keys():
        _copy_first(connection, copies, max(applied))
    connection.execute(macros())
    done = []
    for number, name, sql in migrations():
        if number in applied:
            continue
        connection.execute("BEGIN")
        try:
            connection.execute(sql)
            digest = hashlib.sha256(sql.encode()).hexdigest()
            connection.execute("INSERT INTO ops.migration VALUES (?, ?, ?, ?)", [number, name, digest, utc_now()])
            connection.execute("COMMIT")
        except duckdb.Error:
            connection.execute("ROLLBACK")
            raise
        done.append(number)
    with transaction(connection):  # written to disk once, not once a view
        lay_reading_views(connection)
    return done


def _copy_first(connection: duckdb.DuckDBPyConnection, folder: Path, version: int) -> None:
    """Keep the database as it is at a version, beside it; copies of earlier versions are kept for some weeks."""
    copy = folder / f"{BEFORE_MIGRATION}{version:04}.duckdb"
    temporary = scratch_path(folder)
    (name,) = connection.execute("SELECT current_database()").fetchone() or ("",)
    connection.execute(f"ATTACH {literal(str(temporary))} AS before_migration")
    try:
        connection.execute(f'COPY FROM DATABASE "{name}" TO before_migration')
        connection.execute("CHECKPOINT before_migration")
    finally:
        connection.execute("DETACH before_migration")
    private_file(temporary)
    flush(temporary)
    temporary.replace(copy)
    flush(folder)
    clear(folder, lambda other: _is_copy(other) and other != copy.name, least_age=_KEEPS_COPIES)


def _is_copy(name: str) -> bool:
    return name.startswith(BEFORE_MIGRATION)


@contextmanager
def one_core(connection: duckdb.DuckDBPyConnection) -> Iterator[Callable[[], None]]:
    """Within the block the database uses one core (see ONE_CORE), and all memory; as `sparing` it gives a function."""
    connection.execute("SET threads = 1")
    try:
        yield lambda: None
    finally:
        connection.execute("RESET threads")


@contextmanager
def sparing(connection: duckdb.DuckDBPyConnection) -> Iterator[Callable[[], None]]:
    """Within the block the database uses one core and little memory; what does not fit there waits on disk. Raises
    duckdb.OutOfMemoryException when that is not enough. The function that it gives ends the limit earlier. Not to be
    used inside a transaction: one that failed takes no settings any more."""

    def all_memory() -> None:
        # RESET changes what the setting says, and leaves the limit of the buffer pool as it was; SET changes both.
        connection.execute("RESET memory_limit")
        row = connection.execute("SELECT current_setting('memory_limit')").fetchone()
        connection.execute(f"SET memory_limit = {literal(row[0] if row else '')}")

    with one_core(connection):
        connection.execute(f"SET memory_limit = {literal(SPARING_MEMORY)}")
        try:
            yield all_memory
        finally:
            all_memory()


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing: commits at the end, rolls back on any exception."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
