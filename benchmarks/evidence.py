"""Generates evidence for benchmarks: seeded, set-based, in proportions of a large municipality."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import duckdb

from models.catalogue import Catalogue
from models.kind import Column, Kind, kinds, vocabularies
from models.selection import literal

# Share of an organisation's records per kind.
SHARES: dict[str, float] = {
    "ticket": 0.40,
    "finding": 0.30,
    "training": 0.15,
    "register_entry": 0.08,
    "access_review": 0.02,
    "measurement": 0.02,
    "document": 0.01,
    "improvement": 0.005,
    "risk": 0.005,
    "decision": 0.004,
    "attestation": 0.004,
    "assurance": 0.001,
    "exercise": 0.001,
}


def organisation_name(number: int) -> str:
    """`gemeente-001` …"""
    return f"gemeente-{number:03d}"


def fill(
    connection: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    organisations: int,
    records: int,
    as_of: date,
    seed: int,
) -> int:
    """Insert about `records` evidence records for each organisation, recorded before `as_of`; returns the total."""
    connection.execute(
        f"INSERT INTO ops.organisation SELECT printf('gemeente-%03d', i), printf('Gemeente %d', i), 'gemeente' "
        f"FROM range(1, {organisations + 1}) AS r(i)"
    )
    total = 0
    for name, share in SHARES.items():
        number = max(1, round(records * share))
        _fill_kind(connection, kinds()[name], catalogue, organisations, number, as_of, seed)
        total += number * organisations
    recorded = datetime(as_of.year, as_of.month, as_of.day)
    connection.execute(
        "INSERT INTO ops.source_run (run_id, organisation_id, source_id, as_of, recorded_at, status, fresh_until) "
        "SELECT 'r', organisation_id, 'alles', ?, ?, 'ok', ? FROM ops.organisation",
        [as_of, recorded, as_of + timedelta(days=1)],
    )
    for name in SHARES:
        connection.execute(
            "INSERT INTO ops.source_coverage SELECT 'r', organisation_id, 'alles', ?, NULL FROM ops.organisation",
            [name],
        )
    return total


def _fill_kind(
    connection: duckdb.DuckDBPyConnection,
    kind: Kind,
    catalogue: Catalogue,
    organisations: int,
    number: int,
    as_of: date,
    seed: int,
) -> None:
    values = {column.name: _expression(kind, column, catalogue, as_of, seed) for column in kind.columns}
    observed = (
        f"coalesce({', '.join(values[name] for name in kind.observed_from)})"
        if kind.observed_from
        else _day(as_of, 300, "o", seed)
    )
    own = ", ".join(f"{expression} AS {name}" for name, expression in values.items())
    recorded = f"TIMESTAMP '{as_of} 00:00:00'"
    connection.execute(
        f"INSERT INTO evidence.{kind.kind} BY NAME SELECT printf('gemeente-%03d', o) AS organisation_id, 'alles' AS source_id, "
        f"CAST(i AS VARCHAR) AS record_key, hash(o, i, '{kind.kind}') AS evidence_id, {recorded} AS recorded_at, "
        f"CAST(hash(i) AS VARCHAR) AS content_hash, 'r' AS run_id, 'regel ' || i AS title, "
        f"least(CAST({observed} AS TIMESTAMP), {recorded}) AS observed_at, 'afdeling ' || (i % 20) AS owner, {own} "
        f"FROM range(1, {organisations + 1}) AS a(o), range({number}) AS b(i) ORDER BY o, {kind.discriminator or 'i'}"
    )


def _pick(options: list[str], salt: str, seed: int) -> str:
    listed = ", ".join(map(literal, options))
    return f"([{listed}])[CAST(1 + hash(i, o, {literal(salt)}, {seed}) % {len(options)} AS INTEGER)]"


def _share(salt: str, seed: int) -> str:
    """A number between 0 and 1 that depends on the row, the salt and the seed."""
    return f"((hash(i, o, {literal(salt)}, {seed}) % 10007) / 10007.0)"


def _day(as_of: date, days: int, salt: str, seed: int) -> str:
    return f"(DATE '{as_of}' - CAST(1 + hash(i, o, {literal(salt)}, {seed}) % {days} AS INTEGER))"


def _expression(kind: Kind, column: Column, catalogue: Catalogue, as_of: date, seed: int) -> str:
    """SQL for a plausible value of a column."""
    salt = f"{kind.kind}.{column.name}"
    if column.name == kind.discriminator:
        asked = sorted(
            {about for test in catalogue.tests if test.measure.kind == kind.kind for about in test.measure.about}
            | {norm.id for norm in catalogue.norms if kind.kind == "attestation" and norm.state == "active"}
        )
        return _pick(asked or ["anders"], salt, seed)
    if column.name == "framework_id":
        return "'bio2-1.3'"
    if column.name in ("resolved_at", "completed_on", "done_on"):
        start = {"resolved_at": "opened_at" if kind.kind == "ticket" else "first_seen"}.get(column.name)
        began = _day(as_of, 320, f"{kind.kind}.{start}", seed) if start else _day(as_of, 320, salt, seed)
        later = (
            f"(CAST({began} AS TIMESTAMP) + INTERVAL 1 HOUR * CAST(hash(i, {literal(salt)}, {seed}) % 400 AS INTEGER))"
        )
        late = f"CASE WHEN {later} < TIMESTAMP '{as_of}' AND {_share(salt, seed)} < 0.95 THEN {later} END"
        return late if column.type == "timestamp" else f"CAST({late} AS DATE)"
    if column.vocabulary and column.type in ("text", "list"):
        words = list(vocabularies()[column.vocabulary].terms)
        picked = _pick(words, salt, seed)
        return f"[{picked}]" if column.type == "list" else picked
    match column.type:
        case "date":
            return _day(as_of, 700 if column.name != "review_due" else 1, salt, seed) + (
                " + 200" if column.name == "review_due" else ""
            )
        case "timestamp":
            return f"CAST({_day(as_of, 320, salt, seed)} AS TIMESTAMP)"
        case "boolean":
            return f"({_share(salt, seed)} < 0.8)"
        case "integer" | "number":
            return f"CAST(100 * {_share(salt, seed)} AS {'BIGINT' if column.type == 'integer' else 'DOUBLE'})"
        case "list":
            return _list_words(catalogue, kind, salt, seed)
        case "map":
            return "MAP {'exit_strategy': 'yes', 'owner': 'ja'}"
    return "('naam ' || (i % 500))"


def _list_words(catalogue: Catalogue, kind: Kind, salt: str, seed: int) -> str:
    return f"CASE WHEN {_share(salt, seed)} < 0.5 THEN ['root_cause_analysis', 'lessons_learned'] ELSE ['overig'] END"
