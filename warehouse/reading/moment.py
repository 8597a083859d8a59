"""The warehouse as it stood after a run: statuses, evidence and rules of that moment, over views in memory. What is done
with it (freezing a cycle, making the reports of a year that is over) is left to others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from models.errors import NotFound
from models.kind import kinds
from models.message import message
from models.sql_text import literal
from warehouse.reading.publish import view_statements
from warehouse.reading.read import Published, Row
from warehouse.reading.verdicts import verdict_statements
from warehouse.storage.catalogue_store import store_catalogue, stored_catalogue
from warehouse.storage.database import SETTINGS, State, migrate, telling_damage
from warehouse.storage.versioning import ASSESSED_TABLES

_PAST = "moment_of_a_run"
_WHOLE = ("ops.organisation", "account.cycle", "account.freeze", "catalogue.official_text")
# tables of `ops` with a run_id
_OF_RUNS = (
    "source_run", "source_kind", "source_coverage", "source_remark", "landing", "validation", "quarantine", "unknown_word",
    "unknown_value",
)  # fmt: skip


@contextmanager
def after_run(
    connection: duckdb.DuckDBPyConnection, run_no: int, decided_until: datetime | None = None
) -> Iterator[Published]:
    """The warehouse as it stood after a run. Decisions of reviewers are those of now, or those up to `decided_until`
    (UTC). What was committed counts; writing goes into the warehouse by full name. NotFound without that run."""
    home = database_name(connection)
    cursor = connection.cursor()
    cursor.execute(f"ATTACH ':memory:' AS {_PAST}")
    try:
        cursor.execute(f"USE {_PAST}")
        migrate(cursor)
        row = cursor.execute(
            f"SELECT known_at, catalogue_digest, content FROM {home}.ops.run JOIN {home}.catalogue.version "
            "ON digest = catalogue_digest WHERE run_no = ?",
            [run_no],
        ).fetchone()
        if row is None:
            raise NotFound(message("account.run_unknown", run=run_no), place="ops.run")
        _make_views(cursor, home, run_no, row[0], decided_until)
        cursor.execute("INSERT INTO catalogue.version VALUES (?, ?, NULL)", [row[1], row[2]])
        catalogue = stored_catalogue(cursor, row[1])
        assert catalogue is not None
        store_catalogue(cursor, catalogue)
        yield Published(State(Path()), cursor)
    finally:
        cursor.execute(f"USE {home}")
        cursor.execute(f"DETACH {_PAST}")
        cursor.close()


@contextmanager
def about_year(connection: duckdb.DuckDBPyConnection, year: int) -> Iterator[Published]:
    """The warehouse for whoever works on a year: as it is when the newest run is about that year, else as it stood after the
    newest run that was. NotFound when no run was."""
    now = Published(State(Path()), connection)
    runs = now.rows("SELECT run_no, as_of FROM ops.run WHERE state IN ('ok', 'degraded') ORDER BY run_no DESC")
    run_of_year = next((run for run in runs if run["as_of"].year == year), None)
    if run_of_year is None:
        raise NotFound(
            message("account.no_run_about", year=year), advice=message("account.run_about", day=f"{year}-12-31")
        )
    if run_of_year is runs[0]:
        yield now
        return
    with after_run(connection, run_of_year["run_no"]) as past:
        yield past


@contextmanager
def frozen_moment(state: State, frozen: Row) -> Iterator[Published]:
    """The published file as it was when `frozen`, a row of `account.freeze`, was kept, with the officers' views.

    The published file is read through a connection of its own: one that is read-only cannot hold anything in memory.
    """
    damage = telling_damage(state.published, "database.damaged_published_advice")
    settings = SETTINGS | {"temp_directory": str(state.spill)}
    with damage, duckdb.connect(config=settings) as connection:
        connection.execute(f"ATTACH {literal(str(state.published))} AS published (READ_ONLY)")
        connection.execute("SET enable_external_access = false")
        connection.execute("USE published")
        with after_run(connection, frozen["run_no"], frozen["frozen_at"]) as past:
            for statement in (*view_statements(), *verdict_statements(past.connection)):
                past.connection.execute(statement)
            yield Published(state, past.connection, frozen)


def database_name(connection: duckdb.DuckDBPyConnection) -> str:
    """The name of the database that the connection works in, quoted."""
    row = connection.execute("SELECT current_database()").fetchone()
    assert row is not None
    return f'"{row[0]}"'


def _make_views(
    cursor: duckdb.DuckDBPyConnection, home: str, run_no: int, known_at: datetime, decided_until: datetime | None
) -> None:
    known_literal = f"TIMESTAMP '{known_at.isoformat(sep=' ')}'"
    views = {
        f"assess.{table}": "SELECT * REPLACE (CAST(NULL AS BIGINT) AS until_run_no) FROM {home}.assess.{name} "
        f"WHERE from_run_no <= {run_no} AND (until_run_no IS NULL OR until_run_no > {run_no})"
        for table in ASSESSED_TABLES
    }
    for kind in kinds():
        views[f"evidence.{kind}"] = (
            f"SELECT * REPLACE (CASE WHEN retired_at <= {known_literal} THEN retired_at END AS retired_at) "
            f"FROM {{home}}.evidence.{{name}} WHERE recorded_at <= {known_literal}"
        )
    views |= {name: "SELECT * FROM {home}." + name for name in _WHOLE}
    decided = ""
    if decided_until:
        decided = f" WHERE reviewed_at <= TIMESTAMP '{decided_until.isoformat(sep=' ')}'"
    views["assess.overrule"] = "SELECT * FROM {home}.assess.overrule" + decided
    views["ops.run"] = f"SELECT * FROM {{home}}.ops.run WHERE run_no <= {run_no}"
    for name in _OF_RUNS:
        views[f"ops.{name}"] = (
            f"SELECT * FROM {{home}}.ops.{name} WHERE run_id IN (SELECT run_id FROM {{home}}.ops.run "
            f"WHERE run_no <= {run_no})"
        )
    for name, sql in views.items():
        cursor.execute(f"DROP TABLE {name}")
        cursor.execute(f"CREATE VIEW {name} AS {sql.format(home=home, name=name.partition('.')[2])}")
