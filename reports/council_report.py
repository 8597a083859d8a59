"""The report to the council, in plain language with charts: what was promised, how it stands, what is being done. As docx,
to be edited, and as PDF, to be read. What it says stands in `templates/council_report.<lang>.j2`. It names no persons:
owners are roles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from models.duration import Duration
from models.language import pick
from models.wording import word
from reports import charts, governance, statements
from reports.document import Document, as_docx, as_pdf
from reports.governance import shortened
from reports.prose import document
from reports.provenance import SHORT_MONTHS, Provenance, lines, provenance
from warehouse.reading.expiring import expiring
from warehouse.reading.read import Published
from warehouse.reading.shapes import PresentControl

NAME = "council"
TITLE_NL = "Verslag aan de raad over informatiebeveiliging, met grafieken (Word en pdf)"
TITLE_EN = "Report to the council on information security, with charts (Word and pdf)"

THEMES = ("organisational", "people", "physical", "technological")
SHOWN = ("voldoet", "voldoet_deels", "voldoet_niet", "geen_bewijs")
MOST_LINES = 8
RISKS_SHOWN = 3
SIGNS = {"groen": "●", "oranje": "▲", "rood": "■", "onbekend": "○"}  # as on the board page: the shape differs too


def build(published: Published, organisation: str, target: Path, *, lang: str = "nl", **options: Any) -> list[Path]:
    """Write `raadsverslag.docx` and `raadsverslag.pdf`."""
    report = content(published.speaking(lang), organisation, lang)
    stem = pick(lang, "raadsverslag", "council-report-en")
    as_docx(report, target / f"{stem}.docx")
    as_pdf(report, target / f"{stem}.pdf")
    return [target / f"{stem}.docx", target / f"{stem}.pdf"]


def content(published: Published, organisation: str, lang: str) -> Document:
    """The report; `published` speaks `lang`."""
    origin = provenance(published, organisation)
    principles = governance.principles(published, organisation)
    controls = published.select(PresentControl, organisation)
    risks = published.risks(organisation)
    improvements = published.improvements(organisation)
    bars = _bars(controls, lang)
    months = _months(published, organisation, origin, lang)
    return document(
        "council_report",
        origin,
        lang,
        pictures={
            "controls": charts.stacked_bars(_theme_names(lang), bars),
            "months": charts.columns(months) if months else b"",
        },
        principles=principles,
        principle_counts=_principle_counts(principles, lang),
        compared=any(principle.trend for principle in principles),
        controls=Counter(control.status for control in controls),
        controls_in_words=_bars_in_words(bars, lang),
        risks=risks,
        largest_risks=risks[:RISKS_SHOWN],
        unrated=sum(risk.unrated for risk in risks),
        count=published.improvement_count(organisation),
        first_improvements=improvements[:MOST_LINES],
        more_improvements=len(improvements) - MOST_LINES,
        months_in_words=", ".join(f"{label} {number}" for label, number in months.items()),
        made_from=lines(origin, lang, reasons=False),
        nothing=partial(statements.nothing, published, organisation),
        caveat=partial(statements.caveat, published, organisation),
        shortened=shortened,
        sign=SIGNS.get,
    )


def _principle_counts(principles: Sequence[governance.Principle], lang: str) -> str:
    """How many principles have each colour, in words."""
    counts = Counter(principle.status for principle in principles)
    return ", ".join(f"{counts[colour]} {word(colour, lang)}" for colour in SIGNS if counts[colour])


def _theme_names(lang: str) -> list[str]:
    return [word(theme, lang).capitalize() for theme in THEMES]


def _bars(controls: Sequence[PresentControl], lang: str) -> list[charts.Part]:
    """How many controls of each theme have each status."""
    counts = Counter((control.theme, control.status) for control in controls)
    parts = []
    for status in SHOWN:
        numbers = [counts[theme, status] for theme in THEMES]
        parts.append(charts.Part(word(status, lang), charts.SHADES[status], numbers))
    return parts


def _bars_in_words(bars: Sequence[charts.Part], lang: str) -> str:
    sentences = []
    for place, theme in enumerate(_theme_names(lang)):
        numbers = [f"{part.numbers[place]} {part.word}" for part in bars if part.numbers[place]]
        sentences.append(f"{theme}: {', '.join(numbers)}")
    return "; ".join(sentences)


def _months(published: Published, organisation: str, origin: Provenance, lang: str) -> dict[str, int]:
    """Of how many norms proof expires, by month of the coming year; nothing while there is no proof."""
    if not origin.tests_known:
        return {}
    norms: dict[tuple[int, int], set[str]] = {}
    for step in range(12):
        year, month = divmod(origin.as_of.year * 12 + origin.as_of.month - 1 + step, 12)
        norms[year, month + 1] = set()
    for test in expiring(published, organisation, origin.as_of, Duration.parse("P1Y")):
        month_of_expiry = (test.expires_on.year, test.expires_on.month)
        if month_of_expiry in norms:
            norms[month_of_expiry].add(test.norm_id)
    names = SHORT_MONTHS[lang]
    return {
        f"{names[month - 1]} ’{year % 100:02d}": len(expiring_norms) for (year, month), expiring_norms in norms.items()
    }
