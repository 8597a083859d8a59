"""What a list must hold to be evidence: for every sort of list its columns with their meaning, the words that each may hold,
and which of them the rules ask. It follows from the kinds, the vocabularies and the rules; templates and documentation are
made of it.

Writing a workbook is left to `reports/list_template.py`, recognising a list of others to `models/headings.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from models.catalogue import Catalogue
from models.errors import NotFound
from models.headings import ATTRIBUTE, REGISTER, ListType, list_types
from models.kind import ENVELOPE_COLUMNS, Column, ColumnType, Kind, kinds, vocabularies
from models.message import Both, Text, listed, message
from models.word_tables import ATTRIBUTE_NAMED, Use, numbers_in_order, uses_of
from models.words import key_of_word

# Columns that a machine fills; a person has nothing to write there.
_OF_MACHINES = frozenset({"file_hash", "text_hash", "scan", "attributes", "register"})
_ALWAYS = frozenset({"title", "owner"})
_NAME = re.compile(r"[a-z_]+")


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column of a list. `name`: of the kind, or of an attribute with ATTRIBUTE before it. `words`: what may stand in it, as
    codes of its vocabulary; empty: anything of its type. `is_asked`: a rule looks at it, or the kind cannot do without."""

    name: str
    nl: str
    en: str
    meaning_nl: str
    type: ColumnType
    is_required: bool
    is_asked: bool
    vocabulary: str = ""
    is_closed: bool = False
    words: tuple[str, ...] = ()

    @property
    def label(self) -> Both:
        """The heading above it."""
        return Both(self.nl, self.en)


@dataclass(frozen=True, slots=True)
class ListDescription:
    """A sort of list. `asked_by`: the norms and indicators of which a rule looks at it, in order."""

    list_type: ListType
    nl: str
    en: str
    meaning_nl: str
    columns: tuple[ListColumn, ...]
    asked_by: str = ""

    @property
    def label(self) -> Both:
        """What people call it."""
        return Both(self.nl, self.en)

    @property
    def is_personal(self) -> bool:
        """Whether it holds something of persons."""
        return bool(kinds()[self.list_type.kind].personal)


@dataclass(slots=True)
class _Asked:
    """What rules look at in one sort of list."""

    numbers: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    expressions: list[str] = field(default_factory=list)

    def add(self, use: Use) -> None:
        """Take note of a part of a test."""
        self.numbers.add(use.number)
        self.words |= set(use.part.about)
        self.expressions.append(use.part.expressions)

    @property
    def names(self) -> set[str]:
        """The columns that are named."""
        return set(_NAME.findall(" ".join(self.expressions)))

    @property
    def attributes(self) -> set[str]:
        """The attributes that are named."""
        return set(ATTRIBUTE_NAMED.findall(" ".join(self.expressions)))


def described_lists(catalogue: Catalogue) -> tuple[ListDescription, ...]:
    """Every sort of list that a source may hold, in the order of the kinds."""
    by_type: dict[ListType, _Asked] = {list_type: _Asked() for list_type in list_types()}
    for use in uses_of(catalogue):
        for list_type in _types_of(use):
            if list_type in by_type:
                by_type[list_type].add(use)
    return tuple(_description(list_type, by_type[list_type]) for list_type in by_type)


def _types_of(use: Use) -> Iterator[ListType]:
    kind = use.part.kind.kind
    if kind != REGISTER:
        yield ListType(kind)
    for register in use.part.about if kind == REGISTER else ():
        yield ListType(kind, register)


def _description(list_type: ListType, uses: _Asked) -> ListDescription:
    kind = kinds()[list_type.kind]
    nl, en = kind.nl, kind.en
    if list_type.register:
        term = vocabularies()["register"].terms[list_type.register]
        nl, en = _capital(term.nl), _capital(term.en)
    columns = chain(_columns_of_kind(kind, uses), _attribute_columns(list_type, uses))
    return ListDescription(list_type, nl, en, kind.meaning_nl, tuple(columns), numbers_in_order(uses.numbers))


def _columns_of_kind(kind: Kind, uses: _Asked) -> Iterator[ListColumn]:
    """The columns that a person can fill in: those of the kind, and those that every record has under another name."""
    used_names = uses.names | _names_in_roles(kind) | {*kind.naming, *_ALWAYS, kind.discriminator or ""}
    labels = {key_of_word(column.nl) for column in kind.columns}
    envelope = [column for column in ENVELOPE_COLUMNS if key_of_word(column.nl) not in labels]
    if kind.observed_from:
        envelope = [column for column in envelope if column.name != "observed_at"]
    for column in (*kind.columns, *envelope):
        if column.name in _OF_MACHINES:
            continue
        is_asked = column.required or column.name in used_names
        is_discriminator = column.name == kind.discriminator
        yield _list_column(column, is_asked, uses, is_discriminator)


def _names_in_roles(kind: Kind) -> set[str]:
    """The names that stand in the expressions of the roles of a kind."""
    expressions = map(str, kind.roles.model_dump().values())
    return set(_NAME.findall(" ".join(expressions)))


def _list_column(column: Column, is_asked: bool, uses: _Asked, is_discriminator: bool) -> ListColumn:
    words: tuple[str, ...] = ()
    is_closed = False
    if column.vocabulary is not None:
        vocabulary = vocabularies()[column.vocabulary]
        words = tuple(vocabulary.terms)
        if is_discriminator and uses.words:
            words = tuple(code for code in words if code in uses.words)
        is_closed = not vocabulary.open
    return ListColumn(
        column.name, column.nl, column.en, column.meaning_nl, column.type, column.required, is_asked,
        column.vocabulary or "", is_closed, words,
    )  # fmt: skip


def _attribute_columns(list_type: ListType, uses: _Asked) -> Iterator[ListColumn]:
    for code, term in vocabularies()["attribute"].terms.items():
        if list_type.register and code in uses.attributes:
            of_yes_or_no = term.holds == "yes_or_no"
            holds: ColumnType = "boolean" if of_yes_or_no else "text"
            yield ListColumn(f"{ATTRIBUTE}{code}", _capital(term.nl), _capital(term.en), "", holds, False, True)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def find_list(name: str, descriptions: Sequence[ListDescription]) -> ListDescription:
    """The list called so: by the code, label or another word of its kind or register. Raises NotFound naming those there
    are."""
    key = key_of_word(name)
    for description in descriptions:
        if key in _spellings_of(description):
            return description
    register = vocabularies()["register"].lookup(name)
    for description in descriptions:
        if register is not None and description.list_type.register == register:
            return description
    names: list[Text] = [description.label for description in descriptions]
    raise NotFound(message("template.no_list", name=name), advice=message("template.lists", known=listed(names)))


def _spellings_of(description: ListDescription) -> set[str]:
    """The code and the labels of a list, as they are compared."""
    list_type = description.list_type
    spellings = (list_type.register or list_type.kind, description.nl, description.en)
    return set(map(key_of_word, spellings))
