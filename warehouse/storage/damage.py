"""Why a database file cannot be used: told by what the operating system and the file itself answer, never by the words of
a message. What is done about it is left to people: each reason comes with advice."""

from __future__ import annotations

import errno
import fcntl
import shutil
import traceback
from pathlib import Path

import duckdb

from models.errors import EnsiaError
from models.message import Message, message
from models.system_errors import os_reason, refusal_behind, refused_by_system

# What DuckDB raises where it meets a file that it cannot read or write. Every other error is a fault of a query.
FILE_ERRORS = (
    duckdb.IOException,
    duckdb.SerializationException,
    duckdb.InternalException,
    duckdb.FatalException,
    duckdb.TransactionException,  # a commit that could not be written
)
_NO_ROOM = 1_000_000  # bytes


class WarehouseError(EnsiaError):
    """The warehouse cannot be opened or is not what it should be."""


class WarehouseBusy(WarehouseError):
    """Another run is writing."""


def why_unusable(file: Path, error: duckdb.Error, advice: str) -> EnsiaError | None:
    """Why DuckDB could not use `file`, or None when the file is not to blame. `advice` is the key of what to do about one
    that is damaged. No connection of this process to the file may be open: looking at its lock would let go of it."""
    if not isinstance(error, FILE_ERRORS):
        return None
    if (refusal := _refusal(file)) is not None:
        return WarehouseError(refusal, place=str(file), advice=message("database.access_advice"))
    if is_locked(file):
        return WarehouseBusy(message("database.busy"), place=file.name, advice=message("database.busy_advice"))
    if (full := no_room(file)) is not None:
        return full
    if not is_readable(file):
        return WarehouseError(message("database.damaged"), place=str(file), advice=message(advice))
    return None


def no_room(file: Path) -> WarehouseError | None:
    """That the disk is full: a copy of the database, as publishing makes one, does not fit. None when it does."""
    size = file.stat().st_size if file.exists() else 0
    folder = next(each for each in file.parents if each.exists())
    if shutil.disk_usage(folder).free >= size + _NO_ROOM:
        return None
    return WarehouseError(message("database.no_room"), place=str(folder), advice=message("database.no_room_advice"))


def unforeseen(error: Exception) -> EnsiaError:
    """An error that nobody foresaw, for people: its kind, and the line of the program where it came from; never its text,
    which may quote what was being handled. What the database meets on a disk or in memory has its own advice."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return WarehouseError(message("database.no_memory"), advice=message("database.no_memory_advice"))
    if isinstance(error, FILE_ERRORS):
        return WarehouseError(message("database.no_file"), advice=message("database.no_file_advice"))
    refusal = refusal_behind(error)
    if refusal is not None:
        return refused_by_system(refusal)
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return EnsiaError(
        message("database.unforeseen", error=type(error).__name__, where=where),
        advice=message("database.unforeseen_advice"),
    )


def _refusal(file: Path) -> Message | None:
    """Why the operating system does not let us read the file, or None when it does."""
    try:
        with file.open("rb"):
            return None
    except OSError as refused:
        return os_reason(refused)


def is_locked(file: Path) -> bool:
    """Whether another process holds DuckDB's lock on the file."""
    with file.open("rb") as handle:
        try:
            fcntl.lockf(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as refused:
            return refused.errno in (errno.EACCES, errno.EAGAIN)
        fcntl.lockf(handle, fcntl.LOCK_UN)
    return False


def is_readable(file: Path) -> bool:
    """Whether DuckDB can read the whole file: it opens, and every block of every table has the checksum that it should."""
    try:
        with duckdb.connect(str(file), read_only=True) as connection:
            tables = connection.execute(
                "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary"
            ).fetchall()
            for schema, name in tables:
                connection.execute(f'SELECT bit_xor(hash(t)) FROM "{schema}"."{name}" AS t').fetchall()
    except duckdb.Error:
        return False
    return True
