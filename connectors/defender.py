"""Reads what Microsoft Defender for Endpoint tells of machines: which have antimalware that is up to date, and which weaknesses
their software has. Fetching it is `microsoft_graph`'s, which signs in for it.

API: /api/machines (permission Machine.Read.All) and /api/machines/SoftwareVulnerabilitiesByMachine (Vulnerability.Read.All),
learn.microsoft.com/defender-endpoint/api. Of a machine its name and state are kept; who is signed in, and where files lie, is
dropped before anything is stored.

Only machines that are onboarded are looked at; one that Defender has met, and that could be, has no antimalware that we know of.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from connectors.base import Connector
from connectors.tools.api import Part
from connectors.tools.findings import (
    LEAST,
    LeftOut,
    Severity,
    from_iso,
    json_array,
    key_of,
    load_kept,
    moment_of,
    number,
    record_of,
    scan_of,
    scanned_system,
    severe_enough,
)
from models.message import message
from models.record import Locator, Payload, Record

AUDIENCE = "https://api.securitycenter.microsoft.com"
OF_MACHINE = ("id", "computerDnsName", "lastSeen", "onboardingStatus", "defenderAvStatus", "osPlatform")
OF_WEAKNESS = (
    "id",
    "deviceId",
    "deviceName",
    "cveId",
    "softwareVendor",
    "softwareName",
    "softwareVersion",
    "vulnerabilitySeverityLevel",
    "cvssScore",
    "firstSeenTimestamp",
    "endOfSupportStatus",
)
# What is known of a machine that has not been seen for longer is not known of it any more.
_SEEN_WITHIN = timedelta(days=30)
_ONBOARDED, _UNGUARDED = "onboarded", "canbeonboarded"
_CURRENT = frozenset({"updated"})
_RUNNING = _CURRENT | {"notupdated"}
# What is none of these may be a server.
_WORKPLACES = ("windows7", "windows8", "windows10", "windows11", "macos", "ios", "android", "chromeos")
_ENDED = "EOS"  # "EOS version", "EOS software"; not "Upcoming EOS version"


def kept_of(pages: Iterable[Part], fields: tuple[str, ...]) -> list[dict[str, Any]]:
    """The items of all pages, with these fields only."""
    return [{name: item.get(name) for name in fields} for page in pages for item in page.items]


def records(connector: Connector, payload: Payload, least: Severity) -> Iterator[Record]:
    """The records of what was kept of the machines and their weaknesses; below `least` a weakness is inventory."""
    estate = _Estate(connector, payload, least)
    yield from estate.coverage()
    yield from estate.findings()
    yield from estate.scans()


class _Estate:
    """The machines that Defender knows, at the moment of its answer."""

    def __init__(self, connector: Connector, payload: Payload, least: Severity) -> None:
        content = load_kept(payload, "machines")
        self._connector = connector
        self._payload = payload
        self._least: Severity = least
        self._moment = moment_of(payload)
        self._machines = json_array(content["machines"])
        self._by_status: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for item in self._machines:
            status = _folded_value(item, "onboardingStatus")
            self._by_status[status].append(item)
        self._weaknesses = json_array(content.get("weaknesses"))
        self._numbers: Counter[str] = Counter()  # of findings, by machine

    @cached_property
    def _current(self) -> list[dict[str, Any]]:
        """The machines that are onboarded and were seen lately."""
        return [item for item in self._by_status[_ONBOARDED] if self._is_seen_lately(item)]

    def _is_seen_lately(self, machine: dict[str, Any]) -> bool:
        last_seen = from_iso(machine.get("lastSeen"))
        return last_seen is not None and last_seen >= self._moment - _SEEN_WITHIN

    def coverage(self) -> Iterator[Record]:
        """Which share of the machines has antimalware, and has it up to date."""
        onboarded, unguarded = self._by_status[_ONBOARDED], self._by_status[_UNGUARDED]
        all_of_them = [*onboarded, *unguarded]
        if not all_of_them:
            self._connector.refuse(
                message("defender.no_machines"),
                place=self._payload.address or self._payload.name,
                advice=message("defender.right_of_machines"),
            )
        self._say("not_onboarded", len(unguarded))
        self._say("not_supported", len(self._machines) - len(all_of_them))
        self._say("not_seen", len(onboarded) - len(self._current))
        yield self._share("antimalware_coverage", all_of_them, _RUNNING)
        yield self._share("antimalware_current", all_of_them, _CURRENT)
        servers = [item for item in all_of_them if not _folded_value(item, "osPlatform").startswith(_WORKPLACES)]
        if servers:
            yield self._share("antimalware_coverage_servers", servers, _RUNNING)

    def _say(self, word: str, count: int) -> None:
        text = message(f"defender.{word}", number=count)
        self._connector.remark(word, text, place=self._payload.name, count=count)

    def _share(self, metric: str, machines: list[dict[str, Any]], good: frozenset[str]) -> Record:
        """The share of these machines that was seen lately with antimalware in one of these states, on the day of the answer."""
        part = sum(self._is_guarded(item, good) for item in machines)
        return record_of(
            "measurement",
            key_of("defender", metric, self._moment.date()),
            {
                "title": f"Microsoft Defender, {metric}: {part} van {len(machines)} apparaten",
                "metric": metric,
                "object": "Microsoft Defender",
                "value": 100 * part / len(machines),
                "numerator": float(part),
                "denominator": float(len(machines)),
                "unit": "%",
            },
            self._place,
        )

    def _is_guarded(self, machine: dict[str, Any], good: frozenset[str]) -> bool:
        signs = (
            _folded_value(machine, "onboardingStatus") == _ONBOARDED,
            _folded_value(machine, "defenderAvStatus") in good,
            self._is_seen_lately(machine),
        )
        return all(signs)

    @property
    def _place(self) -> Locator:
        return Locator(file=self._payload.name, address=self._payload.address)

    def findings(self) -> Iterator[Record]:
        """A weakness of a product on a machine, once, whatever the number of its versions."""
        left_out = LeftOut()
        keys: set[str | None] = set()
        for item in sorted(self._weaknesses, key=_first_seen_first):
            word = self._why_left_out(item)
            key = self._key(item)
            if not word and key in keys:
                word = "merged"
            if word:
                left_out[word] += 1
                continue
            keys.add(key)
            self._numbers[str(item.get("deviceId"))] += 1
            yield self._finding(key, item)
        left_out.say(self._connector, self._payload.name)

    def _why_left_out(self, item: dict[str, Any]) -> str:
        has_ended = str(item.get("endOfSupportStatus") or "").startswith(_ENDED)
        if not item.get("cveId") and not has_ended:
            return "passed"
        is_severe = severe_enough(_severity_of_weakness(item), self._least)
        return "" if is_severe else "below_minimum"

    @staticmethod
    def _key(item: dict[str, Any]) -> str | None:
        product = item.get("softwareVendor"), item.get("softwareName")
        return key_of("defender", item.get("deviceId"), item.get("cveId") or _ENDED, *product)

    def _finding(self, key: str | None, item: dict[str, Any]) -> Record:
        machine = str(item.get("deviceId"))
        asset = self._names.get(machine) or item.get("deviceName") or machine
        first_seen = _moment_in_list(item.get("firstSeenTimestamp"))
        what = item.get("cveId") or item.get("endOfSupportStatus")
        return record_of(
            "finding",
            key,
            {
                "title": f"{what}: {item.get('softwareName')} {item.get('softwareVersion')}",
                "finding_type": "vulnerability",
                "severity": _severity_of_weakness(item),
                "score": number(item.get("cvssScore")),
                "asset": asset,
                "object": asset,
                "scan": self._scan_key(machine),
                "first_seen": first_seen or self._moment,
                "state": "open",
                "origin": "Microsoft Defender",
            },
            Locator(file=self._payload.name, address=f"#/weaknesses/{item.get('id')}"),
            at_latest=first_seen is None,
        )

    @cached_property
    def _names(self) -> dict[str, str]:
        names = {str(item.get("id")): item.get("computerDnsName") for item in self._machines}
        return {machine: str(name) for machine, name in names.items() if name}

    def _scan_key(self, machine: str) -> str | None:
        more = [] if self._least == LEAST else [self._least]
        return key_of("defender", machine, *more)

    def scans(self) -> Iterator[Record]:
        """The machines that were looked at: those that reported lately, until they last did. The list names the products of such
        a machine, also those without a weakness: of one that is not in it at all nobody knows."""
        listed_machines = {item.get("deviceId") for item in self._weaknesses}
        looked_at = [item for item in self._current if item.get("id") in listed_machines]
        self._say("not_looked_at", len(self._current) - len(looked_at))
        for item in looked_at:
            machine = str(item.get("id"))
            name = self._names.get(machine, machine)
            last_seen = from_iso(item.get("lastSeen")) or self._moment
            ended = min(last_seen, self._moment)
            findings = self._numbers[machine]
            yield scanned_system(self._payload, name, machine, ended, findings)
            yield scan_of(self._scan_key(machine), name, ended, self._place, findings)


def _folded_value(item: dict[str, Any], name: str) -> str:
    return str(item.get(name) or "").casefold()


def _first_seen_first(item: dict[str, Any]) -> tuple[str, str]:
    """What was seen first comes first, whatever the order of the answer."""
    return str(item.get("firstSeenTimestamp") or ""), str(item.get("id"))


def _severity_of_weakness(item: dict[str, Any]) -> str | None:
    return _folded_value(item, "vulnerabilitySeverityLevel") or None


def _moment_in_list(written: object) -> datetime | None:
    """A moment of the export of weaknesses: UTC, with a space and without a sign of it."""
    text = str(written or "").strip().replace(" ", "T")
    return from_iso(text if text.endswith("Z") else f"{text}Z")
