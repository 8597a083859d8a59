"""The landing zone when several sources use it at once."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

from warehouse.storage.landing import Landing


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
