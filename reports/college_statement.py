"""A draft of the college statement (collegeverklaring), with annexes for DigiD and Suwinet.

The statement is public and names no norms, since that would tell an attacker where to look; the annexes, which are not, do.
It stays a draft: who signs, and on which day, is for people to fill in.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.catalogue import ANNEXES
from models.wording import word
from reports import governance
from reports.document import Block, Bullets, Document, Heading, Paragraph, Table, as_docx
from reports.provenance import Provenance, day, lines, provenance
from warehouse.read import Published, Row

NAME = "college"
TITLE_NL = "Concept-collegeverklaring met bijlagen voor DigiD en Suwinet (Word)"
TITLE_EN = "Draft of the college statement with annexes for DigiD and Suwinet (Word)"


def build(published: Published, organisation: str, target: Path, *, lang: str = "nl", **options: Any) -> list[Path]:
    """Write `collegeverklaring-concept.docx`."""
    path = target / ("college-statement-draft-en.docx" if lang == "en" else "collegeverklaring-concept.docx")
    as_docx(content(published, organisation, lang), path)
    return [path]


def content(published: Published, organisation: str, lang: str) -> Document:
    """The statement and its annexes as blocks."""
    origin, english = provenance(published, organisation), lang == "en"
    own: dict[str, list[Row]] = {name: _norms(published, organisation, name) for name in ANNEXES}
    blocks = [*_statement(published, organisation, origin, own, lang)]
    for letter, name in zip("AB", ANNEXES, strict=True):
        blocks += _annex(published, organisation, letter, name, own[name], lang)
    blocks += [
        Heading("How this draft was made" if english else "Hoe dit concept is gemaakt", new_page=True),
        Table(
            ["About", "What"] if english else ["Waarover", "Wat"],
            [[label, text] for label, text in lines(origin, lang, reasons=False)],
            (0.28, 0.72),
        ),
    ]
    title = "College statement on information security" if english else "Collegeverklaring informatiebeveiliging"
    subtitle = f"{origin.organisation} – {'account for' if english else 'verantwoording over'} {origin.as_of.year}"
    mark = "DRAFT – not adopted, not signed" if english else "CONCEPT – niet vastgesteld, niet ondertekend"
    return Document(title, subtitle, mark, blocks, origin, lang)


def _statement(
    published: Published, organisation: str, origin: Provenance, own: dict[str, list[Row]], lang: str
) -> list[Block]:
    english = lang == "en"
    planned = len(governance.improvements(published, organisation))
    said = [_sentence(name, rows, english) for name, rows in own.items()]
    if english:
        return [
            Heading("Statement"),
            Paragraph(
                f"The college of {origin.organisation} accounts each year for the security of the information that it is "
                "responsible for. It did so over this year by a self-evaluation, based on records from its own systems."
            ),
            Paragraph("The college states that:"),
            Bullets(
                [
                    f"as of {day(origin.as_of, lang)} it assessed whether the measures exist and are effective;",
                    *said,
                    f"{planned} improvements are planned for what does not comply yet;"
                    if planned
                    else "no improvements are planned at this moment;",
                    "it reports on this to the council and to those who supervise it.",
                ]
            ),
            Paragraph("Place and day of adoption: [to be filled in]", open=True),
            Paragraph("On behalf of the college: [names and signatures of the mayor and the secretary]", open=True),
            Paragraph("Assurance report of the IT auditor: [reference and day]", open=True),
        ]
    return [
        Heading("Verklaring"),
        Paragraph(
            f"Het college van {origin.organisation} legt elk jaar verantwoording af over de beveiliging van de informatie "
            "waarvoor het verantwoordelijk is. Over dit jaar gebeurde dat met een zelfevaluatie, op grond van gegevens uit de "
            "eigen systemen."
        ),
        Paragraph("Het college verklaart dat:"),
        Bullets(
            [
                f"op {day(origin.as_of, lang)} is beoordeeld of de maatregelen bestaan en werken;",
                *said,
                f"er {planned} verbeteringen zijn gepland voor wat nog niet voldoet;"
                if planned
                else "er op dit moment geen verbeteringen zijn gepland;",
                "het hierover verslag doet aan de raad en aan de toezichthouders.",
            ]
        ),
        Paragraph("Plaats en dag van vaststelling: [invullen]", open=True),
        Paragraph("Namens het college: [namen en handtekeningen van burgemeester en secretaris]", open=True),
        Paragraph("Assurancerapport van de IT-auditor: [kenmerk en dag]", open=True),
    ]


def _sentence(name: str, rows: list[Row], english: bool) -> str:
    """What the statement says of one annex: in general terms, never which norm."""
    counted = [row for row in rows if row["status"] != "niet_van_toepassing"]
    if not counted:
        return (
            f"for {name} the assessment still has to be added: [to be filled in];"
            if english
            else f"voor {name} de beoordeling nog moet worden toegevoegd: [invullen];"
        )
    if all(row["status"] == "voldoet" for row in counted):
        return f"the measures for {name} comply;" if english else f"de maatregelen voor {name} voldoen;"
    return (
        f"the measures for {name} comply with exceptions, which are in the annex that is not public;"
        if english
        else f"de maatregelen voor {name} voldoen met uitzonderingen, die in de niet-openbare bijlage staan;"
    )


def _annex(published: Published, organisation: str, letter: str, name: str, rows: list[Row], lang: str) -> list[Block]:
    english = lang == "en"
    title = f"Annex {letter}: {name} (not public)" if english else f"Bijlage {letter}: {name} (niet openbaar)"
    blocks: list[Block] = [Heading(title, new_page=True)]
    if not rows:
        blocks.append(
            Paragraph(
                f"The norms of {name} are not assessed in this run. Put a framework that says `annex: {name}` in its "
                "framework.yaml under `frameworks` in ensia.yaml; then this annex fills itself."
                if english
                else f"De normen van {name} zijn in deze run niet beoordeeld. Zet in ensia.yaml onder `frameworks` een "
                f"normenkader met ‘annex: {name}’ in zijn framework.yaml; dan vult deze bijlage zich vanzelf.",
                open=True,
            )
        )
        return blocks
    plans: dict[str, list[str]] = {}
    for row in governance.improvements(published, organisation):
        text = governance.shortened(row["action"], 120) + (f" ({day(row['due_on'], lang)})" if row["due_on"] else "")
        plans.setdefault(row["norm_id"] or "", []).append(text)
    head = ["Norm", "Title", "Status", "Basis", "What deviates", "Improvement"]
    if not english:
        head = ["Norm", "Titel", "Stand", "Grondslag", "Wat afwijkt", "Verbetering"]
    lines_of_table = [
        [
            row["norm_id"], governance.title(row, lang), word(row["status"], lang), word(row["basis"], lang) or "–",
            _deviation(row, lang), "; ".join(plans.get(row["norm_id"], [])) or "–",
        ]
        for row in rows
    ]  # fmt: skip
    met = sum(1 for row in rows if row["status"] == "voldoet")
    text = f"{met} of {len(rows)} norms comply." if english else f"Aan {met} van de {len(rows)} normen wordt voldaan."
    return [*blocks, Paragraph(text), Table(head, lines_of_table, (0.11, 0.25, 0.13, 0.15, 0.19, 0.17))]


def _deviation(row: Row, lang: str) -> str:
    """What there is to say of a norm that does not simply comply."""
    if row["excepted_until"]:
        until = "excepted until" if lang == "en" else "afwijking aanvaard tot en met"
        return f"{until} {day(row['excepted_until'], lang)}"
    if row["status"] in ("voldoet", "niet_van_toepassing"):
        return "–"
    if row["status"] == "geen_bewijs":
        return "no evidence was found" if lang == "en" else "er is geen bewijs gevonden"
    return (
        f"{row['tests_known']} of {row['tests']} tests have evidence"
        if lang == "en"
        else f"{row['tests_known']} van {row['tests']} toetsen hebben bewijs"
    )


def _norms(published: Published, organisation: str, annex: str) -> list[Row]:
    """The assessed norms of the frameworks that account for this annex, in the order of the catalogue."""
    return published.rows(
        "SELECT n.norm_id, n.title_nl, n.title_en, m.* EXCLUDE (norm_id) FROM assess.measure_status AS m "
        "JOIN catalogue.norm AS n USING (framework_id, norm_id) JOIN catalogue.framework AS f USING (framework_id) "
        "WHERE m.until_run_no IS NULL AND m.organisation_id = ? AND f.annex = ? ORDER BY n.norm_order",
        [organisation, annex],
    )
