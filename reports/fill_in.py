"""Fills in the questionnaire workbook that a coordinator downloaded: finds the header row and the columns by their texts,
matches the question numbers, and writes the answers that the workbook itself allows, with their explanation. Everything
else stays as it was (`xlsx_edit`), and a report says what was and what was not filled in."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from models.errors import EnsiaError
from models.message import message
from reports.answers import Answer, answers, explanation
from reports.fill_in_report import Outcome, report_text, say
from reports.provenance import lines, provenance
from reports.safe import cell_text
from reports.xlsx_edit import Rule, Sheet, Workbook, cells_in_order, letters
from warehouse.reading.read import Published

NAME = "fill-in"
TITLE_NL = "Invullen: antwoorden in het gedownloade werkboek van de vragenlijst"
TITLE_EN = "Fill-in: answers in the questionnaire workbook that was downloaded"
NEEDS = ("workbook",)  # options without which this report cannot be made

# The header texts that are looked for, first the likeliest. Compared without case, spaces, stars and what is in brackets.
HEADERS: dict[str, tuple[str, ...]] = {
    "number": (
        "vraagnummer", "nummer", "nr", "vraag nr", "vraagnr", "vraag nummer", "nummer vraag", "normnummer", "norm nr",
        "norm nummer", "norm", "maatregelnummer", "maatregel nr", "id", "vraag id", "vraagid", "code", "volgnummer", "no",
        "number", "question no", "question number",
    ),
    "answer": (
        "antwoord", "uw antwoord", "antwoord gemeente", "antwoord organisatie", "gegeven antwoord", "score", "oordeel",
        "beantwoording", "uw oordeel", "status", "answer", "your answer",
    ),
    "explanation": (
        "toelichting", "uw toelichting", "toelichting op antwoord", "toelichting op het antwoord", "toelichting antwoord",
        "toelichting gemeente", "toelichting bij antwoord", "toelichting bij het antwoord", "onderbouwing", "motivering",
        "motivatie", "opmerking", "opmerkingen", "explanation", "remarks", "comments",
    ),
}  # fmt: skip
_ROLES = {"nummer": "number", "antwoord": "answer", "toelichting": "explanation"}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TYPED_SINCE = 2020  # a day of an earlier year was a number of three parts
_HEADER_WITHIN = 60  # rows in which the header is looked for
_MEANINGS: dict[str, tuple[str, ...]] = {
    "partly": (
        "deels", "gedeeltelijk", "ten dele", "ja deels", "ja gedeeltelijk", "voldoet deels", "voldoet gedeeltelijk",
        "deels voldaan", "grotendeels", "partly", "partially", "partial", "partly compliant",
    ),
    "not_applicable": ("nvt", "niet van toepassing", "na", "not applicable"),
    "no": ("nee", "neen", "niet", "voldoet niet", "niet voldaan", "no", "not compliant"),
    "yes": ("ja", "volledig", "geheel", "ja volledig", "ja geheel", "voldoet", "voldoet volledig", "voldaan", "yes", "fully",
            "compliant"),
}  # fmt: skip
# How a longer text begins, or what it holds anywhere, in this order: "Ja, maar deels" is partly.
_LOOSE: tuple[tuple[str, str], ...] = (
    ("not_applicable", r"\b(nvt|niet van toepassing|not applicable)\b"),
    ("partly", r"^(niet|not|voldoet niet) (geheel|volledig|fully)\b"),
    ("no", r"^(nee|neen|no|not|niet|voldoet( nog)? niet)\b"),
    ("partly", r"\b(deels|gedeeltelijk|grotendeels|ten dele|partly|partially)\b"),
    ("yes", r"^(?!.*\b(niet|geen|not|no)\b)(ja|yes|volledig|geheel|fully|voldoet)\b"),
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the header is, and the column of each role; the explanation may be missing."""

    row: int
    number: int
    answer: int
    explanation: int | None


def build(
    published: Published,
    organisation: str,
    target: Path,
    *,
    lang: str = "nl",
    workbook: Path | str | None = None,
    columns: Mapping[str, str | Sequence[str]] | None = None,
    overwrite: bool = False,
    **options: Any,
) -> list[Path]:
    """Write `<name>-ingevuld.xlsx` and the report `<name>-ingevuld.txt`.

    `workbook` is the downloaded file; it is not changed. `columns` gives the header texts of number, answer and
    explanation where they are not the usual ones. `overwrite` replaces answers and explanations that are already there.
    EnsiaError when the file is not a readable workbook or no sheet has the header.
    """
    if workbook is None:
        raise EnsiaError(
            message("fillin.no_workbook"),
            advice=message("fillin.no_workbook_advice"),
        )
    source = Path(workbook)
    file = Workbook(source)
    outcome = fill(file, answers(published, organisation, lang), headers(columns), lang=lang, overwrite=overwrite)
    filled = target / f"{source.stem}-ingevuld{source.suffix.lower()}"
    if filled.resolve() == source.resolve():
        raise EnsiaError(message("fillin.overwrites"), place=str(source), advice=message("fillin.another_folder"))
    file.write(filled)
    report = target / f"{source.stem}-ingevuld.txt"
    origin = lines(provenance(published, organisation), lang)
    report.write_text(report_text(outcome, source.name, filled.name, origin, lang), "utf-8")
    return [filled, report]


def headers(columns: Mapping[str, str | Sequence[str]] | None) -> dict[str, tuple[str, ...]]:
    """The header texts to look for: the usual ones, or for a role those that `columns` gives."""
    chosen = dict(HEADERS)
    for name, texts in (columns or {}).items():
        role = _ROLES.get(name.casefold(), name.casefold())
        if role not in chosen:
            raise EnsiaError(
                message("fillin.no_column", name=name), advice=message("fillin.columns", known=", ".join(_ROLES))
            )
        chosen[role] = tuple(_header(text) for text in ([texts] if isinstance(texts, str) else texts))
    return chosen


def fill(
    file: Workbook,
    listed: Sequence[Answer],
    wanted: Mapping[str, Sequence[str]],
    *,
    lang: str = "nl",
    overwrite: bool = False,
) -> Outcome:
    """Note the answers and explanations in the sheets of the workbook that have the header. EnsiaError when none has."""
    outcome = Outcome(lang)
    by_questionnaire: dict[str, dict[str, Answer]] = defaultdict(dict)
    for answer in listed:
        by_questionnaire[answer.questionnaire_id][question_number(answer.question_id)] = answer
    found = [(sheet, layout) for sheet in file.sheets if sheet.visible and (layout := find_layout(sheet, wanted))]
    if not found:
        asked = "; ".join(f"{nl}: {', '.join(wanted[role][:4])}" for nl, role in _ROLES.items())
        raise EnsiaError(
            message("fillin.no_header"),
            place=str(file.path),
            advice=message("fillin.no_header_advice", asked=asked),
        )
    used: dict[str, set[str]] = defaultdict(set)
    for sheet, layout in found:
        numbers = _numbers(sheet, layout, outcome)
        questionnaire_id = _questionnaire(sheet, numbers, by_questionnaire)
        if questionnaire_id is None:
            outcome.notes.append(outcome.say("other_questionnaire", sheet=sheet.name))
            continue
        outcome.sheets.append(_described(sheet, layout, questionnaire_id, lang))
        _notes(sheet, outcome)
        own = by_questionnaire[questionnaire_id]
        used[questionnaire_id] |= _fill_sheet(_Filling(file, sheet, layout, lang, overwrite, outcome), numbers, own)
    for questionnaire_id, own in by_questionnaire.items():
        left = [answer.question_id for number, answer in own.items() if number not in used.get(questionnaire_id, ())]
        if used.get(questionnaire_id):
            outcome.missing += [f"{questionnaire_id}: {number}" for number in left]
        else:
            outcome.notes.append(outcome.say("not_here", questionnaire=questionnaire_id, number=len(left)))
    if file.signed:
        outcome.notes.append(outcome.say("signature"))
    if file.formulas:
        outcome.notes.append(outcome.say("formulas"))
    return outcome


def question_number(text: str) -> str:
    """A question number as it is compared: `5.01`, ` 5.1. ` and `Vraag 5.1` are the same."""
    bare = re.sub(r"^(vraag|nr|nummer|norm|question|no)\b[\s.:]*", "", text.replace("\xa0", " ").strip().casefold())
    parts = re.split(r"[.\s]+", bare.strip(" .:)("))
    return ".".join(str(int(part)) if part.isdecimal() else part for part in parts)


def find_layout(sheet: Sheet, wanted: Mapping[str, Sequence[str]]) -> Layout | None:
    """The header row and the columns; the texts may stand in two rows below each other. None without number and answer."""
    rows: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for row, column, text in cells_in_order(sheet):
        if row <= _HEADER_WITHIN:
            rows[row].append((column, _header(text)))
    for height in (1, 2):
        for row in sorted(rows):
            cells = [cell for number in range(row, row + height) for cell in rows.get(number, ())]
            number, answer = _column(cells, wanted["number"]), _column(cells, wanted["answer"])
            if number is not None and answer is not None and number != answer:
                after = [cell for cell in cells if cell[0] > answer] or cells
                explained = _column(after, wanted["explanation"]) or _column(cells, wanted["explanation"])
                return Layout(row + height - 1, number, answer, explained if explained != number else None)
    return None


def choose(text: str, allowed: Sequence[str]) -> str | None:
    """The one of the `allowed` texts that means the same as our answer; None when none does or more than one may."""
    same = [item for item in allowed if _bare(item) == _bare(text)]
    if same:
        return same[0]
    meaning = meaning_of(text)
    exact = [item for item in allowed if meaning and _bare(item) in _MEANINGS[meaning]]
    near = [item for item in allowed if meaning and meaning_of(item) == meaning]
    for found in (exact, near):
        if len({_bare(item) for item in found}) == 1:
            return found[0]
        if found:
            return None
    return None


def meaning_of(text: str) -> str | None:
    """What an answer text means: yes, partly, no or not_applicable; None when it is something else."""
    bare = _bare(text)
    for meaning, texts in _MEANINGS.items():
        if bare in texts:
            return meaning
    return next((meaning for meaning, pattern in _LOOSE if re.search(pattern, bare)), None)


def _bare(text: str) -> str:
    """An answer text without case, numbering ('1. ', 'a) ') and punctuation; `N.v.t.` becomes `nvt`."""
    plain = re.sub(r"^\s*(\d+|[a-z])\s*[.):\-–=]\s+", "", text.casefold())
    plain = re.sub(r"[.'’/]", "", plain)
    return " ".join(re.sub(r"[^\w\s]", " ", plain).split())


def _header(text: str) -> str:
    """A header text without case, brackets and punctuation."""
    return " ".join(re.sub(r"[^\w\s]", " ", re.sub(r"\([^)]*\)", " ", text.casefold())).split())


def _column(cells: Iterable[tuple[int, str]], texts: Sequence[str]) -> int | None:
    """The column with the likeliest of the texts."""
    listed = list(cells)
    return next((column for text in texts for column, header in listed if header == text), None)


def _numbers(sheet: Sheet, layout: Layout, outcome: Outcome) -> list[tuple[int, str]]:
    """The rows below the header with their question number.

    A number that was typed as a number has lost its zero: 5.10 stands there as 5.1. Where 5.1 would go back in the
    order and 5.10 would not, it is read as 5.10.
    """
    found: list[tuple[int, str]] = []
    before: tuple[int, int] = (0, 0)
    for row, column, text in cells_in_order(sheet):
        if column != layout.number or row <= layout.row:
            continue
        number = question_number(text)
        if _DAY.fullmatch(text):
            number = _number_of_day(date.fromisoformat(text))
            outcome.notes.append(f"{_place(sheet, row, column)}: {outcome.say('was_date', text=text, read=number)}")
        parts = number.split(".")
        if not re.fullmatch(r"[a-z]{0,5}-?\d+[a-z]?(\.\w{1,4})*", number) or len(number) > 24:
            continue
        pair = (int(parts[0]), int(parts[1])) if len(parts) > 1 and all(part.isdecimal() for part in parts) else None
        if pair and sheet.cells[row, column].loose and len(parts) == 2 and pair[0] == before[0]:
            longer = (pair[0], 10 * pair[1])
            if pair[1] < 10 and pair <= before < longer:
                read = f"{longer[0]}.{longer[1]}"
                outcome.notes.append(f"{_place(sheet, row, column)}: {outcome.say('lost_zero', text=text, read=read)}")
                pair, number = longer, f"{longer[0]}.{longer[1]}"
        before = pair or before
        found.append((row, number))
    return found


def _number_of_day(day: date) -> str:
    """The number that a spreadsheet program took for a day: 5-1 (this year) for 5.1, 5-1-2001 for 5.1.1."""
    return f"{day.day}.{day.month}" + (f".{day.year % 100}" if 2000 < day.year < _TYPED_SINCE else "")


def _questionnaire(
    sheet: Sheet, numbers: Sequence[tuple[int, str]], by_questionnaire: Mapping[str, Mapping[str, Answer]]
) -> str | None:
    """The questionnaire with most of the numbers; of two with as many the one that the sheet is named after."""
    present = {number for _, number in numbers}
    words = set(_header(sheet.name).split())
    scores = {
        name: (len(present & own.keys()), len(words & set(_header(name.replace("-", " ")).split())))
        for name, own in by_questionnaire.items()
    }
    best = max(scores.values(), default=(0, 0))
    winners = [name for name, score in scores.items() if score == best]
    return winners[0] if best[0] and len(winners) == 1 else None


@dataclass(frozen=True, slots=True)
class _Filling:
    """A sheet that is being filled in."""

    file: Workbook
    sheet: Sheet
    layout: Layout
    lang: str
    overwrite: bool
    outcome: Outcome


def _fill_sheet(filling: _Filling, numbers: Sequence[tuple[int, str]], own: Mapping[str, Answer]) -> set[str]:
    """Fill in one sheet; returns the numbers that stand in it."""
    sheet, layout, outcome = filling.sheet, filling.layout, filling.outcome
    counts = Counter(number for _, number in numbers)
    chapters = {number.rpartition(".")[0] for _, number in numbers if number in own}
    chapters |= {chapter.rpartition(".")[0] for chapter in chapters}
    for row, number in numbers:
        answer = own.get(number)
        place = _place(sheet, row, layout.answer)
        if answer is None:
            if number not in chapters:
                outcome.unknown.append(f"{_place(sheet, row, layout.number)}: {sheet.text(row, layout.number).strip()}")
        elif counts[number] > 1:
            outcome.refused.append(f"{place}: {outcome.say('twice', number=answer.question_id)}")
        elif answer.answer is None:
            outcome.open.append(f"{place}: {answer.question_id}")
        elif _write_answer(filling, row, answer.question_id, answer.answer):
            _write_explanation(filling, row, answer)
    return {number for _, number in numbers if number in own}


def _write_answer(filling: _Filling, row: int, question_id: str, text: str) -> bool:
    """Write the answer; True when the cell now holds it, so that the explanation may stand beside it."""
    sheet, outcome = filling.sheet, filling.outcome
    target = sheet.corner(row, filling.layout.answer)
    place = f"{_place(sheet, *target)}: {question_id}"
    if target in sheet.edits:
        outcome.refused.append(f"{place}: ‘{text}’: {outcome.say('merged')}")
        return False
    if sheet.has_formula(*target):
        outcome.refused.append(f"{place}: ‘{text}’: {outcome.say('formula')}")
        return False
    chosen = _allowed(filling, sheet.rule(*target), text, place)
    if chosen is None:
        return False
    present = sheet.text(*target).strip()
    if present == chosen or (present and _bare(present) == _bare(chosen)):
        outcome.present += 1
        return True
    if present and not filling.overwrite:
        outcome.kept.append(f"{place}: {outcome.say('other_answer', present=present, chosen=chosen)}")
        return False
    if not sheet.put(*target, chosen):
        outcome.refused.append(f"{place}: ‘{text}’: {outcome.say('no_cell')}")
        return False
    outcome.answers += 1
    return True


def _allowed(filling: _Filling, rule: Rule | None, text: str, place: str) -> str | None:
    """The text to write: what the drop-down of the cell allows, or our own where there is none."""
    if rule is None:
        return text
    refused, told = filling.outcome.refused, filling.outcome.say
    if rule.kind != "list":
        refused.append(f"{place}: ‘{text}’: {told('other_rule', kind=rule.kind)}")
        return None
    choices = filling.file.choices(filling.sheet, rule.first)
    if not choices:
        refused.append(f"{place}: ‘{text}’: {told('unread_list', list=rule.first)}")
        return None
    chosen = choose(text, choices)
    if chosen is None:
        listed = ", ".join(f"‘{item}’" for item in choices)
        refused.append(f"{place}: ‘{text}’ {told('no_choice', listed=listed)}")
    return chosen


def _write_explanation(filling: _Filling, row: int, answer: Answer) -> None:
    sheet, outcome, column = filling.sheet, filling.outcome, filling.layout.explanation
    text = cell_text(explanation(answer, filling.lang))
    if column is None or not text:
        return
    target = sheet.corner(row, column)
    place = f"{_place(sheet, *target)}: {answer.question_id}, {outcome.say('explanation')}"
    present = sheet.text(*target).strip()
    rule = sheet.rule(*target)
    most = _longest(rule, len(text)) if rule else len(text)
    if most is not None and len(text) > most:
        text = _shortened(text, most)
        outcome.notes.append(f"{place}: {outcome.say('shortened', most=most)}")
    if sheet.has_formula(*target):
        outcome.refused.append(f"{place}: {outcome.say('formula')}")
    elif target in sheet.edits:
        outcome.refused.append(f"{place}: {outcome.say('merged')}")
    elif most is None:
        outcome.refused.append(f"{place}: {outcome.say('untestable')}")
    elif present == text.strip():
        return
    elif present and not filling.overwrite:
        outcome.kept.append(f"{place}: {outcome.say('other_text', present=_shortened(present, 60))}")
    elif sheet.put(*target, text):
        outcome.explanations += 1
    else:
        outcome.refused.append(f"{place}: {outcome.say('no_cell')}")


def _longest(rule: Rule, length: int) -> int | None:
    """The most characters that a text length rule allows a text of `length`; None when it cannot be made to fit or the
    rule is of another kind."""
    try:
        first, second = int(float(rule.first)), int(float(rule.second or rule.first))
    except ValueError:
        return None
    if rule.kind != "textLength":
        return None
    most = {"between": second, "lessThan": first - 1, "lessThanOrEqual": first, "equal": first}.get(
        rule.operator, length
    )
    least = {"between": first, "greaterThan": first + 1, "greaterThanOrEqual": first, "equal": first}.get(
        rule.operator, 0
    )
    return most if min(length, most) >= least and most > 0 else None


def _shortened(text: str, most: int) -> str:
    """At most `most` characters, cut after a word, with an ellipsis when something was left out."""
    flat = text if len(text) <= most else text[: most - 2].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"
    return flat[:most]


def _notes(sheet: Sheet, outcome: Outcome) -> None:
    if sheet.protected:
        outcome.notes.append(outcome.say("protected", sheet=sheet.name))


def _place(sheet: Sheet, row: int, column: int) -> str:
    return f"{sheet.name}!{letters(column)}{row}"


def _described(sheet: Sheet, layout: Layout, questionnaire_id: str, lang: str) -> str:
    found = layout.explanation
    explained = say("explanation_in", lang, column=letters(found)) if found else say("no_explanation", lang)
    return f"{sheet.name}: " + say(
        "sheet", lang, questionnaire=questionnaire_id, row=layout.row, number=letters(layout.number),
        answer=letters(layout.answer), explanation=explained,
    )  # fmt: skip
