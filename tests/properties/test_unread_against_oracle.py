"""Rows that were kept out when they were first delivered: the engine against the oracle, over worlds in which a few of each kind
were, and the law that a row that becomes unreadable improves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.oracle.compare import differences
from tests.oracle.engine import assess
from tests.oracle.records import Row, SourceRun, Unread, World
from tests.oracle.sql_engine import computed, put
from tests.properties.strategies import Moment, worlds
from warehouse.storage.database import memory_warehouse

PLACE: dict[str, Any] = {"artifact": "a", "file": "lijst.xlsx", "sheet": "Blad1", "row": 1, "address": None}


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with memory_warehouse() as opened:
        opened.execute("SET threads = 1")
        yield opened


def kept_out(content: World, random: Random) -> World:
    """The world with some of its records as rows that were kept out of a run, some of them with a value that was refused."""
    unread: list[Unread] = []
    evidence: dict[str, list[Row]] = {}
    for kind, rows in content.evidence.items():
        evidence[kind] = []
        for row in rows:
            own = [number for number, run in enumerate(content.runs) if _is_of(run, row)]
            if not own or random.random() < 0.6:
                evidence[kind].append(row)
                continue
            columns = [name for name, value in row.items() if value is not None and name not in _NEVER_REFUSED]
            refused = tuple(random.sample(columns, min(len(columns), random.choice((0, 1, 2)))))
            key = random.choice((row["record_key"], None))
            place = PLACE | {"row": row["evidence_id"] >> 40}
            unread.append(Unread(kind, random.choice(own), key, {**row, "locator": place}, refused))
    return replace(content, evidence=evidence, unread=unread)


_NEVER_REFUSED = (
    "organisation_id",
    "source_id",
    "record_key",
    "run_id",
    "evidence_id",
    "recorded_at",
    "retired_at",
    "observed_at",
)


def _is_of(run: SourceRun, row: Row) -> bool:
    return (run.organisation_id, run.source_id) == (row["organisation_id"], row["source_id"])


@pytest.mark.timeout(1800)
def test_what_could_not_be_read_counts_against(connection: duckdb.DuckDBPyConnection) -> None:
    compared = 0

    @seed(3)
    @settings(
        max_examples=12, database=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )  # fmt: skip
    @given(worlds(organisations=4), st.integers(0, 2**32))
    def hold(example: tuple[World, list[Moment]], number: int) -> None:
        nonlocal compared
        content, moments = example
        poorer = kept_out(content, Random(number))
        if not poorer.unread:
            return
        put(connection, poorer)
        for moment in moments[:2]:
            expected = assess(poorer, moment.as_of, moment.known_at, moment.aspects)
            answers = computed(connection, poorer, moment.as_of, moment.known_at, moment.aspects)
            unequal = list(differences(poorer, expected, answers))
            assert not unequal, f"{len(unequal)} differences at {moment}; the first:\n{unequal[0]}"
            compared += 1

    hold()
    assert compared >= 6
