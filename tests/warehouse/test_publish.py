"""Publishing: one rename, comments on everything, readers and runs that never see each other."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.small import insert
from warehouse.reading.publish import changed_since_published, publish, view_statements
from warehouse.storage.continuity import ASIDE
from warehouse.storage.database import State, memory_warehouse, open_published, open_warehouse
from warehouse.storage.own_files import private_folder
from warehouse.storage.published_bytes import MOST_KEPT, keep_changed, note_published


def test_every_view_and_column_has_a_comment(tmp_path: Path) -> None:
    state = State(tmp_path)
    with open_warehouse(state) as connection:
        publish(connection, state)
    reader = open_published(state)
    views = reader.execute(
        "SELECT view_name, comment FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal AND database_name = current_database()"
    ).fetchall()
    assert len(views) >= 20 and all(comment for _, comment in views)
    bare = reader.execute(
        "SELECT c.table_name, c.column_name FROM duckdb_columns() AS c JOIN duckdb_views() AS v ON v.view_name = c.table_name "
        "AND v.schema_name = c.schema_name AND v.database_name = c.database_name WHERE c.schema_name = 'main' AND NOT v.internal "
        "AND c.database_name = current_database() AND c.comment IS NULL"
    ).fetchall()
    assert bare == []


def test_what_was_known_on_a_moment_about_a_day(tmp_path: Path) -> None:
    """A ticket that was changed and later settled: each pair of day and moment gives the version of that moment."""
    connection = memory_warehouse()
    opened, changed, settled = datetime(2026, 3, 1), datetime(2026, 3, 10), datetime(2026, 3, 20)
    first = {"ticket_type": "incident", "opened_at": opened, "observed_at": opened, "record_key": "T-1"}
    insert(connection, "ticket", recorded_at=opened, retired_at=changed, priority="low", **first)
    insert(connection, "ticket", recorded_at=changed, retired_at=settled, priority="high", **first)
    insert(connection, "ticket", recorded_at=settled, priority="high", resolved_at=settled, **first)
    for statement in view_statements():
        connection.execute(statement)

    def seen(day: str, moment: str) -> list[tuple[str, object]]:
        return connection.execute(
            f"SELECT prioriteit, opgelost_op FROM bewijs_melding_op(DATE '{day}', TIMESTAMP '{moment}')"
        ).fetchall()

    assert seen("2026-02-28", "2026-12-31") == []
    assert seen("2026-03-05", "2026-03-05") == [("low", None)]
    assert seen("2026-03-05", "2026-03-15") == [("high", None)]
    assert seen("2026-03-05", "2026-03-25") == [("high", None)], "on that day it was not settled yet"
    assert seen("2026-03-25", "2026-03-25") == [("high", settled + timedelta(hours=1))], "by the clock in Amsterdam"
    assert seen("2026-03-25", "2026-03-05") == [("low", None)]


def test_a_reader_in_a_loop_always_sees_one_whole_publication(tmp_path: Path) -> None:
    state, stop = State(tmp_path), threading.Event()
    seen: list[int] = []
    errors: list[str] = []

    def read() -> None:
        while not stop.wait(0.02):
            try:
                with duckdb.connect(str(state.published), read_only=True) as reader:
                    low, high = reader.execute("SELECT min(n), max(n) FROM ops.proof").fetchone() or (None, None)
                    if low != high:
                        errors.append(f"{low} {high}")
                    seen.append(low)
            except duckdb.Error as error:
                errors.append(str(error))

    with open_warehouse(state) as connection:
        connection.execute("CREATE TABLE ops.proof AS SELECT 0 AS n FROM range(20000)")
        publish(connection, state)
        reader = threading.Thread(target=read)
        reader.start()
        for number in range(1, 16):
            connection.execute("UPDATE ops.proof SET n = ?", [number])
            publish(connection, state)
        stop.set()
        reader.join()
    assert not errors
    assert seen and seen == sorted(seen)
    assert sorted(path.name for path in state.published.parent.iterdir()) == ["ensia.duckdb", "statussen.parquet"]


def add_a_view(state: State) -> None:
    """As an officer whose client opens files for writing."""
    with duckdb.connect(str(state.published)) as client:
        client.execute("CREATE VIEW main.van_mij AS SELECT 1 AS een")


def make_unreadable(state: State) -> None:
    """As a client of a later version leaves it."""
    state.published.write_bytes(b"\0" * 8 + b"DUCK" + b"\x45" * 5000)


@pytest.mark.parametrize("change", [add_a_view, make_unreadable])
def test_a_published_file_that_somebody_wrote_to_is_noticed_kept_and_made_anew(change: object, tmp_path: Path) -> None:
    state = State(tmp_path)
    with open_warehouse(state) as connection:
        publish(connection, state)
        assert state.published.stat().st_mode & 0o777 == 0o400, "for reading alone"
        publish(connection, state)
        assert changed_since_published(state) == []
        state.published.chmod(0o600)
        change(state)  # type: ignore[operator]
        content = state.published.read_bytes()
        (remark,) = map(str, changed_since_published(state))
        assert "is gewijzigd sinds het werd gepubliceerd" in remark and ASIDE in remark
        publish(connection, state)
        assert changed_since_published(state) == []
    open_published(state).close()
    (kept,) = tmp_path.glob(f"{ASIDE}*/published/ensia.duckdb")
    assert kept.read_bytes() == content


def test_a_client_that_writes_every_day_does_not_fill_the_disk(tmp_path: Path) -> None:
    state = State(tmp_path)
    private_folder(state.published.parent)
    for number in range(MOST_KEPT + 3):
        newest = state.root / "nieuwste"
        newest.write_text(f"nacht {number}", "utf-8")
        note_published(state, newest)
        newest.replace(state.published)
        state.published.write_text(f"gewijzigd na {number}", "utf-8")
        keep_changed(state)
    assert len(list(tmp_path.glob(f"{ASIDE}*"))) == MOST_KEPT


def test_a_run_that_dies_between_the_note_and_its_file_leaves_a_file_that_the_note_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = State(tmp_path)
    with open_warehouse(state) as connection:
        publish(connection, state)
        put = Path.replace

        def dies(self: Path, target: Path) -> Path:
            if target == state.published:
                raise KeyboardInterrupt
            return put(self, target)

        monkeypatch.setattr(Path, "replace", dies)
        connection.execute("INSERT INTO ops.organisation VALUES ('a', 'A', 'gemeente')")
        with pytest.raises(KeyboardInterrupt):
            publish(connection, state)
        assert changed_since_published(state) == []
