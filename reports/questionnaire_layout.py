"""Where a downloaded questionnaire has its numbers, answers and explanations: the header rows, and the column of each role. What
can be read in two ways is refused, with the option that settles it; nothing is settled by order.

Which answer goes where, and whether the cell allows it, is `fill_in`'s.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from models.errors import EnsiaError
from models.message import Message, joined, message
from models.norm_number import without_prefix, without_zeros
from reports.xlsx_edit import Sheet, cells_in_order, column_number, letters

# The header texts that are looked for, compared without case, spaces, stars and what is in brackets: those that say what the
# column is, and those that may mean something else where one of the first is there too.
HEADERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "number": (
        ("vraagnummer", "nummer", "nr", "vraag nr", "vraagnr", "vraag nummer", "nummer vraag", "vraag id", "vraagid",
         "normnummer", "norm nr", "norm nummer", "maatregelnummer", "maatregel nr", "no", "number", "question no",
         "question number"),
        ("norm", "id", "code", "volgnummer"),
    ),
    "answer": (
        ("antwoord", "uw antwoord", "antwoord gemeente", "antwoord organisatie", "gegeven antwoord", "beantwoording",
         "answer", "your answer"),
        ("score", "oordeel", "uw oordeel", "status"),
    ),
    "explanation": (
        ("toelichting", "uw toelichting", "toelichting op antwoord", "toelichting op het antwoord", "toelichting antwoord",
         "toelichting gemeente", "toelichting bij antwoord", "toelichting bij het antwoord", "explanation"),
        ("onderbouwing", "motivering", "motivatie", "opmerking", "opmerkingen", "remarks", "comments"),
    ),
}  # fmt: skip
ROLES = {"nummer": "number", "antwoord": "answer", "toelichting": "explanation"}
_DUTCH = {role: name for name, role in ROLES.items()}
_QUESTION_NUMBER = re.compile(r"[a-z]{0,5}-?\d+[a-z]?(\.\w{1,4})*")
_LONGEST_NUMBER = 24


@dataclass(frozen=True, slots=True)
class Layout:
    """A header row with the column of each role, and the last row that it heads; the explanation may be missing."""

    row: int
    last: int
    number: int
    answer: int
    explanation: int | None


@dataclass(frozen=True, slots=True)
class Head:
    """A header row, the last row that it heads, and every column that may have a role."""

    row: int
    last: int
    numbers: tuple[int, ...]
    answers: tuple[int, ...]
    explanations: tuple[int, ...]

    def layout(self, sheet: Sheet) -> Layout:
        """The one column of each role. EnsiaError when there are more."""
        number = _only(sheet, self.row, "number", self.numbers)
        answer = _only(sheet, self.row, "answer", _others(self.answers, number))
        explanations = _others(self.explanations, number, answer)
        explanation = _only(sheet, self.row, "explanation", explanations) if explanations else None
        return Layout(self.row, self.last, number, answer, explanation)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The header texts by role: those that were chosen (`chosen`), else the usual ones."""

    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def columns(self, role: str, cells: Sequence[HeaderCell]) -> tuple[int, ...]:
        """Every column that may have this role, by the texts of a header."""
        if role in self.chosen:
            return _chosen_columns(self.chosen[role], cells)
        for texts in HEADERS[role]:
            columns = _unique(column for cell in cells if cell.short in texts for column in cell.columns)
            if columns:
                return columns
        return ()

    def shown(self, role: str) -> str:
        """What is looked for, for people."""
        texts = self.chosen.get(role) or HEADERS[role][0]
        return ", ".join(texts[:4])


@dataclass(frozen=True, slots=True)
class HeaderCell:
    """A text in a header: all of it and without what stands in brackets, and the columns that it stands above."""

    columns: tuple[int, ...]
    whole: str
    short: str


def wanted(columns: Mapping[str, str | Sequence[str]] | None) -> Wanted:
    """The header texts to look for, where `columns` gives others for a role. EnsiaError for a role that is not there."""
    texts_by_role: dict[str, tuple[str, ...]] = {}
    for name, texts in (columns or {}).items():
        role = ROLES.get(name.casefold(), name.casefold())
        if role not in HEADERS:
            raise EnsiaError(
                message(
                    "fillin.no_column",
                    name=name,
                ),
                advice=message(
                    "fillin.columns",
                    known=", ".join(ROLES),
                ),
            )
        texts_by_role[role] = (texts,) if isinstance(texts, str) else tuple(texts)
    return Wanted(texts_by_role)


def find_heads(sheet: Sheet, texts: Wanted, our_numbers: Collection[str]) -> list[Head]:
    """The headers of a sheet that head numbers in `our_numbers` (see `question_number`): not a legend, nor another table."""
    rows = list(_heads(sheet, texts))
    last_of_sheet = max(sheet.rows, default=0)
    ends = [row - 1 for row, _ in rows[1:]]
    heads: list[Head] = []
    for (row, roles), end in zip_longest(rows, ends):
        last = max(last_of_sheet, row) if end is None else end
        numbers = [column for column in roles["number"] if _known_below(sheet, column, row, last, our_numbers)]
        if numbers:
            heads.append(Head(row, last, tuple(numbers), roles["answer"], roles["explanation"]))
    return heads


def has_header(sheet: Sheet, texts: Wanted) -> bool:
    """Whether a sheet has a header with a number and an answer at all."""
    return any(True for _ in _heads(sheet, texts))


def question_number(text: str) -> str:
    """A question number as it is compared: `5.01`, ` 5.1. `, `BIO2 5.1` and `Vraag 5.1` are the same."""
    plain = text.replace("\xa0", " ").strip().casefold()
    number = re.sub(r"^(vraag|nr|nummer|norm|question|no)\b[\s.:]*", "", plain)
    bare = without_prefix(number)
    parts = re.split(r"[.\s]+", bare.strip(" .:)("))
    return ".".join(map(without_zeros, parts))


def is_question_number(number: str) -> bool:
    """Whether what `question_number` gave can be a number at all."""
    return len(number) <= _LONGEST_NUMBER and bool(_QUESTION_NUMBER.fullmatch(number))


def header_text(text: str) -> str:
    """A header text without case, brackets and punctuation."""
    return _words(re.sub(r"\([^)]*\)", " ", text))


def _words(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", text.casefold()).split())


def _heads(sheet: Sheet, texts: Wanted) -> Iterator[tuple[int, dict[str, tuple[int, ...]]]]:
    """The last row of each header, with the columns of the roles; its texts may stand in two rows below each other."""
    rows: dict[int, list[HeaderCell]] = defaultdict(list)
    for row, column, text in cells_in_order(sheet):
        cell = HeaderCell(_columns_below(sheet, row, column), _words(text), header_text(text))
        rows[row].append(cell)
    after = 0
    for row in sorted(rows):
        if row <= after:
            continue
        cells, cells_below = rows[row], rows.get(row + 1, [])
        roles = _roles_of(texts, cells)
        if _is_header(roles):
            after = row
            yield after, roles
            continue
        roles = _roles_of(texts, [*cells, *cells_below])
        if _is_header(roles) and not _stands_below(texts, cells_below):
            after = row + 1
            yield after, roles


def _roles_of(texts: Wanted, cells: Sequence[HeaderCell]) -> dict[str, tuple[int, ...]]:
    """The columns that may have each role, by the texts of a header."""
    return {role: texts.columns(role, cells) for role in HEADERS}


def _stands_below(texts: Wanted, cells: Sequence[HeaderCell]) -> bool:
    """Whether the second of two rows is a header by itself."""
    return _is_header({role: texts.columns(role, cells) for role in HEADERS})


def _is_header(roles: Mapping[str, tuple[int, ...]]) -> bool:
    return bool(roles["number"]) and bool(set(roles["answer"]) - set(roles["number"]))


def _columns_below(sheet: Sheet, row: int, column: int) -> tuple[int, ...]:
    """The columns that a cell stands above: several when it is merged over them."""
    for first_row, first_column, last_row, last_column in sheet.merged:
        if first_row <= row <= last_row and first_column <= column <= last_column:
            return tuple(range(first_column, last_column + 1))
    return (column,)


def _chosen_columns(texts: Sequence[str], cells: Sequence[HeaderCell]) -> tuple[int, ...]:
    """The columns under the texts that were chosen: as they stand, else without brackets, else by their letter."""
    for text in texts:
        whole, short = _words(text), header_text(text)
        as_they_stand = [cell for cell in cells if cell.whole == whole]
        without_brackets = [cell for cell in cells if cell.short == short]
        for fitting in (as_they_stand, without_brackets):
            columns = _unique(column for cell in fitting for column in cell.columns)
            if columns:
                return columns
    letters_of_columns = [text.strip() for text in texts if re.fullmatch(r"[A-Za-z]{1,2}", text.strip())]
    if letters_of_columns and cells:
        return (column_number(letters_of_columns[0]),)
    return ()


def _unique(columns: Iterator[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(columns))


def _others(columns: Sequence[int], *taken: int) -> tuple[int, ...]:
    return tuple(column for column in columns if column not in taken)


def _known_below(sheet: Sheet, column: int, row: int, last: int, our_numbers: Collection[str]) -> int:
    """How many numbers of ours stand in a column from below `row` until `last`."""
    number = 0
    for at in range(row + 1, last + 1):
        text = sheet.text(at, column)
        number += bool(text) and question_number(text) in our_numbers
    return number


def _only(sheet: Sheet, row: int, role: str, columns: Sequence[int]) -> int:
    """The one column that can have a role. EnsiaError names them all, hidden ones too, when there are more."""
    if len(columns) == 1:
        return columns[0]
    name = _DUTCH[role]
    candidates = [_column_in_words(sheet, row, column) for column in columns]
    raise EnsiaError(
        message("fillin.two_columns", role=name, columns=joined(candidates, "; ")),
        place=message("fillin.header_place", sheet=sheet.name, row=row),
        advice=message("fillin.two_columns_advice", role=name, letter=letters(columns[-1])),
    )


def _column_in_words(sheet: Sheet, row: int, column: int) -> Message:
    """A column by its letter and the text of its header, which may stand a row higher."""
    own_row, row_above = sheet.corner(row, column), sheet.corner(max(row - 1, 1), column)
    text = sheet.text(*own_row).strip() or sheet.text(*row_above).strip()
    key = "fillin.hidden_column" if sheet.is_hidden(column) else "fillin.column"
    return message(key, letter=letters(column), text=text)
