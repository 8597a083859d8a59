"""The nights of a fleet as runs of Prefect: a real server, the deployments of `flows/prefect.yaml`, workers that are killed, and
rounds that ask twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from flows.fleet import night_of
from models.configuration import parse_configuration
from tests.fleet.fleets import SmallFleet, write_fleet
from tests.fleet.nights import until
from tests.fleet.page import PAGE, blocks, commands
from tests.fleet.postgres import Postgres
from tests.real.servers import free_port, running

ROOT = Path(__file__).parents[2]
NIGHT = date(2026, 11, 20)
PREFECT = [sys.executable, "-m", "prefect"]


@pytest.mark.parametrize(
    ("moment", "night"),
    [
        (datetime(2026, 11, 20, 3, 0, tzinfo=UTC), date(2026, 11, 20)),  # 04:00 in Amsterdam
        (datetime(2026, 11, 20, 2, 14, tzinfo=UTC), date(2026, 11, 19)),  # 03:14
        (datetime(2026, 11, 20, 2, 15, tzinfo=UTC), date(2026, 11, 20)),  # 03:15
        (datetime(2026, 11, 20, 23, 30, tzinfo=UTC), date(2026, 11, 20)),  # 00:30, the next day
        (datetime(2026, 3, 29, 1, 15, tzinfo=UTC), date(2026, 3, 29)),  # 03:15, after the clocks went forward
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), date(2026, 3, 28)),  # 01:59
        (datetime(2026, 10, 25, 2, 14, tzinfo=UTC), date(2026, 10, 24)),  # 03:14, after they went back
    ],
)
def test_which_night_should_be_done_by_now(moment: datetime, night: date) -> None:
    assert night_of(moment, "03:15") == night


@dataclass
class Server:
    """A Prefect server on PostgreSQL, with the fleet's deployments."""

    address: str
    environment: dict[str, str]
    logs: Path

    def prefect(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._run([*PREFECT, *words])

    def follow(self, block: str) -> str:
        """Do what a block of the documentation says; what it said."""
        said = ""
        for program, *words in commands(block):
            done = {"prefect": self.prefect, "ensia": self.ensia}[program](*words)
            assert done.returncode == 0, f"{program} {words}: {done.stdout}{done.stderr}"
            said += done.stdout
        return said

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)

    def ensia(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._run([sys.executable, "-m", "cli.main", *words])

    def runs(self) -> list[dict[str, Any]]:
        """The runs of nights, oldest first."""
        answer = requests.post(
            f"{self.address}/flow_runs/filter",
            json={"flows": {"name": {"any_": ["municipality-night"]}}, "sort": "EXPECTED_START_TIME_ASC"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        content: list[dict[str, Any]] = answer.json()
        return sorted(content, key=lambda run: str(run["created"]))

    @contextmanager
    def worker(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        """A worker in a group of its own, so that it dies with the runs that it started."""
        with (self.logs / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [*PREFECT, "worker", "start", "--pool", "nights", "--name", name, "--limit", "1"],
                cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        try:
            yield process
        finally:
            end_group(process)


def end_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def server(cluster: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Server, SmallFleet]]:
    database = cluster.database("vloot")
    monkeypatch.setenv("ENSIA_FLEET_DATABASE", database)
    fleet = write_fleet(tmp_path / "vloot", 1, let_in=False)
    port = free_port()
    address = f"http://127.0.0.1:{port}/api"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")} | {
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_API_URL": address,
        "PREFECT_API_DATABASE_CONNECTION_URL": cluster.database("prefect").replace("postgresql", "postgresql+asyncpg"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "DO_NOT_TRACK": "1",
        "ENSIA_CONFIG": str(fleet.folder),
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "200",
    }
    command = [*PREFECT, "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"]
    with running(command, f"{address}/health", tmp_path / "server.log", environment):
        ours = Server(address, environment, tmp_path)
        assert "is opgenomen, en begint met niets" in ours.follow(blocks("sh")[0])
        ours.prefect("deployment", "schedule", "clear", "reconcile/round", "-y")  # the test asks for its rounds itself
        yield ours, fleet


@pytest.mark.real
@pytest.mark.fleet
@pytest.mark.timeout(900)
def test_a_killed_worker_costs_a_run_and_no_night(server: tuple[Server, SmallFleet]) -> None:
    ours, fleet = server
    name = fleet.names[0]
    asks = [("fleet", "reconcile", "-c", str(fleet.folder), "--as-of", NIGHT.isoformat())] * 2
    rounds = [
        subprocess.Popen([sys.executable, "-m", "cli.main", *words], cwd=ROOT, env=ours.environment) for words in asks
    ]
    assert [round_.wait() for round_ in rounds] == [0, 0]
    assert [run["name"] for run in ours.runs()] == [f"{name} {NIGHT}"], "two rounds at once ask once"
    with ours.worker("eerste") as worker:
        until(lambda: fleet.row(name).leased, 240)
        end_group(worker)  # in the middle of the night, and the run that it started with it
        os.kill(int((fleet.row(name).holder or "").split(":")[1]), signal.SIGKILL)
    (dead,) = ours.runs()
    assert dead["state_type"] == "RUNNING" and fleet.row(name).as_of is None
    # what the automation does when no heartbeat came for three minutes, and the end of the term of the lease
    crashed = {"state": {"type": "CRASHED", "name": "Crashed"}, "force": True}
    assert requests.post(f"{ours.address}/flow_runs/{dead['id']}/set_state", json=crashed, timeout=30).status_code < 300
    fleet.database.send("renew", name, fleet.row(name).token, timedelta(seconds=-1))
    assert "1 aangevraagd" in ours.ensia(*asks[0]).stdout
    with ours.worker("tweede"):
        until(lambda: fleet.row(name).as_of == NIGHT, 240)
        until(lambda: [run["state_type"] for run in ours.runs()] == ["CRASHED", "COMPLETED"], 60)
    again = ours.runs()[1]
    assert again["parameters"] == {"organisation": name, "as_of": NIGHT.isoformat()}
    assert set(again["tags"]) >= {f"organisation:{name}", f"night:{NIGHT}"}
    assert fleet.published(name, "SELECT run_no, as_of, state FROM ops.run") == [(1, NIGHT, "ok")]
    assert "0 aangevraagd" in ours.ensia(*asks[0]).stdout, "what is committed is not asked again"
    status = ours.ensia("fleet", "status", "-c", str(fleet.folder), "--as-of", NIGHT.isoformat()).stdout
    assert "klaar" in status and name in status
    assert "1 verouderd" in ours.follow(blocks("sh")[1]), "the day of the view is another than that of the night"


def test_the_settings_of_the_page_are_settings() -> None:
    fleet, member = blocks("yaml")
    assert parse_configuration(fleet, "vloot").fleet is not None
    assert parse_configuration(member, "gemeente").member_of == "../ensia.yaml"
    for unit in (ROOT / "examples" / "deploy" / "fleet").glob("*.service"):
        assert "EnvironmentFile=/etc/ensia/environment" in unit.read_text("utf-8")
        assert f"examples/deploy/fleet/{unit.name}" in PAGE.read_text("utf-8") or unit.with_suffix(".timer").is_file()


def test_the_automation_leaves_out_no_state_in_which_a_night_ends() -> None:
    automations = yaml.safe_load((ROOT / "flows" / "automations.yaml").read_text("utf-8"))["automations"]
    (dead,) = [each for each in automations if each["name"] == "ensia-dead-runs"]
    flow = (ROOT / "flows" / "fleet_flow.py").read_text("utf-8")
    assert 'DEGRADED = "Degraded"' in flow and 'name="NothingToDo"' in flow
    ends = ("Completed", "Degraded", "NothingToDo", "Failed", "Crashed", "Cancelled")
    assert {f"prefect.flow-run.{name}" for name in ends} <= set(dead["trigger"]["expect"])
    assert all(action["type"] != "run-deployment" for action in dead["actions"]), "it would be another night"
