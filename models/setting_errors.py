"""Says what is wrong with a setting, to the person who edits the file: where it stands, what is there, what is allowed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

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
    line = next((lines[path[:length]] for length in range(len(path), 0, -1) if path[:length] in lines), None)
    where = f"{place}, regel {line}" if line else place
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "missing":
        return f"{where}: {name} ontbreekt"
    if kind == "extra_forbidden":
        allowed = [*_allowed(model, problem["loc"][:-1]), *(also if len(path) == 1 else ())]
        return f"{where}: {name} is hier geen instelling{_instead(str(path[-1]), allowed)}"
    if kind == "literal_error":
        return f"{where}: {name} is {problem['input']!r}; toegestaan: {context['expected']}"
    if kind in EXPECTED:
        return f"{where}: {name} is {problem['input']!r}; verwacht: {EXPECTED[kind].format(**context)}"
    message = re.sub(r"^Value error, ", "", problem["msg"])
    return f"{where}: {name}: {message}"


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
