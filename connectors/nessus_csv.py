"""What a CSV of Nessus says: a row per host, port, plugin and CVE, in the columns that were chosen at its export.

Format: Tenable Nessus, Reports, CSV, with its usual columns Plugin ID, CVE, CVSS v2.0 Base Score, Risk, Host, Protocol, Port,
Name and further ones such as CVSS v3.0 Base Score. It has no moment of its own, but plugin 19506 (Nessus Scan Information)
writes when the scan of a host began and how long it took, if informational rows were exported with it. Without those rows a
clean host is not in the file, and so is not known to be scanned.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from connectors.base import TerminalError
from connectors.tools.file_kinds import beginning
from connectors.tools.findings import (
    LeftOut,
    Severity,
    Subject,
    csv_rows,
    key_of,
    moment_of,
    number,
    record_of,
    scanned_system,
    severe_enough,
    severity_of,
)
from models.instant import in_zone
from models.message import message
from models.record import Locator, Payload, Record

NEEDED = ("Plugin ID", "Risk", "Host", "Protocol", "Port", "Name")
_SCORES = ("CVSS v4.0 Base Score", "CVSS v3.0 Base Score", "CVSS v2.0 Base Score", "CVSS")
_RISKS: dict[str, Severity] = {"none": "info", "low": "low", "medium": "medium", "high": "high", "critical": "critical"}
_VERDICTS = frozenset({"passed", "failed", "warning", "error"})  # of a compliance check, in the column Risk
_SCAN_INFORMATION = "19506"
_BEGAN = re.compile(
    r"^Scan Start Date\s*:\s*(\d{4})/(\d{1,2})/(\d{1,2})\s+(\d{1,2}):(\d\d)(?:\s+(\S+))?",
    re.MULTILINE,
)
_TOOK = re.compile(r"^Scan duration\s*:\s*(\d+)\s*sec", re.MULTILINE)


@dataclass(slots=True)
class _Item:
    """One plugin on one port of a host: the first of its rows, and the CVEs of all."""

    line: int
    row: dict[str, str]
    cves: list[str] = field(default_factory=list)


def is_csv(payload: Payload) -> bool:
    """Whether a report is the CSV of Nessus: its first line names the columns."""
    first = (
        beginning(payload)
        .lstrip(b"\xef\xbb\xbf")
        .partition(b"\n")[0]
        .decode(
            "utf-8",
            "replace",
        )
    )
    return all(f"{column}" in first for column in NEEDED)


def subject_of_csv(payload: Payload) -> Subject:
    """A CSV does not say which scan it is of: its file does. The host that was ready last says when it ended."""
    moments = [end for _, row in csv_rows(payload) if (end := _moments(row)[1]) is not None]
    return Subject(None, max(moments, default=None))


def records_of_csv(payload: Payload, minimum: Severity, left_out: LeftOut) -> Iterator[Record]:
    """The findings in a CSV, and every host in it as scanned."""
    items: dict[tuple[str, ...], _Item] = {}
    moments: dict[str, tuple[datetime, datetime]] = {}
    for line, row in csv_rows(payload):
        host = row.get("Host", "").strip()
        if not host:
            raise TerminalError(
                message("nessus.no_host"),
                place=Locator(file=payload.name, row=line).text,
                advice=message("nessus.export_host"),
            )
        began, ended = _moments(row)
        if host not in moments or began is not None:
            moments[host] = (began or moment_of(payload), ended or began or moment_of(payload))
        item = items.setdefault(_identity_of(row), _Item(line, row))
        cve = row.get("CVE", "").strip()
        if cve and cve not in item.cves:
            item.cves.append(cve)
    counts = dict.fromkeys(moments, 0)
    for item in items.values():
        host = item.row["Host"].strip()
        record = _finding_of(payload, item, moments[host][0], minimum, left_out)
        if record is not None:
            counts[host] += 1
            yield record
    for host, findings in counts.items():
        yield scanned_system(payload, host, host, moments[host][1], findings)


def _identity_of(row: dict[str, str]) -> tuple[str, ...]:
    """What tells one finding from another: host, plugin, port, and of a compliance check its name."""
    parts = [row.get("Host", "").strip(), row.get("Plugin ID", "").strip(), _port(row)]
    if row.get("Risk", "").strip().casefold() in _VERDICTS:
        parts.append(_check(row))
    return tuple(parts)


def _port(row: dict[str, str]) -> str:
    return f"{row.get('Protocol', '').strip()}/{row.get('Port', '').strip()}"


def _check(row: dict[str, str]) -> str:
    """A compliance check by the first line of its description, which is its name; free text does not come into a key."""
    description = row.get("Description", "")
    first_line, _, _ = description.strip().partition("\n")
    before_colon, _, _ = first_line.rpartition(":")
    name = before_colon or description
    return hashlib.sha256(name.strip().encode("utf-8", "replace")).hexdigest()[:16]


def _finding_of(payload: Payload, item: _Item, began: datetime, minimum: Severity, left_out: LeftOut) -> Record | None:
    """The record of one item, or None when it is below the minimum or a passed check."""
    row, risk = item.row, item.row.get("Risk", "").strip().casefold()
    score = next((score for name in _SCORES if (score := number(row.get(name) or None)) is not None), None)
    is_check = risk in _VERDICTS
    severity = _RISKS.get(risk) or (severity_of(score) if score is not None else None)
    if is_check and risk != "failed":
        left_out["passed" if risk == "passed" else "not_judged"] += 1
        return None
    if not is_check and not severe_enough(severity, minimum):
        left_out["below_minimum"] += 1
        return None
    title = row.get("Name", "").strip()
    if is_check:
        title = row.get("Description", "").strip().partition("\n")[0] or title
    host, plugin = row["Host"].strip(), row.get("Plugin ID", "").strip()
    return record_of(
        "finding",
        key_of(*_identity_of(row)),
        {
            "title": f"{title} ({', '.join(item.cves[:5])})" if item.cves else title,
            "finding_type": "configuration" if is_check else "vulnerability",
            "severity": severity,
            "score": score,
            "asset": host,
            "first_seen": began,
            "state": "open",
            "origin": "Nessus",
        },
        Locator(
            file=payload.name,
            row=item.line,
            address=f"#ReportHost[{host}]/ReportItem[{plugin}, {_port(row)}]",
        ),
        at_latest=True,
    )


def _moments(row: dict[str, str]) -> tuple[datetime | None, datetime | None]:
    """When the scan of this host began and ended, of the row that tells it; in the time of the scanner, or in UTC."""
    if row.get("Plugin ID", "").strip() != _SCAN_INFORMATION:
        return None, None
    output = row.get("Plugin Output", "")
    match, took = _BEGAN.search(output), _TOOK.search(output)
    if match is None:
        return None, None
    try:
        began = datetime(*(int(part) for part in match.groups()[:5]))  # type: ignore[arg-type]
    except ValueError:
        return None, None
    if (match[6] or "").upper() in {"UTC", "GMT", "Z"}:
        began = in_zone(began, UTC)
    return began, began + timedelta(seconds=int(took[1]) if took else 0)
