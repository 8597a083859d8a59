"""Makes validated records evidence: new and changed ones get a version, vanished ones are retired, the rest is untouched.

One source's batch is one transaction: all of it or nothing. Which records may come in was decided in the staging file
(table `rejected`, filled by `expectations`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from models.kind import Kind, kinds, shown
from models.sql_text import literal
from warehouse.storage.scans import FINDING, SCAN, has_scans, left_out, name_again, settle

BLOCK = 122_880  # rows that DuckDB keeps together and can pass over as one
MOST_GROUPS = 20  # each is a pass over the batch


@dataclass(slots=True)
class Stored:
    """What one batch did, in records."""

    records: int = 0
    stored: int = 0
    retired: int = 0
    unchanged: int = 0
    rejected: int = 0
    settled: int = 0  # findings that a later scan no longer reports
    unscanned: int = 0  # objects with open findings that are not looked at any more

    def add(self, other: Stored) -> None:
        """Count another batch in."""
        self.records += other.records
        self.stored += other.stored
        self.retired += other.retired
        self.unchanged += other.unchanged
        self.rejected += other.rejected
        self.settled += other.settled
        self.unscanned += other.unscanned


def store_batch(
    connection: duckdb.DuckDBPyConnection,
    staging: Path,
    *,
    organisation_id: str,
    source_id: str,
    run_id: str,
    recorded_at: datetime,
    complete: bool,
    kinds_expected: Sequence[str] = (),
) -> Stored:
    """Merge a staging file into evidence and quarantine. The caller holds the transaction and has attached `staging`
    as database `batch` (see `attached`). `complete`: records that did not come back are retired; a record that came
    back but was rejected keeps its previous version. `kinds_expected`: kinds the source can yield, for when a complete
    collection returns none of one any more."""
    total = Stored()
    tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'batch'").fetchall()
    present = {name for (name,) in tables}
    bound = {"organisation": organisation_id, "source": source_id}
    of_scans = has_scans(connection, present, bound)
    for kind in kinds():
        remains = kinds()[kind].stays or (kind == FINDING and of_scans)
        if kind == SCAN and of_scans:  # before the scans are stored: those that are known tell what is news
            tonight = bound | {"at": recorded_at, "run": run_id}
            total.settled = settle(connection, present, tonight)
            total.unscanned = left_out(connection, present, bound) if complete else 0
        if kind in present:
            total.add(
                _store_kind(
                    connection, kind, organisation_id, source_id, run_id, recorded_at, complete, remains, present
                )
            )
        elif complete and kind in kinds_expected and not remains:
            total.add(Stored(retired=_retire_all(connection, kind, organisation_id, source_id, recorded_at)))
    return total


def _store_kind(
    connection: duckdb.DuckDBPyConnection,
    kind: str,
    organisation_id: str,
    source_id: str,
    run_id: str,
    recorded_at: datetime,
    complete: bool,
    remains: bool,
    tables: set[str],
) -> Stored:
    """`remains`: a record that did not come back stays as it is. `tables`: those of the batch."""
    table, where = f"evidence.{kind}", "organisation_id = $organisation AND source_id = $source AND retired_at IS NULL"
    bound = {"organisation": organisation_id, "source": source_id}
    begins = _begin_columns(kinds()[kind])
    narrow = ", ".join(["record_no", "record_key", "content_hash", "at_latest", *begins])
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE accepted AS SELECT {narrow} FROM batch.{kind} "
        f"ANTI JOIN (SELECT record_no FROM batch.rejected WHERE kind = {literal(kind)}) USING (record_no)"
    )
    if remains and kind == FINDING:
        name_again(connection, tables, bound)
    _keep_begin(connection, kinds()[kind], where, bound)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE ending AS SELECT e.record_key FROM {table} AS e "
        f"LEFT JOIN accepted AS a USING (record_key) "
        f"WHERE {where} AND (a.content_hash <> e.content_hash OR ($complete AND a.record_key IS NULL "
        f"AND e.record_key NOT IN (SELECT record_key FROM batch.{kind} SEMI JOIN (SELECT record_no FROM batch.rejected "
        f"WHERE kind = {literal(kind)}) USING (record_no) WHERE record_key IS NOT NULL)))",
        bound | {"complete": complete and not remains},
    )
    gone = _count(connection, "SELECT count(*) FROM ending ANTI JOIN accepted USING (record_key)")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE beginning AS SELECT a.record_no FROM accepted AS a "
        f"LEFT JOIN (SELECT record_key, content_hash FROM {table} WHERE {where}) AS e USING (record_key) "
        f"WHERE e.content_hash IS NULL OR e.content_hash <> a.content_hash",
        bound,
    )
    connection.execute(
        f"UPDATE {table} SET retired_at = $at WHERE {where} AND record_key IN (SELECT record_key FROM ending)",
        bound | {"at": recorded_at},
    )
    number = _count(connection, "SELECT count(*) FROM beginning")
    columns = [column.name for column in kinds()[kind].every_column]
    taken = ", ".join(f"a.{name}" if name in begins else f"b.{name}" for name in columns)
    key_columns = ", ".join(["record_no", "record_key", *begins])
    for group in _groups(connection, kinds()[kind], number):
        connection.execute(
            f"""
            INSERT INTO {table} (
                organisation_id, source_id, record_key, evidence_id,
                recorded_at, content_hash, run_id, locator,
                {", ".join(columns)}
            )
            SELECT $organisation, $source, a.record_key,
                md5_number_lower(concat_ws(
                    chr(31), $kind, $organisation, $source,
                    a.record_key, CAST($at AS VARCHAR)
                )),
                $at, b.content_hash, $run, b.locator,
                {taken}
            FROM (FROM batch.{kind} WHERE {group}) AS b
            JOIN (
                SELECT {key_columns}
                FROM accepted
                SEMI JOIN beginning USING (record_no)
            ) AS a USING (record_no)
            """,
            bound | {"at": recorded_at, "kind": kind, "run": run_id},
        )
    records = _count(connection, f"SELECT count(*) FROM batch.{kind}")
    accepted = _count(connection, "SELECT count(*) FROM accepted")
    rejected = _count(
        connection,
        f"SELECT count(DISTINCT record_no) FROM batch.rejected WHERE kind = {literal(kind)}",
    )
    _quarantine(connection, kind, organisation_id, source_id, run_id, recorded_at)
    _note_unknown_values(connection, kind, organisation_id, source_id, run_id)
    return Stored(records, number, gone, accepted - number, rejected)


def _groups(connection: duckdb.DuckDBPyConnection, kind: Kind, number: int) -> list[str]:
    """The conditions that take in a batch in turns, so that records about the same thing lie together and a test can pass
    over the blocks of what it does not ask. Sorting would do so too, with whole records in memory. Within one block there
    is nothing to pass over."""
    column = kind.discriminator
    if column is None or number <= BLOCK:
        return ["true"]
    rows = connection.execute(
        f"SELECT {column} FROM batch.{kind.kind} WHERE {column} IS NOT NULL GROUP BY ALL "
        f"ORDER BY count(*) DESC, {column} LIMIT {MOST_GROUPS}"
    ).fetchall()
    values = ", ".join(literal(row[0]) for row in rows) or "NULL"
    return [*(f"{column} = {literal(row[0])}" for row in rows), f"coalesce({column} NOT IN ({values}), true)"]


def _keep_begin(connection: duckdb.DuckDBPyConnection, kind: Kind, where: str, bound: dict[str, str]) -> None:
    """Give an accepted record that says only when it was looked at the begin of its present version, if that is not
    settled: what is found again is not younger than when it was found first."""
    if kind.begins is None:
        return
    unsettled = f"{kind.settles} IS NULL" if kind.settles else "true"
    earliest = ", ".join(f"{name} = least(e.{name}, a.{name})" for name in _begin_columns(kind))
    connection.execute(
        f"UPDATE accepted AS a SET {earliest} FROM (FROM evidence.{kind.kind} WHERE {where} AND {unsettled}) AS e "
        "WHERE a.at_latest AND a.record_key = e.record_key",
        bound,
    )


def _begin_columns(kind: Kind) -> list[str]:
    """The columns that say since when a record of the kind is so."""
    if kind.begins is None:
        return []
    return [kind.begins, *(["observed_at"] if kind.begins in kind.observed_from else [])]


def _quarantine(
    connection: duckdb.DuckDBPyConnection,
    kind: str,
    organisation_id: str,
    source_id: str,
    run_id: str,
    recorded_at: datetime,
) -> None:
    values = ", ".join(f"{column.name} := {shown(column, 'b.')}" for column in kinds()[kind].every_column)
    connection.execute(
        "INSERT INTO ops.quarantine BY NAME SELECT $run AS run_id, $organisation AS organisation_id, $source AS source_id, "
        "$kind AS kind, b.record_key, r.expectation, r.column_name, r.column_name_en, r.value, r.expected, r.expected_en, "
        "b.locator, "
        f"to_json(struct_pack({values})) AS record, $at AS quarantined_at "
        f"FROM batch.rejected AS r JOIN batch.{kind} AS b USING (record_no) WHERE r.kind = $kind",
        {"run": run_id, "organisation": organisation_id, "source": source_id, "kind": kind, "at": recorded_at},
    )


def _note_unknown_values(
    connection: duckdb.DuckDBPyConnection, kind: str, organisation_id: str, source_id: str, run_id: str
) -> None:
    """Keep which values of the records that came in are unknown, and why."""
    connection.execute(
        "INSERT INTO ops.unknown_value BY NAME SELECT $run AS run_id, $organisation AS organisation_id, $source AS source_id, "
        "$kind AS kind, b.record_key, u.expectation, u.column_name, u.column_name_en, u.value, u.expected, u.expected_en, "
        "b.locator "
        f"FROM batch.unknown_value AS u JOIN batch.{kind} AS b USING (record_no) WHERE u.kind = $kind",
        {"run": run_id, "organisation": organisation_id, "source": source_id, "kind": kind},
    )


def quarantine_batch(
    connection: duckdb.DuckDBPyConnection, *, organisation_id: str, source_id: str, run_id: str, recorded_at: datetime
) -> int:
    """Keep the rejected rows of a batch that was held back whole, each with its reasons; returns the number of rows."""
    for (kind,) in connection.execute("SELECT DISTINCT kind FROM batch.rejected").fetchall():
        _quarantine(connection, kind, organisation_id, source_id, run_id, recorded_at)
    return _count(connection, "SELECT count(DISTINCT (kind, record_no)) FROM batch.rejected")


def _retire_all(
    connection: duckdb.DuckDBPyConnection, kind: str, organisation_id: str, source_id: str, recorded_at: datetime
) -> int:
    where = "organisation_id = ? AND source_id = ? AND retired_at IS NULL"
    gone = _count(connection, f"SELECT count(*) FROM evidence.{kind} WHERE {where}", [organisation_id, source_id])
    connection.execute(
        f"UPDATE evidence.{kind} SET retired_at = ? WHERE {where}", [recorded_at, organisation_id, source_id]
    )
    return gone


def _count(connection: duckdb.DuckDBPyConnection, sql: str, bound: list[object] | None = None) -> int:
    row = connection.execute(sql, bound or []).fetchone()
    return int(row[0]) if row else 0
