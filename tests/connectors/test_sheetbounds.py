"""A sheet that reaches too far is refused with the cell that does, before a parser takes memory for it; formatting that
reaches far is no reason, and what is near is read as it is."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from connectors.base import TerminalError
from connectors.tools import sheetbounds
from tests.connectors.workbooks import HEADER, REVIEWS, ROWS, read, write_ods, write_xlsx

SHEET = "xl/worksheets/sheet1.xml"


def rewritten(path: Path, change: Callable[[str], str], part: str = SHEET, encoding: str = "utf-8") -> Path:
    """The workbook at `path` with the XML of one part changed."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts[part] = change(parts[part].decode()).encode(encoding)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return path


def workbook(folder: Path, **changes: Any) -> Path:
    return write_xlsx(folder / "rechten.xlsx", {"Blad1": [HEADER, *ROWS]}, **changes)


def with_row(row: str) -> Callable[[str], str]:
    return lambda xml: xml.replace("</sheetData>", f"{row}</sheetData>")


def cell(address: str, content: str = "<v>1</v>") -> str:
    return f'<row r="1048576"><c {address}>{content}</c></row>'


FAR = {
    "last cell": (with_row(cell('r="XFD1048576"')), "cel XFD1048576"),
    "inline text": (with_row(cell('r="XFD1048576" t="inlineStr"', "<is><t>x</t></is>")), "cel XFD1048576"),
    "formula": (with_row(cell('r="XFD1048576"', "<f>1+1</f>")), "cel XFD1048576"),
    "error": (with_row(cell('r="XFD1048576" t="e"', "<v>#REF!</v>")), "cel XFD1048576"),
    "address behind style": (with_row(cell('s="0" r="XFD1048576"')), "cel XFD1048576"),
    "address in single quotes": (with_row(cell("r = 'XFD1048576'")), "cel XFD1048576"),
    "address in codes": (with_row(cell('r="&#88;FD1048576"')), "cel XFD1048576"),
    "two far cells": (with_row('<row r="3"><c r="XFD3"><v>1</v></c></row>' + cell('r="A1048576"')), "cel XFD3 en A1048576"),
    "no such column": (with_row(cell('r="ZZZZZZZ99999999999"')), r"onmogelijk adres \(ZZZZZZZ99999999999\)"),
    "no such row": (with_row(cell('r="A0"')), r"onmogelijk adres \(A0\)"),
    "below the sheet": (with_row('<row r="9999999"><c r="A9999999"><v>1</v></c></row>'), "buiten het blad"),
    "beside the sheet": (with_row('<row r="9"><c r="ZZZ9"><v>1</v></c></row>'), "buiten het blad"),
    "row of many digits": (with_row(f'<row r="{"9" * 5000}"><c><v>1</v></c></row>'), r"onmogelijk adres \(9{20}\)"),
    "cells without an address": (with_row(f'<row r="1048576">{"<c/>" * 16_383}<c><v>1</v></c></row>'), "cel XFD1048576"),
    "document type": (lambda xml: "<!DOCTYPE x>" + xml.partition("?>")[2], "documenttype"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAR)
def test_a_value_far_away_is_refused_with_its_cell(tmp_path: Path, name: str) -> None:
    change, said = FAR[name]
    rewritten(workbook(tmp_path), change)
    with pytest.raises(TerminalError, match=f"rechten.xlsx, blad Blad1: .*{said}") as caught:
        read(tmp_path, file="rechten.xlsx", **REVIEWS)
    assert caught.value.advice


def test_a_far_value_is_found_in_any_character_set(tmp_path: Path) -> None:
    change = with_row(cell('r="XFD1048576"'))
    declared = '<?xml version="1.0" encoding="UTF-16"?>'
    rewritten(
        workbook(tmp_path), lambda xml: declared + change(xml).removeprefix("<?xml version='1.0'?>"), encoding="utf-16"
    )
    with pytest.raises(TerminalError):
        read(tmp_path, file="rechten.xlsx", **REVIEWS)


@pytest.mark.parametrize("position", range(sheetbounds._PIECE - 40, sheetbounds._PIECE + 40, 7))
def test_a_far_value_is_found_wherever_the_file_is_cut(tmp_path: Path, position: int) -> None:
    def change(xml: str) -> str:
        head, tail = xml.split("</sheetData>")
        room = position - len(head) - len("<!---->")
        far = cell('r="XFD1048576"')
        return f"{head}<!--{' ' * room}-->{far}</sheetData>{tail}"

    rewritten(workbook(tmp_path), change)
    with pytest.raises(TerminalError, match="cel XFD1048576"):
        read(tmp_path, file="rechten.xlsx", **REVIEWS)


NEAR: dict[str, Callable[[str], str]] = {
    "formatting to the last cell": with_row(cell('r="XFD1048576" s="0"', "")),
    "formatted rows": with_row("".join(f'<row r="{row}" ht="20"/>' for row in range(1_048_000, 1_048_577))),
    "other order of attributes": lambda xml: xml.replace('<c r="A2"', '<c s="0" r="A2"'),
    "an address in a text": with_row(
        '<row r="9"><c r="H9" t="inlineStr"><is><t>&lt;c r="XFD1048576"&gt;</t></is></c></row>'
    ),
}


@pytest.mark.parametrize("name", NEAR)
def test_what_holds_no_value_may_reach_far(tmp_path: Path, name: str) -> None:
    rewritten(workbook(tmp_path), NEAR[name])
    assert [record.values["system"] for record in read(tmp_path, file="rechten.xlsx", **REVIEWS)] == [
        "Zaaksysteem", "Belastingen",
    ]  # fmt: skip


def test_a_sheet_that_nobody_reads_may_be_anything(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "rechten.xlsx", {"Blad1": [["x"]], "Rechten": [HEADER, *ROWS]})
    rewritten(path, with_row(cell('r="XFD1048576"')))
    assert len(read(tmp_path, file="rechten.xlsx", sheet="Rechten", **REVIEWS)) == 2


def ods_row(rows: int, columns: int, content: str) -> str:
    kind = 'office:value-type="float" office:value="1"' if content else ""
    inner = f"<text:p>{content}</text:p>" if content else ""
    return (
        f'<table:table-row table:number-rows-repeated="{rows}">'
        f'<table:table-cell table:number-columns-repeated="{columns}" {kind}>{inner}</table:table-cell></table:table-row>'
    )


@pytest.mark.parametrize(
    ("rows", "columns", "said"),
    [(1_000_000, 1_000, "ver buiten de tabel"), (2, 16_385, "buiten het blad"), (2_000_000, 1, "buiten het blad"), (1_000_000_000, 1, "onmogelijk adres")],
)  # fmt: skip
def test_an_ods_that_repeats_values_without_end_is_refused(tmp_path: Path, rows: int, columns: int, said: str) -> None:
    write_ods(tmp_path / "rechten.ods", "Blad1", [HEADER, *ROWS, ods_row(rows, columns, "1")])
    with pytest.raises(TerminalError, match=f"rechten.ods: .*{said}"):
        read(tmp_path, file="rechten.ods", **REVIEWS)


def test_an_ods_whose_empty_cells_repeat_is_read(tmp_path: Path) -> None:
    write_ods(tmp_path / "rechten.ods", "Blad1", [HEADER, *ROWS, ods_row(900_000, 16_000, "")])
    assert len(read(tmp_path, file="rechten.ods", **REVIEWS)) == 2


def test_a_binary_workbook_that_is_none_is_damaged(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "rechten.xlsx", "w") as archive:
        archive.writestr("xl/workbook.bin", b"\x00")
    with pytest.raises(TerminalError, match="beschadigd"):
        read(tmp_path, file="rechten.xlsx", **REVIEWS)


def test_the_size_that_an_archive_tells_is_not_believed(tmp_path: Path) -> None:
    path = workbook(tmp_path)
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(SHEET).file_size
    content = path.read_bytes()
    told, smaller = size.to_bytes(4, "little"), (size - 100).to_bytes(4, "little")
    assert told in content
    path.write_bytes(content.replace(told, smaller))
    with pytest.raises(TerminalError, match="beschadigd"):
        read(tmp_path, file="rechten.xlsx", **REVIEWS)


def test_a_long_shared_text_is_read(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "rechten.xlsx", {"Blad1": [HEADER, ["x" * 32_000, *ROWS[0][1:]]]})
    (record,) = read(tmp_path, file="rechten.xlsx", **REVIEWS)
    assert record.values["system"] == "x" * 32_000


@pytest.mark.parametrize("encoding", ["x-unknown", "cp037", "utf-7", "idna"])
@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_a_character_set_that_cannot_be_read_is_refused(suffix: str, encoding: str, tmp_path: Path) -> None:
    """Also where the addresses must be read out of the XML, and where its marks are."""
    if suffix == "xlsx":
        path, part = workbook(tmp_path), SHEET
    else:
        path, part = write_ods(tmp_path / "rechten.ods", "Blad1", [HEADER, *ROWS]), "content.xml"
    declared = f'<?xml version="1.0" encoding="{encoding}"?>'
    rewritten(path, lambda xml: declared + xml.partition("?>")[2] if xml.startswith("<?xml") else declared + xml, part)
    with pytest.raises(TerminalError) as caught:
        read(tmp_path, file=path.name, **REVIEWS)
    assert caught.value.place and caught.value.advice


AGAIN = '<c r="D2" t="n"><v>99</v></c>'


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace("</row></sheetData>", f"{AGAIN}</row></sheetData>"),
        lambda xml: xml.replace('<row r="3">', f'<row r="2">{AGAIN}</row><row r="3">'),
        lambda xml: xml.replace('<c r="C2"', "<c", 1).replace('<c r="D2"', '<c r="C2"><v>1</v></c><c r="D2"'),
    ],
)
def test_a_cell_that_is_given_twice_is_refused(change: Callable[[str], str], tmp_path: Path) -> None:
    rewritten(workbook(tmp_path), change)
    with pytest.raises(TerminalError, match=r"cel [CD]2 meer dan een keer"):
        read(tmp_path, file="rechten.xlsx", **REVIEWS)


def test_cells_and_rows_in_another_order_are_read(tmp_path: Path) -> None:
    path = workbook(tmp_path)
    whole = [record.values for record in read(tmp_path, file="rechten.xlsx", **REVIEWS)]

    def turned(xml: str) -> str:
        rows = re.findall(r"<row .*?</row>", xml, re.DOTALL)
        for row in rows:
            cells = re.findall(r"<c .*?</c>|<c [^>]*/>", row, re.DOTALL)
            xml = xml.replace("".join(cells), "".join(reversed(cells)))
        return xml

    rewritten(path, turned)
    assert [record.values for record in read(tmp_path, file="rechten.xlsx", **REVIEWS)] == whole


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("<si><t>{}</t></si>", True),
        ("<si><r><t>{}</t></r><r><rPr><b/></rPr><t></t></r><rPh sb='0' eb='1'><t>x</t></rPh><phoneticPr/></si>", True),
        ("<si><si><t>{}</t></si></si>", False),
        ("<si><t>{}</t><t>{}</t></si>", False),
        ("<si><a><t>{}</t></a></si>", False),
        ("<si><r><t>{}</t><t></t></r></si>", False),
        ("<t>{}</t>", False),
    ],
)
def test_texts_that_cells_share_stand_where_they_belong(text: str, is_read: bool, tmp_path: Path) -> None:
    """Cells name them by their number, and readers count differently where one stands within another."""
    path = tmp_path / "rechten.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Blad1")
        for number, row in enumerate([HEADER, ["Zaaksysteem", "Beheer", "2026-03-04", 12]]):
            sheet.write_row(number, 0, row)
    rewritten(
        path,
        lambda xml: xml.replace("<si><t>Zaaksysteem</t></si>", text.format(*["Zaaksysteem"] * 2)),
        "xl/sharedStrings.xml",
    )
    if is_read:
        assert [record.values["system"] for record in read(tmp_path, file="rechten.xlsx", **REVIEWS)] == ["Zaaksysteem"]
    else:
        with pytest.raises(TerminalError, match=r"beschadigd in xl/sharedStrings\.xml"):
            read(tmp_path, file="rechten.xlsx", **REVIEWS)


@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_an_archive_of_a_version_to_come_is_refused(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"rechten.{suffix}"
    if suffix == "xlsx":
        workbook(tmp_path)
    else:
        write_ods(path, "Blad1", [HEADER, *ROWS])
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 6] = 99  # the version that is needed, in the directory
    path.write_bytes(content)
    with pytest.raises(TerminalError, match="beschadigd"):
        read(tmp_path, file=path.name, **REVIEWS)


@pytest.mark.parametrize("again", ['r="XFD1048576"', 'r="ZZZ99999999"', 's="1" s="2"'])
def test_an_attribute_that_comes_twice_is_refused(again: str, tmp_path: Path) -> None:
    """One reader takes the first, another the last: the second address may lie anywhere."""
    rewritten(workbook(tmp_path), lambda xml: xml.replace('<c r="B2"', f'<c r="B2" {again}', 1))
    with pytest.raises(TerminalError, match="blad Blad1 kan niet worden gelezen"):
        read(tmp_path, file="rechten.xlsx", **REVIEWS)


@pytest.mark.parametrize("day", ["-1e999", "-1e300", "-99999999999999"])
def test_a_day_before_all_days_is_refused_with_its_sheet(day: str, tmp_path: Path) -> None:
    """The parser panics over it."""
    rewritten(workbook(tmp_path), lambda xml: re.sub(r'(<c r="C2"[^>]*><v>)[^<]*', rf"\g<1>{day}", xml))
    with pytest.raises(TerminalError, match="blad Blad1 kan niet worden gelezen"):
        read(tmp_path, file="rechten.xlsx", **REVIEWS)
