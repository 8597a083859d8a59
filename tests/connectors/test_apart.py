"""Whatever becomes of the process that reads a payload, it is that payload's failure by name, and the next one is read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from connectors.base import Connector, Context, Settings, SourceError, TransientError
from connectors.tools import apart
from connectors.tools.apart import Apart
from connectors.tools.reading import asked, records_of
from models.language import Language
from models.record import Payload, Record, Remark
from tests.connectors.unruly import Unruly

LONG = 60.0


@pytest.fixture
def reader() -> Iterator[Apart]:
    with Apart(LONG) as reading:
        yield reading


def source(reader: Apart | None, said: list[Remark] | None = None) -> Unruly:
    remarks: list[Remark] = [] if said is None else said
    context = Context("gemeente", "bron", Path(), date(2026, 11, 20), remark=remarks.append, apart=reader)
    return Unruly(Settings(), context)


def payload(told: str) -> Payload:
    return Payload("lijst.bin", "application/octet-stream", content=told.encode())


def titles(connector: Connector, told: str) -> list[str]:
    return [record.values["title"] for record in records_of(connector, payload(told))]


def pid_and_count(connector: Connector) -> tuple[int, int]:
    first, last = titles(connector, "count")[-1].split()
    return int(first), int(last)


def test_records_remarks_and_answers_come_back_from_another_process(reader: Apart) -> None:
    said: list[Remark] = []
    unruly = source(reader, said)
    read = list(records_of(unruly, payload("count")))
    assert [type(record) for record in read] == [Record, Record]
    assert read[0] == Unruly._record("eerst")
    pid, count = map(int, read[1].values["title"].split())
    assert (pid != os.getpid(), count) == (True, 1)
    assert said == [Remark("seen", "count", "lijst.bin")]
    assert asked(unruly, "identify", payload("count")) == pid
    assert unruly.payloads_read == 0


def test_the_connector_stays_the_same_for_all_payloads_of_a_source(reader: Apart) -> None:
    unruly = source(reader)
    assert [pid_and_count(unruly)[1] for _ in range(3)] == [1, 2, 3]


def test_one_child_serves_one_source_after_another() -> None:
    pids = set()
    for _ in range(3):
        with Apart(LONG) as reader:
            pid, count = pid_and_count(source(reader))
            pids.add(pid)
            assert count == 1
    assert len(pids) == 1


def test_two_sources_at_once_have_a_child_each() -> None:
    with Apart(LONG) as one, Apart(LONG) as other:
        assert pid_and_count(source(one))[0] != pid_and_count(source(other))[0]


@pytest.mark.parametrize(
    ("told", "reason"),
    [("abort", "SIGABRT"), ("segmentation", "SIGSEGV"), ("leave 7", "code 7"), ("leave 0", "code 0")],
)
@pytest.mark.parametrize("way", ["read", "ask"])
def test_a_child_that_dies_costs_its_payload_and_is_replaced(reader: Apart, told: str, reason: str, way: str) -> None:
    unruly = source(reader)
    before = pid_and_count(unruly)[0]
    with pytest.raises(SourceError) as caught:
        titles(unruly, told) if way == "read" else asked(unruly, "identify", payload(told))
    assert caught.value.place == "lijst.bin"
    assert reason in caught.value.reason and caught.value.advice
    assert not caught.value.transient
    assert pid_and_count(unruly)[0] != before


@pytest.mark.parametrize("told", ["hang", "hang_in_c", "endless"])
def test_what_does_not_end_is_ended_with_the_time_of_the_source(told: str) -> None:
    with Apart(3.0) as reader, pytest.raises(SourceError, match="niet gelezen binnen 3 seconden") as caught:
        titles(source(reader), told)
    assert caught.value.place == "lijst.bin"


def test_a_source_that_is_stopped_takes_its_child_with_it(reader: Apart) -> None:
    unruly = source(reader)
    pid = pid_and_count(unruly)[0]
    records = records_of(unruly, payload("endless"))
    next(records)
    records.close()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "MOST_MEMORY", 1 << 30)
    apart._POOL.clear()
    try:
        with Apart(LONG) as reader, pytest.raises(SourceError, match=r"te groot voor het geheugen|stopte ermee"):
            titles(source(reader), "memory")
    finally:
        apart._POOL.clear()


def test_output_is_bounded(monkeypatch: pytest.MonkeyPatch, reader: Apart) -> None:
    monkeypatch.setattr(apart, "MOST_OUTPUT", 100_000)
    with pytest.raises(SourceError, match="meer gegevens dan"):
        titles(source(reader), "many")


def test_errors_come_back_as_they_are(reader: Apart) -> None:
    with pytest.raises(SourceError) as caught:
        titles(source(reader), "refuse")
    assert caught.value.parts(Language.EN) == ("the workbook has no sheet ‘Blad’", "row 3", "doe iets")
    with pytest.raises(TransientError, match="is bezet"):
        titles(source(reader), "busy")
    with pytest.raises(SourceError) as caught:
        titles(source(reader), "panic")
    assert "Quirijnszoon" not in str(caught.value)


def test_a_child_knows_no_secret_and_writes_nothing(
    reader: Apart, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    apart._POOL.clear()
    monkeypatch.setenv("GEHEIM", "sleutel")
    assert len(titles(source(reader), "variables")) == 2
    with pytest.raises(SourceError, match="en dat mag niet"):
        titles(source(reader), "secret")
    file = tmp_path / "uit.txt"
    with pytest.raises(SourceError):
        titles(source(reader), f"write {file}")
    assert not file.exists() or file.stat().st_size == 0


def test_what_a_library_prints_is_no_answer(reader: Apart) -> None:
    assert len(titles(source(reader), "print")) == 2


def test_an_answer_of_other_types_is_never_unpacked(reader: Apart) -> None:
    with pytest.raises(SourceError, match="stopte ermee"):
        titles(source(reader), "forge")
    assert not Path("/tmp/ensia-forged").exists()


def test_a_class_that_no_other_process_can_find_is_read_here(reader: Apart) -> None:
    class Local(Unruly):
        pass

    context = Context("gemeente", "bron", Path(), date(2026, 11, 20), apart=reader)
    assert pid_and_count(Local(Settings(), context))[0] == os.getpid()


def test_a_large_payload_gets_there(reader: Apart) -> None:
    large = Payload("lijst.bin", "application/octet-stream", content=b"count" + b" " * 5_000_000)
    assert len(list(records_of(source(reader), large))) == 2


def test_a_child_ends_when_nobody_listens_any_more() -> None:
    child = apart.Child()
    for stream in (child._process.stdin, child._process.stdout):
        assert stream is not None
        stream.close()
    assert child._process.wait(timeout=LONG) == 0
