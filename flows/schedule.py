"""Which night is due: the schedule as days and moments, without a clock of its own. Starting a run is left to
`flows/serve.py` and `flows/watch.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from models.instant import instant, wall_time

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Night:
    """A scheduled run: the day that it is about (Amsterdam), and the moment (UTC) at which it should begin."""

    day: date
    due: datetime


def night_of(day: date, at: str) -> Night:
    """The night that begins on `day` at the wall time `at` (HH:MM)."""
    return Night(day, instant(datetime.combine(day, time.fromisoformat(at))))


def last_night(moment: datetime, at: str) -> Night:
    """The newest night that was due at `moment` (UTC) or before it."""
    day = wall_time(moment).date()
    night = night_of(day, at)
    return night if night.due <= moment else night_of(day - _DAY, at)


def nights_since(moment: datetime, now: datetime, at: str) -> Iterator[Night]:
    """The nights that were due after `moment` and not after `now` (both UTC), the newest first."""
    night = last_night(now, at)
    while night.due > moment:
        yield night
        night = night_of(night.day - _DAY, at)


def cron(at: str) -> str:
    """`03:15` as a cron line for every night."""
    hour, minute = at.split(":")
    return f"{int(minute)} {int(hour)} * * *"
