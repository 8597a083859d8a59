"""What a run builds on, and cannot trust: rows that are not as they were sealed, objects that are not what their name says.

A changed record of evidence is retired, so that its source has to deliver it again, and a source of which the facts were changed
proves nothing until it delivered: a doubt makes a status worse, never better. What a run that was killed left is no doubt. Who is
told is left to `flows/examination.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from models.kind import kinds
from models.sql_text import literal
from warehouse.storage.landing import COMPRESSED, Landing, is_sound
from warehouse.storage.own_files import is_scratch
from warehouse.storage.seal import RowChange, changes

MOST_BYTES = 50_000_000  # of objects that one run reads again
_MADE_BY_RUNS = ("assess.", "catalogue.", "ops.organisation")
_FACTS_OF_SOURCES = (
    "ops.source_run", "ops.source_kind", "ops.source_coverage", "ops.landing", "ops.quarantine", "ops.unknown_value",
    "ops.unknown_word", "ops.validation",
)  # fmt: skip
_EVIDENCE = "evidence."
# Runs that ended before they were sealed, after the first that was: a killed run leaves rows that nobody could seal.
_BROKEN_RUNS = """
    SELECT run_id, known_at FROM ops.run
    WHERE run_id <> $run
        AND run_id NOT IN (SELECT run_id FROM ops.seal WHERE run_id IS NOT NULL)
        AND run_no > (
            SELECT coalesce(max(r.run_no), 0) FROM ops.run AS r JOIN ops.seal AS s USING (run_id)
        )
"""


@dataclass(frozen=True, slots=True)
class Doubts:
    """Rows that were changed outside this program, and those that a killed run left."""

    tampered: Sequence[RowChange]
    broken_off: Sequence[RowChange]


def doubts(connection: duckdb.DuckDBPyConnection, run_id: str) -> Doubts:
    """What was otherwise than sealed when the warehouse was opened for the run."""
    differing = changes(connection)
    if not differing:
        return Doubts((), ())
    runs = connection.execute(_BROKEN_RUNS, {"run": run_id}).fetchall()
    if not runs:
        return Doubts(differing, ())
    names = [name for name, _ in runs]
    moments = [known_at for _, known_at in runs]
    retired = _retired_at(connection, differing, moments)
    tampered: list[RowChange] = []
    broken_off: list[RowChange] = []
    for change in differing:
        pile = broken_off if _is_of(change, names, retired) else tampered
        pile.append(change)
    return Doubts(tampered, broken_off)


def _is_of(change: RowChange, runs: Sequence[str], retired: set[int]) -> bool:
    """Whether a row is one that these runs may have left."""
    if change.table_name.startswith(_MADE_BY_RUNS):  # is computed anew in any case
        return True
    names_a_run = not set(runs).isdisjoint(change.name.split(" "))
    is_new = change.change == "added" and names_a_run
    is_end = change.change == "changed" and change.evidence_id in retired
    is_run = change.table_name == "ops.run" and names_a_run
    return is_new or is_end or is_run


def _retired_at(
    connection: duckdb.DuckDBPyConnection, differing: Sequence[RowChange], moments: Sequence[datetime]
) -> set[int]:
    """The numbers of the records that were retired at one of these moments."""
    numbers: set[int] = set()
    for kind in _evidence_kinds(differing):
        rows = connection.execute(
            f"SELECT evidence_id FROM evidence.{kind} WHERE retired_at IN (SELECT unnest($moments))",
            {"moments": moments},
        ).fetchall()
        numbers |= {number for (number,) in rows}
    return numbers


def _evidence_kinds(differing: Sequence[RowChange]) -> list[str]:
    names = {change.table_name.removeprefix(_EVIDENCE) for change in differing}
    return sorted(names & kinds().keys())


def set_doubtful_aside(
    connection: duckdb.DuckDBPyConnection, tampered: Sequence[RowChange], known_at: datetime
) -> None:
    """Let nothing good rest on these rows from `known_at` (UTC) on. The caller holds the transaction."""
    for kind in _evidence_kinds(tampered):
        table = f"{_EVIDENCE}{kind}"
        numbers = [change.evidence_id for change in tampered if change.table_name == table and change.evidence_id]
        connection.execute(
            f"UPDATE {table} SET retired_at = $at WHERE retired_at IS NULL AND evidence_id IN (SELECT unnest($numbers))",
            {"at": known_at, "numbers": numbers},
        )
    for change in tampered:
        if change.table_name in _FACTS_OF_SOURCES:
            organisation, _, source, *_ = [*change.name.split(" "), "", ""]
            connection.execute(
                "UPDATE ops.source_run SET complete = false, fresh_until = NULL, watermark = NULL "
                "WHERE organisation_id = $organisation AND source_id = $source",
                {"organisation": organisation, "source": source},
            )


def forget_rules(connection: duckdb.DuckDBPyConnection, digest: str) -> None:
    """Forget what is kept of these rules, so that they are stored as they are."""
    connection.execute(f"DELETE FROM catalogue.version WHERE digest = {literal(digest)}")


def damaged_objects(connection: duckdb.DuckDBPyConnection, landing: Landing, run_no: int) -> list[Path]:
    """The objects that are not what their name says, or not there, among those that present evidence came from: each run looks at
    others, up to a number of bytes."""
    rows = connection.execute(
        "SELECT DISTINCT artifact FROM ops.landing SEMI JOIN ("
        "SELECT organisation_id, source_id, max(run_id) AS run_id FROM ops.landing GROUP BY ALL"
        ") USING (organisation_id, source_id, run_id) "
        "WHERE artifact NOT IN (SELECT artifact FROM account.purged_object) ORDER BY artifact"
    ).fetchall()
    paths = [landing.path_of(artifact) for (artifact,) in rows]
    start = run_no % len(paths) if paths else 0
    damaged, read = [], 0
    for path in [*paths[start:], *paths[:start]]:
        if not path.exists() or not is_sound(path):
            damaged.append(path)
        read += path.stat().st_size if path.exists() else 0
        if read > MOST_BYTES:
            break
    return damaged


def left_objects(connection: duckdb.DuckDBPyConnection, landing: Landing) -> list[str]:
    """The names of objects that no run and no seal names: one that was killed or failed kept them, or somebody put them there."""
    rows = connection.execute("SELECT artifact FROM ops.landing UNION SELECT marks FROM ops.seal").fetchall()
    present = {
        path.name.removesuffix(COMPRESSED)
        for path in (landing.root / "objects").rglob("*")
        if path.is_file() and not is_scratch(path.name)
    }
    return sorted(present - {name for (name,) in rows})
