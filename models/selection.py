"""Turns the selectors of tests into views: which records each test looks at, as of a day and a moment of knowing.

One view per test type holds the selected records of all its tests, all norms and all organisations together, so that
each SQL model in `models/sql/` is one statement. Only this module writes SQL text from the catalogue; the expressions
in it are bound against the columns of the kind by `ensia catalogue check` before a catalogue is used.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.catalogue import Matched, Measure
from models.duration import Duration
from models.instant import first_moment
from models.kind import Kind, kinds
from models.sql_text import literal

_DAY_OF_MOMENT = re.compile(r"day_of\((?P<column>\w+)\)")
# Per test type: the extra columns its SQL model needs, with the type that an empty view gives them.
EXTRA_COLUMNS: dict[str, dict[str, str]] = {
    "current": {"in_force": "BOOLEAN", "ends_on": "DATE", "review_due": "DATE"},
    "fresh": {},
    "recurring": {},
    "ratio": {"good": "BOOLEAN"},
    "within": {"is_open": "BOOLEAN", "in_time": "BOOLEAN", "limit_day": "DATE"},
    "none_open": {"is_open": "BOOLEAN", "limit_day": "DATE"},
    "metric": {"value": "DOUBLE"},
    "audited": {"judgement": "VARCHAR"},
    "count": {},
    "per": {},
}


@dataclass(frozen=True, slots=True)
class NumberedTest:
    """A test or indicator with the number it has in `catalogue.test`; `organisations` bounds who it is computed for.

    `reads` names the relations that its records come from: `visible_<kind>`, or `few_<kind>` with the records of a few
    organisations only (see `few_table`).
    """

    test_no: int
    measure: Measure
    organisations: tuple[str, ...] | None = None
    reads: str = "visible"


@dataclass(frozen=True, slots=True)
class Moment:
    """The as-of pair: the assessed day, the day up to which evidence counts, and the moment of knowing (UTC)."""

    as_of: date
    known_at: datetime
    evidence_as_of: date

    @property
    def known_literal(self) -> str:
        return f"TIMESTAMP '{self.known_at.isoformat(sep=' ')}'"

    @property
    def next_day(self) -> date:
        """The first day of which nothing counts."""
        return self.evidence_as_of + timedelta(days=1)


def visible_view(kind: Kind, moment: Moment, organisations: Sequence[str] | None = None) -> str:
    """SQL for the temporary view `visible_<kind>`: the versions known at the moment, about the day.

    A record that was settled after the day is shown as still open: on that day it was.
    """
    scope = "true" if organisations is None else _of(organisations)
    return f"CREATE OR REPLACE TEMP VIEW visible_{kind.kind} AS {_visible(kind, moment, scope)}"


def few_table(kind: Kind, moment: Moment, organisations: Sequence[str]) -> str:
    """SQL for the temporary table `few_<kind>`: the visible records of a few organisations, read once for all tests.

    Joined, the names bound what is read of the table; in a list of constants they are compared with every row of it.
    """
    names = f"(SELECT unnest([{', '.join(map(literal, organisations))}]) AS organisation_id)"
    joined = f"evidence.{kind.kind} SEMI JOIN {names} USING (organisation_id)"
    return f"CREATE OR REPLACE TEMP TABLE few_{kind.kind} AS {_visible(kind, moment, 'true', joined)}"


def _visible(kind: Kind, moment: Moment, scope: str, table: str | None = None) -> str:
    replace = ""
    if kind.settles:
        column = kind.settles
        is_past = before_day(kind, column, moment.next_day)
        replace = f" REPLACE (CASE WHEN {is_past} THEN {column} END AS {column})"
    return (
        f"SELECT *{replace} FROM {table or f'evidence.{kind.kind}'} "
        f"WHERE recorded_at <= {moment.known_literal} AND (retired_at IS NULL OR retired_at > {moment.known_literal}) "
        f"AND {before_day(kind, 'observed_at', moment.next_day)} AND {scope}"
    )


def from_day(kind: Kind, expression: str, day: date) -> str:
    """The SQL condition that a day or moment of a record is on `day` or later."""
    return _compared(kind, expression, ">=", day)


def before_day(kind: Kind, expression: str, day: date) -> str:
    """The SQL condition that a day or moment of a record is before `day`."""
    return _compared(kind, expression, "<", day)


def _compared(kind: Kind, expression: str, sign: str, day: date) -> str:
    """A moment, and the day of a moment, are compared as moments: the database then skips the blocks outside."""
    day_of_moment = _DAY_OF_MOMENT.fullmatch(expression)
    column = day_of_moment["column"] if day_of_moment else expression
    if column in kind.moments:
        return f"{column} {sign} TIMESTAMP '{first_moment(day).isoformat(sep=' ')}'"
    return f"({expression}) {sign} DATE '{day.isoformat()}'"


def _of(organisations: Sequence[str]) -> str:
    return f"organisation_id IN ({', '.join(map(literal, organisations)) or 'NULL'})"


def selected_rows(test_type: str, tests: Iterable[NumberedTest], as_of: date) -> str:
    """SQL for what a model calls `selected_<test_type>`: test_no, organisation_id, evidence_id, happened_on, extras.

    Windows and ages are applied here, as days that are constant for a test, so that the database can skip what lies
    outside them. Extras of deadlines: `limit_day` is the last day on which a record that is still open is not late,
    `in_time` whether a settled one met its limit.
    """
    extras = EXTRA_COLUMNS[test_type]
    alike: dict[object, list[NumberedTest]] = defaultdict(list)
    for test in tests:
        alike[_passes_over(test)].append(test)
    branches = [_branch(found, extras, as_of) for found in alike.values()]
    if not branches:
        columns = {"test_no": "INTEGER", "organisation_id": "VARCHAR", "evidence_id": "UBIGINT", "happened_on": "DATE"}
        nothing = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in (columns | extras).items())
        branches = [f"SELECT {nothing} WHERE false"]
    return "\nUNION ALL BY NAME\n".join(branches)


def selected_records(measure: Measure) -> str:
    """SQL that returns every record a test selects, with all columns: what `explain` shows."""
    return f"SELECT e.* FROM visible_{measure.kind} AS e WHERE {condition(measure)}"


def condition(measure: Measure) -> str:
    """The selector of a test as one SQL condition: what it is about, and its `where`."""
    return _condition(kinds()[measure.kind], measure.about, measure.where)


def _condition(kind: Kind, about: Sequence[str], where: str) -> str:
    parts = []
    if about:
        parts.append(f"{kind.discriminator} IN ({', '.join(map(literal, about))})")
    if where:
        parts.append(f"({where})")
    return " AND ".join(parts) or "true"


def _passes_over(test: NumberedTest) -> object:
    """Tests for which this is the same go through the same records, and share one pass over them. One that looks for
    counterparts goes alone: they are found for all rows of a pass."""
    measure = test.measure
    if measure.matched is not None:
        return test.test_no
    return measure.kind, measure.about, test.organisations, test.reads


def _branch(tests: Sequence[NumberedTest], extras: dict[str, str], as_of: date) -> str:
    """SQL for the records that tests with the same `_passes_over` select."""
    first = tests[0]
    kind = kinds()[first.measure.kind]
    about = _condition(kind, first.measure.about, "")
    if first.organisations is not None:
        about += f" AND {_of(first.organisations)}"
    source = f"{first.reads}_{kind.kind}{_earlier(first, kind)}"
    common = "organisation_id, evidence_id"
    if len(tests) == 1:
        own = ", ".join(f"{value} AS {name}" for name, value in _own_columns(first, kind, extras).items())
        return f"SELECT {common}, {own} FROM {source} WHERE {about} AND {_own_condition(first, kind, as_of)}"
    selected = []
    for test in tests:
        own = ", ".join(f"{name}: {value}" for name, value in _own_columns(test, kind, extras).items())
        selected.append(f"CASE WHEN {_own_condition(test, kind, as_of)} THEN {{{own}}} END")
    return (
        f"SELECT {common}, found.* FROM (SELECT {common}, unnest([{', '.join(selected)}]) AS found "
        f"FROM {source} WHERE {about}) WHERE found IS NOT NULL"
    )


def _own_columns(test: NumberedTest, kind: Kind, extras: dict[str, str]) -> dict[str, str]:
    happened_on = _happened_on(test, kind)
    return {
        "test_no": str(test.test_no),
        "happened_on": f"({happened_on})",
        **{name: f"CAST({_extra(name, test, kind, happened_on)} AS {sql_type})" for name, sql_type in extras.items()},
    }


def _own_condition(test: NumberedTest, kind: Kind, as_of: date) -> str:
    """What a test asks beyond what it is about: its `where`, and the days of its window."""
    parts = [f"({test.measure.where})"] if test.measure.where else []
    happened_on = _happened_on(test, kind)
    if (bounds := _days(test.measure, as_of)) is not None:
        first, last = bounds
        parts += [from_day(kind, happened_on, first), before_day(kind, happened_on, last + timedelta(days=1))]
    return " AND ".join(parts) or "true"


def _happened_on(test: NumberedTest, kind: Kind) -> str:
    date_of_test = test.measure.date
    if date_of_test in kind.moments:
        return f"day_of({date_of_test})"
    return date_of_test or kind.roles.happened_on


def _days(measure: Measure, as_of: date) -> tuple[date, date] | None:
    """The first and last day of the records a test looks at, if its window or age bounds them."""
    first: list[date] = []
    if isinstance(measure.window, Duration):
        first.append(measure.window.before(as_of) + timedelta(days=1))
    elif measure.window == "cycle" or measure.type == "within":
        first.append(date(as_of.year, 1, 1))
    if measure.max_age is not None and measure.type in ("ratio", "count"):
        first.append(measure.max_age.earliest(as_of))
    bounded = first and measure.type in ("ratio", "within", "count", "per")
    return (max(first), as_of) if bounded else None


def _extra(name: str, test: NumberedTest, kind: Kind, happened_on: str) -> str:
    measure, roles = test.measure, kind.roles
    match name:
        case "good":
            return _good(test, happened_on)
        case "is_open":
            return f"({roles.settled_at}) IS NULL"
        case "limit_day":
            return _limit_day(measure.max_age if measure.type == "none_open" else measure.deadline, kind)
        case "in_time":
            if isinstance(measure.deadline, Duration) and measure.deadline.hours:
                return f"({roles.settled_at}) <= ({roles.started_at}) + {measure.deadline.sql()}"
            return f"day_of({roles.settled_at}) <= {_limit_day(measure.deadline, kind)}"
        case _:
            return getattr(roles, name) or "NULL"


def _limit_day(limit: Duration | str | None, kind: Kind) -> str:
    """The last day on which an open record is not late. A limit in hours passes in the course of a day: on that day, at
    its end, the record is late."""
    if not isinstance(limit, Duration):
        return f"day_of({kind.roles.due_at})" if kind.roles.due_at else "NULL"
    started = kind.roles.started_at
    if limit.hours:
        return f"day_of(({started}) + {limit.sql()}) - 1"
    if limit.months:
        return f"CAST(day_of({started}) + {limit.sql()} AS DATE)"
    return f"day_of({started}) + {limit.days}"


def _good(test: NumberedTest, happened_on: str) -> str:
    """Whether a row of the population is good: an expression, or a counterpart with the same key.

    `measure.good` and `matched` together mean: both.
    """
    measure = test.measure
    parts = [f"coalesce(({measure.good}), false)"] if measure.good else []
    matched = measure.matched
    if matched is not None and matched.earlier_within is None:
        parts.append(
            f"coalesce((organisation_id, ({matched.population_key})) IN "
            f"(SELECT (other_organisation, other_key) FROM ({_counterparts(test, matched)})), false)"
        )
    elif matched is not None and matched.earlier_within is not None:
        parts.append(f"coalesce(other_happened_on + {matched.earlier_within.sql()} >= ({happened_on}), false)")
    return " AND ".join(parts) or "false"


def _counterparts(test: NumberedTest, matched: Matched) -> str:
    """SQL for the organisation, key and day of the records that may be the counterpart of a row of the population."""
    other = kinds()[matched.kind]
    inner = (
        f"SELECT organisation_id AS other_organisation, ({matched.key}) AS other_key, "
        f"({other.roles.happened_on}) AS other_happened_on FROM {test.reads}_{matched.kind} "
        f"WHERE {_condition(other, matched.about, matched.where)}"
    )
    limits = "other_key IS NOT NULL"
    if matched.max_age is not None:
        limits += f" AND other_happened_on + {matched.max_age.sql()} >= getvariable('as_of')"
        limits += " AND other_happened_on <= getvariable('as_of')"
    return f"SELECT * FROM ({inner}) WHERE {limits}"


def _earlier(test: NumberedTest, kind: Kind) -> str:
    """The join with the last counterpart before each row, for a test that asks for an earlier one; else nothing.

    If the last one is not near enough, none is: so it costs an ordering of the records and not every pair of them.
    """
    matched = test.measure.matched
    if matched is None or matched.earlier_within is None:
        return ""
    return (
        f" ASOF LEFT JOIN ({_counterparts(test, matched)}) ON other_organisation = organisation_id "
        f"AND other_key = ({matched.population_key}) AND other_happened_on < ({_happened_on(test, kind)})"
    )
