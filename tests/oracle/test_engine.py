"""The oracle against examples worked out by hand from the domain description: every test type and every roll-up rule.
Whoever doubts a status starts here; the comparison with the SQL engine is left to tests/properties.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest

from tests.oracle.engine import assess
from tests.oracle.records import Row
from tests.oracle.rows import catalogue, day, document, measure, moment, norm, norm_test, outcome_of, row, ticket, world

MAY_15 = date(2026, 5, 15)
LEAP_DAY = date(2024, 2, 29)


def dated(kind: str, column: str, days: Sequence[str], **values: Any) -> list[Row]:
    """Records of these days that came out well."""
    done_well = {"access_review": {"accounts_reviewed": 10}, "exercise": {"outcome": "success"}}
    return [row(kind, **{column: day(text)}, **done_well.get(kind, {}), **values) for text in days]


# --- what is visible -------------------------------------------------------------------------------------------------

REVIEW = measure("fresh", "access_review", max_age="P1Y")


@pytest.mark.parametrize(
    ("recorded", "retired", "observed", "result"),
    [
        ("2026-05-01", None, "2026-05-01", "pass"),
        ("2026-05-15T12:00", None, "2026-05-01", "pass"),  # learned at the very moment
        ("2026-05-15T12:00:01", None, "2026-05-01", "no_evidence"),  # learned later
        ("2026-05-01", "2026-05-15T12:00", "2026-05-01", "no_evidence"),  # superseded at the very moment
        ("2026-05-01", "2026-05-15T12:00:01", "2026-05-01", "pass"),  # superseded later
        ("2026-05-01", None, "2026-05-15T23:59:59", "pass"),  # true before the day ended
        ("2026-05-01", None, "2026-05-16", "no_evidence"),  # true from the next day
    ],
)
def test_visibility(recorded: str, retired: str | None, observed: str, result: str) -> None:
    record = row(
        "access_review",
        performed_on=day("2026-05-01"),
        accounts_reviewed=10,
        recorded_at=moment(recorded),
        retired_at=moment(retired) if retired else None,
        observed_at=moment(observed),
    )
    assert outcome_of(REVIEW, [record], MAY_15, moment("2026-05-15T12:00"))["result"] == result


def test_settled_later_is_still_open() -> None:
    slow = row("ticket", opened_at=moment("2026-01-02"), resolved_at=moment("2026-05-16T00:00"))
    test = measure("none_open", "ticket", max_age="P30D")
    assert outcome_of(test, [slow], MAY_15)["result"] == "fail"
    assert outcome_of(test, [slow], day("2026-05-16"))["result"] == "pass"


def test_selector_takes_true_only() -> None:
    test = measure("fresh", "document", about=["beleid"], where="version = '2'", max_age="P1Y")
    twins = {"version = '2'": lambda record, _: None if record["version"] is None else record["version"] == "2"}
    values = {"adopted_on": MAY_15, "topic": "beleid", "state": "adopted"}
    assert outcome_of(test, [row("document", **values, version="2")], MAY_15, twins=twins)["result"] == "pass"
    assert outcome_of(test, [row("document", **values, version=None)], MAY_15, twins=twins)["result"] == "no_evidence"
    other = row("document", **values | {"topic": "plan"}, version="2")
    assert outcome_of(test, [other], MAY_15, twins=twins)["result"] == "no_evidence"


# --- test types ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("performed", "as_of", "result", "expires_on"),
    [
        ([], "2026-05-15", "no_evidence", None),
        (["2026-05-16"], "2026-05-15", "no_evidence", None),  # not yet
        (["2025-05-15"], "2026-05-15", "pass", "2026-05-16"),
        (["2024-01-01", "2025-05-15"], "2026-05-15", "pass", "2026-05-16"),
        (["2025-05-14"], "2026-05-15", "partial", "2026-06-15"),  # 14 May + 1 year + 1 month = 14 June
        (["2025-04-15"], "2026-05-15", "partial", "2026-05-16"),
        (["2025-04-14"], "2026-05-15", "fail", None),
        (["2024-02-29"], "2025-02-28", "pass", "2025-03-01"),  # 29 February + 1 year is 28 February
        (["2024-02-29"], "2025-03-01", "partial", "2025-03-29"),  # 28 February + 1 month is 28 March
    ],
)
def test_fresh(performed: list[str], as_of: str, result: str, expires_on: str | None) -> None:
    test = measure("fresh", "access_review", max_age="P1Y", grace="P1M")
    found = outcome_of(test, dated("access_review", "performed_on", performed), day(as_of))
    assert (found["result"], found["expires_on"]) == (result, day(expires_on) if expires_on else None)


def test_fresh_uses_its_own_date_and_null_is_never_fresh() -> None:
    test = measure("fresh", "assurance", max_age="P1Y", date="issued_on")
    twins = {"issued_on": lambda record, _: record["issued_on"]}
    report = row("assurance", opinion="unqualified", period_end=day("2020-12-31"), issued_on=MAY_15)
    assert outcome_of(test, [report], MAY_15, twins=twins)["result"] == "pass"
    undated = row("assurance", opinion="unqualified", period_end=MAY_15)
    assert outcome_of(test, [undated], MAY_15, twins=twins)["result"] == "no_evidence"


@pytest.mark.parametrize(
    ("documents", "result", "expires_on"),
    [
        ([], "no_evidence", None),
        ([document("draft")], "fail", None),
        ([document()], "pass", "2028-01-02"),  # nothing says its review: three years from its adoption
        ([row("document", state="adopted")], "fail", None),  # adopted, but nobody knows since when
        ([row("document", state="adopted", adopted_on=day("2026-05-16"))], "fail", None),  # tomorrow
        ([row("document", state="adopted", adopted_on=day("2023-05-14"))], "fail", None),
        ([document(ends="2026-05-15")], "pass", "2026-05-16"),
        ([document(ends="2026-05-14")], "fail", None),
        ([document(review="2026-05-15")], "pass", "2026-05-16"),
        ([document(review="2026-05-14")], "partial", "2026-06-15"),
        ([document(review="2026-04-14")], "fail", None),
        ([document(ends="2026-06-01", review="2026-05-14")], "partial", "2026-06-02"),
        ([document(review="2026-05-14"), document(ends="2026-08-01")], "pass", "2026-08-02"),
        ([document("draft"), document(review="2026-05-20")], "pass", "2026-05-21"),
    ],
)
def test_current(documents: list[Row], result: str, expires_on: str | None) -> None:
    found = outcome_of(measure("current", "document", grace="P1M"), documents, MAY_15)
    assert (found["result"], found["expires_on"]) == (result, day(expires_on) if expires_on else None)


def test_current_without_grace_has_no_partial() -> None:
    assert outcome_of(measure("current", "document"), [document(review="2026-05-14")], MAY_15)["result"] == "fail"


@pytest.mark.parametrize(
    ("window", "performed", "as_of", "expected"),
    [
        # Quarters of 2026 up to 15 May: the first has ended; the running one counts for nothing.
        (None, ["2026-02-01"], "2026-05-15", ("pass", 1, 1, "2026-07-01")),
        (None, ["2026-02-01", "2026-04-01"], "2026-05-15", ("pass", 1, 1, "2026-10-01")),
        (None, ["2026-04-01"], "2026-05-15", ("fail", 0, 1, None)),
        (None, ["2025-12-31"], "2026-05-15", ("fail", 0, 1, None)),
        (None, [], "2026-05-15", ("no_evidence", None, None, None)),
        (None, ["2026-05-16"], "2026-05-15", ("no_evidence", None, None, None)),
        # On its last day a quarter has ended for who looks back on it later.
        (None, ["2026-02-01"], "2026-06-29", ("pass", 1, 1, "2026-07-01")),
        (None, ["2026-02-01"], "2026-06-30", ("partial", 1, 2, "2026-10-01")),
        (None, ["2026-02-01"], "2026-07-01", ("partial", 1, 2, "2026-10-01")),
        # In January no quarter of the year has ended: the last one of the year before counts.
        (None, ["2025-11-01"], "2026-01-20", ("pass", 1, 1, "2026-04-01")),
        (None, ["2026-01-10"], "2026-01-20", ("fail", 0, 1, None)),
        # Half a year back from 15 May: periods that begin after 15 November, so the first quarter of 2026 only.
        ("P6M", ["2026-02-01"], "2026-05-15", ("pass", 1, 1, "2026-07-01")),
        # Half a year back from 30 June is 30 December: the first quarter; from 31 August 28 February: the second.
        ("P6M", ["2026-04-02"], "2026-08-31", ("pass", 1, 1, "2026-10-01")),
        # Shorter than a period: no quarter begins in it, so the last ended one counts.
        ("P1M", ["2026-02-01", "2026-05-01"], "2026-05-15", ("pass", 1, 1, "2026-10-01")),
        # A trailing year: the quarters that begin after 15 May 2025 and have ended.
        ("P1Y", ["2025-07-01", "2025-10-01", "2026-01-01"], "2026-05-15", ("pass", 3, 3, "2026-07-01")),
        ("P1Y", ["2025-07-01", "2025-10-01"], "2026-05-15", ("partial", 2, 3, "2026-07-01")),
    ],
)
def test_recurring(window: str | None, performed: list[str], as_of: str, expected: tuple[Any, ...]) -> None:
    test = measure("recurring", "access_review", every="P3M", **{"window": window} if window else {})
    found = outcome_of(test, dated("access_review", "performed_on", performed), day(as_of))
    result, held, counted, expires_on = expected
    assert (found["result"], found["numerator"], found["denominator"]) == (result, held, counted)
    assert found["expires_on"] == (day(expires_on) if expires_on else None)
    assert found["metric"] == (held / counted if counted else None)


@pytest.mark.parametrize(
    ("every", "as_of", "counted"),
    [("P1M", "2024-02-28", 1), ("P1M", "2024-02-29", 2), ("P6M", "2024-12-30", 1), ("P1Y", "2025-01-01", 1)],
)
def test_recurring_period_lengths(every: str, as_of: str, counted: int) -> None:
    found = outcome_of(
        measure("recurring", "exercise", every=every), dated("exercise", "performed_on", ["2020-01-01"]), day(as_of)
    )
    assert (found["result"], found["numerator"], found["denominator"]) == ("fail", 0, counted)


def test_a_night_does_not_count_the_day_that_runs() -> None:
    """What is known on the last day of a period itself may still be added to."""
    test = measure("recurring", "access_review", every="P1M")
    reviews = dated("access_review", "performed_on", ["2026-01-10"])
    last_day = day("2026-02-28")
    at_night, later = moment("2026-02-28T03:00"), moment("2026-03-01T00:00")
    assert outcome_of(test, reviews, last_day, at_night)["denominator"] == 1
    assert outcome_of(test, reviews, last_day, later)["denominator"] == 2


@pytest.mark.parametrize("test_type", ["fresh", "recurring"])
def test_a_record_that_did_not_come_out_well_counts_for_nothing(test_type: str) -> None:
    parameters = {"max_age": "P1Y"} if test_type == "fresh" else {"every": "P3M"}
    test = measure(test_type, "exercise", **parameters)
    slow = {"objective": 8.0, "achieved": 44.0}
    for values in ({"outcome": "failure"}, {"outcome": None}, {"outcome": "success"} | slow):
        exercises = [row("exercise", performed_on=day("2026-02-01"), **values)]
        assert outcome_of(test, exercises, MAY_15)["result"] == "fail"


def test_the_newest_must_have_the_outcome() -> None:
    test = measure("fresh", "exercise", max_age="P1Y")
    succeeded = row("exercise", performed_on=day("2026-02-01"), outcome="success")
    failed = row("exercise", performed_on=day("2026-03-01"), outcome="failure")
    found = outcome_of(test, [succeeded, failed], MAY_15)
    assert (found["result"], found["expires_on"]) == ("partial", day("2027-02-02"))


GOOD = {"critical": lambda record, _: record["critical"]}


def entries(*critical: bool | None, verified: str = "2026-05-01") -> list[Row]:
    return [row("register_entry", critical=value, verified_on=day(verified)) for value in critical]


@pytest.mark.parametrize(
    ("parameters", "records", "expected"),
    [
        ({}, entries(True, True), ("pass", 1.0, 2, 2)),
        ({}, entries(True, None), ("fail", 0.5, 1, 2)),  # unknown is not good
        ({"partial_at": 0.5}, entries(True, False), ("partial", 0.5, 1, 2)),
        ({"pass_at": 0.5}, entries(True, False), ("pass", 0.5, 1, 2)),
        ({"min_population": 3}, entries(True, True), ("no_evidence", None, 2, 2)),
        ({}, [], ("no_evidence", None, None, None)),
        ({"direction": "lower"}, entries(False, False), ("pass", 0.0, 0, 2)),
        ({"direction": "lower", "pass_at": 0.1, "partial_at": 0.5}, entries(True, False), ("partial", 0.5, 1, 2)),
        ({"direction": "lower", "pass_at": 0.1, "partial_at": 0.4}, entries(True, False), ("fail", 0.5, 1, 2)),
        ({"max_age": "P14D"}, entries(True) + entries(False, verified="2026-04-30"), ("pass", 1.0, 1, 1)),
        ({"max_age": "P15D"}, entries(True) + entries(False, verified="2026-04-30"), ("fail", 0.5, 1, 2)),
        ({"window": "cycle"}, entries(True) + entries(False, verified="2025-12-31"), ("pass", 1.0, 1, 1)),
        ({"window": "P14D"}, entries(True) + entries(False, verified="2026-05-02"), ("fail", 0.0, 0, 1)),
        ({}, entries(True, verified="2026-05-16"), ("pass", 1.0, 1, 1)),  # without a window the day does not matter
    ],
)
def test_ratio(parameters: dict[str, Any], records: list[Row], expected: tuple[Any, ...]) -> None:
    found = outcome_of(measure("ratio", "register_entry", good="critical", **parameters), records, MAY_15, twins=GOOD)
    assert (found["result"], found["metric"], found["numerator"], found["denominator"]) == expected


MATCHED_TWINS = {
    "name": lambda record, _: record["name"],
    "system": lambda record, _: record["system"],
    "asset": lambda record, _: record["asset"],
    "outcome = 'success'": lambda record, _: None if record["outcome"] is None else record["outcome"] == "success",
}


def matched_outcome(matched: dict[str, Any], population: list[tuple[str, Row]], others: list[tuple[str, Row]]) -> Any:
    kind = population[0][0]
    test = measure("ratio", kind, matched=matched)
    small = catalogue([norm("1.1", "control"), norm("1.1.1")], [norm_test(test)])
    found = assess(world(small, population + others, twins=MATCHED_TWINS), MAY_15, datetime(2100, 1, 1)).tests[0]
    return found["numerator"], found["denominator"]


def exercise(system: str | None, performed: str, **values: Any) -> tuple[str, Row]:
    content = {"exercise_type": "restore", "outcome": "success"} | values
    return "exercise", row("exercise", system=system, performed_on=day(performed), **content)


def test_ratio_matched_by_key_selector_and_age() -> None:
    systems = [("register_entry", row("register_entry", name=name)) for name in ("a", "b", "c", "d", "e", "f", None)]
    matched = {
        "kind": "exercise",
        "about": ["restore"],
        "where": "outcome = 'success'",
        "key": "system",
        "population_key": "name",
        "max_age": "P1Y",
    }
    exercises = [
        exercise("a", "2025-05-15"),
        exercise("b", "2025-05-14"),  # too old
        exercise("c", "2026-01-01", exercise_type="pentest"),  # about something else
        exercise("d", "2026-01-01", outcome=None),  # not known to have succeeded
        exercise("e", "2026-05-16"),  # still to come
        exercise(None, "2026-01-01"),  # NULL is not NULL's counterpart
        ("exercise", row("exercise", organisation_id="b", system="f", exercise_type="restore", outcome="success")),
    ]
    assert matched_outcome(matched, systems, exercises) == (1, 7)


def test_ratio_matched_earlier_within() -> None:
    changes = [
        ("ticket", row("ticket", asset=name, opened_at=moment("2026-03-31T10:00"))) for name in ("a", "b", "c", "d")
    ]
    matched = {"kind": "exercise", "key": "system", "population_key": "asset", "earlier_within": "P1M"}
    exercises = [
        exercise("a", "2026-03-30"),
        exercise("b", "2026-03-31"),  # the same day is not before
        exercise("c", "2026-02-28"),  # 28 February + 1 month is 28 March
        exercise("d", "2026-04-01"),
    ]
    assert matched_outcome(matched, changes, exercises) == (1, 4)


@pytest.mark.parametrize(
    ("parameters", "tickets", "expected"),
    [
        # Days: a deadline of 7 days after 8 May is 15 May, whatever the time of day.
        ({"deadline": "P7D"}, [ticket("2026-05-01T23:00", "2026-05-08T23:59")], ("pass", 1.0, 1, 1)),
        ({"deadline": "P7D"}, [ticket("2026-05-01T23:00", "2026-05-09T00:00")], ("fail", 0.0, 0, 1)),
        ({"deadline": "P7D"}, [ticket("2026-05-08T09:00")], ("no_evidence", None, 0, 0)),  # not yet late
        ({"deadline": "P7D"}, [ticket("2026-05-07T09:00")], ("fail", 0.0, 0, 1)),
        ({"deadline": "P7D"}, [ticket("2026-05-01", "2026-05-16")], ("fail", 0.0, 0, 1)),  # settled later: open
        # Hours: 72 hours after 12 May 10:00 is 15 May 10:00; the day ends 14 hours later.
        ({"deadline": "PT72H"}, [ticket("2026-05-01T10:00", "2026-05-04T10:00")], ("pass", 1.0, 1, 1)),
        ({"deadline": "PT72H"}, [ticket("2026-05-01T10:00", "2026-05-04T10:01")], ("fail", 0.0, 0, 1)),
        ({"deadline": "PT72H"}, [ticket("2026-05-12T10:00")], ("fail", 0.0, 0, 1)),
        ({"deadline": "PT72H"}, [ticket("2026-05-13T00:00")], ("no_evidence", None, 0, 0)),
        # Hours are elapsed time: over the night of 28 March, which has an hour less, 72 hours end an hour later by the clock.
        ({"deadline": "PT72H"}, [ticket("2026-03-27T10:00", "2026-03-30T11:00")], ("pass", 1.0, 1, 1)),
        ({"deadline": "PT72H"}, [ticket("2026-03-27T10:00", "2026-03-30T11:01")], ("fail", 0.0, 0, 1)),
        # A day is one in Amsterdam: half past midnight in summer is the evening before in UTC.
        ({"deadline": "P7D"}, [ticket("2026-05-01T00:30", "2026-05-08T23:30")], ("pass", 1.0, 1, 1)),
        ({"deadline": "P7D"}, [ticket("2026-05-01T00:30", "2026-05-09T00:30")], ("fail", 0.0, 0, 1)),
        # The record's own due day; without one nobody can say that it was in time.
        ({"deadline": "due"}, [ticket("2026-05-01", "2026-05-04T18:00", "2026-05-04T09:00")], ("pass", 1.0, 1, 1)),
        ({"deadline": "due"}, [ticket("2026-05-01", None, "2026-05-15T00:00")], ("no_evidence", None, 0, 0)),
        ({"deadline": "due"}, [ticket("2026-05-01", None, "2026-05-14T23:00")], ("fail", 0.0, 0, 1)),
        ({"deadline": "due"}, [ticket("2026-05-01", "2026-05-04")], ("fail", 0.0, 0, 1)),
        # A settled case belongs to the window in which its term ends, an open one to every window. The window is the calendar
        # year unless the rule says otherwise.
        ({"deadline": "P7D"}, [ticket("2025-12-20", "2026-05-01")], ("no_evidence", None, 0, 0)),
        ({"deadline": "P7D"}, [ticket("2025-12-31", "2026-05-01")], ("fail", 0.0, 0, 1)),
        ({"deadline": "P7D"}, [ticket("2020-12-20")], ("fail", 0.0, 0, 1)),
        ({"deadline": "P7D", "window": "P6M"}, [ticket("2025-12-20", "2026-05-01")], ("fail", 0.0, 0, 1)),
        # Thresholds.
        (
            {"deadline": "P7D", "pass_at": 0.9, "partial_at": 0.5},
            [ticket("2026-03-01", "2026-03-02"), ticket("2026-03-01", "2026-04-02"), ticket("2026-05-15")],
            ("partial", 0.5, 1, 2),
        ),
    ],
)
def test_within(parameters: dict[str, Any], tickets: list[Row], expected: tuple[Any, ...]) -> None:
    found = outcome_of(measure("within", "ticket", **parameters), tickets, MAY_15)
    assert (found["result"], found["metric"], found["numerator"], found["denominator"]) == expected


@pytest.mark.parametrize(
    ("parameters", "tickets", "expected"),
    [
        ({"max_age": "P7D"}, [ticket("2026-05-08")], ("pass", 0, 1, "2026-05-16")),
        ({"max_age": "P7D"}, [ticket("2026-05-07"), ticket("2026-01-01", "2026-05-15")], ("fail", 1, 1, None)),
        (
            {"max_age": "P7D", "tolerate": 1},
            [ticket("2026-05-07"), ticket("2026-05-08")],
            ("partial", 1, 2, "2026-05-16"),
        ),
        ({"max_age": "P7D", "tolerate": 2}, [ticket("2026-05-07"), ticket("2026-05-08")], ("partial", 1, 2, None)),
        ({"max_age": "P7D", "tolerate": 1}, [ticket("2026-05-07"), ticket("2026-05-06")], ("fail", 2, 2, None)),
        ({"max_age": "P7D"}, [ticket("2026-05-08", "2026-05-12")], ("pass", 0, 0, None)),
        ({"max_age": "P1M"}, [ticket("2026-04-15")], ("pass", 0, 1, "2026-05-16")),
        ({"max_age": "PT24H"}, [ticket("2026-05-15T00:00")], ("pass", 0, 1, "2026-05-16")),
        ({"max_age": "PT24H"}, [ticket("2026-05-14T23:59")], ("fail", 1, 1, None)),
        ({"max_age": "P7D"}, [], ("no_evidence", None, None, None)),
    ],
)
def test_none_open(parameters: dict[str, Any], tickets: list[Row], expected: tuple[Any, ...]) -> None:
    found = outcome_of(measure("none_open", "ticket", **parameters), tickets, MAY_15)
    result, late, still_open, expires_on = expected
    assert (found["result"], found["numerator"], found["denominator"]) == (result, late, still_open)
    assert found["metric"] == late
    assert found["expires_on"] == (day(expires_on) if expires_on else None)


def score(value: float, observed: str) -> Row:
    return row("measurement", metric="internet_nl", value=value, observed_at=moment(observed))


@pytest.mark.parametrize(
    ("parameters", "scores", "expected"),
    [
        ({"pass_at": 90}, [score(90, "2020-01-01")], ("pass", 90, None)),
        ({"pass_at": 90, "max_age": "P1M"}, [score(90, "2026-04-15")], ("pass", 90, "2026-05-16")),
        ({"pass_at": 90, "max_age": "P1M"}, [score(90, "2026-04-14")], ("no_evidence", None, None)),
        ({"pass_at": 90}, [score(100, "2026-01-01"), score(80, "2026-02-01")], ("fail", 80, None)),
        ({"pass_at": 90, "partial_at": 80, "max_age": "P1Y"}, [score(80, "2026-02-01")], ("partial", 80, "2027-02-02")),
        ({"pass_at": 90, "max_age": "P1Y"}, [score(80, "2026-02-01")], ("fail", 80, None)),
        # The worst of the newest day, whatever the hour.
        ({"pass_at": 90}, [score(80, "2026-02-01T08:00"), score(95, "2026-02-01T20:00")], ("fail", 80, None)),
        (
            {"pass_at": 5, "direction": "lower"},
            [score(8, "2026-02-01T08:00"), score(3, "2026-02-01T20:00")],
            ("fail", 8, None),
        ),
        ({"pass_at": 5, "partial_at": 8, "direction": "lower"}, [score(8, "2026-02-01")], ("partial", 8, None)),
        ({"pass_at": 5}, [], ("no_evidence", None, None)),
    ],
)
def test_metric(parameters: dict[str, Any], scores: list[Row], expected: tuple[Any, ...]) -> None:
    found = outcome_of(measure("metric", "measurement", **parameters), scores, MAY_15)
    result, value, expires_on = expected
    assert (found["result"], found["metric"]) == (result, value)
    assert found["expires_on"] == (day(expires_on) if expires_on else None)


def attestation(answer: str, signed: str, **values: Any) -> Row:
    content = {"framework_id": "kader-1", "norm_id": "1.1.1", "aspect": "operation"} | values
    return row("attestation", answer=answer, signed_on=day(signed), **content)


@pytest.mark.parametrize(
    ("given", "result", "expires_on"),
    [
        ([], "no_evidence", None),
        ([attestation("yes", "2025-05-15")], "pass", "2026-05-16"),
        ([attestation("yes", "2025-05-14")], "no_evidence", None),
        ([attestation("partly", "2026-05-01")], "partial", "2027-05-02"),
        ([attestation("no", "2026-05-01")], "fail", None),
        ([attestation("yes", "2026-04-01"), attestation("no", "2026-05-01")], "fail", None),
        ([attestation("yes", "2026-05-01"), attestation("partly", "2026-05-01")], "partial", "2027-05-02"),
        ([attestation("yes", "2026-05-16")], "no_evidence", None),
        ([attestation("yes", "2026-05-01", aspect="design")], "no_evidence", None),
        ([attestation("yes", "2026-05-01", norm_id="1.1.2")], "no_evidence", None),
        ([attestation("yes", "2026-05-01", framework_id="kader-2")], "no_evidence", None),
    ],
)
def test_attested(given: list[Row], result: str, expires_on: str | None) -> None:
    found = outcome_of(measure("attested", "attestation", max_age="P1Y"), given, MAY_15)
    assert (found["result"], found["expires_on"]) == (result, day(expires_on) if expires_on else None)


def report(opinion: str | None, ended: str, exceptions: int | None = None) -> Row:
    return row("assurance", opinion=opinion, period_end=day(ended), exceptions=exceptions)


@pytest.mark.parametrize(
    ("reports", "result", "expires_on"),
    [
        ([report("unqualified", "2026-01-31")], "pass", "2027-02-01"),
        ([report("unqualified", "2026-01-31", 0)], "pass", "2027-02-01"),
        ([report("unqualified", "2026-01-31", 2)], "partial", "2027-02-01"),
        ([report("qualified", "2026-01-31")], "partial", "2027-02-01"),
        ([report("adverse", "2026-01-31", 2)], "fail", None),
        ([report("disclaimer", "2026-01-31")], "fail", None),
        ([report("unqualified", "2026-01-31"), report(None, "2026-03-31")], "pass", "2027-02-01"),  # no judgement
        ([report("unqualified", "2026-01-31"), report("adverse", "2026-03-31")], "fail", None),
        ([report("unqualified", "2025-05-14")], "no_evidence", None),
    ],
)
def test_audited(reports: list[Row], result: str, expires_on: str | None) -> None:
    found = outcome_of(measure("audited", "assurance", max_age="P1Y"), reports, MAY_15)
    assert (found["result"], found["expires_on"]) == (result, day(expires_on) if expires_on else None)


def test_leap_day_is_a_day_like_any_other() -> None:
    test = measure("fresh", "access_review", max_age="P1M")
    found = outcome_of(test, dated("access_review", "performed_on", ["2024-01-31"]), LEAP_DAY)
    assert (found["result"], found["expires_on"]) == ("pass", day("2024-03-01"))
