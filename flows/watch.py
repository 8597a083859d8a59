"""Watches over the nights while `ensia serve` runs: says that it lives, and starts a night that did not come. A night is
missed when the machine was off or asleep, when the scheduler did nothing, and when its run failed.

Of several missed nights the newest is made up for, as of its own day: sources tell what is so now, and of the days before it
nothing more can be learned than `ensia assess --as-of` tells at any time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from flows.heartbeat import BEATS, Heartbeat, first_heartbeat, write_heartbeat
from flows.installation import Installation
from flows.log import note
from flows.orchestration import is_running
from flows.schedule import Night, last_night
from models.errors import EnsiaError
from models.message import message
from warehouse.storage.database import utc_now
from warehouse.storage.last_run import LastRun, last_run

GRACE = timedelta(minutes=15)  # the scheduler goes first
MOST_ATTEMPTS = 4
_PAUSE = timedelta(minutes=30)  # between two attempts at one night


def missed_night(at: str, now: datetime, heartbeat: Heartbeat, newest: LastRun | None) -> Night | None:
    """The night that is to be made up for at `now` (UTC), or None. Before the first run and the first `serve` no night was
    missed."""
    night = last_night(now - GRACE, at)
    expected_since = heartbeat.serving_since
    if newest is not None:
        if newest.as_of >= night.day and newest.started_at >= night.due:
            return None
        expected_since = min(expected_since, newest.started_at)
    if night.due < expected_since:
        return None
    return None if _is_tried_enough(night, now, heartbeat) else night


def _is_tried_enough(night: Night, now: datetime, heartbeat: Heartbeat) -> bool:
    if heartbeat.night != night.day or heartbeat.tried_at is None:
        return False
    is_early = timedelta(0) <= now - heartbeat.tried_at < _PAUSE * heartbeat.attempts
    return is_early or heartbeat.attempts >= MOST_ATTEMPTS


class Watch:
    """The watch over one installation, in a thread of its own from `start` to `stop`."""

    def __init__(self, installation: Installation) -> None:
        self._file, self._state = installation.file.resolve(), installation.state
        self._at = installation.configuration.schedule.at
        self._heartbeat = first_heartbeat(self._state, self._at, os.getpid())
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watch", daemon=True)
        self._night: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer, and end a night that is being made up for."""
        self._stopping.set()
        self._thread.join()
        if self._night is not None:
            self._night.terminate()
            self._night.wait()

    def _watch(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look(utc_now())
            except Exception as error:  # a watch that ends in silence is worse than one that missed a beat
                note(error, message("nightly.watch"))
            self._stopping.wait(BEATS.total_seconds())

    def look(self, now: datetime) -> None:
        """One look: say that we live, and start a night that is missed. Raises OSError."""
        if self._night is not None and self._night.poll() is not None:
            self._night = None
        self._heartbeat = replace(self._heartbeat, at=now)
        if self._night is None and not is_running(self._state):
            self._make_up(now)
        write_heartbeat(self._state, self._heartbeat)

    def _make_up(self, now: datetime) -> None:
        night = missed_night(self._at, now, self._heartbeat, last_run(self._state))
        if night is None:
            return
        attempts = self._heartbeat.attempts if self._heartbeat.night == night.day else 0
        self._heartbeat = replace(self._heartbeat, night=night.day, attempts=attempts + 1, tried_at=now)
        write_heartbeat(self._state, self._heartbeat)  # first: an attempt that takes the machine with it counts too
        self._night = subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
            [sys.executable, "-m", "flows.watch", str(self._file), night.day.isoformat()]
        )


@contextmanager
def watching(installation: Installation) -> Iterator[None]:
    """Watch over the installation for the block."""
    watch = Watch(installation)
    watch.start()
    try:
        yield
    finally:
        watch.stop()


def main(file: Path, day: str) -> int:
    """The night of `day` of the installation in `file`, as a process of its own; returns its exit code. What is wrong is one
    sentence, in the log of the service."""
    from flows.installation import load_installation
    from flows.nightly import run_nightly

    try:
        outcome = run_nightly(load_installation(file), as_of=date.fromisoformat(day))
    except EnsiaError as error:
        print(error.sentence(), file=sys.stderr)
        return error.exit_code
    return 3 if outcome.degraded else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
