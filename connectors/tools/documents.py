"""Opens docx, odt and pdf files as far as their front page: label and value pairs, document properties, title, date of
last change. What the labels mean is left to the connector; the author and other persons are never read.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any
from xml.etree.ElementTree import Element, tostring  # writing only; parsing is defusedxml's

from defusedxml.ElementTree import fromstring

from connectors.tools.findings import from_iso
from connectors.tools.xml import children, local, text
from models.instant import wall_time
from models.message import Text, message
from models.record import Payload

FORMATS = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".pdf": "application/pdf",
}
_LARGEST_PART = 64 * 2**20  # bytes of XML; a document of a thousand pages has less
_OLD_OR_PROTECTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the begin of an OLE2 file
_WITH_TEXTS = ("word/document.xml", "docProps/core.xml")
# A comment, an instruction or a document type; or text of two bytes a sign, in which none can be seen.
_ASIDE = re.compile(rb"<[!?](?!xml[\s?])|\x00")
_TABLES, _LINES, _PAGES = 3, 60, 3  # how far the front page goes
_PAIR = re.compile(r"^\s*(?P<label>[^:\t]{3,40}?)\s*(?::|\t)\s*(?P<value>\S.{0,200})$")


class UnreadableError(Exception):
    """Why a document cannot be opened, and what was expected instead."""

    def __init__(self, expected: Text) -> None:
        self.expected = expected
        super().__init__(str(expected))


@dataclass(slots=True)
class Front:
    """What the front page says: pairs of label and value, in reading order, and the document's properties."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    properties: list[tuple[str, str]] = field(default_factory=list)
    title: str | None = None
    modified: datetime | None = None


def front_of(payload: Payload) -> Front:
    """The front page of a document. Raises UnreadableError."""
    suffix = PurePosixPath(payload.name).suffix.lower()
    with unreadable(payload):
        if suffix == ".pdf":
            return _pdf(payload.data())
        with zipfile.ZipFile(BytesIO(payload.data())) as archive:
            check_size(archive)
            return _docx(payload.data(), archive) if suffix == ".docx" else _odt(archive)


@contextmanager
def unreadable(payload: Payload) -> Iterator[None]:
    """Turns what the libraries raise over a damaged or locked document into an UnreadableError."""
    try:
        yield
    except zipfile.BadZipFile as error:
        expected = message("document.whole")
        if payload.data().startswith(_OLD_OR_PROTECTED):
            expected = message("document.no_password")
        raise UnreadableError(expected) from error
    except UnreadableError:
        raise
    except Exception as error:  # what the libraries meet in a damaged file, they raise as it is
        raise UnreadableError(message("document.whole_but", error=type(error).__name__)) from error


def check_size(archive: zipfile.ZipFile) -> None:
    """Raise UnreadableError when a part unpacks to more than a document can have."""
    for part in archive.infolist():
        if part.filename.endswith(".xml") and part.file_size > _LARGEST_PART:
            raise UnreadableError(message("document.inflated", part=part.filename, size=part.file_size))


# -- docx: ECMA-376 (Office Open XML), through python-docx; custom properties: part 1 §22.3 ---------------------------


def _without_asides(content: bytes, archive: zipfile.ZipFile) -> bytes:
    """The document without comments and instructions: python-docx takes one within a text for the end of that text. Raises what
    the parser does when there is a document type."""
    cleaned = {
        name: tostring(fromstring(archive.read(name), forbid_dtd=True))
        for name in {*_WITH_TEXTS} & {*archive.namelist()}
        if _ASIDE.search(archive.read(name))
    }
    if not cleaned:
        return content
    copy = BytesIO()
    with zipfile.ZipFile(copy, "w") as target:
        for name in dict.fromkeys(archive.namelist()):
            target.writestr(name, cleaned[name] if name in cleaned else archive.read(name))
    return copy.getvalue()


def _docx(content: bytes, archive: zipfile.ZipFile) -> Front:
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError

    try:
        document = Document(BytesIO(_without_asides(content, archive)))
    except (PackageNotFoundError, ValueError) as error:
        raise UnreadableError(message("document.word")) from error
    front = Front(title=_clean(document.core_properties.title), modified=_naive(document.core_properties.modified))
    for table in document.tables[:_TABLES]:
        front.pairs += pairs_of([[cell.text for cell in row.cells] for row in table.rows[:_LINES]])
    front.pairs += _from_lines(paragraph.text for paragraph in document.paragraphs[:_LINES])
    if "docProps/custom.xml" in archive.namelist():
        for item in children(fromstring(archive.read("docProps/custom.xml"), forbid_dtd=True), "property"):
            value = next((property_text for child in item if (property_text := text(child))), "")
            front.properties.append((item.get("name", ""), value))
    return front


# -- odt: OpenDocument 1.3 part 3: §4.3 metadata, §9 tables ------------------------------------------------------------


def _odt(archive: zipfile.ZipFile) -> Front:
    front = Front()
    meta = None
    if "meta.xml" in archive.namelist():
        meta = fromstring(archive.read("meta.xml"), forbid_dtd=True).find("{*}meta")
    if meta is not None:
        front.title, front.modified = text(meta, "title"), from_iso(text(meta, "date"))
        for item in children(meta, "user-defined"):
            name = next((value for key, value in item.attrib.items() if key.endswith("}name")), "")
            front.properties.append((name, text(item) or ""))
    body = fromstring(archive.read("content.xml"), forbid_dtd=True).find("{*}body/{*}text")
    if body is None:
        return front
    for element in body:
        if local(element) == "table":
            rows = [row for row in element.iter() if local(row) == "table-row"]
            cells = [children(row, "table-cell") for row in rows[:_LINES]]
            front.pairs += pairs_of([[_all_text(cell) for cell in row] for row in cells])
    front.pairs += _from_lines(_all_text(element) for element in body if local(element) in {"p", "h"})
    return front


def _all_text(element: Element) -> str:
    return " ".join(" ".join(element.itertext()).split())


# -- pdf: ISO 32000-2 §14.3.3 document information, through pypdf ------------------------------------------------------


def _pdf(content: bytes) -> Front:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableError(message("document.pdf_no_password"))
        information: Any = reader.metadata or {}
        lines = [line for page in reader.pages[:_PAGES] for line in _page_lines(page)]
        front = Front(title=_clean(_text_in(information, "/Title")), pairs=_from_lines(lines[: _PAGES * _LINES]))
        front.modified = _naive(reader.metadata.modification_date) if reader.metadata else None
        for name in information:
            value = _text_in(information, name)
            if name not in {"/Author", "/Creator", "/Producer", "/Title"} and value is not None:
                front.properties.append((name.lstrip("/"), value))
    except (PyPdfError, ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError) as error:
        raise UnreadableError(message("document.whole_pdf", error=type(error).__name__)) from error
    return front


def _text_in(information: Any, name: str) -> str | None:
    """A property that is a text, or names the object that is one; None for anything else."""
    from pypdf.generic import TextStringObject

    value = information.get(name)
    value = value.get_object() if value is not None else None
    return str(value) if isinstance(value, TextStringObject) else None


def _page_lines(page: Any) -> list[str]:
    """The lines of a page as they stand on it, so that the columns of a table stay apart."""
    text: str = page.extract_text(extraction_mode="layout") or ""
    return text.splitlines()


# -- shared ------------------------------------------------------------------------------------------------------------


def pairs_of(rows: list[list[str]]) -> list[tuple[str, str]]:
    """Label and value pairs of a table. With two columns a row is a pair; in a wider table the first row holds the
    labels and the last filled row, the newest version, the values. Empty cells do not count."""
    whole_rows, cells_with_text = [], []
    for row in rows:
        whole_row = [cell.strip() for cell in row]
        with_text = [*filter(None, whole_row)]
        if with_text:
            whole_rows.append(whole_row)
            cells_with_text.append(with_text)
    width = max(map(len, cells_with_text), default=0)
    if width > 2:
        labels, *versions = whole_rows
        newest = versions[-1] if versions else []
        return list(zip(labels, newest, strict=False))
    pairs = []
    for cells in cells_with_text:
        if len(cells) == 2:
            label, value = cells
            pairs.append((label.rstrip(": "), value))
    return pairs


def _from_lines(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Lines of the form `label: value`, and lines with two columns, which is how a table looks in a pdf."""
    pairs: list[tuple[str, str]] = []
    for line in lines:
        cells = re.split(r"\s{2,}", line.strip())
        if match := _PAIR.match(line):
            pairs.append((match["label"], match["value"].strip()))
        elif len(cells) == 2:
            pairs.append((cells[0], cells[1]))
    return pairs


def _clean(title: object) -> str | None:
    """A title property, unless it is the placeholder that a program leaves behind, or no text at all."""
    words = title.strip() if isinstance(title, str) else ""
    if not words or re.match(r"(?i)(microsoft )?word|untitled|naamloos|document\d*$", words):
        return None
    return words


def _naive(moment: datetime | None) -> datetime | None:
    return wall_time(moment) if moment and moment.tzinfo else moment
