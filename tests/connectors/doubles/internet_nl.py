"""The batch API of internet.nl as a double, written from interface/batch/openapi.yaml."""

from __future__ import annotations

import base64
from typing import Any

from tests.connectors.loopback import Asked, Loopback, Reply

SECRETS = {"INTERNET_NL_USER": "voorbeeld", "INTERNET_NL_PASSWORD": "heel-geheim-wachtwoord"}


def _request(number: int, kind: str, status: str, name: str) -> dict[str, Any]:
    # components/schemas/Request: all of these are required
    return {
        "request_id": f"{number:032x}",
        "name": name,
        "request_type": kind,
        "status": status,
        "submit_date": "2026-11-19T05:00:00+00:00",
        "finished_date": "2026-11-19T05:44:12+00:00" if status == "done" else None,
    }


REQUESTS = [  # GET /requests: newest first
    _request(5, "web", "running", "Gemeente december"),
    _request(4, "web", "done", "Leverancier"),
    _request(3, "web", "done", "Gemeente november"),
    _request(2, "mail", "done", "Gemeente november"),
    _request(1, "mail", "done", "Gemeente oktober"),
]


def batch_api(server: Loopback, asked: Asked) -> Reply | None:
    expected = base64.b64encode(b"voorbeeld:heel-geheim-wachtwoord").decode()
    if asked.headers.get("Authorization") != f"Basic {expected}":
        return Reply({"error": {"label": "unauthorised"}}, 401)
    if asked.path == "/api/batch/v2/requests":
        return Reply(
            {"api_version": "2.4.0", "requests": REQUESTS if asked.query.get("limit") == "0" else REQUESTS[:10]}
        )
    for request in REQUESTS:
        if asked.path == f"/api/batch/v2/requests/{request['request_id']}/results":
            domains = {
                "voorbeeld.example": {"status": "ok", "scoring": {"percentage": 80}, "report": {"url": "https://x"}}
            }
            return Reply({"api_version": "2.4.0", "request": request, "domains": domains})
    return None
