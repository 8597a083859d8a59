"""From a JSON object of a source to a record of an evidence kind: one rule per column, read from a description.

Absent, null and empty are three things. Null and empty mean that the source knows there is nothing: None. Absent means
that we were not told: by default that is unknown (the column stays out of the record), or a problem where the kind
requires the column or the rule says so. Typing is `values.convert`'s; where a value stands is `paths`'.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from connectors.base import Locator, Problem, Record
from connectors.paths import MISSING, compiled, fill, find
from connectors.values import AMSTERDAM, ValueProblem, convert, text_of
from models.kind import Column, Kind

UNKNOWN = MISSING  # in a result: leave the column out of the record
MOST_REMEMBERED = 1000  # different texts of one column


class Rule(BaseModel):
    """Where a column comes from: exactly one of `path`, `first` (the first path that holds something), `collect` (all
    of them, as a list), `template` or `constant`; and what is done with what is found there.

    `values` maps the source's words (any case) to ours, `null` meaning nothing; a word that is not in it is kept, made
    unknown, or a problem (`other`), or replaced (`otherwise`). `nothing` lists values that mean that there is none.
    `default` stands in for null, empty and absent. `only` and `unless` (path → words) say when there is a value at all:
    a day of closing that stays behind on a reopened ticket is none. `format` is a strptime pattern, `epoch-s` or
    `epoch-ms`; `timezone` that of moments without an offset; `end_of_day`: a day without a time lasts until its end.
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
        return {_word(word): code for word, code in value.items()} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _one_origin(self) -> Rule:
        if len(self.origin()) != 1:
            raise ValueError("geef precies één van: path, first, collect, template, constant")
        for path in (self.path or "", *self.first, *self.collect, *self.only, *self.unless):
            compiled(path)
        if self.timezone is not None:
            _zone(self.timezone)
        return self

    def origin(self) -> tuple[str, ...]:
        """The names of the settings that say where the value comes from."""
        names = ("path", "first", "collect", "template", "constant")
        return tuple(name for name in names if getattr(self, name) not in (None, ()))

    def source_column(self) -> str:
        """How the source calls it, for messages."""
        return self.path or self.template or " / ".join((*self.first, *self.collect)) or "(vast)"


class Override(BaseModel):
    """What an organisation changes about a rule: a new origin replaces the rule, anything else is laid over it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value

    def over(self, rule: Rule | None) -> Rule:
        """The rule that results. ValueError when it is not a rule."""
        own = dict(self.__pydantic_extra__ or {})
        origins = {"path", "first", "collect", "template", "constant"}
        if rule is None or origins & own.keys():
            return Rule.model_validate(own)
        kept = rule.model_dump(exclude_unset=True)
        if "values" in own:
            own["values"] = {**rule.values, **{_word(word): code for word, code in own["values"].items()}}
        return Rule.model_validate({**kept, **own})


def _word(raw: object) -> str:
    """`raw` as a word to look up: any case, single spaces; a boolean is true or false."""
    text = raw if isinstance(raw, str) else str(raw) if isinstance(raw, (bool, int)) else text_of(raw)
    return " ".join(text.casefold().split())


def _holds_nothing(raw: object) -> bool:
    return raw is None or (isinstance(raw, str) and not raw.strip()) or (isinstance(raw, (list, dict)) and not raw)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is geen tijdzone; schrijf bijvoorbeeld Europe/Amsterdam of UTC") from None


class RecordMapping:
    """The rules of one resource, ready to read records of `kind` with. `base` fills `{base}` in templates."""

    def __init__(self, kind: Kind, rules: Mapping[str, Rule], timezone: str, base: str) -> None:
        self._kind = kind.kind
        self._columns: list[tuple[Column, Rule, str, dict[str, Any]]] = [
            (kind.column(name), rule, rule.timezone or timezone, {}) for name, rule in rules.items()
        ]
        self._given = {"base": base}

    def record(self, key: str | None, item: Any, locator: Locator) -> Record:
        """The record that `item` is; a value that cannot be taken is a problem of the record, never an exception."""
        record = Record(self._kind, key, {}, locator)
        for column, rule, timezone, known in self._columns:
            raw = MISSING
            try:
                raw = self._raw(column, rule, item)
                value = _remembered(known, column, rule, raw, timezone)
            except ValueProblem as problem:
                shown = "" if raw is MISSING else str(raw)[:200]
                record.problems.append(Problem(rule.source_column(), column.name, shown, str(problem)))
                continue
            if value is not UNKNOWN:
                record.values[column.name] = value
        return record

    def _raw(self, column: Column, rule: Rule, item: Any) -> Any:
        if rule.unless or rule.only:
            applies = _applies(rule, item)
            if applies is not True:
                return applies
        if rule.constant is not None:
            return rule.constant
        if rule.template is not None:
            filled = fill(rule.template, item, self._given, quoted=column.name == "url")
            return MISSING if filled is None else filled
        if rule.collect:
            return _collected(item, rule.collect)
        return _first(item, rule.first or (rule.path or "",), rule)


def _applies(rule: Rule, item: Any) -> Any:
    """True when there is a value to look for, None when there is none, MISSING when that cannot be known."""
    for path, words in rule.unless.items():
        found = find(item, path)
        if found is not MISSING and found is not None and _word(found) in map(str.casefold, words):
            return None
    for path, words in rule.only.items():
        found = find(item, path)
        if found is MISSING:
            return MISSING
        if found is None or _word(found) not in map(str.casefold, words):
            return None
    return True


def _first(item: Any, paths: tuple[str, ...], rule: Rule) -> Any:
    """The first value that holds something; else null if any path was there, else MISSING."""
    result: Any = MISSING
    for path in paths:
        found = find(item, path)
        if found is MISSING:
            continue
        if not _holds_nothing(found) and not (rule.nothing and scalar_text(found) in rule.nothing):
            return found
        result = None
    return result


def scalar_text(value: Any) -> str | None:
    """A single value as text, to compare it with words; None for an object or list."""
    return None if isinstance(value, (dict, list)) else str(value)


def _collected(item: Any, paths: tuple[str, ...]) -> Any:
    found = [value for path in paths if (value := find(item, path)) is not MISSING]
    if not found:
        return MISSING
    words: list[Any] = []
    for value in found:
        words += [entry for entry in (value if isinstance(value, list) else [value]) if not _holds_nothing(entry)]
    return list(dict.fromkeys(text_of(word) for word in words)) or None


def _remembered(known: dict[str, Any], column: Column, rule: Rule, raw: Any, timezone: str) -> Any:
    """`_value`, looked up in `known` for a text that came before: a source has few words for a state or a priority."""
    if type(raw) is not str or column.type in {"list", "map"}:  # those can be changed by who gets them
        return _value(column, rule, raw, timezone)
    if raw in known:
        return known[raw]
    value = _value(column, rule, raw, timezone)
    if len(known) < MOST_REMEMBERED:
        known[raw] = value
    return value


def _value(column: Column, rule: Rule, raw: Any, timezone: str) -> Any:
    """`raw` as a typed value, None for nothing, UNKNOWN for what we cannot know. Raises ValueProblem."""
    if raw is MISSING:
        if rule.default is not None:
            return convert(column, rule.default, dutch=False)
        if rule.absent == "nothing":
            return None
        if rule.absent == "problem" or (rule.absent is None and column.required):
            raise ValueProblem(f"een waarde; het veld {rule.source_column()!r} staat niet in het antwoord")
        return UNKNOWN
    if _holds_nothing(raw) or (rule.nothing and scalar_text(raw) in rule.nothing):
        return None if rule.default is None else convert(column, rule.default, dutch=False)
    translated = [_translated(rule, word) for word in raw] if isinstance(raw, list) else _translated(rule, raw)
    if isinstance(translated, list):
        known = [word for word in translated if word is not UNKNOWN and word is not None]
        return convert(column, known, dutch=False)
    if translated is UNKNOWN or translated is None:
        return translated
    if column.type != "timestamp":
        return convert(column, translated, dutch=False)
    moment = convert(column, _moment(rule, translated, timezone), dutch=False)
    if rule.end_of_day and isinstance(translated, str) and len(translated.strip()) <= 10:
        return datetime.combine(moment, time(23, 59, 59))
    return moment


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
        raise ValueProblem(f"een van: {', '.join(sorted(rule.values))}")
    return raw


def _moment(rule: Rule, raw: Any, timezone: str) -> Any:
    """A moment of the source as naive Europe/Amsterdam time, or `raw` itself when it is left to `convert`."""
    try:
        moment = _parsed(rule.format, raw)
    except (ValueError, OverflowError, OSError):
        if rule.format is None:
            return raw
        raise ValueProblem(f"een moment in de vorm {rule.format}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=_zone(timezone))
    return moment.astimezone(AMSTERDAM).replace(tzinfo=None)


def _parsed(pattern: str | None, raw: Any) -> datetime:
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
        moment = _parsed(pattern, raw)
    except (ValueError, OverflowError, OSError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=_zone(timezone))
    return aware.astimezone(UTC).replace(tzinfo=None)
