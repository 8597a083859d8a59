"""The landing zone when several sources use it at once, and what stands in it that nobody names."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import duckdb
import pytest

from tests.bare_nights import night
from warehouse.storage.database import State, open_warehouse, transaction
from warehouse.storage.doubt import left_objects
from warehouse.storage.landing import Landing
from warehouse.storage.seal import seal_run


def test_the_same_bytes_from_several_sources_at_the_same_moment(tmp_path: Path) -> None:
    """Two systems may give the same answer (an empty list, for one); the sources are collected in threads."""
    landing, failures = Landing(tmp_path / "landing"), []
    file = tmp_path / "export.csv"
    file.write_bytes(b"a;b\n" * 10_000)
    artifact = hashlib.sha256(file.read_bytes()).hexdigest()
    ready = threading.Barrier(8)

    def keep(number: int) -> None:
        try:
            for turn in range(20):
                ready.wait(60)
                landing.keep_bytes(b"[]" * (turn + 1), compress=True)
                landing.keep_file(file, artifact)
        except Exception as error:  # whatever it is, it must come out of the thread
            failures.append(error)
            ready.abort()

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert not list(tmp_path.rglob("*.tmp"))


def test_what_a_seal_kept_that_was_not_stored_is_named_by_the_next_run(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    night(state)
    landing = Landing(state.landing)
    with open_warehouse(state) as connection:
        assert left_objects(connection, landing) == []
        before = set(landing.root.rglob("objects/*/*"))
        with pytest.raises(OSError, match="schijf"):
            _seal_on_a_broken_disk(connection, landing)
        [marks] = set(landing.root.rglob("objects/*/*")) - before
        assert left_objects(connection, landing) == [marks.name]


def _seal_on_a_broken_disk(connection: duckdb.DuckDBPyConnection, landing: Landing) -> None:
    with transaction(connection):
        connection.execute("INSERT INTO ops.organisation VALUES ('b', 'Gemeente B', 'gemeente')")
        seal_run(connection, landing, "nacht", {})
        raise OSError("de schijf is stuk")
