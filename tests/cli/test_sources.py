"""`ensia sources sample`: what an officer sees of a source before the first night, and that nothing stays behind."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from cli.sources import SAMPLE, sample_source
from flows.installation import Installation, load_installation
from models.language import Language
from tests.connectors.report_files import REAL_LYNIS


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
    """The one measurement stands behind dozens of findings."""
    sample_source(lynis, "hardening", Language.NL, True)
    shown = json.loads(capsys.readouterr().out)
    assert Counter(record["kind"] for record in shown) == {"finding": SAMPLE, "measurement": 1}
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
