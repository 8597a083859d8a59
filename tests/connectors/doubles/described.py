"""The examples of docs/connectors.md, and the system that the page describes as a double."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from tests.connectors.faults import Reply, Request, as_json

TEXT = (Path(__file__).parents[3] / "docs" / "connectors.md").read_text("utf-8")


def example(name: str) -> str:
    match = re.search(rf"<!-- example: {name} -->\n```\w+\n(.*?)```", TEXT, re.S)
    assert match
    return match[1]


SECRET = "geheime-sleutel"


def described(address: str) -> dict[str, Any]:
    """The settings of the example of a described system, with another address."""
    content: dict[str, Any] = yaml.safe_load(example("system"))
    assert content.pop("connector") == "rest"
    return {**content, "address": address}


ITEM = {
    "id": 7,
    "onderwerp": "Kwijtgeraakte laptop",
    "soort": "Lek",
    "prio": "b",
    "gemeld": "2026-11-02T08:00:00Z",
    "gewijzigd": "2026-11-02T09:00:00Z",
    "streefdatum": "2026-11-05",
    "afgerond": "2026-11-03T08:00:00Z",
    "status": "klaar",
    "velden": [{"naam": "Labels", "waarde": "oorzaakanalyse"}],
    "trefwoorden": ["laptop"],
}


def reply(request: Request) -> Reply:
    """What the described system answers."""
    assert request.headers["x-api-key"] == SECRET
    if request.path == "/api/v2/ik":
        return as_json({"id": 12})
    assert request.path == "/api/v2/meldingen"
    return as_json({"data": {"items": [ITEM] if request.query["offset"] == "0" else [], "totaal": 1}})
