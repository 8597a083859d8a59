"""The watch of `ensia serve`: it says that it lives, and starts the night that did not come, once."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

import flows.watch
from flows.heartbeat import Heartbeat, last_heartbeat, write_heartbeat
from flows.installation import load_installation
from flows.orchestration import is_running, only_run
from flows.watch import Watch
from tests.flows.municipality import write_municipality
from warehouse.storage.database import State

NOON = datetime(2026, 11, 20, 11, 0)


class Started:
    """Stands in for a process that was started, and has not ended."""

    commands: list[list[str]]

    def __init__(self, command: list[str]) -> None:
        self.commands.append(command)

    def poll(self) -> None:
        return None


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    Started.commands = []
    monkeypatch.setattr(flows.watch.subprocess, "Popen", Started)
    return Started.commands


def test_a_heartbeat_comes_back_as_it_was(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    for heartbeat in (
        Heartbeat(NOON, NOON, 7, "03:15"),
        Heartbeat(NOON, NOON, 7, "03:15", date(2026, 11, 20), 2, NOON),
    ):
        write_heartbeat(state, heartbeat)
        assert last_heartbeat(state) == heartbeat
    assert [file.name for file in state.root.iterdir()] == ["heartbeat.json"]


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"at": 5}', "\0\0", '{"at": "2026-11-20"}'])
def test_what_is_no_heartbeat_is_none(tmp_path: Path, text: str) -> None:
    state = State(tmp_path)
    state.heartbeat.write_text(text, "utf-8")
    assert last_heartbeat(state) is None


def test_a_beat_is_silent_when_it_is_old_or_from_the_future() -> None:
    heartbeat = Heartbeat(NOON, NOON, 7, "03:15")
    assert not heartbeat.is_silent(NOON + timedelta(minutes=9))
    assert heartbeat.is_silent(NOON + timedelta(minutes=11))
    assert heartbeat.is_silent(NOON - timedelta(days=365))


def test_a_missed_night_is_started_once_as_of_its_day(tmp_path: Path, commands: list[list[str]]) -> None:
    installation = load_installation(write_municipality(tmp_path))
    write_heartbeat(installation.state, Heartbeat(NOON, datetime(2026, 11, 1), 1, "03:15"))
    watch = Watch(installation)
    watch.look(NOON)
    watch.look(NOON + timedelta(hours=5))
    assert [command[-1] for command in commands] == ["2026-11-20"], "the second look sees that the first still runs"
    heartbeat = last_heartbeat(installation.state)
    assert heartbeat is not None
    assert (heartbeat.night, heartbeat.attempts, heartbeat.process) == (date(2026, 11, 20), 1, os.getpid())


def test_while_a_run_is_busy_no_night_is_started(tmp_path: Path, commands: list[list[str]]) -> None:
    installation = load_installation(write_municipality(tmp_path))
    write_heartbeat(installation.state, Heartbeat(NOON, datetime(2026, 11, 1), 1, "03:15"))
    watch = Watch(installation)
    with only_run(installation.state):
        assert is_running(installation.state)
        watch.look(NOON)
    assert commands == []
    assert not is_running(installation.state)
    watch.look(NOON)
    assert len(commands) == 1
