"""What an organisation said keeps counting after it says otherwise: a term that was moved, a case that was called something else,
a priority that was lowered, an act that is first told of months later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb
import pytest

from models.catalogue import Measure
from models.duration import Duration
from tests.oracle.records import Row, SourceRun, World
from tests.oracle.rows import catalogue, day, identity, measure, moment, norm, norm_test, row
from tests.oracle.sql_engine import computed, put
from warehouse.storage.database import memory_warehouse

FIRST_NIGHT, SECOND_NIGHT, KNOWN = (
    moment(text) for text in ("2026-05-10T03:00", "2026-05-11T03:00", "2026-05-15T12:00")
)
AS_OF = day("2026-05-15")


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = memory_warehouse()
    yield opened
    opened.close()


def versions(kind: str, *said: dict[str, Any]) -> list[Row]:
    """A record as it was said on the first night, and again on the second: the last is the present version."""
    nights = (FIRST_NIGHT, SECOND_NIGHT)[-len(said) :] if len(said) < 2 else (FIRST_NIGHT, SECOND_NIGHT)
    rows = []
    for number, content in enumerate(said):
        is_last = number == len(said) - 1
        rows.append(
            row(kind, **content, source_id="bron", record_key="M-1", evidence_id=identity(number + 1),
                recorded_at=nights[number], retired_at=None if is_last else nights[number + 1])
        )  # fmt: skip
    return rows


ROLES = [
    row("register_entry", register="role", name="Controller", owner="Concernstaf", source_id="rollen", record_key="C",
        evidence_id=identity(95), recorded_at=FIRST_NIGHT)
]  # fmt: skip


def result(
    connection: duckdb.DuckDBPyConnection,
    test: Measure,
    rows: list[Row],
    read_from: datetime | None = None,
    explanations: list[Row] | None = None,
) -> str:
    runs = [SourceRun("a", "bron", day("2026-05-14"), read_from or FIRST_NIGHT, "ok", Duration(days=7))]
    content = catalogue([norm("1.1", "control"), norm("1.1.1")], [norm_test(test)])
    evidence = {"register_entry": ROLES, "explanation": explanations or []}
    evidence[test.kind] = [*evidence.get(test.kind, []), *rows]
    put(connection, World(content, ["a"], evidence, runs))
    [outcome] = computed(connection, World(content, ["a"]), AS_OF, KNOWN).tests
    return str(outcome["result"])


TICKET = {"ticket_type": "incident", "opened_at": moment("2026-04-20"), "due_at": moment("2026-05-01")}
ON_TIME = measure("within", "ticket", about=["incident"], deadline="due")


def test_a_term_that_was_moved_still_runs(connection: duckdb.DuckDBPyConnection) -> None:
    moved = {**TICKET, "due_at": moment("2026-06-01")}
    assert result(connection, ON_TIME, versions("ticket", moved)) == "no_evidence"  # its term runs
    assert result(connection, ON_TIME, versions("ticket", TICKET, moved)) == "fail"
    assert result(connection, ON_TIME, versions("ticket", TICKET, {**TICKET, "due_at": None})) == "fail"


def test_a_case_that_is_called_something_else_is_still_a_case(connection: duckdb.DuckDBPyConnection) -> None:
    request = {**TICKET, "ticket_type": "request"}
    assert result(connection, ON_TIME, versions("ticket", request)) == "no_evidence"
    assert result(connection, ON_TIME, versions("ticket", TICKET, request)) == "fail"
    settled = {**request, "resolved_at": moment("2026-04-30")}
    assert result(connection, ON_TIME, versions("ticket", TICKET, settled)) == "pass"


def test_a_lowered_priority_does_not_count(connection: duckdb.DuckDBPyConnection) -> None:
    test = measure("none_open", "finding", max_age="P7D", where="severity = 'critical'")
    finding = {"finding_type": "vulnerability", "first_seen": moment("2026-04-01"), "severity": "critical"}
    lowered = {**finding, "severity": "low"}
    assert result(connection, test, versions("finding", lowered)) == "no_evidence"
    assert result(connection, test, versions("finding", finding, lowered)) == "fail"


def test_an_act_first_told_of_long_after_it_is_no_proof(connection: duckdb.DuckDBPyConnection) -> None:
    test = measure("fresh", "access_review", max_age="P1Y")
    review = {"performed_on": day("2026-03-01"), "accounts_reviewed": 12}
    read_long_before, first_read = moment("2026-01-05T03:00"), FIRST_NIGHT
    assert result(connection, test, versions("access_review", review), first_read) == "pass"  # the list is new to us
    assert result(connection, test, versions("access_review", review), read_long_before) == "fail"
    recent = {**review, "performed_on": day("2026-05-01")}
    assert result(connection, test, versions("access_review", recent), read_long_before) == "pass"


# --- explanations ----------------------------------------------------------------------------------------------------


def explained(kind: str = "ticket", **values: Any) -> list[Row]:
    content = {
        "record_kind": kind, "record_ref": "m-1 ", "reason": "De datum was verkeerd ingevoerd.", "given_by": "controller",
        "given_on": day("2026-05-11"), "source_id": "bron", "record_key": "E-1", "evidence_id": identity(90),
        "recorded_at": SECOND_NIGHT,
    }  # fmt: skip
    return [row("explanation", **content | values)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "no_evidence"),  # accepted: the new term runs
        ({"reason": None}, "fail"),
        ({"record_ref": "M-2"}, "fail"),
        ({"record_kind": "finding"}, "fail"),
        ({"given_on": day("2026-05-10")}, "fail"),  # before the change: it cannot be about it
        ({"given_on": day("2026-06-01")}, "fail"),  # not yet
        ({"given_by": " Servicedesk"}, "fail"),  # the owner himself
        ({"given_by": "stagiair"}, "fail"),  # a role that nobody holds
        ({"valid_until": day("2026-05-14")}, "fail"),
    ],
)
def test_another_role_may_accept_a_change(
    connection: duckdb.DuckDBPyConnection, values: dict[str, Any], expected: str
) -> None:
    told = {**TICKET, "owner": "servicedesk"}
    rows = versions("ticket", told, {**told, "due_at": moment("2026-06-01")})
    assert result(connection, ON_TIME, rows, explanations=explained(**values)) == expected


def test_of_an_unknown_owner_only_who_answers_for_the_organisation_may(connection: duckdb.DuckDBPyConnection) -> None:
    rows = versions("ticket", TICKET, {**TICKET, "due_at": moment("2026-06-01")})
    assert result(connection, ON_TIME, rows, explanations=explained()) == "fail"
    assert result(connection, ON_TIME, rows, explanations=explained(given_by="College")) == "no_evidence"


# --- named things that left their list -------------------------------------------------------------------------------

OWNED = measure("ratio", "register_entry", about=["asset"], where="critical", good="owner IS NOT NULL", pass_at=1.0)
GOOD = {"register": "asset", "name": "Alfa", "critical": True, "owner": "team"}
BAD = {"register": "asset", "name": "Beta", "critical": True, "owner": None}


def listed(*things: dict[str, Any]) -> list[Row]:
    """Things in the register: each with the nights on which it was (`first` and `last`), else always."""
    return [
        row("register_entry", source_id="bron", record_key=f"R-{number}", evidence_id=identity(number + 1),
            recorded_at=thing.get("first", FIRST_NIGHT), retired_at=thing.get("last"),
            **{name: value for name, value in thing.items() if name not in ("first", "last")})
        for number, thing in enumerate(things)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        (BAD, "fail"),  # still there
        ({**BAD, "last": SECOND_NIGHT}, "fail"),  # taken out of the list
        ({**BAD, "last": SECOND_NIGHT, "valid_until": day("2026-05-09")}, "pass"),  # it had ended
        ({**BAD, "last": SECOND_NIGHT, "valid_until": day("2027-01-01")}, "fail"),  # it had not
        ({**GOOD, "name": "Gamma", "last": SECOND_NIGHT}, "pass"),
        ({**BAD, "name": "alfa ", "last": SECOND_NIGHT}, "pass"),  # under another key it is there
    ],
)
def test_a_thing_that_left_its_list_counts_when_it_counts_against(
    connection: duckdb.DuckDBPyConnection, gone: dict[str, Any], expected: str
) -> None:
    capped = {"pass": "partial"}  # the list is compared with nothing
    assert result(connection, OWNED, listed(GOOD, gone)) == capped.get(expected, expected)


def test_a_list_that_was_emptied_proves_nothing_good(connection: duckdb.DuckDBPyConnection) -> None:
    assert result(connection, OWNED, listed({**GOOD, "last": SECOND_NIGHT})) == "no_evidence"


def test_that_it_left_can_be_explained(connection: duckdb.DuckDBPyConnection) -> None:
    rows = listed(GOOD, {**BAD, "owner": "team b", "classification": "laag", "last": SECOND_NIGHT})
    test = OWNED.model_copy(update={"good": "owner = 'team'"})
    assert result(connection, test, rows) == "fail"
    explanation = explained("register_entry", record_ref="beta")
    assert result(connection, test, rows, explanations=explanation) == "partial"


def test_what_was_critical_stays_so_until_that_is_explained(connection: duckdb.DuckDBPyConnection) -> None:
    before = {**BAD, "owner": "team b"}
    changed = [*versions("register_entry", before, {**before, "critical": False})]
    good = listed(GOOD)[0] | {"record_key": "R-9", "evidence_id": identity(9)}
    test = OWNED.model_copy(update={"good": "owner = 'team'"})
    assert result(connection, test, [*changed, good]) == "fail"
    explanation = explained("register_entry")
    assert result(connection, test, [*changed, good], explanations=explanation) == "partial"


# --- who judges his own ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owner", "expected"), [("proceseigenaar", "pass"), (" College", "fail"), (None, "fail"), ("directie", "pass")]
)
def test_a_risk_is_accepted_by_another_than_whose_it_is(
    connection: duckdb.DuckDBPyConnection, owner: str | None, expected: str
) -> None:
    test = measure("ratio", "risk", good="accepted_by IS NOT NULL", pass_at=1.0)
    risk = {"process": "burgerzaken", "owner": owner, "accepted_by": "college", "accepted_on": day("2026-03-01")}
    assert result(connection, test, versions("risk", risk)) == expected
