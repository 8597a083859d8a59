"""Moments and days (domain.md): a moment is an instant, kept as UTC without offset; a day is a day in Europe/Amsterdam.

People and sources write what the clock shows, its *wall time*: here a datetime without offset in Amsterdam, whose `fold`
tells the second of two equal hours in autumn from the first (PEP 495). Between the two this module and `instants.sql`, its
twin in the database, convert; everything else asks one of them. How moments are written is left to `connectors/tools/dates.py`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from importlib import resources
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
# Before the common European rule the data of time zones differ; no evidence is that old, and both ways must agree.
FIRST_COMMON_YEAR = 1981
_EARLIER = timezone(timedelta(hours=1))


def macros() -> str:
    """The SQL that makes the macros of `instants.sql` in a database."""
    return resources.files("models").joinpath("instants.sql").read_text("utf-8")


def wall_time(moment: datetime) -> datetime:
    """What the clock in Amsterdam shows at a moment: UTC without offset, or with any offset."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(_zone(aware.year)).replace(tzinfo=None)


def instant(wall: datetime) -> datetime:
    """The moment, UTC without offset, at which the clock in Amsterdam shows `wall`; its `fold` counts."""
    return wall.replace(tzinfo=_zone(wall.year)).astimezone(UTC).replace(tzinfo=None)


def first_moment(day: date) -> datetime:
    """The first moment of a day: its midnight in Amsterdam, as UTC."""
    return instant(datetime.combine(day, time()))


def in_zone(wall: datetime, zone: tzinfo = AMSTERDAM, *, latest: bool = False) -> datetime:
    """A time that somebody in `zone` wrote without offset, as Amsterdam wall time.

    In the hour that comes twice, or not at all, it can mean two moments: the earlier, or the later for what ends a term,
    so that the term is never shorter than it may have been.
    """
    if zone is AMSTERDAM and not _is_near_a_change(wall):
        return wall.replace(tzinfo=None, fold=0)
    meanings = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    moment = max(meanings) if latest else min(meanings)
    amsterdam_time = wall_time(moment)
    # A time that the clock skips stays as it was written, with the fold that gives the moment meant.
    if zone is AMSTERDAM and amsterdam_time != wall:
        return wall.replace(tzinfo=None, fold=int(moment != meanings[0]))
    return amsterdam_time


def written(wall: datetime, *, latest: bool = False) -> str:
    """A wall time as text from which its moment can be read again: with its offset where `in_zone` would take it for
    another moment."""
    if not _is_near_a_change(wall) or instant(wall) == instant(in_zone(wall, latest=latest)):
        return wall.isoformat(sep=" ")
    return wall.replace(tzinfo=AMSTERDAM).isoformat(sep=" ")


def _is_near_a_change(wall: datetime) -> bool:
    """Whether the clock may show this time twice, or never: it changes between two and three."""
    return wall.hour == 2 and wall.month in (3, 9, 10)


def _zone(year: int) -> tzinfo:
    return AMSTERDAM if year >= FIRST_COMMON_YEAR else _EARLIER
