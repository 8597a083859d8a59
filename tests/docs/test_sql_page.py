"""Every query of docs/sql.md runs as an officer runs it, and those that must say something of the example do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.reports.conftest import example, published

__all__ = ["example", "published"]  # the run over the example municipality, shared with the tests of the reports

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sql.md"
QUERIES = re.findall(r"^### (\d+)\. (.+?)$.*?```sql\n(.*?)```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
# The example names no number that there is not, and it has had one run: nothing can have changed since the first.
EMPTY_IN_THE_EXAMPLE = {"23", "25"}


def test_they_are_numbered() -> None:
    assert [number for number, _, _ in QUERIES] == [str(number) for number in range(1, 27)]
    assert PAGE.read_text("utf-8").count("```sql") == 26


@pytest.mark.parametrize(("number", "title", "query"), QUERIES, ids=[number for number, _, _ in QUERIES])
def test_a_query_answers(published: object, number: str, title: str, query: str) -> None:
    names, rows = published.query(query)  # type: ignore[attr-defined]
    assert names and len(set(names)) == len(names), title
    assert bool(rows) == (number not in EMPTY_IN_THE_EXAMPLE), f"{title}: {len(rows)} rows"
