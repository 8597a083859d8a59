"""Path expressions: where in a JSON document a value stands, and how two documents' values become a text.

    status.name                         a value in an object
    labels[0]                           the first of a list; labels[-1] the last
    components[*].name                  that value of every item, as a list
    custom_fields[name=Risico].value    of the first item whose `name` is Risico
    ["@links"].next[0].uri              a name with a point, bracket or quote in it

A value that is not there (MISSING) differs from one that is null: what that means is left to `mapping`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final
from urllib.parse import quote

from connectors.tools.values import is_storable
from models.errors import TextError
from models.message import message


class _Missing:
    """The absence of a value; there is one, MISSING."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()

_STEP = re.compile(
    r"""\.?(?P<name>[^.\[\]"]+)
      | \.?\["(?P<quoted>[^"]*)"\]
      | \[(?P<index>-?\d+)\]
      | (?P<every>\[\*\])
      | \[(?P<field>[^=\]"]+)=(?P<value>[^\]]*)\]""",
    re.VERBOSE,
)
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@dataclass(slots=True, frozen=True)
class _Name:
    name: str


@dataclass(slots=True, frozen=True)
class _Index:
    index: int


@dataclass(slots=True, frozen=True)
class _Every:
    pass


@dataclass(slots=True, frozen=True)
class _Where:
    field: str
    value: str


_Step = _Name | _Index | _Every | _Where
Finder = Callable[[Any], Any]


@cache
def compiled(path: str) -> tuple[_Step, ...]:
    """The steps of `path`; an empty path and `$` are the document itself. ValueError says where it goes wrong."""
    steps: list[_Step] = []
    text = path
    if path.startswith(("$.", "$[")) or path == "$":
        text = path.removeprefix("$")
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            raise TextError(message("rest.no_path", path=path, position=position + 1, rest=text[position:]))
        if match["name"] is not None or match["quoted"] is not None:
            steps.append(_Name(match["quoted"] if match["name"] is None else match["name"]))
        elif match["index"] is not None:
            steps.append(_Index(int(match["index"])))
        elif match["every"]:
            steps.append(_Every())
        else:
            steps.append(_Where(match["field"], match["value"].strip("\"'")))
        position = match.end()
    return tuple(steps)


def find(document: Any, path: str) -> Any:
    """The value at `path`, None where it or something above it is null, MISSING where it is not there."""
    return finder(path)(document)


@cache
def finder(path: str) -> Finder:
    """The function that finds the value at `path` in a document, as `find` does: made once for all records of a list."""
    steps = compiled(path)
    names = tuple(step.name for step in steps if isinstance(step, _Name))
    if len(names) < len(steps):
        return partial(_walk, steps=steps)
    if len(names) == 1:
        return partial(_at_name, names[0])
    return partial(_along_names, names)


def _at_name(name: str, value: Any) -> Any:
    """What an object has under a name, else MISSING; null has null under every name."""
    if isinstance(value, dict):
        return value.get(name, MISSING)
    return None if value is None else MISSING


def _along_names(names: tuple[str, ...], value: Any) -> Any:
    for name in names:
        if not isinstance(value, dict):
            return None if value is None else MISSING
        value = value.get(name, MISSING)
    return value


def _walk(value: Any, steps: tuple[_Step, ...]) -> Any:
    for number, step in enumerate(steps):
        if value is None:
            return None
        match step:
            case _Name(name):
                value = value.get(name, MISSING) if isinstance(value, dict) else MISSING
            case _Index(index):
                value = value[index] if isinstance(value, list) and -len(value) <= index < len(value) else MISSING
            case _Where(field, expected):
                value = _first_where(value, field, expected)
            case _Every():
                if not isinstance(value, list):
                    return MISSING
                values = (_walk(item, steps[number + 1 :]) for item in value)
                return [item for item in values if item is not MISSING]
        if value is MISSING:
            return MISSING
    return value


def _first_where(value: Any, field: str, content: str) -> Any:
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict) and str(item.get(field)) == content:
            return item
    return MISSING


def fill(template: str, document: Any, constants: Mapping[str, str], *, quoted: bool = False) -> str | None:
    """`template` with each `{path}` replaced by the text there, or by what `constants` says for that name.

    None when one of them is missing, null or not a single value. `quoted`: the template is an address.
    """
    parts: list[str] = []
    for text, path in _parts(template):
        parts.append(text)
        if path is None:
            continue
        if path in constants:
            parts.append(constants[path])
            continue
        value = finder(path)(document)
        if value is MISSING or value is None or isinstance(value, (dict, list)):
            return None
        word = str(value)
        if quoted and not is_storable(word):  # half a character stands in no address
            return None
        parts.append(quote(word, safe="") if quoted else word)
    return "".join(parts)


@cache
def _parts(template: str) -> tuple[tuple[str, str | None], ...]:
    """Each text in a template with the path that follows it; None after the last."""
    pieces = _PLACEHOLDER.split(template)
    return tuple(zip(pieces[::2], [*pieces[1::2], None], strict=True))
