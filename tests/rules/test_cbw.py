"""The duties of the Cyberbeveiligingswet, each scenario a municipality of its own, all of them assessed side by side: significant
incidents reported in three steps, and a board that is trained in time. The terms are those of articles 24, 26, 27 and 29."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from models.catalogue import Catalogue, Test
from models.loading import load_catalogue
from tests.oracle.records import World
from tests.oracle.sql_engine import computed, put
from tests.reach.honest import AS_OF, KNOWN, HonestWorld, Line, Organisation, evidence_of, runs_of
from warehouse.storage.database import memory_warehouse

CBW = "cbw-2026"
AWARE = datetime(2026, 6, 2, 7, 30)
SETTLED = AWARE + timedelta(days=4)
HOUR = timedelta(hours=1)
STEPS = "CBW-16.1-werking-stappen"
FINAL = "CBW-16.1-werking-eindverslag"
REPORTED = "CBW-15.1-werking-gemeld"
NAMES_A_CASE = "CBW-15.1-werking-hoort-bij"
INFORMED = "CBW-17.1-werking-ingelicht"
CERTIFICATE = "CBW-14.2-bestaan-certificaat"
CURRENT = "CBW-14.2-werking-actueel"
RISKS = (
    "CBW-2.1-opzet-methode", "CBW-2.1-opzet-risicobereidheid", "CBW-2.1-bestaan-overzicht", "CBW-2.1-werking-bijgehouden",
)  # fmt: skip
MENDED_IN_TIME = "CBW-3.1-werking-verbeterd"
EXERCISE = "CBW-5.3-werking-oefening"


def incident(**values: Any) -> Line:
    """A significant incident of which the municipality knew on 2 June, settled four days later."""
    known = {
        "record_key": "I-1", "ticket_type": "incident", "priority": "high", "opened_at": AWARE, "aware_at": AWARE,
        "resolved_at": SETTLED, "labels": ["significant"],
    }  # fmt: skip
    return {**known, **values}


def report(stage: str, moment: datetime, case: str | None = "I-1") -> Line:
    """A report to CSIRT and authority."""
    return {
        "ticket_type": "authority_report", "stage": stage, "relates_to": case, "opened_at": moment, "resolved_at": moment,
    }  # fmt: skip


def reports(
    warned: int = 5, notified: int = 40, final: datetime | None = None, case: str | None = "I-1", last: str = "final"
) -> list[Line]:
    """Warning and notification so many hours after knowing it, and a last report, by default in the third week."""
    return [
        report("early_warning", AWARE + warned * HOUR, case),
        report("notification", AWARE + notified * HOUR, case),
        report(last, final or AWARE + timedelta(days=20), case),
    ]


def told(hours: int = 10) -> Line:
    """A message to those who use the service."""
    moment = AWARE + hours * HOUR
    return {"ticket_type": "recipients_informed", "relates_to": "I-1", "opened_at": moment, "resolved_at": moment}


def at_noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10)


def known_on(day: date, final: date, **values: Any) -> list[Line]:
    """An incident of which the municipality knew on a day, that it notified the same day, with a final report on another."""
    aware = at_noon(day)
    return [
        incident(opened_at=aware, aware_at=aware, resolved_at=aware + HOUR, **values),
        report("early_warning", aware + HOUR),
        report("notification", aware + HOUR),
        report("final", at_noon(final)),
    ]


def board(*days: date | None, **values: Any) -> list[Line]:
    """The college: of each member the day on which the board training was completed, if it was."""
    return [
        {
            "subject": f"lid {number}", "audience": "board", "course": "board_training", "employed_on": date(2022, 7, 1),
            "completed_on": day, "result": "passed" if day else "not_done", **values,
        }
        for number, day in enumerate(days)
    ]  # fmt: skip


# The whole month that follows Thursday 14 May 2026 ends on Sunday 14 June; that which follows 25 April, on Whit Monday.
TICKETS: dict[str, list[Line]] = {
    "all in time": [incident(), *reports(), told()],
    "warned after 23 hours": [incident(), *reports(warned=23)],
    "warned after 25 hours": [incident(), *reports(warned=25)],
    "notified after 71 hours": [incident(), *reports(notified=71)],
    "notified after 73 hours": [incident(), *reports(notified=73)],
    "month ends on a Sunday, final on Monday": known_on(date(2026, 5, 14), date(2026, 6, 15)),
    "month ends on a Sunday, final on Tuesday": known_on(date(2026, 5, 14), date(2026, 6, 16)),
    "month ends on Whit Monday, final on Tuesday": known_on(date(2026, 4, 25), date(2026, 5, 26)),
    "month ends on Whit Monday, final on Wednesday": known_on(date(2026, 4, 25), date(2026, 5, 27)),
    "goes on, with a progress report": [
        incident(resolved_at=None), *reports(final=AWARE + timedelta(days=28), last="interim")
    ],
    "goes on, with nothing after the notification": [incident(resolved_at=None), *reports()[:2]],
    "went on, and a final report within a month of its end": [
        incident(resolved_at=datetime(2026, 8, 3, 9)), *reports(final=AWARE + timedelta(days=28), last="interim"),
        report("final", datetime(2026, 9, 2, 9)),
    ],
    "went on, and no final report after its end": [
        incident(resolved_at=datetime(2026, 8, 3, 9)), *reports(final=AWARE + timedelta(days=28), last="interim")
    ],
    "over in four days, and only a progress report": [
        incident(), *reports(final=AWARE + timedelta(days=28), last="interim")
    ],
    "no report at all": [incident()],
    "reports that name no case": [incident(), *reports(case=None)],
    "reports of another case": [incident(), *reports(case="I-2")],
    "nobody noted when it was known": [incident(aware_at=None), *reports()],
    "no priority, and nothing weighed": [incident(priority=None, labels=[])],
    "serious, and called small without weighing": [incident(labels=["not_significant"])],
    "serious, and weighed as not significant": [incident(labels=["not_significant", "notifiability_assessed"])],
    "small": [incident(priority="low", labels=[])],
    "an outage of five hours called low": [
        incident(priority="low", labels=["service_outage"], resolved_at=AWARE + 5 * HOUR)
    ],
    "an outage of three hours called low": [
        incident(priority="low", labels=["service_outage"], resolved_at=AWARE + 3 * HOUR)
    ],
    "recipients told after four days": [incident(), *reports(), told(96)],
    "recipients never told": [incident(), *reports()],
    "no recipients affected": [incident(labels=["significant", "no_recipients_affected"]), *reports()],
    "no incidents": [],
    "a term that still runs": [
        incident(opened_at=datetime(2026, 11, 19, 9), aware_at=datetime(2026, 11, 19, 9), resolved_at=None)
    ],
}  # fmt: skip
TRAINED = date(2026, 3, 2)
COUNTED = {"metric": "population_count", "object": "bestuurders", "value": 4, "observed_at": datetime(2026, 10, 1, 9)}
TRAININGS: dict[str, list[Line]] = {
    "the whole college trained": board(TRAINED, TRAINED, TRAINED, TRAINED),
    "one of four not yet, with time left": board(TRAINED, TRAINED, TRAINED, None),
    "one failed": [*board(TRAINED, TRAINED, TRAINED), *board(TRAINED, result="failed", subject="gezakt")],
    "trained three years ago": board(*[date(2023, 3, 1)] * 4),
    "a list of one": board(TRAINED),
    "nobody yet, with time left": board(None, None, None, None),
}
RISK = {
    "many": 4, "process": "Proces {n}", "state": "open", "owner": "Afdeling {n}", "residual": 4, "treatment": "mitigate",
    "reviewed_on": date(2026, 3, 2),
}  # fmt: skip
METHOD = {
    "topic": "risk_management_method", "state": "adopted", "adopted_by": "board", "adopted_on": date(2025, 1, 15),
    "review_due": date(2028, 1, 15),
}  # fmt: skip
APPETITE = {"topic": "risk_appetite", "body": "board", "decided_on": date(2025, 5, 6)}
MENDED = {
    "many": 10, "action": "Verbetering {n}", "origin": "audit", "planned_on": date(2026, 1, 12), "due_on": date(2026, 6, 1),
    "done_on": date(2026, 5, 4), "owner": "Beheer",
}  # fmt: skip
EXERCISED = {
    "exercise_type": "incident_exercise",
    "system": "Crisisteam",
    "performed_on": date(2026, 5, 12),
    "outcome": "success",
}
OTHERS: dict[str, dict[str, list[Line]]] = {
    "risks looked after": {"risk": [RISK], "document": [METHOD], "decision": [APPETITE]},
    "a method in draft, and risks of nobody that nobody looked at": {
        "risk": [{**RISK, "owner": None, "reviewed_on": date(2023, 3, 2)}], "document": [{**METHOD, "state": "draft"}],
        "decision": [{**APPETITE, "body": "management_team"}],
    },
    "mended in time": {"improvement": [MENDED]},
    "mended late, or never": {"improvement": [{**MENDED, "done_on": date(2026, 9, 7)}, {**MENDED, "action": "Nooit {n}", "done_on": None}]},
    "the crisis plan exercised": {"exercise": [EXERCISED]},
    "the exercise failed": {"exercise": [EXERCISED, {**EXERCISED, "performed_on": date(2026, 9, 8), "outcome": "failure"}]},
}  # fmt: skip
COVERS = {"ticket": ["incident", "data_breach", "authority_report", "recipients_informed"]}
EXPECTED: dict[str, dict[str, str]] = {
    "all in time": {STEPS: "pass", FINAL: "pass", REPORTED: "pass", NAMES_A_CASE: "pass", INFORMED: "pass"},
    "warned after 23 hours": {STEPS: "pass"},
    "warned after 25 hours": {STEPS: "fail"},
    "notified after 71 hours": {STEPS: "pass", REPORTED: "pass"},
    "notified after 73 hours": {STEPS: "fail", REPORTED: "fail"},
    "month ends on a Sunday, final on Monday": {STEPS: "pass", FINAL: "pass"},
    "month ends on a Sunday, final on Tuesday": {STEPS: "fail", FINAL: "fail"},
    "month ends on Whit Monday, final on Tuesday": {STEPS: "pass", FINAL: "pass"},
    "month ends on Whit Monday, final on Wednesday": {STEPS: "fail", FINAL: "fail"},
    "goes on, with a progress report": {STEPS: "pass", FINAL: "not_occurred"},
    "goes on, with nothing after the notification": {STEPS: "fail"},
    "went on, and a final report within a month of its end": {STEPS: "pass", FINAL: "pass"},
    "went on, and no final report after its end": {STEPS: "pass", FINAL: "fail"},
    "over in four days, and only a progress report": {FINAL: "fail"},
    "no report at all": {STEPS: "fail", FINAL: "fail", REPORTED: "fail"},
    "reports that name no case": {STEPS: "fail", FINAL: "fail", REPORTED: "fail", NAMES_A_CASE: "fail"},
    "reports of another case": {STEPS: "fail", REPORTED: "fail"},
    "nobody noted when it was known": {STEPS: "fail", REPORTED: "fail"},
    "no priority, and nothing weighed": {STEPS: "fail"},
    "serious, and called small without weighing": {STEPS: "fail"},
    "serious, and weighed as not significant": {STEPS: "not_occurred"},
    "small": {STEPS: "not_occurred"},
    "an outage of five hours called low": {STEPS: "fail"},
    "an outage of three hours called low": {STEPS: "not_occurred"},
    "recipients told after four days": {INFORMED: "fail"},
    "recipients never told": {INFORMED: "fail"},
    "no recipients affected": {INFORMED: "not_occurred"},
    "no incidents": {STEPS: "not_occurred", FINAL: "not_occurred", REPORTED: "not_occurred"},
    "a term that still runs": {STEPS: "fail", REPORTED: "not_occurred"},
    "risks looked after": dict.fromkeys(RISKS, "pass"),
    "a method in draft, and risks of nobody that nobody looked at": {
        RISKS[0]: "fail",
        RISKS[1]: "no_evidence",
        RISKS[2]: "fail",
        RISKS[3]: "fail",
    },
    "mended in time": {MENDED_IN_TIME: "pass"},
    "mended late, or never": {MENDED_IN_TIME: "fail"},
    "the crisis plan exercised": {EXERCISE: "pass"},
    "the exercise failed": {EXERCISE: "partial"},
    "the whole college trained": {CERTIFICATE: "pass", CURRENT: "pass"},
    "one of four not yet, with time left": {CERTIFICATE: "pass", CURRENT: "pass"},
    "one failed": {CERTIFICATE: "fail", CURRENT: "fail"},
    "trained three years ago": {CERTIFICATE: "pass", CURRENT: "fail"},
    "a list of one": {CERTIFICATE: "no_evidence"},
    "nobody yet, with time left": {CERTIFICATE: "no_evidence"},
}


def _scenarios() -> list[Organisation]:
    worlds = {name: {"ticket": lines} for name, lines in TICKETS.items()}
    worlds |= {name: {"training": lines, "measurement": [COUNTED]} for name, lines in TRAININGS.items()}
    worlds |= OTHERS
    return [Organisation(name, HonestWorld("CBW-16.1", 1, evidence, COVERS)) for name, evidence in worlds.items()]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The framework of the law, with the tests that it does not take from the BIO2."""
    whole = load_catalogue(["bio2-1.3", CBW])
    tests = [
        test
        for test in whole.tests
        if test.framework_id == CBW and test.id in {name for each in EXPECTED.values() for name in each}
    ]
    return whole.model_copy(update={"tests": tuple(tests)})


@pytest.fixture(scope="module")
def results(catalogue: Catalogue) -> dict[tuple[str, str], str]:
    scenarios = _scenarios()
    content = World(
        catalogue,
        [each.name for each in scenarios],
        evidence_of(scenarios),
        [run for each in scenarios for run in runs_of(each)],
    )
    with memory_warehouse() as connection:
        put(connection, content)
        outcome = computed(connection, content, AS_OF, KNOWN)
    return {(test["organisation_id"], test["test_id"]): test["result"] for test in outcome.tests}


@pytest.mark.parametrize("scenario", EXPECTED)
def test_the_law_is_kept_or_broken(results: dict[tuple[str, str], str], scenario: str) -> None:
    assert {name: results[scenario, name] for name in EXPECTED[scenario]} == EXPECTED[scenario]


def test_every_scenario_is_expected_to_come_to_something() -> None:
    assert EXPECTED.keys() == TICKETS.keys() | TRAININGS.keys() | OTHERS.keys()


def test_every_test_of_the_law_itself_passes_somewhere(catalogue: Catalogue) -> None:
    passing = {name for each in EXPECTED.values() for name, result in each.items() if result == "pass"}
    own = {
        test.id for test in load_catalogue(["bio2-1.3", CBW]).tests if test.framework_id == CBW and not _is_shared(test)
    }
    assert passing == own


def _is_shared(test: Test) -> bool:
    """Whether a test is one of the BIO2: behind the number of the requirement its name holds that of its norm."""
    number, _, _ = test.id.removeprefix(f"{test.norm_id}-").partition("-")
    return any(norm.id == number for norm in load_catalogue(["bio2-1.3"]).norms)
