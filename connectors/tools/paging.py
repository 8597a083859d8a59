"""How one page leads to the next, as small state machines, and when a walk over all pages is whole.

Each pager answers two questions: what to ask first, and what to ask after a page, or None at the end. A short page is
never taken for the last one: servers give fewer than was asked for. Sending is `http`'s, reading records `rest`'s.
"""

from __future__ import annotations

import hashlib
import marshal
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from connectors.base import TerminalError, TransientError
from connectors.tools.answers import Answer
from connectors.tools.paths import MISSING, find
from models.errors import TextError
from models.message import message

MOST_WALKS = 3  # over one list, when records come and go under it
_AFTER_SLASH = re.compile(r"/\s*(\d+)\s*$")


class Paging(BaseModel):
    """How a resource gives its pages. `size` is what is asked for in `size_param`.

    `page`: a number from `first` in `page_param`. `offset`: the number of records before it in `offset_param`. `range`:
    `from-to` in `range_param`. `cursor`: the value at `cursor` goes in `cursor_param`. `link`: the Link header's
    `next`. `next`: the address at `next`. `none`: one answer holds all. The total stands at `total`, in the header
    `total_header`, or after the slash of `Content-Range`. With `last_status` a page with that status that is not full
    is the last; `past_end` is what the server says when it refuses (400) to look behind the last record.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    style: Literal["none", "page", "offset", "range", "cursor", "link", "next"] = "none"
    size: int = Field(default=100, ge=1)
    size_param: str = ""
    page_param: str = "page"
    first: int = 1
    offset_param: str = "offset"
    range_param: str = "range"
    cursor: str = ""
    cursor_param: str = ""
    next: str = ""
    total: str = ""
    total_header: str = ""
    last_status: int | None = None
    past_end: str = ""

    @model_validator(mode="after")
    def _named(self) -> Paging:
        if self.style == "cursor" and not (self.cursor and self.cursor_param):
            raise TextError(message("rest.cursor"))
        if self.style == "next" and not self.next:
            raise TextError(message("rest.next"))
        return self


@dataclass(slots=True, frozen=True)
class Ask:
    """What to ask: the parameters of this page beside those of the resource, or the full address of a link."""

    params: dict[str, str] = field(default_factory=dict)
    link: str | None = None
    first: bool = False


@dataclass(slots=True, frozen=True)
class Page:
    """One answer with the records in it."""

    answer: Answer
    records: list[Any]
    total: int | None


class Pager(ABC):
    """One walk over the pages of a resource."""

    def __init__(self, paging: Paging) -> None:
        self.paging = paging

    def first(self) -> Ask:
        """What to ask to begin with."""
        return Ask(self._sized(), first=True)

    @abstractmethod
    def after(self, page: Page) -> Ask | None:
        """What to ask after `page`, or None when it was the last."""

    def _sized(self) -> dict[str, str]:
        if self.paging.size_param:
            return {self.paging.size_param: str(self.paging.size)}
        return {}


class OnePage(Pager):
    """The first answer holds everything."""

    def after(self, page: Page) -> Ask | None:
        return None


class Counting(Pager):
    """Pages by number, offset or range: on until a page is empty, the total is reached, or the server says so."""

    def __init__(self, paging: Paging) -> None:
        super().__init__(paging)
        self._number = paging.first
        self._received = 0

    def first(self) -> Ask:
        return self._ask()

    def after(self, page: Page) -> Ask | None:
        count = len(page.records)
        self._received += count
        self._number += 1
        full = count >= self.paging.size
        if count == 0 or (page.answer.status == self.paging.last_status and not full):
            return None
        if page.total is not None and self._received >= page.total and not full:
            return None  # after a full page it is asked once more: a total may lag behind
        return self._ask()

    def _ask(self) -> Ask:
        paging = self.paging
        if paging.style == "page":
            position = {paging.page_param: str(self._number)}
        elif paging.style == "offset":
            position = {paging.offset_param: str(self._received)}
        else:
            position = {paging.range_param: f"{self._received}-{self._received + paging.size - 1}"}
        return Ask({**self._sized(), **position}, first=self._received == 0)


class Cursor(Pager):
    """A token in each answer opens the next page; none, or an empty one, ends."""

    def after(self, page: Page) -> Ask | None:
        token = find(page.answer.document, self.paging.cursor)
        if token is MISSING or token is None or token == "":
            return None
        return Ask({**self._sized(), self.paging.cursor_param: str(token)})


class Linked(Pager):
    """Each answer names the address of the next page, in its Link header or in its body."""

    def after(self, page: Page) -> Ask | None:
        if self.paging.style == "link":
            link: Any = page.answer.link("next")
        else:
            link = find(page.answer.document, self.paging.next)
        return Ask(link=link) if isinstance(link, str) and link.strip() else None


def pager(paging: Paging) -> Pager:
    """A fresh walk."""
    match paging.style:
        case "none":
            return OnePage(paging)
        case "cursor":
            return Cursor(paging)
        case "link" | "next":
            return Linked(paging)
        case _:
            return Counting(paging)


def total_of(answer: Answer, paging: Paging) -> int | None:
    """How many records the source says there are, or None when it does not."""
    value: Any = find(answer.document, paging.total) if paging.total else None
    if not paging.total and paging.total_header:
        value = answer.headers.get(paging.total_header)
        slash = _AFTER_SLASH.search(str(value)) if value is not None else None
        value = slash[1] if slash else value
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def walk(pages: Pager, ask: Callable[[Ask], Page], place: str) -> Iterator[Page]:
    """Every page, in order. Raises TerminalError when a page or a next address comes back: that would never end."""
    fingerprints: set[str] = set()
    next_ask: Ask | None = pages.first()
    while next_ask is not None:
        _once(fingerprints, f"vraag {next_ask.link or sorted(next_ask.params.items())}", place)
        page = ask(next_ask)
        if page.records:
            _once(fingerprints, hashlib.sha256(marshal.dumps(page.records, 2)).hexdigest(), place)
        yield page
        next_ask = pages.after(page)


def _once(marks: set[str], mark: str, place: str) -> None:
    if mark in marks:
        raise endless(place)
    marks.add(mark)


def endless(place: str) -> TerminalError:
    """The error for a server that gives the same page for ever."""
    return TerminalError(
        message("http.same_page"),
        place=place,
        advice=message("http.check_paging"),
    )


@dataclass(slots=True)
class Tally:
    """What a walk, and the walks before it, brought in: the keys, and what the source says that there is."""

    keys: set[str] = field(default_factory=set)
    largest_total: int | None = None
    last_total: int | None = None

    def begin(self) -> None:
        """A new walk over the same resource: totals start anew, the keys stay."""
        self.largest_total = self.last_total = None

    def add(self, keys: list[str], total: int | None) -> None:
        """Count a page."""
        self.keys.update(keys)
        if total is not None:
            self.last_total = total
            self.largest_total = max(total, self.largest_total or 0)

    @property
    def shaken(self) -> bool:
        """Whether records may have slipped between two pages: there once were more than came in."""
        return self.largest_total is not None and len(self.keys) < self.largest_total

    def check(self, place: str) -> None:
        """Raise TransientError when fewer records came in than the source says there are: absence proves nothing."""
        if self.last_total is not None and len(self.keys) < self.last_total:
            raise TransientError(
                message("http.incomplete", number=len(self.keys), total=self.last_total),
                place=place,
                advice=message("http.many_changes"),
            )
