"""A rule that takes a moment for a day would count the evening hours to the wrong day: it is refused, with the way out."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from models.expression_check import Checker
from models.kind import kinds


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    with duckdb.connect() as connection, Checker(connection) as opened:
        yield opened


@pytest.mark.parametrize(
    "text",
    [
        "CAST(resolved_at AS DATE) > DATE '2026-01-01'",
        "resolved_at::DATE IS NULL",
        "resolved_at >= getvariable('as_of')",
        "DATE '2026-01-01' <= resolved_at",
        "resolved_at BETWEEN DATE '2026-01-01' AND DATE '2026-02-01'",
        "date_trunc('month', resolved_at) IS NULL",
        "year(resolved_at) = 2026",
        "date_diff('day', resolved_at, resolved_at) < 3",
    ],
)
def test_a_moment_taken_for_a_day_is_refused(checker: Checker, text: str) -> None:
    reasons = [
        str(reason) for severity, reason in checker.expression(kinds()["ticket"], "where", text) if severity == "error"
    ]
    assert len(reasons) == 1 and reasons[0].endswith(
        "neemt het moment resolved_at voor een dag; schrijf day_of(resolved_at)"
    )


@pytest.mark.parametrize(
    "text",
    [
        "day_of(resolved_at) >= getvariable('window_start')",
        "date_trunc('month', day_of(resolved_at)) = date_trunc('month', getvariable('as_of'))",
        "resolved_at > opened_at + INTERVAL 4 HOUR",
        "resolved_at BETWEEN opened_at AND due_at",
        "resolved_at IS NOT NULL",
    ],
)
def test_a_moment_beside_a_moment_and_a_day_beside_a_day_are_fine(checker: Checker, text: str) -> None:
    assert list(checker.expression(kinds()["ticket"], "where", text, ("BOOLEAN",))) == []
