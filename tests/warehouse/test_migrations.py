"""A warehouse of every earlier version becomes one of this version, with all that was in it, and is copied first."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from models.instant import macros
from warehouse.storage.database import (
    BEFORE_MIGRATION,
    SETTINGS,
    State,
    memory_warehouse,
    migrate,
    migrations,
    open_warehouse,
    utc_now,
)
from warehouse.storage.runs import start_run

NUMBERS = [number for number, _, _ in migrations()]
# What is kept through every version; the catalogue is written anew with every change of it.
KEPT = ("ops", "evidence", "assess", "account")


def at_version(version: int, database: str = ":memory:") -> duckdb.DuckDBPyConnection:
    """A warehouse as the program made it when it had so many migrations."""
    connection = duckdb.connect(database, config=SETTINGS)
    connection.execute("CREATE SCHEMA ops")
    connection.execute(
        "CREATE TABLE ops.migration (number INTEGER, name VARCHAR, digest VARCHAR, applied_at TIMESTAMP)"
    )
    connection.execute(macros())
    for number, name, sql in migrations()[:version]:
        connection.execute(sql)
        connection.execute("INSERT INTO ops.migration VALUES (?, ?, '', ?)", [number, name, utc_now()])
    return connection


def tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE list_contains(?, schema_name) AND table_name <> 'migration' "
        "AND database_name = current_database() ORDER BY ALL",
        [list(KEPT)],
    ).fetchall()
    return [f'{schema}."{table}"' for schema, table in rows]


def columns(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, ...]]:
    rows = connection.execute(
        "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal "
        "AND database_name = current_database() AND schema_name <> 'information_schema'"
    ).fetchall()
    return set(rows)


def counts(connection: duckdb.DuckDBPyConnection, names: list[str]) -> dict[str, int]:
    return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}  # type: ignore[index]


@pytest.fixture(scope="module")
def fresh() -> set[tuple[str, ...]]:
    return columns(memory_warehouse())


@pytest.mark.parametrize("version", range(1, len(NUMBERS)))
def test_from_every_earlier_version(version: int, fresh: set[tuple[str, ...]]) -> None:
    connection = at_version(version)
    names = tables(connection)
    for name in names:
        connection.execute(f"INSERT INTO {name} DEFAULT VALUES")
    before = counts(connection, names)
    assert migrate(connection) == NUMBERS[version:]
    assert columns(connection) == fresh
    assert counts(connection, names) == before


def test_a_migration_copies_first(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    state.warehouse.parent.mkdir(parents=True)
    with at_version(len(NUMBERS) - 1, str(state.warehouse)) as old:
        run = start_run(old, date(2026, 11, 20))
    with open_warehouse(state) as connection:
        assert connection.execute("SELECT run_id FROM ops.run").fetchall() == [(run.run_id,)]
    (copy,) = state.warehouse.parent.glob(f"{BEFORE_MIGRATION}*")
    assert copy.name == f"{BEFORE_MIGRATION}{NUMBERS[-2]:04}.duckdb"
    with duckdb.connect(str(copy), read_only=True) as kept:
        assert kept.execute("SELECT max(number) FROM ops.migration").fetchone() == (NUMBERS[-2],)
        assert kept.execute("SELECT run_id FROM ops.run").fetchall() == [(run.run_id,)]
    copied_at = copy.stat().st_mtime_ns
    with open_warehouse(state):
        pass
    assert copy.stat().st_mtime_ns == copied_at, "what is of this version is not copied"


def test_a_migration_that_cannot_copy_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = State(tmp_path / "state")
    state.warehouse.parent.mkdir(parents=True)
    at_version(len(NUMBERS) - 1, str(state.warehouse)).close()

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("warehouse.storage.database.flush", full)
    with pytest.raises(OSError), open_warehouse(state):
        pass
    with duckdb.connect(str(state.warehouse), read_only=True) as left:
        assert left.execute("SELECT max(number) FROM ops.migration").fetchone() == (NUMBERS[-2],)
