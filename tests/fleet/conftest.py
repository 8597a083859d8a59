"""A fleet of small municipalities, with a real PostgreSQL under it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.fleets import VARIABLE, SmallFleet, write_fleet
from tests.fleet.postgres import HAS_POSTGRES, Postgres, postgres

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Postgres]:
    """One PostgreSQL for all tests of this process."""
    if not HAS_POSTGRES:
        pytest.skip("needs tests/real/install.sh: PostgreSQL")
    with postgres() as started:
        yield started


@pytest.fixture
def fleet(cluster: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallFleet:
    """Three municipalities that were let in, and a database of their own."""
    monkeypatch.setenv(VARIABLE, cluster.database(f"ensia{next(_NUMBERS)}"))
    return write_fleet(tmp_path / "vloot", 3)
