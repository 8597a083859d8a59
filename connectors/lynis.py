"""Reads the report of Lynis, which audits the hardening of a Unix system: its warnings and suggestions as findings, and its
hardening index as a measurement.

Source: lynis(8) and the report of version 3 itself: lines `name=value`, and `name[]=value` for lists, of which a warning
and a suggestion have the parts test | text | details | solution.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from connectors.base import TerminalError
from connectors.tools.findings import ReportConnector, ReportSettings, Severity, Subject, key_of, record_of, scan_of
from connectors.tools.values import shown
from models.message import Text, message
from models.record import Locator, Payload, Record

_FINDINGS = {"warning": "waarschuwing", "suggestion": "aanbeveling"}
_MOMENT = "%Y-%m-%d %H:%M:%S"
_WHOLE = "lynis audit system --report-file {file}"


class LynisSettings(ReportSettings):
    """`warning` and `suggestion`: the severity that they get, since Lynis itself gives none."""

    warning: Severity = "medium"
    suggestion: Severity = "low"


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    name: str
    value: str


class LynisConnector(ReportConnector):
    """Yields kind finding (configuration) per warning and suggestion, and one measurement per system."""

    name = "lynis"
    summary_nl = "Lynis: hardening van Unix-systemen (report.dat)"
    Settings = LynisSettings
    media_type = "text/plain"

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("finding", "measurement", "scan")

    def identify(self, payload: Payload) -> Subject:
        facts = _values_of_report(payload)
        unfinished: Text = "" if facts.get("finish") == "true" else message("lynis.unfinished")
        return Subject(facts["hostname"], _end_of_audit(facts, payload), unfinished)

    def records(self, payload: Payload) -> Iterator[Record]:
        """The findings, each once, the hardening index, and last the scan itself."""
        facts = _values_of_report(payload)
        moment, ended = _started(facts, payload), _end_of_audit(facts, payload)
        host = facts["hostname"]
        scan = self.scan_key(payload, host)
        record_keys: set[str | None] = set()
        for line in _lines(payload):
            kind = line.name.removesuffix("[]")
            if line.name.endswith("[]") and kind in _FINDINGS:
                record = self._finding(kind, line, host, moment, payload.name)
                if record.key is not None and record.key in record_keys:  # a test may say the same twice
                    self.left_out["merged"] += 1
                else:
                    record.values |= {"object": host, "scan": scan}
                    yield record
                record_keys.add(record.key)
            elif line.name == "hardening_index":
                yield _index(line, host, ended, payload.name)
        place = Locator(file=payload.name)
        yield scan_of(scan, host, ended, place, len(record_keys))

    def _finding(self, kind: str, line: _Line, host: str, moment: datetime, file: str) -> Record:
        test, text, details, solution = ([part.strip() for part in line.value.split("|")] + [""] * 4)[:4]
        more = [part for part in (details, solution.removeprefix("text:")) if part not in {"", "-"}]
        return record_of(
            "finding",
            key_of(host, kind, test, text, *more),
            {
                "title": f"{test}: {text}" + (f" ({'; '.join(more)})" if more else ""),
                "finding_type": "configuration",
                "severity": self.settings.warning if kind == "warning" else self.settings.suggestion,
                "asset": host,
                "first_seen": moment,
                "state": "open",
                "origin": f"Lynis, {_FINDINGS[kind]}",
            },
            Locator(file=file, row=line.number),
            at_latest=True,
        )


def _index(line: _Line, host: str, moment: datetime, file: str) -> Record:
    """The record of the hardening index that Lynis gave a system."""
    return record_of(
        "measurement",
        key_of("hardening_index", host),
        {
            "title": f"Hardening-index van {host}",
            "metric": "hardening_index",
            "object": host,
            "value": line.value,
            "unit": "punten (0–100)",
            "observed_at": moment,
        },
        Locator(file=file, row=line.number),
        {"value": "hardening_index"},
    )


def _lines(payload: Payload) -> Iterator[_Line]:
    text = payload.data().decode("utf-8-sig", errors="replace")  # names of files on the system may be in any encoding
    for number, line in enumerate(text.splitlines(), 1):
        name, separator, value = line.partition("=")
        if separator and not line.startswith("#"):
            yield _Line(number, name.strip(), value.strip())


def _values_of_report(payload: Payload) -> dict[str, str]:
    """The single values of a report. Raises TerminalError when it is not one."""
    facts = {line.name: line.value for line in _lines(payload) if not line.name.endswith("[]")}
    if "lynis_version" not in facts or "report_version_major" not in facts:
        raise TerminalError(
            message("lynis.no_report"),
            place=payload.name,
            advice=message("lynis.expected", command=_WHOLE),
        )
    if not facts.get("hostname"):
        raise TerminalError(
            message("lynis.no_host"), place=payload.name, advice=message("lynis.make_anew", command=_WHOLE)
        )
    return facts


def _end_of_audit(facts: dict[str, str], payload: Payload) -> datetime:
    """When the audit ended; when it began, where the end is unreadable or lies before that."""
    started = _started(facts, payload)
    try:
        return max(started, datetime.strptime(facts.get("report_datetime_end", ""), _MOMENT))
    except ValueError:
        return started


def _started(facts: dict[str, str], payload: Payload) -> datetime:
    """When the audit began, as the system's own clock says: Lynis writes no time zone."""
    try:
        return datetime.strptime(facts.get("report_datetime_start", ""), _MOMENT)
    except ValueError as error:
        raise TerminalError(
            message("lynis.no_start", value=shown(facts.get("report_datetime_start", ""))),
            place=payload.name,
            advice=message("lynis.make_anew", command=_WHOLE),
        ) from error
