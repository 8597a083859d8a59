"""A JSON export of incidents: what lies in it, and the settings with which it is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SETTINGS: dict[str, Any] = {
    "file": "meldingen*.json",
    "kind": "ticket",
    "records": "data.incidents",
    "key": "nummer",
    "fields": {
        "title": "korte_omschrijving",
        "ticket_type": {"path": "soort.naam", "values": {"Storing beveiliging": "incident"}},
        "priority": "prioriteit",
        "opened_at": "aangemeld",
        "resolved_at": "afgehandeld",
        "labels": "labels",
    },
}
INCIDENT = {
    "nummer": "M 2603 001",
    "korte_omschrijving": "Laptop kwijt",
    "soort": {"naam": "Datalek"},
    "prioriteit": "P2",
    "aangemeld": "2026-03-04T09:15:00+00:00",
    "afgehandeld": None,
    "labels": ["gemeld_bij_ap", "root_cause_analysis"],
}


def written(folder: Path, document: Any, name: str = "meldingen.json") -> Path:
    (folder / name).write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return folder


def wrapped(*items: Any) -> dict[str, Any]:
    return {"exported": "2026-11-20", "data": {"incidents": list(items), "count": len(items)}}
