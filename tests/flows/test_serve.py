"""`ensia serve`: a run starts by the clock, and stopping it leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flows.installation import load_installation
from flows.schedule import cron
from warehouse.reading.read import Published

SERVE = """
import sys
from pathlib import Path
from flows.installation import load_installation
from flows.serve import serve

if __name__ == "__main__":  # the run is a process of its own, which imports this file again
    serve(load_installation(Path(sys.argv[1])), schedule="* * * * *")
"""


def processes_of(folder: Path) -> list[str]:
    """Command lines of the processes that have this installation's Prefect folder in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return [command for command in found if "prefect" in command or "serve.py" in command]


def test_the_time_of_day_is_a_cron_line() -> None:
    assert cron("03:15") == "15 3 * * *"


@pytest.mark.timeout(900)
def test_a_scheduled_run_starts_and_nothing_stays_behind(municipality: Path) -> None:
    script = municipality / "serve.py"
    script.write_text(SERVE, "utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    with (municipality / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(script), str(municipality)], env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            state = load_installation(municipality).state
            deadline = time.monotonic() + 600
            while not state.published.exists():
                told = (municipality / "serve.log").read_text("utf-8")
                assert process.poll() is None and time.monotonic() < deadline, f"no run was started:\n{told}"
                time.sleep(1)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=120)
    with Published(state) as published:
        assert published.last_run()["state"] == "ok"
    deadline = time.monotonic() + 60
    while processes_of(municipality) and time.monotonic() < deadline:
        time.sleep(1)
    assert processes_of(municipality) == []
