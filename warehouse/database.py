"""Opening the warehouse: connection settings, migrations, and the folders of an installation's state.

One writer at a time is DuckDB's rule: a second one is refused here in plain words. Readers use the published copy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from models.errors import EnsiaError, NotFound
from models.sql_text import literal
from warehouse.reading_views import lay_reading_views, reading_digest

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
# Nothing is fetched at run time: no extensions, no telemetry, no remote files.
SETTINGS: dict[str, Any] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
# For one batch: every core more takes memory of its own, and the work is soon done.
ONE_CORE = SETTINGS | {"threads": 1}
SPARING_MEMORY = "48MB"


class WarehouseError(EnsiaError):
    """The warehouse cannot be opened or is not what it should be."""


class WarehouseBusy(WarehouseError):
    """Another run is writing."""


@dataclass(frozen=True, slots=True)
class State:
    """The folders under an installation's `state`; created when they are first needed."""

    root: Path

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse" / "ensia.duckdb"

    @property
    def published(self) -> Path:
        return self.root / "published" / "ensia.duckdb"

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def staging(self) -> Path:
        return self.root / "staging"

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def prefect(self) -> Path:
        return self.root / "prefect"


def utc_now() -> datetime:
    """This moment in UTC, without offset: how every moment in the warehouse is kept."""
    return datetime.now(UTC).replace(tzinfo=None)


def today() -> date:
    """Today in Europe/Amsterdam."""
    return datetime.now(AMSTERDAM).date()


def local_time(moment: datetime) -> datetime:
    """A UTC moment of the warehouse as Amsterdam wall time."""
    return moment.replace(tzinfo=UTC).astimezone(AMSTERDAM).replace(tzinfo=None)


@contextmanager
def open_warehouse(state: State) -> Iterator[duckdb.DuckDBPyConnection]:
    """The writable warehouse of `state`, created and migrated when needed. Raises WarehouseBusy, WarehouseError."""
    state.warehouse.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = duckdb.connect(str(state.warehouse), config=SETTINGS)
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise WarehouseBusy(
                "een andere run schrijft in het warehouse", place=state.warehouse.name, advice="wacht tot die klaar is"
            ) from error
        raise WarehouseError(f"kan niet worden geopend: {error}", place=str(state.warehouse)) from error
    try:
        migrate(connection)
        yield connection
    finally:
        connection.close()


def memory_warehouse() -> duckdb.DuckDBPyConnection:
    """An empty, migrated warehouse in memory: for tests, what-if and benchmarks."""
    connection = duckdb.connect(":memory:", config=SETTINGS)
    migrate(connection)
    return connection


def open_published(state: State) -> duckdb.DuckDBPyConnection:
    """The published file, read-only, without any access to the rest of the machine. Raises NotFound."""
    if not state.published.exists():
        raise NotFound(
            "er is nog niets gepubliceerd", place=str(state.published), advice="draai eerst eenmaal `ensia nightly`"
        )
    connection = duckdb.connect(
        str(state.published),
        read_only=True,
        config=SETTINGS | {"enable_external_access": False, "lock_configuration": True},
    )
    try:
        _check_version(connection, state.published)
    except EnsiaError:
        connection.close()
        raise
    return connection


def _check_version(connection: duckdb.DuckDBPyConnection, published: Path) -> None:
    """Raises EnsiaError where another version of this program made the published file: its tables are others."""
    ours = max(number for number, _, _ in _migration_files())
    row = connection.execute("SELECT max(number) FROM ops.migration").fetchone()
    made = row[0] if row else 0
    if made == ours and _has_our_views(connection):
        return
    raise EnsiaError(
        f"is gemaakt door een {'nieuwere' if made > ours else 'oudere' if made < ours else 'andere'} versie van ensia",
        place=str(published),
        advice="werk ensia op deze machine bij"
        if made > ours
        else "draai `ensia nightly`: die maakt het opnieuw, en verliest niets",
    )


def _has_our_views(connection: duckdb.DuckDBPyConnection) -> bool:
    try:
        row = connection.execute("SELECT digest FROM reading.version").fetchone()
    except duckdb.CatalogException:
        return False
    return row is not None and row[0] == reading_digest()


def _migration_files() -> list[tuple[int, str, Traversable]]:
    """(number, name, file) of every migration, in order."""
    found = []
    for entry in resources.files("warehouse").joinpath("migrations").iterdir():
        if entry.name.endswith(".sql"):
            number, _, name = entry.name.removesuffix(".sql").partition("_")
            found.append((int(number), name, entry))
    return sorted(found, key=lambda each: each[0])


def migrations() -> list[tuple[int, str, str]]:
    """(number, name, SQL) of every migration, in order."""
    return [(number, name, file.read_text("utf-8")) for number, name, file in _migration_files()]


def migrate(connection: duckdb.DuckDBPyConnection) -> list[int]:
    """Apply the migrations that this database does not have yet, each in one transaction, and lay the views that readers
    use; returns the numbers of the migrations."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS ops")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS ops.migration (number INTEGER, name VARCHAR, digest VARCHAR, applied_at TIMESTAMP)"
    )
    applied = dict(connection.execute("SELECT number, digest FROM ops.migration").fetchall())
    known = {number for number, _, _ in migrations()}
    if unknown := sorted(set(applied) - known):
        raise WarehouseError(
            f"het warehouse is gemaakt door een nieuwere versie (migratie {unknown[-1]})",
            advice="installeer die versie of een nieuwere",
        )
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
    lay_reading_views(connection)
    return done


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
