"""The 43 indicators of the ten principles for the example municipality, held against what was worked out by hand from the rows
of its files: `indicator_values.yaml` says of each which rows, and how they were counted. A difference is a fault of the rule or of
the program, or the example has changed: look which, and never copy the new number.

Two indicators look at the statuses of the norms themselves; they are counted here once more, from the results of their tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.example_night import ORGANISATION
from warehouse.reading.read import Published

BY_HAND: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "indicator_values.yaml").read_text("utf-8")
)
INDICATORS = (
    "SELECT indicator_id, value, numerator, denominator, colour FROM reading.present_indicator "
    "WHERE framework_id = 'principes-2018' AND organisation_id = ?"
)
RESULTS = """
SELECT
    t.framework_id || ' ' || t.norm_id AS norm,
    t.aspect,
    coalesce(c.any_of, t.test_id) AS proof,
    t.result,
    t.reason,
    t.basis,
    c.min_basis
FROM reading.present_test AS t
JOIN catalogue.test AS c
    ON c.framework_id = t.framework_id
    AND c.purpose = t.purpose
    AND c.test_id = t.test_id
JOIN reading.present_norm AS n
    ON n.organisation_id = t.organisation_id
    AND n.framework_id = t.framework_id
    AND n.norm_id = t.norm_id
WHERE t.organisation_id = ?
    AND t.purpose = 'norm'
    AND NOT t.beyond_norm
    AND n.level IN ('measure', 'control')
    AND n.status <> 'niet_van_toepassing'
"""
WORST_FIRST = ("no_evidence", "fail", "partial", "not_occurred", "pass")
STRONGEST_FIRST = ("measured", "audited", "sampled", "documented", "declared", "attested")
TOO_OLD = ("too_old", "not_in_force", "review_overdue")
Result = dict[str, Any]


@pytest.fixture(scope="module")
def indicators(published: Published) -> dict[str, dict[str, Any]]:
    """What the program says of each indicator."""
    return {row["indicator_id"]: row for row in published.rows(INDICATORS, [ORGANISATION])}


@pytest.fixture(scope="module")
def norms(published: Published) -> list[list[Result]]:
    """Of every norm in scope the results that count: of tests that may each prove the same, the best."""
    proofs: dict[str, dict[tuple[str, str], list[Result]]] = defaultdict(lambda: defaultdict(list))
    for result in published.rows(RESULTS, [ORGANISATION]):
        proofs[result["norm"]][result["aspect"], result["proof"]].append(result)
    return [[result for tests in of_norm.values() for result in best_of(tests)] for of_norm in proofs.values()]


def best_of(tests: list[Result]) -> list[Result]:
    best = max(WORST_FIRST.index(test["result"]) for test in tests)
    return [test for test in tests if WORST_FIRST.index(test["result"]) == best]


def is_fresh(results: Iterable[Result]) -> bool:
    """No counting test is too old, not in force or without evidence, and at least one passes (domain.md section 5)."""
    passes = False
    for result in results:
        if result["result"] == "no_evidence" or result["reason"] in TOO_OLD:
            return False
        passes = passes or result["result"] == "pass"
    return passes


def is_proven(results: Iterable[Result]) -> bool:
    """Every aspect has a result at the strength that is asked (domain.md section 5)."""
    proven: dict[str, bool] = defaultdict(bool)
    for result in results:
        proven[result["aspect"]] |= is_strong_enough(result)
    return all(proven.values())


def is_strong_enough(result: Result) -> bool:
    if result["result"] == "no_evidence":
        return False
    return STRONGEST_FIRST.index(result["basis"]) <= STRONGEST_FIRST.index(result["min_basis"])


def test_every_indicator_is_worked_out(indicators: dict[str, dict[str, Any]]) -> None:
    assert set(BY_HAND) == set(indicators)
    assert len(BY_HAND) == 43


@pytest.mark.parametrize("indicator", BY_HAND)
def test_an_indicator_is_what_its_rows_say(indicators: dict[str, dict[str, Any]], indicator: str) -> None:
    expected, said = BY_HAND[indicator], indicators[indicator]
    parts = [part for part in (said["numerator"], said["denominator"]) if part is not None]
    assert parts == expected.get("parts", [])
    assert said["value"] == pytest.approx(expected["value"], rel=1e-12)
    assert said["colour"] == expected["colour"]


def test_a_value_is_made_of_its_parts() -> None:
    """A slip in the file by hand itself: a share is the percentage of its parts, a number or periods the first of them."""
    for indicator, expected in BY_HAND.items():
        numerator, *rest = expected.get("parts", [expected["value"]])
        share = 100 * numerator / rest[0] if rest else numerator
        assert expected["value"] in (pytest.approx(share, rel=1e-12), numerator), indicator


@pytest.mark.parametrize(("indicator", "is_so"), [("P6.4", is_fresh), ("P8.2", is_proven)])
def test_what_looks_at_statuses_is_counted_from_the_results(
    norms: list[list[Result]], indicator: str, is_so: Any
) -> None:
    assert [sum(map(is_so, norms)), len(norms)] == BY_HAND[indicator]["parts"]
