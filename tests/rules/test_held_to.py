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


def result(
    connection: duckdb.DuckDBPyConnection, test: Measure, rows: list[Row], read_from: datetime | None = None
) -> str:
    runs = [SourceRun("a", "bron", day("2026-05-14"), read_from or FIRST_NIGHT, "ok", Duration(days=7))]
    content = catalogue([norm("1.1", "control"), norm("1.1.1")], [norm_test(test)])
    put(connection, World(content, ["a"], {test.kind: rows}, runs))
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
