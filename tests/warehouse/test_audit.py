"""What people did is kept in a chain, taken in when the warehouse is written next, and shows a line that was changed."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from cli.audit import keep_act
from tests.small import empty_warehouse
from warehouse.storage.audit import READER, act_of_now, note_act, take_in_acts
from warehouse.storage.database import State


@pytest.fixture
def state(tmp_path: Path) -> State:
    (tmp_path / "ensia.yaml").write_text("organisation: {id: gemeente, name: G}\n", "utf-8")
    (tmp_path / "state").mkdir()
    return State(tmp_path / "state")


def acts(state: State) -> list[tuple[object, ...]]:
    connection = empty_warehouse()
    take_in_acts(connection, state.acts)
    return connection.execute(
        "SELECT act, about, person, reason, organisation_id FROM account.audit ORDER BY event_no"
    ).fetchall()


def test_an_act_says_who_what_and_why_and_nothing_between_quotes(state: State) -> None:
    here = ["-c", str(state.root.parent)]
    keep_act(["sql", "SELECT 1 WHERE naam = 'Jan de Vries'", *here], 0)
    keep_act(["cycle", "freeze", "2026", "--by", "CISO", "--reason=klaar", "-o", "gemeente", *here], 0)
    keep_act(["cycle", "freeze", "2026", "--by", "CISO", *here], 1)
    keep_act(["status", *here], 0)
    keep_act(["purge", "--by", "X", "--reason", "y", "--dry-run", *here], 0)
    assert acts(state) == [
        ("vraag in SQL", "SELECT 1 WHERE naam = '…'", None, None, None),
        ("jaar bevroren", "2026", "CISO", "klaar", "gemeente"),
        ("jaar bevroren (geëindigd met code 1)", "2026", "CISO", None, None),
    ]


def test_taken_in_once_and_a_changed_line_shows(state: State) -> None:
    for number in range(3):
        act = act_of_now(state.warehouse, f"handeling {number}", None, person=None, reason=None, organisation=None)
        assert act.role == READER  # there is no warehouse to write in
        note_act(state.acts, act)
    state.acts.write_bytes(state.acts.read_bytes().replace(b"handeling 1", b"handeling x"))
    connection = empty_warehouse()
    assert take_in_acts(connection, state.acts) == 3
    assert take_in_acts(connection, state.acts) == 0
    known = connection.execute("SELECT event_no, act FROM account.audit ORDER BY event_no").fetchall()
    assert known == [(1, "handeling 0"), (2, "een regel van handelingen die is gewijzigd"), (3, "handeling 2")]


def test_a_line_that_is_gone_shows(state: State) -> None:
    for number in range(3):
        note_act(
            state.acts,
            act_of_now(state.warehouse, f"handeling {number}", None, person=None, reason=None, organisation=None),
        )
    first, _, last = state.acts.read_bytes().splitlines(keepends=True)
    state.acts.write_bytes(first + last)
    assert [act for act, *_ in acts(state)] == [
        "handeling 0",
        "hier ontbreekt een regel van handelingen",
        "handeling 2",
    ]


def test_an_account_without_rights_leaves_no_line_and_no_error(state: State) -> None:
    nowhere = state.root / "weg" / "acts.jsonl"
    act = act_of_now(state.warehouse, "vraag", None, person=None, reason=None, organisation=None)
    note_act(nowhere, act)
    assert not nowhere.exists()


def test_an_act_that_cannot_be_written_down_is_told_and_undoes_nothing(
    state: State, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("warehouse.storage.audit.note_act", full)
    keep_act(["sql", "SELECT 1", "-c", str(state.root.parent)], 0)
    assert "kon niet worden vastgelegd: de schijf is vol" in capsys.readouterr().err
