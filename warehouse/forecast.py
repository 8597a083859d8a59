"""What turns red if nothing new arrives: norms and tests by the day they expire, and a projection month by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from models.duration import Duration
from warehouse.read import Published, Row
from warehouse.scratch import Basis, assess_at
from warehouse.shapes import PresentTest


@dataclass(frozen=True, slots=True)
class ExpiringTest:
    """A test that gets worse on a day if nothing new arrives. `owner` and `evidence` are those of the record that decides,
    None when there is none or its source names no owner."""

    expires_on: date
    framework_id: str
    norm_id: str
    norm_title: str
    test_id: str
    sentence: str
    result: str
    owner: str | None
    evidence: str | None


def expiring(published: Published, organisation: str, as_of: date, within: Duration) -> list[ExpiringTest]:
    """The tests of norms that apply which get worse within the span if nothing new arrives, in order of day; texts in the
    language of `published`."""
    last = within.after(as_of)
    tests = [
        (test.expires_on, test)
        for test in published.select(PresentTest, organisation, purpose="norm")
        if test.expires_on is not None and test.expires_on <= last and test.norm_status != "niet_van_toepassing"
    ]
    records = published.records_of(organisation, [test for _, test in tests])
    listed = []
    for day, test in sorted(tests, key=lambda pair: pair[0]):
        record = records.get(test.evidence_ids[0]) if test.evidence_ids else None
        listed.append(
            ExpiringTest(
                day, test.framework_id, test.norm_id, test.norm_title or test.norm_id, test.test_id, test.sentence, test.result,
                record.owner if record else None, record.name if record else None,
            )
        )  # fmt: skip
    return listed


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
