"""A municipality with two sources in a folder, as small as one can be and still have a night. What is done to its files is
left to each test."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from flows.installation import load_installation
from warehouse.reading.read import Published

AS_OF = date(2026, 11, 20)
HEADER = ["Naam", "Onderwerp", "Status", "Vastgesteld op", "Herzien voor", "Eigenaar"]
ROWS: list[list[Any]] = [
    ["Informatiebeveiligingsbeleid", "informatiebeveiligingsbeleid", "vastgesteld", "12-01-2026", "12-01-2027", "CISO"],
    ["Risicobereidheid", "risicobereidheid", "vastgesteld", "02-02-2026", "", "directie"],
    ["Terugblik", "directiebeoordeling", "concept", "", "", "CISO"],
]
REGISTER = """
  - id: {name}
    connector: spreadsheet
    file: {name}.xlsx
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
"""
TICKETS = """
  - id: {name}
    connector: spreadsheet
    file: {name}.csv
    kind: ticket
    key: [title]
    covers: [{{kind: ticket}}]
    columns: {{title: Nummer, ticket_type: Soort, opened_at: Gemeld, resolved_at: Opgelost, priority: Prioriteit}}
"""
HEAD = """
organisation: {id: gemeente-test, name: Gemeente Test}
frameworks: [bio2-1.3, principes-2018]
exports: []
sources:
"""
CONFIGURATION = HEAD + REGISTER.format(name="beleid") + TICKETS.format(name="incidenten")
INCIDENTS = (
    "Nummer;Soort;Gemeld;Opgelost;Prioriteit\nI-1;incident;01-11-2026;03-11-2026;hoog\nI-2;datalek;05-11-2026;;middel\n"
)


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


def write_municipality(folder: Path) -> Path:
    """The folder of a municipality with a register of policies and a list of incidents; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ensia.yaml").write_text(CONFIGURATION, "utf-8")
    write_register(folder / "beleid.xlsx", ROWS)
    (folder / "incidenten.csv").write_text(INCIDENTS, "cp1252")
    return folder


def rows(folder: Path, sql: str, *bound: Any) -> list[tuple[Any, ...]]:
    """What the published file of the municipality answers."""
    with Published(load_installation(folder).state) as published:
        return published.connection.execute(sql, list(bound)).fetchall()
