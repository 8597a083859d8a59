"""Moments and days: the macros in the database say of every hour what the time zone data say, and what a person writes in
the hours around a change of clocks becomes the moment that is worst for a term."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.oracle.verdicts  # noqa: F401, for `followed` and it need each other
from models.instant import AMSTERDAM, first_moment, in_zone, instant, macros, wall_time, written
from tests.oracle.followed import is_working_day

ONE_HOUR = timedelta(hours=1)
BOTH_ENDS = st.datetimes(datetime(1950, 1, 1), datetime(2199, 12, 31))
CHANGES = st.sampled_from([datetime(2023, 3, 26, 1), datetime(2023, 10, 29, 1), datetime(1994, 9, 25, 1)])
MOMENTS = BOTH_ENDS | st.builds(
    lambda change, seconds: change + timedelta(seconds=seconds), CHANGES, st.integers(-100_000, 100_000)
)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"autoload_known_extensions": False}) as opened:
        opened.execute(macros())
        yield opened


def test_the_macros_agree_with_the_time_zone_data_on_every_hour(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute(
        "SELECT hour, day_of(hour), amsterdam_time(hour), day_of(hour + INTERVAL '59 minutes 59.999999 seconds') "
        "FROM (SELECT unnest(generate_series(TIMESTAMP '1981-01-01', TIMESTAMP '2110-01-01', INTERVAL 1 HOUR)) AS hour) "
        "WHERE month(hour) IN (3, 9, 10) OR dayofmonth(hour) = 1"  # the others have no change
    ).fetchall()
    assert len(rows) > 300_000
    wrong = []
    for hour, day, shown, day_at_its_end in rows:
        local = hour.replace(tzinfo=UTC).astimezone(ZoneInfo("Europe/Amsterdam")).replace(tzinfo=None)
        if (day, shown, day_at_its_end) != (local.date(), local, local.date()):
            wrong.append((hour, day, shown, local))
    assert wrong == []


def test_every_day_begins_at_its_midnight(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute(
        "SELECT day, first_moment_of(day), day_of(first_moment_of(day)), day_of(first_moment_of(day) - INTERVAL 1 SECOND) "
        "FROM (SELECT CAST(unnest(generate_series(DATE '1900-01-01', DATE '2200-12-31', INTERVAL 1 DAY)) AS DATE) AS day)"
    ).fetchall()
    assert [row for row in rows if row[1:] != (first_moment(row[0]), row[0], row[0] - timedelta(days=1))] == []


def test_nothing_stays_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    row = connection.execute(
        "SELECT day_of(m), amsterdam_time(m), first_moment_of(m), earliest_moment_of(m), latest_moment_of(m) "
        "FROM (SELECT CAST(NULL AS TIMESTAMP) AS m)"
    ).fetchone()
    assert row == (None,) * 5


@given(moment=MOMENTS)
def test_a_moment_comes_back_from_its_wall_time(connection: duckdb.DuckDBPyConnection, moment: datetime) -> None:
    shown = wall_time(moment)
    assert instant(shown) == moment
    row = connection.execute("SELECT amsterdam_time($m), day_of($m)", {"m": moment}).fetchone()
    assert row == (shown.replace(fold=0), shown.date())


@given(wall=MOMENTS)
def test_both_ways_take_a_wall_time_for_the_same_moment(connection: duckdb.DuckDBPyConnection, wall: datetime) -> None:
    row = connection.execute("SELECT earliest_moment_of($w), latest_moment_of($w)", {"w": wall}).fetchone()
    assert row == (instant(in_zone(wall)), instant(in_zone(wall, latest=True)))


@pytest.mark.parametrize(
    ("wall", "earliest", "latest"),
    [
        ("2023-10-29 01:59", "2023-10-28 23:59", "2023-10-28 23:59"),
        ("2023-10-29 02:30", "2023-10-29 00:30", "2023-10-29 01:30"),  # comes twice
        ("2023-10-29 03:00", "2023-10-29 02:00", "2023-10-29 02:00"),
        ("2023-03-26 01:59", "2023-03-26 00:59", "2023-03-26 00:59"),
        ("2023-03-26 02:30", "2023-03-26 00:30", "2023-03-26 01:30"),  # is not there
        ("2023-03-26 03:00", "2023-03-26 01:00", "2023-03-26 01:00"),
        ("2023-07-01 02:30", "2023-07-01 00:30", "2023-07-01 00:30"),
    ],
)
def test_what_can_be_two_moments_is_the_one_that_makes_a_term_longest(wall: str, earliest: str, latest: str) -> None:
    spoken = datetime.fromisoformat(wall)
    assert instant(in_zone(spoken)) == datetime.fromisoformat(earliest)
    assert instant(in_zone(spoken, latest=True)) == datetime.fromisoformat(latest)
    assert (in_zone(spoken), in_zone(spoken, latest=True)) == (spoken, spoken)


def test_a_time_of_another_zone_is_its_own_moment() -> None:
    assert in_zone(datetime(2023, 10, 29, 2, 30), ZoneInfo("UTC")) == datetime(2023, 10, 29, 3, 30)
    assert instant(in_zone(datetime(2023, 10, 29, 1, 30), ZoneInfo("UTC"))) == datetime(2023, 10, 29, 1, 30)
    repeated_in_london = datetime(2023, 10, 29, 1, 30)
    london = ZoneInfo("Europe/London")
    assert instant(in_zone(repeated_in_london, london)) == datetime(2023, 10, 29, 0, 30)
    assert instant(in_zone(repeated_in_london, london, latest=True)) == datetime(2023, 10, 29, 1, 30)


@given(moment=MOMENTS, latest=st.booleans())
def test_what_is_written_of_a_moment_tells_it_from_every_other(moment: datetime, latest: bool) -> None:
    text = datetime.fromisoformat(written(wall_time(moment), latest=latest))
    assert moment == (wall_time_again(text) if text.tzinfo else instant(in_zone(text, latest=latest)))


def wall_time_again(text: datetime) -> datetime:
    return text.astimezone(UTC).replace(tzinfo=None)


def test_only_the_second_meaning_is_written_with_its_offset() -> None:
    first, second = (wall_time(datetime(2023, 10, 29, hour, 30)) for hour in (0, 1))
    assert (written(first), written(second)) == ("2023-10-29 02:30:00", "2023-10-29 02:30:00+01:00")
    assert written(first, latest=True) == "2023-10-29 02:30:00+02:00"
    assert written(second, latest=True) == "2023-10-29 02:30:00"


def test_a_moment_with_an_offset_is_shown_by_the_clock_in_amsterdam() -> None:
    spoken = datetime(2026, 7, 1, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert wall_time(spoken) == datetime(2026, 7, 2, 6, 30)
    assert first_moment(date(2026, 7, 2)) == datetime(2026, 7, 1, 22)
    assert AMSTERDAM.key == "Europe/Amsterdam"


def test_working_days_are_those_of_the_law_on_general_terms(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute(
        "SELECT day, is_working_day(day), next_working_day(day) "
        "FROM (SELECT CAST(unnest(generate_series(DATE '1990-01-01', DATE '2099-12-31', INTERVAL 1 DAY)) AS DATE) AS day)"
    ).fetchall()
    assert [row for row in rows if row[1:] != (is_working_day(row[0]), _first_working_day(row[0]))] == []


def _first_working_day(day: date) -> date:
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 4, 3), date(2026, 4, 7)),  # Good Friday, and Easter on the fifth
        (date(2025, 4, 26), date(2025, 4, 28)),  # the King's birthday on a Saturday, for the 27th is a Sunday
        (date(2026, 4, 27), date(2026, 4, 28)),
        (date(2026, 5, 14), date(2026, 5, 15)),  # Ascension Day
        (date(2026, 12, 25), date(2026, 12, 28)),
        (date(2026, 11, 20), date(2026, 11, 20)),
    ],
)
def test_a_term_that_ends_on_a_holiday_ends_on_the_next_working_day(
    connection: duckdb.DuckDBPyConnection, day: date, working: date
) -> None:
    assert connection.execute("SELECT next_working_day(CAST(? AS DATE))", [day]).fetchone() == (working,)
