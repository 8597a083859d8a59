"""How Prefect runs here: its own folder, no calls outside, no telemetry, one run at a time, a server that is proven ours
and that no ended run leaves behind.

`configure` must come before the import of Prefect, so every module that imports Prefect calls it first.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import IO, Any
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from flows.installation import Installation
from flows.prefect_database import usable_database
from flows.process import Process
from models.errors import EnsiaError
from models.message import Text, message
from warehouse.storage.database import State, WarehouseBusy
from warehouse.storage.own_files import private_folder, private_opener, remove
from warehouse.storage.workspace import Beginning, Workspace, workspace

START_SECONDS = 600
STOP_SECONDS = 30
SERVER_LOG = "prefect-server.log"
_LOCK_ATTEMPTS = 20  # a tenth of a second apart
_LARGEST_LOG = 1_000_000  # bytes; then the next server begins a new one


class ServerError(EnsiaError):
    """The orchestration server did not come up."""


def configure(state: State) -> None:
    """Point Prefect at the installation's state folder, unless the operator chose a server or folder of their own."""
    private_folder(state.prefect)
    for name, value in {
        "PREFECT_HOME": str(state.prefect),
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",  # a server of Prefect's own choosing may be another installation's
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
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
    private_folder(state.root)
    with open(state.lock, "a", opener=private_opener) as lock:
        _hold(lock, state)
        stop_orphans(state)
        yield


def _hold(lock: IO[str], state: State) -> None:
    """Lock the installation for ourselves; who only looks whether it is locked holds it for a moment."""
    for _ in range(_LOCK_ATTEMPTS):
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(0.1)
    raise WarehouseBusy(
        message("database.run_busy"),
        place=str(state.root),
        advice=message("database.busy_advice"),
    )


def is_running(state: State) -> bool:
    """Whether a run, or a command that writes, holds the installation. Raises OSError for a lock that may not be opened."""
    if not state.lock.exists():
        return False
    with open(state.lock, "a", opener=private_opener) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def working_on(
    installation: Installation, *, as_of: date | None = None, beginning: Beginning | None = None
) -> Iterator[tuple[Installation, Workspace]]:
    """The installation where it is worked on, with its warehouse open for writing; see `warehouse.storage.workspace`. Alone
    it is held for one run; in a fleet the lease does that, on all machines."""
    with ExitStack() as stack:
        if installation.state.membership is None:
            stack.enter_context(only_run(installation.state))
        desk = stack.enter_context(workspace(installation.state, as_of=as_of, beginning=beginning))
        yield installation.at(desk.state), desk


@contextmanager
def server(state: State, *, schedules: bool = False) -> Iterator[list[Text]]:
    """A Prefect server for the block, with its scheduler when there are `schedules`; that of the operator when
    PREFECT_API_URL, or Prefect itself, already names one. Gives what is to be said of it. Raises ServerError when ours does
    not come up."""
    if _operators_server():
        yield []
        return
    database = usable_database(state)
    process = _Server(state, schedules, database.settings)
    with ExitStack() as stack:
        stack.callback(process.stop)
        process.start()
        stack.enter_context(_pointed_at(process.address))
        process.wait()
        yield list(database.remarks)


def stop_orphans(state: State) -> list[int]:
    """End the servers of this installation whose owner is gone; returns their process numbers. Each server has a file
    that names it and its owner, so it does not matter who became its parent."""
    ended = []
    for file in _servers(state).glob("*.json"):
        with suppress(OSError, ValueError, TypeError, KeyError):
            content = json.loads(file.read_text("utf-8"))
            running, owner = Process(**content["server"]), Process(**content["owner"])
            if owner.runs():
                continue
            if running.runs():
                os.kill(running.number, signal.SIGTERM)
                ended.append(running.number)
            remove([file])
    return ended


class _Server:
    """A server on a loopback port that this process holds from before its start until after its end."""

    def __init__(self, state: State, schedules: bool, database: Mapping[str, str]) -> None:
        self._state, self._schedules, self._database = state, schedules, database
        self._socket = _listen()
        self._process: subprocess.Popen[bytes] | None = None
        self._file: Path | None = None
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}/api"

    def start(self) -> None:
        """Start the process; it answers some seconds later."""
        settings = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_FINAL": "1"}
        if not self._schedules:
            settings["PREFECT__SERVER_EPHEMERAL"] = "1"  # without the services that only schedules need
        environment = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
        environment |= {**settings, **self._database}
        owner = Process.of(os.getpid())
        descriptor = self._socket.fileno()
        with _log(self._state) as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, fixed arguments
                [sys.executable, "-m", "flows.server_process", str(descriptor), *(owner.words() if owner else ())],
                pass_fds=[descriptor],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
            )
        self._remember(self._process.pid)
        threading.Thread(target=self._refuse_when_ended, args=(self._process,), daemon=True).start()

    def wait(self) -> None:
        """Wait until it answers. Raises ServerError when it ends, or takes too long."""
        assert self._process is not None
        ask = build_opener(ProxyHandler({})).open  # never through a proxy: this is our own machine
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(URLError, OSError), ask(f"{self.address}/health", timeout=2):
                return
            time.sleep(0.1)
        raise ServerError(
            message("nightly.no_orchestration"),
            place=self._state.root.name,
            advice=message("nightly.no_orchestration_advice", state=self._state.root.name, log=SERVER_LOG),
        )

    def stop(self) -> None:
        """End the process and let go of the port; never raises."""
        if self._process is not None:
            with suppress(OSError):
                self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            if self._process.stdin is not None:
                with suppress(OSError):
                    self._process.stdin.close()
        self._socket.close()
        remove([self._file] if self._file is not None else [])

    def _refuse_when_ended(self, process: subprocess.Popen[bytes]) -> None:
        """A server that ended by itself must be refused at once: nobody answers, and the port stays ours."""
        process.wait()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _remember(self, number: int) -> None:
        running, owner = Process.of(number), Process.of(os.getpid())
        if running is None or owner is None:
            return
        self._file = private_folder(_servers(self._state)) / f"{number}.json"
        content = {
            name: {"number": process.number, "started": process.started}
            for name, process in (("server", running), ("owner", owner))
        }
        with open(self._file, "w", encoding="utf-8", opener=private_opener) as out:
            json.dump(content, out)


def _listen() -> socket.socket:
    """A listening socket on a free loopback port that no other process can take, not even when the server has ended."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        listening = socket.socket()
        try:
            listening.bind(("127.0.0.1", port))  # by its number: so it stays bound when it no longer listens
        except OSError as error:
            listening.close()
            if error.errno != errno.EADDRINUSE:
                raise
            continue
        listening.listen(128)
        return listening


def _operators_server() -> bool:
    """Whether a server was chosen already: by the operator, or by whoever imported Prefect before us."""
    if os.environ.get("PREFECT_API_URL"):
        return True
    if "prefect" not in sys.modules:
        return False
    from prefect.settings import PREFECT_API_URL

    return bool(PREFECT_API_URL.value())


@contextmanager
def _pointed_at(address: str) -> Iterator[None]:
    """Within the block Prefect, here and in the processes that it starts, asks the server at `address`."""
    already: Any = sys.modules.get("prefect")
    os.environ["PREFECT_API_URL"] = address
    try:
        with ExitStack() as stack:
            import prefect.settings  # reads the environment; takes as long as the server needs to start

            if already is not None:
                stack.enter_context(prefect.settings.temporary_settings({prefect.settings.PREFECT_API_URL: address}))
            yield
            _send_what_waits()
    finally:
        os.environ.pop("PREFECT_API_URL", None)


def _send_what_waits() -> None:
    """Let Prefect hand its last events to the server before that ends."""
    from prefect.events.worker import EventsWorker

    with suppress(Exception):  # what does not arrive is lost to Prefect only
        EventsWorker.drain_all(timeout=5, at_exit=False)


def _servers(state: State) -> Path:
    return state.prefect / "servers"


def _log(state: State) -> Any:
    """The log of the server, for appending; a long one is set aside first."""
    path = private_folder(state.logs) / SERVER_LOG
    with suppress(OSError):
        if path.stat().st_size > _LARGEST_LOG:
            path.replace(path.with_suffix(".log.1"))
    return open(path, "ab", opener=private_opener)
