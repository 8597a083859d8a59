"""Keeps the schedule: a Prefect server on this machine only, and the nightly flow served with its time of day.

Scheduled runs need Prefect's scheduler, which lives in its server; when `PREFECT_API_URL` names a server, that one is
used and none is started here.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType
from typing import NoReturn
from urllib.error import URLError
from urllib.request import urlopen

from flows.installation import Installation
from flows.orchestration import configure
from models.errors import EnsiaError
from models.message import message

START_SECONDS = 600
TIME_ZONE = "Europe/Amsterdam"


class ServerError(EnsiaError):
    """The orchestration server did not come up."""


def cron(at: str) -> str:
    """`03:15` as a cron line for every night."""
    hour, minute = at.split(":")
    return f"{int(minute)} {int(hour)} * * *"


def serve(installation: Installation, *, schedule: str | None = None) -> None:
    """Serve the nightly flow until told to stop. `schedule`: a cron line, default the configured time of day."""
    configure(installation.state)
    server = None if os.environ.get("PREFECT_API_URL") else _start_server(installation)
    signal.signal(signal.SIGTERM, _stop)
    try:
        from prefect.schedules import Cron

        from flows.nightly import nightly_flow

        nightly_flow().serve(
            name=f"nightly-{installation.file.parent.name}",
            parameters={"config": str(installation.file.resolve())},
            schedule=Cron(schedule or cron(installation.configuration.schedule.at), timezone=TIME_ZONE),
            print_starting_message=False,
            pause_on_shutdown=False,
        )
    finally:
        if server is not None:  # the worker has stopped; now the server may
            server.terminate()
            server.wait(timeout=30)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _start_server(installation: Installation) -> subprocess.Popen[bytes]:
    """A Prefect server on a free loopback port, its log in the state folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}/api"
    log = (installation.state.prefect / "server.log").open("ab")
    server = subprocess.Popen(  # noqa: S603 - our own interpreter, fixed arguments
        [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"],
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            with urlopen(f"{address}/health", timeout=2):  # noqa: S310 - loopback
                os.environ["PREFECT_API_URL"] = address
                return server
        except (URLError, OSError):
            time.sleep(0.5)
    server.kill()
    raise ServerError(
        message("nightly.no_server"),
        place=str(installation.state.prefect / "server.log"),
        advice=message("nightly.no_server_advice"),
    )
