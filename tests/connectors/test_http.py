"""The client keeps what it promises when a server fails, lies, stalls or repeats what it was told."""

from __future__ import annotations

import base64
import gzip
import json
import pickle
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.base import Context, SourceError, TerminalError, TransientError
from connectors.tools.answers import decode_json, excerpt, is_webpage
from connectors.tools.credentials import HIDDEN, Authorization, Redactor, Secret
from connectors.tools.http import Client, HttpSettings
from models.errors import ConfigurationError, EnsiaError
from tests.connectors import faults
from tests.connectors.faults import Certificates, FaultServer, Reply, Request, as_json
from tests.connectors.secret_words import PLAIN_TOKEN, SECRETS, TOKEN, assert_silent

DOCUMENT = {"naam": "Müller & Zonen", "nummers": list(range(200))}


def answer(request: Request) -> Reply:
    return as_json(DOCUMENT)


def context(folder: Path = Path(), report: Callable[[str], None] = lambda message: None) -> Context:
    return Context("voorbeeld", "meldingen", folder, date(2026, 11, 20), SECRETS.__getitem__, report)


def client(
    server: FaultServer | str, authorization: Authorization | None = None, folder: Path = Path(), **settings: Any
) -> Client:
    address = server if isinstance(server, str) else server.address
    given = {"user": "GEBRUIKER", "token": "WACHTWOORD", "backoff_seconds": 0.01, "budget_seconds": 20, **settings}
    return Client(HttpSettings(address=address, **given), context(folder), authorization or Authorization(kind="basic"))


RECOVERS = {
    "500": faults.status(500),
    "502": faults.status(502),
    "503 without content": faults.status(503, b""),
    "429": faults.status(429),
    "429 with Retry-After": faults.status(429, Retry_After="0"),
    "429 with a date": faults.busy_until(-5),
    "429 with nonsense": faults.status(429, Retry_After="straks"),
    "408": faults.status(408),
    "reset in the body": faults.reset_in_body,
    "body cut off": faults.cut_body,
    "chunks broken off": faults.broken_chunks,
    "hung up": faults.hung_up,
    "JSON cut off": faults.truncated_json,
    "invalid JSON": faults.invalid_json,
    "empty": faults.empty,
}


@pytest.mark.parametrize("fault", RECOVERS.values(), ids=RECOVERS.keys())
def test_what_passes_is_tried_again(fault: faults.Fault) -> None:
    with FaultServer(answer) as server, client(server) as http:
        server.at(1, fault)
        server.at(2, fault)
        assert http.json("/lijst").document == DOCUMENT
        assert len(server.requests) == 3


@pytest.mark.parametrize("fault", RECOVERS.values(), ids=RECOVERS.keys())
def test_what_lasts_is_a_transient_error_with_the_address(fault: faults.Fault) -> None:
    with FaultServer(answer) as server, client(server, attempts=3) as http:
        server.from_on(1, fault)
        with pytest.raises(TransientError) as caught:
            http.json("/lijst", params={"pagina": "2"})
        assert len(server.requests) == 3
        assert f"{server.address}/lijst?pagina=2" in str(caught.value)
        assert "meldingen" in caught.value.place
        assert_silent(caught.value)


STOPS = {
    "400": (faults.status(400), "400"),
    "401": (faults.status(401), "GEBRUIKER en WACHTWOORD"),
    "403": (faults.status(403), "leesrechten"),
    "404": (faults.status(404), "address"),
    "410": (faults.status(410), "vervallen"),
    "422": (faults.status(422), "zo gaat het niet"),
    "echo": (faults.echo, HIDDEN),
    "login page": (faults.login_page, "webpagina"),
    "login page as JSON": (faults.sneaky_login_page, "webpagina"),
    "other host": (faults.redirect("https://elders.example.nl/lijst?token=abcdef"), "elders.example.nl"),
    "other port": (faults.redirect("http://127.0.0.1:1/lijst"), "ander adres"),
    "no address": (faults.redirect("http://[::1/lijst"), "kan niet worden opgevraagd"),
    "round and round": (faults.redirect("/lijst"), "steeds door"),
    "unreadable text": (faults.latin_1(None), "utf-8"),
}


@pytest.mark.parametrize(("fault", "said"), STOPS.values(), ids=STOPS.keys())
def test_what_a_person_must_repair_is_tried_once(fault: faults.Fault, said: str) -> None:
    with FaultServer(answer) as server, client(server) as http:
        server.from_on(1, fault)
        with pytest.raises(TerminalError) as caught:
            http.json("/lijst")
        assert said in str(caught.value)
        assert caught.value.advice
        assert len(server.requests) == (6 if "steeds" in said else 1)
        assert_silent(caught.value)


def test_credentials_do_not_follow_a_redirect_to_another_host() -> None:
    with FaultServer(answer) as thief, FaultServer(answer) as server, client(server) as http:
        server.at(1, faults.redirect(f"{thief.address}/lijst"))
        with pytest.raises(TerminalError):
            http.json("/lijst")
        assert thief.requests == []


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_same_host_is_followed(code: int) -> None:
    with FaultServer(answer) as server, client(server) as http:
        server.at(1, faults.redirect("/elders/lijst?a=1", code))
        assert http.json("/lijst", params={"b": "2"}).document == DOCUMENT
        assert server.requests[-1].target == "/elders/lijst?a=1"
        assert "authorization" in server.requests[-1].headers


@pytest.mark.parametrize(
    ("authorization", "header", "value"),
    [
        (Authorization(kind="bearer"), "authorization", f"Bearer {PLAIN_TOKEN}"),
        (Authorization(kind="header", header="X-Key"), "x-key", PLAIN_TOKEN),
        (
            Authorization(kind="header", form="Token token={token}", also={"X-App": "app_token"}),
            "authorization",
            f"Token token={PLAIN_TOKEN}",
        ),
    ],
)
def test_tokens_go_in_headers_only(authorization: Authorization, header: str, value: str) -> None:
    with FaultServer(answer) as server, client(server, authorization, token="TOKEN", app_token="APP") as http:
        http.json("/lijst", params={"a": "b c"})
        (request,) = server.requests
        assert request.headers[header] == value
        assert "s3cr3t" not in request.target
        assert request.headers.get("x-app") == ("app-tok-12345" if authorization.also else None)


def test_basic_is_utf_8_and_a_netrc_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login iemand password anders\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with FaultServer(answer) as server:
        with client(server) as http:
            http.json("/")
        with client(server, Authorization()) as http:
            http.json("/")
        wanted = base64.b64encode(f"{SECRETS['GEBRUIKER']}:{TOKEN}".encode()).decode()
        assert server.requests[0].headers["authorization"] == f"Basic {wanted}"
        assert "authorization" not in server.requests[1].headers


SESSION = Authorization(
    kind="session",
    form="user_token {token}",
    login="/begin",
    logout="/eind",
    token_field="session_token",
    session_header="Session-Token",
    session_form="{token}",
    also={"App-Token": "app_token"},
)


def test_a_session_is_opened_renewed_once_and_closed() -> None:
    logins: list[str] = []

    def reply(request: Request) -> Reply:
        if request.path == "/begin":
            logins.append(request.headers["authorization"])
            return as_json({"session_token": f"sessie-token-9876-{len(logins)}"})
        if request.path == "/eind":
            return as_json(True)
        valid = request.headers.get("session-token") == "sessie-token-9876-2"
        return as_json(DOCUMENT) if valid else as_json({"message": request.headers["session-token"]}, 401)

    with FaultServer(reply) as server:
        with client(server, SESSION, token="TOKEN", app_token="APP") as http:
            assert http.json("/lijst").document == DOCUMENT
            assert http.json("/lijst").document == DOCUMENT
        assert logins == [f"user_token {PLAIN_TOKEN}"] * 2
        assert [r.path for r in server.requests] == ["/begin", "/lijst", "/begin", "/lijst", "/lijst", "/eind"]
        assert all(request.headers["app-token"] == "app-tok-12345" for request in server.requests)
        assert "authorization" not in server.requests[1].headers


def test_a_session_token_that_stays_refused_is_not_shown() -> None:
    def reply(request: Request) -> Reply:
        if request.path == "/begin":
            return as_json({"session_token": "sessie-token-9876"})
        return as_json({"message": f"weg met {request.headers['session-token']}"}, 401)

    with FaultServer(reply) as server, client(server, SESSION, token="TOKEN", app_token="APP") as http:
        with pytest.raises(TerminalError) as caught:
            http.json("/lijst")
        assert f"weg met {HIDDEN}" in str(caught.value)
        assert_silent(caught.value)


def test_client_credentials_grant() -> None:
    def reply(request: Request) -> Reply:
        if request.path == "/token":
            assert request.body == b"grant_type=client_credentials&scope=lezen"
            return as_json({"access_token": "sessie-token-9876", "token_type": "Bearer"})
        return as_json(DOCUMENT if request.headers["authorization"] == "Bearer sessie-token-9876" else None)

    with (
        FaultServer(reply) as server,
        client(server, Authorization(kind="oauth2", login="/token", scope="lezen")) as http,
    ):
        assert http.json("/lijst").document == DOCUMENT
        assert server.requests[0].headers["authorization"].startswith("Basic ")


def test_the_id_and_secret_of_a_client_are_encoded_before_they_are_a_pair() -> None:
    """RFC 6749 §2.3.1: else a colon ends the id, and a plus is read as a space."""
    secrets = {"GEBRUIKER": "app:één", "TOKEN": "a+b c%d:é~1234"}
    seen: list[str] = []

    def reply(request: Request) -> Reply:
        if request.path == "/token":
            seen.append(request.headers["authorization"])
            return as_json({"access_token": "sessie-token-9876", "token_type": "Bearer"})
        return as_json(DOCUMENT)

    with FaultServer(reply) as server:
        settings = HttpSettings(address=server.address, user="GEBRUIKER", token="TOKEN")
        where = replace(context(), secret=secrets.__getitem__)
        with Client(settings, where, Authorization(kind="oauth2", login="/token")) as http:
            http.json("/lijst")
    pair = base64.b64decode(seen[0].removeprefix("Basic ")).decode()
    assert pair == "app%3A%C3%A9%C3%A9n:a%2Bb+c%25d%3A%C3%A9~1234"


def test_a_login_without_a_token_is_refused() -> None:
    with (
        FaultServer(answer) as server,
        client(server, SESSION, token="TOKEN") as http,
        pytest.raises(TerminalError, match="session_token"),
    ):
        http.json("/lijst")


@pytest.mark.timeout(30)
def test_a_slow_drip_ends_when_the_time_is_up() -> None:
    with FaultServer(answer) as server, client(server, budget_seconds=0.5, read_timeout=5) as http:
        server.from_on(1, faults.drip)
        with pytest.raises(TransientError, match=r"0\.5 s voor deze bron zijn om"):
            http.json("/lijst")


@pytest.mark.timeout(30)
def test_silence_ends_with_the_read_timeout() -> None:
    ready = threading.Event()

    def silent(request: Request) -> Reply:
        ready.wait(20)
        return answer(request)

    with FaultServer(silent) as server, client(server, read_timeout=0.1, attempts=2) as http:
        with pytest.raises(TransientError, match=r"0\.1 seconden lang geen antwoord"):
            http.json("/lijst")
        ready.set()


def test_a_pause_longer_than_the_time_left_is_not_waited_for() -> None:
    with FaultServer(answer) as server, client(server, budget_seconds=20) as http:
        server.from_on(1, faults.status(429, Retry_After="3600"))
        with pytest.raises(TransientError, match="3600 s wachten past niet in de 20 s"):
            http.json("/lijst")
        assert len(server.requests) == 1


def test_the_budget_is_for_all_requests_together() -> None:
    def many(http: Client) -> None:
        for _ in range(100_000):
            http.json("/lijst")

    with FaultServer(answer) as server, client(server, budget_seconds=0.3) as http:
        with pytest.raises(TransientError, match="voor deze bron zijn om"):
            many(http)
        assert len(server.requests) > 1


def test_an_address_where_nothing_listens_is_transient() -> None:
    with FaultServer(answer) as server:
        address = server.address
    with client(address, attempts=2) as http, pytest.raises(TransientError, match="niet bereikbaar") as caught:
        http.json("/lijst")
    assert_silent(caught.value)


def test_an_answer_that_is_too_large_is_refused_and_a_packed_one_is_measured_unpacked() -> None:
    def bomb(request: Request) -> Reply:
        packed = gzip.compress(b" " * 3_000_000 + b"{}")
        return Reply(packed, 200, {"Content-Type": "application/json", "Content-Encoding": "gzip"})

    with FaultServer(bomb) as server:
        with client(server, max_megabytes=1) as http, pytest.raises(TerminalError, match="meer dan 1 MB"):
            http.json("/lijst")
        with client(server, max_megabytes=4) as http:
            assert http.json("/lijst").document == {}


def test_a_file_is_downloaded_whole_or_not_at_all(tmp_path: Path) -> None:
    content = bytes(range(256)) * 4000

    with FaultServer(lambda request: Reply(content, 200, {"Content-Type": "application/octet-stream"})) as server:
        with client(server) as http:
            server.at(1, faults.cut_body)
            http.download("/bestand", tmp_path / "bestand.bin")
        assert (tmp_path / "bestand.bin").read_bytes() == content
        server.from_on(3, faults.cut_body)
        with client(server, attempts=2) as http, pytest.raises(TransientError):
            http.download("/bestand", tmp_path / "ander.bin")
    assert [path.name for path in tmp_path.iterdir()] == ["bestand.bin"]


def test_no_more_requests_at_once_than_allowed() -> None:
    gate = threading.Barrier(2)

    def reply(request: Request) -> Reply:
        gate.wait(20)  # passes only when two are under way
        return answer(request)

    with FaultServer(reply) as server, client(server, at_once=2) as http:
        threads = [threading.Thread(target=http.json, args=(f"/{number}",)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(server.requests) == 8
        assert server.most_at_once == 2


def test_a_connection_is_used_again() -> None:
    with FaultServer(answer) as server, client(server) as http:
        ports = set()
        original = server.get_request

        def counted() -> Any:
            connection = original()
            ports.add(connection[1])
            return connection

        server.get_request = counted  # type: ignore[method-assign]
        for _ in range(5):
            http.json("/lijst")
        assert len(ports) == 1


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates.make(tmp_path_factory.mktemp("tls"))


def test_a_private_authority_is_trusted_when_named(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/bestaat/niet.pem")
    with (
        FaultServer(answer, tls=certificates.server()) as server,
        client(server, folder=certificates.folder, ca_file="authority.pem") as http,
    ):
        assert http.json("/lijst").document == DOCUMENT


@pytest.mark.parametrize(
    ("made", "named", "said"),
    [
        ({"expired": True}, "authority.pem", "expired"),
        ({}, "", "niet vertrouwd"),
        ({"address": "127.0.0.9"}, "authority.pem", "mismatch"),
    ],
)
def test_a_certificate_that_cannot_be_trusted_is_terminal(
    certificates: Certificates, made: dict[str, Any], named: str, said: str
) -> None:
    with (
        FaultServer(answer, tls=certificates.server(**made)) as server,
        client(server, folder=certificates.folder, ca_file=named) as http,
    ):
        with pytest.raises(TerminalError, match=said) as caught:
            http.json("/lijst")
        assert "certificaat" in caught.value.advice
        assert server.requests == []
        assert_silent(caught.value)


def test_there_is_no_switch_that_turns_verification_off() -> None:
    assert not {name for name in HttpSettings.model_fields if "verif" in name or "insecure" in name or "tls" in name}
    with pytest.raises(ValidationError):
        HttpSettings(address="https://example.nl", verify=False)  # type: ignore[call-arg]


def test_a_ca_file_that_is_none_is_a_mistake_in_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "geen.pem").write_text("dit is geen certificaat")
    for name in ("geen.pem", "ontbreekt.pem"):
        with pytest.raises(ConfigurationError, match="ca_file"):
            client("https://example.nl", folder=tmp_path, ca_file=name)


@pytest.mark.parametrize(
    "address",
    [
        "http://topdesk.example.nl",
        "topdesk.example.nl",
        "https://jan:geheim@topdesk.example.nl",
        "jan:geheim@topdesk.example.nl",
        "https://topdesk.example.nl/?token=geheim",
        "ftp://topdesk.example.nl",
    ],
)
def test_addresses_that_are_refused(address: str) -> None:
    with pytest.raises(ValidationError) as caught:
        HttpSettings(address=address)
    assert "geheim" not in "".join(problem["msg"] for problem in caught.value.errors())


@pytest.mark.parametrize(
    ("link", "full"),
    [
        ("/lijst?page=2", "https://a.nl/lijst?page=2"),
        ("lijst2", "https://a.nl/api/lijst2"),
        ("?page=2", "https://a.nl/api/lijst?page=2"),
        ("https://a.nl/x", "https://a.nl/x"),
        ("https://A.nl:443/x", "https://a.nl/x"),
        ("http://a.nl/x", "https://a.nl/x"),
        ("//a.nl/x", "https://a.nl/x"),
        ("https://jan:pw@a.nl/x", "https://a.nl/x"),
    ],
)
def test_links_are_resolved(link: str, full: str) -> None:
    http = client("https://a.nl/api")
    assert http.follow(link, "https://a.nl/api/lijst") == full


@pytest.mark.parametrize(
    "link", ["https://b.nl/x", "//b.nl/x", "https://a.nl:8443/x", "http://a.nl:8080/x", "ftp://a.nl/x"]
)
def test_links_to_elsewhere_are_refused(link: str) -> None:
    with pytest.raises(TerminalError, match="ander adres"):
        client("https://a.nl/api").follow(link, "https://a.nl/api/lijst")


@pytest.mark.parametrize(
    ("authorization", "settings", "said"),
    [
        (Authorization(kind="basic"), {"user": ""}, "'user' ontbreekt"),
        (Authorization(kind="bearer"), {"token": ""}, "'token' ontbreekt"),
        (Authorization(kind="bearer"), {"token": "KORT"}, "korter"),
        (Authorization(kind="bearer"), {"token": "REGELS"}, "ander stuurteken"),
        (Authorization(kind="bearer"), {"token": "EURO"}, "niet kan hebben"),
    ],
)
def test_secrets_that_cannot_be_used(authorization: Authorization, settings: dict[str, str], said: str) -> None:
    odd = {**SECRETS, "KORT": "abc", "REGELS": "abc\ndef-ghi", "EURO": "geheim-€-geheim"}
    told = Context("voorbeeld", "meldingen", Path(), date(2026, 11, 20), odd.__getitem__)
    given = HttpSettings(address="https://127.0.0.1:1", **{"user": "GEBRUIKER", "token": "TOKEN", **settings})
    with Client(given, told, authorization) as http, pytest.raises(ConfigurationError, match=said) as caught:
        http.json("/lijst")
    assert "geheim-" not in str(caught.value)


def test_a_secret_is_not_seen() -> None:
    secret = Secret(TOKEN, "TOKEN")
    assert "s3cr3t" not in f"{secret} {secret!r} {secret!s:>40} {[secret]} {vars(Authorization())}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


@given(
    token=st.text(st.characters(min_codepoint=33, max_codepoint=0x24F), min_size=8, max_size=40),
    user=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=6),
    around=st.text(max_size=6),
)
def test_no_form_of_a_secret_survives(token: str, user: str, around: str) -> None:
    from urllib.parse import quote, quote_plus

    redact = Redactor()
    redact.add(Secret(token))
    basic = base64.b64encode(f"{user}:{token}".encode()).decode()
    for form in (token, quote(token), quote(token, safe="").lower(), quote_plus(token), json.dumps(token)[1:-1]):
        assert form.casefold() not in redact(f"{around}{form}{around}").casefold()
    shown = redact(f"Authorization: Basic {basic}")
    assert basic not in shown
    assert HIDDEN in shown


def test_addresses_are_shown_without_what_is_secret() -> None:
    redact = Redactor()
    redact.add(Secret(PLAIN_TOKEN))
    shown = redact.address(
        "https://jan:wachtwoord@a.nl:8443/x?api_key=abc&token=def&page=2&q=s3cr3t%2FTok%2Ben%26%3Dx#deel"
    )
    assert shown == "https://a.nl:8443/x?api_key=***&token=***&page=2&q=***"
    assert redact.address("https://[::1]:80/x?a=%C3%A9") == "https://[::1]:80/x?a=%C3%A9"


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b'{"a": "\xc3\xa9"}', "application/json"),
        (b'\xef\xbb\xbf{"a": "\xc3\xa9"}', "application/json"),
        (b'{"a": "\xc3\xa9"}', "application/json; charset=iso-8859-1"),
        (b'{"a": "\xe9"}', "application/json; charset=iso-8859-1"),
        (b'{"a": "\xe9"}', "application/json; charset=windows-1252"),
        ('{"a": "é"}'.encode("utf-16"), "application/json"),
        ('{"a": "é"}'.encode("utf-16-le"), "application/json; charset=utf-16"),
    ],
)
def test_json_in_every_character_set(content: bytes, media_type: str) -> None:
    assert decode_json(content, media_type) == {"a": "é"}


def test_json_that_is_none() -> None:
    for content in (b"", b"{", b"[" * 100_000, b"nee", b'{"a": "\xe9"}'):
        with pytest.raises(ValueError):
            decode_json(content, "application/json; charset=bestaat-niet")


def test_what_is_a_web_page() -> None:
    assert is_webpage(b"  <!doctype HTML><html>", "application/json")
    assert is_webpage(b"Aanmelden", "text/html")
    assert not is_webpage(b'{"html": "<html>"}', "application/json")


@pytest.mark.parametrize(
    ("content", "media_type", "said"),
    [
        (b'{"message": "Geen\\n  toegang"}', "application/json", "Geen toegang"),
        (b'{"errorMessages": ["Fout 1", "Fout 2"], "errors": {}}', "application/json", "Fout 1; Fout 2"),
        (b'{"error": {"status": 400, "msg": "onbekend"}}', "application/json", "onbekend"),
        (b"<html><head><title>Storing &amp; onderhoud</title></head></html>", "text/html", "Storing & onderhoud"),
        (b"<html><body>Iets</body></html>", "text/html", ""),
        (b"x" * 500, "text/plain", "x" * 199 + "…"),
        (b"", "", ""),
    ],
)
def test_the_words_of_the_server(content: bytes, media_type: str, said: str) -> None:
    assert excerpt(content, media_type) == said


def test_every_error_of_this_client_is_one_of_ours() -> None:
    assert issubclass(TransientError, SourceError)
    assert issubclass(TerminalError, EnsiaError)
    assert TransientError("x").transient
    assert not TerminalError("x").transient
