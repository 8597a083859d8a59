"""How mature a requirement is: the officers' view reckons from the statuses what a person reckons with the levels at hand, over every
outcome that a norm can have."""

from __future__ import annotations

from itertools import product

import duckdb
import pytest

from models.catalogue import Catalogue, MaturityNeed
from models.loading import load_catalogue
from warehouse.reading.publish import view_statements
from warehouse.storage.catalogue_store import store_catalogue
from warehouse.storage.database import memory_warehouse

CBW = "cbw-2026"
RESULTS = ("pass", "partial", "fail", "no_evidence", "not_occurred")
STATUSES = ("voldoet", "voldoet_deels", "voldoet_niet", "geen_bewijs")
EVALUATION = "CBW-3.1"
PLACES = {"partial": 1, "pass": 2, "voldoet_deels": 1, "voldoet": 2}
INSERT = (
    "INSERT INTO assess.measure_status (organisation_id, framework_id, norm_id, design, existence, operation, status) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
Outcome = tuple[str | None, str | None, str | None, str]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(["bio2-1.3", CBW])


def _holds(need: MaturityNeed, outcome: Outcome, evaluation: str, asked: tuple[str, ...]) -> bool:
    design, existence, operation, status = outcome
    words = {"design": design, "existence": existence, "operation": operation}
    if need.what in words and need.what not in asked:
        return True
    if need.what == "status":
        seen = [evaluation if need.norm else status]
    else:
        seen = list(words.values()) if need.what == "any" else [words[need.what]]
    return max(PLACES.get(word or "", 0) for word in seen) >= PLACES[need.at_least]


def _level(catalogue: Catalogue, norm_id: str, outcome: Outcome, evaluation: str) -> int:
    [norm] = [norm for norm in catalogue.norms if (norm.framework_id, norm.id) == (CBW, norm_id)]
    reached = 0
    for level in catalogue.maturity:
        if not all(_holds(need, outcome, evaluation, norm.aspects) for need in level.needs):
            break
        reached = level.level
    return reached


def _levels(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], int]:
    rows = connection.execute("SELECT organisatie, norm, niveau FROM main.volwassenheid").fetchall()
    return {(organisation, norm): level for organisation, norm, level in rows}


@pytest.mark.parametrize("norm_id", ["CBW-1.1", "CBW-6.3"])
@pytest.mark.parametrize("evaluation", ["voldoet", "voldoet_deels"])
def test_the_level_is_that_which_a_person_reckons(catalogue: Catalogue, norm_id: str, evaluation: str) -> None:
    outcomes: dict[str, Outcome] = {}
    asks_design = norm_id != "CBW-6.3"
    for number, (*aspects, status) in enumerate(product(RESULTS, RESULTS, RESULTS, STATUSES)):
        design, existence, operation = aspects
        outcomes[f"g{number}"] = (design if asks_design else None, existence, operation, status)
    with memory_warehouse() as connection:
        store_catalogue(connection, catalogue)
        rows = [(name, CBW, norm_id, *outcome) for name, outcome in outcomes.items()]
        rows += [(name, CBW, EVALUATION, "pass", "pass", "pass", evaluation) for name in outcomes]
        connection.executemany(INSERT, rows)
        for statement in view_statements():
            connection.execute(statement)
        levels = _levels(connection)
    expected = {name: _level(catalogue, norm_id, outcome, evaluation) for name, outcome in outcomes.items()}
    assert {name: levels[name, norm_id] for name in outcomes} == expected
    assert set(expected.values()) >= ({0, 1, 2, 3, 4, 5} if evaluation == "voldoet" and asks_design else {0, 1, 4})
