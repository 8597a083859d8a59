"""The register of processing: every kind with persons of every source, what is kept of it and how long, from the settings alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app

CONFIGURATION = """
organisation: {id: gemeente, name: Gemeente}
retention: {landing_years: 2, kinds: {training: P3Y}}
sources:
  - {id: opleidingen, connector: spreadsheet, file: o.csv, kind: training, number: Nr, personal_data: true, columns: {subject: Wie, audience: Doelgroep}}
  - {id: beleid, connector: spreadsheet, file: b.csv, kind: document, key: [title], columns: {title: Naam}}
"""


def test_it_names_persons_and_terms_and_nothing_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENSIA_PSEUDONYM_KEY", "een-vaste-sleutel-voor-de-toetsen")
    (tmp_path / "ensia.yaml").write_text(CONFIGURATION, "utf-8")
    shown = CliRunner().invoke(app, ["sources", "register", "-c", str(tmp_path), "--json"])
    assert shown.exit_code == 0, shown.output
    [line] = json.loads(shown.stdout)
    assert (line["source"], line["organisation"]) == ("opleidingen", "gemeente")
    assert line["persons"] and line["persons"] != "geen"
    assert "het origineel niet" in line["content"]
    assert "2 jaar" in line["term"] and "P3Y" in line["term"]
