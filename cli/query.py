"""`ensia sql`: a person's query on the published file, the list of views with their meaning, and the file opened in a program to
write SQL in."""

from __future__ import annotations

import shutil
import subprocess

import duckdb

from cli.common import print_json, table
from models.errors import NotFound
from models.language import Language
from models.message import Say, message
from warehouse.reading.officers_views import officers_views
from warehouse.reading.read import Published, query_error
from warehouse.reading.shapes import OfficersColumn
from warehouse.storage.database import State

# Harlequin, a SQL editor for the terminal that reads DuckDB; kept apart from ours, since nothing else needs it.
_EDITOR = "harlequin"
# It cannot write to the file, and keeps no list of the questions that were asked of it.
_OPTIONS = ("--read-only", "--no-write-history")


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
        views = officers_views(published)
    if as_json:
        print_json([_as_row(column) for view in views for column in view.columns])
        return
    say = Say(lang)
    for view in views:
        table(
            f"{view.name}: {view.meaning}",
            [say("query.column"), say("query.type"), say("query.meaning")],
            [(column.column_name, column.column_type, column.column_meaning) for column in view.columns],
        )


def open_in_editor(state: State) -> int:
    """Open the published file in the SQL editor, until the person leaves it; returns its exit code. Raises NotFound where there
    is no editor, or nothing to read."""
    with Published(state):  # says in our words what is wrong with the file
        pass
    program = shutil.which(_EDITOR)
    if program is None:
        raise NotFound(
            message("query.no_editor", editor=_EDITOR), advice=message("query.no_editor_advice", editor=_EDITOR)
        )
    command = [program, *_OPTIONS, str(state.published)]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - a program that the person installed


def _as_row(column: OfficersColumn) -> dict[str, str | None]:
    """A column under the Dutch names that programs know."""
    return {
        "tabel": column.view_name,
        "betekenis": column.meaning,
        "kolom": column.column_name,
        "soort": column.column_type,
        "kolombetekenis": column.column_meaning,
    }
