"""A duration says and reads the same, and reckons as DuckDB does."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.duration import Duration

calendar = st.builds(Duration, months=st.integers(0, 240), days=st.integers(0, 4000)).filter(
    lambda duration: bool(duration.months or duration.days)
)
hours = st.builds(Duration, hours=st.integers(1, 100_000))
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@given(st.one_of(calendar, hours))
def test_what_it_writes_it_reads(duration: Duration) -> None:
    assert Duration.parse(str(duration)) == duration


@given(years=st.integers(0, 30), months=st.integers(0, 40), weeks=st.integers(0, 60), rest=st.integers(0, 400))
def test_every_part_counts(years: int, months: int, weeks: int, rest: int) -> None:
    text = f"P{years}Y{months}M{weeks}W{rest}D"
    if not (years or months or weeks or rest):
        with pytest.raises(ValueError, match="nul"):
            Duration.parse(text)
        return
    duration = Duration.parse(text)
    assert (duration.months, duration.days, duration.hours) == (12 * years + months, 7 * weeks + rest, 0)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1", "1Y", "-P1Y", "P-1Y", "P1YT", "P1Y ", "P1.5Y", "p1y", "PT5M", "P1H"]
)
def test_other_forms_are_refused_with_the_ones_that_are_not(text: str) -> None:
    with pytest.raises(ValueError, match="P1Y, P6M, P2W, P7D of PT72H"):
        Duration.parse(text)


def test_hours_do_not_mix_with_days() -> None:
    with pytest.raises(ValueError, match="noemt dagen en uren door elkaar"):
        Duration.parse("P1DT1H")


@given(days, calendar)
@settings(max_examples=300)
def test_after_is_what_duckdb_reckons(start: date, duration: Duration) -> None:
    row = duckdb.execute(f"SELECT CAST(? AS DATE) + {duration.sql()}", [start]).fetchone()
    assert row is not None
    assert row[0].date() == duration.after(start)


@given(days, calendar)
@settings(max_examples=300)
def test_before_is_what_duckdb_reckons(end: date, duration: Duration) -> None:
    row = duckdb.execute(f"SELECT CAST(? AS DATE) - {duration.sql()}", [end]).fetchone()
    assert row is not None
    assert row[0].date() == duration.before(end)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 12, 31)), hours)
def test_hours_are_added_to_moments(start: datetime, duration: Duration) -> None:
    start = start.replace(microsecond=0)
    row = duckdb.execute(f"SELECT CAST(? AS TIMESTAMP) + {duration.sql()}", [start]).fetchone()
    assert row == (duration.after(start),)
    assert duration.after(start) == start + timedelta(hours=duration.hours)


@given(days, st.integers(1, 4000))
def test_days_go_back_where_they_came_from(start: date, number: int) -> None:
    duration = Duration(days=number)
    after = duration.after(start)
    assert isinstance(after, date)
    assert duration.before(after) == start


@given(days, st.integers(1, 240))
def test_months_go_back_never_past_the_start(start: date, number: int) -> None:
    """The clamped day of the month may bring back up to three days short of the start."""
    duration = Duration(months=number)
    after = duration.after(start)
    assert isinstance(after, date)
    assert timedelta(0) <= start - duration.before(after) <= timedelta(days=3)


def test_the_last_of_january_plus_a_month_is_the_last_of_february() -> None:
    assert Duration.parse("P1M").after(date(2026, 1, 31)) == date(2026, 2, 28)
    assert Duration.parse("P1M").after(date(2028, 1, 31)) == date(2028, 2, 29)
    assert Duration.parse("P1Y").before(date(2028, 2, 29)) == date(2027, 2, 28)
