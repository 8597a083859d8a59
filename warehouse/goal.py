"""What it would take: per test of a norm that does not pass, what has to come or be settled for it to pass.

The answers follow from the numbers of the test alone; whether it is feasible is for people to say.
"""

from __future__ import annotations

from math import ceil
from typing import Any

from models.wording import number
from warehouse.read import Published, Row


def needed(published: Published, organisation: str, norm_id: str) -> list[Row]:
    """For every test under a norm (or the measures of a control) that is not a pass: what would make it one.

    Each row: norm_id, test_id, aspect, sentence_nl, sentence_en, result, needed_nl, needed_en.
    """
    norms = [row["norm_id"] for row in published.measures(organisation, norm_id)]
    rows = published.rows(
        "SELECT r.*, t.sentence_nl, t.sentence_en, t.test_type, t.kind, t.about, t.pass_at, t.tolerate, t.direction, "
        "t.min_population, CAST(t.max_age AS VARCHAR) AS max_age, t.implicit FROM assess.test_result AS r "
        "JOIN catalogue.test AS t ON t.framework_id = r.framework_id AND t.test_id = r.test_id AND t.purpose = r.purpose "
        "WHERE r.until_run_no IS NULL AND r.purpose = 'norm' AND r.result <> 'pass' AND r.organisation_id = $organisation "
        "AND list_contains($norms, r.norm_id) ORDER BY r.norm_id, r.test_id",
        {"organisation": organisation, "norms": norms},
    )
    for row in rows:
        row["needed_nl"], row["needed_en"] = _needed(row)
    return rows


def _needed(row: dict[str, Any]) -> tuple[str, str]:
    about = f" ({', '.join(row['about'])})" if row["about"] else ""
    kind, test_type = row["kind"], row["test_type"]
    if test_type == "attested":
        return "een verklaring 'ja' van de eigenaar", "an attestation 'yes' by the owner"
    if test_type == "audited":
        return "een nieuw oordeel van een derde zonder uitzonderingen", "a new third-party judgement without exceptions"
    if test_type in ("current", "fresh", "recurring") or row["denominator"] is None:
        return f"nieuw bewijs: {kind}{about}", f"new evidence: {kind}{about}"
    good, total = row["numerator"] or 0, row["denominator"] or 0
    if test_type == "none_open":
        return f"{number(good)} te lang openstaande gevallen sluiten", f"close {number(good, 'en')} cases open too long"
    if test_type in ("ratio", "within"):
        target = row["pass_at"] if row["pass_at"] is not None else (1.0 if row["direction"] == "higher" else 0.0)
        if total < row["min_population"]:
            return (
                f"gegevens over minstens {row['min_population']} gevallen",
                f"data on at least {row['min_population']} cases",
            )
        short = (
            ceil(target * total - good - 1e-9) if row["direction"] == "higher" else ceil(good - target * total - 1e-9)
        )
        return f"nog {short} van {number(total)} in orde brengen", f"mend {short} more of {number(total, 'en')}"
    if test_type == "metric":
        return (
            f"een meting van {number(row['pass_at'])} of beter",
            f"a measurement of {number(row['pass_at'], 'en')} or better",
        )
    return f"nieuw bewijs: {kind}{about}", f"new evidence: {kind}{about}"
