"""`ensia explain`: what is not good comes first and is counted whole; what is good is shown as a sample and called one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.main import main
from flows.installation import Installation
from tests.town import Town

GOOD, NOT_GOOD = 5, 51
SOURCES = """\
  - {id: middelen, connector: spreadsheet, file: middelen.xlsx, kind: register_entry, constants: {register: asset}, key: [name],
     columns: {name: Nummer, title: Naam, owner: Eigenaar, entry_type: Soort}}
"""
RULES = {
    "E.1": """\
      - {id: E.1-eigenaar, aspect: existence, type: ratio, kind: register_entry, about: [asset], good: "owner IS NOT NULL",
         pass_at: 1.0, partial_at: 0.9, min_basis: attested, nl: "Elk middel heeft een eigenaar.", en: "Every asset has an owner."}""",
}


@pytest.fixture
def lines(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The explanation of a norm with one test of which 51 of 56 records are not good, line by line."""
    town = Town(tmp_path, SOURCES, RULES)
    owners = ["ICT"] * GOOD + [None] * NOT_GOOD
    rows = [
        (f"M-{number}", f"Systeem {number}", owner, "informatiesysteem") for number, owner in enumerate(owners, start=1)
    ]
    town.workbook("middelen.xlsx", ["Nummer", "Naam", "Eigenaar", "Soort"], *rows)
    town.night()
    monkeypatch.setenv("COLUMNS", "300")
    capsys.readouterr()
    assert main(["explain", "E.1", "--config", str(tmp_path)]) == 0
    return capsys.readouterr().out.splitlines()


def test_twenty_that_are_not_good_are_shown_with_verdict_key_and_place(lines: list[str]) -> None:
    shown = [line for line in lines if re.search(r"\[(niet goed|onbekend)\] .*\(.+\) ← .*rij \d+", line)]
    assert len(shown) == 20


def test_how_many_more_there_are_is_said_with_the_question_that_gives_all(lines: list[str]) -> None:
    [more] = [line for line in lines if "en nog " in line]
    assert "en nog 31 " in more
    assert "ensia sql \"FROM toets_regels('E.1-eigenaar')\"" in more


def test_good_ones_are_a_sample_and_come_after(lines: list[str]) -> None:
    [heading] = [number for number, line in enumerate(lines) if "voorbeelden van goede regels (3 van 5)" in line]
    assert not any("[niet goed]" in line or "[onbekend]" in line for line in lines[heading:])


def test_what_the_norm_demands_stands_before_its_tests_with_what_proves_it(
    example: Installation, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    assert main(["explain", "5.09.01", "--config", str(example.file)]) == 0
    text = capsys.readouterr().out
    demands = re.findall(r"Eis (\w+) \((.+?)\): (.+)", text)
    proofs = re.findall(r"getoetst met (5\.09\.01-[\w-]+): (goed|deels|niet goed|niet voorgekomen|geen bewijs)", text)
    assert len(demands) >= 2 and len(proofs) >= len(demands)
    assert text.index("Eis a") < text.index("Maatstaf")
