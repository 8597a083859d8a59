"""What has ended in its list and is still in use is still a member of it, and not good: a contract of a supplier who is let in,
a system that is still backed up (domain.md section 4, Populations)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb
import pytest

from models.catalogue import Measure
from models.duration import Duration
from models.selection import UNREAD_TOO, Moment, NumberedTest
from models.verdict import SCHEMA, kept, record_verdicts
from tests.oracle.records import Row, SourceRun, Unread, World
from tests.oracle.rows import catalogue, day, identity, measure, moment, norm, norm_test, row
from tests.oracle.sql_engine import computed, put
from warehouse.storage.database import memory_warehouse

KNOWN: datetime = moment("2026-05-15T12:00")
AS_OF = day("2026-05-15")
_RUNNING = "coalesce(valid_until, DATE '9999-12-31') >= getvariable('as_of')"
_CLAUSE = "attributes['audit_right'] = 'yes'"
CONTRACTS = measure(
    "ratio", "register_entry", about=["contract"], where=_RUNNING, good=_CLAUSE, pass_at=0.9, partial_at=0.4
)
SYSTEMS = measure("ratio", "register_entry", about=["asset"], where=_RUNNING, good="owner IS NOT NULL", partial_at=0.4)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = memory_warehouse()
    yield opened
    opened.close()


def entry(number: int, register: str, name: str, **values: Any) -> Row:
    attributes = values.pop("attributes", {})
    return row(
        "register_entry", **{"register": register, "name": name, "owner": "Inkoop", **values}, attributes=attributes,
        source_id="bron", record_key=f"R-{number}", evidence_id=identity(number), recorded_at=moment("2026-01-05T03:00"),
    )  # fmt: skip


def result(connection: duckdb.DuckDBPyConnection, test: Measure, rows: list[Row], others: dict[str, list[Row]]) -> Any:
    content = catalogue([norm("1.1", "control"), norm("1.1.1")], [norm_test(test)])
    put(connection, World(content, ["a"], {"register_entry": rows, **others}, []))
    [outcome] = computed(connection, World(content, ["a"]), AS_OF, KNOWN).tests
    return outcome["result"], outcome["numerator"], outcome["denominator"]


def contract(number: int, supplier: str, **values: Any) -> Row:
    return entry(
        number, "contract", f"Contract {number}", attributes={"supplier": supplier, "audit_right": "yes"}, **values
    )


ENDED = {"valid_until": day("2025-12-31")}


def test_a_contract_that_ended_on_paper_counts_while_its_supplier_is_let_in(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = [contract(1, "Alfa"), contract(2, "Beta", **ENDED)]
    let_in = entry(3, "supplier_access", "VPN Beta", attributes={"supplier": " beta "})
    assert result(connection, CONTRACTS, rows, {})[0] != "fail"
    assert result(connection, CONTRACTS, rows, {})[1:] == (1, 1)
    assert result(connection, CONTRACTS, [*rows, let_in], {}) == ("partial", 1, 2)
    # whose contract it was, or whose access it is, is not said
    unnamed = rows[1] | {"attributes": {"audit_right": "yes"}}
    assert result(connection, CONTRACTS, [rows[0], unnamed, let_in], {}) == ("partial", 1, 2)
    assert result(connection, CONTRACTS, [*rows, let_in | {"attributes": {}, "name": None}], {}) == ("partial", 1, 2)
    # nor is there anybody in use but those whose contracts run
    of_another = let_in | {"attributes": {"supplier": "Alfa"}}
    assert result(connection, CONTRACTS, [rows[0], unnamed, of_another], {})[1:] == (1, 1)
    # his access ended too, or another contract of his runs
    assert result(connection, CONTRACTS, [*rows, let_in | ENDED], {})[1:] == (1, 1)
    assert result(connection, CONTRACTS, [*rows, let_in, contract(4, "BETA")], {})[1:] == (2, 2)


def test_a_system_that_ended_counts_while_it_is_still_tested_or_backed_up(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = [entry(1, "asset", "Zaken"), entry(2, "asset", "Oud systeem", **ENDED)]
    reviewed = row(
        "access_review", system="Oud systeem", performed_on=day("2026-03-01"), source_id="bron", record_key="C-1",
        evidence_id=identity(9), recorded_at=moment("2026-03-02T03:00"),
    )  # fmt: skip
    assert result(connection, SYSTEMS, rows, {})[1:] == (1, 1)
    assert result(connection, SYSTEMS, rows, {"access_review": [reviewed]}) == ("partial", 1, 2)
    before = reviewed | {"performed_on": day("2025-12-01")}
    assert result(connection, SYSTEMS, rows, {"access_review": [before]})[1:] == (1, 1)
    backup = entry(3, "backup", "Dagelijks", attributes={"system": "Oud systeem"})
    assert result(connection, SYSTEMS, [*rows, backup], {}) == ("partial", 1, 2)


def test_a_row_that_was_kept_out_shows_use_too(connection: duckdb.DuckDBPyConnection) -> None:
    systems = [entry(1, "asset", "Zaken"), entry(2, "asset", "Oud systeem", **ENDED)]
    content = catalogue([norm("1.1", "control"), norm("1.1.1")], [norm_test(SYSTEMS)])
    review = row("access_review", system="Oud systeem", record_key="C-1", locator={"file": "c.csv", "row": 3})
    run = SourceRun("a", "controles", AS_OF, moment("2026-05-15T03:00"), "ok", Duration.parse("P1D"))
    unread = [Unread("access_review", 0, "C-1", review, ("performed_on",))]
    world = World(content, ["a"], {"register_entry": systems}, [run], unread=unread)
    put(connection, world)
    [outcome] = computed(connection, world, AS_OF, KNOWN).tests
    assert (outcome["result"], outcome["numerator"], outcome["denominator"]) == ("partial", 1, 2)


def test_such_a_member_is_told_with_why_it_counts(connection: duckdb.DuckDBPyConnection) -> None:
    let_in = entry(3, "supplier_access", "VPN Beta", attributes={"supplier": "Beta"})
    result(connection, CONTRACTS, [contract(1, "Alfa"), contract(2, "Beta", **ENDED), let_in], {})
    moment_of_list = Moment(AS_OF, KNOWN, AS_OF)
    test = NumberedTest(0, CONTRACTS, reads=UNREAD_TOO)
    verdicts = kept(record_verdicts([test], moment_of_list), moment_of_list).replace(f"{SCHEMA}.", "")
    told = connection.execute(f"SELECT record_key, verdict, mark FROM ({verdicts}) ORDER BY ALL").fetchall()
    assert told == [("R-1", "good", None), ("R-2", "not_good", "outlived")]
