"""A night without a source and without a judgement: its run, one payload that landed, its manifest, and what is published. For
what is about the state of an installation alone."""

from __future__ import annotations

from datetime import date

from warehouse.reading.publish import publish
from warehouse.storage.database import State, open_warehouse
from warehouse.storage.landing import Landing
from warehouse.storage.runs import LandedPayload, finish_run, record_landing, start_run


def night(state: State) -> str:
    """A run that landed one payload; returns its name."""
    with open_warehouse(state) as connection:
        run = start_run(connection, date(2026, 11, 20))
        landing = Landing(state.landing)
        landed = landing.keep_bytes(f"regel van {run.run_id}".encode(), compress=run.run_no % 2 == 0)
        payload = LandedPayload(
            0, landed.artifact, "naam", "text/plain", landed.size, None, landed.artifact, run.known_at, None, "file"
        )
        record_landing(connection, run, "gemeente-test", "bron", [payload])
        landing.write_manifest(run.run_id, {"run_no": run.run_no})
        finish_run(connection, run, state="ok")
        publish(connection, state)
    return run.run_id
