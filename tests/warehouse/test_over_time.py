"""What it would take, and how it came about: the advice is followed and must turn out true, the causes must be the real ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from models.catalogue import Catalogue
from tests.small import AS_OF, KNOWN, catalogue_of, insert, norm_of, test_of, warehouse_of
from warehouse.engine.assessment import assess
from warehouse.reading.goal import needed
from warehouse.reading.history import difference, history
from warehouse.reading.read import Published
from warehouse.storage.catalogue_store import store_catalogue
from warehouse.storage.database import State, transaction

NORMS = [norm_of("5.1", "control", theme="organisational"), norm_of("5.01.01", "measure", parent="5.1")]
OPENED = datetime(2026, 10, 1)


def catalogue(**measure: Any) -> Catalogue:
    return catalogue_of([test_of("toets", "5.01.01", "operation", **measure)], NORMS)


def run(connection: duckdb.DuckDBPyConnection, content: Catalogue, number: int) -> None:
    """One night, a day after the one before."""
    as_of, known = AS_OF + timedelta(days=number - 1), KNOWN + timedelta(days=number - 1)
    with transaction(connection):
        assess(connection, content, run_no=number, as_of=as_of, known_at=known)
        connection.execute(
            "INSERT INTO ops.run (run_id, run_no, as_of, known_at, finished_at, state, catalogue_digest) "
            "VALUES (?, ?, ?, ?, ?, 'ok', ?)",
            [str(number), number, as_of, known, known, content.digest],
        )


def published(connection: duckdb.DuckDBPyConnection) -> Published:
    return Published(State(Path()), connection)


def advice(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [row["needed_nl"] for row in needed(published(connection), "gemeente", "5.1")]


def ticket(settled_after: int | None, recorded_at: datetime = KNOWN) -> Callable[[duckdb.DuckDBPyConnection], Any]:
    """A ticket settled so many days after it was opened, or still open."""
    settled = None if settled_after is None else OPENED + timedelta(days=settled_after)
    return lambda connection: insert(
        connection, "ticket", ticket_type="incident", opened_at=OPENED, resolved_at=settled, recorded_at=recorded_at
    )


@pytest.mark.parametrize(
    ("measure", "before", "told", "one_more"),
    [
        (
            {"type": "within", "kind": "ticket", "deadline": "P7D", "pass_at": 0.8},
            [ticket(1), ticket(1), ticket(20)],
            "nog 2 nieuwe gevallen op tijd afhandelen",
            [ticket(1, KNOWN + timedelta(days=night)) for night in (1, 2)],
        ),
        (
            {"type": "ratio", "kind": "ticket", "good": "resolved_at IS NOT NULL", "pass_at": 0.6, "min_population": 3},
            [ticket(None), ticket(1)],
            "gegevens over minstens 3 gevallen",
            [ticket(1, KNOWN + timedelta(days=1))],
        ),
    ],
)
def test_what_was_told_to_be_needed_is_enough_and_not_less(
    measure: dict[str, Any], before: list[Any], told: str, one_more: list[Any]
) -> None:
    content = catalogue(**measure)
    connection = warehouse_of(content)
    for record in before:
        record(connection)
    run(connection, content, 1)
    assert advice(connection) == [told]
    for night, record in enumerate(one_more, start=2):
        assert advice(connection), "a pass before all that was needed had come"
        record(connection)
        run(connection, content, night)
    assert advice(connection) == []


@pytest.mark.parametrize(
    ("measure", "told"),
    [
        ({"type": "within", "kind": "ticket", "deadline": "P7D"}, "wachten tot de 1 van nu buiten het venster vallen"),
        ({"type": "none_open", "kind": "ticket", "max_age": "P14D"}, "1 te lang openstaande gevallen sluiten"),
        (
            {"type": "recurring", "kind": "ticket", "every": "P3M", "window": "P1Y"},
            "bewijs uit 3 perioden die nu leeg zijn",
        ),
        (
            {"type": "fresh", "kind": "document", "about": ("backup_policy",), "max_age": "P1Y"},
            "nieuw bewijs: document",
        ),
    ],
)
def test_what_new_cases_cannot_mend_is_told(measure: dict[str, Any], told: str) -> None:
    content = catalogue(**measure)
    connection = warehouse_of(content)
    ticket(None)(connection)
    run(connection, content, 1)
    [line] = advice(connection)
    assert told in line
    assert "backup_policy" not in line


def test_a_statement_of_applicability_is_told_as_the_cause() -> None:
    content = catalogue(type="none_open", kind="ticket", max_age="P14D")
    connection = warehouse_of(content)
    ticket(None)(connection)
    run(connection, content, 1)
    insert(connection, "risk", title="RA-1", recorded_at=KNOWN + timedelta(days=1))
    insert(
        connection, "applicability", framework_id="klein", norm_id="5.1", applies=False, reason="uitbesteed", title="Besluit 7",
        risk_analysis="RA-1", approved_by="college", approved_on=date(2026, 11, 1), valid_until=date(2027, 11, 1),
        recorded_at=KNOWN + timedelta(days=1),
    )  # fmt: skip
    run(connection, content, 2)
    reader = published(connection)
    for name in ("5.1", "5.01.01"):
        changes = history(reader, "gemeente", reader.norm(name))
        assert [row["status"] for row in changes] == ["voldoet_niet", "niet_van_toepassing"]
        [cause] = changes[1]["causes"]
        assert (cause["cause"], cause["records"][0]["title"]) == ("applicability", "Besluit 7")
    told = {row["norm_id"]: (row["before"], row["after"]) for row in difference(reader, "gemeente", 1, 2)}
    assert told["5.1"] == told["5.01.01"] == ("voldoet_niet", "niet_van_toepassing")


def test_a_record_or_the_passing_of_time_is_told_as_the_cause() -> None:
    content = catalogue(type="fresh", kind="ticket", max_age="P51D")
    connection = warehouse_of(content)
    ticket(None)(connection)
    for number in (1, 2, 3):
        run(connection, content, number)
    insert(
        connection, "ticket", ticket_type="incident", opened_at=datetime(2026, 11, 2), title="Storing",
        recorded_at=KNOWN + timedelta(days=3),
    )  # fmt: skip
    run(connection, content, 4)
    reader = published(connection)
    changes = history(reader, "gemeente", reader.norm("5.01.01"))
    assert [(row["from_run_no"], [cause["cause"] for cause in row["causes"]]) for row in changes] == [
        (1, []), (3, ["time"]), (4, ["records"]),
    ]  # fmt: skip
    assert changes[2]["causes"][0]["records"][0]["title"] == "Storing"


def test_other_rules_are_a_break_of_the_norms_that_they_are_about() -> None:
    """The status fell since it is measured more strictly; the same rules give no break."""
    lenient = catalogue(type="fresh", kind="ticket", max_age="P1Y")
    strict = catalogue(type="fresh", kind="document", max_age="P1Y").model_copy(update={"digest": "strenger"})
    connection = warehouse_of(lenient)
    ticket(None)(connection)
    run(connection, lenient, 1)
    with transaction(connection):
        store_catalogue(connection, strict)
    run(connection, strict, 2)
    rows = {row["norm_id"]: row for row in difference(published(connection), "gemeente", 1, 2)}
    assert rows["5.01.01"]["other_rules"] and rows["5.1"]["other_rules"]
    assert (rows["5.01.01"]["before"], rows["5.01.01"]["after"]) != ("geen_bewijs", "geen_bewijs")
    insert(connection, "document", adopted_on=date(2026, 11, 1), state="adopted", recorded_at=KNOWN + timedelta(days=2))
    run(connection, strict, 3)
    rows = {row["norm_id"]: row for row in difference(published(connection), "gemeente", 2, 3)}
    assert rows and not any(row["other_rules"] for row in rows.values())
