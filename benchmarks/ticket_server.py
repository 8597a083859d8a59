"""A loopback ticketing system for benchmarks, in a process of its own: TOPdesk's incident list, every page made
beforehand, so that what is measured is the reader and not the server.

Contract: developers.topdesk.com, Incident API, GET /incidents: pageStart, pageSize, 206 partial, 200 last, 204 nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from multiprocessing.connection import Connection
from urllib.parse import parse_qs, urlsplit

PATH = "/tas/api/incidents"
_FIRST = datetime(2024, 1, 1, 8)


@contextmanager
def serving(tickets: int, page_size: int) -> Iterator[str]:
    """The address of a server with this many tickets, as long as the block lasts."""
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, tickets, page_size), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve(report: Connection, tickets: int, page_size: int) -> None:
    pages = {
        start: json.dumps([_ticket(number) for number in range(start, min(start + page_size, tickets))]).encode()
        for start in range(0, tickets, page_size)
    }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet

        def do_GET(self) -> None:
            start = int(parse_qs(urlsplit(self.path).query)["pageStart"][0])
            body = pages.get(start, b"")
            self.send_response(204 if not body else 206 if start + page_size < tickets else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        report.send(server.server_port)
        server.serve_forever()


def _ticket(number: int) -> dict[str, object]:
    """One incident with every field that is asked for; a third is closed, over two years and a half."""
    opened = _FIRST + timedelta(minutes=number * 13 % 1_300_000)
    closed = opened + timedelta(hours=number % 90 + 1) if number % 3 else None

    def named(name: str) -> dict[str, str]:
        return {"id": "5c1d4f2e-8f0a-4a54-9d21-0b7f3a1c9e77", "name": name}

    return {
        "id": f"44d88612-fea8-a8f3-6de8-{number:012d}",
        "number": f"I {number:09d}",
        "briefDescription": f"Melding {number}: geen toegang tot het zaaksysteem sinds vanochtend",
        "callType": named(("Storing", "Verzoek", "Beveiligingsincident", "Wijziging")[number % 4]),
        "category": named(("Applicaties", "Werkplek", "Netwerk")[number % 3]),
        "subcategory": named(("Toegang", "Storing")[number % 2]),
        "priority": named(f"P{number % 4 + 1}"),
        "operatorGroup": named("Servicedesk"),
        "object": named(f"srv-{number % 200:03d}"),
        "creationDate": _moment(opened),
        "callDate": _moment(opened),
        "modificationDate": _moment(closed or opened),
        "targetDate": _moment(opened + timedelta(days=2)),
        "completed": closed is not None,
        "completedDate": _moment(closed),
        "closed": closed is not None,
        "closedDate": _moment(closed),
        "processingStatus": named("Gesloten" if closed else "In behandeling"),
    }


def _moment(value: datetime | None) -> str | None:
    return value.strftime("%Y-%m-%dT%H:%M:%S.000+0000") if value else None
