"""Keeping history: a row that differs from the present one gets a new version; the old one ends where the new begins.

The same mechanism serves every assessed table. It relies on keys in the data, not on constraints of the database.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from models.sql_text import literal

HISTORY = ("from_run_no", "until_run_no")
# Each assessed table with the columns that identify a row.
ASSESSED_TABLES: dict[str, tuple[str, ...]] = {
    "test_result": ("organisation_id", "framework_id", "test_id", "purpose"),
    "measure_status": ("organisation_id", "framework_id", "norm_id"),
    "control_status": ("organisation_id", "framework_id", "norm_id"),
    "indicator_value": ("organisation_id", "framework_id", "indicator_id"),
    "principle_status": ("organisation_id", "framework_id", "principle_id"),
    "answer": ("organisation_id", "questionnaire_id", "question_id"),
}


def versioned_write(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    new: str,
    keys: Sequence[str],
    run_no: int,
    *,
    within: str | None = None,
) -> int:
    """Bring `table` to the state of `new` from `run_no` on; returns how many rows are new versions.

    `new` holds the complete present state without the history columns. Rows that vanished are ended. A row whose
    present version began in this very run is replaced, so that one run never leaves two. `within` is an SQL condition:
    `new` holds the state of the rows it is true for, and the others are left alone.
    """
    schema, _, name = table.rpartition(".")
    columns = [
        row[0]
        for row in connection.execute(
            f"SELECT column_name FROM duckdb_columns() WHERE schema_name = {literal(schema)} "
            f"AND table_name = {literal(name)} AND database_name = current_database() ORDER BY column_index"
        ).fetchall()
        if row[0] not in HISTORY
    ]
    names = ", ".join(columns)
    same_key = " AND ".join(f"t.{key} = d.{key}" for key in keys)
    present = f"SELECT {names} FROM {table} WHERE until_run_no IS NULL AND {within or 'true'}"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE ended AS SELECT {', '.join(keys)} FROM ({present} EXCEPT SELECT {names} FROM {new})"
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE begun AS SELECT {names} FROM {new} EXCEPT {present}")
    connection.execute(
        f"DELETE FROM {table} AS t USING ended AS d WHERE {same_key} AND t.until_run_no IS NULL AND t.from_run_no = {run_no:d}"
    )
    connection.execute(
        f"UPDATE {table} AS t SET until_run_no = {run_no:d} FROM ended AS d WHERE {same_key} AND t.until_run_no IS NULL"
    )
    connection.execute(f"INSERT INTO {table} ({names}, from_run_no) SELECT {names}, {run_no:d} FROM begun")
    row = connection.execute("SELECT count(*) FROM begun").fetchone()
    return int(row[0]) if row else 0
