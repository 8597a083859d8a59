"""The report to the council, in plain language with charts: what was promised, how it stands, what is being done. As docx,
to be edited, and as PDF, to be read. It names no persons: owners are roles."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from models.duration import Duration
from models.language import pick
from models.wording import counted, word
from reports import charts, governance, statements
from reports.document import Block, Bullets, Document, Heading, Paragraph, Picture, Table, as_docx, as_pdf
from reports.governance import shortened
from reports.provenance import SHORT_MONTHS, Provenance, day, lines, provenance
from warehouse.reading.expiring import expiring
from warehouse.reading.read import Published
from warehouse.reading.shapes import ImprovementCount, PresentControl

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
    document = content(published.speaking(lang), organisation, lang)
    stem = pick(lang, "raadsverslag", "council-report-en")
    as_docx(document, target / f"{stem}.docx")
    as_pdf(document, target / f"{stem}.pdf")
    return [target / f"{stem}.docx", target / f"{stem}.pdf"]


def content(published: Published, organisation: str, lang: str) -> Document:
    """The report as blocks; `published` speaks `lang`."""
    origin = provenance(published, organisation)
    blocks = [
        *_about(lang),
        *_principles(published, organisation, lang),
        *_controls(published, organisation, lang),
        *_attention(published, organisation, lang),
        *_ahead(published, organisation, origin, lang),
        *_made(origin, lang),
    ]
    title = pick(lang, "Informatiebeveiliging: hoe staan we ervoor?", "Information security: how do we stand?")
    place = pick(lang, "Verslag aan de raad", "Report to the council")
    subtitle = f"{place} – {origin.organisation} – {pick(lang, 'stand op', 'as of')} {day(origin.as_of, lang)}"
    mark = pick(lang, "CONCEPT – nog niet vastgesteld", "DRAFT – not adopted yet")
    return Document(title, subtitle, mark, blocks, origin, lang)


def _about(lang: str) -> list[Block]:
    text = pick(
        lang,
        "Onze organisatie bewaart gegevens van inwoners, bedrijven en medewerkers. Zij moeten erop kunnen vertrouwen dat "
        "wij daar zorgvuldig mee omgaan. De overheid heeft afgesproken wat daarvoor nodig is. In dit verslag leest u hoe "
        "ver wij zijn, wat nog niet goed gaat en wat wij daaraan doen.",
        "Our municipality keeps data about residents, companies and employees. They must be able to trust that we are "
        "careful with it. The government has agreed what is needed for that. In this report the college tells the "
        "council how far we are, what does not go well yet, and what we do about it.",
    )
    return [Heading(pick(lang, "Waarom dit verslag", "Why this report")), Paragraph(text)]


def _principles(published: Published, organisation: str, lang: str) -> list[Block]:
    principles = governance.principles(published, organisation)
    counts = Counter(item.status for item in principles)
    colours = [colour for colour in ("groen", "oranje", "rood", "onbekend") if counts[colour]]
    listed = ", ".join(f"{counts[colour]} {word(colour, lang)}" for colour in colours)
    trend = {
        "up": ("beter", "better"), "down": ("slechter", "worse"), "same": ("gelijk", "same"), None: ("–", "–"),
        "stricter": ("strenger gemeten", "measured more strictly"), "remeasured": ("anders gemeten", "measured differently"),
    }  # fmt: skip
    head = pick(lang, ["Nr", "Principe", "Stand", "Zwakste punt"], ["No.", "Principle", "Status", "Weakest point"])
    rows = [
        [item.number, item.title, f"{SIGNS[item.status]} {word(item.status, lang)}", item.weakest or "–"]
        for item in principles
    ]
    widths = [0.06, 0.39, 0.14, 0.41]
    if any(item.trend for item in principles):
        head.insert(3, "Trend")
        widths = [0.06, 0.37, 0.14, 0.11, 0.32]
        for row, item in zip(rows, principles, strict=True):
            row.insert(3, pick(lang, *trend[item.trend]))
    text = pick(
        lang,
        "Het bestuur stuurt met tien principes. Die gaan over gedrag en besluiten, niet over techniek. Zo staan de tien "
        f"principes ervoor: {listed}.",
        "Administrators steer by ten principles. They are about behaviour and decisions, not about technology. The status "
        f"of the ten principles is: {listed}.",
    )
    title = pick(lang, "Hoe het bestuur stuurt", "How the board steers")
    return [Heading(title), Paragraph(text), Table(head, rows, widths)]


def _controls(published: Published, organisation: str, lang: str) -> list[Block]:
    controls = published.select(PresentControl, organisation)
    counts = Counter(control.status for control in controls)
    by_theme = Counter((control.theme, control.status) for control in controls)
    relevant = len(controls) - counts["niet_van_toepassing"]
    groups = [word(theme, lang).capitalize() for theme in THEMES]
    parts = [
        (word(status, lang), charts.SHADES[status], [by_theme[theme, status] for theme in THEMES]) for status in SHOWN
    ]
    picture = charts.stacked_bars(groups, parts)
    alternative = "; ".join(
        f"{group}: " + ", ".join(f"{numbers[place]} {name}" for name, _, numbers in parts if numbers[place])
        for place, group in enumerate(groups)
    )
    text = pick(
        lang,
        f"Er zijn {len(controls)} afgesproken maatregelen, zoals back-ups maken en nagaan wie waar bij mag. Daarvan gelden er "
        f"{relevant} voor ons. Aan {counts['voldoet']} voldoen wij helemaal en aan {counts['voldoet_deels']} deels; aan "
        f"{counts['voldoet_niet']} voldoen wij niet. Van {counts['geen_bewijs']} hebben wij geen bewijs. Dan zeggen wij "
        "nooit dat het in orde is.",
        f"There are {len(controls)} agreed controls, such as making back-ups and checking who has access. {relevant} of them "
        f"apply to us. Of these, {counts['voldoet']} comply fully and {counts['voldoet_deels']} partly; "
        f"{counts['voldoet_niet']} do not comply. Of {counts['geen_bewijs']} we have no proof, and then we never say that "
        "they are in order.",
    )
    caption = pick(lang, "Maatregelen per onderwerp en stand", "Controls by theme and status")
    if left_out := counts["niet_van_toepassing"]:
        caption += pick(
            lang,
            f"; {counted(left_out, 'maatregel geldt', 'maatregelen gelden')} niet voor ons en staan er niet in",
            f"; {counted(left_out, 'control does', 'controls do')} not apply and are not in it",
        )
    title = pick(lang, "Hoe de maatregelen ervoor staan", "How the controls stand")
    return [Heading(title), Paragraph(text), Picture(picture, f"{caption}. {alternative}.", caption)]


def _attention(published: Published, organisation: str, lang: str) -> list[Block]:
    return [
        Heading(pick(lang, "Wat aandacht vraagt", "What needs attention")),
        *_risks(published, organisation),
        *_improvements(published, organisation),
    ]


def _risks(published: Published, organisation: str) -> list[Block]:
    """The largest risks and what is not known of them; or that there is none, where that is known."""
    language, risks = published.language, published.risks(organisation)
    if not risks:
        statement = statements.nothing(
            published, organisation, ["risk"],
            pick(language, "Er staan geen open risico’s in het register.", "There are no open risks in the register."),
            pick(language, "Of er open risico’s zijn", "Whether there are open risks"),
        )  # fmt: skip
        return [Paragraph(statement)]
    unrated = sum(risk.unrated for risk in risks)
    blocks: list[Block] = [
        Paragraph(_open_risks(len(risks), unrated, language)),
        Bullets(
            [f"{shortened(risk.title, 90)} ({shortened(risk.process or '–', 40)})" for risk in risks[:RISKS_SHOWN]]
        ),
    ]
    if caveat := statements.caveat(published, organisation, "risk"):
        blocks.append(Paragraph(caveat))
    return blocks


def _open_risks(number: int, unrated: int, lang: str) -> str:
    sentences = [
        pick(
            lang,
            f"Er {'is' if number == 1 else 'zijn'} {counted(number, 'open risico', 'open risico’s')}.",
            f"There {'is' if number == 1 else 'are'} {counted(number, 'open risk', 'open risks')}.",
        )
    ]
    if number > RISKS_SHOWN:
        sentences.append(pick(lang, f"Dit zijn de {RISKS_SHOWN} grootste.", f"These are the {RISKS_SHOWN} largest."))
    if unrated:
        sentences.append(
            pick(
                lang,
                f"Van {unrated} is nog niet vastgesteld hoe groot het is; die kunnen groter zijn.",
                f"Of {unrated} it is not settled how large they are; those may be larger.",
            )
        )
    sentences.append(
        pick(
            lang,
            "Soms kunnen of willen wij aan een risico niet meer doen. Dan neemt het bestuur daar een uitdrukkelijk besluit over.",
            "Sometimes we cannot or do not want to do more about a risk. The board then decides on that explicitly.",
        )
    )
    return " ".join(sentences)


def _improvements(published: Published, organisation: str) -> list[Block]:
    """What we work on, soonest first; or that nothing is planned, where that is known."""
    language, count = published.language, published.improvement_count(organisation)
    if not count.to_do:
        statement = statements.nothing(
            published, organisation, ["improvement"],
            pick(language, "Er zijn geen verbeteringen gepland.", "No improvements are planned."),
            pick(language, "Of er verbeteringen zijn gepland", "Whether improvements are planned"),
        )  # fmt: skip
        return [Paragraph(statement)]
    planned = published.improvements(organisation)
    heading = pick(language, ["Verbetering", "Wie", "Klaar vóór"], ["Improvement", "Who", "Ready before"])
    rows = [
        [shortened(item.action, 110), shortened(item.owner or "–", 40), day(item.due_on, language) or _no_day(language)]
        for item in planned[:MOST_LINES]
    ]
    blocks: list[Block] = [Paragraph(_to_do(count, language)), Table(heading, rows, (0.56, 0.26, 0.18))]
    if len(planned) > MOST_LINES:
        more = len(planned) - MOST_LINES
        blocks.append(Paragraph(pick(language, f"En nog {more} andere.", f"And {more} more."), note=True))
    if caveat := statements.caveat(published, organisation, "improvement"):
        blocks.append(Paragraph(caveat))
    return blocks


def _to_do(count: ImprovementCount, lang: str) -> str:
    verb, of_which = ("is" if count.to_do == 1 else "zijn"), governance.of_which(count, lang)
    sentence = pick(
        lang,
        f"Er {verb} nog {counted(count.to_do, 'verbetering', 'verbeteringen')} te doen{of_which}.",
        f"There {'is' if count.to_do == 1 else 'are'} {counted(count.to_do, 'improvement', 'improvements')} to do{of_which}.",
    )
    dated = count.to_do - count.undated
    return sentence + (pick(lang, " Deze komen het eerst.", " These come first.") if dated else "")


def _no_day(lang: str) -> str:
    return pick(lang, "zonder datum", "no day")


def _ahead(published: Published, organisation: str, origin: Provenance, lang: str) -> list[Block]:
    title = pick(lang, "Wat het komende jaar vraagt", "What the coming year asks")
    if not origin.tests_known:
        return [Heading(title), Paragraph(_no_proof(lang))]
    norms: dict[tuple[int, int], set[str]] = {}
    for step in range(12):
        year, month = divmod(origin.as_of.year * 12 + origin.as_of.month - 1 + step, 12)
        norms[year, month + 1] = set()
    for test in expiring(published, organisation, origin.as_of, Duration.parse("P1Y")):
        month_of_expiry = (test.expires_on.year, test.expires_on.month)
        if month_of_expiry in norms:
            norms[month_of_expiry].add(test.norm_id)
    names = SHORT_MONTHS[lang]
    labels = [f"{names[month - 1]} ’{year % 100:02d}" for year, month in norms]
    numbers = [len(expiring_norms) for expiring_norms in norms.values()]
    alternative = ", ".join(f"{label} {number}" for label, number in zip(labels, numbers, strict=True))
    caption = pick(lang, "Normen waarvan bewijs verloopt, per maand", "Norms of which proof expires, by month")
    text = pick(
        lang,
        "Beveiliging is nooit af: beleid moet worden herzien, toegang gecontroleerd, herstel geoefend. De grafiek laat zien "
        "van hoeveel normen er per maand bewijs verloopt als niemand iets doet.",
        "Security is never finished: policy must be reviewed, access checked, recovery practised. The chart shows of how "
        "many norms proof expires each month if nobody does anything.",
    )
    return [
        Heading(title),
        Paragraph(text),
        Picture(charts.columns(labels, numbers), f"{caption}: {alternative}.", caption),
    ]


def _no_proof(lang: str) -> str:
    return pick(
        lang,
        "Er is nog geen bewijs gelezen. Daarom weten wij niet wat er het komende jaar verloopt.",
        "No proof was read yet. Therefore we do not know what expires in the coming year.",
    )


def _made(origin: Provenance, lang: str) -> list[Block]:
    text = pick(
        lang,
        "De cijfers zijn niet met de hand ingevuld. Zij worden elke nacht berekend uit de gegevens van onze eigen systemen.",
        "The figures were not filled in by hand. Every night they are computed from the records of our own systems.",
    )
    if not origin.records:
        text = pick(
            lang,
            "Er zijn nog geen gegevens van onze eigen systemen gelezen. De cijfers zeggen daarom alleen wat wij niet weten.",
            "No records of our own systems were read yet. Therefore the figures only tell what we do not know.",
        )
    heading = pick(lang, "Waar de cijfers vandaan komen", "Where the figures come from")
    return [Heading(heading), Paragraph(text), _origin(origin, lang)]


def _origin(origin: Provenance, lang: str) -> Table:
    head = pick(lang, ["Waarover", "Wat"], ["About", "What"])
    return Table(head, [[label, text] for label, text in lines(origin, lang, reasons=False)], (0.28, 0.72))
