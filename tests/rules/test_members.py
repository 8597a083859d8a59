"""Under which names the members of a list are seen elsewhere, and what is seen and is no member: governance records with reason,
role, day and end (domain.md section 4, Populations)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from models.duration import Duration
from models.population import populations
from tests.oracle.records import Row, SourceRun, Unread, World
from tests.oracle.rows import catalogue, day, identity, measure, moment, norm, norm_test, row
from tests.oracle.sql_engine import computed, put
from warehouse.storage.database import memory_warehouse

AS_OF, KNOWN = day("2026-05-15"), moment("2026-05-15T12:00")
OWNED = measure("ratio", "register_entry", about=["asset"], good="owner IS NOT NULL", pass_at=0.9)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = memory_warehouse()
    yield opened
    opened.close()


def recorded(kind: str, number: int, **values: Any) -> Row:
    return row(
        kind, **values, source_id="bron", record_key=f"{kind}-{number}", evidence_id=identity(number),
        recorded_at=moment("2026-01-05T03:00"),
    )  # fmt: skip


SYSTEMS = [
    recorded("register_entry", n, register="asset", name=name, owner="ICT")
    for n, name in enumerate(("Zaken", "Mail"), 1)
]

ROLE = recorded("register_entry", 90, register="role", name="CISO", owner="Concernstaf")


def reviewed(*systems: str) -> list[Row]:
    return [
        recorded("access_review", 10 + number, system=system, scope="regular", performed_on=day("2026-03-01"))
        for number, system in enumerate(systems)
    ]


def settled(kind: str, number: int, **values: Any) -> Row:
    content = {
        "population": "Systemen", "reason": "Zo heet de server.", "given_by": "ciso", "given_on": day("2026-02-01"),
        "valid_until": day("2026-12-31"),
    }  # fmt: skip
    return recorded(kind, 50 + number, **content | values)


RUN = SourceRun("a", "controles", AS_OF, moment("2026-05-15T03:00"), "ok", Duration.parse("P1D"))


def outcome(
    connection: duckdb.DuckDBPyConnection, kept_out: list[Unread] | None = None, **evidence: list[Row]
) -> tuple[str, str]:
    content = catalogue([norm("1.1", "control"), norm("1.1.1")], [norm_test(OWNED)])
    entries = [ROLE, *evidence.pop("register_entry", SYSTEMS)]
    world = World(content, ["a"], {"register_entry": entries, **evidence}, [RUN], unread=kept_out or [])
    put(connection, world)
    computed(connection, World(content, ["a"]), AS_OF, KNOWN)
    [found] = connection.execute("SELECT result, reason FROM new_test_result WHERE purpose = 'norm'").fetchall()
    return found


def test_a_name_that_leads_to_a_member_is_that_member(connection: duckdb.DuckDBPyConnection) -> None:
    seen = reviewed("zaken", "srv-zaak-01", "SRV-ZAAK-02", "mail")
    assert outcome(connection, access_review=reviewed("zaken", "mail"))[0] == "pass"
    assert outcome(connection, access_review=seen) == ("partial", "unlisted_members")
    known = settled("alias", 1, name="srv-zaak-*", member=" ZAKEN")
    assert outcome(connection, access_review=seen, alias=[known])[0] == "pass"


@pytest.mark.parametrize(
    "change",
    [
        {"member": "Een ander"},  # not on the list itself
        {"valid_until": day("2026-05-14")},
        {"given_on": day("2026-05-16")},
        {"given_by": None},
        {"given_by": "stagiair"},  # a role that nobody holds
        {"reason": None},
        {"population": "Leveranciers"},
        {"name": "srv-zaak"},  # without a star only that very name
        {"name": "*"},  # everything is no name
        {"name": "sr*"},
    ],
)
def test_a_name_that_was_not_settled_leads_nowhere(
    connection: duckdb.DuckDBPyConnection, change: dict[str, Any]
) -> None:
    seen = reviewed("zaken", "srv-zaak-01", "mail")
    known = settled("alias", 1, **{"name": "srv-zaak-*", "member": "Zaken"} | change)
    assert outcome(connection, access_review=seen, alias=[known]) == ("partial", "unlisted_members")


def test_who_is_seen_in_a_row_that_was_kept_out_may_be_missing_from_the_list(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    def kept_out(system: str, *refused: str) -> list[Unread]:
        values = {"system": system, "scope": "regular", "performed_on": day("2026-03-01")}
        review = row("access_review", **values, record_key="C-1", locator={"file": "c.csv", "row": 3})
        return [Unread("access_review", 0, "C-1", review, refused)]

    read = reviewed("zaken", "mail")
    assert outcome(connection, kept_out("Mail", "scope"), access_review=read)[0] == "pass"
    assert outcome(connection, kept_out("Archief", "scope"), access_review=read) == ("partial", "unlisted_members")
    assert outcome(connection, kept_out("Archief", "system"), access_review=read) == ("partial", "unlisted_members")
    # nor does it prove that the list was compared with anything
    assert outcome(connection, kept_out("Mail", "scope")) == ("partial", "not_compared")


def test_a_name_that_leads_to_two_members_leads_to_none(connection: duckdb.DuckDBPyConnection) -> None:
    both = [settled("alias", 1, name="srv-*", member="Zaken"), settled("alias", 2, name="srv-zaak-01", member="Mail")]
    seen = reviewed("zaken", "srv-zaak-01", "mail")
    assert outcome(connection, access_review=seen, alias=both) == ("partial", "unlisted_members")


def test_an_outsider_is_no_member_until_there_are_many(connection: duckdb.DuckDBPyConnection) -> None:
    many = [
        recorded("register_entry", 100 + n, register="asset", name=f"Systeem {n}", owner=f"Team {n}") for n in range(20)
    ]
    evidence = {"register_entry": many, "access_review": reviewed(*(f"systeem {n}" for n in range(20)), "proeftuin")}
    assert outcome(connection, **evidence) == ("partial", "unlisted_members")
    declared = [settled("outsider", 1, name="proeftuin")]
    assert outcome(connection, **evidence, outsider=declared)[0] == "pass"
    evidence["access_review"] += reviewed("demo 1", "demo 2", "demo 3")
    for number, review in enumerate(evidence["access_review"]):
        review.update(evidence_id=identity(200 + number), record_key=f"r-{number}")
    all_of_them = [*declared, settled("outsider", 2, name="demo*")]
    assert outcome(connection, **evidence, outsider=all_of_them) == ("partial", "outsiders")


def test_every_population_can_be_called_by_its_names() -> None:
    names = [name.lower() for one in populations() for name in {one.id, one.nl, one.en}]
    assert len(names) == len(set(names))
