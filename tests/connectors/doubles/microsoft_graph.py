"""Microsoft Graph as a double, written from the reference pages of Graph v1.0: Secure Score and how accounts are registered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.connectors.loopback import Asked, Loopback, Reply

SECRETS = {"GRAPH_CLIENT_ID": "app-nummer-1", "GRAPH_CLIENT_SECRET": "geheim~van~de~app"}
TOKEN = "eyJ0b2tlbiI6InZvb3JiZWVsZCJ9.x.y"


def user(number: int, **changes: Any) -> dict[str, Any]:
    # resource userRegistrationDetails (learn.microsoft.com/graph/api/resources/userregistrationdetails)
    return {
        "id": f"id-{number}",
        "userPrincipalName": f"j.jansen{number}@voorbeeld.example",
        "userDisplayName": f"Jansen {number}",
        "userType": "member",
        "isAdmin": False,
        "isSsprRegistered": True,
        "isMfaRegistered": True,
        "isMfaCapable": True,
        "methodsRegistered": ["microsoftAuthenticatorPush"],
        "lastUpdatedDateTime": "2026-11-19T22:00:00Z",
        **changes,
    }


USERS = [
    *(user(number) for number in range(6)),
    user(6, isAdmin=True),
    user(7, isAdmin=True, isMfaCapable=False, isMfaRegistered=False),
    user(8, isMfaCapable=False, lastUpdatedDateTime="2026-11-20T01:00:00Z"),
    user(9, userType="guest", isMfaCapable=False),
]
# resource secureScore; controlScores holds much more
SCORE = {
    "id": "t_2026-11-19",
    "azureTenantId": "t",
    "createdDateTime": "2026-11-19T00:00:00Z",
    "currentScore": 312.5,
    "maxScore": 500.0,
    "activeUserCount": 420,
    "controlScores": [{"controlName": "MFA", "description": "Long text", "score": 10}],
}


def device(number: int, **changes: Any) -> dict[str, Any]:
    # resource managedDevice (learn.microsoft.com/graph/api/resources/intune-devices-manageddevice)
    return {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "deviceName": f"LT-{number:04}",
        "userPrincipalName": f"j.jansen{number}@voorbeeld.example",
        "complianceState": "compliant",
        "isEncrypted": True,
        "lastSyncDateTime": "2026-11-19T06:00:00Z",
        "managedDeviceOwnerType": "company",
        "operatingSystem": "Windows",
        **changes,
    }


def machine(number: int, **changes: Any) -> dict[str, Any]:
    # resource machine (learn.microsoft.com/defender-endpoint/api/machine)
    return {
        "id": f"{number:040x}",
        "computerDnsName": f"lt-{number:04}.voorbeeld.example",
        "firstSeen": "2026-01-05T08:00:00.0000000Z",
        "lastSeen": "2026-11-19T06:00:00.1234567Z",
        "osPlatform": "Windows11",
        "lastIpAddress": "10.1.2.3",
        "healthStatus": "Active",
        "onboardingStatus": "Onboarded",
        "defenderAvStatus": "Updated",
        "machineTags": ["afdeling Burgerzaken"],
        **changes,
    }


def weakness(number: int, cve: str | None, **changes: Any) -> dict[str, Any]:
    # AssetVulnerability (learn.microsoft.com/defender-endpoint/api/get-assessment-software-vulnerabilities); a product without a
    # weakness is in the list too
    return {
        "id": f"{number:040x}_edge_130.0_{cve or ''}",
        "deviceId": f"{number:040x}",
        "deviceName": f"lt-{number:04}.voorbeeld.example",
        "osPlatform": "Windows11",
        "softwareVendor": "microsoft",
        "softwareName": "edge",
        "softwareVersion": "130.0",
        "cveId": cve,
        "vulnerabilitySeverityLevel": "High" if cve else None,
        "cvssScore": 8.1 if cve else None,
        "diskPaths": ["C:\\Users\\jjansen\\edge.exe"],
        "firstSeenTimestamp": "2026-11-01 10:13:34.8476880",
        "lastSeenTimestamp": "2026-11-19 06:00:00.0000000",
        "endOfSupportStatus": None,
        **changes,
    }


MACHINES = [machine(0), machine(1), machine(2, defenderAvStatus="NotUpdated"), machine(3, defenderAvStatus="Disabled")]
CRITICAL = {"vulnerabilitySeverityLevel": "Critical", "cvssScore": 9.8}
WEAKNESSES = [
    weakness(0, "CVE-2026-0001", **CRITICAL),
    weakness(1, None),
    weakness(2, None),
    weakness(3, "CVE-2026-0002"),
]


def defender(
    machines: list[dict[str, Any]], weaknesses: list[dict[str, Any]], size: int = 3
) -> Callable[[Loopback, Asked], Reply | None]:
    """Defender for Endpoint: two lists in pages, for who signed in for its audience."""
    lists = {"/api/machines": machines, "/api/machines/SoftwareVulnerabilitiesByMachine": weaknesses}

    def answer(server: Loopback, asked: Asked) -> Reply | None:
        if asked.path == "/gemeente.example/oauth2/v2.0/token":
            assert asked.form["scope"] == "https://api.securitycenter.microsoft.com/.default"
            return Reply({"token_type": "Bearer", "expires_in": 3599, "access_token": TOKEN})
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Reply({"error": {"code": "Unauthorized", "message": "Missing authorization token."}}, 401)
        if asked.path not in lists:
            return None
        start = int(asked.query.get("$skip", 0))
        page: dict[str, Any] = {"value": lists[asked.path][start : start + size]}
        if start + size < len(lists[asked.path]):
            page["@odata.nextLink"] = f"{server.address}{asked.path}?$skip={start + size}"
        return Reply(page)

    return answer


def graph(
    users: list[dict[str, Any]],
    scores: list[dict[str, Any]],
    size: int = 4,
    devices: list[dict[str, Any]] | None = None,
) -> Callable[[Loopback, Asked], Reply | None]:
    def answer(server: Loopback, asked: Asked) -> Reply | None:
        if asked.path == "/gemeente.example/oauth2/v2.0/token":
            # RFC 6749 §4.4.2; the client may identify itself in a basic header (§2.3.1)
            assert asked.form["grant_type"] == "client_credentials"
            assert asked.form["scope"] == f"{server.address}/.default"
            return Reply({"token_type": "Bearer", "expires_in": 3599, "access_token": TOKEN})
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Reply({"error": {"code": "InvalidAuthenticationToken", "message": "Access token is empty."}}, 401)
        if asked.path == "/v1.0/security/secureScores":
            return Reply({"value": scores[: int(asked.query["$top"])]})
        if asked.path == "/v1.0/deviceManagement/managedDevices" and devices is not None:
            wanted = asked.query["$select"].split(",")
            start = int(asked.query.get("$skiptoken", 0))
            chosen = [{name: item[name] for name in wanted} for item in devices[start : start + size]]
            answered: dict[str, Any] = {"value": chosen}
            if start + size < len(devices):
                query = f"$select={asked.query['$select']}&$skiptoken={start + size}"
                answered["@odata.nextLink"] = f"{server.address}{asked.path}?{query}"
            return Reply(answered)
        if asked.path == "/v1.0/reports/authenticationMethods/userRegistrationDetails":
            start = int(asked.query.get("$skiptoken", 0))
            page: dict[str, Any] = {"value": users[start : start + size]}
            if start + size < len(users):
                page["@odata.nextLink"] = f"{server.address}{asked.path}?$skiptoken={start + size}"
            return Reply(page)
        return None

    return answer
