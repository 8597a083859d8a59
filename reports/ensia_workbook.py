"""The ENSIA workbook: a sheet per questionnaire with the proposed answers, their explanation and what proves them, ready to
be reviewed. What a reviewer may change is open; everything else is fixed, and a hidden sheet says what was written."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from models.demand_check import BASES
from models.language import pick
from models.wording import counted, word
from reports.answers import Answer, answers, explanation, improvement
from reports.provenance import provenance
from reports.safe import cell_text
from reports.workbook import Book, Column, open_book
from warehouse.reading.explain import place
from warehouse.reading.read import Published
from warehouse.reading.shapes import NamedRecord, PresentTest, Questionnaire
from warehouse.reading.years import reference_date

NAME = "ensia"
TITLE_NL = "ENSIA-werkboek: antwoorden met toelichting en bewijs"
TITLE_EN = "ENSIA workbook: answers with explanation and evidence"
FORMAT = "2"
HIDDEN_SHEET = "_ensia"
ROW = "row"  # the role of the mark of a whole row, on a sheet without open cells

Proof = tuple[Answer, PresentTest, NamedRecord | None]
Mark = tuple[str, int, str, str, int, str, str]  # sheet, row, questionnaire, question, column, role, hash
# (title in Dutch, in English, width, format, role). The roles other than "fixed" may be changed by a reviewer.
_COLUMNS: tuple[tuple[str, str, float, str, str], ...] = (
    ("Nr", "No.", 9, "text", "fixed"),
    ("Vraag", "Question", 44, "wrap", "fixed"),
    ("Antwoord", "Answer", 13, "open", "answer"),
    ("Toelichting", "Explanation", 70, "open", "explanation"),
    ("Status", "Status", 13, "status", "fixed"),
    ("Zekerheid", "Confidence", 15, "wrap", "fixed"),
    ("Bewijs", "Evidence", 16, "link", "fixed"),
    ("Verloopt vóór de ENSIA-peildatum", "Expires before the reference date", 14, "date", "fixed"),
    ("Verbetering", "Improvement", 34, "open", "improvement"),
    ("Eigenaar", "Owner", 18, "open", "owner"),
    ("Klaar vóór", "Due before", 12, "open_date", "deadline"),
    ("Uitgezonderd tot en met", "Excepted until", 14, "date", "fixed"),
    ("Antwoord van", "Answered by", 15, "wrap", "fixed"),
)
_EVIDENCE_COLUMNS: tuple[tuple[str, str, float, str], ...] = (
    ("Vraag", "Question", 9, "text"),
    ("Norm", "Norm", 9, "text"),
    ("Aspect", "Aspect", 10, "text"),
    ("Toets", "Test", 50, "wrap"),
    ("Maatstaf", "Measured by", 40, "wrap"),
    ("Uitslag", "Result", 12, "text"),
    ("Grondslag", "Basis", 16, "text"),
    ("Bewijs", "Record", 40, "wrap"),
    ("Oordeel over de regel", "Verdict on the record", 16, "text"),
    ("Waargenomen op", "Observed on", 13, "date"),
    ("Bron", "Source", 18, "text"),
    ("Vindplaats", "Place", 44, "wrap"),
    ("Adres", "Address", 34, "link"),
    ("SHA-256 van het origineel", "SHA-256 of the original", 34, "wrap"),
    ("Bewijsnummer", "Number", 21, "text"),
)
_ANSWER, _EVIDENCE = 2, 6
_TOP = 2  # rows above the first question: title, empty, header


def build(
    published: Published,
    organisation: str,
    target: Path,
    *,
    lang: str = "nl",
    **options: Any,
) -> list[Path]:
    """Write `ensia-JAAR.xlsx`, about the year of the run; the reference date is that of the cycle."""
    origin = provenance(published, organisation)
    reference = reference_date(published, organisation, origin.as_of.year)
    path = target / f"ensia-{reference.year}{pick(lang, '', '-en')}.xlsx"
    all_answers = answers(published, organisation, lang)
    by_questionnaire: dict[str, list[Answer]] = {}
    for answer in all_answers:
        by_questionnaire.setdefault(answer.questionnaire_id, []).append(answer)
    with open_book(path, origin, lang) as book:
        _front(book, all_answers, reference)
        evidence, first_rows = _evidence_rows(all_answers)
        marks: list[Mark] = []
        for questionnaire_id, of_questionnaire in by_questionnaire.items():
            marks += _questions(book, published, questionnaire_id, of_questionnaire, first_rows, reference)
        marks += _open_sheet(book, [answer for answer in all_answers if answer.answer is None])
        marks += _evidence_sheet(book, evidence)
        marks += _official_sheet(book, published, all_answers)
        _hidden_sheet(book, list(by_questionnaire), marks)
    return [path]


def _front(book: Book, all_answers: list[Answer], reference: date) -> None:
    lang = book.lang
    counts = Counter(answer.answer or "" for answer in all_answers)
    summary = [
        (name or (pick(lang, "open: geen bewijs", "open: no evidence")), counts[name]) for name in sorted(counts)
    ]
    basis = Counter(answer.basis for answer in all_answers if answer.answer is not None)
    confidence = [(word(name, book.lang), basis[name]) for name in BASES]
    intro = pick(
        lang,
        f"Voorgestelde antwoorden voor de zelfevaluatie met ENSIA-peildatum {reference:%d-%m-%Y}. De lichtgele cellen mag "
        "u wijzigen. Bewaar het bestand dan onder een eigen naam en lees het in met `ensia review import`. Waar elk antwoord "
        "op rust staat op het blad Bewijs.",
        f"Proposed answers for the self-evaluation with reference date {reference}. Light yellow cells may be changed: save "
        "the file under a name of your own and bring it back with `ensia review import`. Every answer can be traced on the "
        "sheet Evidence.",
    )
    book.front(
        pick(lang, "ENSIA-werkboek", "ENSIA workbook"),
        intro,
        [
            (pick(lang, "Antwoorden", "Answers"), summary),
            (pick(lang, "Zekerheid van de antwoorden", "Confidence of the answers"), confidence),
            (
                pick(book.lang, "Tot de ENSIA-peildatum", "Until the reference date"),
                [_expiring(all_answers, reference, book.lang)],
            ),
        ],
    )


def _expiring(all_answers: list[Answer], reference: date, lang: str) -> tuple[str, Any]:
    """How many answers expire; not a zero where no answer rests on anything."""
    label = pick(lang, "Antwoorden die verlopen als er niets nieuws komt", "Answers that expire without new evidence")
    if all(answer.answer is None for answer in all_answers):
        return label, pick(lang, "niet bekend: er is nog geen bewijs", "not known: there is no evidence yet")
    return label, sum(1 for answer in all_answers if answer.expires_on and answer.expires_on <= reference)


def _questions(
    book: Book,
    published: Published,
    questionnaire_id: str,
    our_answers: list[Answer],
    first_rows: dict[tuple[str, str], int],
    reference: date,
) -> list[Mark]:
    """Write the sheet of one questionnaire; returns a mark per cell for the hidden sheet."""
    lang = book.lang
    [questionnaire] = published.speaking(book.lang).select(Questionnaire, questionnaire_id=questionnaire_id)
    columns = [Column(pick(lang, nl, en), width, form) for nl, en, width, form, _ in _COLUMNS]
    rows = [_row(answer, book.lang, reference) for answer in our_answers]
    name = questionnaire_id[:31]
    sheet = book.table(name, columns, rows, title=questionnaire.title, freeze=2)
    marks = []
    for index, (answer, row) in enumerate(zip(our_answers, rows, strict=True)):
        line = _TOP + 1 + index
        sheet.data_validation(
            line,
            _ANSWER,
            line,
            _ANSWER,
            {
                "validate": "list",
                "source": list(answer.scale),
                "ignore_blank": True,
                "error_title": "ENSIA",
                "error_message": (pick(lang, "Kies uit de lijst.", "Choose from the list.")),
            },
        )
        first = first_rows.get((answer.questionnaire_id, answer.question_id))
        if first is not None:
            target = pick(lang, "Bewijs", "Evidence")
            sheet.write_url(
                line, _EVIDENCE, f"internal:'{target}'!A{first + _TOP + 2}", book.formats["link"], row[_EVIDENCE]
            )
        for number, (_, _, _, _, role) in enumerate(_COLUMNS):
            marks.append(
                (
                    name,
                    line + 1,
                    answer.questionnaire_id,
                    answer.question_id,
                    number + 1,
                    role,
                    mark(shown(row[number], role, book.lang)),
                )
            )
    sheet.protect(
        "", {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True, "select_locked_cells": True}
    )
    return marks


def shown(value: Any, role: str, lang: str) -> str:
    """The text of a cell as it is read back: a status as its word, a date as its ISO day."""
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return cell_text(word(value, lang) if role == "fixed" and isinstance(value, str) else value)


def mark(text: str) -> str:
    """The first 16 hexadecimal characters of the SHA-256 of a cell's text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def row_mark(texts: Iterable[str]) -> str:
    """The mark of a row of cells, whatever empty cells follow and whichever program saved it."""
    return mark("\t".join(unicodedata.normalize("NFC", text).strip() for text in texts).rstrip())


def _row(answer: Answer, lang: str, reference: date) -> list[Any]:
    return [
        answer.question_id,
        answer.text,
        answer.answer,
        explanation(answer, lang),
        answer.status,
        word(answer.basis, lang),
        _counted_records(len(answer.proof), lang),
        answer.expires_on if answer.expires_on and answer.expires_on <= reference else None,
        improvement(answer) or None,
        answer.owner,
        _deadline(answer),
        answer.excepted_until,
        _answered_by(answer, lang),
    ]


def _deadline(answer: Answer) -> date | None:
    """The reviewer's day (an empty one is none), else that of the first improvement."""
    if "deadline" in answer.values:
        if answer.values["deadline"]:
            return date.fromisoformat(answer.values["deadline"])
        return None
    return answer.improvements[0].due_on if answer.improvements else None


def _answered_by(answer: Answer, lang: str) -> str:
    """Whose answer it is; of a reviewer's, also what was proposed and whether the proposal has changed since."""
    if answer.reviewed is None:
        return pick(lang, "voorstel", "proposal")
    parts = [pick(lang, "beoordelaar", "reviewer")]
    if "answer" in answer.values:
        parts.append(f"{pick(lang, 'voorstel', 'proposed')}: {answer.proposal or '–'}")
    if answer.reviewed.look_again:
        parts.append(pick(lang, "opnieuw bekijken", "look again"))
    return "; ".join(parts)


def _counted_records(number: int, lang: str) -> str:
    return pick(lang, counted(number, "bewijsregel", "bewijsregels"), counted(number, "record", "records"))


def _evidence_rows(all_answers: list[Answer]) -> tuple[list[Proof], dict[tuple[str, str], int]]:
    """A row per question, test and record, and where each question begins."""
    rows: list[Proof] = []
    first: dict[tuple[str, str], int] = {}
    for answer in all_answers:
        for test in answer.tests:
            records = answer.records_of(test)
            if test.implicit and not records:
                continue
            first.setdefault((answer.questionnaire_id, answer.question_id), len(rows))
            rows += [(answer, test, record) for record in records] or [(answer, test, None)]
    return rows, first


def _evidence_sheet(book: Book, rows: list[Proof]) -> list[Mark]:
    lang = book.lang
    columns = [Column(pick(lang, nl, en), width, form) for nl, en, width, form in _EVIDENCE_COLUMNS]
    content = []
    for answer, test, record in rows:
        line: list[Any] = [
            answer.question_id,
            test.norm_id,
            word(test.aspect, book.lang),
            test.sentence,
            _measured_by(test, book.lang),
            word(test.result, book.lang),
            word(test.basis, book.lang),
        ]
        if record is not None:
            observed_on = record.observed_at.date() if record.observed_at else None
            line += [
                record.name,
                word(answer.verdict_of(test, record), lang),
                observed_on,
                record.source_id,
                place(record.locator),
                record.url,
                record.artifact,
                str(record.evidence_id),
            ]
        content.append(line)
    title = pick(lang, "Bewijs per vraag", "Evidence per question")
    return _fixed_sheet(book, pick(lang, "Bewijs", "Evidence"), columns, content, title)


def _measured_by(test: PresentTest, lang: str) -> str:
    """What a test looked at, its thresholds, and the reason when these are the organisation's own."""
    text = ": ".join(part for part in (test.looked_at, test.criterion) if part)
    if not test.override_reason:
        return text
    return f"{text}\n{pick(lang, 'Eigen drempel', 'Own threshold')}: {test.override_reason}"


def _official_sheet(book: Book, published: Published, all_answers: list[Answer]) -> list[Mark]:
    """The official wording of the norms that are asked about, in an organisation that imported it."""
    lang = book.lang
    texts = published.official_texts()
    norms = dict.fromkeys(pair for answer in all_answers for pair in answer.norm_ids if pair in texts)
    if not norms:
        return []
    titles = pick(lang, ("Normenkader", "Norm", "Officiële tekst"), ("Framework", "Norm", "Official text"))
    columns = [Column(title, width, "wrap") for title, width in zip(titles, (14, 10, 120), strict=True)]
    rows = [[framework, norm, texts[framework, norm]] for framework, norm in norms]
    return _fixed_sheet(book, titles[2], columns, rows, titles[2])


def _open_sheet(book: Book, all_answers: list[Answer]) -> list[Mark]:
    """Questions without evidence: what would count as proof."""
    lang = book.lang
    titles = pick(
        lang,
        ("Vragenlijst", "Nr", "Vraag", "Wat als bewijs telt"),
        ("Questionnaire", "No.", "Question", "What would prove it"),
    )
    rows = []
    for answer in all_answers:
        sentences = [test.sentence for test in answer.tests if not test.implicit]
        rows.append([answer.questionnaire_id, answer.question_id, answer.text, "\n".join(sentences)])
    columns = [Column(title, width, "wrap") for title, width in zip(titles, (22, 10, 60, 80), strict=True)]
    return _fixed_sheet(book, "Open", columns, rows, pick(lang, "Vragen zonder bewijs", "Questions without evidence"))


def _fixed_sheet(
    book: Book, name: str, columns: Sequence[Column], rows: Sequence[Sequence[Any]], title: str
) -> list[Mark]:
    """A sheet that a reviewer may sort and filter, but not change; a mark per row."""
    book.table(name, columns, rows, title=title)
    return [
        (name, _TOP + 2 + index, "", "", 0, ROW, row_mark(shown(value, "open", book.lang) for value in row))
        for index, row in enumerate(rows)
    ]


def _hidden_sheet(book: Book, questionnaires: list[str], marks: list[Mark]) -> None:
    """What was written, for `ensia review import`: the run, and per cell (or fixed row) its role and the hash of its text."""
    sheet = book.file.add_worksheet(HIDDEN_SHEET)
    origin = book.origin
    pairs = [
        ("format", FORMAT),
        ("organisation_id", origin.organisation_id),
        ("questionnaires", ",".join(questionnaires)),
        ("run_no", str(origin.run_no)),
        ("run_id", origin.run_id),
        ("as_of", origin.as_of.isoformat()),
        ("lang", book.lang),
    ]
    header = ("sheet", "row", "questionnaire_id", "question_id", "column", "role", "hash")
    for number, line in enumerate([*pairs, header, *marks]):
        for column, value in enumerate(line):
            sheet.write_string(number, column, str(value), None)
    sheet.very_hidden()
    sheet.protect()
