"""How scans end findings: a finding is settled by a later scan of the same object that no longer reports it, and by nothing
else. An object that is not looked at any more keeps its findings, and a scan without findings is a clean one.

All of it is about one source's batch, attached as database `batch`, in the transaction of `warehouse/storage/store.py`, which
keeps the accepted findings of the batch in the table `accepted` (record_no, record_key, …) while it stores them, and of which the
keys stay in `reported`.
"""

from __future__ import annotations

from typing import Any

import duckdb

FINDING, SCAN = "finding", "scan"
_AGAIN = "|sinds "  # between the key of a finding that came back and the day on which it did
_OURS = """organisation_id = $organisation
    AND source_id = $source
    AND retired_at IS NULL"""
_NO_SCAN = """SELECT
        '' AS record_key,
        NULL::TIMESTAMP AS scanned_at
    LIMIT 0"""
# What came back: open in the batch, and settled before.
_RETURNED = """
CREATE OR REPLACE TEMP TABLE returned AS
SELECT
    a.record_no,
    a.record_key,
    e.resolved_at,
    coalesce(s.scanned_at, b.first_seen) AS seen_at
FROM accepted AS a
JOIN batch.finding AS b USING (record_no)
JOIN (
    SELECT record_key, resolved_at
    FROM evidence.finding
    WHERE {ours} AND resolved_at IS NOT NULL
) AS e ON e.record_key = a.record_key
LEFT JOIN ({scans}) AS s ON s.record_key = b.scan
WHERE b.resolved_at IS NULL
    AND b.scan IS NOT NULL"""
_NO_NEWS = """
DELETE FROM accepted
WHERE record_no IN (
    SELECT record_no
    FROM returned
    WHERE seen_at <= resolved_at
)"""
# The key that it has since it came back, or now gets.
_NAMED_AGAIN = f"""
UPDATE accepted AS a
SET record_key = n.record_key
FROM (
    SELECT
        r.record_no,
        coalesce(
            max(e.record_key),
            concat(
                any_value(r.record_key),
                '{_AGAIN}',
                day_of(any_value(r.seen_at))
            )
        ) AS record_key
    FROM returned AS r
    LEFT JOIN (
        SELECT record_key
        FROM evidence.finding
        WHERE {_OURS} AND resolved_at IS NULL
    ) AS e ON starts_with(
        e.record_key,
        r.record_key || '{_AGAIN}'
    )
    GROUP BY r.record_no
) AS n
WHERE n.record_no = a.record_no"""
# The scans in the batch that are news: no scan of the same key is known that ended as late.
_LATER = f"""
    SELECT
        b.record_key,
        b.object,
        b.scanned_at,
        b.locator
    FROM batch.scan AS b
    ANTI JOIN (
        SELECT record_no
        FROM batch.rejected
        WHERE kind = '{SCAN}'
    ) USING (record_no)
    ANTI JOIN (
        SELECT record_key, scanned_at
        FROM evidence.scan
        WHERE {_OURS}
    ) AS s ON s.record_key = b.record_key
        AND s.scanned_at >= b.scanned_at
    WHERE b.scanned_at IS NOT NULL"""
# The open findings that such a scan no longer reports. A finding of an older version of this program does not say which scan
# found it: then its object tells. A rejected row without a key may be any finding of its scan.
_GONE = f"""
CREATE OR REPLACE TEMP TABLE gone AS
SELECT
    e.evidence_id,
    min(l.scanned_at) AS settled_at,
    min_by(l.locator, l.scanned_at) AS locator
FROM (
    FROM evidence.finding
    WHERE {_OURS} AND resolved_at IS NULL
) AS e
JOIN ({_LATER}) AS l
    ON l.scanned_at > e.first_seen
    AND (
        l.record_key = e.scan
        OR e.scan IS NULL
        AND lower(l.object) = lower(coalesce(e.object, e.asset))
    )
ANTI JOIN reported AS k ON k.record_key = e.record_key
WHERE NOT EXISTS (
    FROM unreadable AS r
    WHERE r.record_key IS NULL
        AND coalesce(r.scan = e.scan, true)
        OR e.record_key = r.record_key
        OR starts_with(
            e.record_key,
            r.record_key || '{_AGAIN}'
        )
)
GROUP BY e.evidence_id"""
_UNREADABLE = f"""
    SELECT record_key, scan
    FROM batch.finding
    SEMI JOIN (
        SELECT record_no
        FROM batch.rejected
        WHERE kind = '{FINDING}'
    ) USING (record_no)"""
_SETTLED = """
INSERT INTO evidence.finding BY NAME
SELECT e.* REPLACE (
    md5_number_lower(concat_ws(
        chr(31), e.evidence_id, 'settled', CAST($at AS VARCHAR)
    )) AS evidence_id,
    sha256(concat(
        e.content_hash, g.settled_at
    )) AS content_hash,
    $at AS recorded_at,
    $run AS run_id,
    g.locator AS locator,
    g.settled_at AS resolved_at,
    'resolved' AS state
)
FROM evidence.finding AS e
JOIN gone AS g USING (evidence_id)"""
_RETIRED = """
UPDATE evidence.finding
SET retired_at = $at
WHERE evidence_id IN (
    SELECT evidence_id FROM gone
)"""
_LEFT_OUT = """
SELECT count(*)
FROM evidence.scan
ANTI JOIN ({scans}) AS b USING (record_key)
SEMI JOIN (
    SELECT scan AS record_key
    FROM evidence.finding
    WHERE {ours} AND resolved_at IS NULL
) USING (record_key)
WHERE {ours}"""


def has_scans(connection: duckdb.DuckDBPyConnection, tables: set[str], bound: dict[str, Any]) -> bool:
    """Whether the source of the batch reads scans that name the objects that they looked at. `tables`: of the batch."""
    connection.execute("CREATE OR REPLACE TEMP TABLE reported (record_key VARCHAR)")
    earlier = f"SELECT 1 FROM evidence.scan WHERE {_OURS} LIMIT 1"
    return SCAN in tables or connection.execute(earlier, bound).fetchone() is not None


def name_again(connection: duckdb.DuckDBPyConnection, tables: set[str], bound: dict[str, Any]) -> None:
    """Give an accepted finding that came back after it was settled a key of its own: the settled case stays a case. What an
    older scan reports than the one that settled it is no news."""
    returned = _RETURNED.format(ours=_OURS, scans=_scans(tables))
    connection.execute(returned, bound)
    connection.execute(_NO_NEWS)
    connection.execute(_NAMED_AGAIN, bound)
    connection.execute("CREATE OR REPLACE TEMP TABLE reported AS SELECT record_key FROM accepted")


def settle(connection: duckdb.DuckDBPyConnection, tables: set[str], bound: dict[str, Any]) -> int:
    """Settle the findings that a later scan of their object no longer reports, on the day of that scan; returns how many.
    `bound`: organisation, source, at (UTC) and run."""
    if SCAN not in tables:
        return 0
    nothing = "SELECT '' AS record_key, '' AS scan LIMIT 0"
    rows = _UNREADABLE if FINDING in tables else nothing
    connection.execute(f"CREATE OR REPLACE TEMP TABLE unreadable AS {rows}")
    source = _values_called(bound, "organisation", "source")
    connection.execute(_GONE, source)
    connection.execute(_SETTLED, _values_called(bound, "at", "run"))
    connection.execute(_RETIRED, _values_called(bound, "at"))
    return _count_of(connection, "SELECT count(*) FROM gone", {})


def left_out(connection: duckdb.DuckDBPyConnection, tables: set[str], bound: dict[str, Any]) -> int:
    """How many objects with open findings the batch did not look at, and earlier ones did."""
    sql = _LEFT_OUT.format(ours=_OURS, scans=_scans(tables))
    return _count_of(connection, sql, bound)


def _scans(tables: set[str]) -> str:
    """SQL for the scans in the batch."""
    return "FROM batch.scan" if SCAN in tables else _NO_SCAN


def _values_called(bound: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: bound[name] for name in names}


def _count_of(connection: duckdb.DuckDBPyConnection, sql: str, bound: dict[str, Any]) -> int:
    row = connection.execute(sql, bound).fetchone()
    return int(row[0]) if row else 0
