"""A loopback server that misbehaves on command: for every test that must know what happens when a system fails.

`FaultServer(reply)` answers each request with what `reply` makes of it. `at(number, fault)` and `from_on(number, fault)`
make the server break the answer to the n-th request (1-based; requests for which `counts` is false are not counted).
A fault is a function that writes to the connection itself, given what the answer should have been.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(slots=True)
class Request:
    """What the server was asked."""

    method: str
    path: str
    target: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Reply:
    """What the server answers."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def as_json(document: Any, status: int = 200, **headers: str) -> Reply:
    """A reply with `document`; in the names of headers `_` stands for `-`."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json.dumps(document, ensure_ascii=False).encode()
    return Reply(body, status, {"Content-Type": "application/json;charset=utf-8", **given})


Fault = Callable[["Handler", Request, Reply], None]


class FaultServer(ThreadingHTTPServer):
    """The server, running as long as its `with` block. `requests` is everything it was asked, in order."""

    daemon_threads = True

    def __init__(
        self,
        reply: Callable[[Request], Reply],
        *,
        tls: ssl.SSLContext | None = None,
        counts: Callable[[Request], bool] = lambda request: True,
    ) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply = reply
        self.counts = counts
        self.requests: list[Request] = []
        self.at_once = 0
        self.most_at_once = 0
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self._count = 0
        self._once: dict[int, Fault] = {}
        self._lasting: list[tuple[int, Fault]] = []
        self._scheme = "https" if tls else "http"
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def address(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.server_address[1]}"

    def at(self, number: int, fault: Fault) -> None:
        """Break the answer to this request only."""
        self._once[number] = fault

    def from_on(self, number: int, fault: Fault) -> None:
        """Break the answers to this request and all after it."""
        self._lasting.append((number, fault))

    def fault_for(self, request: Request) -> Fault | None:
        with self.lock:
            self.requests.append(request)
            if not self.counts(request):
                return None
            self._count += 1
            lasting = [fault for number, fault in self._lasting if self._count >= number]
            return self._once.get(self._count) or (lasting[-1] if lasting else None)

    def __enter__(self) -> FaultServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of the tests."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: FaultServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(
            self.command,
            parts.path,
            self.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
        )
        with self._counted():
            fault = self.server.fault_for(request)
            reply = self.server.reply(request)
            if fault is None:
                self.send(reply)
            else:
                fault(self, request, reply)

    do_POST = do_GET  # noqa: N815
    do_PROPFIND = do_GET  # noqa: N815
    do_DELETE = do_GET  # noqa: N815

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        with self.server.lock:
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
        try:
            yield
        finally:
            with self.server.lock:
                self.server.at_once -= 1

    def send(self, reply: Reply, length: int | None = None) -> None:
        """Send `reply`, claiming `length` bytes if that is given."""
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body) if length is None else length))
        self.end_headers()
        self.wfile.write(reply.body)

    def hang_up(self, *, reset: bool = False) -> None:
        """Break the connection, politely or with a reset."""
        self.close_connection = True
        self.wfile.flush()
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        else:
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """The requests are kept, not printed."""


def status(code: int, body: bytes = b'{"message": "zo gaat het niet"}', **headers: str) -> Fault:
    """Answer with this status; in the names of headers `_` stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def fault(handler: Handler, request: Request, reply: Reply) -> None:
        handler.send(Reply(body, code, {"Content-Type": "application/json", **named}))

    return fault


def busy_until(seconds: int) -> Fault:
    """429 with a Retry-After that is a date."""
    return status(429, Retry_After=format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True))


def echo(handler: Handler, request: Request, reply: Reply) -> None:
    """Refuse, and repeat everything that was sent, headers and body included."""
    sent = f"{request.headers} {request.target} {request.body.decode(errors='replace')}"
    handler.send(as_json({"message": sent}, 400))


def reset_in_body(handler: Handler, request: Request, reply: Reply) -> None:
    """Half the body, and then a reset of the connection."""
    handler.send(Reply(reply.body[: len(reply.body) // 2], reply.status, reply.headers), length=len(reply.body))
    handler.hang_up(reset=True)


def cut_body(handler: Handler, request: Request, reply: Reply) -> None:
    """Half the body that was announced, and then the end of the connection."""
    handler.send(Reply(reply.body[: len(reply.body) // 2], reply.status, reply.headers), length=len(reply.body))
    handler.hang_up()


def broken_chunks(handler: Handler, request: Request, reply: Reply) -> None:
    """A chunked body without its last chunk."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    half = reply.body[: len(reply.body) // 2]
    handler.wfile.write(f"{len(half):x}\r\n".encode() + half + b"\r\n")
    handler.hang_up()


def hung_up(handler: Handler, request: Request, reply: Reply) -> None:
    """No answer at all."""
    handler.hang_up()


def truncated_json(handler: Handler, request: Request, reply: Reply) -> None:
    """JSON that stops halfway, as if it were whole."""
    handler.send(Reply(reply.body[: len(reply.body) // 2], 200, reply.headers))


def invalid_json(handler: Handler, request: Request, reply: Reply) -> None:
    """A document that is not JSON."""
    handler.send(Reply(b"{'single': quotes}", 200, {"Content-Type": "application/json"}))


def empty(handler: Handler, request: Request, reply: Reply) -> None:
    """200 without content."""
    handler.send(Reply(b"", 200, {"Content-Type": "application/json"}))


def login_page(handler: Handler, request: Request, reply: Reply) -> None:
    """A sign-in page, with status 200."""
    page = b"<!DOCTYPE html>\n<html><head><title>Aanmelden</title></head><body><form></form></body></html>"
    handler.send(Reply(page, 200, {"Content-Type": "text/html; charset=utf-8"}))


def sneaky_login_page(handler: Handler, request: Request, reply: Reply) -> None:
    """A sign-in page that says it is JSON."""
    handler.send(Reply(b"\n <html><body>Aanmelden</body></html>", 200, {"Content-Type": "application/json"}))


def latin_1(declared: str | None) -> Fault:
    """The document in Latin-1, with this charset declared, or none."""

    def fault(handler: Handler, request: Request, reply: Reply) -> None:
        kind = f"application/json; charset={declared}" if declared else "application/json"
        body = reply.body.decode("utf-8").encode("latin-1")
        handler.send(Reply(body, reply.status, {**reply.headers, "Content-Type": kind}))

    return fault


def declared_wrongly(handler: Handler, request: Request, reply: Reply) -> None:
    """UTF-8 that is declared as Latin-1."""
    handler.send(
        Reply(reply.body, reply.status, {**reply.headers, "Content-Type": "application/json; charset=iso-8859-1"})
    )


def redirect(target: str, code: int = 302) -> Fault:
    """A redirect to `target`."""

    def fault(handler: Handler, request: Request, reply: Reply) -> None:
        handler.send(Reply(b"", code, {"Location": target}))

    return fault


def drip(handler: Handler, request: Request, reply: Reply) -> None:
    """The body byte by byte, so slowly that it would take hours, and never so slowly that a read times out."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    with contextlib.suppress(OSError):
        while not handler.server.closing.wait(0.02):
            handler.wfile.write(b" ")
            handler.wfile.flush()
    handler.close_connection = True


@dataclass(slots=True)
class Certificates:
    """A private authority, and servers' certificates that it signed."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(cls, folder: Path) -> Certificates:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Testautoriteit")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=900))
            .not_valid_after(now + timedelta(days=900))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        (folder / "authority.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return cls(folder, key, certificate)

    def server(self, *, expired: bool = False, address: str = "127.0.0.1") -> ssl.SSLContext:
        """The context of a server at `address`."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        until = now - timedelta(days=3) if expired else now + timedelta(days=30)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")]))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=60))
            .not_valid_after(until)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        file = self.folder / f"server-{certificate.serial_number}.pem"
        file.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context
