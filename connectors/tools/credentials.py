"""Secrets on their way to a server, and nowhere else: how a request is signed, and how any text is cleaned of them.

A secret is asked for by name from the context, is wrapped so that printing it shows nothing, and every form in which it
can travel (plain, in an address, in a basic header, in JSON) is known to the redactor. Sending is left to `http`.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, NoReturn
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

from pydantic import Field, model_validator
from requests import PreparedRequest
from requests.auth import AuthBase

from connectors.base import Context, Settings
from models.errors import ConfigurationError, TextError
from models.message import Message, Text, message

HIDDEN = "***"
# What stands in the variable that a setting names.
_SECRETS = {"user": "http.the_user", "token": "http.the_token", "app_token": "http.the_app_token"}
SHORTEST = 4  # a shorter secret cannot be taken out of a text without damaging it, and is refused
SHORTEST_FORM = 6
_URL_SAFE = str.maketrans("+/", "-_")
_SECRET_PARAMETER = re.compile(
    r"token|secret|passw|wachtwoord|api[_-]?key|^key$|sig(nature)?$|^auth|session|^code$", re.I
)


class Secret:
    """A value that must not be seen: every way of printing it shows its name only, and it cannot be pickled."""

    __slots__ = ("_value", "name")

    def __init__(self, value: str, name: str = "") -> None:
        self._value = value
        self.name = name

    def reveal(self) -> str:
        """The value itself, for the header of a request only."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({self.name or HIDDEN})"

    __str__ = __repr__

    def __format__(self, specification: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be stored")


class Redactor:
    """Takes every secret it was told about out of a text, in each form in which a server or library may repeat it."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, *secrets: Secret) -> None:
        """From now on these are hidden."""
        for secret in secrets:
            self._forms |= _forms(secret.reveal())
        longest_first = sorted(self._forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)), re.I) if longest_first else None

    def __call__(self, text: str) -> str:
        """`text` with `***` for every secret."""
        return self._pattern.sub(HIDDEN, text) if self._pattern else text

    def address(self, url: str) -> str:
        """`url` as it may be shown: without user, password, fragment, and the value of a secret parameter."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if ":" in host:
            host = f"[{host}]"
        place = f"{host}:{parts.port}" if parts.port else host
        return self(urlunsplit((parts.scheme, place, parts.path, _query_to_show(parts.query), "")))


def _query_to_show(query: str) -> str:
    """The query of an address without the values of secret parameters; as it was where there is none."""
    pairs = parse_qsl(query, keep_blank_values=True)
    secret_names = {name for name, _ in pairs if _SECRET_PARAMETER.search(name)}
    if not secret_names:
        return query
    pairs_to_show = [(name, HIDDEN if name in secret_names else value) for name, value in pairs]
    return urlencode(pairs_to_show, safe="*")


def _forms(value: str) -> set[str]:
    raw = value.encode()
    forms = {
        value,
        quote(value),
        quote(value, safe=""),
        quote_plus(value),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
    }
    # In a basic header the secret stands after `user:`, at any of three offsets in base64's groups of three bytes; only
    # the characters that its neighbours cannot change are looked for.
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + raw).decode().rstrip("=")
        inner = whole[offset + 1 if offset else 0 : len(whole) - 1 if (offset + len(raw)) % 3 else len(whole)]
        forms |= {inner, inner.translate(_URL_SAFE)}
    return {value} | {form for form in forms if len(form) >= SHORTEST_FORM}


class Authorization(Settings):
    """How a system wants to be told who asks. Never in the address: an address ends up in logs.

    `header` puts the token in `header` in the form `form` (`Token token={token}`; `{basic}` is user and token as a pair).
    `session` first asks `login` with a header made likewise, and then sends the value at `token_field` of the answer in
    `session_header` until `logout`. `oauth2` is the client credentials grant (RFC 6749 §4.4): user is the client id,
    token the client secret.
    """

    kind: Literal["none", "basic", "bearer", "header", "session", "oauth2"] = "none"
    header: str = "Authorization"
    form: str = "{token}"
    login: str = ""
    logout: str = ""
    token_field: str = "access_token"  # noqa: S105 - the name of a field
    session_header: str = "Authorization"
    session_form: str = "Bearer {token}"
    scope: str = ""
    also: dict[str, str] = Field(
        default={}, description="further headers: header → name of the setting with its secret"
    )

    @model_validator(mode="after")
    def _login_is_named(self) -> Authorization:
        if self.kind in {"session", "oauth2"} and not self.login:
            raise TextError(message("http.no_login", kind=self.kind))
        if not re.search(r"\{(token|basic)\}", self.form) or "{token}" not in self.session_form:
            raise TextError(message("http.no_form"))
        return self


class Keyring:
    """The secrets of one source: fetched by name when first needed, remembered for redaction, never shown."""

    def __init__(self, context: Context, redactor: Redactor) -> None:
        self._context = context
        self._redactor = redactor
        self.names: list[str] = []

    @property
    def place(self) -> Text:
        """The source, as an error names it."""
        return message("settings.source", source=self._context.source_id)

    def get(self, name: str, *, hide: bool = True) -> Secret:
        """The secret called `name`. ConfigurationError when it is not set, too short, or cannot stand in a header.

        With `hide=False` (a user name, a client id) it stays in texts: as a common word it would damage them.
        """
        value = self._context.secret(name).strip()
        if hide and len(value) < SHORTEST:
            raise ConfigurationError(message("http.short_secret", name=name, length=SHORTEST), place=self.place)
        if any(ord(character) < 32 or ord(character) == 127 for character in value):
            raise ConfigurationError(
                message("http.control_sign", name=name),
                place=self.place,
                advice=message("http.set_again"),
            )
        secret = Secret(value, name)
        if hide:
            self._redactor.add(secret)
        if name not in self.names:
            self.names.append(name)
        return secret

    def learn(self, value: str, name: str) -> Secret:
        """A secret that the server gave us, such as a session token."""
        secret = Secret(value, name)
        self._redactor.add(secret)
        return secret


class Signer(AuthBase):
    """Puts fixed headers with secrets on a request. Setting one also keeps `requests` from reading a .netrc file."""

    def __init__(self, headers: dict[str, Callable[[], str]] | None = None) -> None:
        self._headers = headers or {}

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        for name, value in self._headers.items():
            request.headers[name] = value()
        return request

    def ready(self) -> None:
        """Called before a request takes its turn: what must be asked first is asked here."""

    def renew(self) -> bool:
        """Called after a 401: True when a fresh token can be had, so that asking once more makes sense."""
        return False

    def finish(self) -> None:
        """Called when the work is done."""


class SessionSigner(Signer):
    """Signs with a token that the server hands out, asks a new one when it is refused, and gives it back at the end."""

    def __init__(
        self,
        header: str,
        form: str,
        also: dict[str, Callable[[], str]],
        login: Callable[[], Secret],
        logout: Callable[[Signer], None] | None,
    ) -> None:
        super().__init__(also)
        self._header, self._form = header, form
        self._login, self._logout = login, logout
        self._token: Secret | None = None
        self._lock = threading.Lock()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        assert self._token is not None
        request.headers[self._header] = self._form.replace("{token}", self._token.reveal())
        return super().__call__(request)

    def ready(self) -> None:
        with self._lock:
            if self._token is None:
                self._token = self._login()

    def renew(self) -> bool:
        with self._lock:
            self._token = None
        return True

    def finish(self) -> None:
        if self._token is not None and self._logout is not None:
            self._logout(self)
            self._token = None


def needed(authorization: Authorization) -> tuple[str, ...]:
    """The settings that must name a secret for signing in like this."""
    match authorization.kind:
        case "none":
            return ()
        case "basic" | "oauth2":
            return ("user", "token")
        case "bearer":
            return ("token",)
        case "header" | "session":
            return ("user", "token") if "{basic}" in authorization.form else ("token",)


def lacking_secrets(names: Iterable[str], settings: object) -> Iterator[Text]:
    """A sentence for each of the `names` of settings that names no secret."""
    for name in names:
        if not getattr(settings, name):
            yield message("settings.with_advice", problem=_no_secret(name), advice=_no_secret_advice(name))


def _no_secret(setting: str) -> Message:
    return message("http.no_secret", setting=setting, what=message(_SECRETS[setting]))


def _no_secret_advice(setting: str) -> Message:
    return message("http.no_secret_advice", setting=setting, variable=f"TOPDESK_{setting.upper()}")


def headers_of(authorization: Authorization, keyring: Keyring, names: dict[str, str]) -> dict[str, Callable[[], str]]:
    """The headers that `authorization` asks for, each as a function, so that no secret stands in a printable object.

    `names` maps a setting (`user`, `token`, …) to the name of its secret. ConfigurationError says which one is missing.
    """

    def secret(setting: str, *, hide: bool = True) -> Secret:
        if not names.get(setting):
            raise ConfigurationError(_no_secret(setting), place=keyring.place, advice=_no_secret_advice(setting))
        return keyring.get(names[setting], hide=hide)

    headers: dict[str, Callable[[], str]] = {}
    if authorization.kind == "basic":
        user, token = secret("user", hide=False), secret("token")
        pair = keyring.learn(basic_pair(user, token), "basic")
        headers["Authorization"] = lambda: f"Basic {pair.reveal()}"
    elif authorization.kind == "bearer":
        bearer = secret("token")
        _in_a_header(bearer)
        headers["Authorization"] = lambda: f"Bearer {bearer.reveal()}"
    elif authorization.kind in {"header", "session"}:
        headers[authorization.header] = _formed(authorization.form, secret, keyring)
    for header, setting in authorization.also.items():
        if names.get(setting):
            further = secret(setting)
            _in_a_header(further)
            headers[header] = further.reveal
    return headers


def client_header(keyring: Keyring, names: dict[str, str]) -> dict[str, Callable[[], str]]:
    """The header with which a client asks for a token: its id and secret are encoded as in a form before they become a pair
    (RFC 6749 §2.3.1), so that a colon, a space or a plus stays what it is."""
    headers_of(Authorization(kind="basic"), keyring, names)  # says which one is missing
    user = keyring.get(names["user"], hide=False)
    token = keyring.get(names["token"])
    parts = [Secret(quote_plus(secret.reveal()), secret.name) for secret in (user, token)]
    pair = keyring.learn(basic_pair(*parts), "basic")
    return {"Authorization": lambda: f"Basic {pair.reveal()}"}


def _formed(form: str, secret: Callable[..., Secret], keyring: Keyring) -> Callable[[], str]:
    """The value of a header in `form`: `{token}` is the token itself, `{basic}` user and token as a pair."""
    token = secret("token")
    if "{basic}" not in form:
        _in_a_header(token)
        return lambda: form.replace("{token}", token.reveal())
    pair = keyring.learn(basic_pair(secret("user", hide=False), token), "basic")
    return lambda: form.replace("{basic}", pair.reveal())


def _in_a_header(token: Secret) -> None:
    if not token.reveal().isascii():
        raise ConfigurationError(
            message("http.no_token_sign", name=token.name),
            advice=message("http.copy_again"),
        )


def basic_pair(user: Secret, token: Secret) -> str:
    """`user:token` in base64, as a basic header carries it (RFC 7617)."""
    return base64.b64encode(f"{user.reveal()}:{token.reveal()}".encode()).decode()


def token_in(document: Any, field: str) -> str | None:
    """The text in `field` of an answer to a login, or None."""
    value = document.get(field) if isinstance(document, dict) else None
    return value if isinstance(value, str) and len(value) >= SHORTEST else None
