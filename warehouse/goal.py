"""What it would take: per test of a norm that does not pass, what has to come or be settled for it to pass.

The answers follow from the numbers of the test alone; whether it is feasible is for people to say.
"""

from __future__ import annotations

from math import ceil
from typing import Any

from models.kind import kinds, vocabularies
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
    test_type = row["test_type"]
    if test_type == "attested":
        return "een verklaring 'ja' van de eigenaar", "an attestation 'yes' by the owner"
    if test_type == "audited":
        return "een nieuw oordeel van een derde zonder uitzonderingen", "a new third-party judgement without exceptions"
    if row["denominator"] is None and test_type != "metric":
        return _new_evidence(row)
    match test_type:
        case "none_open":
            late = row["numerator"] or 0
            return (
                f"{number(late)} te lang openstaande gevallen sluiten",
                f"close {number(late, 'en')} cases open too long",
            )
        case "recurring":
            return _missing_periods(row)
        case "ratio":
            return _more_good(row)
        case "within":
            return _more_in_time(row)
        case "metric":
            worse = row["direction"] == "lower"
            return (
                f"een meting van {number(row['pass_at'])} of {'lager' if worse else 'hoger'}",
                f"a measurement of {number(row['pass_at'], 'en')} or {'lower' if worse else 'higher'}",
            )
    return _new_evidence(row)


def _new_evidence(row: dict[str, Any]) -> tuple[str, str]:
    """The kind of evidence that is asked, in the words of its labels."""
    kind = kinds()[row["kind"]]
    column = next((column for column in kind.columns if column.name == kind.discriminator), None)
    terms = vocabularies()[column.vocabulary].terms if column and column.vocabulary else {}
    labels = [(terms[code].nl, terms[code].en) if code in terms else (code, code) for code in row["about"] or []]
    dutch, english = (", ".join(pair[lang] for pair in labels) for lang in (0, 1))
    return (
        f"nieuw bewijs: {kind.nl.lower()}" + (f" ({dutch})" if dutch else ""),
        f"new evidence: {kind.en.lower()}" + (f" ({english})" if english else ""),
    )


def _missing_periods(row: dict[str, Any]) -> tuple[str, str]:
    """A period that has passed stays empty until it leaves the window, unless evidence of it turns up."""
    missing = int((row["denominator"] or 0) - (row["numerator"] or 0))
    return (
        f"bewijs uit {missing} perioden die nu leeg zijn, of wachten tot die buiten het venster vallen",
        f"evidence from {missing} periods that are empty now, or waiting until they leave the window",
    )


def _more_good(row: dict[str, Any]) -> tuple[str, str]:
    good, total = row["numerator"] or 0, row["denominator"] or 0
    if total < row["min_population"]:
        least = row["min_population"]
        return f"gegevens over minstens {least} gevallen", f"data on at least {least} cases"
    lower = row["direction"] == "lower"
    target = row["pass_at"] if row["pass_at"] is not None else (0.0 if lower else 1.0)
    short = ceil(good - target * total - 1e-9) if lower else ceil(target * total - good - 1e-9)
    return f"nog {short} van {number(total)} in orde brengen", f"mend {short} more of {number(total, 'en')}"


def _more_in_time(row: dict[str, Any]) -> tuple[str, str]:
    """What came too late stays late while it is in the window: only new cases, settled in time, raise the share."""
    good, total = row["numerator"] or 0, row["denominator"] or 0
    if total == 0:
        return _new_evidence(row)
    target = row["pass_at"] if row["pass_at"] is not None else 1.0
    if target >= 1:
        late = number(total - good)
        return (
            f"geen nieuwe te late gevallen, en wachten tot de {late} van nu buiten het venster vallen",
            f"no new late cases, and waiting until the present {number(total - good, 'en')} leave the window",
        )
    more = ceil((target * total - good) / (1 - target) - 1e-9)
    return f"nog {more} nieuwe gevallen op tijd afhandelen", f"settle {more} more new cases in time"
