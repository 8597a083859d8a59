"""From test results to the status of aspects, measures, controls, indicators, principles and answers: the roll-up rules
of the domain description in their order, one small function each, in plain Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from models.catalogue import Indicator, Test
from models.duration import Duration
from tests.oracle.records import Row, as_day, day_after
from tests.oracle.verdicts import Verdict

NOT_APPLICABLE, MET, PARTLY, NOT_MET, UNKNOWN = (
    "niet_van_toepassing",
    "voldoet",
    "voldoet_deels",
    "voldoet_niet",
    "geen_bewijs",
)
BASES = ("measured", "audited", "sampled", "documented", "declared", "attested")
CREDIT = {"groen": 1.0, "oranje": 0.5, MET: 1.0, PARTLY: 0.5}  # everything else that counts is worth nothing
BODIES = ("college", "college van burgemeester en wethouders", "raad", "gemeenteraad")


def aspect(results: Sequence[str]) -> str:
    """The outcome of an aspect from the results of its tests; without tests there is no evidence."""
    if results and all(result == "not_occurred" for result in results):
        return "not_occurred"
    if results and all(result in ("pass", "not_occurred") for result in results):
        return "pass"
    if "pass" in results or "partial" in results:
        return "partial"
    return "fail" if "fail" in results else "no_evidence"


def best_of_groups(tested: Sequence[tuple[Test, Verdict]]) -> list[tuple[Test, Verdict]]:
    """Of tests that bear the same group name in one aspect only the best is left, by its strongest evidence; it gets worse on
    the day on which the last of those that are as good does."""
    alone = [(test, outcome) for test, outcome in tested if not test.any_of]
    names = {(test.aspect, test.any_of) for test, _ in tested if test.any_of}
    for name in sorted(names):
        group = [(test, outcome) for test, outcome in tested if (test.aspect, test.any_of) == name]
        for result in ("pass", "not_occurred", "partial", "fail", "no_evidence"):
            best = [(test, outcome) for test, outcome in group if outcome.result == result]
            if best:
                strongest = min((test for test, _ in best), key=lambda test: BASES.index(test.basis))
                ends = [outcome.expires_on for _, outcome in best]
                until = None if None in ends else max(end for end in ends if end is not None)
                alone.append((strongest, replace(best[0][1], expires_on=until)))
                break
    return alone


def measure(aspects: Sequence[str], not_applicable: bool, is_contradicted: bool = False) -> str:
    """The status of a norm from its counted aspects, and whether something that we hold contradicts it."""
    if not_applicable:
        return NOT_APPLICABLE
    if all(outcome in ("pass", "not_occurred") for outcome in aspects) and "pass" in aspects and not is_contradicted:
        return MET
    if all(outcome in ("no_evidence", "not_occurred") for outcome in aspects):
        return UNKNOWN
    if any(outcome in ("pass", "partial") for outcome in aspects):
        return PARTLY
    return NOT_MET


def together(statuses: Iterable[str]) -> str:
    """The status of several norms: of a control from its measures, of a question from the norms it asks about."""
    applicable = [status for status in statuses if status != NOT_APPLICABLE]
    if not applicable:
        return NOT_APPLICABLE
    if all(status == MET for status in applicable):
        return MET
    if all(status == UNKNOWN for status in applicable):
        return UNKNOWN
    if all(status in (NOT_MET, UNKNOWN) for status in applicable):
        return NOT_MET
    return PARTLY


def weakest_basis(bases: Iterable[str]) -> str | None:
    """The weakest of measured > audited > documented > attested; None without any."""
    return max(bases, key=BASES.index, default=None)


def earliest(days: Iterable[date | None]) -> date | None:
    """The first of the days that are known."""
    return min((day for day in days if day is not None), default=None)


def not_applicable_until(
    statements: Iterable[Row], framework_id: str, norm_ids: Sequence[str], analyses: set[str], day: date
) -> date | None:
    """The last day of the statements in force, approved by the board, with a risk analysis that we hold and an end within
    three years, that one of the norms does not apply; None when there is none, or an approved one of the same day or later
    says that it does apply. That it applies needs no risk analysis."""
    approved = [
        row
        for row in statements
        if row["framework_id"] == framework_id
        and row["norm_id"] in norm_ids
        and None not in (row["approved_by"], row["approved_on"])
        and row["approved_on"] <= day
    ]
    left_out = [
        row
        for row in approved
        if not row["applies"]
        and row["approved_by"].strip().lower() in BODIES
        and row["risk_analysis"] is not None
        and row["risk_analysis"].strip().lower() in analyses
        and row["valid_until"] is not None
        and day <= row["valid_until"] <= day_after(row["approved_on"], Duration(months=36))
    ]
    taken_back = [row["approved_on"] for row in approved if row["applies"]]
    if not left_out or (taken_back and max(row["approved_on"] for row in left_out) <= max(taken_back)):
        return None
    return max(row["valid_until"] for row in left_out)


def analyses_held(risks: Iterable[Row], documents: Iterable[Row], decisions: Iterable[Row]) -> set[str]:
    """The names, in small letters, of the records that can be a risk analysis."""
    names: list[str | None] = []
    for row in risks:
        names += [row["record_key"], row["title"], row["url"], row["process"]]
    for row in documents:
        if row["topic"] in ("risk_management", "risk_analysis") and row["state"] == "adopted":
            names += [row["record_key"], row["title"], row["url"]]
    for row in decisions:
        if row["topic"] in ("risk_management", "risk_appetite"):
            names += [row["record_key"], row["title"], row["url"], row["reference"]]
    return {name.strip().lower() for name in names if name is not None}


def contradicted_from(findings: Iterable[Row], names: set[str], accepted: set[str]) -> list[date]:
    """For each serious open finding of someone who judges about one of the norms: the day from which it contradicts the norm,
    the day after its time is up or always."""
    days = []
    for row in findings:
        if row["finding_type"] not in ("audit", "pentest", "assurance", "supervisor") or row["resolved_at"] is not None:
            continue
        if row["norm_ref"] is None or row["norm_ref"].strip().lower() not in names:
            continue
        if row["severity"] not in (None, "critical", "high"):
            continue
        if row["state"] == "accepted" and row["record_key"].strip().lower() in accepted:
            continue
        due = as_day(row["due_at"])
        days.append(date.min if due is None else due + timedelta(days=1))
    return days


def is_denied(attestations: Iterable[Row], framework_id: str, norm_id: str, day: date) -> bool:
    """Whether the newest attestation of some aspect of a norm says neither yes nor partly."""
    newest: dict[str, tuple[date, bool]] = {}
    for row in attestations:
        if (row["framework_id"], row["norm_id"]) != (framework_id, norm_id) or row["signed_on"] > day:
            continue
        word = (row["signed_on"], row["answer"] not in ("yes", "partly"))
        newest[row["aspect"]] = max(newest.get(row["aspect"], word), word)
    return any(denies for _, denies in newest.values())


def excepted_until(exceptions: Iterable[Row], framework_id: str, norm_id: str, day: date) -> date | None:
    """The last day of the approved exceptions in force for a norm; one without an end date is none."""
    return max(
        (
            row["valid_until"]
            for row in exceptions
            if (row["framework_id"], row["norm_id"]) == (framework_id, norm_id)
            and None not in (row["approved_by"], row["approved_on"], row["valid_until"])
            and row["approved_on"] <= day <= row["valid_until"]
        ),
        default=None,
    )


def shown_value(indicator: Indicator, value: float | None) -> float | None:
    """The value in the unit of the indicator: shares become percentages where the unit is %."""
    if value is not None and indicator.unit == "%" and indicator.measure.type in ("ratio", "within", "per"):
        return value * 100
    return value


def colour(indicator: Indicator, value: float | None) -> str:
    """groen, oranje or rood by the thresholds; onbekend without a value."""
    if value is None:
        return "onbekend"
    lower = indicator.better == "lower"
    if value <= indicator.green if lower else value >= indicator.green:
        return "groen"
    if value <= indicator.amber if lower else value >= indicator.amber:
        return "oranje"
    return "rood"


def principle(
    indicators: Sequence[tuple[str, float, bool]], controls: Sequence[tuple[str, float]]
) -> dict[str, float | str | None]:
    """Status, score and coverage from (colour, weight, key) of indicators and (status, weight) of related controls."""
    indicators = [item for item in indicators if item[0] != "geen_gevallen"]
    parts = [(outcome, weight) for outcome, weight, _ in indicators]
    parts += [(status, weight) for status, weight in controls if status != NOT_APPLICABLE]
    total = sum(weight for _, weight in parts)
    weight_known = sum(weight for outcome, weight in parts if outcome not in ("onbekend", UNKNOWN))
    score = sum(CREDIT.get(outcome, 0.0) * weight for outcome, weight in parts) / total if total else None
    coverage = weight_known / total if total else 0.0
    keys = [outcome for outcome, _, key in indicators if key]
    if coverage < 0.6 or score is None:
        status = "onbekend"
    elif "rood" in keys:
        status = "rood"
    elif "onbekend" in keys:
        status = "onbekend"
    elif score < 0.5:
        status = "rood"
    elif score >= 0.8 and all(outcome == "groen" for outcome in keys):
        status = "groen"
    else:
        status = "oranje"
    return {
        "status": status,
        "score": score,
        "coverage": coverage,
        "weight_known": weight_known,
        "weight_total": total,
    }


def answer(status: str, scale: Sequence[str]) -> str | None:
    """The proposed answer on the scale of a question; None is left open."""
    words = {MET: "Ja", PARTLY: "Gedeeltelijk", NOT_MET: "Nee", NOT_APPLICABLE: "N.v.t.", UNKNOWN: None}
    word = words[status]
    return "Nee" if word == "Gedeeltelijk" and word not in scale else word
