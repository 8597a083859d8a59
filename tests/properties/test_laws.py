"""The laws of the domain on the SQL engine: what must hold for every catalogue, every organisation and every day, without
knowing what the right answer is. Whether the answers are right is left to `test_engine_against_oracle`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.aspect import ASPECTS, Aspect
from models.catalogue import Catalogue
from models.duration import Duration
from models.kind import kinds
from tests.oracle.pools import ANCHORS, DAYS, MOMENTS
from tests.oracle.records import HAPPENED_ON, Row, SourceRun, World, as_day
from tests.oracle.rows import FRAMEWORK, catalogue, identity, measure, norm, norm_test, row
from tests.oracle.sql_engine import put, rows_of
from tests.oracle.twins import TWINS
from tests.properties.strategies import Moment, used_kinds, versions, worlds
from warehouse.engine.assessment import assess, compute, incremental_scope
from warehouse.storage.database import memory_warehouse
from warehouse.storage.versioning import ASSESSED_TABLES

Snapshot = dict[str, list[dict[str, Any]]]
BADNESS = {
    "pass": 0, "partial": 1, "fail": 2, "no_evidence": 2,
    "voldoet": 0, "voldoet_deels": 1, "voldoet_niet": 2, "geen_bewijs": 2,
}  # fmt: skip
# The types of which the expiry day is exact (domain description, chapter 6).
EXACT = ("current", "fresh", "recurring", "metric", "attested", "audited")


def law(examples: int) -> Callable[..., Any]:
    """Hypothesis settings of a law: the same examples in every run, a twelfth of them unless ENSIA_LONG asks for all.
    Nothing is shrunk: the worlds are small already, and a failure must not cost the rest of the run its time."""
    return settings(
        max_examples=examples if os.environ.get("ENSIA_LONG") else max(2, examples // 12),
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),
    )


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = memory_warehouse()
    opened.execute("SET threads = 1")  # these worlds are small, and the tests beside them want a core too
    yield opened
    opened.close()


def snapshot(connection: duckdb.DuckDBPyConnection, content: World, moment: Moment, **others: Any) -> Snapshot:
    """Every row of every assessed table of one computation, in the order of their keys."""
    compute(
        connection,
        content.catalogue,
        as_of=moment.as_of,
        known_at=moment.known_at,
        aspects=moment.aspects,
        **others,
    )
    return {table: by_key(table, rows_of(connection, f"new_{table}")) for table in ASSESSED_TABLES}


def by_key(table: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows in the order of their keys; the history columns are left out."""
    shown = [{name: value for name, value in found.items() if not name.endswith("_run_no")} for found in rows]
    return sorted(shown, key=lambda found: tuple(found[key] for key in ASSESSED_TABLES[table]))


def fresh_history(connection: duckdb.DuckDBPyConnection) -> None:
    """Forget every stored assessment."""
    for table in ASSESSED_TABLES:
        connection.execute(f"DELETE FROM assess.{table}")


def test_types(content: Catalogue) -> dict[tuple[str, str], str]:
    """The test type by framework and test."""
    return {(test.framework_id, test.id): test.measure.type for test in content.tests}


test_types.__test__ = False  # type: ignore[attr-defined]


# --- a status computed twice is identical, row for row ---------------------------------------------------------------


@law(20)
@given(worlds())
def check_twice(connection: duckdb.DuckDBPyConnection, example: tuple[World, list[Moment]]) -> None:
    content, moments = example
    put(connection, content)
    first = [snapshot(connection, content, moment) for moment in moments]
    again = [snapshot(connection, content, moment) for moment in reversed(moments)]
    assert first == again[::-1]
    turned = replace(content, evidence={kind: rows[::-1] for kind, rows in reversed(content.evidence.items())})
    put(connection, turned)
    assert snapshot(connection, turned, moments[0]) == first[0], "the order in which records were stored matters"


def test_computed_twice_is_identical(connection: duckdb.DuckDBPyConnection) -> None:
    check_twice(connection)


@law(15)
@given(worlds())
def check_kept(connection: duckdb.DuckDBPyConnection, example: tuple[World, list[Moment]]) -> None:
    content, moments = example
    put(connection, content)
    fresh_history(connection)
    asked = {"as_of": moments[0].as_of, "known_at": moments[0].known_at, "aspects": moments[0].aspects}
    assess(connection, content.catalogue, run_no=1, **asked)
    expected = snapshot(connection, content, moments[0])
    kept = {
        table: by_key(table, rows_of(connection, f"assess.{table}", "until_run_no IS NULL"))
        for table in ASSESSED_TABLES
    }
    assert kept == expected
    assert set(assess(connection, content.catalogue, run_no=2, **asked).changed.values()) == {0}


def test_what_is_kept_is_what_was_computed_and_nothing_changes_without_cause(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    check_kept(connection)


@law(40)
@given(worlds())
def check_incremental(connection: duckdb.DuckDBPyConnection, example: tuple[World, list[Moment]]) -> None:
    content, moments = example
    put(connection, content)
    fresh_history(connection)
    last = None
    for run_no, moment in enumerate(sorted(moments, key=lambda moment: moment.as_of), start=1):
        known_at = moment.known_at if last is None else max(moment.known_at, last.known_at + timedelta(seconds=1))
        now = Moment(moment.as_of, known_at)
        scope = None
        if last is not None:
            scope = incremental_scope(
                content.catalogue,
                as_of=now.as_of,
                known_at=now.known_at,
                last_as_of=last.as_of,
                last_known_at=last.known_at,
            )
        assess(connection, content.catalogue, run_no=run_no, as_of=now.as_of, known_at=now.known_at, scope=scope)
        kept = {
            table: by_key(table, rows_of(connection, f"assess.{table}", "until_run_no IS NULL"))
            for table in ASSESSED_TABLES
        }
        expected = snapshot(connection, content, now)
        for table in ASSESSED_TABLES:
            assert kept[table] == expected[table], f"{table} after an incremental run from {last} to {now}"
        last = now


def test_an_incremental_run_ends_where_a_full_one_does(connection: duckdb.DuckDBPyConnection) -> None:
    check_incremental(connection)


# --- adding a passing record never worsens a status ------------------------------------------------------------------

KIND_OF = {
    "current": ("document", {"grace": "P1M"}),
    "fresh": ("access_review", {"max_age": "P3M", "grace": "P1M"}),
    "recurring": ("exercise", {"every": "P1M", "window": "P6M"}),
    "ratio": ("register_entry", {"good": "critical", "pass_at": 0.75, "partial_at": 0.25, "min_population": 2}),
    "within": ("ticket", {"deadline": "P14D", "pass_at": 0.75, "partial_at": 0.25, "window": "P1Y"}),
    "none_open": ("finding", {"max_age": "P30D", "tolerate": 1}),
    "metric": ("measurement", {"pass_at": 90.0, "partial_at": 50.0}),
    "attested": ("attestation", {"max_age": "P1Y"}),
    "audited": ("assurance", {"max_age": "P1Y"}),
}
GOOD_VALUES: dict[str, Any] = {
    "state": "adopted", "critical": True, "value": 100.0, "opinion": "unqualified", "exceptions": None, "answer": "yes",
    "metric": "mfa", "register": "assets", "name": "alfa", "system": "alfa", "topic": "policy", "scope": "regular",
    "exercise_type": "restore", "ticket_type": "incident", "finding_type": "audit", "statement_type": "soc2",
    "framework_id": FRAMEWORK, "aspect": "operation", "accounts_reviewed": 10, "outcome": "success", "result": "passed",
}  # fmt: skip


def every_type() -> Catalogue:
    """A measure per test type and one, 1.1.0, that has them all; each type looks at a kind of its own."""
    own = [(f"1.1.{number}", test_type) for number, test_type in enumerate(KIND_OF, start=1)]
    tests = [
        norm_test(measure(test_type, KIND_OF[test_type][0], **KIND_OF[test_type][1]), test_id=f"{norm_id}-{test_type}",
                  norm_id=norm_id)
        for norm_id, test_type in own + [("1.1.0", test_type) for test_type in KIND_OF]
    ]  # fmt: skip
    matched = {"kind": "exercise", "key": "system", "population_key": "name", "max_age": "P6M"}
    tests.append(
        norm_test(measure("ratio", "register_entry", matched=matched), test_id="1.1.10-matched", norm_id="1.1.10")
    )
    norms = [norm("1.1", "control"), *(norm(norm_id) for norm_id in ["1.1.0", *(name for name, _ in own), "1.1.10"])]
    return catalogue(norms, tests)


def passing_record(kind: str, organisation_id: str, day: date, name: str = "alfa") -> Row:
    """A record of `day` with which every test of `every_type` is content."""
    names = {column.name for column in kinds()[kind].columns}
    content = {column: value for column, value in GOOD_VALUES.items() if column in names}
    content |= {column: name for column in ("name", "system") if column in names}
    content |= {column: day for column in DAYS if column in names}
    content |= {column: datetime.combine(day, time(9)) for column in MOMENTS if column in names}
    if kind == "attestation":
        content["norm_id"] = "1.1.0"
    if kind == "ticket":  # a case counts in the window in which its term ends
        opened = datetime.combine(day - timedelta(days=20), time(9))
        content |= {"state": "resolved", "opened_at": opened, "resolved_at": opened}
    return row(kind, **content, organisation_id=organisation_id, observed_at=datetime.combine(day, time(9)))


@st.composite
def worlds_of_every_type(draw: st.DrawFn) -> tuple[World, date]:
    """Four organisations with records of every kind, as they come."""
    anchor = draw(st.sampled_from(ANCHORS))
    content = every_type()
    evidence: dict[str, list[Row]] = {}
    names = [f"organisatie-{number}" for number in range(1, 5)]
    for kind in [*used_kinds(content), "attestation"]:
        rows = [
            {**draw(versions(kind, anchor, ["1.1.0"] if kind == "attestation" else ())), "organisation_id": name}
            for name in names
            for _ in range(draw(st.sampled_from((0, 1, 3))))
        ]
        for found in rows:
            if kind == "attestation":
                found |= {
                    "framework_id": FRAMEWORK,
                    "aspect": "operation",
                    "answer": draw(st.sampled_from(("yes", "no"))),
                }
        evidence[kind] = rows
    return World(content, names, numbered(evidence), [], TWINS), anchor


def numbered(evidence: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """The same rows with a number each."""
    number = iter(range(1, 10**6))
    return {
        kind: [{**found, "evidence_id": identity(next(number))} for found in rows] for kind, rows in evidence.items()
    }


def worse_rows(before: Snapshot, after: Snapshot) -> list[str]:
    """The rows of tests, measures and controls that are worse after than before."""
    found = []
    for table, column in (("test_result", "result"), ("measure_status", "status"), ("control_status", "status")):
        for old, new in zip(before[table], after[table], strict=True):
            if BADNESS[new[column]] > BADNESS[old[column]]:
                found.append(f"{table}: {old} became {new}")
    return found


def richer(content: World, day: date) -> tuple[World, list[str]]:
    """The world with, beside each organisation, its twins: one for each kind with one more passing record of it, and one
    with one more of every kind. What a twin has more follows its name, and is listed."""
    # an entry that a test wants to see exercised only passes with its exercise
    more = {kind: {kind, "exercise"} if kind == "register_entry" else {kind} for kind in content.evidence}
    more["everything"] = set(content.evidence)
    evidence = {
        kind: [
            *rows,
            *({**found, "organisation_id": f"{found['organisation_id']} {added}"} for added in more for found in rows),
            *(
                passing_record(kind, f"{name} {added}", day)
                for added, added_kinds in more.items()
                for name in content.organisations
                if kind in added_kinds
            ),
        ]
        for kind, rows in content.evidence.items()
    }
    names = [*content.organisations, *(f"{name} {added}" for name in content.organisations for added in more)]
    return replace(content, organisations=names, evidence=numbered(evidence)), list(more)


def of_twins(found: Snapshot, added: str) -> Snapshot:
    """The rows of the organisations whose name ends so, under the name without it."""
    return {
        table: [
            {**row, "organisation_id": row["organisation_id"].removesuffix(added)}
            for row in rows
            if row["organisation_id"].partition(" ")[2] == added.strip()
        ]
        for table, rows in found.items()
    }


@law(30)
@given(worlds_of_every_type())
def check_adding(connection: duckdb.DuckDBPyConnection, example: tuple[World, date]) -> None:
    content, day = example
    beside, more = richer(content, day)
    put(connection, beside)
    found = snapshot(connection, beside, Moment(day, datetime.combine(day, time(12)), ("operation",)))
    before = of_twins(found, "")
    assert len(before["measure_status"]) == len(found["measure_status"]) / (1 + len(more)) > 0
    for added in more:
        assert not worse_rows(before, of_twins(found, f" {added}")), f"with one more passing {added}"


def test_adding_a_passing_record_never_worsens_a_status(connection: duckdb.DuckDBPyConnection) -> None:
    check_adding(connection)


def test_a_passing_record_passes(connection: duckdb.DuckDBPyConnection) -> None:
    """The law above would be empty if the records it adds did not pass."""
    day = date(2026, 5, 15)
    kinds_needed = [*used_kinds(every_type()), "attestation"]
    evidence = {kind: [passing_record(kind, "a", day, name) for name in ("alfa", "beta")] for kind in kinds_needed}
    coverage = tuple((kind, ()) for kind in kinds_needed)
    runs = [SourceRun("a", "bron-1", day, datetime.combine(day, time(3)), "ok", Duration(days=1), coverage)]
    content = World(every_type(), ["a"], numbered(evidence), runs, TWINS)
    put(connection, content)
    found = snapshot(connection, content, Moment(day, datetime(2100, 1, 1), ("operation",)))["test_result"]
    results = {row["test_id"]: row["result"] for row in found if row["test_id"] != "1.1.8-attested"}
    assert results.pop("1.1.3-recurring") == results.pop("1.1.0-recurring") == "fail"  # one month of the six
    assert set(results.values()) == {"pass"}


# --- removing all evidence of a norm gives geen_bewijs ---------------------------------------------------------------


@law(30)
@given(worlds(), st.data())
def check_removing(
    connection: duckdb.DuckDBPyConnection, example: tuple[World, list[Moment]], data: st.DataObject
) -> None:
    content, moments = example
    moment = moments[0]
    put(connection, content)
    before = snapshot(connection, content, moment)
    name = data.draw(st.sampled_from(content.organisations))
    target = data.draw(st.sampled_from(content.catalogue.tests))
    own = [test for test in content.catalogue.tests if test.norm_id == target.norm_id]
    gone = {test.measure.kind for test in own}
    poorer = replace(
        content,
        evidence={
            kind: [found for found in rows if kind not in gone or found["organisation_id"] != name]
            for kind, rows in content.evidence.items()
        },
        runs=[run for run in content.runs if run.organisation_id != name],
    )
    put(connection, poorer)
    after = snapshot(connection, poorer, moment)
    status = [
        found["status"]
        for found in after["measure_status"]
        if (found["organisation_id"], found["norm_id"]) == (name, target.norm_id)
    ]
    assert status in (["geen_bewijs"], ["niet_van_toepassing"])
    for table in ASSESSED_TABLES:
        assert others(before[table], name) == others(after[table], name), "another organisation noticed"


def others(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [found for found in rows if found["organisation_id"] != name]


def test_removing_all_evidence_of_a_norm_gives_no_evidence(connection: duckdb.DuckDBPyConnection) -> None:
    check_removing(connection)


GOODNESS = ("no_evidence", "fail", "partial", "not_occurred", "pass")

# --- every status row can be explained, and a score never stands alone ---------------------------------------------


@law(40)
@given(worlds())
def check_explained(connection: duckdb.DuckDBPyConnection, example: tuple[World, list[Moment]]) -> None:
    content, moments = example
    put(connection, content)
    for moment in moments:
        found = snapshot(connection, content, moment)
        tests = [row for row in found["test_result"] if row["purpose"] == "norm"]
        assert len(tests) == len(content.catalogue.tests) * len(content.organisations)
        for result in found["test_result"]:
            check_names_its_evidence(content, result)
        assert len(found["principle_status"]) == len(content.organisations)
        for status in found["principle_status"]:
            check_coverage(content, status)
        for status in found["measure_status"]:
            key = (status["organisation_id"], status["framework_id"], status["norm_id"])
            own = [row for row in tests if (row["organisation_id"], row["framework_id"], row["norm_id"]) == key]
            counted = best_of_each_proof(content, [row for row in own if row["aspect"] in moment.aspects])
            assert status["tests"] == len(counted)
            assert status["tests_known"] == sum(result not in ("no_evidence", "not_occurred") for result in counted)
            assert (status["basis"] is None) == all(result == "no_evidence" for result in counted)


def best_of_each_proof(content: World, rows: list[dict[str, Any]]) -> list[str]:
    """The results that count: of the tests that any of may prove the same the best, and none that goes beyond the norm."""
    proofs = {(test.framework_id, test.id): test.proof for test in content.catalogue.tests if not test.beyond_norm}
    results: dict[tuple[str, ...], list[str]] = {}
    for each in rows:
        proof = proofs.get((each["framework_id"], each["test_id"]))
        if proof is not None:
            results.setdefault(proof, []).append(each["result"])
    return [max(of_proof, key=GOODNESS.index) for of_proof in results.values()]


def check_names_its_evidence(content: World, result: dict[str, Any]) -> None:
    """A result names records of its own organisation, unless there is no evidence or there were no cases."""
    named = result["evidence_ids"] or []
    nothing_happened = result["reason"] in ("no_cases", "waiting") or (
        result["reason"] == "counted" and not result["selected"]
    )
    nothing_happened |= result["reason"] == "periods_missing" and not result["numerator"]  # named by their verdicts
    if result["result"] not in (None, "no_evidence") and not nothing_happened:
        assert named, f"names no evidence: {result}"
    owners = {row["evidence_id"]: row["organisation_id"] for row in content.evidence.get(result["evidence_kind"], [])}
    assert {owners[number] for number in named} <= {result["organisation_id"]}


def check_coverage(content: World, status: dict[str, Any]) -> None:
    """Beside the score of a principle stands of how much of its weight it is known, and without any there is no score."""
    known, total = status["weight_known"], status["weight_total"]
    assert 0 <= known <= total
    assert status["coverage"] == (known / total if total else 0)
    assert (status["score"] is None) == (total == 0)
    assert status["score"] is None or 0 <= status["score"] <= 1
    assert 0 <= status["indicators_known"] <= status["indicators"] == len(content.catalogue.indicators)
    assert 0 <= status["controls_known"] <= status["controls"]
    assert (known == 0) == (status["indicators_known"] + status["controls_known"] == 0)


def test_every_status_can_be_explained_and_a_score_never_stands_alone(connection: duckdb.DuckDBPyConnection) -> None:
    check_explained(connection)


# --- expires_on is true ----------------------------------------------------------------------------------------------


@law(40)
@given(worlds(organisations=4), st.data())
def check_expiry(
    connection: duckdb.DuckDBPyConnection, example: tuple[World, list[Moment]], data: st.DataObject
) -> None:
    content, moments = example
    content = without_the_future(content, moments[0].as_of)
    put(connection, content)
    types = test_types(content.catalogue)
    now = exact_results(snapshot(connection, content, moments[0]), types)
    days = sorted({found["expires_on"] for found in now.values() if found["expires_on"]})
    chosen = data.draw(st.lists(st.sampled_from(days), unique=True, max_size=4)) if days else []
    for day in sorted({*chosen, *(day - timedelta(days=1) for day in chosen)}):
        moment = replace(moments[0], as_of=day)
        later = exact_results(snapshot(connection, content, moment, evidence_as_of=moments[0].as_of), types)
        for key, old in now.items():
            is_worse = BADNESS[later[key]["result"]] > BADNESS[old["result"]]
            if old["expires_on"] is None or old["expires_on"] > day:
                assert not is_worse, f"worse on {day}, before its day: {types[key[1:]]} {old} became {later[key]}"
            if old["expires_on"] == day:
                assert is_worse, f"not worse on its day {day}: {types[key[1:]]} {old} became {later[key]}"


def without_the_future(content: World, day: date) -> World:
    """The world without records that happen after `day`: they are something new, and the expiry day says what becomes of
    a result when nothing new arrives."""
    dates = [test.measure.date for test in content.catalogue.tests if test.measure.date]

    def has_happened(kind: str, found: Row) -> bool:
        days = [
            HAPPENED_ON[kind](found),
            *(as_day(content.twins[text](found, day)) for text in dates if known(text, found)),
        ]
        return all(one is None or one <= day for one in days)

    def known(text: str, found: Row) -> bool:
        return text.replace("CAST(", "").replace(" AS DATE)", "") in found

    kept = {kind: [found for found in rows if has_happened(kind, found)] for kind, rows in content.evidence.items()}
    return replace(content, evidence=kept)


def exact_results(found: Snapshot, types: dict[tuple[str, str], str]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The results of the tests whose expiry day is exact, by organisation, framework and test."""
    return {
        (row["organisation_id"], row["framework_id"], row["test_id"]): row
        for row in found["test_result"]
        if row["purpose"] == "norm" and types[row["framework_id"], row["test_id"]] in EXACT
    }


def test_expires_on_is_the_first_day_on_which_it_is_worse(connection: duckdb.DuckDBPyConnection) -> None:
    check_expiry(connection)


# --- organisations do not influence each other -----------------------------------------------------------------------


@law(25)
@given(worlds(organisations=3))
def check_alone(connection: duckdb.DuckDBPyConnection, example: tuple[World, list[Moment]]) -> None:
    content, moments = example
    put(connection, content)
    together = snapshot(connection, content, moments[0])
    narrowed = {name: snapshot(connection, content, moments[0], organisations=[name]) for name in content.organisations}
    for name in content.organisations:
        expected = {table: [row for row in rows if row["organisation_id"] == name] for table, rows in together.items()}
        assert narrowed[name] == expected, "asked for one organisation, another answer"
        alone = World(
            content.catalogue,
            [name],
            {kind: [row for row in rows if row["organisation_id"] == name] for kind, rows in content.evidence.items()},
            [run for run in content.runs if run.organisation_id == name],
            content.twins,
        )
        put(connection, alone)
        assert snapshot(connection, alone, moments[0]) == expected, "without the others, another answer"


def test_organisations_do_not_influence_each_other(connection: duckdb.DuckDBPyConnection) -> None:
    check_alone(connection)


@pytest.mark.parametrize("aspects", [ASPECTS, ("operation",)])
def test_an_empty_installation_has_no_evidence(
    connection: duckdb.DuckDBPyConnection, aspects: tuple[Aspect, ...]
) -> None:
    content = World(every_type(), ["a"], {}, [], TWINS)
    put(connection, content)
    found = snapshot(connection, content, Moment(date(2026, 5, 15), datetime(2100, 1, 1), aspects))
    assert {row["status"] for row in found["measure_status"] + found["control_status"]} == {"geen_bewijs"}
