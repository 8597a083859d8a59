"""How rows of a table become records of an evidence kind: translated words, constants, attributes and a natural key, as
the settings of a file connector say. Where the raw values come from is left to that connector.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field, ValidationInfo, field_validator

from connectors.base import Settings
from connectors.tools.findings import key_of
from connectors.tools.number_formats import MOST_DIGITS, ShownNumber
from connectors.tools.values import Broken, ValueProblem, Words, convert, is_blank, shown, text_of, without_ids
from models.errors import CatalogueError, TextError
from models.kind import ENVELOPE_COLUMNS, Column, Kind, kinds, source_kinds
from models.message import Both, Text, joined, message
from models.own_words import OwnWords
from models.record import Locator, Problem, Record


def _is_rounded(value: object) -> bool:
    """Whether a number is not what it looks like: shown with fewer decimals than it has, or longer than a sheet keeps."""
    if not isinstance(value, float):
        return False
    return abs(value) >= 10**MOST_DIGITS or (isinstance(value, ShownNumber) and value.is_rounded)


def _rounded(raw: Raw) -> Problem:
    expected = message("value.rounded_key")
    return Problem(raw.source, "record_key", shown(text_of(raw.value)), expected)


@dataclass(frozen=True, slots=True)
class Raw:
    """One value as the source holds it, and what the source calls the place where it stands."""

    source: str
    value: object


class RowSettings(Settings):
    """`kind`: the evidence kind. `key`: its columns that together identify a record in the source, unless the source has
    a number of its own for that. `constants`: columns
    that hold the same value in every record. `values`: per column (or attribute) words of the source and what they
    stand for; a word that is not listed keeps its own meaning."""

    kind: str
    key: tuple[str, ...] = ()
    constants: dict[str, Any] = Field(default_factory=dict)
    values: dict[str, dict[Any, Any]] = Field(default_factory=dict)

    @field_validator("kind")
    @classmethod
    def _exists(cls, value: str) -> str:
        if value not in source_kinds():
            raise TextError(message("settings.no_kind", kind=value, known=", ".join(source_kinds())))
        return value

    @field_validator("key", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("key")
    @classmethod
    def _key_columns(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        check_columns(value, info)
        return value

    @field_validator("constants")
    @classmethod
    def _constants(cls, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        """The constants with the types of their columns."""
        check_columns(value, info)
        typed: dict[str, Any] = {}
        for name, raw in value.items():
            if "kind" in info.data:
                try:
                    typed[name] = convert(kinds()[info.data["kind"]].column(name), raw)
                except ValueProblem as problem:
                    raise TextError(
                        message("value.constant", name=name, raw=raw, expected=problem.expected)
                    ) from problem
        return typed

    @field_validator("values")
    @classmethod
    def _folded(cls, value: dict[str, dict[Any, Any]]) -> dict[str, dict[Any, Any]]:
        return {
            name: {fold(text_of(word)): meaning for word, meaning in words.items()} for name, words in value.items()
        }


def said_words(settings: RowSettings) -> Iterator[tuple[Column, object]]:
    """The words of ours in `settings`, with their columns: constants, and what words of the source stand for."""
    columns: dict[str, Column] = {}
    for column in kinds()[settings.kind].columns:
        columns[column.name] = column
    for name, constant in settings.constants.items():
        if name in columns:
            yield columns[name], constant
    for name, meanings in settings.values.items():
        if name in columns:
            for meaning in meanings.values():
                yield columns[name], meaning


def check_columns(names: Iterable[str], info: ValidationInfo) -> None:
    """ValueError, naming the ones that exist, unless all of `names` are columns that a source may fill of the kind that
    was validated before."""
    if "kind" in info.data:  # else the kind itself is wrong, which says enough
        kind = kinds()[info.data["kind"]]
        for name in names:
            try:
                kind.column(name)
            except CatalogueError as error:
                raise TextError(error.text) from error


def fold(text: str) -> str:
    """`text` so that headers and words compare: no case, accents, marks of emphasis or extra white space."""
    plain = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    return " ".join(plain.casefold().replace("_", " ").split()).strip(" :*")


def closest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that looks most like `name`, if any does."""
    folded = {fold(other): other for other in names}
    matches = difflib.get_close_matches(fold(name), folded, n=1, cutoff=0.5)
    return folded[matches[0]] if matches else None


class RowMapper:
    """Makes records of what the rows of one table hold."""

    def __init__(self, settings: RowSettings, own_words: OwnWords) -> None:
        self.kind: Kind = kinds()[settings.kind]
        self._settings, self._own_words = settings, own_words
        self._columns = {column.name: column for column in (*self.kind.columns, *ENVELOPE_COLUMNS)}

    def record(
        self, raws: Mapping[str, Raw], attributes: Mapping[str, Raw], number: Raw | None, locator: Locator
    ) -> Record:
        """A record of `raws` (by column of the kind) and `attributes` (entries of its map column); `number` is the key
        when the source has one of its own. What cannot be taken becomes a Problem; so does a key that is not whole."""
        record = Record(self.kind.kind, None, dict(self._settings.constants), locator)
        for name, raw in raws.items():
            value = self._value(name, raw, record)
            if value is not None:
                record.values[name] = value
        self._attributes(attributes, record)
        record.key = self._key(raws, record) if number is None else self._numbered(number, record)
        return record

    def _value(self, name: str, raw: Raw, record: Record) -> Any:
        if is_blank(raw.value):
            return None
        try:
            words = Words(self._own_words, record.unknown_words, raw.source)
            return convert(self._columns[name], self._translated(name, raw.value), words=words)
        except ValueProblem as problem:
            record.problems.append(Problem(raw.source, name, shown(text_of(raw.value)), problem.expected))
            return None

    def _translated(self, name: str, value: object) -> object:
        words = self._settings.values.get(name)
        return words.get(fold(text_of(value)), value) if words else value

    def _attributes(self, attributes: Mapping[str, Raw], record: Record) -> None:
        values: dict[str, str] = {}
        for name, raw in attributes.items():
            if isinstance(raw.value, Broken):
                record.problems.append(Problem(raw.source, "attributes", raw.value.shown, raw.value.expected))
            elif not is_blank(raw.value):
                values |= self._attribute(name, raw, record)
        if values:
            record.values["attributes"] = {**record.values.get("attributes", {}), **values}

    def _attribute(self, name: str, raw: Raw, record: Record) -> dict[str, str]:
        try:
            words = Words(self._own_words, record.unknown_words, raw.source)
            return convert(self._columns["attributes"], {name: self._translated(name, raw.value)}, words=words) or {}
        except ValueProblem as problem:
            record.problems.append(Problem(raw.source, "attributes", shown(text_of(raw.value)), problem.expected))
            return {}

    def _key(self, raws: Mapping[str, Raw], record: Record) -> str | None:
        refused = {problem.field for problem in record.problems}
        parts = [self._key_part(name, raws, record, refused) for name in self._settings.key]
        return key_of(*parts)

    def _key_part(self, name: str, raws: Mapping[str, Raw], record: Record, refused: set[str]) -> str | None:
        """The text of a column of the key; None where there is none that can be trusted, with the problem noted on the record."""
        value = record.values.get(name)
        if value is None:
            if name not in refused:
                source = raws[name].source if name in raws else name
                record.problems.append(Problem(source, name, "", message("value.a_value", purpose=self._purpose())))
            return None
        if isinstance(value, list):
            return "; ".join(value)
        if name in raws and isinstance(value, str) and _is_rounded(raws[name].value):
            record.problems.append(_rounded(raws[name]))
            return None
        return text_of(value)

    def _numbered(self, number: Raw, record: Record) -> str | None:
        if isinstance(number.value, Broken):
            record.problems.append(Problem(number.source, "record_key", number.value.shown, number.value.expected))
            return None
        if is_blank(number.value):
            record.problems.append(Problem(number.source, "record_key", "", message("value.row_known_by")))
            return None
        if _is_rounded(number.value):
            record.problems.append(_rounded(number))
            return None
        return key_of(text_of(without_ids(number.value)))

    def _purpose(self) -> Text:
        columns = [self._columns[name] for name in self._settings.key]
        labels = joined((Both(column.nl, column.en) for column in columns), " + ")
        return message("value.known_by", labels=labels)
