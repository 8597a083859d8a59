"""What only the XML of a workbook tells about a sheet: hidden rows, percentages, what numbers are shown as, the addresses
behind links, formulas without a stored result, error values, and merged cells of an ods. Everything else is `tables`'.

Sources: ECMA-376 part 1 §18.3.1.4 (c), §18.3.1.47 (hyperlink), §18.3.1.73 (row), §18.8.30 (numFmt); OpenDocument 1.3 part 3
§6.1.8 (text:a), §9.1.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from xml.etree.ElementTree import Element  # the class only; parsing is defusedxml's
from xml.parsers import expat

from connectors.base import TerminalError
from connectors.tools.number_formats import BUILT_IN, shown_number
from connectors.tools.sheetbounds import DAMAGED_ARCHIVE
from connectors.tools.xml import elements, local
from models.record import Payload

_BUILT_IN_PERCENTAGES = {9, 10}  # 0% and 0.00% (ECMA-376 part 1 §18.8.30)
_WORTH_A_LOOK = re.compile(rb"""<(?:\w+:)?(?:f|hyperlink)[\s>/]|\st=["']e["']|\shidden=["'](?:1|true)""")
_STYLE = re.compile(rb"""\ss=["'](\d+)["']""")
_CELL = re.compile(r"^([A-Z]{1,3})(\d+)$")
_AREA = re.compile(r"^\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?$")
_LINK = re.compile(r'^\s*HYPERLINK\(\s*"((?:[^"]|"")+)"', re.IGNORECASE)
_MOST_LINKED = 100_000  # cells that one link may lie over
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_MOST_ROWS = 1_048_576

Range = tuple[tuple[int, int], tuple[int, int]]


class UnreadablePart(Exception):
    """A part of the workbook that is not as the format says."""


@dataclass(slots=True)
class Marks:
    """Cells and rows with something to tell; cells 0-based as (row, column), `hidden` as 1-based row numbers. `broken`
    gives the error value, or "" for a formula without a stored result; `formats` how a number is shown, `texts` as what;
    `links` the address behind a cell."""

    hidden: frozenset[int] = frozenset()
    percentages: set[tuple[int, int]] = field(default_factory=set)
    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    links: dict[tuple[int, int], str] = field(default_factory=dict)
    broken: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[Range] = field(default_factory=list)


def marks_of(payload: Payload, sheet: str) -> Marks:
    """The marks of the sheet called `sheet`. Raises UnreadablePart."""
    try:
        with zipfile.ZipFile(io.BytesIO(payload.data())) as archive:
            if "content.xml" in archive.namelist():
                return _open_document(archive, sheet)
            return _office_open(archive, sheet)
    except (*DAMAGED_ARCHIVE, ValueError, TerminalError) as error:
        raise UnreadablePart(str(error)) from error


def _part(archive: zipfile.ZipFile, name: str) -> Payload:
    return Payload(name, "application/xml", content=archive.read(name))


def _local_attribute(element: Element, name: str) -> str | None:
    """An attribute by its local name, in any namespace or none."""
    for key, value in element.items():
        if key.rpartition("}")[2] == name:
            return value
    return None


# -- xlsx and xlsm ------------------------------------------------------------


def _office_open(archive: zipfile.ZipFile, sheet: str) -> Marks:
    part = sheet_part(archive, sheet)
    content = archive.read(part)
    styles = _styles(archive)
    used = {style.decode() for style in set(_STYLE.findall(content))}
    if used.isdisjoint(styles.percentages | styles.formats.keys()) and not _WORTH_A_LOOK.search(content):
        return Marks()
    scan = _SheetScan(styles, link_targets(archive, part))
    scan.parse(content)
    return scan.marks


@dataclass(frozen=True, slots=True)
class Styles:
    """The indices of the cell styles that show a fraction as a percentage, and the formats of those that show a number
    otherwise than it is."""

    percentages: set[str] = field(default_factory=set)
    formats: dict[str, str] = field(default_factory=dict)


class _SheetScan:
    """One pass over the XML of a sheet, without building a tree: a sheet may hold millions of cells."""

    def __init__(self, styles: Styles, addresses: dict[str, str]) -> None:
        self.marks = Marks()
        self._styles, self._addresses = styles, addresses
        self._hidden: set[int] = set()
        self._row = self._column = -1
        self._kind = self._style = ""
        self._formula = False
        self._value: list[str] = []
        self._formula_text: list[str] = []

    def parse(self, content: bytes) -> None:
        """Fill the marks. Raises ValueError when the XML is not whole, or has a document type."""
        parser = expat.ParserCreate(namespace_separator="}")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._refuse
        self._parser = parser
        try:
            parser.Parse(content, True)
        except (expat.ExpatError, LookupError) as error:  # also a character set that nobody knows
            raise ValueError(str(error)) from error
        self.marks.hidden = frozenset(self._hidden)

    def _refuse(self, *_: object) -> None:
        raise ValueError("a sheet has no document type")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if name == "c":
            match = _CELL.match(attributes.get("r", ""))
            self._column = _column_index(match[1]) if match else self._column + 1
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
            self._formula, self._value, self._formula_text = False, [], []
        elif name == "v":
            if self._kind == "e" or self._formula:
                self._parser.CharacterDataHandler = self._value.append
        elif name == "f":
            self._formula = True
            self._parser.CharacterDataHandler = self._formula_text.append
        elif name == "hyperlink":
            self._link(attributes)
        elif name == "row":
            self._row, self._column = int(attributes.get("r", self._row + 2)) - 1, -1
            if attributes.get("hidden") in {"1", "true"}:
                self._hidden.add(self._row + 1)

    def _end(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        if name in {"v", "f"}:
            self._parser.CharacterDataHandler = None
        elif name == "c":
            self._judge((self._row, self._column))

    def _link(self, attributes: dict[str, str]) -> None:
        """Note the address behind the cells of a link; one that leads within the workbook has none."""
        number = next((value for name, value in attributes.items() if name.rpartition("}")[2] == "id"), "")
        address = self._addresses.get(number)
        area = _AREA.match(attributes.get("ref", ""))
        if address is None or area is None:
            return
        top, first = int(area[2]) - 1, _column_index(area[1])
        bottom, last = int(area[4] or area[2]) - 1, _column_index(area[3] or area[1])
        if (bottom - top + 1) * (last - first + 1) > _MOST_LINKED:
            return
        for row in range(top, bottom + 1):
            for column in range(first, last + 1):
                self.marks.links[row, column] = address

    def _judge(self, place: tuple[int, int]) -> None:
        value = "".join(self._value)
        formula = _LINK.match("".join(self._formula_text)) if self._formula_text else None
        if formula:
            self.marks.links[place] = formula[1].replace('""', '"')
        if self._kind == "e":
            self.marks.broken[place] = value or "#N/A"
        elif self._formula and not value and self._kind != "str":
            self.marks.broken[place] = ""
        elif self._kind == "n" and self._style in self._styles.percentages:
            self.marks.percentages.add(place)
        elif self._kind == "n" and self._style in self._styles.formats:
            self.marks.formats[place] = self._styles.formats[self._style]


@cache
def _column_index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def sheet_part(archive: zipfile.ZipFile, sheet: str) -> str:
    """The name of the part that holds a sheet, through the relations of the package (ECMA-376 part 2)."""
    root = next(
        (
            target
            for kind, target in relations_of(archive, "_rels/.rels", "").values()
            if kind.endswith("/officeDocument")
        ),
        "xl/workbook.xml",
    )
    folder, name = posixpath.split(root)
    relations = relations_of(archive, f"{folder}/_rels/{name}.rels", folder)
    for element, _ in elements(
        _part(archive, root),
        frozenset({"sheet"}),
        frozenset({"workbook"}),
    ):
        if element.get("name") == sheet:
            return relations[_local_attribute(element, "id") or ""][1]
    raise KeyError(sheet)


def relations_of(archive: zipfile.ZipFile, part: str, folder: str) -> dict[str, tuple[str, str]]:
    """Type and target of each relation, by its id."""
    relations: dict[str, tuple[str, str]] = {}
    content = _part(archive, part)
    for element, _ in elements(content, frozenset({"Relationship"}), frozenset({"Relationships"})):
        target = element.get("Target") or ""
        relations[element.get("Id") or ""] = (element.get("Type") or "", _part_at(target, folder))
    return relations


def _part_at(target: str, folder: str) -> str:
    """The part of the archive that a relation in `folder` leads to."""
    if target.startswith("/"):
        return target.lstrip("/")
    return posixpath.normpath(posixpath.join(folder, target))


def link_targets(archive: zipfile.ZipFile, part: str) -> dict[str, str]:
    """The addresses that the links of a sheet lead to, by the id of their relation."""
    folder, name = posixpath.split(part)
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in archive.namelist():
        return {}
    addresses: dict[str, str] = {}
    tags, roots = frozenset({"Relationship"}), frozenset({"Relationships"})
    for element, _ in elements(_part(archive, relations), tags, roots):
        if (element.get("Type") or "").endswith("/hyperlink") and element.get("TargetMode") == "External":
            addresses[element.get("Id") or ""] = element.get("Target") or ""
    return addresses


def _styles(archive: zipfile.ZipFile) -> Styles:
    parts = [name for name in archive.namelist() if posixpath.basename(name) == "styles.xml"]
    if not parts:
        return Styles()
    codes: dict[int, str] = {}
    numbers: list[int] = []
    tags, roots = frozenset({"numFmt", "cellXfs"}), frozenset({"styleSheet"})
    for element, _ in elements(_part(archive, parts[0]), tags, roots):
        if local(element) == "cellXfs":
            numbers = [int(style.get("numFmtId") or 0) for style in element]
            continue
        number = int(element.get("numFmtId") or 0)
        codes[number] = element.get("formatCode") or ""
    return styles_of(numbers, codes)


def styles_of(numbers: list[int], codes: Mapping[int, str]) -> Styles:
    """What the styles of cells show: `numbers` are those of their formats, in order, and `codes` the formats of the workbook."""
    styles = Styles()
    percentages = _BUILT_IN_PERCENTAGES | {number for number, code in codes.items() if _is_percentage(code)}
    all_codes = {**BUILT_IN, **codes}
    for index, number in enumerate(numbers):
        code = all_codes.get(number, "")
        if number in percentages:
            styles.percentages.add(str(index))
        elif shown_number(1, code) is not None:
            styles.formats[str(index)] = code
    return styles


def _is_percentage(code: str) -> bool:
    return "%" in _QUOTED.sub("", code)


# -- ods ----------------------------------------------------------------------


def _open_document(archive: zipfile.ZipFile, sheet: str) -> Marks:
    marks, hidden, index = Marks(), set[int](), 0
    for row, ancestors in elements(
        _part(
            archive,
            "content.xml",
        ),
        frozenset({"table-row"}),
        frozenset({"document-content"}),
    ):
        table = next((element for element in ancestors if local(element) == "table"), None)
        if table is None or _local_attribute(table, "name") != sheet:
            continue
        repeated = int(_local_attribute(row, "number-rows-repeated") or 1)
        if _local_attribute(row, "visibility") in {"collapse", "filter"}:
            hidden.update(range(index + 1, min(index + repeated, _MOST_ROWS) + 1))
        if index < _MOST_ROWS:
            _document_cells(row, index, min(repeated, _MOST_ROWS - index), marks)
        index += repeated
    marks.hidden = frozenset(hidden)
    return marks


def _document_cells(row: Element, index: int, repeated: int, marks: Marks) -> None:
    """Note what the cells of a row are, each for all the rows and columns that it stands for."""
    column = 0
    for cell in row:
        if local(cell) not in {"table-cell", "covered-table-cell"}:
            continue
        times = int(_local_attribute(cell, "number-columns-repeated") or 1)
        _note_span(cell, index, column, marks)
        kind = _local_attribute(cell, "value-type")
        cell_text = next(("".join(child.itertext()).strip() for child in cell if local(child) == "p"), "")
        has_formula = kind != "percentage" and _local_attribute(cell, "formula") is not None
        is_broken = has_formula and (cell_text.startswith(("#", "Err:")) or not kind)
        address = _address_in(cell)
        if is_broken or address or kind in {"percentage", "float"}:
            for place in product(range(index, index + repeated), range(column, column + times)):
                if address:
                    marks.links[place] = address
                if is_broken:
                    marks.broken[place] = cell_text
                elif kind == "percentage":
                    marks.percentages.add(place)
                elif kind == "float" and cell_text:
                    marks.texts[place] = cell_text
        column += times


def _note_span(cell: Element, row: int, column: int, marks: Marks) -> None:
    """Note a cell that is merged with others."""
    rows = int(_local_attribute(cell, "number-rows-spanned") or 1)
    columns = int(_local_attribute(cell, "number-columns-spanned") or 1)
    if rows > 1 or columns > 1:
        marks.merged.append(((row, column), (row + rows - 1, column + columns - 1)))


def _address_in(cell: Element) -> str:
    """The address behind the first link in a cell; empty without one, or when it leads within the document."""
    for element in cell.iter():
        if local(element) == "a":
            address = _local_attribute(element, "href") or ""
            return "" if address.startswith("#") else address
    return ""
