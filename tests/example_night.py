"""The example municipality after one night, made once for all worker processes of a test run. Nobody changes it: a test that
must, takes a copy."""

from __future__ import annotations

import fcntl
import shutil
from datetime import date
from pathlib import Path

import pytest

from tests.pipeline import run_once

EXAMPLE = Path(__file__).parents[1] / "examples" / "gemeente-voorbeeld"
AS_OF = date.fromisoformat((EXAMPLE / "peildatum.txt").read_text("utf-8").strip())
ORGANISATION = "voorbeeld"


def shared_folder(factory: pytest.TempPathFactory, worker: str) -> Path:
    """The temporary folder that the worker processes of this run have in common; `worker` is `master` without them."""
    base = factory.getbasetemp()
    return base if worker == "master" else base.parent


def example_after_a_night(shared: Path) -> Path:
    """The folder of the example after one night, under `shared`; whoever comes first makes it and the others wait."""
    folder = shared / "voorbeeld-na-een-nacht"
    with (shared / "voorbeeld-na-een-nacht.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _make(folder)
    return folder


def _make(folder: Path) -> None:
    """Under another name until it is whole: a run that fails leaves nothing that looks like one."""
    unfinished = folder.with_suffix(".half")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(EXAMPLE, unfinished, ignore=shutil.ignore_patterns("state"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENSIA_PSEUDONYM_KEY", "een-vaste-sleutel-voor-de-toetsen")
        outcome = run_once(unfinished, AS_OF)
    assert outcome.state == "ok", outcome.degraded
    unfinished.rename(folder)
