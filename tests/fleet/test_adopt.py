"""Letting municipalities in and out: splitting what they shared changes no status and leaks nothing, and all of it comes back."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cli.main import main
from flows.installation import load_installation
from models.errors import ConfigurationError
from tests.fleet.fleets import SmallFleet, asked, tiny_catalogue, write_fleet, write_member
from tests.flows.municipality import ROWS, write_register
from tests.pipeline import run_once
from warehouse.storage.database import State, memory_warehouse
from warehouse.storage.split import organisations_in, split

DAY = date(2026, 11, 20)
NEXT = DAY + timedelta(days=1)
SECRET = "Geheimeregeling"
FIRST, SECOND = "gemeente-001", "gemeente-002"


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two municipalities that share one installation, after a night; one holds a word that the other must not see, and has a
    source that failed."""
    folder = tmp_path_factory.mktemp("centrum")
    for name in (FIRST, SECOND):
        write_member(folder / name, name, of_fleet=False)
    write_register(folder / FIRST / "beleid.xlsx", [[SECRET, *ROWS[0][1:]], *ROWS[1:]])
    (folder / FIRST / "incidenten.csv").unlink()
    (folder / "ensia.yaml").write_text(f"organisations: [{FIRST}, {SECOND}]\nexports: []\n", "utf-8")
    outcome = run_once(folder, DAY, catalogue=tiny_catalogue())
    assert [str(line).split(":")[0] for line in outcome.degraded] == [f"{FIRST}/incidenten"]
    return folder


def rows_of(warehouse: Path, organisation: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of an organisation, by table."""
    with duckdb.connect(str(warehouse), read_only=True) as reader:
        tables = reader.execute(
            "SELECT DISTINCT schema_name || '.' || table_name FROM duckdb_columns() WHERE column_name = 'organisation_id' "
            "AND (schema_name, table_name) IN (SELECT (schema_name, table_name) FROM duckdb_tables()) ORDER BY 1"
        ).fetchall()
        return {
            table: reader.execute(f"FROM {table} WHERE organisation_id = ? ORDER BY ALL", [organisation]).fetchall()
            for (table,) in tables
        }


@pytest.mark.real
def test_splitting_changes_no_row_and_leaks_nothing_and_all_comes_back(
    centre: Path, fleet: SmallFleet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = State(centre / "state").warehouse
    before = {name: rows_of(shared, name) for name in (FIRST, SECOND)}
    assert before[FIRST]["assess.measure_status"] and before[SECOND]["evidence.document"]
    ours = write_fleet(tmp_path / "nieuw", 2, let_in=False)
    for name in ours.names:
        fleet.database.send("release", name, 0)
        fleet.database.send("release", name, 1)
    for name in (FIRST, SECOND):
        command = ["fleet", "adopt", "-c", str(ours.folder), "-o", name, "--from", str(centre / "state")]
        assert main(command) == 0
    assert "met alles tot en met de nacht van 2026-11-20" in capsys.readouterr().out
    for name in (FIRST, SECOND):
        row = ours.row(name)
        place = ours.storage.path(row.object or "")
        assert rows_of(place, name) == before[name]
        assert (row.as_of, organisations_in(place)) == (DAY, [name])
        assert before[name].items() <= rows_of(ours.installation(name).state.published, name).items()
        landed = asked(place, "SELECT DISTINCT artifact FROM ops.landing")
        objects = {path.name.removesuffix(".gz") for path in (ours.storage.root / "landing" / name).rglob("*")}
        assert {artifact for (artifact,) in landed} <= objects
    of_second = ours.storage.path(ours.row(SECOND).object or "")
    for word in (SECRET, FIRST):
        assert word.encode() in shared.read_bytes() and word.encode() not in of_second.read_bytes()
    assert asked(of_second, "SELECT state, reason FROM ops.run") == [("degraded", "")]
    ours_now = [path for path in (ours.storage.root / "landing" / SECOND).rglob("*") if path.is_file()]
    assert [path for path in ours_now if FIRST.encode() in path.read_bytes()] == []

    assert main(["fleet", "adopt", "-c", str(ours.folder), "-o", SECOND, "--empty"]) == 2, "it would begin anew"
    ours.night(SECOND, NEXT)
    statuses = "SELECT norm_id, status FROM assess.measure_status WHERE until_run_no IS NULL ORDER BY ALL"
    assert ours.published(SECOND, "SELECT max(run_no), max(as_of) FROM ops.run") == [(2, NEXT)]
    assert ours.published(SECOND, statuses) == asked(
        shared, statuses.replace("WHERE", f"WHERE organisation_id = '{SECOND}' AND")
    )

    whole = rows_of(ours.storage.path(ours.row(SECOND).object or ""), SECOND)
    home = tmp_path / "thuis"
    assert main(["fleet", "release", "-c", str(ours.folder), "-o", SECOND, "--to", str(home)]) == 0
    assert ours.database.municipality(SECOND) is None
    assert rows_of(State(home).warehouse, SECOND) == whole
    assert whole.items() <= rows_of(State(home).published, SECOND).items()
    assert main(["fleet", "release", "-c", str(ours.folder), "-o", FIRST, "--to", str(home)]) == 2, "something is there"
    assert main(["fleet", "adopt", "-c", str(ours.folder), "-o", SECOND, "--from", str(home)]) == 0
    row = ours.row(SECOND)
    assert rows_of(ours.storage.path(row.object or ""), SECOND) == whole
    assert row.run_no == 3, "no name of an object is used again"
    manifests = ours.storage.path(f"landing/{SECOND}/manifests")
    assert len(list(manifests.glob("*.json"))) == 1


@pytest.mark.real
def test_which_warehouse_it_is_is_not_guessed(
    centre: Path, fleet: SmallFleet, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.database.send("release", FIRST, 1)
    adopt = ["fleet", "adopt", "-c", str(fleet.folder), "-o", FIRST]
    assert main(adopt) == 2
    assert "hier is geen warehouse met deze gemeente" in capsys.readouterr().err
    for place in (fleet.folder / "state", fleet.folder / FIRST / "state"):
        shutil.copytree(centre / "state" / "warehouse", place / "warehouse")
    assert main(adopt) == 2
    assert "er is meer dan één warehouse" in capsys.readouterr().err
    assert fleet.database.municipality(FIRST) is None


@pytest.mark.real
def test_an_adoption_that_was_broken_off_never_becomes_a_municipality_without_a_past(fleet: SmallFleet) -> None:
    fleet.database.send("release", FIRST, 1)
    fleet.database.send("adopt", FIRST, 0, 0)  # and then the machine failed
    assert FIRST not in [row.organisation_id for row in fleet.database.all("due", DAY)]
    with pytest.raises(ConfigurationError, match="het opnemen van deze gemeente is niet afgemaakt"):
        fleet.night(FIRST, DAY)
    assert main(["fleet", "adopt", "-c", str(fleet.folder), "-o", FIRST, "--empty"]) == 0
    assert fleet.row(FIRST).object is not None


def test_of_every_table_it_is_known_whose_its_rows_are(tmp_path: Path) -> None:
    with memory_warehouse() as connection:
        connection.execute(f"ATTACH '{tmp_path / 'gedeeld.duckdb'}' AS whole")
        connection.execute("COPY FROM DATABASE memory TO whole (SCHEMA)")
    split(tmp_path / "gedeeld.duckdb", tmp_path / "eigen.duckdb", FIRST)


def test_the_state_of_a_member_is_that_of_its_fleet(tmp_path: Path) -> None:
    fleet = write_fleet(tmp_path, 2, let_in=False)
    of_member, of_fleet = load_installation(fleet.folder / FIRST), fleet.installation(FIRST)
    assert of_member.state == of_fleet.state
    assert [member.organisation.id for member in of_member.members] == [FIRST]
    assert of_member.state.published == tmp_path / "gedeeld" / "published" / FIRST / "ensia.duckdb"
