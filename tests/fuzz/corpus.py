"""The files that inputs begin as: fixtures of the connectors' tests and what their makers write, cut down to what is small and the
same every day."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import xlsxwriter

from tests.connectors.documents import FRONT, write_odt
from tests.connectors.report_files import DATA, REAL_LYNIS
from tests.connectors.workbooks import HEADER, ROWS, ods_cell, write_ods, write_xlsx
from tests.fuzz.packages import Part, packed, unpacked

_LEFT_OUT = frozenset({"xl/theme/theme1.xml", "docProps/app.xml"})
_SAVED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_LYNIS_LINES = 24
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
LINES = tuple(f"{label.rstrip(':')}: {value}".replace("–", "-") for label, value in FRONT)


def fixture(name: str) -> bytes:
    """A file of the tests of the connectors."""
    return (DATA / name).read_bytes()


def lynis() -> bytes:
    """A real report without most of its suggestions."""
    lines = REAL_LYNIS.read_text("utf-8").splitlines()
    last = [line for line in lines[_LYNIS_LINES:] if line.startswith(("warning", "hardening", "report_", "finish"))]
    return "\n".join([*lines[:_LYNIS_LINES], *last, ""]).encode()


def reviews_csv() -> bytes:
    return "\n".join(
        [";".join(HEADER), "Zaaksysteem;Beheer;4-3-2026;12", "Belastingen;regulier;2026-06-05;340", ""]
    ).encode()


def titled_csv() -> bytes:
    """With a title above the header, a field over two lines, and a total below."""
    rows = ["Controles 2026;;;", ";;;", ";".join(HEADER), '"Zaak;systeem";"Be""heer";"4 mei 2026";"1.234"',
            '"Twee\nregels";regulier;05-06-2026;7', "Totaal;;;1241", ""]  # fmt: skip
    return "\n".join(rows).encode()


def tickets_csv() -> bytes:
    rows = ["Nummer,Soort,Gemeld,Opgelost,Prioriteit,Labels", "M1,incident,2026-09-01 10:15,2026-09-02,hoog,toegang; mail",
            "M2,datalek,01-09-2026,,kritiek,", "M3,verzoek,1 september 2026,2-9-2026 12:00,laag,n.v.t.", ""]  # fmt: skip
    return "\n".join(rows).encode()


def internet_nl_csv() -> bytes:
    rows = [",,,,,overall", "List,Url,Port,Ip Version,,% Score,,IPv6,HTTPS available",
            "Gemeente,www.voorbeeld.example,443,4,,85,https://batch.internet.nl/site/www.voorbeeld.example/1/,passed,passed",
            "Gemeente,dubbel.voorbeeld.example", ",,443,4,,90,,passed,passed", ",,443,6,,70,,failed,passed",
            "Gemeente,weg.voorbeeld.example,443,4,,?,,not_testable,failed", ""]  # fmt: skip
    return "\n".join(rows).encode()


# -- workbooks ---------------------------------------------------------------------------------------------------------


@cache
def workbooks() -> tuple[bytes, ...]:
    """A plain workbook, one with all that a sheet can tell beside its values, one of another program, and one with a hidden
    sheet."""
    rich = [
        ["Controles 2026"],
        [],
        HEADER,
        *ROWS,
        ["Samen\ngevoegd", "Beheer", "1-2-2026", 0.25],
        [None, "regulier", date(2026, 2, 2), "=1/0"],
    ]
    return (
        _cut(_made("plain.xlsx", lambda path: write_xlsx(path, {"Blad1": [HEADER, *ROWS]}))),
        _cut(_made("rich.xlsx", lambda path: write_xlsx(path, {"Blad1": rich}, Blad1=_enrich))),
        _cut(_made("shared.xlsx", _write_shared)),
        _cut(
            _made(
                "two.xlsx",
                lambda path: write_xlsx(path, {"Uitleg": [["Lees mij"]], "Rechten": [HEADER, *ROWS]}, Uitleg=_hide),
            )
        ),
    )


def _write_shared(path: Path) -> None:
    """A workbook of which the texts stand in a part of their own, as Excel writes it."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Blad1")
    day = book.add_format({"num_format": "dd-mm-yyyy"})
    for number, row in enumerate([HEADER, *ROWS]):
        for column, value in enumerate(row):
            sheet.write(number, column, value, day if isinstance(value, date) else None)
    book.close()


@cache
def internet_nl_workbook() -> bytes:
    rows: list[list[Any]] = [["", "Total"], ["", "", "", "", "", "overall"], ["List", "Url", "Port", "Ip", "", "% Score", "", "HSTS"],
                             ["Gemeente", "www.voorbeeld.example", 443, 4, "", 85, "https://x.example/1", "passed"],
                             ["Gemeente", "weg.voorbeeld.example", 443, 4, "", "?", "", "failed"]]  # fmt: skip
    return _cut(_made("a.xlsx", lambda path: write_xlsx(path, {"1234-web-2026-11-16": rows})))


@cache
def open_documents() -> tuple[bytes, ...]:
    merged = ('<table:table-cell table:number-rows-spanned="2" office:value-type="string"><text:p>Zaak'
              '<text:s text:c="2"/><text:a text:href="https://x.example">systeem</text:a></text:p></table:table-cell>')  # fmt: skip
    share = (
        '<table:table-cell office:value-type="percentage" office:value="0.25"><text:p>25%</text:p></table:table-cell>'
    )
    row = "".join((merged, ods_cell("Beheer"), ods_cell(date(2026, 3, 4)), share))
    rows = [HEADER, f'<table:table-row table:visibility="collapse">{row}</table:table-row>',
            f'<table:table-row table:number-rows-repeated="2"><table:covered-table-cell/>{"".join(map(ods_cell, ROWS[1][1:]))}</table:table-row>']  # fmt: skip
    return (
        _made("plain.ods", lambda path: write_ods(path, "Blad1", [HEADER, *ROWS])),
        _made("rich.ods", lambda path: write_ods(path, "Blad1", rows)),
    )


def _made(name: str, write: Callable[[Path], object]) -> bytes:
    """What a maker writes, packed anew so that it is the same every day."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / name)
        return packed(unpacked((Path(folder) / name).read_bytes()))


def _cut(content: bytes) -> bytes:
    """A workbook without what nobody reads, saved on a fixed day."""
    parts = [part for part in unpacked(content) if part.name not in _LEFT_OUT]
    return packed([replace(part, content=_SAVED.sub(rb"\g<1>2026-11-20T10:00:00Z", part.content)) for part in parts])


def _enrich(sheet: Any) -> None:
    sheet.merge_cells("A6:A7")
    sheet["D6"].number_format = "0.00%"
    sheet["D5"].number_format = '0 "accounts"'
    sheet["A4"].hyperlink = "https://zaak.example/"
    sheet.row_dimensions[5].hidden = True


def _hide(sheet: Any) -> None:
    sheet.sheet_state = "hidden"


# -- documents ---------------------------------------------------------------------------------------------------------


@cache
def small_docx() -> bytes:
    """A document of the parts that are read, and no others (ECMA-376 parts 1 and 2)."""
    rows = "".join(f"<w:tr>{''.join(f'<w:tc>{_paragraph(cell)}</w:tc>' for cell in row)}</w:tr>" for row in FRONT)
    types = "".join(
        f'<Override PartName="/{name}" ContentType="application/vnd.openxmlformats-{kind}+xml"/>'
        for name, kind in _TYPES
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{kind}" Target="{target}"/>' for n, (kind, target) in enumerate(_RELATIONS)
    )
    return packed([
        Part("[Content_Types].xml", _xml(f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="application/'
                                         f'vnd.openxmlformats-package.relationships+xml"/>{types}</Types>')),
        Part("_rels/.rels", _xml(f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>')),
        Part("word/document.xml", _xml(f"<w:document {_W}><w:body>{_paragraph('Informatiebeveiligingsbeleid')}<w:tbl>{rows}</w:tbl>"
                                       f"{_paragraph('Classificatie: intern')}{_paragraph('Lopende tekst van het beleid.')}</w:body></w:document>")),
        Part("docProps/core.xml", _xml(_CORE)),
        Part("docProps/custom.xml", _xml(_CUSTOM)),
    ])  # fmt: skip


def _paragraph(text: str) -> str:
    """A paragraph of two runs."""
    half = len(text) // 2
    runs = "".join(f'<w:r><w:t xml:space="preserve">{piece}</w:t></w:r>' for piece in (text[:half], text[half:]))
    return f"<w:p>{runs}</w:p>"


def _xml(body: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{body}'.encode()


@cache
def small_odt() -> bytes:
    return _made("beleid.odt", lambda path: write_odt(path, FRONT, title="Beleid", properties={"Eigenaar": "CISO"}))


_TYPES = (
    ("word/document.xml", "officedocument.wordprocessingml.document.main"),
    ("docProps/core.xml", "package.core-properties"),
    ("docProps/custom.xml", "officedocument.custom-properties"),
)
_RELATIONS = (
    (f"{_OFFICE}/officeDocument", "word/document.xml"),
    (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
    (f"{_OFFICE}/custom-properties", "docProps/custom.xml"),
)
_CORE = (
    f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>Beleid</dc:title>'
    '<dcterms:modified xsi:type="dcterms:W3CDTF">2026-02-01T10:00:00Z</dcterms:modified></cp:coreProperties>'
)
_CUSTOM = (
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
    'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"><property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" '
    'pid="2" name="Onderwerp"><vt:lpwstr>Toegang</vt:lpwstr></property></Properties>'
)
