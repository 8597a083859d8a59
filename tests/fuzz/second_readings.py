"""What other libraries make of an input: the values that they show, and how the document that they make of it is another than ours.

| format | ours | the other |
|---|---|---|
| JSON | json of Python | jiter (Rust), through pydantic_core |
| XML | expat, through defusedxml | libxml2, through lxml |
| csv | csv of Python | the C parser of pandas |
| xlsx | calamine (Rust) | openpyxl |
| ods, odt | calamine, expat | libxml2 over `content.xml` and `meta.xml` |
| docx | python-docx, on lxml | expat over `word/document.xml` and the properties |
| lines of Lynis | its own | none: the text itself |
| pdf | pypdf | poppler, where this machine has `pdftotext` and `pdfinfo` |

Each gives Shown: every value that stands in the file, for tables by row. None means that the other library refuses the input, or
understands something that cannot be compared: it is counted, and is no difference.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any
from xml.etree.ElementTree import Element, ParseError, fromstring

import openpyxl
import pandas
import pydantic_core
from lxml import etree

from connectors.tools.answers import decode_json

_SETS = ("utf-8-sig", "utf-16", "cp1252", "cp850", "mac_roman")
_WIDEST = 3_000  # fields in a row
_MOST_CELLS = 100_000
_MOST_REPEATED = 1_000  # rows
_LITERAL = re.compile(rb"\(([^()]*(?:\([^()]*\)[^()]*)*)\)")  # ISO 32000-2 §7.3.4.2
_MOST_SECONDS = 10  # of a program of another
_ONE_IN = 8  # files that such a program is asked to read
_HOLDERS = {
    "row": ("sheetData",),
    "c": ("row",),
    "v": ("c",),
    "is": ("c",),
    "mergeCell": ("mergeCells",),
}  # ECMA-376 part 1 §18.3.1
_ONLY_ONE = frozenset({"v", "is"})
_HOLDERS_OF_ODS = {  # OpenDocument 1.3 part 3 §9.1
    "table": ("spreadsheet",),
    "table-row": ("table", "table-rows", "table-header-rows", "table-row-group"),
    "table-cell": ("table-row",),
    "covered-table-cell": ("table-row",),
}
Place = tuple[str | None, int]


@dataclass
class Shown:
    """The values in a file; of a table also those of each row, by sheet and number."""

    values: list[Any] = field(default_factory=list)
    rows: dict[Place, list[Any]] = field(default_factory=dict)

    def add(self, sheet: str | None, row: int, value: Any) -> None:
        self.values.append(value)
        self.rows.setdefault((sheet, row), []).append(value)


Reading = Callable[[str, bytes], Shown | None]
Difference = Callable[[str, bytes], str]


# -- JSON --------------------------------------------------------------------------------------------------------------


def json_shown(name: str, content: bytes) -> Shown | None:
    """Every key, text, number and truth value of a document, or of the lines of a file of such."""
    shown = Shown()
    try:
        for document in _documents(content):
            shown.values += _leaves(document)
    except ValueError:
        return None
    return shown


def json_difference(name: str, content: bytes) -> str:
    """How our library makes another document of the bytes; empty when both make the same. Of the same document the connectors make
    the same records."""
    try:
        theirs = [json.dumps(document) for document in _documents(content)]
        ours = [json.dumps(document, default=str) for document in _documents(content, decode_json)]
    except ValueError:
        return ""
    return next(
        (f"{one[:500]}\n  other: {other[:500]}" for one, other in zip(ours, theirs, strict=True) if one != other), ""
    )


def _documents(content: bytes, parse: Callable[[bytes], Any] = pydantic_core.from_json) -> Iterator[Any]:
    """The document, or those of a file with one on each line."""
    for piece in content.split(b"\n") if _is_lines(content) else [content]:
        if piece.strip():
            yield parse(piece.removeprefix(b"\xef\xbb\xbf"))


def _is_lines(content: bytes) -> bool:
    first = content.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].strip()
    return first.startswith(b"{") and first.endswith(b"}")


def _leaves(document: Any) -> list[Any]:
    found, waiting = [], [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            found += node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
        else:
            found.append(node)
    return found


# -- XML ---------------------------------------------------------------------------------------------------------------


def _tree(content: bytes) -> Any:
    """The root, without comments and instructions: these part no text. Raises XMLSyntaxError."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
    )
    return etree.fromstring(content, parser)


def xml_shown(name: str, content: bytes) -> Shown | None:
    """Every attribute, and every text with what stands behind the elements in it."""
    try:
        return Shown(_texts_of_lxml(_tree(content)))
    except (etree.XMLSyntaxError, ValueError):
        return None


def xml_difference(name: str, content: bytes) -> str:
    """How our library makes another document of the bytes; empty when both make the same."""
    if name.endswith(".csv"):
        return ""
    try:
        ours, theirs = _flat(fromstring(content)), _flat(_tree(content))
    except (etree.XMLSyntaxError, ParseError, LookupError, ValueError):
        return ""
    pairs = zip_longest(ours, theirs)
    return next((f"{one!r:.500}\n  other: {other!r:.500}" for one, other in pairs if one != other), "")


def _flat(root: Any) -> list[tuple[Any, ...]]:
    """Every element with its name, attributes, text and what stands behind it, in order."""
    return [(one.tag, dict(one.attrib), one.text or "", one.tail or "") for one in root.iter()]


def _texts_of_lxml(root: Any) -> list[Any]:
    found: list[Any] = []
    for element in root.iter():
        found += [element.text, element.tail, *element.attrib.values()]
    return found


# -- tables ------------------------------------------------------------------------------------------------------------


def csv_shown(name: str, content: bytes) -> Shown | None:
    """Every field, by row, in each character set that knows all bytes and with each delimiter that is tried: which of them is
    right is ours to decide, what then stands in a row is not."""
    shown = Shown()
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if is_wide else _SETS[:1] if content.isascii() else _SETS:
        try:
            text = content.decode(encoding)
        except UnicodeError:
            continue
        if not all(_add_fields(shown, text, delimiter) for delimiter in _delimiters(text)):
            return None
    return shown if shown.rows else None


def _delimiters(text: str) -> set[str]:
    first = text.partition("\n")[0].strip()
    told = {first[4:] or "\t"} if first.casefold().startswith("sep=") and len(first) <= 5 else set()
    return told | {sign for sign in ";,\t" if sign in text} or {";"}


def _add_fields(shown: Shown, text: str, delimiter: str) -> bool:
    """Add the fields by row; false when the other library refuses them."""
    first, _, rest = text.partition("\n")
    if first.strip().casefold().startswith("sep=") and len(first.strip()) <= 5:
        text = rest
    # A field between quotation marks may go on over many lines.
    widest = 1 + max((line.count(delimiter) for line in (text.splitlines() if '"' not in text else [text])), default=0)
    try:
        warnings.simplefilter("error", pandas.errors.ParserWarning)  # that it leaves something out
        frame = pandas.read_csv(
            io.StringIO(text), sep=delimiter, header=None, names=range(min(widest, _WIDEST)), dtype=object, keep_default_na=False,
            na_filter=False, skip_blank_lines=False, engine="c", index_col=False, low_memory=False,
        )  # fmt: skip
    except (ValueError, OverflowError, pandas.errors.ParserWarning):
        return False
    for number, row in enumerate(frame.to_numpy().tolist(), start=1):
        for value in row:
            if value:
                shown.add(None, number, value)
    return True


def xlsx_shown(name: str, content: bytes) -> Shown | None:
    """Every cell, by sheet and row; the rows of a merged cell show what its first one does, and a link its address."""
    if content[:4] != b"PK\x03\x04":
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
            shown = _cells_of(book)
        if shown is not None:
            _add_inline_texts(shown, content, book.sheetnames)
            _spread_merged(shown, book)
        return shown if shown is not None and shown.rows else None
    except Exception:  # what the library meets in a damaged file, it raises as it is
        return None


def _cells_of(book: Any) -> Shown | None:
    shown = Shown()
    for sheet in book.worksheets:
        is_foreign = (
            sheet.max_row == sheet.max_column == 1 and sheet["A1"].value is None
        )  # of another namespace, or empty
        if is_foreign or sheet.max_row * sheet.max_column > _MOST_CELLS:
            return None
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    shown.add(sheet.title, cell.row, cell.value)
                if cell.hyperlink is not None:
                    shown.add(sheet.title, cell.row, cell.hyperlink.target)
    return shown


def _refuse_misplaced(root: Any, holders: dict[str, tuple[str, ...]]) -> None:
    """Raise ValueError when a row, cell or value stands within something else than the format says, or a cell has several values:
    what that means, each program decides for itself."""
    for name, expected in holders.items():
        for element in root.iter(f"{{*}}{name}"):
            if element.getparent() is None or etree.QName(element.getparent()).localname not in expected:
                raise ValueError(name)
            if name in _ONLY_ONE and element.getprevious() is not None and element.getprevious().tag == element.tag:
                raise ValueError(name)


def _spread_merged(shown: Shown, book: Any) -> None:
    """What stands in the first row of a merged cell is also shown in its other rows."""
    for sheet in book.worksheets:
        for area in sheet.merged_cells.ranges:
            values = list(shown.rows.get((sheet.title, area.min_row), []))
            for row in range(area.min_row + 1, min(area.max_row, area.min_row + _MOST_REPEATED) + 1):
                shown.rows.setdefault((sheet.title, row), []).extend(values)


def _add_inline_texts(shown: Shown, content: bytes, sheets: list[str]) -> None:
    """The texts that stand in the cells themselves, as libxml2 reads them: openpyxl takes one piece of a text that is written in
    several, and none where the type of the cell is unknown. Of which sheet a part is, is not looked up."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for part in archive.namelist():
            if part.startswith("xl/worksheets/sheet"):
                root = _tree(archive.read(part))
                _refuse_misplaced(root, _HOLDERS)
                for text in root.iter("{*}is"):
                    address = text.getparent().get("r") or ""
                    row = text.getparent().getparent().get("r") or ""
                    written = "".join(text.itertext())
                    for sheet in sheets:
                        for number in {address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), row}:
                            shown.add(sheet, int(number) if number.isdecimal() else 0, written)


# -- documents ---------------------------------------------------------------------------------------------------------


def ods_shown(name: str, content: bytes) -> Shown | None:
    """Every attribute and text of a cell, by sheet and row; a cell that lies over several rows shows them in each."""
    shown = Shown()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            root = _tree(archive.read("content.xml"))
        _refuse_misplaced(root, _HOLDERS_OF_ODS)
        for table in root.iter("{*}table"):
            _add_rows(shown, table, _own(table, "name") or "")
    except Exception:  # damaged in one of many ways
        return None
    return shown


def _own(element: Any, name: str) -> str | None:
    """An attribute by its local name."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)


def _add_rows(shown: Shown, table: Any, sheet: str) -> None:
    number = 1
    for row in table.iter("{*}table-row"):
        times = int(_own(row, "number-rows-repeated") or 1)
        for cell in row.iter("{*}table-cell", "{*}covered-table-cell"):
            values = [value for value in [*_texts_of_lxml(cell), "".join(cell.itertext())] if value and value.strip()]
            last = number + times - 1 + int(_own(cell, "number-rows-spanned") or 1) - 1
            for place in range(number, min(last, number + _MOST_REPEATED) + 1):
                for value in values:
                    shown.add(sheet, place, value)
        number += times


def open_document_shown(name: str, content: bytes) -> Shown | None:
    """Every attribute and text of the content and the properties, and the whole text of each paragraph and cell."""
    shown = Shown()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in ("content.xml", "meta.xml"):
                if part in archive.namelist():
                    root = _tree(archive.read(part))
                    shown.values += _texts_of_lxml(root)
                    shown.values += [
                        "".join(element.itertext()) for element in root.iter("{*}p", "{*}h", "{*}table-cell")
                    ]
    except Exception:  # damaged in one of many ways
        return None
    return shown


def docx_shown(name: str, content: bytes) -> Shown | None:
    """Every text of the document and its properties, and the whole text of each paragraph."""
    shown = Shown()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.namelist():
                if part.startswith(("word/", "docProps/")) and part.endswith(".xml"):
                    root = fromstring(archive.read(part))
                    shown.values += _texts_of_expat(root)
                    shown.values += [
                        "".join(element.itertext()) for element in root.iter() if element.tag.endswith("}p")
                    ]
    except Exception:  # damaged in one of many ways
        return None
    return shown


def _texts_of_expat(root: Element) -> list[Any]:
    found: list[Any] = []
    for element in root.iter():
        found += [element.text, element.tail, *element.attrib.values()]
    return found


def pdf_shown(name: str, content: bytes) -> Shown | None:
    """The text and the properties, and the texts that stand as such in the bytes: poppler leaves out what lies beside the page or is
    too small to see. None where poppler is not installed, or cannot read the file; and of most files: two programs are started for
    each."""
    if zlib.crc32(content) % _ONE_IN or shutil.which("pdftotext") is None or shutil.which("pdfinfo") is None:
        return None
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(content)
        file.flush()
        commands = (["pdftotext", "-q", "-layout", file.name, "-"], ["pdfinfo", "-custom", file.name])
        try:
            done = [subprocess.run(command, capture_output=True, timeout=_MOST_SECONDS) for command in commands]
        except subprocess.TimeoutExpired:
            return None
    is_read = all(each.returncode == 0 for each in done)
    if not is_read:
        return None
    literals = [literal.decode("cp1252", "replace") for literal in _LITERAL.findall(content)]
    return Shown([*(each.stdout.decode("utf-8", "replace") for each in done), *literals])


# -- lines and others --------------------------------------------------------------------------------------------------


def lines_shown(name: str, content: bytes) -> Shown | None:
    return Shown(content.decode("utf-8-sig", "replace").splitlines())


def by_suffix(**readings: Reading) -> Reading:
    """A reading by the last part of the name."""

    def read(name: str, content: bytes) -> Shown | None:
        return readings[name.rpartition(".")[2]](name, content)

    return read
