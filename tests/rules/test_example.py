"""The example municipality is a well-run one: it meets most measures by evidence that a municipality can have, and the gaps that
it has are those of its stories. Its files and papers are made from its forms, and from its own lists."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

from flows.demo import PAPERS_FILE, hand_in_papers
from flows.installation import Installation, load_installation
from flows.rules import catalogue_of
from tests.example_night import AS_OF, EXAMPLE
from warehouse.reading.read import Published
from warehouse.reading.samples import frozen_population, population_mark

# Supplier without assurance, overdue improvements, a critical system whose restore was not tested, an overdue finding of an audit.
STORIES = ("5.20.03", "5.27.01", "8.13.04", "5.08.01")


def _script(name: str) -> ModuleType:
    specification = importlib.util.spec_from_file_location(name, EXAMPLE / f"{name}.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # where its dataclasses look for their annotations
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def measures(example: Installation) -> dict[str, str]:
    """The status of every measure of the BIO2 in the example."""
    with Published(example.state) as published:
        rows = published.rows(
            "SELECT norm_id, status FROM reading.present_norm WHERE framework_id = 'bio2-1.3' AND level = 'measure'"
        )
    return {row["norm_id"]: row["status"] for row in rows}


def test_it_meets_most_measures(measures: dict[str, str]) -> None:
    met = [norm for norm, status in measures.items() if status == "voldoet"]
    assert len(measures) == 117
    assert len(met) >= 80


@pytest.mark.parametrize("norm", STORIES)
def test_a_story_is_a_gap(measures: dict[str, str], norm: str) -> None:
    assert measures[norm] == "voldoet_deels"


def test_every_measure_has_evidence(measures: dict[str, str]) -> None:
    assert "geen_bewijs" not in measures.values()


def test_what_is_partly_met_falls_short(example: Installation) -> None:
    """No gap of the example is one of evidence that was not read, not compared, or too weak."""
    with Published(example.state) as published:
        rows = published.rows(
            "SELECT test_id, reason FROM reading.present_test WHERE framework_id = 'bio2-1.3' AND norm_status = 'voldoet_deels' "
            "AND norm_id IN (SELECT norm_id FROM reading.present_norm WHERE level = 'measure') AND NOT beyond_norm "
            "AND outdone_in IS NULL AND result NOT IN ('pass', 'not_occurred')"
        )
    assert [row for row in rows if row["reason"] in ("not_read", "not_drawn", "not_compared", "too_weak")] == []
    assert rows


def test_the_same_day_gives_the_same_bytes(tmp_path: Path) -> None:
    _script("maak_voorbeeld").make(tmp_path, AS_OF)
    made = {file.relative_to(tmp_path): file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    kept = EXAMPLE / "bronnen"
    assert made == {file.relative_to(kept): file.read_bytes() for file in kept.rglob("*") if file.is_file()}


def test_samples_were_drawn_from_the_lists_of_the_example(example: Installation, organisation: str) -> None:
    """A changed list asks for working papers that are made anew (`maak_werkpapieren.py`)."""
    papers = json.loads((EXAMPLE / PAPERS_FILE).read_text("utf-8"))
    drawn = {
        paper["about"]: paper["rows"][0]["values"]["population_hash"] for paper in papers if paper["paper"] == "draw"
    }
    tests = {test.measure.sample: test for test in catalogue_of(example).tests if test.measure.sample in drawn}
    with Published(example.state) as published:
        now = {
            # the keys of trainings are pseudonyms, which another key makes others
            sample: population_mark(frozen_population(published, organisation, test.measure.population))
            for sample, test in tests.items()
            if test.measure.population.kind != "training"
        }
    assert now == {sample: drawn[sample] for sample in now}
    assert len(now) >= 30


def test_papers_are_handed_in_once(example_home: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(example_home, tmp_path / "voorbeeld"))
    assert hand_in_papers(load_installation(home), home) == 0
