"""Holds what our reading says against what another library shows of the same bytes.

Of every record are compared: the words of its key and of its texts (columns without a vocabulary), its scores and numbers, and of
tables its days. Each word must be one that the other library shows too, for tables in the row that the record names. That is fair:
a record says nothing in such a column that does not stand in its file, save words of the connector's own, of vocabularies and
settings, marks of a hash, days of its own moments, and numbers that may count something. Compared are words without case,
accents and marks that cannot be seen, since ours are tidied; a text that was cut at its longest loses its last word.
"""

from __future__ import annotations

import contextlib
import inspect
import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from connectors.base import Connector
from models.kind import Column, kinds, vocabularies
from models.record import Record
from tests.fuzz.second_readings import Shown

_WORD = re.compile(r"[^\W_]+")
_PLAIN_WORD = re.compile(r"[0-9a-z]+")
_HASH = re.compile(r"[0-9a-f]{16}|[0-9a-f]{64}")
_NUMBER = re.compile(r"\d[\d.,' ]*(?:e[+-]?\d+)?")
_MACHINE_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_CUT = (300, 200)
_MOST_COUNTED = 100  # of a number that may count something
_ALWAYS = "ja nee yes no true false none null nan inf"
_NOT_COMPARED = frozenset({"file_hash", "text_hash"})


def folded(text: str) -> str:
    """Without case, accents, and marks that cannot be seen."""
    if text.isascii() and text.isprintable():
        return text.lower()
    unseen = {ord(sign): None for sign in set(text) - set("\t\n\r") if unicodedata.category(sign) in {"Cf", "Cc"}}
    plain = text.translate(unseen).lower()
    if plain.isascii():
        return plain
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", plain).casefold())
    return plain.translate({ord(sign): None for sign in set(plain) if unicodedata.combining(sign)})


def words_of(text: str) -> set[str]:
    """The words of a text; numbers without zeros before them."""
    plain = folded(text)
    words = (
        {*_WORD.findall(plain), *_PLAIN_WORD.findall(plain)} if not plain.isascii() else set(_PLAIN_WORD.findall(plain))
    )
    return {word.lstrip("0") or "0" if word.isdigit() else word for word in words}


def shown_text(value: Any) -> str:
    """A value of the other library as text: every way in which people would write it."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return f"{value} {int(value)}"
    return "" if value is None else str(value)


class Bag:
    """What the other library shows, ready to be asked."""

    def __init__(self, values: list[Any]) -> None:
        self.text = "\n".join(map(shown_text, values))
        self.words = words_of(self.text)
        self._digits: set[str] | None = None
        self._joined: str | None = None

    @property
    def digits(self) -> set[str]:
        """The digits of every number, without zeros around them."""
        if self._digits is None:
            self._digits = set()
            for written in _NUMBER.findall(folded(self.text)):
                self._digits |= {digits_of(written), *map(digits_of, re.split(r"[ ,.']", written))}
                with contextlib.suppress(ValueError, OverflowError):
                    self._digits.add(digits_of(float(written)))
        return self._digits

    def has_number(self, number: float, *, is_exact: bool) -> bool:
        if is_exact:
            return float(number) in {
                float(text) for text in folded(self.text).split() if _MACHINE_NUMBER.fullmatch(text)
            }
        return digits_of(number) in self.digits | {""}

    @property
    def joined(self) -> str:
        if self._joined is None:
            self._joined = "".join(folded(self.text).split())
        return self._joined

    def holds(self, word: str) -> bool:
        return word in self.words or word in self.joined


def digits_of(number: object) -> str:
    """The digits of a number without its size: 0.25, 25% and 2,50 are the same here."""
    written = str(number) if not isinstance(number, float) else f"{number:.15g}"
    return re.sub(r"\D", "", written.partition("e")[0]).strip("0")


@cache
def own_words(kind: type[Connector]) -> frozenset[str]:
    """The words of a connector's module, and of every vocabulary."""
    texts = [_ALWAYS]
    for base in kind.__mro__:
        if base.__module__.startswith("connectors"):
            texts.append(inspect.getsource(sys.modules[base.__module__]))
    for vocabulary in vocabularies().values():
        for code, term in vocabulary.terms.items():
            texts += [code, term.nl, term.en, *term.synonyms]
    return frozenset(words_of("\n".join(texts)))


@dataclass(frozen=True)
class Compared:
    """How the records of a parser are compared: the columns with `numbers` as they stand in the file, exactly where machines wrote
    them and else by their digits, the columns that are `made` by the connector and stand nowhere, and whether a record names the row
    that it is `of_a_row`. `only_ascii`: other words are not compared, since each library guesses in which character set they are."""

    numbers: tuple[str, ...] = ("score",)
    is_exact: bool = True
    made: tuple[str, ...] = ()
    of_a_row: bool = False
    only_ascii: bool = False


def differences(connector: Connector, told: str, records: list[Record], shown: Shown, compared: Compared) -> list[str]:
    """What our records say that the other library does not show; `told` is what is known beside the bytes: the name of the file and
    its moment."""
    counts = {str(count) for count in range(max(_MOST_COUNTED, len(records) + 1))}
    own = own_words(type(connector)) | words_of(f"{told} {connector.settings!r}") | counts
    bags: dict[Any, Bag] = {}
    found = []
    for record in records:
        place = (record.locator.sheet, record.locator.row or 0) if compared.of_a_row else None
        if place not in bags:
            bags[place] = Bag(shown.values if place is None else shown.rows.get(place, []))
        found += [f"{record.locator}: {text}" for text in _of_record(record, bags[place], own, compared)]
    return found


def _of_record(record: Record, bag: Bag, own: frozenset[str], compared: Compared) -> Iterator[str]:
    own_days = _days_in(record)
    for column, text in _texts_of(record):
        if column in compared.made:
            continue
        for word in sorted(words_of(text) - bag.words - own - own_days):
            is_left_out = compared.only_ascii and not word.isascii()
            if not is_left_out and not _HASH.fullmatch(word) and not bag.holds(word):
                yield f"{column} says {word!r}"
    for column in compared.numbers:
        value = record.values.get(column)
        if value is not None and not bag.has_number(value, is_exact=compared.is_exact):
            yield f"{column} is {value!r}"
    if compared.of_a_row:
        for column, day in record.values.items():
            if type(day) is date and not _tells(bag, day):
                yield f"{column} is {day}"


def _texts_of(record: Record) -> Iterator[tuple[str, str]]:
    if record.key is not None:
        yield "key", record.key
    for column, value in record.values.items():
        if isinstance(value, str) and _is_compared(record.kind, column):
            yield column, value.rpartition(" ")[0] if len(value) in _CUT else value


@cache
def _is_compared(kind: str, column: str) -> bool:
    is_sentence = kind == "measurement" and column == "title"
    found: Column = kinds()[kind].column(column)
    return found.type == "text" and not found.vocabulary and not is_sentence and column not in _NOT_COMPARED


def _days_in(record: Record) -> set[str]:
    """The parts of the days and moments of a record."""
    days = [value for value in record.values.values() if isinstance(value, date)]
    return {str(part) for day in days for part in (day.year, day.month, day.day)}


def _tells(bag: Bag, day: date) -> bool:
    """Whether a row tells a day: its year, long or short, and its number; a moment may be of the day beside it."""
    beside = (0, -1, 1) if ":" in bag.text else (0,)
    return any(_tells_exactly(bag, day + timedelta(days=shift)) for shift in beside)


def _tells_exactly(bag: Bag, day: date) -> bool:
    is_year_told = bag.holds(str(day.year)) or (str(day.year)[2:].lstrip("0") or "0") in bag.words
    return is_year_told and bag.holds(str(day.day))
