"""Reads from Microsoft 365 how safe it is set up: the Secure Score, which share of the accounts can use MFA, and which share of
the devices that Intune manages are encrypted and comply. What Defender tells of machines is `defender`'s.

API: Microsoft Graph v1.0, /security/secureScores (permission SecurityEvents.Read.All),
/reports/authenticationMethods/userRegistrationDetails (AuditLog.Read.All) and /deviceManagement/managedDevices
(DeviceManagementManagedDevices.Read.All), with client credentials. Of a user only whether it is an administrator or guest and can
use MFA is kept, of a device only its state: names and addresses are dropped before anything is stored.

Of devices only those that are managed are known: what nobody enrolled is not in the list. A device that no policy is assigned to
complies by the usual setting of Intune, so the share that complies says no more than the policies do.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field

from connectors import defender
from connectors.base import Connector, TerminalError, Window
from connectors.tools.api import Part, Service, json_payload, whole
from connectors.tools.connection import Address, HttpSettings
from connectors.tools.credentials import Authorization
from connectors.tools.findings import (
    LEAST,
    Severity,
    dig,
    from_iso,
    json_array,
    key_of,
    load_json,
    moment_of,
    number,
    record_of,
)
from connectors.tools.paging import endless
from models.message import message
from models.record import Locator, Payload, Record
from models.secret_name import SecretName

# resource type userRegistrationDetails; everything else in it names a person
_KEPT_OF_DEVICES = ("complianceState", "isEncrypted", "lastSyncDateTime", "managedDeviceOwnerType", "operatingSystem")
# What is known of a device that has not been seen for longer is not known of it any more.
_SEEN_WITHIN = timedelta(days=30)
_KEPT = ("isAdmin", "isMfaCapable", "isMfaRegistered", "userType", "lastUpdatedDateTime")


class GraphSettings(HttpSettings):
    """`tenant`: directory id. `user` and `token` name the environment variables with the client id and secret of the
    app. `address` and `login_address` differ only for national clouds."""

    address: Address = "https://graph.microsoft.com/v1.0"
    login_address: Address = "https://login.microsoftonline.com"
    tenant: str = Field(pattern=r"^[A-Za-z0-9.-]+$")
    user: SecretName = "GRAPH_CLIENT_ID"
    token: SecretName = "GRAPH_CLIENT_SECRET"  # noqa: S105 - the name of an environment variable


class MicrosoftGraphSettings(GraphSettings):
    """`read`: what to fetch; `devices` needs Intune, `defender` Defender for Endpoint. `minimum_severity`: vulnerabilities below
    it are inventory."""

    read: tuple[Literal["secure_score", "mfa", "devices", "defender"], ...] = ("secure_score", "mfa")
    defender_address: Address = "https://api.security.microsoft.com"
    minimum_severity: Severity = LEAST


def graph(connector: Connector) -> Service:
    """A connection to Graph with client credentials (Microsoft identity platform; scope `.default`)."""
    settings: GraphSettings = connector.settings
    home = urlsplit(settings.address)
    return signed_in(connector, settings, f"{home.scheme}://{home.netloc}")


def signed_in(connector: Connector, settings: GraphSettings, audience: str) -> Service:
    """A connection to what `audience` names, at the address of the settings."""
    login = f"{settings.login_address}/{settings.tenant}/oauth2/v2.0/token"
    authorization = Authorization(kind="oauth2", login=login, scope=f"{audience}/.default")
    return Service(settings, connector.context, authorization)


def all_items(service: Service, path: str) -> Iterator[Part]:
    """The pages of a Graph collection, each item once: on to `@odata.nextLink` while there is one."""

    def walk() -> Iterator[Part]:
        following: str | None = path
        addresses: set[str] = set()
        while following:
            if following in addresses:
                raise endless(service.place(following))
            addresses.add(following)
            answer = service.json(following)
            if not isinstance(dig(answer.document, "value"), list):
                raise TerminalError(
                    message("graph.no_list"),
                    place=answer.address,
                    advice=message("graph.check_address"),
                )
            yield Part(answer, json_array(dig(answer.document, "value")))
            next_link = dig(answer.document, "@odata.nextLink")
            following = str(next_link) if next_link else None

    return whole(walk, lambda item: item.get("id"))


class MicrosoftGraphConnector(Connector):
    """Yields kind measurement: metrics secure_score, mfa_coverage, mfa_coverage_privileged, disk_encryption_coverage and
    device_compliance (0–100); with Defender also antimalware_coverage, antimalware_coverage_servers, antimalware_current and
    vulnerability_scan, and kinds finding (vulnerability) and scan."""

    name = "microsoft_graph"
    summary_nl = "Microsoft 365: Secure Score, MFA-dekking, apparaten (Intune) en kwetsbaarheden (Defender)"
    Settings = MicrosoftGraphSettings

    @property
    def kinds(self) -> tuple[str, ...]:
        with_defender = "defender" in self.settings.read
        return ("measurement", "finding", "scan") if with_defender else ("measurement",)

    def fetch(self, window: Window) -> Iterator[Payload]:
        with graph(self) as service:
            if "secure_score" in self.settings.read:
                scores = service.json("security/secureScores", params={"$top": 1})
                # controlScores holds free text per control; the total and its date are all that is read
                rows = [
                    {name: item.get(name) for name in ("id", "createdDateTime", "currentScore", "maxScore")}
                    for item in json_array(dig(scores.document, "value"))
                ]
                yield json_payload("secure_score.json", {"value": rows}, scores)
            if "mfa" in self.settings.read:
                pages = list(all_items(service, "reports/authenticationMethods/userRegistrationDetails"))
                only = [{name: user.get(name) for name in _KEPT} for page in pages for user in page.items]
                yield json_payload("mfa.json", {"value": only}, pages[0].answer)
            if "devices" in self.settings.read:
                fields = ",".join(("id", *_KEPT_OF_DEVICES))
                pages = list(all_items(service, f"deviceManagement/managedDevices?$select={fields}"))
                states = [{name: item.get(name) for name in _KEPT_OF_DEVICES} for page in pages for item in page.items]
                yield json_payload("devices.json", {"value": states}, pages[0].answer)
        if "defender" in self.settings.read:
            yield from self._machines()

    def _machines(self) -> Iterator[Payload]:
        """What Defender knows of machines: it has an address, and an audience, of its own."""
        address = self.settings.defender_address
        settings = self.settings.model_copy(update={"address": address})
        with signed_in(self, settings, defender.AUDIENCE) as service:
            machines = list(all_items(service, "api/machines"))
            weaknesses = list(all_items(service, "api/machines/SoftwareVulnerabilitiesByMachine"))
        content = {
            "machines": defender.kept_of(machines, defender.OF_MACHINE),
            "weaknesses": defender.kept_of(weaknesses, defender.OF_WEAKNESS),
        }
        yield json_payload("defender.json", content, machines[0].answer)

    def read(self, payload: Payload) -> Iterator[Record]:
        if payload.name == "defender.json":
            yield from defender.records(self, payload, self.settings.minimum_severity)
            return
        items = json_array(dig(load_json(payload), "value"))
        if payload.name == "secure_score.json":
            yield self._secure_score(payload, items)
        elif payload.name == "devices.json":
            yield from self._devices(payload, items)
        else:
            yield from self._mfa(payload, items)

    def _secure_score(self, payload: Payload, items: list[dict[str, Any]]) -> Record:
        newest = max(items, key=lambda item: str(item.get("createdDateTime")), default={})
        reached, possible = number(newest.get("currentScore")), number(newest.get("maxScore"))
        if reached is None or not possible:
            self.refuse(
                message("graph.no_score"),
                place=payload.address or payload.name,
                advice=message("graph.right_of_score"),
            )
        return self._share(
            "secure_score",
            reached,
            possible,
            "punten",
            from_iso(newest.get("createdDateTime")) or moment_of(payload),
            payload,
        )

    def _mfa(self, payload: Payload, users: list[dict[str, Any]]) -> Iterator[Record]:
        """Members only: guests use the MFA of their own organisation. Disabled accounts are not in the report."""
        members = [user for user in users if user.get("userType") != "guest"]
        guests = len(users) - len(members)
        self.remark("guests", message("graph.guests", number=guests), place=payload.name, count=guests)
        if not members:
            self.refuse(
                message("graph.no_accounts"),
                place=payload.address or payload.name,
                advice=message("graph.right_of_accounts"),
            )
        updated = [moment for user in members if (moment := from_iso(user.get("lastUpdatedDateTime")))]
        moment = max(updated, default=moment_of(payload))
        for metric, group in (
            ("mfa_coverage", members),
            ("mfa_coverage_privileged", [user for user in members if user.get("isAdmin") is True]),
        ):
            if group:
                capable = sum(user.get("isMfaCapable") is True for user in group)
                yield self._share(metric, float(capable), float(len(group)), "accounts", moment, payload)

    def _devices(self, payload: Payload, devices: list[dict[str, Any]]) -> Iterator[Record]:
        """Devices of the organisation only; one that was not seen lately counts as neither encrypted nor compliant."""
        ours = [device for device in devices if device.get("managedDeviceOwnerType") != "personal"]
        personal = len(devices) - len(ours)
        text = message("graph.personal_devices", number=personal)
        self.remark("personal_devices", text, place=payload.name, count=personal)
        if not ours:
            self.refuse(
                message("graph.no_devices"),
                place=payload.address or payload.name,
                advice=message("graph.right_of_devices"),
            )
        moment = moment_of(payload)
        current = [device for device in ours if _is_seen_lately(device, moment)]
        text = message("graph.not_seen", number=len(ours) - len(current))
        self.remark("not_seen", text, place=payload.name, count=len(ours) - len(current))
        encrypted = sum(device.get("isEncrypted") is True for device in current)
        compliant = sum(device.get("complianceState") == "compliant" for device in current)
        yield self._share("disk_encryption_coverage", float(encrypted), float(len(ours)), "apparaten", moment, payload)
        yield self._share("device_compliance", float(compliant), float(len(ours)), "apparaten", moment, payload)

    # What is not dated by the source is about the day of its answer, whatever the hour.
    def _share(self, metric: str, part: float, whole: float, what: str, moment: Any, payload: Payload) -> Record:
        return record_of(
            "measurement",
            key_of(metric, self.settings.tenant, moment.date()),
            {
                "title": f"Microsoft 365, {metric}: {part:g} van {whole:g} {what}",
                "metric": metric,
                "object": "Microsoft 365",
                "value": 100 * part / whole,
                "numerator": part,
                "denominator": whole,
                "unit": "%",
                "observed_at": None if moment == moment_of(payload) else moment,
            },
            Locator(file=payload.name, address=payload.address),
        )


def _is_seen_lately(device: dict[str, Any], moment: datetime) -> bool:
    """Whether a device was in touch within the month before `moment`."""
    last_seen = from_iso(device.get("lastSyncDateTime"))
    return last_seen is not None and last_seen >= moment - _SEEN_WITHIN
