"""A published file per organisation, where an installation serves several: whoever may read that of one reads no byte of another.

It is made anew from the rows of that organisation, and never by deleting those of others: what is deleted still stands in the
bytes. What runs say in words of all their sources is left out.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from models.sql_text import literal
from warehouse.storage.database import SETTINGS, State
from warehouse.storage.own_files import private_folder, scratch_path
from warehouse.storage.published_bytes import READ_ONLY

# Tables of all organisations together, of which the rows hold nothing of one: what else has no organisation is left empty.
_OF_NOBODY = ("catalogue.", "ops.migration", "account.catalogue")
_WITHOUT_WORDS = {"ops.run": "* REPLACE (CAST(NULL AS VARCHAR) AS reason)"}


def part_of(state: State, organisation_id: str) -> Path:
    """Where the published file of one organisation lies."""
    return state.published.parent / organisation_id / state.published.name


def publish_parts(connection: duckdb.DuckDBPyConnection, state: State) -> list[Path]:
    """Make the file of each organisation from the published file of the warehouse that is open as `connection`; none where there
    is one organisation only."""
    rows = connection.execute("SELECT organisation_id FROM ops.organisation ORDER BY 1").fetchall()
    organisations = [organisation for (organisation,) in rows]
    if len(organisations) < 2:
        return []
    with duckdb.connect(":memory:", config=SETTINGS) as copying:
        copying.execute(f"ATTACH {literal(str(state.published))} AS everybody (READ_ONLY)")
        return [_publish_part(copying, state, organisation) for organisation in organisations]


def _publish_part(connection: duckdb.DuckDBPyConnection, state: State, organisation: str) -> Path:
    target = part_of(state, organisation)
    temporary = scratch_path(private_folder(target.parent))
    connection.execute(f"ATTACH {literal(str(temporary))} AS part")
    try:
        connection.execute("COPY FROM DATABASE everybody TO part (SCHEMA)")
        for name, rows in rows_of_part(connection, "everybody", organisation):
            connection.execute(f"INSERT INTO part.{name} {rows}")
        connection.execute("CHECKPOINT part")
    finally:
        connection.execute("DETACH part")
    temporary.chmod(READ_ONLY)
    temporary.replace(target)
    return target


def rows_of_part(connection: duckdb.DuckDBPyConnection, database: str, organisation: str) -> list[tuple[str, str]]:
    """What the file of one organisation holds: of each table its name and SQL for its rows in the published file of all, which is
    attached as `database`."""
    tables = connection.execute(
        "SELECT schema_name, table_name, bool_or(column_name = 'organisation_id') FROM duckdb_columns() "
        "JOIN duckdb_tables() USING (database_name, schema_name, table_name) "
        "WHERE database_name = $database GROUP BY ALL ORDER BY ALL",
        {"database": database},
    ).fetchall()
    parts = []
    for schema, table, has_organisation in tables:
        columns = _WITHOUT_WORDS.get(f"{schema}.{table}", "*")
        condition = f"organisation_id = {literal(organisation)}" if has_organisation else _shared(schema, table)
        name = f'"{schema}"."{table}"'
        parts.append((name, f"SELECT {columns} FROM {database}.{name} WHERE {condition}"))
    return parts


def _shared(schema: str, table: str) -> str:
    """Whether the rows of a table of all organisations go along, as SQL."""
    is_shared = f"{schema}.{table}".startswith(_OF_NOBODY) or f"{schema}.{table}" in _WITHOUT_WORDS
    return "true" if is_shared else "false"
