"""A municipality in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.municipality import write_municipality


@pytest.fixture
def municipality(tmp_path: Path) -> Path:
    """The folder of a municipality with two sources; returns its path."""
    return write_municipality(tmp_path)
