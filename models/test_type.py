"""Test types: what a check can be, each in one place.

A type is two files in `models/tests/`: `<type>.sql`, the one statement that judges all its tests for all norms and
organisations, and `<type>.yaml`, all that the rest of the program needs to know of it: parameters, the roles that a
kind of evidence must have, the extra columns of what it selects, the value that it gives an indicator, and its words
(yardstick, reasons, advice) in both languages. Adding a type is adding these two files; nothing else lists them. What
the words of a reason are that several types share stands in `models/reasons.yaml`. Running the statements is left to
`warehouse.engine.assessment`, choosing the records to `models.selection`.

A model reads two relations that it is handed: `asked`, a row per organisation and test to judge, with the parameters
of the test as columns; and `selected`, the records that each test looks at: test_no, organisation_id, evidence_id,
happened_on, is_certain and the extra columns. It returns a row for every row of `asked`: organisation_id, test_no, result,
reason, selected and, where they apply, metric, numerator, denominator, expires_on, changes_on, evidence_kind, evidence_ids;
and weak_until, the first day on which a pass would be worse than partial.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.duration import Duration
from models.errors import CatalogueError, TextError
from models.kind import Basis, Roles, SafeLoader
from models.message import Message, Text, joined, message
from models.reason import OF_EVERY_TYPE
from models.setting_errors import wrong_value
from models.yaml_errors import UNREADABLE, yaml_reason

Purpose = Literal["norm", "indicator"]
# What a type judges: the records that a selector chooses, the records that name the norm and aspect of the test, or
# the statuses of our own norms.
LooksAt = Literal["evidence", "named_norm", "statuses"]
ParameterType = Literal[
    "duration", "grace", "period", "window", "deadline", "share", "number", "integer", "choice", "word", "list", "expression",
    "counterpart", "object", "stages", "population",
]  # fmt: skip
_FOLDER = "tests"
_SHARED = "reasons.yaml"
# The columns of `asked` that a parameter becomes, each with its SQL type; `window_length` is empty for the cycle.
_SQL_TYPES: dict[ParameterType, str | None] = {
    "duration": "INTERVAL",
    "grace": "INTERVAL",
    "period": "INTERVAL",
    "window": "INTERVAL",
    "deadline": "INTERVAL",
    "share": "DOUBLE",
    "number": "DOUBLE",
    "integer": "INTEGER",
    "choice": "VARCHAR",
    "word": "VARCHAR",
    "list": "VARCHAR[]",
    "expression": None,
    "counterpart": None,
    "object": None,
    "stages": None,
    "population": None,
}
RESULT_COLUMNS = ("result", "reason", "metric", "numerator", "denominator", "selected")
_ROLES = tuple(Roles.model_fields)
_FRAGMENTS = (
    "good",
    "is_known",
    "against",
    "life_end",
    "owner",
    "has_adoption",
    "once_by_best",
    "stages",
    "settled_on",
)  # what an extra column can say besides the roles
_PLACEHOLDER = re.compile(r"\{(\w+)(?:\.(\w+))?\}")
_SPANS = ("last_day", "met", "ends")  # what an extra column can say of a parameter that is a term


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Parameter(_Strict):
    """A parameter of a type. A `grace` is a duration by which something may be late. `required` for tests of norms only is
    said as `norm`. A default may differ by direction. `vocabulary`: where the words of a list have their labels."""

    type: ParameterType
    required: bool | Literal["norm"] = False
    default: int | float | str | dict[Literal["higher", "lower"], int | float] | None = None
    least: int | None = None
    choices: tuple[str, ...] = ()
    vocabulary: str | None = None


class Words(_Strict):
    """A text in both languages."""

    nl: str
    en: str


# What keeps a norm from complying, the most serious first (domain.md section 5).
Gap = Literal["shortfall", "not_read", "not_compared", "too_weak"]
GAPS: tuple[Gap, ...] = get_args(Gap)


class Reason(Words):
    """Why a result is what it is. `leans_on_coverage`: it can change when a source runs, or stops to. `gap`: what is missing,
    where it is no more than that nobody read, compared or judged."""

    leans_on_coverage: bool = False
    gap: Gap = "shortfall"


class Advice(Words):
    """What would make a test pass, when the SQL condition `when` holds. `numbers` are SQL over result and parameters."""

    when: str = ""
    numbers: dict[str, str] = {}


class Yardstick(_Strict):
    """When a test passes and when partly, in parts; a part of which a parameter is not given is left out."""

    nl: tuple[str, ...] = ()
    en: tuple[str, ...] = ()


class Untested(Words):
    """The test that stands for an aspect that the rules leave untested: its parameters, and its sentence with the aspect."""

    parameters: dict[str, str]


class ExtraColumn(_Strict):
    """A column of `selected`: its SQL type and an expression with roles of the kind in braces."""

    type: str
    sql: str


class Verdict(_Strict):
    """How each record that a test looks at comes out (domain.md section 4), as SQL over the columns of `selected` (`s`) and
    the parameters of the test (`t`).

    `sql` gives good, not_good, unknown, left_out, or waiting: left out because its term still runs. `columns` of `selected`
    that only this needs; `steps`: expressions by name, each over those before it. `peers` in it is a window of all records of
    the test and organisation. `numerator`, `denominator`: whether a record is in the number that is stored, of records of
    which the verdict is known as `verdict`; empty where the number is not one of records. Of records with the same `once` one
    counts: with `once_by_best` the best, else the worst.
    """

    sql: str
    columns: dict[str, ExtraColumn] = {}
    steps: dict[str, str] = {}
    numerator: str = ""
    denominator: str = ""


class TestType(_Strict):
    """One type of test.

    `kind`, `basis`: those of all its tests, where they do not follow from the rule. `model`: the type whose statement
    it shares. `one_of`: parameters of which a rule gives at least one. `bounded_by`: the windows and ages that bound
    the days of the selected records, `bounded_otherwise` what does when a rule gives none. `day`: the day by which a record
    belongs to a window, where that is not the day it happened; one that is `always` belongs to every window.
    `counts_against`: its records can speak against what a test says; so one that may be meant is selected too, and the
    column `is_certain` tells them apart. `absence_value`: what an indicator is worth when a source that sees all there is
    shows that there is nothing. `share_of_a_list`: its result is of a list that may not be whole, and that is therefore
    compared. `also_reads`: kinds that the model reads besides the selected ones. `leans_on_coverage`: no case is told from
    no source. `judged_by_a_person`: its result is what somebody thought of it. `only_time_mends`: what
    went wrong or was left out cannot be done afterwards, and counts until it leaves the window. `value`: SQL
    over the columns of a result that gives an indicator its value; `value_is_share`: a percentage where its unit is %.
    `untested`: an aspect that the rules leave untested is answered by a test of this type (domain.md section 5).
    """

    __test__ = False  # not a pytest class

    type: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    nl: str
    en: str
    meaning_nl: str
    meaning_en: str
    used_for: tuple[Purpose, ...] = Field(min_length=1)
    looks_at: LooksAt = "evidence"
    kind: str | None = None
    basis: Basis | None = None
    model: str | None = None
    roles: tuple[str, ...] = ()
    parameters: dict[str, Parameter] = {}
    one_of: tuple[str, ...] = ()
    bounded_by: tuple[str, ...] = ()
    bounded_otherwise: Literal["cycle"] | None = None
    day: str = ""
    always: str = ""
    counts_against: bool = False
    absence_value: float | None = None
    share_of_a_list: bool = False
    also_reads: tuple[str, ...] = ()
    judged_by_a_person: bool = False
    only_time_mends: bool = False
    leans_on_coverage: bool = False
    columns: dict[str, ExtraColumn] = {}
    verdict: Verdict | None = None
    value: str = "metric"
    value_is_share: bool = False
    yardstick: Yardstick = Yardstick()
    reasons: dict[str, Reason] = {}
    advice: tuple[Advice, ...] = ()
    untested: Untested | None = None
    sql: str

    @model_validator(mode="after")
    def _whole(self) -> TestType:
        if problems := list(_problems(self)):
            raise TextError(joined(problems, "; "))
        return self

    def required(self) -> list[str]:
        """The parameters that a rule must give, in alphabetical order."""
        return sorted(name for name, parameter in self.parameters.items() if parameter.required is True)

    def default(self, name: str, direction: str) -> Any:
        """The value of a parameter that a rule does not give, or None."""
        parameter = self.parameters[name]
        if isinstance(parameter.default, dict):
            return parameter.default[direction]  # type: ignore[index]
        if parameter.type == "duration" and parameter.default is not None:
            return Duration.parse(str(parameter.default))
        return parameter.default

    def parameter_columns(self) -> dict[str, tuple[str, str]]:
        """The columns of `asked` that the parameters become: (parameter, SQL type) by column name."""
        columns = {}
        for name, parameter in self.parameters.items():
            sql_type = _SQL_TYPES[parameter.type]
            if parameter.type == "window":
                columns[f"{name}_length"] = (name, "INTERVAL")
                columns[f"has_{name}"] = (name, "BOOLEAN")
            elif sql_type is not None:
                columns[name] = (name, sql_type)
        return columns


def _problems(of: TestType) -> Iterator[Text]:
    """What is missing or cannot be in a type, a sentence part each."""
    yield from _lacking_parts(of)
    yield from _unknown("roles", of.roles, _ROLES)
    yield from _unknown("one_of", of.one_of, of.parameters)
    yield from _unknown("bounded_by", of.bounded_by, of.parameters)
    yield from _problems_of_sql(of)
    yield from _problems_of_sentences(of)


def _lacking_parts(of: TestType) -> Iterator[Text]:
    """The parts that a type cannot do without and does not have."""
    if not of.reasons:
        yield message("testtype.no_reasons")
    is_for_norms = "norm" in of.used_for
    if is_for_norms and not (of.yardstick.nl and of.yardstick.en):
        yield message("testtype.no_yardstick")
    if is_for_norms and not of.advice:
        yield message("testtype.no_advice")
    if of.looks_at != "statuses" and of.verdict is None:
        yield message("testtype.no_verdict")
    if of.advice and of.advice[-1].when:
        yield message("testtype.last_advice")


def _problems_of_sql(of: TestType) -> Iterator[Text]:
    """The fragments of expressions that are not there."""
    for name, column in of.columns.items():
        yield from _unknown_fragments(of, f"columns.{name}", column.sql)
    verdict_columns = of.verdict.columns if of.verdict else {}
    for name, column in verdict_columns.items():
        yield from _unknown_fragments(of, f"verdict.columns.{name}", column.sql)
    yield from _unknown_fragments(of, "day", of.day)
    yield from _unknown_fragments(of, "always", of.always)


def _problems_of_sentences(of: TestType) -> Iterator[Text]:
    """The placeholders in sentences for which there is no value."""
    for text in (*of.yardstick.nl, *of.yardstick.en):
        yield from _unknown("yardstick", placeholders(text), (*of.parameters, "from", "over"))
    for code, reason in of.reasons.items():
        for text in (reason.nl, reason.en):
            yield from _unknown(f"reasons.{code}", placeholders(text), ("n", "d", "p", "v", "s"))
    parameters_with_a_column = [name for name, parameter in of.parameters.items() if _SQL_TYPES[parameter.type]]
    for advice in of.advice:
        names = (*RESULT_COLUMNS, *parameters_with_a_column, *advice.numbers, "evidence")
        for text in (advice.nl, advice.en):
            yield from _unknown("advice", placeholders(text), names)


def _unknown_fragments(of: TestType, what: str, sql: str) -> Iterator[Text]:
    """The words in braces of an expression that mean nothing, a sentence part each."""
    for word, parameter in _PLACEHOLDER.findall(sql):
        if parameter:
            yield from _unknown(what, [word], _SPANS)
            yield from _unknown(what, [parameter], of.parameters)
        else:
            yield from _unknown(what, [word], (*_ROLES, *_FRAGMENTS))


def _unknown(what: str, words: Sequence[str], names: Any) -> Iterator[Text]:
    for word in words:
        if word not in names:
            yield message("testtype.names_unknown", what=what, word=word, known=", ".join(names))


def placeholders(text: str) -> list[str]:
    """The words between braces in a text."""
    return [word for word, _ in _PLACEHOLDER.findall(text)]


def filled(text: str, values: dict[str, str]) -> str:
    """The text with each word between braces replaced by its value."""
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)


@cache
def test_types() -> dict[str, TestType]:
    """Every test type by name, in alphabetical order. Raises CatalogueError with every problem, a line each."""
    return read_types(resources.files("models"))


test_types.__test__ = False  # type: ignore[attr-defined]


def read_types(root: Traversable) -> dict[str, TestType]:
    """The test types in the folder `tests` of `root`. Raises CatalogueError with every problem, a line each."""
    shared = yaml.load(root.joinpath(_SHARED).read_text("utf-8"), Loader=SafeLoader)
    folder = root.joinpath(_FOLDER)
    problems: list[Text] = []
    types: dict[str, TestType] = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not entry.name.endswith(".yaml"):
            continue
        place = f"models/{_FOLDER}/{entry.name}"
        try:
            test_type = _type_in_file(entry, folder, shared)
            if f"{test_type.type}.yaml" != entry.name:
                raise TextError(message("testtype.name_of_file", type=test_type.type))
            types[test_type.type] = test_type
        except ValidationError as error:
            problems += [_at(place, _explained(item)) for item in error.errors()]
        except TextError as error:
            problems.append(_at(place, error.text))
        except UNREADABLE as error:
            problems.append(_at(place, yaml_reason(error)))
    problems += _disagreements(types)
    if problems:
        raise CatalogueError(joined(problems), advice=message("testtype.not_whole"))
    return types


def _type_in_file(entry: Traversable, folder: Traversable, shared: dict[str, Any]) -> TestType:
    """The type in a YAML file with its SQL statement. Raises ValueError, ValidationError."""
    content = yaml.load(entry.read_text("utf-8"), Loader=SafeLoader)
    if not isinstance(content, dict):
        raise TextError(message("testtype.fields"))
    model = folder.joinpath(f"{content.get('model') or content.get('type')}.sql")
    if not model.is_file():
        raise TextError(message("testtype.no_model", folder=_FOLDER, file=model.name))
    own_reasons = content.get("reasons") or {}
    reasons = {**own_reasons, **dict.fromkeys(OF_EVERY_TYPE, "shared")} if own_reasons else own_reasons
    unknown = [code for code, text in reasons.items() if text == "shared" and code not in shared]
    if unknown:
        raise TextError(message("testtype.not_shared", names=", ".join(unknown), file=_SHARED))
    whole = {code: shared[code] if text == "shared" else text for code, text in reasons.items()}
    return TestType.model_validate({**content, "reasons": whole, "sql": model.read_text("utf-8")})


def _at(place: str, reason: Text) -> Message:
    return message("settings.problem", place=place, problem=reason)


def _explained(item: Any) -> Text:
    """What is wrong with a field of a test type."""
    path = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        return message("settings.no_field", name=path)
    return wrong_value(item, path)


def _file(name: str) -> str:
    return f"models/{_FOLDER}/{name}.yaml"


def _disagreements(types: dict[str, TestType]) -> list[Message]:
    """A parameter or reason that two types share means the same in both."""
    python_types = {"share": "number"}
    parameters: dict[str, tuple[str, str]] = {}
    reasons: dict[str, tuple[str, Reason]] = {}
    problems = []
    for name, test_type in types.items():
        for word, parameter in test_type.parameters.items():
            sort = python_types.get(parameter.type, parameter.type)
            first, other = parameters.setdefault(word, (name, sort))
            if other != sort:
                difference = message("testtype.parameter_differs", word=word, type=sort, first=first, other=other)
                problems.append(_at(_file(name), difference))
        for code, reason in test_type.reasons.items():
            first, meaning = reasons.setdefault(code, (name, reason))
            if meaning != reason:
                difference = message("testtype.reason_differs", code=code, first=first, file=_SHARED)
                problems.append(_at(_file(name), difference))
    return problems


@cache
def untested() -> TestType:
    """The type whose tests answer what the rules leave untested. Raises CatalogueError unless there is one."""
    answering = [test_type for test_type in test_types().values() if test_type.untested is not None]
    if len(answering) != 1:
        names = ", ".join(test_type.type for test_type in answering) or message("shell.none")
        raise CatalogueError(message("testtype.one_untested", names=names), place=f"models/{_FOLDER}")
    return answering[0]


def documented() -> str:
    """The table of all test types as `docs/catalogus.md` has it, in Markdown."""
    lines = ["| soort | wat de toets ziet | moet | mag | voor |", "|---|---|---|---|---|"]
    ordered = sorted(test_types().values(), key=lambda test_type: ("norm" not in test_type.used_for, test_type.type))
    for test_type in ordered:
        required = [f"`{name}`" for name in test_type.required()]
        if test_type.one_of:
            required.append(" of ".join(f"`{name}`" for name in test_type.one_of))
        required += [
            f"`{name}` (bij een norm)"
            for name, parameter in test_type.parameters.items()
            if parameter.required == "norm"
        ]
        optional = [
            f"`{name}`"
            for name, parameter in test_type.parameters.items()
            if not parameter.required and name not in test_type.one_of
        ]
        used_for = ", ".join(test_type.used_for)
        lines.append(
            f"| `{test_type.type}` ({test_type.nl}) | {test_type.meaning_nl} | {', '.join(required)} "
            f"| {', '.join(optional)} | {used_for} |"
        )
    return "\n".join(lines)
