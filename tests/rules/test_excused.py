"""Who or what is excused is left out of tests and shown; when that is many, the test is partial at most (domain.md section 4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import pytest

from models.catalogue import Measure
from models.duration import Duration
from models.selection import Moment, NumberedTest
from models.verdict import SCHEMA, evidence_relations, kept, record_verdicts
from tests.oracle.records import Row, SourceRun, World
from tests.oracle.rows import catalogue, day, identity, measure, moment, norm, norm_test, row
from tests.oracle.sql_engine import computed, put
from warehouse.storage.database import memory_warehouse

AS_OF, KNOWN = day("2026-05-15"), moment("2026-05-15T12:00")
TRAINED = measure("ratio", "training", about=["secure_coding"], good="result = 'passed'", pass_at=0.9)
SOLVED = measure("within", "ticket", about=["data_breach"], deadline="P14D", pass_at=0.9)
ROLES = ("CISO", "HR-adviseur")


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = memory_warehouse()
    yield opened
    opened.close()


def recorded(kind: str, number: int, **values: Any) -> Row:
    return row(
        kind, **values, source_id="bron", record_key=f"{kind}-{number}", evidence_id=identity(number),
        recorded_at=moment("2026-01-05T03:00"),
    )  # fmt: skip


def trained(number: int, *, is_done: bool = True, course: str = "secure_coding") -> Row:
    done = {"completed_on": day("2026-02-01"), "result": "passed"} if is_done else {}
    return recorded(
        "training", number, subject=f"p-{number}", audience="employee", course=course, employed_on=day("2024-01-01"), **done
    )  # fmt: skip


def breach(number: int, resolved: str, **values: Any) -> Row:
    return recorded(
        "ticket", number, ticket_type="data_breach", opened_at=moment("2026-02-01T09:00"), resolved_at=moment(resolved), **values
    )  # fmt: skip


def excuse(**values: Any) -> Row:
    content = {
        "record_kind": "training", "subject": "p-99", "reason": "langdurig verlof", "given_by": "HR-adviseur",
        "given_on": day("2026-02-01"), "valid_until": day("2026-12-31"),
    }  # fmt: skip
    return recorded("excused", 500, **content | values)


def outcome(
    connection: duckdb.DuckDBPyConnection, test: Measure, runs: Sequence[SourceRun] = (), **evidence: list[Row]
) -> tuple[Any, ...]:
    roles = [
        recorded("register_entry", 900 + n, register="role", name=role, owner="Iemand") for n, role in enumerate(ROLES)
    ]
    content = catalogue([norm("1.1", "control"), norm("1.1.1")], [norm_test(test)])
    world = World(content, ["a"], {"register_entry": roles, **evidence}, list(runs))
    put(connection, world)
    computed(connection, world, AS_OF, KNOWN)
    columns = "result, reason, numerator, denominator"
    [found] = connection.execute(f"SELECT {columns} FROM new_test_result WHERE purpose = 'norm'").fetchall()
    return found


def test_who_is_excused_is_left_out(connection: duckdb.DuckDBPyConnection) -> None:
    people = [*(trained(number) for number in range(30)), *(trained(99 + n, is_done=False) for n in range(4))]
    assert outcome(connection, TRAINED, training=people)[0] == "fail"
    assert outcome(connection, TRAINED, training=people, excused=[excuse()])[2:] == (30, 33)
    assert outcome(connection, TRAINED, training=people, excused=[excuse()])[0] == "pass"


@pytest.mark.parametrize(
    "change",
    [
        {"valid_until": None},
        {"valid_until": day("2026-05-14")},
        {"given_on": day("2026-05-16")},
        {"given_by": None},
        {"given_by": "stagiair"},  # a role that nobody holds
        {"reason": None},
        {"record_kind": "ticket"},
        {"subject": None},
        {"subject": "p-98"},
    ],
)
def test_what_does_not_say_all_of_it_excuses_nobody(
    connection: duckdb.DuckDBPyConnection, change: dict[str, Any]
) -> None:
    people = [*(trained(number) for number in range(30)), *(trained(99 + n, is_done=False) for n in range(4))]
    assert outcome(connection, TRAINED, training=people, excused=[excuse(**change)]) == ("fail", "share", 30, 34)


def test_where_many_are_excused_the_test_is_partial(connection: duckdb.DuckDBPyConnection) -> None:
    people = [*(trained(number) for number in range(30)), trained(99, is_done=False), trained(100, is_done=False)]
    both = [excuse(), excuse(subject="p-100") | {"evidence_id": identity(501), "record_key": "excused-501"}]
    assert outcome(connection, TRAINED, training=people, excused=both) == ("partial", "many_excused", 30, 30)


def test_who_is_excused_is_still_on_the_list(connection: duckdb.DuckDBPyConnection) -> None:
    aware = TRAINED.model_copy(update={"about": ("awareness",)})
    people = [
        *(trained(number, course="awareness") for number in range(30)),
        trained(99, is_done=False, course="awareness"),
    ]
    counted = recorded("measurement", 700, metric="employees", value=31.0, observed_at=moment("2026-05-01T09:00"))
    assert outcome(connection, aware, training=people, measurement=[counted], excused=[excuse()])[0] == "pass"
    more = counted | {"value": 33.0}
    assert outcome(connection, aware, training=people, measurement=[more], excused=[excuse()])[1] == "unlisted_members"


def test_a_case_is_excused_by_another_than_its_owner(connection: duckdb.DuckDBPyConnection) -> None:
    cases = [breach(number, "2026-02-03T09:00", owner="CISO") for number in range(1, 25)]
    late = breach(99, "2026-04-30T09:00", owner="CISO")
    more = [
        *cases,
        late,
        late | {"evidence_id": identity(98), "record_key": "ticket-98"},
        breach(97, "2026-04-30T09:00"),
    ]
    assert outcome(connection, SOLVED, ticket=more)[0] == "fail"
    of_case = {"record_kind": "ticket", "subject": None, "record_ref": "Ticket-99"}
    assert outcome(connection, SOLVED, ticket=more, excused=[excuse(**of_case)])[0] == "pass"
    assert outcome(connection, SOLVED, ticket=more, excused=[excuse(**of_case, given_by="CISO")])[0] == "fail"
    # a title is no key: many cases may have the same
    named = [case | {"title": "Datalek"} for case in more]
    assert (
        outcome(connection, SOLVED, ticket=named, excused=[excuse(**of_case | {"record_ref": "Datalek"})])[0] == "fail"
    )
    # of a case of nobody only those who answer for the organisation can say so
    of_nobody = of_case | {"record_ref": "ticket-97"}
    assert outcome(connection, SOLVED, ticket=more, excused=[excuse(**of_nobody)])[0] == "fail"
    assert outcome(connection, SOLVED, ticket=more, excused=[excuse(**of_nobody, given_by="college")])[0] == "pass"


def test_where_every_case_is_excused_nothing_was_judged(connection: duckdb.DuckDBPyConnection) -> None:
    """Nor did it not occur, though a source covers such cases."""
    covered = SourceRun("a", "bron", AS_OF, KNOWN, "ok", Duration.parse("P1D"), (("ticket", ("data_breach",)),))
    may_be_none = SOLVED.model_copy(update={"zero": "not_occurred"})
    assert outcome(connection, may_be_none, [covered])[0] == "not_occurred"
    late = {"ticket": [breach(99, "2026-04-30T09:00", owner="CISO")]}
    assert outcome(connection, may_be_none, [covered], **late)[0] == "fail"
    excused = excuse(record_kind="ticket", subject=None, record_ref="ticket-99")
    assert outcome(connection, may_be_none, [covered], **late, excused=[excused])[:2] == ("no_evidence", "many_excused")


def test_an_excused_record_is_listed_as_such(connection: duckdb.DuckDBPyConnection) -> None:
    people = [trained(1), trained(99, is_done=False)]
    outcome(connection, TRAINED, training=people, excused=[excuse()])
    at = Moment(AS_OF, KNOWN, AS_OF)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    for statement in evidence_relations(at, ()):
        connection.execute(kept(statement, at))
    verdicts = kept(record_verdicts([NumberedTest(0, TRAINED)], at), at)
    told = connection.execute(
        f"SELECT record_key, verdict, mark, in_denominator FROM ({verdicts}) ORDER BY ALL"
    ).fetchall()
    assert told == [("training-1", "good", None, True), ("training-99", "left_out", "excused", False)]
