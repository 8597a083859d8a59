"""What is proposed for lists of which the answers are known (`sheets.yaml`): nothing that is called sure is wrong, and most is sure."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from connectors.tools.proposal import Certainty, SheetProposal
from tests.connectors.workbooks import write_xlsx
from tests.first_hour.lists import KnownList, known_lists, proposals_of

LEAST_SURE = 0.6


@pytest.fixture(scope="module")
def proposals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SheetProposal]:
    folder = tmp_path_factory.mktemp("lijsten")
    proposals: dict[str, SheetProposal] = {}
    for known in known_lists():
        (proposals[known.file],) = proposals_of(known.write(folder))
    return proposals


def judged(known: KnownList, sheet: SheetProposal) -> Counter[str]:
    """How many columns are sure and right, sure and wrong, likely and right, likely and wrong, open."""
    counts: Counter[str] = Counter()
    for column in sheet.columns:
        is_right = known.answers[column.heading] == column.column
        counts[f"{column.certainty} {'right' if is_right else 'wrong'}"] += 1
    counts["open right"] += len(known.answers) - sum(counts.values())  # of a sheet that is not recognised all are open
    return counts


def test_there_are_thirty() -> None:
    assert len({known.file for known in known_lists()}) == 30


def test_nothing_that_is_sure_is_wrong_and_most_columns_are_sure(proposals: dict[str, SheetProposal]) -> None:
    counts: Counter[str] = Counter()
    for known in known_lists():
        counts += judged(known, proposals[known.file])
    number = sum(counts.values())
    shares = {sort: f"{count} ({100 * count / number:.0f} %)" for sort, count in sorted(counts.items())}
    print(f"\n{number} columns of {len(known_lists())} sheets: {shares}")
    assert counts["sure wrong"] == 0
    assert counts["sure right"] >= LEAST_SURE * number


def test_a_sort_of_list_that_is_sure_is_right(proposals: dict[str, SheetProposal]) -> None:
    for known in known_lists():
        sheet = proposals[known.file]
        if sheet.certainty == Certainty.SURE:
            assert sheet.list_type is not None
            assert (sheet.list_type.kind, sheet.list_type.register) == (known.kind, known.register), known.file


def test_a_list_of_nothing_that_we_know_is_left_open(proposals: dict[str, SheetProposal]) -> None:
    assert proposals["Lijst van alles.xlsx"].list_type is None
    assert proposals["Lijst van alles.xlsx"].certainty == Certainty.OPEN


HEADER = ["Risico-ID", "Proces", "Risico", "Netto", "Status", "Laatst beoordeeld", "Eigenaar"]
ROW = ["R-7", "Inkoop", "Uitval", "hoog", "open", "12-3-2026", "Hoofd inkoop"]
OTHER = ["R-9", "Wmo", "Verlies", "laag", "gesloten", "14-3-2026", "Hoofd Wmo"]


def proposed(folder: Path, *rows: list[object], name: str = "Risicoregister") -> SheetProposal:
    (sheet,) = proposals_of(write_xlsx(folder / f"{name}.xlsx", {"Blad1": rows}))
    return sheet


def certainty(sheet: SheetProposal, heading: str) -> tuple[str, str]:
    [column] = [column for column in sheet.columns if column.heading == heading]
    return column.certainty, column.column


def test_what_stands_below_a_heading_counts(tmp_path: Path) -> None:
    assert certainty(proposed(tmp_path, HEADER, ROW, OTHER), "Laatst beoordeeld") == ("sure", "reviewed_on")
    swapped = [[*row[:5], row[6], row[5]] for row in (ROW, OTHER)]
    sheet = proposed(tmp_path, HEADER, *swapped)
    assert certainty(sheet, "Laatst beoordeeld") == ("open", "")
    assert certainty(sheet, "Eigenaar") == ("likely", "owner")


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (("R-7", "R-9"), "sure"),
        (("R-7", "R-7"), "open"),
        ((1, 2), "likely"),
        (("R-7", None), "open"),
        ((4711, 4713), "sure"),
    ],
)
def test_a_number_must_stay_with_its_row(tmp_path: Path, numbers: tuple[object, object], expected: str) -> None:
    rows = [[number, *row[1:]] for number, row in zip(numbers, (ROW, OTHER), strict=True)]
    assert certainty(proposed(tmp_path, HEADER, *rows), "Risico-ID")[0] == expected


def test_two_headings_of_one_meaning_are_both_open(tmp_path: Path) -> None:
    sheet = proposed(tmp_path, [*HEADER, "Residueel risico"], [*ROW, "laag"], [*OTHER, "laag"])
    assert certainty(sheet, "Netto") == certainty(sheet, "Residueel risico") == ("open", "")
    twice = proposed(tmp_path, [*HEADER, "Status"], [*ROW, "open"], [*OTHER, "open"])
    assert [column.certainty for column in twice.columns if column.heading == "Status"] == ["open", "open"]


def test_a_name_that_says_otherwise_than_the_headings_settles_nothing(tmp_path: Path) -> None:
    sheet = proposed(tmp_path, HEADER, ROW, OTHER, name="Trainingen")
    assert sheet.certainty == Certainty.OPEN
    assert sheet.others[0].kind in ("risk", "training")


def test_the_first_rows_are_shown_as_they_would_arrive(tmp_path: Path) -> None:
    first, second = proposed(tmp_path, HEADER, ROW, OTHER).first
    assert (first.key, first.values["residual"], first.problems) == ("R-7", 4.0, [])
    assert second.values["process"] == "Wmo"


@pytest.mark.parametrize("rows", [[], [[]], [["alleen een titel"]], [["Nr", "Nr"]], [HEADER]])
def test_a_sheet_with_next_to_nothing_proposes_nothing_wrong(tmp_path: Path, rows: list[list[object]]) -> None:
    sheets = proposals_of(write_xlsx(tmp_path / "Lijst.xlsx", {"Blad1": rows}))
    assert all(sheet.key_certainty == Certainty.OPEN or not sheet.key for sheet in sheets)
