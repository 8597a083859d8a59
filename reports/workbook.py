"""The look of our workbooks: one set of formats, a front sheet that says what the workbook was made from, and sheets that
print well. What stands in the sheets is each report's own.

Source text goes in as text only (`safe.cell_text`), so it never becomes a formula.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from math import ceil
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from models.language import pick
from models.wording import word
from reports.provenance import Provenance, lines
from reports.safe import cell_text
from warehouse.storage.own_files import remove

# Dark text on a light ground: contrast at least 7 to 1, and every status is also a word.
STATUS_COLOURS = {
    "voldoet": ("#DDF0E0", "#0B4A1E"),
    "voldoet_deels": ("#FCEBC8", "#5A3B00"),
    "voldoet_niet": ("#F9D9D6", "#7A1410"),
    "geen_bewijs": ("#E4E6EA", "#2F3640"),
    "niet_van_toepassing": ("#F3F4F6", "#4A5260"),
    "groen": ("#DDF0E0", "#0B4A1E"),
    "oranje": ("#FCEBC8", "#5A3B00"),
    "rood": ("#F9D9D6", "#7A1410"),
    "onbekend": ("#E4E6EA", "#2F3640"),
}
_LINE_HEIGHT = 13.0  # points
_WRAPPED = frozenset({"wrap", "left", "open", "link"})  # formats that break a long text over lines
_WIDEST_ON_A4 = 170.0  # characters: a wider table is printed on A3, where it can still be read
_A4, _A3 = 9, 8  # paper numbers (ECMA-376 part 1, 18.3.1.63)
_HIGHEST_ROW = 409.0  # points (Excel specifications and limits)
_YES_OR_NO, _YES_OR_NO_EN = {True: "ja", False: "nee"}, {True: "yes", False: "no"}
_FONT = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
_LINE = {"bottom": 1, "bottom_color": "#D5D9E0"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: title, width in characters, and the name of its format in `Book.formats`."""

    title: str
    width: float = 14
    format: str = "text"


class Book:
    """A workbook being written. `formats`: text, wrap, number, percent, date, open, open_date, bold, title, note, link."""

    def __init__(self, path: Path, origin: Provenance, lang: str) -> None:
        self.origin, self.lang, self.path = origin, lang, path
        self.file = xlsxwriter.Workbook(
            str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        )
        self.file.set_properties({"author": origin.organisation, "created": origin.finished, "comments": origin.run_id})
        base, cell = _FONT, {**_FONT, **_LINE}
        open_cell = {**cell, "text_wrap": True, "bg_color": "#FFFDF0", "locked": False}
        self.formats: dict[str, Any] = {
            name: self.file.add_format(properties)
            for name, properties in {
                "text": cell,
                "wrap": {**cell, "text_wrap": True},
                "left": {**cell, "text_wrap": True, "align": "left"},
                "number": {**cell, "num_format": "#,##0", "align": "right"},
                "money": {**cell, "num_format": "€ #,##0", "align": "right"},
                "percent": {**cell, "num_format": "0%", "align": "right"},
                "date": {**cell, "num_format": "dd-mm-yyyy", "align": "left"},
                "open": open_cell,
                "open_date": {**open_cell, "num_format": "dd-mm-yyyy", "align": "left"},
                "bold": {**base, "bold": True},
                "plain": {**base, "text_wrap": True},
                "title": {**base, "bold": True, "font_size": 16, "font_color": "#1B3A5C"},
                "subtitle": {**base, "bold": True, "font_size": 11, "font_color": "#1B3A5C"},
                "note": {**base, "italic": True, "font_color": "#4A5260", "text_wrap": True},
                "link": {**cell, "text_wrap": True, "font_color": "#0B5394", "underline": 1},
                "header": {
                    **base,
                    "bold": True,
                    "font_color": "#FFFFFF",
                    "bg_color": "#1B3A5C",
                    "text_wrap": True,
                    "valign": "vcenter",
                    "border": 1,
                    "border_color": "#1B3A5C",
                },
            }.items()
        }
        for status, (ground, ink) in STATUS_COLOURS.items():
            self.formats[status] = self.file.add_format({**cell, "bg_color": ground, "font_color": ink})

    def front(self, title: str, intro: str, blocks: Sequence[tuple[str, Sequence[tuple[str, Any]]]] = ()) -> None:
        """The first sheet: title, what it is for, blocks of (label, value), and what it was made from."""
        name = pick(self.lang, "Toelichting", "About")
        sheet = self.file.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 90)
        sheet.write_string(0, 0, title, self.formats["title"])
        sheet.set_row(0, 26)
        sheet.merge_range(1, 0, 1, 1, intro, self.formats["plain"])
        sheet.set_row(1, 15 * (1 + len(intro) // 115))
        row = 3
        made_of = (
            pick(self.lang, "Waaruit dit is gemaakt", "What this was made from"),
            lines(self.origin, self.lang),
        )
        for heading, pairs in (*blocks, made_of):
            sheet.write_string(row, 0, heading, self.formats["subtitle"])
            row += 1
            for label, value in pairs:
                sheet.write_string(row, 0, label, self.formats["wrap"])
                self.put(sheet, row, 1, value, "left")
                sheet.set_row(row, _height([(label, 34), (value, 90)]))
                row += 1
            row += 1
        self._print(sheet)

    def table(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Any]],
        *,
        title: str = "",
        freeze: int = 1,
        styles: dict[tuple[int, int], str] | None = None,
        filters: bool = True,
    ) -> Any:
        """A sheet with a header row and rows; `styles` overrides the format of single cells by (row, column), 0-based in
        `rows`. A status code is shown as its word in its colour. Returns the sheet; the header is row 0, or 2 with a title.
        """
        sheet = self.file.add_worksheet(name)
        top = 0
        if title:
            sheet.write_string(0, 0, title, self.formats["subtitle"])
            top = 2
        self._put_header(sheet, top, columns)
        first = top + 1
        styles_of: dict[int, dict[int, str]] = defaultdict(dict)
        for (row_number, number), style in (styles or {}).items():
            styles_of[row_number][number] = style
        for row_number, row in enumerate(rows):
            self._put_row(sheet, first + row_number, columns, row, styles_of[row_number])
        if rows:
            last_row, last_column = top + len(rows), len(columns) - 1
            last = xl_rowcol_to_cell(last_row, last_column)
            sheet.ignore_errors({"number_stored_as_text": f"A{first + 1}:{last}"})  # 5.1 is the name of a norm
            if filters:
                sheet.autofilter(top, 0, last_row, last_column)
        sheet.freeze_panes(first, freeze)
        sheet.repeat_rows(top)
        self._print(sheet, sum(column.width for column in columns))
        return sheet

    def _put_header(self, sheet: Any, top: int, columns: Sequence[Column]) -> None:
        for number, column in enumerate(columns):
            sheet.set_column(number, number, column.width)
            sheet.write_string(top, number, column.title, self.formats["header"])
        sheet.set_row(top, 30)

    def _put_row(
        self, sheet: Any, at: int, columns: Sequence[Column], row: Sequence[Any], styles: dict[int, str]
    ) -> None:
        """Write a row, as high as its longest text needs; `styles` overrides the format of single columns."""
        wrapped = []
        for number, value in enumerate(row):
            column = columns[number]
            self.put(sheet, at, number, value, styles.get(number, column.format))
            if column.format in _WRAPPED:
                wrapped.append((value, column.width))
        sheet.set_row(at, _height(wrapped))

    def put(self, sheet: Any, row: int, column: int, value: Any, style: str) -> None:
        """Write one value: text as text, a number or date as such, a status code as its word, in the format `link` a web
        address as a link; None leaves it empty."""
        if style == "status":
            self.put(sheet, row, column, word(value, self.lang), value if value in STATUS_COLOURS else "text")
            return
        look = self.formats[style]
        match value:
            case None | "":
                sheet.write_blank(row, column, None, look)
            case date():
                sheet.write_datetime(row, column, value, self.formats[_format_of_dates(style)])
            case bool():
                sheet.write_string(row, column, pick(self.lang, _YES_OR_NO, _YES_OR_NO_EN)[value], look)
            case int() | float():
                sheet.write_number(row, column, value, look)
            case str() if style == "link" and is_address(value):
                sheet.write_url(row, column, value, look, value)
            case _:
                sheet.write_string(row, column, cell_text(value), look)

    def _print(self, sheet: Any, width: float | None = None) -> None:
        """How a sheet prints: a table of `width` characters lies on its side, text stands."""
        sheet.set_paper(_A3 if width is not None and width > _WIDEST_ON_A4 else _A4)
        if width is not None:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        page = pick(self.lang, "Pagina &P van &N", "Page &P of &N")
        organisation = self.origin.organisation.replace("&", "&&")
        sheet.set_footer(f"&L{organisation} · run {self.origin.run_no} · {self.origin.as_of:%d-%m-%Y}&R{page}")


def _format_of_dates(style: str) -> str:
    """The format in which a day stands where other values have this one."""
    return "open_date" if style.startswith("open") else "date"


def is_address(text: str) -> bool:
    """Whether a text may become a link: an address on the web and nothing else."""
    return re.fullmatch(r"https?://[\x21-\x7e]{1,2000}", text) is not None


def _height(cells: Iterable[tuple[Any, float]]) -> float:
    """The height in points that lets the longest of the cells (value, width in characters) show whole, as far as Excel
    allows. Set by us: a file that no program has shown yet has no heights of its own."""
    most = 1
    for value, width in cells:
        if isinstance(value, str):
            most = max(most, sum(max(1, ceil(1.05 * len(line) / width)) for line in value.split("\n")))
    return min(_HIGHEST_ROW, most * _LINE_HEIGHT + 2)


@contextmanager
def open_book(path: Path, origin: Provenance, lang: str) -> Iterator[Book]:
    """A workbook that is written when the block ends; nothing is left of it when the block raises."""
    book = Book(path, origin, lang)
    try:
        yield book
    except BaseException:
        remove([path])
        raise
    book.file.close()
