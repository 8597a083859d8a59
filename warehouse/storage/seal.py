"""Seals: after every run, and after every act of people that changes the warehouse, a manifest that covers each row of every
table. It names the one before it, and is signed where there is a key.

Before anything is written the rows are compared with the newest seal; what differs was not written by this program, and is
named in the next manifest for ever. The format is specified in docs/verification.md; checking the whole chain is left to
`warehouse/year/verification.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import duckdb

from models.errors import EnsiaError
from models.sql_text import literal
from warehouse.storage.landing import Landing, canonical
from warehouse.storage.leaves import LEAF_COLUMNS, mark_rows
from warehouse.storage.own_files import remove, scratch_path

FORMAT = 2
EVERY_BASE = 32  # so many seals after one with all marks comes another; those between have only what differs
ACTS = "acts"
SIGNATURE = ".sig"  # after the name of a manifest: where its signature stands, for who has the files only
MOST_NAMED = 200  # rows that a manifest names of what was changed behind the back of the program
DIGESTS = frozenset({"ops.digest"})
_NOTHING_UNSEALED = (
    "CREATE OR REPLACE TEMP TABLE unsealed_change (table_name VARCHAR, organisation_id VARCHAR, name VARCHAR, "
    "evidence_id UBIGINT, change VARCHAR)"
)


@dataclass(frozen=True, slots=True)
class Seal:
    """A row of `ops.seal`."""

    seal_no: int
    sealed_at: datetime
    run_id: str | None
    act: str
    file: str
    manifest_hash: str
    previous_hash: str | None
    marks: str
    is_base: bool
    signature: str | None
    public_key: str | None


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that is not as it was sealed. change: changed, added, removed or moved (to another organisation)."""

    table_name: str
    organisation_id: str
    name: str
    evidence_id: int | None
    change: str


def seals(connection: duckdb.DuckDBPyConnection, database: str | None = None) -> list[Seal]:
    """Every seal that the database knows, oldest first."""
    home = f'"{database}".' if database else ""
    names = ", ".join(Seal.__slots__)
    rows = connection.execute(f"SELECT {names} FROM {home}ops.seal ORDER BY seal_no, sealed_at").fetchall()
    return [Seal(*row) for row in rows]


def last_seal(connection: duckdb.DuckDBPyConnection) -> Seal | None:
    """The newest seal, or None where nothing was sealed yet."""
    rows = connection.execute(
        f"SELECT {', '.join(Seal.__slots__)} FROM ops.seal ORDER BY seal_no DESC LIMIT 1"
    ).fetchall()
    return Seal(*rows[0]) if rows else None


@contextmanager
def sealing(
    connection: duckdb.DuckDBPyConnection, landing: Landing, migrate: Callable[[], object] = lambda: None
) -> Iterator[None]:
    """Compare the warehouse with its newest seal, and seal what the block changed unless it did so itself; also when the block
    ends with an error, because what it stored until then stays. `migrate` brings the tables up to this program, and gives
    something when it changed them: that is an act of its own, after the comparison."""
    compare_with_seal(connection, landing)
    if migrate() and last_seal(connection) is not None:
        _seal_migration(connection, landing)
    connection.execute("SET VARIABLE is_sealed = false")
    try:
        yield
    except BaseException:
        with suppress(EnsiaError, duckdb.Error, OSError):  # the error itself is what people must hear of
            seal_changes(connection, landing, "write")
        raise
    if not is_sealed(connection):
        seal_changes(connection, landing, "write")


def _seal_migration(connection: duckdb.DuckDBPyConnection, landing: Landing) -> None:
    """Seal what a migration changed; what was otherwise before it stays to be told by the next seal too."""
    connection.execute("CREATE OR REPLACE TEMP TABLE before_migration AS FROM unsealed_change")
    seal_changes(connection, landing, "migration")
    connection.execute("CREATE OR REPLACE TEMP TABLE unsealed_change AS FROM before_migration")


def compare_with_seal(connection: duckdb.DuckDBPyConnection, landing: Landing) -> None:
    """Make the temporary table `unsealed_change` of the rows that are otherwise than the newest seal says: the next manifest
    names them. Without a seal there is nothing to compare."""
    before = last_seal(connection) if _knows_seals(connection) else None
    connection.execute(_NOTHING_UNSEALED)
    connection.execute("SET VARIABLE unreadable_seal = NULL")
    if before is None:
        return
    if _compare_all_marks(connection, landing, before):
        connection.execute("INSERT INTO unsealed_change BY NAME FROM row_change")


def changes(connection: duckdb.DuckDBPyConnection) -> list[RowChange]:
    """The rows that were otherwise when the warehouse was opened, until the next seal names them."""
    return row_changes(connection, "unsealed_change")


def unreadable_seal(connection: duckdb.DuckDBPyConnection) -> str | None:
    """What of the newest seal could not be read when the warehouse was opened, so that nothing could be compared."""
    [(what,)] = connection.execute("SELECT getvariable('unreadable_seal')").fetchall()
    return None if what is None else str(what)


def seal_changes(connection: duckdb.DuckDBPyConnection, landing: Landing, act: str) -> Seal | None:
    """Seal the warehouse as it is now as an act of people; nothing happens when the newest seal covers it."""
    before = last_seal(connection)
    is_comparable = _compare_all_marks(connection, landing, before)
    if is_comparable and before is not None and not _differs(connection):
        return None
    return _seal(connection, landing, before, None, act, {}, is_base=not is_comparable)


def seal_run(connection: duckdb.DuckDBPyConnection, landing: Landing, run_id: str, facts: Mapping[str, Any]) -> Seal:
    """Seal the warehouse after a run, within its last transaction. `facts`: what else the manifest says of the run."""
    before = last_seal(connection)
    is_comparable = _compare_all_marks(connection, landing, before)
    return _seal(connection, landing, before, run_id, "run", facts, is_base=not is_comparable)


def seal_messages(connection: duckdb.DuckDBPyConnection, landing: Landing) -> Seal | None:
    """Seal that messages were sent, after a run that was sealed; nothing else is looked at."""
    before = last_seal(connection)
    assert before is not None
    mark_sealed(connection, landing, seals(connection))
    mark_rows(connection, _database(connection), "leaf_digest", DIGESTS)
    names = ", ".join(map(literal, sorted(DIGESTS)))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE leaf_now AS FROM leaf_sealed WHERE table_name NOT IN ({names}) "
        "UNION ALL FROM leaf_digest"
    )
    difference_of(connection)
    if _differs(connection):
        return _seal(connection, landing, before, None, "messages", {})
    return None


def is_sealed(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the warehouse was sealed since it was opened."""
    [(value,)] = connection.execute("SELECT getvariable('is_sealed')").fetchall()
    return bool(value)


def _compare_all_marks(connection: duckdb.DuckDBPyConnection, landing: Landing, before: Seal | None) -> bool:
    """Make the temporary tables of all marks and of what differs from a seal; False where that seal cannot be read, and all
    rows count as sealed."""
    mark_rows(connection, _database(connection), "leaf_now")
    try:
        mark_sealed(connection, landing, seals(connection))
    except (EnsiaError, OSError) as error:
        place: object = before.file if before else ""
        if isinstance(error, EnsiaError):
            place = error.place
        connection.execute(f"SET VARIABLE unreadable_seal = {literal(str(place))}")
        connection.execute("CREATE OR REPLACE TEMP TABLE leaf_sealed AS FROM leaf_now")
        difference_of(connection)
        return False
    difference_of(connection)
    return True


def _knows_seals(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the database has the table of seals: one of an older program has not, before it was migrated."""
    return bool(
        connection.execute(
            "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'ops' AND table_name = 'seal' "
            "AND database_name = current_database()"
        ).fetchall()
    )


def _differs(connection: duckdb.DuckDBPyConnection) -> bool:
    return bool(connection.execute("SELECT 1 FROM leaf_difference LIMIT 1").fetchall())


def _seal(
    connection: duckdb.DuckDBPyConnection,
    landing: Landing,
    before: Seal | None,
    run_id: str | None,
    act: str,
    facts: Mapping[str, Any],
    *,
    is_base: bool = False,
) -> Seal:
    """Write the manifest over `leaf_now`, and note it in the warehouse."""
    number = before.seal_no + 1 if before else 1
    is_base = is_base or number % EVERY_BASE == 1
    marks = _keep_marks(connection, landing, is_base)
    sealed_at = datetime.now(UTC).replace(tzinfo=None)
    previous = before.manifest_hash if before else _manifest_before_seals(connection)
    content = {
        "format": FORMAT,
        "seal": number,
        "act": act,
        "run_id": run_id,
        "sealed_at": sealed_at,
        "previous": previous,
        "program": metadata.version("ensia-compliance"),
        "marks": {"base": is_base, "sha256": marks},
        "groups": group_digests(connection),
        "unsealed": _unsealed(connection),
        **facts,
    }
    name = run_id or f"{ACTS}/{number:08d}"
    digest = landing.write_manifest(name, content)
    file = f"manifests/{name}.json"
    from warehouse.storage.signing import sign, signing_key  # who only reads needs no cryptography

    signature, public_key = sign((landing.root / file).read_text("utf-8"), signing_key())
    if signature is not None:
        landing.write(file + SIGNATURE, canonical({"public_key": public_key, "signature": signature}))
    seal = Seal(number, sealed_at, run_id, act, file, digest, previous, marks, is_base, signature, public_key)
    insert = f"INSERT INTO ops.seal ({', '.join(Seal.__slots__)}) VALUES ({', '.join('?' * len(Seal.__slots__))})"
    connection.execute(insert, list(asdict(seal).values()))
    connection.execute("SET VARIABLE is_sealed = true")
    connection.execute(_NOTHING_UNSEALED)
    connection.execute("SET VARIABLE unreadable_seal = NULL")
    return seal


def _keep_marks(connection: duckdb.DuckDBPyConnection, landing: Landing, is_base: bool) -> str:
    """Keep the marks of all rows, or of those that came and went since the seal before, as a Parquet file among the objects;
    returns its SHA-256."""
    what = "SELECT table_name, organisation_id, leaf, name, evidence_id, times FROM leaf_now"
    if not is_base:
        what = "SELECT table_name, organisation_id, leaf, name, evidence_id, more AS times FROM leaf_difference"
    temporary = scratch_path(landing.incoming)
    connection.execute(f"COPY ({what} ORDER BY ALL) TO {literal(str(temporary))} (FORMAT parquet, COMPRESSION zstd)")
    artifact = landing.keep_bytes(temporary.read_bytes()).artifact
    remove([temporary])
    return artifact


def mark_sealed(connection: duckdb.DuckDBPyConnection, landing: Landing, all_seals: Sequence[Seal]) -> None:
    """Make the temporary table `leaf_sealed` of the marks that the last of these seals covers; empty without seals. Raises
    EnsiaError or OSError where they cannot be read."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE leaf_sealed ({LEAF_COLUMNS})")
    if not all_seals:
        return
    files = ", ".join(literal(str(path)) for path in _files_of_marks(landing, all_seals))
    connection.execute(
        "INSERT INTO leaf_sealed SELECT table_name, organisation_id, leaf, any_value(name), any_value(evidence_id), "
        f"CAST(sum(times) AS BIGINT) AS times FROM read_parquet([{files}]) "
        "GROUP BY table_name, organisation_id, leaf HAVING sum(times) <> 0"
    )


def _files_of_marks(landing: Landing, all_seals: Sequence[Seal]) -> list[Path]:
    """The files that together hold the marks of the last of these seals: from the newest one with all of them. Raises
    IntegrityError where one is not what its name says."""
    paths = []
    for seal in reversed(all_seals):
        landing.check(seal.marks)
        paths.append(landing.path_of(seal.marks))
        if seal.is_base:
            break
    return paths


def difference_of(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables `leaf_difference` and `row_change`, of `leaf_now` against `leaf_sealed`."""
    connection.execute(_sql("difference"))


def row_changes(connection: duckdb.DuckDBPyConnection, table: str = "row_change") -> list[RowChange]:
    """The rows that are otherwise, in an order that is always the same."""
    rows = connection.execute(f"SELECT {', '.join(RowChange.__slots__)} FROM {table} ORDER BY ALL").fetchall()
    return [RowChange(*row) for row in rows]


def group_digests(connection: duckdb.DuckDBPyConnection, marks: str = "leaf_now") -> list[dict[str, Any]]:
    """The groups of a table of marks as a manifest names them."""
    connection.execute(f"CREATE OR REPLACE TEMP VIEW leaf_of_group AS FROM {marks}")
    connection.execute(_sql("groups"))
    rows = connection.execute(
        "SELECT table_name, organisation_id, rows, digest FROM seal_group ORDER BY table_name, organisation_id"
    ).fetchall()
    return [
        {"table": table, "organisation": organisation, "rows": number, "digest": digest}
        for table, organisation, number, digest in rows
    ]


def _unsealed(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What was otherwise before this act began: nobody sealed it."""
    connection.execute(_NOTHING_UNSEALED.replace("OR REPLACE TEMP TABLE", "TEMP TABLE IF NOT EXISTS"))
    unnamed_before = changes(connection)
    rows = [asdict(change) | {"evidence_id": _number_as_text(change)} for change in unnamed_before[:MOST_NAMED]]
    return {"number": len(unnamed_before), "rows": rows, "unreadable": unreadable_seal(connection)}


def _number_as_text(change: RowChange) -> str | None:
    """The number of a record as a text: it is larger than a number in JSON may be."""
    return None if change.evidence_id is None else str(change.evidence_id)


def _manifest_before_seals(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The newest manifest of the time in which only runs had one, and that covered no rows."""
    rows = connection.execute(
        "SELECT manifest_hash FROM ops.run WHERE manifest_hash IS NOT NULL ORDER BY run_no DESC LIMIT 1"
    ).fetchall()
    return rows[0][0] if rows else None


def _database(connection: duckdb.DuckDBPyConnection) -> str:
    [(name,)] = connection.execute("SELECT current_database()").fetchall()
    return str(name)


def _sql(name: str) -> str:
    return resources.files("warehouse").joinpath("storage", "seals", f"{name}.sql").read_text("utf-8")
