"""Templates that were filled in as a person would, with what arrives of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl

from models.headings import ATTRIBUTE
from models.kind import vocabularies
from models.language import Language
from models.list_description import ListColumn, ListDescription
from models.message import Say
from reports.list_template import HEADER, columns_of, sheet_name, write_template

DAY = date(2026, 3, 4)


def written(column: ListColumn, lang: Language) -> Any:
    """What a person writes in a column: one of the words that it offers, or a value of its type."""
    if column.words:
        term = vocabularies()[column.vocabulary].terms[column.words[0]]
        return term.en if lang is Language.EN else term.nl
    if column.type == "boolean":
        return "yes" if lang is Language.EN else "ja"
    by_type = {"date": DAY, "timestamp": datetime(2026, 3, 4, 9, 30), "integer": 3, "number": 2.5, "list": "a; b"}
    if column.name == "norm_id":
        return "5.01.01"
    return by_type.get(column.type, f"iets van {column.name.removeprefix(ATTRIBUTE)}")


def arrived(column: ListColumn) -> Any:
    """What arrives of that."""
    if column.words:
        return [column.words[0]] if column.type == "list" else column.words[0]
    if column.type == "boolean":
        return "yes" if column.name.startswith(ATTRIBUTE) else True
    return written(column, Language.NL) if column.type != "list" else ["a", "b"]


def filled(path: Path, lists: Sequence[ListDescription], lang: Language, needed: bool = False) -> None:
    """The template, filled in with one row on every sheet."""
    write_template(path, lists, lang, needed=needed)
    workbook = openpyxl.load_workbook(path)
    for description in lists:
        sheet = workbook[sheet_name(description, Say(lang))]
        values = ["N-7", *(written(column, lang) for column in columns_of(description, needed=needed))]
        for place, value in enumerate(values, 1):
            sheet.cell(HEADER + 2, place, value)
    workbook.save(path)
