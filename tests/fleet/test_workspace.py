"""Working on a municipality of a fleet: what is committed counts whole, what is not leaves nothing, wherever it breaks off."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta
from pathlib import Path

import pytest

import warehouse.storage.shared_folder as shared
from flows.installation import load_installation
from flows.orchestration import working_on
from models.errors import ConfigurationError
from tests.fleet.fleets import SmallFleet, asked, write_a_night
from warehouse.reading.read import Published
from warehouse.storage.continuity import StateError
from warehouse.storage.landing import IntegrityError
from warehouse.storage.lease import Commit, Fenced, claim
from warehouse.storage.retention import LAST, sweep, to_throw_away
from warehouse.storage.shared_folder import file_hash, files_under
from warehouse.storage.workspace import is_projected, project

pytestmark = pytest.mark.real
NAME = "gemeente-001"
DAY = date(2026, 11, 20)
NEXT = DAY + timedelta(days=1)
STATUSES = "SELECT norm_id, status FROM assess.measure_status WHERE until_run_no IS NULL ORDER BY ALL"


@pytest.mark.fleet
def test_a_night_on_any_machine_goes_on_from_the_last(fleet: SmallFleet) -> None:
    fleet.night(NAME, DAY)
    fleet.night(NAME, NEXT)
    row = fleet.row(NAME)
    assert (row.run_no, row.as_of, row.token) == (3, NEXT, 3)
    assert fleet.published(NAME, "SELECT run_no, as_of, state FROM ops.run ORDER BY run_no") == [
        (1, DAY, "ok"),
        (2, NEXT, "ok"),
    ]
    assert fleet.published(NAME, STATUSES)
    ours = fleet.installation(NAME).state
    assert is_projected(fleet.storage, row) and file_hash(ours.published) == row.published_sha256
    manifests = sorted((ours.landing / "manifests").glob("*.json"))
    assert [json.loads(path.read_text())["run_no"] for path in manifests] == [1, 2]
    assert file_hash(manifests[-1]) == row.manifest_hash
    landed = fleet.published(NAME, "SELECT DISTINCT artifact FROM ops.landing")
    assert len(landed) >= 3
    assert all(list(ours.landing.rglob(f"{artifact}*")) for (artifact,) in landed), (
        "an original did not leave the machine"
    )
    in_short = asked(
        ours.published, f"SELECT count(*), min(as_of) FROM '{ours.published.with_name('statussen.parquet')}'"
    )
    assert in_short[0][0] > 5 and in_short[0][1] == NEXT
    assert not list((fleet.folder / "state").rglob("*.duckdb")), "a copy stayed on the machine"


def test_officers_write_by_the_same_way(fleet: SmallFleet) -> None:
    from cli.common import writing

    quick_night(fleet, DAY)
    before = fleet.row(NAME)
    with writing(load_installation(fleet.folder / NAME)) as (connection, published):
        assert published.last_run()["run_no"] == 1
        connection.execute("INSERT INTO ops.organisation VALUES (?, 'Andere naam', 'gemeente')", [NAME])
    row = fleet.row(NAME)
    assert (row.as_of, row.run_no) == (DAY, before.run_no + 1)
    with Published(fleet.installation(NAME).state) as seen:
        assert seen.organisations() == {NAME: "Andere naam"}


def test_the_whole_fleet_is_written_by_nobody_at_once(fleet: SmallFleet) -> None:
    whole = load_installation(fleet.folder)
    assert whole.state.published == fleet.folder / "gedeeld" / "national" / "ensia.duckdb"
    with pytest.raises(ConfigurationError, match="noem met -c"), working_on(whole):
        raise AssertionError("it was opened")


def test_a_night_that_fails_leaves_the_last_one_and_the_lease_free(fleet: SmallFleet) -> None:
    quick_night(fleet, DAY)
    before, files = fleet.row(NAME), dict(files_under(fleet.storage.root))
    with pytest.raises(ZeroDivisionError), working_on(fleet.installation(NAME), as_of=NEXT):
        raise ZeroDivisionError
    row = fleet.row(NAME)
    assert (row.object, row.as_of, row.leased, row.broken_off) == (before.object, DAY, False, 1)
    assert dict(files_under(fleet.storage.root)) == files
    quick_night(fleet, NEXT)
    assert (fleet.row(NAME).run_no, fleet.row(NAME).broken_off) == (3, 0)


@pytest.mark.fleet
def test_it_may_break_off_at_every_upload_and_every_rename(fleet: SmallFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """The n-th copy and the n-th rename fail, for every n; then the same night is done whole."""
    copy, rename = shared.copy_whole, shared.rename
    left: dict[str, int] = {}

    def count(name: str) -> None:
        left[name] = left.get(name, -1) - 1
        if left[name] == 0:
            raise OSError(28, "no space left on device")

    monkeypatch.setattr(shared, "copy_whole", lambda *places: (count("copy"), copy(*places))[1])
    monkeypatch.setattr(shared, "rename", lambda *places: (count("rename"), rename(*places))[1])
    for step in ("copy", "rename"):
        day, number, failed = fleet.row(NAME).as_of or DAY, 0, True
        while failed:
            number += 1
            left[step] = number
            committed = fleet.row(NAME)
            try:
                with working_on(fleet.installation(NAME), as_of=day + timedelta(days=number)) as (here, desk):
                    write_a_night(here.state, desk.connection, day + timedelta(days=number))
                failed = False
            except OSError:
                pass
            row = fleet.row(NAME)
            if row.object != committed.object:  # it failed while projecting, which anybody may do again
                left[step] = 0
                project(fleet.storage, fleet.database, NAME)
                runs = [(number,) for number in range(1, row.run_no)]
                assert fleet.published(NAME, "SELECT run_no FROM ops.run ORDER BY run_no") == runs
            else:
                assert row == committed or row.token == committed.token + 1
                assert row.object is None or fleet.storage.has(row.object)
        assert number >= 3, f"no {step} was made to fail"


def quick_night(fleet: SmallFleet, as_of: date) -> None:
    with working_on(fleet.installation(NAME), as_of=as_of) as (here, desk):
        write_a_night(here.state, desk.connection, as_of)


def test_who_wakes_up_too_late_changes_nothing(fleet: SmallFleet) -> None:
    """A holder is overtaken in the middle of its night: what it put is gone, what the other committed stands."""
    quick_night(fleet, DAY)

    def overtaken_night() -> None:
        with working_on(fleet.installation(NAME), as_of=NEXT) as (here, desk):
            write_a_night(here.state, desk.connection, NEXT)
            fleet.database.send("renew", NAME, fleet.row(NAME).token, timedelta(seconds=-1))
            quick_night(fleet, NEXT)

    with pytest.raises(Fenced):
        overtaken_night()
    committed = fleet.row(NAME)
    assert (committed.run_no, committed.token, committed.leased) == (3, 4, False)
    assert [name for name in fleet.storage.names(f"objects/{NAME}") if name.endswith("-000003.duckdb")] == []
    assert is_projected(fleet.storage, committed)


def test_who_is_overtaken_while_projecting_leaves_what_counts(
    fleet: SmallFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick_night(fleet, DAY)
    fleet.storage.path(f"published/{NAME}/ensia.duckdb").unlink()
    rename, once = shared.rename, [True]

    def overtake(temporary: Path, target: Path) -> None:
        if target.name == "ensia.duckdb" and once:
            once.clear()
            quick_night(fleet, NEXT)
        rename(temporary, target)

    monkeypatch.setattr(shared, "rename", overtake)
    row = project(fleet.storage, fleet.database, NAME)
    assert row is not None and row.as_of == NEXT and is_projected(fleet.storage, row)


def test_an_object_that_is_gone_or_was_changed_is_refused(fleet: SmallFleet) -> None:
    quick_night(fleet, DAY)
    place = fleet.storage.path(fleet.row(NAME).object or "")
    whole = place.read_bytes()
    place.write_bytes(whole[:-1] + b"x")
    with pytest.raises(IntegrityError, match="is niet wat er is vastgelegd"):
        quick_night(fleet, NEXT)
    place.unlink()
    with pytest.raises(IntegrityError, match="is niet in de opslag"):
        quick_night(fleet, NEXT)
    place.write_bytes(whole)
    quick_night(fleet, NEXT)


def test_a_database_that_was_put_back_older_is_seen(fleet: SmallFleet) -> None:
    """Then it names an older warehouse than the manifests that there are."""
    quick_night(fleet, DAY)
    older = fleet.row(NAME)
    quick_night(fleet, NEXT)
    token = fleet.row(NAME).token + 1
    fleet.database.send("claim", NAME, "herstel", None, timedelta(minutes=1))
    fleet.database.send(
        "commit", NAME, token, DAY, older.object, older.sha256, older.published, older.published_sha256, None
    )
    with pytest.raises(StateError, match="er staat een oudere kopie"):
        quick_night(fleet, NEXT + timedelta(days=1))


def committed_file(fleet: SmallFleet, as_of: date) -> None:
    """A commit of files that are no databases: for what only looks at their names."""
    lease = claim(fleet.database, NAME, as_of)
    name = f"{NAME}/{lease.row.run_no + 1:06}-{lease.token:06}.duckdb"
    file = fleet.folder / "bestand"
    file.write_text(name)
    digests = [fleet.storage.put(file, f"{part}/{name}") for part in ("objects", "published")]
    fleet.storage.put(file, f"published/{name.replace('.duckdb', '.parquet')}")
    lease.commit(Commit(as_of, f"objects/{name}", digests[0], f"published/{name}", digests[1], None))


def test_what_is_kept_is_the_last_seven_and_one_a_month_and_never_less(bare_fleet: SmallFleet) -> None:
    fleet = bare_fleet
    for number in range(LAST + 3):
        committed_file(fleet, DAY + timedelta(days=number))
    names = [name for name in fleet.storage.names(f"objects/{NAME}") if name.endswith(".duckdb")]
    for name in names[:2]:  # two of an earlier month: the last of them stays
        os.utime(fleet.storage.path(name), (1790000000, 1790000000))
    orphan = f"objects/{NAME}/000005-000004.duckdb"  # put by a claim that came to nothing
    fleet.storage.path(orphan).write_bytes(b"wees")
    assert sweep(fleet.storage, fleet.database, NAME) == []
    left = [name for name in fleet.storage.names(f"objects/{NAME}") if name.endswith(".duckdb")]
    assert left == [names[1], *names[-LAST:]]
    row = fleet.row(NAME)
    published = [name for name in fleet.storage.names(f"published/{NAME}") if name.rpartition("/")[2][0] == "0"]
    assert published == [row.published, (row.published or "").replace(".duckdb", ".parquet")]
    assert to_throw_away(fleet.storage, row) == []


def test_what_a_holder_is_putting_is_not_thrown_away(fleet: SmallFleet) -> None:
    quick_night(fleet, DAY)
    fleet.database.send("claim", NAME, "bezig", NEXT, timedelta(minutes=1))
    fleet.database.send("renew", NAME, 3, timedelta(seconds=-1))  # its term is over, and nobody took it over yet
    putting = f"objects/{NAME}/000003-000003.duckdb"
    fleet.storage.path(putting).write_bytes(b"bezig")
    sweep(fleet.storage, fleet.database, NAME)
    assert fleet.storage.has(putting)
    quick_night(fleet, NEXT)
    sweep(fleet.storage, fleet.database, NAME)
    assert not fleet.storage.has(putting)
