"""Throws away what has had its term, and keeps the proof that it did: which original by its SHA-256, how many versions of which
kind by the digest of their marks. Nothing of a frozen year, of a year that is held, or that is so now is thrown away.

A deleted row still stands in the bytes of a database file, so `rewrite` makes the file anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from models.duration import Duration
from models.instant import first_moment
from models.message import Message, message
from models.sql_text import literal
from warehouse.storage.database import SETTINGS, utc_now
from warehouse.storage.landing import Landing
from warehouse.storage.leaves import make_canonical, named_table, row_content
from warehouse.storage.own_files import private_file, remove, scratch_path

LAST_MONTH, LAST_DAY = 9, 30  # the account of a year is over by then
_DUE_OBJECTS = """
    SELECT artifact, min(organisation_id), year(day_of(max(landed_at))) AS last_year
    FROM ops.landing
    WHERE artifact NOT IN (SELECT artifact FROM account.purged_object)
        AND artifact NOT IN (SELECT artifact FROM account.evidence WHERE artifact IS NOT NULL)
    GROUP BY artifact
    ORDER BY artifact
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """How long things are kept; see `models.configuration.Retention`."""

    landing_years: int
    kinds: Mapping[str, Duration]
    held: Collection[int]


@dataclass(frozen=True, slots=True)
class DueObject:
    """An original that has had its term, which ended with the day `until`."""

    organisation_id: str
    artifact: str
    bytes: int
    until: date


@dataclass(frozen=True, slots=True)
class DueRows:
    """How many old versions of a kind have had their term: those that were retired before `before` (UTC)."""

    organisation_id: str
    kind: str
    rows: int
    before: datetime
    term: str

    def sentence(self) -> Message:
        """What it is, for people."""
        return message(
            "purge.rows", organisation=self.organisation_id, number=self.rows, kind=self.kind, term=self.term
        )


def due_objects(connection: duckdb.DuckDBPyConnection, landing: Landing, terms: Terms, day: date) -> list[DueObject]:
    """The originals of which the term ended before a day."""
    due = []
    for artifact, organisation, last_year in connection.execute(_DUE_OBJECTS).fetchall():
        until = date(last_year + terms.landing_years, LAST_MONTH, LAST_DAY)
        path = landing.path_of(artifact)
        if day > until and last_year not in terms.held and path.exists():
            due.append(DueObject(organisation, artifact, path.stat().st_size, until))
    return due


def due_rows(connection: duckdb.DuckDBPyConnection, terms: Terms, day: date) -> list[DueRows]:
    """The old versions of records of which the term of their kind ended before a day."""
    due = []
    for kind, term in sorted(terms.kinds.items()):
        before = first_moment(term.before(day))
        rows = connection.execute(
            f"SELECT organisation_id, count(*) FROM evidence.{kind} WHERE {_is_due(terms)} GROUP BY ALL ORDER BY ALL",
            {"before": before, "kind": kind},
        ).fetchall()
        due += [DueRows(organisation, kind, number, before, str(term)) for organisation, number in rows]
    return due


def _is_due(terms: Terms) -> str:
    held = ", ".join(str(year) for year in sorted(terms.held)) or "NULL"
    return (
        "retired_at < $before AND evidence_id NOT IN (SELECT evidence_id FROM account.evidence WHERE kind = $kind) "
        f"AND (year(day_of(retired_at)) IN ({held})) IS NOT TRUE"
    )


def purge_object(connection: duckdb.DuckDBPyConnection, landing: Landing, due: DueObject) -> None:
    """Throw an original away, and keep that it was. The caller holds the transaction."""
    connection.execute(
        "INSERT INTO account.purged_object (organisation_id, artifact, bytes, purged_at, rule) VALUES (?, ?, ?, ?, ?)",
        [due.organisation_id, due.artifact, due.bytes, utc_now(), f"..{due.until.isoformat()}"],
    )
    landing.path_of(due.artifact).unlink()


def purge_rows(connection: duckdb.DuckDBPyConnection, terms: Terms, due: DueRows) -> None:
    """Throw old versions away, with what was refused of that kind and what they named, and keep how many and the digest of their
    marks. The caller holds the transaction."""
    make_canonical(connection)
    [(database,)] = connection.execute("SELECT current_database()").fetchall()
    content = row_content(named_table(connection, database, f"evidence.{due.kind}"))
    bound = {"before": due.before, "kind": due.kind, "organisation": due.organisation_id}
    where = f"organisation_id = $organisation AND {_is_due(terms)}"
    connection.execute(
        "INSERT INTO account.purged_rows SELECT $organisation, $kind, count(*), min(recorded_at), max(retired_at), "
        f"sha256(string_agg(sha256(canonical_row({content})) || chr(10), '' ORDER BY sha256(canonical_row({content})))), "
        f"$now, $rule FROM evidence.{due.kind} WHERE {where}",
        {**bound, "now": utc_now(), "rule": due.term},
    )
    connection.execute(f"DELETE FROM evidence.{due.kind} WHERE {where}", bound)
    connection.execute(
        "DELETE FROM ops.quarantine WHERE organisation_id = $organisation AND kind = $kind AND quarantined_at < $before",
        bound,
    )


def rewrite(database: Path) -> None:
    """Make a database file anew, without the bytes of what was deleted. Nobody may have it open."""
    temporary = scratch_path(database.parent)
    with duckdb.connect(":memory:", config=SETTINGS) as connection:
        connection.execute(f"ATTACH {literal(str(database))} AS before (READ_ONLY)")
        connection.execute(f"ATTACH {literal(str(temporary))} AS rewritten")
        connection.execute("COPY FROM DATABASE before TO rewritten")
        connection.execute("CHECKPOINT rewritten")
        connection.execute("DETACH rewritten")
    private_file(temporary)
    temporary.replace(database)
    remove([temporary.with_name(temporary.name + ".wal")])
