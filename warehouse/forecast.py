"""What turns red if nothing new arrives: norms and tests by the day they expire, and a projection month by month."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb

from models.duration import Duration
from warehouse.read import Published, Row
from warehouse.scratch import Basis, assess_at


def expiring(published: Published, organisation: str, as_of: date, within: Duration) -> list[Row]:
    """Tests that get worse within the span if nothing new arrives: norm, owner of the evidence, day, in order of day.

    `owner` is that of the deciding record, empty when the source names none.
    """
    last = within.after(as_of)
    rows = published.rows(
        "SELECT r.expires_on, r.framework_id, r.norm_id, n.title_nl, n.title_en, r.test_id, t.sentence_nl, t.sentence_en, "
        "r.result, r.evidence_kind, r.evidence_ids FROM assess.test_result AS r "
        "JOIN catalogue.test AS t ON t.framework_id = r.framework_id AND t.test_id = r.test_id AND t.purpose = r.purpose "
        "JOIN catalogue.norm AS n ON n.framework_id = r.framework_id AND n.norm_id = r.norm_id "
        "JOIN assess.measure_status AS s ON s.organisation_id = r.organisation_id AND s.framework_id = r.framework_id "
        "AND s.norm_id = r.norm_id AND s.until_run_no IS NULL "
        "WHERE r.until_run_no IS NULL AND r.purpose = 'norm' AND r.organisation_id = ? AND r.expires_on <= ? "
        "AND s.status <> 'niet_van_toepassing' ORDER BY r.expires_on, n.norm_order, r.test_id",
        [organisation, last],
    )
    records = published.evidence_of(organisation, rows)
    for row in rows:
        record = records.get((row["evidence_ids"] or [0])[0])
        row["owner"] = record["owner"] if record else None
        row["evidence_title"] = (record["title"] or record["record_key"]) if record else None
    return rows


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
