"""Whether the clock of this machine can be right, held against the run before. What a wrong clock stamps on evidence cannot
be taken back, so a run that would use it does not begin."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb

from models.errors import EnsiaError
from models.instant import wall_time
from models.message import Message, message

MOST_BACK = timedelta(days=1)  # a clock that is put right, a machine that was put back to yesterday
MOST_AHEAD = timedelta(days=400)  # an installation that stood still for longer is looked at by a person


class ClockError(EnsiaError):
    """The clock of this machine cannot be right, or was not when the newest run began."""


def check_clock(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Raises ClockError where the newest run began in what is the future by the clock (`now`, UTC), or so long ago that the
    clock must have jumped."""
    try:
        began = _newest_beginning(connection)
    except duckdb.CatalogException:  # a database that was never migrated
        return
    if began is None:
        return
    reason = wrong_clock(began, now)
    if reason is not None:
        day = wall_time(now).date()
        raise ClockError(reason, place=message("clock.place"), advice=message("clock.advice", day=day))


def wrong_clock(began: datetime, now: datetime) -> Message | None:
    """Why `now` cannot be right when the newest run began at `began` (both UTC); None when it can."""
    if began - now > MOST_BACK:
        return message("clock.back", now=wall_time(now), began=wall_time(began))
    if now - began > MOST_AHEAD:
        return message("clock.ahead", now=wall_time(now), began=wall_time(began))
    return None


def _newest_beginning(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    row = connection.execute("SELECT max_by(started_at, run_no) FROM ops.run").fetchone()
    return row[0] if row else None
