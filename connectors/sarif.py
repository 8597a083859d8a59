"""Reads results of static analysis in SARIF 2.1.0: what a scanner of code, containers or infrastructure found.

Format: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections named beside each field.
Running the scanner is left to the pipeline that builds the software.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import Field

from connectors.tools.file_kinds import refuse_other_kind
from connectors.tools.findings import (
    ReportConnector,
    ScanSettings,
    Severity,
    Subject,
    dig,
    from_iso,
    json_array,
    json_object,
    key_of,
    load_json,
    moment_of,
    name_at,
    number,
    record_of,
    scalar,
    scan_of,
    series_of,
    severe_enough,
    severity_of,
)
from connectors.tools.values import shown
from models.message import Text, message
from models.record import Locator, Payload, Record

# §3.27.10 level: none, note, warning or error
_LEVELS: dict[str, Severity] = {"error": "high", "warning": "medium", "note": "low", "none": "info"}
# §3.27.9 kind: only these are findings; pass, notApplicable and informational are not. Absent means fail.
_FOUND = frozenset({"fail", "open", "review"})
# Parts of fingerprints that say who made a change, and when (Gitleaks)
_OF_PEOPLE = frozenset({"author", "email", "committer", "commitmessage", "date"})
# The line of a message that names what has the weakness: Trivy and others tell versions and remedies on further lines.
_THING = re.compile(r"^(?:package|library|artifact|component)\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_NO_FREE_TEXT = re.compile(r"[A-Za-z0-9+/=:._-]+")


class SarifSettings(ScanSettings):
    """`asset`: what was analysed, when the report does not name its repository. `finding_type`: kind of finding."""

    asset: str = ""
    finding_type: str = Field("vulnerability", min_length=1)


class SarifConnector(ReportConnector):
    """Yields kinds finding and measurement (metric code_scan: number of findings per tool and analysed system)."""

    name = "sarif"
    summary_nl = "Uitkomsten van code- en containerscanners in SARIF 2.1.0"
    Settings = SarifSettings
    media_type = "application/sarif+json"

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("finding", "measurement", "scan")

    def identify(self, payload: Payload) -> Subject:
        """A report is about the tools that ran and what they analysed; one of a run that failed, or that says of no run
        what it found, is not of a finished scan."""
        runs = self._runs(payload)
        scanned = [run for run in runs if _was_scanned(run)]
        names = {
            f"{_tool(run)}|{self._asset(run, payload)}|{_category(run)}|{_scanned_part(run, payload)}"
            for run in scanned
        }
        ends = [moment for run in scanned if (moment := _end_of_run(run))]
        invocations = [invocation for run in runs for invocation in _invocations(run)]
        unfinished = "" if scanned else _why_not_scanned(runs)
        if not all(invocation.get("executionSuccessful", True) for invocation in invocations):
            unfinished = message("sarif.failed")
        return Subject("+".join(sorted(names)), min(ends, default=None), unfinished)

    def records(self, payload: Payload) -> Iterator[Record]:
        for index, run in enumerate(self._runs(payload)):
            if not _was_scanned(run):
                results = json_array(run.get("results"))
                self.left_out["no_security"] += len(results)
                self.left_out["not_scanned"] += 1
                continue
            ended = _end_of_run(run) or moment_of(payload)
            repeats: Counter[tuple[object, ...]] = Counter()
            findings = 0
            for position, result in enumerate(json_array(run.get("results"))):
                locator = Locator(file=payload.name, address=f"#/runs/{index}/results/{position}")
                record = self._finding(payload, run, result, ended, locator, repeats)
                if record is not None:
                    findings += 1
                    yield record
            yield self._scan(payload, index, run, ended, findings)
            key = self._scan_key(payload, run)
            place = Locator(payload.name, address=f"#/runs/{index}")
            asset = self._asset(run, payload)
            yield scan_of(key, asset, ended, place, findings)

    def _runs(self, payload: Payload) -> list[dict[str, Any]]:
        log = load_json(payload)
        version = dig(log, "version")
        if version == "2.1.0" and dig(log, "runs") is None:
            return []  # §3.13.4: no run, so nothing was scanned
        if version != "2.1.0" or not isinstance(dig(log, "runs"), list):
            if dig(log, "runs") is None:
                refuse_other_kind(payload, "SARIF 2.1.0")
            self.refuse(
                message("sarif.other_version", version=shown(version)) if version else message("sarif.no_sarif"),
                place=payload.name,
                advice=message("sarif.write_sarif"),
            )
        return json_array(log["runs"])

    def _finding(
        self,
        payload: Payload,
        run: dict[str, Any],
        result: dict[str, Any],
        ended: datetime,
        locator: Locator,
        repeats: Counter[tuple[object, ...]],
    ) -> Record | None:
        """The record of a result, or None when it is no finding. `repeats`: how often each identity occurred so far."""
        if (scalar(result, "kind") or "fail") not in _FOUND:
            self.left_out["passed"] += 1
            return None
        if result.get("baselineState") == "absent":
            self.left_out["gone"] += 1
            return None
        rule = _rule(run, result)
        if _is_about_quality(run, rule, result):
            self.left_out["no_security"] += 1
            return None
        score, severity = _score_and_severity(result, rule)
        if not severe_enough(severity, self.settings.minimum_severity):
            self.left_out["below_minimum"] += 1
            return None
        is_suppressed = _suppressed(result)
        self.left_out["suppressed"] += is_suppressed
        rule_id = str(scalar(result, "ruleId") or scalar(result, "rule", "id") or scalar(rule, "id") or "")
        title = (
            scalar(rule, "shortDescription", "text")
            or scalar(rule, "name")
            or scalar(result, "message", "text")
            or rule_id
        )
        detected = from_iso(dig(result, "provenance", "firstDetectionTimeUtc"))  # §3.48.3
        tool, asset, part = _tool(run), self._asset(run, payload), _scanned_part(run, payload)
        identity = (
            tool,
            asset,
            _category(run) or "-",
            rule_id or "-",
            _fingerprint_of_result(result),
            *([part] if part else []),
        )
        return record_of(
            "finding",
            key_of(*identity, *_told_apart(identity, _place(result), repeats)),
            {
                "title": str(title or f"{tool}: {_place(result)}")[:300],
                "url": rule.get("helpUri"),
                "finding_type": self.settings.finding_type,
                "severity": severity,
                "score": score,
                "asset": asset,
                "object": asset,
                "scan": self._scan_key(payload, run),
                "first_seen": detected or ended,
                "state": "accepted" if is_suppressed else "open",
                "origin": tool,
            },
            locator,
            at_latest=detected is None,
        )

    def _scan_key(self, payload: Payload, run: dict[str, Any]) -> str | None:
        parts = _tool(run), _category(run) or "-", _scanned_part(run, payload) or "-"
        return self.scan_key(payload, self._asset(run, payload), *parts)

    def _scan(self, payload: Payload, index: int, run: dict[str, Any], ended: datetime, findings: int) -> Record:
        tool, asset, part = _tool(run), self._asset(run, payload), _scanned_part(run, payload)
        return record_of(
            "measurement",
            key_of("code_scan", tool, asset, _category(run) or "-", ended.date(), *([part] if part else [])),
            {
                "title": f"{tool} op {asset}: {findings} bevindingen",
                "metric": "code_scan",
                "object": asset,
                "value": float(findings),
                "unit": "bevindingen",
                "observed_at": ended,
            },
            Locator(file=payload.name, address=f"#/runs/{index}"),
        )

    def _asset(self, run: dict[str, Any], payload: Payload) -> str:
        """What was analysed: the setting, else the repository, else the image, else the tool, else the series of files that the
        report belongs to."""
        names: tuple[str, ...] = (
            self.settings.asset,
            _repository(run),
            _image(run),
            _driver(run),
            series_of(payload.name),
        )
        return next(filter(None, names))


def _driver(run: dict[str, Any]) -> str:
    return name_at(run, "tool", "driver", "name")  # §3.18.2, §3.19.8


def _tool(run: dict[str, Any]) -> str:
    return _driver(run) or "onbekend"


def _was_scanned(run: dict[str, Any]) -> bool:
    """§3.14.23: results are absent (or null) when there was no scan, and empty when it found nothing. A run that only asks about
    quality has found nothing about security, whatever is there."""
    return isinstance(run.get("results"), list) and not _asks_of_quality_only(run)


def _why_not_scanned(runs: list[dict[str, Any]]) -> Text:
    is_of_quality = any(map(_asks_of_quality_only, runs))
    return message("sarif.only_quality") if is_of_quality else message("sarif.nothing_scanned")


def _asks_of_quality_only(run: dict[str, Any]) -> bool:
    """Whether all questions of a run, and those of its results, are about quality."""
    results = json_array(run.get("results"))
    rules = [*_all_rules(run), *(_rule(run, result) for result in results)]
    return bool(rules) and all(_is_about_quality(run, rule) for rule in rules)


def _is_about_quality(run: dict[str, Any], *descriptors: dict[str, Any]) -> bool:
    """Whether a result of CodeQL, by its rule and what it says itself, is about the quality of code. CodeQL asks of both, and
    tags what is about security (GitHub, "SARIF support for code scanning": `security`, and `security-severity`); also what is not
    may have a number of CWE. What does not describe itself may be about security."""
    if not _driver(run).casefold().startswith("codeql"):
        return False
    properties = [json_object(descriptor.get("properties")) for descriptor in descriptors]
    tags = [tag for item in properties for tag in _folded(item.get("tags"))]
    scores = [item.get("security-severity") for item in properties]
    return bool(properties[0]) and "security" not in tags and not any(scores)


def _folded(value: object) -> list[str]:
    return [str(item).casefold() for item in value] if isinstance(value, list) else []


def _repository(run: dict[str, Any]) -> str:
    return name_at(run, "versionControlProvenance", 0, "repositoryUri")  # §3.14.12


def _image(run: dict[str, Any]) -> str:
    """The container image, without tag and digest: that scanners of images name it so is their own agreement."""
    name = name_at(run, "properties", "imageName").partition("@")[0]
    folder, slash, last = name.rpartition("/")
    untagged = last.partition(":")[0]
    return f"{folder}{slash}{untagged}"


def _scanned_part(run: dict[str, Any], payload: Payload) -> str:
    """What tells this run from one of the same tool over something else, where its repository and category do not: the
    image, else the series of files that the report belongs to."""
    return _image(run) or ("" if _repository(run) or _category(run) else series_of(payload.name))


def _told_apart(identity: tuple[object, ...], place: str, repeats: Counter[tuple[object, ...]]) -> tuple[object, ...]:
    """What is added to an identity that occurred before in this run: the file, and the how-many-eth time there."""
    repeats[identity] += 1
    if repeats[identity] == 1:
        return ()
    repeats[*identity, place] += 1
    return place, repeats[*identity, place]


def _category(run: dict[str, Any]) -> str:
    """§3.17.3: the id of a run is category/run; the part after the last slash differs per run."""
    return str(scalar(run, "automationDetails", "id") or "").rpartition("/")[0]


def _invocations(run: dict[str, Any]) -> list[dict[str, Any]]:
    return json_array(run.get("invocations"))


def _end_of_run(run: dict[str, Any]) -> datetime | None:
    moments = [moment for item in _invocations(run) if (moment := from_iso(item.get("endTimeUtc")))]  # §3.20.8
    return max(moments) if moments else None


def _score_and_severity(result: dict[str, Any], rule: dict[str, Any]) -> tuple[float | None, Severity | None]:
    """How serious a result is: by its score where it has one, else by its level."""
    # "security-severity" is the CVSS-like property that code scanning tools agreed on; it stands on rule or result
    score = number(dig(result, "properties", "security-severity") or dig(rule, "properties", "security-severity"))
    if score is not None:
        return score, severity_of(score)
    level = result.get("level") or dig(rule, "defaultConfiguration", "level") or "warning"  # §3.27.10
    return None, _LEVELS.get(str(level))


def _all_rules(run: dict[str, Any]) -> list[dict[str, Any]]:
    """The descriptors of the rules of the driver and its extensions (§3.19.23)."""
    extensions = json_array(dig(run, "tool", "extensions"))
    components = [json_object(dig(run, "tool", "driver")), *extensions]
    return [rule for component in components for rule in json_array(component.get("rules"))]


def _rule(run: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """The descriptor of the rule that a result names by index or id, in the driver or an extension (§3.52)."""
    extension = dig(result, "rule", "toolComponent", "index")
    component = dig(run, "tool", "driver")
    if isinstance(extension, int):
        component = dig(run, "tool", "extensions", extension)
    rules = json_array(dig(component, "rules"))
    index = result.get("ruleIndex", dig(result, "rule", "index"))
    if isinstance(index, int) and 0 <= index < len(rules):
        return rules[index]
    rule_id = result.get("ruleId") or dig(result, "rule", "id")
    return next((rule for rule in rules if rule.get("id") == rule_id), {})


def _fingerprint_of_result(result: dict[str, Any]) -> str:
    """What identifies a result over runs: its fingerprints (§3.27.16, 17), else place and thing without line and message, which
    changes when a remedy appears. Free text does not come into a key as it is, and who wrote the code not at all."""
    for name in ("fingerprints", "partialFingerprints"):
        prints = result.get(name)
        if not isinstance(prints, dict):
            continue
        keys = [key for key in sorted(prints) if key.casefold() not in _OF_PEOPLE]
        parts = [f"{key}={_opaque(str(prints[key]))}" for key in keys]
        if parts:
            return ";".join(parts)
    thing = _THING.search(str(scalar(result, "message", "text") or ""))
    return f"{_place(result)}#{_hash(thing[1])}" if thing else _place(result)


def _opaque(value: str) -> str:
    return value if _NO_FREE_TEXT.fullmatch(value) else _hash(value)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def _place(result: dict[str, Any]) -> str:
    """The file that a result is in, else the name of the function or class; `-` when neither is told."""
    location = dig(result, "locations", 0) or {}
    place = scalar(location, "physicalLocation", "artifactLocation", "uri") or scalar(
        location, "logicalLocations", 0, "fullyQualifiedName"
    )
    return str(place or "-")


def _suppressed(result: dict[str, Any]) -> bool:
    """§3.27.23, §3.35.3: suppressed when there are suppressions and none is under review or rejected."""
    suppressions = json_array(result.get("suppressions"))
    return bool(suppressions) and all(item.get("status", "accepted") == "accepted" for item in suppressions)
