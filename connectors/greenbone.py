"""Reads scan reports of Greenbone (OpenVAS) as XML or CSV: vulnerabilities, failed compliance checks, and per system
that it was scanned.

Formats: Greenbone Management Protocol 22.x, element `report` (docs.greenbone.net/API/GMP), report format "XML" (bare,
or as GMP's get_reports_response) and report format "CSV Results". Starting scans and exporting their reports is left
to Greenbone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from xml.etree.ElementTree import Element

from connectors.tools.findings import (
    ReportConnector,
    ScanSettings,
    Subject,
    csv_rows,
    from_iso,
    key_of,
    moment_of,
    number,
    record_of,
    scan_of,
    scanned_system,
    severe_enough,
    severity_of,
)
from connectors.tools.values import shown
from connectors.tools.xml import children, elements, local, text
from models.message import message
from models.record import Locator, Payload, Record

_ROOTS = frozenset({"report", "get_reports_response"})
_HEAD = frozenset({"scan_run_status", "task", "scan_start", "scan_end"})
_BODY = frozenset({"scan_start", "result", "result_count", "host"})
_FINISHED = frozenset({"Done", "Container"})  # GMP task_status; a container holds imported reports
_CSV_COLUMNS = ("IP", "Hostname", "Port", "Port Protocol", "CVSS", "NVT Name", "NVT OID", "Task Name", "Timestamp")


class GreenboneConnector(ReportConnector):
    """Yields kinds finding (vulnerability, configuration) and measurement (metric vulnerability_scan, per system)."""

    name = "greenbone"
    summary_nl = "Scanrapporten van Greenbone (OpenVAS), als XML of CSV"
    Settings = ScanSettings

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("finding", "measurement", "scan")

    def identify(self, payload: Payload) -> Subject:
        """A report is about its task. One of a scan that was stopped or still runs is not finished."""
        if _is_csv(payload):
            return self._identify_csv(payload)
        head: dict[str, str] = {}
        for element, _ in elements(payload, _HEAD, _ROOTS):
            name = local(element)
            if name == "task":
                head[name] = text(element, "name") or element.get("id") or ""
            elif content := text(element):
                head[name] = content
            if len(head) == len(_HEAD):
                break
        ended = from_iso(head.get("scan_end")) or from_iso(head.get("scan_start"))
        status = head.get("scan_run_status", "Done")
        unfinished = "" if status in _FINISHED else message("scan.unfinished", status=shown(status))
        return Subject(head.get("task", ""), ended, unfinished)

    def records(self, payload: Payload) -> Iterator[Record]:
        rows = self._csv(payload) if _is_csv(payload) else self._xml(payload)
        return self._once(payload, rows)

    # -- XML ---------------------------------------------------------------------------------------------------------

    def _xml(self, payload: Payload) -> Iterator[_Seen]:
        started = moment_of(payload)
        results, filtered = 0, None
        for element, ancestors in elements(payload, _BODY, _ROOTS):
            name, parent = local(element), local(ancestors[-1]) if ancestors else ""
            if name == "scan_start":
                started = from_iso(text(element)) or started
            elif name == "result" and parent == "results":
                results += 1
                yield self._result(payload, element, started)
            elif name == "result_count" and parent == "report":
                filtered = number(text(element, "filtered"))
            elif name == "host" and parent == "report":
                asset = _detail(element, "hostname") or text(element, "ip") or ""
                yield _Seen(text(element, "ip") or asset, asset, from_iso(text(element, "start")) or started)
        if filtered is not None and filtered > results:
            self.refuse(
                message("greenbone.part", results=results, all=filtered),
                place=payload.name,
                advice=message("greenbone.all_rows"),
            )

    def _result(self, payload: Payload, element: Element, started: datetime) -> _Seen:
        address = text(element, "host") or ""
        asset = text(element, "host/hostname") or address
        nvt = element.find("{*}nvt")
        oid = nvt.get("oid", "") if nvt is not None else ""
        references = children(element, "nvt/refs/ref")
        cves = [ref.get("id", "") for ref in references if ref.get("type", "").lower() == "cve"]
        moment = from_iso(text(element, "creation_time")) or started
        values = {
            "title": _title(text(element, "name"), cves),
            "finding_type": "vulnerability",
            "asset": asset,
            "first_seen": moment,
            **_rating(text(element, "severity")),
        }
        if text(element, "compliance") == "no":  # GMP 22.x: yes, no, incomplete or undefined; set for audits only
            values |= {"finding_type": "configuration", "severity": "medium"}
        port = text(element, "port") or ""
        locator = Locator(file=payload.name, address=f"#result[{element.get('id', '')}]")
        return _Seen(address, asset, moment, self._finding(address, oid, port, values, locator))

    # -- CSV ---------------------------------------------------------------------------------------------------------

    def _identify_csv(self, payload: Payload) -> Subject:
        task, moments = "", []
        for _, row in self._csv_rows(payload):
            task = task or row["Task Name"]
            if moment := from_iso(row["Timestamp"]):
                moments.append(moment)
        return Subject(task or None, max(moments, default=None))

    def _csv(self, payload: Payload) -> Iterator[_Seen]:
        for line, row in self._csv_rows(payload):
            asset = row["Hostname"].strip() or row["IP"].strip()
            moment = from_iso(row["Timestamp"]) or moment_of(payload)
            port = f"{row['Port'].strip() or 'general'}/{row['Port Protocol'].strip()}"
            values = {
                "title": _title(row["NVT Name"], row.get("CVEs", "").replace(",", " ").split()),
                "finding_type": "vulnerability",
                "asset": asset,
                "first_seen": moment,
                **_rating(row["CVSS"]),
            }
            locator = Locator(file=payload.name, row=line)
            yield _Seen(
                row["IP"].strip(), asset, moment, self._finding(row["IP"], row["NVT OID"], port, values, locator)
            )

    def _csv_rows(self, payload: Payload) -> Iterator[tuple[int, dict[str, str]]]:
        for line, row in csv_rows(payload):
            missing = [column for column in _CSV_COLUMNS if column not in row]
            if missing:
                self.refuse(
                    message("greenbone.columns_missing", names=", ".join(missing), present=", ".join(row)),
                    place=Locator(file=payload.name, row=line).text,
                    advice=message("greenbone.csv_results"),
                )
            yield line, row

    # -- both --------------------------------------------------------------------------------------------------------

    def _finding(
        self, address: str, oid: str, port: str, values: Mapping[str, object], locator: Locator
    ) -> Record | None:
        score = values["score"]
        if isinstance(score, float) and score < 0:  # GMP: -1 false positive, -2 debug message, -3 error message
            self.left_out["false_positive"] += 1
            return None
        severity = str(values["severity"]) if "severity" in values else None
        if not severe_enough(severity, self.settings.minimum_severity):
            self.left_out["below_minimum"] += 1
            return None
        content = {**values, "state": "open", "origin": "Greenbone"}
        return record_of("finding", key_of(address, oid, port), content, locator, at_latest=True)

    def _once(self, payload: Payload, items: Iterator[_Seen]) -> Iterator[Record]:
        """The findings, each key once (one test may report one port twice), and then one scan per system."""
        keys: set[str] = set()
        systems: dict[str, tuple[str, datetime, int]] = {}
        for item in items:
            if not item.target:  # a message about the scan itself
                self.left_out["without_system"] += 1
                continue
            asset, moment, count = systems.get(item.target, (item.asset, item.moment, 0))
            is_repeated = item.finding is not None and item.finding.key in keys
            is_new = item.finding is not None and not is_repeated
            self.left_out["merged"] += is_repeated
            systems[item.target] = (asset, min(moment, item.moment), count + is_new)
            if is_new and item.finding is not None:
                scan = self.scan_key(payload, item.target)
                item.finding.values["object"] = asset
                item.finding.values["scan"] = scan
                if item.finding.key:
                    keys.add(item.finding.key)
                yield item.finding
        for target, (asset, moment, count) in systems.items():
            yield scanned_system(payload, asset, target, moment, count)
            place = Locator(file=payload.name, address=f"#{target}")
            key = self.scan_key(payload, target)
            ended = moment_of(payload)
            yield scan_of(key, asset, ended, place, count)


class _Seen:
    """A system that was scanned, with one finding on it or none."""

    __slots__ = ("asset", "finding", "moment", "target")

    def __init__(self, target: str, asset: str, moment: datetime, finding: Record | None = None) -> None:
        self.target, self.asset, self.moment, self.finding = target, asset, moment, finding


def _rating(cvss: str | None) -> dict[str, object]:
    """Severity and score of a CVSS base score; what is no number stays as it is and becomes a problem of the record."""
    score = number(cvss)
    if score is None:
        return {"score": cvss}
    return {"severity": severity_of(score), "score": score}


def _title(name: str | None, cves: list[str]) -> str:
    return f"{name or ''} ({', '.join(cves[:5])})" if cves else name or ""


def _detail(host: Element, name: str) -> str | None:
    """The value of a detail of a host: GMP `report/host/detail` with name and value."""
    return next((text(detail, "value") for detail in children(host, "detail") if text(detail, "name") == name), None)


def _is_csv(payload: Payload) -> bool:
    return payload.name.lower().endswith(".csv")
