"""What is known of a kind of evidence: whether a source of it was read, whole and fresh, and if not, which and since when."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from models.kind import kinds
from tests.small import AS_OF, empty_warehouse, insert
from warehouse.reading.read import Published
from warehouse.reading.shapes import ImprovementCount
from warehouse.storage.database import State

LAST_WEEK = AS_OF - timedelta(days=7)


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    """Two nights of one organisation without any source."""
    connection = empty_warehouse()
    connection.execute("INSERT INTO ops.organisation VALUES ('gemeente', 'Gemeente', 'gemeente')")
    for number, day in enumerate((LAST_WEEK, AS_OF), 1):
        connection.execute(
            "INSERT INTO ops.run (run_id, run_no, as_of, known_at, state) VALUES (?, ?, ?, ?, 'ok')",
            [f"run-{number}", number, day, _moment(day)],
        )
    return connection


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 2, 15)


def _read(
    connection: duckdb.DuckDBPyConnection,
    run: int,
    *,
    source: str = "register",
    status: str = "ok",
    complete: bool = True,
    kinds: tuple[str, ...] = ("risk",),
    fresh_for: int = 30,
    rejected: tuple[str, ...] = (),
) -> None:
    """One reading of a source, as a run notes it; `rejected` are the keys of rows that were kept out."""
    day = (LAST_WEEK, AS_OF)[run - 1]
    row: dict[str, Any] = {
        "run_id": f"run-{run}", "organisation_id": "gemeente", "source_id": source, "title": source.capitalize(),
        "as_of": day, "recorded_at": _moment(day), "status": status, "complete": complete,
        "fresh_until": day + timedelta(days=fresh_for) if status == "ok" else None,
    }  # fmt: skip
    connection.execute(
        f"INSERT INTO ops.source_run ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values())
    )
    for kind in kinds:
        connection.execute("INSERT INTO ops.source_kind VALUES (?, 'gemeente', ?, ?)", [f"run-{run}", source, kind])
    for key in rejected:
        connection.execute(
            "INSERT INTO ops.quarantine (run_id, organisation_id, source_id, kind, record_key) VALUES (?, 'gemeente', ?, 'risk', ?)",
            [f"run-{run}", source, key],
        )


def _unknown(connection: duckdb.DuckDBPyConnection, kind: str = "risk") -> list[tuple[str | None, str, date | None]]:
    """(source, state, day of the last good reading) of what is not known; and that `kind_known` says the same."""
    published = Published(State(Path()), connection)
    parts = [(part.source_id, part.state, part.read_on) for part in published.unknown_parts("gemeente", kind)]
    [row] = published.rows("FROM reading.kind_known WHERE kind = ?", [kind])
    assert row["whole"] == (not parts)
    return parts


def test_without_a_source_nothing_is_known(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert _unknown(warehouse) == [(None, "no_source", None)]
    whole = warehouse.execute("SELECT count(*), count(*) FILTER (whole) FROM reading.kind_known").fetchone()
    assert whole == (len(kinds()), 0)


def test_a_source_that_was_read_whole_and_in_time_is_known(warehouse: duckdb.DuckDBPyConnection) -> None:
    _read(warehouse, 2)
    assert _unknown(warehouse) == []
    assert _unknown(warehouse, "improvement") == [(None, "no_source", None)]


@pytest.mark.parametrize(
    ("newest", "state"),
    [
        ({"status": "failed"}, "failed"),
        ({"status": "degraded"}, "held_back"),
        ({"fresh_for": -1}, "stale"),
        ({"rejected": ("R-1", "R-2")}, "rejected"),
    ],
)
def test_what_is_wrong_with_the_newest_reading_is_said_with_the_last_good_day(
    warehouse: duckdb.DuckDBPyConnection, newest: dict[str, Any], state: str
) -> None:
    _read(warehouse, 1)
    _read(warehouse, 2, **newest)
    read_on = LAST_WEEK if "status" in newest else AS_OF
    assert _unknown(warehouse) == [("register", state, read_on)]


def test_a_source_that_never_delivered_says_so(warehouse: duckdb.DuckDBPyConnection) -> None:
    _read(warehouse, 1, status="degraded")
    _read(warehouse, 2, status="failed")
    assert _unknown(warehouse) == [("register", "never_read", None)]


def test_what_was_only_read_in_part_is_not_whole(warehouse: duckdb.DuckDBPyConnection) -> None:
    _read(warehouse, 2, complete=False)
    assert _unknown(warehouse) == [("register", "partial", AS_OF)]
    _read(warehouse, 1)
    assert _unknown(warehouse) == [], "a part that follows a whole reading"


def test_rows_rejected_since_the_last_whole_reading_count(warehouse: duckdb.DuckDBPyConnection) -> None:
    _read(warehouse, 1, rejected=("R-1",))
    _read(warehouse, 2, complete=False)
    assert _unknown(warehouse) == [("register", "rejected", AS_OF)]


def test_rows_mended_since_do_not(warehouse: duckdb.DuckDBPyConnection) -> None:
    _read(warehouse, 1, rejected=("R-1",))
    _read(warehouse, 2)
    assert _unknown(warehouse) == []


def test_one_source_does_not_speak_for_another(warehouse: duckdb.DuckDBPyConnection) -> None:
    _read(warehouse, 2, source="a")
    _read(warehouse, 2, source="b", status="failed")
    assert _unknown(warehouse) == [("b", "never_read", None)]


def test_a_source_of_which_nobody_knows_what_it_delivers_may_deliver_anything(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    _read(warehouse, 2)
    _read(warehouse, 2, source="raadsel", status="failed", kinds=())
    assert _unknown(warehouse) == [("raadsel", "never_read", None)]


def test_what_a_failed_source_delivers_is_known_from_before(warehouse: duckdb.DuckDBPyConnection) -> None:
    _read(warehouse, 1, source="rooster", kinds=("training",))
    _read(warehouse, 2, source="rooster", status="failed", kinds=())
    _read(warehouse, 2)
    assert _unknown(warehouse) == []
    assert _unknown(warehouse, "training") == [("rooster", "failed", LAST_WEEK)]


def test_a_source_that_was_taken_out_counts_until_another_takes_its_place(warehouse: duckdb.DuckDBPyConnection) -> None:
    _read(warehouse, 1)
    assert _unknown(warehouse) == [("register", "removed", LAST_WEEK)]
    _read(warehouse, 2, source="nieuw")
    assert _unknown(warehouse) == []


def test_improvements_are_counted_once_and_claim_no_more_than_they_say(warehouse: duckdb.DuckDBPyConnection) -> None:
    before, after = AS_OF - timedelta(days=1), AS_OF + timedelta(days=1)
    for values in (
        {"due_on": before},
        {"due_on": AS_OF, "state": "in_progress"},
        {"due_on": after, "state": "done"},  # no day of completion: nobody says that it was done by now
        {"due_on": before, "done_on": after},  # a day that has not come yet
        {"state": "in_progress"},
        {"due_on": before, "done_on": before},
        {"due_on": before, "state": "cancelled"},
    ):
        insert(warehouse, "improvement", **values)
    published = Published(State(Path()), warehouse)
    assert published.improvement_count("gemeente") == ImprovementCount(
        to_do=5, late=2, undated=1, planned=2, running=2, done=1
    )
    assert [item.standing for item in published.improvements("gemeente")].count("late") == 2


def test_a_risk_without_a_level_is_no_small_one(warehouse: duckdb.DuckDBPyConnection) -> None:
    insert(warehouse, "risk", record_key="groot", residual=12, appetite=9, accepted_on=AS_OF + timedelta(days=1))
    insert(warehouse, "risk", record_key="onbekend", appetite=9)
    insert(warehouse, "risk", record_key="grenzeloos", residual=3)
    insert(warehouse, "risk", record_key="dicht", residual=20, state="closed")
    risks = {risk.record_key: risk for risk in Published(State(Path()), warehouse).risks("gemeente")}
    assert list(risks) == ["groot", "grenzeloos", "onbekend"]
    assert [(risk.above, risk.accepted, risk.unrated, risk.unbounded) for risk in risks.values()] == [
        (True, False, False, False), (False, False, False, True), (False, False, True, False),
    ]  # fmt: skip
    assert all(risk.undated and not risk.overdue for risk in risks.values())
