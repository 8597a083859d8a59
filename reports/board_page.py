"""The board page: one sheet of A4 for administrators. The ten principles with status and trend, the three largest risks,
and what is asked of them. Made with Typst; symbols are drawn, so that status is never colour alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.language import pick
from models.wording import counted, number, word
from reports import governance, statements
from reports.governance import shortened
from reports.provenance import Provenance, day, provenance
from reports.typesetting import write_pdf
from warehouse.reading.read import Published
from warehouse.reading.shapes import FinishedRun, Risk

NAME = "board"
TITLE_NL = "Bestuurspagina: de 10 principes, de grootste risico's en wat wij u vragen, op één bladzijde"
TITLE_EN = "Board page: the 10 principles, the largest risks and what is asked of you, on one page"

RISKS_SHOWN = 3
_TRENDS = {
    "up": ("beter", "better"),
    "down": ("slechter", "worse"),
    "same": ("gelijk", "the same"),
    "stricter": ("strenger gemeten", "measured more strictly"),
    "remeasured": ("anders gemeten", "measured differently"),
    None: ("nog geen vergelijking", "nothing to compare with yet"),
}


def build(published: Published, organisation: str, target: Path, *, lang: str = "nl", **options: Any) -> list[Path]:
    """Write `bestuurspagina.pdf`, one page."""
    path = target / pick(lang, "bestuurspagina.pdf", "board-page-en.pdf")
    write_pdf("board_page.typ", content(published.speaking(lang), organisation, lang), path)
    return [path]


def content(published: Published, organisation: str, lang: str) -> dict[str, Any]:
    """Everything that stands on the page, as texts short enough for their places; `published` speaks `lang`."""
    origin = provenance(published, organisation)
    own = governance.principles(published, organisation)
    risks = published.risks(organisation)
    asked = governance.asked(published, organisation)
    controls = governance.controls(published, organisation)
    relevant = sum(controls.values()) - controls["niet_van_toepassing"]
    title = pick(lang, "Informatiebeveiliging op één bladzijde", "Information security in one page")
    nothing = pick(lang, "Deze maand niets.", "Nothing this month.")
    compared = governance.compared_run(published)
    return {
        "lang": lang,
        "date": [origin.finished.year, origin.finished.month, origin.finished.day],
        "title": title,
        "organisation": shortened(origin.organisation, 60),
        "as_of": pick(lang, "Peildatum ", "As of ") + day(origin.as_of, lang),
        "summary": _summary([item.status for item in own], controls, relevant, lang),
        "principles_title": pick(lang, "De tien principes", "The ten principles"),
        "compared": _comparison_with(compared, lang),
        "principles": [
            {
                "number": item.number,
                "title": shortened(item.title, 74),
                "status": item.status,
                "word": word(item.status, lang),
                "trend": item.trend or "none",
                "trend_word": pick(lang, *_TRENDS[item.trend]),
                "known": _known(item.score, item.coverage, lang),
                "remark": _remark(item, lang),
            }
            for item in own
        ],
        "risks_title": _risks_title(len(risks), lang),
        "risks_head": pick(
            lang,
            ["Nr", "Risico", "Proces", "Score", "Aanvaardbaar tot", "Besluit"],
            ["No.", "Risk", "Process", "Score", "Accepted up to", "Decision"],
        ),
        "risks": [_risk(row, lang) for row in risks[:RISKS_SHOWN]],
        "risks_more": _more(published, organisation, risks),
        "asked_title": pick(lang, "Wat wij u vragen", "What we ask of you"),
        "asked": [shortened(text, 190) for text in asked] or [nothing],
        "footer": _footer(origin, lang),
    }


def _summary(statuses: list[str], controls: Counter[str], relevant: int, lang: str) -> str:
    green, red, unknown = (statuses.count(colour) for colour in ("groen", "rood", "onbekend"))
    met, unproven = controls["voldoet"], controls["geen_bewijs"]
    proof = pick(lang, f"; van {unproven} hebben we geen bewijs", f"; of {unproven} we have no evidence")
    sentences = [
        pick(
            lang,
            f"Van de {len(statuses)} principes staan er {green} op groen en {red} op rood.",
            f"{green} of {len(statuses)} principles are green and {red} are red.",
        ),
        pick(
            lang,
            f"Van de {relevant} beheersmaatregelen die gelden voldoen er {met} helemaal{proof if unproven else ''}.",
            f"{met} of the {relevant} controls that apply comply fully{proof if unproven else ''}.",
        ),
    ]
    if unknown:
        sentences.append(
            pick(lang, f"Van {unknown} principes weten we te weinig.", f"Of {unknown} principles we know too little.")
        )
    return " ".join(sentences)


def _comparison_with(run: FinishedRun | None, lang: str) -> str:
    if run is None:
        return ""
    return pick(lang, "vergeleken met ", "compared with ") + day(run.as_of, lang)


def _known(score: float | None, coverage: float | None, lang: str) -> str:
    """A score never stands without how much is known."""
    known = f"{pick(lang, 'dekking', 'coverage')} {100 * (coverage or 0):.0f}%"
    return known if score is None else f"score {100 * score:.0f}%, {known}"


def _remark(principle: governance.Principle, lang: str) -> str:
    """The weakest indicator of a principle, or that all of them are green; nothing where there is none."""
    if principle.weakest:
        return pick(lang, "Zwakste punt: ", "Weakest point: ") + shortened(principle.weakest, 76)
    if not principle.indicators:
        return ""
    return pick(lang, "Alle indicatoren staan op groen.", "All indicators are green.")


def _risks_title(number_of_risks: int, lang: str) -> str:
    if number_of_risks < RISKS_SHOWN:
        return pick(lang, "De grootste risico’s", "The largest risks")
    return pick(lang, "De drie grootste risico’s", "The three largest risks")


def _risk(risk: Risk, lang: str) -> list[str]:
    accepted = day(risk.accepted_on, lang)
    decision = (
        pick(lang, f"aanvaard {accepted}", f"accepted {accepted}")
        if risk.accepted
        else pick(lang, "nog geen", "none yet")
    )
    return [
        shortened(risk.record_key, 12),
        shortened(risk.title, 64),
        shortened(risk.process or "–", 26),
        number(risk.residual, lang),
        number(risk.appetite, lang),
        decision,
    ]


def _more(published: Published, organisation: str, risks: Sequence[Risk]) -> str:
    """What stands under the largest risks: how many more there are, and what is not known of them; or why there are none."""
    language = published.language
    if not risks:
        return statements.nothing(
            published, organisation, ["risk"],
            pick(language, "Er staan geen open risico’s in het register.", "There are no open risks in the register."),
            pick(language, "Of er open risico’s zijn", "Whether there are open risks"),
        )  # fmt: skip
    more = len(risks) - RISKS_SHOWN
    unrated = sum(risk.unrated for risk in risks)
    sentences = []
    if more > 0:
        dutch, english = (
            counted(more, "open risico", "open risico’s"),
            counted(more, "more open risk", "more open risks"),
        )
        sentences.append(pick(language, f"En nog {dutch}.", f"And {english}."))
    if unrated:
        sentences.append(
            pick(
                language,
                f"Van {counted(unrated, 'risico', 'risico’s')} is de score niet bekend; die kan groter zijn.",
                f"Of {counted(unrated, 'risk', 'risks')} the score is not known; it may be larger.",
            )
        )
    return " ".join(filter(None, [*sentences, statements.caveat(published, organisation, "risk")]))


def _footer(origin: Provenance, lang: str) -> str:
    share = f"{100 * origin.coverage:.0f}%"
    made = pick(
        lang,
        f"Gemaakt uit run {origin.run_no} ({origin.run_id}), klaar op {day(origin.finished, lang)}.",
        f"Made from run {origin.run_no} ({origin.run_id}), finished {day(origin.finished, lang)}.",
    )
    if not origin.sources:
        return f"{made} " + pick(
            lang, "Er is geen enkele bron ingesteld: er is niets gelezen.", "No source is set up: nothing was read."
        )
    failing = shortened(", ".join(title for title, _, _ in origin.uncertain), 80)
    complete = origin.sources - len(origin.uncertain)
    if failing:
        failing = pick(lang, f" (niet: {failing})", f" (not: {failing})")
    return f"{made} " + pick(
        lang,
        f"{complete} van de {origin.sources} bronnen volledig{failing}; {share} van de toetsen had bewijs; "
        f"{origin.rejected} van de {origin.records} regels zijn afgekeurd.",
        f"{complete} of {origin.sources} sources complete{failing}; {share} of the tests had evidence; "
        f"{origin.rejected} of {origin.records} rows were rejected.",
    )
