"""What was made of a sample: the SQL engine and the oracle agree, and less never improves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, datetime

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.both import unequal_tests
from tests.oracle.engine import assess
from tests.oracle.records import World
from tests.oracle.rows import catalogue, measure, norm, norm_test, row, world
from warehouse.storage.database import memory_warehouse

AS_OF = date(2026, 5, 15)
LATER = datetime(2100, 1, 1)
BADNESS = {"pass": 0, "partial": 1, "fail": 2, "no_evidence": 2}
POPULATION = {"kind": "register_entry", "about": ["assets"]}


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with memory_warehouse() as connection:
        yield connection


@st.composite
def worlds(draw: st.DrawFn) -> World:
    drawn = [
        row("sample_result", sample=draw(st.sampled_from(["a", "a", "b"])), record_kind="register_entry", record_source="bron",
            record_ref=draw(st.sampled_from(["1", "2", "3", "4"])), owner=draw(st.sampled_from(["Beheer", "Beheer", None])),
            drawn_on=draw(st.sampled_from([date(2026, 1, 2), date(2026, 3, 1), date(2025, 11, 1), None])),
            outcome=draw(st.sampled_from(["good", "good", "good", "not_good", "not_judgeable", None])),
            judged_by=draw(st.sampled_from(["controller", "controller", " beheer", None])),
            judged_on=draw(st.sampled_from([date(2026, 3, 2), date(2025, 5, 15), date(2025, 5, 14), date(2026, 5, 16), None])),
            observed_at=datetime(2026, 4, 1))
        for _ in range(draw(st.integers(0, 6)))
    ]  # fmt: skip
    roles = [
        row("register_entry", register="role", name=name, owner=draw(st.sampled_from(["Concernstaf", "Concernstaf", None])))
        for name in ("Controller", "Beheer")
    ]  # fmt: skip
    content = measure("sampled", "sample_result", sample="a", population=POPULATION,
                      **draw(st.sampled_from([{}, {"pass_at": 0.8, "partial_at": 0.5}])))  # fmt: skip
    small = catalogue([norm("1.1", "control"), norm("1.1.1")], [norm_test(content)])
    return world(
        small, [*(("sample_result", record) for record in drawn), *(("register_entry", record) for record in roles)]
    )


@given(worlds())
@settings(max_examples=300 if os.environ.get("ENSIA_LONG") else 12)
def test_engine_and_oracle_agree(connection: duckdb.DuckDBPyConnection, made: World) -> None:
    assert unequal_tests(connection, made, AS_OF, LATER) == []


@given(worlds(), st.data())
@settings(max_examples=200)
def test_less_never_improves(made: World, data: st.DataObject) -> None:
    """What was judged, by whom, when, or whose record it is, blanked."""
    records = [record for record in made.evidence.get("sample_result", []) if record["sample"] == "a"]
    if not records:
        return
    before = assess(made, AS_OF, LATER).tests[0]["result"]
    record = data.draw(st.sampled_from(records))
    record[data.draw(st.sampled_from(["outcome", "judged_by", "judged_on", "owner"]))] = None
    after = assess(made, AS_OF, LATER).tests[0]["result"]
    assert BADNESS[after] >= BADNESS[before]
