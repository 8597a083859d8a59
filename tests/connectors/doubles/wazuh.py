"""Wazuh as a double: server API and indexer, written from the reference of both."""

from __future__ import annotations

import base64
from typing import Any

from tests.connectors.loopback import Asked, Loopback, Reply

SECRETS = {"W_USER": "wazuh-lezer", "W_PASSWORD": "wachtwoord-van-wazuh"}
BASIC = f"Basic {base64.b64encode(b'wazuh-lezer:wachtwoord-van-wazuh').decode()}"
TOKEN = "eyJ3YXp1aCI6MX0.a.b"
# GET /agents (server API reference, AgentsResponse): status active, pending, never_connected or disconnected; lastKeepAlive
AGENTS = [
    {"id": "001", "name": "srv-web-01", "status": "active", "lastKeepAlive": "2026-11-20T01:20:00Z"},
    {"id": "002", "name": "srv-db-01", "status": "disconnected", "lastKeepAlive": "2026-11-02T09:00:00Z"},
    {"id": "003", "name": "lt-0042", "status": "active", "lastKeepAlive": "2026-11-20T01:21:00Z"},
]
# GET /sca/{agent_id} (SCADatabase)
POLICY = {
    "policy_id": "cis_debian12",
    "name": "CIS Debian 12 Benchmark",
    "description": "Long text",
    "pass": 90,
    "fail": 2,
    "invalid": 8,
    "total_checks": 100,
    "score": 97,
    "start_scan": "2026-11-20T01:00:00Z",
    "end_scan": "2026-11-20T01:05:00Z",
}
# GET /sca/{agent_id}/checks/{policy_id} (SCAChecks)
CHECKS = [
    {
        "id": 33000 + number,
        "title": f"Ensure thing {number} is configured",
        "result": "failed",
        "remediation": "Do it",
        "compliance": [{"key": "cis", "value": f"1.{number}"}, {"key": "iso_27001-2013", "value": "A.9.4.3"}],
    }
    for number in (1, 2)
]


def vulnerability(number: int, severity: str, score: float, **agent: Any) -> dict[str, Any]:
    # documentation.wazuh.com, wazuh-states-vulnerabilities: agent.* up to 4.x, wazuh.agent.* from 5.0
    return {
        "_id": f"001_abc_CVE-2026-{number}",
        "_source": {
            **(agent or {"agent": {"id": "001", "name": "srv-web-01"}}),
            "package": {"name": "openssl", "version": "3.0.1"},
            "vulnerability": {
                "id": f"CVE-2026-{number}",
                "severity": severity,
                "score": {"base": score, "version": "3.1"},
                "detected_at": "2026-10-01T10:00:00.123Z",
                "reference": "https://advies.example/1, https://advies.example/2",
            },
        },
    }


HITS = [
    vulnerability(1, "Critical", 9.8),
    vulnerability(2, "Medium", 5.0, wazuh={"agent": {"id": "003", "name": "lt-0042"}}),
    vulnerability(3, "-", 7.5),
]


class Wazuh:
    """Answers as both APIs do, in pages of `page`, and remembers the scroll. `total` and `agents` are what is claimed."""

    def __init__(
        self,
        total: int | None = None,
        agents: int | None = None,
        hits: list[dict[str, Any]] = HITS,
        page: int = 1,
    ) -> None:
        self.hits, self.page, self.position = hits, page, 0
        self.total = len(hits) if total is None else total
        self.agents = len(AGENTS) if agents is None else agents

    def __call__(self, server: Loopback, asked: Asked) -> Reply | None:
        if asked.path == "/security/user/authenticate" and asked.method == "POST":
            good = asked.headers.get("Authorization") == BASIC
            return Reply({"data": {"token": TOKEN}, "error": 0}) if good else Reply({"title": "Unauthorized"}, 401)
        if asked.path == "/_plugins/_security/authinfo":  # OpenSearch security plugin, anonymous authentication on
            name = "ensia" if asked.headers.get("Authorization") == BASIC else "opendistro_security_anonymous"
            return Reply({"user_name": name, "user_requested_tenant": None, "roles": ["readall"]})
        if asked.path.endswith("_search") or asked.path == "/_search/scroll":
            return self._indexer(asked) if asked.headers.get("Authorization") == BASIC else Reply("Unauthorized", 401)
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Reply({"title": "Unauthorized"}, 401)
        items: list[dict[str, Any]] = {
            "/agents": AGENTS,
            "/sca/001": [POLICY],
            "/sca/002": [],
            "/sca/003": [],
            "/sca/001/checks/cis_debian12": CHECKS,
        }[asked.path]
        total = self.agents if asked.path == "/agents" else len(items)
        offset = int(asked.query["offset"])
        return Reply(
            {"data": {"affected_items": items[offset : offset + self.page], "total_affected_items": total}, "error": 0}
        )

    def _indexer(self, asked: Asked) -> Reply:
        if asked.method == "DELETE":
            assert asked.document == {"scroll_id": ["scroll-1"]}
            return Reply({"succeeded": True})
        if asked.path.endswith("/_search"):
            assert asked.query == {"scroll": "2m"}
            self.position = 0
        hits, self.position = self.hits[self.position : self.position + self.page], self.position + self.page
        return Reply(
            {"_scroll_id": "scroll-1", "hits": {"total": {"value": self.total, "relation": "eq"}, "hits": hits}}
        )
