"""Prefect's own database in the state folder: scratch, and never a reason for a night not to run. What is broken is moved
aside; what somebody keeps locked is left to them, and a database of this server's own takes its place."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from models.message import Text, message
from warehouse.storage.database import State
from warehouse.storage.own_files import clear, private_folder, scratch_path

NAME = "prefect.db"
ADDRESS = "PREFECT_API_DATABASE_CONNECTION_URL"
BROKEN = "prefect-onbruikbaar-"
_PATIENCE = 10.0  # seconds that another server may take to write
_LARGEST = 1_000_000_000  # bytes: then it begins anew
_BESIDE = ("", "-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class PrefectDatabase:
    """What a server is to be told (environment variables), and what people are."""

    settings: dict[str, str]
    remarks: tuple[Text, ...] = ()


def usable_database(state: State) -> PrefectDatabase:
    """A database that a server can use now. Raises OSError where nothing can be moved or made at all."""
    folder = private_folder(state.prefect)
    clear(folder, least_age=timedelta(days=2))  # no server that uses one lives longer than its run
    file = folder / NAME
    if not file.exists():
        return PrefectDatabase({})
    trouble = trouble_with(file)
    if trouble is None:
        return PrefectDatabase({})
    if trouble == "locked":
        address = f"sqlite+aiosqlite:///{scratch_path(folder)}"
        return PrefectDatabase({ADDRESS: address}, (message("nightly.prefect_locked", file=NAME),))
    aside = _out_of_the_way(file)
    return PrefectDatabase({}, (message(f"nightly.prefect_{trouble}", file=NAME, aside=aside.name),))


def trouble_with(file: Path) -> str | None:
    """Why a database cannot be used: broken, large or locked; None when it can."""
    if not file.is_file():
        return "broken"
    try:
        if file.stat().st_size > _LARGEST:
            return "large"
        with closing(sqlite3.connect(file, timeout=_PATIENCE, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            answer = connection.execute("PRAGMA quick_check(1)").fetchone()
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return "locked"
        return "broken"
    except (sqlite3.DatabaseError, OSError):
        return "broken"
    return None if answer == ("ok",) else "broken"


def _out_of_the_way(file: Path) -> Path:
    """Give the database, and what lies beside it, a name under which nobody looks for it; only the newest is aside."""
    aside = file.with_name(f"{BROKEN}{datetime.now(UTC):%Y%m%dT%H%M%S%f}.db")
    clear(file.parent, lambda name: name.startswith(BROKEN))
    for ending in _BESIDE:
        part = file.with_name(file.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside
