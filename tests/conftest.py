"""What holds for every test, nothing is judged by how long it took, and what tests of several folders share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from flows.installation import Installation
from tests.example_night import (
    ORGANISATION,
    copy_of_published,
    example_after_a_night,
    few_norms_after_a_night,
    shared_folder,
    with_fixed_moments,
)
from warehouse.reading.read import Published

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("ENSIA_PSEUDONYM_KEY", "een-vaste-sleutel-voor-de-toetsen")
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")


@pytest.fixture(autouse=True)
def _own_file_rights() -> Iterator[None]:
    """A command closes its whole process to others (`own_files.make_private_process`): no later test begins so."""
    rights = os.umask(0o022)
    yield
    os.umask(rights)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The temporary folder that all processes of this test run have in common."""
    return shared_folder(tmp_path_factory, os.environ.get("PYTEST_XDIST_WORKER", "master"))


@pytest.fixture(scope="session")
def example_home(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the example municipality after one night: a copy of this process, which its tests do not change."""
    made = example_after_a_night(shared)
    return Path(shutil.copytree(made, tmp_path_factory.mktemp("voorbeeld") / "gemeente"))


@pytest.fixture(scope="session")
def few_norms_home(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, judged by a few norms: for what does not depend on how many there are."""
    made = few_norms_after_a_night(shared)
    return Path(shutil.copytree(made, tmp_path_factory.mktemp("weinig") / "gemeente"))


@pytest.fixture(scope="session")
def example(example_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The example, published with the moments of the run fixed, so that a report says the same every time."""
    return with_fixed_moments(Path(shutil.copytree(example_home, tmp_path_factory.mktemp("rapporten") / "gemeente")))


@pytest.fixture(scope="session")
def few_norms(few_norms_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The same, judged by a few norms."""
    return with_fixed_moments(Path(shutil.copytree(few_norms_home, tmp_path_factory.mktemp("klein") / "gemeente")))


@pytest.fixture(scope="session")
def published(example: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """The published file of that run, opened once: what it reckons once, the verdict on every record, takes seconds."""
    with Published(copy_of_published(example.state, tmp_path_factory.mktemp("gelezen"))) as opened:
        yield opened


@pytest.fixture(scope="session")
def published_few_norms(few_norms: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """That of the few norms: what a golden file shows of it is little enough to read a difference in."""
    with Published(copy_of_published(few_norms.state, tmp_path_factory.mktemp("gelezen"))) as opened:
        yield opened


@pytest.fixture(scope="session")
def organisation() -> str:
    """The organisation of that run."""
    return ORGANISATION


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One ephemeral server, as a run without a configured server starts it. Starting it costs seconds of work in every
    process that does: for tests of what Prefect does, never for what `tests/pipeline.py` shows without it."""
    os.environ["PREFECT_HOME"] = str(tmp_path_factory.mktemp("prefect"))
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield
