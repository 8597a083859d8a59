"""A run calls nobody: neither it nor the server it starts looks up or connects to anything but this machine."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

# Python imports this module in every process of the run before anything else.
WATCH = """
import os, sys

def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        asked = arguments[0] if event.startswith("socket.get") else arguments[1]
        host = asked[0] if isinstance(asked, tuple) else asked
        line = repr((event, host if isinstance(host, str) else repr(host))) + "\\n"
        handle = os.open(os.environ["NETWORK_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, line.encode())
        os.close(handle)

sys.addaudithook(watch)
"""
HERE = {"127.0.0.1", "localhost", "::1", "0.0.0.0"}


def test_nothing_leaves_the_machine(municipality: Path) -> None:
    (municipality / "sitecustomize.py").write_text(WATCH, "utf-8")
    log = municipality / "network.log"
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "DO_NOT", "GX"))
    }
    environment |= {
        "NETWORK_LOG": str(log),
        "PYTHONPATH": os.pathsep.join([str(municipality), *filter(None, sys.path)]),
    }
    subprocess.run(
        [sys.executable, "-m", "cli.main", "nightly", "--quiet", "-c", str(municipality)], env=environment, check=True
    )
    seen = {ast.literal_eval(line) for line in log.read_text("utf-8").splitlines()}
    assert any(event == "socket.connect" and host == "127.0.0.1" for event, host in seen), "the watch sees the server"
    assert {(event, host) for event, host in seen if host not in HERE} == set()
