"""What is proposed for lists of which the answers are known (`sheets.yaml`): nothing that is called sure is wrong, and most is sure."""

from __future__ import annotations

from collections import Counter

import pytest

from connectors.tools.proposal import Certainty, SheetProposal
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
