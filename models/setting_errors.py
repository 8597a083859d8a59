"""Says what is wrong with a setting, to the person who edits the file: where it stands, what is there, what is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from models.secret_name import holds_secret, is_secret_header, is_secret_parameter

Path = tuple[int | str, ...]
Lines = dict[Path, int]

# What pydantic expected, by its error type, in the words of the person who edits the file.
EXPECTED = {
    "string_type": "tekst; zet een getal of datum tussen aanhalingstekens",
    "string_pattern_mismatch": "tekst volgens het patroon {pattern}",
    "int_type": "een geheel getal",
    "int_parsing": "een geheel getal",
    "float_type": "een getal",
    "float_parsing": "een getal",
    "bool_type": "true of false",
    "bool_parsing": "true of false",
    "tuple_type": "een lijst",
    "too_short": "minstens {min_length}",
    "list_type": "een lijst",
    "dict_type": "een lijst van naam: waarde",
    "model_type": "een groep instellingen",
    "date_from_datetime_parsing": "een datum als 2026-12-31",
    "date_type": "een datum als 2026-12-31",
    "greater_than": "meer dan {gt}",
    "greater_than_equal": "minstens {ge}",
    "less_than": "minder dan {lt}",
    "less_than_equal": "hoogstens {le}",
}


def explain(error: ValidationError, lines: Lines, place: str, model: type[BaseModel], also: Sequence[str] = ()) -> str:
    """One line for each mistake that pydantic found in a file at `place` that was to become a `model`. `also`: settings
    that may stand beside those of the model itself."""
    problems = error.errors()
    wrong_inside = {found["loc"][:length] for found in problems for length in range(len(found["loc"]))}
    return "\n".join(
        _sentence(problem, lines, place, model, also)
        for problem in problems
        if not (
            problem["type"] == "too_short" and problem["loc"] in wrong_inside
        )  # its items were refused, that is why
    )


def _sentence(problem: Any, lines: Lines, place: str, model: type[BaseModel], also: Sequence[str]) -> str:
    path = _as_written(problem["loc"], lines)
    name = ".".join(str(part) for part in path) or "(hele bestand)"
    where = _where(path, lines, place)
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "missing":
        return f"{where}: {name} ontbreekt"
    if kind == "extra_forbidden":
        allowed = [*_allowed(model, problem["loc"][:-1]), *(also if len(path) == 1 else ())]
        return f"{where}: {name} is hier geen instelling{_instead(str(path[-1]), allowed)}"
    if kind == "literal_error":
        return f"{where}: {name} is {_shown(path, problem['input'])}; toegestaan: {context['expected']}"
    if kind in EXPECTED:
        return f"{where}: {name} is {_shown(path, problem['input'])}; verwacht: {EXPECTED[kind].format(**context)}"
    message = re.sub(r"^Value error, ", "", problem["msg"])
    return f"{where}: {name}: {message}"


def _where(path: Path, lines: Lines, place: str) -> str:
    line = next((lines[path[:length]] for length in range(len(path), 0, -1) if path[:length] in lines), None)
    return f"{place}, regel {line}" if line else place


def _shown(path: Path, value: object) -> str:
    """What was written, unless it is or may hold a secret: this text ends up in logs and reports."""
    if isinstance(value, (dict, list)):
        return "een lijst" if isinstance(value, list) else "een groep instellingen"
    if holds_secret(str(value)) or any(isinstance(part, str) and is_secret_parameter(part) for part in path):
        return "iets anders"
    return repr(value)


_SENT = {"headers": is_secret_header, "params": is_secret_parameter}
_ADVICE = "haal het hier weg, noem bij ‘token’ de omgevingsvariabele waar het in staat, en vervang het geheim: het stond leesbaar"


def secrets_in(content: Any, lines: Lines, place: str) -> list[str]:
    """One line for each text in a configuration in which a secret can be recognised, without that text: a password in an
    address, a token of a known form, a header or parameter that carries one."""
    return [
        f"{_where(path, lines, place)}: {'.'.join(map(str, path))} bevat een wachtwoord of token; {_ADVICE}"
        for path, value in _texts(content, ())
        if holds_secret(value) or _sends_secret(path, value)
    ]


def _sends_secret(path: Path, value: str) -> bool:
    """Whether this is the value of a header or parameter that holds a secret. One with a place for it holds none."""
    if len(path) < 2 or not value or "{" in value:
        return False
    is_secret = _SENT.get(str(path[-2]))
    return is_secret is not None and is_secret(str(path[-1]))


def _texts(content: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text in a configuration, with the path of its setting. A number can be a secret too."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield from _texts(value, (*path, name))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from _texts(value, (*path, number))
    elif content is not None and not isinstance(content, bool):
        yield path, str(content)


def _as_written(path: Path, lines: Lines) -> Path:
    """The path as it stands in the file: a short form leaves out the groups it stands for (`number` is `tables.0.number`)."""
    return next((path[start:] for start in range(len(path)) if path[start : start + 1] in lines), path)


def line_numbers(tree: Any) -> Lines:
    """The line (1-based) of every setting and list item of a YAML tree, by its path."""
    found: Lines = {}

    def walk(node: Any, path: Path) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                found[(*path, key.value)] = key.start_mark.line + 1
                walk(value, (*path, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for number, value in enumerate(node.value):
                found[(*path, number)] = value.start_mark.line + 1
                walk(value, (*path, number))

    walk(tree, ())
    return found


def _allowed(model: type[BaseModel], path: Path) -> list[str]:
    """The settings of the group at `path` inside `model`; none when it is no group of fixed settings."""
    found: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, int):
            continue
        field = found.model_fields.get(part) if found else None
        found = _group(field.annotation) if field else None
    return list(found.model_fields) if found else []


def _group(annotation: Any) -> type[BaseModel] | None:
    """The group of settings in an annotation such as `tuple[Table, ...]` or `Cycle | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((group for part in get_args(annotation) if (group := _group(part))), None)


def _instead(name: str, allowed: list[str]) -> str:
    near = get_close_matches(name, allowed, 1)
    meant = f"; bedoelde u {near[0]}?" if near else ""
    return f"{meant or ';'} Toegestaan: {', '.join(dict.fromkeys(allowed))}" if allowed else meant
