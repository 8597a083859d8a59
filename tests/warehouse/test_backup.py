"""A backup is whole at every moment, and what is put back never costs what is there."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from flows.installation import load_installation
from flows.orchestration import only_run
from flows.safekeeping import back_up, restore
from tests.bare_nights import night
from tests.flows.municipality import write_municipality
from warehouse.storage.backup import NAME, BackupError, backup_in, last_backup
from warehouse.storage.continuity import ASIDE
from warehouse.storage.database import State, check_state, open_published, open_warehouse
from warehouse.storage.landing import Landing
from warehouse.storage.runs import start_run


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation of three nights, with a backup of the second."""
    folder = write_municipality(tmp_path_factory.mktemp("bewoond"))
    installation = load_installation(folder)
    night(installation.state)
    night(installation.state)
    back_up(installation, folder / "kopie")
    night(installation.state)
    return folder


@pytest.fixture
def folder(lived_in: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(lived_in, tmp_path / "gemeente"))


@pytest.fixture
def state(folder: Path) -> State:
    return load_installation(folder).state


def runs(state: State) -> list[int]:
    """The runs of the warehouse, which must be those of the published file too."""
    check_state(state)
    with duckdb.connect(str(state.warehouse), read_only=True) as connection:
        ours = [number for (number,) in connection.execute("SELECT run_no FROM ops.run ORDER BY ALL").fetchall()]
    with open_published(state) as published:
        assert [number for (number,) in published.execute("SELECT run_no FROM ops.run ORDER BY ALL").fetchall()] == ours
    return ours


def lose_warehouse(state: State) -> None:
    shutil.rmtree(state.warehouse.parent)


def damage_warehouse(state: State) -> None:
    state.warehouse.write_bytes(state.warehouse.read_bytes()[:5000])


def lose_everything(state: State) -> None:
    shutil.rmtree(state.root)


@pytest.mark.parametrize("loss", [lose_warehouse, damage_warehouse])
def test_an_older_backup_is_joined_with_what_was_published_since(loss: object, folder: Path, state: State) -> None:
    loss(state)  # type: ignore[operator]
    restored = restore(load_installation(folder), folder / "kopie")
    assert restored.joined and (restored.run_no, restored.missing) == (3, 0)
    assert runs(state) == [1, 2, 3]


def test_without_a_folder_the_warehouse_is_made_from_what_was_published(folder: Path, state: State) -> None:
    lose_warehouse(state)
    restored = restore(load_installation(folder), None)
    assert runs(state) == [1, 2, 3] and restored.aside is None
    night(state)
    assert runs(state) == [1, 2, 3, 4]


def test_all_comes_back_on_an_empty_machine_and_the_nights_go_on(folder: Path, state: State) -> None:
    lose_everything(state)
    restored = restore(load_installation(folder), folder / "kopie")
    assert not restored.joined and (restored.run_no, restored.missing) == (2, 0)
    assert restored.objects == 4, "of each night what it read, and the marks of its seal"
    assert runs(state) == [1, 2]
    with duckdb.connect(str(state.warehouse), read_only=True) as connection:
        for (artifact,) in connection.execute("SELECT artifact FROM ops.landing").fetchall():
            Landing(state.landing).read(artifact)
        views = connection.execute("SELECT count(*) FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal")
        assert views.fetchall() == [(0,)], "what officers see is made by publishing"
    night(state)
    assert runs(state) == [1, 2, 3]


def test_what_is_not_in_an_older_backup_is_set_aside_and_never_lost(folder: Path, state: State) -> None:
    """The published file cannot be read, so the third night is not in what is put back; its manifest and bytes stay."""
    lose_warehouse(state)
    state.published.chmod(0o600)
    state.published.write_bytes(b"geen database")
    objects = sorted(path.name for path in state.landing.rglob("*") if path.is_file())
    restored = restore(load_installation(folder), folder / "kopie")
    assert runs(state) == [1, 2] and restored.aside is not None
    assert restored.aside.name.startswith(ASIDE)
    kept = [path.name for path in (*state.landing.rglob("*"), *restored.aside.rglob("*.json")) if path.is_file()]
    assert sorted(kept) == objects


@pytest.mark.parametrize("given", [True, False])
def test_a_warehouse_that_knows_as_much_is_never_written_over(given: bool, folder: Path, state: State) -> None:
    before = state.warehouse.read_bytes()
    with pytest.raises(BackupError, match="voegt niets toe"):
        restore(load_installation(folder), folder / "kopie" if given else None)
    assert state.warehouse.read_bytes() == before


def test_anothers_backup_is_refused(folder: Path, state: State, tmp_path: Path) -> None:
    other = write_municipality(tmp_path / "ander")
    night(load_installation(other).state)
    with pytest.raises(BackupError, match="kent runs die niet in de reservekopie"):
        restore(load_installation(other), folder / "kopie")
    with pytest.raises(BackupError, match="met runs die dit warehouse niet kent"):
        back_up(load_installation(other), folder / "kopie")


def test_an_older_warehouse_does_not_write_over_a_newer_backup(folder: Path, state: State) -> None:
    back_up(load_installation(folder), folder / "nieuwer")
    lose_everything(state)
    restore(load_installation(folder), folder / "kopie")
    night(state)
    with pytest.raises(BackupError, match="met runs die dit warehouse niet kent"):
        back_up(load_installation(folder), folder / "nieuwer")
    assert backup_in(folder / "nieuwer").run_no == 3


def test_while_a_run_is_busy_it_is_made_of_what_was_published(folder: Path, state: State) -> None:
    with only_run(state), open_warehouse(state) as connection:
        start_run(connection, date(2026, 11, 20))
        made = back_up(load_installation(folder), folder / "tijdens")
    assert made.of_published and (made.run_no, made.missing) == (3, 0)
    lose_everything(state)
    restore(load_installation(folder), folder / "tijdens")
    assert runs(state) == [1, 2, 3]


def test_renewing_keeps_one_database_and_copies_only_what_is_new(folder: Path, state: State) -> None:
    kept = {path: path.stat().st_mtime_ns for path in (folder / "kopie" / "landing").rglob("*") if path.is_file()}
    made = back_up(load_installation(folder), folder / "kopie")
    assert last_backup(state) == backup_in(folder / "kopie") == made
    assert [path.name for path in (folder / "kopie" / "warehouse").iterdir()] == [made.database]
    assert all(path.stat().st_mtime_ns == moment for path, moment in kept.items())
    assert all(path.stat().st_mode & 0o077 == 0 for path in (folder / "kopie").rglob("*"))


@pytest.mark.parametrize("step", ["replace", "put_in_place"])
def test_a_backup_that_is_broken_off_is_as_it_was_or_as_it_is(
    step: str, folder: Path, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*arguments: object) -> None:
        raise KeyboardInterrupt

    before = backup_in(folder / "kopie")
    with monkeypatch.context() as patch:
        if step == "replace":
            patch.setattr(Path, "replace", dies)
        else:
            patch.setattr("warehouse.storage.backup.put_in_place", dies)
        with pytest.raises(KeyboardInterrupt):
            back_up(load_installation(folder), folder / "kopie")
    assert backup_in(folder / "kopie") == before
    assert back_up(load_installation(folder), folder / "kopie").run_no == 3


def test_what_was_damaged_in_a_backup_is_told(folder: Path, state: State) -> None:
    installation, copy = load_installation(folder), folder / "kopie"
    lose_everything(state)
    (object_, *_) = [path for path in (copy / "landing" / "objects").rglob("*") if path.is_file()]
    object_.write_bytes(b"iets anders")
    assert restore(installation, copy).missing == 1
    lose_everything(state)
    database = copy / "warehouse" / backup_in(copy).database
    database.write_bytes(database.read_bytes()[:-1])
    with pytest.raises(BackupError, match="beschadigd"):
        restore(installation, copy)
    content = json.loads((copy / NAME).read_text("utf-8"))
    (copy / NAME).write_text(json.dumps(content | {"database": "../../etc/passwd"}), "utf-8")
    with pytest.raises(BackupError, match="geen reservekopie die te lezen is"):
        restore(installation, copy)
    assert not state.root.exists() or not state.warehouse.exists()


def test_a_folder_that_holds_something_else_is_refused(folder: Path, state: State) -> None:
    installation = load_installation(folder)
    for target, words in (
        (state.root / "kopie", "kan niet in de map state staan"),
        (folder, "kan niet in de map state staan"),
        (state.root.parent / "vol", "al iets dat geen reservekopie is"),
    ):
        if target.name == "vol":
            target.mkdir()
            (target / "vakantie.jpg").touch()
        with pytest.raises(BackupError, match=words):
            back_up(installation, target)
