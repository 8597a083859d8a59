"""Request Tracker 5 itself, with SQLite: tickets are made, changed, resolved and reopened, and read by the connector."""

from __future__ import annotations

import os
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
from connectors.rest import RequestTrackerConnector, RestSettings
from models.record import Record
from tests.connectors.vendors import local
from tests.real.nights import Nights
from tests.real.servers import free_port, running
from warehouse.storage.database import today

SERVER = Path("/usr/share/request-tracker5/libexec/rt-server")
SETUP = Path("/usr/sbin/rt-setup-database-5")

pytestmark = [
    pytest.mark.real,
    pytest.mark.usefixtures("prefect_server"),
    pytest.mark.skipif(not (SERVER.exists() and SETUP.exists()), reason="needs tests/real/install.sh"),
    pytest.mark.timeout(300),
]

SITE = """
Set($rtname, 'ensia-test');
Set($Organization, 'ensia.test');
Set($WebDomain, '127.0.0.1');
Set($WebPort, {port});
Set($WebBaseURL, 'http://127.0.0.1:{port}');
Set($Timezone, 'Europe/Amsterdam');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{folder}/rt.sqlite');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'error');
Set($MailCommand, 'testfile');
Set($WebSessionClass, 'Apache::Session::File');
1;
"""

CONTENT = """
@Queues = ({ Name => 'Incidenten' }, { Name => 'Datalekken' }, { Name => 'Nachten' });
@CustomFields = (
    { Name => 'Oorzaak', Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket', ApplyTo => ['Incidenten', 'Nachten'] },
);
"""

TOKEN = """
use lib '/usr/share/request-tracker5/lib'; use RT; RT::LoadConfig(); RT::Init(); require RT::AuthToken;
my $user = RT::User->new(RT->SystemUser); $user->Load('root');
my $token = RT::AuthToken->new(RT->SystemUser);
my ($ok, $message, $text) = $token->Create(Owner => $user->Id, Description => 'koppeling');
die $message unless $ok; print $text;
"""


@dataclass
class RequestTracker:
    """A running Request Tracker."""

    address: str
    token: str

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(
            method, f"{self.address}/REST/2.0{path}", json=body, auth=("root", "password"), timeout=60
        )
        assert answer.status_code < 300, answer.text
        return answer.json()

    def ticket(self, queue: str, subject: str, **fields: Any) -> str:
        return str(self.ask("POST", "/ticket", {"Queue": queue, "Subject": subject, **fields})["id"])

    def connector(self, said: list[str] | None = None, secret: str = "", **settings: Any) -> RequestTrackerConnector:
        secrets = {"TOKEN": secret or self.token, "USER": "root", "PASSWORD": "password"}
        given = {"address": self.address, "token": "TOKEN", **settings}
        report = said.append if said is not None else lambda message: None
        context = Context("voorbeeld", "meldingen", Path(), date.today(), secrets.__getitem__, report)
        return RequestTrackerConnector(RestSettings.model_validate(given), context)

    def records(self, window: Window = Window(), **settings: Any) -> dict[str, Record]:  # noqa: B008
        source = self.connector(**settings)
        found = [record for payload in source.fetch(window) for record in source.read(payload)]
        by_key = {record.key or "": record for record in found}
        assert len(by_key) == len(found)
        return by_key


@pytest.fixture(scope="module")
def rt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RequestTracker]:
    folder = tmp_path_factory.mktemp("rt")
    (folder / "none").mkdir()
    port = free_port()
    (folder / "site.pm").write_text(SITE.format(port=port, folder=folder))
    (folder / "content").write_text(CONTENT)
    environment = {
        "RT_SITE_CONFIG": str(folder / "site.pm"),
        "RT_SITE_CONFIG_DIR": str(folder / "none"),
        "TMPDIR": str(folder),
    }

    def run(*command: str) -> str:
        done = subprocess.run(
            command,
            env={**os.environ, **environment},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run(str(SETUP), "--action", "init", "--skip-create", "--dba", "root")
    run(str(SETUP), "--action", "insert", "--datafile", str(folder / "content"), "--dba", "root")
    token = run(shutil.which("perl") or "perl", "-e", TOKEN)
    address = f"http://127.0.0.1:{port}"
    command = [str(SERVER), "--host", "127.0.0.1", "--port", str(port), "--server", "HTTP::Server::PSGI"]
    with running(command, f"{address}/REST/2.0/rt", folder / "log", environment):
        yield RequestTracker(address, token)


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def test_the_life_of_a_ticket(rt: RequestTracker) -> None:
    before = now().replace(microsecond=0)
    ticket = rt.ticket(
        "Incidenten",
        "Phishing bij Müller",
        Priority=100,
        Due="2030-06-01 12:00:00",
        CustomFields={"Oorzaak": "Bijlage geopend"},
    )
    settings: dict[str, Any] = {"custom": {"root_cause": "Oorzaak"}}

    made = rt.records(**settings)[ticket]
    assert made.problems == []
    assert made.values["title"] == "Phishing bij Müller"
    assert made.values["url"] == f"{rt.address}/Ticket/Display.html?id={ticket}"
    assert (made.values["ticket_type"], made.values["owner"]) == ("incident", "Incidenten")
    assert (made.values["priority"], made.values["state"]) == ("high", "open")
    assert made.values["root_cause"] == "Bijlage geopend"
    assert made.values["resolved_at"] is None
    assert local(before) <= made.values["opened_at"] <= local(now())
    assert made.values["due_at"].date() == date(2030, 6, 1)

    rt.ask("PUT", f"/ticket/{ticket}", {"Status": "open"})
    assert rt.records(**settings)[ticket].values["state"] == "in_progress"

    rt.ask("PUT", f"/ticket/{ticket}", {"Status": "resolved"})
    closed = rt.records(**settings)[ticket]
    assert closed.values["state"] == "resolved"
    assert closed.values["opened_at"] <= closed.values["resolved_at"] <= local(now())

    rt.ask("PUT", f"/ticket/{ticket}", {"Status": "open"})
    reopened = rt.records(**settings)[ticket]
    assert (reopened.values["state"], reopened.values["resolved_at"]) == ("in_progress", None)


def test_dates_that_are_not_set_are_none(rt: RequestTracker) -> None:
    ticket = rt.ticket("Datalekken", "Brief naar verkeerd adres")
    record = rt.records()[ticket]
    assert (record.values["due_at"], record.values["resolved_at"]) == (None, None)
    assert record.values["ticket_type"] == "data_breach"
    assert "root_cause" not in record.values


def test_all_pages_come_once(rt: RequestTracker) -> None:
    made = {rt.ticket("General", f"Vraag {number}") for number in range(23)}
    source = rt.connector(page_size=5)
    payloads = list(source.fetch(Window()))
    found = [record.key for payload in payloads for record in source.read(payload)]
    assert len(payloads) >= 5
    assert len(found) == len(set(found)) == rt.ask("GET", "/tickets?query=id>0")["total"]
    assert made <= set(found)
    assert source.complete(Window())


def test_a_filter_of_the_organisation(rt: RequestTracker) -> None:
    rt.ticket("Incidenten", "Storing")
    found = rt.records(filter="Queue = 'Incidenten' OR Queue = 'Datalekken'")
    assert {record.values["owner"] for record in found.values()} <= {"Incidenten", "Datalekken"}
    assert found


def test_changes_only(rt: RequestTracker) -> None:
    ticket = rt.ticket("General", "Net gewijzigd")
    window = Window(since=now() - timedelta(minutes=5))
    said: list[str] = []
    source = rt.connector(said)
    found = {record.key for payload in source.fetch(window) for record in source.read(payload)}
    assert ticket in found
    assert not source.complete(window)
    assert said == []
    assert rt.records(Window(since=now() + timedelta(days=3))) == {}  # the overlap is a day
    for back in (timedelta(minutes=1), timedelta(hours=17), timedelta(days=1), timedelta(days=400)):
        assert ticket in rt.records(Window(since=now() - back))


def test_what_is_refused_is_said_without_the_token(rt: RequestTracker) -> None:
    wrong = "1-14-0123456789abcdef0123456789abcdef"
    with pytest.raises(TerminalError, match="aanmelding") as caught:
        list(rt.connector(secret=wrong).fetch(Window()))
    assert wrong not in str(caught.value)
    with pytest.raises(TerminalError, match="400") as caught:
        list(rt.connector(filter="onzin").fetch(Window()))
    assert rt.token not in str(caught.value)


def test_basic_works_too(rt: RequestTracker) -> None:
    rt.ticket("General", "Nog een")
    assert rt.records(sign_in="basic", user="USER", token="PASSWORD")


@pytest.mark.slow  # the usual run has quicker ones of its kind
@pytest.mark.timeout(1200)  # six nights
def test_tickets_become_versions_and_retirements_in_the_warehouse(
    rt: RequestTracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RT_TOKEN", rt.token)
    nights = Nights(
        tmp_path,
        {
            "connector": "request_tracker", "address": rt.address, "token": "RT_TOKEN", "filter": "Queue = 'Nachten'",
            "mapping": {"ticket_type": {"values": {"nachten": "incident"}}}, "custom": {"root_cause": "Oorzaak"},
            "full_every": "P1D",
        },
    )  # fmt: skip
    first = rt.ticket("Nachten", "Storing in het zaaksysteem", Priority=100)
    second = rt.ticket("Nachten", "Vergissing", Priority=0)
    assert nights.night() == (2, 0, 0)
    assert nights.night() == (0, 2, 0)
    assert nights.result("5.25-bestaan-beoordeeld") == "pass"
    assert nights.result("5.27.01-bestaan-oorzaak") == "no_evidence"

    rt.ask("PUT", f"/ticket/{first}", {"Status": "open"})
    assert nights.night() == (1, 1, 0)
    rt.ask("PUT", f"/ticket/{first}", {"Status": "resolved", "CustomFields": {"Oorzaak": "Volle schijf"}})
    assert nights.night() == (1, 1, 0)
    made, taken_up, settled = nights.versions("ticket", first)
    assert [version["state"] for version in (made, taken_up, settled)] == ["open", "in_progress", "resolved"]
    assert (made["resolved_at"], taken_up["resolved_at"], settled["retired_at"]) == (None, None, None)
    assert settled["resolved_at"] >= settled["opened_at"]
    assert nights.result("5.27.01-bestaan-oorzaak") == "pass"
    assert b"Volle schijf" in nights.landed(settled)
    assert b"Volle schijf" not in nights.landed(made)

    rt.ask("PUT", f"/ticket/{second}", {"Status": "deleted"})
    nights.night()  # only what changed was asked for, so absence means nothing yet
    assert nights.versions("ticket", second)[-1]["retired_at"] is None
    assert nights.night(today() + timedelta(days=1)) == (0, 1, 1)
    assert nights.versions("ticket", second)[-1]["retired_at"] is not None
