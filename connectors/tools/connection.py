"""How a server is reached: the settings that every source over HTTP shares, the session that keeps to them, and what a
failed connection or a busy server means. Asking and retrying is left to `http`.
"""

from __future__ import annotations

import ipaddress
import logging
import ssl
from typing import Annotated
from urllib.parse import SplitResult, urlsplit, urlunsplit

import requests
from pydantic import AfterValidator, Field
from requests.adapters import HTTPAdapter
from urllib3.exceptions import InvalidHeader
from urllib3.util.retry import Retry

from connectors.base import Context, Settings
from models.errors import ConfigurationError, TextError
from models.message import Text, message
from models.secret_name import SecretName
from models.system_errors import os_reason


def checked_address(address: str) -> str:
    """`address` without a slash at its end. ValueError when it is incomplete, holds a secret, or can be read along."""
    parts = urlsplit(address.strip())
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise TextError(message("address.no_address"))
    if parts.username or parts.password:
        raise TextError(message("address.secret"))
    if parts.query or parts.fragment:
        raise TextError(message("address.query"))
    if parts.scheme == "http" and not _loopback(parts.hostname):
        raise TextError(message("address.open"))
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


Address = Annotated[str, AfterValidator(checked_address)]


class HttpSettings(Settings):
    """What every source over HTTP may set. `user`, `token` and `app_token` name environment variables.

    There is no setting that turns the verification of certificates off: `ca_file` names the certificate (PEM) of a
    private authority instead.
    """

    address: Address
    user: SecretName = ""
    token: SecretName = ""
    app_token: SecretName = ""
    ca_file: str = ""
    connect_timeout: float = Field(default=10, gt=0, le=120, description="seconds")
    read_timeout: float = Field(default=60, gt=0, le=600, description="seconds without a byte")
    budget_seconds: float = Field(default=270, gt=0, description="for all requests of one collection together")
    attempts: int = Field(default=5, ge=1, le=20, description="per request, the first included")
    backoff_seconds: float = Field(
        default=1, ge=0, le=60, description="pause after the first failure; doubles each time"
    )
    at_once: int = Field(default=2, ge=1, le=16, description="requests under way at the same time")
    max_megabytes: float = Field(default=64, gt=0, description="of one answer, unpacked")


def _without_query(argument: object) -> object:
    """A part of a log line with `?…` for what stands behind a question mark."""
    if not isinstance(argument, str) or "?" not in argument:
        return argument
    address, _, _ = argument.partition("?")
    return f"{address}?…"


class _WithoutQuery(logging.Filter):
    """Takes the part behind `?` out of the addresses that urllib3 logs: the right to a file may stand there."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(map(_without_query, record.args))
        return True


for _name in ("urllib3.connectionpool", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_WithoutQuery())


def new_session(settings: HttpSettings, context: Context) -> requests.Session:
    """A session that keeps connections, always verifies certificates, and retries nothing by itself."""
    session = requests.Session()
    adapter = HTTPAdapter(pool_connections=2, pool_maxsize=settings.at_once, max_retries=Retry(0, read=False))
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.trust_env = not _loopback(urlsplit(settings.address).hostname or "")  # the proxy of the organisation
    if settings.ca_file:
        path = context.folder / settings.ca_file
        try:
            ssl.create_default_context(cafile=str(path))
        except OSError as error:
            reason = message("http.no_pem") if isinstance(error, ssl.SSLError) else os_reason(error)
            raise ConfigurationError(
                message(
                    "http.no_certificate",
                    ca_file=settings.ca_file,
                    reason=reason,
                ),
                place=message("settings.source", source=context.source_id),
                advice=message("http.name_certificate"),
            ) from None
        session.verify = str(path)
    return session


def port(parts: SplitResult) -> int | None:
    """The port of an address, the scheme's own when none is written."""
    return parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def certificate_problem(error: BaseException | None) -> Text | None:
    """What is wrong with the certificate, when that is why the connection failed."""
    visited_ids: set[int] = set()
    queue: list[BaseException | None] = [error]
    while queue:
        cause = queue.pop()
        if cause is None or id(cause) in visited_ids:
            continue
        visited_ids.add(id(cause))
        if isinstance(cause, ssl.SSLCertVerificationError):
            if cause.verify_message:
                return f"‘{cause.verify_message}’"
            return message("http.invalid")
        inner = [argument for argument in cause.args if isinstance(argument, BaseException)]
        queue += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *inner]
    return None


def busy_reason(status: int) -> Text:
    """What a status that may pass says."""
    if status == 429:
        return message("http.too_many")
    if status >= 500:
        return message("http.failure", status=status)
    return message("http.too_late", status=status)


def asked_pause(response: requests.Response) -> float | None:
    """The seconds that `Retry-After` asks for, as a number or a date (RFC 9110 §10.2.3); None when it asks nothing."""
    try:
        return Retry().parse_retry_after(response.headers["Retry-After"])
    except (KeyError, InvalidHeader, ValueError):
        return None
