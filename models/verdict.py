"""Says of every record that a test looks at how it came out: good, not good, unknown or left out (domain.md section 4).

The same selection and the same expressions as the results are reckoned from, with the day and the moment of knowing written
out, so that the SQL can be kept beside the evidence and gives the same answer to whoever runs it. What each type of test says of
a record stands in its file, under `verdict`; where the SQL is kept is left to `warehouse.reading.verdicts`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from models.errors import CatalogueError
from models.kind import kinds
from models.language import DEFAULT
from models.message import message
from models.population import outlived_rows
from models.selection import (
    ADDED,
    EXCUSED,
    Moment,
    NumberedTest,
    excusable_kinds,
    excused_relation,
    held_rows,
    parameters_of,
    relations_with_unread,
    role_holders,
    rows_to_judge,
    unread_relation,
    visible_view,
)
from models.sql_text import literal
from models.test_type import TestType, Verdict
from models.wording import word

# The schema in which the relations and verdicts are kept.
SCHEMA = "verdict"
# The columns of a list of verdicts, and the verdicts with the worst first.
COLUMNS = (
    "organisation_id", "test_no", "verdict", "in_numerator", "in_denominator", "record_key", "title", "source_id", "locator",
    "evidence_id", "mark",
)  # fmt: skip
MARKS = (*ADDED, "held", "late", "selfchecked", EXCUSED)
WORST_FIRST = ("not_good", "unknown", "left_out", "good")
_TEMPORARY = "CREATE OR REPLACE TEMP "
_UNKNOWN = "er is geen toets met dit nummer; de nummers staan in de kolom toets van toetsen"
_TOETS_REGELS = """CREATE OR REPLACE MACRO main.toets_regels(toets) AS TABLE
SELECT organisation_id AS organisatie, toets AS toets, CASE verdict {cases} END AS oordeel, in_numerator AS in_teller,
    in_denominator AS in_noemer, record_key AS sleutel, title AS titel, source_id AS bron, locator.file AS bestand,
    locator.sheet AS blad, locator."row" AS rij, evidence_id AS bewijsnummer, CASE mark {marks} END AS opmerking
FROM {schema}.of_test(toets)
ORDER BY organisation_id, list_position([{order}], verdict), source_id, record_key, evidence_id"""
_MEANING = (
    "Elke regel waar een toets naar keek, met het oordeel: goed, niet goed, onbekend of telt niet mee; in_teller en in_noemer "
    "zeggen of de regel meetelt in de getallen van de toets; opmerking zegt wanneer de regel niet gewoon is wat de bron nu zegt"
)
# Of tests of one type: which, what they look at, how each record came out, and which counts of those that are the same
# thing. The rows are materialised, so that their expressions are not repeated wherever a verdict names a column.
_JUDGED = """WITH asked AS ({asked}), looked_at AS MATERIALIZED (
    {looked_at}
), judged AS (
    SELECT s.*, ({verdict}) AS verdict
    FROM {rows} AS s
    JOIN asked AS t ON t.test_no = s.test_no
    WINDOW peers AS (PARTITION BY {peers})
), counted AS (
    SELECT s.*, {is_counted} AS is_counted
    FROM judged AS s
)
SELECT s.organisation_id, s.test_no, CASE s.verdict WHEN 'waiting' THEN 'left_out' ELSE s.verdict END AS verdict,
    {in_numerator} AS in_numerator, {in_denominator} AS in_denominator, s.shown_as.record_key, s.shown_as.title,
    s.shown_as.source_id, s.shown_as.locator, s.evidence_id, s.shown_as.mark
FROM counted AS s
JOIN asked AS t ON t.test_no = s.test_no"""
# The records that were left out before a test looked.
_LEFT_OUT = """
SELECT
    organisation_id,
    test_no,
    'left_out' AS verdict,
    false AS in_numerator,
    false AS in_denominator,
    shown_as.record_key,
    shown_as.title,
    shown_as.source_id,
    shown_as.locator,
    evidence_id,
    shown_as.mark
FROM ({rows})"""
_ASKED = (
    "SELECT p.*, c.kind, i.green FROM ({parameters}) AS p JOIN catalogue.test AS c USING (test_no) "
    "LEFT JOIN catalogue.indicator AS i ON c.purpose = 'indicator' AND i.framework_id = c.framework_id "
    "AND i.indicator_id = c.test_id WHERE p.test_no IN ({numbers})"
)
_COUNTS_ONCE = (
    "row_number() OVER (PARTITION BY organisation_id, test_no, verdict = 'left_out', "
    "coalesce(CAST(once AS VARCHAR), CAST(evidence_id AS VARCHAR)) ORDER BY "
    "CASE verdict WHEN 'good' THEN 0 WHEN 'waiting' THEN 1 ELSE 2 END "
    "* CASE WHEN once_by_best THEN 1 ELSE -1 END, evidence_id) = 1"
)


def evidence_relations(moment: Moment, unread_kinds: Collection[str]) -> list[str]:
    """SQL of what the tests of a moment read: views over the evidence as it was known then about a day, and tables of the few
    records of which something else was said before. `unread_kinds`: those of which rows were ever kept out."""
    statements = [role_holders(moment)]
    for kind in kinds().values():
        apart = ["held"] if kind.held_to is not None else []
        statements += held_rows(kind, moment)
        if kind.excused_by:
            statements.append(excused_relation(kind, moment, apart))
            apart.append(EXCUSED)
        statements.append(visible_view(kind, moment, apart=apart))
    # after all of these: what ended in one list may be seen in another
    for kind in kinds().values():
        are_all_read = kind.kind not in unread_kinds
        statements.append(unread_relation(kind, moment, are_all_read=are_all_read))
    for kind in kinds().values():
        statements += relations_with_unread(kind, moment, outlived_rows(kind, unread_kinds))
    return [statement.replace(_TEMPORARY, "CREATE OR REPLACE ", 1) for statement in statements]


def kept(sql: str, moment: Moment) -> str:
    """The SQL as it can be kept: the views by their whole name, and the moment written out. Raises CatalogueError for an
    expression that asks for something else of the run."""
    names = "|".join(sorted(kinds()))
    whole = re.sub(
        rf"\brole_holder\b|\b(?:visible|held|late|selfchecked|unread|gone|outlived|all|excused)_(?:{names})\b",
        rf"{SCHEMA}.\g<0>",
        sql,
    )
    values = {
        "as_of": f"DATE '{moment.as_of.isoformat()}'",
        "window_start": f"DATE '{moment.as_of.year}-01-01'",
        "known_at": moment.known_literal,
    }
    for name, value in values.items():
        whole = whole.replace(f"getvariable('{name}')", value)
    if "getvariable" in whole:
        raise CatalogueError(message("verdict.not_kept"), place=whole)
    return whole


def record_verdicts(tests: Sequence[NumberedTest], moment: Moment) -> str:
    """SQL for every record that some tests of one type look at: organisation_id, test_no, verdict (good, not_good, unknown,
    left_out), in_numerator, in_denominator, record_key, title, source_id, locator, evidence_id, and mark: why it is not simply
    what its source says now (unread, gone, outlived, held, late, selfchecked, excused).

    grain: one row per organisation, test and record; key: organisation_id, test_no, evidence_id. in_numerator and
    in_denominator are NULL where what is stored is no number of records. Raises CatalogueError for a type that looks at no
    records.
    """
    of_objects = [test for test in tests if test.measure.per]
    whole = [test for test in tests if not test.measure.per]
    selections = [_judged_rows(group, moment) for group in (whole, of_objects) if group]
    may_excuse = [test for test in tests if test.measure.kind in excusable_kinds()]
    if may_excuse:
        selections.append(_excused_rows(may_excuse, moment))
    return "\nUNION ALL BY NAME\n".join(f"FROM ({sql})" for sql in selections)


def _excused_rows(tests: Sequence[NumberedTest], moment: Moment) -> str:
    """SQL for the records that are left out of tests of one type, because somebody excused them."""
    test_type = tests[0].measure.test_type
    left_out = [replace(test, reads=EXCUSED) for test in tests]
    rows = rows_to_judge(test_type, left_out, moment.as_of)
    return _LEFT_OUT.format(rows=rows)


def _judged_rows(tests: Sequence[NumberedTest], moment: Moment) -> str:
    """The same for tests that are all asked of each object, or all not."""
    test_type, is_of_objects = tests[0].measure.test_type, bool(tests[0].measure.per)
    verdict = test_type.verdict
    if verdict is None:
        raise CatalogueError(message("verdict.no_records", test_type=test_type.type))
    peers = "s.organisation_id, s.test_no" + (", s.object" if is_of_objects else "")
    rows = "looked_at"
    for name, sql in verdict.steps.items():
        rows = f"(SELECT s.*, ({sql}) AS {name} FROM {rows} AS s JOIN asked AS t ON t.test_no = s.test_no)"
    # a number of objects is none of records
    numbers = Verdict(sql=verdict.sql) if is_of_objects else verdict
    return _JUDGED.format(
        asked=_parameters(tests, test_type),
        looked_at=rows_to_judge(test_type, tests, moment.as_of),
        rows=rows,
        verdict=verdict.sql,
        peers=peers,
        is_counted=_is_counted(test_type),
        in_numerator=_is_in(numbers.numerator),
        in_denominator=_is_in(numbers.denominator),
    )


def _parameters(tests: Sequence[NumberedTest], test_type: TestType) -> str:
    """SQL for the parameters of each test, the kind that it looks at, and for an indicator where green begins."""
    numbers = ", ".join(str(test.test_no) for test in tests)
    return _ASKED.format(parameters=parameters_of(test_type), numbers=numbers)


def _is_in(condition: str) -> str:
    if condition:
        return f"s.is_counted AND coalesce({condition}, false)"
    return "CAST(NULL AS BOOLEAN)"


def _is_counted(test_type: TestType) -> str:
    """SQL for whether a record is the one that counts of those that are the same thing."""
    verdict = test_type.verdict
    assert verdict is not None
    if "once" not in {*test_type.columns, *verdict.columns, *verdict.steps}:
        return "true"
    return _COUNTS_ONCE


def _case_of(names: Sequence[str], sql: str) -> str:
    literals = ", ".join(map(literal, names))
    return f"WHEN chosen IN ({literals}) THEN {literal(sql)}"


def choosing_macro(name: str, choices: Sequence[tuple[Sequence[str], str]]) -> str:
    """SQL of a table macro that runs one of several queries, each with the names by which it is chosen. It is bound when it is
    asked for, so that laying hundreds of them costs nothing."""
    cases = " ".join(_case_of(names, sql) for names, sql in choices)
    nulls = ", ".join(f"NULL AS {column}" for column in COLUMNS)
    unknown = f"SELECT {nulls} WHERE error({literal(_UNKNOWN)})"
    return (
        f"CREATE OR REPLACE MACRO {SCHEMA}.{name}(chosen) AS TABLE FROM query(CASE {cases} ELSE {literal(unknown)} END)"
    )


def no_verdicts() -> str:
    """SQL for the empty list: of what looks at no records."""
    return f"SELECT {', '.join(f'NULL AS {column}' for column in COLUMNS)} WHERE false"


def officers_macro() -> list[str]:
    """SQL of `toets_regels(toets)`: every record that a test looked at, the worst first."""
    cases, marks = _dutch_words(WORST_FIRST), _dutch_words(MARKS)
    order = ", ".join(map(literal, WORST_FIRST))
    return [
        _TOETS_REGELS.format(cases=cases, marks=marks, order=order, schema=SCHEMA),
        f"COMMENT ON MACRO TABLE main.toets_regels IS {literal(_MEANING)}",
    ]


def _dutch_words(codes: Sequence[str]) -> str:
    """SQL for the Dutch word of each code, as the cases of a CASE."""
    return " ".join(f"WHEN {literal(code)} THEN {literal(word(code, DEFAULT))}" for code in codes)
