"""One night of the soak, in a process of its own: as the command runs it, without Prefect, at a moment that the soak says, with
a fault at the place where this program meets the disk."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

import flows.collect
from connectors.base import SourceError
from flows import steps
from flows.collect import Collected, collect, failure
from flows.installation import load_installation
from flows.log import start_log
from flows.night import Assignment, night
from flows.orchestration import only_run
from models.errors import EnsiaError
from models.instant import wall_time
from tests.soak.town import small_catalogue
from warehouse.storage import database
from warehouse.storage.database import check_room, check_state, open_warehouse

# What of a statement meets the disk: the rest works in memory.
_MEETS_THE_DISK = re.compile(r"\s*(COMMIT|CHECKPOINT|COPY|ATTACH|DETACH)", re.IGNORECASE)


class BrokenDiskError(OSError):
    """The fault that was asked for."""


@dataclass
class Faults:
    """Counts how often the program meets the disk, and breaks that meeting off at the n-th time; 0: never."""

    at: int = 0
    number: int = 0
    met: int = 0
    errno: int = errno.EIO

    def meet(self) -> None:
        self.met += 1
        if self.met == self.at:
            raise BrokenDiskError(self.errno, os.strerror(self.errno))


class Disk:
    """A connection whose statements meet the disk by way of the faults; a commit that fails is rolled back, as DuckDB does."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, faults: Faults) -> None:
        self._connection, self._faults = connection, faults

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, query: str, *more: Any) -> Any:
        if _MEETS_THE_DISK.match(query):
            try:
                self._faults.meet()
            except BrokenDiskError as error:
                if query.strip().upper() == "COMMIT":
                    self._connection.execute("ROLLBACK")
                raise duckdb.IOException(str(error)) from error
        return self._connection.execute(query, *more)


@contextmanager
def broken(faults: Faults) -> Iterator[None]:
    """Within the block every flush, rename, link, new folder and opened file goes by way of the faults."""
    kept = {name: getattr(os, name) for name in ("fsync", "replace", "rename", "link", "mkdir", "open")}

    def by_way_of(function: Callable[..., Any]) -> Callable[..., Any]:
        def meets(*arguments: Any, **more: Any) -> Any:
            faults.meet()
            return function(*arguments, **more)

        return meets

    for name, function in kept.items():
        setattr(os, name, by_way_of(function))
    try:
        yield
    finally:
        for name, function in kept.items():
            setattr(os, name, function)


def at_moment(moment: datetime) -> None:
    """From now on this process takes `moment` (UTC) for now; each look at the clock is a little later than the one before."""
    looks = iter(range(10**9))

    def now() -> datetime:
        return moment.replace(microsecond=min(next(looks), 999_999))

    replaced = {database.utc_now: now, database.today: lambda: wall_time(now()).date()}
    for module in list(sys.modules.values()):
        for name in ("utc_now", "today"):
            original = getattr(module, name, None)
            if callable(original) and original in replaced:
                setattr(module, name, replaced[original])


class _ReadHere:
    """Stands in for the process that reads what others wrote: it costs a second a night, and has tests of its own."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def run_night(folder: Path, moment: datetime, faults: Faults, *, apart: bool = False) -> str:
    """One night at `moment`; returns how it ended: ok, degraded and its sources, or refused and the kind of error."""
    at_moment(moment)
    if not apart:
        flows.collect.Apart = _ReadHere  # type: ignore[misc, assignment]
    installation = load_installation(folder)
    state = installation.state
    start_log(state)
    try:
        with broken(faults), only_run(state):
            check_state(state, moment)
            check_room(state)
            with open_warehouse(state) as connection:
                steps.tidy(installation)
                outcome = night(
                    Disk(connection, faults),  # type: ignore[arg-type]
                    installation,
                    small_catalogue(),
                    as_of=wall_time(moment).date(),
                    collect=_one_by_one,
                )
    except (EnsiaError, OSError, duckdb.Error) as error:
        return f"refused {type(error).__name__}"
    failing = [str(line).partition(":")[0] for line in outcome.degraded]
    return " ".join([outcome.state, *failing])


def _one_by_one(assignments: Sequence[Assignment]) -> Iterator[Collected]:
    for assignment in assignments:
        started_at = database.utc_now()
        state, member, source, run = assignment.installation.state, assignment.member, assignment.source, assignment.run
        try:
            yield collect(state, member, source, run_id=run.run_id, as_of=run.as_of, earlier=assignment.earlier)
        except (SourceError, OSError, duckdb.Error) as error:  # as an orchestrator takes what a task raises
            yield failure(state, member, source, started_at, error)


def in_a_process(work: Callable[[], str], pause: Callable[[int], None] = lambda pid: None) -> str:
    """Do `work` in a process of its own, and give what it returned; `killed` when it was, and why when it broke down.
    `pause` is handed its number while it runs."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        answer = "broke down"
        try:
            answer = work()
        except BaseException as error:
            import traceback

            answer = f"broke down: {''.join(traceback.format_exception(error))}"
        finally:
            with suppress(OSError):
                os.write(writing, answer.encode()[:60_000])
            os._exit(0)
    os.close(writing)
    pause(pid)
    with os.fdopen(reading, "rb") as answers:
        content = answers.read().decode()
    os.waitpid(pid, 0)
    return content or "killed"
