"""The mark of every row: SHA-256 of its canonical JSON. A seal (`warehouse/storage/seal.py`) is made of these marks, and a check
compares them with those of the seal.

How a row is written is specified in docs/verification.md: an object of texts (RFC 8785), without the columns that are empty, so
that a column that is added later changes no mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from models.sql_text import literal

# What a seal cannot cover because it is written after it; both are compared with the manifests themselves.
SEALS = "ops.seal"
DURATIONS = (
    "ops.step"  # what the steps of a run took, its publishing too: noted after the seal, and nothing rests on it
)
MADE_WHEN_PUBLISHED = "verdict"  # a schema: made of the rows of the others
WITHOUT = {"ops.run": ("manifest_hash", "previous_manifest_hash")}
# What a row is called for people, in this order, where its table has the column; never anything that a source wrote.
_NAMING = (
    "organisation_id", "year", "version", "run_no", "run_id", "framework_id", "principle_id", "indicator_id", "norm_id",
    "test_id", "questionnaire_id", "question_id", "source_id", "kind", "evidence_id", "sequence", "overrule_no", "paper_no",
    "event_no", "from_run_no", "recorded_at", "expectation", "level", "digest", "number",
)  # fmt: skip
_WITH_LETTERS = (0x0B, 0x0E, 0x0F, *range(0x1A, 0x20))  # the control characters of which the number has a letter
_FREE_TEXT = ("VARCHAR", "JSON")
LEAF_COLUMNS = (
    "table_name VARCHAR, organisation_id VARCHAR, leaf VARCHAR, name VARCHAR, evidence_id UBIGINT, times BIGINT"
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a database, with its columns in alphabetical order: (name, type)."""

    schema: str
    name: str
    columns: tuple[tuple[str, str], ...]

    @property
    def label(self) -> str:
        """How it is called in a seal."""
        return f"{self.schema}.{self.name}"


def stored_tables(connection: duckdb.DuckDBPyConnection, database: str) -> list[Table]:
    """Every table of a database that a seal covers, in alphabetical order."""
    tables = [table for table in _tables_and_views(connection, database) if table.label not in (SEALS, DURATIONS)]
    return [table for table in tables if table.schema != MADE_WHEN_PUBLISHED]


def named_table(connection: duckdb.DuckDBPyConnection, database: str, label: str) -> Table:
    """The table called so, or the view that shows it as it was."""
    return next(table for table in _tables_and_views(connection, database, views_too=True) if table.label == label)


def _tables_and_views(connection: duckdb.DuckDBPyConnection, database: str, *, views_too: bool = False) -> list[Table]:
    tables = "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = $database AND NOT temporary"
    views = " UNION SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = $database AND NOT temporary"
    rows = connection.execute(
        f"SELECT c.schema_name, c.table_name, c.column_name, c.data_type FROM duckdb_columns() AS c "
        f"JOIN ({tables}{views if views_too else ''}) AS t USING (schema_name, table_name) "
        "WHERE database_name = $database ORDER BY ALL",
        {"database": database},
    ).fetchall()
    columns: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, table, column, data_type in rows:
        columns.setdefault((schema, table), []).append((column, data_type))
    return [Table(schema, table, tuple(of_table)) for (schema, table), of_table in columns.items()]


def mark_rows(
    connection: duckdb.DuckDBPyConnection, database: str, target: str, only: frozenset[str] | None = None
) -> None:
    """Make the temporary table `target` of the marks of all rows of a database (LEAF_COLUMNS): the organisation is empty for rows
    of nobody, the name is for people, `times` says how often it stands there. `only`: the labels of the tables to mark."""
    make_canonical(connection)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {target} ({LEAF_COLUMNS})")
    tables = [table for table in stored_tables(connection, database) if only is None or table.label in only]
    for table in _with_rows(connection, database, tables):
        connection.execute(f"INSERT INTO {target} {_marks_of(table, database)}")


def make_canonical(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary macro `canonical_row`, for the JSON of `row_content`."""
    connection.execute(_canonical_row_macro())


def _with_rows(connection: duckdb.DuckDBPyConnection, database: str, tables: Sequence[Table]) -> list[Table]:
    """The tables that are not empty: to mark the rows of one takes much planning, also where there are none."""
    checks = [
        f'SELECT {number} AS number WHERE EXISTS (FROM "{database}"."{table.schema}"."{table.name}")'
        for number, table in enumerate(tables)
    ]
    if not checks:
        return []
    filled = connection.execute(" UNION ALL ".join(checks)).fetchall()
    return [tables[number] for (number,) in sorted(filled)]


def row_content(table: Table) -> str:
    """SQL for the JSON of a row of a table, of which `canonical_row` makes the canonical form."""
    left_out = WITHOUT.get(table.label, ())
    members = [_column_member(name, data_type) for name, data_type in table.columns if name not in left_out]
    head, tail = literal('{"row":{'), literal(f'}},"table":"{table.label}"}}')
    return f"{head} || concat_ws(',', {', '.join(members)}) || {tail}"


def _marks_of(table: Table, database: str) -> str:
    names = {name for name, _ in table.columns}
    organisation = "''"
    if "organisation_id" in names:
        organisation = "coalesce(organisation_id, '')"
    naming = [f'CAST("{name}" AS VARCHAR)' for name in _NAMING if name in names]
    called = f"concat_ws(' ', {', '.join(naming)})" if naming else "''"
    number = "evidence_id" if "evidence_id" in names else "CAST(NULL AS UBIGINT)"
    return (
        f"SELECT {literal(table.label)}, organisation, sha256(canonical_row(content)) AS leaf, called, number, count(*) "
        f"FROM (SELECT {organisation} AS organisation, {called} AS called, {number} AS number, "
        f"{row_content(table)} AS content "
        f'FROM "{database}"."{table.schema}"."{table.name}") GROUP BY ALL'
    )


def _column_member(name: str, data_type: str) -> str:
    """SQL for one column in the JSON of a row; NULL, and so absent, where it is empty."""
    head = literal(f'"{name}":')
    is_nested = data_type.startswith(("STRUCT", "MAP")) or data_type.endswith("]")
    if is_nested:  # the text of its JSON, as a text
        return f'{head} || CAST(to_json(CAST(to_json("{name}") AS VARCHAR)) AS VARCHAR)'
    if data_type in _FREE_TEXT:
        return f'{head} || CAST(to_json(CAST("{name}" AS VARCHAR)) AS VARCHAR)'
    return f"""{head} || '"' || CAST("{name}" AS VARCHAR) || '"'"""  # nothing in it that JSON escapes


def _canonical_row_macro() -> str:
    """SQL for the macro that makes RFC 8785 of the JSON of a row: DuckDB writes the letters in the number of an escaped control
    character large. A raw control character never stands in JSON, so one can stand for an escaped backslash meanwhile."""
    row = r"replace(v, '\\', chr(1))"
    for code in _WITH_LETTERS:
        row = rf"replace({row}, '\u{code:04X}', '\u{code:04x}')"
    return (
        "CREATE OR REPLACE TEMP MACRO canonical_row(v) AS "
        rf"CASE WHEN regexp_matches(v, '\\u00[01][A-F]') THEN replace({row}, chr(1), '\\') ELSE v END"
    )
