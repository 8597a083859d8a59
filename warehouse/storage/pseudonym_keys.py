"""Which key persons are made pseudonyms with: strong enough, and the same as before unless it was rotated. Only a mark of it is
kept.

With another key the same person gets another pseudonym: who reads what he owns would look like somebody else. So a rotation lets
nothing rest on the old pseudonyms: their records are retired until sources deliver them again, and working papers of before it
are handed in anew.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import duckdb

from models.errors import ConfigurationError
from models.kind import kinds
from models.message import message

LEAST_LENGTH = 16
LEAST_LETTERS = 6  # different ones
FOR_ALL, PER_ORGANISATION = 1, 2  # schemes: one pseudonym everywhere, as it was, and one per organisation


def check_strength(key: str, variable: str) -> None:
    """Raises ConfigurationError, without the key, when it can be guessed."""
    if len(key) < LEAST_LENGTH or len(set(key)) < LEAST_LETTERS:
        raise ConfigurationError(
            message("settings.weak_key", variable=variable, least=LEAST_LENGTH),
            place=variable,
            advice=message("settings.weak_key_advice"),
        )


def scheme_of(connection: duckdb.DuckDBPyConnection, organisation_id: str) -> int:
    """How pseudonyms of an organisation are made: as they were where it has evidence of before keys were marked."""
    newest = _key_in_use(connection, organisation_id)
    if newest is not None:
        return newest[1]
    if _has_personal_records(connection, organisation_id):
        return FOR_ALL
    return PER_ORGANISATION


def hold_to_key(
    connection: duckdb.DuckDBPyConnection, organisation_id: str, key: str, now: datetime, variable: str
) -> None:
    """Keep the mark of the key where there is none yet. Raises ConfigurationError when it is another key than before."""
    newest = _key_in_use(connection, organisation_id)
    if newest is None:
        _keep(connection, organisation_id, key, scheme_of(connection, organisation_id), now, rotated=False)
    elif newest[0] != _key_mark(key, organisation_id):
        raise ConfigurationError(
            message("settings.other_key", variable=variable, organisation=organisation_id),
            place=variable,
            advice=message("settings.other_key_advice"),
        )


def rotate_key(
    connection: duckdb.DuckDBPyConnection, organisation_id: str, key: str, now: datetime, variable: str
) -> int:
    """Make this the key of an organisation; returns how many records have to be delivered again. The caller holds the
    transaction. Raises ConfigurationError when it is weak, or the key that it has."""
    check_strength(key, variable)
    newest = _key_in_use(connection, organisation_id)
    if newest is not None and newest[0] == _key_mark(key, organisation_id):
        raise ConfigurationError(message("settings.same_key", variable=variable), place=variable)
    _keep(connection, organisation_id, key, PER_ORGANISATION, now, rotated=True)
    number = 0
    for kind in _personal_kinds():
        rows = connection.execute(
            f"UPDATE evidence.{kind} SET retired_at = $now WHERE organisation_id = $organisation AND retired_at IS NULL",
            {"now": now, "organisation": organisation_id},
        ).fetchall()
        number += rows[0][0] if rows else 0
    return number


def rotated_at(connection: duckdb.DuckDBPyConnection, organisation_id: str) -> datetime | None:
    """When the key of an organisation was last rotated (UTC), or None."""
    rows = connection.execute(
        "SELECT max(since) FROM ops.pseudonym_key WHERE organisation_id = $organisation AND rotated",
        {"organisation": organisation_id},
    ).fetchall()
    moment: datetime | None = rows[0][0]
    return moment


def _personal_kinds() -> list[str]:
    return [kind.kind for kind in kinds().values() if kind.personal]


def _has_personal_records(connection: duckdb.DuckDBPyConnection, organisation_id: str) -> bool:
    return any(
        connection.execute(
            f"SELECT 1 FROM evidence.{kind} WHERE organisation_id = $organisation LIMIT 1",
            {"organisation": organisation_id},
        ).fetchall()
        for kind in _personal_kinds()
    )


def _key_in_use(connection: duckdb.DuckDBPyConnection, organisation_id: str) -> tuple[str, int] | None:
    rows = connection.execute(
        "SELECT mark, scheme FROM ops.pseudonym_key WHERE organisation_id = $organisation ORDER BY since DESC LIMIT 1",
        {"organisation": organisation_id},
    ).fetchall()
    return rows[0] if rows else None


def _keep(
    connection: duckdb.DuckDBPyConnection, organisation_id: str, key: str, scheme: int, now: datetime, *, rotated: bool
) -> None:
    connection.execute(
        "INSERT INTO ops.pseudonym_key (organisation_id, mark, scheme, since, rotated) VALUES (?, ?, ?, ?, ?)",
        [organisation_id, _key_mark(key, organisation_id), scheme, now, rotated],
    )


def _key_mark(key: str, organisation_id: str) -> str:
    """What tells one key from another, and nothing else of it: slow to guess, and different per organisation."""
    return hashlib.scrypt(key.encode(), salt=f"ensia {organisation_id}".encode(), n=2**14, r=8, p=1, dklen=16).hex()
