"""Who may write the warehouse of a municipality in a fleet: a lease that is claimed, renewed and committed, with a token that
grows with every claim. Whoever was overtaken (killed, paused, cut off) is refused by the token, however late it comes.

Where the files are is left to `warehouse/storage/shared_folder.py`; working on one to `warehouse/storage/workspace.py`.
"""

from __future__ import annotations

import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from types import TracebackType

import duckdb

from models.errors import NotFound
from models.message import message
from warehouse.storage.damage import WarehouseBusy
from warehouse.storage.fleet_database import FleetDatabase, FleetDatabaseError, Municipality

TERM = timedelta(seconds=120)
_RENEWALS = 4  # in a term: a few may fail
_COMMIT_PATIENCE = 300.0  # seconds: the work is done, so it may wait for a database that is away


class LeaseTaken(WarehouseBusy):
    """Somebody else is working on this municipality, or its night is done."""


class Fenced(WarehouseBusy):
    """The lease was lost to a later claim: what was done is not committed."""


@dataclass(frozen=True, slots=True)
class Commit:
    """What is committed: names and SHA-256 (hex) of the new warehouse and its published file, the day of the night (None: an
    officer's write) and the hash of its manifest."""

    as_of: date | None
    object: str
    sha256: str
    published: str | None
    published_sha256: str | None
    manifest_hash: str | None


@dataclass(frozen=True, slots=True)
class Lease:
    """A claim that was granted; `row` is how the municipality stood then."""

    database: FleetDatabase
    row: Municipality

    @property
    def token(self) -> int:
        return self.row.token

    @property
    def organisation_id(self) -> str:
        return self.row.organisation_id

    def renew(self, *, patience: float = 0.0) -> bool:
        """Keep it; False when a later claim took it. Raises FleetDatabaseError."""
        return bool(self.database.send("renew", self.organisation_id, self.token, TERM, patience=patience))

    def is_overtaken(self) -> bool:
        """Whether a later claim took it, as far as can be known now."""
        try:
            row = self.database.one("municipality", self.organisation_id, patience=0.0)
        except FleetDatabaseError:
            return False
        return row is None or row.token != self.token

    def let_go(self) -> None:
        """Give it back without a result. Raises FleetDatabaseError."""
        self.database.send("let_go", self.organisation_id, self.token)

    def commit(self, done: Commit) -> Municipality:
        """Make the new file the warehouse, exactly once, and give the lease back. Raises Fenced, or FleetDatabaseError when
        it cannot be known whether it was committed."""
        row = self.database.one(
            "commit",
            self.organisation_id,
            self.token,
            done.as_of,
            done.object,
            done.sha256,
            done.published,
            done.published_sha256,
            done.manifest_hash,
            patience=_COMMIT_PATIENCE,
        )
        if row is None:  # refused, or done before and its answer got lost
            row = self.database.municipality(self.organisation_id)
            if row is None or row.object != done.object:
                raise self.fenced()
        return row

    def fenced(self) -> Fenced:
        """That a later claim took it."""
        return Fenced(message("fleet.fenced"), place=self.organisation_id, advice=message("fleet.fenced_advice"))


def claim(database: FleetDatabase, organisation_id: str, as_of: date | None) -> Lease:
    """Take the lease of a municipality: for the night of `as_of`, or without it for an officer's write. Raises LeaseTaken,
    NotFound when it is not in the fleet, FleetDatabaseError."""
    holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
    row = database.one("claim", organisation_id, holder, as_of, TERM)
    if row is not None:
        return Lease(database, row)
    present = database.municipality(organisation_id)
    if present is None:
        raise NotFound(message("fleet.unknown"), place=organisation_id, advice=message("fleet.unknown_advice"))
    if present.leased:
        raise LeaseTaken(
            message("fleet.taken", holder=present.holder or ""),
            place=organisation_id,
            advice=message("fleet.taken_advice"),
        )
    raise LeaseTaken(
        message("fleet.night_done", as_of=present.as_of),
        place=organisation_id,
        advice=message("fleet.night_done_advice"),
    )


class Keeper:
    """Renews a lease in a thread while the block runs. A database that is away stops nothing: the commit decides."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease {lease.organisation_id}", daemon=True)
        self._connection: duckdb.DuckDBPyConnection | None = None
        self.lost = False

    @contextmanager
    def watching(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Within the block what the connection does is stopped at once when the lease is lost. Raises Fenced."""
        self._connection = connection
        try:
            yield
        except Exception as error:
            if self.lost:
                raise self._lease.fenced() from error
            raise
        finally:
            self._connection = None
        if self.lost:
            raise self._lease.fenced()

    def __enter__(self) -> Keeper:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._over.wait(TERM.total_seconds() / _RENEWALS):
            try:
                self.lost = not self._lease.renew()
            except FleetDatabaseError:
                continue
            if self.lost:
                self._interrupt()
                return

    def _interrupt(self) -> None:
        connection = self._connection
        if connection is not None:
            with suppress(duckdb.Error):  # it was closed meanwhile
                connection.interrupt()
