"""The statement of applicability (VvT): every control with whether it applies, why, its status and who decided, and the
exceptions as an annex. An n/a that does not count is shown with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.language import pick
from models.wording import word
from reports import statements
from reports.provenance import provenance
from reports.workbook import Column, open_book
from warehouse.explain import place
from warehouse.read import Published, Row

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
    origin, english = provenance(published, organisation), lang == "en"
    name = "statement-of-applicability-en" if english else "verklaring-van-toepasselijkheid"
    path = target / f"{name}.xlsx"
    decisions = _statements(published, organisation)
    controls = _norms(published, organisation, "control")
    measures = _norms(published, organisation, "measure")
    absent = sum(1 for row in controls if row["status"] == "niet_van_toepassing")
    summary: list[tuple[str, Any]] = [
        ("Controls" if english else "Beheersmaatregelen", len(controls)),
        ("Not applicable, and counted as such" if english else "Niet van toepassing, en zo meegeteld", absent),
    ]
    if unknown := statements.unknown(published.speaking(lang), organisation, "applicability", "exception"):
        summary.append((pick(lang, "Niet volledig", "Not complete"), unknown))
    with open_book(path, origin, lang) as book:
        book.front(
            TITLE_EN if english else TITLE_NL,
            "Every control applies unless a decision that refers to a risk analysis says otherwise."
            if english
            else "Elke beheersmaatregel is van toepassing, tenzij een besluit met een verwijzing naar een risicoanalyse anders "
            "zegt.",
            [("Summary" if english else "Samenvatting", summary)],
        )
        for title, rows in (
            ("Controls" if english else "Beheersmaatregelen", controls),
            ("Measures" if english else "Maatregelen", measures),
        ):
            book.table(title, _columns(_NORMS, english), [_norm(row, decisions, lang) for row in rows], freeze=2)
        book.table(
            "Exceptions" if english else "Uitzonderingen", _columns(_EXCEPTIONS, english),
            [_exception(row, origin.as_of, lang) for row in _exceptions(published, organisation)], freeze=2,
        )  # fmt: skip
    return [path]


def _columns(columns: Sequence[tuple[str, str, float, str]], english: bool) -> list[Column]:
    return [Column(en if english else nl, width, form) for nl, en, width, form in columns]


def _norms(published: Published, organisation: str, level: str) -> list[Row]:
    """The norms of a level with status and basis, and why a statement about them does not count: that stands with the
    norms that carry tests, of which a control is one when it has no measures."""
    table = "measure_status" if level == "measure" else "control_status"
    return published.rows(
        f"SELECT n.*, m.status, m.basis, own.applicability_note AS note FROM assess.{table} AS m "
        "JOIN catalogue.norm AS n USING (framework_id, norm_id) LEFT JOIN assess.measure_status AS own "
        "ON own.organisation_id = m.organisation_id AND own.framework_id = m.framework_id AND own.norm_id = m.norm_id "
        "AND own.until_run_no IS NULL WHERE m.until_run_no IS NULL AND m.organisation_id = ? AND n.level = ? "
        "ORDER BY n.norm_order",
        [organisation, level],
    )


def _statements(published: Published, organisation: str) -> dict[tuple[str, str], Row]:
    """The newest statement about each norm, under its present number."""
    rows = published.rows(
        "SELECT a.*, x.to_framework_id, x.to_norm_id FROM evidence.applicability AS a JOIN catalogue.alias AS x "
        "ON x.framework_id = a.framework_id AND x.norm_id = lower(a.norm_id) "
        "WHERE a.organisation_id = ? AND a.retired_at IS NULL ORDER BY a.approved_on NULLS FIRST, a.evidence_id",
        [organisation],
    )
    return {(row["to_framework_id"], row["to_norm_id"]): row for row in rows}


def _norm(row: Row, statements: dict[tuple[str, str], Row], lang: str) -> list[Any]:
    english = lang == "en"
    said = statements.get((row["framework_id"], row["norm_id"])) or statements.get(
        (row["framework_id"], row["parent"] or "")
    )
    applies = row["status"] != "niet_van_toepassing"
    note = None
    if applies and said is not None and not said["applies"]:
        why = word(row["note"], lang)
        note = "'Not applicable' does not count" if english else "‘Niet van toepassing’ telt niet mee"
        note += f": {why}" if why else ""
    words = ("Yes", "No") if english else ("Ja", "Nee")
    title = (row["title_en"] if english else "") or row["title_nl"]
    found: list[Any] = [row["norm_id"], title, words[0] if applies else words[1], said["reason"] if said else None,
                        row["status"], word(row["basis"], lang)]  # fmt: skip
    if said is None:
        return [*found, None, None, None, None, note, None]
    return [
        *found, said["approved_by"], said["approved_on"], said["risk_analysis"], said["valid_until"], note,
        place(said["locator"]),
    ]  # fmt: skip


def _exceptions(published: Published, organisation: str) -> list[Row]:
    return published.rows(
        "SELECT e.* REPLACE (coalesce(n.norm_id, e.norm_id) AS norm_id), n.title_nl, n.title_en FROM evidence.exception AS e "
        "LEFT JOIN catalogue.alias AS x ON x.framework_id = e.framework_id AND x.norm_id = lower(e.norm_id) "
        "LEFT JOIN catalogue.norm AS n ON n.framework_id = x.to_framework_id AND n.norm_id = x.to_norm_id "
        "WHERE e.organisation_id = ? AND e.retired_at IS NULL "
        "ORDER BY n.norm_order, e.record_key",
        [organisation],
    )


def _exception(row: Row, as_of: Any, lang: str) -> list[Any]:
    english = lang == "en"
    if row["approved_by"] is None or row["approved_on"] is None or row["approved_on"] > as_of:
        counts = f"{'no' if english else 'nee'}: {word('not_approved', lang)}"
    elif row["valid_until"] is None or row["valid_until"] < as_of:
        counts = f"{'no' if english else 'nee'}: {word('expired', lang)}"
    else:
        counts = "yes" if english else "ja"
    title = (row["title_en"] if english else "") or row["title_nl"]
    return [
        row["norm_id"], title, row["reason"], row["risk_analysis"], row["approved_by"], row["approved_on"],
        row["valid_until"], counts, place(row["locator"]),
    ]  # fmt: skip
