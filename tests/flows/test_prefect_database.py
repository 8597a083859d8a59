"""Prefect's own database is scratch: what is wrong with it costs a sentence, never a night."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

import flows.prefect_database
from flows.prefect_database import ADDRESS, BROKEN, NAME, usable_database
from warehouse.storage.database import State
from warehouse.storage.own_files import private_folder


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database with enough rows to be damaged somewhere else than at its beginning."""
    file = private_folder(State(tmp_path).prefect) / NAME
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE run (name TEXT)")
        connection.executemany("INSERT INTO run VALUES (?)", [(f"{number:0200}",) for number in range(2000)])
    connection.close()
    return file


def no_database(file: Path) -> None:
    file.write_text("this is no database " * 500, "utf-8")


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def overwritten(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[8192:16384] = b"\xff" * 8192
    file.write_bytes(content)


def folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def test_a_sound_one_is_used(database: Path, tmp_path: Path) -> None:
    assert usable_database(State(tmp_path)) == flows.prefect_database.PrefectDatabase({})
    assert database.exists()


def test_none_is_made_by_the_server(tmp_path: Path) -> None:
    assert usable_database(State(tmp_path)).remarks == ()


@pytest.mark.parametrize("damage", [no_database, cut, overwritten, folder])
def test_a_broken_one_is_set_aside_with_a_word(damage: object, database: Path, tmp_path: Path) -> None:
    damage(database)  # type: ignore[operator]
    usable = usable_database(State(tmp_path))
    assert usable.settings == {} and not database.exists()
    (remark,) = map(str, usable.remarks)
    (aside,) = database.parent.glob(f"{BROKEN}*")
    assert "beschadigd" in remark and aside.name in remark


def test_only_the_newest_broken_one_is_kept(database: Path, tmp_path: Path) -> None:
    for _ in range(3):
        no_database(database)
        usable_database(State(tmp_path))
    assert len(list(database.parent.glob(f"{BROKEN}*"))) == 1


def test_a_locked_one_is_left_alone_and_another_is_used(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flows.prefect_database, "_PATIENCE", 0.01)
    before = database.read_bytes()
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        usable = usable_database(State(tmp_path))
    finally:
        holder.close()
    assert ".ensia-" in usable.settings[ADDRESS] and "vastgehouden" in str(usable.remarks[0])
    assert database.read_bytes() == before


def test_one_that_grew_too_large_begins_anew(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows.prefect_database, "_LARGEST", 1000)
    assert "te groot" in str(usable_database(State(tmp_path)).remarks[0])
    assert not database.exists()
