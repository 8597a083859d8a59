"""How far the values of a sheet reach, looked up in its XML before a parser is asked to load it: parsers take memory for
every cell between the first and the last one, so one stray value in the last cell of a sheet can end the whole process.

Sources: ECMA-376 part 1 §18.3.1.4 (c), §18.3.1.73 (row); OpenDocument 1.3 part 3 §9.1 (repeated rows and cells). What
stands in the cells is left to `tables`.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from typing import ClassVar
from xml.parsers import expat

from models.message import Text, both, message

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384  # of a sheet in Excel and LibreOffice
ROOMY = 4_000_000  # cells between A1 and the last value: what is taken in any case
CELLS_FOR_EACH = 10  # beyond that: so many cells for each that is written with a value
MOST_CELLS = 40_000_000
LARGEST = 2 * 2**30  # bytes of XML in a workbook: 5 million rows have less
_PIECE = 1 << 20
_TAIL = 64  # bytes of a piece that are looked at with the next one: the beginning of a cell is shorter
_ROW_OR_CELL = re.compile(rb"""<(?:\w+:)?(?:row|c)(?=[\s/>])(?:\s+r\s*=\s*["']([A-Z]{0,3})(\d{1,7})["'])?""")
_CELL = re.compile(r"^([A-Z]{1,3})([1-9]\d{0,6})$")
_ENCODING = re.compile(rb"""^<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_PLAIN = {b"utf-8", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252"}


# What the library meets in an archive that is damaged, locked, or written in a way that it does not know.
DAMAGED_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError)


class OutOfBoundsError(Exception):
    """What is wrong with the extent of a sheet, and what to do about it."""

    def __init__(self, reason: Text, advice: Text) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.advice = advice


def check_parts(archive: zipfile.ZipFile) -> None:
    """Raises OutOfBoundsError when the XML in the archive is larger than can be read, BadZipFile when a part is not of the
    size that the archive says: that size is not believed."""
    size = 0
    for part in archive.infolist():
        size += part.file_size
        if size > LARGEST:
            raise OutOfBoundsError(
                message("sheet.larger"),
                message("file.split"),
            )
        if part.filename.lower().endswith((".xml", ".rels", ".bin")):
            for _ in _pieces(archive, part.filename):
                pass


def check_office_sheet(archive: zipfile.ZipFile, part: str) -> None:
    """Look whether the sheet in `part` (xlsx, xlsm) can be loaded, and whether each cell is given once. Raises
    OutOfBoundsError.

    The addresses alone are looked at first, which is quick; only when one lies far away, or they do not follow one another, is
    the XML read, to see which cells hold a value: formatting reaches far in many honest sheets.
    """
    if _addresses_are_near(archive, part):
        _check_is_xml(archive, part)
        return
    extent = Extent()
    sheet = _OfficeSheet(extent)
    _parse(archive, part, sheet.start)
    extent.check()
    sheet.check()


def check_shared_texts(archive: zipfile.ZipFile) -> None:
    """Look whether the texts that cells share stand as the format says (ECMA-376 part 1 §18.4.8): cells name them by their
    number, and readers count differently where one stands within another. Raises OutOfBoundsError."""
    for part in archive.namelist():
        if part.lower().endswith("sharedstrings.xml"):
            texts = _SharedTexts(part)
            _parse(archive, part, texts.start, texts.end)


def check_open_document(archive: zipfile.ZipFile) -> None:
    """Look whether the sheets of an ods can be loaded: all of them are, as soon as it is opened. Raises
    OutOfBoundsError."""
    scan = _OpenDocument()
    _parse(archive, "content.xml", scan.start, scan.end)


class Extent:
    """The cells that hold a value: how many are written, and how far they reach."""

    def __init__(self, sheet: str = "") -> None:
        self.sheet = sheet
        self.rows = self.columns = self.filled = 0
        self._lowest = self._rightmost = ""

    def add(self, row: int, column: int) -> None:
        """Count a cell that stands, or of which the last repetition stands, at `row` and `column`, 1-based."""
        if row > MOST_ROWS or column > MOST_COLUMNS:
            raise OutOfBoundsError(message("sheet.outside", place=self._place(), row=row, column=column), _SAVE_AGAIN)
        self.filled += 1
        if row > self.rows:
            self.rows, self._lowest = row, f"{column_letters(column - 1)}{row}"
        if column > self.columns:
            self.columns, self._rightmost = column, f"{column_letters(column - 1)}{row}"

    def check(self) -> None:
        """Raises OutOfBoundsError, naming the outermost cells, when the values lie too far apart."""
        cells = self.rows * self.columns
        if cells <= ROOMY or cells <= min(MOST_CELLS, CELLS_FOR_EACH * self.filled):
            return
        if cells <= CELLS_FOR_EACH * self.filled:
            raise OutOfBoundsError(
                message("sheet.too_large", place=self._place(), rows=self.rows, columns=self.columns),
                message("sheet.split"),
            )
        outermost = both(dict.fromkeys((self._rightmost, self._lowest)))
        raise OutOfBoundsError(
            message("sheet.far_out", place=self._place(), cell=outermost),
            message("sheet.empty_cell"),
        )

    def _place(self) -> Text:
        return message("sheet.before", sheet=self.sheet) if self.sheet else ""


_SAVE_AGAIN = message("sheet.save_file_again")


def _impossible(address: str) -> OutOfBoundsError:
    return OutOfBoundsError(message("sheet.no_cell", address=address[:20]), _SAVE_AGAIN)


def _addresses_are_near(archive: zipfile.ZipFile, part: str) -> bool:
    """Whether no address in the sheet lies so far that the values must be counted, and cells follow one another."""
    rows = columns = 0
    before = (0, 0)
    for column, row in _addresses(archive, part):
        if row is None:
            return False
        place = int(row), _column_number(column)
        if column and place <= before:
            return False
        before = place if column else before
        rows = max(rows, place[0])
        columns = max(columns, place[1])
    return rows <= MOST_ROWS and columns <= MOST_COLUMNS and rows * max(columns, 1) <= ROOMY


def _addresses(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[bytes, bytes | None]]:
    """Letters and number of every row and cell, as bytes; None for the number where only reading the XML would tell."""
    text = b""
    for number, piece in enumerate(_pieces(archive, part)):
        if (number == 0 and not _reads_as_bytes(piece)) or b"<!DOCTYPE" in piece:
            yield b"", None
        text += piece
        end = len(text) - _TAIL
        for match in _ROW_OR_CELL.finditer(text):
            if match.start() >= end:
                break
            yield match[1] or b"", match[2]
        text = text[max(end, 0) :]
    for match in _ROW_OR_CELL.finditer(text):
        yield match[1] or b"", match[2]


def _reads_as_bytes(beginning: bytes) -> bool:
    """Whether addresses in the XML look the same in bytes as in text."""
    declared = _ENCODING.match(beginning.removeprefix(b"\xef\xbb\xbf"))
    plain = declared is None or declared[1].lower() in _PLAIN
    return plain and b"\x00" not in beginning[:200]


def _pieces(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The content of a part. Raises BadZipFile for everything that can be wrong with it."""
    try:
        with archive.open(part) as stream:
            while piece := stream.read(_PIECE):
                yield piece
    except DAMAGED_ARCHIVE as error:
        raise zipfile.BadZipFile(part) from error


def _check_is_xml(archive: zipfile.ZipFile, part: str) -> None:
    """Raises BadZipFile when a part is no XML: the parser to come takes the last of two attributes with one name, and so another
    address than was looked at."""
    parser = expat.ParserCreate()
    try:
        for piece in _pieces(archive, part):
            parser.Parse(piece)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise zipfile.BadZipFile(part) from error


def _parse(
    archive: zipfile.ZipFile,
    part: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
) -> None:
    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = _refuse_document_type
    try:
        for piece in _pieces(archive, part):
            parser.Parse(piece)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # also a character set that nobody knows
        raise OutOfBoundsError(message("sheet.damaged_in", part=part), _SAVE_AGAIN) from error


def _refuse_document_type(*_: object) -> None:
    raise OutOfBoundsError(message("sheet.document_type"), _SAVE_AGAIN)


class _OfficeSheet:
    """Follows the cells of one sheet of an xlsx."""

    def __init__(self, extent: Extent) -> None:
        self._extent = extent
        self._row = self._column = 0
        self._counted = True  # whether the present cell is, or there is none
        self._cells = array("q")

    def check(self) -> None:
        """Raises OutOfBoundsError when a cell is given more than once: which of its values counts, is not certain."""
        cells = sorted(self._cells)
        for cell, following in pairwise(cells):
            if cell == following:
                row, column = divmod(cell, MOST_COLUMNS + 1)
                address = f"{column_letters(column - 1)}{row}"
                raise OutOfBoundsError(message("sheet.cell_twice", address=address), _SAVE_AGAIN)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if name == "row":
            self._row, self._column = _number(attributes.get("r"), self._row + 1), 0
        elif name == "c":
            self._place(attributes.get("r"))
            self._cells.append(self._row * (MOST_COLUMNS + 1) + min(self._column, MOST_COLUMNS))
            self._counted = False
        elif name in {"v", "f", "is"} and not self._counted:
            self._counted = True
            self._extent.add(self._row, self._column)

    def _place(self, address: str | None) -> None:
        if address is None:
            self._column += 1
            return
        match = _CELL.match(address)
        if match is None:
            raise _impossible(address)
        self._row, self._column = int(match[2]), _column_number(match[1].encode())


class _SharedTexts:
    """Follows the texts that cells share."""

    _HOLDERS: ClassVar[dict[str, frozenset[str]]] = {
        "si": frozenset({"sst"}),
        "r": frozenset({"si"}),
        "rPh": frozenset({"si"}),
        "t": frozenset({"si", "r", "rPh"}),
    }

    def __init__(self, part: str) -> None:
        self._part = part
        self._path: list[str] = []
        self._texts = [0]  # in the present element, by depth

    def start(self, tag: str, _: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        holder = self._path[-1] if self._path else ""
        self._texts[-1] += name == "t"
        if holder not in self._HOLDERS.get(name, {holder}) or self._texts[-1] > 1:
            raise OutOfBoundsError(message("sheet.damaged_in", part=self._part), _SAVE_AGAIN)
        self._path.append(name)
        self._texts.append(0)

    def end(self, _: str) -> None:
        self._path.pop()
        self._texts.pop()


class _OpenDocument:
    """Follows the cells of the sheets of an ods."""

    def __init__(self) -> None:
        self._extent = Extent()
        self._row = self._column = 0
        self._repeated = 1  # rows
        self._cell: tuple[int, bool] | None = None  # repeated columns, whether it holds a value

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        local_attributes = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        if name == "table":
            self._extent = Extent(local_attributes.get("name", ""))
            self._row = 0
        elif name == "table-row":
            self._repeated, self._column = _number(local_attributes.get("number-rows-repeated"), 1), 0
        elif name in {"table-cell", "covered-table-cell"}:
            self._cell = (
                _number(local_attributes.get("number-columns-repeated"), 1),
                bool(local_attributes.keys() & {"value-type", "formula", "value"}),
            )
        elif name == "p" and self._cell is not None:
            self._cell = (self._cell[0], True)

    def end(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        if name == "table-row":
            self._row += self._repeated
        elif name in {"table-cell", "covered-table-cell"} and self._cell is not None:
            (times, filled), self._cell = self._cell, None
            self._column += times
            if filled:
                self._extent.add(self._row + self._repeated, self._column)
        elif name == "table":
            self._extent.check()


def _number(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise _impossible(text)
    return int(text)


@cache
def _column_number(name: bytes) -> int:
    number = 0
    for letter in name:
        number = number * 26 + letter - ord("A") + 1
    return number


def column_letters(column: int) -> str:
    """The letters of a column, 0-based: A, B, … Z, AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
