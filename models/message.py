"""Texts for people: each has a key, and stands once per language in `models/texts/<language>/<room>.yaml`.

Code names a text and what must be filled in; the language is chosen where the text is shown. Which words stand for codes
(statuses, results, bases) is left to `models/wording.py`.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from models.language import DEFAULT, Language, pick

FOLDER = "texts"
# Every value is a text, also On, Yes and 12; and C's parser where there is one: a command that only shows something reads
# its texts in a few milliseconds.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True)
class Message:
    """A text that is not in a language yet. `values` are filled in by name; one that is itself a text follows in language.

    A text with the forms `one` and `more` is chosen by the value called `number`.
    """

    key: str
    values: Mapping[str, Any]

    def in_language(self, language: Language | str) -> str:
        """The text as people read it. Raises KeyError for a key or a value that is not there."""
        pattern = pattern_of(self.key, Language(language))
        if not isinstance(pattern, str):
            pattern = pattern["one" if self.values["number"] == 1 else "more"]
        return pattern.format(**{name: in_language(value, language) for name, value in self.values.items()})

    def __str__(self) -> str:
        return self.in_language(DEFAULT)

    def __hash__(self) -> int:  # its values may be lists
        return hash(self.key)


@dataclass(frozen=True)
class Both:
    """A text that its own file has in both languages: the label of a word, a column, a kind."""

    nl: str
    en: str

    def in_language(self, language: Language | str) -> str:
        """The text as people read it."""
        return pick(language, self.nl, self.en)

    def __str__(self) -> str:
        return self.in_language(DEFAULT)


@dataclass(frozen=True)
class Joined:
    """Several texts after each other."""

    parts: tuple[Any, ...]
    separator: Any = "\n"

    def in_language(self, language: Language | str) -> str:
        """The texts as people read them."""
        separator = str(in_language(self.separator, language))
        return separator.join(str(in_language(part, language)) for part in self.parts)

    def __str__(self) -> str:
        return self.in_language(DEFAULT)


Text = str | Message | Both | Joined


def message(key: str, /, **values: Any) -> Message:
    """The text called `key`, with its values."""
    return Message(key, values)


def joined(parts: Iterable[Any], separator: Any = "\n") -> Joined:
    """Texts one after another, each on a line of its own unless `separator` says otherwise."""
    return Joined(tuple(parts), separator)


def either(parts: Iterable[Any]) -> Joined:
    """Texts of which one is meant: `a or b`."""
    return joined(parts, message("join.or"))


def both(parts: Iterable[Any]) -> Joined:
    """Texts that are all meant: `a and b`."""
    return joined(parts, message("join.and"))


def listed(parts: Iterable[Any]) -> Joined:
    """Texts after one another, with commas: `a, b, c`."""
    return joined(parts, ", ")


def changed(text: Text, change: Callable[[str], str]) -> Text:
    """A text of which every part that is filled in went through `change`: to take out what may not be seen."""
    if isinstance(text, str):
        return change(text)
    if isinstance(text, Message):
        return Message(text.key, {name: _changed(value, change) for name, value in text.values.items()})
    if isinstance(text, Joined):
        return Joined(tuple(_changed(part, change) for part in text.parts), text.separator)
    return Both(change(text.nl), change(text.en))


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    return changed(value, change) if isinstance(value, Text) else value


def in_language(value: Any, language: Language | str) -> Any:
    """A text in `language`; anything else is itself."""
    if isinstance(value, Message | Both | Joined):
        return value.in_language(language)
    return value


@dataclass(frozen=True)
class Say:
    """Texts in one language: what a command speaks with."""

    language: Language

    def __call__(self, key: str, /, **values: Any) -> str:
        return Message(key, values).in_language(self.language)


def pattern_of(key: str, language: Language) -> str | dict[str, str]:
    """The text called `room.name` as its file has it, in one form or as `one` and `more`."""
    room, _, name = key.partition(".")
    return texts(language, room)[name]


@lru_cache(maxsize=64)
def texts(language: Language, room: str) -> dict[str, str | dict[str, str]]:
    """Every text of a room (the part of a key before the first dot) in one language."""
    file = resources.files("models").joinpath(FOLDER, language.value, f"{room}.yaml")
    content: dict[str, str | dict[str, str]] = yaml.load(file.read_text("utf-8"), Loader=_LOADER)
    return content


def placeholders(pattern: str | dict[str, str]) -> set[str]:
    """The names of what a text has filled in."""
    forms = [pattern] if isinstance(pattern, str) else [*pattern.values()]
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name is not None}
