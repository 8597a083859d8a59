"""The records of plans in a scratch database (`scratch.py`): which present record a plan takes the place of, and
what it adds. What a plan may say is left to `flows/what_if.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb


def replace_present(
    connection: duckdb.DuckDBPyConnection, kind: str, organisation: str, key: str, names: Sequence[str]
) -> dict[str, Any]:
    """Leave the present record with this key out, since a plan takes its place; its known values in the columns `names`,
    empty when there is no such record."""
    row = connection.execute(
        f"SELECT evidence_id, {', '.join(names)} FROM evidence.{kind} "
        "WHERE organisation_id = ? AND record_key = ? AND retired_at IS NULL LIMIT 1",
        [organisation, key],
    ).fetchone()
    if row is None:
        return {}
    evidence_id, *values = row
    connection.execute("INSERT INTO planned.replaced (evidence_id) VALUES (?)", [evidence_id])
    return {name: value for name, value in zip(names, values, strict=True) if value is not None}


def add_plan(connection: duckdb.DuckDBPyConnection, kind: str, values: Mapping[str, Any], plan: str) -> None:
    """Add a record of `kind` with these values by column; `plan` tells one plan from another."""
    names = ", ".join(values)
    marks = ", ".join(f"${name}" for name in values)
    connection.execute(
        f"INSERT INTO planned.{kind} ({names}, evidence_id) VALUES ({marks}, md5_number_lower($plan))",
        {**values, "plan": plan},
    )
