"""What holds for every test, nothing is judged by how long it took, and what tests of several folders share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import settings

from flows.installation import Installation, load_installation
from tests.example_night import ORGANISATION, example_after_a_night, shared_folder
from warehouse.read import Published

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """For `--dist loadgroup`: a file stays in one process, and so do all tests that ask for the server of Prefect, which then
    starts once."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        needs_server = "prefect_server" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("prefect" if needs_server else item.nodeid.split("::")[0]))


@pytest.fixture(autouse=True)
def _own_file_rights() -> Iterator[None]:
    """A command closes its whole process to others (`own_files.make_private_process`): no later test begins so."""
    rights = os.umask(0o022)
    yield
    os.umask(rights)


@pytest.fixture(scope="session")
def example_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the example municipality after one night: a copy of this process, which its tests do not change."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "master")
    made = example_after_a_night(shared_folder(tmp_path_factory, worker))
    return Path(shutil.copytree(made, tmp_path_factory.mktemp("voorbeeld") / "gemeente"))


@pytest.fixture(scope="session")
def example(example_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The same, published with the moments of the run fixed, so that a report says the same every time."""
    folder = Path(shutil.copytree(example_home, tmp_path_factory.mktemp("rapporten") / "gemeente"))
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
