"""Filling in a downloaded questionnaire: three layouts, every answer in place, and nothing else touched."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from models.errors import EnsiaError
from reports.answers import Answer, answers
from reports.fill_in import question_number
from reports.registry import make
from tests import golden
from warehouse.reading.read import Published

_DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)  # a picture of one dot
QUESTIONNAIRE = "zelfevaluatie-bio2"
WORDS = {"Ja": "Ja", "Gedeeltelijk": "Deels", "Nee": "Nee", "N.v.t.": "Niet van toepassing"}


@pytest.fixture
def listed(published: Published, organisation: str) -> list[Answer]:
    """The first questions of the questionnaire that have an answer."""
    found = [answer for answer in answers(published, organisation) if answer.questionnaire_id == QUESTIONNAIRE]
    return [answer for answer in found if answer.answer][:25]


def simple(path: Path, listed: list[Answer]) -> dict[str, str]:
    """A header in row 1 and a drop-down that lists its words. Returns where the answers go."""
    with xlsxwriter.Workbook(path) as book:
        sheet, bold = book.add_worksheet("Vragen"), book.add_format({"bold": True, "bg_color": "#DDDDDD"})
        sheet.write_row(0, 0, ["Vraagnummer", "Vraag", "Antwoord", "Toelichting"], bold)
        places = {}
        for row, answer in enumerate(listed, start=1):
            sheet.write_row(row, 0, [answer.question_id, "Een vraag"])
            places[answer.question_id] = f"Vragen!C{row + 1}"
        sheet.data_validation(1, 2, len(listed), 2, {"validate": "list", "source": ["Ja", "Deels", "Nee"]})
    return places


def decorated(path: Path, listed: list[Answer]) -> dict[str, str]:
    """Title rows, merged cells, a hidden sheet with the words, conditional formatting, a comment, a chart."""
    with xlsxwriter.Workbook(path) as book:
        sheet, hidden = book.add_worksheet("BIO2"), book.add_worksheet("Lijsten")
        hidden.write_column(0, 0, list(WORDS.values()))
        hidden.hide()
        sheet.merge_range(
            "A1:E1", "Zelfevaluatie informatiebeveiliging", book.add_format({"bold": True, "align": "center"})
        )
        sheet.write("A2", "Vul de gele cellen in")
        yellow = book.add_format({"bg_color": "#FFFF99", "text_wrap": True, "border": 1})
        sheet.write_row(3, 0, ["Nr.", "Onderwerp", "Uw antwoord*", "Toelichting (verplicht)", "Controle"])
        places = {}
        for row, answer in enumerate(listed, start=4):
            sheet.write_row(row, 0, [answer.question_id + " ", "Onderwerp"])
            sheet.write_blank(row, 2, None, yellow)
            sheet.write_blank(row, 3, None, yellow)
            places[answer.question_id] = f"BIO2!C{row + 1}"
        last = 3 + len(listed)
        sheet.data_validation(4, 2, last, 2, {"validate": "list", "source": "=Lijsten!$A$1:$A$4"})
        sheet.conditional_format(
            4, 2, last, 2, {"type": "text", "criteria": "containing", "value": "Nee", "format": yellow}
        )
        sheet.write_comment("C5", "Kies uit de lijst")
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=BIO2!$E$5:$E$9"})
        sheet.insert_chart("G5", chart)
    return places


def calculating(path: Path, listed: list[Answer]) -> dict[str, str]:
    """The header in row 7 with other words, a defined name for the drop-down, formulas, a protected sheet, frozen panes."""
    with xlsxwriter.Workbook(path) as book:
        sheet, words = book.add_worksheet("Vragenlijst 2026"), book.add_worksheet("Woorden")
        words.write_column(0, 0, list(WORDS.values()))
        book.define_name("Antwoorden", "=Woorden!$A$1:$A$4")
        sheet.write("A1", "Gemeente")
        sheet.write_formula("B2", f'=COUNTIF(D8:D{7 + len(listed)},"Ja")', None, 0)
        sheet.write_row(6, 0, ["Code", "Norm tekst", "Weging", "Beantwoording", "Onderbouwing"])
        places = {}
        for row, answer in enumerate(listed, start=7):
            sheet.write_row(row, 0, [answer.question_id, "Tekst", 1])
            places[answer.question_id] = f"'Vragenlijst 2026'!D{row + 1}"
        sheet.data_validation(7, 3, 6 + len(listed), 3, {"validate": "list", "source": "=Antwoorden"})
        sheet.freeze_panes(7, 2)
        sheet.protect("geheim")
    return places


LAYOUTS = [simple, decorated, calculating]


def grid(path: Path) -> dict[tuple[str, str], Any]:
    """Every cell with its value and everything about its looks."""
    found = {}
    for sheet in openpyxl.load_workbook(path).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                looks = (
                    cell.number_format,
                    cell.font.b,
                    cell.fill.fgColor.rgb,
                    cell.alignment.wrap_text,
                    cell.border.top.style,
                )
                found[sheet.title, cell.coordinate] = (cell.value, looks, cell.protection.locked)
    return found


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_all_answers_in_place_and_nothing_else_touched(
    published: Published, organisation: str, listed: list[Answer], tmp_path: Path, layout: Any
) -> None:
    source = tmp_path / "vragenlijst.xlsx"
    places = layout(source, listed)
    original = source.read_bytes()
    filled, report = make("fill-in", published, organisation, tmp_path / "uit", workbook=source)
    assert source.read_bytes() == original
    before, after = grid(source), grid(filled)
    assert before.keys() <= after.keys()
    written = set()
    refused = report.read_text("utf-8")
    for answer in listed:
        sheet, _, cell = places[answer.question_id].replace("'", "").partition("!")
        explained = chr(ord(cell[0]) + 1) + cell[1:]
        assert answer.answer
        if layout is simple and answer.answer == "N.v.t.":
            assert cell in refused, "a refused answer is reported with its cell"
            assert after[sheet, cell][0] is None
        else:
            assert after[sheet, cell][0] == WORDS[answer.answer]
        assert str(after[sheet, explained][0]).startswith(
            ("Opzet", "Bestaan", "Werking", "Niet van toepassing", answer.norm_ids[0][1])
        )
        written |= {(sheet, cell), (sheet, explained)}
    assert {key: value for key, value in after.items() if key not in written} == {
        key: value for key, value in before.items() if key not in written
    }
    for key in written & before.keys():
        assert after[key][1:] == before[key][1:], f"the looks of {key} changed"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(filled) as new:
        assert old.namelist() == new.namelist()
        changed = [name for name in old.namelist() if old.read(name) != new.read(name)]
    assert {name for name in changed if "worksheets/sheet1" not in name} <= {
        "xl/workbook.xml"
    }  # told to calculate anew
    old_book, new_book = openpyxl.load_workbook(source), openpyxl.load_workbook(filled)
    for one, other in zip(old_book.worksheets, new_book.worksheets, strict=True):
        assert [rule.sqref for rule in one.data_validations.dataValidation] == [
            rule.sqref for rule in other.data_validations.dataValidation
        ]
        assert one.merged_cells.ranges == other.merged_cells.ranges
        assert (one.freeze_panes, one.protection.sheet, one.sheet_state) == (
            other.freeze_panes, other.protection.sheet, other.sheet_state,
        )  # fmt: skip


def test_what_is_already_there_stays_unless_told(
    published: Published, organisation: str, listed: list[Answer], tmp_path: Path
) -> None:
    source = tmp_path / "vragenlijst.xlsx"
    places = simple(source, listed)
    book = openpyxl.load_workbook(source)
    cell = places[listed[0].question_id].partition("!")[2]
    other = "Nee" if listed[0].answer != "Nee" else "Ja"
    book.worksheets[0][cell] = other
    book.save(source)
    kept, report = make("fill-in", published, organisation, tmp_path / "a", workbook=source)
    assert openpyxl.load_workbook(kept).worksheets[0][cell].value == other
    assert cell in report.read_text("utf-8")
    replaced, _ = make("fill-in", published, organisation, tmp_path / "b", workbook=source, overwrite=True)
    assert openpyxl.load_workbook(replaced).worksheets[0][cell].value == WORDS[listed[0].answer or ""]


def test_a_header_in_other_words(published: Published, organisation: str, listed: list[Answer], tmp_path: Path) -> None:
    source = tmp_path / "eigen.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Kenmerkje", "Zegt u het maar"])
    sheet.append([listed[0].question_id, None])
    book.save(source)
    with pytest.raises(EnsiaError, match="kopregel"):
        make("fill-in", published, organisation, tmp_path, workbook=source)
    columns = {"nummer": "Kenmerkje", "antwoord": "Zegt u het maar"}
    filled, _ = make("fill-in", published, organisation, tmp_path, workbook=source, columns=columns)
    assert openpyxl.load_workbook(filled).worksheets[0]["B2"].value == listed[0].answer


@pytest.mark.parametrize("content", [b"", b"geen zip", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1versleuteld"])
def test_what_cannot_be_read_is_told(published: Published, organisation: str, tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "stuk.xlsx"
    source.write_bytes(content)
    with pytest.raises(EnsiaError, match=r"stuk\.xlsx"):
        make("fill-in", published, organisation, tmp_path, workbook=source)


@pytest.mark.parametrize(("given", "same_as"), [("5.01.01 ", "5.1.1"), ("8.13", "8.13"), ("5.02", "5.2")])
def test_question_numbers(given: str, same_as: str) -> None:
    assert question_number(given) == question_number(same_as)


def test_a_nasty_layout_is_filled_in_and_the_rest_reported(
    published: Published, organisation: str, listed: list[Answer], tmp_path: Path
) -> None:
    """A merged header over two rows, numbers as numbers and dates, words behind a name on a hidden sheet, a protected sheet
    with a picture, a comment and conditional formats, macros, and numbers that nobody knows."""
    source, known = tmp_path / "Vragen.xlsm", {answer.question_id for answer in answers(published, organisation)}
    assert {"8.9", "8.10", "5.01.01"} <= known
    with xlsxwriter.Workbook(source) as book:
        sheet, words = book.add_worksheet("Vragen"), book.add_worksheet("Keuzes")
        words.write_column(2, 1, ["Ja, volledig", "Ja, deels", "Nee", "Niet van toepassing"])
        words.very_hidden()
        book.define_name("Antwoorden", "=Keuzes!$B$3:$B$6")
        sheet.merge_range("A1:B1", "Norm", book.add_format({"bold": True}))
        sheet.merge_range("C1:D1", "In te vullen door de gemeente")
        sheet.write_row(1, 0, ["Nr", "Vraag", "Antwoord", "Toelichting"])
        day = book.add_format({"num_format": "d-mmm"})
        sheet.write_number(2, 0, 8.9)
        sheet.write_number(3, 0, 8.1)  # typed as 8.10, below 8.9
        sheet.write_datetime(4, 0, datetime(2001, 1, 5), day)  # typed as 5.01.01
        sheet.write_string(5, 0, "99.1")
        sheet.write_string(6, 0, "8.12")
        sheet.write_formula(6, 2, '=IF(1=1,"Nee","")')
        sheet.data_validation("C3:C7", {"validate": "list", "source": "=Antwoorden"})
        sheet.conditional_format("C3:C7", {"type": "blanks", "format": book.add_format({"bg_color": "#FF0000"})})
        sheet.insert_image("F1", "stip.png", {"image_data": io.BytesIO(_DOT)})
        sheet.write_comment("C3", "Let op")
        sheet.protect("geheim")
        book.add_vba_project(io.BytesIO(b"macro"), is_stream=True)
    filled, report = make("fill-in", published, organisation, tmp_path / "uit", workbook=source)
    assert filled.name == "Vragen-ingevuld.xlsm"
    told = report.read_text("utf-8")
    after = openpyxl.load_workbook(filled, keep_vba=True)["Vragen"]
    by_number = {answer.question_id: answer for answer in answers(published, organisation)}
    meant = {"Ja": "Ja, volledig", "Gedeeltelijk": "Ja, deels", "Nee": "Nee", "N.v.t.": "Niet van toepassing"}
    for row, number in ((3, "8.9"), (4, "8.10"), (5, "5.01.01")):
        answer = by_number[number].answer
        assert answer is not None
        assert after[f"C{row}"].value == meant[answer], number
        assert after[f"D{row}"].value, number
    assert after["C6"].value is None
    assert after["C7"].value == '=IF(1=1,"Nee","")'
    for line in ("Vragen!A4: het getal 8.1 is gelezen als 8.10", "Vragen!A5: de datum 2001-01-05 is gelezen als 5.1.1",
                 "Vragen!A6: 99.1", "Vragen!C7: 8.12", "de cel bevat een formule", "is beveiligd"):  # fmt: skip
        assert line in told, line
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(filled) as new:
        changed = {name for name in old.namelist() if old.read(name) != new.read(name)}
        assert new.namelist() == old.namelist()
        assert changed == {"xl/worksheets/sheet1.xml", "xl/workbook.xml"}
        parts = [
            re.sub(rb"<row .*</row>", b"", book.read("xl/worksheets/sheet1.xml"), flags=re.S) for book in (old, new)
        ]
        assert parts[0] == parts[1], "outside its rows the sheet is the same, byte for byte"


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_what_the_report_says(
    published: Published, organisation: str, listed: list[Answer], tmp_path: Path, lang: str
) -> None:
    source = tmp_path / "vragenlijst.xlsx"
    simple(source, listed)
    book = openpyxl.load_workbook(source)
    book.worksheets[0]["C2"] = "Nee"
    book.worksheets[0]["A30"] = "99.1"
    book.save(source)
    _, report = make("fill-in", published, organisation, tmp_path / "uit", workbook=source, lang=lang)
    golden.check(f"fill-in-{lang}.txt", report.read_text("utf-8"))
