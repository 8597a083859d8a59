"""Runs the ordered SQL models of `models/sql/` over the warehouse as of a day and a moment of knowing, and keeps their
outcome with its history. What a status means is said in those models; when to assess is left to `flows`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources

import duckdb

from models.catalogue import ASPECTS, Aspect, Catalogue
from models.kind import Kind, kinds
from models.selection import (
    EXTRA_COLUMNS,
    Moment,
    NumberedTest,
    before_day,
    few_table,
    from_day,
    selected_rows,
    visible_view,
)
from warehouse.catalogue_store import numbered_measures
from warehouse.read import sql_literal
from warehouse.versioning import versioned_write

# Each assessed table with the columns that identify a row.
TABLES: dict[str, tuple[str, ...]] = {
    "test_result": ("organisation_id", "framework_id", "test_id", "purpose"),
    "measure_status": ("organisation_id", "framework_id", "norm_id"),
    "control_status": ("organisation_id", "framework_id", "norm_id"),
    "indicator_value": ("organisation_id", "framework_id", "indicator_id"),
    "principle_status": ("organisation_id", "framework_id", "principle_id"),
    "answer": ("organisation_id", "questionnaire_id", "question_id"),
}

_SELECTED = re.compile(r"\bFROM selected_(\w+)")


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was asked, and how much work it was: pairs of organisation and test computed, and of how many."""

    moment: Moment
    pairs_computed: int
    pairs_total: int
    changed: dict[str, int] = field(default_factory=dict)


@cache
def sql_models() -> tuple[tuple[str, str], ...]:
    """(name, SQL) of every model, in the order in which they run."""
    entries = resources.files("models").joinpath("sql").iterdir()
    return tuple(sorted((entry.name, entry.read_text("utf-8")) for entry in entries if entry.name.endswith(".sql")))


def compute(
    connection: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    *,
    as_of: date,
    known_at: datetime,
    aspects: Sequence[Aspect] = ASPECTS,
    organisations: Sequence[str] | None = None,
    evidence_as_of: date | None = None,
    scope: str | None = None,
) -> Assessment:
    """Compute every status into temporary tables `new_<table>` (see TABLES), storing nothing.

    `catalogue` must be the one stored in the warehouse. `evidence_as_of` (default `as_of`) lets a later day be assessed
    with the evidence of an earlier one: the forecast. `scope` is SQL that yields (organisation_id, test_no) to compute;
    other results of its organisations are taken from the stored ones, and organisations outside it are left alone. A
    pair without a test asks for the roll-up only. Without a scope everything is computed.
    """
    moment = Moment(as_of, known_at, min(evidence_as_of or as_of, as_of))
    # Values go in as literals here: to bind one, the Python client imports pandas, half of what an assessment takes.
    variables = {
        "as_of": moment.as_of,
        "evidence_as_of": moment.evidence_as_of,
        "known_at": known_at,
        "window_start": date(as_of.year, 1, 1),
        "aspects": list(aspects),
    }
    for name, value in variables.items():
        connection.execute(f"SET VARIABLE {name} = {sql_literal(value)}")
    _make_scope(connection, organisations, scope)
    for kind in kinds().values():
        connection.execute(visible_view(kind, moment, organisations))
    by_type: dict[str, list[NumberedTest]] = defaultdict(list)
    for test in _tests_in_scope(connection, catalogue, moment):
        by_type[test.measure.type].append(test)
    # Put in where a model reads them: as views they would be looked up by the database twice, and that takes longer than
    # the records of one organisation.
    selected = {test_type: selected_rows(test_type, by_type[test_type], as_of) for test_type in EXTRA_COLUMNS}
    _make_work_tables(connection)
    for name, sql in sql_models():
        try:
            connection.execute(_SELECTED.sub(lambda found: f"FROM ({selected[found[1]]})", sql))
        except duckdb.Error as error:
            error.add_note(f"in models/sql/{name}")
            raise
    computed = connection.execute("SELECT count(*) FROM scope").fetchone()
    everything = connection.execute(
        f"SELECT count(*) FROM ops.organisation CROSS JOIN catalogue.test WHERE {_chosen(organisations)}"
    ).fetchone()
    return Assessment(moment, computed[0] if computed else 0, everything[0] if everything else 0)


def assess(
    connection: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    *,
    run_no: int,
    as_of: date,
    known_at: datetime,
    aspects: Sequence[Aspect] = ASPECTS,
    scope: str | None = None,
) -> Assessment:
    """Compute and keep: rows that differ from the present ones get a new version from `run_no` on.

    The caller holds the transaction. Raises duckdb.Error with the name of the model that failed.
    """
    assessment = compute(connection, catalogue, as_of=as_of, known_at=known_at, aspects=aspects, scope=scope)
    for table, keys in TABLES.items():
        assessment.changed[table] = versioned_write(
            connection, f"assess.{table}", f"new_{table}", keys, run_no,
            within=None if scope is None else "organisation_id IN (FROM assessed_organisation)",
        )  # fmt: skip
    return assessment


def incremental_scope(
    catalogue: Catalogue, *, as_of: date, known_at: datetime, last_as_of: date, last_known_at: datetime
) -> str:
    """SQL for the (organisation_id, test_no) pairs whose result can differ from the stored one.

    Evidence that came, went, or of which the day came (it became visible, happened or was settled) since the last
    assessment; results whose day has come; and results that rest on a source having run, when sources ran. Evidence on
    which no test rests (applicability, exceptions) gives its organisation with no test: it counts in the roll-up. Valid
    only for the same catalogue, aspects and organisations, and an as-of day that is not earlier than the last one.
    """
    parts = []
    window = f"TIMESTAMP '{last_known_at.isoformat(sep=' ')}'", f"TIMESTAMP '{known_at.isoformat(sep=' ')}'"
    days = last_as_of + timedelta(days=1), as_of + timedelta(days=1)
    for kind in kinds().values():
        # one branch per condition, so that each can skip the blocks of rows outside its own bounds
        conditions = [
            f"({column}) > {window[0]} AND ({column}) <= {window[1]}" for column in ("recorded_at", "retired_at")
        ]
        if last_as_of < as_of:
            conditions += [
                f"{from_day(kind, day, days[0])} AND {before_day(kind, day, days[1])}"
                for day in sorted(_days_of(kind, catalogue))
            ]
        parts += [
            f"SELECT organisation_id, '{kind.kind}' AS kind FROM evidence.{kind.kind} WHERE {condition}"
            for condition in conditions
        ]
    return f"""
        WITH touched AS (SELECT DISTINCT * FROM ({" UNION ALL ".join(parts)})), ran AS (
            SELECT DISTINCT organisation_id FROM ops.source_run
            WHERE (recorded_at > {window[0]} AND recorded_at <= {window[1]})
                OR (as_of > DATE '{last_as_of}' AND as_of <= DATE '{as_of}') -- known before, but its day came now
        ), stored AS (
            SELECT r.organisation_id, t.test_no, r.changes_on,
                r.selected = 0 OR r.reason IN ('no_cases', 'waiting', 'not_covered') AS leans_on_source,
                t.test_type
            FROM assess.test_result AS r
            JOIN catalogue.test AS t ON t.framework_id = r.framework_id AND t.test_id = r.test_id AND t.purpose = r.purpose
            WHERE r.until_run_no IS NULL
        )
        SELECT organisation_id, test_no FROM touched LEFT JOIN catalogue.test AS t
            ON t.kind = touched.kind OR t.matched_kind = touched.kind OR (t.per IS NOT NULL AND touched.kind = 'measurement')
        UNION
        SELECT organisation_id, test_no FROM stored WHERE changes_on <= DATE '{as_of}'
        UNION
        SELECT organisation_id, test_no FROM stored JOIN ran USING (organisation_id)
        WHERE leans_on_source AND test_type IN ('within', 'none_open', 'count', 'per')
    """


def _days_of(kind: Kind, catalogue: Catalogue) -> set[str]:
    """The expressions over a kind of which the value makes a record count from that day on."""
    measures = [*(test.measure for test in catalogue.tests), *(indicator.measure for indicator in catalogue.indicators)]
    chosen = {measure.date for measure in measures if measure.kind == kind.kind and measure.date}
    ends = {"valid_until + 1"} if kind.governance else set()
    return chosen | ends | {"observed_at", kind.roles.happened_on} | ({kind.settles} if kind.settles else set())


def _chosen(organisations: Sequence[str] | None) -> str:
    """The SQL condition that an organisation is one of these; all of them for None."""
    return "true" if organisations is None else f"list_contains({sql_literal(organisations)}, organisation_id)"


def _make_scope(connection: duckdb.DuckDBPyConnection, organisations: Sequence[str] | None, scope: str | None) -> None:
    """Temporary tables assessed_organisation, scope and scope_test."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE assessed_organisation AS SELECT organisation_id FROM ops.organisation "
        f"WHERE {_chosen(organisations)}"
    )
    every_pair = "SELECT organisation_id, test_no FROM assessed_organisation CROSS JOIN catalogue.test"
    chosen = f"SELECT * FROM ({scope}) WHERE organisation_id IN (FROM assessed_organisation)" if scope else every_pair
    connection.execute(f"CREATE OR REPLACE TEMP TABLE scope AS {chosen}")
    if scope:
        connection.execute(
            "DELETE FROM assessed_organisation WHERE organisation_id NOT IN (SELECT organisation_id FROM scope)"
        )
        connection.execute("DELETE FROM scope WHERE test_no IS NULL")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE scope_test AS SELECT s.organisation_id, t.* FROM scope AS s "
        "JOIN catalogue.test AS t USING (test_no)"
    )


def _tests_in_scope(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, moment: Moment) -> list[NumberedTest]:
    """The tests to compute, each with the organisations it is computed for, or None when those are most of them.

    Reading everybody's records costs less than naming most of them. Those of a few organisations, up to a tenth, are
    copied once, so that the many tests that only look at these do not each go through everybody's.
    """
    row = connection.execute("SELECT count(*) FROM ops.organisation").fetchone()
    total = row[0] if row else 0
    rows = connection.execute(
        "SELECT test_no, list(organisation_id ORDER BY organisation_id) AS names FROM scope GROUP BY test_no "
        "ORDER BY len(names), test_no"
    ).fetchall()
    named = {number: tuple(names) for number, names in rows}
    few: set[str] = set()
    reads_few: set[int] = set()
    for number, names in named.items():
        if 10 * len(few | set(names)) <= total:
            few |= set(names)
            reads_few.add(number)
    tests = [
        replace(
            test,
            organisations=None if 2 * len(named[test.test_no]) > total else named[test.test_no],
            reads="few" if test.test_no in reads_few else "visible",
        )
        for test in numbered_measures(catalogue)
        if test.test_no in named
    ]
    read = {
        kind for test in tests if test.reads == "few" and test.measure.type in EXTRA_COLUMNS for kind in _kinds_of(test)
    }
    for kind in sorted(read):
        connection.execute(few_table(kinds()[kind], moment, sorted(few)))
    return tests


def _kinds_of(test: NumberedTest) -> set[str]:
    matched = test.measure.matched
    return {test.measure.kind} | ({matched.kind} if matched else set())


def _make_work_tables(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE work_result (organisation_id VARCHAR, test_no INTEGER, result VARCHAR, "
        "metric DOUBLE, numerator DOUBLE, denominator DOUBLE, reason VARCHAR, expires_on DATE, changes_on DATE, "
        "selected BIGINT, evidence_kind VARCHAR, evidence_ids UBIGINT[])"
    )
