"""The officers' views as files for other programs, with a data dictionary made from the comments in the catalogue. Which
format is asked for is said by `csv_export` and `parquet_export`."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from models.sql_text import literal
from reports.provenance import lines, provenance
from reports.safe import cell_text
from warehouse.read import Published, Row

DICTIONARY = "gegevenswoordenboek"


def views(published: Published) -> list[Row]:
    """Every view for officers: name, meaning, and its columns with theirs, in order."""
    found: dict[str, Row] = {}
    for row in published.rows(
        "SELECT v.view_name AS name, v.comment AS meaning, c.column_name AS column_name, c.data_type AS type, "
        "c.comment AS column_meaning FROM duckdb_views() AS v JOIN duckdb_columns() AS c "
        "ON c.database_name = v.database_name AND c.schema_name = v.schema_name AND c.table_name = v.view_name "
        "WHERE v.database_name = current_database() AND v.schema_name = 'main' AND NOT v.internal "
        "ORDER BY v.view_name, c.column_index"
    ):
        own = found.setdefault(row["name"], {"name": row["name"], "meaning": row["meaning"], "columns": []})
        own["columns"].append((row["column_name"], row["type"], row["column_meaning"]))
    return list(found.values())


def write_csv(published: Published, organisation: str, folder: Path) -> list[Path]:
    """One file per view that Excel opens by itself: `;`, UTF-8 with a mark, CRLF, and no cell that is a formula."""
    files = []
    for view in views(published):
        cursor = published.connection.execute(_select(view, organisation))
        names = [column[0] for column in cursor.description or []]
        files.append(write_table(folder / f"{view['name']}.csv", names, cursor.fetchall()))
    return [*files, *_dictionary(published, organisation, folder)]


def write_parquet(published: Published, organisation: str, folder: Path) -> list[Path]:
    """One Parquet file per view, with the types of the database."""
    import pyarrow.parquet as pq

    files = []
    for view in views(published):
        path = folder / f"{view['name']}.parquet"
        table = published.connection.execute(_select(view, organisation)).to_arrow_table()
        pq.write_table(table, path)
        files.append(path)
    return [*files, *_dictionary(published, organisation, folder)]


def write_table(path: Path, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    """A table as CSV for Excel."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([[shown(value) for value in row] for row in rows])
    path.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode())
    return path


def shown(value: Any) -> str:
    """A value as a Dutch Excel reads it: decimal comma, ISO days, lists with commas; text never begins a formula."""
    if isinstance(value, str):
        return cell_text(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nee"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value).replace(".", ",")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return cell_text(", ".join(str(item) for item in value))
    return cell_text(str(value))


def _select(view: Row, organisation: str) -> str:
    names = [name for name, _, _ in view["columns"]]
    where = f" WHERE organisatie = {literal(organisation)}" if "organisatie" in names else ""
    return f'SELECT * FROM main."{view["name"]}"{where} ORDER BY ALL'


def _dictionary(published: Published, organisation: str, folder: Path) -> list[Path]:
    found = views(published)
    rows = [(view["name"], *column) for view in found for column in view["columns"]]
    table = write_table(folder / f"{DICTIONARY}.csv", ["tabel", "kolom", "type", "betekenis"], rows)
    text = ["# Gegevenswoordenboek", ""]
    text += [f"{name}: {value}  " for name, value in lines(provenance(published, organisation), "nl")]
    for view in found:
        text += [
            "",
            f"## {view['name']}",
            "",
            view["meaning"] or "",
            "",
            "| kolom | type | betekenis |",
            "|---|---|---|",
        ]
        text += [f"| {name} | {kind} | {meaning or ''} |" for name, kind, meaning in view["columns"]]
    page = folder / f"{DICTIONARY}.md"
    page.write_text("\n".join(text) + "\n", "utf-8")
    return [table, page]
