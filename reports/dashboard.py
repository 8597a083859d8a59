"""The dashboard: one HTML file with everything in it, no server, no outside address. What it shows is collected by
`dashboard_data`; its looks and behaviour are `templates/dashboard.*`."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from importlib import resources
from pathlib import Path
from typing import Any

from models.language import pick
from models.wording import WORDS, word
from reports.dashboard_data import collect
from warehouse.reading.read import Published

NAME = "dashboard"
TITLE_NL = "Dashboard: alles op één pagina, van principe tot bewijs"
TITLE_EN = "Dashboard: everything on one page, from principle to evidence"

SYMBOLS = {
    "groen": "✓", "voldoet": "✓", "pass": "✓", "oranje": "~", "voldoet_deels": "~", "partial": "~", "rood": "✕",
    "voldoet_niet": "✕", "fail": "✕", "onbekend": "?", "geen_bewijs": "?", "no_evidence": "?", "niet_van_toepassing": "–",
    "not_occurred": "–", "geen_gevallen": "–",
}  # fmt: skip
_ARROWS = {"up": "▲", "down": "▼", "same": "=", "stricter": "≠", "remeasured": "≠"}
_EMBEDDED = ("norms", "principles", "months", "evidence")  # what the page draws itself when it is asked for
_TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Informatiebeveiliging", "Information security"),
    "skip": ("Naar de inhoud", "Skip to content"),
    "contents": ("Inhoud", "Contents"),
    "as_of": ("beoordeeld per", "as of"),
    "dark": ("Donkere weergave", "Dark view"),
    "noscript": (
        "Zet JavaScript aan om te zoeken en door te klikken naar het bewijs. De pagina haalt niets op van buiten.",
        "Turn on JavaScript to search and to walk to the evidence. The page fetches nothing from outside.",
    ),
    "overview": ("In één oogopslag", "At a glance"),
    "principles": ("Tien principes", "Ten principles"),
    "controls": ("Beheersmaatregelen", "Controls"),
    "calendar": ("Wat wanneer verloopt", "What expires when"),
    "calendar_intro": (
        "Per maand: het aantal toetsen dat slechter wordt als er niets nieuws komt. Open een maand om te zien wat en van wie.",
        "Per month: how many tests get worse if nothing new arrives. Open a month to see which, and whose.",
    ),
    "trend": ("Verloop over de runs", "Trend over the runs"),
    "trend_caption": (
        "Aantal beheersmaatregelen en principes per status, de nieuwste run eerst",
        "Number of controls and principles by status, the newest run first",
    ),
    "numbers": ("De cijfers per run", "The numbers of each run"),
    "changes": ("Veranderd sinds de vorige run", "Changed since the run before"),
    "became": ("werd", "became"),
    "nothing_changed": ("Geen enkele status is veranderd.", "No status has changed."),
    "no_run_since": (
        "Geen run sinds {}: wat hier staat kan veranderd zijn. De beheerder ziet met ‘ensia doctor’ waardoor.",
        "No run since {}: what stands here may have changed. The administrator sees why with ‘ensia doctor’.",
    ),
    "first_run": (
        "Dit is de eerste run. Vanaf de tweede staat hier hoe het zich ontwikkelt.",
        "This is the first run. From the second on, this shows how things develop.",
    ),
    "sources": ("Bronnen en kwaliteit van de gegevens", "Sources and data quality"),
    "sources_caption": ("Elke bron met haar laatste uitkomst", "Every source with its last outcome"),
    "met": ("beheersmaatregelen voldoen", "controls comply"),
    "green": ("principes staan op groen", "principles are green"),
    "soon": ("normen verliezen binnen 30 dagen bewijs", "norms lose evidence within 30 days"),
    "tests_known": ("van de toetsen heeft bewijs", "of the tests have evidence"),
    "tests": ("toetsen met bewijs", "tests with evidence"),
    "of": ("van", "of"),
    "n_sources": ("bronnen volledig gelezen", "sources read completely"),
    "shown": ("Getoond", "Shown"),
    "n_records": ("gevonden regels", "records found"),
    "n_rejected": ("gelezen regels afgekeurd", "records read were rejected"),
    "records": ("Gelezen regels", "Records read"),
    "rejects": ("Afgekeurd", "Rejected"),
    "uncertain": (
        "Let op, deze bronnen leverden niet zoals verwacht",
        "Note: these sources did not deliver as expected",
    ),
    "themes": ("Per onderwerp", "By theme"),
    "theme": ("Onderwerp", "Theme"),
    "all_controls": ("Alle beheersmaatregelen", "All controls"),
    "shares": ("Verhouding", "Shares"),
    "score": ("score", "score"),
    "known": ("dekking", "coverage"),
    "score_note": (
        "De dekking zegt hoeveel er bekend is: een hoge score met een lage dekking zegt weinig.",
        "Coverage says how much is known: a high score with low coverage says little.",
    ),
    "compared": ("Beter en slechter zijn vergeleken met", "Better and worse compare with"),
    "up": ("beter", "better"),
    "down": ("slechter", "worse"),
    "stricter": ("strenger gemeten", "measured more strictly"),
    "remeasured": ("anders gemeten", "measured differently"),
    "same": ("gelijk", "same"),
    "search": ("Zoeken en filteren", "Search and filter"),
    "text": ("Zoek op nummer, woord, bestand of ticket", "Search number, word, file or ticket"),
    "status": ("Status", "Status"),
    "owner": ("Eigenaar", "Owner"),
    "within": ("Verloopt binnen", "Expires within"),
    "days": ("dagen", "days"),
    "all": ("alle", "all"),
    "reset": ("Wis filters", "Clear filters"),
    "filter_note": ("De filters gelden ook voor de kalender.", "The filters apply to the calendar too."),
    "view": ("Weergave", "View"),
    "map": ("Kaart", "Map"),
    "list": ("Lijst", "List"),
    "found": ("beheersmaatregelen en normen getoond", "controls and norms shown"),
    "none_found": ("Niets gevonden. Wis een filter.", "Nothing found. Clear a filter."),
    "day": ("Dag", "Day"),
    "norm": ("Norm", "Norm"),
    "norm_title": ("Titel", "Title"),
    "test": ("Toets", "Test"),
    "evidence": ("Bewijs", "Evidence"),
    "nothing": (
        "In deze maand verloopt niets van het bewijs dat er is.",
        "Nothing of the evidence there is expires in this month.",
    ),
    "nothing_rejected": ("Er is geen regel afgekeurd.", "No record was rejected."),
    "nothing_rejected_of_read": (
        "Van wat is gelezen, is geen regel afgekeurd. Van de bronnen die niet leverden, weten wij dat niet.",
        "Of what was read no record was rejected. Of the sources that did not deliver we do not know.",
    ),
    "no_sources": (
        "Er is geen enkele bron ingesteld. Er is niets gelezen; deze pagina zegt alleen wat wij niet weten. Stel bronnen in "
        "in ensia.yaml.",
        "No source is set up. Nothing was read; this page only tells what we do not know. Set up sources in ensia.yaml.",
    ),
    "sources_set_up": ("bronnen ingesteld", "sources set up"),
    "nothing_read": ("er is niets gelezen", "nothing was read"),
    "no_evidence": (
        "Er is nog geen bewijs gelezen. Daarom weten wij niet wat wanneer verloopt.",
        "No evidence was read yet. Therefore we do not know what expires when.",
    ),
    "unproven": ("zonder bewijs", "without evidence"),
    "outcome": ("Uitkomst", "Outcome"),
    "source": ("Bron", "Source"),
    "success": ("Laatst gelukt", "Last success"),
    "never": ("nog nooit", "never"),
    "fresh": ("Vers tot en met", "Fresh until"),
    "rejected": ("Afgekeurde regels", "Rejected records"),
    "rejected_note": (
        "Deze regels tellen niet mee. Herstel ze in de bron; de volgende run leest ze opnieuw.",
        "These records do not count. Mend them in the source; the next run reads them again.",
    ),
    "expected": ("Verwacht", "Expected"),
    "column": ("Kolom", "Column"),
    "number": ("Aantal", "Number"),
    "place": ("Vindplaats", "Place"),
    "version": ("versie", "version"),
    "catalogue": ("regels", "rules"),
    "close": ("Sluiten", "Close"),
    "back": ("Terug", "Back"),
    "sheet": ("blad", "sheet"),
    "row": ("rij", "row"),
    "basis": ("Grondslag", "Basis"),
    "expires": ("wordt slechter op", "gets worse on"),
    "expires_head": ("Wordt slechter op", "Gets worse on"),
    "excepted": ("Uitgezonderd tot en met", "Excepted until"),
    "applicability": ("Toepasselijkheid", "Applicability"),
    "measured_by": ("maatstaf", "measured by"),
    "override": ("Eigen drempel", "Own threshold"),
    "official": ("Officiële tekst", "Official text"),
    "improvement": ("Verbetering", "Improvement"),
    "questions": ("Vragen van ENSIA", "ENSIA questions"),
    "indicators": ("Indicatoren", "Indicators"),
    "related": ("Beheersmaatregelen die meetellen", "Controls that count"),
    "key": ("sleutelindicator", "key indicator"),
}


def build(published: Published, organisation: str, target: Path, *, lang: str = "nl", **options: Any) -> list[Path]:
    """Write `dashboard.html` (or `dashboard-en.html`)."""
    from jinja2 import Environment
    from markupsafe import Markup

    data = collect(published, organisation, lang)
    texts = {name: pick(lang, *pair) for name, pair in _TEXTS.items()}
    words = {code: word(code, lang) for code in WORDS}
    drawn = {name: data[name] for name in _EMBEDDED} | {"t": texts, "words": words, "symbols": SYMBOLS}
    script = _template_file("dashboard.js")
    template = Environment(autoescape=True, trim_blocks=True).from_string(_template_file("dashboard.html.j2"))
    colours = Counter(principle["status"] for principle in data["principles"])
    page = template.render(
        data=data,
        t=texts,
        words=words,
        symbols=SYMBOLS,
        arrows=_ARROWS,
        green=colours["groen"],
        unknown=colours["onbekend"],
        busiest=max([1, *(len(month["items"]) for month in data["months"])]),
        css=Markup(_template_file("dashboard.css")),  # noqa: S704 - a file of our own
        js=Markup(script),  # noqa: S704 - a file of our own
        js_hash=_script_hash(script),
        json=Markup(embedded(drawn)),  # noqa: S704 - escaped there
    )
    path = target / f"dashboard{pick(lang, '', '-en')}.html"
    path.write_text(page, "utf-8")
    return [path]


def _script_hash(script: str) -> str:
    """The hash by which the page's policy knows its own script, so that no other can run (CSP level 3)."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def embedded(content: Any) -> str:
    """JSON that can stand in a page: no character of it can end the element or open another."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=str)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _template_file(name: str) -> str:
    return resources.files("reports").joinpath("templates", name).read_text("utf-8")
