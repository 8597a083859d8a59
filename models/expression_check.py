"""Checks the SQL expressions in rules: that they bind against the columns of their evidence kind, look at one record at
a time, give the same answer every time, and compare with words that can occur.

Needs a DuckDB connection from the caller; it makes temporary tables named `checked_<kind>` and drops them again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Protocol

from models.catalogue import Matched, Measure, Population, Stage
from models.instant import macros
from models.kind import SQL_TYPE, SYSTEM_COLUMNS, Kind, Vocabulary, kinds, vocabularies
from models.message import Message, Text, both, either, message

# Words of these columns stand in a vocabulary that the kind does not enforce: sources may use others besides.
_LISTED = {"labels": "label", "attributes": "attribute", "entry_type": "entry_type"}
_ATTRIBUTE_VALUES = "attribute_value"
_VARIABLES = ("as_of", "window_start")
# Not among them: content_hash, the mark of what stands in a record, by which a reading says which text was read.
_HOW_COLLECTED = {"organisation_id", "run_id", "recorded_at", "retired_at", "locator", "evidence_id"}
_DATE_FUNCTIONS = {
    "date_trunc", "datetrunc", "date_part", "datepart", "year", "quarter", "month", "week", "day", "dayofmonth", "dayofyear",
    "dayofweek", "strftime", "last_day", "date_diff", "datediff", "date_sub", "datesub", "age",
}  # fmt: skip
_SIDES = {"COMPARISON": ("left", "right"), "BETWEEN": ("input", "lower", "upper")}
_COMPARED = {"COMPARE_EQUAL", "COMPARE_NOTEQUAL", "COMPARE_IN", "COMPARE_NOT_IN"}


class Connection(Protocol):
    """The part of a DuckDB connection that is used here."""

    def execute(self, query: str, parameters: Any = ...) -> Any: ...


class Checker:
    """Checks expressions one by one. Each check yields (severity, reason); nothing is said about what is right."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        rows = connection.execute(
            "SELECT function_name, bool_and(function_type = 'aggregate'), "
            "bool_or(coalesce(stability, 'CONSISTENT') <> 'CONSISTENT') FROM duckdb_functions() GROUP BY ALL"
        ).fetchall()
        self._aggregates = {name for name, aggregate, _ in rows if aggregate} | {"count_star"}
        self._unstable = {name for name, _, unstable in rows if unstable}

    def __enter__(self) -> Checker:
        self._connection.execute(macros())
        self._connection.execute("SET VARIABLE as_of = DATE '2026-12-31'")
        self._connection.execute("SET VARIABLE window_start = DATE '2026-01-01'")
        for kind in kinds().values():
            columns = {**SYSTEM_COLUMNS} | {column.name: SQL_TYPE[column.type] for column in kind.every_column}
            typed = ", ".join(f'"{name}" {sql_type}' for name, sql_type in columns.items())
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE checked_{kind.kind} ({typed})")
        return self

    def __exit__(self, *_: object) -> None:
        for name in kinds():
            self._connection.execute(f"DROP TABLE IF EXISTS checked_{name}")

    def measure(self, measure: Measure) -> Iterator[tuple[str, Text]]:
        """What is wrong with the expressions of one test or indicator."""
        kind = kinds()[measure.kind]
        date_types = ("DATE",) if measure.date not in kind.moments else None
        expressions = [("where", measure.where, ("BOOLEAN",)), ("date", measure.date, date_types)]
        yield from chain.from_iterable(self._stage(kind, stage) for stage in measure.stages_that_follow())
        counterparts = []
        for name, parameter in measure.test_type.parameters.items():
            if parameter.type == "expression":
                expressions.append((name, getattr(measure, name), ("BOOLEAN",)))
            if parameter.type == "object":
                expressions.append((name, getattr(measure, name), None))
            if parameter.type == "counterpart":
                counterparts.append((name, getattr(measure, name)))
            if parameter.type == "population" and (population := getattr(measure, name)) is not None:
                names_objects = name == "objects" and bool(measure.of_type("object"))
                yield from self._population(name, population, names_objects=names_objects)
        for name, text, types in expressions:
            if text:
                yield from self.expression(kind, name, text, types)
        for name, counterpart in counterparts:
            if counterpart is not None:
                yield from self._counterpart(kind, name, counterpart)

    def roles(self, kind: Kind) -> Iterator[tuple[str, Text]]:
        """What is wrong with the roles of an evidence kind."""
        truth = ("BOOLEAN",)
        types_of_role = {
            "in_force": truth,
            "done_well": truth,
            "has_parts": truth,
            "value": None,
            "once": ("VARCHAR",),
            "text": ("VARCHAR",),
            "judgement": ("VARCHAR",),
        }
        for name, text in kind.roles:
            if text:
                yield from self.expression(kind, f"role {name}", text, types_of_role.get(name, ("DATE", "TIMESTAMP")))

    def expression(
        self, kind: Kind, name: str, text: str, types: Sequence[str] | None = None
    ) -> Iterator[tuple[str, Text]]:
        """What is wrong with one expression over the columns of `kind` that should have one of `types`."""
        node = self._parse(text)
        if isinstance(node, Message):
            yield "error", _in_expression(name, text, node)
            return
        refused = False
        for reason in self._refused(node):
            refused = True
            yield "error", _in_expression(name, text, reason)
        if refused:
            return
        try:
            actual_type = self._type(kind, text)
        except Exception as error:  # DuckDB's binder names the column and the candidates
            yield "error", message("expression.unfit", name=name, text=text, kind=kind.kind, error=_first_line(error))
            return
        if types is not None and actual_type not in (*types, '"NULL"'):
            yield (
                "error",
                message("expression.other_type", name=name, text=text, actual=actual_type, wanted=either(types)),
            )
        for moment in sorted(_taken_for_days(kind, node)):
            yield "error", message("expression.moment_as_day", name=name, text=text, moment=moment)
        for column in sorted(_columns_in(node) & _HOW_COLLECTED):
            yield (
                "warning",
                message("expression.collected", name=name, text=text, column=column),
            )
        yield from ((severity, _in_expression(name, text, reason)) for severity, reason in _words(kind, node))

    def _parse(self, text: str) -> dict[str, Any] | Message:
        """The syntax tree of one expression, or what is wrong with it."""
        answer = json.loads(self._connection.execute("SELECT json_serialize_sql(?)", [f"SELECT {text}"]).fetchone()[0])
        if answer["error"]:
            return message("expression.not_one", error=answer.get("error_message", ""))
        [first, *others] = answer["statements"]
        node = first["node"]
        is_one_value = node.get("type") == "SELECT_NODE" and len(node["select_list"]) == 1 and not node["modifiers"]
        if others or not is_one_value:
            return message("expression.no_query")
        if node["from_table"]["type"] != "EMPTY" or node["where_clause"]:
            return message("expression.no_query")
        tree: dict[str, Any] = node["select_list"][0]
        return tree

    def _refused(self, node: dict[str, Any]) -> Iterator[Message]:
        """What may not stand in an expression, part by part."""
        for part in _expressions_in(node):
            sort = part.get("class")
            name = part.get("function_name", "")
            if sort == "SUBQUERY":
                yield message("expression.subquery")
            elif sort == "WINDOW":
                yield message("expression.aggregate", name=name)
            elif sort == "COLUMN_REF" and part["column_names"][-1].lower() in self._unstable:
                yield message("expression.other_every_day", name=part["column_names"][-1])
            elif sort == "FUNCTION":
                yield from self._refused_function(part, name)

    def _refused_function(self, part: dict[str, Any], name: str) -> Iterator[Message]:
        """Why a function may not stand in an expression."""
        if name in self._aggregates:
            yield message("expression.aggregate", name=name)
        elif name in self._unstable:
            yield message("expression.other_every_day", name=name)
        elif name == "getvariable":
            variable = part["children"][0].get("value", {}).get("value")
            if variable not in _VARIABLES:
                yield message("expression.no_variable", name=variable, known=", ".join(_VARIABLES))

    def _type(self, kind: Kind, text: str) -> str:
        row = self._connection.execute(f"DESCRIBE SELECT ({text}) FROM checked_{kind.kind}").fetchone()
        return str(row[1])

    def _population(self, parameter: str, population: Population, *, names_objects: bool) -> Iterator[tuple[str, Text]]:
        kind = kinds()[population.kind]
        if population.key or names_objects:  # a sample is drawn of records, which need no other name
            yield from self.expression(kind, f"{parameter}.key", population.key)
        if population.where:
            yield from self.expression(kind, f"{parameter}.where", population.where, ("BOOLEAN",))

    def _stage(self, kind: Kind, stage: Stage) -> Iterator[tuple[str, Text]]:
        other = kinds()[stage.kind]
        yield from self.expression(other, "stages.link", stage.link, ("VARCHAR",))
        yield from self.expression(kind, "stages.case", stage.case, ("VARCHAR",))
        yield from self.expression(other, "stages.where", stage.where or "true", ("BOOLEAN",))

    def _counterpart(self, kind: Kind, parameter: str, counterpart: Matched) -> Iterator[tuple[str, Text]]:
        other = kinds()[counterpart.kind]
        has_errors = False
        for name, text, of in (("key", counterpart.key, other), ("population_key", counterpart.population_key, kind)):
            for severity, reason in self.expression(of, f"{parameter}.{name}", text):
                has_errors = has_errors or severity == "error"
                yield severity, reason
        if counterpart.where:
            yield from self.expression(other, f"{parameter}.where", counterpart.where, ("BOOLEAN",))
        if has_errors:
            return
        types = {self._type(other, counterpart.key), self._type(kind, counterpart.population_key)}
        if len(types) > 1:
            yield "error", message("expression.keys_differ", parameter=parameter, types=both(sorted(types)))


def _in_expression(name: str, text: str, reason: Text) -> Message:
    """What is wrong with the expression `text`, that is called `name`."""
    return message("settings.own_words", name=f"{name} {text!r}", problem=reason)


def unknown_words(kind: Kind, about: Sequence[str]) -> Iterator[tuple[str, Text]]:
    """Values of the discriminator that stand in no vocabulary: no spreadsheet author can know to write them."""
    name = kind.column(kind.discriminator).vocabulary if kind.discriminator else None
    if name is not None:
        yield from words_not_in(name, about, "about")


def words_not_in(vocabulary: str, words: Sequence[str], what: Text) -> Iterator[tuple[str, Text]]:
    """What is wrong with words that a rule asks for and that a vocabulary does not have."""
    for word in words:
        yield from _word(vocabularies()[vocabulary], word, what)


def _words(kind: Kind, node: dict[str, Any]) -> Iterator[tuple[str, Text]]:
    """Literals that a column with a vocabulary is compared with and that the vocabulary does not have."""
    for part in _expressions_in(node):
        name, sides = _comparison_in(kind, part)
        if name is None or name not in vocabularies():
            continue
        constants = [side["value"].get("value") for side in sides if side.get("class") == "CONSTANT"]
        for word in constants:
            if isinstance(word, str):
                yield from _word(vocabularies()[name], word, message("expression.condition"))


def _comparison_in(kind: Kind, part: dict[str, Any]) -> tuple[str | None, list[dict[str, Any]]]:
    """The vocabulary in which a part of an expression compares, and the sides that it compares; None for another part."""
    if part.get("type") in _COMPARED:
        sides = part.get("children") or [part["left"], part["right"]]
        names = [_vocabulary_of(kind, side) for side in sides]
        return next((name for name in names if name is not None), None), sides
    if part.get("class") == "FUNCTION" and part.get("function_name") in ("list_contains", "list_has", "contains"):
        sides = part["children"]
        return _vocabulary_of(kind, sides[0]), sides
    if part.get("type") == "ARRAY_EXTRACT":
        sides = part["children"]
        return _LISTED["attributes"] if "attributes" in _columns_in(sides[0]) else None, sides
    return None, []


def _word(vocabulary: Vocabulary, word: str, what: Text) -> Iterator[tuple[str, Text]]:
    if word in vocabulary.terms:
        return
    if vocabulary.open:
        yield "warning", message("expression.no_word", what=what, word=word, vocabulary=vocabulary.vocabulary)
    else:
        there = ", ".join(vocabulary.terms)
        yield (
            "error",
            message("expression.never_occurs", what=what, word=word, vocabulary=vocabulary.vocabulary, there=there),
        )


def _vocabulary_of(kind: Kind, side: dict[str, Any]) -> str | None:
    """The vocabulary of a plain column, a label list or an attribute's value; None for anything else."""
    if side.get("type") == "ARRAY_EXTRACT":
        return _ATTRIBUTE_VALUES if "attributes" in _columns_in(side) else None
    if side.get("class") == "FUNCTION" and side.get("function_name") in ("lower", "coalesce"):
        return _vocabulary_of(kind, side["children"][0])
    if side.get("class") != "COLUMN_REF":
        return None
    name = side["column_names"][-1]
    columns = {column.name: column for column in kind.columns}
    if name not in columns:
        return None
    return columns[name].vocabulary or _LISTED.get(name)


def _taken_for_days(kind: Kind, node: Any) -> set[str]:
    """The moments of which an expression asks the day, the month or the year without `day_of`, or that it compares with a
    day: that would be one in UTC, and another one than in Amsterdam every evening."""
    if isinstance(node, list):
        return set().union(*(_taken_for_days(kind, part) for part in node))
    if not isinstance(node, dict):
        return set()
    moments = _bare_columns(node) & set(kind.moments)
    is_date_function = node.get("class") == "FUNCTION" and node.get("function_name") in _DATE_FUNCTIONS
    if is_date_function or (node.get("class") == "CAST" and node["cast_type"]["id"] == "DATE"):
        return moments
    sides = [node[side] for side in _SIDES.get(node.get("class", ""), ())]
    if not all(_is_moment(kind, side) for side in sides):
        return moments
    return set().union(*(_taken_for_days(kind, part) for part in node.values()))


def _is_moment(kind: Kind, side: dict[str, Any]) -> bool:
    """Whether one side of a comparison is about moments: it names one, or is a literal with a time."""
    literal_type = side.get("cast_type", {}).get("id") or side.get("value", {}).get("type", {}).get("id")
    return bool(_bare_columns(side) & set(kind.moments)) or literal_type == "TIMESTAMP"


def _bare_columns(node: Any) -> set[str]:
    """The columns in a syntax tree, but for those of which `day_of` or `amsterdam_time` is taken."""
    if isinstance(node, list):
        return set().union(*map(_bare_columns, node))
    if not isinstance(node, dict):
        return set()
    if node.get("class") == "COLUMN_REF":
        return {node["column_names"][-1]}
    if node.get("class") == "FUNCTION" and node.get("function_name") in ("day_of", "amsterdam_time"):
        return set()
    return set().union(*map(_bare_columns, node.values()))


def _columns_in(node: dict[str, Any]) -> set[str]:
    return {part["column_names"][-1] for part in _expressions_in(node) if part.get("class") == "COLUMN_REF"}


def _expressions_in(node: Any) -> Iterator[dict[str, Any]]:
    """Every expression in a syntax tree, from the top."""
    if isinstance(node, dict):
        if "class" in node:
            yield node
        for value in node.values():
            yield from _expressions_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from _expressions_in(value)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
