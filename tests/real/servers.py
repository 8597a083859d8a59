"""Starting a real server for a test, and being sure that it is gone afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import requests

TOOLS = Path(os.environ.get("ENSIA_REAL_TOOLS", "/opt/ensia-real"))


def free_port() -> int:
    """A port on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def as_nobody(command: list[str]) -> list[str]:
    """The command as an account without rights, when we are root: some servers refuse root, and none needs it."""
    return ["runuser", "-u", "nobody", "--", *command] if os.geteuid() == 0 else command


@contextlib.contextmanager
def running(command: list[str], address: str, log: Path, environment: dict[str, str]) -> Iterator[None]:
    """Run `command` until the block ends; it is ready when `address` answers, whatever the status.

    The process gets a group of its own, and the whole group is ended.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **environment}, start_new_session=True
        )
    try:
        _wait(process, address, log)
        yield
    finally:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)


def _wait(process: subprocess.Popen[bytes], address: str, log: Path, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(requests.ConnectionError):
            requests.get(address, timeout=5, proxies={"http": "", "https": ""})
            return
        time.sleep(0.2)
    raise AssertionError(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")
