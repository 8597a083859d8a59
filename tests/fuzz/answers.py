"""Answers of systems as their connectors keep them: small, and with one of each thing that is read."""

from __future__ import annotations

import json
from typing import Any

Answers = dict[str, Any]
_TIMES = {"created_at": "2026-03-01T09:00:00Z", "updated_at": "2026-09-10T22:30:00Z"}

MOODLE: Answers = {
    "course_7.json": {
        "course": 7,
        "participants": [
            {"id": 11, "subject": "P0011", "audience": "Burgerzaken", "completed": True, "timecompleted": 1773576000},
            {"id": 12, "subject": "P0012", "audience": "College", "completed": False, "timecompleted": None},
        ],
    }
}
WAZUH: Answers = {
    "agents.json": {
        "agents": [
            {"id": "000", "name": "wazuh-01", "status": "active", "lastKeepAlive": "9999-12-31T23:59:59Z"},
            {"id": "001", "name": "srv-web-01", "status": "active", "lastKeepAlive": "2026-11-20T01:20:00Z"},
            {"id": "002", "name": "lt-0042", "status": "disconnected", "lastKeepAlive": "2026-11-01T01:20:00Z"},
        ]
    },
    "sca_001.json": {
        "agent": {"id": "001", "name": "srv-web-01"},
        "policies": [
            {
                "policy_id": "cis_debian12", "name": "CIS Debian 12", "pass": 90, "fail": 2, "invalid": 3, "total_checks": 95, "score": 97,
                "end_scan": "2026-11-20T01:05:00Z",
                "failed": [
                    {"id": 33001, "title": "Ensure root login is off", "compliance": [{"key": "iso_27001-2013", "value": "A.9.4.3"}]},
                    {"id": 33002, "title": "Ensure auditd runs", "compliance": []},
                ],
            }
        ],
    },
    "vulnerabilities_1.json": {
        "hits": [
            {"_id": "1", "_source": {
                "agent": {"id": "001", "name": "srv-web-01"}, "package": {"name": "openssl", "version": "3.0.1"},
                "vulnerability": {"id": "CVE-2026-1", "severity": "Critical", "score": {"base": 9.8}, "detected_at": "2026-10-01T10:00:00Z",
                                  "reference": "https://advies.example/1, https://advies.example/2"}}},
            {"_id": "2", "_source": {
                "wazuh": {"agent": {"name": "lt-0042"}}, "package": {"name": "openssl", "version": "3.0.1"},
                "vulnerability": {"id": "CVE-2026-2", "severity": "-", "score": {"base": 7.5}}}},
        ]
    },
}  # fmt: skip
CISO_ASSISTANT: Answers = {
    "requirement-assessments_a-1_1.json": {
        "part": "requirement-assessments", "audit": "a-1", "audit_status": "in_progress", "framework": "BIO2",
        "results": [
            {"id": "ra-1", "name": "x", "status": "done", "result": "compliant", "observation": "Gezien in het register.",
             "requirement": {"ref_id": "5.01.01", "urn": "urn:1", "name": "Eis 5.01.01"}, **_TIMES},
            {"id": "ra-2", "name": "x", "status": "in_review", "result": "non_compliant",
             "requirement": {"ref_id": "8.02.01", "urn": "urn:2", "name": "Eis 8.02.01"}, **_TIMES},
        ],
    },
    "evidences_1.json": {
        "part": "evidences",
        "results": [{"id": "e-1", "name": "IB-beleid 2025", "status": "Approved", "expiry_date": "2027-01-01",
                     "link": "https://dms.example/1", **_TIMES}],
    },
    "policies_1.json": {
        "part": "policies",
        "results": [{"id": "p-1", "name": "Toegangsbeleid", "status": "active", "category": "policy", "expiry_date": "2026-12-31", **_TIMES}],
    },
    "applied-controls_1.json": {
        "part": "applied-controls",
        "results": [{"id": "c-1", "name": "MFA invoeren", "status": "in_progress", "category": "technical", "eta": "2026-12-01",
                     "cost": "1500.00", **_TIMES}],
    },
    "findings_1.json": {
        "part": "findings",
        "results": [{"id": "f-1", "name": "Geen logging", "status": "identified", "severity": "high", "due_date": "2026-12-24", **_TIMES}],
    },
}  # fmt: skip
MICROSOFT_GRAPH: Answers = {
    "secure_score.json": {
        "value": [{"id": "t_2026-11-19", "createdDateTime": "2026-11-19T00:00:00Z", "currentScore": 312.5, "maxScore": 500.0}]
    },
    "mfa.json": {
        "value": [
            {"isAdmin": False, "isMfaCapable": True, "isMfaRegistered": True, "userType": "member",
             "lastUpdatedDateTime": "2026-11-19T22:00:00Z"},
            {"isAdmin": True, "isMfaCapable": False, "isMfaRegistered": False, "userType": "member", "lastUpdatedDateTime": None},
            {"isAdmin": False, "isMfaCapable": False, "userType": "guest"},
        ]
    },
    "devices.json": {
        "value": [
            {"complianceState": "compliant", "isEncrypted": True, "lastSyncDateTime": "2026-11-19T06:00:00Z",
             "managedDeviceOwnerType": "company", "operatingSystem": "Windows"},
            {"complianceState": "noncompliant", "isEncrypted": False, "lastSyncDateTime": "2026-09-19T06:00:00Z",
             "managedDeviceOwnerType": "personal"},
        ]
    },
}  # fmt: skip
TOPDESK: Answers = {
    "incidents-1.json": [
        {"id": "44d88612-fea8-a8f3-6de8-000000000001", "number": "I 2611 001", "briefDescription": "Geen toegang tot Müller",
         "callType": {"name": "Storing"}, "category": {"name": "Applicaties"}, "subcategory": {"name": "Toegang"},
         "priority": {"name": "P1"}, "operatorGroup": {"name": "Servicedesk"}, "object": None,
         "creationDate": "2026-11-18T08:42:51.000+0000", "callDate": "2026-11-18T08:42:51.000+0000", "completed": True,
         "completedDate": "2026-11-18T09:12:51.000+0000", "closed": True, "closedDate": None, "processingStatus": {"name": "Gesloten"}},
        {"id": "44d88612-fea8-a8f3-6de8-000000000002", "number": "I 2611 002", "briefDescription": "Datalek", "completed": False,
         "callType": {"name": "Datalek"}, "creationDate": "2026-11-19T08:42:51.000+0000"},
    ]
}  # fmt: skip
JIRA: Answers = {
    "issues-1.json": {
        "issues": [
            {"id": "1", "key": "IB-1", "fields": {
                "summary": "Geen toegang", "issuetype": {"name": "[System] Incident"}, "project": {"key": "IB", "name": "Informatiebeveiliging"},
                "status": {"name": "Done", "statusCategory": {"key": "done"}}, "priority": {"name": "Highest"},
                "created": "2026-11-17T12:34:00.000+0000", "duedate": "2026-11-19", "resolutiondate": "2026-11-18T12:34:00.000+0000",
                "labels": ["oorzaakanalyse"], "components": [{"id": "1", "name": "Zaaksysteem"}]}},
        ],
        "isLast": True,
    }
}  # fmt: skip
REDMINE: Answers = {
    "issues-1.json": {
        "issues": [
            {"id": 1, "project": {"id": 1, "name": "Informatiebeveiliging"}, "tracker": {"id": 1, "name": "Incident"},
             "status": {"id": 1, "name": "Closed", "is_closed": True}, "priority": {"id": 4, "name": "Urgent"}, "subject": "Geen toegang",
             "category": {"id": 1, "name": "Zaaksysteem"}, "created_on": "2026-11-17T12:34:00Z", "closed_on": "2026-11-18T12:34:00Z",
             "due_date": "2026-11-19"},
        ],
        "total_count": 1, "offset": 0, "limit": 100,
    }
}  # fmt: skip
SERVICENOW: Answers = {
    "incidents-1.json": {
        "result": [
            {"sys_id": {"value": "a" * 32, "display_value": "a" * 32}, "number": {"value": "INC1", "display_value": "INC1"},
             "short_description": {"value": "Geen toegang", "display_value": "Geen toegang"},
             "category": {"value": "software", "display_value": "Software"}, "subcategory": {"value": "", "display_value": ""},
             "priority": {"value": "1", "display_value": "1 - Critical"},
             "opened_at": {"value": "2026-11-17 12:34:00", "display_value": "17-11-2026 13:34:00"},
             "due_date": {"value": "", "display_value": ""}, "resolved_at": {"value": "2026-11-18 12:34:00", "display_value": "x"},
             "closed_at": {"value": "", "display_value": ""}, "state": {"value": "7", "display_value": "Closed"},
             "cmdb_ci": {"value": "b" * 32, "display_value": "Zaaksysteem"}, "assignment_group": {"value": "c" * 32, "display_value": "Servicedesk"}},
        ]
    }
}  # fmt: skip
FIRST_INTERNET_NL: Answers = {
    "data": {
        "identifier": "1", "name": "web", "submission-date": "2026-11-19T05:00:00+00:00", "finished-date": "2026-11-19T05:44:12+00:00",
        "domains": [
            {"domain": "www.voorbeeld.example", "status": "ok", "score": 94, "link": "https://batch.internet.nl/site/www.voorbeeld.example/1/"},
            {"domain": "oud.voorbeeld.example", "status": "failed", "score": None, "link": None},
        ],
    }
}  # fmt: skip
OPENKAT_VULNERABILITIES: Answers = {
    "organization_code": "voorbeeld",
    "data": {"vulnerability-report": {"Hostname|internet|www.voorbeeld.example": {"data": {"IPAddressV4|internet|192.0.2.10": {
        "vulnerabilities": {"CVE-2026-80001": {"cvss": {"score": 9.8, "class": "critical"},
                                               "findings": {"CVE-2026-80001 @ Software": {"First seen": "2026-10-01 08:30:00+00:00"}}}}}}}}},
}  # fmt: skip


def written(document: Any) -> bytes:
    """A document as bytes."""
    return json.dumps(document, ensure_ascii=False).encode()
