"""kill -9 at any moment: the published file always opens and is always one whole run's, and the next run completes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from flows.installation import load_installation
from tests.flows.municipality import INCIDENTS
from warehouse.storage.database import State

KILLS = 20
COMMAND = [sys.executable, "-m", "cli.main", "nightly", "--quiet", "--as-of", "2026-11-20", "-c"]


def check_published(state: State) -> int:
    """The run of the published file, after checking that the file is of that run and no other."""
    with duckdb.connect(str(state.published), read_only=True) as reader:
        run = reader.execute(
            "SELECT run_no FROM ops.run WHERE state IN ('ok', 'degraded') ORDER BY run_no DESC LIMIT 1"
        ).fetchone()
        assert run is not None
        newest = reader.execute("SELECT max(run_no) FROM ops.run").fetchone()
        assert newest == run, "the published file holds a run that was not finished"
        statuses = reader.execute("SELECT count(*) FROM assess.control_status WHERE until_run_no IS NULL").fetchone()
        assert statuses == (93,)
        # a batch is stored whole: each run numbers all tickets of a run alike
        numbers = reader.execute(
            "SELECT count(*), count(DISTINCT category) FROM evidence.ticket WHERE retired_at IS NULL"
        ).fetchone()
        assert numbers == (300, 1)
        return int(run[0])


def write_incidents(folder: Path, version: int) -> None:
    """300 tickets whose category tells the version of the file."""
    lines = [f"I-{number};incident;01-11-2026;03-11-2026;hoog;versie {version}" for number in range(300)]
    (folder / "incidenten.csv").write_text(
        "Nummer;Soort;Gemeld;Opgelost;Prioriteit;Categorie\n" + "\n".join(lines) + "\n", "cp1252"
    )


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_a_killed_run_leaves_nothing_half(municipality: Path) -> None:
    assert INCIDENTS
    configuration = (
        (municipality / "ensia.yaml")
        .read_text("utf-8")
        .replace("priority: Prioriteit}", "priority: Prioriteit, category: Categorie}")
    )
    (municipality / "ensia.yaml").write_text(configuration, "utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
    write_incidents(municipality, 0)
    start = time.monotonic()
    subprocess.run([*COMMAND, str(municipality)], check=True, env=environment)
    subprocess.run([*COMMAND, str(municipality)], check=True, env=environment)
    length = (time.monotonic() - start) / 2
    state = load_installation(municipality).state
    seeded = random.Random(20261120)
    landed_at: list[float] = []
    for kill in range(1, KILLS + 1):
        before = check_published(state)
        write_incidents(municipality, kill)
        process = subprocess.Popen([*COMMAND, str(municipality)], env=environment)
        moment = seeded.uniform(0.3, length)
        try:
            process.wait(timeout=moment)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            landed_at.append(moment)
        assert check_published(state) in (before, before + 1, before + kill + 1)
        subprocess.run([*COMMAND, str(municipality)], check=True, env=environment)
        check_published(state)
        with duckdb.connect(str(state.published), read_only=True) as reader:
            category = reader.execute(
                "SELECT DISTINCT category FROM evidence.ticket WHERE retired_at IS NULL"
            ).fetchone()
            assert category == (f"versie {kill}",)
    print(
        f"\n{len(landed_at)} of {KILLS} runs were killed, {min(landed_at):.1f}–{max(landed_at):.1f} s into a run of {length:.1f} s"
    )
    assert len(landed_at) >= KILLS // 2
