"""A warehouse that is lost, older than what was published, or another's is never written over in silence."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from models.errors import ConfigurationError
from warehouse.reading.publish import publish
from warehouse.storage.continuity import ASIDE, StateError
from warehouse.storage.database import State, check_state, open_published, open_warehouse, set_aside
from warehouse.storage.landing import Landing
from warehouse.storage.runs import finish_run, start_run


def night(state: State, *, published: bool = True) -> str:
    """A run without sources: its row, its manifest, and what is published of it."""
    with open_warehouse(state) as connection:
        run = start_run(connection, date(2026, 11, 20))
        Landing(state.landing).write_manifest(run.run_id, {"run_no": run.run_no})
        finish_run(connection, run, state="ok")
        if published:
            publish(connection, state)
    return run.run_id


def published_runs(state: State) -> list[str]:
    reader = open_published(state)
    try:
        return [name for (name,) in reader.execute("SELECT run_id FROM ops.run ORDER BY run_no").fetchall()]
    finally:
        reader.close()


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state")


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the state of two nights, which keeps a copy of the warehouse of the first, and another's state."""
    folder = tmp_path_factory.mktemp("bewoond")
    night(State(folder / "ander"))
    state = State(folder / "state")
    night(state)
    shutil.copy(state.warehouse, state.root / "ouder.duckdb")
    night(state)
    return folder


def lose_warehouse(state: State, other: State) -> None:
    shutil.rmtree(state.warehouse.parent)


def lose_warehouse_and_published(state: State, other: State) -> None:
    shutil.rmtree(state.warehouse.parent)
    shutil.rmtree(state.published.parent)


def lose_warehouse_and_manifests(state: State, other: State) -> None:
    shutil.rmtree(state.warehouse.parent)
    shutil.rmtree(state.landing)


def put_an_empty_file(state: State, other: State) -> None:
    state.warehouse.unlink()
    state.warehouse.touch()


def put_an_empty_warehouse(state: State, other: State) -> None:
    state.warehouse.unlink()
    empty = State(other.root / "leeg")
    with open_warehouse(empty):
        pass
    shutil.copy(empty.warehouse, state.warehouse)


def restore_older(state: State, other: State) -> None:
    shutil.copy(state.root / "ouder.duckdb", state.warehouse)


def restore_older_without_published(state: State, other: State) -> None:
    restore_older(state, other)
    shutil.rmtree(state.published.parent)


def put_anothers(state: State, other: State) -> None:
    shutil.copy(other.warehouse, state.warehouse)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (lose_warehouse, ["ontbreekt", "run 2", "2 runs in landing", "--new"]),
        (lose_warehouse_and_published, ["ontbreekt", "2 runs in landing"]),
        (lose_warehouse_and_manifests, ["ontbreekt", "gepubliceerd bestand van run 2"]),
        (put_an_empty_file, ["is leeg", "run 2"]),
        (put_an_empty_warehouse, ["is leeg", "run 2"]),
        (restore_older, ["niet verder dan run 1", "run 2", "reservekopie"]),
        (restore_older_without_published, ["niet verder dan run 1", "1 latere run"]),
        (put_anothers, ["andere installatie", "ensia.yaml"]),
    ],
)
def test_every_writer_stops_and_nothing_changes(
    lived_in: Path, tmp_path: Path, fault: Callable[[State, State], None], words: list[str]
) -> None:
    shutil.copytree(lived_in, tmp_path, dirs_exist_ok=True)
    state = State(tmp_path / "state")
    fault(state, State(tmp_path / "ander"))
    before = contents(state.root)
    for attempt in (check_state, lambda each: open_warehouse(each).__enter__()):
        with pytest.raises(StateError) as caught:
            attempt(state)
        for word in words:
            assert word in str(caught.value)
        assert contents(state.root) == before

    aside = set_aside(state)
    after = contents(state.root)
    assert sorted(before.values()) == sorted(after.values()), "something was deleted"
    assert aside.name.startswith(ASIDE) and any(aside.iterdir())
    newest = night(state)
    assert published_runs(state)[-1] == newest
    night(state)
    with pytest.raises(ConfigurationError, match="ontbreekt niets"):
        set_aside(state)


def contents(root: Path) -> dict[str, bytes]:
    """Every file with its bytes; the folder for readers' scratch work may come and go."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_first_run_and_what_was_never_published_are_no_loss(state: State) -> None:
    check_state(state)
    assert not state.warehouse.exists(), "looking makes nothing"
    with pytest.raises(ConfigurationError, match="ontbreekt niets"):
        set_aside(state)
    night(state, published=False)
    night(state)
    check_state(state)


def test_a_lost_published_file_is_made_again(state: State) -> None:
    night(state)
    shutil.rmtree(state.published.parent)
    newest = night(state)
    assert published_runs(state)[-1] == newest


def test_a_published_file_that_cannot_be_read_does_not_stop_the_run_that_heals_it(state: State) -> None:
    night(state)
    state.published.chmod(0o600)
    state.published.write_bytes(b"geen database" * 1000)
    newest = night(state)
    assert published_runs(state)[-1] == newest
