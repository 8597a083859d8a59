"""Says what is wrong with a setting, to the person who edits the file: where it stands, what is there, what is allowed.

The sort of error decides which text is told: the words of pydantic are English, and are never shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from models.message import Joined, Message, Text, joined, message
from models.secret_name import holds_secret, is_secret_header, is_secret_parameter

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
    wrong_inside = set()
    for problem in problems:
        path = problem["loc"]
        wrong_inside |= {path[:length] for length in range(len(path))}
    sentences = []
    for problem in problems:
        is_empty_by_refusal = problem["type"] == "too_short" and problem["loc"] in wrong_inside
        if not is_empty_by_refusal:
            sentences.append(_sentence(problem, lines, place, model, also))
    return joined(sentences)


def explained(error: ValidationError) -> Joined:
    """One line for each mistake that pydantic found in what stands in no file."""
    return joined(wrong_value(problem, ".".join(map(str, problem["loc"]))) for problem in error.errors())


def _sentence(problem: Any, lines: Lines, place: Text, model: type[BaseModel], also: Sequence[str]) -> Message:
    path = _as_written(problem["loc"], lines)
    name = ".".join(str(part) for part in path) or message("settings.whole_file")
    if problem["type"] == "extra_forbidden":
        allowed = [*_settings_at(model, problem["loc"][:-1]), *(also if len(path) == 1 else ())]
        wrong: Text = _no_setting(name, str(path[-1]), allowed)
    else:
        wrong = wrong_value(problem, name, path)
    return message("settings.problem", place=_where(path, lines, place), problem=wrong)


def wrong_value(problem: Any, name: Text, path: Path = ()) -> Text:
    """What is wrong with a value at `path`, by the sort of error of pydantic, whose own words are English. A validator of
    ours tells its own text. A value that is or may hold a secret is not repeated."""
    kind, context = problem["type"], problem.get("ctx", {})
    value = _safe_value(path, problem["input"])
    if kind == "missing":
        return message("settings.missing", name=name)
    if kind == "value_error":
        error = context["error"]
        text = getattr(error, "text", str(error))
        return message("settings.own_words", name=name, problem=text) if name else text
    if kind in _CHOICES:
        allowed = ", ".join(re.findall(r"'([^']*)'", context["expected"]))
        return message("settings.no_choice", name=name, value=value, allowed=allowed)
    if kind in EXPECTED:
        expected = Message(EXPECTED[kind], context)
        return message("settings.wrong", name=name, value=value, expected=expected)
    return message("settings.impossible", name=name, value=value)


def _no_setting(name: Text, last: str, allowed: Sequence[str]) -> Message:
    """That a setting does not exist here, what was probably meant, and which there are."""
    near = get_close_matches(last, allowed, 1)
    names = ", ".join(dict.fromkeys(allowed))
    if near:
        return message("settings.no_setting_near", name=name, near=near[0], known=names)
    if allowed:
        return message("settings.no_setting_known", name=name, known=names)
    return message("settings.no_setting", name=name)


def _where(path: Path, lines: Lines, place: Text) -> Text:
    """The place with the line of the setting, or of the nearest group around it that has one."""
    groups = [path[:length] for length in range(len(path), -1, -1)]
    line = next((lines[group] for group in groups if group in lines), None)
    if not line:
        return place
    return message("settings.line", file=place, line=line)


def _safe_value(path: Path, value: object) -> Text:
    """What was written, unless it is or may hold a secret: this text ends up in logs and reports."""
    if isinstance(value, list):
        return message("settings.a_list")
    if isinstance(value, dict):
        return message("settings.a_group")
    if holds_secret(str(value)) or any(isinstance(part, str) and is_secret_parameter(part) for part in path):
        return message("settings.something_else")
    return repr(value)


_SENT = {"headers": is_secret_header, "params": is_secret_parameter}


def secrets_in(content: Any, lines: Lines, place: Text) -> list[Message]:
    """One line for each text in a configuration in which a secret can be recognised, without that text: a password in an
    address, a token of a known form, a header or parameter that carries one."""
    return [
        message("settings.holds_secret", place=_where(path, lines, place), name=".".join(map(str, path)))
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
    lines: Lines = {}

    def walk(node: Any, path: Path) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                lines[(*path, key.value)] = key.start_mark.line + 1
                walk(value, (*path, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for number, value in enumerate(node.value):
                lines[(*path, number)] = value.start_mark.line + 1
                walk(value, (*path, number))

    walk(tree, ())
    return lines


def _settings_at(model: type[BaseModel], path: Path) -> list[str]:
    """The settings of the group at `path` inside `model`; none when it is no group of fixed settings."""
    group: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, int):
            continue
        field = group.model_fields.get(part) if group else None
        group = _group(field.annotation) if field else None
    return list(group.model_fields) if group else []


def _group(annotation: Any) -> type[BaseModel] | None:
    """The group of settings in an annotation such as `tuple[Table, ...]` or `Cycle | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((group for part in get_args(annotation) if (group := _group(part))), None)
