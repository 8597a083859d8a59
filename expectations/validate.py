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
from models.kind import ENVELOPE_COLUMNS, kinds, shown
from models.record import MASK
from models.sql_text import literal
from warehouse.storage.database import ONE_CORE
from warehouse.storage.runs import ExpectationOutcome

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


@dataclass(slots=True)
class Validation:
    """Everything that was found in one staging file; `held_back` is empty when the batch may come in. `unknown`: by column as
    the source calls it, in how many rows that come in its value could not be taken."""

    outcomes: list[ExpectationOutcome] = field(default_factory=list)
    held_back: list[str] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)


def validate(staging: Path, limits: dict[str, BatchLimits], as_of: date, *, personal_data: bool = False) -> Validation:
    """Validate every table of a staging file, whose connection must be closed; adds the tables `rejected` and `unknown_value`
    to it, and makes the values unknown that the second one lists.

    `personal_data`: no value that is refused is written down, whatever its column. Raises ValidationDefect when an
    expectation errs.
    """
    names = _tables(staging)
    validation = Validation()
    queries: list[tuple[str, Expectation, str]] = []
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_sql(
        "staging", connection_string=f"{register()}:///{staging}", create_temp_table=False
    )
    try:
        for kind in sorted(names):
            asset = source.add_table_asset(kind, table_name=kind)
            batch = asset.add_batch_definition_whole_table("all").get_batch()
            queries += _validate_kind(batch, kind, names[kind], limits.get(kind, BatchLimits()), as_of, validation)
    finally:
        # The library holds two engines on the file: one it runs on, one it tested the connection with.
        source.get_execution_engine().close()
        source.get_execution_engine().engine.dispose()
        source.get_engine().dispose()
    _reject(staging, queries, names, limits, validation, personal_data)
    return validation


def _validate_kind(
    batch: Any, kind: str, rows: int, limits: BatchLimits, as_of: date, validation: Validation
) -> list[tuple[str, Expectation, str]]:
    chosen, queries = suite(kind), []
    asked = [
        (level, expectation, built)
        for level, expectations in (("batch", chosen.batch), ("row", chosen.rows))
        for expectation in expectations
        if (built := _build(expectation, kind, limits, as_of)) is not None
    ]
    together = gx.ExpectationSuite(name=kind, expectations=[built for _, _, built in asked])
    found = batch.validate(together, result_format="SUMMARY").results
    results = {result.expectation_config.meta[_MARK]: result for result in found}  # they come in an order of their own
    for level, expectation, _ in asked:
        result = results[expectation.id]
        _refuse_errors(result, kind, expectation)
        unexpected = _unexpected(result, level)
        success = bool(result.success)
        message = expectation.nl if success else _message(expectation, result, limits)
        validation.outcomes.append(
            ExpectationOutcome(kind, expectation.id, expectation.column, level, success, rows, unexpected, message)
        )
        if not success and level == "batch":
            validation.held_back.append(f"{kinds()[kind].nl}: {message}")
        if not success and level == "row":
            queries.append((kind, expectation, _failing_rows(expectation, kind, as_of)))
    return queries


def _build(expectation: Expectation, kind: str, limits: BatchLimits, as_of: date) -> Any:
    """The Great Expectations object, or None when its limit was not asked for."""
    built, meta = getattr(gxe, expectation.type), {_MARK: expectation.id}
    if expectation.type == "UnexpectedRowsExpectation":
        where = _where(expectation, as_of).replace("{", "{{").replace("}", "}}")
        query = f"SELECT * FROM {{batch}} WHERE {where}"
        return built(unexpected_rows_query=query, description=expectation.nl, meta=meta)
    if expectation.type == "ExpectTableRowCountToBeBetween":
        return built(min_value=limits.expected_rows, meta=meta)
    if expectation.type == "ExpectColumnMaxToBeBetween":
        since = limits.fresh_since
        return None if since is None else built(column=expectation.column, min_value=since, meta=meta)
    if expectation.type == "ExpectColumnValuesToBeInSet":
        return built(column=expectation.column, value_set=list(expectation.values), meta=meta)
    return built(column=expectation.column, meta=meta)


def _where(expectation: Expectation, as_of: date) -> str:
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
    return _where(expectation, as_of)


def _refuse_errors(result: Any, kind: str, expectation: Expectation) -> None:
    information = result.exception_info or {}
    raised = [information] if "raised_exception" in information else list(information.values())
    for item in raised:
        if item.get("raised_exception"):
            raise ValidationDefect(
                f"de verwachting is niet te beoordelen ({_kind_of_error(item)})",
                place=f"expectations/suites/{kind}.yaml, {expectation.id}",
            )


def _kind_of_error(item: dict[str, Any]) -> str:
    """The class of an error that the library caught; its text may quote a value that was read."""
    lines = str(item.get("exception_traceback") or "").strip().splitlines()
    name = lines[-1].partition(":")[0] if lines else ""
    return name if name.replace(".", "").isidentifier() else "onbekende fout"


def _unexpected(result: Any, level: str) -> int:
    if level == "batch":
        return 0 if result.success else 1
    content = result.result or {}
    count = content.get("unexpected_count", content.get("observed_value", 0))
    return int(count) if isinstance(count, int | float) else 0


def _message(expectation: Expectation, result: Any, limits: BatchLimits) -> str:
    if expectation.type == "ExpectTableRowCountToBeBetween":
        return f"{result.result['observed_value']} regels; minstens {limits.expected_rows} verwacht"
    if expectation.type == "ExpectColumnMaxToBeBetween":
        newest, since = result.result["observed_value"], limits.fresh_since
        assert since is not None
        return f"nieuwste regel is van {_local(newest)}; verwacht van {wall_time(since)} of later"
    return expectation.nl


def _local(moment: datetime | str | None) -> datetime | None:
    """A moment that the library gives, or its text, by the clock in Amsterdam."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return None if moment is None else wall_time(moment)


def _tables(staging: Path) -> dict[str, int]:
    with duckdb.connect(str(staging), config=ONE_CORE) as connection:
        names = [row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        counts = {}
        for name in names:
            if name in kinds():
                row = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
                counts[name] = row[0] if row else 0
        return counts


def _reject(
    staging: Path,
    queries: list[tuple[str, Expectation, str]],
    names: dict[str, int],
    limits: dict[str, BatchLimits],
    validation: Validation,
    personal_data: bool,
) -> None:
    """Fill the tables `rejected` and `unknown_value`: one row per record and broken expectation, with the value and what was
    expected."""
    with duckdb.connect(str(staging), config=ONE_CORE) as connection:
        connection.execute(macros())
        connection.execute(
            "CREATE OR REPLACE TABLE rejected (kind VARCHAR, record_no BIGINT, expectation VARCHAR, column_name VARCHAR, "
            "value VARCHAR, expected VARCHAR)"
        )
        connection.execute("CREATE OR REPLACE TABLE unknown_value AS FROM rejected")
        for kind, expectation, condition in queries:
            if expectation.id != READABLE and not expectation.unknown:
                value = _refused_value(kind, expectation.column, personal_data)
                connection.execute(
                    f"INSERT INTO rejected SELECT ?, record_no, ?, ?, {value}, ? FROM {kind} WHERE {condition}",
                    [kind, expectation.id, _label(kind, expectation.column), expectation.nl],
                )
        for kind, expectation, _ in queries:
            if expectation.id == READABLE:
                _sort_problems(connection, kind)
        unknown = [query for query in queries if query[1].unknown]
        for kind, expectation, condition in unknown:
            _note_unknown(connection, kind, expectation, condition, personal_data)
        for kind, expectation, _ in unknown:  # only when all have been looked at as they were delivered
            _make_unknown(connection, kind, expectation)
        validation.unknown = dict(
            connection.execute(
                "SELECT coalesce(column_name, ''), count(*) FROM unknown_value GROUP BY ALL ORDER BY ALL"
            ).fetchall()
        )
        for kind, rows in names.items():
            row = connection.execute("SELECT count(DISTINCT record_no) FROM rejected WHERE kind = ?", [kind]).fetchone()
            rejected, limit = (row[0] if row else 0), limits.get(kind, BatchLimits()).max_rejected
            if rows and rejected / rows > limit:
                message = f"{rejected} van {rows} regels afgekeurd; hoogstens {limit:.0%} mag"
                validation.held_back.append(f"{kinds()[kind].nl}: {message}")
                validation.outcomes.append(
                    ExpectationOutcome(kind, "rejected-share", None, "batch", False, rows, 1, message)
                )


def _sort_problems(connection: duckdb.DuckDBPyConnection, kind_name: str) -> None:
    """The problems of rows that are kept out, for whatever reason, go to `rejected`; those of rows that come in to
    `unknown_value`. A row is kept out for a problem of a column that its kind cannot do without knowing."""
    kind = kinds()[kind_name]
    columns = []
    for column in (*ENVELOPE_COLUMNS, *kind.columns):
        if kind.may_be_unknown(column.name):
            columns.append(literal(column.name))
    may_be_unknown = ", ".join(columns) or "NULL"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE problem AS SELECT record_no, p ->> 'column' AS column_name, p ->> 'field' AS field, "
        f"p ->> 'value' AS value, p ->> 'expected' AS expected FROM (SELECT record_no, unnest(CAST(problems AS JSON[])) AS p "
        f"FROM {kind_name} WHERE problems IS NOT NULL)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE kept_out AS SELECT DISTINCT record_no FROM problem "
        f"WHERE coalesce(field NOT IN ({may_be_unknown}), true) "
        f"UNION SELECT record_no FROM rejected WHERE kind = {literal(kind_name)}"
    )
    for table, join in (("rejected", "SEMI"), ("unknown_value", "ANTI")):
        connection.execute(
            f"INSERT INTO {table} SELECT {literal(kind_name)}, record_no, '{READABLE}', column_name, value, expected "
            f"FROM problem {join} JOIN kept_out USING (record_no)"
        )


def _note_unknown(
    connection: duckdb.DuckDBPyConnection, kind: str, expectation: Expectation, condition: str, personal_data: bool
) -> None:
    """Note the rows that break an expectation for which values become unknown; in a row that is kept out it is one more
    reason."""
    value = _refused_value(kind, expectation.column, personal_data)
    is_out = f"record_no IN (SELECT record_no FROM rejected WHERE kind = {literal(kind)})"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE breaking AS SELECT record_no, {is_out} AS is_out, {value} AS value FROM {kind} "
        f"WHERE {condition}"
    )
    for table, which in (("rejected", "is_out"), ("unknown_value", "NOT is_out")):
        connection.execute(
            f"INSERT INTO {table} SELECT ?, record_no, ?, ?, value, ? FROM breaking WHERE {which}",
            [kind, expectation.id, _label(kind, expectation.column), expectation.nl],
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
    return _shown(kind, column)


def _shown(kind: str, column: str | None) -> str:
    """A column of a kind, or of the staging table only, as text for people, in SQL."""
    for known in (*ENVELOPE_COLUMNS, *kinds()[kind].columns):
        if known.name == column:
            return f"CAST({shown(known)} AS VARCHAR)"
    return f"CAST({column} AS VARCHAR)"


def _label(kind: str, column: str | None) -> str | None:
    if column is None:
        return None
    return next((own.nl for own in kinds()[kind].columns if own.name == column), column)
