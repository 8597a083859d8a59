"""What a sheet could be: which sort of list, which column each heading means, and how sure that is and why. A proposal is
never more than that: what is not sure is asked or left out by whoever made it ask (`ensia init`, `ensia sources propose`).

What headings and names mean stands in `models/headings.py`; trying a proposal on the rows is left to
`connectors/proposals.py`.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import PurePosixPath

from connectors.tools.rows import fold
from connectors.tools.sheetbounds import column_letters
from connectors.tools.tables import Table
from connectors.tools.values import is_blank, text_of
from models.headings import (
    ATTRIBUTE,
    REGISTER,
    ListType,
    Meaning,
    headings_of_kind,
    is_number,
    is_unused,
    label_keys,
    list_types,
    meanings,
    meanings_anywhere,
    named_types,
)
from models.kind import kinds, vocabularies
from models.message import Both, Text, listed, message
from models.record import Record
from models.words import key_of_word

NUMBER = "(number)"  # the column of the source's own numbers; no column of a kind can be called so
_HEADER_WITHIN = 30  # rows in which the header is looked for
_ALIKE = 0.86  # how alike a heading must be to one that is known
_SHORTEST_ALIKE = 5  # letters
_MOST_OTHERS = 5  # sorts of list that are named beside the likeliest
_FEWEST = 3  # headings that must be known before a sheet without a telling name is taken for something
_ENOUGH = 4  # ... and before that is sure
_CLEARLY = 1.5  # times as much as the next
_NO_NAME = re.compile(r"(?:blad|sheet|tabel|table|werkblad)\s*\d*|data|export|lijst|\d*", re.IGNORECASE)
_BESIDE = re.compile(r"\s*[(\[/?*].*$")  # what stands behind a heading: a unit, another name, a question mark


class Certainty(StrEnum):
    """How sure a part of a proposal is."""

    SURE = "sure"
    LIKELY = "likely"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class ColumnProposal:
    """What a heading means: a column of the kind, an attribute, NUMBER, or nothing (empty). `might_be`: what it
    could be when it is open. `unknown_words`: words below it that no vocabulary knows, each with the nearest known one."""

    heading: str
    index: int
    column: str
    certainty: str
    why: Text
    unknown_words: tuple[tuple[str, str], ...] = ()
    might_be: str = ""

    def settled(self, *, is_end: bool) -> ColumnProposal:
        """A column of days after somebody said whether it says an end."""
        column = self.might_be if is_end else ""
        why = message("proposal.chosen") if is_end else message("proposal.no_end")
        return replace(self, column=column, certainty=Certainty.SURE, why=why, might_be="")

    @property
    def letter(self) -> str:
        """The column as a spreadsheet calls it."""
        return column_letters(self.index)

    def less_sure(self, certainty: str, why: Text) -> ColumnProposal:
        """The same, less sure than it was; a column that is open means nothing."""
        column = "" if certainty == Certainty.OPEN else self.column
        return replace(self, certainty=certainty, why=why, column=column, might_be=self.column)


@dataclass(frozen=True, slots=True)
class SheetProposal:
    """What a sheet, or a csv file (`sheet` is None), could be. `header_row`: counted from 1. `key`: columns that tell its
    rows apart; `number`: the heading of the source's own numbers, which then are the key. `lacking`: columns that the kind
    cannot do without, of which `suggested` has values that every row may have, by the name of the sheet. `first`: its first
    rows as they would arrive. `others`: what else it could be."""

    file: str
    sheet: str | None
    header_row: int
    list_type: ListType | None
    certainty: str
    why: Text
    columns: tuple[ColumnProposal, ...] = ()
    key: tuple[str, ...] = ()
    number: str = ""
    key_certainty: str = Certainty.OPEN
    key_why: Text = ""
    lacking: tuple[str, ...] = ()
    suggested: tuple[tuple[str, str], ...] = ()
    rows: int = 0
    first: tuple[Record, ...] = ()
    others: tuple[ListType, ...] = ()

    @property
    def name(self) -> str:
        """The sheet, or the file when it has none."""
        return self.sheet or self.file

    @property
    def is_personal(self) -> bool:
        """Whether it holds something of persons."""
        return self.list_type is not None and bool(kinds()[self.list_type.kind].personal)

    def number_of(self, certainty: str) -> int:
        """How many of its columns are so sure."""
        return sum(column.certainty == certainty for column in self.columns)


def label_of(list_type: ListType) -> Text:
    """What people call a sort of list."""
    if list_type.register:
        term = vocabularies()["register"].terms[list_type.register]
        return message("proposal.register", name=Both(term.nl, term.en))
    kind = kinds()[list_type.kind]
    return Both(kind.nl.lower(), kind.en.lower())


def proposed(table: Table, choice: ListType | None = None, is_alone: bool = True) -> SheetProposal:
    """What a table could be, by its headings and its name alone. `choice`: what somebody said that it is. `is_alone`: no
    other sheet of the file holds anything, so that the name of the file is about this one."""
    header = _header_index(table, choice)
    texts = _headings_of(table, header)
    names = _telling_names(table, is_alone)
    list_type, certainty, why, others = _recognised(names, texts, choice)
    columns = tuple(_proposed_columns(list_type, texts)) if list_type else ()
    place = SheetProposal(table.file, table.sheet, header + 1, list_type, certainty, why, columns, others=others)
    if list_type is None:
        return place
    return replace(place, lacking=tuple(_lacking_columns(list_type, columns)))


def _lacking_columns(list_type: ListType, columns: Sequence[ColumnProposal]) -> Iterator[str]:
    mapped = {column.column for column in columns} | list_type.constants.keys()
    for column in kinds()[list_type.kind].columns:
        if column.required and column.name not in mapped:
            yield column.name


# -- the header ---------------------------------------------------------------


def _header_index(table: Table, choice: ListType | None) -> int:
    """The index of the row that holds most headings that are known together; the first of them."""
    types = [choice] if choice else list_types()
    best, most = 0, 0
    for index in range(min(_HEADER_WITHIN, len(table.rows))):
        keys = {key_of_word(heading) for heading in _headings_of(table, index).values()}
        number = max(sum(key in meanings(list_type) for key in keys) for list_type in types)
        if number > most:
            best, most = index, number
    return best if most > 1 else _first_wide_row(table)


def _first_wide_row(table: Table) -> int:
    for index in range(min(_HEADER_WITHIN, len(table.rows))):
        if len(_headings_of(table, index)) > 1:
            return index
    return 0


def _headings_of(table: Table, index: int) -> dict[int, str]:
    """The texts of a row, by their place in it."""
    row = table.rows[index] if index < len(table.rows) else []
    return {place: text_of(cell) for place, cell in enumerate(row) if isinstance(cell, str) and not is_blank(cell)}


# -- which sort of list -----------------------------------------------------------

_Recognised = tuple[ListType | None, str, Text, tuple[ListType, ...]]


def _telling_names(table: Table, is_alone: bool) -> tuple[str, ...]:
    """The names that say what a table is: of the sheet, and of a file that holds nothing else."""
    of_file = PurePosixPath(table.file).stem
    if table.sheet is None:
        return (of_file,)
    of_sheet = () if _NO_NAME.fullmatch(table.sheet.strip()) else (table.sheet,)
    return (*of_sheet, of_file) if is_alone else of_sheet


def _recognised(names: tuple[str, ...], texts: dict[int, str], choice: ListType | None) -> _Recognised:
    """Which sort of list it is, how sure and why, and what else it could be."""
    if choice is not None:
        return choice, Certainty.SURE, message("proposal.chosen"), ()
    keys = [key_of_word(heading) for heading in texts.values()]
    scores = {list_type: _score(list_type, keys) for list_type in list_types()}
    others = tuple(list_type for list_type in _ranked(scores)[:_MOST_OTHERS] if scores[list_type] > 0)
    by_name = [(name, _by_name(name, sort, keys, scores, others)) for name in names for sort in _one_type(name)]
    for _, recognised in by_name:
        if recognised[0] is not None:
            return recognised
    if by_name:
        return None, Certainty.OPEN, message("proposal.name_and_headings", name=by_name[0][0]), others
    return _by_headings(keys, scores, others)


def _ranked(scores: Mapping[ListType, float]) -> list[ListType]:
    return sorted(scores, key=lambda list_type: -scores[list_type])


def _one_type(name: str) -> Sequence[ListType]:
    """The sort of list that a name speaks of; none when it speaks of several."""
    types = named_types(name)
    return types if len(types) == 1 else ()


def _by_name(
    name: str, list_type: ListType, keys: list[str], scores: dict[ListType, float], others: tuple[ListType, ...]
) -> _Recognised:
    """What a table is whose name speaks of `list_type`, when its headings bear that out."""
    number = _number_known(list_type, keys)
    is_sure = number >= min(_FEWEST, len(keys) / 2)
    rest = tuple(other for other in others if other != list_type)
    best_of_other_kinds = max((score for other, score in scores.items() if other.kind != list_type.kind), default=0)
    fits_better = best_of_other_kinds > scores[list_type] * _CLEARLY
    is_contradicted = fits_better or _names_another_register(list_type, keys)
    if is_contradicted or not (is_sure or number):
        return None, Certainty.OPEN, message("proposal.name_and_headings", name=name), (list_type, *rest)
    why = message("proposal.by_name", name=name, number=number)
    certainty = Certainty.SURE if is_sure else Certainty.LIKELY
    return list_type, certainty, why, rest


def _names_another_register(list_type: ListType, keys: list[str]) -> bool:
    """Whether a register has a heading above the names of its lines that belongs to other registers only."""
    of_named = [meanings(list_type)[key].column for key in keys if key in meanings(list_type)]
    if not list_type.register or "name" in of_named:
        return False
    of_others = {meaning.column for key in keys for meaning in _in_other_registers(key)}
    return "name" in of_others


def _in_other_registers(key: str) -> Iterator[Meaning]:
    for list_type in list_types():
        if list_type.register and key in meanings(list_type):
            yield meanings(list_type)[key]


def _by_headings(keys: list[str], scores: dict[ListType, float], others: tuple[ListType, ...]) -> _Recognised:
    best, *rest = _ranked(scores)
    of_other_kinds = [scores[other] for other in rest if other.kind != best.kind]
    number = _number_known(best, keys)
    if number < _FEWEST or scores[best] <= max(of_other_kinds) * _CLEARLY:
        return None, Certainty.OPEN, message("proposal.not_recognised"), others
    if any(scores[other] >= scores[best] for other in rest):
        return None, Certainty.OPEN, message("proposal.which_register"), others
    is_sure = number >= _ENOUGH and best.kind != REGISTER
    certainty = Certainty.SURE if is_sure else Certainty.LIKELY
    why = message("proposal.by_headings", number=number, all=len(keys))
    return best, certainty, why, tuple(other for other in others if other != best)


def _number_known(list_type: ListType, keys: Sequence[str]) -> int:
    by_key = meanings(list_type)
    return sum(key in by_key and by_key[key].is_sure for key in keys)


def _score(list_type: ListType, keys: Sequence[str]) -> float:
    """How much the headings speak for a sort of list: each by how few sorts know it."""
    by_key = meanings(list_type)
    return sum(_rarity()[key, list_type.kind] for key in keys if key in by_key)


@cache
def _rarity() -> dict[tuple[str, str], float]:
    """What a heading weighs for a kind: 1 when no other kind knows it."""
    kinds_of: dict[str, set[str]] = defaultdict(set)
    for list_type in list_types():
        for key in meanings(list_type):
            kinds_of[key].add(list_type.kind)
    weights: dict[tuple[str, str], float] = {}
    for key, names in kinds_of.items():
        for kind in names:
            weights[key, kind] = 1 / len(names)
    return weights


# -- which column -----------------------------------------------------------------


def _proposed_columns(list_type: ListType, texts: dict[int, str]) -> Iterator[ColumnProposal]:
    """What each heading means; two that mean the same column are both open."""
    proposals = list(_each_by_itself(list_type, texts))
    sure = Counter(proposal.column for proposal in proposals if proposal.certainty == Certainty.SURE)
    likely = Counter(proposal.column for proposal in proposals if proposal.certainty == Certainty.LIKELY)
    for proposal in proposals:
        column = proposal.column
        is_sure = proposal.certainty == Certainty.SURE
        same = sure[column] if is_sure else likely[column]
        if not column:
            yield proposal
        elif same > 1:
            twins = listed(f"'{other.heading}'" for other in proposals if other.column == column)
            yield proposal.less_sure(Certainty.OPEN, message("proposal.two_headings", headings=twins))
        elif sure[column] and not is_sure:
            yield proposal.less_sure(
                Certainty.OPEN, message("proposal.already", column=label_of_column(list_type, column))
            )
        else:
            yield proposal


def _each_by_itself(list_type: ListType, texts: dict[int, str]) -> Iterator[ColumnProposal]:
    """What each heading means; one that stands there twice is open."""
    times = Counter(fold(heading) for heading in texts.values())
    present = frozenset(map(key_of_word, texts.values()))
    for index, heading in texts.items():
        proposal = _column(list_type, heading, index, present)
        is_twice = times[fold(heading)] > 1
        yield proposal.less_sure(Certainty.OPEN, message("proposal.heading_twice")) if is_twice else proposal


def _column(list_type: ListType, heading: str, index: int, present: frozenset[str]) -> ColumnProposal:
    """What a heading means by itself. `present`: the keys of all headings of the sheet."""
    by_key, key = meanings(list_type), key_of_word(heading)
    meaning = by_key.get(key)
    names = label_keys(list_type).get(meaning.column, frozenset()) if meaning is not None else frozenset()
    if names & present - {key}:  # the column has the heading that is its name
        meaning = meanings_anywhere(list_type).get(key, meaning)
    if meaning is not None and meaning.is_sure:
        return ColumnProposal(heading, index, meaning.column, Certainty.SURE, message("proposal.known_heading"))
    if is_number(heading):
        return ColumnProposal(heading, index, NUMBER, Certainty.LIKELY, message("proposal.a_number"))
    if is_unused(heading) and meaning is None:
        return ColumnProposal(heading, index, "", Certainty.SURE, message("proposal.unused"))
    if meaning is not None:
        return ColumnProposal(heading, index, meaning.column, Certainty.LIKELY, message("proposal.more_meanings"))
    alike = _alike(heading, by_key)
    if alike is not None:
        spelling, meaning = alike
        return ColumnProposal(
            heading, index, meaning.column, Certainty.LIKELY, message("proposal.looks_like", heading=spelling)
        )
    return ColumnProposal(heading, index, "", Certainty.OPEN, message("proposal.unknown_heading"))


def _alike(heading: str, by_key: Mapping[str, Meaning]) -> tuple[str, Meaning] | None:
    """The known heading that a heading is without what stands behind it, or that it is nearly written as."""
    bare = key_of_word(_BESIDE.sub("", heading))
    if bare in by_key:
        return bare, by_key[bare]
    if len(bare) < _SHORTEST_ALIKE:
        return None
    close = difflib.get_close_matches(bare, by_key, n=1, cutoff=_ALIKE)
    return (close[0], by_key[close[0]]) if close else None


def label_of_column(list_type: ListType, column: str) -> Text:
    """What people call a column or attribute."""
    if column == NUMBER:
        return message("proposal.number")
    if column.startswith(ATTRIBUTE):
        term = vocabularies()["attribute"].terms.get(column.removeprefix(ATTRIBUTE))
        return Both(term.nl, term.en) if term else column
    described = kinds()[list_type.kind].column(column)
    return Both(described.nl, described.en)


def possible_keys(list_type: ListType) -> tuple[tuple[str, ...], ...]:
    """The columns that may together tell rows of such a list apart, the best first."""
    return headings_of_kind(list_type.kind).keys
