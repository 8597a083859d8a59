"""CISO Assistant as a double, written from its serializers: its objects and what it answers."""

from __future__ import annotations

from typing import Any

from tests.connectors.loopback import Asked, Loopback, Reply

TOKEN = "pat-0123456789abcdef"
PERSON = [{"id": "u1", "str": "j.jansen@voorbeeld.example"}]
TIMES = {"created_at": "2026-03-01T09:00:00Z", "updated_at": "2026-09-10T22:30:00Z"}


def requirement(number: int, ref_id: str | None, result: str, status: str = "done") -> dict[str, Any]:
    # RequirementAssessmentReadSerializer, with FilteredNodeSerializer as `requirement`
    return {
        "id": f"ra-{number}",
        "name": "x",
        "status": status,
        "result": result,
        "observation": "Gezien in het register.",
        "requirement": {
            "id": "n",
            "urn": f"urn:{ref_id}",
            "ref_id": ref_id,
            "name": f"Eis {ref_id}",
            "description": "…",
        },
        "compliance_assessment": {"id": "a-1", "str": "ENSIA 2026"},
        **TIMES,
    }


OBJECTS: dict[str, list[dict[str, Any]]] = {
    # ComplianceAssessmentListSerializer
    "compliance-assessments": [
        {"id": "a-1", "name": "ENSIA 2026", "framework": {"id": "f", "str": "BIO2"}, "status": "in_progress", **TIMES},
        {"id": "a-2", "name": "NIS2", "framework": {"id": "g", "str": "NIS2"}, "status": "done", **TIMES},
    ],
    "requirement-assessments": [
        requirement(1, "5.01.01", "compliant"),
        requirement(2, "5.15.01", "partially_compliant"),
        requirement(3, "8.02.01", "non_compliant", "in_review"),
        requirement(4, "8.03.01", "not_assessed"),
        requirement(5, "8.04.01", "compliant", "in_progress"),  # nobody has finished judging it
        requirement(6, None, "compliant"),
    ],
    # EvidenceReadSerializer: status is a label
    "evidences": [
        {"id": "e-1", "name": "IB-beleid 2025", "status": "Approved", "expiry_date": "2027-01-01", "owner": PERSON,
         "link": "https://dms.example/1", **TIMES},
        {"id": "e-2", "name": "Nog te maken", "status": "Missing", "owner": PERSON, **TIMES},
    ],
    # AppliedControl with category policy
    "policies": [
        {"id": "p-1", "name": "Toegangsbeleid", "status": "active", "category": "policy", "expiry_date": "2026-12-31",
         "owner": PERSON, **TIMES},
    ],
    # AppliedControlReadSerializer
    "applied-controls": [
        {"id": "c-1", "name": "MFA voor leveranciers", "status": "In progress", "category": "technical", "eta": "2026-12-01",
         "start_date": "2026-05-01", "cost": 1500, "owner": PERSON, **TIMES},
        {"id": "c-2", "name": "Logging", "status": "active", "category": "technical", "eta": None, "owner": PERSON, **TIMES},
        {"id": "c-3", "name": "Oud", "status": "deprecated", "category": "technical", **TIMES},
        {"id": "p-1", "name": "Toegangsbeleid", "status": "active", "category": "policy", **TIMES},
    ],
    # FindingReadSerializer: severity is a label
    "findings": [
        {"id": "v-1", "name": "Oude TLS", "ref_id": "8.24", "severity": "high", "status": "assigned",
         "due_date": "2026-12-24", "owner": PERSON, **TIMES},
        {"id": "v-2", "name": "Zwak wachtwoord", "severity": "undefined", "status": "resolved", "owner": PERSON, **TIMES},
        {"id": "v-3", "name": "Vervallen", "severity": "low", "status": "deprecated", **TIMES},
    ],
}  # fmt: skip


def api(server: Loopback, asked: Asked, objects: dict[str, list[dict[str, Any]]] = OBJECTS, page: int = 2) -> Reply:
    """LimitOffsetPagination, with pages of `page` whatever was asked."""
    if asked.headers.get("Authorization") != f"Token {TOKEN}":
        return Reply({"detail": "Invalid token."}, 401)
    if asked.path == "/api/iam/current-user/":
        return Reply({"id": "u9", "email": "ensia@voorbeeld.example", "is_active": True})
    items = objects[asked.path.strip("/").removeprefix("api/")]
    if "compliance_assessment" in asked.query:
        items = [item for item in items if item["compliance_assessment"]["id"] == asked.query["compliance_assessment"]]
    offset = int(asked.query["offset"])
    return Reply({"count": len(items), "next": None, "previous": None, "results": items[offset : offset + page]})
