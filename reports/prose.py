"""The running text of reports: a template per report and language, `templates/<name>.<lang>.j2`, that reads as the report
does. What begins a line says what the line is; any other line goes on with the one before, and an empty line ends a
paragraph:

    = title   == line under the title   === mark at the top of each page
    # heading   #+ heading on a new page
    - item of a list
    ? place that a person still has to fill in
    ~ note, set smaller
    |: shares of the width of the columns, then a line per row: | cell | cell      (the first row is the head)
    @ name of a picture | caption | what it says for who cannot see it

A value that is filled in is never markup, neither here nor in what the document becomes.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from models.wording import counted, number, word
from reports.document import Block, Bullets, Document, Heading, Paragraph, Picture, Table
from reports.provenance import Provenance, day
from reports.safe import plain

if TYPE_CHECKING:
    from jinja2 import Environment

_MARKS = ("===", "==", "=", "#+", "#", "-", "?", "~", "|:", "|", "@")  # a longer one before its beginning
_OF_THE_DOCUMENT = ("=", "==", "===")
# What may be markup, and what stands for it in a value until the template has been read (Unicode's private use area).
_STAND_INS = {ord(letter): chr(0xE000 + place) for place, letter in enumerate("=#-?~|@")}
_LETTERS = {ord(stand_in): chr(letter) for letter, stand_in in _STAND_INS.items()}


@dataclass(frozen=True, slots=True)
class _Line:
    """What a mark of a template begins; without a mark it is a paragraph."""

    mark: str
    written: str

    @property
    def text(self) -> str:
        return self.written.translate(_LETTERS)

    @property
    def cells(self) -> list[str]:
        return [cell.strip().translate(_LETTERS) for cell in self.written.split("|")]


def document(
    name: str, origin: Provenance, lang: str, /, *, pictures: Mapping[str, bytes] | None = None, **facts: Any
) -> Document:
    """The document that the template `name` makes of `facts`; `pictures` are the PNGs that it names."""
    template = _environment(lang).get_template(f"{name}.{lang}.j2")
    lines = _marked_lines(template.render(origin=origin, **facts))
    titles = {line.mark: line.text for line in lines if line.mark in _OF_THE_DOCUMENT}
    body = [line for line in lines if line.mark not in _OF_THE_DOCUMENT]
    blocks = list(_blocks(body, pictures or {}))
    return Document(titles["="], titles["=="], titles["==="], blocks, origin, lang)


def sentences(name: str, lang: str, /, **facts: Any) -> list[str]:
    """The items of the list that the template `name` makes of `facts`."""
    template = _environment(lang).get_template(f"{name}.{lang}.j2")
    return [line.text for line in _marked_lines(template.render(**facts))]


class Phrases:
    """The texts that a template has as macros, each under its name: `phrases("summary", green=3)`."""

    def __init__(self, name: str, lang: str) -> None:
        self._macros: Any = _environment(lang).get_template(f"{name}.{lang}.j2").module

    def __call__(self, name: str, /, *values: Any, **named: Any) -> str:
        """The text of a macro on one line."""
        text = str(getattr(self._macros, name)(*values, **named))
        return " ".join(text.split()).translate(_LETTERS)


@cache
def _environment(lang: str) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("reports", "templates"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - what is made is text, and no page
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_filled_in,
    )
    environment.globals |= {
        "counted": counted,
        "day": partial(day, lang=lang),
        "number": partial(number, lang=lang),
        "word": partial(word, lang=lang),
    }
    return environment


def _filled_in(value: Any) -> str:
    """A value as it goes into a template: on one line, and without markup."""
    return " ".join(plain(value).split()).translate(_STAND_INS)


def _marked_lines(text: str) -> list[_Line]:
    """The lines of a template that was filled in, each with what goes on with it."""
    lines: list[_Line] = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        goes_on = False
        for written in map(str.strip, paragraph.splitlines()):
            mark = _mark_of(written)
            if mark or not goes_on:
                lines.append(_Line(mark, written.removeprefix(mark).strip()))
            else:
                last = lines.pop()
                lines.append(_Line(last.mark, f"{last.written} {written}"))
            goes_on = True
    return lines


def _mark_of(written: str) -> str:
    return next((mark for mark in _MARKS if written.startswith(f"{mark} ")), "")


def _blocks(lines: list[_Line], pictures: Mapping[str, bytes]) -> Iterator[Block]:
    waiting = deque(lines)
    while waiting:
        line = waiting.popleft()
        match line.mark:
            case "-":
                items = [line, *_next_with("-", waiting)]
                yield Bullets([item.text for item in items])
            case "|:":
                yield _table_with(line, _next_with("|", waiting))
            case "@":
                name, caption, alternative = line.cells
                yield Picture(pictures[name], alternative, caption)
            case "#" | "#+":
                yield Heading(line.text, new_page=line.mark == "#+")
            case "" | "?" | "~":
                yield Paragraph(line.text, note=line.mark == "~", open=line.mark == "?")
            case mark:
                raise ValueError(f"{mark} {line.text}: a row without the widths of its table")


def _table_with(widths: _Line, rows: list[_Line]) -> Table:
    head, *body = [row.cells for row in rows]
    return Table(head, body, [float(share) for share in widths.text.split()])


def _next_with(mark: str, waiting: deque[_Line]) -> list[_Line]:
    """The lines with this mark that come next, taken from what is waiting."""
    lines = []
    while waiting and waiting[0].mark == mark:
        lines.append(waiting.popleft())
    return lines
