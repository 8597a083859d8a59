"""Working papers: what people handed in about the evidence, kept as it was handed in. Nothing is changed or thrown away; the
next run makes evidence of it (`connectors/papers.py`). What a paper may say is for `flows/papers.py`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb

from warehouse.storage.database import transaction, utc_now


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper. `paper`: reading, draw or judgement; `about`: what it is about, such as the name of a sample; `person`: a
    pseudonym; `rows`: what it says, each with the place in the file where it stands; `facts`: what else belongs to it, such
    as the population from which was drawn."""

    paper: str
    about: str
    file_name: str
    file_hash: str
    role: str
    person: str
    rows: Sequence[dict[str, Any]]
    facts: Mapping[str, Any] = field(default_factory=dict)


def hand_in(connection: duckdb.DuckDBPyConnection, organisation: str, paper: Paper) -> int:
    """Keep a paper; returns its number. `connection` is the writable warehouse."""
    content = {"rows": list(paper.rows), "facts": dict(paper.facts)}
    with transaction(connection):
        row = connection.execute(
            "SELECT coalesce(max(paper_no), 0) + 1 FROM account.working_paper WHERE organisation_id = ?", [organisation]
        ).fetchone()
        number = int(row[0]) if row else 1
        connection.execute(
            "INSERT INTO account.working_paper VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                organisation,
                number,
                paper.paper,
                paper.about,
                paper.file_name,
                paper.file_hash,
                paper.role,
                paper.person,
                utc_now(),
                json.dumps(content, sort_keys=True, ensure_ascii=False, default=str),
            ],
        )
    return number


def papers(
    connection: duckdb.DuckDBPyConnection, organisation: str, since: datetime | None = None
) -> list[dict[str, Any]]:
    """Every paper of an organisation, in the order in which they were handed in, as the next run lands them; with `since` (UTC)
    only those that were handed in later."""
    cursor = connection.execute(
        "SELECT paper_no, paper, about, file_name, file_hash, role, person, handed_in_at, content "
        "FROM account.working_paper WHERE organisation_id = $organisation "
        "AND ($since IS NULL OR handed_in_at > $since) ORDER BY paper_no",
        {"organisation": organisation, "since": since},
    )
    names = [column[0] for column in cursor.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [{**paper, **json.loads(paper.pop("content"))} for paper in rows]
