"""An empty warehouse that was copied is the one that the migrations make."""

from __future__ import annotations

import duckdb
import pytest

from tests.small import empty_warehouse
from warehouse.storage.database import memory_warehouse

PARTS = {
    "columns": "SELECT schema_name, table_name, column_name, data_type, column_default, is_nullable, comment "
    "FROM duckdb_columns()",
    "views": "SELECT schema_name, view_name, comment FROM duckdb_views() WHERE NOT internal",
    "macros": "SELECT schema_name, function_name, parameters, comment FROM duckdb_functions() WHERE NOT internal",
    "migrations": "SELECT number, name, digest FROM ops.migration",
    "reading views": "SELECT digest FROM reading.version",
}


@pytest.fixture(scope="module")
def migrated() -> duckdb.DuckDBPyConnection:
    return memory_warehouse()


@pytest.fixture(scope="module")
def copied() -> duckdb.DuckDBPyConnection:
    return empty_warehouse()


@pytest.mark.parametrize("query", PARTS.values(), ids=PARTS)
def test_it_is_the_same(migrated: duckdb.DuckDBPyConnection, copied: duckdb.DuckDBPyConnection, query: str) -> None:
    (expected, made) = (each.execute(f"{query} ORDER BY ALL").fetchall() for each in (migrated, copied))
    assert expected
    assert made == expected
