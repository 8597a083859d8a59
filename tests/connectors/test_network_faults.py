"""Every fault at every request of every connector that uses the network: no record lost or doubled, no secret in any
text, an end within the budget. The ticketing systems are tried likewise in `test_rest_faults`."""

from __future__ import annotations

import logging
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from requests.structures import CaseInsensitiveDict

from connectors.base import SourceError, TerminalError, TransientError, connectors
from connectors.rest import RestConnector
from connectors.tools.answers import Answer
from connectors.tools.api import Part, whole
from tests.connectors import faults
from tests.connectors.doubles import ciso_assistant, microsoft_graph, wazuh
from tests.connectors.faults import Certificates, Reply
from tests.connectors.loopback import Asked, Loopback
from tests.connectors.loopback import Reply as LoopbackReply
from tests.connectors.network import (
    CISO,
    GRAPH,
    NETWORKS,
    STUCK_SCROLL,
    WAZUH_INDEXER,
    Collected,
    Network,
    collect,
    rewinding,
    rewritten,
)
from tests.connectors.vendors import DOUBLES

pytestmark = pytest.mark.timeout(120)
every_network = pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def unseen(network: Network, caplog: pytest.LogCaptureFixture, *texts: str, result: Collected | None = None) -> None:
    """No secret in an error, a progress line, a log line, or anything that would land."""
    seen = [caplog.text, *texts]
    if result is not None:
        seen += [*result.said, *map(repr, result.payloads), *map(repr, result.records)]
        seen += [payload.data().decode(errors="replace") for payload in result.payloads]
    for secret in network.unseen():
        assert not [text for text in seen if secret in text]


def named(error: SourceError, network: Network, caplog: pytest.LogCaptureFixture) -> None:
    """An error says where and what to do, and shows no secret, nor does anything chained to it."""
    assert error.place
    assert error.advice
    unseen(network, caplog, "".join(traceback.format_exception(error)), repr(error), str(vars(error)))


def clean(network: Network, folder: Path) -> tuple[Collected, int]:
    """What a collection without faults brings, and how many requests that takes."""
    with network.serving() as server:
        result = collect(network, server, folder)
        assert result.records
        return result, len(server.requests)


def test_every_connector_over_the_network_is_in_a_fault_harness() -> None:
    """A connector with an address in its settings, or in a part of them, stands in one of the two harnesses."""
    tried = {network.connector for network in NETWORKS} | {double.connector for double in DOUBLES} | {RestConnector}
    reaching = {
        kind for load in connectors().values() if "HttpSettings" in str(_bases(kind := load())) or "address" in kind.Settings.model_fields
    }  # fmt: skip
    assert reaching <= tried
    assert len(reaching) >= 16


def _bases(kind: Any) -> list[Any]:
    return [field.annotation for field in kind.Settings.model_fields.values()]


TRANSPORT: dict[str, faults.Fault] = {
    "429": faults.status(429),
    "429 with Retry-After": faults.status(429, Retry_After="0"),
    "500": faults.status(500),
    "502": faults.status(502, b"<html><body>Bad gateway</body></html>"),
    "503 without content": faults.status(503, b""),
    "reset in the body": faults.reset_in_body,
    "body cut off": faults.cut_body,
    "chunks broken off": faults.broken_chunks,
    "hung up": faults.hung_up,
}
JSON: dict[str, faults.Fault] = {
    "JSON cut off": faults.truncated_json,
    "invalid JSON": faults.invalid_json,
    "UTF-8 declared as Latin-1": faults.declared_wrongly,
    "Latin-1, declared": faults.latin_1("iso-8859-1"),
}


@every_network
@pytest.mark.parametrize("turn", range(3))
def test_faults_that_pass_cost_nothing(
    network: Network, turn: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """At every request, three different faults in a row; over the turns every fault comes everywhere."""
    names = [*TRANSPORT, *JSON] if network.is_json else [*TRANSPORT]
    expected, requests = clean(network, tmp_path)
    for number in range(1, requests + 1):
        with network.serving() as server:
            for burst in range(3):
                name = names[(number + 3 * turn + burst) % len(names)]
                server.at(number + burst, {**TRANSPORT, **JSON}[name])
            result = collect(network, server, tmp_path)
        assert result.contents() == expected.contents(), number
        unseen(network, caplog, result=result)


def shape(content: bytes) -> faults.Fault:
    """Valid JSON of another shape than was asked for, with status 200."""

    def fault(handler: faults.Handler, request: faults.Request, reply: Reply) -> None:
        handler.send(Reply(content, 200, {"Content-Type": "application/json"}))

    return fault


LASTING: dict[str, faults.Fault] = {
    "401": faults.status(401),
    "403": faults.status(403),
    "404": faults.status(404),
    "echo": faults.echo,
    "login page": faults.login_page,
    "login page as JSON": faults.sneaky_login_page,
    "other host": faults.redirect("https://elders.example.nl/"),
    "unreadable text": shape(b'{"naam": "caf\xe9", "results": [\xe9]}'),
    "429 for an hour": faults.status(429, Retry_After="3600"),
    "429 for ever": faults.status(429),
    "500 for ever": faults.status(500),
    "reset for ever": faults.reset_in_body,
    "JSON cut off for ever": faults.truncated_json,
    "an empty object": shape(b"{}"),
    "an empty list": shape(b"[]"),
    "null": shape(b"null"),
    "a text": shape(b'"tekst"'),
    "an error with status 200": shape(b'{"error": {"code": "generalException"}, "message": "Storing"}'),
}


@every_network
@pytest.mark.parametrize("fault", LASTING)
def test_a_fault_that_lasts_fails_or_is_told_and_never_passes_for_less(
    network: Network, fault: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """From any request on: an error that names where and what to do, or (when only the tidying up went wrong) all of it."""
    if (network.name, fault) == ("moodle", "an empty list"):
        pytest.skip("a course without participants answers so; a sudden fall to nothing is for the run to hold back")
    expected, requests = clean(network, tmp_path)
    failed = 0
    moments = {1, requests // 2 + 1, requests}
    for number in moments:
        with network.serving() as server:
            server.from_on(number, LASTING[fault])
            try:
                result = collect(network, server, tmp_path, attempts=2)
            except SourceError as error:
                failed += 1
                named(error, network, caplog)
            else:
                assert result.contents() == expected.contents(), number
                unseen(network, caplog, result=result)
    assert failed >= len(moments) - 1


@every_network
def test_a_slow_drip_ends_within_the_budget(network: Network, tmp_path: Path) -> None:
    """The budget is one for the whole collection, whatever part of it is slow."""
    _, requests = clean(network, tmp_path)
    for number in {1, requests // 2 + 1}:
        with network.serving() as server:
            server.from_on(number, faults.drip)
            with pytest.raises(TransientError, match="voor deze bron zijn om"):
                collect(network, server, tmp_path, budget_seconds=0.6)


def test_the_download_of_a_file_shares_the_budget(tmp_path: Path) -> None:
    sharepoint = next(network for network in NETWORKS if network.name == "sharepoint")
    _, requests = clean(sharepoint, tmp_path)
    with sharepoint.serving() as server:
        server.from_on(requests, faults.drip)
        with pytest.raises(TransientError, match=r"de 1\.5 s voor deze bron zijn om"):
            collect(sharepoint, server, tmp_path, budget_seconds=1.5)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates.make(tmp_path_factory.mktemp("tls"))


@every_network
def test_an_expired_certificate_stops_before_anything_is_sent(network: Network, certificates: Certificates) -> None:
    with network.serving(tls=certificates.server(expired=True)) as server:
        with pytest.raises(TerminalError, match="expired"):
            collect(network, server, certificates.folder, ca_file="authority.pem")
        assert server.requests == []


@every_network
def test_a_private_authority_is_trusted_when_named(network: Network, certificates: Certificates) -> None:
    if network.name == "sharepoint":
        pytest.skip("its double gives the address of a file over http")
    with network.serving(tls=certificates.server()) as server:
        assert collect(network, server, certificates.folder, ca_file="authority.pem").records


PAGED = [network for network in (*NETWORKS, STUCK_SCROLL) if network.rewound is not None]


@pytest.mark.parametrize("network", PAGED, ids=lambda network: network.name)
def test_a_page_that_comes_back_for_ever_is_noticed(network: Network, tmp_path: Path) -> None:
    assert network.rewound is not None
    with (
        network.serving(rewinding(network.rewound)) as server,
        pytest.raises(TerminalError, match="steeds dezelfde pagina"),
    ):
        collect(network, server, tmp_path)


COUNTING = [network for network in NETWORKS if network.total]


@pytest.mark.parametrize("network", COUNTING, ids=lambda network: network.name)
def test_a_total_that_falls_meanwhile_is_tolerated(network: Network, tmp_path: Path) -> None:
    expected, _ = clean(network, tmp_path)
    asked: Counter[str] = Counter()

    def first_too_high(place: str, real: int) -> int:
        asked[place] += 1
        return real + (asked[place] == 1)

    with network.serving(rewritten(network.total, first_too_high)) as server:
        assert collect(network, server, tmp_path).contents() == expected.contents()


@pytest.mark.parametrize("network", COUNTING, ids=lambda network: network.name)
def test_fewer_than_the_total_is_incomplete(network: Network, tmp_path: Path) -> None:
    with (
        network.serving(rewritten(network.total, lambda place, real: real + 5)) as server,
        pytest.raises(TransientError, match="de verzameling is onvolledig"),
    ):
        collect(network, server, tmp_path)


def test_shards_that_are_down_make_the_answer_incomplete(tmp_path: Path) -> None:
    def some_down(answering: Any) -> Any:
        def answer(server: Loopback, asked: Asked) -> LoopbackReply | None:
            reply = answering(server, asked)
            if reply is not None and isinstance(reply.body, dict) and "hits" in reply.body:
                reply.body["_shards"] = {"total": 5, "successful": 4, "skipped": 0, "failed": 1}
            return reply

        return answer

    with WAZUH_INDEXER.serving(some_down) as server, pytest.raises(TransientError, match="niet alle shards"):
        collect(WAZUH_INDEXER, server, tmp_path)


def _answer() -> Answer:
    return Answer("https://a.nl/lijst", "https://a.nl/lijst", 200, CaseInsensitiveDict(), b"", datetime(2026, 11, 20))


def test_an_item_deleted_between_two_pages_hides_no_other() -> None:
    items = [{"id": number} for number in range(10)]
    pages = 0

    def walk() -> Iterator[Part]:
        nonlocal pages
        for start in (0, 4, 8):
            yield Part(_answer(), items[start : start + 4], len(items))
            pages += 1
            if pages == 1:
                del items[1]  # everything behind it moves up: item 4 would be skipped

    found = [item["id"] for part in whole(walk, lambda item: item["id"]) for item in part.items]
    assert sorted(found) == list(range(10))
    assert len(found) == len(set(found))


def _many_findings(count: int) -> Callable[[], Any]:
    objects = {
        **ciso_assistant.OBJECTS,
        "findings": [
            {"id": f"v-{number}", "name": f"Bevinding {number}", "severity": "high", "status": "assigned", **ciso_assistant.TIMES}
            for number in range(count)
        ],
    }  # fmt: skip
    return lambda: lambda server, asked: ciso_assistant.api(server, asked, objects, 1000)


def _many_hits(count: int) -> Callable[[], Any]:
    hits = [wazuh.vulnerability(number, "High", 7.5) for number in range(count)]
    return lambda: wazuh.Wazuh(hits=hits, page=1000)


def _many(network: Network, make: Callable[[], Any], count: int, folder: Path) -> None:
    with replace(network, make=make).serving() as server:
        result = collect(network, server, folder, budget_seconds=500)
    keys = Counter(record.key for record in result.records if record.kind == "finding")
    assert len(keys) == count
    assert set(keys.values()) == {1}


def _users(count: int, folder: Path) -> None:
    users = [microsoft_graph.user(number, isMfaCapable=number % 2 == 0) for number in range(count)]
    make = lambda: microsoft_graph.graph(users, [microsoft_graph.SCORE], 999)  # noqa: E731
    with replace(GRAPH, make=make).serving() as server:
        result = collect(GRAPH, server, folder, budget_seconds=500)
    found = next(record.values for record in result.records if record.values["metric"] == "mfa_coverage")
    assert (found["numerator"], found["denominator"]) == (count / 2, count)


@pytest.mark.parametrize(
    "count",
    [3_000, pytest.param(100_000, marks=[pytest.mark.slow, pytest.mark.timeout(900)])],
    ids=["3,000", "100,000"],
)
def test_many_items(count: int, tmp_path: Path) -> None:
    _many(CISO, _many_findings(count), count, tmp_path)
    _many(WAZUH_INDEXER, _many_hits(count), count, tmp_path)
    _users(count, tmp_path)
