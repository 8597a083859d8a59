"""How long the files of a fleet are needed: the one that counts, the last seven that did, and the last of every month. What a
claim that came to nothing left behind is an orphan, and goes.

Only files of tokens before the newest are ever thrown away: whoever holds the newest may still be putting its own.
"""

from __future__ import annotations

from datetime import UTC, datetime

from models.message import Text
from warehouse.storage.fleet_database import FleetDatabase, Municipality, token_of
from warehouse.storage.shared_folder import SharedFolder
from warehouse.storage.workspace import manifests_of, statuses_of

LAST = 7
_OBJECT, _PUBLISHED = "objects", "published"


def sweep(storage: SharedFolder, database: FleetDatabase, organisation_id: str) -> list[Text]:
    """Throw away what a municipality no longer needs; a sentence for each that could not be thrown away."""
    row = database.municipality(organisation_id)
    return storage.remove(*to_throw_away(storage, row)) if row is not None else []


def to_throw_away(storage: SharedFolder, row: Municipality) -> list[str]:
    """The names of what is no longer needed, when the row is as it is here."""
    warehouses = _numbered(storage, _OBJECT, row.organisation_id)
    needed = _files_needed(storage, warehouses, row)
    names = []
    for name in warehouses:
        if name not in needed and _is_over(name, row):
            names += [manifests_of(name), name]
    for name in _numbered(storage, _PUBLISHED, row.organisation_id):
        if name != row.published and _is_over(name, row):
            names += [statuses_of(name), name]
    return names


def _numbered(storage: SharedFolder, part: str, organisation_id: str) -> list[str]:
    """The files that claims put, oldest first; not what is projected from them."""
    names = storage.names(f"{part}/{organisation_id}")
    return [name for name in names if name.endswith(".duckdb") and name.rpartition("/")[2][:1].isdigit()]


def _is_over(name: str, row: Municipality) -> bool:
    """Whether the claim that put a file was overtaken: nobody can commit it any more."""
    return token_of(name) < row.token


def run_in(name: str) -> int:
    """The number of the commit in the name of an object."""
    return int(name.rpartition("/")[2].split("-")[0])


def _files_needed(storage: SharedFolder, names: list[str], row: Municipality) -> set[str]:
    """Of every run the file that was committed: the one of the highest token. Of those the last ones, and one a month."""
    committed: dict[int, str] = {}
    for name in names:
        if run_in(name) <= row.run_no:
            committed[run_in(name)] = name
    newest_first = sorted(committed.values(), reverse=True)
    months: dict[str, str] = {}
    for name in newest_first:
        months.setdefault(_month_of(storage, name), name)
    current = {row.object} if row.object else set()
    return {*newest_first[:LAST], *months.values(), *current}


def _month_of(storage: SharedFolder, name: str) -> str:
    return f"{datetime.fromtimestamp(storage.path(name).stat().st_mtime, UTC):%Y-%m}"
