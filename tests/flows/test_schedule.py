"""Which night is due, at every hour of both changes of the clock, and which missed one is made up for."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.heartbeat import Heartbeat
from flows.schedule import Night, cron, last_night, night_of, nights_since
from flows.watch import GRACE, MOST_ATTEMPTS, missed_night
from models.instant import wall_time
from warehouse.storage.last_run import LastRun

AT = "03:15"
NOON = datetime(2026, 11, 20, 11, 0)  # UTC
TODAY = Night(date(2026, 11, 20), datetime(2026, 11, 20, 2, 15))
LONG_AGO = datetime(2026, 1, 1)


def finished(day: date, started_at: datetime) -> LastRun:
    return LastRun(7, "run", day, "ok", started_at, started_at + timedelta(minutes=2))


def heartbeat(**more: object) -> Heartbeat:
    return Heartbeat(NOON, LONG_AGO, 1, AT, **more)  # type: ignore[arg-type]


def test_the_time_of_day_is_a_cron_line() -> None:
    assert cron("03:15") == "15 3 * * *"


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2026, 3, 28), datetime(2026, 3, 28, 2, 15)),  # winter time
        (date(2026, 3, 29), datetime(2026, 3, 29, 1, 15)),  # the night that is an hour shorter
        (date(2026, 10, 24), datetime(2026, 10, 24, 1, 15)),  # summer time
        (date(2026, 10, 25), datetime(2026, 10, 25, 2, 15)),  # the night that is an hour longer
    ],
)
def test_a_night_is_due_at_its_wall_time(day: date, due: datetime) -> None:
    assert night_of(day, AT).due == due
    assert last_night(due, AT).day == day
    assert last_night(due - timedelta(minutes=1), AT).day == day - timedelta(days=1)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)), st.sampled_from(["00:00", "01:59", AT, "23:59"]))
def test_the_last_night_is_past_and_the_next_is_not(moment: datetime, at: str) -> None:
    night = last_night(moment, at)
    assert night.due <= moment < night_of(night.day + timedelta(days=1), at).due
    assert f"{wall_time(night.due):%H:%M}" == at


def test_a_week_over_a_change_of_the_clock_has_seven_nights() -> None:
    for first in (date(2026, 3, 26), date(2026, 10, 22)):
        begin, end = (night_of(first + timedelta(days=days), AT).due for days in (0, 7))
        days = [night.day for night in nights_since(begin, end, AT)]
        assert days == [first + timedelta(days=number) for number in range(7, 0, -1)]


@pytest.mark.parametrize(
    ("newest", "expected"),
    [
        (finished(date(2026, 11, 20), datetime(2026, 11, 20, 2, 15, 4)), None),
        (finished(date(2026, 11, 19), datetime(2026, 11, 19, 2, 15, 4)), TODAY),
        # of five missed nights the newest is made up for
        (finished(date(2026, 11, 15), datetime(2026, 11, 15, 2, 15, 4)), TODAY),
        # a run over another day, and one from before the night, are not that night
        (finished(date(2026, 11, 18), datetime(2026, 11, 20, 9)), TODAY),
        (finished(date(2026, 11, 20), datetime(2026, 11, 19, 23, 30)), TODAY),
    ],
)
def test_the_newest_missed_night_is_made_up_for_as_of_its_own_day(newest: LastRun, expected: Night | None) -> None:
    assert missed_night(AT, NOON, heartbeat(), newest) == expected


def test_before_the_time_of_the_night_it_is_the_night_before_that_is_missed() -> None:
    newest = finished(date(2026, 11, 17), datetime(2026, 11, 17, 2, 15, 4))
    early = datetime(2026, 11, 20, 0, 30)  # 01:30 on the 20th in Amsterdam
    assert missed_night(AT, early, heartbeat(), newest) == night_of(date(2026, 11, 19), AT)


def test_the_scheduler_goes_first() -> None:
    newest = finished(date(2026, 11, 19), datetime(2026, 11, 19, 2, 15, 4))
    assert missed_night(AT, TODAY.due + GRACE - timedelta(minutes=1), heartbeat(), newest) is None
    assert missed_night(AT, TODAY.due + GRACE, heartbeat(), newest) == TODAY


def test_nothing_was_missed_before_the_first_serve() -> None:
    began = Heartbeat(NOON, NOON, 1, AT)
    assert missed_night(AT, NOON, began, None) is None
    assert missed_night(AT, NOON + timedelta(days=1), began, None) == night_of(date(2026, 11, 21), AT)


def test_a_night_that_fails_is_tried_again_with_pauses_and_not_for_ever() -> None:
    tried = heartbeat(night=TODAY.day, attempts=1, tried_at=NOON)
    assert missed_night(AT, NOON + timedelta(minutes=29), tried, None) is None
    assert missed_night(AT, NOON + timedelta(minutes=30), tried, None) == TODAY
    twice = heartbeat(night=TODAY.day, attempts=2, tried_at=NOON)
    assert missed_night(AT, NOON + timedelta(minutes=59), twice, None) is None
    enough = heartbeat(night=TODAY.day, attempts=MOST_ATTEMPTS, tried_at=LONG_AGO)
    assert missed_night(AT, NOON, enough, None) is None
    assert missed_night(AT, NOON + timedelta(days=1), enough, None) is not None, "the next night is another one"


def test_an_attempt_in_the_future_by_a_clock_that_jumped_holds_up_nothing() -> None:
    ahead = heartbeat(night=TODAY.day, attempts=1, tried_at=NOON + timedelta(days=3650))
    assert missed_night(AT, NOON, ahead, None) == TODAY
