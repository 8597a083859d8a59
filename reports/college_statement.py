"""A draft of the college statement (collegeverklaring), with annexes for DigiD and Suwinet.

The statement is public and names no norms, since that would tell an attacker where to look; the annexes, which are not, do.
It stays a draft: who signs, and on which day, is for people to fill in.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.catalogue import ANNEXES
from models.language import pick
from models.wording import counted, word
from reports import governance, statements
from reports.document import Block, Bullets, Document, Heading, Paragraph, Table, as_docx
from reports.provenance import Provenance, day, lines, provenance
from reports.safe import plain
from warehouse.reading.read import Published
from warehouse.reading.shapes import PresentNorm

NAME = "college"
TITLE_NL = "Concept-collegeverklaring met bijlagen voor DigiD en Suwinet (Word)"
TITLE_EN = "Draft of the college statement with annexes for DigiD and Suwinet (Word)"


def build(published: Published, organisation: str, target: Path, *, lang: str = "nl", **options: Any) -> list[Path]:
    """Write `collegeverklaring-concept.docx`."""
    path = target / pick(lang, "collegeverklaring-concept.docx", "college-statement-draft-en.docx")
    as_docx(content(published.speaking(lang), organisation, lang), path)
    return [path]


def content(published: Published, organisation: str, lang: str) -> Document:
    """The statement and its annexes as blocks; `published` speaks `lang`."""
    origin = provenance(published, organisation)
    norms: dict[str, list[PresentNorm]] = {
        name: published.select(PresentNorm, organisation, annex=name) for name in ANNEXES
    }
    blocks = [*_statement(published, organisation, origin, norms, lang)]
    for letter, name in zip("AB", ANNEXES, strict=True):
        blocks += _annex(published, organisation, letter, name, norms[name], lang)
    blocks += [
        Heading(pick(lang, "Hoe dit concept is gemaakt", "How this draft was made"), new_page=True),
        Table(
            pick(lang, ["Waarover", "Wat"], ["About", "What"]),
            [[label, text] for label, text in lines(origin, lang, reasons=False)],
            (0.28, 0.72),
        ),
    ]
    title = pick(lang, "Collegeverklaring informatiebeveiliging", "College statement on information security")
    subtitle = f"{origin.organisation} – {pick(lang, 'verantwoording over', 'account for')} {origin.as_of.year}"
    mark = pick(lang, "CONCEPT – niet vastgesteld, niet ondertekend", "DRAFT – not adopted, not signed")
    return Document(title, subtitle, mark, blocks, origin, lang)


def _statement(
    published: Published, organisation: str, origin: Provenance, norms: dict[str, list[PresentNorm]], lang: str
) -> list[Block]:
    college = origin.organisation
    accounts = pick(
        lang,
        f"Het college van {college} legt elk jaar verantwoording af over de beveiliging van de informatie waarvoor het "
        "verantwoordelijk is.",
        f"The college of {college} accounts each year for the security of the information that it is responsible for.",
    )
    by_evaluation = pick(
        lang,
        "Over dit jaar gebeurde dat met een zelfevaluatie, op grond van gegevens uit de eigen systemen.",
        "It did so over this year by a self-evaluation, based on records from its own systems.",
    )
    statements_made = [
        _assessed(origin, lang),
        *(_sentence(name, rows, lang) for name, rows in norms.items()),
        _improvements(published, organisation),
        pick(
            lang,
            "het hierover verslag doet aan de raad en aan de toezichthouders.",
            "it reports on this to the council and to those who supervise it.",
        ),
    ]
    blocks: list[Block] = [Heading(pick(lang, "Verklaring", "Statement"))]
    blocks.append(Paragraph(f"{accounts} {by_evaluation}" if origin.records else accounts))
    if not origin.records:
        blocks.append(Paragraph(_nothing_read(lang), open=True))
    open_places = pick(
        lang,
        [
            "Plaats en dag van vaststelling: [invullen]",
            "Namens het college: [namen en handtekeningen van burgemeester en secretaris]",
            "Assurancerapport van de IT-auditor: [kenmerk en dag]",
        ],
        [
            "Place and day of adoption: [to be filled in]",
            "On behalf of the college: [names and signatures of the mayor and the secretary]",
            "Assurance report of the IT auditor: [reference and day]",
        ],
    )
    return [
        *blocks,
        Paragraph(pick(lang, "Het college verklaart dat:", "The college states that:")),
        Bullets(statements_made),
        *(Paragraph(text, open=True) for text in open_places),
    ]


def _nothing_read(lang: str) -> str:
    return pick(
        lang,
        "Er zijn nog geen gegevens gelezen. Deze verklaring kan zo niet worden afgelegd: [bronnen instellen]",
        "No records were read yet. This statement cannot be made like this: [set up sources]",
    )


def _assessed(origin: Provenance, lang: str) -> str:
    """That it was assessed, and how much of it could be."""
    unknown = origin.tests - origin.tests_known
    assessed = pick(
        lang,
        f"op {day(origin.as_of, lang)} is beoordeeld of de maatregelen bestaan en werken",
        f"as of {day(origin.as_of, lang)} it assessed whether the measures exist and are effective",
    )
    if not unknown:
        return f"{assessed};"
    return f"{assessed}; " + pick(
        lang,
        f"voor {unknown} van de {origin.tests} toetsen was er geen bewijs;",
        f"for {unknown} of the {origin.tests} tests there was no evidence;",
    )


def _improvements(published: Published, organisation: str) -> str:
    """What the statement says of improvements: how many are to do, as every other report counts them."""
    language, count = published.language, published.improvement_count(organisation)
    unknown = statements.unknown(published, organisation, "improvement")
    if not count.to_do and not unknown:
        return pick(
            language,
            "er op dit moment geen verbeteringen zijn gepland;",
            "no improvements are planned at this moment;",
        )
    if not count.to_do:
        return pick(
            language,
            f"het nog niet weet of er verbeteringen zijn gepland: {unknown};",
            f"it does not know yet whether improvements are planned: {unknown};",
        )
    of_which = governance.of_which(count, language)
    sentence = pick(
        language,
        f"er nog {counted(count.to_do, 'verbetering', 'verbeteringen')} te doen {'is' if count.to_do == 1 else 'zijn'}{of_which}",
        f"{counted(count.to_do, 'improvement is', 'improvements are')} still to do{of_which}",
    )
    incomplete = pick(language, f"; dit is niet volledig: {unknown}", f"; this is not complete: {unknown}")
    return f"{sentence}{incomplete if unknown else ''};"


def _sentence(name: str, norms: list[PresentNorm], lang: str) -> str:
    """What the statement says of one annex: in general terms, never which norm."""
    applicable = [norm.status for norm in norms if norm.status != "niet_van_toepassing"]
    met, unproven = applicable.count("voldoet"), applicable.count("geen_bewijs")
    if not applicable:
        return pick(
            lang,
            f"voor {name} de beoordeling nog moet worden toegevoegd: [invullen];",
            f"for {name} the assessment still has to be added: [to be filled in];",
        )
    if met == len(applicable):
        return pick(lang, f"de maatregelen voor {name} voldoen;", f"the measures for {name} comply;")
    if met == 0:
        sentence = pick(
            lang,
            f"van geen van de maatregelen voor {name} vaststaat dat die voldoet; wat afwijkt staat in de niet-openbare bijlage",
            f"of none of the measures for {name} it is established that it complies; what deviates is in the annex that is not "
            "public",
        )
    else:
        sentence = pick(
            lang,
            f"de maatregelen voor {name} voldoen met uitzonderingen, die in de niet-openbare bijlage staan",
            f"the measures for {name} comply with exceptions, which are in the annex that is not public",
        )
    if unproven:
        sentence += pick(
            lang,
            f"; van {unproven} van de {len(applicable)} normen is er geen bewijs",
            f"; of {unproven} of the {len(applicable)} norms there is no evidence",
        )
    return f"{sentence};"


def _annex(
    published: Published, organisation: str, letter: str, name: str, norms: list[PresentNorm], lang: str
) -> list[Block]:
    title = pick(lang, f"Bijlage {letter}: {name} (niet openbaar)", f"Annex {letter}: {name} (not public)")
    blocks: list[Block] = [Heading(title, new_page=True)]
    if not norms:
        not_assessed = pick(
            lang,
            f"De normen van {name} zijn in deze run niet beoordeeld. Zet in ensia.yaml onder `frameworks` een normenkader met "
            f"‘annex: {name}’ in zijn framework.yaml; dan vult deze bijlage zich vanzelf.",
            f"The norms of {name} are not assessed in this run. Put a framework that says `annex: {name}` in its "
            "framework.yaml under `frameworks` in ensia.yaml; then this annex fills itself.",
        )
        return [*blocks, Paragraph(not_assessed, open=True)]
    plans: dict[str, list[str]] = {}
    for item in published.improvements(organisation):
        due = day(item.due_on, lang) or pick(lang, "zonder datum", "no day")
        plans.setdefault(item.norm_id or "", []).append(f"{governance.shortened(item.action, 120)} ({due})")
    head = pick(
        lang,
        ["Norm", "Titel", "Stand", "Grondslag", "Wat afwijkt", "Verbetering"],
        ["Norm", "Title", "Status", "Basis", "What deviates", "Improvement"],
    )
    rows = [
        [
            norm.norm_id, plain(norm.title), word(norm.status, lang), word(norm.basis, lang) or "–",
            _deviation(norm, lang), "; ".join(plans.get(norm.norm_id, [])) or "–",
        ]
        for norm in norms
    ]  # fmt: skip
    met = sum(1 for norm in norms if norm.status == "voldoet")
    text = pick(lang, f"Aan {met} van de {len(norms)} normen wordt voldaan.", f"{met} of {len(norms)} norms comply.")
    blocks += [Paragraph(text), Table(head, rows, (0.11, 0.25, 0.13, 0.15, 0.19, 0.17))]
    if caveat := statements.caveat(published, organisation, "improvement", "exception"):
        blocks.append(Paragraph(caveat))
    return blocks


def _deviation(norm: PresentNorm, lang: str) -> str:
    """What there is to say of a norm that does not simply comply."""
    if norm.excepted_until:
        until = day(norm.excepted_until, lang)
        return pick(lang, f"afwijking aanvaard tot en met {until}", f"excepted until {until}")
    if norm.status in ("voldoet", "niet_van_toepassing"):
        return "–"
    if norm.status == "geen_bewijs":
        return pick(lang, "er is geen bewijs gevonden", "no evidence was found")
    return pick(
        lang,
        f"{norm.tests_known} van {norm.tests} toetsen hebben bewijs",
        f"{norm.tests_known} of {norm.tests} tests have evidence",
    )
