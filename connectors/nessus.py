"""Reads scan reports of Tenable Nessus, `.nessus` version 2 or CSV: vulnerabilities, failed compliance checks, and per
system that it was scanned.

Format: Tenable, "Nessus File (.nessus) Format" (revised 24 May 2023), sections Report, ReportHost and ReportItem. The
format does not tell when a vulnerability was first seen: it was at the latest at the start of this scan of the system.
What a CSV says is read by `nessus_csv`; both forms give the same keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element

from connectors.nessus_csv import is_csv, records_of_csv, subject_of_csv
from connectors.tools.findings import (
    SEVERITIES,
    ReportConnector,
    ScanSettings,
    Severity,
    Subject,
    from_epoch,
    host_in,
    key_of,
    moment_of,
    number,
    record_of,
    scan_of,
    scanned_system,
    severe_enough,
    severity_of,
)
from connectors.tools.xml import children, elements, local, text
from models.message import message
from models.record import Locator, Payload, Record

_ROOTS = frozenset({"NessusClientData_v2"})
_HOST_TIME = "%a %b %d %H:%M:%S %Y"  # HOST_START and HOST_END, e.g. "Thu Sep 17 13:37:25 2026", time of the scanner
_HOST_NAMES = ("host-fqdn", "hostname", "netbios-name")


class NessusConnector(ReportConnector):
    """Yields kinds finding (vulnerability, configuration) and measurement (metric vulnerability_scan, per system)."""

    name = "nessus"
    summary_nl = "Scanrapporten van Nessus (bestanden .nessus, versie 2, en CSV)"
    Settings = ScanSettings

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("finding", "measurement", "scan")

    def identify(self, payload: Payload) -> Subject:
        """A report is about the scan it names; the system that was ready last says when it ended."""
        if is_csv(payload):
            return subject_of_csv(payload)
        names: set[str] = set()
        moments: list[datetime] = []
        for element, ancestors in elements(payload, frozenset({"HostProperties"}), _ROOTS):
            report = next((ancestor for ancestor in ancestors if local(ancestor) == "Report"), ancestors[0])
            names.add(report.get("name") or "")
            if ended := _host(ancestors[-1], element, payload).told_end:
                moments.append(ended)
        if not names:
            self.refuse(
                message("nessus.no_system"),
                place=payload.name,
                advice=message("nessus.check_targets"),
            )
        return Subject("+".join(sorted(names)), max(moments, default=None))

    def records(self, payload: Payload) -> Iterator[Record]:
        if is_csv(payload):
            least = self.settings.minimum_severity
            rows = records_of_csv(payload, least, self.left_out)
            yield from self._with_scans(payload, rows)
            return
        host = _Host("", "", moment_of(payload), None)
        described: Element | None = None
        hosts: dict[str, tuple[_Host, int]] = {}
        record_keys: set[str] = set()
        for element, ancestors in elements(payload, frozenset({"HostProperties", "ReportItem"}), _ROOTS):
            is_host = local(element) == "HostProperties"
            if is_host or ancestors[-1] is not described:  # a system may tell nothing of itself but its name
                host, described = _host(ancestors[-1], element if is_host else None, payload), ancestors[-1]
                hosts.setdefault(host.target, (host, 0))
            if is_host:
                continue
            record = self._finding(payload, host, element)
            if record is None:
                continue
            if record.key in record_keys:  # the same plugin may report one port twice, with another output
                self.left_out["merged"] += 1
                continue
            if record.key is not None:
                record_keys.add(record.key)
            hosts[host.target] = (host, hosts[host.target][1] + 1)
            yield record
        for scanned, findings in hosts.values():
            yield scanned_system(payload, scanned.asset, scanned.target, scanned.ended, findings)
            key = self.scan_key(payload, scanned.target)
            address = f"#ReportHost[{scanned.target}]"
            place = Locator(payload.name, address=address)
            asset, ended = scanned.asset, scanned.ended
            yield scan_of(key, asset, ended, place, findings)

    def _with_scans(self, payload: Payload, rows: Iterable[Record]) -> Iterator[Record]:
        """The records of a CSV, with the hosts that were looked at."""
        for record in rows:
            values = record.values
            if record.kind == "finding":
                asset = values.get("asset", "")  # none where the report has a word that stands for nothing
                values["scan"] = self.scan_key(payload, asset)
                values["asset"] = values["object"] = host_in(asset) or None
            host = values.get("object") or ""
            values["object"] = host_in(host) or None
            yield record
            ended = values.get(
                "observed_at"
            )  # none where the report tells an impossible day: then nothing was looked at
            if record.kind == "measurement" and ended is not None:
                key = self.scan_key(payload, host)
                findings = int(values["value"])
                yield scan_of(key, host_in(host), ended, record.locator, findings)

    def _finding(self, payload: Payload, host: _Host, item: Element) -> Record | None:
        """The record of one ReportItem, or None when it is below the minimum or a passed check."""
        plugin, port = item.get("pluginID", ""), f"{item.get('protocol', '')}/{item.get('port', '')}"
        is_check = text(item, "compliance") == "true"
        level = item.get("severity", "")  # 0 info, 1 low, 2 medium, 3 high, 4 critical
        severity = SEVERITIES[int(level)] if level in {"0", "1", "2", "3", "4"} else None
        reason = _reason_to_pass_over(item) if is_check else self._too_low(severity)
        if reason is not None:
            self.left_out[reason] += 1
            return None
        check = text(item, "compliance-check-id") or text(item, "compliance-check-name")
        score = number(text(item, "cvss3_base_score") or text(item, "cvss_base_score"))
        if severity is None and score is not None:
            severity = severity_of(score)
        title = text(item, "compliance-check-name") or item.get("pluginName", "")
        cves = [cve for element in children(item, "cve") if (cve := text(element))]
        if cves:
            title = f"{title} ({', '.join(cves[:5])})"
        return record_of(
            "finding",
            key_of(host.target, plugin, port, *([check] if check else [])),
            {
                "title": title,
                "finding_type": "configuration" if is_check else "vulnerability",
                "severity": severity,
                "score": score,
                "asset": host.asset,
                "object": host.asset,
                "scan": self.scan_key(payload, host.target),
                "first_seen": host.started,
                "state": "open",
                "origin": "Nessus",
            },
            Locator(file=payload.name, address=f"#ReportHost[{host.target}]/ReportItem[{plugin}, {port}]"),
            at_latest=True,
        )

    def _too_low(self, severity: Severity | None) -> str | None:
        """Why a weakness is no finding: it is below the minimum."""
        if severe_enough(severity, self.settings.minimum_severity):
            return None
        return "below_minimum"


def _reason_to_pass_over(check: Element) -> str | None:
    """Why a check is no finding: it passed, or could not be judged."""
    result = text(check, "compliance-result")
    if result == "FAILED":
        return None
    return "passed" if result == "PASSED" else "not_judged"


@dataclass(frozen=True, slots=True)
class _Host:
    target: str
    asset: str
    started: datetime
    told_end: datetime | None  # what the report says, if it does

    @property
    def ended(self) -> datetime:
        """The end of the scan of this system; its start where the report does not tell."""
        return self.told_end or self.started


def _host(report_host: Element, properties: Element | None, payload: Payload) -> _Host:
    """A system, from its name and its properties where it has them."""
    tags = {tag.get("name"): text(tag) for tag in children(properties, "tag")} if properties is not None else {}
    own_name = report_host.get("name") if local(report_host) == "ReportHost" else None
    target = own_name or tags.get("host-ip") or ""
    names = map(tags.get, _HOST_NAMES)
    name = next(filter(None, names), target)
    started = _moment_of_tag(tags, "HOST_START")
    ended = _moment_of_tag(tags, "HOST_END") or started
    return _Host(target, host_in(name), started or moment_of(payload), ended)


def _moment_of_tag(tags: Mapping[str | None, str | None], name: str) -> datetime | None:
    """The moment that a tag tells, as a number of seconds where there is one."""
    return from_epoch(tags.get(f"{name}_TIMESTAMP")) or _scanner_time(tags.get(name))


def _scanner_time(written: str | None) -> datetime | None:
    try:
        return datetime.strptime(written or "", _HOST_TIME)
    except ValueError:
        return None
