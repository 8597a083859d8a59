"""What an installation that is part of a fleet shares with others: the storage, and the database that tells which file counts.

A municipality alone has none of this. What is done with it is left to `warehouse/storage/workspace.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

NATIONAL = "national"  # the folder of the view of all municipalities
PUBLISHED = "ensia.duckdb"
STATUSES = "statussen.parquet"


@dataclass(frozen=True, slots=True)
class Membership:
    """`storage`: the folder that all machines see. `database`: name of the environment variable with the address of the
    PostgreSQL database. `organisation_id`: None for the fleet as a whole, which has a published file and no warehouse."""

    storage: Path
    database: str
    organisation_id: str | None

    @property
    def published(self) -> Path:
        """The file that officers read: of the municipality, or of all of them."""
        if self.organisation_id:
            return self.folder("published") / PUBLISHED
        return self.storage / NATIONAL / PUBLISHED

    def folder(self, part: str) -> Path:
        """The folder of a part (objects, landing, published, exports)."""
        return self.storage / part / (self.organisation_id or NATIONAL)
