"""What can be filled in in two ways is refused, with the option that settles it; nothing is settled by order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from models.errors import EnsiaError
from reports.answers import Answer
from reports.fill_in import fill
from reports.fill_in_report import Outcome
from reports.questionnaire_layout import wanted
from reports.xlsx_edit import Workbook

OURS = ["5.01.01", "5.01.02", "5.02.01", "5.03", "5.04.01", "5.10.02", "6.01", "6.02.01", "6.03"]


def answer(number: str) -> Answer:
    empty: dict[str, Any] = {field.name: () for field in fields(Answer)}
    texts = {"questionnaire_id": "zelfevaluatie", "question_id": number, "answer": "Ja", "status": "voldoet"}
    none = {"excepted_until": None, "expires_on": None, "proposal": None, "owner": None, "reviewed": None}
    return Answer(**{**empty, **none, **texts})


@pytest.fixture(autouse=True)
def _plain_explanation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.fill_in.explanation", lambda given, lang: f"uitleg bij {given.question_id}")


def filled(
    path: Path, columns: dict[str, Any] | None = None, sheets: Sequence[str] = ()
) -> tuple[dict[str, dict[str, str]], Outcome]:
    """What is written, by sheet and cell, and what is told of it."""
    file = Workbook(path)
    outcome = fill(file, [answer(number) for number in OURS], wanted(columns), sheets=sheets)
    written = {
        sheet.name: {
            f"{openpyxl.utils.get_column_letter(column)}{row}": text for (row, column), text in sheet.edits.items()
        }
        for sheet in file.sheets
        if sheet.edits
    }
    return written, outcome


def workbook(path: Path, sheets: dict[str, Sequence[Sequence[Any]]], change: Any = None) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    if change is not None:
        change(book)
    book.save(path)
    return path


def rows(numbers: Sequence[str], header: Sequence[str] = ("Nr", "Vraag", "Antwoord", "Toelichting")) -> list[list[Any]]:
    return [list(header), *([number, "Een vraag"] for number in numbers)]


def others(chapters: Sequence[int]) -> list[str]:
    """The numbers of another questionnaire, some of which are ours too."""
    return [f"{chapter}.{question}" for chapter in chapters for question in range(1, 11)]


@pytest.mark.parametrize("numbers", [others([5]), others([5, 6]), others([1, 2, 5, 6]), ["5.1", "5.3"]], ids=str)
def test_a_sheet_that_has_some_numbers_in_common_is_left_alone(tmp_path: Path, numbers: list[str]) -> None:
    path = workbook(tmp_path / "a.xlsx", {"BIO2": rows(OURS), "Suwinet": rows(numbers)})
    written, outcome = filled(path)
    assert list(written) == ["BIO2"]
    assert [written["BIO2"][f"C{row}"] for row in range(2, 11)] == ["Ja"] * 9
    assert len(outcome.notes) == 1 and "‘Suwinet’" in outcome.notes[0] and "--sheet" in outcome.notes[0]


def test_headings_of_chapters_are_no_questions_of_others(tmp_path: Path) -> None:
    numbers = ["5", "5.1", "5.01.01", "5.01.02", "5.2", "5.02.01", "6", "6.2", "6.02.01"]
    written, outcome = filled(workbook(tmp_path / "a.xlsx", {"Vragen": rows(numbers)}))
    assert sorted(written["Vragen"]) == ["C10", "C4", "C5", "C7", "D10", "D4", "D5", "D7"]
    assert outcome.unknown == []


def test_a_sheet_that_is_named_is_filled_in_and_no_other(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"Een": rows(OURS), "Twee": rows(others([5]))})
    written, _ = filled(path, sheets=["twee"])
    assert list(written) == ["Twee"]
    with pytest.raises(EnsiaError, match="geen blad ‘Drie’"):
        filled(path, sheets=["Drie"])


def test_one_question_on_two_sheets_is_refused_until_one_is_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"Overzicht": rows(OURS), "Hoofdstuk 5": rows(OURS[:6])})
    with pytest.raises(EnsiaError, match="‘Overzicht’ en op blad ‘Hoofdstuk 5’") as refused:
        filled(path)
    assert '--sheet "Overzicht"' in str(refused.value.advice)
    assert list(filled(path, sheets=["Hoofdstuk 5"])[0]) == ["Hoofdstuk 5"]


LAST_YEAR = ("Nr", "Vraag", "Antwoord (2025)", "Toelichting (2025)", "Antwoord (2026)", "Toelichting (2026)")


@pytest.mark.parametrize("hidden", [None, "C", "E"])
def test_last_year_beside_this_year_is_refused_whichever_is_hidden(tmp_path: Path, hidden: str | None) -> None:
    def hide(book: Any) -> None:
        if hidden:
            book["Vragen"].column_dimensions[hidden].hidden = True

    path = workbook(tmp_path / "a.xlsx", {"Vragen": rows(OURS, LAST_YEAR)}, hide)
    with pytest.raises(EnsiaError) as refused:
        filled(path)
    told = str(refused.value)
    assert "C ‘Antwoord (2025)’" in told and "E ‘Antwoord (2026)’" in told and "--column antwoord=" in told
    assert ("(verborgen)" in told) is bool(hidden)


@pytest.mark.parametrize("chosen", ["Antwoord (2026)", "antwoord 2026", "E"])
def test_the_option_settles_it(tmp_path: Path, chosen: str) -> None:
    path = workbook(tmp_path / "a.xlsx", {"Vragen": rows(OURS, LAST_YEAR)})
    with pytest.raises(EnsiaError, match="de kolom voor toelichting"):
        filled(path, {"antwoord": chosen})
    written, _ = filled(path, {"antwoord": chosen, "toelichting": "Toelichting (2026)"})
    assert (written["Vragen"]["E2"], written["Vragen"]["F2"]) == ("Ja", "uitleg bij 5.01.01")
    assert {cell[0] for cell in written["Vragen"]} == {"E", "F"}


def test_a_head_that_is_merged_over_two_columns_is_refused(tmp_path: Path) -> None:
    def merge(book: Any) -> None:
        book["Vragen"].merge_cells("C1:D1")
        book["Vragen"]["C2"], book["Vragen"]["D2"] = "gemeente", "auditor"

    table = [["Nr", "Vraag", "Antwoord", None, "Toelichting"], [None], *rows(OURS)[1:]]
    path = workbook(tmp_path / "a.xlsx", {"Vragen": table}, merge)
    with pytest.raises(EnsiaError, match=r"de kolom voor antwoord zijn: C .*; D "):
        filled(path)
    written, _ = filled(path, {"antwoord": "gemeente"})
    assert written["Vragen"]["C3"] == "Ja" and "D3" not in written["Vragen"]


def test_a_word_that_may_mean_something_else_counts_when_there_is_no_other(tmp_path: Path) -> None:
    both = workbook(tmp_path / "a.xlsx", {"Vragen": rows(OURS, ("Nr", "Status", "Antwoord", "Opmerkingen"))})
    assert filled(both)[0]["Vragen"]["C2"] == "Ja"
    alone = workbook(tmp_path / "b.xlsx", {"Vragen": [["Code", "Vraag", "Oordeel"], *rows(OURS)[1:]]})
    assert filled(alone)[0]["Vragen"]["C2"] == "Ja"
    two = workbook(tmp_path / "c.xlsx", {"Vragen": rows(OURS, ("Code", "Vraag", "Oordeel", "Status"))})
    with pytest.raises(EnsiaError, match="C ‘Oordeel’; D ‘Status’"):
        filled(two)


def test_of_two_columns_with_numbers_the_one_with_ours_counts_and_two_are_refused(tmp_path: Path) -> None:
    header = ["Nr", "Vraagnummer", "Antwoord"]
    counted = [header, *([index, number] for index, number in enumerate(OURS, 101))]
    assert filled(workbook(tmp_path / "a.xlsx", {"Vragen": counted}))[0]["Vragen"]["C2"] == "Ja"
    doubled = [header, *([number, number] for number in OURS)]
    with pytest.raises(EnsiaError, match="A ‘Nr’; B ‘Vraagnummer’"):
        filled(workbook(tmp_path / "b.xlsx", {"Vragen": doubled}))


def test_a_legend_or_example_above_the_table_is_left_alone(tmp_path: Path) -> None:
    legend = [
        ["Zo vult u in"],
        ["Nr", "Antwoord", "Betekenis"],
        [1, "Ja", "voldoet"],
        [2, "Deels", "voldoet deels"],
        [],
    ]
    written, outcome = filled(workbook(tmp_path / "a.xlsx", {"Vragen": [*legend, *rows(OURS)]}))
    assert sorted({cell[0] for cell in written["Vragen"]}) == ["C", "D"]
    assert (written["Vragen"]["C7"], outcome.answers) == ("Ja", 9)


def test_a_header_on_every_page_heads_its_own_rows(tmp_path: Path) -> None:
    other = [["Vraag", "Nr", "Toelichting", "Antwoord"], *(["Een vraag", number] for number in OURS[5:])]
    written, outcome = filled(workbook(tmp_path / "a.xlsx", {"Vragen": [*rows(OURS[:5]), [], *other]}))
    assert (written["Vragen"]["C2"], written["Vragen"]["D9"], outcome.answers) == ("Ja", "Ja", 9)


@pytest.mark.parametrize("is_free", [True, False])
def test_locked_cells_beside_free_ones_are_left_alone_and_listed(tmp_path: Path, is_free: bool) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet, free = book.add_worksheet("Vragen"), book.add_format({"locked": False})
        for row, cells in enumerate(rows(OURS)):
            sheet.write_row(row, 0, cells)
            if row and row != 3 and is_free:
                sheet.write_blank(row, 2, None, free)
                sheet.write_blank(row, 3, None, free if row != 5 else None)
        sheet.protect()
    written, outcome = filled(tmp_path / "a.xlsx")
    if not is_free:  # the maker left no cell free: then it was not for this that the sheet is protected
        assert outcome.answers == 9
        return
    assert outcome.answers == 8
    assert not {"C4", "D4", "D6"} & set(written["Vragen"])
    assert len(outcome.refused) == 2
    assert all("vergrendeld" in line for line in outcome.refused)


def test_a_free_column_is_free_where_no_cell_is_written_yet(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet("Vragen")
        sheet.set_column("C:D", 20, book.add_format({"locked": False}))
        for row, cells in enumerate(rows(OURS)):
            sheet.write_row(row, 0, cells)
        sheet.protect()
    assert filled(tmp_path / "a.xlsx")[1].answers == 9


def test_numbers_in_other_spellings_are_ours_and_what_is_no_number_is_listed(tmp_path: Path) -> None:
    numbers = [
        "BIO 5.01.01",
        "BIO2-5.1.2",
        "A.5.2.1",
        "ISO 5.3",
        "vraag 5.4.1",
        "norm 5.10.2",
        "6.1 ",
        "ongeveer 6.2.1?",
        "99.1",
    ]
    written, outcome = filled(workbook(tmp_path / "a.xlsx", {"Vragen": rows(numbers)}))
    assert sum(cell[0] == "C" for cell in written["Vragen"]) == 7
    assert outcome.unknown == ["Vragen!A9: ongeveer 6.2.1? (niet als nummer gelezen)", "Vragen!A10: 99.1"]
