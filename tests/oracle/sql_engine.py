"""Carries a world of the oracle into the warehouse and reads what the SQL engine makes of it, with the same column names
as the oracle's rows, so that the two can be laid side by side.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pyarrow as pa

from models.aspect import ASPECTS, Aspect
from models.kind import ENVELOPE_COLUMNS, SQL_TYPE, SYSTEM_COLUMNS, kinds
from tests.oracle.engine import Outcome, Result
from tests.oracle.records import AMSTERDAM, World, day_after
from warehouse.engine.assessment import compute
from warehouse.storage.catalogue_store import store_catalogue
from warehouse.storage.versioning import ASSESSED_TABLES


def column_types(kind: str) -> dict[str, str]:
    """The columns of an evidence table with their SQL types."""
    own = {column.name: SQL_TYPE[column.type] for column in (*ENVELOPE_COLUMNS, *kinds()[kind].columns)}
    return SYSTEM_COLUMNS | own


def put(connection: duckdb.DuckDBPyConnection, world: World) -> None:
    """Make the warehouse hold this world and nothing else."""
    for table in (
        "ops.organisation",
        "ops.source_run",
        "ops.source_coverage",
        "ops.quarantine",
        *map("evidence.{}".format, kinds()),
    ):
        connection.execute(f"DELETE FROM {table}")
    store_catalogue(connection, world.catalogue)
    _insert(
        connection,
        "ops.organisation",
        {"organisation_id": "VARCHAR", "name": "VARCHAR", "organisation_type": "VARCHAR"},
        [{"organisation_id": name, "name": name, "organisation_type": "gemeente"} for name in world.organisations],
    )
    for kind, rows in world.evidence.items():
        _insert(connection, f"evidence.{kind}", column_types(kind), rows)
    _put_runs(connection, world)
    _put_unread(connection, world)


def _put_unread(connection: duckdb.DuckDBPyConnection, world: World) -> None:
    """Rows that were kept out, as the store writes them: the whole record as people are shown it, and a row per reason."""
    for unread in world.unread:
        run, kind = world.runs[unread.run], kinds()[unread.kind]
        own = {column.name: column for column in (*ENVELOPE_COLUMNS, *kind.columns)}
        shown = {name: _written(unread.row[name]) for name in own}
        for name in unread.refused or ("record_key",):
            label = own[name].nl if name in own else name
            connection.execute(
                "INSERT INTO ops.quarantine (run_id, organisation_id, source_id, kind, record_key, expectation, column_name, "
                "locator, record, quarantined_at) VALUES (?, ?, ?, ?, ?, 'refused', ?, ?, ?, ?)",
                [
                    f"run-{unread.run}", run.organisation_id, run.source_id, unread.kind, unread.key, label,
                    unread.row["locator"], json.dumps(shown), run.known_at,
                ],
            )  # fmt: skip


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return str(value.replace(tzinfo=UTC).astimezone(AMSTERDAM).replace(tzinfo=None))
    return str(value) if isinstance(value, date) else value


def _put_runs(connection: duckdb.DuckDBPyConnection, world: World) -> None:
    keys = {"run_id": "VARCHAR", "organisation_id": "VARCHAR", "source_id": "VARCHAR"}
    run_columns = {"as_of": "DATE", "recorded_at": "TIMESTAMP", "status": "VARCHAR", "fresh_until": "DATE",
        "complete": "BOOLEAN", "rejected": "BIGINT"}  # fmt: skip
    runs: list[Result] = []
    coverage: list[Result] = []
    for number, run in enumerate(world.runs):
        key: Result = {"run_id": f"run-{number}", "organisation_id": run.organisation_id, "source_id": run.source_id}
        until = day_after(run.day, run.expected_every) if run.status == "ok" else None
        runs.append(key | {"as_of": run.day, "recorded_at": run.known_at, "status": run.status, "fresh_until": until,
                           "complete": run.complete, "rejected": run.rejected})  # fmt: skip
        for kind, values in run.coverage:
            coverage += [key | {"kind": kind, "about": value} for value in values or [None]]
    _insert(connection, "ops.source_run", keys | run_columns, runs)
    _insert(connection, "ops.source_coverage", keys | {"kind": "VARCHAR", "about": "VARCHAR"}, coverage)


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], rows: Sequence[dict[str, Any]]
) -> None:
    """Insert rows as one batch; columns that are not named stay NULL."""
    if not rows:
        return
    batch = pa.table({name: _array([row.get(name) for row in rows], kind) for name, kind in columns.items()})
    connection.register("rows_of_world", batch)
    names = ", ".join(f'"{name}"' for name in columns)
    casts = ", ".join(f'CAST("{name}" AS {kind})' for name, kind in columns.items())
    connection.execute(f"INSERT INTO {table} ({names}) SELECT {casts} FROM rows_of_world")
    connection.unregister("rows_of_world")


def _array(values: list[Any], sql_type: str) -> pa.Array:
    if all(value is None for value in values):
        return pa.nulls(len(values))
    if sql_type.startswith("MAP"):
        return pa.array([value and list(value.items()) for value in values], pa.map_(pa.string(), pa.string()))
    return pa.array(values)


def computed(
    connection: duckdb.DuckDBPyConnection,
    world: World,
    as_of: date,
    known_at: datetime,
    aspects: Sequence[Aspect] = ASPECTS,
    **others: Any,
) -> Outcome:
    """What the SQL engine says about the world that `put` put there."""
    compute(connection, world.catalogue, as_of=as_of, known_at=known_at, aspects=aspects, **others)
    return Outcome(
        **{name: rows_of(connection, f"new_{table}") for name, table in zip(_LISTS, ASSESSED_TABLES, strict=True)}
    )


_LISTS = ("tests", "measures", "controls", "indicators", "principles", "answers")


def rows_of(connection: duckdb.DuckDBPyConnection, table: str, where: str = "true") -> list[Result]:
    """The rows of a table as dicts."""
    cursor = connection.execute(f"SELECT * FROM {table} WHERE {where}")
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
