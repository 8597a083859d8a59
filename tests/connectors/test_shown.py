"""What a sheet shows is the text of a key, a version or a name; a failed formula costs its own cell, and a link gives its address."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from openpyxl.styles import numbers as styles

from connectors.tools.number_formats import shown_number
from models.record import Record
from tests.connectors.workbooks import ods_cell, read, write_ods, write_xlsx

DOCUMENTS = {
    "kind": "document",
    "number": "Nr",
    "columns": {"title": "Naam", "version": "Versie", "url": "Vindplaats", "owner": "Eigenaar"},
    "optional": ["url", "owner"],
}
HEADER = ["Nr", "Naam", "Versie", "Vindplaats", "Eigenaar"]


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (42, "00000", "00042"),
        (7, '"R-"000', "R-007"),
        (1.1, "0.00", "1.10"),
        (20260012, "0000-0000", "2026-0012"),
        (20260012, '0000"."0000', "2026.0012"),
        (3, r"\W\Z0000", "WZ0003"),
        (12, '"nr. "0_)', "nr. 12"),
        (-5, "0;(0)", "(5)"),
        (-5, "0.0", "-5.0"),
        (0, '0;-0;"geen 0"0', "geen 00"),
        (0.25, "0.0##", "0.25"),
        (5, "[Red]0", "5"),
        (1234567, "#,##0", "1234567"),
        (5, "[$€-413] 0.00", "€ 5.00"),
    ],
)
def test_a_number_under_its_format(value: float, code: str, text: str) -> None:
    number = shown_number(value, code)
    assert number is not None
    assert (number.text, number.is_rounded) == (text, False)
    assert number == value


@pytest.mark.parametrize("code", ["General", "d-m-yyyy", "0%", "0.00E+00", "# ?/?", "[>5]0", "@", "0,", "mm:ss"])
def test_a_format_that_is_not_ours_shows_nothing(code: str) -> None:
    assert shown_number(12.5, code) is None


def keys(records: list[Record]) -> list[str | None]:
    return [record.key for record in records]


def test_keys_and_versions_are_what_an_excel_sheet_shows(tmp_path: Path) -> None:
    def shapes(sheet: Any) -> None:
        for cell, code in {"A2": "00000", "A3": '"R-"000', "C2": styles.FORMAT_NUMBER_00, "C3": '"v"0.0'}.items():
            sheet[cell].number_format = code

    rows = [HEADER, [42, "Beleid", 1.1, None, "CISO"], [7, "Plan", 2, None, "CISO"], [8, "Regeling", 3, None, "CISO"]]
    write_xlsx(tmp_path / "a.xlsx", {"B": rows}, B=shapes)
    records = read(tmp_path, file="a.xlsx", **DOCUMENTS)
    assert keys(records) == ["00042", "R-007", "8"]
    assert [record.values["version"] for record in records] == ["1.10", "v2.0", "3"]


def test_they_are_what_an_ods_shows(tmp_path: Path) -> None:
    def shown(value: float, text: str) -> str:
        return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{text}</text:p></table:table-cell>'

    row = "".join([shown(42, "00042"), ods_cell("Beleid"), shown(1.1, "1,10"), ods_cell(None), ods_cell("CISO")])
    write_ods(tmp_path / "a.ods", "B", [HEADER, f"<table:table-row>{row}</table:table-row>"])
    (record,) = read(tmp_path, file="a.ods", **DOCUMENTS)
    assert (record.key, record.values["version"]) == ("00042", "1.10")


@pytest.mark.parametrize(("value", "code"), [(1.4, "0"), (1.26, "0.0"), (1234567890123456, "General")])
def test_a_key_of_which_the_sheet_does_not_show_all_is_refused(tmp_path: Path, value: float, code: str) -> None:
    def shape(sheet: Any) -> None:
        sheet["A2"].number_format = code

    write_xlsx(tmp_path / "a.xlsx", {"B": [HEADER, [value, "Beleid", 1, None, "CISO"]]}, B=shape)
    (record,) = read(tmp_path, file="a.xlsx", **DOCUMENTS)
    assert record.key is None
    assert ["rondt dit getal af" in problem.expected for problem in record.problems] == [True]


def test_the_address_behind_a_link_is_the_address(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet, other = book.add_worksheet("B"), book.add_worksheet("Uitleg")
        other.write("A1", "uitleg")
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ["D1", "Beleid", 1])
        sheet.write_url("D2", "https://zaken.example/1?a=1&b=2", string="klik hier")
        sheet.write_url("B2", "https://zaken.example/titel", string="Beleid")
        sheet.write_row(2, 0, ["D2", "Plan", 1])
        sheet.write_formula("D3", '=HYPERLINK("https://zaken.example/2","open")', None, "open")
        sheet.write_row(3, 0, ["D3", "Regeling", 1, "https://zaken.example/3"])
        sheet.write_row(4, 0, ["D4", "Protocol", 1])
        sheet.write_url("D5", "internal:Uitleg!A1", string="zie blad Uitleg")
    records = read(tmp_path, file="a.xlsx", **{**DOCUMENTS, "sheet": "B"})
    assert [record.values.get("url") for record in records] == [
        "https://zaken.example/1?a=1&b=2", "https://zaken.example/2", "https://zaken.example/3", None,
    ]  # fmt: skip
    assert records[0].values["title"] == "Beleid"


def test_so_it_is_in_an_ods(tmp_path: Path) -> None:
    link = (
        '<table:table-cell office:value-type="string"><text:p><text:a xlink:href="https://zaken.example/1" '
        'xmlns:xlink="http://www.w3.org/1999/xlink">klik hier</text:a></text:p></table:table-cell>'
    )
    row = "".join([*map(ods_cell, ["D1", "Beleid", 1]), link])
    write_ods(tmp_path / "a.ods", "B", [HEADER, f"<table:table-row>{row}</table:table-row>"])
    (record,) = read(tmp_path, file="a.ods", **DOCUMENTS)
    assert record.values["url"] == "https://zaken.example/1"


@pytest.mark.parametrize(
    ("error", "shown"),
    [("#SPILL!", "#OVERLOOP!"), ("#CALC!", "#BEREK!"), ("#FIELD!", "#VELD!"), ("#PYTHON!", "#PYTHON!")],
)
def test_an_error_value_of_a_newer_program_costs_its_cell_only(tmp_path: Path, error: str, shown: str) -> None:
    plain = write_xlsx(
        tmp_path / "plain.xlsx", {"B": [HEADER, ["D1", "Beleid", 1, None, "#N/A"], ["D2", "Plan", 2, None, "CIO"]]}
    )
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("sheet1.xml"):
                assert content.count(b"#N/A") == 1
                content = content.replace(b"#N/A", error.encode())
            new.writestr(name, content)
    first, second = read(tmp_path, file="a.xlsx", **DOCUMENTS)
    (problem,) = first.problems
    assert (problem.column, problem.field, problem.value) == ("Eigenaar", "owner", shown)
    assert "cel E2" in problem.expected
    assert first.values["title"] == "Beleid"
    assert (second.values["owner"], second.problems) == ("CIO", [])


@pytest.mark.parametrize(
    "word", ["#SPILL!", "#WERT!", "#NV", "Err:502", "Fout:508", " #N/B ", "#######", "#GETTING_DATA", "#NAAM?"]
)
def test_a_failed_formula_in_a_csv_is_no_value(tmp_path: Path, word: str) -> None:
    (tmp_path / "a.csv").write_text(f"Nr;Naam;Versie;Eigenaar\nD1;Beleid;1;{word}\n", "utf-8")
    (record,) = read(tmp_path, file="a.csv", **DOCUMENTS)
    assert "owner" not in record.values
    assert [problem.column for problem in record.problems] == ["Eigenaar"]
    assert "cel D2" in record.problems[0].expected


@pytest.mark.parametrize("word", ["#3 CISO", "Error:502", "#team", "# beheer", "Err: zie log", "#FF0000"])
def test_a_word_that_only_looks_like_one_is_a_word(tmp_path: Path, word: str) -> None:
    (tmp_path / "a.csv").write_text(f"Nr;Naam;Versie;Eigenaar\nD1;Beleid;1;{word}\n", "utf-8")
    (record,) = read(tmp_path, file="a.csv", **DOCUMENTS)
    assert record.values["owner"] == word


@pytest.mark.parametrize(
    ("written", "labels"),
    [
        (";#oorzaakanalyse;#getest;#", ["root_cause_analysis", "tested"]),
        ("7;#oorzaakanalyse;#12;#getest", ["root_cause_analysis", "tested"]),
        ("getest", ["tested"]),
    ],
)
def test_choices_of_sharepoint_are_their_words(tmp_path: Path, written: str, labels: list[str]) -> None:
    settings = {
        "kind": "ticket",
        "number": "Nr",
        "columns": {
            "ticket_type": "Soort",
            "title": "Melding",
            "opened_at": "Gemeld",
            "labels": "Labels",
            "owner": "Groep",
        },
    }
    rows = [
        ["Nr", "Soort", "Melding", "Gemeld", "Labels", "Groep"],
        ["3;#M-3", "incident", "x", "4-3-2026", written, "12;#ICT"],
    ]
    write_xlsx(tmp_path / "a.xlsx", {"B": rows})
    (record,) = read(tmp_path, file="a.xlsx", **settings)
    assert (record.key, record.values["labels"], record.values["owner"]) == ("M-3", labels, "ICT")


def test_an_attribute_is_the_number_itself_for_rules_compare_it(tmp_path: Path) -> None:
    def shape(sheet: Any) -> None:
        sheet["B2"].number_format = '0 "uur"'

    settings = {
        "kind": "register_entry", "key": ["register", "name"], "constants": {"register": "back-ups"},
        "columns": {"name": "Naam"}, "attributes": {"rpo in uren": "RPO"},
    }  # fmt: skip
    write_xlsx(tmp_path / "a.xlsx", {"B": [["Naam", "RPO"], ["BRP", 24]]}, B=shape)
    (record,) = read(tmp_path, file="a.xlsx", **settings)
    assert list(record.values["attributes"].values()) == ["24"]
