"""What has had its term goes, with proof and without its content; what is so now, of a frozen year or held, stays."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import duckdb

from models.duration import Duration
from tests.small import catalogue_of, insert, warehouse_of
from warehouse.storage.database import State, memory_warehouse, migrate, transaction
from warehouse.storage.landing import Landing
from warehouse.storage.terms import Terms, due_objects, due_rows, purge_object, purge_rows, rewrite

NAME = "Quirijn-van-der-Proef"
TODAY = date(2027, 10, 1)


def terms(*held: int) -> Terms:
    return Terms(1, {"ticket": Duration.parse("P1Y")}, frozenset(held))


def test_originals_stay_until_30_september_after_the_account(tmp_path: Path) -> None:
    connection, landing = warehouse_of(catalogue_of([], [])), Landing(tmp_path)
    old, new, frozen = (landing.keep_bytes(content).artifact for content in (b"oud", b"nieuw", b"bevroren"))
    for artifact, year in ((old, 2026), (new, 2027), (frozen, 2026)):
        connection.execute(
            "INSERT INTO ops.landing (organisation_id, source_id, artifact, landed_at) VALUES ('gemeente', 'bron', ?, ?)",
            [artifact, datetime(year, 11, 1)],
        )
    connection.execute("INSERT INTO account.evidence (organisation_id, artifact) VALUES ('gemeente', ?)", [frozen])
    assert due_objects(connection, landing, terms(), date(2027, 9, 30)) == []
    assert due_objects(connection, landing, terms(2026), TODAY) == []
    [due] = due_objects(connection, landing, terms(), TODAY)
    assert (due.artifact, due.bytes) == (old, 3)
    purge_object(connection, landing, due)
    assert not landing.path_of(old).exists()
    assert landing.path_of(new).exists() and landing.path_of(frozen).exists()
    assert connection.execute("SELECT artifact FROM account.purged_object").fetchall() == [(old,)]
    assert due_objects(connection, landing, terms(), TODAY) == []


def test_old_versions_go_with_every_byte_of_what_they_said(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.warehouse.parent.mkdir()
    with duckdb.connect(str(state.warehouse)) as connection:
        migrate(connection)
        for number, retired in enumerate((datetime(2026, 1, 5), datetime(2027, 6, 1), None)):
            insert(connection, "ticket", title=f"{NAME}-{number}", retired_at=retired)
        [due] = due_rows(connection, terms(), TODAY)
        assert due_rows(connection, terms(2026), TODAY) == []
        with transaction(connection):
            purge_rows(connection, terms(), due)
        proof = connection.execute("SELECT kind, rows, length(marks) FROM account.purged_rows").fetchall()
        left = connection.execute("SELECT title FROM evidence.ticket ORDER BY 1").fetchall()
    assert proof == [("ticket", 1, 64)]
    assert left == [(f"{NAME}-1",), (f"{NAME}-2",)]
    rewrite(state.warehouse)
    assert f"{NAME}-0".encode() not in state.warehouse.read_bytes()
    with duckdb.connect(str(state.warehouse)) as connection:
        assert connection.execute("SELECT title FROM evidence.ticket ORDER BY 1").fetchall() == left
        assert migrate(connection) == []


def test_the_proof_is_in_a_warehouse_of_before(tmp_path: Path) -> None:
    connection = memory_warehouse()
    assert connection.execute("SELECT count(*) FROM account.purged_rows").fetchone() == (0,)
