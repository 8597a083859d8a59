"""What names a number of an older version, or spells one its own way, lands on the norm of today: from file to report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from reports.answers import answers
from tests.pipeline import run_once
from warehouse.reading.explain import explain
from warehouse.reading.read import Published
from warehouse.storage.database import State

CONFIGURATION = """\
organisation: {id: klein, name: Gemeente Klein}
state: state
frameworks: [bio2-1.3, principes-2018, digid-3.0]
sources:
  - id: verklaringen
    connector: spreadsheet
    file: verklaringen.csv
    delimiter: ";"
    kind: attestation
    key: [framework_id, norm_id, aspect]
    columns: {framework_id: kader, norm_id: norm, aspect: aspect, answer: antwoord, signed_by: door, signed_on: op}
  - id: afwijkingen
    connector: spreadsheet
    file: afwijkingen.csv
    delimiter: ";"
    kind: exception
    key: [framework_id, norm_id]
    columns: {framework_id: kader, norm_id: norm, reason: reden, approved_by: door, approved_on: op, valid_until: tot}
  - id: verbeteringen
    connector: spreadsheet
    file: verbeteringen.csv
    delimiter: ";"
    kind: improvement
    key: [norm_id]
    columns: {framework_id: kader, norm_id: norm, action: actie, due_on: klaar}
"""
ATTESTED = [
    ("bio2-1.2", "5.24.06", "opzet", "nee"),  # moved to 5.21.05
    ("bio2-1.3", "BIO 5.1.1", "bestaan", "nee"),
    ("bio-1.04", "6.1.1.4", "werking", "nee"),  # 5.02.02
    ("bio2-1.2", "5.21.01", "opzet", "nee"),  # withdrawn; the link to 5.21.03 is one of a part
    ("digid-3.0", "u/wa.02", "opzet", "nee"),
    ("digid-3.0", "B.05", "opzet", "ja"),
    ("digid-3.0", "B.05", "bestaan", "ja"),
    ("bio2-1.3", "5.99.99", "opzet", "nee"),  # there is none
    ("suwinet", "B.01", "opzet", "ja"),  # not among the frameworks
]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    folder = tmp_path_factory.mktemp("klein")
    folder.joinpath("ensia.yaml").write_text(CONFIGURATION, "utf-8")
    lines = [f"{framework};{norm};{aspect};{answer};CISO;01-06-2026" for framework, norm, aspect, answer in ATTESTED]
    _write(folder, "verklaringen.csv", "kader;norm;aspect;antwoord;door;op", lines)
    _write(
        folder,
        "afwijkingen.csv",
        "kader;norm;reden;door;op;tot",
        ["bio2-1.2;8.08.06;Wacht op de provincie;College;01-02-2026;31-12-2026"],
    )
    _write(
        folder,
        "verbeteringen.csv",
        "kader;norm;actie;klaar",
        ["bio2-1.2;5.04.02;Contracten aanvullen;01-12-2026", ";5.25.01;Proces beschrijven;01-11-2026"],
    )
    run_once(folder, date(2026, 11, 20), all_norms=True)
    with Published(State(folder / "state")) as opened:
        yield opened


def _write(folder: Path, name: str, header: str, lines: list[str]) -> None:
    folder.joinpath(name).write_text("\n".join([header, *lines]) + "\n", "utf-8")


def evidence(published: Published, norm: str) -> dict[str, list[str]]:
    """Per test of a norm: the records it rests on."""
    [measure] = explain(published, "klein", norm)["measures"]
    return {
        test["test_id"]: [record["place"] for record in test["evidence"]]
        for test in measure["tests"]
        if test["evidence"]
    }


def denied_by(published: Published, norm: str) -> str | None:
    """Where the attestation stands that contradicts a norm."""
    [measure] = explain(published, "klein", norm)["measures"]
    contradiction = measure["contradiction"]
    return contradiction["locator"] if contradiction else None


@pytest.mark.parametrize(("norm", "row"), [("5.21.05", 2), ("5.01.01", 3), ("5.02.02", 4), ("U/WA.02", 6)])
def test_a_statement_with_an_old_number_or_another_spelling_speaks_of_the_norm_of_now(
    published: Published, norm: str, row: int
) -> None:
    assert denied_by(published, norm) == f"verklaringen.csv, rij {row}"


def test_a_digid_norm_leads_to_the_controls_that_ask_about_the_same(published: Published) -> None:
    assert [row["norm_id"] for row in explain(published, "klein", "U/WA.02")["controls"]] == ["5.2", "5.37"]


def test_a_part_does_not_speak_of_the_whole(published: Published) -> None:
    assert evidence(published, "5.21.03") == {}
    assert denied_by(published, "5.21.03") is None


def test_an_exception_follows_its_number(published: Published) -> None:
    [status] = [row for row in published.measures("klein") if row["norm_id"] == "5.24.08"]
    assert (status["excepted_until"], status["exception_reason"]) == (date(2026, 12, 31), "Wacht op de provincie")


def test_improvements_follow_their_numbers(published: Published) -> None:
    assert [(item.framework_id, item.norm_id) for item in published.improvements("klein")] == [
        ("bio2-1.3", "5.26.02"),
        ("bio2-1.3", "5.10.02"),
    ]
    by_question = {answer.question_id: answer for answer in answers(published, "klein")}
    assert [item.action for item in by_question["5.10.02"].improvements] == ["Contracten aanvullen"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("5.01.01", ("bio2-1.3", "5.01.01")),  # the number is also one of version 1.2, which has no status
        ("5.1", ("bio2-1.3", "5.1")),
        ("BIO 5.1.1", ("bio2-1.3", "5.01.01")),
        ("A.5.1", ("bio2-1.3", "5.1")),
        ("5.24.06", ("bio2-1.3", "5.21.05")),
        ("9.2.3.1", ("bio2-1.3", "8.02.01")),
        ("u/wa.02", ("digid-3.0", "U/WA.02")),
        ("7", ("principes-2018", "7")),
        ("5.35.01", ("bio2-1.3", "5.35.01")),  # withdrawn without a successor
    ],
)
def test_a_person_may_ask_by_any_number(published: Published, asked: str, found: tuple[str, str]) -> None:
    norm = published.norm(asked)
    assert (norm["framework_id"], norm["norm_id"]) == found


@pytest.mark.parametrize("number", ["5.03.01", "5.35.01"])
def test_a_number_without_a_measure_has_no_status(published: Published, number: str) -> None:
    """Neither is it 'no evidence': there is nothing to prove."""
    assert explain(published, "klein", number)["status"] == {"status": None}


def test_a_norm_that_is_not_judged_on_operation_is_not_asked_for_it(published: Published) -> None:
    """Nor does what the owner states himself stand for evidence of what is asked."""
    statuses = {
        row["norm_id"]: (row["status"], row["design"], row["existence"], row["operation"])
        for row in published.measures("klein")
        if row["framework_id"] == "digid-3.0"
    }
    assert statuses["B.05"] == ("geen_bewijs", "no_evidence", "no_evidence", None)
    assert statuses["U/WA.02"] == ("geen_bewijs", "no_evidence", "no_evidence", "no_evidence")


def test_a_number_that_there_is_not_is_told(published: Published) -> None:
    rows = published.rows("FROM main.onbekende_normnummers")
    assert [(row["soort_bewijs"], row["normenkader"], row["norm"], row["bestand"], row["rij"]) for row in rows] == [
        ("attestation", "bio2-1.3", "5.99.99", "verklaringen.csv", 9),
        ("attestation", "suwinet", "B.01", "verklaringen.csv", 10),
    ]
    assert [row["waarom"] for row in rows] == [
        "dit nummer is er niet in dit normenkader",
        "dit normenkader wordt niet beoordeeld",
    ]
