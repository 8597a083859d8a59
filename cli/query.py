"""`ensia sql`: a person's query on the published file, and the list of views with their meaning."""

from __future__ import annotations

import duckdb

from cli.common import print_json, table
from models.language import Language
from models.message import Say
from warehouse.database import State
from warehouse.read import Published, query_error


def show_query(state: State, query: str, as_json: bool) -> None:
    """Run a query and print its rows."""
    try:
        with Published(state) as published:
            names, rows = published.query(query)
    except duckdb.Error as error:  # the file is sound: it is the query that the database cannot answer
        raise query_error(error) from error
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        table("", names, rows)


def show_views(state: State, lang: Language, as_json: bool) -> None:
    """Print every officers' view with its columns and their meaning."""
    with Published(state) as published:
        rows = published.rows(
            "SELECT v.view_name AS tabel, v.comment AS betekenis, c.column_name AS kolom, c.data_type AS soort, "
            "c.comment AS kolombetekenis FROM duckdb_views() AS v JOIN duckdb_columns() AS c "
            "ON c.table_name = v.view_name AND c.schema_name = v.schema_name AND c.database_name = v.database_name "
            "WHERE v.schema_name = 'main' AND NOT v.internal AND v.comment IS NOT NULL ORDER BY v.view_name, c.column_index"
        )
    if as_json:
        print_json(rows)
        return
    say = Say(lang)
    for name in dict.fromkeys(row["tabel"] for row in rows):
        own = [row for row in rows if row["tabel"] == name]
        table(
            f"{name}: {own[0]['betekenis']}",
            [say("query.column"), say("query.type"), say("query.meaning")],
            [(row["kolom"], row["soort"], row["kolombetekenis"]) for row in own],
        )
