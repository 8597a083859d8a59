"""What each step of a run takes: noted in the warehouse and in the log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from flows.log import happened
from flows.spans import span
from warehouse.storage.database import utc_now
from warehouse.storage.runs import Run, record_step


@dataclass(slots=True)
class Count:
    """Over how many things a step went; the step says so itself."""

    number: int = 0


@contextmanager
def timed(connection: duckdb.DuckDBPyConnection, run: Run, step: str) -> Iterator[Count]:
    """Note what the block takes, when it ends well."""
    began_at, start, count = utc_now(), time.perf_counter(), Count()
    with span(step, run=run.run_id):
        yield count
    seconds = round(time.perf_counter() - start, 3)
    record_step(connection, run, step, began_at, seconds, count.number)
    happened("step_ended", run=run.run_id, step=step, seconds=seconds, number=count.number)
