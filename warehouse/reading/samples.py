"""Samples: a population frozen as it is, and the records drawn from it. Anybody can repeat a draw: the records are put in the
order of the hash of the population's mark with their own key, and the first ones are taken. No chance is involved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.catalogue import Population
from models.kind import kinds
from models.record import Locator
from models.selection import population_condition
from models.sql_text import literal
from warehouse.reading.read import Published, sql_literal
from warehouse.storage.papers import papers

# How many are drawn, by how often what is sampled happens (domain.md section 4).
_SIZES = {"yearly": 1, "quarterly": 2, "monthly": 3, "weekly": 8, "daily": 25, "more_often": 40}


@dataclass(frozen=True, slots=True)
class Member:
    """A record of a population: its key there (source and record key), its version, and how a person finds it."""

    source_id: str
    record_key: str
    version: str
    title: str
    owner: str | None
    url: str | None
    place: str

    @property
    def key(self) -> tuple[str, str]:
        """What the record is known by."""
        return self.source_id, self.record_key


def frozen_population(
    published: Published,
    organisation: str,
    population: Population,
) -> list[Member]:
    """The records that a population has now, by source and key."""
    as_of: date = published.last_run()["as_of"]
    published.connection.execute(f"SET VARIABLE as_of = {sql_literal(as_of)}")
    published.connection.execute(f"SET VARIABLE window_start = {sql_literal(as_of.replace(month=1, day=1))}")
    kind = kinds()[population.kind]
    rows = published.rows(
        "SELECT source_id, record_key, content_hash AS version, coalesce(title, record_key) AS title, owner, url, locator "
        f"FROM evidence.{kind.kind} WHERE retired_at IS NULL AND organisation_id = {literal(organisation)} "
        f"AND ({population_condition(population)}) ORDER BY source_id, record_key"
    )
    return [Member(place=str(Locator.of(row.pop("locator"))), **row) for row in rows]


def population_mark(members: Iterable[Member]) -> str:
    """The mark of a frozen population: another record, or another version of one, gives another mark."""
    versions = [[member.source_id, member.record_key, member.version] for member in members]
    return hashlib.sha256(json.dumps(versions, ensure_ascii=False).encode()).hexdigest()


def sample_size(frequency: str, population: int) -> int:
    """How many records are drawn: by rhythm, or of a register all up to 5, 5 up to 50, and 10 above."""
    of_register = 5 if population <= 50 else 10
    return min(population, _SIZES.get(frequency, of_register))


def drawn_from(
    members: Sequence[Member],
    mark: str,
    number: int,
    before: set[tuple[str, str]],
) -> list[Member]:
    """The first `number` in the order that the mark gives, without those drawn `before`."""
    candidates = [member for member in members if member.key not in before]
    return sorted(candidates, key=lambda member: _order(mark, member))[:number]


def _order(mark: str, member: Member) -> str:
    return hashlib.sha256(json.dumps([mark, *member.key], ensure_ascii=False).encode()).hexdigest()


def drawn_records(
    published: Published,
    organisation: str,
    sample: str,
) -> list[dict[str, Any]]:
    """What was drawn for a sample, each record as it was handed in."""
    drawn = [paper for paper in papers(published.connection, organisation) if paper["paper"] == "draw"]
    return [row["values"] for paper in drawn if paper["about"] == sample for row in paper["rows"]]
