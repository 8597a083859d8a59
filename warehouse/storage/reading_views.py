"""Lays the views that reports, commands and flows read: `warehouse/reading/sql/*.sql`, with English names, grain and keys.

They say how what is stored is read, and hold nothing themselves; so they are laid anew whenever the warehouse is opened for
writing, and travel with every copy of it. The officers' Dutch views are laid by `warehouse/reading/publish.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib import resources

import duckdb

from models.errors import CatalogueError
from models.message import message
from models.sql_text import literal


@cache
def reading_files() -> tuple[tuple[str, str], ...]:
    """(name, SQL) of every file, in order: a view may use those before it."""
    folder = resources.files("warehouse").joinpath("reading", "sql")
    files = [(entry.name, entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".sql")]
    return tuple(sorted(files))


# The day for which the last run assessed.
_LAST_DAY = "(SELECT as_of FROM ops.run WHERE state IN ('ok', 'degraded') ORDER BY run_no DESC LIMIT 1)"


_EVER = "TIMESTAMP '9999-12-31'"


@cache
def reading_digest() -> str:
    """What tells one version of the views from another."""
    return hashlib.sha256("\0".join(sql for _, sql in reading_files()).encode()).hexdigest()


def lay_reading_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the views in the database that the connection works in. Raises CatalogueError for kinds without a table."""
    from models.kind import kinds  # only who writes needs the kinds, and they take time to read
    from models.population import count_rows, member_rows, populations
    from models.selection import role_holder_rows
    from models.unread import NUMBER, unread_rows

    tables = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'evidence' AND database_name = current_database()"
    ).fetchall()
    missing = sorted(kinds().keys() - {name for (name,) in tables})
    if missing:
        raise CatalogueError(
            message("database.no_table", tables=", ".join(f"evidence.{kind}" for kind in missing)),
            place=", ".join(f"models/kinds/{kind}.yaml" for kind in missing),
            advice=message("database.add_migration"),
        )
    labels = ", ".join(f"({literal(kind.kind)}, {literal(kind.nl)}, {literal(kind.en)})" for kind in kinds().values())
    names = ", ".join(f"({literal(one.id)}, {literal(one.nl)}, {literal(one.en)})" for one in populations())
    present = "(FROM evidence.{kind} WHERE retired_at IS NULL)"
    kept_out = {name: f"({unread_rows(kind, _EVER, _LAST_DAY)})" for name, kind in kinds().items()}
    statements = [
        "CREATE SCHEMA IF NOT EXISTS reading",
        f"CREATE OR REPLACE VIEW reading.version AS SELECT {literal(reading_digest())} AS digest",
        f"CREATE OR REPLACE VIEW reading.kind AS SELECT * FROM (VALUES {labels}) AS k(kind, label_nl, label_en)",
        f"CREATE OR REPLACE VIEW reading.population AS SELECT * FROM (VALUES {names}) AS p(population, name_nl, name_en)",
        f"CREATE OR REPLACE VIEW reading.role_holder AS {role_holder_rows('r.retired_at IS NULL', _LAST_DAY)}",
        f"CREATE OR REPLACE VIEW reading.population_row AS {member_rows(kept_out, present, _LAST_DAY, 'reading.role_holder')}",
        f"CREATE OR REPLACE VIEW reading.population_count AS {count_rows('evidence.measurement')}",
        f"CREATE OR REPLACE VIEW reading.named_record AS {_named_records(kinds(), NUMBER)}",
        *(sql for _, sql in reading_files()),
    ]
    for statement in statements:
        connection.execute(statement)


# A row that was kept out, as it is named where it counts against: once, however often it was.
_KEPT_OUT = """
UNION ALL
SELECT
    organisation_id,
    kind,
    {number} AS evidence_id,
    source_id,
    record_key,
    coalesce(
        nullif(any_value(record ->> '$.title'), ''),
        record_key,
        concat(locator.file, ' ', locator."row")
    ) AS name,
    NULL AS url,
    NULL AS owner,
    NULL AS observed_at,
    min(quarantined_at) AS recorded_at,
    max_by(locator, quarantined_at) AS locator
FROM ops.quarantine AS q
GROUP BY
    organisation_id,
    source_id,
    kind,
    record_key,
    locator.file,
    locator.sheet,
    locator."row",
    locator.address"""


def _named_records(kinds: Iterable[str], number: str) -> str:
    """Every version of every record, of whatever kind, as it is named where a result rests on it; and every row that was kept
    out, by the `number` that it has there.

    grain: one row per version of a record; key: evidence_id. Moments by the clock in Amsterdam.
    """
    records = " UNION ALL ".join(
        f"SELECT organisation_id, {literal(kind)} AS kind, evidence_id, source_id, record_key, "
        "coalesce(nullif(title, ''), record_key) AS name, url, owner, amsterdam_time(observed_at) AS observed_at, recorded_at, "
        f"locator FROM evidence.{kind}"
        for kind in kinds
    )
    return records + _KEPT_OUT.format(number=number)
