"""Publishes: a checkpointed copy of the warehouse, with the officers' views, put in place by one atomic rename.

Readers keep what they have open; whoever opens next sees the new one. A reader never blocks a run, nor a run a reader.
"""

from __future__ import annotations

import re
from contextlib import suppress
from importlib import resources
from pathlib import Path

import duckdb

from models.kind import Column, Kind, kinds, shown
from models.message import Text, message
from models.sql_text import literal
from models.system_errors import os_reason
from warehouse.reading.parts import publish_parts
from warehouse.reading.verdicts import verdict_statements
from warehouse.storage.continuity import ASIDE
from warehouse.storage.database import State
from warehouse.storage.landing import Landing
from warehouse.storage.membership import STATUSES
from warehouse.storage.own_files import clear, flush, is_scratch, private_file, scratch_path
from warehouse.storage.published_bytes import READ_ONLY, is_changed, keep_changed, note_published
from warehouse.storage.seal import is_sealed, seal_changes

_OLDER_COPY = re.compile(r"ensia\.duckdb\.\d+\.tmp(\.wal)?")

_ENVELOPE_VIEW: tuple[tuple[str, str, str], ...] = (
    ("organisation_id", "organisatie", "Organisatie waar de regel bij hoort"),
    ("source_id", "bron", "Bron die de regel leverde"),
    ("record_key", "sleutel", "Sleutel van de regel in de bron"),
)
_LOCATOR_VIEW: tuple[tuple[str, str, str], ...] = (
    ("locator.file", "bestand", "Bestand waar de regel in staat"),
    ("locator.sheet", "blad", "Werkblad"),
    ('locator."row"', "rij", "Rijnummer zoals Excel het toont"),
    ("locator.address", "adres", "Adres in de bron"),
    ("locator.artifact", "bestandskenmerk_origineel", "SHA-256 van het bewaarde origineel"),
    ("evidence_id", "bewijsnummer", "Nummer van deze versie van het bewijs"),
)


def publish(connection: duckdb.DuckDBPyConnection, state: State) -> Path:
    """Publish the warehouse as it is now; returns the path of the published file. What killed runs left is cleared by
    `clear_publishing`, and what readers laid beside it is theirs."""
    if not is_sealed(connection):
        seal_changes(connection, Landing(state.landing), "write")
    target = state.published
    temporary = scratch_path(target.parent)
    name = connection.execute("SELECT current_database()").fetchone()
    assert name is not None
    connection.execute(f"ATTACH {literal(str(temporary))} AS copy")
    try:
        connection.execute(f'COPY FROM DATABASE "{name[0]}" TO copy')
        connection.execute("USE copy")
        connection.execute("BEGIN")  # written to disk once, not once a statement
        try:
            for statement in (*view_statements(), *verdict_statements(connection)):
                connection.execute(statement)
            connection.execute("COMMIT")
        except duckdb.Error:
            connection.execute("ROLLBACK")
            raise
        finally:
            connection.execute(f'USE "{name[0]}"')
        connection.execute("CHECKPOINT copy")
    finally:
        connection.execute("DETACH copy")
    temporary.chmod(READ_ONLY)
    with suppress(OSError):  # then it is not kept for who changed it; what is published is right either way
        keep_changed(state)
    note_published(state, temporary)
    name_finished(temporary, target)
    _write_statuses(connection, target.with_name(STATUSES))
    publish_parts(connection, state)
    return target


def name_finished(temporary: Path, target: Path) -> None:
    """Give a file that was made its name, and let it survive a stop of the machine."""
    flush(temporary)
    temporary.replace(target)
    flush(target.parent)


def _write_statuses(connection: duckdb.DuckDBPyConnection, target: Path) -> None:
    """The present statuses beside the published file, for who reads those of many organisations."""
    temporary = scratch_path(target.parent)
    connection.execute(f"COPY (FROM reading.status_in_short) TO {literal(str(temporary))} (FORMAT parquet)")
    private_file(temporary)
    name_finished(temporary, target)


def clear_publishing(state: State) -> list[Text]:
    """Throw away the copies that killed runs did not finish; returns what could not be thrown away, in words."""
    return clear(state.published.parent, _is_left_over)


def changed_since_published(state: State) -> list[Text]:
    """That somebody wrote to the published file, as a sentence: what is published next takes its place."""
    try:
        if not is_changed(state):
            return []
    except OSError as error:
        return [message("published.unreadable", reason=os_reason(error))]
    return [message("published.changed", aside=ASIDE)]


def _is_left_over(name: str) -> bool:
    """A copy that this program was making; older versions called it after the process that made it."""
    return is_scratch(name) or _OLDER_COPY.fullmatch(name) is not None


def view_statements() -> list[str]:
    """SQL of every officers' view with its comments: the hand-written ones in `officers/`, and one per evidence kind."""
    written = [
        entry.read_text("utf-8")
        for entry in sorted(
            resources.files("warehouse").joinpath("reading", "officers").iterdir(), key=lambda entry: entry.name
        )
        if entry.name.endswith(".sql")
    ]
    return [
        *written,
        *(statement for kind in kinds().values() for statement in (*_kind_view(kind), *_kind_macro(kind))),
    ]


def view_name(kind: Kind) -> str:
    """The Dutch view of an evidence kind: `bewijs_<soort>`."""
    return "bewijs_" + _identifier(kind.nl)


def _kind_columns(kind: Kind) -> list[tuple[str, str, str]]:
    """(expression, Dutch name, meaning) of every column that officers see of a kind."""
    kind_columns = [(shown(column), _identifier(column.nl), _meaning(column)) for column in kind.every_column]
    return [*_ENVELOPE_VIEW, *kind_columns, *_LOCATOR_VIEW]


def _meaning(column: Column) -> str:
    """What a column means; of a moment also by which clock it is shown."""
    if column.type == "timestamp":
        return f"{column.meaning_nl} (Nederlandse tijd)"
    return column.meaning_nl


def _kind_macro(kind: Kind) -> list[str]:
    """`bewijs_<soort>_op(dag, gekend_op)`: the records about a day, as they were known at a moment (UTC). What was
    settled after the day is open in it, as in the assessment of that day."""
    next_day = "CAST(dag AS DATE) + 1"
    end = f"first_moment_of({next_day})"
    column_list = ", ".join(f"{expression} AS {name}" for expression, name, _ in _kind_columns(kind))
    settled = ""
    if kind.settles is not None:
        column = kind.column(kind.settles)
        limit = end if column.type == "timestamp" else next_day
        settled = f" REPLACE (CASE WHEN {column.name} < {limit} THEN {column.name} END AS {column.name})"
    macro = f"main.{view_name(kind)}_op"
    return [
        f"CREATE OR REPLACE MACRO {macro}(dag, gekend_op) AS TABLE SELECT {column_list} FROM (SELECT *{settled} "
        f"FROM evidence.{kind.kind} WHERE recorded_at <= gekend_op AND (retired_at IS NULL OR retired_at > gekend_op) "
        f"AND observed_at < {end})",
        f"COMMENT ON MACRO TABLE {macro} IS {literal(kind.meaning_nl + ' (zoals op een moment bekend was over een dag)')}",
    ]


def _kind_view(kind: Kind) -> list[str]:
    columns = _kind_columns(kind)
    view = f"main.{view_name(kind)}"
    column_list = ", ".join(f"{expression} AS {name}" for expression, name, _ in columns)
    statements = [
        f"CREATE OR REPLACE VIEW {view} AS SELECT {column_list} FROM evidence.{kind.kind} WHERE retired_at IS NULL",
        f"COMMENT ON VIEW {view} IS {literal(kind.meaning_nl + ' (wat nu bekend is)')}",
    ]
    statements += [f"COMMENT ON COLUMN {view}.{name} IS {literal(meaning)}" for _, name, meaning in columns]
    return statements


def _identifier(label: str) -> str:
    """A label as the name of a column: small letters without accents, and an underscore for every other sign."""
    plain = label.casefold().translate(str.maketrans("éëïöüáàè", "eeiouaae"))
    signs = [sign if sign.isalnum() else "_" for sign in plain]
    return "".join(signs).strip("_")
