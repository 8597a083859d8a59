"""What only the records of a binary workbook, xls of Excel 97 to 2003 or xlsb, tell about a sheet: hidden rows, what numbers are
shown as, the addresses behind links, error values and formulas without an outcome; and how far its values reach. The values
themselves are `tables`'.

Sources: [MS-XLS] §2.4 (BoolErr, BoundSheet8, Format, Formula, HLink, MulRk, Number, RK, Row, XF), [MS-OSHARED] §2.3.7 (links),
[MS-XLSB] §2.4 (BrtBundleSh, BrtCellReal …, BrtFmt, BrtHLink, BrtRowHdr, BrtXF).
"""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from connectors.tools.compound_files import CompoundFile
from connectors.tools.sheetbounds import Extent
from connectors.tools.sheetmarks import Marks, Styles, UnreadablePart, link_targets, relations_of, styles_of

# Error values (MS-XLS §2.5.10, MS-XLSB §2.5.98.2)
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
_URL = bytes.fromhex("E0C9EA79F9BACE118C8200AA004BA90B")  # the moniker of an address
_HAS_MONIKER, _AS_TEXT, _HAS_NAME, _HAS_FRAME = 0x1, 0x100, 0x10, 0x80
_MOST_LINKED = 100_000  # cells that one link may lie over


class OldWorkbookError(Exception):
    """A workbook of before Excel 97."""


class LockedWorkbookError(Exception):
    """A workbook with a password."""


@dataclass(slots=True)
class _Sheet:
    """What is noted of a sheet while its records pass by."""

    styles: Styles
    addresses: dict[str, str] = field(default_factory=dict)  # by the id of their relation
    marks: Marks = field(default_factory=Marks)
    hidden: set[int] = field(default_factory=set)
    extent: Extent = field(default_factory=Extent)
    row: int = 0

    def number(self, row: int, column: int, style: int) -> None:
        """Note a number: what it is shown as."""
        self.extent.add(row + 1, column + 1)
        index = str(style)
        if index in self.styles.percentages:
            self.marks.percentages.add((row, column))
        elif index in self.styles.formats:
            self.marks.formats[row, column] = self.styles.formats[index]

    def filled(self, row: int, column: int) -> None:
        """Note a text or a truth."""
        self.extent.add(row + 1, column + 1)

    def broken(self, row: int, column: int, code: int | None) -> None:
        """Note an error; without a code a formula that nobody worked out."""
        self.extent.add(row + 1, column + 1)
        self.marks.broken[row, column] = "" if code is None else _ERRORS.get(code, "#N/A")

    def link(self, top: int, bottom: int, first: int, last: int, address: str) -> None:
        """Note the address behind cells; one that leads within the workbook has none."""
        if not address or (bottom - top + 1) * (last - first + 1) > _MOST_LINKED:
            return
        for row in range(top, bottom + 1):
            for column in range(first, last + 1):
                self.marks.links[row, column] = address


def binary_marks(content: bytes, name: str) -> Marks:
    """The marks of the sheet called `name`. Raises UnreadablePart, and OutOfBoundsError when its values lie too far apart."""
    try:
        sheet = _xlsb(content, name) if content.startswith(b"PK") else _xls(content, name)
    except (struct.error, ValueError, IndexError, KeyError) as error:
        raise UnreadablePart(str(error)) from error
    sheet.extent.check()
    sheet.marks.hidden = frozenset(sheet.hidden)
    return sheet.marks


def is_binary(names: list[str]) -> bool:
    """Whether an archive with parts of these names is an xlsb."""
    return any(name.lower().endswith("workbook.bin") for name in names)


def check_old_workbook(content: bytes) -> None:
    """Look whether the sheets of an xls can be loaded: all of them are, as soon as it is opened. Raises OutOfBoundsError,
    OldWorkbookError, LockedWorkbookError and UnreadablePart."""
    try:
        names = list(_Globals(_workbook_stream(content)).offsets)
    except (struct.error, ValueError, IndexError) as error:
        raise UnreadablePart(str(error)) from error
    for name in names:
        binary_marks(content, name)


# -- xls ----------------------------------------------------------------------

_BOF, _EOF, _FILEPASS = 0x809, 0x0A, 0x2F
_BOUNDSHEET, _FORMAT, _XF = 0x85, 0x41E, 0xE0
_EXCEL_97 = 0x600
_ROW_HIDDEN = 0x20
_MOST_ROWS, _MOST_COLUMNS = 65_536, 256
_RECALCULATED = 0x1  # the outcome that is kept is not to be believed


def _workbook_stream(content: bytes) -> bytes:
    file = CompoundFile(content)
    if "Workbook" not in file.names():
        raise OldWorkbookError
    return file.stream("Workbook")


def _old_records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """The records of one part of the stream; those of a chart within it are left out."""
    depth = 0
    while True:
        kind, size = struct.unpack_from("<HH", stream, start)
        start += 4
        depth += (kind == _BOF) - (kind == _EOF)
        if depth == 0:
            return
        if depth == 1:
            yield kind, stream[start : start + size]
        start += size


class _Globals:
    """What a workbook says before its sheets: where they begin, and the styles of their cells."""

    def __init__(self, stream: bytes) -> None:
        self.offsets: dict[str, int] = {}
        self._codes: dict[int, str] = {}
        self._numbers: list[int] = []
        take = {
            _BOF: _refuse_older,
            _FILEPASS: _refuse_locked,
            _BOUNDSHEET: self._take_sheet,
            _FORMAT: self._take_format,
            _XF: self._take_style,
        }
        for kind, data in _old_records(stream, 0):
            take.get(kind, _pass_by)(data)
        self.styles = styles_of(self._numbers, self._codes)

    def _take_sheet(self, data: bytes) -> None:
        offset, _, _, length = struct.unpack_from("<IBBB", data)
        name = _old_text(data[7:], length)
        self.offsets[name] = offset

    def _take_format(self, data: bytes) -> None:
        number, length = struct.unpack_from("<HH", data)
        self._codes[number] = _old_text(data[4:], length)

    def _take_style(self, data: bytes) -> None:
        _, number = struct.unpack_from("<HH", data)
        self._numbers.append(number)


def _refuse_older(data: bytes) -> None:
    (version,) = struct.unpack_from("<H", data)
    if version != _EXCEL_97:
        raise OldWorkbookError


def _refuse_locked(_: bytes) -> None:
    raise LockedWorkbookError


def _pass_by(_: bytes) -> None:
    """What a record says that tells nothing here."""


def _old_text(data: bytes, length: int) -> str:
    """A text of one or two bytes for each character, as its first byte tells ([MS-XLS] §2.5.294)."""
    is_wide = data[0] & 1
    if is_wide:
        return data[1 : 1 + 2 * length].decode("utf-16-le", "replace")
    return data[1 : 1 + length].decode("latin-1")


def _xls(content: bytes, name: str) -> _Sheet:
    stream = _workbook_stream(content)
    workbook = _Globals(stream)
    sheet = _Sheet(workbook.styles)
    take: dict[int, Callable[[bytes], None]] = {
        0x200: _check_extent,
        0x203: partial(_old_number, sheet),
        0x27E: partial(_old_number, sheet),
        0xBD: partial(_old_numbers, sheet),
        0xFD: partial(_old_filled, sheet),
        0x204: partial(_old_filled, sheet),
        0xD6: partial(_old_filled, sheet),
        0x205: partial(_old_truth_or_error, sheet),
        0x06: partial(_old_formula, sheet),
        0x208: partial(_old_row, sheet),
        0x1B8: partial(_old_link, sheet),
    }
    for kind, data in _old_records(stream, workbook.offsets[name]):
        take.get(kind, _pass_by)(data)
    return sheet


def _check_extent(data: bytes) -> None:
    """The parser takes memory for the extent that a sheet tells ([MS-XLS] §2.4.90), whatever stands in it."""
    top, bottom, first, last = struct.unpack_from("<IIHH", data)
    is_possible = top <= bottom <= _MOST_ROWS and first <= last <= _MOST_COLUMNS
    if not is_possible:
        raise ValueError("extent")


def _old_number(sheet: _Sheet, data: bytes) -> None:
    row, column, style = struct.unpack_from("<HHH", data)
    sheet.number(row, column, style)


def _old_numbers(sheet: _Sheet, data: bytes) -> None:
    """Several numbers beside each other."""
    row, first = struct.unpack_from("<HH", data)
    cells = struct.iter_unpack("<HI", data[4:-2])
    for column, (style, _) in enumerate(cells, first):
        sheet.number(row, column, style)


def _old_filled(sheet: _Sheet, data: bytes) -> None:
    row, column = struct.unpack_from("<HH", data)
    sheet.filled(row, column)


def _old_truth_or_error(sheet: _Sheet, data: bytes) -> None:
    row, column, _, value, is_error = struct.unpack_from("<HHHBB", data)
    if is_error:
        sheet.broken(row, column, value)
    else:
        sheet.filled(row, column)


def _old_formula(sheet: _Sheet, data: bytes) -> None:
    """A formula with its outcome: a number, or what its first byte says where the last two are FFFF ([MS-XLS] §2.5.133)."""
    row, column, style, outcome, flags = struct.unpack_from("<HHH8sH", data)
    kind = outcome[0] if outcome.endswith(b"\xff\xff") else -1
    is_nothing = kind == 3 or not any(outcome)
    if kind == 2:
        sheet.broken(row, column, outcome[2])
    elif is_nothing and flags & _RECALCULATED:
        sheet.broken(row, column, None)
    elif kind < 0:
        sheet.number(row, column, style)
    else:
        sheet.filled(row, column)


def _old_row(sheet: _Sheet, data: bytes) -> None:
    (row,) = struct.unpack_from("<H", data)
    if data[12] & _ROW_HIDDEN:
        sheet.hidden.add(row + 1)


def _old_link(sheet: _Sheet, data: bytes) -> None:
    top, bottom, first, last = struct.unpack_from("<HHHH", data)
    sheet.link(top, bottom, first, last, _address_of_link(data[24:]))


def _address_of_link(data: bytes) -> str:
    """The address in a link ([MS-OSHARED] §2.3.7.1); empty where it leads to a file or a place in the workbook."""
    _, flags = struct.unpack_from("<II", data)
    start = 8
    for flag in (_HAS_NAME, _HAS_FRAME):
        if flags & flag:
            (length,) = struct.unpack_from("<I", data, start)
            start += 4 + 2 * length
    if not flags & _HAS_MONIKER:
        return ""
    if flags & _AS_TEXT:
        return _counted_text(data, start)
    if data[start : start + 16] != _URL:
        return ""
    (size,) = struct.unpack_from("<I", data, start + 16)
    address = data[start + 20 : start + 20 + size].decode("utf-16-le", "replace")
    return address.partition("\0")[0]


def _counted_text(data: bytes, start: int) -> str:
    (length,) = struct.unpack_from("<I", data, start)
    text = data[start + 4 : start + 4 + 2 * length].decode("utf-16-le", "replace")
    return text.rstrip("\0")


# -- xlsb ---------------------------------------------------------------------

_ROW_HEADER, _CELL_FORMATS, _END_OF_FORMATS = 0, 617, 618
_SHEET, _OWN_FORMAT, _STYLE = 156, 44, 47
_NEW_ROW_HIDDEN = 0x10
_NEW_RECALCULATED = 0x2


def _new_records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a part: number and size are written in seven bits a byte ([MS-XLSB] §2.1.4)."""
    start = 0
    while start < len(content):
        kind, start = _sevens(content, start, 2)
        size, start = _sevens(content, start, 4)
        yield kind, content[start : start + size]
        start += size


def _sevens(content: bytes, start: int, most: int) -> tuple[int, int]:
    """A number and where it ends."""
    value = 0
    for index in range(most):
        byte = content[start + index]
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            break
    return value, start + index + 1


def _xlsb(content: bytes, name: str) -> _Sheet:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        part = _new_sheet_part(archive, name)
        sheet = _Sheet(_new_styles(archive), link_targets(archive, part))
        records = archive.read(part)
    take: dict[int, Callable[[bytes], None]] = {
        _ROW_HEADER: partial(_new_row, sheet),
        2: partial(_new_number, sheet),
        5: partial(_new_number, sheet),
        9: partial(_new_formula, sheet),
        3: partial(_new_error, sheet),
        11: partial(_new_error, sheet),
        494: partial(_new_link, sheet),
    }
    texts = dict.fromkeys((4, 6, 7, 8, 10), partial(_new_filled, sheet))
    take |= texts
    for kind, data in _new_records(records):
        take.get(kind, _pass_by)(data)
    return sheet


def _new_sheet_part(archive: zipfile.ZipFile, name: str) -> str:
    """The part that holds a sheet, through the relations of the workbook."""
    root = next(part for part in archive.namelist() if part.lower().endswith("workbook.bin"))
    folder, file = posixpath.split(root)
    relations = relations_of(archive, f"{folder}/_rels/{file}.rels", folder)
    for kind, data in _new_records(archive.read(root)):
        if kind != _SHEET:
            continue
        relation, end = _text_and_end(data, 8)
        if _text_and_end(data, end)[0] == name:
            return relations[relation][1]
    raise KeyError(name)


def _new_styles(archive: zipfile.ZipFile) -> Styles:
    codes: dict[int, str] = {}
    numbers: list[int] = []
    parts = [part for part in archive.namelist() if part.lower().endswith("styles.bin")]
    is_of_cells = False
    for kind, data in _new_records(archive.read(parts[0]) if parts else b""):
        if kind == _OWN_FORMAT:
            (number,) = struct.unpack_from("<H", data)
            codes[number] = _text_and_end(data, 2)[0]
        elif kind in {_CELL_FORMATS, _END_OF_FORMATS}:
            is_of_cells = kind == _CELL_FORMATS
        elif kind == _STYLE and is_of_cells:
            _, number = struct.unpack_from("<HH", data)
            numbers.append(number)
    return styles_of(numbers, codes)


def _text_and_end(data: bytes, start: int) -> tuple[str, int]:
    """A text and where it ends; a length of FFFFFFFF is none ([MS-XLSB] §2.5.169)."""
    (length,) = struct.unpack_from("<I", data, start)
    start += 4
    end = start + 2 * (length if length < 0xFFFFFFFF else 0)
    return data[start:end].decode("utf-16-le", "replace"), end


def _new_cell(sheet: _Sheet, data: bytes) -> tuple[int, int, int]:
    """The row, column and style of a cell."""
    column, style = struct.unpack_from("<II", data)
    return sheet.row, column, style & 0xFFFFFF


def _new_row(sheet: _Sheet, data: bytes) -> None:
    (sheet.row,) = struct.unpack_from("<I", data)
    if data[11] & _NEW_ROW_HIDDEN:
        sheet.hidden.add(sheet.row + 1)


def _new_number(sheet: _Sheet, data: bytes) -> None:
    sheet.number(*_new_cell(sheet, data))


def _new_filled(sheet: _Sheet, data: bytes) -> None:
    row, column, _ = _new_cell(sheet, data)
    sheet.filled(row, column)


def _new_error(sheet: _Sheet, data: bytes) -> None:
    row, column, _ = _new_cell(sheet, data)
    sheet.broken(row, column, data[8])


def _new_formula(sheet: _Sheet, data: bytes) -> None:
    row, column, style = _new_cell(sheet, data)
    outcome, flags = struct.unpack_from("<dH", data, 8)
    if not outcome and flags & _NEW_RECALCULATED:
        sheet.broken(row, column, None)
    else:
        sheet.number(row, column, style)


def _new_link(sheet: _Sheet, data: bytes) -> None:
    top, bottom, first, last = struct.unpack_from("<IIII", data)
    relation, _ = _text_and_end(data, 16)
    sheet.link(top, bottom, first, last, sheet.addresses.get(relation, ""))
