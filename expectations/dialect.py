"""A SQLAlchemy dialect on which Great Expectations can read DuckDB.

duckdb-engine's own dialect rolls back when a connection returns to the pool, after which Great Expectations reads its
rows (issue 11579 of great_expectations): so transactions are left to DuckDB's autocommit here.
"""

from __future__ import annotations

from typing import Any

import duckdb
from duckdb_engine import ConnectionWrapper, Dialect
from sqlalchemy.dialects import registry

from warehouse.storage.database import ONE_CORE


class StagingDialect(Dialect):
    """Opens a staging file with the settings that the rest of the program uses; begins and ends no transactions."""

    name = "duckdb"
    supports_statement_cache = False

    def connect(self, *arguments: Any, **options: Any) -> Any:
        return ConnectionWrapper(duckdb.connect(options.get("database", ":memory:"), config=ONE_CORE))

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
