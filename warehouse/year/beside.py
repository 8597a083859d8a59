"""Compares what lies beside the published file with it: the file of each organisation, and the statuses of all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from models.sql_text import literal
from warehouse.reading.parts import part_of, rows_of_part
from warehouse.storage.database import State
from warehouse.storage.membership import STATUSES


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that does not hold what was published: the key of its problem, the table, and how many rows differ."""

    file: Path
    problem: str
    table: str = ""
    rows: int = 0
    sort: str = ""


def differences(connection: duckdb.DuckDBPyConnection, state: State, database: str) -> Iterator[Difference]:
    """Every difference with the published file, which is attached as `database`."""
    names = connection.execute(f"SELECT organisation_id FROM {database}.ops.organisation ORDER BY 1").fetchall()
    if len(names) > 1:
        for (organisation,) in names:
            yield from _of_part(connection, state, database, organisation)
    yield from _of_statuses(connection, state, database)


def _of_part(
    connection: duckdb.DuckDBPyConnection, state: State, database: str, organisation: str
) -> Iterator[Difference]:
    file = part_of(state, organisation)
    if not file.exists():
        yield Difference(file, "absent")
        return
    try:
        connection.execute(f"ATTACH {literal(str(file))} AS part (READ_ONLY)")
    except duckdb.Error as error:
        yield Difference(file, "unreadable", sort=type(error).__name__)
        return
    try:
        for table, rows in rows_of_part(connection, database, organisation):
            number = _rows_that_differ(connection, f"FROM part.{table}", rows)
            if number:
                yield Difference(file, "beside_otherwise", table, number)
    except duckdb.Error as error:
        yield Difference(file, "unreadable", sort=type(error).__name__)
    finally:
        connection.execute("DETACH part")


def _of_statuses(connection: duckdb.DuckDBPyConnection, state: State, database: str) -> Iterator[Difference]:
    file = state.published.with_name(STATUSES)
    if not file.exists():
        yield Difference(file, "absent")
        return
    connection.execute(f"USE {database}")  # its views name no database
    try:
        of_the_file = f"FROM read_parquet({literal(str(file))})"
        number = _rows_that_differ(connection, of_the_file, "FROM reading.status_in_short")
        if number:
            yield Difference(file, "beside_otherwise", "statussen", number)
    except duckdb.Error as error:
        yield Difference(file, "unreadable", sort=type(error).__name__)
    finally:
        connection.execute("USE memory")


def _rows_that_differ(connection: duckdb.DuckDBPyConnection, of_the_file: str, expected: str) -> int:
    """How many rows stand in one of both and not in the other."""
    row = connection.execute(
        f"SELECT count(*) FROM ((({of_the_file}) EXCEPT ALL ({expected})) UNION ALL (({expected}) EXCEPT ALL ({of_the_file})))"
    ).fetchone()
    return row[0] if row else 0
