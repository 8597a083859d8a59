"""The oracle's coverage and roll-up rules against examples worked out by hand: aspect, measure, control, applicability,
indicator, principle and answer. The test types are left to `test_engine`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from models.catalogue import Indicator, Link, Measure, Question
from models.duration import Duration
from tests.oracle import rollup
from tests.oracle.engine import assess
from tests.oracle.records import Row, SourceRun, World, covered
from tests.oracle.rows import (
    PRINCIPLES,
    catalogue,
    day,
    document,
    measure,
    moment,
    norm,
    norm_test,
    outcome_of,
    row,
    ticket,
    world,
)
from tests.oracle.sql_engine import computed, put
from tests.oracle.verdicts import Verdict
from warehouse.storage.database import memory_warehouse

MAY_15 = date(2026, 5, 15)
INCIDENTS = ("ticket", ("incident",))


# --- nothing happened, or nothing was seen ---------------------------------------------------------------------------


def run(source: str, on: str, *coverage: tuple[str, tuple[str, ...]], status: str = "ok", known: str = "") -> SourceRun:
    return SourceRun("a", source, day(on), moment(known or on), status, Duration(days=7), coverage)


@pytest.mark.parametrize(
    ("runs", "about", "expected"),
    [
        ([], (), False),
        ([run("s", "2026-05-08", INCIDENTS)], ("incident",), True),
        ([run("s", "2026-05-07", INCIDENTS)], ("incident",), False),  # stale
        ([run("s", "2026-05-16", INCIDENTS)], ("incident",), False),  # not yet
        ([run("s", "2026-05-14", INCIDENTS, known="2026-05-20")], ("incident",), False),  # not yet known
        ([run("s", "2026-05-14", INCIDENTS, status="failed")], ("incident",), False),
        ([run("s", "2026-05-14", ("finding", ("incident",)))], ("incident",), False),
        ([run("s", "2026-05-14", INCIDENTS)], (), False),  # sees a part, asked for all
        ([run("s", "2026-05-14", ("ticket", ()))], ("incident",), False),  # declares no types
        ([replace(run("s", "2026-05-14", INCIDENTS), complete=False)], ("incident",), False),  # never read whole
        ([replace(run("s", "2026-05-14", INCIDENTS), rejected=1)], ("incident",), False),  # that row may be one
        ([run("s", "2026-05-14", ("ticket", ("incident",)))], ("incident", "change"), False),
        (
            [run("s", "2026-05-14", ("ticket", ("incident",))), run("t", "2026-05-14", ("ticket", ("change",)))],
            ("incident", "change"),
            True,
        ),
        # The newest good run counts, with what it covers; a failed one later does not undo it.
        ([run("s", "2026-05-13", INCIDENTS), run("s", "2026-05-14", ("finding", ()))], ("incident",), False),
        ([run("s", "2026-05-13", INCIDENTS), run("s", "2026-05-14", status="failed")], ("incident",), True),
    ],
)
def test_covered(runs: list[SourceRun], about: tuple[str, ...], expected: bool) -> None:
    assert covered(runs, "a", "ticket", about, MAY_15, moment("2026-05-15T12:00"), []) is expected
    assert covered(runs, "b", "ticket", about, MAY_15, moment("2026-05-15T12:00"), []) is False


def test_a_list_with_a_record_shows_that_there_are_no_others() -> None:
    runs = [run("s", "2026-05-14")]
    listed = [row("decision", source_id="s", topic="budget")]
    known_at = moment("2026-05-15T12:00")
    assert covered(runs, "a", "decision", ("policy",), MAY_15, known_at, listed)
    assert not covered(runs, "a", "decision", ("policy",), MAY_15, known_at, [])  # an empty list proves nothing
    assert not covered(runs, "a", "decision", ("policy",), MAY_15, known_at, [row("decision", source_id="t")])


@pytest.mark.parametrize("parameters", [{"type": "within", "deadline": "P7D"}, {"type": "none_open", "max_age": "P7D"}])
def test_no_cases_seen_by_a_covering_source_did_not_occur(parameters: dict[str, Any]) -> None:
    content = {"kind": "ticket", "about": ["incident"], **parameters}
    test = Measure.model_validate({**content, "zero": "not_occurred"})
    runs = [run("s", "2026-05-14", INCIDENTS)]
    assert outcome_of(test, [], MAY_15, runs=runs)["result"] == "not_occurred"
    assert outcome_of(Measure.model_validate(content), [], MAY_15, runs=runs)["result"] == "no_evidence"
    assert outcome_of(test, [], day("2026-05-22"), runs=runs)["result"] == "no_evidence"


# --- roll-up ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (["pass", "pass"], "pass"),
        (["no_evidence", "no_evidence"], "no_evidence"),
        ([], "no_evidence"),
        (["fail", "no_evidence"], "fail"),
        (["fail", "fail"], "fail"),
        (["pass", "no_evidence"], "partial"),
        (["pass", "fail"], "partial"),
        (["partial", "fail"], "partial"),
        (["partial", "no_evidence"], "partial"),
        (["not_occurred", "not_occurred"], "not_occurred"),
        (["not_occurred", "pass"], "pass"),
        (["not_occurred", "fail"], "fail"),
        (["not_occurred", "no_evidence"], "no_evidence"),
    ],
)
def test_aspect(results: list[str], expected: str) -> None:
    assert rollup.aspect(results) == expected


@pytest.mark.parametrize(
    ("group", "alone", "expected", "until"),
    [
        ([("pass", "2026-07-01"), ("pass", "2026-08-01")], [], "pass", "2026-08-01"),
        ([("pass", "2026-07-01"), ("pass", None)], [], "pass", None),
        ([("pass", "2026-07-01"), ("partial", "2026-06-01"), ("fail", None)], [], "pass", "2026-07-01"),
        ([("not_occurred", None), ("pass", "2026-07-01")], [], "pass", "2026-07-01"),  # a real pass is better
        ([("fail", None), ("no_evidence", None)], [], "fail", None),
        ([("pass", "2026-07-01"), ("fail", None)], [("fail", None)], "partial", "2026-07-01"),
        ([("pass", "2026-07-01"), ("fail", None)], [("pass", "2026-06-01")], "pass", "2026-06-01"),
    ],
)
def test_of_a_group_the_best_counts(
    group: list[tuple[str, str | None]], alone: list[tuple[str, str | None]], expected: str, until: str | None
) -> None:
    content = measure("current", "document")
    named = [(norm_test(content, any_of="proof"), *outcome) for outcome in group]
    named += [(norm_test(content), *outcome) for outcome in alone]
    tested = [(test, Verdict(result, expires_on=day(end) if end else None)) for test, result, end in named]
    best = [outcome for _, outcome in rollup.best_of_groups(tested)]
    assert rollup.aspect([outcome.result for outcome in best]) == expected
    assert rollup.earliest(outcome.expires_on for outcome in best) == (day(until) if until else None)


@pytest.mark.parametrize(
    ("aspects", "not_applicable", "expected"),
    [
        (["pass", "pass", "pass"], False, "voldoet"),
        (["pass", "pass", "pass"], True, "niet_van_toepassing"),
        (["no_evidence", "no_evidence", "no_evidence"], False, "geen_bewijs"),
        (["pass", "no_evidence", "no_evidence"], False, "voldoet_deels"),
        (["partial", "fail", "fail"], False, "voldoet_deels"),
        (["fail", "no_evidence", "fail"], False, "voldoet_niet"),
        (["pass"], False, "voldoet"),
        (["pass", "not_occurred"], False, "voldoet"),
        (["not_occurred", "not_occurred"], False, "geen_bewijs"),
        (["not_occurred", "fail"], False, "voldoet_niet"),
    ],
)
def test_measure(aspects: list[str], not_applicable: bool, expected: str) -> None:
    assert rollup.measure(aspects, not_applicable) == expected


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["niet_van_toepassing"], "niet_van_toepassing"),
        (["niet_van_toepassing", "voldoet"], "voldoet"),
        (["voldoet", "voldoet"], "voldoet"),
        (["geen_bewijs", "geen_bewijs"], "geen_bewijs"),
        (["geen_bewijs", "voldoet_niet"], "voldoet_niet"),
        (["geen_bewijs", "voldoet"], "voldoet_deels"),
        (["voldoet_niet", "voldoet"], "voldoet_deels"),
        (["voldoet_deels", "geen_bewijs"], "voldoet_deels"),
    ],
)
def test_control_and_question(statuses: list[str], expected: str) -> None:
    assert rollup.together(statuses) == expected


@pytest.mark.parametrize(
    ("status", "scale", "expected"),
    [
        ("voldoet", ("Ja", "Gedeeltelijk", "Nee", "N.v.t."), "Ja"),
        ("voldoet_deels", ("Ja", "Gedeeltelijk", "Nee", "N.v.t."), "Gedeeltelijk"),
        ("voldoet_deels", ("Ja", "Nee", "N.v.t."), "Nee"),
        ("voldoet_niet", ("Ja", "Gedeeltelijk", "Nee", "N.v.t."), "Nee"),
        ("niet_van_toepassing", ("Ja", "Gedeeltelijk", "Nee", "N.v.t."), "N.v.t."),
        ("geen_bewijs", ("Ja", "Gedeeltelijk", "Nee", "N.v.t."), None),
    ],
)
def test_answer(status: str, scale: tuple[str, ...], expected: str | None) -> None:
    assert rollup.answer(status, scale) == expected


def statement(applies: bool, approved: str, norm_id: str = "1.1.1", **values: Any) -> Row:
    content = {
        "framework_id": "kader-1",
        "approved_by": "college",
        "risk_analysis": "RA-1",
        "valid_until": day("2028-12-31"),
    }
    content |= values
    return row("applicability", norm_id=norm_id, applies=applies, approved_on=day(approved), **content)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], False),
        ([statement(False, "2026-01-01")], True),
        ([statement(False, "2026-01-01", norm_id="1.1")], True),  # of the control: of its measures too
        ([statement(False, "2026-01-01", norm_id="1.1.2")], False),
        ([statement(False, "2026-01-01", framework_id="kader-2")], False),
        ([statement(False, "2026-05-16")], False),  # not yet approved
        ([statement(False, "2026-01-01", approved_by=None)], False),
        ([statement(False, "2026-01-01", risk_analysis=None)], False),
        ([statement(False, "2026-01-01", risk_analysis="ra-2")], False),  # a name that no record bears
        ([statement(False, "2026-01-01", approved_by="stagiair")], False),
        ([statement(False, "2026-01-01", valid_until=None)], False),
        ([statement(False, "2026-01-01", valid_until=day("2029-01-02"))], False),  # more than three years on
        ([statement(False, "2026-01-01", valid_until=MAY_15)], True),
        ([statement(False, "2026-01-01", valid_until=day("2026-05-14"))], False),
        ([statement(False, "2026-01-01"), statement(True, "2026-02-01")], False),
        ([statement(True, "2026-01-01"), statement(False, "2026-02-01")], True),
        ([statement(True, "2026-01-01"), statement(False, "2026-01-01")], False),  # of one day: it applies
        ([statement(False, "2026-01-01"), statement(True, "2026-02-01", risk_analysis=None)], False),
        ([statement(False, "2026-01-01"), statement(True, "2026-02-01", approved_by=None)], True),
        ([statement(False, "2026-01-01"), statement(True, "2026-02-01", norm_id="1.1")], False),
        ([statement(False, "2026-01-01"), statement(False, "2026-02-01", valid_until=day("2026-03-01"))], True),
    ],
)
def test_not_applicable(statements: list[Row], expected: bool) -> None:
    until = rollup.not_applicable_until(statements, "kader-1", ["1.1.1", "1.1"], {"ra-1"}, MAY_15)
    assert (until is not None) is expected


def serious(**values: Any) -> Row:
    content = {"finding_type": "audit", "norm_ref": "1.1.1", "severity": "high", "state": "open"}
    return row("finding", **content | values)


@pytest.mark.parametrize(
    ("finding", "from_day"),
    [
        (serious(), date.min),  # no term: it contradicts at once
        (serious(severity=None), date.min),  # unknown is serious
        (serious(norm_ref="1.1"), date.min),  # of the control
        (serious(due_at=moment("2026-06-01T12:00")), day("2026-06-02")),
        (serious(severity="medium"), None),
        (serious(finding_type="vulnerability"), None),  # a scanner does not judge norms
        (serious(resolved_at=moment("2026-05-01")), None),
        (serious(norm_ref=None), None),
    ],
)
def test_a_serious_finding_contradicts_the_norm(finding: Row, from_day: date | None) -> None:
    expected = [] if from_day is None else [from_day]
    assert rollup.contradicted_from([finding], {"1.1.1", "1.1"}, set()) == expected
    assert rollup.measure(["pass"], False, is_contradicted=True) == "voldoet_deels"


def test_the_newest_attestation_contradicts_whoever_signed_it() -> None:
    content = {"framework_id": "kader-1", "norm_id": "1.1.1", "aspect": "operation"}
    yes = row("attestation", **content, answer="yes", signed_on=day("2026-04-01"))
    no = row("attestation", **content, answer="no", signed_on=day("2026-05-01"))
    assert rollup.is_denied([yes, no], "kader-1", "1.1.1", MAY_15)
    assert not rollup.is_denied([yes, no], "kader-1", "1.1.1", day("2026-04-30"))
    assert not rollup.is_denied([no, {**yes, "signed_on": MAY_15}], "kader-1", "1.1.1", MAY_15)


def small_world(records: list[tuple[str, Row]]) -> World:
    """Control 1.1 with measures 1.1.1 (design by document, operation by review) and 1.1.2 (attested design), control
    1.2 with a test of its own, a principle about both, and a question on each scale."""
    review = measure("fresh", "access_review", max_age="P1Y")
    attested = measure("attested", "attestation", max_age="P1Y")
    tests = [
        norm_test(measure("current", "document"), test_id="t1", aspect="design", basis="documented"),
        norm_test(review, test_id="t2"),
        norm_test(attested, test_id="t3", norm_id="1.1.2", aspect="design", basis="attested"),
        norm_test(review, test_id="t4", norm_id="1.2"),
    ]
    training = measure("ratio", "training", good="result = 'passed'")
    indicator = Indicator(
        id="P1.1",
        framework_id=PRINCIPLES,
        principle_id="1",
        name_nl="Geslaagd",
        name_en="Passed",
        measure=training,
        unit="%",
        better="higher",
        green=100,
        amber=50,
        weight=2,
        key=True,
        reason_nl="Zonder kennis geen sturing.",
    )
    links = [
        Link(
            framework_id=PRINCIPLES,
            norm_id="1",
            to_framework_id="kader-1",
            to_norm_id=norm_id,
            relation="related",
            weight=weight,
        )
        for norm_id, weight in (("1.1", 1.0), ("1.2", 1.0))
    ]
    questions = [
        Question(
            questionnaire_id="ensia",
            id=f"v{number}",
            text_nl="Voldoet u?",
            text_en="Do you comply?",
            framework_id="kader-1",
            norm_ids=norm_ids,
            **{"scale": scale} if scale else {},
        )
        for number, (norm_ids, scale) in enumerate([(("1.1.1", "1.2"), ()), (("1.1",), ("Ja", "Nee", "N.v.t."))])
    ]
    norms = [norm("1.1", "control"), norm("1.1.1"), norm("1.1.2"), norm("1.1.3", state="withdrawn")]
    norms += [norm("1.2", "control"), norm("1", "principle", PRINCIPLES)]
    return world(
        catalogue(norms, tests, links=links, indicators=[indicator], questions=questions),
        records,
        twins={"result = 'passed'": lambda record, _: record["result"] == "passed"},
    )


REVIEWED = row("access_review", performed_on=day("2026-05-01"), accounts_reviewed=10)


def test_everything_together() -> None:
    records = [
        ("document", document(review="2026-09-01")),
        ("access_review", REVIEWED),
        ("training", row("training", result="passed")),
        ("training", row("training", result="failed")),
    ]
    outcome = assess(small_world(records), MAY_15, datetime(2100, 1, 1), ("design", "operation"))
    measures = {found["norm_id"]: found for found in outcome.measures}
    assert {norm_id: found["status"] for norm_id, found in measures.items()} == {
        "1.1.1": "voldoet",
        "1.1.2": "geen_bewijs",
        "1.2": "voldoet_deels",
    }
    assert (measures["1.1.1"]["basis"], measures["1.1.1"]["expires_on"]) == ("documented", day("2026-09-02"))
    assert (measures["1.1.2"]["basis"], measures["1.1.2"]["expires_on"]) == (None, None)
    assert {found["norm_id"]: found["status"] for found in outcome.controls} == {
        "1.1": "voldoet_deels",
        "1.2": "voldoet_deels",
    }
    assert [(found["value"], found["colour"]) for found in outcome.indicators] == [(50, "oranje")]
    principle = outcome.principles[0]
    assert (principle["status"], principle["score"], principle["coverage"]) == ("oranje", 0.5, 1.0)
    assert [(found["status"], found["answer"]) for found in outcome.answers] == [
        ("voldoet_deels", "Gedeeltelijk"),
        ("voldoet_deels", "Nee"),
    ]


def test_not_applicable_control_takes_its_measures_and_its_weight_along() -> None:
    records = [
        ("applicability", statement(False, "2026-01-01", norm_id="1.1")),
        ("risk", row("risk", process="ra-1")),
        ("access_review", REVIEWED),
    ]
    outcome = assess(small_world(records), MAY_15, datetime(2100, 1, 1), ("operation",))
    assert [found["status"] for found in outcome.measures] == ["niet_van_toepassing", "niet_van_toepassing", "voldoet"]
    assert [found["status"] for found in outcome.controls] == ["niet_van_toepassing", "voldoet"]
    principle = outcome.principles[0]
    assert (principle["weight_known"], principle["weight_total"]) == (1.0, 3.0)
    assert [found["answer"] for found in outcome.answers] == ["Ja", "N.v.t."]


def test_exception_stands_beside_the_status() -> None:
    content = {
        "framework_id": "kader-1",
        "norm_id": "1.1.1",
        "approved_by": "college",
        "approved_on": day("2026-01-01"),
    }
    exceptions = [
        ("exception", row("exception", **content | {"valid_until": day("2026-12-31")})),
        ("exception", row("exception", **content | {"valid_until": day("2026-06-30")})),
        ("exception", row("exception", **content)),  # without an end date it is no exception
        ("exception", row("exception", **content | {"valid_until": day("2027-12-31"), "approved_by": None})),
    ]
    shown = assess(small_world(exceptions), MAY_15, datetime(2100, 1, 1)).measures[0]
    assert (shown["status"], shown["excepted_until"]) == ("geen_bewijs", day("2026-12-31"))
    later = assess(small_world(exceptions), day("2027-01-01"), datetime(2100, 1, 1)).measures[0]
    assert later["excepted_until"] is None


@pytest.mark.parametrize(
    ("indicators", "controls", "status", "score", "coverage"),
    [
        ([("groen", 1, False)], [("voldoet", 1)], "groen", 1.0, 1.0),
        ([("rood", 1, True)], [("voldoet", 9)], "rood", 0.9, 1.0),  # a key sign on red
        ([("oranje", 1, True)], [("voldoet", 9)], "oranje", 0.95, 1.0),  # a key sign short of green
        ([("onbekend", 1, True)], [("voldoet", 9)], "onbekend", 0.9, 0.9),  # a key sign is not known
        ([("onbekend", 1, False)], [("voldoet", 9)], "groen", 0.9, 0.9),
        ([("geen_gevallen", 9, True)], [("voldoet", 1)], "groen", 1.0, 1.0),  # no cases: it does not count
        ([("rood", 1, False)], [("voldoet", 4)], "groen", 0.8, 1.0),
        ([("groen", 3, False)], [("geen_bewijs", 2)], "oranje", 0.6, 0.6),  # what is not known is worth nothing
        ([("groen", 1, False)], [("geen_bewijs", 1)], "onbekend", 0.5, 0.5),
        ([("rood", 1, True)], [("geen_bewijs", 3)], "onbekend", 0.0, 0.25),  # too little is known to say even this
        ([("rood", 1, False)], [("voldoet_deels", 2)], "rood", 1 / 3, 1.0),
        ([("rood", 1, False)], [("voldoet", 1)], "oranje", 0.5, 1.0),
        ([("groen", 1, False)], [("niet_van_toepassing", 9)], "groen", 1.0, 1.0),
        ([], [("niet_van_toepassing", 9)], "onbekend", None, 0.0),
    ],
)
def test_principle(
    indicators: list[tuple[str, float, bool]],
    controls: list[tuple[str, float]],
    status: str,
    score: float | None,
    coverage: float,
) -> None:
    found = rollup.principle(indicators, controls)
    assert found["status"] == status
    assert found["score"] == (None if score is None else pytest.approx(score))
    assert found["coverage"] == pytest.approx(coverage)


@pytest.mark.parametrize(
    ("better", "value", "expected"),
    [
        ("higher", 100, "groen"),
        ("higher", 99.9, "oranje"),
        ("higher", 75, "oranje"),
        ("higher", 74, "rood"),
        ("lower", 75, "groen"),
        ("lower", 100, "oranje"),
        ("lower", 101, "rood"),
        ("higher", None, "onbekend"),
    ],
)
def test_indicator_colour(better: str, value: float | None, expected: str) -> None:
    thresholds = {"green": 100, "amber": 75} if better == "higher" else {"green": 75, "amber": 100}
    indicator = small_world([]).catalogue.indicators[0].model_copy(update={"better": better, **thresholds})
    assert rollup.colour(indicator, value) == expected


def indicator_value(content: dict[str, Any], records: list[tuple[str, Row]], runs: Sequence[SourceRun] = ()) -> Any:
    base = small_world(records)
    indicator = base.catalogue.indicators[0].model_copy(update={"measure": Measure.model_validate(content)})
    base.catalogue = base.catalogue.model_copy(update={"indicators": (indicator,)})
    base.runs = list(runs)
    return assess(base, MAY_15, datetime(2100, 1, 1)).indicators[0]["value"]


def test_indicator_values() -> None:
    reviews = [
        ("access_review", row("access_review", performed_on=day(text), accounts_reviewed=10))
        for text in ("2025-12-31", "2026-02-01")
    ]
    counted = {"type": "count", "kind": "access_review", "window": "cycle"}
    assert indicator_value(counted, reviews) == 1
    assert indicator_value({"type": "count", "kind": "access_review", "max_age": "P6M"}, reviews) == 2
    assert indicator_value(counted, reviews[:1]) is None
    assert indicator_value(counted, [], [run("s", "2026-05-14", ("access_review", ()))]) == 0
    assert indicator_value({"type": "recurring", "kind": "access_review", "every": "P3M"}, reviews) == 1
    assert indicator_value({"type": "current", "kind": "document"}, [("document", document())]) == 1
    assert indicator_value({"type": "current", "kind": "document"}, [("document", document("draft"))]) == 0
    assert indicator_value({"type": "current", "kind": "document"}, []) is None


def test_indicator_per() -> None:
    per = {"type": "per", "kind": "ticket", "divisor": "inhabitants", "window": "cycle", "multiply": 1000.0}
    records = [("ticket", ticket("2026-03-01")), ("ticket", ticket("2026-03-02"))]
    inhabitants = ("measurement", row("measurement", metric="inhabitants", value=80000.0))
    assert indicator_value(per, records) is None
    assert indicator_value(per, [*records, inhabitants]) == pytest.approx(2.5)  # 2 / 80000 × 1000, as a percentage


def test_one_organisation_says_nothing_about_another() -> None:
    base = small_world([("access_review", REVIEWED)])
    base.organisations = ("a", "b")
    outcome = assess(base, MAY_15, datetime(2100, 1, 1))
    assert {found["status"] for found in outcome.measures if found["organisation_id"] == "b"} == {"geen_bewijs"}
    assert "voldoet_deels" in {found["status"] for found in outcome.measures if found["organisation_id"] == "a"}


@pytest.mark.parametrize(
    ("performed", "outcome", "expected"),
    [
        (None, None, "no_evidence"),
        ("2026-02-15", "success", "not_occurred"),
        ("2026-02-14", "success", "no_evidence"),  # older than three months
        ("2026-05-01", "failed", "no_evidence"),  # the alarm did not arrive
        ("2026-05-16", "success", "no_evidence"),  # not yet
    ],
)
def test_no_cases_are_believed_with_a_sign_of_life(performed: str | None, outcome: str | None, expected: str) -> None:
    test = Measure.model_validate({
        "type": "within", "kind": "ticket", "about": ["incident"], "deadline": "P7D", "zero": "not_occurred",
        "sign_of_life": {"kind": "exercise", "about": ["alarm"]},
    })  # fmt: skip
    signs = [row("exercise", exercise_type="alarm", performed_on=day(performed), outcome=outcome)] if performed else []
    small = catalogue([norm("1.1", "control"), norm("1.1.1")], [norm_test(test)])
    content = world(small, [("exercise", sign) for sign in signs], runs=[run("s", "2026-05-14", INCIDENTS)])
    known_at = moment("2026-05-15T12:00")
    assert assess(content, MAY_15, known_at).tests[0]["result"] == expected
    with memory_warehouse() as connection:
        put(connection, content)
        assert computed(connection, content, MAY_15, known_at).tests[0]["result"] == expected
