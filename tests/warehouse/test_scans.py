"""Only a later scan of the same object ends a finding: against a plain reading of that sentence, over random nights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.instant import instant
from models.kind import kinds
from models.record import Record
from models.selection import Moment, held_rows, role_holders, visible_view
from models.sql_text import literal
from tests.small import empty_warehouse, insert, record, staged
from warehouse.storage.database import transaction
from warehouse.storage.store import Stored, store_batch

FIRST = date(2026, 1, 5)
HOSTS = ("alfa", "beta", "gamma")
FLAWS = ("x", "y")


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour)


def finding(host: str, flaw: str, day: date, key: str | None = "", **more: Any) -> Record:
    values = {
        "finding_type": "vulnerability",
        "severity": "critical",
        "asset": host,
        "object": host,
        "first_seen": at(day),
    }
    made = record("finding", f"{host}|{flaw}" if key == "" else key, **values | {"scan": f"scan|{host}"} | more)
    made.at_latest = True
    return made


def scan(host: str, day: date) -> Record:
    return record("scan", f"scan|{host}", object=host, scanned_at=at(day, 10))


def deliver(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    records: Sequence[Record],
    day: date,
    rejected: Sequence[int] = (),
) -> Stored:
    """Store a complete delivery in the night after `day`. `rejected`: the numbers of findings that may not come in."""
    path = staged(folder / f"{day}.duckdb", records)
    connection.execute(f"ATTACH {literal(str(path))} AS batch")
    for number in rejected:
        connection.execute(
            "INSERT INTO batch.rejected VALUES ('finding', ?, 'regel', 'kolom', 'waarde', 'anders', NULL, NULL)",
            [number],
        )
    try:
        with transaction(connection):
            return store_batch(
                connection, path, organisation_id="gemeente", source_id="scans", run_id=str(day),
                recorded_at=at(day, 23), complete=True, kinds_expected=("finding", "scan"),
            )  # fmt: skip
    finally:
        connection.execute("DETACH batch")
        path.unlink()


def cases(connection: duckdb.DuckDBPyConnection) -> set[tuple[Any, ...]]:
    """The present findings: host and flaw, begin and end."""
    rows = connection.execute(
        "SELECT asset, split_part(split_part(record_key, '|', 2), '|', 1), day_of(first_seen), day_of(resolved_at), state IS NOT DISTINCT "
        "FROM 'resolved' FROM evidence.finding WHERE retired_at IS NULL"
    ).fetchall()
    assert all((end is not None) == is_resolved for *_, end, is_resolved in rows)
    return {(host, flaw, begin, end) for host, flaw, begin, end, _ in rows}


@dataclass
class Plain:
    """The sentence, word by word: what is open, and what was settled when."""

    opened: dict[tuple[str, str], date] = field(default_factory=dict)
    settled: set[tuple[Any, ...]] = field(default_factory=set)

    def night(self, day: date, looked_at: Sequence[str], reported: Sequence[tuple[str, str]]) -> None:
        for host, flaw in reported:
            self.opened.setdefault((host, flaw), day)
        for (host, flaw), begin in list(self.opened.items()):
            if host in looked_at and (host, flaw) not in reported:
                self.settled.add((host, flaw, begin, day))
                del self.opened[host, flaw]

    def cases(self) -> set[tuple[Any, ...]]:
        return self.settled | {(host, flaw, begin, None) for (host, flaw), begin in self.opened.items()}


def test_a_finding_ends_only_by_a_later_scan_of_its_object(tmp_path: Path) -> None:
    connection = empty_warehouse()

    @settings(max_examples=12, suppress_health_check=list(HealthCheck), database=None)
    @given(st.integers(0, 2**32))
    def hold(seed: int) -> None:
        random, plain = Random(seed), Plain()
        for table in ("finding", "scan"):
            connection.execute(f"DELETE FROM evidence.{table}")
        for number in range(5):
            day = FIRST + timedelta(days=7 * number)
            looked_at = [host for host in HOSTS if random.random() < 0.7]
            reported = [(host, flaw) for host in looked_at for flaw in FLAWS if random.random() < 0.5]
            records = [*(finding(host, flaw, day) for host, flaw in reported), *(scan(host, day) for host in looked_at)]
            if looked_at:
                deliver(connection, tmp_path, records, day)
                plain.night(day, looked_at, reported)
            assert cases(connection) == plain.cases(), f"night {number} of seed {seed}"

    hold()


def test_a_host_left_out_keeps_its_findings_and_a_clean_scan_settles_the_last(tmp_path: Path) -> None:
    connection = empty_warehouse()
    second, third = FIRST + timedelta(days=7), FIRST + timedelta(days=298)
    deliver(
        connection,
        tmp_path,
        [finding("alfa", "x", FIRST), finding("beta", "x", FIRST), scan("alfa", FIRST), scan("beta", FIRST)],
        FIRST,
    )
    stored = deliver(connection, tmp_path, [scan("alfa", second)], second)
    assert (stored.settled, stored.unscanned, stored.retired) == (1, 1, 0)
    assert cases(connection) == {("alfa", "x", FIRST, second), ("beta", "x", FIRST, None)}
    deliver(connection, tmp_path, [scan("alfa", third), scan("beta", third)], third)
    assert cases(connection) == {("alfa", "x", FIRST, second), ("beta", "x", FIRST, third)}


def test_the_same_or_an_older_scan_ends_nothing_and_opens_nothing_again(tmp_path: Path) -> None:
    connection = empty_warehouse()
    second, third = FIRST + timedelta(days=7), FIRST + timedelta(days=8)
    deliver(connection, tmp_path, [finding("alfa", "x", FIRST), scan("alfa", FIRST)], FIRST)
    deliver(
        connection, tmp_path, [scan("alfa", FIRST)], second
    )  # the same scan, of which a finding is not read any more
    assert cases(connection) == {("alfa", "x", FIRST, None)}
    deliver(connection, tmp_path, [scan("alfa", second)], second + timedelta(days=1))
    deliver(connection, tmp_path, [finding("alfa", "x", FIRST), scan("alfa", FIRST)], third + timedelta(days=1))
    assert cases(connection) == {("alfa", "x", FIRST, second)}


def test_a_row_that_could_not_be_read_may_be_the_finding(tmp_path: Path) -> None:
    connection = empty_warehouse()
    second, third = FIRST + timedelta(days=7), FIRST + timedelta(days=14)
    deliver(
        connection,
        tmp_path,
        [finding("alfa", "x", FIRST), finding("beta", "x", FIRST), scan("alfa", FIRST), scan("beta", FIRST)],
        FIRST,
    )
    unreadable = [finding("alfa", "y", second, key=None), scan("alfa", second), scan("beta", second)]
    deliver(connection, tmp_path, unreadable, second, rejected=[0])
    assert cases(connection) == {("alfa", "x", FIRST, None), ("beta", "x", FIRST, second)}
    rejected = [finding("alfa", "x", third), scan("alfa", third)]
    deliver(connection, tmp_path, rejected, third, rejected=[0])
    assert ("alfa", "x", FIRST, None) in cases(connection)


def test_a_finding_from_before_scans_were_named_is_ended_by_its_object(tmp_path: Path) -> None:
    connection = empty_warehouse()
    second = FIRST + timedelta(days=7)
    old = [finding(host, "x", FIRST, scan=None, object=None) for host in ("alfa", "beta")]
    deliver(connection, tmp_path, old, FIRST)
    deliver(connection, tmp_path, [scan("alfa", second)], second)
    assert cases(connection) == {("alfa", "x", FIRST, second), ("beta", "x", FIRST, None)}


@pytest.mark.parametrize(
    ("ends", "scanned", "expected"),
    [
        ([None], FIRST, None),
        ([date(2026, 3, 1)], FIRST, date(2026, 3, 2)),
        ([date(2026, 3, 1), None], FIRST, None),  # another entry of the same name still runs
        ([date(2026, 3, 1)], date(2026, 3, 9), None),  # still seen
        ([date(2026, 6, 1)], FIRST, None),  # not yet
    ],
)
def test_the_register_ends_what_is_not_scanned_any_more(
    tmp_path: Path, ends: list[date | None], scanned: date, expected: date | None
) -> None:
    connection = empty_warehouse()
    deliver(connection, tmp_path, [finding("alfa", "x", FIRST), scan("alfa", FIRST)], FIRST)
    if scanned != FIRST:
        deliver(connection, tmp_path, [finding("alfa", "x", scanned), scan("alfa", scanned)], scanned)
    for end in ends:
        insert(connection, "register_entry", register="asset", name="Alfa ", valid_until=end)
    moment = Moment(date(2026, 5, 15), datetime(2027, 1, 1), date(2026, 5, 15))
    kind = kinds()["finding"]
    for statement in (role_holders(moment), *held_rows(kind, moment), visible_view(kind, moment, apart=["held"])):
        connection.execute(statement)
    [row] = connection.execute("SELECT day_of(resolved_at), first_seen FROM visible_finding").fetchall()
    assert row == (expected, instant(at(FIRST)))
