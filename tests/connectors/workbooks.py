"""Workbooks and connectors for the spreadsheet tests: real xlsx files written with openpyxl, ods files written as the
format prescribes, and a connector over a folder."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl

from connectors.base import Context, Window
from connectors.spreadsheet import SpreadsheetConnector
from models.record import Record

REVIEWS = {
    "kind": "access_review",
    "key": ["system", "scope", "performed_on"],
    "columns": {
        "system": "Systeem",
        "scope": "Soort rechten",
        "performed_on": "Uitgevoerd op",
        "accounts_reviewed": "Accounts",
    },
}
HEADER = ["Systeem", "Soort rechten", "Uitgevoerd op", "Accounts"]
ROWS = [
    ["Zaaksysteem", "Beheer", date(2026, 3, 4), 12],
    ["Belastingen", "regulier", date(2026, 6, 5), 340],
]


def connector(folder: Path, said: list[str] | None = None, **settings: Any) -> SpreadsheetConnector:
    remarks = said if said is not None else []
    context = Context(
        "voorbeeld", "rechten", folder, date(2026, 11, 20), remark=lambda remark: remarks.append(str(remark))
    )
    return SpreadsheetConnector(SpreadsheetConnector.Settings.model_validate(settings), context)


def read(folder: Path, said: list[str] | None = None, **settings: Any) -> list[Record]:
    source = connector(folder, said, **settings)
    return [record for payload in source.fetch(Window()) for record in source.read(payload)]


def write_xlsx(path: Path, sheets: dict[str, Sequence[Sequence[object]]], **changes: Callable[[Any], None]) -> Path:
    """A workbook with `sheets`; `changes` by sheet name get the sheet to do more with it."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if name in changes:
            changes[name](sheet)
    workbook.save(path)
    return path


_NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {"office": "office", "table": "table", "text": "text"}.items()
)
_CALC = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'


def ods_cell(value: object) -> str:
    """One cell as OpenDocument 1.3 part 3 §9.1.4 writes it; a str that is markup already stays as it is."""
    if isinstance(value, str) and value.startswith("<table:"):
        return value
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, bool):
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(value).lower()}"/>'
    if isinstance(value, (int, float)):
        return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
    if isinstance(value, (date, datetime)):
        return f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"/>'
    text = escape(str(value))
    return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


def write_ods(path: Path, sheet: str, rows: Sequence[Sequence[object] | str]) -> Path:
    """An ods with one sheet; a row may be given as markup. After the rows come the million empty ones of a real file."""
    body = "".join(
        row if isinstance(row, str) else f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>"
        for row in rows
    )
    empty = (
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="1024"/></table:table-row>'
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMES} {_CALC} office:version="1.3">'
        f'<office:body><office:spreadsheet><table:table table:name="{escape(sheet)}">{body}{empty}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" '
        'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return path
