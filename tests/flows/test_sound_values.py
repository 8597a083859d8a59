"""A value that cannot be taken, or disagrees with others, is unknown in its record, and said; the record still counts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cli.status import show_status
from flows.installation import load_installation
from models.language import Language
from tests.flows.municipality import rows
from tests.pipeline import run_once

AS_OF = date(2026, 11, 20)
TICKETS = """Nummer;Soort;Gemeld;Opgelost;Prioriteit
I-1;incident;01-11-2026;03-11-2026;hoog
I-2;incident;05-11-2026;04-11-2026;middel
I-3;incident;06-11-2026;07-11-2026;superhoog
I-4;incident;06-11-2026;01-12-2026;laag
I-5;incident;31-11-2026;;laag
"""
MEASURES = """Maat;Object;Waarde;Teller;Noemer;Eenheid;Gemeten
mfa-dekking;alles;100;1;14;%;01-11-2026
schijfversleuteling;alles;80,3;171;213;%;01-11-2026
"""
SOURCE = """
  - id: metingen
    connector: spreadsheet
    file: metingen.csv
    kind: measurement
    key: [metric, object]
    columns: {metric: Maat, object: Object, value: Waarde, numerator: Teller, denominator: Noemer, unit: Eenheid, observed_at: Gemeten}
"""


def test_what_disagrees_is_unknown_and_listed(municipality: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (municipality / "incidenten.csv").write_text(TICKETS, "utf-8")
    (municipality / "metingen.csv").write_text(MEASURES, "utf-8")
    file = municipality / "ensia.yaml"
    file.write_text(file.read_text("utf-8") + SOURCE, "utf-8")
    run_once(municipality, AS_OF)
    tickets = rows(municipality, "SELECT title, resolved_at IS NULL, priority FROM evidence.ticket ORDER BY title")
    assert tickets == [
        ("I-1", False, "high"),
        ("I-2", True, "medium"),
        ("I-3", False, None),
        ("I-4", True, "low"),
    ]
    listed = rows(municipality, "SELECT rij, kolom, waarde, regel FROM main.onbekende_waarden ORDER BY rij")
    assert listed == [
        (3, "Opgelost op", "2026-11-04 23:59:59", "resolved-after-opened"),
        (4, "Prioriteit", "superhoog", "readable"),
        (5, "Opgelost op", "2026-12-01 23:59:59", "resolved-not-ahead"),
    ]
    out = rows(
        municipality,
        "SELECT bron, rij, regel FROM main.quarantaine WHERE soort_bewijs IN ('ticket', 'measurement') ORDER BY ALL",
    )
    assert out == [
        ("incidenten", 6, "readable"),
        ("incidenten", 6, "required-opened_at"),
        ("metingen", 2, "value-fits-parts"),
    ]
    assert rows(municipality, "SELECT metric FROM evidence.measurement WHERE source_id = 'metingen'") == [
        ("disk_encryption_coverage",)
    ]
    show_status(load_installation(municipality).state, None, Language.NL, False, None, None)
    told = (
        "3 waarden zijn onbekend: ze zijn niet over te nemen, of spreken andere tegen: Opgelost op (2), Prioriteit (1)"
    )
    assert told in capfd.readouterr().out
