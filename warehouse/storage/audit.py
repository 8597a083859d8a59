"""The record of what people did: who overruled, froze, exported, asked in SQL, threw away, and with what right. Every act is a
line in a file of the state, each with the hash of the one before, until whoever writes the warehouse next takes it in; there it
is sealed.

An account that may not write in the state leaves no line: what it reads is for the machine to log. Which commands are acts is
left to `cli/audit.py`.
"""

from __future__ import annotations

import fcntl
import getpass
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import duckdb

from models.message import message
from warehouse.storage.landing import canonical
from warehouse.storage.own_files import private_opener

WRITER, READER = "schrijver", "lezer"
_FIRST = "0" * 64
_COLUMNS = "event_no, happened_at, organisation_id, account, person, role, act, about, reason, event_hash"


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did. `account`: of the machine; `person`: as that person said; `role`: with what right; `about`: of what."""

    happened_at: str
    organisation_id: str | None
    account: str
    person: str | None
    role: str
    act: str
    about: str | None
    reason: str | None


def act_of_now(
    warehouse: Path, act: str, about: str | None, *, person: str | None, reason: str | None, organisation: str | None
) -> Act:
    """An act of this account, at this moment."""
    role = WRITER if os.access(warehouse, os.W_OK) else READER
    moment = f"{datetime.now(UTC).replace(tzinfo=None):%Y-%m-%d %H:%M:%S.%f}"
    return Act(moment, organisation, getpass.getuser(), person, role, act, about, reason)


def note_act(file: Path, act: Act) -> None:
    """Add a line to the file of acts. Nothing happens where there is no state, or none that this account may write in."""
    if not file.parent.is_dir() or not os.access(file.parent, os.W_OK):
        return
    with open(file, "a+b", opener=private_opener) as lines:
        fcntl.flock(lines, fcntl.LOCK_EX)
        previous = _last_hash(lines)
        content = asdict(act) | {"previous": previous}
        content["event_hash"] = hashlib.sha256(canonical(content)).hexdigest()
        lines.write(canonical(content) + b"\n")


def take_in_acts(connection: duckdb.DuckDBPyConnection, file: Path) -> int:
    """Move the lines of the file of acts into the warehouse; returns how many. A line that was changed is taken in as
    well, and says so."""
    if not file.exists():
        return 0
    with file.open("r+b") as lines:
        fcntl.flock(lines, fcntl.LOCK_EX)
        acts = list(_acts_in(lines.read().splitlines()))
        [(last,)] = connection.execute("SELECT coalesce(max(event_no), 0) FROM account.audit").fetchall()
        for number, act in enumerate(acts, start=last + 1):
            connection.execute(
                f"INSERT INTO account.audit ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [number, *(act.get(name) for name in _COLUMNS.split(", ")[1:])],
            )
        lines.seek(0)
        lines.truncate()
        if acts:  # the next line follows on this one
            lines.write(canonical({"event_hash": acts[-1].get("event_hash"), "taken_in": True}) + b"\n")
    return len(acts)


def _acts_in(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The acts of the lines, with one that says so where a line is gone or was changed."""
    before: str | None = None
    for line in lines:
        content = _columns_of_line(line)
        if not content.get("taken_in"):
            if before is not None and content.get("previous", before) != before:
                yield {"act": str(message("audit.line_gone"))}
            yield content
        before = str(content.get("event_hash", _hash_in(line)))


def _hash_in(line: bytes) -> str:
    """The hash that a line states, also when it is not its own."""
    try:
        return str(json.loads(line)["event_hash"])
    except (ValueError, KeyError, TypeError):
        return _FIRST


def _columns_of_line(line: bytes) -> dict[str, Any]:
    """A line as columns; of one that was changed only that."""
    try:
        content = json.loads(line)
        stated = content.pop("event_hash")
        if content.get("taken_in") is True:
            return {**content, "event_hash": stated}
        if hashlib.sha256(canonical(content)).hexdigest() == stated:
            return {**content, "event_hash": stated}
    except (ValueError, KeyError, AttributeError):
        pass
    return {"act": str(message("audit.broken_line")), "happened_at": None}


def _last_hash(lines: IO[bytes]) -> str:
    lines.seek(0)
    written = [line for line in lines.read().splitlines() if line.strip()]
    try:
        return str(json.loads(written[-1])["event_hash"]) if written else _FIRST
    except (ValueError, KeyError, TypeError):
        return _FIRST
