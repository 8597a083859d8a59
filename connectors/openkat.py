"""Reads reports of OpenKAT that were downloaded as JSON: what its findings report and vulnerability report hold per object.

Format: minvws/nl-kat-coordination, rocky/reports (report_types/findings_report, report_types/vulnerability_report, the JSON of a
report) and octopoes/models/ooi/findings.py. A report says what OpenKAT found, and not what it looked at: which plugins ran on an
object depends on its clearance level. So an object without findings is no clean scan, and there is no measurement of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.tools.file_kinds import refuse_other_kind
from connectors.tools.findings import (
    SEVERITIES,
    ReportConnector,
    ScanSettings,
    Subject,
    dig,
    from_iso,
    json_array,
    key_of,
    load_json,
    moment_of,
    number,
    record_of,
    scalar,
    severe_enough,
    severity_of,
)
from models.message import message
from models.record import Locator, Payload, Record

_FINDINGS, _VULNERABILITIES = "findings-report", "vulnerability-report"
_VULNERABILITY = ("CVE-", "CVEFINDINGTYPE", "SNYK", "RETIREJS")  # ids and types that name a weakness of a product
_NAME_OF_OBJECT = 2  # part of a reference: Hostname|internet|www.voorbeeld.example


@dataclass(frozen=True, slots=True)
class _Seen:
    """One finding: its type, the object that it is on (a reference), how severe, since when, and where it stands."""

    type_id: str | None
    on: str | None
    title: str
    risk: str
    score: float | None
    first_seen: datetime | None
    address: str
    type_of_type: str = ""


class OpenkatConnector(ReportConnector):
    """Yields kind finding."""

    name = "openkat"
    summary_nl = "Rapporten van OpenKAT (JSON): bevindingen en kwetsbaarheden per object"
    Settings = ScanSettings
    media_type = "application/json"

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("finding",)

    def identify(self, payload: Payload) -> Subject:
        """A report is about an organisation and its objects; it does not say when it was made, so its file does."""
        document = self._document(payload)
        objects = sorted({f"{kind}:{name}" for kind, name, _ in self._parts(document)})
        if not objects:
            self.refuse(
                message("openkat.no_findings"),
                place=payload.name,
                advice=message("openkat.make_report"),
            )
        return Subject(f"{document.get('organization_code')}|{'+'.join(objects)}", None)

    def records(self, payload: Payload) -> Iterator[Record]:
        keys: set[str] = set()
        for kind, name, data in self._parts(self._document(payload)):
            of_kind = _of_findings if kind == _FINDINGS else _of_vulnerabilities
            for item in of_kind(data, f"#/data/{kind}/{name}/data"):
                record = self._record(payload, _name_of(name), item)
                if record is None:
                    continue
                if record.key in keys:  # one finding stands under every object that leads to it
                    self.left_out["merged"] += 1
                    continue
                if record.key is not None:
                    keys.add(record.key)
                yield record

    def _document(self, payload: Payload) -> dict[str, Any]:
        document = load_json(payload)
        if not isinstance(dig(document, "data"), dict) or "organization_code" not in document:
            refuse_other_kind(payload, message("openkat.a_report"))
            self.refuse(
                message("openkat.other"),
                place=payload.name,
                advice=message("openkat.download"),
            )
        return dict(document)

    @staticmethod
    def _parts(document: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
        """The type, the object and the data of each report that we read."""
        for kind in (_FINDINGS, _VULNERABILITIES):
            objects = dig(document, "data", kind)
            for name, report in objects.items() if isinstance(objects, dict) else ():
                if isinstance(dig(report, "data"), dict):
                    yield kind, name, report["data"]

    def _record(self, payload: Payload, asset: str, item: _Seen) -> Record | None:
        word = "info" if item.risk == "recommendation" else item.risk
        severity = word if word in SEVERITIES else None  # pending and unknown are not yet keys
        is_vulnerability = f"{item.type_of_type} {item.type_id}".upper().startswith(_VULNERABILITY) or (
            str(item.type_id).upper().startswith(_VULNERABILITY)
        )
        if severity is None and item.score is not None and is_vulnerability:
            severity = severity_of(item.score)
        if not severe_enough(severity, self.settings.minimum_severity):
            self.left_out["below_minimum"] += 1
            return None
        return record_of(
            "finding",
            key_of("openkat", item.type_id, item.on),
            {
                "title": f"{item.title} ({item.type_id})"[:300] if item.title != item.type_id else item.title,
                "finding_type": "vulnerability" if is_vulnerability else "configuration",
                "severity": severity,
                "score": item.score if is_vulnerability else None,
                "asset": asset,
                "first_seen": item.first_seen or moment_of(payload),
                "state": "open",
                "origin": "OpenKAT",
            },
            Locator(file=payload.name, address=item.address),
            at_latest=item.first_seen is None,
        )


def _of_findings(data: dict[str, Any], address: str) -> Iterator[_Seen]:
    for index, entry in enumerate(json_array(data.get("finding_types"))):
        finding_type = entry.get("finding_type")
        identifier = dig(finding_type, "id")
        for position, occurrence in enumerate(json_array(entry.get("occurrences"))):
            finding = dig(occurrence, "finding")
            yield _Seen(
                _text_or_none(identifier),
                _text_or_none(dig(finding, "ooi") or dig(finding, "primary_key")),
                str(scalar(finding_type, "name") or identifier),
                str(dig(finding_type, "risk_severity") or "unknown").casefold(),
                number(dig(finding_type, "risk_score")),
                from_iso(occurrence.get("first_seen")),
                f"{address}/finding_types/{index}/occurrences/{position}",
                str(dig(finding_type, "object_type") or ""),
            )


def _of_vulnerabilities(data: dict[str, Any], address: str) -> Iterator[_Seen]:
    for host, of_host in data.items():
        weaknesses = dig(of_host, "vulnerabilities")
        if not isinstance(weaknesses, dict):
            continue
        for identifier, weakness in weaknesses.items():
            for name, labels in _places_of(weakness, f"{identifier} @ {host}").items():
                texts = labels.values() if isinstance(labels, dict) else ()
                moments = [moment for text in texts if (moment := from_iso(text))]
                yield _Seen(
                    identifier,
                    name.partition(" @ ")[2] or host,
                    identifier,
                    str(dig(weakness, "cvss", "class") or "unknown").casefold(),
                    number(dig(weakness, "cvss", "score")),
                    min(moments, default=None),
                    f"{address}/{host}/vulnerabilities/{identifier}",
                )


def _places_of(weakness: object, usual: str) -> dict[str, Any]:
    """Where a weakness was found, each with its labels; at the usual place where the report does not say."""
    findings = dig(weakness, "findings")
    # the labels within a finding are in the language of who downloaded the report
    return findings if isinstance(findings, dict) and findings else {usual: {}}


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _name_of(reference: str) -> str:
    """What people call an object: the host or address in its reference."""
    parts = reference.split("|")
    return parts[_NAME_OF_OBJECT] if len(parts) > _NAME_OF_OBJECT else reference
