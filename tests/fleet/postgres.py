"""A PostgreSQL cluster of our own on a loopback port, that a test may stop and start as it likes."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.real.servers import free_port

_PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: int(place.parent.name))
BIN = _PLACES[-1] if _PLACES else None
HAS_POSTGRES = BIN is not None and (BIN / "initdb").exists()
_SETTINGS = "fsync=off\nlisten_addresses='127.0.0.1'\nmax_connections=60\nshared_buffers=16MB\n"


@dataclass(frozen=True)
class Postgres:
    """A running cluster in `folder`."""

    folder: Path
    port: int

    def address(self, database: str = "postgres") -> str:
        return f"postgresql://ensia@127.0.0.1:{self.port}/{database}"

    def database(self, name: str) -> str:
        """A new, empty database; its address."""
        self.run("psql", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "ensia", "-d", "postgres", "-c", f'CREATE DATABASE "{name}"')  # fmt: skip
        return self.address(name)

    def restart(self) -> None:
        """Stop at once, as when the machine fails, and start again."""
        self.control("restart", "-m", "immediate")

    def stop(self) -> None:
        self.control("stop", "-m", "immediate")

    def start(self) -> None:
        self.control("start")

    def control(self, *words: str) -> None:
        self.run("pg_ctl", "-D", str(self.folder), "-l", str(self.folder / "log"), "-w", *words)

    def run(self, tool: str, *words: str) -> None:
        assert BIN is not None
        subprocess.run([*_as_postgres(), str(BIN / tool), *words], check=True, stdout=subprocess.DEVNULL)


def _as_postgres() -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A cluster for the block. Its folder is directly under the temporary folder: its account must be able to get there."""
    folder = Path(tempfile.mkdtemp(prefix="ensia-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    cluster = Postgres(folder / "data", free_port())
    try:
        cluster.run(
            "initdb", "-D", str(cluster.folder), "-U", "ensia", "-A", "trust", "-N", "--no-locale", "-E", "UTF8"
        )
        with (cluster.folder / "postgresql.conf").open("a") as settings:
            settings.write(f"{_SETTINGS}port={cluster.port}\nunix_socket_directories='{folder}'\n")
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
