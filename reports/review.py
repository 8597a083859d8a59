"""Reads a reviewed ENSIA workbook back: which open cells were changed, and everything that was changed but may not be.
Keeping the decisions is left to `warehouse/year/review.py`; the workbook is made by `reports/ensia_workbook.py`.

A review is taken in whole or not at all: half a review would give answers that nobody meant.
"""

from __future__ import annotations

import hashlib
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from models.errors import NotFound
from models.language import Language
from models.message import message
from models.wording import word
from reports.answers import Answer, answers, explanation
from reports.ensia_workbook import FORMAT, HIDDEN_SHEET, ROW, mark, row_mark, shown
from warehouse.reading.read import Published
from warehouse.reading.reviews import FIELDS, Overrule, Question, ReviewError, present_reviews
from warehouse.reading.shapes import AnswerAfterRun, FinishedRun, PresentAnswer

LARGEST = 200 << 20  # bytes that a workbook may unpack to; ours are under 2 MB
_HEADER = ("sheet", "row", "questionnaire_id", "question_id", "column", "role", "hash")
_NEEDED = ("format", "organisation_id", "run_no", "run_id", "as_of", "lang")
_MADE_ANEW = message("review.make_anew")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a workbook is refused: where, what is wrong, and what was expected there. `hash` marks the text that stood
    there, `question` whose row it is; they serve to name that text."""

    sheet: str
    cell: str
    message: str
    expected: str = ""
    question: Question | None = None
    hash: str = ""

    def __str__(self) -> str:
        expected = f" (verwacht: {self.expected})" if self.expected else ""
        return f"blad {self.sheet}, cel {self.cell}: {self.message}{expected}"


class ReviewRefused(ReviewError):
    """Nothing of the workbook was taken in; `problems` says why, all of it."""

    def __init__(self, problems: list[Problem], place: str) -> None:
        self.problems = problems
        listed = "; ".join(str(problem) for problem in problems[:3])
        more = f"; en nog {len(problems) - 3}" if len(problems) > 3 else ""
        super().__init__(
            f"niets ingelezen, {len(problems)} bezwaar{'' if len(problems) == 1 else 'en'}: {listed}{more}",
            place=place,
            advice="herstel deze cellen en lees het werkboek opnieuw in",
        )


@dataclass(frozen=True, slots=True)
class Change:
    """An open cell with another text than was exported. `exported` is the mark of the text that was."""

    sheet: str
    cell: str
    questionnaire_id: str
    question_id: str
    field: str
    new_value: str
    exported: str


@dataclass(slots=True)
class Review:
    """What a reviewed workbook says. Only what was read; whether it fits what is known here is for `check`."""

    path: Path
    file_hash: str
    organisation_id: str
    run_no: int
    run_id: str
    as_of: date
    lang: str
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Mark:
    role: str
    hash: str


_Rows = dict[int, str]  # by exported row of a sheet without open cells: the mark of the row
_Lines = dict[int, tuple[Question, dict[int, _Mark]]]  # by exported row: the question, and a mark per column


def read_review(path: Path) -> Review:
    """The changes in a reviewed workbook and what is wrong with it. Raises NotFound, or ReviewError when it is no
    workbook of ours."""
    workbook = opened_workbook(path)
    try:
        if HIDDEN_SHEET not in workbook.sheetnames:
            raise ReviewError(message("review.not_ours"), place=path.name, advice=_MADE_ANEW)
        facts, marks, fixed = _hidden(workbook[HIDDEN_SHEET], path)
        review = Review(
            path, hashlib.sha256(path.read_bytes()).hexdigest(), facts["organisation_id"], int(facts["run_no"]),
            facts["run_id"], date.fromisoformat(facts["as_of"]), Language(facts["lang"]),
        )  # fmt: skip
        for name, lines in marks.items():
            if name in workbook.sheetnames:
                _compare_sheet(review, name, _grid(workbook[name]), lines)
            else:
                review.problems.append(Problem(name, "A1", "het blad ontbreekt", "het blad zoals het is gemaakt"))
        for name, rows in fixed.items():
            if name in workbook.sheetnames:
                _compare_rows(review, name, _grid(workbook[name]), rows)
            else:
                review.problems.append(Problem(name, "A1", "het blad ontbreekt", "het blad zoals het is gemaakt"))
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise ReviewError(message("review.damaged"), place=path.name, advice=_MADE_ANEW) from error
    finally:
        workbook.close()
    return review


def check(
    review: Review, published: Published, organisation: str | None = None, *, accept_older: bool = False
) -> list[Overrule]:
    """The overrules that the review asks for, when all of it may be taken in; what is already so is left out.

    `published` may be over the writable warehouse, so that nothing changes between checking and keeping.
    `accept_older` lets a workbook of an earlier run in, for questions whose proposal is still the same.
    Raises ReviewRefused with every problem.
    """
    _check_origin(review, published, organisation, accept_older)
    known = {
        (answer.questionnaire_id, answer.question_id): answer
        for answer in answers(published, review.organisation_id, review.lang)
    }
    problems = [_with_expected(problem, known, review.lang) for problem in review.problems]
    reviews = present_reviews(published, review.organisation_id)
    now, then = (_proposals(published, review, present=present) for present in (True, False))
    overrules = []
    for change in review.changes:
        question = (change.questionnaire_id, change.question_id)
        answer = known.get(question)
        if answer is None:
            problems.append(_problem(change, "deze vraag bestaat niet meer", "een vraag van de vragenlijst"))
            continue
        spoken = reviews[question].values.get(change.field) if question in reviews else None
        value = _allowed(change, answer)
        if value is None:
            expected = ", ".join(f"‘{text}’" for text in answer.scale)
            said = (
                f"‘{change.new_value}’ is geen antwoord op deze vraag" if change.new_value else "het antwoord is leeg"
            )
            problems.append(_problem(change, said, expected))
        elif spoken == value:
            continue  # taken in before
        elif spoken is not None and not _is(change.exported, spoken, review.lang):
            by = reviews[question].reviewer
            problems.append(_problem(change, f"is na het maken van dit werkboek al gewijzigd door {by}", f"‘{spoken}’"))
        elif now.get(question) != then.get(question):
            problems.append(_problem(change, "het voorstel is sinds dit werkboek veranderd", _told(now.get(question))))
        else:
            before = spoken if spoken is not None else _before(change, answer, review.lang)
            overrules.append(_overrule(review, change, before, value, now.get(question, (None, None))))
    if problems:
        raise ReviewRefused(problems, review.path.name)
    return overrules


def drafted(answer: Answer, lang: str = "nl") -> dict[str, str]:
    """The text of each open field of an answer as the workbook shows it; empty where there is none."""
    improvement = answer.improvements[0] if answer.improvements else None
    due = improvement.due_on if improvement else None
    return {
        "answer": answer.answer or "",
        "explanation": explanation(answer, lang),
        "improvement": "; ".join(item.action for item in answer.improvements),
        "owner": answer.owner or "",
        "deadline": due.isoformat() if due else "",
    }


def drafts(published: Published, organisation: str) -> dict[Question, dict[str, str]]:
    """`drafted` for every question: what a freeze keeps where no reviewer spoke."""
    return {
        (answer.questionnaire_id, answer.question_id): drafted(answer) for answer in answers(published, organisation)
    }


def opened_workbook(path: Path) -> Any:
    from openpyxl import load_workbook

    if not path.is_file():
        raise NotFound(message("os.absent"), place=str(path), advice=message("review.give_the_workbook"))
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
                raise ReviewError(message("review.too_large"), place=path.name, advice=_MADE_ANEW)
        return load_workbook(path, read_only=True, data_only=False)
    except ReviewError:
        raise
    except Exception as error:  # openpyxl raises whatever its readers of zip and XML raise
        raise ReviewError(
            message("review.unreadable"), place=path.name, advice=message("review.save_as_xlsx")
        ) from error


def _hidden(sheet: Any, path: Path) -> tuple[dict[str, str], dict[str, _Lines], dict[str, _Rows]]:
    """The facts about the export, and per sheet the marks of its cells, or of its rows where all is fixed."""
    facts: dict[str, str] = {}
    marks: dict[str, _Lines] = defaultdict(dict)
    fixed: dict[str, _Rows] = defaultdict(dict)
    in_marks = False
    for row in sheet.iter_rows(values_only=True):
        line = [exported_text(value) for value in row]
        if tuple(line[:7]) == _HEADER:
            in_marks = True
        elif not in_marks:
            facts[line[0]] = line[1]
        elif line[0]:
            name, number, questionnaire_id, question_id, column, role, hashed = line[:7]
            if role == ROW:
                fixed[name][int(number)] = hashed
                continue
            question = (questionnaire_id, question_id)
            marks[name].setdefault(int(number), (question, {}))[1][int(column)] = _Mark(role, hashed)
    if not in_marks or any(not facts.get(name) for name in _NEEDED):
        raise ReviewError(message("review.incomplete"), place=path.name, advice=_MADE_ANEW)
    if facts["format"] != FORMAT:
        raise ReviewError(
            message("review.other_version", format=facts["format"]),
            place=path.name,
            advice=_MADE_ANEW,
        )
    return facts, marks, fixed


def _grid(sheet: Any) -> dict[tuple[int, int], Any]:
    """The cells that hold something, by row and column, as in Excel from 1."""
    sheet.reset_dimensions()
    return {
        (cell.row, cell.column): cell
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None and cell.value != ""
    }


def _compare_sheet(review: Review, name: str, grid: dict[tuple[int, int], Any], lines: _Lines) -> None:
    found = dict(_align(review, name, grid, lines))
    columns = {column for _, marks in lines.values() for column in marks}
    for exported, row in found.items():
        question, marks = lines[exported]
        for column, own in sorted(marks.items()):
            _compare_cell(review, name, (row, column), grid.get((row, column)), question, own)
    rows = set(found.values())
    first = min(lines, default=0)
    for row, column in sorted(grid):
        if row >= first and (row not in rows or column not in columns):
            review.problems.append(
                Problem(
                    name, cell_address(row, column), "hier mag niets staan", "leeg; gebruik de toelichting van de vraag"
                )
            )


def _compare_rows(review: Review, name: str, grid: dict[tuple[int, int], Any], rows: _Rows) -> None:
    """Tells of rows that are not as they were made; their order is free, for a reviewer may sort them."""
    left = Counter(rows.values())
    last = max((column for _, column in grid), default=0)
    changed = []
    for row in sorted({row for row, _ in grid if row >= min(rows, default=1)}):
        cells = (grid.get((row, column)) for column in range(1, last + 1))
        found = row_mark(exported_text(cell.value) if cell is not None else "" for cell in cells)
        if left[found]:
            left[found] -= 1
        else:
            changed.append(row)
    expected = "de rij zoals die is gemaakt; zet wat u mist in de toelichting van de vraag"
    review.problems += [
        Problem(name, cell_address(row, 1), "de rij is gewijzigd of toegevoegd, maar ligt vast", expected)
        for row in changed
    ]
    missing = left.total() - len(changed)
    if missing > 0:
        review.problems.append(
            Problem(name, "A1", f"er ontbreken {missing} rijen", "alle rijen zoals die zijn gemaakt")
        )


def _align(review: Review, name: str, grid: dict[tuple[int, int], Any], lines: _Lines) -> Iterator[tuple[int, int]]:
    """Pairs (exported row, row where that question stands now); tells of rows that are missing, double or moved."""
    first = min(lines, default=0)
    places: dict[str, list[int]] = defaultdict(list)
    for row, column in sorted(grid):
        if column == 1 and row >= first:
            places[exported_text(grid[row, column].value)].append(row)
    numbers = {shown(question[1], "fixed", review.lang) for question, _ in lines.values()}
    unmoved = {row for row in lines if row in {r for text, rows in places.items() if text not in numbers for r in rows}}
    placed: list[tuple[int, int]] = []
    for row, (question, _) in sorted(lines.items()):
        here = places.get(shown(question[1], "fixed", review.lang), [])
        if len(here) > 1:
            message = f"vraag {question[1]} staat hier nog een keer"
            review.problems.append(Problem(name, f"A{here[1]}", message, f"vraag {question[1]} eenmaal"))
        if here:
            placed.append((row, here[0]))
        elif row in unmoved:
            placed.append((row, row))  # its number was changed: told as a changed cell
        else:
            message = f"de rij van vraag {question[1]} ontbreekt"
            review.problems.append(Problem(name, f"A{row}", message, f"vraag {question[1]}"))
    for (row, here_now), should in zip(placed, sorted(place for _, place in placed), strict=True):
        if here_now != should:
            number = lines[row][0][1]
            message = f"vraag {number} staat op een andere plaats"
            review.problems.append(Problem(name, f"A{here_now}", message, "de volgorde van de vragenlijst"))
    yield from placed


def _compare_cell(
    review: Review, sheet: str, place: tuple[int, int], cell: Any, question: Question, own: _Mark
) -> None:
    text = exported_text(cell.value) if cell is not None else ""
    address = cell_address(*place)
    if any(mark(variant) == own.hash for variant in _variants(text)):
        return
    if own.role not in FIELDS:
        message = "is gewijzigd, maar ligt vast"
        review.problems.append(Problem(sheet, address, message, "", question, own.hash))
        return
    if cell is not None and cell.data_type in ("f", "e"):
        review.problems.append(Problem(sheet, address, "is een formule of fout", "de tekst zelf", question))
        return
    value = text.strip()
    if own.role == "deadline":
        day = iso_day(value)
        if day is None:
            review.problems.append(
                Problem(sheet, address, f"‘{value}’ is geen dag", "bijvoorbeeld 31-12-2026", question)
            )
            return
        if mark(day) == own.hash:
            return
        value = day
    review.changes.append(Change(sheet, address, *question, own.role, unescaped(value), own.hash))


def exported_text(value: Any) -> str:
    """A cell as the exported text it is compared with: a day as its ISO day, whole numbers without decimals."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("_x000D_", "").replace("\r\n", "\n")


def _variants(text: str) -> Iterable[str]:
    """The text, and as spreadsheet programs may save the same text."""
    yield text
    yield text.rstrip()
    yield unicodedata.normalize("NFC", text)


def unescaped(value: str) -> str:
    """Without the apostrophe that the export puts before what looks like a formula."""
    return value[1:] if value[:1] == "'" and value[1:2] in ("=", "+", "-", "@") else value


def iso_day(text: str) -> str | None:
    """A day as ISO text; empty stays empty, None for what is no day."""
    if not text:
        return ""
    for form in ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, form).date().isoformat()
        except ValueError:
            continue
    return None


def cell_address(row: int, column: int) -> str:
    from openpyxl.utils import get_column_letter

    return f"{get_column_letter(column)}{row}"


def _check_origin(review: Review, published: Published, organisation: str | None, accept_older: bool) -> None:
    """Refuse a workbook of another organisation, of an unknown run, or of an older one."""
    place = review.path.name
    known = published.organisations()
    if review.organisation_id not in known or organisation not in (None, review.organisation_id):
        raise ReviewError(
            message("review.other_organisation", name=review.organisation_id), place=place,
            advice=message("review.other_organisation_advice", known=organisation or ", ".join(known)),
        )  # fmt: skip
    if not published.select(FinishedRun, run_no=review.run_no, run_id=review.run_id):
        raise ReviewError(
            message("review.unknown_run", run=review.run_no, name=review.run_id), place=place,
            advice=_MADE_ANEW,
        )  # fmt: skip
    newest = published.last_run()
    if review.run_no < newest["run_no"] and not accept_older:
        raise ReviewError(
            message("review.older_run", run=review.run_no, newest=newest["run_no"]), place=place,
            advice=message("review.older_run_advice"),
        )  # fmt: skip


def _proposals(published: Published, review: Review, *, present: bool) -> dict[Question, tuple[str | None, str | None]]:
    """Answer and status that were proposed for every question: now, or after the run of the workbook."""
    proposals: Sequence[PresentAnswer | AnswerAfterRun]
    if present:
        proposals = published.select(PresentAnswer, review.organisation_id)
    else:
        proposals = published.select(AnswerAfterRun, review.organisation_id, run_no=review.run_no)
    return {(item.questionnaire_id, item.question_id): (item.answer, item.status) for item in proposals}


def _allowed(change: Change, answer: Answer) -> str | None:
    """The value as it is kept; None for an answer that the question does not have."""
    if change.field != "answer":
        return change.new_value
    by_letters = {text.casefold(): text for text in answer.scale}
    return by_letters.get(change.new_value.casefold())


def _is(marked: str, value: str, lang: str) -> bool:
    return mark(shown(value, "open", lang)) == marked


def _before(change: Change, answer: Answer, lang: str) -> str | None:
    """What stood in the cell, when that is still what we would write; else it is not known."""
    text = drafted(answer, lang)[change.field]
    return (text or None) if _is(change.exported, text, lang) else None


def _overrule(
    review: Review, change: Change, before: str | None, value: str, proposal: tuple[str | None, str | None]
) -> Overrule:
    return Overrule(
        review.organisation_id, review.as_of.year, change.questionnaire_id, change.question_id, change.field,
        before, value, proposal[0], proposal[1], review.run_no,
    )  # fmt: skip


def _problem(change: Change, message: str, expected: str) -> Problem:
    return Problem(change.sheet, change.cell, message, expected, (change.questionnaire_id, change.question_id))


def _told(proposal: tuple[str | None, str | None] | None) -> str:
    answer, status = proposal or (None, None)
    return f"een werkboek met het voorstel van nu: ‘{answer or 'open'}’, {word(status)}"


def _with_expected(problem: Problem, known: Mapping[Question, Answer], lang: str) -> Problem:
    """The problem with the text that stood in a fixed cell: that of the answer's texts which has the same mark."""
    if problem.expected:
        return problem
    expected = "de tekst die er stond"
    answer = known.get(problem.question) if problem.question else None
    if answer is not None and problem.hash:
        for text in _fixed_texts(answer, lang):
            if mark(text) == problem.hash:
                expected = f"‘{text}’" if text else "leeg"
                break
    return replace(problem, expected=expected)


def _fixed_texts(answer: Answer, lang: str) -> Iterator[str]:
    """Every text that the workbook may show of an answer in a cell that is fixed."""
    number = len(answer.proof)
    plural = "" if number == 1 else "s"
    for value in (
        "", answer.question_id, answer.text, answer.status, answer.basis, answer.expires_on, answer.excepted_until,
        f"{number} record{plural}", f"{number} bewijsregel{plural}", "voorstel", "beoordelaar", "proposal", "reviewer",
    ):  # fmt: skip
        yield shown(value, "fixed", lang)
