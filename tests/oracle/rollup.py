"""From test results to the status of aspects, measures, controls, indicators, principles and answers: the roll-up rules
of the domain description in their order, one small function each, in plain Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from models.catalogue import Indicator
from tests.oracle.records import Row

NOT_APPLICABLE, MET, PARTLY, NOT_MET, UNKNOWN = (
    "niet_van_toepassing",
    "voldoet",
    "voldoet_deels",
    "voldoet_niet",
    "geen_bewijs",
)
BASES = ("measured", "audited", "documented", "attested")
CREDIT = {"groen": 1.0, "oranje": 0.5, "rood": 0.0, MET: 1.0, PARTLY: 0.5, NOT_MET: 0.0}


def aspect(results: Sequence[str]) -> str:
    """The outcome of an aspect from the results of its tests; without tests there is no evidence."""
    if all(result == "no_evidence" for result in results):
        return "no_evidence"
    if all(result == "pass" for result in results):
        return "pass"
    if "fail" in results and "pass" not in results and "partial" not in results:
        return "fail"
    return "partial"


def measure(aspects: Sequence[str], not_applicable: bool) -> str:
    """The status of a norm from its counted aspects."""
    if not_applicable:
        return NOT_APPLICABLE
    if all(outcome == "pass" for outcome in aspects):
        return MET
    if all(outcome == "no_evidence" for outcome in aspects):
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


def not_applicable(statements: Iterable[Row], framework_id: str, norm_ids: Sequence[str], day: date) -> bool:
    """Whether an approved statement in force about one of the norms says that it does not apply, and no approved one
    of the same day or later says that it does. That it applies needs no risk analysis."""
    approved = [
        row
        for row in statements
        if row["framework_id"] == framework_id
        and row["norm_id"] in norm_ids
        and None not in (row["approved_by"], row["approved_on"])
        and row["approved_on"] <= day
    ]
    left_out = [
        row["approved_on"]
        for row in approved
        if not row["applies"]
        and row["risk_analysis"] is not None
        and (row["valid_until"] is None or row["valid_until"] >= day)
    ]
    taken_back = [row["approved_on"] for row in approved if row["applies"]]
    return bool(left_out) and (not taken_back or max(left_out) > max(taken_back))


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
    parts = [(outcome, weight) for outcome, weight, _ in indicators]
    parts += [(status, weight) for status, weight in controls if status != NOT_APPLICABLE]
    total = sum(weight for _, weight in parts)
    known = [(CREDIT[outcome], weight) for outcome, weight in parts if outcome in CREDIT]
    weight_known = sum(weight for _, weight in known)
    score = sum(credit * weight for credit, weight in known) / weight_known if weight_known else None
    coverage = weight_known / total if total else 0.0
    keys = [outcome for outcome, _, key in indicators if key]
    if coverage < 0.3 or score is None:
        status = "onbekend"
    elif "rood" in keys or score < 0.5:
        status = "rood"
    elif score >= 0.8 and coverage >= 0.6 and all(outcome == "groen" for outcome in keys):
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
