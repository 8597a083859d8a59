"""Opens workbooks (xlsx, xlsm, xlsb, xls, ods) and csv files as plain tables: rows as the reader of the file counts them, merged
cells filled down, percentages as percentages, and cells that hold no usable value marked as such.

Which table, which header and what the columns mean is left to `spreadsheet`; what only the XML of a workbook tells to
`sheetmarks`, and of a binary one to `binary_workbooks`.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from connectors.base import TerminalError
from connectors.tools.binary_workbooks import (
    LockedWorkbookError,
    OldWorkbookError,
    binary_marks,
    check_old_workbook,
    is_binary,
)
from connectors.tools.character_sets import decoded
from connectors.tools.compound_files import SIGNATURE
from connectors.tools.csv_text import CsvError, csv_records
from connectors.tools.file_kinds import FileKind, kind_of, root_of
from connectors.tools.number_formats import ShownNumber, shown_number
from connectors.tools.rows import fold
from connectors.tools.sheetbounds import (
    DAMAGED_ARCHIVE,
    OutOfBoundsError,
    check_office_sheet,
    check_open_document,
    check_parts,
    check_shared_texts,
    column_letters,
)
from connectors.tools.sheetmarks import Marks, UnreadablePart, marks_of, sheet_part
from connectors.tools.values import Broken, LinkedText, text_of
from models.message import Both, message
from models.record import Locator, Payload

WORKBOOKS = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    ".xlsb": "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
    ".xls": "application/vnd.ms-excel",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}
TEXTS = {".csv": "text/csv", ".txt": "text/csv", ".tsv": "text/tab-separated-values"}
DELIMITERS = (";", ",", "\t")
# How Excel and LibreOffice show the value of a failed formula, in English and Dutch.
ERROR_VALUES = {
    "#N/A": "#N/B",
    "#REF!": "#VERW!",
    "#VALUE!": "#WAARDE!",
    "#DIV/0!": "#DEEL/0!",
    "#NAME?": "#NAAM?",
    "#NUM!": "#GETAL!",
    "#NULL!": "#LEEG!",
    "#SPILL!": "#OVERLOOP!",
    "#CALC!": "#BEREK!",
    "#FIELD!": "#VELD!",
    "#BLOCKED!": "#GEBLOKKEERD!",
    "#CONNECT!": "#VERBINDEN!",
    "#BUSY!": "#BEZET!",
    "#UNKNOWN!": "#ONBEKEND!",
    "#GETTING_DATA": "#GEGEVENS_OPHALEN",
}
# What a program writes where a value should stand, whatever its version and language: #SPILL!, #WERT!, Err:502, and ####
# where a column was too narrow.
_ERROR_WORD = re.compile(r"#(?:[^\W\d_a-z][^\Wa-z]*(?:/0)?[!?]|N/[A-Z]{1,2}|NV|[A-Z]+_[A-Z_]+|#+)|(?:Err|Fout):\d{3}")
# The error values that the parser of workbooks knows; another one costs it the whole sheet.
_KNOWN_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#DATA!", "#GETTING_DATA"}
_ERROR_CELL = re.compile(
    rb"""(<(?:\w+:)?c\b[^>]*\st=["']e["'][^>]*>(?:<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>))?<(?:\w+:)?v>)([^<]*)(<)"""
)


@dataclass(slots=True)
class Table:
    """A sheet or csv file. `rows[0]` is row 1; a cell is str, float, bool, date, datetime, time, timedelta, Broken or
    empty text; a LinkedText has an address behind it, a ShownNumber is shown otherwise than it is. `hidden` holds the numbers
    of hidden rows, `visible` tells of the sheet itself, `merged` gives by row how many columns its widest merged cell
    covers. Of a csv file, `delimiter` and `encoding` are those with which it was read."""

    file: str
    sheet: str | None
    rows: list[list[object]]
    hidden: frozenset[int] = frozenset()
    visible: bool = True
    merged: dict[int, int] = field(default_factory=dict)
    percentages: set[tuple[int, int]] = field(default_factory=set)
    delimiter: str = ""
    encoding: str = ""

    @property
    def place(self) -> str:
        """File and sheet, as an error names them."""
        return str(self.locator())

    def locator(self, row: int | None = None) -> Locator:
        """The place of the table, or of one of its rows."""
        return Locator(file=self.file, sheet=self.sheet, row=row)


@dataclass(slots=True)
class Opened:
    """An opened payload: the names of its sheets, of which the hidden ones, and the tables themselves when asked."""

    payload: Payload
    workbook: CalamineWorkbook | None
    sheets: list[str] = field(default_factory=list)
    hidden: frozenset[str] = frozenset()

    def table(self, sheet: str | None) -> Table:
        """The sheet called `sheet` (white space and case do not matter). Raises TerminalError naming those that are
        there."""
        if self.workbook is None:
            raise AssertionError("a csv file has no sheets")
        folded_name = fold(sheet or "")
        name = next((name for name in self.sheets if fold(name) == folded_name), None)
        if name is None:
            raise TerminalError(
                message("sheet.no_sheet", sheet=sheet),
                place=self.payload.name,
                advice=message("sheet.the_sheets", sheets=", ".join(self.sheets)),
            )
        return _sheet(self.payload, self.workbook, name, visible=name not in self.hidden)


def media_type(name: str) -> str:
    """The media type of a file that can be opened here. Raises TerminalError for others."""
    suffix = PurePosixPath(name.lower()).suffix
    media_types = {**WORKBOOKS, **TEXTS}
    if suffix not in media_types:
        raise TerminalError(
            message("sheet.no_spreadsheet", suffix=suffix or message("sheet.no_suffix")),
            place=name,
            advice=message("sheet.save_as", known=", ".join(media_types)),
        )
    return media_types[suffix]


def is_text(name: str) -> bool:
    """Whether the file is a csv file by its name."""
    return PurePosixPath(name.lower()).suffix in TEXTS


def open_workbook(payload: Payload) -> Opened:
    """Open a workbook. Raises TerminalError when it is protected, broken off, of another format, or without sheets."""
    content = payload.data()
    _refuse_other_formats(payload, content)
    try:
        _check_bounds(payload, content)
        with _panic_as_damage():
            workbook = load_workbook(io.BytesIO(content))
    except (PasswordError, LockedWorkbookError) as error:
        raise _protected(payload) from error
    except OldWorkbookError as error:
        raise TerminalError(
            message("sheet.old"),
            place=payload.name,
            advice=message("sheet.save_as_xlsx"),
        ) from error
    except (*DAMAGED_ARCHIVE, CalamineError, UnreadablePart, OSError, ValueError) as error:
        raise TerminalError(
            message("sheet.damaged"),
            place=payload.name,
            advice=message("sheet.save_again"),
        ) from error
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    if not sheets:
        raise TerminalError(
            message("sheet.no_worksheets"),
            place=payload.name,
            advice=message("sheet.right_file"),
        )
    hidden = frozenset(sheet.name for sheet in sheets if sheet.visible != SheetVisibleEnum.Visible)
    return Opened(payload, workbook, [sheet.name for sheet in sheets], hidden)


def _check_bounds(payload: Payload, content: bytes) -> None:
    try:
        if content.startswith(SIGNATURE):
            check_old_workbook(content)
            return
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_archive(archive)
    except OutOfBoundsError as error:
        raise TerminalError(
            error.reason,
            place=payload.name,
            advice=error.advice,
        ) from error


def _check_archive(archive: zipfile.ZipFile) -> None:
    check_parts(archive)
    if "content.xml" in archive.namelist():
        check_open_document(archive)
    else:
        check_shared_texts(archive)


def _refuse_other_formats(payload: Payload, content: bytes) -> None:
    if not content:
        raise TerminalError(
            message("file.empty"),
            place=payload.name,
            advice=message("file.export_failed"),
        )
    if content.startswith(SIGNATURE) and "EncryptedPackage".encode("utf-16-le") in content:
        raise _protected(payload)
    if content.startswith((b"PK", SIGNATURE)):
        return
    kind = _other_kind(content)
    if kind is not None:
        raise TerminalError(
            message("sheet.no_workbook", kind=kind.name),
            place=payload.name,
            advice=kind.advice,
        )


def _other_kind(content: bytes) -> FileKind | None:
    """What a file is that has the name of a workbook: many programs export pages and csv files so. None when nothing tells."""
    kind = kind_of(content)
    if root_of(content):
        name = kind.name if kind else message("sheet.webpage_or_xml")
        return FileKind(name, message("sheet.open_in_excel"))
    if kind is None and decoded(content) is not None:
        return FileKind(message("sheet.text_file"), message("sheet.give_csv"))
    return kind


def _protected(payload: Payload) -> TerminalError:
    return TerminalError(
        message("sheet.password"),
        place=payload.name,
        advice=message("sheet.no_password"),
    )


def _sheet(payload: Payload, workbook: CalamineWorkbook, name: str, *, visible: bool) -> Table:
    try:
        marks = _marks_of_sheet(payload, name)
        with _panic_as_damage():
            sheet = _loaded(payload, workbook, name)
            rows: list[list[object]] = [list(map(_as_float, row)) for row in sheet.to_python(skip_empty_area=False)]
    except OutOfBoundsError as error:
        raise TerminalError(
            error.reason,
            place=Locator(
                file=payload.name,
                sheet=name,
            ).text,
            advice=error.advice,
        ) from error
    except (*DAMAGED_ARCHIVE, CalamineError, UnreadablePart, OSError, ValueError) as error:
        raise TerminalError(
            message("sheet.unreadable_sheet", name=name),
            place=payload.name,
            advice=message("sheet.save_again"),
        ) from error
    _apply(rows, marks)
    table = Table(
        payload.name,
        name,
        rows,
        marks.hidden,
        visible,
        percentages=marks.percentages,
    )
    for (top, first), (bottom, last) in [*(sheet.merged_cell_ranges or ()), *marks.merged]:
        table.merged[top + 1] = max(table.merged.get(top + 1, 1), last - first + 1)
        for row in rows[top + 1 : bottom + 1]:
            if first < len(row) and first < len(rows[top]):
                row[first] = rows[top][first]
    return table


def _marks_of_sheet(payload: Payload, name: str) -> Marks:
    """What the file tells of a sheet beside its values, which do not lie too far apart."""
    content = payload.data()
    if content.startswith(SIGNATURE):
        return binary_marks(content, name)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        if is_binary(names):
            return binary_marks(content, name)
        if "content.xml" not in names:
            check_office_sheet(archive, sheet_part(archive, name))
    return marks_of(payload, name)


def _as_float(cell: object) -> object:
    """A number as all workbooks have them; a binary one may say that it is whole."""
    return float(cell) if type(cell) is int else cell


@contextmanager
def _panic_as_damage() -> Iterator[None]:
    """Turns a panic of the parser, which is written in another language, into an UnreadablePart: it met what it had not foreseen,
    such as a day before all days."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadablePart(type(error).__name__) from None


def _loaded(payload: Payload, workbook: CalamineWorkbook, name: str) -> CalamineSheet:
    """The sheet as the parser gives it. A sheet with an error value that it does not know is read with one that it does: what
    stands in the cell itself is told by its marks."""
    try:
        return workbook.get_sheet_by_name(name)
    except CalamineError:
        mended = _with_known_errors(payload, name)
        if mended is None:
            raise
        return load_workbook(io.BytesIO(mended)).get_sheet_by_name(name)


def _with_known_errors(payload: Payload, name: str) -> bytes | None:
    """The workbook with #N/A in the place of each unknown error value of one sheet; None when it has none."""
    with zipfile.ZipFile(io.BytesIO(payload.data())) as archive:
        if "content.xml" in archive.namelist():
            return None
        part = sheet_part(archive, name)
        content, number = archive.read(part), 0

        def as_known_error(match: re.Match[bytes]) -> bytes:
            nonlocal number
            is_known = match[2].decode("utf-8", "replace") in _KNOWN_ERRORS
            number += not is_known
            return match[0] if is_known else match[1] + b"#N/A" + match[3]

        mended = _ERROR_CELL.sub(as_known_error, content)
        if not number:
            return None
        copy = io.BytesIO()
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as target:
            for entry in archive.namelist():
                target.writestr(entry, mended if entry == part else archive.read(entry))
        return copy.getvalue()


def _apply(rows: list[list[object]], marks: Marks) -> None:
    """Put what the XML tells about single cells into the rows, which may be shorter: an empty last cell is left out."""
    for (row, column), error_text in marks.broken.items():
        while len(rows) <= row:
            rows.append([])
        rows[row].extend([""] * (column + 1 - len(rows[row])))
        rows[row][column] = broken(error_text, f"{column_letters(column)}{row + 1}")
    for place in marks.percentages:
        _change_cell(rows, place, _percentage)
    for place, code in marks.formats.items():
        _change_cell(rows, place, partial(_as_shown, code))
    for place, text in marks.texts.items():
        _change_cell(rows, place, partial(_as_ods_shows, text))
    for place, address in marks.links.items():
        _change_cell(rows, place, partial(_linked, address))


def _change_cell(rows: list[list[object]], place: tuple[int, int], change: Callable[[object], object]) -> None:
    row, column = place
    if row < len(rows) and column < len(rows[row]):
        rows[row][column] = change(rows[row][column])


def _percentage(cell: object) -> object:
    return round(cell * 100, 10) if isinstance(cell, float) else cell


def _as_shown(code: str, cell: object) -> object:
    return (shown_number(cell, code) or cell) if isinstance(cell, float) else cell


def _as_ods_shows(written: str, cell: object) -> object:
    """A number of an ods, in which its text stands beside it: with a comma or point, as the country of its maker has it."""
    if not isinstance(cell, float):
        return cell
    text = re.sub(r"(?<=\d),(?=\d+$)", ".", written)
    digits = re.sub(r"[^\d.]", "", text)
    if text == text_of(cell) or not re.search(r"\d", digits) or digits.count(".") > 1:
        return cell
    return ShownNumber(
        cell,
        text,
        is_rounded=float(digits) != abs(cell) and len(digits) < len(text_of(abs(cell))),
    )


def _linked(address: str, cell: object) -> object:
    return LinkedText(cell, address) if isinstance(cell, str) and cell.strip() else cell


def broken(text: str, cell: str) -> Broken:
    """The mark for a cell with the error value `text`, or (when that is empty) a formula without a stored result."""
    if not text:
        return Broken(
            "(formule)",
            message("sheet.no_outcome", cell=cell),
        )
    dutch = ERROR_VALUES.get(text, text)
    return Broken(
        dutch,
        message("sheet.formula_error", cell=cell, error=Both(dutch, text)),
    )


def open_text(
    payload: Payload, *, encoding: str | None, delimiter: str | None, words: frozenset[str] = frozenset()
) -> Table:
    """A csv file as a table. What is declared wins; else the character set is the one that makes words of all of it, and the
    delimiter the one that finds most of `words` (folded header texts) in the first rows.

    A row number is that of Excel: one per record, not per line. Raises TerminalError.
    """
    text, encoding = _text_and_encoding(payload, encoding)
    first, _, rest = text.partition("\n")
    if first.strip().casefold().startswith("sep=") and len(first.strip()) <= 5:  # Excel's own hint; it shows no row
        delimiter, text = delimiter or first.strip()[4:] or "\t", rest
    if not text.strip():
        raise TerminalError(
            message("sheet.no_rows"),
            place=payload.name,
            advice=message("sheet.export_anew"),
        )
    delimiter = delimiter or _delimiter(text, words)
    rows: list[list[object]] = []
    for number, cells in enumerate(_records(payload, text, delimiter), 1):
        rows.append([_csv_cell(cell, index, number) for index, cell in enumerate(cells)])
    return Table(payload.name, None, rows, delimiter=delimiter, encoding=encoding)


def _csv_cell(cell: str, index: int, number: int) -> object:
    """A field, or the mark of a formula that failed: nothing else can be read from what stands there."""
    if cell[:1] not in "#EF \t\xa0" or not _ERROR_WORD.fullmatch(cell.strip()):
        return cell
    return broken(cell.strip(), f"{column_letters(index)}{number}")


def _records(payload: Payload, text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        for _, fields in csv_records(text, delimiter, strict=True):
            yield fields
    except CsvError as error:
        raise TerminalError(
            message("sheet.broken_csv"),
            place=message("settings.line", file=payload.name, line=error.line),
            advice=message("sheet.double_quotes"),
        ) from error


def _text_and_encoding(payload: Payload, encoding: str | None) -> tuple[str, str]:
    content = payload.data()
    if not content:
        raise TerminalError(
            message("file.empty"),
            place=payload.name,
            advice=message("file.export_failed"),
        )
    if content.startswith((b"PK\x03\x04", SIGNATURE)):
        raise TerminalError(
            message("sheet.workbook_no_csv"), place=payload.name, advice=message("sheet.give_extension")
        )
    if encoding is None:
        likeliest = decoded(content)
    else:
        _refuse_wrong_declaration(payload, content, encoding)
        likeliest = _as_declared(content, encoding)
    if likeliest is not None:
        return likeliest
    declared = (
        message(
            "sheet.not_encoding",
            encoding=encoding,
        )
        if encoding
        else message("sheet.encoding_unsure")
    )
    raise TerminalError(
        message("sheet.unreadable", reason=declared),
        place=payload.name,
        advice=message("sheet.export_utf"),
    )


def _as_declared(content: bytes, encoding: str) -> tuple[str, str] | None:
    name = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else encoding
    try:
        text = content.decode(name)
    except (UnicodeDecodeError, UnicodeError):
        return None
    return None if "\x00" in text else (text, name)


def _refuse_wrong_declaration(payload: Payload, content: bytes, encoding: str) -> None:
    """UTF-8 read as an older set gives "Ã«" for "ë" without any error; bytes that are UTF-8 practically always are."""
    if encoding.casefold().replace("_", "-").startswith(("utf", "u8")) or content.isascii():
        return
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return
    raise TerminalError(
        message(
            "sheet.utf_not",
            encoding=encoding,
        ),
        place=payload.name,
        advice=message("sheet.remove_encoding"),
    )


def _delimiter(text: str, words: frozenset[str]) -> str:
    """The delimiter under which the first 30 rows hold most of `words`, and then most columns."""

    def fitness(delimiter: str) -> tuple[int, int]:
        head = "".join(text.splitlines(keepends=True)[:60])
        matches = columns = 0
        for number, (_, cells) in enumerate(csv_records(head, delimiter)):
            if number == 30:
                break
            matches = max(matches, sum(fold(cell) in words for cell in cells))
            columns = max(columns, len(cells))
        return matches, columns

    return max(DELIMITERS, key=fitness)
