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
from models.message import Text, joined, message
from models.wording import both_words
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
    what: Text
    wanted: Text = ""
    question: Question | None = None
    hash: str = ""

    @property
    def message(self) -> str:
        """What is wrong, in Dutch."""
        return str(self.what)

    @property
    def expected(self) -> str:
        """What was expected, in Dutch."""
        return str(self.wanted)

    @property
    def sentence(self) -> Text:
        """Where, what is wrong, and what was expected."""
        place = {"sheet": self.sheet, "cell": self.cell}
        if not self.wanted:
            return message("review.problem", **place, problem=self.what)
        return message("review.problem_expected", **place, problem=self.what, expected=self.wanted)

    def __str__(self) -> str:
        return str(self.sentence)


class ReviewRefused(ReviewError):
    """Nothing of the workbook was taken in; `problems` says why, all of it."""

    def __init__(self, problems: list[Problem], place: str) -> None:
        self.problems = problems
        number = len(problems)
        parts: list[Text] = [problem.sentence for problem in problems[:3]]
        if number > 3:
            parts.append(message("review.and_more", number=number - 3))
        super().__init__(
            message("review.refused", number=number, problems=joined(parts, "; ")),
            place=place,
            advice=message("review.mend_cells"),
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

    @property
    def question(self) -> Question:
        return self.questionnaire_id, self.question_id


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


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of a sheet with open cells as it was exported: its question, and a mark per column."""

    question: Question
    marks: dict[int, _Mark] = field(default_factory=dict)


_Rows = dict[int, str]  # by exported row of a sheet without open cells: the mark of the row
_Lines = dict[int, _Line]  # by exported row
_Grid = dict[tuple[int, int], Any]  # the cells that hold something, by row and column, as in Excel from 1


@dataclass(slots=True)
class _Export:
    """What the hidden sheet says of the workbook as it was exported: `facts` about the run, and per sheet the marks of its
    cells, or of its rows where all is fixed."""

    facts: dict[str, str] = field(default_factory=dict)
    lines: dict[str, _Lines] = field(default_factory=lambda: defaultdict(dict))
    fixed: dict[str, _Rows] = field(default_factory=lambda: defaultdict(dict))


def read_review(path: Path) -> Review:
    """The changes in a reviewed workbook and what is wrong with it. Raises NotFound, or ReviewError when it is no
    workbook of ours."""
    workbook = opened_workbook(path)
    try:
        if HIDDEN_SHEET not in workbook.sheetnames:
            raise ReviewError(message("review.not_ours"), place=path.name, advice=_MADE_ANEW)
        export = _export(workbook[HIDDEN_SHEET], path)
        review = _review_of(export, path)
        for name, lines in export.lines.items():
            if _is_there(review, name, workbook):
                _compare_sheet(review, name, _grid(workbook[name]), lines)
        for name, rows in export.fixed.items():
            if _is_there(review, name, workbook):
                _compare_rows(review, name, _grid(workbook[name]), rows)
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
    present = _Present(published, review)
    problems = [_with_expected(problem, present.answers, review.lang) for problem in review.problems]
    overrules = []
    for change in review.changes:
        judged = _judge_change(change, review, present)
        if isinstance(judged, Problem):
            problems.append(judged)
        elif judged is not None:
            overrules.append(judged)
    if problems:
        raise ReviewRefused(problems, review.path.name)
    return overrules


class _Present:
    """What stands of every question now: its answer and what reviewers said, its proposal now and after the run that the
    workbook was made of."""

    def __init__(self, published: Published, review: Review) -> None:
        organisation = review.organisation_id
        now = published.select(PresentAnswer, organisation)
        then = published.select(AnswerAfterRun, organisation, run_no=review.run_no)
        self.answers = {answer.question: answer for answer in answers(published, organisation, review.lang)}
        self.reviews = present_reviews(published, organisation)
        self.proposals = _proposals(now)
        self.proposals_then = _proposals(then)

    def spoken(self, change: Change) -> str | None:
        """What a reviewer said of the field of a change; None when nobody did."""
        reviewed = self.reviews.get(change.question)
        return reviewed.values.get(change.field) if reviewed else None


def _judge_change(change: Change, review: Review, present: _Present) -> Overrule | Problem | None:
    """The overrule that a change asks for, why it may not be taken in, or None when it was taken in before."""
    question = change.question
    answer = present.answers.get(question)
    if answer is None:
        return _problem_of(change, message("review.no_such_question"), message("review.a_question"))
    value = _value_kept(change, answer)
    if value is None:
        return _no_answer(change, answer)
    spoken = present.spoken(change)
    if spoken == value:
        return None
    if spoken is not None and not _is_text_of(change.exported, spoken, review.lang):
        reviewer = present.reviews[question].reviewer
        return _problem_of(change, message("review.changed_since", reviewer=reviewer), f"‘{spoken}’")
    proposal = present.proposals.get(question)
    if proposal != present.proposals_then.get(question):
        return _problem_of(change, message("review.proposal_changed"), _with_proposal(proposal))
    before = spoken if spoken is not None else _text_before(change, answer, review.lang)
    return _overrule(review, change, before, value, proposal or _NO_PROPOSAL)


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
    return {answer.question: drafted(answer) for answer in answers(published, organisation)}


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


def _export(sheet: Any, path: Path) -> _Export:
    """What the hidden sheet says. Raises ReviewError when it is not whole or of another version."""
    export = _Export()
    in_marks = False
    for row in sheet.iter_rows(values_only=True):
        cells = [exported_text(value) for value in row]
        if tuple(cells[:7]) == _HEADER:
            in_marks = True
        elif not in_marks:
            export.facts[cells[0]] = cells[1]
        elif cells[0]:
            _take_mark(export, cells)
    if not in_marks:
        raise ReviewError(message("review.incomplete"), place=path.name, advice=_MADE_ANEW)
    _refuse_facts(export.facts, path)
    return export


def _refuse_facts(facts: dict[str, str], path: Path) -> None:
    """Raises ReviewError when the facts about the run are not whole, or are those of another version of the workbook."""
    if not all(facts.get(name) for name in _NEEDED):
        raise ReviewError(message("review.incomplete"), place=path.name, advice=_MADE_ANEW)
    version = facts["format"]
    if version != FORMAT:
        raise ReviewError(
            message("review.other_version", format=version),
            place=path.name,
            advice=_MADE_ANEW,
        )


def _take_mark(export: _Export, cells: list[str]) -> None:
    """Take in a line of the hidden sheet: the mark of a cell, or of a row where all is fixed."""
    sheet, row, questionnaire_id, question_id, column, role, content = cells[:7]
    if role == ROW:
        export.fixed[sheet][int(row)] = content
        return
    line = export.lines[sheet].setdefault(int(row), _Line((questionnaire_id, question_id)))
    line.marks[int(column)] = _Mark(role, content)


def _review_of(export: _Export, path: Path) -> Review:
    """A review in which nothing was read yet but what it is a review of."""
    facts = export.facts
    return Review(
        path=path,
        file_hash=hashlib.sha256(path.read_bytes()).hexdigest(),
        organisation_id=facts["organisation_id"],
        run_no=int(facts["run_no"]),
        run_id=facts["run_id"],
        as_of=date.fromisoformat(facts["as_of"]),
        lang=Language(facts["lang"]),
    )


def _is_there(review: Review, sheet: str, workbook: Any) -> bool:
    """Whether the workbook still has a sheet; tells of it when not."""
    if sheet in workbook.sheetnames:
        return True
    review.problems.append(Problem(sheet, "A1", message("paper.sheet_absent"), message("review.sheet_as_made")))
    return False


def _grid(sheet: Any) -> _Grid:
    sheet.reset_dimensions()
    return {
        (cell.row, cell.column): cell
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None and cell.value != ""
    }


def _compare_sheet(review: Review, name: str, grid: _Grid, lines: _Lines) -> None:
    """Take in the changes of open cells; tells of what else is not as it was made."""
    rows_now = _align(review, name, grid, lines)
    for exported, row in rows_now.items():
        line = lines[exported]
        for column, exported_mark in sorted(line.marks.items()):
            _compare_cell(review, name, (row, column), grid.get((row, column)), line.question, exported_mark)
    _refuse_additions(review, name, grid, lines, set(rows_now.values()))


def _refuse_additions(review: Review, name: str, grid: _Grid, lines: _Lines, rows: set[int]) -> None:
    """Tells of cells that hold something outside the rows of questions and their columns."""
    columns = {column for line in lines.values() for column in line.marks}
    first = min(lines, default=0)
    expected = message("review.empty_here")
    for row, column in sorted(grid):
        is_ours = row in rows and column in columns
        if row >= first and not is_ours:
            review.problems.append(Problem(name, cell_address(row, column), message("review.nothing_here"), expected))


def _compare_rows(review: Review, name: str, grid: _Grid, rows: _Rows) -> None:
    """Tells of rows that are not as they were made; their order is free, for a reviewer may sort them."""
    missing = Counter(rows.values())
    first = min(rows, default=1)
    width = max((column for _, column in grid), default=0)
    changed = []
    for row in sorted({row for row, _ in grid if row >= first}):
        content = _mark_of_row(grid, row, width)
        if missing[content]:
            missing[content] -= 1
        else:
            changed.append(row)
    expected = message("review.row_as_made")
    for row in changed:
        text = message("review.row_fixed")
        review.problems.append(Problem(name, cell_address(row, 1), text, expected))
    number = missing.total() - len(changed)
    if number > 0:
        text = message("review.rows_missing", number=number)
        review.problems.append(Problem(name, "A1", text, message("review.rows_as_made")))


def _mark_of_row(grid: _Grid, row: int, width: int) -> str:
    """The mark of a row as it stands now."""
    texts = []
    for column in range(1, width + 1):
        cell = grid.get((row, column))
        texts.append(exported_text(cell.value) if cell is not None else "")
    return row_mark(texts)


def _align(review: Review, name: str, grid: _Grid, lines: _Lines) -> dict[int, int]:
    """By exported row the row where that question stands now; tells of rows that are missing, double or moved."""
    rows_by_text = _rows_by_first_cell(grid, first=min(lines, default=0))
    number_of = {row: shown(line.question[1], "fixed", review.lang) for row, line in lines.items()}
    numbers = set(number_of.values())
    renumbered = {row for text, rows in rows_by_text.items() if text not in numbers for row in rows}
    rows_now: dict[int, int] = {}
    for row, line in sorted(lines.items()):
        number = line.question[1]
        here = rows_by_text.get(number_of[row], [])
        if len(here) > 1:
            text = message("review.question_twice", number=number)
            review.problems.append(Problem(name, f"A{here[1]}", text, message("review.question_once", number=number)))
        if here:
            rows_now[row] = here[0]
        elif row in renumbered:
            rows_now[row] = row  # told as a changed cell
        else:
            text = message("review.row_missing", number=number)
            review.problems.append(Problem(name, f"A{row}", text, message("review.question", number=number)))
    _refuse_another_order(review, name, lines, rows_now)
    return rows_now


def _rows_by_first_cell(grid: _Grid, first: int) -> dict[str, list[int]]:
    """The rows from `first` on, by the text of their first cell."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, column in sorted(grid):
        if column == 1 and row >= first:
            text = exported_text(grid[row, column].value)
            rows[text].append(row)
    return rows


def _refuse_another_order(review: Review, name: str, lines: _Lines, rows_now: dict[int, int]) -> None:
    """Tells of questions that do not stand in the order of the questionnaire."""
    in_order = sorted(rows_now.values())
    for (exported, row_now), row_in_order in zip(rows_now.items(), in_order, strict=True):
        if row_now != row_in_order:
            number = lines[exported].question[1]
            text = message("review.question_moved", number=number)
            review.problems.append(Problem(name, f"A{row_now}", text, message("review.order")))


def _compare_cell(
    review: Review, sheet: str, place: tuple[int, int], cell: Any, question: Question, exported: _Mark
) -> None:
    """Take in the change of an open cell; tells of a change of another, and of what is no text or day."""
    text = exported_text(cell.value) if cell is not None else ""
    address = cell_address(*place)
    if any(mark(variant) == exported.hash for variant in _variants(text)):
        return
    if exported.role not in FIELDS:
        problem = Problem(sheet, address, message("review.fixed"), "", question, exported.hash)
        review.problems.append(problem)
        return
    if cell is not None and cell.data_type in ("f", "e"):
        review.problems.append(
            Problem(sheet, address, message("paper.formula"), message("paper.the_text_itself"), question)
        )
        return
    value: str | None = text.strip()
    if exported.role == "deadline":
        day = iso_day(text.strip())
        if day is None:
            problem = Problem(
                sheet, address, message("review.no_day", value=value), message("review.day_example"), question
            )
            review.problems.append(problem)
            return
        if mark(day) == exported.hash:
            return
        value = day
    assert value is not None
    review.changes.append(Change(sheet, address, *question, exported.role, unescaped(value), exported.hash))


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
    if value[:1] == "'" and value[1:2] in ("=", "+", "-", "@"):
        return value[1:]
    return value


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
    organisations = published.organisations()
    if review.organisation_id not in organisations or organisation not in (None, review.organisation_id):
        expected = organisation or ", ".join(organisations)
        raise ReviewError(
            message("review.other_organisation", name=review.organisation_id),
            place=place,
            advice=message("review.other_organisation_advice", known=expected),
        )
    if not published.select(FinishedRun, run_no=review.run_no, run_id=review.run_id):
        raise ReviewError(
            message("review.unknown_run", run=review.run_no, name=review.run_id),
            place=place,
            advice=_MADE_ANEW,
        )
    newest = published.last_run()["run_no"]
    if review.run_no < newest and not accept_older:
        raise ReviewError(
            message("review.older_run", run=review.run_no, newest=newest),
            place=place,
            advice=message("review.older_run_advice"),
        )


@dataclass(frozen=True, slots=True)
class _Proposal:
    """What was proposed for a question."""

    answer: str | None
    status: str | None


_NO_PROPOSAL = _Proposal(None, None)


def _proposals(rows: Sequence[PresentAnswer | AnswerAfterRun]) -> dict[Question, _Proposal]:
    return {(row.questionnaire_id, row.question_id): _Proposal(row.answer, row.status) for row in rows}


def _value_kept(change: Change, answer: Answer) -> str | None:
    """The value as it is kept; None for an answer that the question does not have."""
    if change.field != "answer":
        return change.new_value
    by_letters = {text.casefold(): text for text in answer.scale}
    return by_letters.get(change.new_value.casefold())


def _is_text_of(exported: str, value: str, lang: str) -> bool:
    """Whether the mark of an exported text is that of this value."""
    return mark(shown(value, "open", lang)) == exported


def _text_before(change: Change, answer: Answer, lang: str) -> str | None:
    """What stood in the cell, when that is still what we would write; else it is not known."""
    text = drafted(answer, lang)[change.field]
    if not _is_text_of(change.exported, text, lang):
        return None
    return text or None


def _overrule(review: Review, change: Change, before: str | None, value: str, proposal: _Proposal) -> Overrule:
    return Overrule(
        organisation_id=review.organisation_id,
        year=review.as_of.year,
        questionnaire_id=change.questionnaire_id,
        question_id=change.question_id,
        field=change.field,
        old_value=before,
        new_value=value,
        proposed_answer=proposal.answer,
        proposed_status=proposal.status,
        run_no=review.run_no,
    )


def _problem_of(change: Change, text: Text, expected: Text) -> Problem:
    return Problem(change.sheet, change.cell, text, expected, change.question)


def _no_answer(change: Change, answer: Answer) -> Problem:
    """That what was filled in is none of the answers of the question."""
    scale = ", ".join(f"‘{text}’" for text in answer.scale)
    value = change.new_value
    text = message("review.no_answer", value=value) if value else message("review.empty_answer")
    return _problem_of(change, text, scale)


def _with_proposal(proposal: _Proposal | None) -> Text:
    """The workbook that is expected: one with the present proposal."""
    present = proposal or _NO_PROPOSAL
    return message("review.present_proposal", answer=present.answer or "open", status=both_words(present.status))


def _with_expected(problem: Problem, by_question: Mapping[Question, Answer], lang: str) -> Problem:
    """The problem with the text that stood in a fixed cell: that of the answer's texts which has the same mark."""
    if problem.wanted:
        return problem
    answer = by_question.get(problem.question) if problem.question else None
    text = _text_with_mark(problem.hash, answer, lang) if answer and problem.hash else None
    if text is None:
        return replace(problem, wanted=message("review.text_before"))
    return replace(problem, wanted=f"‘{text}’" if text else message("review.empty"))


def _text_with_mark(exported: str, answer: Answer, lang: str) -> str | None:
    """The fixed text of an answer that has this mark; None when no present text has."""
    for text in _fixed_texts(answer, lang):
        if mark(text) == exported:
            return text
    return None


def _fixed_texts(answer: Answer, lang: str) -> Iterator[str]:
    """Every text that the workbook may show of an answer in a cell that is fixed."""
    number = len(answer.proof)
    plural = "" if number == 1 else "s"
    for value in (
        "",
        answer.question_id,
        answer.text,
        answer.status,
        answer.basis,
        answer.expires_on,
        answer.excepted_until,
        f"{number} record{plural}",
        f"{number} bewijsregel{plural}",
        "voorstel",
        "beoordelaar",
        "proposal",
        "reviewer",
    ):
        yield shown(value, "fixed", lang)
