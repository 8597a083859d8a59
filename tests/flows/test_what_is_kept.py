"""What is kept is what was read: a file that is rewritten all the time gives records that stand, each, in the artifact
that their locator names; for every connector that reads files."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path
from types import FunctionType
from typing import Any

import duckdb
import pytest

from connectors.base import Connector, TransientError, connector, connectors
from connectors.tools.apart import Apart
from flows.collect import Collected, Earlier, collect
from flows.installation import load_installation
from flows.intake import Intake
from models.configuration import Source
from models.record import Payload
from tests.flows.scenarios import SCENARIOS, SECRETS, Scenario
from warehouse.storage.landing import Landing

AS_OF = date(2026, 11, 20)
TRIES, MOST_TRIES = 3, 30


def variants(path: Path) -> list[bytes]:
    """The file as it is and with other bytes that mean as much to its reader, so that only the hash tells them apart."""
    content = path.read_bytes()
    if path.suffix in {".xlsx", ".ods", ".docx", ".odt"}:
        return [content, *(_with_comment(content, f"{number}".encode() * (number + 1)) for number in range(5))]
    filler = b"\n" if path.suffix != ".pdf" else b"\n%"
    return [content + filler * number for number in range(6)]


def _with_comment(archive: bytes, comment: bytes) -> bytes:
    """A zip file with another comment at its end (PKWARE APPNOTE 4.3.16: the last field, after its length)."""
    assert archive[-2:] == b"\0\0", "the fixture has no comment yet"
    return archive[:-2] + len(comment).to_bytes(2, "little") + comment


@contextmanager
def rewritten(folder: Path) -> Iterator[None]:
    """Every file in `folder` is replaced by another variant, over and over, until the block ends."""
    files = {path: variants(path) for path in folder.rglob("*") if path.is_file() and path.name != "ensia.yaml"}
    stop = threading.Event()

    def write() -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            for path, contents in files.items():
                fresh = path.with_name(f".{path.name}.part")
                fresh.write_bytes(contents[turn % len(contents)])
                fresh.replace(path)
            stop.wait(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


class Watched:
    """Notes the bytes that a connector was given to read, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, cls: type[Connector]) -> None:
        self.read: list[bytes] = []
        original = cls.read

        def read(own: Connector, payload: Payload) -> Iterator[Any]:
            self.read.append(payload.data())
            return original(own, payload)

        monkeypatch.setattr(cls, "read", read)
        monkeypatch.setattr(Apart, "takes", lambda own, connector: False)  # read here, where it is noted


FROM_FILES = [scenario for scenario in SCENARIOS if scenario.serve is nullcontext]


def test_every_connector_that_takes_a_file_is_here() -> None:
    """A connector takes a file with `file_payload`, its own or that of the base of report connectors."""
    taking = {
        name
        for name in connectors()
        if any("file_payload" in function.__code__.co_names for function in _fetching(connector(name)))
    }
    assert {scenario.connector for scenario in FROM_FILES} == taking


def _fetching(cls: type[Connector]) -> list[FunctionType]:
    """The `fetch` of a class, and that of its base when it calls on it."""
    own = [each.__dict__["fetch"] for each in cls.__mro__ if "fetch" in each.__dict__ and each is not Connector]
    return own if "super" in own[0].__code__.co_names else own[:1]


@pytest.mark.parametrize("scenario", FROM_FILES, ids=lambda scenario: scenario.name)
def test_each_record_stands_in_the_artifact_that_it_names(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / scenario.name
    scenario.write(folder, "")
    installation = load_installation(folder)
    (member, source), *_ = installation.sources()
    watched = Watched(monkeypatch, connector(source.connector))
    landing = Landing(installation.state.landing)
    artifacts: set[str] = set()
    with rewritten(folder):
        for number in range(MOST_TRIES):
            if number >= TRIES and len(artifacts) > 1:
                break
            watched.read.clear()
            outcome = collect(
                installation.state, member, source,
                run_id=f"20261120T031500-{number:06x}", as_of=AS_OF, earlier=Earlier({}, None, None),
            )  # fmt: skip
            assert outcome.status == "ok", outcome.reason
            _check(source, outcome, watched.read, landing)
            artifacts |= {payload.original_hash for payload in outcome.landing}
        assert len(artifacts) > 1, "the file did not change while it was read"
    assert not [path for path in installation.state.staging.rglob("*") if path.is_file() and path.suffix == ".tmp"]


def _check(source: Source, outcome: Collected, read: list[bytes], landing: Landing) -> None:
    """What was read is, byte for byte, what the landing rows name, and the records name those."""
    landed = outcome.landing
    assert [hashlib.sha256(content).hexdigest() for content in read] == [payload.original_hash for payload in landed]
    if not source.personal_data:
        for content, payload in zip(read, landed, strict=True):
            assert landing.read(payload.artifact) == content
    assert outcome.staging is not None
    named = set()
    with duckdb.connect(str(outcome.staging), read_only=True) as connection:
        for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            columns = {row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()}
            if "locator" in columns:
                named |= {a for (a,) in connection.execute(f"SELECT DISTINCT locator.artifact FROM {table}").fetchall()}
    assert named and named <= {payload.artifact for payload in landed}


def test_a_file_that_is_written_in_place_is_refused_or_read_as_it_is_kept(tmp_path: Path) -> None:
    """No rename: the same file is truncated and written again and again."""
    file = tmp_path / "export.csv"
    stop = threading.Event()
    contents = [bytes([letter]) * 3_000_000 for letter in b"abcdef"]
    file.write_bytes(contents[0])

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            file.write_bytes(contents[number % len(contents)])
            stop.wait(0.005)

    writer = threading.Thread(target=write)
    writer.start()
    taken = refused = 0
    try:
        for _ in range(5):
            with Intake(tmp_path / "intake") as intake:
                try:
                    copy = intake.copy(intake.take(file))
                except TransientError:
                    refused += 1
                    continue
                assert copy is not None and copy.path.read_bytes()[:1] in {content[:1] for content in contents} | {b""}
                assert hashlib.sha256(copy.path.read_bytes()).hexdigest() == copy.artifact
                taken += 1
    finally:
        stop.set()
        writer.join()
    assert taken + refused == 5 and not (tmp_path / "intake").exists()
