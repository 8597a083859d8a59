"""Asks the fleet's PostgreSQL database, a statement of `fleet_sql/` at a time, each over a connection of its own.

Every statement may be sent again when its answer got lost, so a database that restarts costs patience and nothing else.
What the statements mean is left to `warehouse/storage/lease.py`. Nothing here ever shows the address: it holds a password.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any

from models.errors import ConfigurationError, EnsiaError
from models.message import message

Row = Mapping[str, Any]

PATIENCE = 60.0  # seconds in which a database may restart
_CONNECT_SECONDS, _ANSWER_SECONDS = 10.0, 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0


class FleetDatabaseError(EnsiaError):
    """The database of the fleet does not answer, or refuses."""


@dataclass(frozen=True, slots=True)
class Municipality:
    """A row of the fleet's table: see `fleet_sql/create.sql`. `leased`: somebody is working on it now."""

    organisation_id: str
    token: int
    holder: str | None
    lease_until: datetime
    run_no: int
    as_of: date | None
    object: str | None
    sha256: str | None
    published: str | None
    published_sha256: str | None
    manifest_hash: str | None
    committed_at: datetime | None
    leased: bool

    @property
    def broken_off(self) -> int:
        """How many claims since the last commit came to nothing."""
        committed = token_of(self.object) if self.object else 0
        return max(0, self.token - committed - self.leased)


def token_of(name: str) -> int:
    """The token in the name of an object: `objects/<organisation>/<run>-<token>…`."""
    return int(name.rpartition("/")[2].split("-")[1].split(".")[0])


@dataclass(frozen=True, slots=True)
class FleetDatabase:
    """The database at the address in the environment variable `variable`. Its table is made when it is not there."""

    variable: str

    def municipality(self, organisation_id: str) -> Municipality | None:
        """The row of a municipality; None when it is not in the fleet."""
        return self.one("municipality", organisation_id)

    def municipalities(self) -> list[Municipality]:
        """All of the fleet, by name."""
        return self.all("municipalities")

    def one(self, statement: str, *values: Any, patience: float = PATIENCE) -> Municipality | None:
        """The one row that a statement gives, or None."""
        return next(iter(self.all(statement, *values, patience=patience)), None)

    def all(self, statement: str, *values: Any, patience: float = PATIENCE) -> list[Municipality]:
        """The whole rows that a statement gives."""
        names = [field.name for field in fields(Municipality)]
        rows = self.send(statement, *values, patience=patience)
        return [Municipality(**{name: row[name] for name in names}) for row in rows]

    def send(self, statement: str, *values: Any, patience: float = PATIENCE) -> list[Row]:
        """Send a statement, again and again for `patience` seconds while the database is away; its rows. Raises
        FleetDatabaseError."""
        address, deadline, pause = self._address(), time.monotonic() + patience, _FIRST_PAUSE
        while True:
            try:
                return _in_a_thread(address, statement_text(statement), values)
            except Exception as error:
                if not _may_pass(error) or time.monotonic() + pause > deadline:
                    raise self._error(error) from error
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _address(self) -> str:
        address = os.environ.get(self.variable, "")
        if not address:
            raise ConfigurationError(
                message("fleet.no_address"), place=self.variable, advice=message("fleet.no_address_advice")
            )
        return address

    def _error(self, error: Exception) -> FleetDatabaseError:
        """The error without its text: that may hold the address."""
        reason = message("fleet.database", error=type(error).__name__)
        return FleetDatabaseError(reason, place=self.variable, advice=message("fleet.database_advice"))


@cache
def statement_text(name: str) -> str:
    """The SQL of a statement."""
    return resources.files("warehouse").joinpath("storage", "fleet_sql", f"{name}.sql").read_text("utf-8")


def _in_a_thread(address: str, sql: str, values: tuple[Any, ...]) -> list[Row]:
    """Ask from a thread without an event loop: the caller may run in one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _ask(address, sql, values)).result()


async def _ask(address: str, sql: str, values: tuple[Any, ...]) -> list[Row]:
    import asyncpg

    connection = await asyncpg.connect(address, timeout=_CONNECT_SECONDS, command_timeout=_ANSWER_SECONDS)
    try:
        try:
            return list(await connection.fetch(sql, *values))
        except asyncpg.UndefinedTableError:
            await connection.execute(statement_text("create"))
            return list(await connection.fetch(sql, *values))
    finally:
        await connection.close(timeout=_CONNECT_SECONDS)


def _may_pass(error: Exception) -> bool:
    """Whether the same statement may succeed a little later: the database is starting, stopping, full, or was not reached."""
    import asyncpg

    away = (
        OSError,  # a time-out too
        asyncpg.PostgresConnectionError,
        asyncpg.OperatorInterventionError,
        asyncpg.InsufficientResourcesError,
        asyncpg.UniqueViolationError,  # two made the table at once
        asyncpg.InterfaceError,
    )
    return isinstance(error, away)
