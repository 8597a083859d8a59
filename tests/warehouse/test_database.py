"""Migrations, schema and settings of the warehouse."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from models.errors import EnsiaError, NotFound
from models.kind import ENVELOPE_COLUMNS, SQL_TYPE, SYSTEM_COLUMNS, kinds
from warehouse.storage.database import (
    State,
    WarehouseError,
    memory_warehouse,
    migrate,
    migrations,
    open_published,
    open_warehouse,
    sparing,
)

# One list is in memory as a whole: it takes its 80 MB at once.
MEMORY_EATER = "SELECT list(range ORDER BY range DESC) AS numbers FROM range(10_000_000)"


def test_migrations_are_numbered_in_order_and_run_once() -> None:
    numbers = [number for number, _, _ in migrations()]
    assert numbers == sorted(set(numbers))
    connection = memory_warehouse()
    assert migrate(connection) == []
    for _, _, sql in migrations():  # idempotent: a second time changes nothing
        connection.execute(sql)


@pytest.mark.parametrize("kind", list(kinds()))
def test_the_table_of_a_kind_has_exactly_its_columns(kind: str) -> None:
    connection = memory_warehouse()
    found = connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = 'evidence' AND table_name = ? ORDER BY column_index",
        [kind],
    ).fetchall()
    own = {column.name: SQL_TYPE[column.type] for column in (*ENVELOPE_COLUMNS, *kinds()[kind].columns)}
    assert dict(found) == SYSTEM_COLUMNS | own
    assert [name for name, _ in found] == [*SYSTEM_COLUMNS, *own]


def test_a_newer_warehouse_is_refused() -> None:
    connection = memory_warehouse()
    connection.execute("INSERT INTO ops.migration VALUES (9999, 'later', '', now())")
    with pytest.raises(WarehouseError, match="nieuwere versie"):
        migrate(connection)


def test_nothing_published_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="ensia nightly"):
        open_published(State(tmp_path))


@pytest.mark.parametrize(
    ("change", "made", "advice"),
    [
        ("DELETE FROM ops.migration WHERE number = (SELECT max(number) FROM ops.migration)", "oudere", "ensia nightly"),
        ("INSERT INTO ops.migration VALUES (9999, 'later', '', now())", "nieuwere", "werk ensia"),
    ],
)
def test_a_published_file_of_another_version_says_what_to_do(
    tmp_path: Path, change: str, made: str, advice: str
) -> None:
    from warehouse.reading.publish import publish

    state = State(tmp_path)
    with open_warehouse(state) as connection:
        connection.execute(change)
        publish(connection, state)
    with pytest.raises(EnsiaError, match=f"{made} versie") as caught:
        open_published(state)
    assert advice in (caught.value.advice or "")


def test_the_published_file_cannot_reach_the_rest_of_the_machine(tmp_path: Path) -> None:
    from warehouse.reading.publish import publish

    state = State(tmp_path)
    with open_warehouse(state) as connection:
        publish(connection, state)
    (tmp_path / "geheim.csv").write_text("a\n1\n")
    reader = open_published(state)
    with pytest.raises(duckdb.Error):
        reader.execute(f"FROM read_csv('{tmp_path / 'geheim.csv'}')")
    with pytest.raises(duckdb.Error):
        reader.execute("CREATE TABLE x (a INTEGER)")
    with pytest.raises(duckdb.Error):
        reader.execute("SET enable_external_access = true")


def test_what_is_done_sparingly_costs_nothing_afterwards(tmp_path: Path) -> None:
    """A setting that says so is not enough: the memory must be there again, as much every time, and both cores."""
    with open_warehouse(State(tmp_path)) as connection:
        seen = set()
        for _ in range(3):
            with pytest.raises(duckdb.OutOfMemoryException), sparing(connection):
                connection.execute(MEMORY_EATER)
            assert connection.execute(f"SELECT len(numbers) FROM ({MEMORY_EATER})").fetchone() == (10_000_000,)
            seen |= set(
                connection.execute("SELECT current_setting('memory_limit'), current_setting('threads')").fetchall()
            )
        assert len(seen) == 1
