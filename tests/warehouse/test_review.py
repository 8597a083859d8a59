"""Decisions of reviewers over runs, years and organisations, on a small catalogue and the real assessment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from models.errors import NotFound
from tests.small import AS_OF, KNOWN, catalogue_of, insert, norm_of, test_of, warehouse_of
from warehouse.engine.assessment import assess
from warehouse.reading.read import Published
from warehouse.reading.reviews import Overrule, ReviewError, all_overrules, present_reviews
from warehouse.storage.database import State, transaction
from warehouse.year.review import confirm, store_overrules, withdraw

CATALOGUE = catalogue_of(
    [test_of("beleid", "5.1", "design", type="current", kind="document")],
    [norm_of("5.1", "control", theme="organisational")],
)
ADOPTED = {"topic": "x", "state": "adopted", "adopted_on": date(2026, 1, 5), "review_due": date(2028, 1, 1)}


def run(connection: duckdb.DuckDBPyConnection, number: int, as_of: date = AS_OF) -> None:
    """One run: the assessment and its row."""
    known = KNOWN + timedelta(days=number)
    with transaction(connection):
        assess(connection, CATALOGUE, run_no=number, as_of=as_of, known_at=known, aspects=("design",))
        connection.execute(
            "INSERT INTO ops.run (run_id, run_no, as_of, known_at, started_at, finished_at, state, catalogue_digest) "
            "VALUES (?, ?, ?, ?, ?, ?, 'ok', ?)",
            [f"run{number}", number, as_of, known, known, known, CATALOGUE.digest],
        )


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    made = warehouse_of(CATALOGUE, ("gemeente", "waterschap"))
    run(made, 1)
    return made


def over(connection: duckdb.DuckDBPyConnection) -> Published:
    return Published(State(Path()), connection)


DECISION = Overrule("gemeente", 2026, "vragen", "1", "answer", None, "Gedeeltelijk", None, "geen_bewijs", 1)


def keep(connection: duckdb.DuckDBPyConnection, *overrules: Overrule) -> int:
    return store_overrules(connection, overrules, reviewer="R. Ziener", reason="zelf gezien")


def answer(connection: duckdb.DuckDBPyConnection, organisation: str = "gemeente") -> dict[str, Any]:
    [row] = over(connection).rows("SELECT * FROM assess.reviewed_answer WHERE organisation_id = ?", [organisation])
    return row


def test_the_overrule_wins_and_the_proposal_stays(connection: duckdb.DuckDBPyConnection) -> None:
    assert answer(connection)["answer"] is None
    assert keep(connection, DECISION, replace(DECISION, field="owner", new_value="CISO")) == 2
    row = answer(connection)
    assert (row["answer"], row["proposed_answer"], row["answered_by"]) == ("Gedeeltelijk", None, "reviewer")
    assert (row["owner"], row["reviewer"], row["reason"]) == ("CISO", "R. Ziener", "zelf gezien")
    other = answer(connection, "waterschap")
    assert (other["answer"], other["answered_by"], other["reviewer"]) == (None, "proposal", None)


def test_another_explanation_leaves_the_answer_a_proposal(connection: duckdb.DuckDBPyConnection) -> None:
    keep(connection, replace(DECISION, field="explanation", new_value="Zie de notulen."))
    row = answer(connection)
    assert (row["answer"], row["answered_by"], row["explanation"]) == (None, "proposal", "Zie de notulen.")


def test_it_survives_runs_and_is_marked_when_the_proposal_changes(connection: duckdb.DuckDBPyConnection) -> None:
    keep(connection, DECISION)
    run(connection, 2)
    assert answer(connection)["look_again"] is False
    number = insert(connection, "document", **ADOPTED)
    run(connection, 3)
    row = answer(connection)
    assert (row["answer"], row["proposed_answer"], row["look_again"]) == ("Gedeeltelijk", "Ja", True)
    assert present_reviews(over(connection), "gemeente")["vragen", "1"].look_again
    assert all_overrules(over(connection), "gemeente")[0]["state"] == "look_again"
    assert confirm(connection, over(connection), "gemeente", "1", reviewer="R. Ziener", reason="blijft zo") == 1
    row = answer(connection)
    assert (row["answer"], row["look_again"], row["reason"]) == ("Gedeeltelijk", False, "blijft zo")
    connection.execute("DELETE FROM evidence.document WHERE evidence_id = ?", [number])
    run(connection, 4)
    assert answer(connection)["look_again"] is True


def test_withdrawn_the_proposal_counts_and_everything_stays_readable(connection: duckdb.DuckDBPyConnection) -> None:
    keep(connection, DECISION)
    keep(connection, replace(DECISION, new_value="Nee"))
    assert answer(connection)["answer"] == "Nee"
    assert withdraw(connection, over(connection), "gemeente", "1", reviewer="B", reason="vergissing") == 1
    row = answer(connection)
    assert (row["answer"], row["answered_by"]) == (None, "proposal")
    told = [(row["new_value"], row["state"]) for row in all_overrules(over(connection), "gemeente")]
    assert told == [(None, "withdrawn"), ("Nee", "replaced"), ("Gedeeltelijk", "replaced")]
    with pytest.raises(NotFound, match="vraag 1 "):
        withdraw(connection, over(connection), "gemeente", "1", reviewer="B", reason="nog eens")


def test_a_decision_holds_for_its_year(connection: duckdb.DuckDBPyConnection) -> None:
    keep(connection, DECISION)
    run(connection, 2, date(2027, 1, 4))
    assert answer(connection)["answer"] is None
    assert all_overrules(over(connection), "gemeente")[0]["state"] == "another_year"


@pytest.mark.parametrize(("reviewer", "reason"), [("", "zo"), ("iemand", "  ")])
def test_without_name_or_reason_nothing_is_kept(
    connection: duckdb.DuckDBPyConnection, reviewer: str, reason: str
) -> None:
    with pytest.raises(ReviewError, match="ontbreekt"):
        store_overrules(connection, [DECISION], reviewer=reviewer, reason=reason)
    assert all_overrules(over(connection), "gemeente") == []


def test_all_or_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    broken = replace(DECISION, year="dit is geen jaar")  # type: ignore[arg-type]
    with pytest.raises(duckdb.Error):
        keep(connection, DECISION, broken)
    assert all_overrules(over(connection), "gemeente") == []


def test_decisions_are_numbered_in_order(connection: duckdb.DuckDBPyConnection) -> None:
    keep(connection, DECISION)
    keep(connection, DECISION, DECISION)
    rows = over(connection).rows("SELECT overrule_no, reviewed_at FROM assess.overrule ORDER BY overrule_no")
    assert [row["overrule_no"] for row in rows] == [1, 2, 3]
    assert all(isinstance(row["reviewed_at"], datetime) for row in rows)
