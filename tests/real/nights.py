"""Nights over a real system: a municipality with that one source, and what its warehouse holds after each run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from flows.installation import load_installation
from flows.nightly import run_nightly
from warehouse.reading.read import Published
from warehouse.storage.database import today
from warehouse.storage.landing import Landing


@dataclass(frozen=True, slots=True)
class Nights:
    """An installation in `folder` with one source, `bron`, that has these settings."""

    folder: Path
    source: dict[str, Any]

    def __post_init__(self) -> None:
        organisation = {"id": "gemeente-test", "name": "Gemeente Test"}
        content = {"organisation": organisation, "exports": [], "sources": [{"id": "bron", **self.source}]}
        (self.folder / "ensia.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")

    def night(self, as_of: date | None = None) -> tuple[int, int, int]:
        """A nightly run; how many records are new (or changed), unchanged and retired. Fails unless it was whole."""
        outcome = run_nightly(load_installation(self.folder), as_of=as_of or today())
        assert (outcome.state, outcome.degraded) == ("ok", [])
        assert outcome.totals.rejected == 0
        return outcome.totals.stored, outcome.totals.unchanged, outcome.totals.retired

    def rows(self, sql: str, *bound: Any) -> list[dict[str, Any]]:
        with Published(load_installation(self.folder).state) as published:
            return published.rows(sql, bound)

    def versions(self, kind: str, key: str) -> list[dict[str, Any]]:
        """The versions of a record, oldest first; each ends where the next one begins."""
        found = self.rows(
            f"FROM evidence.{kind} WHERE record_key = $1 AND source_id = 'bron' ORDER BY recorded_at", key
        )
        for before, after in pairwise(found):
            assert before["retired_at"] == after["recorded_at"]
        return found

    def result(self, test_id: str) -> str:
        """The present result of a test of the rules."""
        (row,) = self.rows("FROM assess.test_result WHERE test_id = $1 AND until_run_no IS NULL", test_id)
        return str(row["result"])

    def landed(self, record: dict[str, Any]) -> bytes:
        """The bytes that a record was read from."""
        return Landing(load_installation(self.folder).state.landing).read(record["locator"]["artifact"])
