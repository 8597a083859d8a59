"""Keeps the official wording of norms in the warehouse of an organisation that has it, beside our own summaries."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from warehouse.storage.database import utc_now


def store_official_text(
    connection: duckdb.DuckDBPyConnection,
    framework_id: str,
    texts: Sequence[tuple[str, str]],
    *,
    source_name: str,
    source_hash: str,
) -> int:
    """Replace the official texts of a framework by these (number, text) pairs; returns how many were kept. The caller
    holds the transaction."""
    connection.execute("DELETE FROM catalogue.official_text WHERE framework_id = ?", [framework_id])
    moment = utc_now()
    rows = [[framework_id, number, text, source_name, source_hash, moment] for number, text in texts]
    connection.executemany("INSERT INTO catalogue.official_text VALUES (?, ?, ?, ?, ?, ?)", rows)
    return len(rows)
