"""Being asked to stop (SIGTERM: a service that is stopped, a machine that goes down): the run ends by its own steps, marked
as not finished, within the time that a service manager gives."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from models.errors import EnsiaError
from models.message import message

EXIT_CODE = 128 + signal.SIGTERM
GRACE_SECONDS = 40  # systemd waits 90 seconds before it kills; what hangs in a source is not waited for longer


class Stopped(EnsiaError):
    """A run was asked to stop before it had published."""

    exit_code = EXIT_CODE

    def __init__(self) -> None:
        super().__init__(message("nightly.stopped"), advice=message("nightly.stopped_advice"))


class Terminated(BaseException):
    """SIGTERM, where it arrived: no error, so nothing that deals with errors deals with it."""


@contextmanager
def stoppable() -> Iterator[threading.Event]:
    """Within the block SIGTERM raises Terminated in the main thread, and sets the event; a process that has not ended
    after the grace is ended. Elsewhere than in the main thread nothing changes."""
    stopping = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopping
        return

    def stop(number: int, frame: FrameType | None) -> None:
        if not stopping.is_set():
            _end_after_grace()
        stopping.set()
        raise Terminated

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield stopping
    finally:
        signal.signal(signal.SIGTERM, before)


def _end_after_grace() -> None:
    """A run that is ended without a word loses nothing (the warehouse is whole after every step), and its server ends with
    it."""
    timer = threading.Timer(GRACE_SECONDS, os._exit, (EXIT_CODE,))
    timer.daemon = True
    timer.start()
