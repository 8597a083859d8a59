"""The rows that were kept out when they were first delivered, as records of which all that could not be read is unknown
(domain.md section 0): they count against in every test that what was readable of them does not exclude. A row of which an
earlier version came in keeps that one.

Which rows may come in is said by `expectations`; what is selected of them by `models/selection.py`.
"""

from __future__ import annotations

from models.kind import SQL_TYPE, Column, Kind

# The number that a row has in the place of that of a version.
NUMBER = """md5_number_lower(concat_ws(
        chr(31), 'unread', q.organisation_id, q.source_id,
        q.kind, q.record_key, q.locator.file, q.locator.sheet,
        q.locator."row", q.locator.address
    ))"""
# The rows that were kept out since their source was last read whole, each once, however often and for whatever reasons.
_KEPT_OUT = """
SELECT
    q.organisation_id,
    q.source_id,
    q.record_key,
    {number} AS evidence_id,
    min(q.quarantined_at) AS recorded_at,
    max_by(q.record, q.quarantined_at) AS record,
    max_by(q.locator, q.quarantined_at) AS locator,
    max_by(q.run_id, q.quarantined_at) AS run_id,
    list(q.column_name) AS refused
FROM ops.quarantine AS q
JOIN (
    SELECT
        run_id,
        organisation_id,
        source_id,
        recorded_at >= coalesce(
            max(recorded_at) FILTER (complete) OVER (
                PARTITION BY organisation_id, source_id
            ),
            recorded_at
        ) AS is_in_force
    FROM ops.source_run
    WHERE status = 'ok'
        AND recorded_at <= {known_at}
        AND as_of <= {day}
) AS r USING (run_id, organisation_id, source_id)
WHERE q.kind = '{kind}'
    AND r.is_in_force
GROUP BY
    q.organisation_id,
    q.source_id,
    q.kind,
    q.record_key,
    q.locator.file,
    q.locator.sheet,
    q.locator."row",
    q.locator.address"""
_UNREAD = """
SELECT
    {columns}
FROM ({kept_out}) AS b
ANTI JOIN (
    SELECT organisation_id, source_id, record_key
    FROM evidence.{kind}
    WHERE recorded_at <= {known_at}
        AND (retired_at IS NULL OR retired_at > {known_at})
) AS e ON e.organisation_id = b.organisation_id
    AND e.source_id = b.source_id
    AND e.record_key = b.record_key"""


def unread_rows(kind: Kind, known_at: str, day: str) -> str:
    """SQL for the unread rows of a kind as known at a moment, about a day (both SQL literals), with the columns of its table."""
    fixed = {
        "organisation_id": "b.organisation_id",
        "source_id": "b.source_id",
        "record_key": "b.record_key",
        "evidence_id": "b.evidence_id",
        "recorded_at": "b.recorded_at",
        "retired_at": "CAST(NULL AS TIMESTAMP)",
        "content_hash": "''",
        "run_id": "b.run_id",
        "locator": "b.locator",
    }
    for column in kind.every_column:
        readable = _readable(column)
        refused = column.nl.replace("'", "''")
        fixed[column.name] = f"CASE WHEN NOT list_contains(b.refused, '{refused}') THEN {readable} END"
    columns = ",\n    ".join(f"{sql} AS {name}" for name, sql in fixed.items())
    kept_out = _KEPT_OUT.format(known_at=known_at, day=day, kind=kind.kind, number=NUMBER)
    return _UNREAD.format(columns=columns, kept_out=kept_out, known_at=known_at, kind=kind.kind)


def _readable(column: Column) -> str:
    """What was readable of a column: moments were written by the clock in Amsterdam."""
    text = f"(b.record ->> '$.{column.name}')"
    if column.type == "text":
        return text
    if column.type == "timestamp":
        return f"latest_moment_of(TRY_CAST({text} AS TIMESTAMP))"
    if column.type in ("list", "map"):
        whole = f"(b.record -> '$.{column.name}')"
        return f"TRY_CAST({whole} AS {SQL_TYPE[column.type]})"
    return f"TRY_CAST({text} AS {SQL_TYPE[column.type]})"
