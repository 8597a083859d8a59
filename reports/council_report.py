"""The report to the council, in plain language with charts: what was promised, how it stands, what is being done. As docx,
to be edited, and as PDF, to be read. It names no persons: owners are roles."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from models.duration import Duration
from models.language import pick
from models.wording import counted, word
from reports import charts, governance, statements
from reports.document import Block, Bullets, Document, Heading, Paragraph, Picture, Table, as_docx, as_pdf
from reports.governance import shortened
from reports.provenance import SHORT_MONTHS, Provenance, day, lines, provenance
from warehouse.forecast import expiring
from warehouse.read import Published, Row
from warehouse.shapes import ImprovementCount

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
    stem = "council-report-en" if lang == "en" else "raadsverslag"
    as_docx(document, target / f"{stem}.docx")
    as_pdf(document, target / f"{stem}.pdf")
    return [target / f"{stem}.docx", target / f"{stem}.pdf"]


def content(published: Published, organisation: str, lang: str) -> Document:
    """The report as blocks; `published` speaks `lang`."""
    origin, english = provenance(published, organisation), lang == "en"
    blocks = [
        *_about(origin, english),
        *_principles(published, organisation, lang),
        *_controls(published, organisation, lang),
        *_attention(published, organisation, lang),
        *_ahead(published, organisation, origin, lang),
        *_made(origin, lang),
    ]
    title = "Information security: how do we stand?" if english else "Informatiebeveiliging: hoe staan we ervoor?"
    place = "Report to the council" if english else "Verslag aan de raad"
    subtitle = f"{place} – {origin.organisation} – {'as of' if english else 'stand op'} {day(origin.as_of, lang)}"
    mark = "DRAFT – not adopted yet" if english else "CONCEPT – nog niet vastgesteld"
    return Document(title, subtitle, mark, blocks, origin, lang)


def _about(origin: Provenance, english: bool) -> list[Block]:
    if english:
        return [
            Heading("Why this report"),
            Paragraph(
                "Our municipality keeps data about residents, companies and employees. They must be able to trust that we are "
                "careful with it. The government has agreed what is needed for that. In this report the college tells the "
                "council how far we are, what does not go well yet, and what we do about it."
            ),
        ]
    return [
        Heading("Waarom dit verslag"),
        Paragraph(
            "Onze organisatie bewaart gegevens van inwoners, bedrijven en medewerkers. Zij moeten erop kunnen vertrouwen dat "
            "wij daar zorgvuldig mee omgaan. De overheid heeft afgesproken wat daarvoor nodig is. In dit verslag leest u hoe "
            "ver wij zijn, wat nog niet goed gaat en wat wij daaraan doen."
        ),
    ]


def _principles(published: Published, organisation: str, lang: str) -> list[Block]:
    own, english = governance.principles(published, organisation, lang), lang == "en"
    counts = Counter(item.status for item in own)
    colours = [colour for colour in ("groen", "oranje", "rood", "onbekend") if counts[colour]]
    said = ", ".join(f"{counts[colour]} {word(colour, lang)}" for colour in colours)
    trend = {"up": ("beter", "better"), "down": ("slechter", "worse"), "same": ("gelijk", "same"), None: ("–", "–")}
    head = ["No.", "Principle", "Status", "Weakest point"] if english else ["Nr", "Principe", "Stand", "Zwakste punt"]
    rows = [
        [item.number, item.title, f"{SIGNS[item.status]} {word(item.status, lang)}", item.weakest or "–"]
        for item in own
    ]
    widths = [0.06, 0.39, 0.14, 0.41]
    if any(item.trend for item in own):
        head.insert(3, "Trend")
        widths = [0.06, 0.37, 0.14, 0.11, 0.32]
        for row, item in zip(rows, own, strict=True):
            row.insert(3, trend[item.trend][english])
    title = "How the board steers" if english else "Hoe het bestuur stuurt"
    text = (
        "Administrators steer by ten principles. They are about behaviour and decisions, not about technology. The status "
        f"of the ten principles is: {said}."
        if english
        else "Het bestuur stuurt met tien principes. Die gaan over gedrag en besluiten, niet over techniek. Zo staan de tien "
        f"principes ervoor: {said}."
    )
    return [Heading(title), Paragraph(text), Table(head, rows, widths)]


def _controls(published: Published, organisation: str, lang: str) -> list[Block]:
    rows, english = published.controls(organisation), lang == "en"
    counts = Counter(row["status"] for row in rows)
    relevant = len(rows) - counts["niet_van_toepassing"]
    groups = [word(theme, lang).capitalize() for theme in THEMES]
    parts = [
        (word(status, lang), charts.SHADES[status], [_number(rows, theme, status) for theme in THEMES])
        for status in SHOWN
    ]
    picture = charts.stacked_bars(groups, parts)
    told = "; ".join(
        f"{group}: " + ", ".join(f"{numbers[place]} {name}" for name, _, numbers in parts if numbers[place])
        for place, group in enumerate(groups)
    )
    left_out = counts["niet_van_toepassing"]
    if english:
        text = (
            f"There are {len(rows)} agreed controls, such as making back-ups and checking who has access. {relevant} of them "
            f"apply to us. Of these, {counts['voldoet']} comply fully and {counts['voldoet_deels']} partly; "
            f"{counts['voldoet_niet']} do not comply. Of {counts['geen_bewijs']} we have no proof, and then we never say that "
            "they are in order."
        )
        title, caption = "How the controls stand", "Controls by theme and status"
    else:
        text = (
            f"Er zijn {len(rows)} afgesproken maatregelen, zoals back-ups maken en nagaan wie waar bij mag. Daarvan gelden er "
            f"{relevant} voor ons. Aan {counts['voldoet']} voldoen wij helemaal en aan {counts['voldoet_deels']} deels; aan "
            f"{counts['voldoet_niet']} voldoen wij niet. Van {counts['geen_bewijs']} hebben wij geen bewijs. Dan zeggen wij "
            "nooit dat het in orde is."
        )
        title, caption = "Hoe de maatregelen ervoor staan", "Maatregelen per onderwerp en stand"
    if left_out:
        caption += (
            f"; {counted(left_out, 'control does', 'controls do')} not apply and are not in it"
            if english
            else f"; {counted(left_out, 'maatregel geldt', 'maatregelen gelden')} niet voor ons en staan er niet in"
        )
    return [Heading(title), Paragraph(text), Picture(picture, f"{caption}. {told}.", caption)]


def _number(rows: list[Row], theme: str, status: str) -> int:
    return sum(1 for row in rows if row["theme"] == theme and row["status"] == status)


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
    english = lang == "en"
    norms: dict[tuple[int, int], set[str]] = {}
    for step in range(12):
        year, month = divmod(origin.as_of.year * 12 + origin.as_of.month - 1 + step, 12)
        norms[year, month + 1] = set()
    for row in expiring(published, organisation, origin.as_of, Duration.parse("P1Y")):
        moment: date = row["expires_on"]
        if (moment.year, moment.month) in norms:
            norms[moment.year, moment.month].add(row["norm_id"])
    if not origin.tests_known:
        return [
            Heading(pick(lang, "Wat het komende jaar vraagt", "What the coming year asks")),
            Paragraph(_no_proof(lang)),
        ]
    names = SHORT_MONTHS["en" if english else "nl"]
    labels = [f"{names[month - 1]} ’{year % 100:02d}" for year, month in norms]
    numbers = [len(own) for own in norms.values()]
    told = ", ".join(f"{label} {number}" for label, number in zip(labels, numbers, strict=True))
    if english:
        title, caption = "What the coming year asks", "Norms of which proof expires, by month"
        text = (
            "Security is never finished: policy must be reviewed, access checked, recovery practised. The chart shows of how "
            "many norms proof expires each month if nobody does anything."
        )
    else:
        title, caption = "Wat het komende jaar vraagt", "Normen waarvan bewijs verloopt, per maand"
        text = (
            "Beveiliging is nooit af: beleid moet worden herzien, toegang gecontroleerd, herstel geoefend. De grafiek laat zien "
            "van hoeveel normen er per maand bewijs verloopt als niemand iets doet."
        )
    return [Heading(title), Paragraph(text), Picture(charts.columns(labels, numbers), f"{caption}: {told}.", caption)]


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
