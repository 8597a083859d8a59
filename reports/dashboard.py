"""The dashboard: one HTML file with everything in it, no server, no outside address. What it shows is collected by
`dashboard_data`; its looks and behaviour are `templates/dashboard.*`."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from models.wording import WORDS, word
from reports.dashboard_data import collect
from warehouse.read import Published

NAME = "dashboard"
TITLE_NL = "Dashboard: alles op één pagina, van principe tot bewijs"
TITLE_EN = "Dashboard: everything on one page, from principle to evidence"

SYMBOLS = {
    "groen": "✓", "voldoet": "✓", "pass": "✓", "oranje": "~", "voldoet_deels": "~", "partial": "~", "rood": "✕",
    "voldoet_niet": "✕", "fail": "✕", "onbekend": "?", "geen_bewijs": "?", "no_evidence": "?", "niet_van_toepassing": "–",
}  # fmt: skip
_TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Informatiebeveiliging", "Information security"),
    "skip": ("Naar de inhoud", "Skip to content"),
    "contents": ("Inhoud", "Contents"),
    "as_of": ("peildatum", "as of"),
    "dark": ("Donkere weergave", "Dark view"),
    "principles": ("Tien principes", "Ten principles"),
    "controls": ("Beheersmaatregelen", "Controls"),
    "calendar": ("Wat wanneer verloopt", "What expires when"),
    "calendar_intro": (
        "Dit wordt slechter als er niets nieuws komt. De maanden zijn open te klappen.",
        "This gets worse if nothing new arrives. Unfold a month to see it.",
    ),
    "trend": ("Verloop over de runs", "Trend over the runs"),
    "trend_caption": (
        "Aantal beheersmaatregelen en principes per status",
        "Number of controls and principles by status",
    ),
    "sources": ("Bronnen en kwaliteit van de gegevens", "Sources and data quality"),
    "sources_caption": ("Elke bron met haar laatste uitkomst", "Every source with its last outcome"),
    "quality": ("Waar dit op rust", "What this rests on"),
    "tests_known": ("toetsen met bewijs", "tests with evidence"),
    "of": ("van", "of"),
    "n_sources": ("bronnen", "sources"),
    "n_records": ("bewijsregels", "records"),
    "n_rejected": ("afgekeurd", "rejected"),
    "uncertain": (
        "Let op, deze bronnen leverden niet zoals verwacht",
        "Note: these sources did not deliver as expected",
    ),
    "score": ("score", "score"),
    "known": ("bekend", "known"),
    "up": ("beter dan de vorige run", "better than the run before"),
    "down": ("slechter dan de vorige run", "worse than the run before"),
    "same": ("gelijk aan de vorige run", "same as the run before"),
    "search": ("Zoeken en filteren", "Search and filter"),
    "text": ("Zoek op nummer of woord", "Search number or word"),
    "status": ("Status", "Status"),
    "owner": ("Eigenaar", "Owner"),
    "all": ("alle", "all"),
    "reset": ("Wis filters", "Clear filters"),
    "found": ("beheersmaatregelen en normen getoond", "controls and norms shown"),
    "day": ("Dag", "Day"),
    "norm": ("Norm", "Norm"),
    "test": ("Toets", "Test"),
    "evidence": ("Bewijs", "Evidence"),
    "nothing": ("Niets.", "Nothing."),
    "outcome": ("Uitkomst", "Outcome"),
    "source": ("Bron", "Source"),
    "success": ("Laatst gelukt", "Last success"),
    "fresh": ("Vers tot en met", "Fresh until"),
    "rejected": ("Afgekeurde regels", "Rejected rows"),
    "expected": ("Verwacht", "Expected"),
    "column": ("Kolom", "Column"),
    "number": ("Aantal", "Number"),
    "place": ("Vindplaats", "Place"),
    "version": ("versie", "version"),
    "catalogue": ("regels", "rules"),
    "close": ("Sluiten", "Close"),
    "sheet": ("blad", "sheet"),
    "row": ("rij", "row"),
    "basis": ("grondslag", "basis"),
    "expires": ("wordt slechter op", "gets worse on"),
    "excepted": ("Uitgezonderd tot en met", "Excepted until"),
    "applicability": ("Toepasselijkheid", "Applicability"),
    "measured_by": ("maatstaf", "measured by"),
    "override": ("Eigen drempel", "Own threshold"),
    "official": ("Officiële tekst", "Official text"),
    "improvement": ("Verbetering", "Improvement"),
    "key": ("sleutelindicator", "key indicator"),
}


def build(published: Published, organisation: str, target: Path, *, lang: str = "nl", **options: Any) -> list[Path]:
    """Write `dashboard.html` (or `dashboard-en.html`)."""
    from jinja2 import Environment
    from markupsafe import Markup

    data = collect(published, organisation, lang)
    texts = {name: pair[1 if lang == "en" else 0] for name, pair in _TEXTS.items()}
    words = {code: word(code, lang) for code in WORDS}
    page = Environment(autoescape=True, trim_blocks=True).from_string(_file("dashboard.html.j2")).render(
        data=data, t=texts, words=words, symbols=SYMBOLS,
        css=Markup(_file("dashboard.css")), js=Markup(_file("dashboard.js")),  # noqa: S704 - files of our own
        json=Markup(embedded(data | {"t": texts, "words": words, "symbols": SYMBOLS})),  # noqa: S704 - escaped there
    )  # fmt: skip
    path = target / f"dashboard{'-en' if lang == 'en' else ''}.html"
    path.write_text(page, "utf-8")
    return [path]


def embedded(content: Any) -> str:
    """JSON that can stand in a page: no character of it can end the element or open another."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=str)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _file(name: str) -> str:
    return resources.files("reports").joinpath("templates", name).read_text("utf-8")
