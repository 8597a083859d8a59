"""`ensia sources sample`: what an officer sees of a source before the first night, and that nothing stays behind."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from cli.sources import SAMPLE, Choice, sample_source, sample_sources
from cli.sources import test_source as source_test
from flows.installation import Installation, load_installation
from models.language import Language
from tests.connectors.faults import FaultServer
from tests.connectors.report_files import REAL_LYNIS
from tests.connectors.secret_words import SECRETS
from tests.connectors.vendors import Redmine, World, tickets
from tests.connectors.workbooks import write_xlsx


@pytest.fixture
def lynis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("COLUMNS", "160")
    (tmp_path / "report.dat").write_bytes(REAL_LYNIS.read_bytes())
    source = "{id: hardening, connector: lynis, file: report.dat}"
    text = f"organisation: {{id: gemeente, name: Gemeente}}\nsources: [{source}]\n"
    (tmp_path / "ensia.yaml").write_text(text, "utf-8")
    return load_installation(tmp_path)


def test_some_of_every_kind_is_shown_and_nothing_is_stored(
    lynis: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    """The one measurement and the one scan stand behind dozens of findings."""
    sample_source(lynis, "hardening", Language.NL, True)
    shown = json.loads(capsys.readouterr().out)
    assert Counter(record["kind"] for record in shown) == {"finding": SAMPLE, "measurement": 1, "scan": 1}
    assert {entry.name for entry in lynis.file.parent.iterdir()} == {"ensia.yaml", "report.dat"}


def test_columns_and_codes_stand_beside_the_words_for_them(
    lynis: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    sample_source(lynis, "hardening", Language.NL, False)
    text = " ".join(capsys.readouterr().out.split())
    assert "severity Ernst low (laag)" in text
    assert "metric Maat hardening_index (hardeningsindex)" in text
    assert "Leeg gelaten (finding): score (Score), due_at (Uiterlijk), resolved_at (Opgelost op)" in text
    assert "observed_at (" not in text  # the pipeline fills it


def _redmine(folder: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("REDMINE_KEY", SECRETS["TOKEN"])
    source = f'{{id: tickets, connector: redmine, address: "{address}", token: REDMINE_KEY, attempts: 1}}'
    text = f"organisation: {{id: gemeente, name: Gemeente}}\nsources: [{source}]\n"
    (folder / "ensia.yaml").write_text(text, "utf-8")
    return load_installation(folder)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (3, "3 regels in de eerste lading"),
        (1, "1 regel in de eerste lading"),
        (0, "Geen enkele regel in de eerste lading"),
    ],
)
def test_a_test_says_as_whom_and_how_many_and_doubts_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int, said: str
) -> None:
    double = Redmine(World(tickets(number)))
    with FaultServer(double.reply, counts=double.counts) as server:
        source_test(_redmine(tmp_path, server.address, monkeypatch), "tickets", Language.NL)
    text = capsys.readouterr().out
    assert "tickets: bereikt" in text
    assert "aangemeld als ensia" in text
    assert said in text
    assert ("controleer de rechten en de filter" in text) is (number == 0)


def test_a_test_of_a_file_names_no_account(lynis: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    source_test(lynis, "hardening", Language.NL)
    text = capsys.readouterr().out
    assert "aangemeld" not in text
    assert "regels in de eerste lading" in text


REGISTERS = """organisation: {id: gemeente, name: Gemeente}
sources:
  - id: registers
    connector: spreadsheet
    file: registers.xlsx
    tables:
      - &table
        sheet: Middelen
        kind: register_entry
        key: [register, name]
        constants: {register: bedrijfsmiddelen}
        columns: {name: Naam, owner: Eigenaar, verified_on: Nagelopen}
      - {<<: *table, sheet: Koppelingen, constants: {register: back-ups}}
  - {id: weg, connector: spreadsheet, file: weg.xlsx, kind: document, key: [title]}
"""


@pytest.fixture
def registers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("COLUMNS", "160")
    rows = [
        ["Naam", "Eigenaar", "Nagelopen"],
        *([f"S{number}", "CIO", "4-3-2026"] for number in range(6)),
        ["S9", "CIO", "ooit"],
    ]
    write_xlsx(tmp_path / "registers.xlsx", {"Middelen": rows, "Koppelingen": rows[:4]})
    (tmp_path / "ensia.yaml").write_text(REGISTERS, "utf-8")
    return load_installation(tmp_path)


def places(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [record["place"] for record in json.loads(capsys.readouterr().out)]


def test_every_table_is_shown_with_its_first_refused_row(
    registers: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    sample_source(registers, "registers", Language.NL, True)
    first = [f"registers.xlsx, blad Middelen, rij {row}" for row in (2, 3, 4)]
    other = [f"registers.xlsx, blad Koppelingen, rij {row}" for row in (2, 3, 4)]
    assert places(capsys) == [*first, "registers.xlsx, blad Middelen, rij 8", *other]
    sample_source(registers, "registers", Language.NL, False)
    text = " ".join(capsys.readouterr().out.split())
    assert "Eerste afgekeurde regel (register_entry · asset · Middelen)" in text
    assert "Nagelopen: 'ooit'; verwacht: een datum" in text


def test_one_table_and_so_many_rows_can_be_asked(registers: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    sample_source(registers, "registers", Language.NL, True, Choice("koppel", 2))
    assert places(capsys) == [f"registers.xlsx, blad Koppelingen, rij {row}" for row in (2, 3)]
    sample_source(registers, "registers", Language.NL, True, Choice("", 1))
    assert len(places(capsys)) == 3  # one of each, and the refused one


def test_without_a_name_every_source_is_shown_and_what_fails_is_told(
    registers: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sample_sources(registers, Language.NL, False, Choice()) == 1
    shown = capsys.readouterr()
    assert "blad Koppelingen" in shown.out
    assert "gemeente/weg: " in shown.err and "weg.xlsx" in shown.err
