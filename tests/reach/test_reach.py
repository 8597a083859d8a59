"""An honest municipality is not punished: each norm here can be met with evidence that a municipality can really have. The
smallest honest worlds stand in `worlds.yaml`; all of them are assessed side by side, by the rules as they are."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import yaml

from models.duration import Duration
from models.kind import kinds
from models.loading import load_catalogue
from tests.oracle.records import Row, SourceRun, World
from tests.oracle.rows import identity, row
from tests.oracle.sql_engine import computed, put
from warehouse.storage.database import memory_warehouse

WORLDS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "worlds.yaml").read_text("utf-8"))
AS_OF = date(2026, 11, 20)
KNOWN = datetime(2026, 11, 21, 3)
_WEEK = Duration(days=7)
NUMBERS = [world["norm"] for world in WORLDS]


def _rows(organisation: str, kind: str, content: dict[str, Any]) -> list[Row]:
    """The records of one line of a world; days become moments where the column is one."""
    many = content.pop("many", 1)
    moments = kinds()[kind].moments
    rows = []
    for number in range(1, many + 1):
        values = {name: value.format(n=number) if isinstance(value, str) else value for name, value in content.items()}
        values |= {name: datetime.combine(value, time(9)) for name, value in values.items() if name in moments}
        rows.append(row(kind, organisation_id=organisation, **values))
    return rows


@pytest.fixture(scope="module")
def outcome() -> dict[str, tuple[str, list[str]]]:
    """By norm: its status in its own world, and which of its tests do not pass."""
    evidence: dict[str, list[Row]] = {}
    runs = []
    for world in WORLDS:
        organisation = world["norm"]
        for kind, lines in world["evidence"].items():
            for line in lines:
                evidence.setdefault(kind, []).extend(_rows(organisation, kind, dict(line)))
        runs.append(SourceRun(organisation, "bron", AS_OF, datetime(2026, 11, 20, 3), "ok", _WEEK))
    for number, (kind, one) in enumerate((kind, one) for kind, rows in evidence.items() for one in rows):
        one["evidence_id"] = identity(number + 1)
        one["source_id"] = "bron"
        one["record_key"] = one["record_key"] if one["record_key"] in ("D-1", "D-2") else f"{kind}-{number}"
    content = World(load_catalogue(["bio2-1.3"]), NUMBERS, evidence, runs)
    connection = memory_warehouse()
    put(connection, content)
    found = computed(connection, content, AS_OF, KNOWN)
    connection.close()
    failing: dict[str, list[str]] = {}
    for test in found.tests:
        if test["norm_id"] == test["organisation_id"] and test["result"] not in ("pass", "not_occurred"):
            failing.setdefault(test["norm_id"], []).append(f"{test['test_id']}: {test['result']} ({test['reason']})")
    return {
        measure["norm_id"]: (measure["status"], failing.get(measure["norm_id"], []))
        for measure in found.measures
        if measure["norm_id"] == measure["organisation_id"]
    }


@pytest.mark.parametrize("norm", NUMBERS)
def test_an_honest_municipality_meets_it(outcome: dict[str, tuple[str, list[str]]], norm: str) -> None:
    status, failing = outcome[norm]
    assert (status, failing) == ("voldoet", [])


def test_what_it_costs_is_said() -> None:
    assert all(0 < world["hours"] <= 200 for world in WORLDS)
