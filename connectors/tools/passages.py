"""The whole text of a docx, odt or pdf file in passages, each with its place, and the mark of that text.

The mark is of the words alone: saving a document again, or another layout, changes nothing; another text does. What the
words mean is left to the reader, the front page to `documents`.
"""

from __future__ import annotations

import hashlib
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from connectors.tools.documents import check_size, unreadable
from connectors.tools.xml import local
from models.record import Payload

_BODY = {".docx": "word/document.xml", ".odt": "content.xml"}
_BLOCKS = {"p", "h"}  # a paragraph or heading, in both formats
_NO_TEXT = {"delText", "instrText"}  # what a tracked change took out, and the instruction of a field
_BREAKS = dict.fromkeys(["tab", "br", "cr", "s", "line-break"], " ")  # white space that is an element


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph of a text. `page` is known of a pdf only; `number` counts the passages from 1."""

    text: str
    number: int
    page: int | None = None


def passages_of(payload: Payload) -> list[Passage]:
    """The passages of a document in reading order, empty ones left out. Raises UnreadableError."""
    suffix = PurePosixPath(payload.name).suffix.lower()
    with unreadable(payload):
        texts = _lines_of_pages(payload.data()) if suffix == ".pdf" else _paragraphs(payload.data(), _BODY[suffix])
        filled = [(text, page) for text, page in texts if text]
        return [Passage(text, number, page) for number, (text, page) in enumerate(filled, start=1)]


def text_mark(passages: Iterable[Passage]) -> str | None:
    """SHA-256 of the words of a text; None when it holds none, such as a scan without a text layer."""
    words = " ".join(passage.text for passage in passages).split()
    plain = unicodedata.normalize("NFKC", " ".join(words))
    return hashlib.sha256(plain.encode()).hexdigest() if plain else None


def _lines_of_pages(content: bytes) -> Iterator[tuple[str, int]]:
    """The lines of a pdf, with the page on which each stands (ISO 32000-2 §14.8, through pypdf)."""
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(content))
    for number, page in enumerate(reader.pages, start=1):
        for line in (page.extract_text() or "").splitlines():
            yield " ".join(line.split()), number


def _paragraphs(content: bytes, part: str) -> Iterator[tuple[str, None]]:
    """The paragraphs of an office document, those of tables too (ECMA-376 part 1 §17.3, OpenDocument 1.3 part 3 §5)."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        check_size(archive)
        root = fromstring(archive.read(part), forbid_dtd=True)
    for block in root.iter():
        if local(block) in _BLOCKS:
            yield " ".join("".join(filter(None, _texts_within(block))).split()), None


def _texts_within(block: Element) -> Iterator[str | None]:
    """The text of a paragraph, without the paragraphs inside it (a note, a text box): these come on their own."""
    if local(block) not in _NO_TEXT:
        yield block.text
    for child in block:
        if local(child) not in _BLOCKS:
            yield from _texts_within(child)
        yield _BREAKS.get(local(child))
        yield child.tail
