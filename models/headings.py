"""How municipalities head the columns of their lists, and name the lists: what a sheet is recognised by (`headings.yaml`).

A heading leads to a column of a kind, or to an attribute of a register. Whether what stands below it fits is left to
`connectors/proposals.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict

from models.kind import ENVELOPE_COLUMNS, SafeLoader, kinds, source_kinds, vocabularies
from models.words import key_of_word

_NO_LETTERS = re.compile(r"[\W\d_]+")
REGISTER = "register_entry"
ATTRIBUTE = "attributes."  # stands before the name of an attribute among the columns
_SHORTEST_NAME = 5  # letters of a name that may stand inside a word of the name of a file or sheet


class ListHeadings(BaseModel):
    """How a list of one kind is named and headed. `columns` and `perhaps` are by column of the kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: tuple[str, ...] = ()
    keys: tuple[tuple[str, ...], ...]
    columns: dict[str, tuple[str, ...]] = {}
    perhaps: dict[str, tuple[str, ...]] = {}


class Headings(BaseModel):
    """Everything in `headings.yaml`. `registers`: what has a heading of its own in a register, by column."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: tuple[str, ...]
    unused: tuple[str, ...]
    kinds: dict[str, ListHeadings]
    registers: dict[str, dict[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class ListType:
    """A sort of list: an evidence kind, and of a register entry which register."""

    kind: str
    register: str = ""

    @property
    def constants(self) -> dict[str, str]:
        """What every row of such a list holds."""
        return {"register": self.register} if self.register else {}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a heading means in a list: a column, or an attribute (with ATTRIBUTE before it). `is_sure`: nothing else."""

    column: str
    is_sure: bool


@cache
def all_headings() -> Headings:
    """The headings that are known."""
    text = resources.files("models").joinpath("headings.yaml").read_text("utf-8")
    return Headings.model_validate(yaml.load(text, Loader=SafeLoader))


def headings_of_kind(kind: str) -> ListHeadings:
    """How lists of a kind are named and headed; of one that nobody described, by what names its records."""
    return all_headings().kinds.get(kind) or ListHeadings(keys=(kinds()[kind].naming,))


@cache
def list_types() -> tuple[ListType, ...]:
    """Every sort of list that a source may hold."""
    types = [ListType(kind) for kind in source_kinds() if kind != REGISTER]
    registers = [ListType(REGISTER, register) for register in vocabularies()["register"].terms]
    return (*types, *registers)


def is_number(heading: str) -> bool:
    """Whether a heading stands above the numbers that a list gives its rows."""
    return key_of_word(heading) in _heading_keys(all_headings().number)


def is_unused(heading: str) -> bool:
    """Whether a heading stands above what no rule asks for, in any list."""
    return key_of_word(heading) in _heading_keys(all_headings().unused)


@cache
def _heading_keys(spellings: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(key_of_word, spellings))


@cache
def meanings(list_type: ListType) -> Mapping[str, Meaning]:
    """What headings mean in a list of this sort, by the key of the heading. A heading that could be two columns is not sure."""
    return {**meanings_anywhere(list_type), **_by_key(_of_register(list_type))}


@cache
def meanings_anywhere(list_type: ListType) -> Mapping[str, Meaning]:
    """The same, without what a heading means in this register only: what it means there when its own column has a heading of its
    own."""
    ranks = (_of_attributes(list_type), _headings_of_kind(list_type), _of_labels(list_type))
    together: dict[str, Meaning] = {}
    for rank in ranks:
        together |= _by_key(rank)
    return together


def _by_key(headings: Iterator[tuple[str, Meaning]]) -> dict[str, Meaning]:
    by_key: dict[str, Meaning] = {}
    for heading, meaning in headings:
        key = key_of_word(heading)
        earlier = by_key.setdefault(key, meaning)
        if earlier.column != meaning.column:
            by_key[key] = Meaning(earlier.column, is_sure=False)
    return by_key


@cache
def label_keys(list_type: ListType) -> Mapping[str, frozenset[str]]:
    """The keys of the names that a column itself has, by column."""
    keys: dict[str, set[str]] = {}
    for heading, meaning in _of_labels(list_type):
        keys.setdefault(meaning.column, set()).add(key_of_word(heading))
    return {column: frozenset(names) for column, names in keys.items()}


def _of_register(list_type: ListType) -> Iterator[tuple[str, Meaning]]:
    for column, spellings in all_headings().registers.get(list_type.register, {}).items():
        for heading in spellings:
            yield heading, Meaning(column, is_sure=True)


def _headings_of_kind(list_type: ListType) -> Iterator[tuple[str, Meaning]]:
    of_kind = headings_of_kind(list_type.kind)
    for column, spellings in of_kind.columns.items():
        for heading in spellings:
            yield heading, Meaning(column, is_sure=True)
    for column, spellings in of_kind.perhaps.items():
        for heading in spellings:
            yield heading, Meaning(column, is_sure=False)


def _of_labels(list_type: ListType) -> Iterator[tuple[str, Meaning]]:
    for column in (*kinds()[list_type.kind].columns, *ENVELOPE_COLUMNS):
        for heading in {column.nl, column.en, column.name}:
            yield heading, Meaning(column.name, is_sure=True)


def _of_attributes(list_type: ListType) -> Iterator[tuple[str, Meaning]]:
    if list_type.kind != REGISTER:
        return
    for code, term in vocabularies()["attribute"].terms.items():
        for heading in (code, term.nl, term.en, *term.synonyms):
            yield heading, Meaning(f"{ATTRIBUTE}{code}", is_sure=True)


def named_types(name: str) -> tuple[ListType, ...]:
    """The sorts of list that the name of a file or sheet speaks of: those of the longest name that stands in it."""
    key, words = key_of_word(name), set(map(key_of_word, _NO_LETTERS.split(name)))
    fitting: dict[str, list[ListType]] = {}
    for spelling, list_type in _names():
        if spelling in words or (len(spelling) >= _SHORTEST_NAME and spelling in key):
            fitting.setdefault(spelling, []).append(list_type)
    longest = max(fitting, key=len, default="")
    return tuple(dict.fromkeys(fitting.get(longest, ())))


@cache
def _names() -> tuple[tuple[str, ListType], ...]:
    names: list[tuple[str, ListType]] = []
    for list_type in list_types():
        names += [(key_of_word(name), list_type) for name in _spellings_of_type(list_type)]
    return tuple(names)


def _spellings_of_type(list_type: ListType) -> Iterator[str]:
    if list_type.register:
        term = vocabularies()["register"].terms[list_type.register]
        yield from (list_type.register, term.nl, term.en, *term.synonyms)
        return
    kind = kinds()[list_type.kind]
    yield from (kind.nl, kind.en, *headings_of_kind(list_type.kind).names)
