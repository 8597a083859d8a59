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
from models.kind import Kind, kinds, vocabularies
from models.record import MASK, Locator, Problem, Record
from warehouse.storage.staging import Pseudonymiser, Staging

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
    ("explanation", "given-not-ahead", {"given_on": LATER}),
    ("alias", "given-not-ahead", {"given_on": LATER}),
    ("outsider", "given-not-ahead", {"given_on": LATER}),
    ("excused", "given-not-ahead", {"given_on": LATER}),
    ("finding", "resolved-after-seen", {"first_seen": NOON, "resolved_at": NOON - timedelta(days=1)}),
    ("finding", "seen-not-ahead", {"first_seen": NOON + timedelta(days=2), "resolved_at": None}),
    ("finding", "score-in-range", {"finding_type": "vulnerability", "score": 11.0}),
    ("finding", "resolved-not-ahead", {"resolved_at": NOON + timedelta(days=2)}),
    ("improvement", "done-not-ahead", {"done_on": LATER}),
    ("improvement", "done-after-planned", {"planned_on": TODAY, "done_on": BEFORE}),
    ("improvement", "budget-not-negative", {"budget": -1}),
    ("measurement", "share-fits", {"unit": "%", "value": 50.0, "numerator": 3.0, "denominator": 2.0}),
    ("measurement", "value-fits-parts", {"unit": "%", "value": 100.0, "numerator": 1.0, "denominator": 14.0}),
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
    ("scan", "scanned-not-ahead", {"scanned_at": NOON + timedelta(days=2), "resolved_at": None}),
    ("ticket", "aware-not-ahead", {"aware_at": NOON + timedelta(days=2), "resolved_at": None}),
    ("ticket", "resolved-after-opened", {"opened_at": NOON, "resolved_at": NOON - timedelta(hours=1)}),
    ("ticket", "resolved-not-ahead", {"resolved_at": NOON + timedelta(days=2)}),
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


def rejected(path: Path, table: str = "rejected") -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(
            f"SELECT kind, record_no, expectation, value, expected FROM {table} ORDER BY ALL"
        ).fetchall()


def emptied(path: Path, kind_name: str, number: int, columns: tuple[str, ...]) -> bool:
    """Whether all of these columns of a row are empty."""
    condition = " AND ".join([f"record_no = {number}", *(f"{column} IS NULL" for column in columns)])
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(f"FROM {kind_name} WHERE {condition}").fetchone() is not None


def unknown(path: Path) -> list[tuple[Any, ...]]:
    return rejected(path, "unknown_value")


def test_a_sound_record_of_every_kind_comes_through(tmp_path: Path) -> None:
    records = [Record(name, "sleutel-1", sound(name), Locator(file="a.xlsx", row=2)) for name in kinds()]
    validation, path = validated(tmp_path, records)
    assert rejected(path) == []
    assert validation.held_back == []
    assert {outcome.kind for outcome in validation.outcomes} == set(kinds())
    assert all(outcome.success for outcome in validation.outcomes)


def test_every_expectation_meets_what_breaks_it_and_keeps_the_row_out_or_the_value(tmp_path: Path) -> None:
    records, expected = [], {}
    numbers: dict[str, Iterator[int]] = {name: iter(range(1000)) for name in kinds()}
    for kind_name, expectation, values in BREAKING:
        number = next(numbers[kind_name])
        records.append(Record(kind_name, f"sleutel-{number}", sound(kind_name) | values, Locator(file="a.xlsx", row=2)))
        expected[kind_name, number] = expectation
    _, path = validated(tmp_path, records)
    found: dict[tuple[str, int], set[str]] = {}
    out = {(kind_name, expectation) for kind_name, _, expectation, _, _ in rejected(path)}
    for kind_name, number, expectation, _, text in (*rejected(path), *unknown(path)):
        found.setdefault((kind_name, number), set()).add(expectation)
        assert text, f"{expectation} does not say what was expected"
        chosen = next(one for one in suite(kind_name).rows if one.id == expectation)
        assert ((kind_name, expectation) in out) == (not chosen.unknown)
        assert emptied(path, kind_name, number, chosen.unknown)
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
        ("ticket", 5, "readable"),
        ("training", 0, "readable"),
    }
    values = {(kind, number): value for kind, number, _, value, _ in found}
    assert [row[:4] for row in unknown(path)] == [("ticket", 4, "known-priority", "onbekend")]
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
    assert str(validation.held_back[0]).startswith(kinds()["ticket"].nl)


def test_a_value_that_cannot_be_taken_costs_its_record_only_where_the_kind_cannot_do_without(tmp_path: Path) -> None:
    good, place = sound("ticket"), Locator(file="a.csv", row=3)
    unread = [
        Problem("Prio", "priority", "spoed", "een van: hoog"),
        Problem("Sluiting", "resolved_at", "gisteren", "een datum"),
    ]
    records = [
        Record("ticket", "a", good | {"priority": None, "resolved_at": None}, place, unread),
        Record("ticket", "b", good | {"due_at": None}, place, [Problem("Termijn", "due_at", "gauw", "een datum")]),
        Record("ticket", "c", good, place, [unread[0], Problem("Nr", "record_key", "?", "een nummer")]),
        Record("document", "d", sound("document"), place, [Problem("Tot", "valid_until", "ooit", "een datum")]),
        Record("assurance", "e", sound("assurance"), place, [Problem("Uitz.", "exceptions", "enkele", "een getal")]),
    ]
    validation, path = validated(tmp_path, records)
    assert [row[:3] for row in unknown(path)] == [("ticket", 0, "readable"), ("ticket", 0, "readable")]
    assert validation.unknown == {"Prio": 1, "Sluiting": 1}
    assert [row[:3] for row in rejected(path)] == [
        ("assurance", 0, "readable"),
        ("document", 0, "readable"),
        ("ticket", 1, "readable"),
        ("ticket", 2, "readable"),
        ("ticket", 2, "readable"),
    ]


def test_what_becomes_unknown_is_another_content_and_no_day_to_come_says_when_it_was_seen(tmp_path: Path) -> None:
    values = sound("training") | {"completed_on": LATER, "result": None}
    staging = Staging(tmp_path / "staging.duckdb", pseudonymise=Pseudonymiser("sleutel"), personal_data=False)
    staging.add([Record("training", "a", values, Locator(file="a.csv", row=2))], "a" * 64, NOON)
    staging.finish()
    with duckdb.connect(str(staging.path), read_only=True) as connection:
        before = connection.execute("SELECT content_hash FROM training").fetchone()
    validate(staging.path, {}, TODAY)
    with duckdb.connect(str(staging.path), read_only=True) as connection:
        row = connection.execute("SELECT completed_on, content_hash, observed_at FROM training").fetchone()
    assert row is not None and before is not None
    assert row[0] is None and row[1] != before[0]
    assert row[2] == datetime(2026, 11, 20, 22, 59, 59)


def test_a_delivery_tells_nothing_of_days_after_it(tmp_path: Path) -> None:
    earlier = {name: NOON - timedelta(days=9) for name in ("opened_at", "aware_at")}
    record = Record("ticket", "a", sound("ticket") | earlier, Locator(file="a.csv", row=2))
    staging = Staging(tmp_path / "staging.duckdb", pseudonymise=Pseudonymiser("sleutel"), personal_data=False)
    staging.add([record], "a" * 64, NOON - timedelta(days=1))
    staging.finish()
    validate(staging.path, {}, TODAY)
    assert [row[:3] for row in unknown(staging.path)] == [("ticket", 0, "resolved-not-ahead")]


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.kind)
def test_only_what_can_do_no_good_when_it_is_empty_becomes_unknown(kind: Kind) -> None:
    settles = {column.name for column in kind.columns if column.settles}
    assert all(kind.may_be_unknown(column) for expectation in suite(kind.kind).rows for column in expectation.unknown)
    assert not kind.may_be_unknown("valid_until") and not kind.may_be_unknown("observed_at")
    assert all(kind.may_be_unknown(name) for name in settles)
    assert not any(kind.may_be_unknown(column.name) for column in kind.columns if column.required)
