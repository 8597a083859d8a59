"""Sends the digests: mail over SMTP with TLS, or JSON to a webhook; to whom something changed, and to nobody else. What a
letter says is left to `reports/digest.py`.

A recipient that cannot be reached is told about and tried again by the next run; the others get theirs.
"""

from __future__ import annotations

import hashlib
import os
import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid, parseaddr
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import requests

from models.configuration import Digest, MailServer
from models.duration import Duration
from models.errors import ConfigurationError
from models.language import DEFAULT, Language
from models.message import Text, message
from models.system_errors import os_reason
from reports.digest import Message, Recipient, card, messages
from warehouse.reading.read import Published
from warehouse.storage import digests
from warehouse.storage.database import State
from warehouse.storage.digests import last_told, note_told

_AGAIN = message("digest.again")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Mail:
    """The mail server. `security` is starttls or tls: nothing goes out in the clear. `username` and `password` are names
    of environment variables, empty when the server asks for none. `ca_file`: certificates to trust instead of the
    system's. `timeout` in seconds."""

    host: str
    sender: str
    port: int = 587
    security: str = "starttls"
    username: str = ""
    password: str = ""
    ca_file: Path | None = None
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class DigestSettings:
    """Whom to tell what, and how. `within`: how far ahead what expires is told."""

    recipients: tuple[Recipient, ...]
    mail: Mail | None = None
    within: Duration = field(default_factory=lambda: Duration(days=30))


def settings_of(digest: Digest, folder: Path) -> DigestSettings:
    """The settings that `ensia.yaml` in `folder` says."""
    recipients = tuple(
        Recipient(recipient.owners, recipient.email or "", recipient.webhook or "", recipient.form)
        for recipient in digest.recipients
    )
    mail = _mail_settings(digest.mail, folder) if digest.mail is not None else None
    return DigestSettings(recipients, mail, digest.within)


def _mail_settings(server: MailServer, folder: Path) -> Mail:
    return Mail(
        host=server.host,
        sender=server.sender,
        port=server.port,
        security=server.security,
        username=server.username or "",
        password=server.password or "",
        ca_file=folder / server.ca_file if server.ca_file else None,
        timeout=server.timeout,
    )


@dataclass(slots=True)
class Delivery:
    """How it went: recipients told, those without news, and a sentence for each that could not be reached."""

    sent: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: list[Text] = field(default_factory=list)


class _NotDelivered(Exception):
    """Why a webhook did not take a letter; its text is for people and holds no secret."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(str(text))


def send_digests(
    connection: duckdb.DuckDBPyConnection,
    organisation: str,
    settings: DigestSettings,
    *,
    lang: Language = DEFAULT,
    environment: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> Delivery:
    """Tell every recipient whose items changed since the last letter that reached them. With `now` (Dutch wall time) also
    that a night did not come.

    `connection` is the writable warehouse (Published works over it too): what was delivered is noted at once, so that a
    run that is broken off tells nobody twice. What a server or recipient does, or the settings lack, is in the Delivery.
    """
    variables = os.environ if environment is None else environment
    published = Published(State(Path()), connection)
    delivery = Delivery()
    letters = messages(published, organisation, settings.recipients, settings.within, lang, now)
    news = [letter for letter in letters if _is_news(connection, letter, delivery)]
    mails = [letter for letter in news if letter.recipient.email]
    _send_mails(connection, mails, settings.mail, variables, delivery)
    for letter in news:
        if not letter.recipient.email:
            _send_to_webhook(connection, letter, variables, delivery)
    return delivery


def _is_news(connection: duckdb.DuckDBPyConnection, letter: Message, delivery: Delivery) -> bool:
    """Whether a letter tells anything that its recipient was not told; when not, the delivery says so."""
    name = letter.recipient.name
    if last_told(connection, _without_address(letter)) == letter.content_hash:
        delivery.unchanged.append(name)
        return False
    if not letter.items:  # nothing left to tell; if it comes back it is news again
        _note_delivered(connection, letter)
        delivery.unchanged.append(name)
        return False
    return True


def _send_to_webhook(
    connection: duckdb.DuckDBPyConnection, letter: Message, variables: Mapping[str, str], delivery: Delivery
) -> None:
    """Send one letter to a webhook; what goes wrong concerns this recipient alone."""
    name = letter.recipient.name
    try:
        _post(letter, variables)
    except (_NotDelivered, ConfigurationError) as problem:
        delivery.failed.append(message("settings.problem", place=name, problem=problem.text))
    else:
        _note_delivered(connection, letter)
        delivery.sent.append(name)


def mail_of(letter: Message, sender: str) -> EmailMessage:
    """The letter as plain-text mail, marked as sent by a machine so that no absence reply comes back (RFC 3834)."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = letter.recipient.email
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(localtime())
    mail["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].partition("@")[2] or None)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text)
    return mail


def _send_mails(
    connection: duckdb.DuckDBPyConnection,
    letters: Sequence[Message],
    settings: Mail | None,
    variables: Mapping[str, str],
    delivery: Delivery,
) -> None:
    """Send all mail over one connection; a server that cannot be used fails every letter that was not sent yet."""
    if not letters:
        return
    waiting = list(letters)
    try:
        with _server(settings, variables) as server:
            while waiting:
                _mail(connection, server, waiting[0], settings, delivery)
                waiting.pop(0)
    except (OSError, smtplib.SMTPException, ConfigurationError) as error:
        reason = _unusable(error, settings)
        for letter in waiting:
            delivery.failed.append(message("settings.problem", place=letter.recipient.email, problem=reason))


def _mail(
    connection: duckdb.DuckDBPyConnection,
    server: smtplib.SMTP,
    letter: Message,
    settings: Mail | None,
    delivery: Delivery,
) -> None:
    """Send one mail; what concerns this recipient alone does not stop the others."""
    assert settings is not None
    address = letter.recipient.email
    try:
        server.send_message(mail_of(letter, settings.sender), to_addrs=[address])
    except smtplib.SMTPRecipientsRefused as error:
        delivery.failed.append(
            message("digest.refused_address", address=address, code=_answer_code(error), again=_AGAIN)
        )
    except smtplib.SMTPNotSupportedError:  # the address has signs that this server does not take
        delivery.failed.append(message("digest.no_such_signs", address=address, again=_AGAIN))
    except smtplib.SMTPDataError as error:
        delivery.failed.append(message("digest.refused_letter", address=address, code=error.smtp_code, again=_AGAIN))
    else:
        _note_delivered(connection, letter)
        delivery.sent.append(address)


@contextmanager
def _server(settings: Mail | None, variables: Mapping[str, str]) -> Iterator[smtplib.SMTP]:
    """A logged-in connection over TLS with a checked certificate."""
    if settings is None:
        raise ConfigurationError(message("digest.no_server"), place="digest", advice=message("digest.no_server_advice"))
    context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    server: smtplib.SMTP
    if settings.security == "tls":
        server = smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout, context=context)
    elif settings.security == "starttls":
        server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout)
    else:
        raise ConfigurationError(
            message("digest.no_security", value=settings.security),
            place="digest.mail.security",
            advice=message("digest.no_security_advice"),
        )
    with server:
        if settings.security == "starttls":
            server.starttls(context=context)
        if settings.username:
            server.login(_variable(settings.username, variables), _variable(settings.password, variables))
        yield server


def _post(letter: Message, variables: Mapping[str, str]) -> None:
    """Post to the webhook. Its address is a secret: no letter ever holds it."""
    address = _variable(letter.recipient.webhook, variables)
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise ConfigurationError(
            message("digest.no_https"), place=letter.recipient.webhook, advice=message("digest.no_https_advice")
        )
    try:
        answer = requests.post(address, json=card(letter), timeout=30, allow_redirects=False)
    except requests.RequestException as error:
        raise _NotDelivered(message("digest.no_webhook", error=type(error).__name__, again=_AGAIN)) from None
    if not 200 <= answer.status_code < 300:
        raise _NotDelivered(message("digest.webhook_answer", status=answer.status_code, again=_AGAIN))


def _variable(name: str, variables: Mapping[str, str]) -> str:
    value = variables.get(name, "") if name else ""
    if not value:
        raise ConfigurationError(
            message("digest.not_set"), place=name or "digest.mail.password", advice=message("digest.not_set_advice")
        )
    return value


def _unusable(error: Exception, settings: Mail | None) -> Text:
    """Why a mail server cannot be used."""
    if isinstance(error, ConfigurationError):
        return error.text
    assert settings is not None  # without them there is no server that can refuse
    place = message("digest.server", host=settings.host, port=settings.port)
    if isinstance(error, ssl.SSLError):
        return message(
            "digest.no_certificate",
            place=place,
            reason=f"‘{error.reason}’" if error.reason else message("digest.tls_failed"),
            again=_AGAIN,
        )
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return message("digest.no_login", place=place, code=error.smtp_code)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return message("digest.no_starttls", place=place)
    if isinstance(error, smtplib.SMTPResponseException):
        return message("digest.answer", place=place, code=error.smtp_code, again=_AGAIN)
    reason = os_reason(error) if isinstance(error, OSError) and error.errno else type(error).__name__
    return message("digest.unreachable", place=place, reason=reason, again=_AGAIN)


def _answer_code(error: smtplib.SMTPRecipientsRefused) -> int | str:
    """The code with which the server refused a recipient."""
    return next((code for code, _ in error.recipients.values()), "?")


def _without_address(letter: Message) -> digests.Recipient:
    """Who is told, without an address."""
    mark = hashlib.sha256(letter.recipient.name.strip().casefold().encode()).hexdigest()
    return digests.Recipient(letter.organisation_id, mark, letter.recipient.channel)


def _note_delivered(connection: duckdb.DuckDBPyConnection, letter: Message) -> None:
    note_told(connection, _without_address(letter), letter.content_hash, len(letter.items))
