"""`ensia sources`: which sources there are, whether they can be reached, and what their first records look like."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from cli.common import console, print_json, table
from connectors.base import Problem, Record, Window
from connectors.reading import payloads_of, records_of
from flows.collect import build
from flows.installation import Installation, Member
from models.configuration import Source
from models.errors import EnsiaError, NotFound
from models.kind import ENVELOPE_COLUMNS, Column, Kind, kinds, vocabularies
from warehouse.database import today
from warehouse.staging import MASK, masked

SAMPLE = 3  # records per kind
LOOK = 2_000  # records that are looked at to find some of every kind


def list_sources(installation: Installation, as_json: bool) -> None:
    """Print every configured source."""
    rows: list[dict[str, Any]] = [
        {
            "organisation": member.organisation.id,
            "source": source.id,
            "connector": source.connector,
            "title": source.title,
            "personal_data": source.personal_data,
            "expected_every": str(source.expected_every),
            "covers": [
                f"{cover.kind}{': ' + ', '.join(cover.about) if cover.about else ''}" for cover in source.covers
            ],
        }
        for member, source in installation.sources()
    ]
    if as_json:
        print_json(rows)
        return
    table(
        f"Bronnen: {len(rows)}",
        ["Organisatie", "Bron", "Koppeling", "Titel", "Verwacht elke", "Ziet alles van"],
        [
            (
                row["organisation"],
                row["source"],
                row["connector"],
                row["title"],
                row["expected_every"],
                "; ".join(row["covers"]),
            )
            for row in rows
        ],
    )


def _find(installation: Installation, name: str) -> tuple[Member, Source]:
    found = [
        (member, source)
        for member, source in installation.sources()
        if name in (source.id, f"{member.organisation.id}/{source.id}")
    ]
    if len(found) != 1:
        known = ", ".join(f"{member.organisation.id}/{source.id}" for member, source in installation.sources())
        reason = f"bron ‘{name}’ is er niet" if not found else f"‘{name}’ is een bron van meer organisaties"
        raise NotFound(reason, advice=f"er zijn: {known}")
    return found[0]


def test_source(installation: Installation, name: str) -> None:
    """Reach a source, authenticate and read its first payload; store nothing. Raises SourceError."""
    member, source = _find(installation, name)
    connection = build(member, source, today())
    payload = next(iter(payloads_of(connection, Window())), None)
    if payload is None:
        raise EnsiaError(
            "de bron antwoordde, maar gaf niets", place=name, advice="controleer de zoekvraag of de bestandsnaam"
        )
    console().print(f"{name}: bereikt; eerste lading {payload.name}", style="green", markup=False)


def sample_source(installation: Installation, name: str, as_json: bool) -> None:
    """Show the first mapped records of each kind of a source, and which columns the mapping left empty; store nothing."""
    member, source = _find(installation, name)
    connection = build(member, source, today())
    records = (record for payload in payloads_of(connection, Window()) for record in records_of(connection, payload))
    first = _first_of_each(records, connection.kinds)
    if as_json:
        print_json([_shown(record, source.personal_data) for found in first.values() for record in found])
        return
    if not any(first.values()):
        console().print(f"{name}: bereikt, maar er staat geen enkele regel in", style="yellow", markup=False)
    for kind_name, found in first.items():
        for record in found:
            _print(record, source.personal_data)
        if found:
            empty = [f"{column.name} ({column.nl})" for column in _left_empty(kinds()[kind_name], found)]
            console().print(f"Leeg gelaten ({kind_name}): {', '.join(empty) or 'niets'}", markup=False)


def _first_of_each(records: Iterable[Record], expected: Sequence[str]) -> dict[str, list[Record]]:
    """The first records of every kind; what comes after LOOK records is not waited for."""
    first: dict[str, list[Record]] = {kind: [] for kind in expected}
    for record in islice(records, LOOK):
        found = first.setdefault(record.kind, [])
        if len(found) < SAMPLE:
            found.append(record)
        if all(len(found) == SAMPLE for found in first.values()):
            break
    return first


def _left_empty(kind: Kind, records: Sequence[Record]) -> list[Column]:
    """The columns that no record fills; not those that the pipeline fills itself when the source does not."""
    own = {"observed_at", *(["title"] if kind.naming else [])}
    return [
        column
        for column in (*kind.columns, *ENVELOPE_COLUMNS)
        if column.name not in own and all(record.values.get(column.name) is None for record in records)
    ]


def _print(record: Record, personal_data: bool) -> None:
    """One record as a table: the column, what people call it, and its value with the word for its code."""
    kind, shown = kinds()[record.kind], _shown(record, personal_data)
    table(
        f"{shown['place']} · {record.kind} · sleutel {shown['key']}",
        ["Kolom", "Betekenis", "Waarde"],
        [(name, kind.column(name).nl, _in_words(kind.column(name), value)) for name, value in shown["values"].items()],
    )
    for problem in shown["problems"]:
        console().print(f"  niet te lezen: {problem}", style="red", markup=False)


def _in_words(column: Column, value: Any) -> Any:
    """A code with the Dutch word that it stands for; other values as they are."""
    terms = vocabularies()[column.vocabulary].terms if column.vocabulary else {}
    if isinstance(value, list):
        return ", ".join(str(_in_words(column, item)) for item in value)
    return f"{value} ({terms[value].nl})" if isinstance(value, str) and value in terms else value


def _shown(record: Record, personal_data: bool) -> dict[str, Any]:
    """A record for the screen; personal values are masked, and what was refused of a source with personal data."""
    personal = {column.name for column in kinds()[record.kind].columns if column.personal}
    return {
        "kind": record.kind,
        "key": MASK if personal else record.key,
        "place": str(record.locator),
        "values": {name: (MASK if name in personal and value else value) for name, value in record.values.items()},
        "problems": [_problem(problem, personal_data or problem.field in personal) for problem in record.problems],
    }


def _problem(problem: Problem, hidden: bool) -> str:
    value, expected = masked(problem, hidden)
    return f"{problem.column}: {value!r}; verwacht: {expected}"
