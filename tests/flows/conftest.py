"""A municipality in a folder, and one orchestration server for the whole test run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")


@pytest.fixture(scope="session", autouse=True)
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One ephemeral server, as a run without a configured server starts it."""
    os.environ["PREFECT_HOME"] = str(tmp_path_factory.mktemp("prefect"))
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield


HEADER = ["Naam", "Onderwerp", "Status", "Vastgesteld op", "Herzien voor", "Eigenaar"]
ROWS: list[list[Any]] = [
    ["Informatiebeveiligingsbeleid", "informatiebeveiligingsbeleid", "vastgesteld", "12-01-2026", "12-01-2027", "CISO"],
    ["Risicobereidheid", "risicobereidheid", "vastgesteld", "02-02-2026", "", "directie"],
    ["Terugblik", "directiebeoordeling", "concept", "", "", "CISO"],
]


def write_register(path: Path, rows: list[list[Any]], header: list[str] | None = None) -> None:
    """A policy register with a title above its header."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Beleid"
    sheet.append(["Beleidsregister gemeente"])
    sheet.append([])
    for row in [header or HEADER, *rows]:
        sheet.append(row)
    book.save(path)


CONFIGURATION = """
organisation: {id: gemeente-test, name: Gemeente Test}
frameworks: [bio2-1.3, principes-2018]
exports: []
sources:
  - id: beleid
    connector: spreadsheet
    file: beleid.xlsx
    kind: document
    key: [title]
    columns:
      title: Naam
      topic: Onderwerp
      state: Status
      adopted_on: Vastgesteld op
      review_due: Herzien voor
      owner: Eigenaar
    optional: [owner]
  - id: incidenten
    connector: spreadsheet
    file: incidenten.csv
    kind: ticket
    key: [title]
    covers: [{kind: ticket}]
    columns: {title: Nummer, ticket_type: Soort, opened_at: Gemeld, resolved_at: Opgelost, priority: Prioriteit}
"""
INCIDENTS = (
    "Nummer;Soort;Gemeld;Opgelost;Prioriteit\nI-1;incident;01-11-2026;03-11-2026;hoog\nI-2;datalek;05-11-2026;;middel\n"
)


@pytest.fixture
def municipality(tmp_path: Path) -> Path:
    """The folder of a municipality with two sources; returns its path."""
    (tmp_path / "ensia.yaml").write_text(CONFIGURATION, "utf-8")
    write_register(tmp_path / "beleid.xlsx", ROWS)
    (tmp_path / "incidenten.csv").write_text(INCIDENTS, "cp1252")
    return tmp_path
