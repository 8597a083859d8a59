"""Reads security findings in the Open Cybersecurity Schema Framework: security (class 2001, of before OCSF 1.1), vulnerability
(2002), compliance (2003) and detection findings (2004), as JSON or as one JSON object per line.

Format: OCSF schema 1.1 and later (schema.ocsf.io/classes). Several events about one finding are one record: the newest
tells its state. Who acted, and on whose account, is never taken from an event.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.tools.file_kinds import refuse_other_kind
from connectors.tools.findings import (
    ReportConnector,
    ScanSettings,
    Severity,
    Subject,
    dig,
    from_epoch,
    from_iso,
    in_utc,
    json_array,
    key_of,
    load_json,
    moment_of,
    number,
    record_of,
    scalar,
    scan_of,
    severe_enough,
    severity_of,
)
from connectors.tools.json_text import json_problem, parse_json
from connectors.tools.xml import opened
from models.message import message
from models.record import Locator, Payload, Record, plausible

# class_uid → finding_type
_CLASSES = {2001: "detection", 2002: "vulnerability", 2003: "configuration", 2004: "detection"}
# severity_id: 0 unknown, 1 informational … 5 critical, 6 fatal, 99 other
_SEVERITIES: dict[Any, Severity] = {1: "info", 2: "low", 3: "medium", 4: "high", 5: "critical", 6: "critical"}
# status_id of a finding: 1 new, 2 in progress, 3 suppressed, 4 resolved, 5 archived, 6 deleted
_STATES: dict[Any, str] = {1: "open", 2: "open", 3: "accepted", 4: "resolved", 5: "resolved", 6: "resolved"}
_COMPLIANCE, _DETECTION = 2003, 2004
_WITHOUT_OFFSET = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?")
_CLOSED = 3  # activity_id: 1 create, 2 update, 3 close
_LONGEST_LINE = 10_000_000
_PASS, _WARNING, _FAIL, _NOT_JUDGED, _UNKNOWN = "pass", "warning", "fail", "not judged", "unknown"
_VERDICT_IDS: dict[Any, str] = {1: _PASS, 2: _WARNING, 3: _FAIL}  # compliance.status_id; 0 unknown, 99 other
# The same in words: compliance.status, and the status_code of Prowler 4 and 5 (PASS, FAIL, MANUAL), the status
# of Prowler 3 (Success, Failure), AWS Security Hub
_VERDICT_WORDS = {
    "pass": _PASS, "passed": _PASS, "warning": _WARNING, "fail": _FAIL, "failed": _FAIL,
    "manual": _NOT_JUDGED, "not_available": _NOT_JUDGED, "not_applicable": _NOT_JUDGED, "success": _PASS, "failure": _FAIL,
}  # fmt: skip
_WORST_FIRST = (_FAIL, _WARNING, _UNKNOWN, _NOT_JUDGED, _PASS)


@dataclass(frozen=True, slots=True)
class _Event:
    content: dict[str, Any]
    locator: Locator
    moment: datetime

    @property
    def order(self) -> tuple[datetime, int]:
        """The newest is last; of verdicts of one moment, the worst."""
        verdict = _verdict(self.content)
        return self.moment, -_WORST_FIRST.index(verdict) if verdict else 0


class OcsfConnector(ReportConnector):
    """Yields kind finding, and for compliance findings measurement (metric configuration_score per product)."""

    name = "ocsf"
    summary_nl = "Beveiligingsbevindingen in OCSF (klassen 2002, 2003 en 2004), JSON of JSONL"
    Settings = ScanSettings
    media_type = "application/json"

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("finding", "measurement", "scan")

    def identify(self, payload: Payload) -> Subject:
        """A file is about the products and accounts in it; its newest event says when it was made."""
        names: set[str] = set()
        newest: datetime | None = None
        for content in self._contents(payload):
            names.add(f"{_product(content)}|{dig(content, 'cloud', 'account', 'uid') or ''}")
            moment = _time(content, "time")
            if moment is not None and plausible(in_utc(moment)) is not None:
                newest = max(newest or moment, moment)
        return Subject("+".join(sorted(names)) or None, newest)

    def records(self, payload: Payload) -> Iterator[Record]:
        newest: dict[tuple[Any, ...], _Event] = {}
        for position, event in enumerate(self._events(payload)):
            content = event.content
            # an event without a finding uid stays on its own and is held back for its missing key
            uid = _uid(content) or position
            key = (scalar(content, "class_uid"), uid, _asset(content))
            self.left_out["merged"] += key in newest
            if key not in newest or newest[key].order <= event.order:
                newest[key] = event
        judged: dict[str, list[_Event]] = defaultdict(list)
        for event in newest.values():
            if _verdict(event.content) is not None:
                judged[_product(event.content)].append(event)
            record = self._finding(payload, event)
            if record is not None:
                yield record
        for product, events in judged.items():
            yield from self._score(payload, product, events)
        yield from self._scans(payload, newest.values())

    def _scans(self, payload: Payload, events: Iterable[_Event]) -> Iterator[Record]:
        """The systems that were looked at for vulnerabilities, and those that were checked. What was detected is not found again
        by looking, and so nothing ends it but its own event."""
        ended: dict[tuple[int, str, str], datetime] = {}
        for event in events:
            content = event.content
            class_uid = content["class_uid"]
            asset = _asset(content)
            if class_uid == _DETECTION or not asset:
                continue
            name = (class_uid, _product(content), asset)
            before = ended.get(name, event.moment)
            ended[name] = max(before, event.moment)
        place = Locator(file=payload.name)
        for name, moment in ended.items():
            class_uid, product, asset = name
            parts = (str(class_uid), product)
            key = self.scan_key(payload, asset, *parts)
            yield scan_of(key, asset, moment, place)

    def _contents(self, payload: Payload) -> Iterator[dict[str, Any]]:
        """The findings in a file, when it is not yet known what the file is about."""
        return (content for _, content in self._findings(payload))

    def _events(self, payload: Payload) -> Iterator[_Event]:
        """The findings in a file, in order."""
        for locator, content in self._findings(payload):
            yield _Event(content, locator, _time(content, "time") or moment_of(payload))

    def _findings(self, payload: Payload) -> Iterator[tuple[Locator, dict[str, Any]]]:
        """The findings in a file, in order; events of other classes are passed over. TerminalError when none is one."""
        count = 0
        for locator, content in self._objects(payload):
            count += 1
            if scalar(content, "class_uid") in _CLASSES:
                yield locator, content
            elif "class_uid" in content:
                self.left_out["other_class"] += 1
            else:
                refuse_other_kind(payload, "OCSF")
                self.refuse(
                    message("ocsf.no_event"),
                    place=str(locator),
                    advice=message("ocsf.write_ocsf"),
                )
        if not count:
            self.refuse(message("ocsf.empty"), place=payload.name, advice=message("ocsf.check_export"))

    def _objects(self, payload: Payload) -> Iterator[tuple[Locator, dict[str, Any]]]:
        with opened(payload) as stream:
            first_line = stream.readline(_LONGEST_LINE).decode("utf-8-sig", "replace").strip()
        if first_line.startswith("{") and first_line.endswith("}"):
            yield from self._lines(payload)
            return
        content = load_json(payload)
        for position, item in enumerate(content if isinstance(content, list) else [content]):
            if isinstance(item, dict):
                yield Locator(file=payload.name, address=f"#/{position}"), item

    def _lines(self, payload: Payload) -> Iterator[tuple[Locator, dict[str, Any]]]:
        with opened(payload) as stream:
            for row, line in enumerate(stream, start=1):
                if not line.strip():
                    continue
                try:
                    item = parse_json(line.decode("utf-8-sig"))
                except ValueError as error:
                    self.refuse(
                        message("ocsf.no_object", problem=json_problem(error)),
                        place=Locator(file=payload.name, row=row).text,
                        advice=message("file.broken_off"),
                    )
                if isinstance(item, dict):
                    yield Locator(file=payload.name, row=row), item

    def _finding(self, payload: Payload, event: _Event) -> Record | None:
        content = event.content
        verdict = _verdict(content)
        if verdict in {_PASS, _NOT_JUDGED}:
            self.left_out["passed" if verdict == _PASS else "not_judged"] += 1
            return None
        score = _cvss(content)
        severity = _SEVERITIES.get(scalar(content, "severity_id"))
        if severity is None and score is not None:
            severity = severity_of(score)
        if not severe_enough(severity, self.settings.minimum_severity):
            self.left_out["below_minimum"] += 1
            return None
        is_closed = content.get("activity_id") == _CLOSED
        state = "resolved" if is_closed else _STATES.get(scalar(content, "status_id"), "open")
        about, vulnerability = _about(content), dig(content, "vulnerabilities", 0)
        first_seen = (
            _time(about, "first_seen_time") or _time(vulnerability, "first_seen_time") or _time(about, "created_time")
        )
        resolved_at = _time(about, "modified_time") or event.moment
        asset, product = _asset(content), _product(content)
        sort = content["class_uid"]
        return record_of(
            "finding",
            key_of(sort, _uid(content), asset or "-"),
            {
                "title": dig(about, "title") or content.get("message"),
                "url": dig(about, "src_url"),
                "finding_type": _CLASSES[sort] if verdict is None else "configuration",
                "severity": severity,
                "score": score,
                "asset": asset,
                "object": asset,
                "scan": self.scan_key(payload, asset, str(sort), product),
                "first_seen": first_seen or event.moment,
                "resolved_at": resolved_at if state == "resolved" else None,
                "state": state,
                "norm_ref": _requirements(content),
                "origin": product,
            },
            event.locator,
            at_latest=first_seen is None,
        )

    def _score(self, payload: Payload, product: str, events: list[_Event]) -> Iterator[Record]:
        """The share of the checks that passed; one that was not judged, or is to be done by hand, did not."""
        verdicts = [_verdict(event.content) for event in events]
        passed, judged = verdicts.count(_PASS), len(verdicts)
        moment = max(event.moment for event in events)
        if judged:
            yield record_of(
                "measurement",
                key_of("configuration_score", product, moment.date()),
                {
                    "title": f"{product}: {passed} van {judged} controles in orde",
                    "metric": "configuration_score",
                    "object": product,
                    "value": 100 * passed / judged,
                    "numerator": float(passed),
                    "denominator": float(judged),
                    "unit": "%",
                    "observed_at": moment,
                },
                Locator(file=payload.name),
            )


def _about(content: dict[str, Any]) -> Any:
    """What tells of the finding itself: finding_info, or finding in class 2001."""
    return content.get("finding_info") or content.get("finding")


def _uid(content: dict[str, Any]) -> Any:
    return scalar(_about(content), "uid")


def _product(content: dict[str, Any]) -> str:
    return str(
        scalar(content, "metadata", "product", "name") or scalar(content, "metadata", "product", "uid") or "OCSF"
    )


def _asset(content: dict[str, Any]) -> str:
    """The system: the device of the host profile, else the first resource (`resource` before OCSF 1.1)."""
    for holder in (content.get("device"), dig(content, "resources", 0), content.get("resource")):
        for name in ("hostname", "name", "uid"):
            if label := scalar(holder, name):
                return str(label)
    return ""


def _verdict(content: dict[str, Any]) -> str | None:
    """What a check came to, the worst when an event says it in two ways; None for what is not a check. A compliance
    finding without a verdict that we know may be a failed one."""
    words = (scalar(content, "compliance", "status"), scalar(content, "status_code"), scalar(content, "status"))
    verdicts = {_VERDICT_WORDS.get("_".join(str(word or "").casefold().split())) for word in words}
    verdicts.add(_VERDICT_IDS.get(scalar(content, "compliance", "status_id")))
    worst = next((verdict for verdict in _WORST_FIRST if verdict in verdicts), None)
    return _UNKNOWN if worst is None and content["class_uid"] == _COMPLIANCE else worst


def _time(holder: Any, name: str) -> datetime | None:
    """An OCSF timestamp: `name` in milliseconds since 1970 (some producers write seconds), or `name_dt` in RFC 3339
    (without an offset, as some write it, it is UTC)."""
    text = dig(holder, f"{name}_dt")
    if isinstance(text, str) and _WITHOUT_OFFSET.fullmatch(text.strip()):
        text = f"{text.strip()}Z"
    return from_epoch(dig(holder, name)) or from_iso(text) or from_iso(dig(holder, name))


def _cvss(content: dict[str, Any]) -> float | None:
    """The highest CVSS score of the vulnerabilities: vulnerabilities[].cve.cvss[], overall_score or base_score."""
    scores = [
        number(cvss.get("overall_score")) or number(cvss.get("base_score"))
        for vulnerability in json_array(content.get("vulnerabilities"))
        for cvss in json_array(dig(vulnerability, "cve", "cvss"))
    ]
    return max((score for score in scores if score is not None), default=None)


def _requirements(content: dict[str, Any]) -> str | None:
    """compliance.requirements and compliance.control: what the check belongs to."""
    words = dig(content, "compliance", "requirements")
    requirements = _plain_words(words)
    if control := scalar(content, "compliance", "control"):
        requirements.append(str(control))
    return "; ".join(dict.fromkeys(requirements)) or None


def _plain_words(words: object) -> list[str]:
    """The words of a list, without what is itself a list or an object."""
    if not isinstance(words, list):
        return []
    return [str(word) for word in words if not isinstance(word, (dict, list))]
