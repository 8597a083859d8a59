"""Every test has exactly one result, or nothing is kept: in a whole assessment, an incremental one, and a forecast."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import duckdb
import pytest

from models.test_type import test_types
from tests.small import AS_OF, KNOWN, catalogue_of, indicator_of, insert, norm_of, test_of, warehouse_of
from warehouse.engine.assessment import WrongResults, assess, compute, incremental_scope
from warehouse.storage.database import transaction

CATALOGUE = catalogue_of(
    [
        test_of("beleid", "5.01.01", "design", "documented", type="fresh", kind="document", max_age="P1Y"),
        test_of("besluit", "5.01.01", "operation", "documented", type="fresh", kind="decision", max_age="P1Y"),
        test_of("meldingen", "5.01.01", "existence", type="within", kind="ticket", deadline="P7D"),
    ],
    [norm_of("5.1", "control"), norm_of("5.01.01", "measure", parent="5.1")],
    [indicator_of("P1.1", measure={"type": "assessment", "formula": "share_fresh"})],
)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse_of(CATALOGUE, ("gemeente", "waterschap")) as opened:
        insert(opened, "document", topic="beleid", state="adopted", adopted_on=date(2026, 3, 1))
        yield opened


def edit(monkeypatch: pytest.MonkeyPatch, test_type: str, old: str, new: str) -> None:
    """As if the model of a type said something else."""
    whole = test_types()[test_type]
    assert old in whole.sql
    monkeypatch.setitem(test_types(), test_type, whole.model_copy(update={"sql": whole.sql.replace(old, new)}))


def refusal(connection: duckdb.DuckDBPyConnection, evidence_as_of: date | None = None) -> WrongResults:
    with pytest.raises(WrongResults) as refused:
        compute(connection, CATALOGUE, as_of=AS_OF, known_at=KNOWN, evidence_as_of=evidence_as_of)
    return refused.value


@pytest.mark.parametrize("evidence_as_of", [None, AS_OF - timedelta(days=30)])
def test_a_model_that_gives_no_row_for_a_test_without_records(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, evidence_as_of: date | None
) -> None:
    """The norm would be `voldoet` on the document alone, for want of the tests that vanished."""
    edit(monkeypatch, "fresh", "LEFT JOIN summary", "JOIN summary")
    error = refusal(connection, evidence_as_of)
    assert error.place == "models/tests/fresh.sql"
    assert "toets besluit van gemeente (soort fresh): geen uitkomst" in error.reason
    assert "toets beleid van waterschap (soort fresh): geen uitkomst" in error.reason
    assert "toets beleid van gemeente" not in error.reason
    assert "test besluit of gemeente (type fresh): no result" in error.sentence("en")


def test_a_model_that_gives_two_rows(connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(monkeypatch, "within", "FROM forecast", "FROM forecast CROSS JOIN range(2)")
    assert "toets meldingen van gemeente (soort within): 2 uitkomsten" in refusal(connection).reason


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("'no_evidence' WHEN", "'unknown' WHEN", "een uitkomst die niet bestaat"),
        ("'no_evidence' WHEN", "NULL WHEN", "een uitkomst die niet bestaat"),
        ("'no_records' WHEN", "'nothing' WHEN", "reden nothing, waar deze soort geen woorden voor heeft"),
        ("'no_records' WHEN", "NULL WHEN", "waar deze soort geen woorden voor heeft"),
    ],
)
def test_a_result_that_nobody_can_read(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, old: str, new: str, problem: str
) -> None:
    edit(monkeypatch, "fresh", old, new)
    assert problem in refusal(connection).reason


def test_a_model_that_judges_our_own_statuses(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(monkeypatch, "assessment", "FROM counted;", "FROM counted WHERE organisation_id <> 'waterschap';")
    reason = refusal(connection).reason
    assert "toets P1.1 van waterschap (soort assessment): geen uitkomst" in reason
    assert "gemeente" not in reason


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ("DELETE FROM assess.test_result WHERE test_id = 'besluit'", "geen uitkomst"),
        ("INSERT INTO assess.test_result FROM assess.test_result WHERE test_id = 'besluit'", "2 uitkomsten"),
    ],
)
def test_a_stored_result_that_is_lost_or_doubled(
    connection: duckdb.DuckDBPyConnection, damage: str, problem: str
) -> None:
    """An incremental assessment takes most results from the stored ones, and those must be whole too."""
    with transaction(connection):
        assess(connection, CATALOGUE, run_no=1, as_of=AS_OF, known_at=KNOWN)
    connection.execute(damage)
    later = KNOWN + timedelta(hours=1)
    insert(connection, "ticket", ticket_type="incident", opened_at=KNOWN, recorded_at=later)
    scope = incremental_scope(CATALOGUE, as_of=AS_OF, known_at=later, last_as_of=AS_OF, last_known_at=KNOWN)
    with pytest.raises(WrongResults, match=f"toets besluit van gemeente .*{problem}"), transaction(connection):
        assess(connection, CATALOGUE, run_no=2, as_of=AS_OF, known_at=later, scope=scope)
    assert connection.execute("SELECT max(from_run_no) FROM assess.measure_status").fetchone() == (1,)


def test_many_wrong_results_are_counted(connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        connection.execute("INSERT INTO ops.organisation VALUES (?, ?, 'gemeente')", [f"g{number}", f"g{number}"])
    edit(monkeypatch, "fresh", "FROM judged_pair;", "FROM judged_pair WHERE false;")
    assert refusal(connection).reason.endswith("; en nog 18")


def test_an_organisation_without_any_norm_has_no_share_of_them(connection: duckdb.DuckDBPyConnection) -> None:
    """Its own outcome is unknown, and not left out."""
    bare = catalogue_of([], [norm_of("5.1", "control")], CATALOGUE.indicators)
    with warehouse_of(bare) as empty:
        compute(empty, bare, as_of=AS_OF, known_at=KNOWN)
        assert empty.execute("SELECT result, reason FROM new_test_result").fetchall() == [("no_evidence", "no_records")]
        assert empty.execute("SELECT colour, value FROM new_indicator_value").fetchall() == [("onbekend", None)]
