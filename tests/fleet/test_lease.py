"""A lease: one holder at a time, whoever was overtaken is refused, and every commit counts once, whatever got lost."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

import warehouse.storage.lease as leases
from models.errors import ConfigurationError, NotFound
from tests.fleet.fleets import VARIABLE, SmallFleet
from tests.fleet.postgres import Postgres
from warehouse.storage.fleet_database import FleetDatabase, FleetDatabaseError
from warehouse.storage.lease import Commit, Fenced, LeaseTaken, claim

pytestmark = pytest.mark.real
NAME = "gemeente-001"
DAY = date(2026, 11, 20)


def commit_of(lease: leases.Lease, as_of: date | None = DAY) -> Commit:
    name = f"{lease.row.run_no + 1:06}-{lease.token:06}.duckdb"
    return Commit(as_of, f"objects/{name}", "a" * 64, None, None, None)


def run_out(bare_fleet: SmallFleet) -> None:
    """Let the term of every lease pass, as the clock of the database sees it."""
    bare_fleet.database.send("renew", NAME, bare_fleet.row(NAME).token, timedelta(seconds=-1))


def test_one_holder_at_a_time_and_a_night_once(bare_fleet: SmallFleet) -> None:
    lease = claim(bare_fleet.database, NAME, DAY)
    with pytest.raises(LeaseTaken, match="er wordt al aan deze gemeente gewerkt"):
        claim(bare_fleet.database, NAME, DAY)
    row = lease.commit(commit_of(lease))
    assert (row.run_no, row.as_of, row.leased, row.broken_off) == (1, DAY, False, 0)
    with pytest.raises(LeaseTaken, match="is al vastgelegd"):
        claim(bare_fleet.database, NAME, DAY)
    officer = claim(bare_fleet.database, NAME, None)
    assert officer.commit(commit_of(officer, None)).as_of == DAY, "an officer's write keeps the day of the night"
    assert claim(bare_fleet.database, NAME, DAY + timedelta(days=1)).token == 3


def test_who_was_overtaken_is_refused_by_every_statement(bare_fleet: SmallFleet) -> None:
    zombie = claim(bare_fleet.database, NAME, DAY)
    run_out(bare_fleet)
    heir = claim(bare_fleet.database, NAME, DAY)
    assert (zombie.token, heir.token) == (1, 2)
    assert not zombie.renew()
    zombie.let_go()
    assert bare_fleet.row(NAME).leased, "it let go of what is another's"
    with pytest.raises(Fenced):
        zombie.commit(commit_of(zombie))
    row = heir.commit(commit_of(heir))
    assert (row.run_no, row.object) == (1, "objects/000001-000002.duckdb")
    with pytest.raises(Fenced):
        zombie.commit(commit_of(zombie))
    assert not heir.renew(), "a lease that was given back is not revived"
    assert bare_fleet.row(NAME).run_no == 1


def test_an_answer_that_got_lost_is_asked_again_without_doing_it_twice(
    bare_fleet: SmallFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    import warehouse.storage.fleet_database as asking

    answer = asking._in_a_thread
    lost: list[str] = []

    def lose_the_first(address: str, sql: str, values: tuple[object, ...]) -> list[asking.Row]:
        rows = answer(address, sql, values)
        if sql not in lost:
            lost.append(sql)
            raise ConnectionResetError
        return rows

    monkeypatch.setattr(asking, "_in_a_thread", lose_the_first)
    lease = claim(bare_fleet.database, NAME, DAY)
    assert lease.token == 1
    row = lease.commit(commit_of(lease))
    assert (row.token, row.run_no) == (1, 1)
    assert len(lost) >= 3


def test_a_database_that_restarts_costs_patience_only(bare_fleet: SmallFleet, cluster: Postgres) -> None:
    lease = claim(bare_fleet.database, NAME, DAY)
    cluster.restart()
    assert lease.renew(patience=30)
    cluster.stop()
    with pytest.raises(FleetDatabaseError) as refused:
        lease.renew()
    cluster.start()
    assert "ensia@" not in str(refused.value), "the address holds a password"
    assert lease.commit(commit_of(lease)).run_no == 1


def test_what_is_not_there_is_said(bare_fleet: SmallFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFound, match="ensia fleet adopt"):
        claim(bare_fleet.database, "gemeente-elders", DAY)
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(ConfigurationError, match=VARIABLE):
        FleetDatabase(VARIABLE).municipalities()


def test_a_keeper_stops_the_work_of_who_was_overtaken(bare_fleet: SmallFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    monkeypatch.setattr(leases, "_RENEWALS", 400)
    lease = claim(bare_fleet.database, NAME, DAY)
    endless = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with duckdb.connect() as connection, leases.Keeper(lease) as keeper:
        bare_fleet.database.send("let_go", NAME, lease.token)
        with pytest.raises(Fenced), keeper.watching(connection):
            connection.execute(endless)
