"""Says what is wrong with a setting, to the person who edits the file: where it stands, what is there, what is allowed.

The sort of error decides which text is told: the words of pydantic are English, and are never shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from models.message import Joined, Message, Text, joined, message

Path = tuple[int | str, ...]
Lines = dict[Path, int]

# What pydantic expected, by its error type: the key of what stands in the file instead.
EXPECTED = {
    "string_type": "expected.text",
    "string_pattern_mismatch": "expected.pattern",
    "string_too_short": "expected.at_least_letters",
    "int_type": "expected.integer",
    "int_parsing": "expected.integer",
    "int_from_float": "expected.integer",
    "float_type": "expected.number",
    "float_parsing": "expected.number",
    "finite_number": "expected.number",
    "bool_type": "expected.boolean",
    "bool_parsing": "expected.boolean",
    "tuple_type": "expected.list",
    "too_short": "expected.at_least_parts",
    "list_type": "expected.list",
    "dict_type": "expected.names",
    "model_type": "expected.group",
    "date_from_datetime_parsing": "expected.day",
    "date_from_datetime_inexact": "expected.day",
    "date_parsing": "expected.day",
    "date_type": "expected.day",
    "greater_than": "expected.more_than",
    "greater_than_equal": "expected.at_least",
    "less_than": "expected.less_than",
    "less_than_equal": "expected.at_most",
}
_CHOICES = ("literal_error", "enum")


def explain(
    error: ValidationError, lines: Lines, place: Text, model: type[BaseModel], also: Sequence[str] = ()
) -> Joined:
    """One line for each mistake that pydantic found in a file at `place` that was to become a `model`. `also`: settings
    that may stand beside those of the model itself."""
    problems = error.errors()
    wrong_inside = {found["loc"][:length] for found in problems for length in range(len(found["loc"]))}
    return joined(
        _sentence(problem, lines, place, model, also)
        for problem in problems
        if not (
            problem["type"] == "too_short" and problem["loc"] in wrong_inside
        )  # its items were refused, that is why
    )


def _sentence(problem: Any, lines: Lines, place: Text, model: type[BaseModel], also: Sequence[str]) -> Message:
    path = _as_written(problem["loc"], lines)
    name = ".".join(str(part) for part in path) or message("settings.whole_file")
    line = next((lines[path[:length]] for length in range(len(path), 0, -1) if path[:length] in lines), None)
    where = message("settings.line", file=place, line=line) if line else place
    if problem["type"] == "extra_forbidden":
        allowed = [*_allowed(model, problem["loc"][:-1]), *(also if len(path) == 1 else ())]
        wrong: Text = _no_setting(name, str(path[-1]), allowed)
    else:
        wrong = wrong_value(problem, name)
    return message("settings.problem", place=where, problem=wrong)


def wrong_value(problem: Any, name: Text) -> Text:
    """What is wrong with a value, by the sort of error of pydantic, whose own words are English. A validator of ours
    tells its own text."""
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "missing":
        return message("settings.missing", name=name)
    if kind == "value_error":
        error = context["error"]
        return message("settings.own_words", name=name, problem=getattr(error, "text", str(error)))
    if kind in _CHOICES:
        allowed = ", ".join(re.findall(r"'([^']*)'", context["expected"]))
        return message("settings.no_choice", name=name, value=repr(problem["input"]), allowed=allowed)
    if kind in EXPECTED:
        expected = Message(EXPECTED[kind], context)
        return message("settings.wrong", name=name, value=repr(problem["input"]), expected=expected)
    return message("settings.impossible", name=name, value=repr(problem["input"]))


def _no_setting(name: Text, last: str, allowed: Sequence[str]) -> Message:
    """That a setting does not exist here, what was probably meant, and which there are."""
    near = get_close_matches(last, allowed, 1)
    known = ", ".join(dict.fromkeys(allowed))
    if near:
        return message("settings.no_setting_near", name=name, near=near[0], known=known)
    if allowed:
        return message("settings.no_setting_known", name=name, known=known)
    return message("settings.no_setting", name=name)


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
