"""The statement of applicability (VvT): every control with whether it applies, why, its status and who decided, and the
exceptions as an annex. An n/a that does not count is shown with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from models.language import pick
from models.wording import word
from reports import statements
from reports.provenance import provenance
from reports.workbook import Column, open_book
from warehouse.reading.explain import place
from warehouse.reading.read import Published
from warehouse.reading.shapes import ApplicabilityStatement, NormException, PresentControl, PresentNorm

NAME = "vvt"
TITLE_NL = "Verklaring van toepasselijkheid, met de uitzonderingen als bijlage"
TITLE_EN = "Statement of applicability, with the exceptions as an annex"

_NORMS = (
    ("Nr", "No.", 10, "text"), ("Titel", "Title", 46, "wrap"), ("Van toepassing", "Applies", 12, "text"),
    ("Waarom", "Why", 44, "wrap"), ("Status", "Status", 14, "status"), ("Grondslag", "Basis", 18, "text"),
    ("Besluit van", "Decided by", 22, "wrap"), ("Besluit op", "Decided on", 12, "date"),
    ("Risicoanalyse", "Risk analysis", 16, "text"), ("Geldig tot en met", "Valid until", 12, "date"),
    ("Let op", "Note", 34, "wrap"), ("Vindplaats", "Place", 40, "wrap"),
)  # fmt: skip
_EXCEPTIONS = (
    ("Nr", "No.", 10, "text"), ("Titel", "Title", 40, "wrap"), ("Reden", "Reason", 50, "wrap"),
    ("Risicoanalyse", "Risk analysis", 16, "text"), ("Besluit van", "Decided by", 22, "wrap"),
    ("Besluit op", "Decided on", 12, "date"), ("Geldig tot en met", "Valid until", 12, "date"),
    ("Telt mee", "Counts", 22, "wrap"), ("Vindplaats", "Place", 40, "wrap"),
)  # fmt: skip


def build(published: Published, organisation: str, target: Path, *, lang: str = "nl", **options: Any) -> list[Path]:
    """Write `verklaring-van-toepasselijkheid.xlsx`: the controls, their measures, and the exceptions."""
    published = published.speaking(lang)
    origin = provenance(published, organisation)
    path = target / pick(lang, "verklaring-van-toepasselijkheid.xlsx", "statement-of-applicability-en.xlsx")
    decisions = _decisions(published, organisation)
    controls = published.select(PresentControl, organisation, level="control")
    measures = published.select(PresentNorm, organisation, level="measure")
    absent = sum(1 for control in controls if control.status == "niet_van_toepassing")
    summary: list[tuple[str, Any]] = [
        (pick(lang, "Beheersmaatregelen", "Controls"), len(controls)),
        (pick(lang, "Niet van toepassing, en zo meegeteld", "Not applicable, and counted as such"), absent),
    ]
    if unknown := statements.unknown(published, organisation, "applicability", "exception"):
        summary.append((pick(lang, "Niet volledig", "Not complete"), unknown))
    with open_book(path, origin, lang) as book:
        book.front(
            pick(lang, TITLE_NL, TITLE_EN),
            pick(
                lang,
                "Elke beheersmaatregel is van toepassing, tenzij een besluit met een verwijzing naar een risicoanalyse anders "
                "zegt.",
                "Every control applies unless a decision that refers to a risk analysis says otherwise.",
            ),
            [(pick(lang, "Samenvatting", "Summary"), summary)],
        )
        norms: Sequence[PresentControl | PresentNorm]
        for title, norms in (
            (pick(lang, "Beheersmaatregelen", "Controls"), controls),
            (pick(lang, "Maatregelen", "Measures"), measures),
        ):
            book.table(
                title, _titled_columns(_NORMS, lang), [_decision_row(norm, decisions, lang) for norm in norms], freeze=2
            )
        exceptions = published.select(NormException, organisation)
        book.table(
            pick(lang, "Uitzonderingen", "Exceptions"),
            _titled_columns(_EXCEPTIONS, lang),
            [_exception(item, origin.as_of, lang) for item in exceptions],
            freeze=2,
        )
    return [path]


def _titled_columns(columns: Sequence[tuple[str, str, float, str]], lang: str) -> list[Column]:
    return [Column(pick(lang, nl, en), width, form) for nl, en, width, form in columns]


def _decisions(published: Published, organisation: str) -> dict[tuple[str, str], ApplicabilityStatement]:
    """The newest statement about each norm, under its present number."""
    return {
        (statement.to_framework_id, statement.to_norm_id): statement
        for statement in published.select(ApplicabilityStatement, organisation)
        if statement.to_framework_id and statement.to_norm_id
    }


def _decision_row(
    norm: PresentControl | PresentNorm, decisions: Mapping[tuple[str, str], ApplicabilityStatement], lang: str
) -> list[Any]:
    decision = decisions.get((norm.framework_id, norm.norm_id)) or decisions.get((norm.framework_id, norm.parent or ""))
    applies = norm.status != "niet_van_toepassing"
    note = None
    if applies and decision is not None and not decision.applies:
        why = word(norm.applicability_note, lang)
        note = pick(lang, "‘Niet van toepassing’ telt niet mee", "'Not applicable' does not count")
        note += f": {why}" if why else ""
    answer = pick(lang, "Ja", "Yes") if applies else pick(lang, "Nee", "No")
    reason = decision.reason if decision else None
    cells: list[Any] = [norm.norm_id, norm.title, answer, reason, norm.status, word(norm.basis, lang)]
    if decision is None:
        return [*cells, None, None, None, None, note, None]
    return [
        *cells,
        decision.approved_by,
        decision.approved_on,
        decision.risk_analysis,
        decision.valid_until,
        note,
        place(decision.locator),
    ]


def _exception(item: NormException, as_of: date, lang: str) -> list[Any]:
    no = pick(lang, "nee", "no")
    if item.approved_by is None or item.approved_on is None or item.approved_on > as_of:
        counts = f"{no}: {word('not_approved', lang)}"
    elif item.valid_until is None or item.valid_until < as_of:
        counts = f"{no}: {word('expired', lang)}"
    else:
        counts = pick(lang, "ja", "yes")
    return [
        item.norm_id,
        item.title,
        item.reason,
        item.risk_analysis,
        item.approved_by,
        item.approved_on,
        item.valid_until,
        counts,
        place(item.locator),
    ]
