"""Builds the view of many municipalities: one more published file, with the same tables and the statuses of all, and with no
evidence, no text that a person wrote and no name of a file. Whose statuses do not count (missing, stale, judged by other rules)
is in it as such.

Files are read one after another: what they take together does not grow with how many there are. Which municipalities there
are, and in which groups, is told by the caller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import metadata, resources
from pathlib import Path

import duckdb

from models.catalogue import Catalogue
from models.sql_text import literal
from warehouse.reading.publish import name_finished, view_statements
from warehouse.storage.catalogue_store import store_catalogue
from warehouse.storage.database import SETTINGS, insert_rows, migrate, utc_now
from warehouse.storage.own_files import scratch_path
from warehouse.storage.published_bytes import READ_ONLY
from warehouse.storage.versioning import ASSESSED_TABLES

ALL = "allen"
_RUN_NO = 1
# What stands in an assessed table in the words of a person, or leads to a record: it stays with the municipality.
_LEFT_OUT = {
    "exception_reason": "NULL",
    "exception_id": "NULL",
    "applicability_id": "NULL",
    "applicability_note": "NULL",
    "cap_id": "NULL",
    "evidence_ids": "[]",
    "from_run_no": str(_RUN_NO),
}


@dataclass(frozen=True, slots=True)
class Participant:
    """A municipality that should be in the view. `published`: its file as it was committed, None when there is none to be
    trusted; `as_of`: the day of its last night."""

    organisation_id: str
    published: Path | None
    as_of: date | None


@dataclass(frozen=True, slots=True)
class NationalView:
    """What was built. `counts`: how many stand how; `not_counted`: how each stands that does not count."""

    file: Path
    counts: dict[str, int] = field(default_factory=dict)
    not_counted: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Terms:
    """By what the view is built. `groups`: the members of each by its name; `stale_after`: how long a night counts."""

    title: str
    as_of: date
    catalogue: Catalogue
    aspects: Sequence[str]
    groups: Mapping[str, Sequence[str]]
    minimum_group: int
    stale_after: timedelta


def build_national(target: Path, participants: Sequence[Participant], terms: Terms) -> NationalView:
    """Build the view of these municipalities and put it at `target`, whole or not at all."""
    temporary = scratch_path(target.parent)
    with duckdb.connect(str(temporary), config=SETTINGS | {"threads": 1}) as connection:
        _lay_tables(connection, terms)
        standing = {one.organisation_id: _take_in(connection, one, terms) for one in participants}
        _lay_groups(connection, participants, terms)
        for statement in (*view_statements(), *_national_files()[1:]):
            connection.execute(statement)
        connection.execute("COMMIT")
        connection.execute("CHECKPOINT")
    temporary.chmod(READ_ONLY)
    name_finished(temporary, target)
    counts = Counter(standing.values())
    not_counted = {name: word for name, word in standing.items() if word != "current"}
    return NationalView(target, dict(counts), not_counted)


def _national_files() -> list[str]:
    """The SQL of the tables and views that only this file has, in order."""
    folder = resources.files("warehouse").joinpath("reading", "national_sql")
    entries = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda each: each.name)
    return [entry.read_text("utf-8") for entry in entries]


def _lay_tables(connection: duckdb.DuckDBPyConnection, terms: Terms) -> None:
    """The tables of any published file, with the rules, one run that stands for all, and whose view it is."""
    migrate(connection)
    connection.execute(_national_files()[0])
    connection.execute("BEGIN")
    store_catalogue(connection, terms.catalogue)
    connection.execute("UPDATE catalogue.test SET override_reason = NULL")
    connection.execute("UPDATE catalogue.indicator SET override_reason = NULL")
    now = utc_now()
    connection.execute(
        "INSERT INTO ops.run (run_id, run_no, as_of, known_at, started_at, finished_at, state, catalogue_digest, "
        "cycle_aspects, program_version, assessed_scope) VALUES ($id, $no, $as_of, $now, $now, $now, 'ok', $digest, "
        "to_json($aspects::VARCHAR[]), $version, 'national')",
        {
            "id": f"{terms.title}-{now:%Y%m%dT%H%M%S}",
            "no": _RUN_NO,
            "as_of": terms.as_of,
            "now": now,
            "digest": terms.catalogue.digest,
            "aspects": list(terms.aspects),
            "version": metadata.version("ensia-compliance"),
        },
    )
    connection.execute("INSERT INTO nation.view_of VALUES (?, ?, ?)", [terms.title, terms.as_of, terms.minimum_group])


def _take_in(connection: duckdb.DuckDBPyConnection, one: Participant, terms: Terms) -> str:
    """Copy the statuses of a municipality; returns how it stands. What cannot be read is missing."""
    if one.published is None:
        return _note(connection, one, None, None, "missing")
    connection.execute("COMMIT")  # nothing can be attached within a transaction that wrote
    try:
        connection.execute(f"ATTACH {literal(str(one.published))} AS part (READ_ONLY)")
    except duckdb.Error:
        connection.execute("BEGIN")
        return _note(connection, one, None, None, "missing")
    try:
        connection.execute("BEGIN")
        return _copy(connection, one, terms)
    except duckdb.Error:
        connection.execute("ROLLBACK")
        connection.execute("BEGIN")
        return _note(connection, one, None, None, "missing")
    finally:
        connection.execute("COMMIT")
        connection.execute("DETACH part")
        connection.execute("BEGIN")


def _copy(connection: duckdb.DuckDBPyConnection, one: Participant, terms: Terms) -> str:
    """Copy from the attached file `part` what of it belongs in the view."""
    row = connection.execute(
        "SELECT o.name, o.organisation_type, r.catalogue_digest, r.as_of FROM part.ops.organisation AS o "
        "CROSS JOIN (FROM part.ops.run WHERE state IN ('ok', 'degraded') ORDER BY run_no DESC LIMIT 1) AS r "
        "WHERE o.organisation_id = ?",
        [one.organisation_id],
    ).fetchone()
    if row is None:  # no night yet, or a file of another
        return _note(connection, one, None, None, "missing")
    name, organisation_type, digest, as_of = row
    insert_rows(
        connection,
        "ops.organisation",
        [{"organisation_id": one.organisation_id, "name": name, "organisation_type": organisation_type}],
    )
    for table in ASSESSED_TABLES:
        _copy_table(connection, table, one.organisation_id)
    return _note(connection, one, name, digest, _standing(as_of, digest, terms))


def _standing(as_of: date, digest: str, terms: Terms) -> str:
    if as_of + terms.stale_after < terms.as_of:
        return "stale"
    return "current" if digest == terms.catalogue.digest else "other_rules"


def _copy_table(connection: duckdb.DuckDBPyConnection, table: str, organisation_id: str) -> None:
    """The present rows of an assessed table, without what stays with the municipality."""
    columns = connection.execute(
        "SELECT column_name FROM duckdb_columns() WHERE database_name = current_database() AND schema_name = 'assess' "
        "AND table_name = ?",
        [table],
    ).fetchall()
    replaced = [f"{value} AS {name}" for name, value in _LEFT_OUT.items() if (name,) in columns]
    connection.execute(
        f"INSERT INTO assess.{table} BY NAME SELECT * REPLACE ({', '.join(replaced)}) FROM part.assess.{table} "
        "WHERE until_run_no IS NULL AND organisation_id = ?",
        [organisation_id],
    )


def _note(
    connection: duckdb.DuckDBPyConnection, one: Participant, name: str | None, digest: str | None, standing: str
) -> str:
    row = {
        "organisation_id": one.organisation_id,
        "name": name,
        "as_of": one.as_of,
        "standing": standing,
        "catalogue_digest": digest,
    }
    insert_rows(connection, "nation.participant", [row])
    return standing


def _lay_groups(connection: duckdb.DuckDBPyConnection, participants: Sequence[Participant], terms: Terms) -> None:
    """The members of each group, as far as they take part; everybody is one."""
    names = [one.organisation_id for one in participants]
    rows = [{"group_name": ALL, "organisation_id": name} for name in names]
    for group_name, members in terms.groups.items():
        rows += [{"group_name": group_name, "organisation_id": name} for name in names if name in members]
    insert_rows(connection, "nation.member", rows)
