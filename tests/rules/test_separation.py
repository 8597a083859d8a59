"""Who checks is not whose work it is (domain.md section 5, Separation): one role that owns everything, and a supplier who
checks what he delivers himself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from models.catalogue import Measure
from models.duration import Duration
from tests.oracle.records import Row, SourceRun, Unread, World
from tests.oracle.rows import catalogue, day, identity, measure, moment, norm, norm_test, row
from tests.oracle.sql_engine import computed, put
from warehouse.storage.database import memory_warehouse

AS_OF, KNOWN = day("2026-05-15"), moment("2026-05-15T12:00")
OWNED = measure("ratio", "risk", good="owner IS NOT NULL", pass_at=0.9)
PLACE = {"file": "lijst.csv", "row": 3}
REVIEWED = measure("fresh", "access_review", max_age="P1Y")


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = memory_warehouse()
    yield opened
    opened.close()


def result(connection: duckdb.DuckDBPyConnection, test: Measure, **evidence: list[Row]) -> str:
    content = catalogue([norm("1.1", "control"), norm("1.1.1")], [norm_test(test)])
    put(connection, World(content, ["a"], evidence, []))
    [outcome] = computed(connection, World(content, ["a"]), AS_OF, KNOWN).tests
    return str(outcome["result"])


def recorded(kind: str, number: int, **values: Any) -> Row:
    return row(
        kind, **values, source_id="bron", record_key=f"R-{number}", evidence_id=identity(number),
        recorded_at=moment("2026-01-05T03:00"),
    )  # fmt: skip


def risks(owners: list[str | None]) -> list[Row]:
    return [recorded("risk", number, title=f"Risico {number}", owner=owner) for number, owner in enumerate(owners)]


@pytest.mark.parametrize(
    ("owners", "expected"),
    [
        (["ICT"] * 5, "pass"),
        (["ICT"] * 6, "partial"),
        (["ICT", " ict "] * 3, "partial"),
        (["ICT"] * 5 + ["Burgerzaken"], "pass"),
        (["ICT"] * 19 + [None], "partial"),  # what is good enough by its share
        ([None] * 6, "fail"),
    ],
)
def test_one_role_that_owns_everything_is_no_owner_of_each(
    connection: duckdb.DuckDBPyConnection, owners: list[str | None], expected: str
) -> None:
    assert result(connection, OWNED, risk=risks(owners)) == expected


@pytest.mark.parametrize(
    ("owner", "deliverer", "expected"),
    [
        ("Burgerzaken", "Alfa", "pass"),
        (" ALFA ", "Alfa", "fail"),
        ("Alfa", None, "fail"),  # nobody says who delivers the system: it may be him
        ("Alfa", "Beta", "pass"),  # he checks what another delivers
        (None, "Alfa", "fail"),  # nobody says who did it: it may be him
        (None, None, "fail"),
    ],
)
def test_a_supplier_does_not_check_his_own_service(
    connection: duckdb.DuckDBPyConnection, owner: str | None, deliverer: str | None, expected: str
) -> None:
    entries = [asset(1, deliverer), supplier("Alfa")]
    assert result(connection, REVIEWED, register_entry=entries, access_review=[reviewed(owner)]) == expected


def test_a_second_entry_of_the_system_does_not_make_its_supplier_another(connection: duckdb.DuckDBPyConnection) -> None:
    for second in ("Alfa", None):  # or nobody says whose the second is
        entries = [asset(1, "Beta"), asset(2, second), supplier("Alfa")]
        assert result(connection, REVIEWED, register_entry=entries, access_review=[reviewed("Alfa")]) == "fail"


def test_the_list_of_websites_may_say_who_delivers_one(connection: duckdb.DuckDBPyConnection) -> None:
    def website(deliverer: str | None) -> Row:
        return asset(1, deliverer) | {"register": "internet_facing"}

    for deliverer, expected in (("Beta", "pass"), ("Alfa", "fail"), (None, "fail")):
        evidence = {"register_entry": [website(deliverer), supplier("Alfa")], "access_review": [reviewed("Alfa")]}
        assert result(connection, REVIEWED, **evidence) == expected


def test_a_row_that_was_kept_out_says_who_is_a_supplier_too(connection: duckdb.DuckDBPyConnection) -> None:
    content = catalogue([norm("1.1", "control"), norm("1.1.1")], [norm_test(REVIEWED)])
    run = SourceRun("a", "lijst", AS_OF, moment("2026-05-15T03:00"), "ok", Duration.parse("P1D"))
    report = {**row("assurance", supplier="Alfa", record_key="A-1"), "locator": PLACE}
    for read, refused in ((supplier("Alfa"), "owner"), (supplier("Alfa"), "register"), (report, "scope")):
        kind = "assurance" if read is report else "register_entry"
        kept_out = Unread(kind, 0, read["record_key"], {**read, "locator": PLACE}, (refused,))
        evidence = {"access_review": [reviewed("Alfa")]}
        put(connection, World(content, ["a"], evidence, [run], unread=[kept_out]))
        [outcome] = computed(connection, World(content, ["a"]), AS_OF, KNOWN).tests
        assert outcome["result"] == "fail", (kind, refused)


def asset(number: int, deliverer: str | None) -> Row:
    attributes = {} if deliverer is None else {"supplier": deliverer}
    return recorded("register_entry", number, register="asset", name="Zaken", attributes=attributes)


def supplier(name: str) -> Row:
    return recorded("register_entry", 4, register="supplier", name=name, attributes={})


def reviewed(owner: str | None) -> Row:
    return recorded(
        "access_review", 3, system="zaken", owner=owner, performed_on=day("2026-03-01"), accounts_reviewed=12, scope="regular"
    )  # fmt: skip
