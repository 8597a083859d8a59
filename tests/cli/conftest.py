"""The example municipality after one night, for every test of a command."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from tests.pipeline import run_once

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "gemeente-voorbeeld"
AS_OF = date.fromisoformat((EXAMPLE / "peildatum.txt").read_text("utf-8").strip())


@pytest.fixture(scope="session")
def published_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the example after one run; not to be changed."""
    folder = tmp_path_factory.mktemp("gemeente") / "voorbeeld"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("state"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENSIA_PSEUDONYM_KEY", "een-lange-tekst-voor-de-toetsen")
        outcome = run_once(folder, AS_OF)
    assert outcome.state == "ok", outcome.degraded
    return folder


@pytest.fixture
def home(published_home: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copytree(published_home, tmp_path / "voorbeeld"))
