"""A clock that cannot be right stops what would be stamped with it, in one sentence with what to do."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import duckdb
import pytest

from tests.small import empty_warehouse
from warehouse.storage.clock import MOST_AHEAD, MOST_BACK, ClockError, check_clock, wrong_clock
from warehouse.storage.database import utc_now
from warehouse.storage.runs import start_run

NOW = datetime(2026, 11, 20, 2, 15)


def warehouse(*began: datetime) -> duckdb.DuckDBPyConnection:
    connection = empty_warehouse()
    for number, moment in enumerate(began):
        connection.execute("INSERT INTO ops.run (run_id, run_no, started_at) VALUES ('r', ?, ?)", [number, moment])
    return connection


def test_without_a_run_any_clock_will_do() -> None:
    check_clock(warehouse(), NOW)


@pytest.mark.parametrize("difference", [timedelta(0), timedelta(days=1), MOST_AHEAD, -MOST_BACK])
def test_a_clock_that_can_be_right(difference: timedelta) -> None:
    assert wrong_clock(NOW, NOW + difference) is None


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (-MOST_BACK - timedelta(seconds=1), "een van beide klopt niet"),
        (timedelta(days=-40), "die zegt 11-10-2026 04:15, maar de nieuwste run begon op 20-11-2026 03:15"),
        (timedelta(days=3653), "die zegt 20-11-2036 03:15"),
    ],
)
def test_a_clock_that_jumped(difference: timedelta, words: str) -> None:
    assert words in str(wrong_clock(NOW, NOW + difference))


def test_one_run_of_which_a_person_gave_the_day_puts_it_right() -> None:
    """The newest run counts, not the one with the latest moment; and what it knows is later than all before it."""
    connection = warehouse(utc_now() + timedelta(days=3653))
    connection.execute("UPDATE ops.run SET known_at = started_at")
    with pytest.raises(ClockError) as caught:
        check_clock(connection, utc_now())
    assert "zet de klok goed" in caught.value.advice and caught.value.exit_code == 1
    run = start_run(connection, date(2026, 11, 20))
    check_clock(connection, utc_now())
    assert connection.execute("SELECT max_by(run_no, known_at) FROM ops.run").fetchone() == (run.run_no,)
