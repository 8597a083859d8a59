"""A scratch copy to compute in: the published evidence, read-only, under a catalogue of choice, in memory.

What is asked of another day, another moment of knowing, or of plans is answered here; nothing stored is touched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from models.aspect import Aspect
from models.catalogue import Catalogue
from models.errors import NotFound
from models.kind import kinds
from models.message import message
from models.sql_text import literal
from warehouse.engine.assessment import Assessment, compute
from warehouse.storage.catalogue_store import store_catalogue, stored_catalogue
from warehouse.storage.database import State, memory_warehouse, open_published, telling_damage


@dataclass(frozen=True, slots=True)
class Basis:
    """Under what a day is assessed: the catalogue and counted aspects of a run, and the moment of knowing."""

    catalogue: Catalogue
    aspects: tuple[Aspect, ...]
    known_at: datetime
    run_no: int
    run_as_of: date


@contextmanager
def scratch(state: State) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory over the published file. Evidence tables are views: what is published, less what a plan
    replaces (`planned.replaced`), plus what it adds (`planned.<kind>`). Raises NotFound and EnsiaError as `open_published`."""
    open_published(state).close()  # raises what is wrong with it, in words
    with telling_damage(state.published, "database.damaged_published_advice"), memory_warehouse() as connection:
        connection.execute(f"SET temp_directory = {literal(str(state.spill))}")
        connection.execute(f"ATTACH {literal(str(state.published))} AS published (READ_ONLY)")
        connection.execute("CREATE SCHEMA planned")
        connection.execute("CREATE TABLE planned.replaced (evidence_id UBIGINT)")
        for kind in kinds():
            connection.execute(f"CREATE TABLE planned.{kind} AS FROM evidence.{kind} LIMIT 0")
            connection.execute(f"DROP TABLE evidence.{kind}")
            connection.execute(
                f"CREATE VIEW evidence.{kind} AS SELECT * FROM published.evidence.{kind} "
                f"ANTI JOIN planned.replaced USING (evidence_id) UNION ALL SELECT * FROM planned.{kind}"
            )
        for table in ("organisation", "source_run", "source_coverage", "run"):
            connection.execute(f"DROP TABLE ops.{table}")
            connection.execute(f"CREATE VIEW ops.{table} AS FROM published.ops.{table}")
        yield connection


def basis_at(connection: duckdb.DuckDBPyConnection, known_at: datetime | None = None) -> Basis:
    """What was in force at a moment (UTC): the newest finished run known then. Raises NotFound."""
    row = connection.execute(
        "SELECT run_no, as_of, known_at, catalogue_digest, cycle_aspects FROM ops.run "
        "WHERE state IN ('ok', 'degraded') AND ($at IS NULL OR known_at <= $at) ORDER BY run_no DESC LIMIT 1",
        {"at": known_at},
    ).fetchone()
    if row is None:
        first = connection.execute("SELECT min(known_at) FROM ops.run WHERE state IN ('ok', 'degraded')").fetchone()
        raise NotFound(
            message("assess.no_run_then"), advice=message("assess.first_run", moment=first[0] if first else "?")
        )
    content = connection.execute(
        "SELECT content FROM published.catalogue.version WHERE digest = ?", [row[3]]
    ).fetchone()
    assert content is not None
    connection.execute("INSERT INTO catalogue.version VALUES (?, ?, NULL)", [row[3], content[0]])
    catalogue = stored_catalogue(connection, row[3])
    assert catalogue is not None
    store_catalogue(connection, catalogue)
    return Basis(catalogue, tuple(json.loads(row[4])), known_at or row[2], row[0], row[1])


def assess_at(
    connection: duckdb.DuckDBPyConnection,
    basis: Basis,
    as_of: date,
    *,
    evidence_as_of: date | None = None,
    organisations: list[str] | None = None,
) -> Assessment:
    """Compute every status about a day into the `new_…` tables of the scratch connection."""
    return compute(
        connection,
        basis.catalogue,
        as_of=as_of,
        known_at=basis.known_at,
        aspects=basis.aspects,
        organisations=organisations,
        evidence_as_of=evidence_as_of,
    )


def assessed_statuses(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    """The statuses of the last `assess_at`, by organisation and what they are of: the number of a control or norm, or
    `principe` with its number."""
    rows = connection.execute(
        "SELECT organisation_id, norm_id, status FROM new_control_status UNION ALL "
        "SELECT m.organisation_id, m.norm_id, m.status FROM new_measure_status AS m "
        "ANTI JOIN new_control_status AS c USING (organisation_id, framework_id, norm_id) UNION ALL "
        "SELECT organisation_id, 'principe ' || principle_id, status FROM new_principle_status ORDER BY ALL"
    ).fetchall()
    return {(organisation, norm): status for organisation, norm, status in rows}
