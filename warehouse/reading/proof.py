"""What proves that the rows of one organisation are those that were sealed after their run: the rows as they are hashed, and the
marks that stand beside theirs. The format is specified in docs/verification.md; a dossier carries it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from models.kind import kinds
from models.sql_text import literal
from warehouse.reading.read import Published
from warehouse.storage.database import SETTINGS, open_published
from warehouse.storage.landing import Landing
from warehouse.storage.leaves import make_canonical, named_table, row_content
from warehouse.storage.seal import Seal, group_digests, mark_sealed, seals

STATUSES = ("answer", "measure_status", "control_status", "test_result")


@dataclass(frozen=True, slots=True)
class Proof:
    """`manifest`: of the seal, byte for byte, with its signature and public key (base64, or None). `rows`: each as it is hashed.
    `groups`: the marks around them, as JSON has them."""

    manifest: bytes
    signature: str | None
    public_key: str | None
    rows: list[str]
    groups: list[dict[str, Any]]


def proof(published: Published, organisation: str) -> Proof | None:
    """The proof of all statuses of an organisation after the last run, and of the records that they rest on; None when that run
    was not sealed. Raises EnsiaError or OSError where the manifest or the marks are not what they were."""
    chain = _until_run(published)
    if not chain:
        return None
    landing = Landing(published.state.landing)
    lines = {label: _hashed_rows(published, label, condition, organisation) for label, condition in _conditions()}
    lines = {label: of_table for label, of_table in lines.items() if of_table}
    with duckdb.connect(":memory:", config=SETTINGS) as scratch:
        mark_sealed(scratch, landing, chain)
        scratch.execute(f"DELETE FROM leaf_sealed WHERE organisation_id <> {literal(organisation)}")
        group_digests(scratch, "leaf_sealed")
        groups = [_marks_around(scratch, label, organisation, of_table) for label, of_table in lines.items()]
    manifest = (landing.root / chain[-1].file).read_bytes()
    rows = [line for of_table in lines.values() for line in of_table]
    return Proof(manifest, chain[-1].signature, chain[-1].public_key, rows, groups)


def _until_run(published: Published) -> list[Seal]:
    """The seals up to that of the last run, which covers its statuses; none where it has none."""
    run_id = published.last_run()["run_id"]
    with open_published(published.state) as connection:
        chain = seals(connection)
    numbers = [seal.seal_no for seal in chain if seal.run_id == run_id]
    return [seal for seal in chain if seal.seal_no <= max(numbers, default=0)]


def _conditions() -> Iterator[tuple[str, str]]:
    """Which rows of which tables belong to the proof, as SQL."""
    for table in STATUSES:
        yield f"assess.{table}", "until_run_no IS NULL"
    of_results = (
        "SELECT unnest(evidence_ids) FROM assess.test_result WHERE until_run_no IS NULL "
        "AND organisation_id = $organisation AND evidence_kind = "
    )
    for kind in kinds():
        yield f"evidence.{kind}", f"evidence_id IN ({of_results}{literal(kind)})"


def _hashed_rows(published: Published, label: str, condition: str, organisation: str) -> list[str]:
    """The rows of a table that belong to the proof, each as it is hashed."""
    connection = published.connection
    make_canonical(connection)
    [(database,)] = connection.execute("SELECT current_database()").fetchall()
    content = row_content(named_table(connection, database, label))
    rows = connection.execute(
        f"SELECT canonical_row({content}) AS line FROM {label} WHERE organisation_id = $organisation AND {condition} "
        "ORDER BY line",
        {"organisation": organisation},
    ).fetchall()
    return [line for (line,) in rows]


def _marks_around(
    scratch: duckdb.DuckDBPyConnection, label: str, organisation: str, lines: Iterable[str]
) -> dict[str, Any]:
    """The digests of all buckets of a group, and the marks in those that hold one of the lines."""
    used = {hashlib.sha256(line.encode()).hexdigest()[:2] for line in lines}
    buckets = scratch.execute(
        f"SELECT bucket, digest FROM seal_bucket WHERE table_name = {literal(label)} ORDER BY bucket"
    ).fetchall()
    marks = scratch.execute(
        f"SELECT left(leaf, 2), leaf, times FROM leaf_sealed WHERE table_name = {literal(label)} ORDER BY leaf"
    ).fetchall()
    of_bucket: dict[str, list[str]] = {bucket: [] for bucket in sorted(used)}
    for bucket, leaf, times in marks:
        if bucket in used:
            of_bucket[bucket] += [leaf] * times
    return {"table": label, "organisation": organisation, "buckets": dict(buckets), "marks": of_bucket}
