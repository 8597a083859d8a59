"""Lays the rows of the SQL engine beside those of the oracle and tells every difference with what it is about: the test,
its measure and the records of the organisation, so that the difference can be judged by hand.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from tests.oracle.engine import Outcome, Result
from tests.oracle.records import World

KEYS = {
    "tests": ("organisation_id", "framework_id", "test_id"),
    "measures": ("organisation_id", "framework_id", "norm_id"),
    "controls": ("organisation_id", "framework_id", "norm_id"),
    "indicators": ("organisation_id", "framework_id", "indicator_id"),
    "principles": ("organisation_id", "framework_id", "principle_id"),
    "answers": ("organisation_id", "questionnaire_id", "question_id"),
}
COLUMNS = {
    "tests": ("result", "metric", "numerator", "denominator", "expires_on"),
    "measures": ("status", "design", "existence", "operation", "basis", "expires_on", "excepted_until"),
    "controls": ("status",),
    "indicators": ("value", "colour"),
    "principles": ("status", "score", "coverage", "weight_known", "weight_total"),
    "answers": ("status", "answer"),
}
# The domain description gives these a result but no figure; what the engine shows beside it is its own.
WITHOUT_FIGURE = ("current", "fresh", "attested", "audited")
ENVELOPE = ("organisation_id", "source_id", "record_key", "run_id", "evidence_id", "content_hash", "locator")


def differences(world: World, expected: Outcome, found: Outcome) -> Iterator[str]:
    """One readable text per difference."""
    found.tests = [row for row in found.tests if row["purpose"] == "norm"]
    for table, keys in KEYS.items():
        ours = {tuple(row[key] for key in keys): row for row in getattr(expected, table)}
        theirs = {tuple(row[key] for key in keys): row for row in getattr(found, table)}
        for key in ours.keys() - theirs.keys():
            yield f"{table}: the engine has no row {key}; the oracle says {ours[key]}"
        for key in theirs.keys() - ours.keys():
            yield f"{table}: the engine has a row {key} that the oracle has not"
        for key in ours.keys() & theirs.keys():
            differing = [name for name in _columns(table, ours[key]) if not _same(ours[key][name], theirs[key][name])]
            for name in differing:
                yield (
                    f"{table} {key}: {name} is {theirs[key][name]!r} in the engine, {ours[key][name]!r} in the oracle\n"
                    f"{_context(world, table, theirs[key])}"
                )


def _columns(table: str, row: Result) -> tuple[str, ...]:
    if table != "tests" or row["test_type"] not in (*WITHOUT_FIGURE, "metric"):
        return COLUMNS[table]
    return ("result", "metric", "expires_on") if row["test_type"] == "metric" else ("result", "expires_on")


def _same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, (int, float)) and isinstance(theirs, (int, float)):
        return math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=1e-12)
    return bool(ours == theirs)


def _context(world: World, table: str, row: Result) -> str:
    lines = [f"  engine: {_short(row)}"]
    wanted = row.get("test_id") or row.get("indicator_id")
    measures = [test.measure for test in world.catalogue.tests if test.id == wanted]
    measures += [indicator.measure for indicator in world.catalogue.indicators if indicator.id == wanted]
    if table == "measures":
        measures = [test.measure for test in world.catalogue.tests if test.norm_id == row["norm_id"]]
    for measure in measures:
        lines.append(f"  {measure.model_dump(exclude_defaults=True)}")
        kinds = [measure.kind] + ([measure.matched.kind] if measure.matched else [])
        lines += [f"    {kind}: {_short(record)}" for kind in kinds for record in _records(world, kind, row)]
    if table == "measures":
        lines += [f"    {_short(record)}" for record in _records(world, "applicability", row)]
    return "\n".join(lines)


def _records(world: World, kind: str, row: Result) -> list[Result]:
    return [found for found in world.evidence.get(kind, []) if found["organisation_id"] == row["organisation_id"]]


def _short(row: Result) -> str:
    return ", ".join(f"{name}={value}" for name, value in row.items() if value is not None and name not in ENVELOPE)
