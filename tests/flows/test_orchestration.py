"""Orchestration serves the night and decides nothing: the server is our own, ends when its owner does, and nothing after
publishing changes what a run came to."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import flows.night
import flows.nightly
from connectors.base import TransientError
from flows.collect import Collected, Earlier
from flows.installation import load_installation
from flows.log import log_file
from flows.metrics import metrics_file
from flows.night import Assignment
from flows.nightly import RunError, run_nightly
from flows.orchestration import _listen, stop_orphans
from flows.process import Process
from flows.steps import Outcome
from flows.stopping import EXIT_CODE
from flows.without_prefect import collect_without_prefect
from models.message import message
from tests.flows.municipality import AS_OF, ROWS, write_municipality
from warehouse.reading.read import Published
from warehouse.storage.database import State, open_warehouse, utc_now
from warehouse.storage.own_files import private_folder
from warehouse.storage.runs import Run

SECRET = "Joke Hagedoorn"  # what an error's text may quote

OWNER = """
import os, sys, time
from pathlib import Path
from flows.orchestration import configure, server
from flows.steps import Outcome
from tests.flows.municipality import AS_OF, write_municipality
from warehouse.storage.database import State
state = State(Path(sys.argv[1]))
configure(state)
with server(state):
    heir = os.fork()  # it holds all that its parent held, also the pipe of the server
    if heir == 0:
        time.sleep(600)
    print(os.environ["PREFECT_API_URL"], heir, flush=True)
    time.sleep(600)
"""

# A night of which the server does not come up in the time that it has.
TOO_SLOW = """
import sys
from pathlib import Path
import flows.orchestration
from flows.installation import load_installation
from flows.nightly import run_nightly
from tests.flows.municipality import AS_OF
flows.orchestration.START_SECONDS = 0
outcome = run_nightly(load_installation(Path(sys.argv[1])), as_of=AS_OF)
print(outcome.state, *outcome.remarks, sep="\\n")
"""


def sleeping() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])


def remember(state: State, running: Process, owner: Process) -> Path:
    file = private_folder(state.prefect / "servers") / f"{running.number}.json"
    content = {
        "server": {"number": running.number, "started": running.started},
        "owner": {"number": owner.number, "started": owner.started},
    }
    file.write_text(json.dumps(content), "utf-8")
    return file


def process(number: int) -> Process:
    known = Process.of(number)
    assert known is not None
    return known


def test_a_server_is_an_orphan_when_its_owner_is_gone_whoever_its_parent_is(tmp_path: Path) -> None:
    state = State(tmp_path)
    running, owner = sleeping(), sleeping()
    try:
        file = remember(state, process(running.pid), process(owner.pid))
        assert stop_orphans(state) == [] and file.exists() and running.poll() is None
        owner.kill()
        owner.wait()
        assert stop_orphans(state) == [running.pid] and not file.exists()
        assert running.wait(30) == -signal.SIGTERM
        assert stop_orphans(state) == []
    finally:
        for each in (running, owner):
            each.kill()
            each.wait()


def test_a_process_that_got_the_number_of_a_server_is_left_alone(tmp_path: Path) -> None:
    state, other = State(tmp_path), sleeping()
    try:
        now = process(other.pid)
        gone = Process(now.number, now.started - 1)
        file = remember(state, gone, gone)
        assert stop_orphans(state) == [] and not file.exists()
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_what_is_no_file_of_a_server_stops_nothing(tmp_path: Path) -> None:
    state = State(tmp_path)
    for number, text in enumerate(["", "{}", "[]", '{"server": 1, "owner": 2}', "\0"]):
        (private_folder(state.prefect / "servers") / f"{number}.json").write_text(text, "utf-8")
    assert stop_orphans(state) == []


def test_nobody_else_can_answer_on_our_port_even_after_the_server_ended() -> None:
    listening = _listen()
    address = listening.getsockname()
    listening.shutdown(socket.SHUT_RDWR)
    with socket.socket() as other, pytest.raises(OSError):
        other.bind(address)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=30)
    listening.close()


@pytest.mark.timeout(900)
def test_a_server_ends_when_its_owner_is_killed(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
    command = [sys.executable, "-c", OWNER, str(tmp_path)]
    heir = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as owner:
        try:
            assert owner.stdout is not None
            address, number = owner.stdout.readline().split()
            assert address.startswith(b"http://127.0.0.1:")
            heir = int(number)
            (file,) = (tmp_path / "prefect" / "servers").glob("*.json")
            running = Process(**json.loads(file.read_text("utf-8"))["server"])
            assert running.runs()
        finally:
            owner.kill()
    try:
        deadline = time.monotonic() + 300
        while running.runs() and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not running.runs()
    finally:
        os.kill(heir, signal.SIGKILL)


def fails(*arguments: Any, **named: Any) -> Any:
    raise RuntimeError(f"kan {SECRET} niet verwerken")


@dataclass(frozen=True, slots=True)
class Failing:
    """A night of which every step after publishing failed, and then the orchestration itself: what came of it."""

    folder: Path
    outcome: Outcome
    printed: str
    log: str


# What fails after publishing, and how the remark of it begins.
AFTERWARDS = {
    "send_messages": "berichten: ",
    "make_reports": "rapporten: ",
    "show_in_prefect": "overzicht in Prefect: ",
    "nightly_flow": "na het publiceren, bij het afsluiten: ",
}


@pytest.fixture(scope="module")
def failing(prefect_server: None, tmp_path_factory: pytest.TempPathFactory) -> Failing:
    whole = flows.nightly.nightly_flow

    def fails_at_its_end() -> Any:
        def run(*arguments: Any) -> None:
            whole()(*arguments)
            fails()

        return run

    folder = write_municipality(tmp_path_factory.mktemp("gemeente"))
    installation = load_installation(folder)
    output = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(output), redirect_stderr(output):
        for step in AFTERWARDS:
            patch.setattr(flows.nightly, step, fails_at_its_end if step == "nightly_flow" else fails)
        outcome = run_nightly(installation, as_of=AS_OF)
    log = log_file(installation.state).read_text("utf-8")
    return Failing(folder, outcome, output.getvalue(), log)


@pytest.mark.parametrize("step", AFTERWARDS)
def test_what_fails_after_publishing_is_a_remark(failing: Failing, step: str) -> None:
    """The outcome stands; one sentence tells of each failure and names the log."""
    (remark,) = [line for line in map(str, failing.outcome.remarks) if line.startswith(AFTERWARDS[step])]
    assert "onverwachte fout (RuntimeError); zie state/logs/ensia.log" in remark


def test_what_fails_after_publishing_loses_nothing(failing: Failing) -> None:
    outcome = failing.outcome
    assert (outcome.state, outcome.degraded, outcome.totals.stored) == ("ok", [], 5)
    assert len(outcome.remarks) == len(AFTERWARDS)
    with Published(load_installation(failing.folder).state) as published:
        assert published.last_run()["state"] == "ok"


def test_the_log_tells_where_it_failed_and_nobody_is_shown_what_an_error_quotes(failing: Failing) -> None:
    assert failing.log.count("builtins.RuntimeError") == len(AFTERWARDS) and "in fails" in failing.log
    assert "Traceback" not in failing.printed
    for text in (*map(str, failing.outcome.remarks), failing.log, failing.printed):
        assert SECRET not in text


def test_the_log_tells_each_run_in_lines_of_json(failing: Failing) -> None:
    lines = [json.loads(line) for line in failing.log.splitlines()]
    run_id = failing.outcome.run.run_id
    events = [line["about"] for line in lines if line.get("run") == run_id]
    assert events == [
        "run_began", "step_ended", "source_ended", "source_ended", "step_ended", "step_ended", "step_ended", "step_ended", "run_ended",
    ]  # fmt: skip
    assert {line["source"] for line in lines if "source" in line} == {
        "gemeente-test/beleid",
        "gemeente-test/incidenten",
    }
    assert all(line["records"] > 0 for line in lines if line["about"] == "source_ended")
    for row in ROWS:
        assert str(row[0]) not in failing.log, "no value of a source"


def test_what_each_step_took_is_kept_and_told(failing: Failing) -> None:
    state = load_installation(failing.folder).state
    with open_warehouse(state) as connection:
        steps = connection.execute(
            "SELECT step, seconds >= 0, number > 0 OR step = 'examine' FROM ops.step ORDER BY began_at"
        ).fetchall()
    assert steps == [(step, True, True) for step in ("examine", "collect", "assess", "finish", "publish")]
    with Published(state) as published:
        _, nights = published.query("SELECT dag, run, bronnen, bronnen_op_tijd FROM nachten")
        assert nights == [(AS_OF, 1, 2, 2)]
        _, taken = published.query("SELECT stap FROM looptijden")
        assert [step for (step,) in taken] == ["nakijken", "verzamelen", "beoordelen", "afronden"], (
            "publishing itself comes after"
        )
        assert len(published.query("FROM dienstniveau")[1]) == 1
    metrics = metrics_file(state).read_text("utf-8")
    assert "ensia_run_number 1.0" in metrics
    assert 'ensia_source_ok{organisation="gemeente-test",source="beleid"} 1.0' in metrics
    assert 'ensia_step_seconds{step="publish"}' in metrics


@pytest.mark.usefixtures("prefect_server")
def test_a_run_that_fails_before_publishing_fails(municipality: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows.night, "publish", fails)
    with pytest.raises(RunError, match=r"onverwachte fout \(RuntimeError\); zie state/logs/ensia.log") as caught:
        run_nightly(load_installation(municipality), as_of=AS_OF)
    assert SECRET not in str(caught.value)


@pytest.mark.timeout(900)
def test_a_run_that_is_asked_to_stop_ends_by_its_own_steps(municipality: Path) -> None:
    """SIGTERM in the middle of a night: one sentence, its own exit code, and the run is marked; nothing is left running."""
    state = load_installation(municipality).state
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
    command = [sys.executable, "-m", "cli.main", "nightly", "--as-of", AS_OF.isoformat(), "-c", str(municipality)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, text=True) as run:
        deadline = time.monotonic() + 300
        while not list(state.staging.glob("*/*")) and time.monotonic() < deadline and run.poll() is None:
            time.sleep(0.05)
        (file,) = (state.prefect / "servers").glob("*.json")
        running = Process(**json.loads(file.read_text("utf-8"))["server"])
        run.send_signal(signal.SIGTERM)
        _, printed = run.communicate(timeout=300)
    assert run.returncode == EXIT_CODE, printed
    assert "de run is gestopt voordat hij klaar was" in printed and "Traceback" not in printed
    assert not running.runs() and not state.published.exists()
    with open_warehouse(state) as connection:
        assert connection.execute("SELECT state, reason FROM ops.run").fetchall() == [
            ("failed", "de run is gestopt voordat hij klaar was")
        ]


@pytest.mark.timeout(900)
def test_an_orchestration_that_does_not_start_costs_no_night(municipality: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
    command = [sys.executable, "-c", TOO_SLOW, str(municipality)]
    run = subprocess.run(command, capture_output=True, env=environment, text=True, timeout=600, check=False)
    assert run.returncode == 0, run.stderr
    # beside it stands the progress that DuckDB shows of a slow query where a program has no file
    assert "ok" in run.stdout.splitlines()
    assert "de orkestratie (Prefect) is niet gestart" in run.stdout
    assert "Deze nacht is zonder gedaan" in run.stdout
    state = load_installation(municipality).state
    assert not list((state.prefect / "servers").glob("*.json"))
    with Published(state) as published:
        assert published.query("SELECT count(*) FROM bewijs_document")[1] == [(len(ROWS),)]


def test_without_it_a_source_is_tried_again_when_what_stopped_it_may_pass(municipality: Path) -> None:
    first, second = _assignments(municipality)
    attempts: list[str] = []

    def attempt(assignment: Assignment) -> Collected:
        attempts.append(assignment.source.id)
        if assignment is first and attempts.count(first.source.id) < 3:
            raise TransientError("even weg")
        if assignment is second:
            raise TransientError("blijft weg")
        return Collected(first.member, first.source, "ok", "", utc_now(), utc_now())

    came = list(collect_without_prefect([first, second], attempt, at_once=1, first_retry_seconds=0.001))
    assert {each.source.id: each.status for each in came} == {first.source.id: "ok", second.source.id: "failed"}
    assert attempts.count(first.source.id) == 3
    assert attempts.count(second.source.id) == 1 + second.source.retries


def test_without_it_a_source_that_takes_too_long_is_ended(municipality: Path) -> None:
    first, _ = _assignments(municipality)
    hurried = replace(first, source=first.source.model_copy(update={"timeout_seconds": 1}))

    def attempt(_: Assignment) -> Collected:
        while True:
            time.sleep(0.05)

    [came] = collect_without_prefect([hurried], attempt, at_once=1, first_retry_seconds=0.001)
    assert came.status == "failed"
    assert str(came.reason) == str(message("collect.too_long", source=first.source.id, seconds=1))


def _assignments(municipality: Path) -> list[Assignment]:
    installation = load_installation(municipality)
    run = Run("20261120T021500-000000", 1, AS_OF, utc_now(), utc_now())
    earlier = Earlier({}, None, None)
    return [Assignment(installation, member, source, run, earlier) for member, source in installation.sources()]
