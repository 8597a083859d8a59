"""Reads results of static analysis in SARIF 2.1.0: what a scanner of code, containers or infrastructure found.

Format: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections named beside each field.
Running the scanner is left to the pipeline that builds the software.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from connectors.base import Locator, Payload, Record
from connectors.findings import (
    ReportConnector,
    ScanSettings,
    Severity,
    Subject,
    dig,
    file_moment,
    fingerprint_key,
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

# §3.27.10 level: none, note, warning or error
_LEVELS: dict[str, Severity] = {"error": "high", "warning": "medium", "note": "low", "none": "info"}
# §3.27.9 kind: only these are findings; pass, notApplicable and informational are not. Absent means fail.
_FOUND = frozenset({"fail", "open", "review"})


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
        return ("finding", "measurement")

    def identify(self, payload: Payload) -> Subject:
        """A report is about the tools that ran and what they analysed; a run that failed is not finished."""
        runs = self._runs(payload)
        names = sorted({f"{_tool(run)}|{self._asset(run)}|{_category(run)}" for run in runs})
        moments = [moment for run in runs if (moment := _ended(run))]
        finished = all(invocation.get("executionSuccessful", True) for run in runs for invocation in _invocations(run))
        return Subject("+".join(names), max(moments) if moments else file_moment(payload), finished)

    def records(self, payload: Payload) -> Iterator[Record]:
        for index, run in enumerate(self._runs(payload)):
            keys: set[str | None] = set()
            ended = _ended(run) or moment_of(payload)
            for position, result in enumerate(json_array(run.get("results"))):
                locator = Locator(file=payload.name, address=f"#/runs/{index}/results/{position}")
                record = self._finding(run, result, ended, locator)
                if record is None or record.key in keys:
                    continue
                keys.add(record.key)
                yield record
            yield self._scan(payload, index, run, ended, len(keys))

    def _runs(self, payload: Payload) -> list[dict[str, Any]]:
        log = load_json(payload)
        version = dig(log, "version")
        if version != "2.1.0" or not isinstance(dig(log, "runs"), list):
            self.refuse(
                f"is geen SARIF 2.1.0 (version is {version!r})" if version else "is geen SARIF-bestand",
                place=payload.name,
                advice="laat de scanner SARIF 2.1.0 schrijven",
            )
        return json_array(log["runs"])

    def _finding(self, run: dict[str, Any], result: dict[str, Any], ended: Any, locator: Locator) -> Record | None:
        if (scalar(result, "kind") or "fail") not in _FOUND or result.get("baselineState") == "absent":
            return None
        rule = _rule(run, result)
        rule_id = str(result.get("ruleId") or dig(result, "rule", "id") or rule.get("id") or "")
        # "security-severity" is the CVSS-like property that code scanning tools agreed on; it stands on rule or result
        score = number(dig(result, "properties", "security-severity") or dig(rule, "properties", "security-severity"))
        level = result.get("level") or dig(rule, "defaultConfiguration", "level") or "warning"  # §3.27.10
        severity = severity_of(score) if score is not None else _LEVELS.get(str(level))
        if not severe_enough(severity, self.settings.minimum_severity):
            return None
        title = dig(rule, "shortDescription", "text") or rule.get("name") or dig(result, "message", "text") or rule_id
        detected = from_iso(dig(result, "provenance", "firstDetectionTimeUtc"))  # §3.48.3
        return record_of(
            "finding",
            key_of(_tool(run), self._asset(run), _category(run) or "-", rule_id, _fingerprint(result)),
            {
                "title": str(title)[:300],
                "url": rule.get("helpUri"),
                "finding_type": self.settings.finding_type,
                "severity": severity,
                "score": score,
                "asset": self._asset(run),
                "first_seen": detected or ended,
                "state": "accepted" if _suppressed(result) else "open",
                "origin": _tool(run),
            },
            locator,
            at_latest=detected is None,
        )

    def _scan(self, payload: Payload, index: int, run: dict[str, Any], ended: Any, findings: int) -> Record:
        tool, asset = _tool(run), self._asset(run)
        return record_of(
            "measurement",
            key_of("code_scan", tool, asset, _category(run) or "-", ended.date()),
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

    def _asset(self, run: dict[str, Any]) -> str:
        """What was analysed: the setting, else the repository (§3.14.12 versionControlProvenance), else the tool."""
        repository = dig(run, "versionControlProvenance", 0, "repositoryUri")
        return self.settings.asset or str(repository or "") or _tool(run)


def _tool(run: dict[str, Any]) -> str:
    return str(dig(run, "tool", "driver", "name") or "onbekend")  # §3.18.2, §3.19.8


def _category(run: dict[str, Any]) -> str:
    """§3.17.3: the id of a run is category/run; the part after the last slash differs per run."""
    return str(dig(run, "automationDetails", "id") or "").rpartition("/")[0]


def _invocations(run: dict[str, Any]) -> list[dict[str, Any]]:
    return json_array(run.get("invocations"))


def _ended(run: dict[str, Any]) -> Any:
    moments = [moment for item in _invocations(run) if (moment := from_iso(item.get("endTimeUtc")))]  # §3.20.8
    return max(moments) if moments else None


def _rule(run: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """The descriptor of the rule that a result names by index or id, in the driver or an extension (§3.52)."""
    extension = dig(result, "rule", "toolComponent", "index")
    component = dig(run, "tool", "extensions", extension) if isinstance(extension, int) else dig(run, "tool", "driver")
    rules = json_array(dig(component, "rules"))
    index = result.get("ruleIndex", dig(result, "rule", "index"))
    if isinstance(index, int) and 0 <= index < len(rules):
        return rules[index]
    wanted = result.get("ruleId") or dig(result, "rule", "id")
    return next((rule for rule in rules if rule.get("id") == wanted), {})


def _fingerprint(result: dict[str, Any]) -> str:
    """What identifies a result over runs: its fingerprints (§3.27.16, 17), else place and message without line."""
    for name in ("fingerprints", "partialFingerprints"):
        prints = result.get(name)
        if isinstance(prints, dict) and prints:
            return fingerprint_key(prints)
    location = dig(result, "locations", 0) or {}
    place = dig(location, "physicalLocation", "artifactLocation", "uri") or dig(
        location, "logicalLocations", 0, "fullyQualifiedName"
    )
    message = str(dig(result, "message", "text") or dig(result, "message", "id") or "")
    return fingerprint_key(place, message)


def _suppressed(result: dict[str, Any]) -> bool:
    """§3.27.23, §3.35.3: suppressed when there are suppressions and none is under review or rejected."""
    suppressions = json_array(result.get("suppressions"))
    return bool(suppressions) and all(item.get("status", "accepted") == "accepted" for item in suppressions)
