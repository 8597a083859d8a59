"""Nights of a fleet in processes of their own, that may be killed, paused and woken at any moment.

Workers are forked from a server that has the program loaded, so that a killed one is replaced at once.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.fleet.fleets import SmallFleet
from warehouse.storage.damage import WarehouseBusy
from warehouse.storage.fleet_database import FleetDatabaseError

TERM = timedelta(seconds=8)
PRELOAD = ["tests.fleet.nights", "tests.fleet.fleets", "tests.fleet.loaded"]
REAL = "ENSIA_FLEET_REAL"


def work(environment: dict[str, str], folder: str, names: tuple[str, ...], last: date, seed: int) -> None:
    """Do nights until every municipality has had that of `last`: always the next one of a municipality, chosen by chance."""
    import warehouse.storage.lease as leases

    os.environ.update(environment)  # that of the server which this was forked from may be older
    leases.TERM = TERM
    fleet, chance = SmallFleet(Path(folder), names), random.Random(seed)
    while True:
        rows = [row for row in fleet.database.municipalities() if row.as_of is None or row.as_of < last]
        free = [row for row in rows if not row.leased]
        if not rows:
            return
        if not free:
            time.sleep(0.2)
            continue
        row = chance.choice(free)
        night = row.as_of + timedelta(days=1) if row.as_of else FIRST_NIGHT
        with suppress(WarehouseBusy, FleetDatabaseError):  # another was first, or the database was away too long
            _night(fleet, row.organisation_id, night)


FIRST_NIGHT = date(2026, 11, 20)


def _night(fleet: SmallFleet, name: str, night: date) -> None:
    if not os.environ.get(REAL):
        fleet.night(name, night)
        return
    from flows.nightly import run_nightly

    run_nightly(fleet.installation(name), as_of=night)


class Crew:
    """Worker processes of which any may be lost: `tend` replaces it."""

    def __init__(self, fleet: SmallFleet, number: int, last: date) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOAD)
        self._fleet, self._last, self._seeds = fleet, last, 0
        self.workers: list[BaseProcess] = [self._start() for _ in range(number)]

    def _start(self) -> BaseProcess:
        self._seeds += 1
        worker = self._context.Process(
            target=work, args=(dict(os.environ), str(self._fleet.folder), self._fleet.names, self._last, self._seeds)
        )
        worker.start()
        return worker

    def tend(self) -> None:
        """Start another for every worker that was lost."""
        for place, worker in enumerate(self.workers):
            if worker.exitcode is not None and worker.exitcode != 0:
                self.workers[place] = self._start()

    @property
    def is_done(self) -> bool:
        return all(worker.exitcode == 0 for worker in self.workers)

    def running(self) -> list[BaseProcess]:
        return [worker for worker in self.workers if worker.is_alive()]

    def end(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.join()


def until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait for something that other processes do."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
