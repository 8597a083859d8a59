"""`ensia check`: everything that is wrong is told at once, each with its place, and nothing is read or stored."""

from __future__ import annotations

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


def test_every_mistake_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENSIA_PSEUDONYM_KEY", raising=False)
    wrong = GOOD.replace("columns:", "kolommen:").replace("key: [title]", "kee: [title]") + TRAINING
    code, told = checked(tmp_path, wrong + "  - {id: meldingen, connector: topdek}\n")
    assert code == 2
    for part in ("regel 7: kee is hier geen", "regel 8: kolommen is hier geen", "ENSIA_PSEUDONYM_KEY", "topdek"):
        assert part in told
