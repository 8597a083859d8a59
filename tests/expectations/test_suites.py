"""Every expectation of every suite, run by the library itself over real staging files: a sound record of each kind comes
through, and each expectation rejects the record that breaks it, with the value and what was expected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.suite import suite
from expectations.validate import BatchLimits, Validation, validate
from models.kind import kinds, vocabularies
from models.record import MASK, Locator, Problem, Record
from warehouse.staging import Pseudonymiser, Staging

TODAY = date(2026, 11, 20)
BEFORE, LATER = TODAY - timedelta(days=400), TODAY + timedelta(days=30)
NOON = datetime(2026, 11, 20, 12)

# What breaks each expectation that a suite writes as SQL: (kind, expectation, the values that break it).
BREAKING: list[tuple[str, str, dict[str, Any]]] = [
    ("access_review", "performed-not-ahead", {"performed_on": LATER}),
    ("access_review", "counts-fit", {"accounts_reviewed": 3, "accounts_revoked": 4}),
    ("applicability", "reason-when-not-applicable", {"applies": False, "reason": None}),
    ("assurance", "period-in-order", {"period_start": TODAY, "period_end": BEFORE}),
    ("assurance", "exceptions-not-negative", {"exceptions": -1}),
    ("attestation", "signed-not-ahead", {"signed_on": LATER}),
    ("decision", "decided-not-ahead", {"decided_on": LATER}),
    ("document", "adopted-has-day", {"state": "adopted", "adopted_on": None}),
    ("document", "review-after-adoption", {"adopted_on": TODAY, "review_due": BEFORE}),
    ("document", "valid-after-adoption", {"adopted_on": TODAY, "valid_until": BEFORE}),
    ("exception", "ends", {"valid_until": None}),
    ("exercise", "performed-not-ahead", {"performed_on": LATER, "outcome": "success"}),
    ("exercise", "hours-not-negative", {"achieved": -1}),
    ("finding", "resolved-after-seen", {"first_seen": NOON, "resolved_at": NOON - timedelta(days=1)}),
    ("finding", "seen-not-ahead", {"first_seen": NOON + timedelta(days=2), "resolved_at": None}),
    ("finding", "score-in-range", {"finding_type": "vulnerability", "score": 11.0}),
    ("improvement", "done-not-ahead", {"done_on": LATER}),
    ("improvement", "budget-not-negative", {"budget": -1}),
    ("measurement", "share-fits", {"unit": "%", "value": 50.0, "numerator": 3.0, "denominator": 2.0}),
    ("measurement", "percentage-in-range", {"unit": "%", "value": 101.0}),
    ("measurement", "finite", {"value": float("nan")}),
    ("measurement", "not-of-the-pipeline", {"metric": "source_delivered", "value": 1.0}),
    ("reading", "read-not-ahead", {"read_on": LATER}),
    ("register_entry", "named", {"name": None, "title": None}),
    ("register_entry", "verified-not-ahead", {"verified_on": LATER}),
    ("risk", "residual-not-above-inherent", {"inherent": 4.0, "residual": 5.0}),
    ("risk", "acceptance-complete", {"accepted_on": TODAY, "accepted_by": None}),
    ("risk", "scores-positive", {"inherent": -1.0, "residual": None}),
    ("sample_result", "drawn-not-ahead", {"drawn_on": LATER, "judged_on": None}),
    ("sample_result", "judged-after-drawing", {"drawn_on": TODAY, "judged_on": BEFORE}),
    ("ticket", "aware-not-ahead", {"aware_at": NOON + timedelta(days=2), "resolved_at": None}),
    ("ticket", "resolved-after-opened", {"opened_at": NOON, "resolved_at": NOON - timedelta(hours=1)}),
    ("ticket", "opened-not-ahead", {"opened_at": NOON + timedelta(days=2), "resolved_at": None}),
    ("ticket", "opened-after-1990", {"opened_at": datetime(1970, 1, 1)}),
    ("training", "completed-not-ahead", {"completed_on": LATER}),
    ("training", "passed-has-day", {"result": "passed", "completed_on": None}),
]


def sound(kind_name: str) -> dict[str, Any]:
    """The values of a record of this kind with which nothing is wrong."""
    values: dict[str, Any] = {"title": "Een regel", "valid_until": LATER}
    for column in kinds()[kind_name].columns:
        if column.vocabulary and column.type == "text":
            values[column.name] = next(iter(vocabularies()[column.vocabulary].terms))
        elif column.type in ("date", "timestamp"):
            values[column.name] = NOON if column.type == "timestamp" else TODAY
        elif column.required:
            values[column.name] = {"text": "x", "boolean": True, "number": 1.0, "integer": 1}[column.type]
    if kind_name == "risk":
        values["accepted_by"] = "college"
    if kind_name == "measurement":
        values["metric"] = "employees"
    return values


def validated(folder: Path, records: list[Record], limits: BatchLimits | None = None) -> tuple[Validation, Path]:
    staging = Staging(folder / "staging.duckdb", pseudonymise=Pseudonymiser("sleutel"), personal_data=False)
    staging.add(records, "a" * 64, NOON)
    staging.finish()
    chosen = {record.kind: limits or BatchLimits() for record in records}
    return validate(staging.path, chosen, TODAY), staging.path


def rejected(path: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(
            "SELECT kind, record_no, expectation, value, expected FROM rejected ORDER BY ALL"
        ).fetchall()


def test_a_sound_record_of_every_kind_comes_through(tmp_path: Path) -> None:
    records = [Record(name, "sleutel-1", sound(name), Locator(file="a.xlsx", row=2)) for name in kinds()]
    validation, path = validated(tmp_path, records)
    assert rejected(path) == []
    assert validation.held_back == []
    assert {outcome.kind for outcome in validation.outcomes} == set(kinds())
    assert all(outcome.success for outcome in validation.outcomes)


def test_every_expectation_rejects_what_breaks_it(tmp_path: Path) -> None:
    records, expected = [], {}
    numbers: dict[str, Iterator[int]] = {name: iter(range(1000)) for name in kinds()}
    for kind_name, expectation, values in BREAKING:
        number = next(numbers[kind_name])
        records.append(Record(kind_name, f"sleutel-{number}", sound(kind_name) | values, Locator(file="a.xlsx", row=2)))
        expected[kind_name, number] = expectation
    _, path = validated(tmp_path, records)
    found: dict[tuple[str, int], set[str]] = {}
    for kind_name, number, expectation, _, text in rejected(path):
        found.setdefault((kind_name, number), set()).add(expectation)
        assert text, f"{expectation} does not say what was expected"
    assert {key: expectation for key, expectation in expected.items() if expectation not in found.get(key, set())} == {}
    assert {key: names for key, names in found.items() if names != {expected[key]}} == {}


def test_the_list_above_is_complete() -> None:
    written = {
        (name, expectation.id)
        for name in kinds()
        for expectation in suite(name).rows
        if expectation.type == "UnexpectedRowsExpectation"
    }
    assert written == {(kind_name, expectation) for kind_name, expectation, _ in BREAKING}


def test_what_every_kind_asks(tmp_path: Path) -> None:
    good = sound("ticket")
    place = Locator(file="a.csv", row=3)
    records = [
        Record("ticket", "a", good, place),
        Record("ticket", "a", good, place),
        Record("ticket", None, good, place),
        Record("ticket", "b", good | {"ticket_type": None}, place),
        Record("ticket", "c", good | {"priority": "onbekend"}, place),
        Record("ticket", "d", good, place, [Problem("Gemeld op", "opened_at", "31-2-2026", "een datum")]),
        Record("training", "e", sound("training"), place, [Problem("Naam", "subject", "Jan", "een naam")]),
    ]
    _, path = validated(tmp_path, records)
    found = rejected(path)
    assert {(kind, number, expectation) for kind, number, expectation, _, _ in found} == {
        ("ticket", 0, "key-unique"),
        ("ticket", 1, "key-unique"),
        ("ticket", 2, "key-present"),
        ("ticket", 3, "required-ticket_type"),
        ("ticket", 4, "known-priority"),
        ("ticket", 5, "readable"),
        ("training", 0, "readable"),
    }
    values = {(kind, number): value for kind, number, _, value, _ in found}
    assert values["ticket", 4] == "onbekend"
    assert values["ticket", 5] == "31-2-2026"
    assert values["training", 0] == MASK, "the value of a personal column must not be kept"


@pytest.mark.parametrize(
    ("limits", "expectation"),
    [
        (BatchLimits(expected_rows=3), "rows-fell"),
        (BatchLimits(fresh_since=NOON + timedelta(days=1)), "something-fresh"),
        (BatchLimits(max_rejected=0.4), "rejected-share"),
    ],
)
def test_a_batch_is_held_back(tmp_path: Path, limits: BatchLimits, expectation: str) -> None:
    good = sound("ticket")
    records = [
        Record("ticket", "a", good, Locator(row=1)),
        Record("ticket", None, good, Locator(row=2)),
    ]
    validation, _ = validated(tmp_path, records, limits)
    failed = [
        outcome.expectation for outcome in validation.outcomes if outcome.level == "batch" and not outcome.success
    ]
    assert failed == [expectation]
    assert len(validation.held_back) == 1
    assert validation.held_back[0].startswith(kinds()["ticket"].nl)
