"""The example municipality after one night, for every test of a command."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def published_home(example_home: Path) -> Path:
    """The folder of the example after one run; not to be changed."""
    return example_home


@pytest.fixture
def home(example_home: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copytree(example_home, tmp_path / "voorbeeld"))
