"""`ensia check`: everything that is wrong is told at once, each with its place, and nothing is read or stored."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app

GOOD = """\
organisation: {id: voorbeeld, name: Voorbeeld}
sources:
  - id: beleid
    connector: spreadsheet
    file: beleid.xlsx
    kind: document
    key: [title]
    columns: {title: Naam, topic: Onderwerp}
"""
TRAINING = """\
  - id: opleidingen
    connector: spreadsheet
    file: opleidingen.csv
    kind: training
    key: [subject]
    columns: {subject: Naam, course: Cursus}
"""


def checked(folder: Path, text: str) -> tuple[int, str]:
    (folder / "ensia.yaml").write_text(text, "utf-8")
    done = CliRunner().invoke(app, ["check", "--config", str(folder / "ensia.yaml")])
    assert not (folder / "state").exists()
    return done.exit_code, done.output


def test_a_sound_configuration(tmp_path: Path) -> None:
    code, told = checked(tmp_path, GOOD)
    assert code == 0 and "in orde; 1 bron" in told


def test_a_state_that_others_may_read_is_told_with_the_command_that_mends_it(tmp_path: Path) -> None:
    (tmp_path / "ensia.yaml").write_text(GOOD, "utf-8")
    warehouse = tmp_path / "state" / "warehouse" / "ensia.duckdb"
    warehouse.parent.mkdir(parents=True)
    warehouse.touch()
    for path in (tmp_path / "state", warehouse.parent):
        path.chmod(0o755)
    warehouse.chmod(0o644)
    told = CliRunner().invoke(app, ["check", "--config", str(tmp_path / "ensia.yaml")])
    assert told.exit_code == 2 and "3 bestanden en mappen staan open" in told.output
    command = told.output.split("draai nu: ")[1].strip()
    assert command == f"chmod -R go= {tmp_path / 'state'}"
    subprocess.run(command.split(), check=True)
    assert CliRunner().invoke(app, ["check", "--config", str(tmp_path / "ensia.yaml")]).exit_code == 0


def test_every_mistake_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENSIA_PSEUDONYM_KEY", raising=False)
    wrong = GOOD.replace("columns:", "kolommen:").replace("key: [title]", "kee: [title]") + TRAINING
    code, told = checked(tmp_path, wrong + "  - {id: meldingen, connector: topdek}\n")
    assert code == 2
    for part in ("regel 7: kee is hier geen", "regel 8: kolommen is hier geen", "ENSIA_PSEUDONYM_KEY", "topdek"):
        assert part in told


def test_what_every_source_leaves_out_is_told_at_once(tmp_path: Path) -> None:
    """One system is asked over a plain connection, another names no user and no token: neither hides the other."""
    text = """\
organisation: {id: voorbeeld, name: Voorbeeld}
sources:
  - {id: meldingen, connector: topdesk, address: "http://a.example.nl", user: USER, token: TOKEN}
  - {id: tweede, connector: topdesk, address: "https://a.example.nl"}
  - {id: scans, connector: wazuh, server: {address: "https://b.example.nl", token: ""}}
"""
    code, told = checked(tmp_path, text)
    assert code == 2
    for part in (
        "bron ‘meldingen’ (topdesk), regel 3: address: begint met http://",
        "bron ‘tweede’ (topdesk), regel 4: 'user' ontbreekt: de naam van de omgevingsvariabele met de gebruikersnaam",
        "bron ‘tweede’ (topdesk), regel 4: 'token' ontbreekt",
        "bron ‘scans’ (wazuh), regel 5: 'token' ontbreekt",
    ):
        assert part in told, told


def test_a_cycle_of_another_year_is_told(tmp_path: Path) -> None:
    """It is no mistake: the year may have turned. A cycle without a year is that of every run."""
    code, told = checked(tmp_path, GOOD + "cycle: {year: 2020}\n")
    assert code == 0 and "‘cycle’ vast op 2020" in " ".join(told.split())
    code, told = checked(tmp_path, GOOD + "cycle: {aspects: [design, existence]}\n")
    assert code == 0 and "vast op" not in told


def test_a_coverage_of_cases_without_types_counts_for_nothing(tmp_path: Path) -> None:
    _, told = checked(tmp_path, GOOD.replace("    key:", "    covers: [{kind: ticket}, {kind: document}]\n    key:"))
    assert "‘covers’ noemt ticket zonder soorten" in told and "about: [incident" in told
    assert "noemt document" not in told
