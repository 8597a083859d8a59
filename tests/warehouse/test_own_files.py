"""What we make is ours alone, and only what we made is cleaned away."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from models.message import message
from warehouse.reading.publish import clear_publishing, publish
from warehouse.storage.database import State, open_published, open_warehouse
from warehouse.storage.own_files import (
    clear,
    clear_below,
    close_to_others,
    is_scratch,
    open_to_others,
    private_folder,
    remove,
    scratch_name,
    scratch_path,
)

NOT_OURS = ["ensia.duckdb.tmp", "notities.tmp", ".ensia-jan.tmp", "ensia.duckdb.oud", "x.ensia-" + "0" * 32 + ".tmp"]


def test_only_our_own_names_are_cleared(tmp_path: Path) -> None:
    for name in NOT_OURS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "blok").write_text("van een lezer")
    ours = [scratch_path(tmp_path), tmp_path / (scratch_name() + ".wal"), tmp_path / (scratch_name() + ".tmp")]
    for path in ours[:2]:
        path.touch()
    ours[2].mkdir()
    assert all(is_scratch(path.name) for path in ours)
    assert clear(tmp_path) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(NOT_OURS)


def test_what_was_left_is_cleared_wherever_it_lies(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    left = [scratch_path(state.warehouse.parent), scratch_path(state.published.parent / "a"), scratch_path(state.root)]
    in_use = [scratch_path(state.spill.parent), scratch_path(state.prefect)]
    for path in (*left, *in_use):
        path.touch()
    folder = scratch_path(state.logs)
    scratch_path(folder).touch()
    elsewhere = tmp_path / "elders"
    scratch_path(elsewhere).touch()
    (state.root / "koppeling").symlink_to(elsewhere, target_is_directory=True)
    assert clear_below(state.root, [state.spill.parent, state.prefect]) == []
    assert not folder.exists() and not any(path.exists() for path in left)
    assert all(path.exists() for path in in_use) and list(elsewhere.iterdir())


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "elders").mkdir()
    (tmp_path / "elders" / "bestand").touch()
    link = tmp_path / "hier" / scratch_name()
    private_folder(link.parent)
    link.symlink_to(tmp_path / "elders", target_is_directory=True)
    assert clear(link.parent) == []
    assert not link.is_symlink() and (tmp_path / "elders" / "bestand").exists()


def test_what_cannot_be_removed_is_said_and_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file system refuses, as it does for a file of another account in a folder with the sticky bit."""

    def refuse(*arguments: object, **named: object) -> None:
        raise PermissionError(13, "Permission denied")

    stuck, gone = scratch_path(tmp_path), tmp_path / "weg"
    stuck.touch()
    monkeypatch.setattr(Path, "unlink", refuse)
    told = remove([stuck, gone])
    assert len(told) == 2 and str(stuck) in str(told[0]) and str(message("os.forbidden")) in str(told[0])


def test_publishing_leaves_what_readers_laid_beside_it(tmp_path: Path) -> None:
    """The spill folder of an officer's own client lies there, in use or left behind, night after night."""
    state = State(tmp_path)
    with open_warehouse(state) as connection:
        publish(connection, state)
        spill = state.published.with_name("ensia.duckdb.tmp")
        spill.mkdir()
        (spill / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"\0" * 4096)
        state.published.with_name("ensia.duckdb.4711.tmp").touch()  # as a killed run of an older version left it
        state.published.with_name("ensia.duckdb.4711.tmp.wal").touch()
        scratch_path(state.published.parent).touch()  # and one of this version
        assert clear_publishing(state) == []
        publish(connection, state)
    assert sorted(path.name for path in state.published.parent.iterdir()) == [
        "ensia.duckdb",
        "ensia.duckdb.tmp",
        "statussen.parquet",
    ]
    assert list(spill.iterdir())


def test_a_question_spills_outside_the_folder_of_the_published_file(tmp_path: Path) -> None:
    state = State(tmp_path)
    with open_warehouse(state) as connection:
        connection.execute("CREATE TABLE ops.big AS SELECT range AS a, repeat('x', 100) AS b FROM range(1_500_000)")
        publish(connection, state)
    program = """
import sys
from pathlib import Path
import duckdb
from warehouse.storage import database
database.SETTINGS |= {"memory_limit": "60MB", "threads": 1}
state = database.State(Path(sys.argv[1]))
reader = database.open_published(state)
result = reader.execute("SELECT * FROM ops.big ORDER BY hash(a)")
result.fetchone()
print()
print(len(list(state.published.parent.iterdir())), len(list(state.spill.iterdir())))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True, umask=0o077
    )
    beside, spilled = map(int, done.stdout.splitlines()[-1].split())
    assert beside == 2 and spilled > 0
    assert list(state.spill.parent.iterdir()) == []


def test_spill_of_a_killed_question_goes_and_that_of_a_busy_one_stays(tmp_path: Path) -> None:
    state = State(tmp_path)
    old, fresh = scratch_path(state.spill.parent), scratch_path(state.spill.parent)
    for path in (old, fresh):
        path.mkdir()
    long_ago = old.stat().st_mtime - timedelta(days=3).total_seconds()
    os.utime(old, (long_ago, long_ago))
    assert state.clear_spill() == []
    assert list(state.spill.parent.iterdir()) == [fresh]


def test_an_older_installation_is_closed_and_what_is_not_ours_is_left(tmp_path: Path) -> None:
    state = State(tmp_path)
    for place in (state.warehouse, state.published, state.landing / "objects" / "ab" / "abc"):
        place.parent.mkdir(parents=True)
        place.touch()
        place.chmod(0o644)
    tmp_path.chmod(0o755)
    assert len(list(open_to_others(state.places()))) == 9
    (tmp_path / "ensia.yaml").touch()  # the state lies in the folder of the configuration
    (tmp_path / "ensia.yaml").chmod(0o644)
    assert close_to_others(state.places()) == []
    assert list(open_to_others(state.places())) == []
    assert tmp_path.stat().st_mode & 0o777 == 0o755 and (tmp_path / "ensia.yaml").stat().st_mode & 0o777 == 0o644
    assert state.warehouse.stat().st_mode & 0o777 == 0o600
    (tmp_path / "ensia.yaml").unlink()
    assert close_to_others(state.places()) == []
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_reader_of_the_published_file_may_be_opened_twice(tmp_path: Path) -> None:
    """DuckDB refuses a second connection in one process that has other settings."""
    state = State(tmp_path)
    with open_warehouse(state) as connection:
        publish(connection, state)
    first, second = open_published(state), open_published(state)
    assert isinstance(first, duckdb.DuckDBPyConnection)
    second.close()
    first.close()
