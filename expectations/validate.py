"""Runs the suites over a staging file with Great Expectations, and writes down which rows may not come in and why.

Importing Great Expectations takes seconds, so only this module does, and only the nightly run imports this module.
"""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.data_context.types.base import ProgressBarsConfig

from expectations.dialect import register
from expectations.suite import Expectation, suite
from models.errors import EnsiaError
from models.instant import first_moment, macros, wall_time
from models.kind import kinds, shown
from models.message import Both, Message, Text, message
from models.record import MASK
from models.sql_text import literal
from warehouse.storage.database import ONE_CORE
from warehouse.storage.runs import ExpectationOutcome
from warehouse.storage.staging import REASON_COLUMNS

READABLE = "readable"  # the expectation that every value could be taken
_MARK = "id"  # under which an expectation carries our name for it
warnings.filterwarnings("ignore", message="Did not recognize type")  # it reflects structs and lists, and uses neither
logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)


class ValidationDefect(EnsiaError):
    """An expectation could not be evaluated: a defect of the run, not of the data."""


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """What a batch of one kind must reach. `expected_rows`: fewer is held back; `fresh_since`: the newest record must
    not be older (UTC; None: not asked); `max_rejected`: fraction of rows that may go to quarantine."""

    expected_rows: int = 1
    fresh_since: datetime | None = None
    max_rejected: float = 1.0


@dataclass(frozen=True, slots=True)
class _Check:
    """An expectation of a suite as the library takes it. `level`: batch or row."""

    level: str
    expectation: Expectation
    library_object: Any


@dataclass(frozen=True, slots=True)
class _Broken:
    """An expectation about rows that some rows of a kind break: those for which `condition` holds."""

    kind: str
    expectation: Expectation
    condition: str


@dataclass(slots=True)
class Validation:
    """Everything that was found in one staging file; `held_back` is empty when the batch may come in. `unknown`: by column as
    the source calls it, in how many rows that come in its value could not be taken."""

    outcomes: list[ExpectationOutcome] = field(default_factory=list)
    held_back: list[Text] = field(default_factory=list)
    unknown: dict[Text, int] = field(default_factory=dict)


def validate(staging: Path, limits: dict[str, BatchLimits], as_of: date, *, personal_data: bool = False) -> Validation:
    """Validate every table of a staging file, whose connection must be closed; adds the tables `rejected` and `unknown_value`
    to it, and makes the values unknown that the second one lists.

    `personal_data`: no value that is refused is written down, whatever its column. Raises ValidationDefect when an
    expectation errs.
    """
    names = _row_counts(staging)
    validation = Validation()
    broken: list[_Broken] = []
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_sql(
        "staging", connection_string=f"{register()}:///{staging}", create_temp_table=False
    )
    try:
        for kind in sorted(names):
            asset = source.add_table_asset(kind, table_name=kind)
            batch = asset.add_batch_definition_whole_table("all").get_batch()
            broken += _validate_kind(batch, kind, names[kind], limits.get(kind, BatchLimits()), as_of, validation)
    finally:
        # The library holds two engines on the file: one it runs on, one it tested the connection with.
        source.get_execution_engine().close()
        source.get_execution_engine().engine.dispose()
        source.get_engine().dispose()
    with duckdb.connect(str(staging), config=ONE_CORE) as connection:
        connection.execute(macros())
        _reject_rows(connection, broken, personal_data)
        validation.unknown = _make_values_unknown(connection, broken, personal_data)
        _hold_back_when_too_many(connection, names, limits, validation)
    return validation


def _validate_kind(
    batch: Any, kind: str, rows: int, limits: BatchLimits, as_of: date, validation: Validation
) -> list[_Broken]:
    """Hold the expectations of a kind against its batch, and note how each came out; returns those about rows that some
    rows break."""
    checks = _checks(kind, limits, as_of)
    library_suite = gx.ExpectationSuite(name=kind, expectations=[check.library_object for check in checks])
    library_results = batch.validate(library_suite, result_format="SUMMARY").results
    # they come in an order of their own
    results = {result.expectation_config.meta[_MARK]: result for result in library_results}
    broken = []
    for check in checks:
        expectation = check.expectation
        result = results[expectation.id]
        _refuse_errors(result, kind, expectation)
        outcome = _outcome(kind, check, result, rows, limits)
        validation.outcomes.append(outcome)
        if outcome.success:
            continue
        if check.level == "batch":
            why = _why_broken(expectation, result, limits)
            validation.held_back.append(_of_kind(kind, why))
        else:
            broken.append(_Broken(kind, expectation, _failing_rows(expectation, kind, as_of)))
    return broken


def _checks(kind: str, limits: BatchLimits, as_of: date) -> list[_Check]:
    """The expectations of a kind of which the limit is known: first those about the batch."""
    whole = suite(kind)
    by_level = (("batch", whole.batch), ("row", whole.rows))
    checks = []
    for level, expectations in by_level:
        for expectation in expectations:
            library_object = _build(expectation, kind, limits, as_of)
            if library_object is not None:
                checks.append(_Check(level, expectation, library_object))
    return checks


def _outcome(kind: str, check: _Check, result: Any, rows: int, limits: BatchLimits) -> ExpectationOutcome:
    """How a check came out, with a sentence for people."""
    expectation, success = check.expectation, bool(result.success)
    sentence = expectation.text if success else _why_broken(expectation, result, limits)
    unexpected = _unexpected(result, check.level)
    return ExpectationOutcome(
        kind, expectation.id, expectation.column, check.level, success, rows, unexpected, str(sentence)
    )


def _build(expectation: Expectation, kind: str, limits: BatchLimits, as_of: date) -> Any:
    """The Great Expectations object, or None when its limit was not asked for."""
    built, meta = getattr(gxe, expectation.type), {_MARK: expectation.id}
    if expectation.type == "UnexpectedRowsExpectation":
        where = _breaking_where(expectation, as_of).replace("{", "{{").replace("}", "}}")
        query = f"SELECT * FROM {{batch}} WHERE {where}"
        return built(unexpected_rows_query=query, description=expectation.nl, meta=meta)
    if expectation.type == "ExpectTableRowCountToBeBetween":
        return built(min_value=limits.expected_rows, meta=meta)
    if expectation.type == "ExpectColumnMaxToBeBetween":
        since = limits.fresh_since
        if since is None:
            return None
        return built(column=expectation.column, min_value=since, meta=meta)
    if expectation.type == "ExpectColumnValuesToBeInSet":
        return built(column=expectation.column, value_set=list(expectation.values), meta=meta)
    return built(column=expectation.column, meta=meta)


def _breaking_where(expectation: Expectation, as_of: date) -> str:
    """The condition with `{today}` as the last day that the row can tell of, and `{end_of_today}` as the moment at which that
    is over: what was delivered earlier tells nothing of later days."""
    assert expectation.where is not None
    end = first_moment(as_of + timedelta(days=1))
    today = f"least(DATE '{as_of}', coalesce(told_on, DATE '{as_of}'))"
    end_of_today = f"least(TIMESTAMP '{end}', coalesce(told_until, TIMESTAMP '{end}'))"
    return expectation.where.replace("{today}", today).replace("{end_of_today}", end_of_today)


def _failing_rows(expectation: Expectation, kind: str, as_of: date) -> str:
    """The condition that selects every row that breaks the expectation: the library itself lists only the first few."""
    column = expectation.column
    if expectation.type == "ExpectColumnValuesToBeNull":
        return f"{column} IS NOT NULL"
    if expectation.type == "ExpectColumnValuesToNotBeNull":
        return f"{column} IS NULL"
    if expectation.type == "ExpectColumnValuesToBeUnique":
        return f"{column} IN (SELECT {column} FROM {kind} GROUP BY {column} HAVING count(*) > 1)"
    if expectation.type == "ExpectColumnValuesToBeInSet":
        return f"{column} NOT IN ({', '.join(map(literal, expectation.values))})"
    return _breaking_where(expectation, as_of)


def _refuse_errors(result: Any, kind: str, expectation: Expectation) -> None:
    information = result.exception_info or {}
    raised = [information] if "raised_exception" in information else list(information.values())
    for item in raised:
        if item.get("raised_exception"):
            raise ValidationDefect(
                message("batch.not_judged", error=_kind_of_error(item)),
                place=f"expectations/suites/{kind}.yaml, {expectation.id}",
            )


def _kind_of_error(item: dict[str, Any]) -> Text:
    """The class of an error that the library caught; its text may quote a value that was read."""
    lines = str(item.get("exception_traceback") or "").strip().splitlines()
    name = lines[-1].partition(":")[0] if lines else ""
    if name.replace(".", "").isidentifier():
        return name
    return message("batch.unknown_error")


def _unexpected(result: Any, level: str) -> int:
    if level == "batch":
        return 0 if result.success else 1
    content = result.result or {}
    count = content.get("unexpected_count", content.get("observed_value", 0))
    return int(count) if isinstance(count, int | float) else 0


def _why_broken(expectation: Expectation, result: Any, limits: BatchLimits) -> Text:
    """What was seen beside what was expected, where that is a number or a day; else what was expected."""
    if expectation.type == "ExpectTableRowCountToBeBetween":
        return message("batch.fell", number=result.result["observed_value"], least=limits.expected_rows)
    if expectation.type == "ExpectColumnMaxToBeBetween":
        newest, since = result.result["observed_value"], limits.fresh_since
        assert since is not None
        return message("batch.old", newest=_local(newest), since=wall_time(since))
    return expectation.text


def _of_kind(kind: str, problem: Text) -> Message:
    """What is wrong with all that a source delivered of a kind."""
    return message("batch.of_kind", kind=Both(kinds()[kind].nl, kinds()[kind].en), problem=problem)


def _local(moment: datetime | str | None) -> datetime | None:
    """A moment that the library gives, or its text, by the clock in Amsterdam."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return None if moment is None else wall_time(moment)


def _row_counts(staging: Path) -> dict[str, int]:
    """How many rows the staging file has, by kind."""
    with duckdb.connect(str(staging), config=ONE_CORE) as connection:
        names = [row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        return {name: _number_of(connection, f"SELECT count(*) FROM {name}") for name in names if name in kinds()}


def _number_of(connection: duckdb.DuckDBPyConnection, sql: str, *values: str) -> int:
    row = connection.execute(sql, list(values)).fetchone()
    return row[0] if row else 0


def _reject_rows(connection: duckdb.DuckDBPyConnection, broken: list[_Broken], personal_data: bool) -> None:
    """Fill the table `rejected`: one row per record and broken expectation, with the value and what was expected. What
    could not be read goes there too, or to `unknown_value`."""
    connection.execute(f"CREATE OR REPLACE TABLE rejected ({REASON_COLUMNS})")
    connection.execute("CREATE OR REPLACE TABLE unknown_value AS FROM rejected")
    unreadable = [item for item in broken if item.expectation.id == READABLE]
    rejecting = [item for item in broken if item.expectation.id != READABLE and not item.expectation.unknown]
    for item in rejecting:
        kind, expectation = item.kind, item.expectation
        value = _refused_value(kind, expectation.column, personal_data)
        label = _column_label(kind, expectation.column)
        connection.execute(
            f"INSERT INTO rejected SELECT ?, record_no, ?, ?, {value}, ?, ?, ? FROM {kind} WHERE {item.condition}",
            [kind, expectation.id, label.nl or None, expectation.nl, label.en or None, expectation.en],
        )
    for item in unreadable:
        _sort_problems(connection, item.kind)


def _make_values_unknown(
    connection: duckdb.DuckDBPyConnection, broken: list[_Broken], personal_data: bool
) -> dict[Text, int]:
    """Fill the table `unknown_value` with what breaks an expectation for which values become unknown, and make them so;
    returns how many there are by column."""
    emptying = [item for item in broken if item.expectation.unknown]
    for item in emptying:
        _note_unknown(connection, item, personal_data)
    for item in emptying:  # only when all have been looked at as they were delivered
        _make_unknown(connection, item.kind, item.expectation)
    counts = connection.execute(
        "SELECT coalesce(column_name, ''), coalesce(column_name_en, ''), count(*) FROM unknown_value GROUP BY ALL ORDER BY ALL"
    )
    return {nl if nl == en else Both(nl, en): number for nl, en, number in counts.fetchall()}


def _hold_back_when_too_many(
    connection: duckdb.DuckDBPyConnection, names: dict[str, int], limits: dict[str, BatchLimits], validation: Validation
) -> None:
    """Hold a batch back of which a larger share of the rows was rejected than may be."""
    for kind, rows in names.items():
        rejected = _number_of(connection, "SELECT count(DISTINCT record_no) FROM rejected WHERE kind = ?", kind)
        limit = limits.get(kind, BatchLimits()).max_rejected
        if rows and rejected / rows > limit:
            sentence = message("batch.too_many", rejected=rejected, rows=rows, limit=limit)
            validation.held_back.append(_of_kind(kind, sentence))
            outcome = ExpectationOutcome(kind, "rejected-share", None, "batch", False, rows, 1, str(sentence))
            validation.outcomes.append(outcome)


def _sort_problems(connection: duckdb.DuckDBPyConnection, kind_name: str) -> None:
    """The problems of rows that are kept out, for whatever reason, go to `rejected`; those of rows that come in to
    `unknown_value`. A row is kept out for a problem of a column that its kind cannot do without knowing."""
    kind = kinds()[kind_name]
    columns = []
    for column in kind.every_column:
        if kind.may_be_unknown(column.name):
            columns.append(literal(column.name))
    may_be_unknown = ", ".join(columns) or "NULL"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE problem AS SELECT record_no, p ->> 'column' AS column_name, p ->> 'field' AS field, "
        f"p ->> 'value' AS value, p ->> 'expected' AS expected, "
        f"p ->> 'column_en' AS column_name_en, p ->> 'expected_en' AS expected_en "
        f"FROM (SELECT record_no, unnest(CAST(problems AS JSON[])) AS p "
        f"FROM {kind_name} WHERE problems IS NOT NULL)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE kept_out AS SELECT DISTINCT record_no FROM problem "
        f"WHERE coalesce(field NOT IN ({may_be_unknown}), true) "
        f"UNION SELECT record_no FROM rejected WHERE kind = {literal(kind_name)}"
    )
    for table, join in (("rejected", "SEMI"), ("unknown_value", "ANTI")):
        connection.execute(
            f"INSERT INTO {table} SELECT {literal(kind_name)}, record_no, '{READABLE}', column_name, value, expected, "
            f"column_name_en, expected_en FROM problem {join} JOIN kept_out USING (record_no)"
        )


def _note_unknown(connection: duckdb.DuckDBPyConnection, broken: _Broken, personal_data: bool) -> None:
    """Note the rows that break an expectation for which values become unknown; in a row that is kept out it is one more
    reason."""
    kind, expectation = broken.kind, broken.expectation
    value = _refused_value(kind, expectation.column, personal_data)
    is_out = f"record_no IN (SELECT record_no FROM rejected WHERE kind = {literal(kind)})"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE breaking AS SELECT record_no, {is_out} AS is_out, {value} AS value FROM {kind} "
        f"WHERE {broken.condition}"
    )
    label = _column_label(kind, expectation.column)
    for table, which in (("rejected", "is_out"), ("unknown_value", "NOT is_out")):
        connection.execute(
            f"INSERT INTO {table} SELECT ?, record_no, ?, ?, value, ?, ?, ? FROM breaking WHERE {which}",
            [kind, expectation.id, label.nl or None, expectation.nl, label.en or None, expectation.en],
        )


def _make_unknown(connection: duckdb.DuckDBPyConnection, kind: str, expectation: Expectation) -> None:
    """Make the values unknown in the rows that come in and break an expectation. What such a row says is then another
    content than when the expectation holds."""
    changes = []
    for column in expectation.unknown:
        changes.append(f"{column} = NULL")
        if column in kinds()[kind].observed_from:  # no day to come says when it was seen
            changes.append("observed_at = least(observed_at, told_until - INTERVAL 1 SECOND)")
    emptied = ", ".join(changes)
    connection.execute(
        f"UPDATE {kind} SET {emptied}, content_hash = sha256(content_hash || {literal(expectation.id)}) "
        "WHERE record_no IN (SELECT record_no FROM unknown_value WHERE kind = ? AND expectation = ?)",
        [kind, expectation.id],
    )


def _refused_value(kind: str, column: str | None, personal_data: bool) -> str:
    """The value of a column for people, in SQL; masked where it may be personal."""
    if personal_data or column in kinds()[kind].personal:
        return literal(MASK)
    return _value_as_text(kind, column)


def _value_as_text(kind: str, name: str | None) -> str:
    """A column of a kind, or of the staging table only, as text for people, in SQL."""
    for column in kinds()[kind].every_column:
        if column.name == name:
            return f"CAST({shown(column)} AS VARCHAR)"
    return f"CAST({name} AS VARCHAR)"


def _column_label(kind: str, name: str | None) -> Both:
    """What people call a column of a kind; a column of the staging table only has no other name."""
    labels = (Both(column.nl, column.en) for column in kinds()[kind].columns if column.name == name)
    return next(labels, Both(name or "", name or ""))
