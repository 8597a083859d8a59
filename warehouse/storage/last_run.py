"""When a run was last finished, as the published file tells it: for who watches over the nights, at any version of the file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from models.errors import EnsiaError
from warehouse.storage.database import State, open_any_version


@dataclass(frozen=True, slots=True)
class LastRun:
    """The newest run that was finished: its number, name, as-of day, state (ok, degraded), and moments in UTC."""

    run_no: int
    run_id: str
    as_of: date
    state: str
    started_at: datetime
    finished_at: datetime


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
            "SELECT run_no, run_id, as_of, state, started_at, finished_at FROM ops.run "
            "WHERE state IN ('ok', 'degraded') ORDER BY run_no DESC LIMIT 1"
        ).fetchone()
    except duckdb.Error:
        return None
    finally:
        connection.close()
    return LastRun(*row) if row else None
