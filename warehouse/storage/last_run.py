"""When a run was last finished, as the published file tells it, and how the newest ended, as the warehouse does: for who
watches over the nights, at any version of both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from models.errors import EnsiaError
from warehouse.storage.database import SETTINGS, State, open_any_version


@dataclass(frozen=True, slots=True)
class LastRun:
    """A run: its number, name, as-of day, how it ended and why, and moments in UTC."""

    run_no: int
    run_id: str
    as_of: date
    state: str
    started_at: datetime
    finished_at: datetime | None
    reason: str = ""


_COLUMNS = "run_no, run_id, as_of, state, started_at, finished_at, coalesce(reason, '')"


def last_run(state: State) -> LastRun | None:
    """The newest finished run of the published file; None without one, and where the file cannot be read."""
    if not state.published.exists():
        return None
    try:
        connection = open_any_version(state)
    except (EnsiaError, duckdb.Error):
        return None
    try:
        row = connection.execute(
            f"SELECT {_COLUMNS} FROM ops.run WHERE state IN ('ok', 'degraded') ORDER BY run_no DESC LIMIT 1"
        ).fetchone()
    except duckdb.Error:
        return None
    finally:
        connection.close()
    return LastRun(*row) if row else None


def newest_run(state: State) -> LastRun | None:
    """The newest run of the warehouse, however it ended; only while no run is busy. Raises duckdb.Error for a warehouse
    that cannot be read."""
    with duckdb.connect(str(state.warehouse), read_only=True, config=SETTINGS) as connection:
        try:
            row = connection.execute(f"SELECT {_COLUMNS} FROM ops.run ORDER BY run_no DESC LIMIT 1").fetchone()
        except duckdb.CatalogException:
            return None
    return LastRun(*row) if row else None
