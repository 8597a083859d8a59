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
def bare_fleet(cluster: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallFleet:
    """Three municipalities, a database of their own, and the first of them let in without any file."""
    monkeypatch.setenv(VARIABLE, cluster.database(f"ensia{next(_NUMBERS)}"))
    fleet = write_fleet(tmp_path / "vloot", 3, let_in=False)
    fleet.database.send("adopt", fleet.names[0], 0, 0)
    return fleet


@pytest.fixture
def fleet(bare_fleet: SmallFleet) -> SmallFleet:
    """The same, with an empty warehouse: its first commit, by its first token."""
    bare_fleet.let_in(bare_fleet.names[0])
    return bare_fleet
