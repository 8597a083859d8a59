"""An organisation's own catalogue folder, for the tests that write one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.models.own_catalogue import OWN, OwnCatalogue


@pytest.fixture
def own(tmp_path: Path) -> OwnCatalogue:
    folder = tmp_path / "catalogus"
    folder.mkdir()
    return OwnCatalogue(folder)


@pytest.fixture
def rule(own: OwnCatalogue) -> Callable[[str], OwnCatalogue]:
    """Writes one test (the fields after `aspect`) for norm S.1 and returns the folder."""

    def write(fields: str) -> OwnCatalogue:
        return own.write(
            f"{OWN}/rules/a.yaml",
            "rules:\n"
            '  - norm: "S.1"\n'
            "    tests:\n"
            f"      - {{id: S.1-a, aspect: design, nl: Goed., en: Good., {fields}}}\n",
        )

    return write
