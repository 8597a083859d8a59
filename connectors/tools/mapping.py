"""From a JSON object of a source to a record of an evidence kind: one rule per column, read from a description.

Absent, null and empty are three things. Null and empty mean that the source knows there is nothing: None. Absent means
that we were not told: by default that is unknown (the column stays out of the record), or a problem where the kind
requires the column or the rule says so. Typing is `values.convert`'s; where a value stands is `paths`'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, time
from functools import partial
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from connectors.tools.dates import in_amsterdam
from connectors.tools.paths import MISSING, Finder, compiled, fill, find, finder
from connectors.tools.values import Broken, ValueProblem, Words, checked_text, convert, plausible, shown, text_of
from models.errors import TextError
from models.instant import AMSTERDAM
from models.kind import Column, Kind
from models.message import Both, Text, message
from models.own_words import OwnWords
from models.record import Locator, Problem, Record, UnknownWord
from models.words import is_mark, says_nothing

UNKNOWN = MISSING  # in a result: leave the column out of the record
MOST_REMEMBERED = 1000  # different texts of one column


_OR = " or "


class Rule(BaseModel):
    """Where a column comes from: exactly one of `path`, `first` (the first path that holds something), `collect` (all
    of them, as a list), `template` or `constant`; and what is done with what is found there.

    `values` maps the source's words (any case) to ours, `null` meaning nothing; a word that is not in it is kept, made
    unknown, or a problem (`other`), or replaced (`otherwise`). `nothing` lists values that mean that there is none.
    `default` stands in for null, empty and absent. `only` and `unless` (path → words) say when there is a value at all:
    a day of closing that stays behind on a reopened ticket is none; of `a or b` the first path that is there
    counts. `format` is a strptime pattern, `epoch-s` or `epoch-ms`; `timezone` that of moments without an offset; `end_of_day`: a
    day without a time lasts until its end.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str | None = None
    first: tuple[str, ...] = ()
    collect: tuple[str, ...] = ()
    template: str | None = None
    constant: Any = None
    values: dict[str, str | None] = {}
    other: Literal["keep", "unknown", "problem"] = "keep"
    otherwise: str | None = None
    nothing: tuple[str, ...] = ()
    only: dict[str, tuple[str, ...]] = {}
    unless: dict[str, tuple[str, ...]] = {}
    default: Any = None
    absent: Literal["unknown", "problem", "nothing"] | None = None
    format: str | None = None
    timezone: str | None = None
    end_of_day: bool = False

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value

    @field_validator("values", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {_word(word): code for word, code in value.items()}
        return value

    @model_validator(mode="after")
    def _one_origin(self) -> Rule:
        if len(self.origin()) != 1:
            raise TextError(message("rest.one_origin"))
        conditions = _OR.join((*self.only, *self.unless)).split(_OR)
        for path in (self.path or "", *self.first, *self.collect, *conditions):
            compiled(path)
        if self.timezone is not None:
            _time_zone(self.timezone)
        return self

    def origin(self) -> tuple[str, ...]:
        """The names of the settings that say where the value comes from."""
        names = ("path", "first", "collect", "template", "constant")
        return tuple(name for name in names if getattr(self, name) not in (None, ()))

    def source_column(self) -> Text:
        """How the source calls it, for messages."""
        return self.path or self.template or " / ".join((*self.first, *self.collect)) or message("rest.fixed")


def said_words(kind: Kind, rules: Mapping[str, Rule]) -> Iterator[tuple[Column, object]]:
    """The words of ours in the rules of columns of `kind`, with their columns: constants, and what words of the source stand
    for."""
    for name, rule in rules.items():
        column = kind.column(name)
        for word in (rule.constant, rule.otherwise, *rule.values.values()):
            if word is not None:
                yield column, word


class Override(BaseModel):
    """What an organisation changes about a rule: a new origin replaces the rule, anything else is laid over it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value

    def over(self, rule: Rule | None) -> Rule:
        """The rule that results. ValueError when it is not a rule."""
        changes = dict(self.__pydantic_extra__ or {})
        origins = {"path", "first", "collect", "template", "constant"}
        if rule is None or origins & changes.keys():
            return Rule.model_validate(changes)
        rule_fields = rule.model_dump(exclude_unset=True)
        if "values" in changes:
            changes["values"] = {**rule.values, **{_word(word): code for word, code in changes["values"].items()}}
        return Rule.model_validate({**rule_fields, **changes})


def _word(raw: object) -> str:
    """`raw` as a word to look up: any case, single spaces; a boolean is true or false."""
    if isinstance(raw, (bool, int)):
        raw = str(raw)
    text = raw if isinstance(raw, str) else text_of(raw)
    return " ".join(text.casefold().split())


def _holds_nothing(raw: object) -> bool:
    if isinstance(raw, str):
        return not raw or raw.isspace()
    return raw is None or (isinstance(raw, (list, dict)) and not raw)


def _time_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise TextError(message("rest.no_time_zone", name=name)) from None


class RecordMapping:
    """The rules of one resource, ready to read records of `kind` with. `base` fills `{base}` in templates."""

    def __init__(
        self, kind: Kind, rules: Mapping[str, Rule], timezone: str, base: str, own_words: OwnWords | None = None
    ) -> None:
        self._kind = kind.kind
        constants, words = {"base": base}, own_words or OwnWords()
        self._columns = [
            _MappedColumn(kind.column(name), rule, rule.timezone or timezone, constants, words)
            for name, rule in rules.items()
        ]

    def record(self, key: str | None, item: Any, locator: Locator) -> Record:
        """The record that `item` is; a value that cannot be taken is a problem of the record, never an exception."""
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        unknown_words: list[UnknownWord] = []
        for column in self._columns:
            raw: Any = MISSING
            try:
                raw = column.find(item)
                value = column.value(raw, unknown_words)
            except ValueProblem as problem:
                problems.append(column.problem(raw, problem))
                continue
            except RecursionError:
                problems.append(column.problem(raw, ValueProblem(message("rest.nested"))))
                continue
            if value is not UNKNOWN:
                values[column.name] = value
        return Record(self._kind, key, values, locator, problems, unknown_words=unknown_words)


class _MappedColumn:
    """One column with its rule: what stands in an item, and what that means (see `_value`).

    Most values need few of the questions that `_value` asks; `_short` answers for those, or says MISSING. And a source
    has few words for a state or a priority: the meaning of what came before is remembered.
    """

    __slots__ = ("_column", "_known", "_own_words", "_rule", "_short", "_timezone", "find", "name")

    def __init__(
        self, column: Column, rule: Rule, timezone: str, constants: Mapping[str, str], own_words: OwnWords
    ) -> None:
        self.name = column.name
        self.find = _origin(column, rule, constants)
        self._column, self._rule, self._timezone, self._own_words = column, rule, timezone, own_words
        self._short = None if own_words.says_of(column) else _short_way(column, rule, timezone)
        self._known: dict[str | tuple[str, ...], Any] = {}

    def value(self, raw: Any, unknown_words: list[UnknownWord]) -> Any:
        """`raw` as a typed value, None for nothing, UNKNOWN for what we cannot know; a word that no vocabulary knows joins
        `unknown_words`. Raises ValueProblem."""
        mark: str | tuple[str, ...]
        if type(raw) is str:
            if self._short is not None:
                short = self._short(raw)
                if short is not MISSING:
                    return short
            mark = raw
        elif self._rule.collect and raw:
            mark = tuple(raw)
        else:
            return self._read(raw, unknown_words)
        value = self._known.get(mark, MISSING)
        if value is MISSING:
            known_before = len(unknown_words)
            value = self._read(raw, unknown_words)
            is_known = value is not UNKNOWN and len(unknown_words) == known_before
            if is_known and len(self._known) < MOST_REMEMBERED:
                self._known[mark] = value
        return value.copy() if isinstance(value, (list, dict)) else value  # who gets it may change it

    def _read(self, raw: Any, unknown_words: list[UnknownWord]) -> Any:
        words = Words(self._own_words, unknown_words, str(self._rule.source_column()))
        return _value(self._column, self._rule, raw, self._timezone, words)

    def problem(self, raw: Any, problem: ValueProblem) -> Problem:
        """What is wrong with `raw`, as the record carries it."""
        value = "" if raw is MISSING else shown(raw)
        source = self._rule.source_column()
        if isinstance(source, str) and source.isdecimal():  # GLPI numbers its columns
            source = message("rest.numbered", number=source, column=Both(self._column.nl, self._column.en))
        return Problem(source, self.name, value, problem.expected)


def _short_way(column: Column, rule: Rule, timezone: str) -> Callable[[str], Any] | None:
    """A function that gives for most texts what `_value` gives, and MISSING for the others; None when there is none."""
    keeps_words = not rule.values and rule.otherwise is None and rule.other == "keep"
    if not keeps_words or rule.nothing:
        return None
    if column.type == "text" and column.vocabulary is None and column.name != "norm_id":
        return _plain_text
    if column.type == "timestamp" and rule.format is None:
        return partial(_iso_moment, column, _time_zone(timezone))
    return None


def _plain_text(text: str) -> Any:
    if says_nothing(text) or is_mark(text):
        return MISSING
    plain = text_of(text)
    return checked_text(plain) or MISSING


def _iso_moment(column: Column, zone: ZoneInfo, text: str) -> Any:
    try:
        moment = datetime.fromisoformat(text) if len(text) > 10 else None
        if moment is None:
            return MISSING
    except ValueError:
        return MISSING
    return plausible(column, in_amsterdam(moment, zone, latest=column.settles))


def _origin(column: Column, rule: Rule, constants: Mapping[str, str]) -> Finder:
    """The function that finds in an item what `rule` says; None where there is nothing, MISSING where we are not told."""
    find_value = _unconditional(column, rule, constants)
    if not rule.only and not rule.unless:
        return find_value
    unless = [(_told_first(paths), {_word(word) for word in words}) for paths, words in rule.unless.items()]
    only = [(_told_first(paths), {_word(word) for word in words}) for paths, words in rule.only.items()]

    def where_it_applies(item: Any) -> Any:
        for find_word, words in unless:
            word = find_word(item)
            if word is not MISSING and word is not None and _word(word) in words:
                return None
        for find_word, words in only:
            word = find_word(item)
            if word is MISSING:
                return MISSING
            if word is None or _word(word) not in words:
                return None
        return find_value(item)

    return where_it_applies


def _told_first(paths: str) -> Finder:
    """What the first of these paths that is there says: `a or b`."""
    finders = [finder(path) for path in paths.split(_OR)]

    def told(item: Any) -> Any:
        values = (find_value(item) for find_value in finders)
        return next((value for value in values if value is not MISSING), MISSING)

    return told


def _unconditional(column: Column, rule: Rule, constants: Mapping[str, str]) -> Finder:
    if rule.constant is not None:
        return lambda item: rule.constant
    if rule.template is not None:
        return partial(_filled, rule.template, constants, column.name == "url")
    if rule.collect:
        return partial(_collected, [finder(path) for path in rule.collect])
    if rule.first:
        return partial(_first, [finder(path) for path in rule.first], rule.nothing)
    return finder(rule.path or "")


def _filled(template: str, constants: Mapping[str, str], quoted: bool, item: Any) -> Any:
    text = fill(template, item, constants, quoted=quoted)
    return MISSING if text is None else text


def _first(finders: list[Finder], nothing: tuple[str, ...], item: Any) -> Any:
    """The first value that holds something; else null if any path was there, else MISSING."""
    result: Any = MISSING
    for find_value in finders:
        value = find_value(item)
        if value is MISSING:
            continue
        if not _holds_nothing(value) and not (nothing and scalar_text(value) in nothing):
            return value
        result = None
    return result


def scalar_text(value: Any) -> str | None:
    """A single value as text, to compare it with words; None for an object or list."""
    return None if isinstance(value, (dict, list)) else str(value)


def _collected(finders: list[Finder], item: Any) -> Any:
    """The texts at all the places, as a list; None where there are none, MISSING where none of the places is there."""
    words: list[str | Broken] = []
    is_there = False
    for find_value in finders:
        value = find_value(item)
        if value is not MISSING:
            is_there = True
            for entry in value if isinstance(value, list) else (value,):
                if not _holds_nothing(entry):
                    words.append(entry if isinstance(entry, (str, Broken)) else text_of(entry))
    return (words or None) if is_there else MISSING


def _value_of_absent(column: Column, rule: Rule) -> Any:
    """What a field that is not there stands for. Raises ValueProblem where it has to be there."""
    if rule.default is not None:
        return convert(column, rule.default, dutch=False)
    if rule.absent == "nothing":
        return None
    if rule.absent == "problem" or (rule.absent is None and column.required):
        raise ValueProblem(message("rest.no_field", field=rule.source_column()))
    return UNKNOWN


def _value(column: Column, rule: Rule, raw: Any, timezone: str, words: Words) -> Any:
    """`raw` as a typed value, None for nothing, UNKNOWN for what we cannot know. Raises ValueProblem."""
    if raw is MISSING:
        return _value_of_absent(column, rule)
    if _holds_nothing(raw) or (rule.nothing and scalar_text(raw) in rule.nothing):
        return None if rule.default is None else convert(column, rule.default, dutch=False)
    translated = [_translated(rule, word) for word in raw] if isinstance(raw, list) else _translated(rule, raw)
    if isinstance(translated, list):
        known_words = [word for word in translated if word is not UNKNOWN and word is not None]
        return convert(column, _one_text(column, known_words), dutch=False, words=words)
    if translated is UNKNOWN or translated is None:
        return translated
    if column.type == "timestamp":
        return _moment_value(column, rule, translated, timezone)
    return convert(column, translated, dutch=False, words=words)


def _moment_value(column: Column, rule: Rule, raw: Any, timezone: str) -> Any:
    """`raw` as a moment, of a day its end where the rule says so; None where it says nothing. Raises ValueProblem."""
    if isinstance(raw, str) and says_nothing(raw):
        return None
    moment = convert(column, _moment(column, rule, raw, timezone), dutch=False)
    is_day = isinstance(raw, str) and len(raw.strip()) <= 10
    if moment is not None and rule.end_of_day and is_day:
        return datetime.combine(moment, time(23, 59, 59))
    return moment


def _one_text(column: Column, entries: list[Any]) -> Any:
    """Several values where one text is asked, such as the two groups of a ticket, as one text; for any other column, or when
    one of them is no single value, as they are. Raises ValueProblem where the one word that counts cannot be chosen."""
    if column.type != "text" or any(isinstance(entry, (dict, list, Broken)) for entry in entries):
        return entries
    texts = list(dict.fromkeys(text_of(entry) for entry in entries if not _holds_nothing(entry)))
    if column.vocabulary is not None and len(texts) > 1:
        raise ValueProblem(message("rest.one_word", number=len(texts), words=", ".join(texts)))
    return "; ".join(texts)


def _translated(rule: Rule, raw: Any) -> Any:
    if not rule.values and rule.otherwise is None and rule.other == "keep":
        return raw
    word = _word(raw)
    if word in rule.values:
        return rule.values[word]
    if rule.otherwise is not None:
        return rule.otherwise
    if rule.other == "unknown":
        return UNKNOWN
    if rule.other == "problem":
        raise ValueProblem(message("rest.one_of", known=", ".join(sorted(rule.values))))
    return raw


def _moment(column: Column, rule: Rule, raw: Any, timezone: str) -> Any:
    """A moment of the source with its offset in Amsterdam, or `raw` itself when it is left to `convert`."""
    try:
        moment = _datetime_of(rule.format, raw)
    except (ValueError, TypeError, OverflowError, OSError):
        if rule.format is None:
            return raw
        raise ValueProblem(message("rest.moment", form=rule.format)) from None
    return in_amsterdam(moment, _time_zone(timezone), latest=column.settles).replace(tzinfo=AMSTERDAM)


def _datetime_of(pattern: str | None, raw: Any) -> datetime:
    if pattern in {"epoch-s", "epoch-ms"}:
        return datetime.fromtimestamp(float(raw) / (1000 if pattern == "epoch-ms" else 1), UTC)
    if not isinstance(raw, str):
        raise ValueError
    text = raw.strip()
    if pattern is not None:
        return datetime.strptime(text, pattern)
    if len(text) <= 10:
        raise ValueError  # a day without a time has no time zone
    return datetime.fromisoformat(text)


def moment_in(item: Any, path: str, pattern: str | None, timezone: str) -> datetime | None:
    """The moment at `path` as naive UTC, or None when it is not there or not readable."""
    raw = find(item, path)
    if raw is MISSING or _holds_nothing(raw):
        return None
    try:
        moment = _datetime_of(pattern, raw)
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=_time_zone(timezone))
    try:
        return aware.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return None
