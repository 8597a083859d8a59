"""DefectDojo as a double, written from the reference of its API v2: findings with their related fields, in pages."""

from __future__ import annotations

from typing import Any

from tests.connectors.faults import Reply, Request, as_json

SYSTEM = {"system": "defectdojo", "token": "TOKEN"}


def finding(number: int, **changes: Any) -> dict[str, Any]:
    product = {"id": 1, "name": "zaaksysteem"}
    test = {"id": 7, "test_type": {"id": 3, "name": "ZAP Scan"}, "engagement": {"id": 2, "product": product}}
    return {
        "id": number,
        "title": f"Zwakheid {number}",
        "date": "2026-11-01",
        "sla_expiration_date": "2026-11-08",
        "severity": "Critical",
        "cvssv3_score": 9.8,
        "active": True,
        "verified": True,
        "false_p": False,
        "duplicate": False,
        "risk_accepted": False,
        "is_mitigated": False,
        "mitigated": None,
        "mitigated_by": None,
        "reporter": 4,
        "related_fields": {"test": test},
        **changes,
    }


MITIGATED = {"is_mitigated": True, "active": False, "mitigated": "2026-11-05T12:00:00.123456Z"}
FINDINGS = [
    finding(1),
    finding(2, **MITIGATED),
    finding(3, risk_accepted=True, active=False),
    finding(4, severity="Info", cvssv3_score=None, sla_expiration_date=None),
    finding(5, duplicate=True),
]


def reply(request: Request) -> Reply:
    """What it answers to somebody who is signed in."""
    if not request.headers.get("authorization", "").startswith("Token "):
        return as_json({"detail": "Authentication credentials were not provided."}, 401)
    if request.path == "/api/v2/user_profile/":
        return as_json({"user": {"id": 4, "username": "ensia"}, "global_role": None})
    if request.path != "/api/v2/findings/":
        return as_json({"detail": "Not found."}, 404)
    query = request.query
    assert (query["o"], query["related_fields"]) == ("id", "true")
    items = [item for item in FINDINGS if query["duplicate"] != "false" or not item["duplicate"]]
    start, size = int(query["offset"]), min(int(query["limit"]), 2)
    return as_json({"count": len(items), "next": None, "previous": None, "results": items[start : start + size]})
