"""What must follow a case: the SQL engine and the oracle agree on worlds made to tip over, and less never improves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.duration import Duration
from tests.oracle.both import unequal_tests
from tests.oracle.engine import assess
from tests.oracle.records import Row, SourceRun, World
from tests.oracle.rows import catalogue, measure, norm, norm_test, row, world
from warehouse.storage.database import memory_warehouse

AS_OF = date(2026, 5, 15)
LATER = datetime(2100, 1, 1)
NUMBERS = ("D-1", "D-2", "D-3", None)
BADNESS = {"pass": 0, "not_occurred": 0, "partial": 1, "fail": 2, "no_evidence": 2}
TWINS: dict[str, Any] = {name: lambda record, _, name=name: record[name] for name in ("relates_to", "asset", "title")}
HIGH = "priority = 'high'"
TWINS[HIGH] = lambda record, _: None if record["priority"] is None else record["priority"] == "high"
CLOCK = st.sampled_from([0, 1, 21, 22, 23, 25, 71, 72, 73, 24 * 29, 24 * 30, 24 * 31])
STARTS = st.sampled_from(
    ["2026-03-28T23:30", "2026-05-12T21:59", "2026-05-14T00:30", "2026-01-01T08:00", "2025-12-02T12:00"]
)
STAGE = st.builds(
    lambda within, about, since, at: {
        "nl": "x", "en": "x", "kind": "ticket", "about": [about], "link": "relates_to", "case": "title", "within": within,
        "from": since, "at": at,
    },
    st.sampled_from(["PT24H", "PT72H", "P1D", "P30D", "P1M"]), st.sampled_from(["warning", "report"]),
    st.sampled_from(["aware_at", "opened_at", "aware_at"]), st.sampled_from(["", "resolved_at"]),
)  # fmt: skip


@st.composite
def stages(draw: st.DrawFn) -> list[dict[str, Any]]:
    """One or two stages; the second may come after the first, with or without a moment of the case beside it."""
    chosen = draw(st.lists(STAGE, min_size=1, max_size=2))
    if len(chosen) == 2 and draw(st.booleans()):
        chosen[0]["id"] = chosen[1]["after"] = "first"
        if draw(st.booleans()):
            del chosen[1]["from"]
    for stage in chosen:
        stage["to_working_day"] = not stage["within"].startswith("PT") and draw(st.booleans())
    return chosen


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with memory_warehouse() as connection:
        yield connection


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(UTC).replace(tzinfo=None)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    cases = [
        row("ticket", ticket_type="breach", priority=draw(st.sampled_from(["high", "high", "low", None])), title=draw(st.sampled_from(NUMBERS)), aware_at=draw(st.one_of(st.none(), STARTS.map(instant))),
            opened_at=draw(STARTS.map(instant)))
        for _ in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    followers = [
        row("ticket", ticket_type=draw(st.sampled_from(["warning", "report"])), relates_to=draw(st.sampled_from(NUMBERS)),
            opened_at=(start := draw(STARTS.map(instant))) + timedelta(hours=draw(CLOCK)),
            resolved_at=draw(st.one_of(st.none(), st.just(start + timedelta(hours=1)))))
        for _ in range(draw(st.integers(0, 8)))
    ]  # fmt: skip
    content = measure(
        "expected", "ticket", about=["breach"], where=HIGH, stages=draw(stages()),
        **draw(st.sampled_from([{}, {"pass_at": 0.9, "partial_at": 0.5}])),
        **draw(st.sampled_from([{}, {"window": "P30D"}, {"window": "P1Y"}])),
    )  # fmt: skip
    runs = [SourceRun("a", "tickets", AS_OF, datetime(2026, 5, 15), "ok", Duration(days=2), (("ticket", ()),))]
    return world(
        catalogue([norm("1.1", "control"), norm("1.1.1")], [norm_test(content)]),
        [("ticket", record) for record in (*cases, *followers)],
        twins=TWINS,
        runs=draw(st.sampled_from([runs, []])),
    )


@given(worlds())
@settings(max_examples=300 if os.environ.get("ENSIA_LONG") else 12)
def test_engine_and_oracle_agree(connection: duckdb.DuckDBPyConnection, made: World) -> None:
    assert unequal_tests(connection, made, AS_OF, LATER) == []


LESS = {"breach": ("aware_at", "title", "priority")}


@given(worlds(), st.data())
@settings(max_examples=150)
def test_less_never_improves(made: World, data: st.DataObject) -> None:
    """A value blanked, of a case or of what followed it."""
    tickets = made.evidence.get("ticket", [])
    if not tickets:
        return
    before = assess(made, AS_OF, LATER).tests[0]["result"]
    record: Row = data.draw(st.sampled_from(tickets))
    record[data.draw(st.sampled_from(LESS.get(record["ticket_type"], ("relates_to",))))] = None
    after = assess(made, AS_OF, LATER).tests[0]["result"]
    assert BADNESS[after] >= BADNESS[before]
