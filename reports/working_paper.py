"""Workbooks that people fill in and hand in again: a list with fixed and open cells, and a hidden sheet that says what was
written. What a paper is about, and whether what came back may be taken in, is for who makes it.

A paper is taken in whole or not at all, as a review is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from models.language import Language, pick
from models.message import Say, message
from reports.ensia_workbook import row_mark
from reports.provenance import Provenance
from reports.review import Problem, cell_address, exported_text, opened_workbook, unescaped
from reports.safe import cell_text
from reports.workbook import Column, open_book
from warehouse.reading.reviews import ReviewError

FORMAT = "1"
HIDDEN_SHEET = "_ensia"
_TOP = 3  # rows above the first line: title, empty, header
_PAIRS = 6  # facts above the marks on the hidden sheet
_HEADER = ("row", "mark", "line")


@dataclass(frozen=True, slots=True)
class PaperColumn:
    """A column of a paper. `field`: what an open cell of it says; empty where it is fixed."""

    nl: str
    en: str
    width: float
    field: str = ""
    format: str = "wrap"


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a paper: what stands in its cells, and what it is about, which comes back as it was."""

    cells: Sequence[Any]
    about: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FilledLine:
    """A row that came back: where it stands, what it is about, and the text of each open cell that holds one."""

    sheet: str
    row: int
    about: Mapping[str, Any]
    filled: Mapping[str, str]
    cells: Mapping[str, str]  # by open column: its address

    def problem(self, name: str, problem: str, expected: str) -> Problem:
        """What is wrong in one of its open cells."""
        return Problem(self.sheet, self.cells[name], problem, expected)


@dataclass(frozen=True, slots=True)
class _Top:
    """What stands above the marks on the hidden sheet; `open` and `facts` are JSON."""

    format: str
    paper: str
    organisation_id: str
    sheet: str
    open: str
    facts: str


@dataclass(slots=True)
class FilledPaper:
    """A paper that came back. Only what was read; whether it fits what is known here is for who takes it in."""

    path: Path
    file_hash: str
    organisation_id: str
    facts: Mapping[str, Any]
    lines: list[FilledLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def write_paper(
    path: Path,
    origin: Provenance,
    lang: Language | str,
    *,
    paper: str,
    facts: Mapping[str, Any],
    title: str,
    intro: str,
    columns: Sequence[PaperColumn],
    lines: Sequence[Line],
) -> Path:
    """Write a paper of the sort `paper`; `facts` come back with it. The first column numbers the lines."""
    sheet = pick(lang, "Lijst", "List")
    headings = [Column(pick(lang, column.nl, column.en), column.width, column.format) for column in columns]
    rows = [[number, *line.cells] for number, line in enumerate(lines, start=1)]
    with open_book(path, origin, str(lang)) as book:
        book.front(title, intro)
        table = book.table(
            sheet, [Column(pick(lang, "Nr", "No."), 6, "number"), *headings], rows, title=title, freeze=2
        )
        table.protect("", {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True})
        hidden = book.file.add_worksheet(HIDDEN_SHEET)
        pairs = [
            ("format", FORMAT),
            ("paper", paper),
            ("organisation_id", origin.organisation_id),
            ("sheet", sheet),
            ("open", json.dumps([column.field for column in columns])),
            ("facts", json.dumps(dict(facts), ensure_ascii=False, sort_keys=True, default=str)),
        ]
        marks = [(str(number), _mark(columns, line), _packed(line.about)) for number, line in enumerate(lines, start=1)]
        for number, cells in enumerate([*pairs, _HEADER, *marks]):
            for place, text in enumerate(cells):
                hidden.write_string(number, place, text)
        hidden.very_hidden()
        hidden.protect()
    return path


def _packed(about: Mapping[str, Any]) -> str:
    return json.dumps(dict(about), ensure_ascii=False, sort_keys=True, default=str)


def _mark(columns: Sequence[PaperColumn], line: Line) -> str:
    """The mark of the cells of a line that are fixed."""
    fixed = [cell for column, cell in zip(columns, line.cells, strict=True) if not column.field]
    values = [cell if isinstance(cell, date | int) else cell_text(cell) for cell in fixed]
    return row_mark(map(exported_text, values))


def read_paper(path: Path, paper: str, say: Say) -> FilledPaper:
    """A paper of the sort `paper` that came back, with what is wrong with its cells. Raises NotFound, or ReviewError when
    it is not such a paper."""
    workbook = opened_workbook(path)
    try:
        if HIDDEN_SHEET not in workbook.sheetnames:
            raise _not_such_a_paper(path)
        rows = workbook[HIDDEN_SHEET].iter_rows(values_only=True)
        hidden = [list(map(exported_text, row)) for row in rows]
        top = _Top(**{row[0]: row[1] for row in hidden[:_PAIRS]})
        if (top.format, top.paper) != (FORMAT, paper):
            raise _not_such_a_paper(path)
        marks = {row[0]: (row[1], json.loads(row[2])) for row in hidden[_PAIRS + 1 :]}
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        filled = FilledPaper(path, digest, top.organisation_id, json.loads(top.facts))
        if top.sheet in workbook.sheetnames:
            _compare(filled, workbook[top.sheet], json.loads(top.open), marks, say)
        else:
            filled.problems.append(Problem(top.sheet, "A1", say("paper.sheet_absent"), say("paper.as_made")))
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise ReviewError(message("review.damaged"), place=path.name, advice=message("paper.make_anew")) from error
    finally:
        workbook.close()
    return filled


def _not_such_a_paper(path: Path) -> ReviewError:
    return ReviewError(message("paper.not_ours"), place=path.name, advice=message("paper.make_anew"))


def _compare(
    filled: FilledPaper, sheet: Any, fields: Sequence[str], marks: Mapping[str, tuple[str, Any]], say: Say
) -> None:
    """Take the lines of a sheet, in whatever order they stand, and tell of those that are not as they were made."""
    sheet.reset_dimensions()
    waiting = dict(marks)
    for row, cells in _lines_of(sheet):
        number = exported_text(cells[0].value)
        if number not in waiting:
            filled.problems.append(
                Problem(sheet.title, cell_address(row, 1), say("paper.line_added"), say("paper.as_made"))
            )
            continue
        mark, about = waiting.pop(number)
        by_field = list(zip(fields, [*cells[1:], *[None] * len(fields)], strict=False))
        fixed = [exported_text(cell.value) if cell is not None else "" for name, cell in by_field if not name]
        if row_mark(fixed) != mark:
            filled.problems.append(
                Problem(sheet.title, cell_address(row, 1), say("paper.line_changed"), say("paper.as_made"))
            )
        filled.lines.append(_filled_line(filled, sheet.title, row, about, by_field, say))
    if waiting:
        missing = say("paper.lines_missing", numbers=", ".join(waiting))
        filled.problems.append(Problem(sheet.title, "A1", missing, say("paper.as_made")))


def _lines_of(sheet: Any) -> Iterator[tuple[int, Any]]:
    """The rows below the header in which anything stands, with their number in Excel."""
    for row, cells in enumerate(sheet.iter_rows(min_row=_TOP + 1), start=_TOP + 1):
        if any(cell.value not in (None, "") for cell in cells):
            yield row, cells


def _filled_line(
    filled: FilledPaper, sheet: str, row: int, about: Any, by_field: Sequence[tuple[str, Any]], say: Say
) -> FilledLine:
    texts, addresses = {}, {}
    for place, (name, cell) in enumerate(by_field, start=2):
        if not name:
            continue
        addresses[name] = cell_address(row, place)
        if cell is not None and cell.data_type in ("f", "e"):
            filled.problems.append(Problem(sheet, addresses[name], say("paper.formula"), say("paper.the_text_itself")))
        elif cell is not None and exported_text(cell.value).strip():
            texts[name] = unescaped(exported_text(cell.value).strip())
    return FilledLine(sheet, row, about, texts, addresses)
