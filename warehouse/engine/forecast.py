"""How many norms turn red if nothing new arrives, month by month."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb

from warehouse.engine.scratch import Basis, assess_at
from warehouse.reading.read import Row


def projection(
    connection: duckdb.DuckDBPyConnection, basis: Basis, as_of: date, until: date, organisation: str
) -> list[Row]:
    """How many controls have each status at the end of each month up to `until`, if nothing new arrives after `as_of`.

    `connection` is a scratch connection. Exact: every month is assessed with the evidence of today.
    """
    rows = []
    for day in [as_of, *_month_ends(as_of, until)]:
        assess_at(connection, basis, day, evidence_as_of=as_of, organisations=[organisation])
        counts = dict(connection.execute("SELECT status, count(*) FROM new_control_status GROUP BY status").fetchall())
        colours = dict(
            connection.execute("SELECT status, count(*) FROM new_principle_status GROUP BY status").fetchall()
        )
        rows.append({"day": day, "controls": counts, "principles": colours})
    return rows


def _month_ends(start: date, until: date) -> list[date]:
    days: list[date] = []
    day = start
    while True:
        first_of_next = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        day = first_of_next - timedelta(days=1)
        if day <= start:
            day = (first_of_next + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        if day >= until:
            return [*days, until] if until > start else days
        days.append(day)
        day = day + timedelta(days=1)
