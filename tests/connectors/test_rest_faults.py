"""Every fault against every REST connector: no record lost or doubled, no secret in any text, an end within the budget."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Context, SourceError, TerminalError, TransientError, Window
from connectors.rest import RestConnector
from connectors.tools.descriptions import system as system_called
from models.record import Payload, Record
from tests.connectors import faults
from tests.connectors.faults import Certificates, FaultServer
from tests.connectors.secret_words import PLAIN_TOKEN, SECRETS, assert_silent
from tests.connectors.vendors import DOUBLES, NOW, Double, World, tickets

pytestmark = pytest.mark.timeout(120)
every_double = pytest.mark.parametrize("double", DOUBLES, ids=lambda double: double.__name__)


@dataclass
class Collected:
    """What one collection brought, and everything that was said meanwhile."""

    payloads: list[Payload] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    connector: Any = None

    def assert_exactly(self, double: Double) -> None:
        """Each ticket of the world came once, with what it says; and no secret came along."""
        counted = Counter(record.key for record in self.records)
        assert counted == {double.key(ticket): 1 for ticket in double.world.tickets}
        by_key = {record.key: record for record in self.records}
        for ticket in double.world.tickets:
            record = by_key[double.key(ticket)]
            assert record.problems == []
            wanted = double.expected(ticket)
            assert {name: record.values[name] for name in wanted} == wanted
        self.assert_silent()

    def assert_silent(self) -> None:
        texts = [*self.said, *(str(payload) for payload in self.payloads), *(str(r.locator) for r in self.records)]
        for secret in (PLAIN_TOKEN, "s3cr3t", SECRETS["APP"], "sessie-token-9876"):
            assert not [text for text in texts if secret in text]


def connector(double: Double, address: str, folder: Path, said: list[str], **settings: Any) -> RestConnector:
    given = {
        "address": address,
        "user": "GEBRUIKER",
        "token": "TOKEN",
        "backoff_seconds": 0.005,
        "budget_seconds": 60,
        "page_size": 10,
        **double.settings,
        **settings,
    }
    day, remark = date(2026, 11, 20), lambda remark: said.append(str(remark))
    context = Context("voorbeeld", "meldingen", folder, day, SECRETS.__getitem__, said.append, remark)
    return double.connector(double.connector.Settings.model_validate(given), context)


def collect(double: Double, server: FaultServer, folder: Path, window: Window = Window(), **settings: Any) -> Collected:  # noqa: B008
    """Collect the way the nightly run does: each page is read when it has come."""
    result = Collected()
    result.connector = connector(double, server.address, folder, result.said, **settings)
    try:
        for payload in result.connector.fetch(window):
            result.payloads.append(payload)
            result.records += result.connector.read(payload)
    except SourceError as error:
        check(error, server)
        raise
    return result


def check(error: SourceError, server: FaultServer) -> None:
    """An error names the source and the address, and no secret."""
    assert_silent(error)
    assert server.address in str(error)
    assert "meldingen" in error.place


PASSING: dict[str, dict[int, faults.Fault]] = {
    "none": {},
    "429 at the first": {1: faults.status(429)},
    "429 with Retry-After": {2: faults.status(429, Retry_After="0")},
    "burst of 500": {2: faults.status(500), 3: faults.status(500), 4: faults.status(502), 5: faults.status(503)},
    "reset in the body": {2: faults.reset_in_body, 4: faults.reset_in_body},
    "body cut off": {2: faults.cut_body, 3: faults.broken_chunks},
    "hung up": {1: faults.hung_up, 3: faults.hung_up},
    "JSON cut off": {2: faults.truncated_json},
    "invalid JSON": {1: faults.invalid_json, 3: faults.invalid_json},
    "Latin-1, declared": {1: faults.latin_1("iso-8859-1"), 2: faults.latin_1("windows-1252")},
    "UTF-8 declared as Latin-1": {1: faults.declared_wrongly, 2: faults.declared_wrongly},
}


@every_double
@pytest.mark.parametrize("script", PASSING.values(), ids=PASSING.keys())
def test_a_fault_that_passes_costs_nothing(
    double: type[Double], script: dict[int, faults.Fault], tmp_path: Path
) -> None:
    system = double(World(tickets(37)))
    with FaultServer(system.reply, counts=system.counts) as server:
        for number, fault in script.items():
            server.at(number, fault)
        result = collect(system, server, tmp_path)
        result.assert_exactly(system)
        assert result.connector.complete(Window())


LASTING: dict[str, tuple[faults.Fault, type[SourceError]]] = {
    "401": (faults.status(401), TerminalError),
    "403": (faults.status(403), TerminalError),
    "404": (faults.status(404), TerminalError),
    "echo": (faults.echo, TerminalError),
    "login page": (faults.login_page, TerminalError),
    "other host": (faults.redirect("https://elders.example.nl/"), TerminalError),
    "unreadable text": (faults.latin_1(None), TerminalError),
    "429 for ever": (faults.status(429), TransientError),
    "429 for an hour": (faults.status(429, Retry_After="3600"), TransientError),
    "500 for ever": (faults.status(500), TransientError),
    "reset for ever": (faults.reset_in_body, TransientError),
    "JSON cut off for ever": (faults.truncated_json, TransientError),
}


@every_double
@pytest.mark.parametrize("number", [1, 3], ids=["from the start", "halfway"])
@pytest.mark.parametrize(("fault", "kind"), LASTING.values(), ids=LASTING.keys())
def test_a_fault_that_lasts_fails_the_collection(
    double: type[Double], fault: faults.Fault, kind: type[SourceError], number: int, tmp_path: Path
) -> None:
    system = double(World(tickets(37)))
    with FaultServer(system.reply, counts=system.counts) as server:
        server.from_on(number, fault)
        with pytest.raises(kind):
            collect(system, server, tmp_path, attempts=2)


@every_double
def test_a_slow_drip_ends_within_the_budget(double: type[Double], tmp_path: Path) -> None:
    system = double(World(tickets(37)))
    with FaultServer(system.reply, counts=system.counts) as server:
        server.from_on(2, faults.drip)
        with pytest.raises(TransientError, match="voor deze bron zijn om"):
            collect(system, server, tmp_path, budget_seconds=0.5)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates.make(tmp_path_factory.mktemp("tls"))


@every_double
def test_an_expired_certificate_stops_before_anything_is_sent(double: type[Double], certificates: Certificates) -> None:
    system = double(World(tickets(5)))
    with FaultServer(system.reply, tls=certificates.server(expired=True)) as server:
        with pytest.raises(TerminalError, match="expired"):
            collect(system, server, certificates.folder, ca_file="authority.pem")
        assert server.requests == []


@every_double
def test_a_page_that_comes_back_for_ever_is_noticed(double: type[Double], tmp_path: Path) -> None:
    system = double(World(tickets(37), repeats=True))
    with (
        FaultServer(system.reply, counts=system.counts) as server,
        pytest.raises(TerminalError, match="steeds dezelfde pagina"),
    ):
        collect(system, server, tmp_path)


def _claims(double: type[Double]) -> bool:
    """Whether this system says how many records there are."""
    pagings = [resource.paging for resource in system_called(double.connector.description).resources]
    return any(paging.total or paging.total_header for paging in pagings)


WITH_TOTAL = [double for double in DOUBLES if _claims(double)]


@pytest.mark.parametrize("double", WITH_TOTAL, ids=lambda double: double.__name__)
@pytest.mark.parametrize(
    "total",
    [lambda real, call: real + 5 - call, lambda real, call: real - call % 2, lambda real, call: real + (call == 1)],
    ids=["falling", "wavering", "first too high"],
)
def test_totals_that_change_meanwhile_are_tolerated(double: type[Double], total: Any, tmp_path: Path) -> None:
    system = double(World(tickets(37), total=total))
    with FaultServer(system.reply, counts=system.counts) as server:
        collect(system, server, tmp_path).assert_exactly(system)


@pytest.mark.parametrize("double", WITH_TOTAL, ids=lambda double: double.__name__)
def test_fewer_records_than_the_total_is_incomplete(double: type[Double], tmp_path: Path) -> None:
    world = World(tickets(37), total=lambda real, call: 40)
    world.tickets = [ticket for ticket in world.tickets if ticket.number != 12]
    system = double(world)
    with FaultServer(system.reply, counts=system.counts) as server, pytest.raises(SourceError) as caught:
        collect(system, server, tmp_path)
    assert "gaf 36 van de 40 records" in str(caught.value)
    assert caught.value.transient


@pytest.mark.parametrize("double", WITH_TOTAL, ids=lambda double: double.__name__)
def test_a_record_deleted_between_pages_hides_no_other(double: type[Double], tmp_path: Path) -> None:
    def delete(world: World, call: int) -> None:
        if call == 2:
            del world.tickets[4]  # everything behind it moves up: the first of the next page would be skipped

    system = double(World(tickets(37), before_page=delete))
    with FaultServer(system.reply, counts=system.counts) as server:
        result = collect(system, server, tmp_path)
    keys = Counter(record.key for record in result.records)
    assert set(keys) >= {double.key(system, ticket) for ticket in system.world.tickets}
    assert set(keys.values()) == {1}


@every_double
def test_a_record_added_between_pages_doubles_none(double: type[Double], tmp_path: Path) -> None:
    def add(world: World, call: int) -> None:
        if call == 2:
            world.tickets.insert(0, tickets(38)[-1])  # a server that sorts otherwise: everything moves down

    system = double(World(tickets(37), before_page=add))
    with FaultServer(system.reply, counts=system.counts) as server:
        result = collect(system, server, tmp_path)
    keys = Counter(record.key for record in result.records)
    assert set(keys) >= {double.key(system, ticket) for ticket in tickets(37)}
    assert set(keys.values()) == {1}


@every_double
def test_a_server_that_gives_smaller_pages_than_asked_is_read_whole(double: type[Double], tmp_path: Path) -> None:
    system = double(World(tickets(37), capped=7))
    with FaultServer(system.reply, counts=system.counts) as server:
        collect(system, server, tmp_path).assert_exactly(system)


@every_double
def test_an_empty_system_is_no_error(double: type[Double], tmp_path: Path) -> None:
    system = double(World([]))
    with FaultServer(system.reply, counts=system.counts) as server:
        assert collect(system, server, tmp_path).records == []


@every_double
def test_changes_only(double: type[Double], tmp_path: Path) -> None:
    system = double(World(tickets(60)))
    window = Window(since=NOW - timedelta(hours=20))
    with FaultServer(system.reply, counts=system.counts) as server:
        result = collect(system, server, tmp_path, window, overlap_minutes=10)
    changed = {system.key(t) for t in system.world.tickets if t.changed >= NOW - timedelta(hours=20, minutes=10)}
    assert {record.key for record in result.records} == changed
    assert 15 < len(changed) < 30
    assert result.connector.incremental
    assert not result.connector.complete(window)


@every_double
@pytest.mark.parametrize("page_size", [10, 100], ids=["several pages", "one page"])
def test_a_filter_that_is_ignored_makes_the_collection_a_whole_one(
    double: type[Double], page_size: int, tmp_path: Path
) -> None:
    system = double(World(tickets(60), ignores_filter=True))
    window = Window(since=NOW - timedelta(hours=20))
    with FaultServer(system.reply, counts=system.counts) as server:
        result = collect(system, server, tmp_path, window, page_size=page_size)
    result.assert_exactly(system)
    assert result.connector.complete(window)
    assert [text for text in result.said if "negeert het filter" in text]


@every_double
def test_a_filter_ignored_by_a_server_that_gives_the_newest_first(double: type[Double], tmp_path: Path) -> None:
    system = double(World(tickets(60)[::-1], ignores_filter=True))
    window = Window(since=NOW - timedelta(hours=20))
    with FaultServer(system.reply, counts=system.counts) as server:
        result = collect(system, server, tmp_path, window)
    result.assert_exactly(system)
    assert result.connector.complete(window)


@every_double
def test_a_landed_page_can_be_read_again_without_a_network(double: type[Double], tmp_path: Path) -> None:
    system = double(World(tickets(37)))
    with FaultServer(system.reply, counts=system.counts) as server:
        result = collect(system, server, tmp_path)
    later = connector(system, server.address, tmp_path, [])  # the server is gone
    again = [record for payload in result.payloads for record in later.read(payload)]
    assert [(r.key, r.values) for r in again] == [(r.key, r.values) for r in result.records]
    assert [r.key for r in later.read(result.payloads[0])] == [r.key for r in result.connector.read(result.payloads[0])]


@pytest.mark.slow
@pytest.mark.timeout(600)
@every_double
def test_a_hundred_thousand_records(double: type[Double], tmp_path: Path) -> None:
    _many(double, 100_000, tmp_path)


@every_double
def test_many_records(double: type[Double], tmp_path: Path) -> None:
    _many(double, 3_000, tmp_path)


def _many(double: type[Double], count: int, folder: Path) -> None:
    system = double(World(tickets(count)))
    seen: set[str | None] = set()
    number = 0
    with FaultServer(system.reply, counts=system.counts) as server:
        source = connector(system, server.address, folder, [], page_size=1000, budget_seconds=500)
        for payload in source.fetch(Window()):
            for record in source.read(payload):
                number += 1
                seen.add(record.key)
                assert not record.problems
    assert len(seen) == number == count
