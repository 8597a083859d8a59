"""The years of the account as readers ask for them: the day that a year is about, and its frozen versions."""

from __future__ import annotations

from datetime import date

from warehouse.reading.read import Published, Row


def reference_date(published: Published, organisation: str, year: int) -> date:
    """The day that the accountability of a year is about: that of its cycle, else 31 December."""
    rows = published.rows(
        'SELECT reference_date FROM account.cycle WHERE organisation_id = ? AND "year" = ?', [organisation, year]
    )
    day: date = rows[0]["reference_date"] if rows else date(year, 12, 31)
    return day


def newest_frozen(published: Published, organisation: str, year: int) -> Row | None:
    """The newest frozen version of a year, as `account.freeze` has it; None when there is none."""
    versions = frozen_versions(published, organisation, year)
    return versions[-1] if versions else None


def frozen_artifacts(published: Published) -> set[str]:
    """SHA-256 of every landed original that a frozen version rests on: retention leaves these alone."""
    rows = published.rows("SELECT DISTINCT artifact FROM account.evidence WHERE artifact IS NOT NULL")
    return {row["artifact"] for row in rows}


def frozen_versions(published: Published, organisation: str, year: int) -> list[Row]:
    return published.rows(
        'SELECT * FROM account.freeze WHERE organisation_id = ? AND "year" = ? ORDER BY version', [organisation, year]
    )
