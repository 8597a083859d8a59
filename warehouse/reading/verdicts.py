"""Lays the verdict on every record of every test in the published file, as queries over its evidence: nothing is stored twice,
and whoever opens the file can list what a result rests on and reckon its numbers again. What a verdict is, is said in
`models.verdict`.

Two table macros, in the schema `verdict`: `of_test(chosen)` gives the records of one test, by its id or `framework/id`;
`of_type(chosen)` those of all tests of a type at once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace

import duckdb

from models.catalogue import Catalogue
from models.selection import UNREAD_TOO, Moment, NumberedTest, counts_unread
from models.test_type import test_types
from models.verdict import (
    SCHEMA,
    choosing_macro,
    evidence_relations,
    kept,
    no_verdicts,
    officers_macro,
    record_verdicts,
)
from warehouse.storage.catalogue_store import numbered_measures, stored_catalogue


def verdict_statements(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """SQL that lays the verdicts of the last finished run; nothing when there was none."""
    run = connection.execute(
        "SELECT as_of, known_at, catalogue_digest FROM ops.run WHERE state IN ('ok', 'degraded') ORDER BY run_no DESC LIMIT 1"
    ).fetchone()
    catalogue = stored_catalogue(connection, run[2]) if run else None
    if run is None or catalogue is None:
        return
    moment = Moment(run[0], run[1], run[0])
    yield f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"
    unread_kinds = {kind for (kind,) in connection.execute("SELECT DISTINCT kind FROM ops.quarantine").fetchall()}
    for statement in evidence_relations(moment, unread_kinds):
        yield kept(statement, moment)
    of_test: list[tuple[list[str], str]] = []
    of_type: dict[str, list[NumberedTest]] = defaultdict(list)
    for names, test in _named_tests(catalogue):
        if test.measure.test_type.verdict is None:
            of_test.append((names, no_verdicts()))
            continue
        if counts_unread(test):
            test = replace(test, reads=UNREAD_TOO)
        of_test.append((names, kept(record_verdicts([test], moment), moment)))
        of_type[test.measure.type].append(test)
    yield choosing_macro("of_test", of_test)
    yield choosing_macro("of_type", [([name], _of_type(of_type[name], moment)) for name in test_types()])
    yield from officers_macro()


def _of_type(tests: list[NumberedTest], moment: Moment) -> str:
    return kept(record_verdicts(tests, moment), moment) if tests else no_verdicts()


def _named_tests(catalogue: Catalogue) -> Iterator[tuple[list[str], NumberedTest]]:
    """Every test and indicator with its names: `framework/id`, and its id when no other framework has it."""
    identified = [(test.framework_id, test.id) for test in catalogue.tests]
    identified += [(indicator.framework_id, indicator.id) for indicator in catalogue.indicators]
    times = Counter(number for _, number in identified)
    for (framework, number), test in zip(identified, numbered_measures(catalogue), strict=True):
        whole = [f"{framework}/{number}"]
        yield (whole if times[number] > 1 else [number, *whole]), test
