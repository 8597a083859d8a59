"""The engine over time: incremental equals full, old days keep their answers, versions only where something changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.catalogue import Catalogue
from models.kind import kinds
from tests.small import AS_OF, KNOWN, catalogue_of, indicator_of, insert, norm_of, results, test_of, warehouse_of
from warehouse.engine.assessment import assess, compute, incremental_scope
from warehouse.storage.database import transaction
from warehouse.storage.versioning import ASSESSED_TABLES

NORMS = [
    norm_of("5.1", "control", theme="organisational"),
    norm_of("5.01.01", "measure", parent="5.1"),
    norm_of("5.01.02", "measure", parent="5.1"),
    norm_of("5.2", "control", theme="organisational"),
]
TESTS = [
    test_of("current", "5.01.01", "design", type="current", kind="document", grace="P3M"),
    test_of("fresh", "5.01.01", "existence", type="fresh", kind="decision", max_age="P3M", grace="P1M"),
    test_of("recurring", "5.01.01", "operation", type="recurring", kind="access_review", about=("privileged",), every="P3M"),
    test_of("trailing", "5.01.01", "operation", type="recurring", kind="access_review", every="P1M", window="P6M"),
    test_of("ratio", "5.01.02", "operation", type="ratio", kind="training", good="result = 'passed'", pass_at=0.8, partial_at=0.5, window="P6M"),
    test_of(
        "matched", "5.01.02", "existence", type="ratio", kind="register_entry", about=("supplier",), pass_at=1.0, partial_at=0.3,
        matched={"kind": "assurance", "key": "supplier", "population_key": "name", "max_age": "P6M"},
    ),
    test_of("within", "5.01.02", "design", type="within", kind="finding", about=("vulnerability",), deadline="P7D", pass_at=0.9, partial_at=0.5, zero="not_occurred"),
    test_of("hours", "5.01.02", "design", type="within", kind="ticket", about=("data_breach",), deadline="PT72H", window="P3M"),
    test_of("open", "5.2", "design", type="none_open", kind="ticket", max_age="P30D", tolerate=1),
    test_of("metric", "5.2", "existence", type="metric", kind="measurement", about=("mfa_coverage",), pass_at=95, partial_at=80, max_age="P6M"),
    test_of("attested", "5.2", "operation", "attested", type="attested", kind="attestation", max_age="P1Y"),
    test_of("audited", "5.2", "operation", "audited", type="audited", kind="assurance", max_age="P1Y"),
]  # fmt: skip
INDICATORS = [
    indicator_of("P1.1", measure={"type": "count", "kind": "ticket", "window": "P3M"}, unit="aantal", green=1, amber=0),
    indicator_of("P1.2", measure={"type": "assessment", "formula": "share_fresh"}),
    indicator_of(
        "P1.3",
        measure={"type": "per", "kind": "ticket", "divisor": "mfa_coverage", "window": "cycle", "multiply": 100},
        unit="per 100",
    ),
]
CATALOGUE = catalogue_of(TESTS, NORMS, INDICATORS)
# Enough for one or two of them to be few, so that their records are copied and the others' left unread.
MANY = ("gemeente", "waterschap", *(f"gemeente {number}" for number in range(3, 21)))
BUSY = MANY[:5]


def everything(connection: duckdb.DuckDBPyConnection) -> dict[str, list[Any]]:
    """The present rows of every assessed table, without the run in which they began."""
    return {
        table: connection.execute(
            f"SELECT * EXCLUDE (from_run_no, until_run_no) FROM assess.{table} WHERE until_run_no IS NULL ORDER BY ALL"
        ).fetchall()
        for table in ASSESSED_TABLES
    }


def computed_anew(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, as_of: date, known_at: datetime
) -> dict[str, list[Any]]:
    """The same, computed for every organisation and test, as if nothing had been assessed before."""
    compute(connection, catalogue, as_of=as_of, known_at=known_at)
    return {
        table: connection.execute(f"SELECT * FROM new_{table} ORDER BY ALL").fetchall() for table in ASSESSED_TABLES
    }


def run(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    as_of: date,
    known_at: datetime,
    scope: str | None = None,
    catalogue: Catalogue = CATALOGUE,
) -> Any:
    with transaction(connection):
        return assess(connection, catalogue, run_no=number, as_of=as_of, known_at=known_at, scope=scope)


day = st.dates(date(2026, 1, 1), date(2027, 2, 28))


@st.composite
def record(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A record of any kind that the tests look at, with dates around the assessed days."""
    first, second = draw(day), draw(day)
    moment = datetime(first.year, first.month, first.day, draw(st.integers(0, 23)))
    later = draw(st.one_of(st.none(), st.integers(0, 1000).map(lambda hours: moment + timedelta(hours=hours))))
    kind = draw(
        st.sampled_from(
            [
                "document",
                "decision",
                "access_review",
                "training",
                "register_entry",
                "assurance",
                "finding",
                "ticket",
                "measurement",
                "attestation",
                "applicability",
                "exception",
                "risk",
            ]
        )
    )
    norm, approved_by = (
        draw(st.sampled_from(["5.1", "5.01.02", "5.2"])),
        draw(st.sampled_from(["college", "directie", None])),
    )
    word = draw(st.sampled_from(["a", "b"]))
    return kind, {
        "document": {"topic": "x", "state": draw(st.sampled_from(["adopted", "draft"])), "adopted_on": first, "review_due": second},
        "decision": {"decided_on": first, "body": "board"},
        "access_review": {"performed_on": first, "scope": draw(st.sampled_from(["privileged", "regular"])), "system": word},
        "training": {"completed_on": first, "result": draw(st.sampled_from(["passed", "failed"])), "course": "awareness"},
        "register_entry": {"register": "supplier", "name": word},
        "assurance": {"supplier": word, "period_end": first, "opinion": draw(st.sampled_from(["unqualified", "qualified", "adverse"]))},
        "finding": {"finding_type": "vulnerability", "first_seen": moment, "resolved_at": later},
        "ticket": {"ticket_type": draw(st.sampled_from(["incident", "data_breach"])), "opened_at": moment, "resolved_at": later},
        "measurement": {"metric": "mfa_coverage", "value": float(draw(st.integers(60, 100))), "observed_at": first},
        "attestation": {
            "framework_id": "klein", "norm_id": "5.2", "aspect": "operation", "signed_on": first,
            "answer": draw(st.sampled_from(["yes", "partly", "no"])),
        },
        "applicability": {
            "framework_id": "klein", "norm_id": norm, "applies": draw(st.booleans()), "risk_analysis": "RA-1",
            "approved_by": approved_by, "approved_on": first, "valid_until": second,
        },
        "risk": {"title": draw(st.sampled_from(["RA-1", "RA-2"])), "reviewed_on": first},
        "exception": {
            "framework_id": "klein", "norm_id": norm, "reason": word, "approved_by": approved_by,
            "approved_on": first, "valid_until": second,
        },
    }[kind]  # fmt: skip


some = st.sets(st.sampled_from(BUSY))
night = st.tuples(
    st.lists(st.tuples(record(), st.sampled_from(BUSY)), max_size=10),
    st.integers(1, 45),  # days until the next run
    some,  # whose source ran
    some,  # whose tickets are retired
)


@pytest.fixture(scope="module")
def emptied() -> Iterator[Callable[[], duckdb.DuckDBPyConnection]]:
    """Gives a warehouse with the catalogue and all organisations, and nothing else: the same one, emptied."""
    connection = warehouse_of(CATALOGUE, MANY)
    connection.execute("SET threads = 1")  # the worlds are small, and the tests beside them want a core too

    def empty() -> duckdb.DuckDBPyConnection:
        tables = (*map("evidence.{}".format, kinds()), *map("assess.{}".format, ASSESSED_TABLES))
        for table in ("ops.source_run", "ops.source_coverage", *tables):
            connection.execute(f"DELETE FROM {table}")
        return connection

    yield empty
    connection.close()


IS_LONG = bool(os.environ.get("ENSIA_LONG"))


@settings(
    max_examples=40 if IS_LONG else 5,
    suppress_health_check=list(HealthCheck),
    phases=tuple(Phase) if IS_LONG else (Phase.explicit, Phase.generate),  # looking for a smaller world takes minutes
)
@given(nights=st.lists(night, min_size=3, max_size=5))
def test_incremental_equals_full(emptied: Callable[[], duckdb.DuckDBPyConnection], nights: list[Any]) -> None:
    """After any series of nights, assessing only what can have changed leaves the same rows as assessing everything; for
    several organisations side by side, each with a history of its own."""
    connection = emptied()
    as_of, before = date(2026, 2, 20), None
    for number, (records, days, sources_of, retired_of) in enumerate(nights, start=1):
        known = datetime(as_of.year, as_of.month, as_of.day, 3)
        for kind, values, organisation in ((*each, organisation) for each, organisation in records):
            insert(connection, kind, organisation, recorded_at=known, **values)
        for name in retired_of:
            connection.execute(
                "UPDATE evidence.ticket SET retired_at = $now "
                "WHERE retired_at IS NULL AND recorded_at < $now AND organisation_id = $name",
                {"now": known, "name": name},
            )
        for name in sources_of:
            a_source_ran(connection, name, str(number), as_of, known)
        scope = before and incremental_scope(
            CATALOGUE, as_of=as_of, known_at=known, last_as_of=before[0], last_known_at=before[1]
        )
        run(connection, number, as_of, known, scope)
        assert everything(connection) == computed_anew(connection, CATALOGUE, as_of, known)
        before, as_of = (as_of, known), as_of + timedelta(days=days)


def a_source_ran(
    connection: duckdb.DuckDBPyConnection, organisation: str, run_id: str, as_of: date, known: datetime
) -> None:
    """A source of this organisation read its tickets and findings, whole, and is fresh for a day."""
    connection.execute(
        "INSERT INTO ops.source_run (run_id, organisation_id, source_id, as_of, recorded_at, status, complete, fresh_until) "
        "VALUES (?, ?, 'b', ?, ?, 'ok', true, ?)",
        [run_id, organisation, as_of, known, as_of + timedelta(days=1)],
    )
    for kind, about in (("ticket", "incident"), ("ticket", "data_breach"), ("finding", "vulnerability")):
        connection.execute(
            "INSERT INTO ops.source_coverage VALUES (?, ?, 'b', ?, ?)", [run_id, organisation, kind, about]
        )


GOVERNANCE = {
    "ends": (date(2026, 1, 1), date(2026, 2, 26), 0),
    "begins and ends": (date(2026, 2, 22), date(2026, 2, 25), 0),
    "begins": (date(2026, 3, 2), date(2026, 12, 31), 0),
    "becomes known": (date(2026, 1, 1), date(2026, 12, 31), 2),
}  # approved on, valid until, known from which night


def test_nights_in_which_only_the_governance_changes() -> None:
    """No test rests on an exception or an n/a, so an incremental run must find by themselves that they begin and end."""
    quiet = catalogue_of([test for test in TESTS if test.measure.type in ("current", "attested")], NORMS)
    connection = warehouse_of(quiet, ("gemeente", *GOVERNANCE))
    nights = [date(2026, 2, 20) + timedelta(days=2 * number) for number in range(8)]
    for name, (approved_on, valid_until, night_known) in GOVERNANCE.items():
        common = {
            "framework_id": "klein", "approved_by": "college", "approved_on": approved_on, "valid_until": valid_until,
            "recorded_at": datetime.combine(nights[night_known], datetime.min.time()),
        }  # fmt: skip
        insert(connection, "exception", name, norm_id="5.01.01", reason="oud", **common)
        insert(connection, "risk", name, title="RA-1", recorded_at=datetime(2026, 1, 1))
        insert(connection, "applicability", name, norm_id="5.2", applies=False, risk_analysis="RA-1", **common)
    before = None
    shown: dict[str, list[Any]] = {name: [] for name in GOVERNANCE}
    for number, as_of in enumerate(nights, start=1):
        known = datetime(as_of.year, as_of.month, as_of.day, 3)
        scope = before and incremental_scope(
            quiet, as_of=as_of, known_at=known, last_as_of=before[0], last_known_at=before[1]
        )
        run(connection, number, as_of, known, scope, quiet)
        assert everything(connection) == computed_anew(connection, quiet, as_of, known), as_of
        for name, status in connection.execute(
            "SELECT organisation_id, status = 'niet_van_toepassing' FROM assess.measure_status "
            "WHERE norm_id = '5.2' AND until_run_no IS NULL AND organisation_id <> 'gemeente'"
        ).fetchall():
            shown[name].append(status)
        before = (as_of, known)
    assert {name: [*map(int, each)] for name, each in shown.items()} == {
        "ends": [1, 1, 1, 1, 0, 0, 0, 0],
        "begins and ends": [0, 1, 1, 0, 0, 0, 0, 0],
        "begins": [0, 0, 0, 0, 0, 1, 1, 1],
        "becomes known": [0, 0, 1, 1, 1, 1, 1, 1],
    }


REVIEWS = test_of("reviews", "5.2", "operation", type="fresh", kind="access_review", max_age="P1Y")
SYSTEMS = test_of(
    "systems", "5.2", "existence", type="ratio", kind="register_entry", about=("asset",), good="owner IS NOT NULL",
    where="coalesce(valid_until >= getvariable('as_of'), true)", pass_at=1.0, partial_at=0.3,
)  # fmt: skip
REVIEW = (
    "access_review",
    {"performed_on": date(2026, 2, 1), "scope": "regular", "accounts_reviewed": 9, "owner": "Alfa"},
)
ENDED_ENTRY = {"register": "asset", "name": "Oud", "owner": "ICT", "valid_until": date(2026, 1, 1)}
# What was known, and what another list says the day after: of who delivers, who holds a role, what is still in use.
FROM_AFAR = {
    "a supplier appears": (REVIEWS, [REVIEW], ("register_entry", {"register": "supplier", "name": "Alfa"})),
    "what ended is seen": (
        SYSTEMS,
        [("register_entry", ENDED_ENTRY), ("register_entry", {"register": "asset", "name": "Nieuw", "owner": "ICT"})],
        ("access_review", {"system": "Oud", "scope": "regular", "performed_on": date(2026, 2, 20), "accounts_reviewed": 3}),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("test", "rows", "late"), FROM_AFAR.values(), ids=FROM_AFAR)
def test_what_another_list_says_is_not_left_until_everything_is_assessed(
    test: Any, rows: list[tuple[str, dict[str, Any]]], late: tuple[str, dict[str, Any]]
) -> None:
    catalogue = catalogue_of([test], NORMS)
    connection = warehouse_of(catalogue)
    for kind, values in rows:
        insert(connection, kind, **values)
    first, second = (date(2026, 2, 24), datetime(2026, 2, 24, 3)), (date(2026, 2, 25), datetime(2026, 2, 25, 3))
    run(connection, 1, *first, catalogue=catalogue)
    before = everything(connection)["test_result"]
    kind, values = late
    insert(connection, kind, recorded_at=datetime(2026, 2, 25), **values)
    scope = incremental_scope(
        catalogue, as_of=second[0], known_at=second[1], last_as_of=first[0], last_known_at=first[1]
    )
    run(connection, 2, *second, scope, catalogue)
    assert everything(connection) == computed_anew(connection, catalogue, *second)
    assert everything(connection)["test_result"] != before


SHARES = [
    indicator_of(number, measure={"type": "assessment", "formula": formula})
    for number, formula in (("P1.1", "share_fresh"), ("P1.2", "share_proven"))
]


def shares(test: Any, rows: list[tuple[str, dict[str, Any]]]) -> list[float | None]:
    """Which share of the norms has fresh evidence, and which is proven: 0 or 1."""
    aspects = (test.aspect,)
    norms = [norm_of("5.2", "control", theme="organisational", aspects=aspects)]
    catalogue = catalogue_of([test], norms, SHARES)
    connection = warehouse_of(catalogue)
    for kind, values in rows:
        insert(connection, kind, **values)
    compute(connection, catalogue, as_of=AS_OF, known_at=KNOWN)
    values = connection.execute("SELECT value / 100 FROM new_indicator_value ORDER BY indicator_id").fetchall()
    return [value for (value,) in values]


def test_a_norm_is_not_proven_by_less_than_it_asks() -> None:
    review = ("access_review", REVIEW[1] | {"performed_on": date(2026, 10, 1), "owner": "Controle"})
    assert shares(REVIEWS, [review]) == [1, 1]
    assert shares(REVIEWS.model_copy(update={"min_basis": "audited"}), [review])[1] == 1  # measured is more
    kept_by_hand = REVIEWS.model_copy(update={"basis": "documented", "min_basis": "sampled"})
    assert shares(kept_by_hand, [review])[1] == 0


def test_evidence_is_not_fresh_when_that_of_one_object_is_too_old() -> None:
    test = test_of(
        "each", "5.2", "operation", type="fresh", kind="access_review", max_age="P3M", per="system", each_pass_at=0.5
    )
    reviews = [
        ("access_review", REVIEW[1] | {"performed_on": day, "owner": "Controle", "system": system})
        for system, day in (("Zaken", date(2026, 11, 1)), ("Mail", date(2026, 11, 1)), ("Archief", date(2026, 1, 1)))
    ]
    assert shares(test, reviews[:2])[0] == 1
    assert shares(test, reviews)[0] == 0


def test_an_old_day_keeps_its_answer_after_newer_evidence(tmp_path: Any) -> None:
    connection = warehouse_of(CATALOGUE)
    insert(
        connection, "document", topic="x", state="adopted", adopted_on=date(2026, 1, 1), review_due=date(2026, 12, 1)
    )
    ticket = insert(connection, "ticket", ticket_type="incident", opened_at=datetime(2026, 10, 1))
    run(connection, 1, AS_OF, KNOWN)
    stored = everything(connection)
    later = KNOWN + timedelta(days=30)
    connection.execute("UPDATE evidence.ticket SET retired_at = ? WHERE evidence_id = ?", [later, ticket])
    insert(
        connection,
        "ticket",
        ticket_type="incident",
        opened_at=datetime(2026, 10, 1),
        resolved_at=datetime(2026, 10, 2),
        recorded_at=later,
    )
    insert(connection, "decision", decided_on=date(2026, 11, 1), recorded_at=later)
    assert computed_anew(connection, CATALOGUE, AS_OF, KNOWN) == stored
    compute(connection, CATALOGUE, as_of=AS_OF, known_at=later)
    now = results(connection)
    assert now["open"]["result"] == "pass" and now["fresh"]["result"] == "pass"


def test_a_ticket_solved_after_the_day_was_open_on_that_day() -> None:
    connection = warehouse_of(CATALOGUE)
    insert(
        connection, "ticket", ticket_type="incident", opened_at=datetime(2026, 9, 1), resolved_at=datetime(2026, 12, 24)
    )
    compute(connection, CATALOGUE, as_of=AS_OF, known_at=datetime(2027, 1, 5))
    assert results(connection)["open"]["result"] == "partial"
    compute(connection, CATALOGUE, as_of=date(2026, 12, 31), known_at=datetime(2027, 1, 5))
    assert results(connection)["open"]["result"] == "pass"


def test_a_second_run_over_the_same_pair_changes_nothing() -> None:
    connection = warehouse_of(CATALOGUE)
    insert(connection, "ticket", ticket_type="incident", opened_at=datetime(2026, 9, 1))
    first = run(connection, 1, AS_OF, KNOWN)
    assert first.changed["test_result"] == len(TESTS) + len(INDICATORS)
    second = run(connection, 2, AS_OF, KNOWN)
    assert set(second.changed.values()) == {0}


def test_history_ends_the_old_row_where_the_new_one_begins() -> None:
    connection = warehouse_of(CATALOGUE)
    run(connection, 1, AS_OF, KNOWN)
    insert(connection, "decision", decided_on=date(2026, 11, 1), recorded_at=KNOWN + timedelta(days=1))
    run(connection, 2, AS_OF + timedelta(days=1), KNOWN + timedelta(days=1))
    rows = connection.execute(
        "SELECT result, from_run_no, until_run_no FROM assess.test_result WHERE test_id = 'fresh' ORDER BY from_run_no"
    ).fetchall()
    assert rows == [("no_evidence", 1, 2), ("pass", 2, None)]


def test_every_result_but_no_evidence_names_its_records() -> None:
    connection = warehouse_of(CATALOGUE)
    for number in range(5):
        insert(
            connection,
            "training",
            completed_on=date(2026, 10, 1),
            result="passed" if number else "failed",
            course="awareness",
        )
    run(connection, 1, AS_OF, KNOWN)
    for row in results(connection).values():
        if row["result"] != "no_evidence" and row["reason"] != "own_statuses":
            assert row["evidence_ids"], row["test_id"]
    ratio = results(connection)["ratio"]
    assert (ratio["result"], ratio["numerator"], ratio["denominator"]) == ("pass", 4, 5)
    named = connection.execute(
        "SELECT result FROM evidence.training WHERE evidence_id = ?", [ratio["evidence_ids"][0]]
    ).fetchone()
    assert named == ("failed",)


@pytest.mark.parametrize("covered", [True, False])
def test_no_cases_did_not_occur_only_when_a_covering_source_ran(covered: bool) -> None:
    connection = warehouse_of(CATALOGUE)
    if covered:
        connection.execute(
            "INSERT INTO ops.source_run (run_id, organisation_id, source_id, as_of, recorded_at, status, complete, fresh_until) VALUES ('r', 'gemeente', 'b', ?, ?, 'ok', true, ?)",
            [AS_OF, KNOWN, AS_OF],
        )
        connection.execute("INSERT INTO ops.source_coverage VALUES ('r', 'gemeente', 'b', 'finding', 'vulnerability')")
        insert(
            connection,
            "measurement",
            metric="source_delivered",
            object="b",
            value=1.0,
            observed_at=datetime(2026, 11, 20),
        )
    compute(connection, CATALOGUE, as_of=AS_OF, known_at=KNOWN)
    within = results(connection)["within"]
    expected = ("not_occurred", "no_cases") if covered else ("no_evidence", "not_covered")
    assert (within["result"], within["reason"]) == expected
    assert bool(within["evidence_ids"]) is covered
    compute(connection, CATALOGUE, as_of=AS_OF + timedelta(days=5), known_at=KNOWN + timedelta(days=5))
    assert results(connection)["within"]["result"] == "no_evidence"


FOUNDED = {
    "approved_by": "College van B en W",
    "approved_on": date(2026, 1, 1),
    "risk_analysis": "RA-1",
    "valid_until": date(2028, 1, 1),
}


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ({}, None),
        ({"approved_by": "CISO"}, "no_body"),
        ({"approved_by": None}, "not_approved"),
        ({"approved_on": None}, "not_approved"),
        ({"risk_analysis": None}, "no_risk_analysis"),
        ({"risk_analysis": "RA-2"}, "unknown_risk_analysis"),
        ({"valid_until": None}, "no_end"),
        ({"valid_until": date(2029, 1, 1)}, None),
        ({"valid_until": date(2029, 1, 2)}, "end_too_far"),
        ({"valid_until": AS_OF}, None),
        ({"valid_until": AS_OF - timedelta(days=1)}, "expired"),
    ],
)
def test_not_applicable_counts_only_when_approved_founded_and_bounded(values: dict[str, Any], note: str | None) -> None:
    """Approved by a body that may, on a risk analysis that is a record here, for at most three years."""
    connection = warehouse_of(CATALOGUE)
    insert(connection, "risk", title="RA-1")
    insert(
        connection, "applicability", framework_id="klein", norm_id="5.2", applies=False, reason="niet aanwezig",
        **FOUNDED | values,
    )  # fmt: skip
    compute(connection, CATALOGUE, as_of=AS_OF, known_at=KNOWN)
    row = connection.execute(
        "SELECT status, applicability_note FROM new_measure_status WHERE norm_id = '5.2'"
    ).fetchone()
    assert row == ("niet_van_toepassing" if note is None else "geen_bewijs", note)


def test_an_exception_stands_beside_the_status_and_does_not_change_it() -> None:
    connection = warehouse_of(CATALOGUE)
    insert(
        connection, "exception", framework_id="klein", norm_id="5.2", reason="vervanging in 2027", approved_by="directie",
        approved_on=date(2026, 1, 1), valid_until=date(2026, 12, 31),
    )  # fmt: skip
    compute(connection, CATALOGUE, as_of=AS_OF, known_at=KNOWN)
    row = connection.execute(
        "SELECT status, excepted_until, exception_reason FROM new_measure_status WHERE norm_id = '5.2'"
    ).fetchone()
    assert row == ("geen_bewijs", date(2026, 12, 31), "vervanging in 2027")


def test_what_goes_beyond_the_norm_does_not_count_for_its_status() -> None:
    """Neither when it fails nor when nothing else is there."""
    beyond = test_of("beyond", "5.2", "design", type="current", kind="document", about=("backup_policy",))
    tests = [
        test_of("policy", "5.2", "design", type="current", kind="document", about=("access_policy",)),
        beyond.model_copy(update={"beyond_norm": True}),
    ]
    norms = [norm_of("5.2", "control", theme="organisational", aspects=("design",))]
    statuses = []
    for topic in ("access_policy", "backup_policy"):
        connection = warehouse_of(catalogue_of(tests, norms))
        insert(connection, "document", topic=topic, state="adopted", adopted_on=date(2026, 1, 1))
        compute(connection, catalogue_of(tests, norms), as_of=AS_OF, known_at=KNOWN)
        rows = connection.execute("SELECT status, tests FROM new_measure_status").fetchall()
        statuses.append(rows)
        assert len(results(connection)) == 2
    assert statuses == [[("voldoet", 1)], [("geen_bewijs", 1)]]


@pytest.mark.parametrize(
    ("lacking", "gap"),
    [
        ((), None),
        (("sighting",), "not_compared"),
        (("sighting", "reading"), "not_read"),
        (("policy",), "shortfall"),
        (("sighting", "reading", "policy"), "shortfall"),
        (("settled finding",), "shortfall"),
    ],
)
def test_a_norm_that_complies_in_part_says_what_it_lacks_the_most_serious_first(
    lacking: tuple[str, ...], gap: str | None
) -> None:
    tests = [
        test_of("policy", "5.2", "design", type="current", kind="document", about=("access_policy",)),
        test_of(
            "text", "5.2", "design", type="content", kind="document", about=("backup_policy",), elements=("backup_schedule",),
            readers=("ciso",),
        ),
        test_of("list", "5.2", "design", type="ratio", kind="register_entry", about=("supplier",), good="owner IS NOT NULL"),
    ]  # fmt: skip
    catalogue = catalogue_of(tests, [norm_of("5.2", "control", theme="organisational", aspects=("design",))])
    connection = warehouse_of(catalogue)
    state = "concept" if "policy" in lacking else "adopted"
    insert(connection, "document", topic="access_policy", state=state, adopted_on=date(2026, 1, 1))
    insert(
        connection,
        "document",
        topic="backup_policy",
        state="adopted",
        adopted_on=date(2026, 1, 1),
        owner="ict",
        record_key="D",
        text_hash="t",
    )
    if "reading" not in lacking:
        insert(
            connection, "reading", text_kind="document", text_key="D", element="backup_schedule", found="yes", read_by="ciso", text_hash="t",
            reader="p-1", read_on=date(2026, 2, 1),
        )  # fmt: skip
    insert(connection, "register_entry", register="role", name="CISO", owner="Concernstaf")
    insert(connection, "register_entry", register="supplier", name="Alfa", owner="inkoop")
    if "sighting" not in lacking:
        insert(connection, "register_entry", register="contract", name="C-1", attributes={"supplier": "Alfa"})
    if "settled finding" in lacking:
        insert(connection, "finding", finding_type="audit", norm_ref="5.2", severity="high")
    compute(connection, catalogue, as_of=AS_OF, known_at=KNOWN)
    rows = connection.execute("SELECT status, gap FROM new_measure_status").fetchall()
    assert rows == [("voldoet" if gap is None else "voldoet_deels", gap)]


def test_of_tests_that_may_prove_the_same_the_best_counts_and_the_others_are_said_to_be_outdone() -> None:
    """A failing one beside a passing one takes nothing away; alone it does."""
    plain = [
        test_of("policy", "5.2", "design", type="current", kind="document", about=("access_policy",)),
        test_of("review", "5.2", "design", type="current", kind="document", about=("backup_policy",)),
    ]
    tests = [test.model_copy(update={"any_of": "proof"}) for test in plain]
    norms = [norm_of("5.2", "control", theme="organisational", aspects=("design",))]
    catalogue = catalogue_of(tests, norms)
    connection = warehouse_of(catalogue)
    insert(connection, "document", topic="access_policy", state="adopted", adopted_on=date(2026, 1, 1))
    insert(connection, "document", topic="backup_policy", state="concept")
    with transaction(connection):
        assess(connection, catalogue, run_no=1, as_of=AS_OF, known_at=KNOWN)
    [status] = connection.execute("SELECT status, tests, tests_known FROM assess.measure_status").fetchall()
    assert status == ("voldoet", 1, 1)
    outdone = connection.execute("SELECT test_id, outdone_in FROM reading.present_test ORDER BY test_id").fetchall()
    assert outdone == [("policy", None), ("review", "proof")]
    connection = warehouse_of(catalogue_of(plain, norms))
    insert(connection, "document", topic="access_policy", state="adopted", adopted_on=date(2026, 1, 1))
    compute(connection, catalogue_of(plain, norms), as_of=AS_OF, known_at=KNOWN)
    assert connection.execute("SELECT status FROM new_measure_status").fetchall() == [("voldoet_deels",)]


@pytest.mark.parametrize(("good", "first_named"), [((True, True), []), ((True, False), [1]), ((False, False), [1, 0])])
def test_a_period_that_is_missing_names_the_records_that_left_it_empty(
    good: tuple[bool, bool], first_named: list[int]
) -> None:
    test = test_of("review", "5.2", "operation", type="recurring", kind="access_review", every="P3M", window="P6M")
    connection = warehouse_of(catalogue_of([test], NORMS))
    numbers = [
        insert(connection, "access_review", performed_on=day, accounts_reviewed=10 if is_good else 0)
        for day, is_good in zip((date(2026, 4, 10), date(2026, 7, 10)), good, strict=True)
    ]
    compute(connection, catalogue_of([test], NORMS), as_of=date(2026, 9, 30), known_at=KNOWN)
    row = results(connection)["review"]
    named = row["evidence_ids"]
    assert named[: len(first_named)] == [numbers[place] for place in first_named]
    assert set(named) == set(numbers)
