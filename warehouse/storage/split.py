"""Takes one organisation out of a warehouse that several share, into a file of its own: its rows, as they are, with their
history and the runs that they name. Nothing of another organisation comes along, not even in unused bytes of the file.

The rules, which the organisations share, come whole. The file that is split is read and left as it is.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from models.errors import EnsiaError
from models.message import message
from models.sql_text import literal
from warehouse.storage.database import SETTINGS
from warehouse.storage.own_files import private_file, private_folder

# What is no organisation's own: the rules, and which version of the tables this is. `ops.run` is treated apart.
_SHARED_SCHEMAS = frozenset({"catalogue"})
_SHARED_TABLES = frozenset({"ops.migration", "account.catalogue"})
_RUNS = "ops.run"
# The seals cover the rows of all: the file of one begins a chain of its own, after the last run that it shares.
_SEALS = "ops.seal"
# What of a run is of all whom it served: its seals, and what its steps took.
_OF_ALL = frozenset({_SEALS, "ops.step"})
# A run says of all organisations which source failed it; each part of it begins with the organisation's name.
_OWN_REASON = (
    "array_to_string(list_filter(string_split(reason, '; '), part -> starts_with(part, {organisation} || '/')), '; ')"
)


def split(shared: Path, target: Path, organisation_id: str) -> None:
    """Write the rows of an organisation in the warehouse `shared` to the new file `target`. Raises EnsiaError for a table of
    which it is not known whose its rows are."""
    private_folder(target.parent)
    with duckdb.connect(config=SETTINGS) as connection:
        connection.execute(f"ATTACH {literal(str(shared))} AS shared (READ_ONLY)")
        connection.execute(f"ATTACH {literal(str(target))} AS own")
        connection.execute("COPY FROM DATABASE shared TO own (SCHEMA)")
        connection.execute("BEGIN")
        for table, columns in _tables_of_all(connection).items():
            rows = _rows_that_come(table, columns, organisation_id)
            connection.execute(f"INSERT INTO own.{table} BY NAME {rows}")
        connection.execute("COMMIT")
        connection.execute("CHECKPOINT own")
        connection.execute("DETACH own")
    private_file(target)


def artifacts_of(warehouse: Path, organisation_id: str) -> list[str]:
    """The SHA-256 of every original that the organisation's rows rest on."""
    with duckdb.connect(config=SETTINGS) as connection:
        connection.execute(f"ATTACH {literal(str(warehouse))} AS shared (READ_ONLY)")
        rows = connection.execute(
            "SELECT DISTINCT artifact FROM shared.ops.landing WHERE organisation_id = ? ORDER BY artifact",
            [organisation_id],
        ).fetchall()
    return [artifact for (artifact,) in rows]


def organisations_in(warehouse: Path) -> list[str]:
    """The organisations that a warehouse serves, or served."""
    with duckdb.connect(config=SETTINGS) as connection:
        connection.execute(f"ATTACH {literal(str(warehouse))} AS shared (READ_ONLY)")
        rows = connection.execute(
            "SELECT organisation_id FROM shared.ops.organisation UNION "
            "SELECT DISTINCT organisation_id FROM shared.ops.source_run ORDER BY organisation_id"
        ).fetchall()
    return [organisation_id for (organisation_id,) in rows]


def _tables_of_all(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """The columns of every table, by its name with its schema."""
    tables: dict[str, list[str]] = {}
    for schema, table, column in connection.execute(
        "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE database_name = 'shared' "
        "AND (schema_name, table_name) IN (SELECT (schema_name, table_name) FROM duckdb_tables() "
        "WHERE database_name = 'shared') ORDER BY ALL"
    ).fetchall():
        tables.setdefault(f"{schema}.{table}", []).append(column)
    return tables


def _rows_that_come(table: str, columns: list[str], organisation_id: str) -> str:
    """The query for the rows of a table that come along."""
    organisation = literal(organisation_id)
    if "organisation_id" in columns:
        return f"FROM shared.{table} WHERE organisation_id = {organisation}"
    if table == _RUNS:
        reason = _OWN_REASON.format(organisation=organisation)
        return f"SELECT * REPLACE ({reason} AS reason) FROM shared.{table}"
    if table in _OF_ALL:
        return f"FROM shared.{table} LIMIT 0"
    if table in _SHARED_TABLES or table.partition(".")[0] in _SHARED_SCHEMAS:
        return f"FROM shared.{table}"
    raise EnsiaError(message("fleet.whose_rows", table=table), advice=message("fleet.whose_rows_advice"))
