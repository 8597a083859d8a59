"""What readers found in a text: the SQL engine and the oracle agree, and less never improves."""

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
DAYS = st.sampled_from([date(2026, 1, 1), date(2026, 2, 1), date(2026, 5, 15), None])
ROLES = st.sampled_from(["Controller", "controller ", "fg", "ciso", None])
FOUND = st.sampled_from(["yes", "yes", "yes", "partly", "no", None])


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with memory_warehouse() as connection:
        yield connection


@st.composite
def worlds(draw: st.DrawFn) -> World:
    documents = [
        row("document", source_id="map", topic="beleid", state=draw(st.sampled_from(["adopted", "adopted", "draft"])),
            adopted_on=draw(st.sampled_from([date(2023, 5, 15), date(2023, 5, 14), date(2026, 1, 1), date(2026, 5, 15), None])),
            review_due=draw(st.sampled_from([None, None, date(2026, 5, 15), date(2026, 5, 14)])),
            valid_until=draw(st.sampled_from([None, None, date(2026, 8, 1)])), owner=draw(st.sampled_from(["CISO", "CISO", None])),
            text_hash=draw(st.sampled_from(["nu", "nu", None])), content_hash="regel")
        for _ in range(draw(st.integers(0, 2)))
    ]  # fmt: skip
    readings = [
        row("reading", text_kind="document", text_key=f"document-{draw(st.integers(1, 2))}", element=draw(st.sampled_from("abc")),
            text_source=draw(st.sampled_from([None, "map", "map", "elders"])), found=draw(FOUND), read_by=draw(ROLES),
            text_hash=draw(st.sampled_from(["nu", "nu", "nu", "regel", "vroeger", None])),
            reader=draw(st.sampled_from(["p-1", "p-2", None])), read_on=draw(DAYS))
        for _ in range(draw(st.integers(0, 8)))
    ]  # fmt: skip
    roles = [
        row("register_entry", register="role", name=name, owner=draw(st.sampled_from(["Concernstaf", "Concernstaf", None])),
            valid_until=draw(st.sampled_from([None, None, date(2026, 1, 31)])))
        for name in ("Controller", "fg", "ciso")
    ]  # fmt: skip
    content = measure("content", "document", about=["beleid"], elements=draw(st.sampled_from([["a"], ["a", "b"], ["a", "b", "c"]])),
                      readers=["controller", "fg"])  # fmt: skip
    records = [("document", record) for record in documents]
    return world(
        catalogue([norm("1.1", "control"), norm("1.1.1")], [norm_test(content)]),
        [*records, *(("reading", record) for record in readings), *(("register_entry", record) for record in roles)],
    )


@given(worlds())
@settings(max_examples=300 if os.environ.get("ENSIA_LONG") else 12)
def test_engine_and_oracle_agree(connection: duckdb.DuckDBPyConnection, made: World) -> None:
    assert unequal_tests(connection, made, AS_OF, LATER) == []


@given(worlds(), st.data())
@settings(max_examples=200)
def test_less_never_improves(made: World, data: st.DataObject) -> None:
    """A value of a reading blanked, or the owner or the mark of the text."""
    before = assess(made, AS_OF, LATER).tests[0]["result"]
    blanks = [
        (record, name)
        for record in made.evidence.get("reading", [])
        for name in ("found", "read_by", "reader", "read_on", "text_hash")
    ]
    blanks += [(record, "owner") for record in made.evidence.get("register_entry", [])]
    blanks += [(record, name) for record in made.evidence.get("document", []) for name in ("owner", "adopted_on")]
    if not blanks:
        return
    record, name = data.draw(st.sampled_from(blanks))
    record[name] = None
    after = assess(made, AS_OF, LATER).tests[0]["result"]
    assert BADNESS[after] >= BADNESS[before]
