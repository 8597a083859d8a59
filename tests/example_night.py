"""The example municipality after one night, made once for all worker processes of a test run; and the same sources judged by a
few norms only, for what is the same for few and for many. Nobody changes them: a test that must, takes a copy."""

from __future__ import annotations

import fcntl
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from flows.demo import hand_in_papers
from flows.installation import Installation, load_installation
from models.catalogue import Catalogue
from tests.few_norms import few_norms
from tests.pipeline import run_once
from warehouse.storage.database import State

EXAMPLE = Path(__file__).parents[1] / "examples" / "gemeente-voorbeeld"
AS_OF = date.fromisoformat((EXAMPLE / "beoordeeld-per.txt").read_text("utf-8").strip())
ORGANISATION = "voorbeeld"


def shared_folder(factory: pytest.TempPathFactory, worker: str) -> Path:
    """The temporary folder that the worker processes of this run have in common; `worker` is `master` without them."""
    base = factory.getbasetemp()
    return base if worker == "master" else base.parent


def example_after_a_night(shared: Path) -> Path:
    """The folder of the example after one night, under `shared`; whoever comes first makes it and the others wait."""
    return _after_a_night(shared, "voorbeeld-na-een-nacht", None)


def few_norms_after_a_night(shared: Path) -> Path:
    """The same, judged by the few norms."""
    return _after_a_night(shared, "weinig-normen-na-een-nacht", few_norms())


def _after_a_night(shared: Path, name: str, catalogue: Catalogue | None) -> Path:
    folder = shared / name
    with (shared / f"{name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _make(folder, catalogue)
    return folder


def _make(folder: Path, catalogue: Catalogue | None) -> None:
    """Under another name until it is whole: a run that fails leaves nothing that looks like one."""
    unfinished = folder.with_suffix(".half")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(EXAMPLE, unfinished, ignore=shutil.ignore_patterns("state"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENSIA_PSEUDONYM_KEY", "een-vaste-sleutel-voor-de-toetsen")
        hand_in_papers(load_installation(unfinished), unfinished)
        outcome = run_once(unfinished, AS_OF, catalogue=catalogue, all_norms=catalogue is None)
    assert outcome.state == "ok", outcome.degraded
    unfinished.rename(folder)


def with_fixed_moments(folder: Path) -> Installation:
    """The installation in this folder, its run published with fixed moments, so that a report says the same every time."""
    installation = load_installation(folder)
    installation.state.published.chmod(0o600)  # what was published is not for writing
    with duckdb.connect(str(installation.state.published)) as connection:
        for table in ("source_run", "source_kind", "source_coverage", "landing", "validation", "quarantine"):
            connection.execute(f"UPDATE ops.{table} SET run_id = '20261120T021500-000000'")
        connection.execute("UPDATE ops.seal SET run_id = '20261120T021500-000000' WHERE run_id IS NOT NULL")
        connection.execute(
            "UPDATE ops.run SET run_id = '20261120T021500-000000', known_at = TIMESTAMP '2026-11-20 02:15:00', "
            "started_at = TIMESTAMP '2026-11-20 02:15:00', finished_at = TIMESTAMP '2026-11-20 02:15:30'"
        )
    return installation


def copy_of_published(state: State, root: Path) -> State:
    """A state below `root` with a copy of what was published. One process opens a file with one set of settings, and other tests
    have others."""
    copy = State(root)
    shutil.copytree(state.published.parent, copy.published.parent)
    for note in state.root.glob("*.json"):
        shutil.copy(note, copy.root)
    return copy
