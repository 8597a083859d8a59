"""How Prefect runs here: its own folder, no calls outside, no telemetry, one run at a time, and no server left behind.

`configure` must come before the import of Prefect, so every module that imports Prefect calls it first.
"""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from models.message import message
from warehouse.database import State, WarehouseBusy

_PROCESSES = Path("/proc")


def configure(state: State) -> None:
    """Point Prefect at the installation's state folder, unless the operator chose a server or folder of their own."""
    state.prefect.mkdir(parents=True, exist_ok=True)
    for name, value in {
        "PREFECT_HOME": str(state.prefect),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "600",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_CLI_PROMPT": "false",
        "GX_ANALYTICS_ENABLED": "False",
        "DO_NOT_TRACK": "1",
    }.items():
        os.environ.setdefault(name, value)


@contextmanager
def only_run(state: State) -> Iterator[None]:
    """Hold the installation for one run; the operating system lets go when the process dies. Raises WarehouseBusy.

    Whoever holds it may clear away the servers that killed runs left.
    """
    state.root.mkdir(parents=True, exist_ok=True)
    with (state.root / "run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise WarehouseBusy(
                message("database.run_busy"),
                place=str(state.root),
                advice=message("database.busy_advice"),
            ) from error
        stop_orphans(state)
        yield


def stop_orphans(state: State) -> list[int]:
    """End the Prefect servers of this installation whose run was killed; returns their process numbers.

    An orphan bears our PREFECT_HOME and has lost its parent: that is now init or another process that is no Python.
    Looks in /proc, so it finds nothing where there is none.
    """
    mark = f"PREFECT_HOME={state.prefect}".encode()
    ended = []
    for folder in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError, ValueError):
            command = (folder / "cmdline").read_bytes()
            if b"prefect" not in command or mark not in (folder / "environ").read_bytes().split(b"\0"):
                continue
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if parent > 1 and b"python" in (_PROCESSES / str(parent) / "cmdline").read_bytes():
                continue
            os.kill(int(folder.name), signal.SIGTERM)
            ended.append(int(folder.name))
    return ended
