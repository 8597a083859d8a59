"""The board page: one sheet of A4 for administrators. The ten principles with status and trend, the three largest risks,
and what is asked of them. Made with Typst; symbols are drawn, so that status is never colour alone. Its texts stand in
`templates/board_page.<lang>.j2`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from models.language import pick
from models.wording import number, word
from reports import governance, statements
from reports.governance import shortened
from reports.prose import Phrases
from reports.provenance import provenance
from reports.typesetting import write_pdf
from warehouse.reading.read import Published
from warehouse.reading.shapes import Risk

NAME = "board"
TITLE_NL = "Bestuurspagina: de 10 principes, de grootste risico's en wat wij u vragen, op één bladzijde"
TITLE_EN = "Board page: the 10 principles, the largest risks and what is asked of you, on one page"

RISKS_SHOWN = 3


def build(published: Published, organisation: str, target: Path, *, lang: str = "nl", **options: Any) -> list[Path]:
    """Write `bestuurspagina.pdf`, one page."""
    path = target / pick(lang, "bestuurspagina.pdf", "board-page-en.pdf")
    write_pdf("board_page.typ", content(published.speaking(lang), organisation, lang), path)
    return [path]


def content(published: Published, organisation: str, lang: str) -> dict[str, Any]:
    """Everything that stands on the page, as texts short enough for their places; `published` speaks `lang`."""
    phrases = Phrases("board_page", lang)
    origin = provenance(published, organisation)
    principles = governance.principles(published, organisation)
    colours = Counter(principle.status for principle in principles)
    controls = governance.controls(published, organisation)
    risks = published.risks(organisation)
    requests = governance.asked(published, organisation)
    failing = shortened(", ".join(title for title, _, _ in origin.uncertain), 80)
    return {
        "lang": lang,
        "date": [origin.finished.year, origin.finished.month, origin.finished.day],
        "title": phrases("title"),
        "organisation": shortened(origin.organisation, 60),
        "as_of": phrases("as_of", origin.as_of),
        "summary": phrases("summary", colours, controls),
        "principles_title": phrases("principles_title"),
        "compared": phrases("compared", governance.compared_run(published)),
        "principles": [_principle(principle, phrases, lang) for principle in principles],
        "risks_title": phrases("risks_title", len(risks), RISKS_SHOWN),
        "risks_head": phrases("risk_heads").split("|"),
        "risks": [_risk(risk, phrases, lang) for risk in risks[:RISKS_SHOWN]],
        "risks_more": _under_the_risks(published, organisation, risks, phrases),
        "asked_title": phrases("asked_title"),
        "asked": [shortened(request, 190) for request in requests] or [phrases("nothing_asked")],
        "footer": phrases("footer", origin, failing),
    }


def _principle(principle: governance.Principle, phrases: Phrases, lang: str) -> dict[str, Any]:
    return {
        "number": principle.number,
        "title": shortened(principle.title, 74),
        "status": principle.status,
        "word": word(principle.status, lang),
        "trend": principle.trend or "none",
        "trend_word": phrases("trend", principle.trend),
        "known": phrases("known", principle),
        "remark": phrases("remark", principle, shortened(principle.weakest, 76)),
    }


def _risk(risk: Risk, phrases: Phrases, lang: str) -> list[str]:
    return [
        shortened(risk.record_key, 12),
        shortened(risk.title, 64),
        shortened(risk.process or "–", 26),
        number(risk.residual, lang),
        number(risk.appetite, lang),
        phrases("decision", risk),
    ]


def _under_the_risks(published: Published, organisation: str, risks: Sequence[Risk], phrases: Phrases) -> str:
    return phrases(
        "under_the_risks",
        risks,
        more=len(risks) - RISKS_SHOWN,
        unrated=sum(risk.unrated for risk in risks),
        nothing=partial(statements.nothing, published, organisation),
        caveat=partial(statements.caveat, published, organisation),
    )
