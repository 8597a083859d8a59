"""Turns the selectors of tests into SQL: which records each test looks at, as of a day and a moment of knowing.

One relation per test type holds the selected records of all its tests, all norms and all organisations together, so
that each SQL model in `models/tests/` is one statement. Only this module writes SQL text from the catalogue; the expressions
in it are bound against the columns of the kind by `ensia catalogue check` before a catalogue is used.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache

from models.catalogue import Matched, Measure, Population, Stage
from models.duration import Duration
from models.instant import first_moment
from models.kind import EndedWith, HeldTo, Kind, kinds, vocabularies
from models.sql_text import literal
from models.stages import followers_joined, stage_list
from models.test_type import TestType
from models.unread import unread_rows

_DAY_OF_MOMENT = re.compile(r"day_of\((?P<column>\w+)\)")
_FIRST_MOMENT = re.compile(r"first_moment_of\((?P<day>\w+)\)")
_FRAGMENT = re.compile(r"\{(\w+)(?:\.(\w+))?\}")
# By what a record is known to people: where it stands, and its own key in its source.
# The bodies that answer for the organisation, as the vocabulary `body` names them (domain.md section 5).
_APPROVING = ("council", "board")
# The relations with what counts against besides the visible records.
ADDED = ("unread", "gone", "outlived")
EXCUSED = "excused"  # and for the records that it leaves out
UNREAD_TOO = "all"  # what NumberedTest.reads is for a test in which they count
_SHOWN = "record_key: record_key, title: title, source_id: source_id, locator: locator"
SHOWN_AS = f"{{{_SHOWN}, mark: NULL::VARCHAR}}"

# What `_ended_too` gives.
_ENDED_TOO = """
WITH held_row AS ({rows}),
ended_thing AS (
    SELECT
        organisation_id,
        lower(trim(coalesce(name, title))) AS thing,
        max(valid_until) AS last_day
    FROM evidence.register_entry AS r
    WHERE register = 'asset' AND {is_entry_present}
    GROUP BY ALL
    HAVING bool_and(coalesce(valid_until < DATE '{day}', false))
),
ended_row AS (
    SELECT
        p.evidence_id,
        first_moment_of(e.last_day + 1) AS ended_at
    FROM {table} AS p
    JOIN ended_thing AS e
        ON e.organisation_id = p.organisation_id
        AND e.thing = lower(trim(p.{name}))
    WHERE {is_present}
        AND p.{seen_by} IS NOT NULL
        AND p.{settles} IS NULL
        AND NOT EXISTS (
            FROM evidence.scan AS s
            WHERE s.organisation_id = p.organisation_id
                AND s.source_id = p.source_id
                AND s.record_key = p.{seen_by}
                AND {is_scan_present}
                AND day_of(s.scanned_at) > e.last_day
        )
)
SELECT p.* REPLACE (
    coalesce(p.{settles}, x.ended_at) AS {settles}
)
FROM held_row AS p
LEFT JOIN ended_row AS x USING (evidence_id)
UNION ALL BY NAME
SELECT p.* REPLACE (x.ended_at AS {settles})
FROM {table} AS p
JOIN ended_row AS x USING (evidence_id)
WHERE evidence_id NOT IN (
    SELECT evidence_id FROM held_row
)"""


# What `role_holder_rows` gives. A body that answers for the organisation is there by law.
_ROLE_HOLDERS = """WITH word(spelling, code) AS (VALUES {words}),
held AS (
    SELECT
        organisation_id,
        unnest([lower(trim(name)), lower(trim(title)), lower(trim(entry_type))]) AS name,
        coalesce(valid_until, DATE '9999-12-31') AS last_day
    FROM evidence.register_entry AS r
    WHERE register = 'role' AND owner IS NOT NULL AND {is_present}
        AND day_of(observed_at) <= {day}
)
SELECT of_organisation, held_role, max(last_day) AS last_day
FROM (
    SELECT
        organisation_id AS of_organisation,
        unnest([name, code]) AS held_role,
        last_day
    FROM held
    LEFT JOIN word ON spelling = name
    UNION ALL
    SELECT organisation_id, unnest([{bodies}]), DATE '9999-12-31'
    FROM ops.organisation
)
WHERE held_role IS NOT NULL
GROUP BY ALL"""
# What `population_rows` gives.
_POPULATION_ROWS = """
SELECT DISTINCT
    organisation_id,
    {test_no} AS test_no,
    coalesce({object}, chr(31) || evidence_id) AS object
FROM visible_{kind}
WHERE ({where}) IS NOT FALSE"""
# What `signs_of_life` gives.
_SIGNS_OF_LIFE = """
SELECT
    organisation_id,
    {test_no} AS test_no,
    CAST(max({happened_on}) + INTERVAL 3 MONTH AS DATE) AS last_day
FROM visible_{kind}
WHERE {condition}
    AND ({happened_on}) <= DATE '{day}'
GROUP BY organisation_id"""
# What `excused_relation` gives.
_EXCUSED = """CREATE OR REPLACE TEMP TABLE excused_{kind} AS
SELECT *
FROM ({visible}) AS v
WHERE EXISTS (
    FROM evidence.excused AS x
    JOIN role_holder AS h
        ON h.of_organisation = x.organisation_id
        AND h.held_role = lower(trim(x.given_by))
        AND h.last_day >= x.given_on
    WHERE x.organisation_id = v.organisation_id
        AND {is_present}
        AND x.record_kind = '{kind}'
        AND ({is_same})
        AND x.reason IS NOT NULL
        AND x.given_on <= {day}
        AND x.valid_until >= {day}
        AND coalesce(lower(trim(x.given_by)) <> lower(trim(v.owner)), {without_owner})
)"""
# What `excused_counts` gives.
_EXCUSED_COUNT = """
SELECT
    s.organisation_id,
    s.test_no,
    count(DISTINCT coalesce(e.thing, CAST(evidence_id AS VARCHAR))) AS excused
FROM ({rows}) AS s
JOIN (
    SELECT evidence_id, CAST({once} AS VARCHAR) AS thing
    FROM excused_{kind}
) AS e USING (evidence_id)
GROUP BY ALL"""
# What `_selfchecked` gives.
_SELFCHECKED = """
WITH entry AS (
    SELECT
        organisation_id,
        register,
        lower(trim(coalesce(name, title))) AS name,
        lower(trim(attributes['supplier'])) AS supplier
    FROM (
        SELECT organisation_id, register, name, title, attributes
        FROM evidence.register_entry AS r
        WHERE {is_entry_present}
        UNION ALL
        SELECT organisation_id, register, name, title, attributes
        FROM ({unread_entries})
    )
),
supplier AS (
    SELECT organisation_id, name
    FROM entry
    WHERE coalesce(register = 'supplier', true)
    UNION
    SELECT organisation_id, supplier
    FROM entry
    UNION
    SELECT organisation_id, lower(trim(s.supplier))
    FROM evidence.assurance AS s
    WHERE {is_report_present}
    UNION
    SELECT organisation_id, lower(trim(supplier))
    FROM ({unread_reports})
)
SELECT a.evidence_id
FROM evidence.{kind} AS a
WHERE {is_act_present}
    AND a.owner IS NULL -- it may be whoever delivers the system
UNION
SELECT a.evidence_id
FROM evidence.{kind} AS a
JOIN supplier AS p
    ON p.organisation_id = a.organisation_id
    AND p.name = lower(trim(a.owner))
LEFT JOIN (
    SELECT
        organisation_id,
        name,
        list(supplier) AS suppliers,
        bool_or(supplier IS NULL) AS is_any -- of one entry it is not said whose it is
    FROM entry
    WHERE coalesce(register = 'asset', true)
        OR (register = 'internet_facing' AND supplier IS NOT NULL)
    GROUP BY ALL
) AS d
    ON d.organisation_id = a.organisation_id
    AND d.name = lower(trim(a.{system}))
WHERE {is_act_present}
    AND coalesce(d.is_any OR list_contains(d.suppliers, p.name), true)"""


@dataclass(frozen=True, slots=True)
class NumberedTest:
    """A test or indicator with the number it has in `catalogue.test`; `organisations` bounds who it is computed for.

    `direction`: which way is better, higher or lower. `reads` names the relations that its records come from:
    `visible_<kind>`, or `few_<kind>` with the records of a few organisations only (see `few_table`), or `all_<kind>` with the
    rows that could not be read too (see `relations_with_unread`), or `excused_<kind>` with those that are left out.
    """

    test_no: int
    measure: Measure
    organisations: tuple[str, ...] | None = None
    reads: str = "visible"
    direction: str = "higher"


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


def visible_view(
    kind: Kind, moment: Moment, organisations: Sequence[str] | None = None, apart: Collection[str] = ()
) -> str:
    """SQL for the temporary view `visible_<kind>`: the versions known at the moment, about the day.

    A record that was settled after the day is shown as still open: on that day it was. `apart`: of which tables the records
    are not shown as their source says them now: `held`, those of which something else was said before, and EXCUSED, those that
    are left out.
    """
    scope = "true" if organisations is None else _of(organisations)
    return f"CREATE OR REPLACE TEMP VIEW visible_{kind.kind} AS {_visible(kind, moment, scope, apart=apart)}"


def few_table(kind: Kind, moment: Moment, organisations: Sequence[str], apart: Collection[str] = ()) -> str:
    """SQL for the temporary table `few_<kind>`: the visible records of a few organisations, read once for all tests.

    Joined, the names bound what is read of the table; in a list of constants they are compared with every row of it.
    """
    names = f"(SELECT unnest([{', '.join(map(literal, organisations))}]) AS organisation_id)"
    among = f" SEMI JOIN {names} USING (organisation_id)"
    return f"CREATE OR REPLACE TEMP TABLE few_{kind.kind} AS {_visible(kind, moment, 'true', among, apart)}"


def held_rows(kind: Kind, moment: Moment) -> list[str]:
    """SQL for the temporary tables with what an organisation is held to: `held_<kind>`, the present versions of records of which
    something better was said later, with what was said before, and the versions of cases that have another type now; and
    `late_<kind>`, the acts that were first told of more than a month after them, by a source that was read before; and
    `selfchecked_<kind>`, the acts of suppliers on what they deliver themselves."""
    tables = []
    if kind.held_to is not None:
        corrected = f"SELECT * FROM ({_as_said_before(kind, kind.held_to, moment)})"
        retyped = f" UNION ALL BY NAME {_retyped(kind, moment)}" if kind.cases else ""
        rows = corrected + retyped
        if kind.ended_with is not None:
            rows = _ended_too(kind, kind.ended_with, moment, rows)
        tables.append(f"CREATE OR REPLACE TEMP TABLE held_{kind.kind} AS {rows}")
    if kind.acts:
        tables.append(f"CREATE OR REPLACE TEMP TABLE late_{kind.kind} AS {_late_acts(kind, moment)}")
    if kind.own_service:
        tables.append(f"CREATE OR REPLACE TEMP TABLE selfchecked_{kind.kind} AS {_selfchecked(kind, moment)}")
    return tables


@cache
def excusable_kinds() -> frozenset[str]:
    """The kinds of which a record may be left out of tests because somebody excused it."""
    return frozenset(kind.kind for kind in kinds().values() if kind.excused_by)


def excused_relation(kind: Kind, moment: Moment, apart: Collection[str] = (), *, is_none: bool = False) -> str:
    """SQL for the temporary table `excused_<kind>`: the visible records that are left out of every test, because a role that
    somebody held, and that is not their owner, said so for a reason, until a day that has not passed (domain.md section 4).
    Of a case whose owner is not known only a body that may approve can say so. `apart`: as in `visible_view`.
    `is_none`: there is no excuse at all, and none has to be looked for."""
    same = "lower(trim(x.{column})) = lower(trim(v.{name}))"
    by_name = [same.format(column=column, name=name) for column, names in kind.excused_by.items() for name in names]
    bodies = ", ".join(map(literal, approving_bodies()))
    by_a_body = f"lower(trim(x.given_by)) IN ({bodies})"
    scope = "false" if is_none else "true"
    visible = _visible(kind, moment, scope, apart=apart)
    without_owner = "true" if kind.personal else by_a_body
    day = moment.evidence_as_of.isoformat()
    return _EXCUSED.format(
        kind=kind.kind,
        visible=visible,
        is_present=_is_present(moment, "x"),
        is_same=" OR ".join(by_name),
        day=f"DATE '{day}'",
        without_owner=without_owner,
    )


def excused_counts(test_type: TestType, tests: Sequence[NumberedTest], as_of: date) -> str:
    """SQL for how many of the records that tests of one type would look at are excused: organisation_id, test_no, excused. What
    is one thing counts once."""
    kind = kinds()[tests[0].measure.kind]
    left_out = [replace(test, reads=EXCUSED, organisations=None) for test in tests]
    rows = _rows_of(test_type, left_out, as_of, False)
    once = kind.roles.once or "NULL"
    return _EXCUSED_COUNT.format(kind=kind.kind, once=once, rows=rows)


def unread_relation(kind: Kind, moment: Moment, *, are_all_read: bool = False) -> str:
    """SQL for the temporary table `unread_<kind>`: the rows that were kept out. `are_all_read`: no row of the kind ever was, and
    they need not be looked for."""
    rows = f"FROM evidence.{kind.kind} LIMIT 0" if are_all_read else _unread(kind, moment)
    return f"CREATE OR REPLACE TEMP TABLE unread_{kind.kind} AS SELECT {_shown_columns(kind, moment)} FROM ({rows})"


def relations_with_unread(kind: Kind, moment: Moment, outlived: str = "") -> list[str]:
    """SQL, beside `unread_relation`, for the temporary tables `gone_<kind>`, the named things that left their list, and
    `outlived_<kind>`, the listed things that ended and are still seen, with no end; and for the view `all_<kind>`: the
    visible records and these, told apart by `is_unread`, `is_gone` and `is_outlived`. `outlived`: SQL for the numbers of those
    that ended and are still seen."""
    nothing = f"FROM evidence.{kind.kind} LIMIT 0"
    columns = _shown_columns(kind, moment)
    gone = _gone_rows(kind, moment) if kind.keeps else nothing
    still_seen = f"evidence_id IN ({outlived})" if outlived else "false"
    ended = f"SELECT * REPLACE (NULL AS valid_until) FROM visible_{kind.kind} WHERE {still_seen}"
    return [
        f"CREATE OR REPLACE TEMP TABLE gone_{kind.kind} AS SELECT {columns} FROM ({gone})",
        f"CREATE OR REPLACE TEMP TABLE outlived_{kind.kind} AS {ended}",
        f"CREATE OR REPLACE TEMP VIEW all_{kind.kind} AS "
        + " UNION ALL BY NAME ".join(
            f"SELECT *, {relation == 'unread'} AS is_unread, {relation == 'gone'} AS is_gone, "
            f"{relation == 'outlived'} AS is_outlived FROM {relation}_{kind.kind}"
            for relation in ("visible", *ADDED)
        )
        + f" WHERE is_outlived OR evidence_id NOT IN (SELECT evidence_id FROM outlived_{kind.kind})",
    ]


def counts_unread(test: NumberedTest) -> bool:
    """Whether a row that could not be read counts in a test: it does where a record can count against. Not where a judgement of
    a third is read: what was readable of it could be half of a good one."""
    of = test.measure.test_type
    is_judgement = "judgement" in of.roles
    return of.counts_against and of.looks_at == "evidence" and not is_judgement


_KEY = "organisation_id, source_id, record_key"


def _is_present(moment: Moment, alias: str) -> str:
    """The SQL condition that a version is the one that was present at the moment of knowing."""
    known = moment.known_literal
    return f"{alias}.recorded_at <= {known} AND ({alias}.retired_at IS NULL OR {alias}.retired_at > {known})"


def _is_unexplained(kind: Kind, moment: Moment) -> str:
    """The SQL condition that nobody accepted that the version `s` of a record is no more: no explanation of that day or later
    names the record, given for a reason by a role that somebody held and that is not its owner; of an unknown owner, by a body
    that may approve."""
    names = ["record_key", "title", *(["name"] if any(column.name == "name" for column in kind.columns) else [])]
    named = ", ".join(f"lower(trim(s.{name}))" for name in names)
    bodies = ", ".join(map(literal, approving_bodies()))
    return (
        "NOT EXISTS (FROM evidence.explanation AS x WHERE x.organisation_id = s.organisation_id "
        f"AND {_is_present(moment, 'x')} AND x.record_kind = {literal(kind.kind)} AND lower(trim(x.record_ref)) IN ({named}) "
        f"AND x.reason IS NOT NULL AND x.given_on BETWEEN day_of(s.retired_at) AND DATE '{moment.evidence_as_of.isoformat()}' "
        f"AND coalesce(x.valid_until >= DATE '{moment.evidence_as_of.isoformat()}', true) "
        f"AND coalesce(lower(trim(x.given_by)) <> lower(trim(s.owner)), lower(trim(x.given_by)) IN ({bodies})) "
        "AND EXISTS (FROM role_holder AS h WHERE h.of_organisation = x.organisation_id "
        "AND h.held_role = lower(trim(x.given_by)) AND h.last_day >= x.given_on))"
    )


@cache
def approving_bodies() -> tuple[str, ...]:
    """Every way of writing, in small letters, the bodies that answer for the organisation (domain.md section 5)."""
    terms = vocabularies()["body"].terms
    spellings: set[str] = set()
    for code in _APPROVING:
        term = terms[code]
        spellings.update((code, term.nl, term.en, *term.synonyms))
    return tuple(sorted(spelling.lower() for spelling in spellings))


def _gone_rows(kind: Kind, moment: Moment) -> str:
    """SQL for the last versions of the named things of a kind that left their list without having ended."""
    once, day = kind.roles.once, moment.evidence_as_of.isoformat()
    assert once
    newest = "row_number() OVER (PARTITION BY organisation_id, once ORDER BY retired_at DESC, evidence_id) = 1"
    return (
        f"SELECT * EXCLUDE (once) FROM (SELECT s.*, {once} AS once FROM evidence.{kind.kind} AS s "
        f"WHERE s.recorded_at <= {moment.known_literal} AND s.retired_at <= {moment.known_literal} "
        f"AND {before_day(kind, 's.observed_at', moment.next_day)} AND {_is_unexplained(kind, moment)}) AS g "
        f"WHERE once IS NOT NULL AND coalesce(valid_until >= DATE '{day}', true) AND NOT EXISTS (FROM (SELECT organisation_id, "
        f"source_id, record_key, {once} AS present_once FROM evidence.{kind.kind} AS p WHERE {_is_present(moment, 'p')}) AS p "
        "WHERE p.organisation_id = g.organisation_id AND (p.present_once = g.once OR p.source_id = g.source_id "
        f"AND p.record_key = g.record_key)) QUALIFY {newest}"
    )


def _as_said_before(kind: Kind, held_to: HeldTo, moment: Moment) -> str:
    """SQL for the present versions of which an earlier one said something worse, with that in its place."""
    before = [f"min({name}) AS {name}" for name in held_to.earliest]
    better = [f"coalesce(b.{name} < v.{name}, b.{name} IS NOT NULL AND v.{name} IS NULL)" for name in held_to.earliest]
    values = [f"least(v.{name}, b.{name}) AS {name}" for name in held_to.earliest]
    for name, order in held_to.worst.items():
        words = f"[{', '.join(map(literal, order))}]"
        before.append(f"min(nullif(list_position({words}, {name}), 0)) AS {name}")
        better.append(f"coalesce(b.{name} < list_position({words}, v.{name}), false)")
        place = f"least(list_position({words}, v.{name}), b.{name})"
        values.append(f"CASE WHEN v.{name} IS NOT NULL THEN {words}[{place}] END AS {name}")
    for name in held_to.ever:
        before.append(f"bool_or({name}) AS {name}")
        better.append(f"coalesce(b.{name} AND NOT v.{name}, false)")
        values.append(f"CASE WHEN v.{name} IS NOT NULL THEN v.{name} OR coalesce(b.{name}, false) END AS {name}")
    said = (
        f"SELECT {_KEY}, {', '.join(before)} FROM evidence.{kind.kind} AS s WHERE retired_at <= {moment.known_literal} "
        f"AND {_is_unexplained(kind, moment)} GROUP BY ALL"
    )
    return (
        f"SELECT v.* REPLACE ({', '.join(values)}) FROM evidence.{kind.kind} AS v JOIN ({said}) AS b USING ({_KEY}) "
        f"WHERE {_is_present(moment, 'v')} AND ({' OR '.join(better)})"
    )


def _retyped(kind: Kind, moment: Moment) -> str:
    """SQL for the last version of a case under each type that it has no more; it is settled when the case is."""
    about, table = kind.discriminator, f"evidence.{kind.kind}"
    record = f"s.organisation_id, s.source_id, s.record_key, s.{about}"
    newest = f"row_number() OVER (PARTITION BY {record} ORDER BY s.recorded_at DESC)"
    return (
        f"SELECT s.* REPLACE (NULL AS retired_at, p.{kind.settles} AS {kind.settles}) "
        f"FROM {table} AS s JOIN {table} AS p USING ({_KEY}) WHERE s.retired_at <= {moment.known_literal} "
        f"AND {_is_present(moment, 'p')} AND s.{about} <> p.{about} AND {_is_unexplained(kind, moment)} QUALIFY {newest} = 1"
    )


def _ended_too(kind: Kind, ended_with: EndedWith, moment: Moment, rows: str) -> str:
    """SQL for `rows`, and the present records that the register of things ended: the thing that each is about is in the register,
    every entry of it has ended, and no scan looked at it since. Such a record is settled on the day after."""
    return _ENDED_TOO.format(
        rows=rows,
        table=f"evidence.{kind.kind}",
        name=ended_with.name,
        seen_by=ended_with.seen_by,
        settles=kind.settles,
        day=moment.evidence_as_of.isoformat(),
        is_present=_is_present(moment, "p"),
        is_entry_present=_is_present(moment, "r"),
        is_scan_present=_is_present(moment, "s"),
    )


def _late_acts(kind: Kind, moment: Moment) -> str:
    """SQL for the versions of acts that were first told of long after them."""
    happened, known = kind.roles.happened_on, moment.known_literal
    read_from = (
        "SELECT organisation_id, source_id, day_of(min(recorded_at)) AS read_from FROM ops.source_run "
        f"WHERE status = 'ok' AND recorded_at <= {known} GROUP BY ALL"
    )
    return (
        f"SELECT max(evidence_id) AS evidence_id FROM evidence.{kind.kind} JOIN ({read_from}) USING (organisation_id, source_id) "
        f"WHERE recorded_at <= {known} GROUP BY {_KEY} "
        f"HAVING day_of(min(recorded_at)) > max({happened}) + INTERVAL 1 MONTH AND any_value(read_from) <= max({happened})"
    )


def _selfchecked(kind: Kind, moment: Moment) -> str:
    """SQL for the acts of which a supplier is or may be the owner, and the system is not known to be of another supplier. A row
    that was kept out says who is a supplier too."""
    return _SELFCHECKED.format(
        kind=kind.kind,
        system=kind.own_service,
        is_act_present=_is_present(moment, "a"),
        is_entry_present=_is_present(moment, "r"),
        is_report_present=_is_present(moment, "s"),
        unread_entries=_unread(kinds()["register_entry"], moment),
        unread_reports=_unread(kinds()["assurance"], moment),
    )


def _unread(kind: Kind, moment: Moment) -> str:
    """SQL for the rows of a kind that were kept out."""
    return unread_rows(kind, moment.known_literal, f"DATE '{moment.evidence_as_of.isoformat()}'")


def _visible(kind: Kind, moment: Moment, scope: str, among: str = "", apart: Collection[str] = ()) -> str:
    columns = _shown_columns(kind, moment)
    conditions = f"{before_day(kind, 'observed_at', moment.next_day)} AND {scope}"
    if EXCUSED in apart:
        conditions += f" AND evidence_id NOT IN (SELECT evidence_id FROM excused_{kind.kind})"
    table = f"evidence.{kind.kind}"
    present = f"SELECT {columns} FROM {table}{among} WHERE {_is_present(moment, kind.kind)} AND {conditions}"
    if "held" not in apart:
        return present
    unheld = f"evidence_id NOT IN (SELECT evidence_id FROM held_{kind.kind})"
    return f"{present} AND {unheld} UNION ALL SELECT {columns} FROM held_{kind.kind}{among} WHERE {conditions}"


def _shown_columns(kind: Kind, moment: Moment) -> str:
    """The columns of a record as a day sees it: what was settled later is still open."""
    shown = dict(kind.derived)
    shown |= {role: _held_role(role, day, moment) for role, day in kind.by_role.items()}
    if column := kind.settles:
        shown[column] = f"CASE WHEN {before_day(kind, column, moment.next_day)} THEN {column} END"
    listed = ", ".join(f"{expression} AS {name}" for name, expression in shown.items())
    return f"*{f' REPLACE ({listed})' if listed else ''}"


def _held_role(role: str, day: str, moment: Moment) -> str:
    """SQL for the role of who did something, unknown when nobody held it on the day; a day that is not known is today."""
    held = f"last_day >= coalesce({day}, DATE '{moment.evidence_as_of.isoformat()}')"
    holder = f"FROM role_holder WHERE of_organisation = organisation_id AND held_role = lower(trim({role})) AND {held}"
    return f"CASE WHEN EXISTS ({holder}) THEN {role} END"


def role_holders(moment: Moment) -> str:
    """SQL for the temporary table `role_holder`: see `role_holder_rows`."""
    rows = role_holder_rows(_is_present(moment, "r"), f"DATE '{moment.evidence_as_of.isoformat()}'")
    return f"CREATE OR REPLACE TEMP TABLE role_holder AS {rows}"


def role_holder_rows(is_present: str, day: str) -> str:
    """SQL for which roles somebody holds by the register of roles, and until when: of_organisation, held_role (in small letters)
    and last_day; a role by its name and its type, and by the word of the vocabulary that either is a spelling of. `is_present`
    is the condition of the entries `r` that count, `day` SQL for the day."""
    terms = vocabularies()["role"].terms
    spellings = {
        spelling.lower(): code for code, term in terms.items() for spelling in (code, term.nl, term.en, *term.synonyms)
    }
    words = ", ".join(f"({literal(spelling)}, {literal(code)})" for spelling, code in sorted(spellings.items()))
    bodies = ", ".join(map(literal, approving_bodies()))
    return _ROLE_HOLDERS.format(words=words, bodies=bodies, is_present=is_present, day=day)


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


def parameters_of(test_type: TestType) -> str:
    """SQL for the tests of a type in the catalogue in use: test_no, framework_id, norm_id, aspect, changes_daily, and its
    parameters as columns."""
    columns = ["test_no", "framework_id", "norm_id", "aspect", "changes_daily"]
    for name, (parameter, sql_type) in test_type.parameter_columns().items():
        text = f"(parameters ->> '$.{parameter}')"
        if sql_type == "BOOLEAN":
            columns.append(f"{text} IS NOT NULL AS {name}")
        elif sql_type.endswith("[]"):
            columns.append(f"CAST((parameters -> '$.{parameter}') AS {sql_type}) AS {name}")
        elif sql_type == "INTERVAL":
            columns.append(f"CAST(CASE WHEN {text} NOT IN ('cycle', 'due') THEN {text} END AS INTERVAL) AS {name}")
        else:
            columns.append(f"CAST({text} AS {sql_type}) AS {name}")
    return f"SELECT {', '.join(columns)} FROM catalogue.test WHERE test_type = {literal(test_type.type)}"


def asked_pairs(test_type: TestType, tests: Sequence[NumberedTest] | None = None) -> str:
    """SQL for what a model calls `asked`: a row per organisation and test of the type to judge, with its parameters.

    `tests`: those of the type, where it is not all of them. Types that look at our own statuses are judged for every assessed
    organisation: their answer follows from others.
    """
    parameters = parameters_of(test_type)
    if test_type.looks_at == "statuses":
        return f"SELECT o.organisation_id, t.* FROM assessed_organisation AS o CROSS JOIN ({parameters}) AS t"
    pairs = f"SELECT s.organisation_id, t.* FROM scope AS s JOIN ({parameters}) AS t USING (test_no)"
    if tests is None:
        return pairs
    return f"{pairs} WHERE test_no IN ({', '.join(str(test.test_no) for test in tests) or 'NULL'})"


def asked_objects(test_type: TestType) -> str:
    """SQL for `asked` when the objects of some tests are judged one by one: a row per case of `object_case`, whose number
    stands for that of its test."""
    return (
        "SELECT o.organisation_id, t.* REPLACE (o.case_no AS test_no) FROM object_case AS o "
        f"JOIN ({parameters_of(test_type)}) AS t USING (test_no)"
    )


def population_rows(test: NumberedTest) -> str:
    """SQL for the objects that a test is asked of beyond those of which there are records, or instead of them: organisation_id,
    test_no, object. One that may be of the population is."""
    population = test.measure.objects
    kind = kinds()[population.kind]
    where = _condition(kind, population.about, population.where)
    return _POPULATION_ROWS.format(
        test_no=test.test_no,
        object=_object(population.key),
        kind=population.kind,
        where=where,
    )


def signs_of_life(test: NumberedTest, moment: Moment) -> str:
    """SQL for the last sign of life that a test asks for before it believes that there were no cases: organisation_id, test_no,
    last_day, the last day on which it tells so (domain.md section 4, Zero cases)."""
    sign = test.measure.sign_of_life
    kind = kinds()[sign.kind]
    where = f"({sign.where or kind.roles.done_well or 'true'})" + _told_in_time(kind)
    return _SIGNS_OF_LIFE.format(
        test_no=test.test_no,
        happened_on=kind.roles.happened_on,
        kind=sign.kind,
        condition=_condition(kind, sign.about, where),
        day=moment.as_of.isoformat(),
    )


def possible_members(population: Population) -> str:
    """The SQL condition that a record is, or may be, one of a population."""
    return f"({_condition(kinds()[population.kind], population.about, population.where)}) IS NOT FALSE"


def _object(expression: str) -> str:
    """The name of an object, as two sources may write it."""
    return f"nullif(lower(trim(CAST(({expression}) AS VARCHAR))), '')"


def selected_rows(test_type: TestType, tests: Sequence[NumberedTest], as_of: date) -> str:
    """SQL for what a model calls `selected`: test_no, organisation_id, evidence_id, happened_on, is_certain, extra columns.

    A condition that is unknown for a record (NULL) may hold: types whose records can count against get such a record too,
    with `is_certain` false, and let it count only when it counts against (domain.md section 0). Windows and ages are applied
    here, as days that are constant for a test, so that the database can skip what lies outside them. `tests` are those to
    judge, at least one.
    """
    if test_type.looks_at == "named_norm":
        return _naming_rows(test_type)
    return _rows_of(test_type, tests, as_of, False)


def rows_to_judge(test_type: TestType, tests: Sequence[NumberedTest], as_of: date) -> str:
    """The same with the columns that the verdict on each record needs, and `shown_as`: by what people know the record. `tests`:
    those to list, for every organisation."""
    if test_type.looks_at == "named_norm":
        return _naming_rows(test_type, tests)
    return _rows_of(test_type, tests, as_of, True)


def _rows_of(test_type: TestType, tests: Sequence[NumberedTest], as_of: date, is_judged: bool) -> str:
    alike: dict[object, list[NumberedTest]] = defaultdict(list)
    for test in tests:
        alike[_passes_over(test)].append(test)
    branches = [_branch(test_type, group, as_of, is_judged) for group in alike.values()]
    return "\nUNION ALL BY NAME\n".join(branches)


def _extras(test_type: TestType, test: NumberedTest | None, kind: Kind, is_judged: bool) -> dict[str, str]:
    """The extra columns of what a test selects, by name; with those that the verdict needs when each record is judged."""
    columns = dict(test_type.columns)
    if is_judged and test_type.verdict is not None:
        columns |= test_type.verdict.columns
    return {name: f"CAST({_fragment(column.sql, test, kind)} AS {column.type})" for name, column in columns.items()}


def _naming_rows(test_type: TestType, judged: Sequence[NumberedTest] | None = None) -> str:
    """SQL for the records that name the norm and aspect of a test themselves; an old number or another spelling finds
    the norm by alias. `judged`: the tests of which each record is judged, where it is not those of a scope."""
    assert test_type.kind is not None
    kind = kinds()[test_type.kind]
    extras = _extras(test_type, None, kind, judged is not None)
    pairs = asked_pairs(test_type)
    if judged is not None:
        extras["shown_as"] = SHOWN_AS
        pairs = (
            f"SELECT o.organisation_id, t.* FROM ops.organisation AS o CROSS JOIN ({parameters_of(test_type)}) AS t "
            f"WHERE t.test_no IN ({', '.join(str(test.test_no) for test in judged)})"
        )
    columns = {"happened_on": f"({kind.roles.happened_on})", "is_certain": "true", **extras}
    listed = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
    return (
        f"SELECT t.organisation_id, t.test_no, r.evidence_id, {', '.join(f'r.{name}' for name in columns)} "
        f"FROM (SELECT organisation_id, evidence_id, framework_id AS named_framework, lower(norm_id) AS named_norm, "
        f"aspect AS named_aspect, {listed} FROM visible_{kind.kind}) AS r "
        "JOIN catalogue.alias AS x ON x.framework_id = r.named_framework AND x.norm_id = r.named_norm "
        f"JOIN ({pairs}) AS t ON t.organisation_id = r.organisation_id "
        "AND t.framework_id = x.to_framework_id AND t.norm_id = x.to_norm_id AND t.aspect = r.named_aspect"
    )


def selected_records(measure: Measure) -> str:
    """SQL that returns every record a test selects, with all columns: what `explain` shows."""
    return f"SELECT e.* FROM visible_{measure.kind} AS e WHERE {condition(measure)}"


def condition(measure: Measure) -> str:
    """The selector of a test as one SQL condition: what it is about, and its `where`."""
    return _condition(kinds()[measure.kind], measure.about, measure.where)


def population_condition(population: Population) -> str:
    """The condition of the records of a population."""
    return _condition(kinds()[population.kind], population.about, population.where)


def _condition(kind: Kind, about: Sequence[str], where: str) -> str:
    parts = []
    if about:
        words = ", ".join(map(literal, about))
        own = f"{kind.discriminator} IN ({words})"
        parts.append(f"({own} OR list_has_any(coalesce({kind.also_about}, []), [{words}]))" if kind.also_about else own)
    if where:
        parts.append(f"({where})")
    return " AND ".join(parts) or "true"


def _passes_over(test: NumberedTest) -> object:
    """Tests for which this is the same go through the same records, and share one pass over them. One that looks for
    other records goes alone: they are found for all rows of a pass."""
    measure = test.measure
    if measure.of_type("counterpart", "stages"):
        return test.test_no
    return measure.kind, measure.about, test.organisations, test.reads


def _branch(test_type: TestType, tests: Sequence[NumberedTest], as_of: date, is_judged: bool) -> str:
    """SQL for the records that tests with the same `_passes_over` select."""
    first = tests[0]
    kind = kinds()[first.measure.kind]
    about = _condition(kind, first.measure.about, "")
    is_known = first.reads != UNREAD_TOO and first.measure.about and kind.column(str(kind.discriminator)).required
    if first.measure.about and _is_possible(first) and not is_known:
        about = f"({about}) IS NOT FALSE"
    if first.organisations is not None:
        about += f" AND {_of(first.organisations)}"
    followers = followers_joined(first.measure.stages_that_follow(), kind, _follows)
    source = f"{first.reads}_{kind.kind}{_earlier(first, kind)}{followers}"
    common = "organisation_id, evidence_id"
    read = f"{common}, {_shown_as(first, kind)} AS shown_as" if is_judged else common
    if len(tests) == 1:
        chosen = _columns_of(test_type, first, kind, is_judged)
        columns = ", ".join(f"{value} AS {name}" for name, value in chosen.items())
        return f"SELECT {read}, {columns} FROM {source} WHERE {about} AND {_condition_of(first, kind, as_of)}"
    selected = []
    for test in tests:
        columns = ", ".join(f"{name}: {value}" for name, value in _columns_of(test_type, test, kind, is_judged).items())
        selected.append(f"CASE WHEN {_condition_of(test, kind, as_of)} THEN {{{columns}}} END")
    return (
        f"SELECT * EXCLUDE (chosen), chosen.* FROM (SELECT {read}, unnest([{', '.join(selected)}]) AS chosen "
        f"FROM {source} WHERE {about}) WHERE chosen IS NOT NULL"
    )


def _shown_as(test: NumberedTest, kind: Kind) -> str:
    """SQL for by what people know a record, with a mark where it is not simply what its source says now."""
    if test.reads == EXCUSED:
        return f"{{{_SHOWN}, mark: {literal(EXCUSED)}}}"
    marks = [f"WHEN is_{name} THEN {literal(name)}" for name in ADDED] if test.reads == UNREAD_TOO else []
    if kind.held_to is not None:
        marks.append(f"WHEN evidence_id IN (SELECT evidence_id FROM held_{kind.kind}) THEN 'held'")
    if kind.acts:
        marks.append(f"WHEN evidence_id IN (SELECT evidence_id FROM late_{kind.kind}) THEN 'late'")
    if kind.own_service:
        marks.append(f"WHEN evidence_id IN (SELECT evidence_id FROM selfchecked_{kind.kind}) THEN 'selfchecked'")
    return f"{{{_SHOWN}, mark: CASE {' '.join(marks)} END}}" if marks else SHOWN_AS


def _columns_of(test_type: TestType, test: NumberedTest, kind: Kind, is_judged: bool) -> dict[str, str]:
    extras = _extras(test_type, test, kind, is_judged)
    fixed = {
        "test_no": str(test.test_no),
        "happened_on": f"({_happened_on(test, kind)})",
        "is_certain": _is_certain(test, kind),
    }
    if test.measure.per:
        fixed["object"] = f"coalesce({_object(test.measure.per)}, chr(31) || evidence_id)"
    return fixed | extras


def _is_possible(test: NumberedTest) -> bool:
    """Whether a record that may be meant is selected."""
    return test.measure.test_type.counts_against


def _is_certain(test: NumberedTest, kind: Kind) -> str:
    """SQL for whether a selected record is surely one that the test means."""
    measure = test.measure
    if not _is_possible(test):
        return "true"
    conditions = [_condition(kind, measure.about, measure.where)]
    if test.reads == UNREAD_TOO:
        conditions.append("NOT is_unread AND NOT is_gone")
    day = "" if measure.test_type.day else _bounded_day(test, kind)
    if day and not _is_day_known(test, kind, day):
        conditions.append(f"({day}) IS NOT NULL")
    return f"coalesce({' AND '.join(conditions)}, false)"


def _condition_of(test: NumberedTest, kind: Kind, as_of: date) -> str:
    """What a test asks beyond what it is about: its `where`, and the days of its window."""
    parts = []
    if test.measure.where:
        parts.append(f"({test.measure.where}) IS NOT FALSE" if _is_possible(test) else f"({test.measure.where})")
    if (bounds := _window_days(test.measure, as_of)) is not None:
        parts.append(_within_bounds(test, kind, *bounds))
    return " AND ".join(parts) or "true"


def _within_bounds(test: NumberedTest, kind: Kind, first: date, last: date) -> str:
    """The SQL condition that a record belongs to the window, or may belong to it."""
    day, of = _bounded_day(test, kind), test.measure.test_type
    if of.day:  # said once: each time that a day of a moment stands in a statement costs the planner time
        always = f"({_fragment(of.always, test, kind)}) OR " if of.always else ""
        return f"({always}({day}) BETWEEN DATE '{first.isoformat()}' AND DATE '{last.isoformat()}')"
    bounds = f"{from_day(kind, day, first)} AND {before_day(kind, day, last + timedelta(days=1))}"
    if _is_possible(test) and not _is_day_known(test, kind, day):
        bounds = f"({day}) IS NULL OR ({bounds})"
    return f"({bounds})"


def term_day(test: NumberedTest) -> str:
    """SQL for the day on which a record of a test comes into a window, where that is not the day it happened; else empty."""
    measure = test.measure
    return _fragment(measure.test_type.day, test, kinds()[measure.kind]) if measure.test_type.day else ""


def _bounded_day(test: NumberedTest, kind: Kind) -> str:
    """SQL for the day by which a record belongs to the window of a test; empty for a test without one."""
    of = test.measure.test_type
    is_bounded = of.bounded_otherwise or any(getattr(test.measure, name) for name in of.bounded_by)
    if not of.bounded_by or not is_bounded:
        return ""
    return _fragment(of.day, test, kind) if of.day else _happened_on(test, kind)


def _is_day_known(test: NumberedTest, kind: Kind, day: str) -> bool:
    """Whether every record that a test reads has this day."""
    return test.reads != UNREAD_TOO and _is_always_known(kind, day)


def _is_always_known(kind: Kind, day: str) -> bool:
    """Whether every record of a kind has this day: it is, or ends in, a column that a record must have."""
    required = {"observed_at", *(column.name for column in kind.columns if column.required)}
    last = re.findall(r"\w+", day)[-1]
    return last in required and (day.startswith(("coalesce(", "day_of(")) or day == last)


def _happened_on(test: NumberedTest, kind: Kind) -> str:
    date_of_test = test.measure.date
    if date_of_test in kind.moments:
        return f"day_of({date_of_test})"
    return date_of_test or kind.roles.happened_on


def _window_days(measure: Measure, as_of: date) -> tuple[date, date] | None:
    """The first and last day of the records a test looks at, if its type bounds them by a window or an age."""
    of = measure.test_type
    first_days: list[date] = []
    for name in of.bounded_by:
        value = getattr(measure, name) or (of.bounded_otherwise if of.parameters[name].type == "window" else None)
        if value is None:
            continue
        if value == "cycle":
            first_days.append(date(as_of.year, 1, 1))
        elif of.parameters[name].type == "window":
            first_days.append(value.before(as_of) + timedelta(days=1))
        else:
            first_days.append(value.earliest(as_of))
    return (max(first_days), as_of) if first_days else None


def _fragment(sql: str, test: NumberedTest | None, kind: Kind) -> str:
    """The expression of an extra column for a test: its words in braces are roles of the kind, `good`, or what a term
    says: `last_day.<parameter>`, the last day on which an open record is not late, `ends.<parameter>`, the day on which the
    term ends, and `met.<parameter>`, whether a settled one was in time. `against`: whether the record counts against, as
    far as can be known; `life_end`: the last day on which it counts without a review; `has_adoption`: whether the kind knows
    a day of adoption."""

    def replaced(match: re.Match[str]) -> str:
        word, parameter = match.groups()
        if word in _OF_KIND:
            return "true" if _OF_KIND[word](kind) else "false"
        if word == "stages":
            assert test is not None
            return stage_list(test.measure.stages, kind)
        if parameter is None and word in type(kind.roles).model_fields:
            role = getattr(kind.roles, word)
            return f"({role})" if role else "NULL"
        assert test is not None
        if word == "settled_on":
            return _day_of_moment(kind.roles.settled_at)
        if parameter is None:
            return _OF_TEST[word](test, kind)
        term = getattr(test.measure, parameter)
        return _OF_TERM[word](term, kind)

    return _FRAGMENT.sub(replaced, sql)


def _follows(stage: Stage) -> str:
    """The condition of the records that may follow a case."""
    return _condition(kinds()[stage.kind], stage.about, stage.where)


def _met(limit: Duration | str | None, kind: Kind) -> str:
    """Whether a settled record met its limit."""
    roles = kind.roles
    if isinstance(limit, Duration) and limit.hours:
        return f"({roles.settled_at}) <= ({roles.started_at}) + {limit.sql()}"
    return f"{_day_of_moment(roles.settled_at)} <= {_limit_day(limit, kind)}"


def _day_of_moment(moment: str) -> str:
    """The day of a moment, in SQL; that of the first moment of a day is the day itself."""
    first_moment = _FIRST_MOMENT.fullmatch(moment)
    return first_moment["day"] if first_moment else f"day_of({moment})"


def _limit_day(limit: Duration | str | None, kind: Kind) -> str:
    """The last day on which an open record is not late. A limit in hours passes in the course of a day: on that day, at
    its end, the record is late."""
    if not isinstance(limit, Duration):
        return _day_of_moment(kind.roles.due_at) if kind.roles.due_at else "NULL"
    started = kind.roles.started_at
    if limit.hours:
        return f"day_of(({started}) + {limit.sql()}) - 1"
    if limit.months:
        return f"CAST({_day_of_moment(started)} + {limit.sql()} AS DATE)"
    return f"{_day_of_moment(started)} + {limit.days}"


def _end_of_term(limit: Duration | str | None, kind: Kind) -> str:
    """The day on which a term ends."""
    if isinstance(limit, Duration) and limit.hours:
        return f"day_of(({kind.roles.started_at}) + {limit.sql()})"
    return _limit_day(limit, kind)


def _life_end(test: NumberedTest, kind: Kind) -> str:
    """The last day on which a record counts that nothing says the review of."""
    life = test.measure.life or (Duration.parse(kind.life) if kind.life else None)
    if life is None or not kind.roles.adopted_on:
        return "NULL"
    return f"CAST(({kind.roles.adopted_on}) + {life.sql()} AS DATE)"


def _is_good(test: NumberedTest, kind: Kind) -> str:
    """Whether a record is good, as far as can be known: an unknown one is not, nor an act that was told of long after it."""
    outlived = " AND NOT is_outlived" if test.reads == UNREAD_TOO else ""
    return f"coalesce({_good(test, kind)}, false){_told_in_time(kind)}{_was_read(test)}{outlived}"


def _is_known(test: NumberedTest, kind: Kind) -> str:
    """Whether it is known of a record that it is good, or that it is not."""
    outlived = " OR is_outlived" if test.reads == UNREAD_TOO else ""
    return f"(({_good(test, kind)}) IS NOT NULL{outlived}){_was_read(test)}"


def _owner(test: NumberedTest, kind: Kind) -> str:
    """SQL for who owns a record, where a test asks whether it has an owner and such records have owners of their own."""
    is_asked = re.search(r"\bowner\b", test.measure.good or "") is not None
    return f"CASE WHEN {kind.owned_apart} THEN lower(trim(owner)) END" if is_asked and kind.owned_apart else "NULL"


def _was_read(test: NumberedTest) -> str:
    """The SQL condition, after others, that a record is no row that was kept out: of such a one nothing is known to be good."""
    return " AND NOT is_unread" if test.reads == UNREAD_TOO else ""


def _told_in_time(kind: Kind) -> str:
    """The SQL condition, after others, that an act was not first told of long after it happened, nor done by a supplier on what
    he delivers."""
    in_time = f" AND evidence_id NOT IN (SELECT evidence_id FROM late_{kind.kind})" if kind.acts else ""
    by_another = (
        f" AND evidence_id NOT IN (SELECT evidence_id FROM selfchecked_{kind.kind})" if kind.own_service else ""
    )
    return in_time + by_another


def _is_against(test: NumberedTest, kind: Kind) -> str:
    """Whether a record counts against: it is not known to be good; or, where less is better, not known to be otherwise."""
    unread = " OR is_unread OR is_outlived" if test.reads == UNREAD_TOO else ""
    if test.direction == "lower":
        return f"coalesce({_good(test, kind)}, true){unread}"
    return f"(NOT coalesce({_good(test, kind)}, false){unread})"


def _good(test: NumberedTest, kind: Kind) -> str:
    """Whether a record is good, NULL where that is unknown: by an expression, or a counterpart with the same key, or both
    where a rule gives both; else as its kind says that it came out well."""
    measure = test.measure
    parts = [f"({measure.good})"] if measure.good else []
    matched = measure.matched
    if matched is not None and matched.earlier_within is None:
        parts.append(
            f"CASE WHEN ({matched.population_key}) IS NOT NULL THEN (organisation_id, ({matched.population_key})) IN "
            f"(SELECT (other_organisation, other_key) FROM ({_counterparts(test, matched)})) END"
        )
    elif matched is not None and matched.earlier_within is not None:
        parts.append(
            f"CASE WHEN ({matched.population_key}) IS NOT NULL THEN "
            f"coalesce(other_happened_on + {matched.earlier_within.sql()} >= ({_happened_on(test, kind)}), false) END"
        )
    if not parts:
        parts.append(f"({kind.roles.done_well or 'true'})")
    return f"({' AND '.join(parts)})"


# What the words in braces of an extra column mean for a kind: true or false.
_OF_KIND: dict[str, Callable[[Kind], bool]] = {
    "has_adoption": lambda kind: bool(kind.roles.adopted_on),
    "once_by_best": lambda kind: kind.once_by_best,
}
# What the words in braces of an extra column mean for a test, and for the term that one of its parameters is.
_OF_TEST = {
    "good": _is_good,
    "is_known": _is_known,
    "against": _is_against,
    "life_end": _life_end,
    "owner": _owner,
}
_OF_TERM = {"last_day": _limit_day, "ends": _end_of_term, "met": _met}


def _counterparts(test: NumberedTest, matched: Matched) -> str:
    """SQL for the organisation, key and day of the records that may be the counterpart of a row of the population."""
    other = kinds()[matched.kind]
    where = f"({matched.where or other.roles.done_well or 'true'})" + _told_in_time(other)
    reads = "visible" if test.reads in (UNREAD_TOO, EXCUSED) else test.reads
    inner = (
        f"SELECT organisation_id AS other_organisation, ({matched.key}) AS other_key, "
        f"({other.roles.happened_on}) AS other_happened_on FROM {reads}_{matched.kind} "
        f"WHERE {_condition(other, matched.about, where)}"
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
