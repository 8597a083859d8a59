"""Less never improves (domain.md section 6): whatever is taken from what is known of an organisation, no test, norm, control,
indicator, principle or answer of the same day becomes better for it; and one more record that passes makes nothing worse.

The variants of many organisations stand side by side as organisations of one warehouse, and are assessed at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from models.kind import kinds
from models.population import count_rows
from models.test_type import test_types
from tests.oracle.records import Row, World
from tests.oracle.rows import identity
from tests.oracle.sql_engine import put, rows_of
from tests.properties.less_catalogue import every_use
from tests.properties.less_world import AS_OF, KNOWN_AT, LESS, Organisation, Variant, added, made_organisation
from warehouse.engine import assessment
from warehouse.engine.assessment import compute
from warehouse.storage.database import memory_warehouse
from warehouse.storage.versioning import ASSESSED_TABLES

# How good an outcome is; what is not here compares with nothing.
GOODNESS = {
    "no_evidence": 0, "fail": 0, "partial": 1, "pass": 2, "not_occurred": 2,
    "geen_bewijs": 0, "voldoet_niet": 0, "voldoet_deels": 1, "voldoet": 2,
    "onbekend": 0, "rood": 0, "oranje": 1, "groen": 2,
    None: 0, "Nee": 0, "Gedeeltelijk": 1, "Ja": 2,
}  # fmt: skip
OUTCOME = {
    "test_result": "result", "measure_status": "status", "control_status": "status", "indicator_value": "colour",
    "principle_status": "status", "answer": "answer",
}  # fmt: skip
ORGANISATIONS, VARIANTS_EACH = 10, 40  # of one assessment
ASSESSMENTS = 125 if os.environ.get("ENSIA_LONG") else 1  # of each law
LAWS = {**LESS, "added": added}

Outcomes = dict[tuple[str, ...], Any]
Law = Callable[[Random, Organisation], Iterator[Variant]]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with memory_warehouse() as opened:
        opened.execute("SET threads = 1")  # these worlds are small, and the tests beside them want a core too
        yield opened


def outcomes(connection: duckdb.DuckDBPyConnection, organisations: Sequence[Organisation]) -> list[Outcomes]:
    """What the engine says of each organisation: the outcome by table and key."""
    content = _world(organisations)
    put(connection, content)
    by_hand = [(str(number), source) for number, own in enumerate(organisations) for source in own.by_hand]
    for number, source in by_hand:
        connection.execute(
            "UPDATE ops.source_run SET by_hand = true WHERE organisation_id = $number AND source_id = $source",
            {"number": number, "source": source},
        )
    compute(connection, content.catalogue, as_of=AS_OF, known_at=KNOWN_AT, aspects=("operation",))
    answers: list[Outcomes] = [{} for _ in organisations]
    for table, column in OUTCOME.items():
        for found in rows_of(connection, f"new_{table}"):
            key = (table, *(str(found[name]) for name in ASSESSED_TABLES[table][1:]))
            answers[int(found["organisation_id"])][key] = found[column]
    return answers


def _world(organisations: Sequence[Organisation]) -> World:
    evidence: dict[str, list[Row]] = {kind: [] for kind in kinds()}
    runs = []
    number = 0
    for place, organisation in enumerate(organisations):
        for known in organisation.records:
            number += 1
            evidence[known.kind].append({**known.row, "organisation_id": str(place), "evidence_id": identity(number)})
        runs += [type(run)(**{**vars(run), "organisation_id": str(place)}) for run in organisation.runs]
    return World(every_use(), [str(place) for place in range(len(organisations))], evidence, runs)


def compared(before: Any, after: Any) -> int:
    """How much better an outcome became; nothing where either compares with nothing."""
    if before not in GOODNESS or after not in GOODNESS:
        return 0
    return GOODNESS[after] - GOODNESS[before]


def better(before: Outcomes, after: Outcomes) -> list[str]:
    """What is better after than before."""
    return [
        f"{' '.join(key)}: {before[key]} became {after[key]}" for key in before if compared(before[key], after[key]) > 0
    ]


def violations(
    connection: duckdb.DuckDBPyConnection, pairs: Sequence[tuple[Organisation, Variant]], is_more: bool = False
) -> Iterator[tuple[Organisation, Variant, list[str]]]:
    """The variants of which something is better than of the organisation that they were made of; or worse, where they have more."""
    places: dict[int, int] = {}
    organisations: list[Organisation] = []
    for before, variant in pairs:
        if id(before) not in places:
            places[id(before)] = len(organisations)
            organisations.append(before)
        organisations.append(variant.organisation)
    answers = outcomes(connection, organisations)
    place = -1
    for before, variant in pairs:
        place += 1 + (places[id(before)] == place + 1)
        old, new = answers[places[id(before)]], answers[place]
        if improved := better(new, old) if is_more else better(old, new):
            yield before, variant, improved


def made_pairs(random: Random, law: Law) -> list[tuple[Organisation, Variant]]:
    """Organisations, each with some of the variants that a law makes of it."""
    pairs = []
    for _ in range(ORGANISATIONS):
        organisation = made_organisation(random)
        variants = list(law(random, organisation))
        pairs += [(organisation, variant) for variant in random.sample(variants, min(len(variants), VARIANTS_EACH))]
    return pairs


def smallest(
    connection: duckdb.DuckDBPyConnection,
    before: Organisation,
    variant: Variant,
    improved: str,
    law: Law,
) -> tuple[Organisation, Variant]:
    """The same violation in an organisation with as few records as will do."""
    is_smaller = True
    while is_smaller:
        is_smaller = False
        fewer = [before.without(number) for number in range(len(before.records))]
        pairs = [
            (organisation, made)
            for organisation in fewer
            for made in law(Random(0), organisation)
            if made.words == variant.words
        ]
        for smaller, made, lines in violations(connection, pairs, variant.law == "added") if pairs else ():
            if any(improved in line for line in lines):
                before, variant, is_smaller = smaller, made, True
                break
    return before, variant


def told(organisation: Organisation, variant: Variant, lines: Sequence[str]) -> str:
    """A violation for people: what was done, what improved, and all that there is."""
    records = [
        f"  {known.kind} { {name: str(value) for name, value in known.row.items() if value is not None} }"
        for known in organisation.records
    ]
    runs = [
        f"  run of {run.source_id} on {run.day}: {run.status}, {run.rejected} rejected" for run in organisation.runs
    ]
    return "\n".join([f"{variant.law}: {variant.words}", *lines, *records, *runs])


def check(connection: duckdb.DuckDBPyConnection, name: str, seed: int) -> None:
    """Raise AssertionError with a small example when a law is broken in the world of this seed."""
    law = LAWS[name]
    for before, variant, lines in violations(connection, made_pairs(Random(seed), law), name == "added"):
        less, small = smallest(connection, before, variant, lines[0].partition(":")[0], law)
        raise AssertionError(told(less, small, lines))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", LAWS)
def test_less_never_improves(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Each law over organisations that differ from run to run only when all of them are asked for."""

    @settings(
        max_examples=ASSESSMENTS,
        derandomize=ASSESSMENTS == 1,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),  # `smallest` makes an example small, many at a time
    )
    @given(st.integers(2, 2**32))
    @example(1)
    def hold(seed: int) -> None:
        check(connection, name, seed)

    hold()


# What each law needs of the engine, taken away: a text of a model, and what stands there instead.
FAULTS: dict[str, tuple[str, str, str]] = {
    "blanked": ("expected", "ELSE 0 END) = 0", "WHEN last_day IS NULL THEN 1 ELSE 0 END) = 0"),
    "unreadable": ("ratio", "ELSE judged(good / selected", "ELSE judged(1 / selected"),
    "redated": ("audited", "ORDER BY happened_on DESC", "ORDER BY happened_on"),
    "stale": ("05_coverage.sql", "WHERE g.fresh_until >= getvariable('evidence_as_of')", "WHERE g.fresh_until < getvariable('evidence_as_of')"),
    "uncounted": ("", "every number ever delivered", "what is delivered now"),
    "removed": ("ratio", "ELSE judged(good / selected", "ELSE judged(1 / selected"),
    "added": ("ratio", "ELSE judged(good / selected", "ELSE judged(1 / selected"),
}  # fmt: skip


@pytest.mark.parametrize("name", LAWS)
def test_each_law_sees_a_fault(
    connection: duckdb.DuckDBPyConnection, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, right, wrong = FAULTS[name]
    if name == "uncounted":  # which counts are read is no text of a model
        monkeypatch.setattr("warehouse.engine.assessment.count_rows", lambda: count_rows("visible_measurement"))
    else:
        plant(monkeypatch, model, right, wrong)
    worlds = (made_pairs(Random(seed), LAWS[name]) for seed in range(1, 4))  # made and assessed until one shows it
    is_seen = any(any(violations(connection, pairs, name == "added")) for pairs in worlds)
    assert is_seen, f"{name} does not see {wrong!r} in {model}"


def plant(monkeypatch: pytest.MonkeyPatch, model: str, right: str, wrong: str) -> None:
    """Make the engine run a model of which a text is another."""
    if model.endswith(".sql"):
        models = assessment.sql_models()
        assert any(name == model and right in sql for name, sql in models)
        faulty = tuple((name, sql.replace(right, wrong) if name == model else sql) for name, sql in models)
        monkeypatch.setattr(assessment, "sql_models", lambda: faulty)
        return
    types = dict(test_types())
    assert right in types[model].sql
    types[model] = types[model].model_copy(update={"sql": types[model].sql.replace(right, wrong)})
    monkeypatch.setattr(assessment, "test_types", lambda: types)
