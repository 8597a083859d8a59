"""A SQLAlchemy dialect on which Great Expectations can read DuckDB.

duckdb-engine's own dialect rolls back when a connection returns to the pool, after which Great Expectations reads its
rows (issue 11579 of great_expectations): so transactions are left to DuckDB's autocommit here. And it asks for the columns of a
table as one asks PostgreSQL, which takes a fifth of the time of a validation: here DuckDB is asked for their names.
"""

from __future__ import annotations

from typing import Any

import duckdb
from duckdb_engine import ConnectionWrapper, Dialect
from sqlalchemy import Connection
from sqlalchemy.dialects import registry
from sqlalchemy.types import NullType

from warehouse.storage.database import ONE_CORE


class StagingDialect(Dialect):
    """Opens a staging file with the settings that the rest of the program uses; begins and ends no transactions."""

    name = "duckdb"
    supports_statement_cache = False

    def connect(self, *arguments: Any, **options: Any) -> Any:
        return ConnectionWrapper(duckdb.connect(options.get("database", ":memory:"), config=ONE_CORE))

    def get_columns(
        self, connection: Connection, table_name: str, schema: str | None = None, **options: Any
    ) -> list[Any]:
        """The columns of a table in their order. Their types are left out: no expectation of a suite asks for one."""
        rows = connection.exec_driver_sql(
            "SELECT column_name FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index", (str(table_name),)
        )
        return [{"name": name, "type": NullType(), "nullable": True, "default": None} for (name,) in rows]

    def get_pk_constraint(
        self, connection: Connection, table_name: str, schema: str | None = None, **options: Any
    ) -> Any:
        """A staging table has no primary key."""
        return {"constrained_columns": [], "name": None}

    def do_begin(self, connection: Any) -> None:
        pass

    def do_commit(self, connection: Any) -> None:
        pass

    def do_rollback(self, connection: Any) -> None:
        pass


def register() -> str:
    """Make the dialect known; returns the scheme of its addresses."""
    registry.register("duckdb.ensia", __name__, "StagingDialect")
    return "duckdb+ensia"
