"""Roundup itself, with its classic template: issues are made, changed and resolved, and read by the connector."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.base import Context, TerminalError, Window
from connectors.rest import RestSettings, RoundupConnector
from models.record import Record
from tests.connectors.vendors import local
from tests.flows.conftest import prefect_server  # noqa: F401 - the fixture
from tests.real.nights import Nights
from tests.real.servers import TOOLS, as_nobody, free_port, running

BIN = TOOLS / "roundup" / "bin"
PASSWORD = "een-lang-wachtwoord"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (BIN / "roundup-server").exists(), reason="needs tests/real/install.sh"),
    pytest.mark.timeout(300),
]


@dataclass
class Roundup:
    """A running tracker."""

    address: str

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"X-Requested-With": "rest", "Referer": f"{self.address}/", "Origin": self.address.rsplit("/", 1)[0]}
        if method in {"PUT", "PATCH", "DELETE"}:
            current = requests.get(
                f"{self.address}/rest/data/{path}", auth=("admin", PASSWORD), headers=headers, timeout=60
            )
            headers["If-Match"] = current.headers["ETag"]
        answer = requests.request(
            method, f"{self.address}/rest/data/{path}", json=body, auth=("admin", PASSWORD), headers=headers, timeout=60
        )
        assert answer.status_code < 300, answer.text
        return answer.json()["data"]

    def issue(self, title: str, **fields: Any) -> str:
        return str(self.ask("POST", "issue", {"title": title, **fields})["id"])

    def connector(self, said: list[str] | None = None, secret: str = PASSWORD, **settings: Any) -> RoundupConnector:
        secrets = {"USER": "admin", "PASSWORD": secret}
        given = {"address": self.address, "user": "USER", "token": "PASSWORD", **settings}
        report = said.append if said is not None else lambda message: None
        context = Context("voorbeeld", "meldingen", Path(), date.today(), secrets.__getitem__, report)
        return RoundupConnector(RestSettings.model_validate(given), context)

    def records(self, window: Window = Window(), **settings: Any) -> dict[str, Record]:  # noqa: B008
        source = self.connector(**settings)
        found = [record for payload in source.fetch(window) for record in source.read(payload)]
        by_key = {record.key or "": record for record in found}
        assert len(by_key) == len(found)
        return by_key


@pytest.fixture(scope="module")
def roundup() -> Iterator[Roundup]:
    port = free_port()
    folder = Path(
        subprocess.run(as_nobody(["mktemp", "-d"]), capture_output=True, text=True, check=True).stdout.strip()
    )
    tracker = folder / "tracker"
    address = f"http://127.0.0.1:{port}/issues"
    options = f"tracker_web={address}/,mail_domain=example.nl,mail_host=127.0.0.1,tracker_email=issues@example.nl"

    def admin(*arguments: str) -> None:
        command = as_nobody([str(BIN / "roundup-admin"), "-i", str(tracker), *arguments])
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    try:
        admin("install", "classic", "sqlite", options)
        admin("initialise", PASSWORD)
        command = as_nobody([str(BIN / "roundup-server"), "-n", "127.0.0.1", "-p", str(port), f"issues={tracker}"])
        with running(command, f"{address}/", folder / "log", {"HOME": str(folder)}):
            yield Roundup(address)
    finally:
        shutil.rmtree(folder)


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def test_the_life_of_an_issue(roundup: Roundup) -> None:
    before = now().replace(microsecond=0)
    roundup.ask("POST", "keyword", {"name": "oorzaakanalyse"})
    issue = roundup.issue("Storing bij Müller", priority="critical", status="unread", keyword=["oorzaakanalyse"])

    made = roundup.records()[issue]
    assert made.problems == []
    assert made.values["title"] == "Storing bij Müller"
    assert made.values["url"] == f"{roundup.address}/issue{issue}"
    assert (made.values["priority"], made.values["state"]) == ("critical", "open")
    assert made.values["labels"] == ["root_cause_analysis"]
    assert made.values["resolved_at"] is None
    assert local(before) <= made.values["opened_at"] <= local(now())
    assert requests.get(made.values["url"], auth=("admin", PASSWORD), timeout=60).status_code == 200

    roundup.ask("PATCH", f"issue/{issue}", {"status": "in-progress"})
    assert roundup.records()[issue].values["state"] == "in_progress"

    roundup.ask("PATCH", f"issue/{issue}", {"status": "resolved"})
    closed = roundup.records()[issue]
    assert closed.values["state"] == "resolved"
    assert closed.values["opened_at"] <= closed.values["resolved_at"] <= local(now())


def test_an_issue_without_priority_or_keywords(roundup: Roundup) -> None:
    issue = roundup.issue("Kaal")
    record = roundup.records()[issue]
    assert record.problems == []
    assert (record.values["state"], record.values["priority"], record.values["labels"]) == ("open", None, None)


def test_all_pages_come_once(roundup: Roundup) -> None:
    made = {roundup.issue(f"Vraag {number}") for number in range(23)}
    source = roundup.connector(page_size=5)
    payloads = list(source.fetch(Window()))
    found = [record.key for payload in payloads for record in source.read(payload)]
    assert len(payloads) >= 5
    assert len(found) == len(set(found)) == roundup.ask("GET", "issue")["@total_size"]
    assert made <= set(found)
    assert source.complete(Window())


def test_a_retired_issue_is_gone_from_a_complete_collection(roundup: Roundup) -> None:
    issue = roundup.issue("Vergissing")
    assert issue in roundup.records()
    roundup.ask("DELETE", f"issue/{issue}")
    assert issue not in roundup.records()


def test_changes_only(roundup: Roundup) -> None:
    issue = roundup.issue("Net gewijzigd")
    window = Window(since=now() - timedelta(minutes=5))
    said: list[str] = []
    source = roundup.connector(said)
    assert issue in {record.key for payload in source.fetch(window) for record in source.read(payload)}
    assert not source.complete(window)
    assert said == []
    assert roundup.records(Window(since=now() + timedelta(days=3))) == {}
    assert issue in roundup.records(Window(since=now() - timedelta(days=400)))


def test_what_is_refused_is_said_without_the_password(roundup: Roundup) -> None:
    wrong = "een-verkeerd-wachtwoord"
    with pytest.raises(TerminalError, match="aanmelding") as caught:
        list(roundup.connector(secret=wrong).fetch(Window()))
    assert wrong not in str(caught.value)
    with pytest.raises(TerminalError, match="bestaat_niet") as caught:
        list(roundup.connector(custom={"asset": "bestaat_niet"}).fetch(Window()))
    assert PASSWORD not in str(caught.value)


@pytest.mark.timeout(1200)  # four nights
def test_issues_become_versions_and_retirements_in_the_warehouse(
    roundup: Roundup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUNDUP_USER", "admin")
    monkeypatch.setenv("ROUNDUP_PASSWORD", PASSWORD)
    incident = roundup.ask("POST", "keyword", {"name": "incident"})["id"]
    nights = Nights(
        tmp_path,
        {
            "connector": "roundup", "address": roundup.address, "user": "ROUNDUP_USER", "token": "ROUNDUP_PASSWORD",
            "params": {"keyword": incident}, "incremental": False,
        },
    )  # fmt: skip
    first = roundup.issue("Storing in het zaaksysteem", priority="critical", status="unread", keyword=["incident"])
    second = roundup.issue("Vergissing", priority="bug", status="unread", keyword=["incident"])
    roundup.issue("Een ander onderwerp", priority="bug", status="unread")
    assert nights.night() == (2, 0, 0)
    assert nights.night() == (0, 2, 0)
    assert nights.result("5.25-bestaan-beoordeeld") == "pass"

    roundup.ask("PATCH", f"issue/{first}", {"status": "in-progress"})
    assert nights.night() == (1, 1, 0)
    roundup.ask("PATCH", f"issue/{first}", {"status": "resolved"})
    roundup.ask("DELETE", f"issue/{second}")
    assert nights.night() == (1, 0, 1)
    states = [version["state"] for version in nights.versions("ticket", first)]
    assert states == ["open", "in_progress", "resolved"]
    settled = nights.versions("ticket", first)[-1]
    assert settled["resolved_at"] >= settled["opened_at"]
    assert b"Storing in het zaaksysteem" in nights.landed(settled)
    (gone,) = nights.versions("ticket", second)
    assert gone["retired_at"] == settled["recorded_at"]
    assert (
        nights.result("5.27.01-bestaan-oorzaak") == "fail"
    )  # a serious one was settled, and nobody wrote why it happened
