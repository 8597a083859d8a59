"""The digests, sent to a real SMTP server with TLS and to a real HTTP server on the loopback address."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import duckdb
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from flows.notify import Delivery, DigestSettings, Mail, send_digests
from models.duration import Duration
from models.instant import wall_time
from reports.digest import Message, Recipient, card, items_by_owner, messages
from tests import golden
from tests.connectors.loopback import Asked, Loopback, Reply, serving
from tests.small import AS_OF, KNOWN, catalogue_of, insert, norm_of, test_of, warehouse_of
from warehouse.engine.assessment import assess
from warehouse.reading.read import Published
from warehouse.reading.reviews import Overrule
from warehouse.storage.database import State, memory_warehouse, transaction
from warehouse.year.review import store_overrules

HOST = "127.0.0.1"
LOGIN = {"POST_NAAM": "ensia", "POST_WOORD": "een-geheim-woord"}
SECRET_NAMES = ("Jan Jansen", "Incident met laptop van P. Pietersen", "j.jansen")
CATALOGUE = catalogue_of(
    [
        test_of("Het beleid geldt.", "5.1", "design", type="current", kind="document"),
        test_of("Er is kort geleden geoefend.", "5.2", "operation", type="fresh", kind="exercise", max_age="P1Y"),
        test_of("Incidenten blijven niet liggen.", "5.3", "operation", type="none_open", kind="ticket", max_age="P30D"),
    ],
    [norm_of(number, "control", theme="organisational") for number in ("5.1", "5.2", "5.3")],
)  # fmt: skip
OWNERS = (Recipient(("Jan Jansen",), email="eigenaar@voorbeeld.test"), Recipient(("*",), email="ciso@voorbeeld.test"))


def run(connection: duckdb.DuckDBPyConnection, number: int, as_of: date = AS_OF) -> None:
    known = KNOWN + timedelta(days=number)
    with transaction(connection):
        assess(connection, CATALOGUE, run_no=number, as_of=as_of, known_at=known)
        connection.execute(
            "INSERT INTO ops.run (run_id, run_no, as_of, known_at, started_at, finished_at, state) "
            "VALUES (?, ?, ?, ?, ?, ?, 'ok')",
            [f"run{number}", number, as_of, known, known, known],
        )


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    """Something that expires (5.2, of Jan Jansen), something that failed (5.3) and a question that is open (5.1)."""
    connection = warehouse_of(CATALOGUE)
    insert(
        connection, "exercise", owner="Jan Jansen", title="Oefening van j.jansen", performed_on=date(2025, 11, 25),
        outcome="success",
    )  # fmt: skip
    insert(
        connection, "ticket", owner="Jan Jansen", title="Incident met laptop van P. Pietersen", ticket_type="incident",
        opened_at=datetime(2026, 1, 1), state="open",
    )  # fmt: skip
    run(connection, 1)
    return connection


def over(connection: duckdb.DuckDBPyConnection) -> Published:
    return Published(State(Path()), connection)


def told(connection: duckdb.DuckDBPyConnection) -> list[Message]:
    return messages(over(connection), "gemeente", OWNERS, Duration(days=30))


def test_a_night_that_did_not_come_is_told_once_and_in_every_form(warehouse: duckdb.DuckDBPyConnection) -> None:
    finished = wall_time(KNOWN + timedelta(days=1))
    within, everyone = Duration(days=30), [*OWNERS, Recipient(("CISO",), webhook="HAAK", form="json")]
    published = over(warehouse)
    in_time, late, later = (
        messages(published, "gemeente", everyone, within, "nl", finished + timedelta(hours=hours))
        for hours in (35, 37, 61)
    )
    assert [letter.content_hash for letter in in_time] == [
        letter.content_hash for letter in messages(published, "gemeente", everyone, within)
    ]
    for letter, before, after in zip(late, in_time, later, strict=True):
        assert letter.text.startswith("Let op: geen run sinds 21-11-2026") and "geen run" not in before.text
        assert letter.content_hash != before.content_hash, "it is news"
        assert letter.content_hash == after.content_hash, "and the same news the next day"
    assert "Let op" in card(late[-1])["made_of"]
    assert messages(published, "gemeente", OWNERS, within, "en", finished + timedelta(hours=37))[0].text.startswith(
        "Note: no run"
    )


def reasons(delivery: Delivery) -> list[str]:
    """The Dutch sentence about each that could not be reached."""
    return [str(text) for text in delivery.failed]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with key and certificate of a server on the loopback address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mailserver")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


class Inbox:
    """What the server took in; the addresses in `refuse` it refuses, and with `full` every content."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.refuse: set[str] = set()
        self.full: set[str] = set()
        self.tls: list[bool] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuse:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.full & set(envelope.rcpt_tos):
            return "552 mailbox full"
        self.tls.append(server.transport.get_extra_info("ssl_object") is not None)
        self.mails.append((list(envelope.rcpt_tos), message_from_bytes(envelope.content, policy=default)))
        return "250 OK"

    def addresses(self) -> list[str]:
        return [address for addresses, _ in self.mails for address in addresses]


def _login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = (data.login, data.password) == (LOGIN["POST_NAAM"].encode(), LOGIN["POST_WOORD"].encode())
    return AuthResult(success=good, handled=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def mailserver(certificate: Path, inbox: Inbox, security: str = "starttls", *, utf8: bool = True) -> Iterator[Mail]:
    """A mail server that asks for TLS and a login, and the settings for it. `utf8`: whether it takes any address."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    options: dict[str, Any] = {
        "auth_required": True,
        "authenticator": _login,
        "hostname": HOST,
        "port": free_port(),
        "enable_SMTPUTF8": utf8,
    }
    if security == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    elif security == "tls":
        options |= {"ssl_context": context, "auth_require_tls": False}
    else:  # a server that only speaks in the clear
        options |= {"auth_required": False, "authenticator": None}
    controller = Controller(inbox, **options)
    controller.start()
    try:
        yield Mail(
            HOST, "ENSIA <ensia@voorbeeld.test>", options["port"], "tls" if security == "tls" else "starttls",
            "POST_NAAM", "POST_WOORD", certificate, 10,
        )  # fmt: skip
    finally:
        controller.stop()


def send(connection: duckdb.DuckDBPyConnection, mail: Mail | None, *recipients: Recipient, **variables: str) -> Any:
    settings = DigestSettings(recipients or OWNERS, mail)
    return send_digests(connection, "gemeente", settings, environment={**LOGIN, **variables})


def test_a_server_that_takes_no_other_letters_costs_only_who_needs_them(
    warehouse: duckdb.DuckDBPyConnection, certificate: Path
) -> None:
    """Without SMTPUTF8 (RFC 6531) an address with an accent cannot be told to the server."""
    owners = list(OWNERS)
    accented = replace(owners[0], email="ciso@gemeente-één.test")
    others = [replace(owner, email=f"ander{number}@voorbeeld.test") for number, owner in enumerate(owners[1:])]
    inbox = Inbox()
    with mailserver(certificate, inbox, utf8=False) as mail:
        delivery = send(warehouse, mail, accented, *others)
    assert inbox.addresses() == [owner.email for owner in others if owner.email in delivery.sent]
    assert delivery.sent
    (failed,) = [str(text) for text in delivery.failed]
    assert failed.startswith("ciso@gemeente-één.test: de mailserver kan geen adres met deze tekens aan")


def test_what_is_told(warehouse: duckdb.DuckDBPyConnection) -> None:
    mine, rest = told(warehouse)
    assert [(item.part, item.norm, item.on) for item in mine.items] == [
        ("failed", "5.3", None),
        ("expires", "5.2", date(2026, 11, 26)),
    ]
    assert [(item.part, item.norm) for item in rest.items] == [("asked", "1")]
    assert mine.subject == "Informatiebeveiliging gemeente: 2 punten voor u"
    assert "- 5.2 5.2: Er is kort geleden geoefend (vanaf 26-11-2026)" in mine.text
    assert "- 1 Is 5.1 op orde? Er is nog geen bewijs" in rest.text


def test_never_personal_data(warehouse: duckdb.DuckDBPyConnection) -> None:
    for message in told(warehouse):
        everything = message.text + message.subject + str(card(message)) + str(message.items)
        for name in SECRET_NAMES:
            assert name not in everything.replace("'owners': ('Jan Jansen',)", "")


def test_nothing_of_any_record_of_the_example_is_told(published: Published) -> None:
    """Not one title, key or address of a record of the example municipality stands in a message."""
    [message] = messages(published, "voorbeeld", [Recipient(("*",), email="x@voorbeeld.test")], Duration(days=90))
    assert len(message.items) > 20
    norms = {title for row in published.rows("SELECT title_nl FROM catalogue.norm") for title in row.values()}
    secrets = {
        value
        for kind in ("ticket", "finding", "document", "risk", "exercise", "decision", "improvement", "training")
        for row in published.rows(f"SELECT title, url, owner FROM evidence.{kind}")
        for value in row.values()
        if value and len(value) > 6 and value not in norms
    }
    assert len(secrets) > 50
    catalogue = " ".join(item.title + " " + item.text for item in message.items)
    told_words = message.text
    for item in message.items:  # the sentences of the catalogue may use the words of a title
        told_words = told_words.replace(item.title, "").replace(item.text.rstrip("."), "")
    assert [secret for secret in secrets if secret in told_words] == []
    assert [secret for secret in secrets if "@" in secret and secret in catalogue] == []


def test_an_exception_and_what_does_not_apply_are_no_failures(warehouse: duckdb.DuckDBPyConnection) -> None:
    insert(
        warehouse, "exception", framework_id="klein", norm_id="5.3", reason="oud systeem", approved_by="college",
        approved_on=date(2026, 1, 1), risk_analysis="RA-1", valid_until=date(2027, 1, 1),
    )  # fmt: skip
    run(warehouse, 2)
    assert [item.norm for item in told(warehouse)[0].items] == ["5.2"]


def test_a_reviewer_s_answer_is_not_asked_for_until_the_proposal_changes(warehouse: duckdb.DuckDBPyConnection) -> None:
    decision = Overrule("gemeente", 2026, "vragen", "1", "answer", None, "Nee", None, "geen_bewijs", 1)
    store_overrules(
        warehouse, [decision, replace(decision, field="owner", new_value="Jan Jansen")], reviewer="R", reason="x"
    )
    assert told(warehouse)[1].items == ()
    insert(
        warehouse, "document", title="Beleid", state="adopted", topic="x", adopted_on=date(2026, 1, 1),
        review_due=date(2028, 1, 1),
    )  # fmt: skip
    run(warehouse, 2)
    [asked] = [item for item in told(warehouse)[0].items if item.part == "asked"]
    assert asked.text == "het voorstel is nu ‘Gedeeltelijk’ (voldoet deels); bekijk uw antwoord opnieuw"
    insert(
        warehouse, "improvement", framework_id="klein", norm_id="5.1", action="P. Pietersen gaat schrijven",
        owner="Jan Jansen", due_on=date(2026, 12, 1), planned_on=date(2026, 1, 1), state="open",
    )  # fmt: skip
    assert ("rond de verbetermaatregel af", date(2026, 12, 1)) in [(i.text, i.on) for i in told(warehouse)[0].items]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_one_mail_each_over_tls_and_only_on_change(
    warehouse: duckdb.DuckDBPyConnection, certificate: Path, security: str
) -> None:
    inbox = Inbox()
    with mailserver(certificate, inbox, security) as mail:
        first = send(warehouse, mail)
        assert sorted(first.sent) == sorted(inbox.addresses()) == ["ciso@voorbeeld.test", "eigenaar@voorbeeld.test"]
        assert (first.failed, all(inbox.tls)) == ([], True)
        [received] = [mail for to, mail in inbox.mails if to == ["eigenaar@voorbeeld.test"]]
        assert received["From"] == "ENSIA <ensia@voorbeeld.test>"
        assert received["Auto-Submitted"] == "auto-generated"
        assert "Er is kort geleden geoefend" in received.get_content()
        run(warehouse, 2)  # another run with the same news
        again = send(warehouse, mail)
        assert (again.sent, len(again.unchanged), len(inbox.mails)) == ([], 2, 2)
        warehouse.execute("DELETE FROM evidence.ticket")
        run(warehouse, 3)
        changed = send(warehouse, mail)
        assert (changed.sent, len(inbox.mails)) == (["eigenaar@voorbeeld.test"], 3)
        warehouse.execute("DELETE FROM evidence.exercise")
        run(warehouse, 4)
        assert (send(warehouse, mail).sent, len(inbox.mails)) == ([], 3)  # nothing left: no empty mail
    stored = str(over(warehouse).rows("FROM ops.digest"))
    assert "voorbeeld.test" not in stored


def test_what_came_back_is_news_again(warehouse: duckdb.DuckDBPyConnection, certificate: Path) -> None:
    inbox = Inbox()
    with mailserver(certificate, inbox) as mail:
        send(warehouse, mail)
        kept = warehouse.execute("FROM evidence.exercise").to_arrow_table()
        tickets = warehouse.execute("FROM evidence.ticket").to_arrow_table()
        warehouse.execute("DELETE FROM evidence.exercise")
        warehouse.execute("DELETE FROM evidence.ticket")
        run(warehouse, 2)
        assert send(warehouse, mail).sent == []
        warehouse.register("kept", kept)
        warehouse.register("tickets", tickets)
        warehouse.execute("INSERT INTO evidence.exercise FROM kept")
        warehouse.execute("INSERT INTO evidence.ticket FROM tickets")
        run(warehouse, 3)
        assert send(warehouse, mail).sent == ["eigenaar@voorbeeld.test"]


def test_a_refused_recipient_does_not_cost_the_other(warehouse: duckdb.DuckDBPyConnection, certificate: Path) -> None:
    inbox = Inbox()
    inbox.refuse.add("eigenaar@voorbeeld.test")
    with mailserver(certificate, inbox) as mail:
        delivery = send(warehouse, mail)
        assert delivery.sent == inbox.addresses() == ["ciso@voorbeeld.test"]
        [told_why] = reasons(delivery)
        assert told_why.startswith("eigenaar@voorbeeld.test: geweigerd door de mailserver (550)")
        inbox.refuse.clear()
        inbox.full.add("eigenaar@voorbeeld.test")
        assert "(552)" in reasons(send(warehouse, mail))[0]
        inbox.full.clear()
        assert send(warehouse, mail).sent == ["eigenaar@voorbeeld.test"]  # the next run tries again


def test_a_server_that_is_down_is_told_and_tried_again(warehouse: duckdb.DuckDBPyConnection, certificate: Path) -> None:
    inbox = Inbox()
    nobody = Mail(HOST, "ensia@voorbeeld.test", free_port(), timeout=5)
    delivery = send(warehouse, nobody)
    assert (delivery.sent, len(delivery.failed)) == ([], 2)
    assert f"mailserver {HOST}:{nobody.port} is niet te bereiken" in reasons(delivery)[0]
    assert "volgende run" in reasons(delivery)[0]
    with mailserver(certificate, inbox) as mail:
        assert len(send(warehouse, mail).sent) == 2


def test_nothing_goes_out_in_the_clear_or_to_a_stranger(
    warehouse: duckdb.DuckDBPyConnection, certificate: Path
) -> None:
    inbox = Inbox()
    with mailserver(certificate, inbox, "clear") as mail:
        assert "STARTTLS" in reasons(send(warehouse, mail))[0]
    with mailserver(certificate, inbox) as mail:
        assert "certificaat" in reasons(send(warehouse, replace(mail, ca_file=None)))[0]
    assert inbox.mails == []


def test_a_wrong_login_is_told_without_the_password(warehouse: duckdb.DuckDBPyConnection, certificate: Path) -> None:
    inbox = Inbox()
    with mailserver(certificate, inbox) as mail:
        delivery = send(warehouse, mail, POST_WOORD="verkeerd-woord")
        assert "weigert de aanmelding (535)" in reasons(delivery)[0]
        assert "verkeerd-woord" not in str(delivery) + str(reasons(delivery))
        missing = send_digests(warehouse, "gemeente", DigestSettings(OWNERS, mail), environment={})
        assert "POST_NAAM: is niet gezet" in reasons(missing)[0]
    assert "geen mailserver" in reasons(send(warehouse, None))[0]
    assert inbox.mails == []


def test_webhooks(warehouse: duckdb.DuckDBPyConnection) -> None:
    """A card for Teams, plain JSON for others; what fails is tried again, and the address stays secret."""
    statuses = {"/teams-geheim": 202, "/json-geheim": 500}

    def answer(server: Loopback, asked: Asked) -> Reply:
        return Reply({}, statuses[asked.path])

    recipients = (
        Recipient(("Jan Jansen",), webhook="HAAK_TEAMS"),
        Recipient(("*",), webhook="HAAK_JSON", form="json"),
    )
    with serving(answer) as server:
        variables = {"HAAK_TEAMS": f"{server.address}/teams-geheim", "HAAK_JSON": f"{server.address}/json-geheim"}
        first = send(warehouse, None, *recipients, **variables)
        assert first.sent == ["HAAK_TEAMS"]
        assert reasons(first) == ["HAAK_JSON: de webhook antwoordde 500; de volgende run probeert het weer"]
        teams = next(asked.document for asked in server.asked if asked.path == "/teams-geheim")
        content = teams["attachments"][0]["content"]
        assert (teams["type"], content["type"]) == ("message", "AdaptiveCard")
        assert "Er is kort geleden geoefend" in str(content["body"])
        statuses["/json-geheim"] = 200
        second = send(warehouse, None, *recipients, **variables)
        assert (second.sent, second.unchanged) == (["HAAK_JSON"], ["HAAK_TEAMS"])
        assert server.asked[-1].document["items"][0]["norm"] == "1"
    down = send(warehouse_with_news(warehouse), None, *recipients, **variables)
    assert "niet te bereiken" in reasons(down)[0] and "geheim" not in str(down) + str(reasons(down))


def warehouse_with_news(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    connection.execute("DELETE FROM evidence.ticket")
    run(connection, 2)
    return connection


def test_a_webhook_without_tls_elsewhere_is_refused(warehouse: duckdb.DuckDBPyConnection) -> None:
    recipient = Recipient(("*", "Jan Jansen"), webhook="HAAK")
    assert "geen https-adres" in reasons(send(warehouse, None, recipient, HAAK="http://elders.voorbeeld.test/x"))[0]
    assert "HAAK: is niet gezet" in reasons(send(warehouse, None, recipient))[0]


def test_owners_with_one_address_get_one_message(warehouse: duckdb.DuckDBPyConnection) -> None:
    [message] = messages(
        over(warehouse), "gemeente", [Recipient(("*", "jan jansen "), email="x@voorbeeld.test")], Duration(days=30)
    )
    assert [item.part for item in message.items] == ["asked", "failed", "expires"]
    assert set(items_by_owner(over(warehouse), "gemeente", Duration(days=30))) == {"", "Jan Jansen"}
    assert memory_warehouse().execute("SELECT count(*) FROM ops.digest").fetchone() == (0,)


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_what_the_message_says(warehouse: duckdb.DuckDBPyConnection, lang: str) -> None:
    with transaction(warehouse):
        warehouse.execute(
            "INSERT INTO ops.source_run (run_id, organisation_id, source_id, title, status, reason, records, rejected, "
            "recorded_at) VALUES ('run1', 'gemeente', 'meldingen', 'Meldingen', 'failed', 'Jan Jansen', 12, 2, now())"
        )
    found = messages(over(warehouse), "gemeente", OWNERS, Duration(days=30), lang)
    text = "\n".join(f"# {message.recipient.name}: {message.subject}\n{message.text}" for message in found)
    golden.check(f"digest-{lang}.txt", text)
    for name in SECRET_NAMES:
        assert name not in text
