"""Runs the SQL models of `models/tests/` (one per test type) and `models/sql/` (everything around and after them)
over the warehouse as of a day and a moment of knowing, and keeps their outcome with its history. What a status means is said in
those models; when to assess is left to `flows`."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources

import duckdb

from models.aspect import ASPECTS, Aspect
from models.catalogue import Catalogue
from models.errors import EnsiaError
from models.kind import Kind, kinds
from models.message import joined, message
from models.population import count_rows, member_rows, outlived_rows
from models.selection import (
    ADDED,
    EXCUSED,
    UNREAD_TOO,
    Moment,
    NumberedTest,
    approving_bodies,
    asked_objects,
    asked_pairs,
    before_day,
    counts_unread,
    excusable_kinds,
    excused_counts,
    excused_relation,
    few_table,
    from_day,
    held_rows,
    population_rows,
    relations_with_unread,
    role_holders,
    selected_rows,
    signs_of_life,
    term_day,
    unread_relation,
    visible_view,
)
from models.sql_text import literal
from models.test_type import GAPS, LooksAt, TestType, test_types
from warehouse.reading.read import sql_literal
from warehouse.storage.catalogue_store import ROLES, numbered_measures
from warehouse.storage.versioning import ASSESSED_TABLES, versioned_write

# The relations that the model of a test type is handed (models/test_type.py), where its statement names them.
_HANDED = re.compile(r"\b(FROM|JOIN) (asked|selected)\b")
_READS_SELECTED = re.compile(r"\b(FROM|JOIN) selected\b")
# The records of tests that are asked of each object, by the number of the object's case.
_OF_OBJECTS = (
    "SELECT r.* EXCLUDE (test_no, object), o.case_no AS test_no FROM selected_record AS r JOIN object_case AS o "
    "ON o.organisation_id = r.organisation_id AND o.test_no = r.test_no AND o.object IS NOT DISTINCT FROM r.object"
)
# Between which models in `models/sql/` the test types have their turn, by what they look at.
_TURN: dict[LooksAt, str] = {
    "evidence": "10_tests_of_evidence.sql",
    "named_norm": "10_tests_of_evidence.sql",
    "statuses": "35_tests_of_statuses.sql",
}
_FIRST_OF_ROLL_UP = "sql/25_counted_result.sql"
_SHOWN = 10  # how many wrong results an error names


class WrongResults(EnsiaError):
    """A test has no result, several, or one that cannot be: then no status can be trusted, and the run fails."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was asked, and how much work it was: pairs of organisation and test computed, and of how many."""

    moment: Moment
    pairs_computed: int
    pairs_total: int
    changed: dict[str, int] = field(default_factory=dict)


@cache
def sql_models() -> tuple[tuple[str, str], ...]:
    """(name, SQL) of every model around the test types, in the order in which they run."""
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
    """Compute every status into temporary tables `new_<table>` (see ASSESSED_TABLES), storing nothing.

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
        "approving_bodies": list(approving_bodies()),
        "case_kinds": [kind.kind for kind in kinds().values() if kind.cases],
    }
    for name, value in variables.items():
        connection.execute(f"SET VARIABLE {name} = {sql_literal(value)}")
    _make_scope(connection, organisations, scope)
    connection.execute(role_holders(moment))
    for kind in kinds().values():
        for statement in held_rows(kind, moment):
            connection.execute(statement)
        if kind.excused_by:
            is_none = not _has_rows(connection, "evidence.excused")
            connection.execute(excused_relation(kind, moment, _table_of_held(connection, kind), is_none=is_none))
        connection.execute(visible_view(kind, moment, organisations, _shown_otherwise(connection, kind)))
    connection.execute(_listed_kind(catalogue))
    for statement in _signs_of_life(catalogue, moment):
        connection.execute(statement)
    connection.execute(_named_record())
    kept_out = _make_unread(connection, moment)
    with_excuses = {name for name in excusable_kinds() if _has_rows(connection, f"{EXCUSED}_{name}")}
    unread = {name: f"unread_{name}" for name in kept_out}
    members = member_rows(unread, excused=with_excuses)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW population_row AS {members}")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW population_count AS {count_rows()}")
    by_type: dict[str, list[NumberedTest]] = defaultdict(list)
    for test in _tests_in_scope(connection, catalogue, moment, kept_out):
        by_type[test.measure.type].append(test)
    _make_work_tables(connection)
    _count_excused(connection, by_type, with_excuses, as_of)
    connection.execute(_indicator_value_macro())
    connection.execute(_gap_macro())
    for name, sql in _statements(catalogue, by_type, as_of):
        try:
            connection.execute(sql)
        except duckdb.Error as error:
            error.add_note(f"in models/{name}")
            raise
    _refuse_wrong_results(connection)
    computed = connection.execute("SELECT count(*) FROM scope").fetchone()
    everything = connection.execute(
        f"SELECT count(*) FROM ops.organisation CROSS JOIN catalogue.test WHERE {_chosen(organisations)}"
    ).fetchone()
    return Assessment(moment, computed[0] if computed else 0, everything[0] if everything else 0)


def _statements(catalogue: Catalogue, by_type: dict[str, list[NumberedTest]], as_of: date) -> Iterator[tuple[str, str]]:
    """(file under `models/`, SQL) of everything to run, in order. A test type without a test to judge has no turn."""
    of_statuses = {indicator.measure.type for indicator in catalogue.indicators}
    waiting = deque(sorted((_TURN[test_type.looks_at], test_type.type) for test_type in test_types().values()))
    for name, sql in sql_models():
        while waiting and waiting[0][0] < name:
            _, type_name = waiting.popleft()
            test_type = test_types()[type_name]
            tests = by_type[type_name]
            is_of_indicators = test_type.looks_at == "statuses" and type_name in of_statuses
            if not tests and not is_of_indicators:
                continue
            file = f"tests/{test_type.model or type_name}.sql"
            for statement in _judging(test_type, tests, as_of):
                yield file, statement
        yield f"sql/{name}", sql


def roll_up_statements(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, moment: Moment
) -> list[tuple[str, str]]:
    """(file under `models/`, SQL) of everything that follows from `new_test_result`, in order, for the scope of the last
    `compute`."""
    by_type: dict[str, list[NumberedTest]] = defaultdict(list)
    for test in _tests_in_scope(connection, catalogue, moment, _make_unread(connection, moment)):
        by_type[test.measure.type].append(test)
    statements = list(_statements(catalogue, by_type, moment.as_of))
    names = [name for name, _ in statements]
    return statements[names.index(_FIRST_OF_ROLL_UP) :]


def _judging(test_type: TestType, tests: Sequence[NumberedTest], as_of: date) -> Iterator[str]:
    """SQL that adds the results of all tests of a type to `work_result`: those that are asked once, then those that are asked
    of each object."""
    by_object = [test for test in tests if test.measure.per]
    whole = [test for test in tests if not test.measure.per]
    if whole or not tests:
        relations = {"asked": asked_pairs(test_type, whole if by_object else None)}
        if test_type.looks_at != "statuses":
            relations["selected"] = selected_rows(test_type, whole, as_of)
        if len(_READS_SELECTED.findall(test_type.sql)) > 1:  # looked up once, and read more often
            yield f"CREATE OR REPLACE TEMP TABLE selected_record AS {relations['selected']}"
            relations["selected"] = "FROM selected_record"
        yield f"INSERT INTO work_result BY NAME\n{_with_relations(test_type.sql, relations)}"
    if by_object:
        yield f"CREATE OR REPLACE TEMP TABLE selected_record AS {selected_rows(test_type, by_object, as_of)}"
        yield _object_cases(by_object)
        relations = {"asked": asked_objects(test_type), "selected": _OF_OBJECTS}
        yield f"CREATE OR REPLACE TEMP TABLE judged_object AS {_with_relations(test_type.sql, relations)}"
        objects = resources.files("models").joinpath("objects.sql").read_text("utf-8")
        pairs = {"asked": asked_pairs(test_type, by_object)}
        yield f"INSERT INTO work_result BY NAME\n{_with_relations(objects, pairs)}"


def _with_relations(statement: str, relations: dict[str, str]) -> str:
    """A model with what it is handed in the places where it reads it: as views the database would look it up twice, and that
    takes longer than the records of one organisation."""
    return _HANDED.sub(lambda match: f"{match[1]} ({relations[match[2]]})", statement)


def _object_cases(tests: Sequence[NumberedTest]) -> str:
    """SQL for the temporary table `object_case`: each object of each organisation that a test is asked of, by a number of its
    own. Where a rule says what the population is, its members are; else those of which there are records. A record of which
    the object is unknown is a case by itself, of which the object begins with chr(31)."""
    test_numbers = ", ".join(str(test.test_no) for test in tests if test.measure.objects is None) or "NULL"
    of_records = (
        "SELECT DISTINCT organisation_id, test_no, object FROM selected_record "
        f"WHERE starts_with(object, chr(31)) OR test_no IN ({test_numbers})"
    )
    of_populations = [population_rows(test) for test in tests if test.measure.objects is not None]
    objects = " UNION ".join([of_records, *of_populations])
    return (
        "CREATE OR REPLACE TEMP TABLE object_case AS SELECT o.*, row_number() OVER (ORDER BY o.organisation_id, test_no, "
        f"object) AS case_no FROM ({objects}) AS o SEMI JOIN scope USING (organisation_id, test_no)"
    )


def _shown_otherwise(connection: duckdb.DuckDBPyConnection, kind: Kind) -> list[str]:
    """Of which tables the records of a kind are not simply visible: those that are held to what was said before, and those that
    are excused. Where there is none of these, every test is spared the looking."""
    tables = _table_of_held(connection, kind)
    if kind.excused_by and _has_rows(connection, f"{EXCUSED}_{kind.kind}"):
        tables.append(EXCUSED)
    return tables


def _table_of_held(connection: duckdb.DuckDBPyConnection, kind: Kind) -> list[str]:
    is_held = kind.held_to is not None and _has_rows(connection, f"held_{kind.kind}")
    return ["held"] if is_held else []


def _has_rows(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    return connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None


def _count_excused(
    connection: duckdb.DuckDBPyConnection, by_type: dict[str, list[NumberedTest]], names: set[str], as_of: date
) -> None:
    """Make `excused_count`: how many of the records of the kinds `names` that each test would look at are left out."""
    counts = ["SELECT organisation_id, 0 AS test_no, 0 AS excused FROM ops.organisation WHERE false"]
    for type_name, tests in sorted(by_type.items()):
        for name in sorted(names):
            of_kind = [test for test in tests if test.measure.kind == name]
            if of_kind:
                counts.append(excused_counts(test_types()[type_name], of_kind, as_of))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE excused_count AS {' UNION ALL BY NAME '.join(counts)}")


def _listed_kind(catalogue: Catalogue) -> str:
    """SQL for the temporary table `listed_kind`: which source holds records of which kind, where their absence can tell
    something to a test."""
    measures = [numbered.measure for numbered in numbered_measures(catalogue)]
    kinds_of_lists = {measure.kind for measure in measures if measure.test_type.leans_on_coverage and measure.kind}
    selections = [
        f"SELECT DISTINCT organisation_id, source_id, {literal(kind)} AS kind FROM visible_{kind}"
        for kind in sorted(kinds_of_lists)
        if not kinds()[kind].cases
    ]
    nothing = "SELECT NULL::VARCHAR AS organisation_id, NULL::VARCHAR AS source_id, NULL::VARCHAR AS kind WHERE false"
    return f"CREATE OR REPLACE TEMP TABLE listed_kind AS {' UNION ALL '.join(selections or [nothing])}"


def _signs_of_life(catalogue: Catalogue, moment: Moment) -> Iterator[str]:
    """SQL for the temporary tables `living_test`, which tests ask for a sign of life, and `sign_of_life`, the last that there
    is."""
    asking = [test for test in numbered_measures(catalogue) if test.measure.sign_of_life is not None]
    numbers = ", ".join(str(test.test_no) for test in asking)
    yield f"CREATE OR REPLACE TEMP TABLE living_test AS SELECT unnest([{numbers}]::INTEGER[]) AS test_no"
    nothing = "SELECT '' AS organisation_id, 0 AS test_no, NULL::DATE AS last_day WHERE false"
    signs = [signs_of_life(test, moment) for test in asking]
    yield f"CREATE OR REPLACE TEMP TABLE sign_of_life AS {' UNION ALL '.join([nothing, *signs])}"


def _named_record() -> str:
    """SQL for the temporary view `named_record`: of which source a record of a kind that can be measured is, and whether its
    number stands with its parts."""
    selections = [
        f"SELECT organisation_id, evidence_id, source_id, {kind.roles.has_parts or 'true'} AS has_parts FROM visible_{kind.kind}"
        for kind in kinds().values()
        if kind.basis == "measured"
    ]
    return f"CREATE OR REPLACE TEMP VIEW named_record AS {' UNION ALL '.join(selections)}"


def _indicator_value_macro() -> str:
    """SQL for the macro that gives an indicator its value from a result, as the type of its test says."""
    types = test_types().values()
    cases = " ".join(f"WHEN {literal(test_type.type)} THEN ({test_type.value})" for test_type in types)
    return (
        "CREATE OR REPLACE TEMP MACRO indicator_value(test_type, result, reason, metric, numerator, denominator, selected) "
        f"AS CASE test_type {cases} END"
    )


def _gap_macro() -> str:
    """SQL for the macro that gives what a result that is not good lacks, by its reason: its place in GAPS, the first being the
    most serious."""
    gaps = {(name, reason.gap) for test_type in test_types().values() for name, reason in test_type.reasons.items()}
    ranks = [(name, GAPS.index(gap) + 1) for name, gap in sorted(gaps)]
    cases = " ".join(f"WHEN {literal(name)} THEN {rank}" for name, rank in ranks if rank > 1)
    return f"CREATE OR REPLACE TEMP MACRO gap_rank(reason) AS CASE reason {cases} ELSE 1 END"


def _refuse_wrong_results(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise WrongResults unless every test of every assessed organisation has one result, with a reason of its type."""
    wrong = connection.execute("SELECT * FROM wrong_result ORDER BY ALL LIMIT $shown", {"shown": _SHOWN})
    names = [column[0] for column in wrong.description or ()]
    rows = [dict(zip(names, values, strict=True)) for values in wrong.fetchall()]
    if not rows:
        return
    lines = [
        message(
            "assessment.wrong_result",
            test=row["test_id"],
            organisation=row["organisation_id"],
            type=row["test_type"],
            problem=message(f"assessment.{row['problem']}", number=row["results"], reason=row["reason"]),
        )
        for row in rows
    ]
    count_row = connection.execute("SELECT count(*) FROM wrong_result").fetchone()
    unnamed = (count_row[0] if count_row else 0) - len(rows)
    if unnamed:
        lines.append(message("assessment.and_more", number=unnamed))
    types = {row["test_type"] for row in rows if row["test_type"] in test_types()}
    files = sorted(f"models/tests/{name}.sql" for name in types)
    raise WrongResults(joined(lines, "; "), place=", ".join(files), advice=message("assessment.one_result_each"))


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
    for table, keys in ASSESSED_TABLES.items():
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
        if kind.kind == "register_entry":
            parts += [
                f"SELECT organisation_id, '{ROLES}' AS kind FROM evidence.register_entry WHERE register = 'role' AND {condition}"
                for condition in conditions
            ]
    return f"""
        WITH touched AS (SELECT DISTINCT * FROM ({" UNION ALL ".join(parts)})), ran AS (
            SELECT DISTINCT organisation_id FROM ops.source_run
            WHERE (recorded_at > {window[0]} AND recorded_at <= {window[1]})
                OR (as_of > DATE '{last_as_of}' AND as_of <= DATE '{as_of}') -- known before, but its day came now
        ), read_whole AS (
            SELECT organisation_id, source_id, max(recorded_at) FILTER (complete AND recorded_at <= {window[0]}) AS at
            FROM ops.source_run WHERE status = 'ok' GROUP BY ALL
        ), stored AS (
            SELECT r.organisation_id, t.test_no, r.changes_on,
                y.leans_on_coverage AND (r.selected = 0 OR list_contains(y.coverage_reasons, r.reason)) AS leans_on_source
            FROM assess.test_result AS r
            JOIN catalogue.test AS t ON t.framework_id = r.framework_id AND t.test_id = r.test_id AND t.purpose = r.purpose
            JOIN catalogue.test_type AS y USING (test_type)
            WHERE r.until_run_no IS NULL
        ), reached AS (
        SELECT q.organisation_id, t.test_no FROM ops.quarantine AS q
            JOIN ran USING (organisation_id) -- a row that was kept out, or came in or went since
            JOIN read_whole USING (organisation_id, source_id)
            JOIN (SELECT test_no, unnest(kinds_read) AS kind FROM catalogue.test) AS t USING (kind)
            WHERE q.quarantined_at >= read_whole.at OR read_whole.at IS NULL
        UNION
        SELECT organisation_id, test_no FROM touched
            LEFT JOIN (SELECT test_no, unnest(kinds_read) AS kind FROM catalogue.test) AS t USING (kind)
        UNION
        SELECT organisation_id, test_no FROM stored WHERE changes_on <= DATE '{as_of}'
        UNION
        SELECT organisation_id, test_no FROM stored JOIN ran USING (organisation_id) WHERE leans_on_source
        ), together AS ( -- what is stated in a list is as strong as the sample of that list: one is not judged without the other
            SELECT test_no FROM catalogue.test
            WHERE sampled_kind IS NOT NULL
                OR (basis = 'declared' AND kind IN (SELECT sampled_kind FROM catalogue.test))
        )
        FROM reached
        UNION
        SELECT organisation_id, test_no FROM (SELECT DISTINCT organisation_id FROM reached) CROSS JOIN together
    """


def _days_of(kind: Kind, catalogue: Catalogue) -> set[str]:
    """The expressions over a kind of which the value makes a record count from that day on."""
    measures = [test.measure for test in catalogue.tests]
    measures += [indicator.measure for indicator in catalogue.indicators]
    dates = {measure.date for measure in measures if measure.kind == kind.kind} - {""}
    ends = {"valid_until + 1"} if kind.governance or kind.keeps else set()
    return dates | ends | _terms_of(kind, catalogue) | {"observed_at", kind.roles.happened_on} | _settling(kind)


def _settling(kind: Kind) -> set[str]:
    """The column that settles a record; and of a finding the day from which, still open, it contradicts its norm."""
    settling = {kind.settles} if kind.settles else set()
    return settling | ({"day_of(due_at) + 1"} if kind.kind == "finding" else set())


def _terms_of(kind: Kind, catalogue: Catalogue) -> set[str]:
    """The days on which records of a kind come into the window of some test."""
    days = {term_day(test) for test in numbered_measures(catalogue) if test.measure.kind == kind.kind}
    return days - {""}


def _chosen(organisations: Sequence[str] | None) -> str:
    """The SQL condition that an organisation is one of these; all of them for None."""
    if organisations is None:
        return "true"
    return f"list_contains({sql_literal(organisations)}, organisation_id)"


def _make_scope(connection: duckdb.DuckDBPyConnection, organisations: Sequence[str] | None, scope: str | None) -> None:
    """Temporary tables assessed_organisation and scope."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE assessed_organisation AS SELECT organisation_id FROM ops.organisation "
        f"WHERE {_chosen(organisations)}"
    )
    every_pair = "SELECT organisation_id, test_no FROM assessed_organisation CROSS JOIN catalogue.test"
    pairs = every_pair
    if scope:
        pairs = f"SELECT * FROM ({scope}) WHERE organisation_id IN (FROM assessed_organisation)"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE scope AS {pairs}")
    if scope:
        connection.execute(
            "DELETE FROM assessed_organisation WHERE organisation_id NOT IN (SELECT organisation_id FROM scope)"
        )
        connection.execute("DELETE FROM scope WHERE test_no IS NULL")


def _tests_in_scope(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, moment: Moment, kept_out: set[str]
) -> list[NumberedTest]:
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
    organisations_by_test = {number: tuple(names) for number, names in rows}
    few: set[str] = set()
    reads_few: set[int] = set()
    for number, names in organisations_by_test.items():
        if 10 * len(few | set(names)) <= total:
            few |= set(names)
            reads_few.add(number)
    unread = _unread_kinds(connection, moment, kept_out)
    tests: list[NumberedTest] = []
    for test in numbered_measures(catalogue):
        organisations = organisations_by_test.get(test.test_no)
        if organisations is None:
            continue
        are_most = 2 * len(organisations) > total
        reads = _reads(test, unread, test.test_no in reads_few)
        tests.append(replace(test, organisations=None if are_most else organisations, reads=reads))
    _copy_few(connection, tests, moment, few)
    return tests


def _copy_few(
    connection: duckdb.DuckDBPyConnection, tests: Sequence[NumberedTest], moment: Moment, few: set[str]
) -> None:
    """Copy the records of a few organisations, of the kinds that tests read of these only."""
    of_few = [test for test in tests if test.reads == "few" and test.measure.test_type.looks_at == "evidence"]
    names = {name for test in of_few for name in _selected_kinds(test)}
    for name in sorted(names):
        kind = kinds()[name]
        connection.execute(few_table(kind, moment, sorted(few), _shown_otherwise(connection, kind)))


def _make_unread(connection: duckdb.DuckDBPyConnection, moment: Moment) -> set[str]:
    """Make the tables of the rows that were kept out, and say of which kinds there are such tables: of the others no row was."""
    rows = connection.execute("SELECT DISTINCT kind FROM ops.quarantine").fetchall()
    names = {name for (name,) in rows} & kinds().keys()
    for name in sorted(names):
        connection.execute(unread_relation(kinds()[name], moment))
    return names


def _unread_kinds(connection: duckdb.DuckDBPyConnection, moment: Moment, kept_out: set[str]) -> set[str]:
    """The kinds of which rows were kept out that have no earlier version, or of which named things left their list or outlived
    their end. Makes the relations that tests of these read."""
    keeping = {kind.kind for kind in kinds().values() if kind.keeps}
    for name in keeping - kept_out:
        connection.execute(unread_relation(kinds()[name], moment))
    unread = set()
    for name in sorted(keeping | kept_out):
        kind = kinds()[name]
        for statement in relations_with_unread(kind, moment, _outlived(connection, kind, kept_out)):
            connection.execute(statement)
        first_rows = [f"(SELECT 1 FROM {relation}_{name} LIMIT 1)" for relation in ADDED]
        if connection.execute(" UNION ALL ".join(first_rows)).fetchone() is not None:
            unread.add(name)
    return unread


def _outlived(connection: duckdb.DuckDBPyConnection, kind: Kind, kept_out: set[str]) -> str:
    """SQL for the records that outlived their end; nothing where none has ended, for that is quicker seen."""
    ended = f"SELECT 1 FROM visible_{kind.kind} WHERE valid_until < getvariable('as_of') LIMIT 1"
    if connection.execute(ended).fetchone() is not None:
        return outlived_rows(kind, kept_out)
    return ""


def _reads(test: NumberedTest, unread: set[str], is_of_few: bool) -> str:
    """Which relations the records of a test come from."""
    if test.measure.kind in unread and counts_unread(test):
        return UNREAD_TOO
    return "few" if is_of_few else "visible"


def _selected_kinds(test: NumberedTest) -> set[str]:
    """The kinds whose records a test selects: its own, and those of counterparts."""
    return {test.measure.kind, *(other.kind for other in test.measure.others)}


def _make_work_tables(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE work_result (organisation_id VARCHAR, test_no INTEGER, result VARCHAR, "
        "metric DOUBLE, numerator DOUBLE, denominator DOUBLE, reason VARCHAR, expires_on DATE, changes_on DATE, "
        "selected BIGINT, evidence_kind VARCHAR, evidence_ids UBIGINT[], basis VARCHAR, weak_until DATE)"
    )
