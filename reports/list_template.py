"""Workbooks to fill in, for who has no list yet: a sheet per sort of list with its columns, their explanation, and the words
that may be chosen. What comes back is read by the names of its columns, without any mapping.

Which columns there are follows from the kinds and rules (`models/list_description.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from models.kind import vocabularies
from models.language import Language, pick
from models.list_description import ListColumn, ListDescription
from models.message import Say
from reports.safe import cell_text

ROWS = 1_000  # that have room for an entry
HEADER = 1  # index of the row with the headings; the title stands above it
_FIRST = HEADER + 1
_LONGEST_SHEET_NAME = 31
_LONGEST_PROMPT = 250  # characters that Excel shows beside a cell
_LONGEST_TITLE = 32
_WORDS_SHEET = "Lists"
_TITLE = {"bold": True, "font_size": 13, "font_color": "#1B3A57"}
_HEADING = {
    "bold": True,
    "bg_color": "#1B3A57",
    "font_color": "#FFFFFF",
    "text_wrap": True,
    "valign": "top",
    "border": 1,
}
_HEADING_ASKED = {**_HEADING, "bg_color": "#0B4A1E"}
_OPEN = {"locked": False, "text_wrap": True, "valign": "top", "border": 1, "border_color": "#D5D9E0"}
_ALLOWED = {"sort": True, "autofilter": True, "format_columns": True, "format_rows": True, "select_locked_cells": True}


def sheet_name(description: ListDescription, say: Say) -> str:
    """What the sheet of a list is called."""
    return description.label.in_language(say.language)[:_LONGEST_SHEET_NAME]


def columns_of(description: ListDescription, *, needed: bool) -> tuple[ListColumn, ...]:
    """The columns of a list, or only those that the rules ask."""
    return tuple(column for column in description.columns if column.is_asked or not needed)


def write_template(path: Path, descriptions: Sequence[ListDescription], lang: Language, *, needed: bool) -> None:
    """Write a workbook with a sheet to fill in for each list; with `needed` only the columns that the rules ask."""
    say = Say(lang)
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"comments": say("template.made_by")})
        _Template(book, say, needed).write(descriptions)


class _Template:
    """A workbook to fill in, while it is written."""

    def __init__(self, book: Any, say: Say, needed: bool) -> None:
        self._book, self._say, self._needed = book, say, needed
        self._title = book.add_format(_TITLE)
        self._heading, self._heading_asked = book.add_format(_HEADING), book.add_format(_HEADING_ASKED)
        self._open = book.add_format({**_OPEN, "num_format": "@"})
        self._open_date = book.add_format({**_OPEN, "num_format": "dd-mm-yyyy"})
        self._open_number = book.add_format(_OPEN)
        self._wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self._places: dict[tuple[str, ...], str] = {}  # words → where they stand on the sheet of words

    def write(self, descriptions: Sequence[ListDescription]) -> None:
        """All sheets: the explanation, the lists, and (hidden) the words to choose from."""
        explanation = self._book.add_worksheet(self._say("template.explanation"))
        sheets = [self._book.add_worksheet(sheet_name(description, self._say)) for description in descriptions]
        self._words = self._book.add_worksheet(_WORDS_SHEET)
        self._words.hide()
        self._explain(explanation, descriptions)
        for sheet, description in zip(sheets, descriptions, strict=True):
            self._list(sheet, description)
        if sheets:
            sheets[0].set_first_sheet()

    def _explain(self, sheet: Any, descriptions: Sequence[ListDescription]) -> None:
        say = self._say
        sheet.set_column(0, 1, 26)
        sheet.set_column(2, 2, 60, self._wrap)
        sheet.set_column(3, 3, 60, self._wrap)
        sheet.write_string(0, 0, say("template.title"), self._title)
        sheet.write_string(1, 0, say("template.how"))
        headings = ("template.in_sheet", "template.in_column", "template.means", "template.example")
        for place, key in enumerate(headings):
            sheet.write_string(3, place, say(key), self._heading)
        row = 4
        for description in descriptions:
            for column in columns_of(description, needed=self._needed):
                texts = (
                    sheet_name(description, say),
                    self._label(column),
                    self._meaning(column),
                    self._example(column),
                )
                for place, text in enumerate(texts):
                    sheet.write_string(row, place, cell_text(text))
                row += 1
        sheet.protect("", _ALLOWED)

    def _list(self, sheet: Any, description: ListDescription) -> None:
        say = self._say
        sheet.write_string(0, 0, self._heading_text(description), self._title)
        sheet.write_string(HEADER, 0, say("template.number"), self._heading_asked)
        sheet.set_column(0, 0, 14, self._open)
        self._prompt(sheet, 0, say("template.number"), say("template.number_meaning"), {"validate": "any"})
        for place, column in enumerate(columns_of(description, needed=self._needed), 1):
            heading = self._heading_asked if column.is_required else self._heading
            sheet.write_string(HEADER, place, self._label(column), heading)
            sheet.set_column(place, place, 20, self._format(column))
            self._prompt(sheet, place, self._label(column), self._meaning(column), self._validation(column))
        sheet.freeze_panes(_FIRST, 1)
        sheet.set_row(HEADER, 30)
        sheet.protect("", {**_ALLOWED, "insert_rows": True, "delete_rows": True})

    def _heading_text(self, description: ListDescription) -> str:
        label = description.label.in_language(self._say.language)
        norms = description.asked_by or self._say("template.no_norm")
        return self._say("template.list", name=label, norms=norms)

    def _prompt(self, sheet: Any, place: int, title: str, text: str, validation: dict[str, Any]) -> None:
        prompt = {"input_title": title[:_LONGEST_TITLE], "input_message": text[:_LONGEST_PROMPT]}
        sheet.data_validation(_FIRST, place, _FIRST + ROWS - 1, place, {**validation, **prompt, "ignore_blank": True})

    def _format(self, column: ListColumn) -> Any:
        if column.type in ("date", "timestamp"):
            return self._open_date
        return self._open_number if column.type in ("integer", "number") else self._open

    def _validation(self, column: ListColumn) -> dict[str, Any]:
        """What Excel itself checks; a word that an open list does not have may be written all the same."""
        if column.type == "boolean":
            return {"validate": "list", "source": [self._say("template.yes"), self._say("template.no")]}
        if column.words and column.type == "text":
            error = "stop" if column.is_closed else "warning"
            return {"validate": "list", "source": self._source(column), "error_type": error}
        return {"validate": "any"}

    def _source(self, column: ListColumn) -> str:
        """Where the words of a column stand, written there when they are not yet."""
        words = tuple(self._words_of(column))
        if words not in self._places:
            place = len(self._places)
            for row, word in enumerate(words):
                self._words.write_string(row, place, word)
            letter = xl_col_to_name(place)
            self._places[words] = f"='{_WORDS_SHEET}'!${letter}$1:${letter}${len(words)}"
        return self._places[words]

    def _words_of(self, column: ListColumn) -> list[str]:
        terms = vocabularies()[column.vocabulary].terms
        return [pick(self._say.language, terms[code].nl, terms[code].en) for code in column.words]

    def _label(self, column: ListColumn) -> str:
        return column.label.in_language(self._say.language)

    def _meaning(self, column: ListColumn) -> str:
        meaning = pick(self._say.language, column.meaning_nl or column.nl, column.en)
        needed = self._say("template.required") if column.is_required else ""
        return " ".join(filter(None, (f"{meaning}.", needed)))

    def _example(self, column: ListColumn) -> str:
        if column.words:
            return "; ".join(self._words_of(column)[:5])
        return self._say(f"template.example_{column.type}")
