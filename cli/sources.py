"""`ensia sources`: which sources there are, whether they can be reached, and what their first records look like."""

from __future__ import annotations

from itertools import islice
from typing import Any

from cli.common import console, print_json, table
from connectors.base import Window
from flows.collect import build
from flows.installation import Installation, Member
from models.configuration import Source
from models.errors import EnsiaError, NotFound
from models.kind import ENVELOPE_COLUMNS, kinds
from warehouse.database import today
from warehouse.staging import MASK

SAMPLE = 5


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
    payload = next(iter(connection.fetch(Window())), None)
    if payload is None:
        raise EnsiaError(
            "de bron antwoordde, maar gaf niets", place=name, advice="controleer de zoekvraag of de bestandsnaam"
        )
    console().print(f"{name}: bereikt; eerste lading {payload.name}", style="green", markup=False)


def sample_source(installation: Installation, name: str, as_json: bool) -> None:
    """Show the first mapped records of a source, and which columns the mapping left empty; store nothing."""
    member, source = _find(installation, name)
    connection = build(member, source, today())
    records = list(
        islice((record for payload in connection.fetch(Window()) for record in connection.read(payload)), SAMPLE)
    )
    content = [_shown(record) for record in records]
    if as_json:
        print_json(content)
        return
    for item in content:
        table(
            f"{item['place']} · {item['kind']} · sleutel {item['key']}",
            ["Kolom", "Waarde"],
            [(name, value) for name, value in item["values"].items()],
        )
        for problem in item["problems"]:
            console().print(f"  niet te lezen: {problem}", style="red", markup=False)
    kind_names = {record.kind for record in records}
    for kind_name in kind_names:
        columns = [column.name for column in (*kinds()[kind_name].columns, *ENVELOPE_COLUMNS)]
        empty = [
            name
            for name in columns
            if all(item["values"].get(name) is None for item in content if item["kind"] == kind_name)
        ]
        console().print(f"Leeg gelaten ({kind_name}): {', '.join(empty) or 'niets'}", markup=False)


def _shown(record: Any) -> dict[str, Any]:
    """A record for the screen; personal values are masked."""
    personal = {column.name for column in kinds()[record.kind].columns if column.personal}
    return {
        "kind": record.kind,
        "key": MASK if personal else record.key,
        "place": str(record.locator),
        "values": {name: (MASK if name in personal and value else value) for name, value in record.values.items()},
        "problems": [
            f"{problem.column}: {MASK if problem.field in personal else problem.value!r}; verwacht: {problem.expected}"
            for problem in record.problems
        ],
    }
