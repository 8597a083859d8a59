"""How catalogue files are read: YAML that remembers its lines, TSV with a checked header, and a list of every problem.

What the rows mean is left to `norm_files`, `rule_files` and `question_files`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from models.bounded_yaml import refuse_unbounded
from models.catalogue import Framework, Indicator, Link, MaturityLevel, Norm, Question, Questionnaire, Strict, Test
from models.file_place import line_of, place_text
from models.kind import SafeLoader
from models.message import Message, Text, message
from models.setting_errors import wrong_value
from models.yaml_errors import UNREADABLE, WrongKey, yaml_place, yaml_reason

Row = TypeVar("Row", bound=Strict)


class Located(dict[str, Any]):
    """A YAML mapping that knows the line it begins on and the line of each of its keys."""

    line: int = 0
    lines: Mapping[str, int] = {}


class _LocatedLoader(SafeLoader):  # type: ignore[misc]
    """The safe loader, building `Located` mappings; a key that stands twice in one mapping is refused."""


def _located(loader: Any, node: Any) -> Iterator[Located]:
    mapping = Located()
    mapping.line = node.start_mark.line + 1
    lines: dict[str, int] = {}
    yield mapping
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise WrongKey(message("yaml.no_field_name", key=repr(key)), key_node.start_mark)
        if key in mapping:
            raise WrongKey(message("yaml.key_twice", key=repr(key)), key_node.start_mark)
        lines[key] = key_node.start_mark.line + 1
        mapping[key] = loader.construct_object(value_node, deep=True)
    mapping.lines = lines


_LocatedLoader.add_constructor("tag:yaml.org,2002:map", _located)


@dataclass(frozen=True)
class Rest:
    """A norm of which demands (`proves`) are proven by the tests of norms of the framework that its own rests on."""

    framework_id: str
    norm_id: str
    norms: tuple[str, ...]
    proves: tuple[str, ...]
    place: str


@dataclass
class Reading:
    """What has been read so far, and every problem met on the way."""

    frameworks: dict[str, Framework] = field(default_factory=dict)
    norms: dict[tuple[str, str], Norm] = field(default_factory=dict)
    norm_places: dict[tuple[str, str], str] = field(default_factory=dict)
    parents: set[tuple[str, str]] = field(default_factory=set)  # norms that have an active measure under them
    links: dict[Link, str] = field(default_factory=dict)  # with the place each was read from
    tests: dict[tuple[str, str], Test] = field(default_factory=dict)
    rests: list[Rest] = field(default_factory=list)
    maturity: list[MaturityLevel] = field(default_factory=list)
    indicators: dict[tuple[str, str], Indicator] = field(default_factory=dict)
    questionnaires: dict[str, Questionnaire] = field(default_factory=dict)
    questions: dict[tuple[str, str], Question] = field(default_factory=dict)
    problems: list[Message] = field(default_factory=list)

    def problem(self, place: Text, reason: Text) -> None:
        """Note what is wrong at `place`; reading goes on, so that all problems are told at once."""
        self.problems.append(message("settings.problem", place=place_text(place), problem=reason))

    def make(self, model: type[Row], file: str, values: Mapping[str, Any], source: Located) -> Row | None:
        """A row of the catalogue, or None with its problems noted at the line of the field concerned."""
        try:
            return model.model_validate(values)
        except ValidationError as error:
            reported_fields = set()
            for item in error.errors():
                place = line_of(file, _line(source, item["loc"]))
                if (
                    place,
                    item["loc"][:1],
                ) not in reported_fields:  # a field that may be of several sorts fails for each of them
                    reported_fields.add((place, item["loc"][:1]))
                    self.problem(place, _explain(item))
            return None

    def carries_status(self, norm: Norm) -> bool:
        """Whether a norm is tested itself: an active measure, a control without active measures, a norm of its own."""
        if norm.state != "active" or norm.level == "principle":
            return False
        return norm.level != "control" or (norm.framework_id, norm.id) not in self.parents


def _line(source: Located, path: tuple[int | str, ...]) -> int:
    """The line of the deepest key along `path` that stands in the file."""
    line: int = source.line
    here: Any = source
    for part in path:
        if not isinstance(here, Located) or part not in here.lines:
            break
        line, here = here.lines[str(part)], here.get(str(part))
    return line


def _explain(item: Any) -> Text:
    path = ".".join(str(part) for part in item["loc"] if not str(part).startswith("literal["))
    if item["type"] == "extra_forbidden":
        return message("settings.no_field", name=path)
    if item["type"] == "value_error":
        return _own_words(item, path)
    return wrong_value(item, path)


def _own_words(item: Any, path: str) -> Text:
    """What a validator of ours told, with what stands there."""
    error = item["ctx"]["error"]
    text = getattr(error, "text", str(error))
    if isinstance(item["input"], dict):
        return message("settings.own_words", name=path, problem=text) if path else text
    text_with_value = message("settings.shown", problem=text, value=repr(item["input"]))
    if path:
        return message("settings.own_words", name=path, problem=text_with_value)
    return text_with_value


def text_of(reading: Reading, entry: Any, file: str) -> str | None:
    """The text of a file, or None when there is none or it is not UTF-8 (with the problem noted)."""
    if not entry.is_file():
        return None
    try:
        return str(entry.read_text("utf-8-sig"))
    except UnicodeDecodeError as error:
        reading.problem(file, message("settings.no_utf_byte", byte=error.start))
        return None


def yaml_of(reading: Reading, entry: Any, file: str) -> Any:
    """The content of a YAML file with `Located` mappings; None when there is no file or, noted, it cannot be read."""
    text = text_of(reading, entry, file)
    if text is None:
        return None
    try:
        refuse_unbounded(text, _LocatedLoader)
        return yaml.load(text, Loader=_LocatedLoader)
    except UNREADABLE as error:
        advice = message("yaml.advice")
        reading.problem(
            yaml_place(error, file), message("settings.with_advice", problem=yaml_reason(error), advice=advice)
        )
        return None


def items_of(reading: Reading, entry: Any, file: str, name: str) -> list[Located]:
    """The list of mappings under the one key `name` of a YAML file, problems noted; none when there is no file."""
    content = yaml_of(reading, entry, file)
    if content is None:
        return []
    if not isinstance(content, Located):
        reading.problem(line_of(file, 1), message("norms.list_under", name=name))
        return []
    for other in set(content) - {name}:
        reading.problem(line_of(file, content.lines[other]), message("norms.only_list", field=other, name=name))
    return listed_items(reading, content, file, name)


def listed_items(reading: Reading, content: Located, file: str, name: str) -> list[Located]:
    """The mappings in the list under `name`, none when it is not there; problems noted."""
    items = content.get(name, [])
    place = line_of(file, content.lines.get(name, content.line))
    if not isinstance(items, list):
        reading.problem(place, message("norms.no_list", name=name, value=items))
        return []
    for item in items:
        if not isinstance(item, Located):
            reading.problem(place, message("norms.no_fields", name=name, value=item))
    return [item for item in items if isinstance(item, Located)]


def rows_of(
    reading: Reading, text: str, file: str, required: Sequence[str], optional: Sequence[str]
) -> Iterator[Located]:
    """The rows of a TSV text as mappings without empty cells; the header and the number of cells are checked."""
    reader = csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)
    header = [name.strip() for name in next(reader, [])]
    missing = [name for name in required if name not in header]
    unknown = [name for name in header if name not in {*required, *optional}]
    if missing or unknown:
        for name in missing:
            reading.problem(line_of(file, 1), message("norms.column_missing", name=name))
        for name in unknown:
            reading.problem(
                line_of(file, 1),
                message("norms.column_unknown", name=name, known=", ".join([*required, *optional])),
            )
        return
    for line, cells in enumerate(reader, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            reading.problem(line_of(file, line), message("norms.too_many_cells", cells=len(cells), header=len(header)))
            continue
        row = Located({name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()})
        row.line = line
        row.lines = dict.fromkeys(header, line)
        yield row
