"""Published files of many municipalities, made from that of one, and what of it must not be in the view of all."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import duckdb

from models.catalogue import Catalogue
from models.kind import kinds
from warehouse.reading.national import Participant, Terms
from warehouse.storage.versioning import ASSESSED_TABLES

_SHORTEST = 6  # characters of a word that can be looked for in bytes


def copies(template: Path, folder: Path, number: int, *, without_evidence: bool = False) -> list[Participant]:
    """Published files of `number` municipalities: the statuses of the template, each with an own name, every third a bit
    better and every fifth a bit worse. Without evidence a file is small; its statuses are the same."""
    folder.mkdir()
    lean = folder / "lean.duckdb"
    shutil.copy(template, lean)
    if without_evidence:
        _shrink(template, lean)
    participants = []
    for place in range(number):
        name = f"gemeente-{place:03}"
        file = folder / f"{name}.duckdb"
        shutil.copy(lean, file)
        with duckdb.connect(str(file)) as connection:
            for table in (*(f"assess.{table}" for table in ASSESSED_TABLES), "ops.organisation"):
                connection.execute(f"UPDATE {table} SET organisation_id = ?", [name])
            if place % 3 == 0:
                connection.execute("UPDATE assess.control_status SET status = 'voldoet' WHERE norm_id = '5.1'")
            if place % 5 == 0:
                connection.execute("UPDATE assess.control_status SET status = 'voldoet_niet' WHERE norm_id = '8.13'")
        participants.append(Participant(name, file, None))
    return participants


def _shrink(template: Path, lean: Path) -> None:
    """The file without its evidence, and without the room that this took."""
    lean.unlink()
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{template}' AS whole (READ_ONLY)")
        connection.execute(f"ATTACH '{lean}' AS lean")
        connection.execute("COPY FROM DATABASE whole TO lean (SCHEMA)")
        tables = [*(f"assess.{table}" for table in ASSESSED_TABLES), "ops.organisation", "ops.run", "ops.migration"]
        for table in tables:
            connection.execute(f"INSERT INTO lean.{table} FROM whole.{table}")


def terms(catalogue: Catalogue, as_of: date, **groups: tuple[str, ...]) -> Terms:
    return Terms(
        title="national",
        as_of=as_of,
        catalogue=catalogue,
        aspects=("design", "existence", "operation"),
        groups=groups,
        minimum_group=3,
        stale_after=timedelta(days=3),
    )


def words_that_stay(template: Path) -> set[str]:
    """What the evidence of a published file says in words: titles, keys, owners, pseudonyms, reasons, names of files."""
    words: set[str] = set()
    with duckdb.connect(str(template), read_only=True) as connection:
        texts = [
            f"SELECT unnest([{columns}]) FROM evidence.{kind}" for kind, columns in _text_columns(connection).items()
        ]
        texts += [
            "SELECT name FROM ops.landing",
            "SELECT address FROM ops.landing",
            "SELECT source_id FROM ops.source_run",
            "SELECT title FROM ops.source_run",
            "SELECT exception_reason FROM assess.measure_status",
            "SELECT applicability_note FROM assess.measure_status",
            "SELECT override_reason FROM catalogue.test",
            "SELECT record_key FROM ops.quarantine",
        ]
        for sql in texts:
            words |= {str(text) for (text,) in connection.execute(sql).fetchall() if text}
    return {word for word in words if len(word) >= _SHORTEST}


def _text_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The columns with text of every kind of evidence."""
    columns = {}
    for kind in kinds():
        names = connection.execute(
            "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'evidence' AND table_name = ? AND data_type = 'VARCHAR'",
            [kind],
        ).fetchall()
        columns[kind] = ", ".join([*(f'"{name}"' for (name,) in names if name != "organisation_id"), "locator.file"])
    return columns


def words_in(file: Path) -> set[str]:
    """Every text in every table of a file."""
    words: set[str] = set()
    with duckdb.connect(str(file), read_only=True) as connection:
        for table, column in connection.execute(
            "SELECT schema_name || '.' || table_name, column_name FROM duckdb_columns() WHERE data_type = 'VARCHAR' "
            "AND (schema_name, table_name) IN (SELECT (schema_name, table_name) FROM duckdb_tables())"
        ).fetchall():
            rows = connection.execute(
                f'SELECT DISTINCT "{column}" FROM {table} WHERE "{column}" IS NOT NULL'
            ).fetchall()
            words |= {str(text) for (text,) in rows}
    return words
