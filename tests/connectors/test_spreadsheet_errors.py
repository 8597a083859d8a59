"""What is wrong with a file is said so that the one who keeps it can mend it: file, sheet, row, column, advice."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.base import TerminalError
from connectors.spreadsheet import SpreadsheetConnector
from models.record import Record
from tests.connectors.binary_files import compound
from tests.connectors.workbooks import HEADER, REVIEWS, ROWS, ods_cell, read, write_ods, write_xlsx


def refusal(folder: Path, **settings: Any) -> str:
    with pytest.raises(TerminalError) as error:
        read(folder, **{**REVIEWS, **settings})
    assert error.value.advice and error.value.place
    assert not error.value.transient
    return str(error.value)


def test_a_missing_file(tmp_path: Path) -> None:
    assert "er is geen bestand dat past op 'weg.xlsx'" in refusal(tmp_path, file="weg.xlsx")


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.ods"])
def test_a_file_without_bytes(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    assert "leeg (0 bytes)" in refusal(tmp_path, file=name)


@pytest.mark.parametrize("keep", [10, 0.3, 0.6, 0.99])
@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_a_broken_off_workbook(tmp_path: Path, suffix: str, keep: float) -> None:
    path = tmp_path / f"a.{suffix}"
    write_xlsx(path, {"B": [HEADER, *ROWS]}) if suffix == "xlsx" else write_ods(path, "B", [HEADER, *ROWS])
    content = path.read_bytes()
    path.write_bytes(content[: int(keep) or int(len(content) * keep)])
    assert "beschadigd of niet volledig opgeslagen" in refusal(tmp_path, file=path.name)


def test_a_workbook_of_which_a_sheet_is_damaged(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"B": [HEADER, *ROWS]})
    damaged = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(damaged, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[: len(content) // 2] if name.endswith("sheet1.xml") else content)
    assert "b.xlsx: blad B kan niet worden gelezen" in refusal(tmp_path, file="b.xlsx")


def test_a_protected_workbook_and_an_old_one(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(compound({"EncryptedPackage": b"x"}))
    assert "a.xlsx: is beveiligd met een wachtwoord" in refusal(tmp_path, file="a.xlsx")
    (tmp_path / "b.xls").write_bytes(compound({"Book": b"x"}))
    assert "geen werkmap van Excel 97 of nieuwer" in refusal(tmp_path, file="b.xls")


def test_files_that_are_something_else(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"<html><table><tr><td>Systeem</td></tr></table></html>")
    assert "webpagina" in refusal(tmp_path, file="a.xlsx")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7")
    assert ".xlsx" in refusal(tmp_path, file="b.pdf")
    write_xlsx(tmp_path / "c.xlsx", {"B": [HEADER]}).rename(tmp_path / "c.csv")
    assert "een werkmap en geen csv" in refusal(tmp_path, file="c.csv")
    (tmp_path / "d.xlsx").write_bytes(b"Systeem;Soort rechten\n")
    assert "is een tekstbestand (csv), geen werkmap" in refusal(tmp_path, file="d.xlsx")


@pytest.mark.parametrize("rows", [[], [[None, None]], [["", "  "]]])
def test_an_empty_workbook(tmp_path: Path, rows: list[list[Any]]) -> None:
    write_xlsx(tmp_path / "a.xlsx", {"B": rows})
    assert "a.xlsx, blad B: is leeg" in refusal(tmp_path, file="a.xlsx")


def test_a_renamed_column_is_named_with_what_is_there_and_what_it_may_be(tmp_path: Path) -> None:
    write_xlsx(
        tmp_path / "a.xlsx", {"B": [["Rechten"], ["Systeem", "Soort rechten", "Datum uitgevoerd", "Accounts"], *ROWS]}
    )
    text = refusal(tmp_path, file="a.xlsx")
    assert text.startswith("a.xlsx, blad B, rij 2: de kolom 'Uitgevoerd op' is er niet")
    assert "aanwezig zijn: Systeem, Soort rechten, Datum uitgevoerd, Accounts" in text
    assert "bedoeld is misschien 'Datum uitgevoerd' voor performed_on" in text


def test_several_missing_columns_and_no_header_at_all(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", {"B": [["Iets", "anders"], [1, 2]]})
    text = refusal(tmp_path, file="a.xlsx")
    assert "de kolommen 'Systeem' en 'Soort rechten' en 'Uitgevoerd op' en 'Accounts' zijn er niet" in text
    (tmp_path / "b.csv").write_text("Systeem;Soort rechten;Uitgevoerd op\nx;beheer;1-1-2026\n")
    assert "b.csv, rij 1: de kolom 'Accounts' is er niet" in refusal(tmp_path, file="b.csv")


def test_a_column_that_is_there_twice(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", {"B": [[*HEADER, "accounts "], *ROWS]})
    assert "'Accounts' komt meer dan eens voor (D en E)" in refusal(tmp_path, file="a.xlsx")


def test_sheets_that_are_not_there_or_cannot_be_told_apart(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", {"Eerste": [HEADER, *ROWS], "Tweede": [HEADER, *ROWS], "Leeg": []})
    assert "heeft geen blad 'Derde'" in (text := refusal(tmp_path, file="a.xlsx", sheet="Derde"))
    assert "de bladen zijn: Eerste, Tweede, Leeg" in text
    assert "meer bladen die passen: Eerste, Tweede" in refusal(tmp_path, file="a.xlsx")
    assert len(read(tmp_path, file="a.xlsx", sheet=" tweede", **REVIEWS)) == 2
    (tmp_path / "b.csv").write_text(";".join(HEADER))
    assert "heeft geen bladen" in refusal(tmp_path, file="b.csv", sheet="Eerste")


def test_a_hidden_sheet_is_read_when_named_and_it_is_said(tmp_path: Path) -> None:
    def hide(sheet: Any) -> None:
        sheet.sheet_state = "hidden"

    write_xlsx(tmp_path / "a.xlsx", {"Nu": [HEADER, ROWS[0]], "Oud": [HEADER, ROWS[1]]}, Oud=hide)
    said: list[str] = []
    assert [record.values["system"] for record in read(tmp_path, said, file="a.xlsx", **REVIEWS)] == ["Zaaksysteem"]
    assert said == []
    assert [r.values["system"] for r in read(tmp_path, said, file="a.xlsx", sheet="Oud", **REVIEWS)] == ["Belastingen"]
    assert said == ["a.xlsx, blad Oud: dit blad is verborgen en is gelezen"]


def told(record: Record) -> list[tuple[str, str, str, str]]:
    """The problems of a record, in Dutch."""
    return [(problem.column, problem.field, problem.value, problem.expected) for problem in record.problems]


def test_text_in_a_date_column_is_a_problem_of_that_row_only(tmp_path: Path) -> None:
    write_xlsx(
        tmp_path / "a.xlsx",
        {"B": [HEADER, ["HR", "beheer", "na de zomer", "12,5"], ROWS[0], ["GIS", "alles", 45000, 3]]},
    )
    first, second, third = read(tmp_path, file="a.xlsx", **REVIEWS)
    assert told(first) == [
        ("Uitgevoerd op", "performed_on", "na de zomer", "een datum zoals 31-12-2026"),
        ("Accounts", "accounts_reviewed", "12,5", "een geheel getal zonder decimalen"),
    ]
    assert first.key is None and first.values == {"system": "HR", "scope": "privileged"}
    assert not second.problems and second.key
    assert [(problem.field, problem.value) for problem in third.problems] == [
        ("scope", "alles"),
        ("performed_on", "45000"),
    ]
    assert third.problems[0].expected == "een van: gewone rechten, bijzondere rechten"
    assert "opmaak Datum" in third.problems[1].expected


def test_a_blank_key_is_a_problem(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", {"B": [HEADER, [None, "beheer", date(2026, 3, 4), 12], ROWS[0]]})
    blank, whole = read(tmp_path, file="a.xlsx", **REVIEWS)
    assert blank.key is None
    assert told(blank) == [
        ("Systeem", "system", "", "een waarde: de regel wordt herkend aan Systeem + Soort rechten + Uitgevoerd op")
    ]
    assert whole.key


def test_a_blank_or_broken_number_is_a_problem(tmp_path: Path) -> None:
    def error(sheet: Any) -> None:
        sheet["A4"] = "#N/A"
        sheet["A4"].data_type = "e"

    settings = {**REVIEWS, "key": [], "number": "Nr"}
    rows = [["Nr", *HEADER], [7, *ROWS[0]], [None, *ROWS[0]], [None, *ROWS[1]]]
    write_xlsx(tmp_path / "a.xlsx", {"B": rows}, B=error)
    records = read(tmp_path, file="a.xlsx", **settings)
    assert [record.key for record in records] == ["7", None, None]
    found = [[(problem.column, problem.field, problem.value) for problem in record.problems] for record in records]
    assert found == [[], [("Nr", "record_key", "")], [("Nr", "record_key", "#N/B")]]
    write_xlsx(tmp_path / "b.xlsx", {"B": [HEADER, *ROWS]})
    assert "de kolom 'Nr' is er niet" in refusal(tmp_path, file="b.xlsx", key=[], number="Nr")


def test_duplicate_keys_are_left_to_validation(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", {"B": [HEADER, ROWS[0], ROWS[0]]})
    first, second = read(tmp_path, file="a.xlsx", **REVIEWS)
    assert first.key == second.key and not first.problems and not second.problems


def test_formulas_without_a_result_and_with_an_error_name_the_cell(tmp_path: Path) -> None:
    def formulas(sheet: Any) -> None:
        sheet["D2"] = "=6+6"  # openpyxl stores no result
        sheet["C3"] = "#REF!"
        sheet["C3"].data_type = "e"
        sheet["A4"] = "#N/A"
        sheet["A4"].data_type = "e"

    write_xlsx(tmp_path / "a.xlsx", {"B": [HEADER, *ROWS, ["Suite", "beheer", date(2026, 3, 4), 1]]}, B=formulas)
    first, second, third = read(tmp_path, file="a.xlsx", **REVIEWS)
    (problem,) = first.problems
    assert (problem.column, problem.value) == (
        "Accounts",
        "(formule)",
    ) and "cel D2 heeft een formule zonder" in problem.expected
    assert first.key
    (problem,) = second.problems
    assert problem.value == "#VERW!" and "cel C3" in problem.expected
    (problem,) = third.problems
    assert problem.value == "#N/B" and third.key is None


def test_formulas_in_an_ods_and_a_csv(tmp_path: Path) -> None:
    error = (
        '<table:table-cell table:formula="of:=NA()" office:value-type="string" office:string-value="" '
        'calcext:value-type="error"><text:p>#N/B</text:p></table:table-cell>'
    )
    uncached = '<table:table-cell table:formula="of:=6+6"/>'
    fine = ods_cell(12).replace("<table:table-cell ", '<table:table-cell table:formula="of:=6+6" ')
    write_ods(tmp_path / "a.ods", "B", [HEADER, [*ROWS[0][:3], error], [*ROWS[1][:3], uncached], [*ROWS[0][:3], fine]])
    found = [[problem.value for problem in record.problems] for record in read(tmp_path, file="a.ods", **REVIEWS)]
    assert found == [["#N/B"], ["(formule)"], []]
    (tmp_path / "a.csv").write_text(";".join(HEADER) + "\nHR;beheer;#N/B;1\n")
    (record,) = read(tmp_path, file="a.csv", **REVIEWS)
    assert record.problems[0].value == "#N/B" and "cel C2" in record.problems[0].expected


def test_a_formula_without_a_result_in_a_total_row_harms_nobody(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", {"B": [HEADER, *ROWS, ["Totaal", None, None, "=SUM(D2:D3)"]]})
    assert [record.problems for record in read(tmp_path, file="a.xlsx", **REVIEWS)] == [[], []]


def test_csv_in_the_wrong_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(";".join(HEADER).encode() + "\nCafé;beheer;1-1-2026;3\n".encode())
    assert "is UTF-8 en geen cp1252" in refusal(tmp_path, file="a.csv", encoding="cp1252")
    (tmp_path / "b.csv").write_bytes(";".join(HEADER).encode() + "\nCafé;beheer;1-1-2026;3\n".encode("cp1252"))
    assert "de tekens zijn geen utf-8" in refusal(tmp_path, file="b.csv", encoding="utf-8")
    (tmp_path / "c.csv").write_bytes(";".join(HEADER).encode("utf-16-le"))
    assert "welke tekenset het is, is niet zeker" in refusal(tmp_path, file="c.csv")


def test_csv_without_rows_and_with_an_open_quote(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\n \n")
    assert "bevat geen regels" in refusal(tmp_path, file="a.csv")
    (tmp_path / "b.csv").write_text(";".join(HEADER) + '\nHR;beheer;1-1-2026;3\n"GIS;beheer;1-1-2026;3\n')
    assert "b.csv, regel 3: is vanaf hier niet te lezen" in refusal(tmp_path, file="b.csv")


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        ("HR; salaris;beheer;1-1-2026;3", 5),
        ("GIS;beheer; applicatie;1-1-2026;", 5),  # the last one is empty: it looks as if nothing is left over
        ("GIS;beheer;1-1-2026;3;;", 6),
        ("GIS;beheer;1-1-2026", 3),
    ],
)
def test_a_csv_row_with_another_number_of_fields_is_refused_whole(tmp_path: Path, row: str, fields: int) -> None:
    (tmp_path / "a.csv").write_text(";".join(HEADER) + f"\nBRP;beheer;1-1-2026;3\n{row}\n")
    first, second = read(tmp_path, file="a.csv", **REVIEWS)
    assert first.problems == []
    assert (second.key, second.values) == (None, {})
    (problem,) = second.problems
    assert (problem.field, problem.value) == ("record_key", str(fields))
    assert "4 velden" in problem.expected and "tussen aanhalingstekens" in problem.expected
    assert second.locator.row == 3


def test_an_empty_field_behind_every_row_of_a_csv_is_no_field(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(";".join(HEADER) + "\nBRP;beheer;1-1-2026;3;\nGIS;beheer;1-1-2026;4;\n")
    records = read(tmp_path, file="a.csv", **REVIEWS)
    assert [(record.key, record.problems) for record in records] == [
        ("BRP|privileged|2026-01-01", []), ("GIS|privileged|2026-01-01", []),
    ]  # fmt: skip


def test_a_workbook_that_unpacks_to_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.tools.sheetbounds.LARGEST", 1000)
    write_xlsx(tmp_path / "a.xlsx", {"B": [HEADER, *ROWS]})
    assert "groter dan" in refusal(tmp_path, file="a.xlsx")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kind": "acces_review"}, "soort bewijs ‘acces_review’ is er niet; er zijn: access_review"),
        ({"columns": {"sysstem": "Systeem"}}, "heeft geen kolom 'sysstem'"),
        ({"key": ["accounts_revoked"]}, "key noemt 'accounts_revoked'"),
        ({"key": []}, "geef 'key'"),
        ({"number": "Nr"}, "geef 'key'"),
        ({"constants": {"scope": "alles"}}, "een van: gewone rechten, bijzondere rechten"),
        ({"values": {"scoop": {"a": "b"}}}, "values noemt 'scoop'"),
        ({"optional": ["owner"]}, "optional noemt 'owner'"),
        ({"attributes": {"a": "B"}}, "heeft geen kolom 'attributes'"),
        ({"encoding": "klingon"}, "is geen tekencodering"),
        ({"colums": {}}, "Extra inputs"),
        ({"tables": []}, "at least 1 item"),
    ],
)
def test_settings_that_cannot_be_are_refused_before_anything_is_read(change: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as error:
        SpreadsheetConnector.Settings.model_validate({"file": "a.xlsx", **REVIEWS, **change})
    assert says in str(error.value)
