"""One world judged by the SQL engine and by the oracle."""

from __future__ import annotations

from datetime import date, datetime

import duckdb

from tests.oracle.compare import differences
from tests.oracle.engine import assess
from tests.oracle.records import World
from tests.oracle.sql_engine import computed, put


def unequal_tests(connection: duckdb.DuckDBPyConnection, world: World, as_of: date, known_at: datetime) -> list[str]:
    """One readable text for each result of a test on which the two do not agree."""
    put(connection, world)
    told = differences(world, assess(world, as_of, known_at), computed(connection, world, as_of, known_at))
    return [line for line in told if line.startswith("tests")]
