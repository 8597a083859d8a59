"""One run over the example municipality, published once for all report tests, with the moments of the run fixed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from cli.nightly import demo_day
from flows.installation import Installation, load_installation
from tests.pipeline import run_once
from warehouse.read import Published

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "gemeente-voorbeeld"
ORGANISATION = "voorbeeld"


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A copy of the example municipality after one run."""
    folder = tmp_path_factory.mktemp("voorbeeld") / "gemeente"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("state"))
    day = demo_day(folder)
    assert day is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENSIA_PSEUDONYM_KEY", "een-vaste-sleutel-voor-de-toetsen")
        run_once(folder, day)
    installation = load_installation(folder)
    with duckdb.connect(str(installation.state.published)) as connection:
        for table in ("source_run", "source_kind", "source_coverage", "landing", "validation", "quarantine"):
            connection.execute(f"UPDATE ops.{table} SET run_id = '20261120T021500-000000'")
        connection.execute(
            "UPDATE ops.run SET run_id = '20261120T021500-000000', known_at = TIMESTAMP '2026-11-20 02:15:00', "
            "started_at = TIMESTAMP '2026-11-20 02:15:00', finished_at = TIMESTAMP '2026-11-20 02:15:30'"
        )
    return installation


@pytest.fixture
def published(example: Installation) -> Iterator[Published]:
    """The published file of that run."""
    with Published(example.state) as opened:
        yield opened


@pytest.fixture(scope="session")
def organisation() -> str:
    return ORGANISATION
