"""The OSCAL export: valid for compliance-trestle, every link leads somewhere, and our own connector can read it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from trestle.oscal.assessment_results import AssessmentResults
from trestle.oscal.catalog import Catalog
from trestle.oscal.profile import Profile

from connectors.oscal_results import OscalResultsConnector
from flows.installation import Installation
from reports.oscal import control_id
from reports.registry import make
from tests import golden
from tests.connectors.report_files import collect, connector, of
from warehouse.reading.read import Published
from warehouse.storage.landing import Landing


@pytest.fixture
def folder(published: Published, organisation: str, tmp_path: Path) -> Path:
    return make("oscal", published, organisation, tmp_path)[0].parent


def load(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return content


def test_trestle_takes_every_document(folder: Path, tmp_path: Path) -> None:
    """Imported into a workspace of trestle, which checks the model, the identifiers and the references."""
    space = tmp_path / "ruimte"
    space.mkdir()
    trestle = [sys.executable, "-m", "trestle"]
    subprocess.run([*trestle, "init", "--local"], cwd=space, check=True, capture_output=True)
    for file in sorted(folder.glob("*.json")):
        done = subprocess.run(
            [*trestle, "import", "-f", str(file), "-o", file.stem.replace(".", "-")],
            cwd=space,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert len(list(space.glob("*/*/*.json"))) == len(list(folder.glob("*.json")))


def test_what_is_in_the_catalog_and_the_profile(folder: Path) -> None:
    catalog = Catalog.oscal_read(folder / "catalog-bio2-1.3.json")
    profile = Profile.oscal_read(folder / "profile-bio2-1.3.json")
    assert catalog is not None and profile is not None
    controls = [control for group in catalog.groups or [] for control in group.controls or []]
    assert len(controls) == 93
    everything = {child.id for control in controls for child in [control, *(control.controls or [])]}
    chosen = set(profile.imports[0].include_controls[0].with_ids)  # type: ignore[index]
    assert {item.__root__ if hasattr(item, "__root__") else item for item in chosen} <= everything
    assert len(chosen) < len(everything), "what does not apply is left out"


def test_the_findings_say_what_the_statuses_say(folder: Path, published: Published, organisation: str) -> None:
    results = AssessmentResults.oscal_read(folder / "assessment-results.json")
    assert results is not None
    found = {finding.target.target_id: finding.target.status.state for finding in results.results[0].findings or []}
    expected = {
        control_id(row["framework_id"], row["norm_id"]): row["status"]
        for row in published.measures(organisation)
        if row["status"] != "niet_van_toepassing"
    }
    for row in published.principles(organisation):
        expected[control_id("principes-2018", row["principle_id"])] = row["status"]
    assert found.keys() == expected.keys()
    for target, status in expected.items():
        state = found[target]
        assert (str(getattr(state, "value", state)) == "satisfied") == (status in ("voldoet", "groen")), target


def test_every_link_leads_to_landed_bytes(folder: Path, example: Installation) -> None:
    document = load(folder / "assessment-results.json")["assessment-results"]
    result = document["results"][0]
    resources = {resource["uuid"]: resource for resource in document["back-matter"]["resources"]}
    observations = {observation["uuid"] for observation in result["observations"]}
    assert document["import-ap"]["href"].removeprefix("#") in resources
    linked = set()
    for observation in result["observations"]:
        for proof in observation.get("relevant-evidence", []):
            linked.add(proof["href"].removeprefix("#"))
            assert proof["description"]
    assert linked and linked <= resources.keys()
    for uuid in linked:
        digest = resources[uuid]["rlinks"][0]["hashes"][0]["value"]
        assert hashlib.sha256(Landing(example.state.landing).read(digest)).hexdigest() == digest
    for finding in result["findings"]:
        assert {item["observation-uuid"] for item in finding.get("related-observations", [])} <= observations


def test_our_own_connector_reads_it(folder: Path) -> None:
    records = collect(connector(OscalResultsConnector, folder, file="assessment-results.json"))
    result = load(folder / "assessment-results.json")["assessment-results"]["results"][0]
    unmet = [item for item in result["findings"] if item["target"]["status"]["state"] == "not-satisfied"]
    assert len(of(records, "finding")) == len(unmet) > 0
    (score,) = of(records, "measurement")
    met = len(result["findings"]) - len(unmet)
    assert score.values["value"] == pytest.approx(100 * met / len(result["findings"]))


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_what_stands_in_it(published_few_norms: Published, organisation: str, tmp_path: Path, lang: str) -> None:
    first = make("oscal", published_few_norms, organisation, tmp_path / "a", lang=lang)
    second = make("oscal", published_few_norms, organisation, tmp_path / "b", lang=lang)
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]
    result = load(first[-1])["assessment-results"]["results"][0]
    text = [
        f"{item['title']}\t{item['description']}\t{item['target']['status']['state']}" for item in result["findings"]
    ]
    text += [f"{item['methods'][0]}\t{item['title']}\t{item['description']}" for item in result["observations"]]
    golden.check(f"oscal-{lang}.txt", "\n".join(text) + "\n")
