"""The board page: one sheet of A4 for administrators. The ten principles with status and trend, the three largest risks,
and what is asked of them. Made with Typst; symbols are drawn, so that status is never colour alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.wording import counted, number, word
from reports import governance
from reports.governance import shortened
from reports.provenance import Provenance, day, provenance
from reports.typesetting import write_pdf
from warehouse.read import Published, Row

NAME = "board"
TITLE_NL = "Bestuurspagina: de 10 principes, de grootste risico's en wat wij u vragen, op één bladzijde"
TITLE_EN = "Board page: the 10 principles, the largest risks and what is asked of you, on one page"

RISKS_SHOWN = 3
_TRENDS = {
    "up": ("beter", "better"),
    "down": ("slechter", "worse"),
    "same": ("gelijk", "the same"),
    None: ("nog geen vergelijking", "nothing to compare with yet"),
}


def build(published: Published, organisation: str, target: Path, *, lang: str = "nl", **options: Any) -> list[Path]:
    """Write `bestuurspagina.pdf`, one page."""
    path = target / ("board-page-en.pdf" if lang == "en" else "bestuurspagina.pdf")
    write_pdf("board_page.typ", content(published, organisation, lang), path)
    return [path]


def content(published: Published, organisation: str, lang: str) -> dict[str, Any]:
    """Everything that stands on the page, as texts short enough for their places."""
    origin, english = provenance(published, organisation), lang == "en"
    own = governance.principles(published, organisation, lang)
    risks = governance.risks(published, organisation)
    asked = governance.asked(published, organisation, origin.as_of, lang)
    controls = governance.controls(published, organisation)
    relevant = sum(controls.values()) - controls["niet_van_toepassing"]
    title = "Information security in one page" if english else "Informatiebeveiliging op één bladzijde"
    nothing = "Nothing this month." if english else "Deze maand niets."
    no_risks = "There are no open risks in the register." if english else "Er staan geen open risico’s in het register."
    compared = governance.compared_run(published)
    return {
        "lang": lang,
        "date": [origin.finished.year, origin.finished.month, origin.finished.day],
        "title": title,
        "organisation": shortened(origin.organisation, 60),
        "as_of": ("As of " if english else "Peildatum ") + day(origin.as_of, lang),
        "summary": _summary([item.status for item in own], controls["voldoet"], relevant, english),
        "principles_title": "The ten principles" if english else "De tien principes",
        "compared": _compared(compared, lang),
        "principles": [
            {
                "number": item.number,
                "title": shortened(item.title, 74),
                "status": item.status,
                "word": word(item.status, lang),
                "trend": item.trend or "none",
                "trend_word": _TRENDS[item.trend][english],
                "known": _known(item.score, item.coverage, english),
                "weakest": shortened(item.weakest, 76),
            }
            for item in own
        ],
        "weakest_label": "Weakest point: " if english else "Zwakste punt: ",
        "all_good": "All indicators are green." if english else "Alle indicatoren staan op groen.",
        "risks_title": "The three largest risks" if english else "De drie grootste risico’s",
        "risks_head": (
            ["No.", "Risk", "Process", "Score", "Accepted up to", "Decision"]
            if english
            else ["Nr", "Risico", "Proces", "Score", "Aanvaardbaar tot", "Besluit"]
        ),
        "risks": [_risk(row, lang) for row in risks[:RISKS_SHOWN]],
        "risks_more": _more(len(risks) - RISKS_SHOWN, english) if risks else no_risks,
        "asked_title": "What we ask of you" if english else "Wat wij u vragen",
        "asked": [shortened(text, 190) for text in asked] or [nothing],
        "footer": _footer(origin, lang),
    }


def _summary(statuses: list[str], met: int, relevant: int, english: bool) -> str:
    green, red, unknown = (statuses.count(colour) for colour in ("groen", "rood", "onbekend"))
    if english:
        text = f"{green} of {len(statuses)} principles are green and {red} are red. "
        text += f"{met} of the {relevant} controls that apply comply fully."
        return text + (f" Of {unknown} principles we know too little." if unknown else "")
    text = f"Van de {len(statuses)} principes staan er {green} op groen en {red} op rood. "
    text += f"Van de {relevant} beheersmaatregelen die gelden voldoen er {met} helemaal."
    return text + (f" Van {unknown} principes weten we te weinig." if unknown else "")


def _compared(run: Row | None, lang: str) -> str:
    if run is None:
        return ""
    return ("compared with " if lang == "en" else "vergeleken met ") + day(run["as_of"], lang)


def _known(score: float | None, coverage: float | None, english: bool) -> str:
    """A score never stands without how much is known."""
    told = f"{'coverage' if english else 'dekking'} {100 * (coverage or 0):.0f}%"
    return told if score is None else f"score {100 * score:.0f}%, {told}"


def _risk(row: Row, lang: str) -> list[str]:
    accepted = day(row["accepted_on"], lang)
    if lang == "en":
        decision = f"accepted {accepted}" if accepted else "none yet"
    else:
        decision = f"aanvaard {accepted}" if accepted else "nog geen"
    return [
        shortened(row["record_key"], 12),
        shortened(row["title"] or row["record_key"], 64),
        shortened(row["process"] or "–", 26),
        number(row["residual"], lang),
        number(row["appetite"], lang),
        decision,
    ]


def _more(number_left: int, english: bool) -> str:
    if number_left <= 0:
        return ""
    return (
        f"And {counted(number_left, 'more open risk', 'more open risks')}."
        if english
        else f"En nog {counted(number_left, 'open risico', 'open risico’s')}."
    )


def _footer(origin: Provenance, lang: str) -> str:
    share = f"{100 * origin.coverage:.0f}%"
    failing = shortened(", ".join(title for title, _, _ in origin.uncertain), 80)
    if lang == "en":
        quality = f"{origin.sources - len(origin.uncertain)} of {origin.sources} sources complete"
        quality += f" (not: {failing})" if failing else ""
        return (
            f"Made from run {origin.run_no} ({origin.run_id}), finished {day(origin.finished, lang)}. {quality}; "
            f"{share} of the tests had evidence; {origin.rejected} of {origin.records} rows were rejected."
        )
    quality = f"{origin.sources - len(origin.uncertain)} van de {origin.sources} bronnen volledig"
    quality += f" (niet: {failing})" if failing else ""
    return (
        f"Gemaakt uit run {origin.run_no} ({origin.run_id}), klaar op {day(origin.finished, lang)}. {quality}; "
        f"{share} van de toetsen had bewijs; {origin.rejected} van de {origin.records} regels zijn afgekeurd."
    )
