"""Writes texts into cells of an existing workbook and leaves everything else as it is, byte for byte: the cells are cut
into the XML of their sheet, and every other part of the file (styles, charts, images, macros, other sheets) is copied
unread. What to write where is not decided here.

Source for the format: ECMA-376 part 1 (SpreadsheetML) and MS-XLSX (x14 data validations).
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from models.errors import EnsiaError
from models.message import Message, message
from reports.safe import LONGEST_CELL, plain

LARGEST = 300_000_000  # bytes of all parts together, unpacked
_TAG = re.compile(rb"<[^\s/>]+(?:\s+[^\s=]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*(/?)>")
_REFERENCE = re.compile(
    r"(?:(?:'((?:[^']|'')+)'|([^'!\[\]\s]+))!)?\$?([A-Z]{1,3})\$?(\d+)?(?::\$?([A-Z]{1,3})\$?(\d+)?)?", re.IGNORECASE
)
_LAST_ROW = 1_048_576  # of a sheet
_TABLE_COLUMN = re.compile(r"([^\[\]\s!]+)\[(?:\[#Data\],)?\[?([^\[\]]+)\]?\]", re.IGNORECASE)
_INDIRECT = re.compile(r"INDIRECT\(\s*\"([^\"]+)\"\s*\)", re.IGNORECASE)
_DATES = frozenset({*range(14, 18), 22, *range(27, 37), *range(50, 59)})  # number formats that show a day
_FIRST_DAY = date(1899, 12, 30)  # day 0 of the serial numbers from March 1900 on
_BUILT_IN_DECIMALS = {1: 0, 2: 2, 3: 0, 4: 2}  # number formats 0, 0.00, #,##0 and #,##0.00
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_AS_XLSX = message("workbook.as_xlsx")

Area = tuple[int, int, int, int]  # first row, first column, last row, last column; 1-based, ends included


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it stands in the file. `text` is what is shown, a day as its ISO text; `loose` a number without fixed
    decimals, so that 5.1 may stand for 5.10. `start` and `end` bound its bytes."""

    text: str
    style: int | None
    formula: bool
    loose: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A data validation: what a cell may hold."""

    kind: str
    operator: str
    first: str
    second: str
    areas: tuple[Area, ...]


@dataclass(slots=True)
class _Row:
    start: int
    tag_end: int
    self_closing: bool  # <row/>: without cells
    style: int | None
    end: int = 0  # where a cell after the last one goes


@dataclass(slots=True)
class Sheet:
    """One worksheet; `put` notes a text for a cell, `Workbook.write` writes them all."""

    name: str
    part: str
    visible: bool
    data: bytes
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    merged: list[Area] = field(default_factory=list)
    formula_areas: list[Area] = field(default_factory=list)
    protected: bool = False
    formulas: int = 0
    edits: dict[tuple[int, int], str] = field(default_factory=dict)
    rows: dict[int, _Row] = field(default_factory=dict)
    column_styles: list[tuple[int, int, int]] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    free_styles: frozenset[int] = frozenset()  # of cells that may be changed when the sheet is protected

    def is_hidden(self, column: int) -> bool:
        """Whether the column is hidden."""
        return any(first <= column <= last for first, last in self.hidden_columns)

    def is_locked(self, row: int, column: int) -> bool:
        """Whether a spreadsheet program would refuse to change the cell: every cell is locked unless its style says it is
        not, which counts when the sheet is protected (ECMA-376 part 1 §18.8.33)."""
        return self.protected and self._style_of_cell(row, column) not in self.free_styles

    def _style_of_cell(self, row: int, column: int) -> int:
        """The style of a cell, or what it gets when it is not there yet."""
        cell = self.cells.get((row, column))
        if cell is not None:
            return cell.style or 0
        return (self._style(self.rows[row], column) or 0) if row in self.rows else 0

    def text(self, row: int, column: int) -> str:
        """What the cell shows; empty when it is."""
        cell = self.cells.get((row, column))
        return cell.text if cell else ""

    def corner(self, row: int, column: int) -> tuple[int, int]:
        """The cell itself, or the top left cell of the merged cells it belongs to."""
        for first_row, first_column, last_row, last_column in self.merged:
            if first_row <= row <= last_row and first_column <= column <= last_column:
                return first_row, first_column
        return row, column

    def has_formula(self, row: int, column: int) -> bool:
        """Whether the cell is computed, also as a part of an array formula."""
        cell = self.cells.get((row, column))
        if cell is not None and cell.formula:
            return True
        return any(_inside(area, row, column) for area in self.formula_areas)

    def rule(self, row: int, column: int) -> Rule | None:
        """The data validation of a cell."""
        for rule in self.rules:
            if any(_inside(area, row, column) for area in rule.areas):
                return rule
        return None

    def put(self, row: int, column: int, text: str) -> bool:
        """Note a text for a cell; False when the sheet has no such row or the cell is computed."""
        if row not in self.rows or self.rows[row].self_closing or self.has_formula(row, column):
            return False
        self.edits[row, column] = text
        return True

    def edited(self) -> bytes:
        """The XML of the sheet with the noted texts in it."""
        changes: list[tuple[int, int, int, bytes]] = []  # start, end, column, new bytes
        by_row: dict[int, list[tuple[int, int]]] = {}
        for (number, column), cell in self.cells.items():
            by_row.setdefault(number, []).append((column, cell.start))
        for (number, column), text in self.edits.items():
            row = self.rows[number]
            name = self.data[row.start + 1 : row.tag_end].split(b" ", 1)[0].rstrip(b">")
            prefix = name[: name.index(b":") + 1] if b":" in name else b""
            present = self.cells.get((number, column))
            if present:
                changes.append((present.start, present.end, column, _cell(prefix, number, column, present.style, text)))
                continue
            at = min((start for other, start in by_row.get(number, ()) if other > column), default=row.end)
            changes.append((at, at, column, _cell(prefix, number, column, self._style(row, column), text)))
            self._widen(row, column, changes)
        data = bytearray()
        done = 0
        for start, end, _, new in sorted(changes):
            data += self.data[done:start] + new
            done = end
        return bytes(data + self.data[done:])

    def _style(self, row: _Row, column: int) -> int | None:
        """The style of a cell that is not there yet: its row's, else its column's."""
        if row.style is not None:
            return row.style
        return next((style for first, last, style in self.column_styles if first <= column <= last), None)

    def _widen(self, row: _Row, column: int, changes: list[tuple[int, int, int, bytes]]) -> None:
        """A row's `spans` is a hint for reading fast; it is dropped when the new cell lies outside it."""
        tag = self.data[row.start : row.tag_end]
        spans = re.search(rb'\sspans="(\d+):(\d+)"', tag)
        if spans and not int(spans[1]) <= column <= int(spans[2]):
            change = (row.start + spans.start(), row.start + spans.end(), 0, b"")
            if change not in changes:
                changes.append(change)


class Workbook:
    """A workbook file. Raises EnsiaError when the file is not a readable xlsx or xlsm."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with zipfile.ZipFile(path) as archive:
                if sum(info.file_size for info in archive.infolist()) > LARGEST:
                    raise EnsiaError(message("workbook.too_large"), place=str(path))
                self._parts = {info.filename: archive.read(info) for info in archive.infolist()}
            self._read()
        except FileNotFoundError as error:
            raise EnsiaError(message("os.absent"), place=str(path), advice=message("os.advice")) from error
        except (zipfile.BadZipFile, RuntimeError) as error:
            raise EnsiaError(_why_not(path), place=str(path), advice=_AS_XLSX) from error
        except (
            KeyError,
            ValueError,
            IndexError,
            expat.ExpatError,
            ElementTree.ParseError,
            DefusedXmlException,
        ) as error:
            raise EnsiaError(message("workbook.unreadable"), place=str(path), advice=_AS_XLSX) from error

    @property
    def signed(self) -> bool:
        """Whether the file bears a digital signature (which a change makes invalid)."""
        return any(name.startswith("_xmlsignatures/") for name in self._parts)

    @property
    def formulas(self) -> int:
        """How many cells are computed."""
        return sum(sheet.formulas for sheet in self.sheets)

    def choices(self, sheet: Sheet, formula: str, depth: int = 0) -> list[str] | None:
        """The texts that a list validation allows: of a literal list, a range, a name or a table column.
        None when the formula can only be worked out by a spreadsheet program."""
        formula = formula.strip().removeprefix("=")
        if formula.startswith('"') and formula.endswith('"'):
            return [item.strip() for item in formula[1:-1].replace('""', '"').split(",") if item.strip()]
        if depth > 5:
            return None
        indirect = _INDIRECT.fullmatch(formula)
        if indirect:
            return self.choices(sheet, indirect[1], depth + 1)
        reference = self._names.get((sheet.part, formula.casefold())) or self._names.get(("", formula.casefold()))
        if reference:
            return self.choices(sheet, reference, depth + 1)
        column = _TABLE_COLUMN.fullmatch(formula)
        if column:
            area = self._tables.get((column[1].casefold(), column[2].casefold()))
            return self.choices(sheet, area, depth + 1) if area else None
        return self._values(sheet, formula)

    def write(self, target: Path) -> None:
        """Write the workbook with the noted texts. Parts without a change keep their bytes, place and date."""
        changed = {sheet.part: sheet.edited() for sheet in self.sheets if sheet.edits}
        if changed and self.formulas:
            changed[self._workbook_part] = _recalculating(self._parts[self._workbook_part])
        with zipfile.ZipFile(self.path) as source, zipfile.ZipFile(target, "w") as archive:
            for info in source.infolist():
                entry = zipfile.ZipInfo(info.filename, info.date_time)
                entry.compress_type, entry.external_attr = info.compress_type, info.external_attr
                entry.create_system, entry.comment = info.create_system, info.comment
                archive.writestr(entry, changed.get(info.filename, self._parts[info.filename]))

    def _read(self) -> None:
        self._workbook_part = next(iter(self._related("", "officeDocument").values()), "")
        if not self._workbook_part:
            raise EnsiaError(message("workbook.other"), place=str(self.path), advice=_AS_XLSX)
        if self._workbook_part.endswith(".bin"):
            raise EnsiaError(message("workbook.binary"), place=str(self.path), advice=_AS_XLSX)
        book = ElementTree.fromstring(self._parts[self._workbook_part])
        worksheets = self._related(self._workbook_part, "worksheet")
        strings = self._strings()
        decimals, days = self._decimals()
        free_styles = self._free_styles()
        self.sheets: list[Sheet] = []
        by_index: list[str] = []
        self._tables: dict[tuple[str, str], str] = {}
        for element in book.iterfind("{*}sheets/{*}sheet"):
            number = next(value for name, value in element.attrib.items() if name.endswith("}id"))
            by_index.append(worksheets.get(number, ""))
            if number not in worksheets:
                continue  # a chart sheet
            part = worksheets[number]
            sheet = Sheet(element.get("name"), part, element.get("state", "visible") == "visible", self._parts[part])
            sheet.free_styles = free_styles
            _Reader(sheet, strings, decimals, days).read()
            self.sheets.append(sheet)
            self._read_tables(sheet)
        self._names: dict[tuple[str, str], str] = {}
        for element in book.iterfind("{*}definedNames/{*}definedName"):
            local = element.get("localSheetId")
            owner = by_index[int(local)] if local is not None else ""
            self._names[owner, element.get("name").casefold()] = element.text or ""

    def _related(self, part: str, kind: str) -> dict[str, str]:
        """The parts that `part` refers to as `kind`, by the number of the relation."""
        folder, name = posixpath.split(part)
        relations = self._parts.get(posixpath.join(folder, "_rels", f"{name}.rels"))
        if relations is None:
            return {}
        return {
            item.get("Id"): posixpath.normpath(posixpath.join("/", folder, item.get("Target"))).lstrip("/")
            for item in ElementTree.fromstring(relations)
            if item.get("Type", "").endswith(f"/{kind}") and item.get("TargetMode") != "External"
        }

    def _strings(self) -> list[str]:
        parts = list(self._related(self._workbook_part, "sharedStrings").values())
        if not parts:
            return []
        return [
            "".join(text.text or "" for text in [*item.iterfind("{*}t"), *item.iterfind("{*}r/{*}t")])
            for item in ElementTree.fromstring(self._parts[parts[0]])
        ]

    def _decimals(self) -> tuple[list[int | None], set[int]]:
        """How many decimals each cell style shows (None when that depends on the number), and which styles show a day."""
        parts = list(self._related(self._workbook_part, "styles").values())
        if not parts:
            return [], set()
        styles = ElementTree.fromstring(self._parts[parts[0]])
        decimals: dict[int, int | None] = dict(_BUILT_IN_DECIMALS)
        days = set(_DATES)
        for element in styles.iterfind("{*}numFmts/{*}numFmt"):
            fraction = re.search(r"0(?:[.,](0+))?(?![#0?.,])", element.get("formatCode", "").split(";")[0])
            decimals[int(element.get("numFmtId"))] = len(fraction[1] or "") if fraction else None
            code = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", element.get("formatCode", "")).casefold()
            if "d" in code and "m" in code:
                days.add(int(element.get("numFmtId")))
        formats = [int(element.get("numFmtId", "0")) for element in styles.iterfind("{*}cellXfs/{*}xf")]
        return [decimals.get(number) for number in formats], {
            style for style, number in enumerate(formats) if number in days
        }

    def _free_styles(self) -> frozenset[int]:
        """The cell styles of cells that are not locked."""
        free: set[int] = set()
        for part in self._related(self._workbook_part, "styles").values():
            for style, element in enumerate(ElementTree.fromstring(self._parts[part]).iterfind("{*}cellXfs/{*}xf")):
                protection = element.find("{*}protection")
                if protection is not None and protection.get("locked") in ("0", "false"):
                    free.add(style)
        return frozenset(free)

    def _read_tables(self, sheet: Sheet) -> None:
        for part in self._related(sheet.part, "table").values():
            table = ElementTree.fromstring(self._parts[part])
            first_row, first_column, last_row, _ = _area(table.get("ref"))
            first_row += int(table.get("headerRowCount", "1"))
            last_row -= int(table.get("totalsRowCount", "0"))
            name = sheet.name.replace("'", "''")
            for index, column in enumerate(table.iterfind("{*}tableColumns/{*}tableColumn")):
                letter = letters(first_column + index)
                key = ((table.get("displayName") or "").casefold(), (column.get("name") or "").casefold())
                self._tables[key] = f"'{name}'!{letter}{first_row}:{letter}{last_row}"

    def _values(self, sheet: Sheet, reference: str) -> list[str] | None:
        """The texts in a range of cells or columns, row by row; None for what is no range of a sheet that is there."""
        match = _REFERENCE.fullmatch(reference)
        if not match:
            return None
        first_row, last_column, last_row = match[4], match[5], match[6]
        is_cell_or_range = bool(first_row) and (bool(last_row) or not last_column)
        is_whole_columns = not first_row and not last_row and bool(last_column)
        if not is_cell_or_range and not is_whole_columns:
            return None  # half a range, or a bare word: a name that is not there
        name = (match[1] or "").replace("''", "'") or match[2]
        place = self._sheet_called(name) if name else sheet
        if place is None:
            return None
        top = int(first_row) if first_row else 1
        bottom = int(last_row or first_row) if first_row else max(place.rows, default=1)
        area = (top, column_number(match[3]), bottom, column_number(last_column or match[3]))
        cells = [cell for address, cell in sorted(place.cells.items()) if _inside(area, *address)]
        return [cell.text for cell in cells if cell.text]

    def _sheet_called(self, name: str) -> Sheet | None:
        """The first sheet with this name, in whatever case; None when there is none."""
        for sheet in self.sheets:
            if sheet.name.casefold() == name.casefold():
                return sheet
        return None


class _Reader:
    """Reads one sheet and notes where in its bytes every cell stands."""

    def __init__(self, sheet: Sheet, strings: list[str], decimals: list[int | None], days: set[int]) -> None:
        self.sheet, self.strings, self.decimals, self.days = sheet, strings, decimals, days
        self.stack: list[tuple[str, int, bool, dict[str, str]]] = []  # name, start, self-closing, attributes
        self.texts: dict[str, str] = {}
        self.row = self.column = 0

    def read(self) -> None:
        """Fill the sheet. ExpatError or ValueError when it is not what it should be."""
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = _no_doctype
        if not self.sheet.data.lstrip(b"\xef\xbb\xbf")[:1] == b"<":
            raise ValueError(f"sheet {self.sheet.name} is not in UTF-8")
        self.parser.Parse(self.sheet.data, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        start = self.parser.CurrentByteIndex
        sheet = self.sheet
        self_closing, tag_end = False, start
        if local in ("row", "c"):
            tag = _TAG.match(sheet.data, start)
            if tag is None:
                raise ValueError(f"byte {start} of {sheet.part}")
            self_closing, tag_end = tag[1] == b"/", tag.end()
        if local == "row":
            self.row, self.column = int(attributes.get("r", self.row + 1)), 0
            style = int(attributes["s"]) if attributes.get("customFormat") in ("1", "true") else None
            sheet.rows[self.row] = _Row(start, tag_end, self_closing, style)
        elif local == "c":
            place = attributes.get("r")
            self.column = column_number(re.sub(r"\d", "", place)) if place else self.column + 1
        elif local == "mergeCell":
            sheet.merged.append(_area(attributes["ref"]))
        elif local == "col":
            self._column_of_sheet(attributes)
        elif local == "sheetProtection":
            sheet.protected = attributes.get("sheet") in ("1", "true")
        elif local == "f" and attributes.get("t") in ("array", "dataTable") and "ref" in attributes:
            sheet.formula_areas.append(_area(attributes["ref"]))
        if local in ("c", "dataValidation"):
            self.texts = {}
        if local == "f" and self.stack and self.stack[-1][0] == "c":
            self.texts["formula"] = ""
        self.stack.append((local, start, self_closing, attributes))

    def _column_of_sheet(self, attributes: dict[str, str]) -> None:
        first, last = int(attributes["min"]), int(attributes["max"])
        if "style" in attributes:
            self.sheet.column_styles.append((first, last, int(attributes["style"])))
        if attributes.get("hidden") in ("1", "true"):
            self.sheet.hidden_columns.append((first, last))

    def _text(self, text: str) -> None:
        """Add a text to that of the element it stands in, a formula of a rule by which of the two; not how to pronounce it."""
        names = [name for name, _, _, _ in self.stack]
        if "rPh" not in names:
            key = names[-1]
            if key == "f" and names[-2] in ("formula1", "formula2"):
                key = names[-2]
            self.texts[key] = self.texts.get(key, "") + text

    def _end(self, name: str) -> None:
        local, start, self_closing, attributes = self.stack.pop()
        at = self.parser.CurrentByteIndex
        if local == "row":
            self.sheet.rows[self.row].end = at
        elif local == "c":
            tag = _TAG.match(self.sheet.data, start)
            end = tag.end() if self_closing and tag else self.sheet.data.index(b">", at) + 1
            self._cell(attributes, start, end)
        elif local == "dataValidation":
            areas = (attributes.get("sqref") or self.texts.get("sqref", "")).split()
            rule = Rule(
                attributes.get("type", "none"), attributes.get("operator", "between"), self.texts.get("formula1", ""),
                self.texts.get("formula2", ""), tuple(_area(area) for area in areas),
            )  # fmt: skip
            if rule.kind != "none":
                self.sheet.rules.append(rule)

    def _cell(self, attributes: dict[str, str], start: int, end: int) -> None:
        kind = attributes.get("t", "n")
        style = int(attributes["s"]) if "s" in attributes else None
        raw = self.texts.get("v", "")
        loose = False
        if kind == "s":
            text = self.strings[int(raw)] if raw else ""
        elif kind == "inlineStr":
            text = self.texts.get("t", "")
        elif kind == "n" and raw and style in self.days and 60 < float(raw) < 2_958_466:
            text = (_FIRST_DAY + timedelta(days=int(float(raw)))).isoformat()
        elif kind == "n" and raw:
            decimals = self.decimals[style or 0] if (style or 0) < len(self.decimals) else None
            loose = decimals is None
            text = f"{float(raw):.15g}" if decimals is None else f"{float(raw):.{decimals}f}"
        else:
            text = raw
        formula = "formula" in self.texts
        self.sheet.formulas += formula
        self.sheet.cells[self.row, self.column] = Cell(text, style, formula, loose, start, end)


def column_number(text: str) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in text.upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def letters(column: int) -> str:
    """A for 1, AA for 27."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _inside(area: Area, row: int, column: int) -> bool:
    return area[0] <= row <= area[2] and area[1] <= column <= area[3]


def _area(text: str | None) -> Area:
    """The rows and columns of a reference; of one to whole columns every row. Raises ValueError."""
    match = _REFERENCE.fullmatch(text or "")
    if not match:
        raise ValueError(f"range {text}")
    first_row, last_row = match[4] or 1, match[6]
    if last_row is None:
        is_one_cell = match[4] is not None and match[5] is None
        last_row = match[4] if is_one_cell else _LAST_ROW
    first_column, last_column = match[3], match[5] or match[3]
    return int(first_row), column_number(first_column), int(last_row), column_number(last_column)


def _cell(prefix: bytes, row: int, column: int, style: int | None, text: str) -> bytes:
    content = escape(
        _LOOKS_ESCAPED.sub("_x005F_", plain(text)[:LONGEST_CELL].replace("\r\n", "\n").replace("\r", "\n"))
    )
    mark = f' s="{style}"' if style is not None else ""
    name = prefix.decode()
    return (
        f'<{name}c r="{letters(column)}{row}"{mark} t="inlineStr"><{name}is><{name}t xml:space="preserve">{content}'
        f"</{name}t></{name}is></{name}c>"
    ).encode()


def _recalculating(book: bytes) -> bytes:
    """The workbook part, told to compute all formulas when it is opened: their stored outcomes are of before."""
    present = re.search(rb"<(?:\w+:)?calcPr\b[^>]*>", book)
    if present:
        tag = re.sub(rb'\sfullCalcOnLoad="[^"]*"', b"", present[0])
        tag = re.sub(rb"(calcPr)\b", rb'\1 fullCalcOnLoad="1"', tag, count=1)
        return book[: present.start()] + tag + book[present.end() :]
    ends = list(re.finditer(rb"</(\w+:)?(?:sheets|functionGroups|externalReferences|definedNames)>", book))
    last = ends[-1]
    return book[: last.end()] + b"<" + (last[1] or b"") + b'calcPr fullCalcOnLoad="1"/>' + book[last.end() :]


def _why_not(path: Path) -> Message:
    start = path.read_bytes()
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in start:
            return message("workbook.password")
        return message("workbook.old")
    return message("workbook.other")


def _no_doctype(*_: Any) -> None:
    raise ValueError("a workbook has no DOCTYPE")


def cells_in_order(sheet: Sheet) -> Iterator[tuple[int, int, str]]:
    """Every cell with a text: row, column, text."""
    for (row, column), cell in sorted(sheet.cells.items()):
        if cell.text:
            yield row, column, cell.text
