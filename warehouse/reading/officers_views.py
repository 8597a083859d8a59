"""The views that officers read: which there are, what they mean, and their rows whole. What they hold is said in
`warehouse/reading/officers/`; how they become files is left to `reports/marts.py`."""

from __future__ import annotations

import re
from dataclasses import dataclass

import duckdb

from models.sql_text import literal
from warehouse.reading.publish import view_statements
from warehouse.reading.read import Published
from warehouse.reading.shapes import OfficersColumn

_OF_VIEW = re.compile(r"^COMMENT ON VIEW main\.(\w+) IS '((?:[^']|'')*)'", re.MULTILINE)
_OF_COLUMN = re.compile(r"^COMMENT ON COLUMN main\.(\w+)\.(\w+) IS '((?:[^']|'')*)'", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class OfficersView:
    """A view with its meaning and its columns in order."""

    name: str
    meaning: str
    columns: tuple[OfficersColumn, ...]


def officers_views(published: Published) -> list[OfficersView]:
    """Every view for officers, by name."""
    by_name: dict[str, list[OfficersColumn]] = {}
    for column in published.select(OfficersColumn):
        by_name.setdefault(column.view_name, []).append(column)
    return [OfficersView(name, columns[0].meaning, tuple(columns)) for name, columns in by_name.items()]


@dataclass(frozen=True, slots=True)
class DeclaredView:
    """A view as its file declares it: its meaning, and that of each column."""

    name: str
    meaning: str
    columns: dict[str, str]


def declared_views() -> list[DeclaredView]:
    """Every view for officers as the program lays it, without a published file at hand: for the documentation."""
    text = "\n".join(view_statements())
    columns: dict[str, dict[str, str]] = {}
    for view, column, meaning in _OF_COLUMN.findall(text):
        columns.setdefault(view, {})[column] = meaning.replace("''", "'")
    return [
        DeclaredView(view, meaning.replace("''", "'"), columns.get(view, {}))
        for view, meaning in sorted(_OF_VIEW.findall(text))
    ]


def rows_of(published: Published, view: OfficersView, organisation: str) -> duckdb.DuckDBPyConnection:
    """The rows of a view in a fixed order, those of one organisation where it has more: a cursor to fetch from."""
    names = [column.column_name for column in view.columns]
    where = ""
    if "organisatie" in names:
        where = f" WHERE organisatie = {literal(organisation)}"
    return published.connection.execute(f'SELECT * FROM main."{view.name}"{where} ORDER BY ALL')
