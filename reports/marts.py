"""The officers' views as files for other programs, with a data dictionary made from the comments in the catalogue. Which
format is asked for is said by `csv_export` and `parquet_export`."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from reports.provenance import lines, provenance
from reports.safe import cell_text
from warehouse.reading.officers_views import officers_views, rows_of
from warehouse.reading.read import Published

DICTIONARY = "gegevenswoordenboek"


def write_csv(published: Published, organisation: str, folder: Path) -> list[Path]:
    """One file per view that Excel opens by itself: `;`, UTF-8 with a mark, CRLF, and no cell that is a formula."""
    files = []
    for view in officers_views(published):
        names = [column.column_name for column in view.columns]
        rows = rows_of(published, view, organisation).fetchall()
        files.append(write_table(folder / f"{view.name}.csv", names, rows))
    return [*files, *_dictionary(published, organisation, folder)]


def write_parquet(published: Published, organisation: str, folder: Path) -> list[Path]:
    """One Parquet file per view, with the types of the database."""
    import pyarrow.parquet as pq

    files = []
    for view in officers_views(published):
        path = folder / f"{view.name}.parquet"
        table = rows_of(published, view, organisation).to_arrow_table()
        pq.write_table(table, path)
        files.append(path)
    return [*files, *_dictionary(published, organisation, folder)]


def write_table(path: Path, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    """A table as CSV for Excel, in a file."""
    path.write_bytes(csv_bytes(names, rows))
    return path


def csv_bytes(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """A table as CSV for Excel."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([[shown(value) for value in row] for row in rows])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def shown(value: Any) -> str:
    """A value as a Dutch Excel reads it: decimal comma, ISO days, lists with commas; text never begins a formula."""
    match value:
        case None:
            return ""
        case bool():
            return "ja" if value else "nee"
        case float():
            return repr(value).replace(".", ",")
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case int() | date():
            return str(value)
        case list():
            return cell_text(", ".join(map(str, value)))
        case _:
            return cell_text(str(value))


def _dictionary(published: Published, organisation: str, folder: Path) -> list[Path]:
    views = officers_views(published)
    rows = [
        (view.name, column.column_name, column.column_type, column.column_meaning)
        for view in views
        for column in view.columns
    ]
    table = write_table(folder / f"{DICTIONARY}.csv", ["tabel", "kolom", "type", "betekenis"], rows)
    text = ["# Gegevenswoordenboek", ""]
    text += [f"{name}: {value}  " for name, value in lines(provenance(published, organisation), "nl")]
    for view in views:
        text += [
            "",
            f"## {view.name}",
            "",
            view.meaning,
            "",
            "| kolom | type | betekenis |",
            "|---|---|---|",
        ]
        text += [
            f"| {column.column_name} | {column.column_type} | {column.column_meaning or ''} |"
            for column in view.columns
        ]
    page = folder / f"{DICTIONARY}.md"
    page.write_text("\n".join(text) + "\n", "utf-8")
    return [table, page]
