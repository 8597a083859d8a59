"""Talking to a server over HTTP: one client per source that retries what may pass, stops at what a person must repair,
keeps to a time budget, and never shows a secret.

`Client.json` and `Client.get` give an `Answer`, `Client.download` a file. What the answer means, and how one page leads
to the next, is left to the connector (`rest`, `paging`). Waiting times follow urllib3's `Retry`; the attempts
themselves are made here, because a body that breaks off, JSON that is cut short and the time budget lie outside what
urllib3's own retrying sees.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests
from urllib3.exceptions import HTTPError

from connectors.base import Context, SourceError, TerminalError, TransientError
from connectors.tools.answers import Answer, decode_json, excerpt, is_webpage
from connectors.tools.connection import (
    Address,
    HttpSettings,
    asked_pause,
    busy_reason,
    certificate_problem,
    checked_address,
    new_session,
    port,
)
from connectors.tools.credentials import (
    Authorization,
    Keyring,
    Redactor,
    Secret,
    SessionSigner,
    Signer,
    client_header,
    headers_of,
    token_in,
)
from connectors.tools.json_text import json_problem
from models.message import Text, both, changed, message

__all__ = ["Address", "Answer", "Authorization", "Budget", "Client", "HttpSettings", "Params", "Redactor", "Secret"]

T = TypeVar("T")
Params = Mapping[str, Any] | list[tuple[str, Any]]

BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})  # the server may be better in a moment
CHUNK = 64 * 1024
LONGEST_PAUSE = 60.0  # seconds between two attempts, unless the server asks for more
MOST_REDIRECTS = 5

_ADVICE = {
    400: "http.advice_400",
    401: "http.advice_401",
    403: "http.advice_403",
    404: "http.advice_404",
    407: "http.advice_407",
    410: "http.advice_410",
}
_REFUSALS = {401: "http.status_401", 403: "http.status_403", 404: "http.status_404"}


@dataclass(slots=True, frozen=True)
class _Request:
    method: str
    url: str
    body: Any = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    none_on: frozenset[int] = frozenset()


class Budget:
    """The time for all requests of one collection together; it begins to run with the first one."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end: float | None = None
        self._lock = threading.Lock()

    def left(self) -> float:
        """Seconds that are left; none or fewer when it is used up."""
        with self._lock:
            if self._end is None:
                self._end = time.monotonic() + self.seconds
            return self._end - time.monotonic()


class _Retryable(Exception):
    """An attempt that failed and may be made again; `wait` is how long the server asked for, in seconds."""

    def __init__(self, reason: Text, wait: float | None = None) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.wait = wait


class Client:
    """The one way to a server for one source. Use it in a `with` block; it may be shared by threads.

    All addresses lead to the host of `settings.address`, or are refused. Errors are SourceErrors in Dutch with the
    address, free of secrets.
    """

    def __init__(
        self,
        settings: HttpSettings,
        context: Context,
        authorization: Authorization | None = None,
        headers: Mapping[str, str] | None = None,
        budget: Budget | None = None,
    ) -> None:
        """`budget`: that of another client of the same collection, to share it."""
        self.settings = settings
        self.budget = budget or Budget(settings.budget_seconds)
        self.redact = Redactor()
        self.requests_made = 0
        self._context = context
        self._keyring = Keyring(context, self.redact)
        self._authorization = authorization or Authorization()
        self._headers = {"Accept": "application/json", "User-Agent": "ensia-compliance", **(headers or {})}
        self._session = new_session(settings, context)
        self._turns = threading.BoundedSemaphore(settings.at_once)
        self._signer: Signer | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back a session token, if there is one, and close the connections."""
        if self._signer is not None:
            self._signer.finish()
        self._session.close()

    def url(self, path: str) -> str:
        """The full address of `path` below the configured address."""
        if path:
            return f"{self.settings.address}/{path.lstrip('/')}"
        return self.settings.address

    def follow(self, link: str, base: str) -> str:
        """The full address of a link found in an answer from `base`. Raises TerminalError for another host.

        A link without a host is resolved (RFC 3986 §5); one that only forgot the `s` of https is mended, since a server
        behind a proxy often does not know how it is reached.
        """
        home = urlsplit(self.settings.address)
        try:
            target = urlsplit(urljoin(base, link))
            place = (target.scheme, target.hostname, port(target))
        except ValueError:
            raise self._terminal(message("http.no_address"), base, message(_ADVICE[400])) from None
        is_home = place == (home.scheme, home.hostname, port(home))
        is_plain = target.scheme == "http" and target.port in {None, 80, home.port}
        is_plain_home = is_plain and target.hostname == home.hostname
        if not is_home and not is_plain_home:
            other = self.redact.address(urlunsplit((target.scheme, target.netloc.rpartition("@")[2], "", "", "")))
            raise self._terminal(
                message("http.elsewhere", other=other),
                base,
                message("http.own_address"),
            )
        return urlunsplit(target._replace(scheme=home.scheme, netloc=home.netloc))

    def get(
        self,
        path: str = "",
        *,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        none_on: frozenset[int] = frozenset(),
    ) -> Answer:
        """The answer at `path` (below the configured address, or a full address on that host) as bytes.

        A status in `none_on` is returned as it is, instead of being an error.
        """
        request = _Request("GET", self._full(path, params), headers=headers or {}, none_on=none_on)
        return self._attempts(request, self._whole)

    def json(
        self,
        path: str = "",
        *,
        method: str = "GET",
        params: Params | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        none_on: frozenset[int] = frozenset(),
    ) -> Answer:
        """The answer at `path` with its JSON in `document`. A request with a body (a search) must be safe to repeat."""
        request = _Request(method, self._full(path, params), body, headers=headers or {}, none_on=none_on)
        return self._attempts(request, self._decoded)

    def download(self, path: str, target: Path, *, params: Params | None = None) -> Answer:
        """Write the answer at `path` to `target`, without holding it in memory; `content` of the Answer is empty.

        Each attempt begins anew; `target` appears only when it is complete.
        """
        part = target.with_name(f".{target.name}.part")

        def to_file(request: _Request, response: requests.Response) -> Answer:
            with part.open("wb") as file:
                file.writelines(self._pieces(response))
            return self._answer(response, b"")

        try:
            answer = self._attempts(_Request("GET", self._full(path, params)), to_file)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return answer

    # One request, as many attempts as it takes

    def _full(self, path: str, params: Params | None = None) -> str:
        full = path.startswith(("https://", "http://"))
        url = self.follow(path, self.settings.address) if full else self.url(path)
        if not params:
            return url
        prepared = requests.PreparedRequest()
        prepared.prepare_url(url, params)
        return prepared.url or url

    def _attempts(
        self, request: _Request, take: Callable[[_Request, requests.Response], T], signer: Signer | None = None
    ) -> T:
        signer = signer or self._signed()
        attempt, renewed = 1, False
        while True:
            signer.ready()
            failure: _Retryable | None = None
            try:
                with self._turn(request), closing(self._send(request, signer)) as response:
                    if response.status_code != 401 or renewed or not signer.renew():
                        self._accepted(request, response)
                        return take(request, response)
            except _Retryable as error:
                failure = error
            if failure is None:
                renewed = True  # the token was refused: at once again, with a fresh one
            else:
                self._pause(request, failure, attempt)
                attempt += 1

    def _send(self, request: _Request, signer: Signer) -> requests.Response:
        """The response to one attempt, its body unread, after redirects on the same host."""
        method, url = request.method, request.url
        for _ in range(MOST_REDIRECTS + 1):
            response = self._once(method, url, request, signer)
            if not response.is_redirect:
                return response
            location = response.headers["Location"]
            response.close()
            if response.status_code == 303 or (response.status_code in {301, 302} and method == "POST"):
                method = "GET"
            url = self.follow(location, response.url)
        raise self._terminal(message("http.redirects"), url, message("http.path_missing"))

    def _once(self, method: str, url: str, request: _Request, signer: Signer) -> requests.Response:
        seconds_left = self._left(url)
        failure: SourceError | _Retryable
        try:
            self.requests_made += 1
            return self._session.request(
                method,
                url,
                json=request.body if method != "GET" else None,
                data=request.form if method != "GET" else None,
                headers={**self._headers, **request.headers},
                auth=signer,
                timeout=(
                    min(self.settings.connect_timeout, seconds_left),
                    min(self.settings.read_timeout, seconds_left),
                ),
                allow_redirects=False,
                stream=True,
                verify=self._session.verify,  # named here, or an environment variable would go before 'ca_file'
            )
        except (requests.RequestException, ValueError) as error:  # the latter for a Location that is no address
            failure = self._failed(error, url)
        raise failure  # outside the except block, so that the library's text, with its headers, is not chained to it

    def _failed(self, error: requests.RequestException | ValueError, url: str) -> SourceError | _Retryable:
        cause = certificate_problem(error)
        if cause is not None:
            return self._terminal(
                message("http.not_trusted", cause=cause),
                url,
                message("http.renew_certificate"),
            )
        if isinstance(error, requests.exceptions.ProxyError):
            return _Retryable(message("http.proxy"))
        if isinstance(error, requests.exceptions.ConnectTimeout):
            return _Retryable(message("http.no_connection"))
        if isinstance(error, requests.exceptions.Timeout):
            return _Retryable(message("http.silent", seconds=self.settings.read_timeout))
        if isinstance(error, requests.exceptions.ConnectionError):
            return _Retryable(message("http.broken_connection"))
        if isinstance(error, (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)):
            return _Retryable(message("http.broken_answer"))
        return self._terminal(
            message("http.not_asked", error=type(error).__name__), url, message("http.check_settings")
        )

    def _accepted(self, request: _Request, response: requests.Response) -> None:
        """Raise what a status that is not a success means."""
        status = response.status_code
        if status < 400 or status in request.none_on:
            return
        if status in BUSY:
            raise _Retryable(busy_reason(status), asked_pause(response))
        server_text = self._said(response)
        secrets = both(self._keyring.names) if self._keyring.names else message("http.signing_in")
        advice = message(_ADVICE.get(status, "http.advice_other"), secrets=secrets)
        reason = message(_REFUSALS.get(status, "http.status_other"), status=status)
        whole = message("http.said", reason=reason, said=server_text) if server_text else reason
        raise self._terminal(whole, response.url, advice)

    def _said(self, response: requests.Response) -> str:
        """The server's own words about an error; none of a source with personal data, where they may name somebody."""
        if self._context.personal_data:
            return ""
        return excerpt(self._body(response), response.headers.get("Content-Type") or "", self.redact)

    def _pause(self, request: _Request, failure: _Retryable, attempt: int) -> None:
        """Wait before the next attempt, or raise TransientError when there is none, or no time for one."""
        if attempt >= self.settings.attempts:
            tried = message("http.attempts", reason=failure.reason, number=attempt) if attempt > 1 else failure.reason
            raise self._transient(tried, request.url, message("http.passes"))
        step = self.settings.backoff_seconds * 2 ** (attempt - 1) * random.uniform(0.75, 1.25)  # noqa: S311 - jitter
        wait = min(step, LONGEST_PAUSE) if failure.wait is None else failure.wait
        if wait >= self._left(request.url):
            raise self._transient(
                message("http.no_time_to_wait", reason=failure.reason, wait=wait, seconds=self.budget.seconds),
                request.url,
                message("http.next_night"),
            )
        if wait > 5:
            self._context.report(self._redacted(message("http.next_attempt", reason=failure.reason, wait=wait)))
        time.sleep(wait)

    # What is taken from a response

    def _whole(self, request: _Request, response: requests.Response) -> Answer:
        return self._answer(response, self._body(response))

    def _decoded(self, request: _Request, response: requests.Response) -> Answer:
        content = self._body(response)
        if response.status_code in request.none_on or (not content and response.status_code == 204):
            return self._answer(response, content)
        media_type = response.headers.get("Content-Type") or ""
        if is_webpage(content, media_type):
            raise self._terminal(
                message("http.webpage"),
                response.url,
                message("http.no_sso"),
            )
        try:
            return self._answer(response, content, decode_json(content, media_type))
        except UnicodeDecodeError as error:
            raise self._terminal(
                message("http.no_text", encoding=error.encoding, byte=error.start),
                response.url,
                message("http.ask_utf"),
            ) from None
        except ValueError as error:
            raise _Retryable(message("http.no_json", problem=json_problem(error))) from None

    def _body(self, response: requests.Response) -> bytes:
        return b"".join(self._pieces(response))

    def _pieces(self, response: requests.Response) -> Iterator[bytes]:
        """The unpacked body piece by piece, as it arrives, within the size limit and the time budget."""
        limit, size = int(self.settings.max_megabytes * 1024 * 1024), 0
        while True:
            try:
                piece = response.raw.read1(CHUNK, decode_content=True)
            except (HTTPError, OSError):
                self._left(response.url)
                raise _Retryable(message("http.broken_halfway")) from None
            if not piece:
                return
            size += len(piece)
            if size > limit:
                raise self._terminal(
                    message("http.too_large", size=self.settings.max_megabytes),
                    response.url,
                    message("http.smaller_pages"),
                )
            self._left(response.url)
            yield piece

    def _answer(self, response: requests.Response, content: bytes, document: Any = None) -> Answer:
        return Answer(
            address=self.redact.address(response.url),
            url=response.url,
            status=response.status_code,
            headers=response.headers,
            content=content,
            fetched_at=datetime.now(UTC).replace(tzinfo=None),
            document=document,
        )

    # Turns, time and texts

    @contextmanager
    def _turn(self, request: _Request) -> Iterator[None]:
        if not self._turns.acquire(timeout=self._left(request.url)):
            self._left(request.url)
        try:
            yield
        finally:
            self._turns.release()

    def _left(self, url: str) -> float:
        """Seconds left of the budget, which starts with the first request. TransientError when there are none."""
        seconds_left = self.budget.left()
        if seconds_left <= 0:
            raise self._transient(
                message("http.no_time_left", seconds=self.budget.seconds, number=self.requests_made),
                url,
                message("http.more_time"),
            )
        return seconds_left

    def _transient(self, reason: Text, url: str, advice: Text) -> TransientError:
        return TransientError(self._redacted(reason), place=self.place(url), advice=self._redacted(advice))

    def _terminal(self, reason: Text, url: str, advice: Text) -> TerminalError:
        return TerminalError(self._redacted(reason), place=self.place(url), advice=self._redacted(advice))

    def _redacted(self, text: Text) -> Text:
        """A text without what may not be seen: only what is filled in can hold a secret."""
        return changed(text, self.redact)

    def place(self, url: str) -> str:
        """Where an error is: the source and the address, as they may be shown."""
        return f"{self._context.source_id}, {self.redact.address(url)}"

    # Who asks

    def _signed(self) -> Signer:
        """What signs the requests, made when the first one is about to go."""
        with self._lock:
            if self._signer is None:
                self._signer = self._make_signer()
            return self._signer

    def _make_signer(self) -> Signer:
        authorization = self._authorization
        names = {"user": self.settings.user, "token": self.settings.token, "app_token": self.settings.app_token}
        headers = headers_of(authorization, self._keyring, names)
        if authorization.kind not in {"session", "oauth2"}:
            return Signer(headers)
        also = {name: headers[name] for name in authorization.also if name in headers}

        def login() -> Secret:
            ask = self._grant_request
            if authorization.kind == "session":
                ask = self._session_request
            request, signer = ask(authorization, headers, names)
            token = token_in(self._attempts(request, self._decoded, signer).document, authorization.token_field)
            if token is None:
                raise self._terminal(
                    message("http.no_token", field=authorization.token_field), request.url, message(_ADVICE[400])
                )
            return self._keyring.learn(token, "session")

        def logout(signer: Signer) -> None:
            with suppress(SourceError):  # the work is done; a session that is not given back ends by itself
                self._once("GET", self._full(authorization.logout), _Request("GET", ""), signer).close()

        return SessionSigner(
            authorization.session_header,
            authorization.session_form,
            also,
            login,
            logout if authorization.logout else None,
        )

    def _session_request(
        self, authorization: Authorization, headers: dict[str, Callable[[], str]], names: dict[str, str]
    ) -> tuple[_Request, Signer]:
        return _Request("GET", self._full(authorization.login)), Signer(headers)

    def _grant_request(
        self, authorization: Authorization, headers: dict[str, Callable[[], str]], names: dict[str, str]
    ) -> tuple[_Request, Signer]:
        form = {"grant_type": "client_credentials"}
        if authorization.scope:
            form["scope"] = authorization.scope
        basic = client_header(self._keyring, names)
        address = authorization.login
        if "://" not in address:
            address = self.url(address)
        return _Request("POST", checked_address(address), form=form), Signer(basic)
