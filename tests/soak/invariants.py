"""What must hold after every night, whatever happened in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from flows.installation import load_installation
from tests.soak.town import Rows
from warehouse.storage.database import State, check_state, open_published
from warehouse.storage.landing import Landing
from warehouse.year.verification import verify

_WORDS = {"high": "hoog", "low": "laag", "medium": "middel", "adopted": "hoog", "draft": "laag", "withdrawn": "middel"}
_KINDS = {"beleid": ("document", "state"), "meldingen": ("ticket", "priority"), "balie": ("ticket", "priority")}


@dataclass
class Seen:
    """What was there after the night before: nothing of it may be lost."""

    evidence: set[int] = field(default_factory=set)
    runs: set[str] = field(default_factory=set)
    bytes_used: int = 0


def broken_invariants(folder: Path, before: Seen, may_hold: dict[str, list[Rows]]) -> tuple[list[str], dict[str, Rows]]:
    """Each thing that does not hold, and what is present of each source. `may_hold`: per source the contents of which one must
    be what is present now. `before` becomes what there is now."""
    present: dict[str, Rows] = {source: {} for source in may_hold}
    return list(_broken(folder, before, may_hold, present)), present


def not_as_kept(folder: Path) -> list[str]:
    """Everything that `ensia verify` is a reason to doubt."""
    faults = verify(load_installation(folder).state).faults
    return [f"{fault.part} {fault.place}: {fault.problem}" for fault in faults]


def _broken(folder: Path, before: Seen, may_hold: dict[str, list[Rows]], present: dict[str, Rows]) -> Iterator[str]:
    state = load_installation(folder).state
    check_state(state)
    if not state.warehouse.exists():  # the first night was killed before it began
        return
    with duckdb.connect(str(state.warehouse), read_only=True) as warehouse:
        yield from _nothing_lost(warehouse, before)
        yield from _nothing_doubled(warehouse)
        yield from _whole_batches(warehouse, may_hold, present)
        yield from _manifests(warehouse, state)
        yield from _bytes(warehouse, state)
    if state.published.exists():
        with open_published(state) as published:
            yield from _one_whole_run(published, before)
    before.bytes_used = state.warehouse.stat().st_size


def _nothing_lost(warehouse: duckdb.DuckDBPyConnection, before: Seen) -> Iterator[str]:
    evidence, runs = set(), {run for (run,) in warehouse.execute("SELECT run_id FROM ops.run").fetchall()}
    for kind in ("document", "ticket"):
        evidence |= {number for (number,) in warehouse.execute(f"SELECT evidence_id FROM evidence.{kind}").fetchall()}
    if before.evidence - evidence:
        yield f"{len(before.evidence - evidence)} versions of evidence were lost"
    if before.runs - runs:
        yield f"runs were lost: {before.runs - runs}"
    before.evidence, before.runs = evidence, runs


def _nothing_doubled(warehouse: duckdb.DuckDBPyConnection) -> Iterator[str]:
    for kind in ("document", "ticket"):
        doubled = warehouse.execute(
            f"SELECT source_id, record_key, count(*) FROM evidence.{kind} WHERE retired_at IS NULL GROUP BY ALL HAVING count(*) > 1"
        ).fetchall()
        if doubled:
            yield f"present twice: {doubled}"
        overlapping = warehouse.execute(
            f"SELECT record_key, recorded_at FROM evidence.{kind} QUALIFY recorded_at < lag(coalesce(retired_at, 'infinity')) OVER "
            "(PARTITION BY source_id, record_key ORDER BY recorded_at, retired_at NULLS LAST)"
        ).fetchall()
        if overlapping:
            yield f"versions overlap: {overlapping}"
    numbers = warehouse.execute("SELECT run_no FROM ops.run GROUP BY run_no HAVING count(*) > 1").fetchall()
    if numbers:
        yield f"two runs have one number: {numbers}"


def _whole_batches(
    warehouse: duckdb.DuckDBPyConnection, may_hold: dict[str, list[Rows]], present: dict[str, Rows]
) -> Iterator[str]:
    for source, contents in may_hold.items():
        kind, column = _KINDS[source]
        rows = {
            key: _WORDS.get(word, word)
            for key, word in warehouse.execute(
                f"SELECT record_key, {column} FROM evidence.{kind} WHERE source_id = ? AND retired_at IS NULL", [source]
            ).fetchall()
        }
        present[source] = rows
        if rows not in contents:
            difference = min((set(content.items()) ^ set(rows.items()) for content in contents), key=len)
            yield f"{source} holds neither what it held nor what it delivered: {difference}"


def _manifests(warehouse: duckdb.DuckDBPyConnection, state: State) -> Iterator[str]:
    """The chain of seals: of runs, and of acts between them (what a killed run left is sealed as one)."""
    previous = None
    seals = warehouse.execute("SELECT file, manifest_hash, previous_hash FROM ops.seal ORDER BY seal_no").fetchall()
    for name, digest, before in seals:
        file = state.landing / name
        if not file.exists() or hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            yield f"the manifest {name} is not what was noted"
        elif json.loads(file.read_bytes())["previous"] != before or before != previous:
            yield f"the chain is broken at {name}"
        previous = digest


def _bytes(warehouse: duckdb.DuckDBPyConnection, state: State) -> Iterator[str]:
    """The bytes of the newest run can be walked back to."""
    newest = warehouse.execute(
        "SELECT DISTINCT artifact FROM ops.landing WHERE run_id = (SELECT max_by(run_id, run_no) FROM ops.run)"
    ).fetchall()
    for (artifact,) in newest:
        try:
            Landing(state.landing).read(artifact)
        except Exception as error:
            yield f"{artifact}: {error}"


def _one_whole_run(published: duckdb.DuckDBPyConnection, before: Seen) -> Iterator[str]:
    state, finished = published.execute(
        "SELECT max_by(state, run_no), max_by(finished_at, run_no) FROM ops.run"
    ).fetchone() or ("", None)
    if state not in ("ok", "degraded") or not isinstance(finished, datetime):
        yield f"the published file is of a run that is {state}"
    results = published.execute(
        "SELECT count(*), count(DISTINCT test_id) FROM assess.test_result WHERE until_run_no IS NULL"
    ).fetchone()
    if results is None or results[0] != results[1] or results[0] < 3:  # each test has one result
        yield f"the published file has {results} results"
    runs = {run for (run,) in published.execute("SELECT run_id FROM ops.run").fetchall()}
    if runs - before.runs:
        yield "the published file knows a run that the warehouse does not"
