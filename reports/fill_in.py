"""Fills in the questionnaire workbook that a coordinator downloaded: finds the header row and the columns by their texts,
matches the question numbers, and writes the answers that the workbook itself allows, with their explanation. Everything
else stays as it was (`xlsx_edit`), and a report says what was and what was not filled in."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from models.errors import EnsiaError
from models.message import message
from reports.answers import Answer, answers, explanation
from reports.fill_in_report import Outcome, report_text, say
from reports.provenance import lines, provenance
from reports.questionnaire_layout import (
    ROLES,
    Head,
    Layout,
    Wanted,
    find_heads,
    has_header,
    header_text,
    is_question_number,
    question_number,
    wanted,
)
from reports.safe import cell_text
from reports.xlsx_edit import Rule, Sheet, Workbook, letters
from warehouse.reading.read import Published

NAME = "fill-in"
TITLE_NL = "Invullen: antwoorden in het gedownloade werkboek van de vragenlijst"
TITLE_EN = "Fill-in: answers in the questionnaire workbook that was downloaded"
NEEDS = ("workbook",)  # options without which this report cannot be made

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TYPED_SINCE = 2020  # a day of an earlier year was a number of three parts
# A sheet is a questionnaire of ours when so large a part of its numbers is, and so many.
_SHARE_OF_SHEET = 2 / 3
_FEWEST_NUMBERS = 3
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


def build(
    published: Published,
    organisation: str,
    target: Path,
    *,
    lang: str = "nl",
    workbook: Path | str | None = None,
    columns: Mapping[str, str | Sequence[str]] | None = None,
    sheets: Sequence[str] = (),
    overwrite: bool = False,
    **options: Any,
) -> list[Path]:
    """Write `<name>-ingevuld.xlsx` and the report `<name>-ingevuld.txt`.

    `workbook` is the downloaded file; it is not changed. `columns` gives the header texts of number, answer and
    explanation where they are not the usual ones, `sheets` the sheets that are a questionnaire. `overwrite` replaces answers
    and explanations that are already there. EnsiaError when the file is not a readable workbook, no sheet has the header, or
    it can be filled in in two ways.
    """
    if workbook is None:
        raise EnsiaError(
            message("fillin.no_workbook"),
            advice=message("fillin.no_workbook_advice"),
        )
    source = Path(workbook)
    file = Workbook(source)
    outcome = fill(
        file, answers(published, organisation, lang), wanted(columns), lang=lang, sheets=sheets, overwrite=overwrite
    )
    filled = target / f"{source.stem}-ingevuld{source.suffix.lower()}"
    if filled.resolve() == source.resolve():
        raise EnsiaError(message("fillin.overwrites"), place=str(source), advice=message("fillin.another_folder"))
    file.write(filled)
    report = target / f"{source.stem}-ingevuld.txt"
    origin = lines(provenance(published, organisation), lang)
    report.write_text(report_text(outcome, source.name, filled.name, origin, lang), "utf-8")
    return [filled, report]


def fill(
    file: Workbook,
    our_answers: Sequence[Answer],
    texts: Wanted,
    *,
    lang: str = "nl",
    sheets: Sequence[str] = (),
    overwrite: bool = False,
) -> Outcome:
    """Note the answers and explanations in the sheets of the workbook that are a questionnaire of ours. EnsiaError when none
    has the header, or when it can be filled in in two ways."""
    outcome = Outcome(lang)
    by_questionnaire: dict[str, dict[str, Answer]] = defaultdict(dict)
    for answer in our_answers:
        by_questionnaire[answer.questionnaire_id][question_number(answer.question_id)] = answer
    fillings = _fillings(file, texts, by_questionnaire, outcome, sheets, overwrite)
    _refuse_shared_numbers(fillings)
    used: dict[str, set[str]] = defaultdict(set)
    for filling in fillings:
        for layout in dict.fromkeys(layout for _, layout, _ in filling.numbers):
            outcome.sheets.append(_sheet_in_words(filling.sheet, layout, filling.questionnaire_id, lang))
        _notes(filling.sheet, outcome)
        used[filling.questionnaire_id] |= _fill_sheet(filling, by_questionnaire[filling.questionnaire_id])
    for questionnaire_id, questionnaire_answers in by_questionnaire.items():
        unused_ids = [
            answer.question_id
            for number, answer in questionnaire_answers.items()
            if number not in used.get(questionnaire_id, ())
        ]
        if used.get(questionnaire_id):
            outcome.missing += [f"{questionnaire_id}: {number}" for number in unused_ids]
        else:
            outcome.notes.append(outcome.say("not_here", questionnaire=questionnaire_id, number=len(unused_ids)))
    if file.signed:
        outcome.notes.append(outcome.say("signature"))
    if file.formulas:
        outcome.notes.append(outcome.say("formulas"))
    return outcome


def _fillings(
    file: Workbook,
    texts: Wanted,
    by_questionnaire: Mapping[str, Mapping[str, Answer]],
    outcome: Outcome,
    sheets: Sequence[str],
    overwrite: bool,
) -> list[_Filling]:
    """The sheets that are a questionnaire of ours, with what is known of them; of the others it is noted that they are not."""
    _refuse_absent_sheets(file, sheets)
    sheet_names = set(map(str.casefold, sheets))
    our_numbers = {number for our_answers in by_questionnaire.values() for number in our_answers}
    fillings: list[_Filling] = []
    with_header = False
    for sheet in file.sheets:
        is_chosen = sheet.name.casefold() in sheet_names
        if not is_chosen and (sheet_names or not sheet.visible):
            continue
        is_headed = has_header(sheet, texts)
        with_header = with_header or is_headed
        heads = find_heads(sheet, texts, our_numbers)
        looked_through = Outcome(outcome.lang)
        numbers = _numbers(sheet, heads, looked_through)
        questionnaire_id = _questionnaire(sheet, numbers, by_questionnaire, is_chosen or bool(texts.chosen))
        if questionnaire_id is None:
            if is_headed:
                outcome.notes.append(outcome.say("other_questionnaire", sheet=sheet.name))
            continue
        outcome.notes += looked_through.notes
        outcome.unknown += looked_through.unknown
        layouts = {head: head.layout(sheet) for head in heads}
        placed = [(row, layouts[head], number) for row, head, number in numbers]
        fillings.append(_Filling(file, sheet, questionnaire_id, placed, outcome, overwrite))
    if not with_header:
        headings = "; ".join(f"{nl}: {texts.shown(role)}" for nl, role in ROLES.items())
        raise EnsiaError(
            message("fillin.no_header"),
            place=str(file.path),
            advice=message("fillin.no_header_advice", asked=headings),
        )
    return fillings


def _refuse_absent_sheets(file: Workbook, sheets: Sequence[str]) -> None:
    present = {sheet.name.casefold() for sheet in file.sheets}
    for name in sheets:
        if name.casefold() not in present:
            sheet_names = ", ".join(sheet.name for sheet in file.sheets)
            raise EnsiaError(
                message("fillin.no_sheet", name=name),
                place=str(file.path),
                advice=message("fillin.sheets", listed=sheet_names),
            )


def _refuse_shared_numbers(fillings: Sequence[_Filling]) -> None:
    """One question has one place: EnsiaError when two sheets hold the same numbers of a questionnaire."""
    first: dict[tuple[str, str], str] = {}
    for filling in fillings:
        for number in {number for _, _, number in filling.numbers}:
            name = first.setdefault((filling.questionnaire_id, number), filling.sheet.name)
            if name != filling.sheet.name:
                raise EnsiaError(
                    message("fillin.two_sheets", first=name, second=filling.sheet.name, number=number),
                    place=str(filling.file.path),
                    advice=message("fillin.two_sheets_advice", sheet=name),
                )


def choose(text: str, allowed: Sequence[str]) -> str | None:
    """The one of the `allowed` texts that means the same as our answer; None when none does or more than one may."""
    same = [item for item in allowed if _plain_answer(item) == _plain_answer(text)]
    if same:
        return same[0]
    meaning = meaning_of(text)
    if meaning is None:
        return None
    exact = [item for item in allowed if _plain_answer(item) in _MEANINGS[meaning]]
    near = [item for item in allowed if meaning_of(item) == meaning]
    candidates = exact or near
    is_only_one = len(set(map(_plain_answer, candidates))) == 1
    return candidates[0] if is_only_one else None


def meaning_of(text: str) -> str | None:
    """What an answer text means: yes, partly, no or not_applicable; None when it is something else."""
    bare = _plain_answer(text)
    for meaning, texts in _MEANINGS.items():
        if bare in texts:
            return meaning
    return next((meaning for meaning, pattern in _LOOSE if re.search(pattern, bare)), None)


def _plain_answer(text: str) -> str:
    """An answer text without case, numbering ('1. ', 'a) ') and punctuation; `N.v.t.` becomes `nvt`."""
    plain = re.sub(r"^\s*(\d+|[a-z])\s*[.):\-–=]\s+", "", text.casefold())
    plain = re.sub(r"[.'’/]", "", plain)
    return " ".join(re.sub(r"[^\w\s]", " ", plain).split())


def _numbers(sheet: Sheet, heads: Sequence[Head], outcome: Outcome) -> list[tuple[int, Head, str]]:
    """The rows below the headers with their question number; what stands in their place and is none is noted."""
    numbers: list[tuple[int, Head, str]] = []
    for head in heads:
        column = head.numbers[0]
        before: tuple[int, int] = (0, 0)
        for row in range(head.row + 1, head.last + 1):
            text = sheet.text(row, column)
            if not text:
                continue
            number = _read_number(sheet, row, column, text, outcome)
            if not is_question_number(number):
                if any(map(str.isdigit, text)):
                    place = _place(sheet, row, column)
                    outcome.unknown.append(f"{place}: {text.strip()} ({outcome.say('unread')})")
                continue
            number, before = _with_lost_zero(sheet, row, column, number, before, outcome)
            numbers.append((row, head, number))
    return numbers


def _read_number(sheet: Sheet, row: int, column: int, text: str, outcome: Outcome) -> str:
    """The number in a cell, also where a spreadsheet program took it for a day."""
    if not _DAY.fullmatch(text):
        return question_number(text)
    number = _number_of_day(date.fromisoformat(text))
    outcome.notes.append(f"{_place(sheet, row, column)}: {outcome.say('was_date', text=text, read=number)}")
    return number


def _with_lost_zero(
    sheet: Sheet, row: int, column: int, number: str, before: tuple[int, int], outcome: Outcome
) -> tuple[str, tuple[int, int]]:
    """A number that was typed as a number has lost its zero: 5.10 stands there as 5.1. Where 5.1 would go back in the order
    and 5.10 would not, it is read as 5.10. Returns it, and the place in the order for the next one."""
    parts = number.split(".")
    if len(parts) < 2 or not all(part.isdecimal() for part in parts):
        return number, before
    pair = (int(parts[0]), int(parts[1]))
    if sheet.cells[row, column].loose and len(parts) == 2 and pair[0] == before[0]:
        longer = (pair[0], 10 * pair[1])
        if pair[1] < 10 and pair <= before < longer:
            read = f"{longer[0]}.{longer[1]}"
            text = sheet.text(row, column)
            outcome.notes.append(f"{_place(sheet, row, column)}: {outcome.say('lost_zero', text=text, read=read)}")
            return read, longer
    return number, pair


def _number_of_day(day: date) -> str:
    """The number that a spreadsheet program took for a day: 5-1 (this year) for 5.1, 5-1-2001 for 5.1.1."""
    return f"{day.day}.{day.month}" + (f".{day.year % 100}" if 2000 < day.year < _TYPED_SINCE else "")


def _questionnaire(
    sheet: Sheet,
    numbers: Sequence[tuple[int, Head, str]],
    by_questionnaire: Mapping[str, Mapping[str, Answer]],
    is_chosen: bool,
) -> str | None:
    """The questionnaire with most of the numbers; of two with as many the one that the sheet is named after. None where too
    few of the numbers on the sheet are ours, unless somebody chose it."""
    present = [number for _, _, number in numbers]
    words = set(header_text(sheet.name).split())
    scores = {
        name: (len(our_answers.keys() & set(present)), len(words & set(header_text(name.replace("-", " ")).split())))
        for name, our_answers in by_questionnaire.items()
    }
    best = max(scores.values(), default=(0, 0))
    winners = [name for name, score in scores.items() if score == best]
    if not best[0] or len(winners) != 1:
        return None
    our_answers = by_questionnaire[winners[0]]
    return winners[0] if is_chosen or _is_ours(present, our_answers) else None


def _is_ours(present: Sequence[str], our_answers: Mapping[str, Answer]) -> bool:
    """Whether the numbers on a sheet are those of a questionnaire, and not of another that has some in common."""
    heads = {number for number, after in pairwise([*present, ""]) if after.startswith(f"{number}.")}
    questions = set(present) - (heads - our_answers.keys())
    number_of_ours = len(questions & our_answers.keys())
    fewest = max(min(_FEWEST_NUMBERS, len(our_answers)), _SHARE_OF_SHEET * len(questions))
    return number_of_ours >= fewest


@dataclass(frozen=True, slots=True)
class _Filling:
    """A sheet that is being filled in, with the numbers on it: the row of each, and the layout that it stands in."""

    file: Workbook
    sheet: Sheet
    questionnaire_id: str
    numbers: Sequence[tuple[int, Layout, str]]
    outcome: Outcome
    overwrite: bool

    @property
    def lang(self) -> str:
        return self.outcome.lang

    def leaves_locked(self, row: int, column: int) -> bool:
        """Whether a cell is locked on a protected sheet on which others are free: those are what may be filled in."""
        return self.sheet.is_locked(row, column) and self.has_free_cells

    @property
    def has_free_cells(self) -> bool:
        """Whether the maker of a protected sheet left some of the cells for answers free."""
        cells = [self.sheet.corner(row, layout.answer) for row, layout, _ in self.numbers]
        return not all(self.sheet.is_locked(*cell) for cell in cells)


def _fill_sheet(filling: _Filling, our_answers: Mapping[str, Answer]) -> set[str]:
    """Fill in one sheet; returns the numbers that stand in it."""
    sheet, outcome, numbers = filling.sheet, filling.outcome, filling.numbers
    counts = Counter(number for _, _, number in numbers)
    chapters = {number.rpartition(".")[0] for _, _, number in numbers if number in our_answers}
    chapters |= {chapter.rpartition(".")[0] for chapter in chapters}
    for row, layout, number in numbers:
        answer = our_answers.get(number)
        place = _place(sheet, row, layout.answer)
        if answer is None:
            if number not in chapters:
                outcome.unknown.append(f"{_place(sheet, row, layout.number)}: {sheet.text(row, layout.number).strip()}")
        elif counts[number] > 1:
            outcome.refused.append(f"{place}: {outcome.say('twice', number=answer.question_id)}")
        elif answer.answer is None:
            outcome.open.append(f"{place}: {answer.question_id}")
        elif _write_answer(filling, row, layout, answer.question_id, answer.answer):
            _write_explanation(filling, row, layout, answer)
    return {number for _, _, number in numbers if number in our_answers}


def _write_answer(filling: _Filling, row: int, layout: Layout, question_id: str, text: str) -> bool:
    """Write the answer; True when the cell now holds it, so that the explanation may stand beside it."""
    sheet, outcome = filling.sheet, filling.outcome
    target = sheet.corner(row, layout.answer)
    place = f"{_place(sheet, *target)}: {question_id}"
    if target in sheet.edits:
        outcome.refused.append(f"{place}: ‘{text}’: {outcome.say('merged')}")
        return False
    if sheet.has_formula(*target):
        outcome.refused.append(f"{place}: ‘{text}’: {outcome.say('formula')}")
        return False
    if filling.leaves_locked(*target):
        outcome.refused.append(f"{place}: ‘{text}’: {outcome.say('locked')}")
        return False
    answer = _fitting_answer(filling, sheet.rule(*target), text, place)
    if answer is None:
        return False
    present = sheet.text(*target).strip()
    if present == answer or (present and _plain_answer(present) == _plain_answer(answer)):
        outcome.present += 1
        return True
    if present and not filling.overwrite:
        outcome.kept.append(f"{place}: {outcome.say('other_answer', present=present, chosen=answer)}")
        return False
    if not sheet.put(*target, answer):
        outcome.refused.append(f"{place}: ‘{text}’: {outcome.say('no_cell')}")
        return False
    outcome.answers += 1
    return True


def _fitting_answer(filling: _Filling, rule: Rule | None, text: str, place: str) -> str | None:
    """The text to write: what the drop-down of the cell allows, or our own where there is none."""
    if rule is None:
        return text
    outcome = filling.outcome
    if rule.kind != "list":
        outcome.refused.append(f"{place}: ‘{text}’: {outcome.say('other_rule', kind=rule.kind)}")
        return None
    choices = filling.file.choices(filling.sheet, rule.first)
    if not choices:
        outcome.refused.append(f"{place}: ‘{text}’: {outcome.say('unread_list', list=rule.first)}")
        return None
    choice = choose(text, choices)
    if choice is None:
        options = ", ".join(f"‘{item}’" for item in choices)
        outcome.refused.append(f"{place}: ‘{text}’ {outcome.say('no_choice', listed=options)}")
    return choice


def _write_explanation(filling: _Filling, row: int, layout: Layout, answer: Answer) -> None:
    sheet, outcome, column = filling.sheet, filling.outcome, layout.explanation
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
    elif filling.leaves_locked(*target):
        outcome.refused.append(f"{place}: {outcome.say('locked')}")
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
    flat = text
    if len(text) > most:
        flat = text[: most - 2].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"
    return flat[:most]


def _notes(sheet: Sheet, outcome: Outcome) -> None:
    if sheet.protected:
        outcome.notes.append(outcome.say("protected", sheet=sheet.name))


def _place(sheet: Sheet, row: int, column: int) -> str:
    return f"{sheet.name}!{letters(column)}{row}"


def _sheet_in_words(sheet: Sheet, layout: Layout, questionnaire_id: str, lang: str) -> str:
    column = layout.explanation
    explained = say("explanation_in", lang, column=letters(column)) if column else say("no_explanation", lang)
    return f"{sheet.name}: " + say(
        "sheet", lang, questionnaire=questionnaire_id, row=layout.row, number=letters(layout.number),
        answer=letters(layout.answer), explanation=explained,
    )  # fmt: skip
