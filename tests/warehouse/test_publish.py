"""Publishing: one rename, comments on everything, readers and runs that never see each other."""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb

from warehouse.database import State, open_published, open_warehouse
from warehouse.publish import publish


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


def test_a_reader_in_a_loop_always_sees_one_whole_publication(tmp_path: Path) -> None:
    state, stop = State(tmp_path), threading.Event()
    seen: list[int] = []
    errors: list[str] = []

    def read() -> None:
        while not stop.is_set():
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
    assert list(state.published.parent.iterdir()) == [state.published]
