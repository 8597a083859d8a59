"""Reads assessment results in OSCAL (JSON): what an assessor found not satisfied becomes an audit finding, and the
whole a share of satisfied objectives.

Format: NIST OSCAL 1.x, model assessment-results (pages.nist.gov/OSCAL-Reference/models). Writing OSCAL is left to
`reports`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import Field

from connectors.tools.file_kinds import refuse_other_kind
from connectors.tools.findings import (
    ReportConnector,
    ReportSettings,
    Severity,
    Subject,
    dig,
    from_iso,
    json_array,
    key_of,
    load_json,
    moment_of,
    record_of,
    scalar,
)
from connectors.tools.values import shown
from models.message import message
from models.record import Locator, Payload, Record

# target-id names a statement (ac-1_smt.a) or objective (ac-1_obj.a-1); the control is what stands before it
_PART = re.compile(r"[_.](smt|obj|stmt)([._-].*)?$", re.IGNORECASE)
_SEVERITY_FACETS = frozenset({"severity", "risk-level", "risk", "impact"})
# Facet words are the assessor's own; OSCAL gives likelihood and impact as low, moderate, high
_SEVERITIES: dict[str, Severity] = {
    "critical": "critical", "very-high": "critical", "high": "high",
    "moderate": "medium", "medium": "medium", "low": "low", "very-low": "low", "info": "info",
}  # fmt: skip
_PEOPLE = frozenset({"party", "user"})
_CLOSED = frozenset({"closed", "remediated"})
_ACCEPTED = frozenset({"deviation-approved"})


class OscalSettings(ReportSettings):
    """`finding_type`: kind of finding that not satisfied objectives are."""

    finding_type: str = Field("audit", min_length=1)


class OscalResultsConnector(ReportConnector):
    """Yields kinds finding and measurement (metric assessment_score: share of satisfied objectives, 0–100)."""

    name = "oscal_results"
    summary_nl = "Auditresultaten in OSCAL (assessment results, JSON)"
    Settings = OscalSettings
    media_type = "application/json"

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("finding", "measurement")

    def identify(self, payload: Payload) -> Subject:
        """A file is about the assessment plan it imports; its newest result says when it was made."""
        document = self._document(payload)
        result = self._newest(payload, document)[1]
        moment = _end_of_result(result) or from_iso(dig(document, "metadata", "last-modified"))
        return Subject(str(scalar(document, "import-ap", "href") or ""), moment)

    def records(self, payload: Payload) -> Iterator[Record]:
        document = self._document(payload)
        position, result = self._newest(payload, document)
        ended = _end_of_result(result) or moment_of(payload)
        observations = {scalar(item, "uuid"): item for item in json_array(result.get("observations"))}
        risks = {scalar(item, "uuid"): item for item in json_array(result.get("risks"))}
        keys: dict[str | None, int] = {}
        satisfied = judged = 0
        for index, finding in enumerate(json_array(result.get("findings"))):
            state = self._state(payload, finding, index)
            judged, satisfied = judged + 1, satisfied + (state == "satisfied")
            if state == "satisfied":
                self.left_out["passed"] += 1
                continue
            locator = Locator(file=payload.name, address=f"#/assessment-results/results/{position}/findings/{index}")
            record = self._finding(document, finding, observations, risks, ended, locator)
            keys[record.key] = keys.get(record.key, 0) + 1
            if record.key and keys[record.key] > 1:  # the same objective and system, found more than once
                record.key = f"{record.key}|{keys[record.key]}"
            yield record
        if judged:
            yield self._score(payload, document, ended, satisfied, judged)

    def _document(self, payload: Payload) -> dict[str, Any]:
        document = dig(load_json(payload), "assessment-results")
        if not isinstance(document, dict):
            refuse_other_kind(payload, message("filekind.oscal_json"))
            self.refuse(
                message("oscal.no_results"),
                place=payload.name,
                advice=message("oscal.give_results"),
            )
        return document

    def _newest(self, payload: Payload, document: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The newest of the results: a document may keep earlier ones beside it."""
        results = list(enumerate(json_array(document.get("results"))))
        if not results:
            self.refuse(message("oscal.empty"), place=payload.name, advice=message("oscal.ask_auditor"))
        return max(results, key=lambda item: (_end_of_result(item[1]) or datetime.min, -item[0]))

    def _state(self, payload: Payload, finding: dict[str, Any], index: int) -> str:
        state = scalar(finding, "target", "status", "state")
        if state not in {"satisfied", "not-satisfied"}:
            self.refuse(
                message("oscal.no_such_state", number=index + 1, state=shown(state)),
                place=payload.name,
                advice=message("oscal.states"),
            )
        return str(state)

    def _finding(
        self,
        document: dict[str, Any],
        finding: dict[str, Any],
        observations: dict[Any, dict[str, Any]],
        risks: dict[Any, dict[str, Any]],
        ended: datetime,
        locator: Locator,
    ) -> Record:
        related_observations = _related(finding, "related-observations", "observation-uuid", observations)
        at_risk = _related(finding, "related-risks", "risk-uuid", risks)
        assets = sorted({asset for item in related_observations for asset in _assets(item)})
        target = str(scalar(finding, "target", "target-id") or "")
        collected = [moment for item in related_observations if (moment := from_iso(item.get("collected")))]
        deadlines = [moment for item in at_risk if (moment := from_iso(item.get("deadline")))]
        state = _risk_state(at_risk)
        return record_of(
            "finding",
            key_of(dig(document, "import-ap", "href") or "-", target, *(assets or ["-"])),
            {
                "title": finding.get("title") or finding.get("description"),
                "finding_type": self.settings.finding_type,
                "severity": _severity(at_risk),
                "asset": ", ".join(assets) or None,
                "first_seen": min(collected, default=ended),
                "due_at": min(deadlines, default=None),
                "resolved_at": ended if state == "resolved" else None,
                "state": state,
                "norm_ref": _PART.sub("", target),
                "origin": dig(document, "metadata", "title"),
            },
            locator,
            at_latest=not collected,
        )

    def _score(
        self, payload: Payload, document: dict[str, Any], ended: datetime, satisfied: int, judged: int
    ) -> Record:
        title = str(scalar(document, "metadata", "title") or payload.name)
        return record_of(
            "measurement",
            key_of("assessment_score", dig(document, "import-ap", "href") or title, ended.date()),
            {
                "title": f"{title}: {satisfied} van {judged} doelen gehaald",
                "metric": "assessment_score",
                "object": title,
                "value": 100 * satisfied / judged,
                "numerator": float(satisfied),
                "denominator": float(judged),
                "unit": "%",
                "observed_at": ended,
            },
            Locator(file=payload.name, address="#/assessment-results"),
        )


def _end_of_result(result: dict[str, Any]) -> datetime | None:
    return from_iso(result.get("end")) or from_iso(result.get("start"))


def _related(
    finding: dict[str, Any], name: str, reference: str, objects: dict[Any, dict[str, Any]]
) -> list[dict[str, Any]]:
    return [
        objects[identity] for item in json_array(finding.get(name)) if (identity := scalar(item, reference)) in objects
    ]


def _assets(observation: dict[str, Any]) -> list[str]:
    """The systems that an observation is about (subjects: type, title); parties and users are people, so left out."""
    return [
        str(subject["title"])
        for subject in json_array(observation.get("subjects"))
        if scalar(subject, "title") and scalar(subject, "type") not in _PEOPLE
    ]


def _severity(risks: list[dict[str, Any]]) -> Severity | None:
    """The worst severity among the facets of the risks: risk/characterizations/facets, name and value."""
    words = [
        str(facet.get("value", "")).lower()
        for risk in risks
        for characterization in json_array(risk.get("characterizations"))
        for facet in json_array(characterization.get("facets"))
        if str(facet.get("name", "")).lower() in _SEVERITY_FACETS
    ]
    severities = [_SEVERITIES[word] for word in words if word in _SEVERITIES]
    order = list(dict.fromkeys(_SEVERITIES.values()))
    return min(severities, key=order.index, default=None)


def _risk_state(risks: list[dict[str, Any]]) -> str:
    """Resolved or accepted when all risks are; otherwise open (risk/status)."""
    states = {str(risk.get("status", "")).lower() for risk in risks}
    if states and states <= _CLOSED:
        return "resolved"
    return "accepted" if states and states <= _CLOSED | _ACCEPTED else "open"
