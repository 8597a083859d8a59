"""What the run measured about itself arrives as any evidence does: landed, in the manifest, and led back to its bytes."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from flows.installation import load_installation
from tests.few_norms import few_norms
from tests.pipeline import run_once
from warehouse.reading.read import Published
from warehouse.storage.database import State
from warehouse.storage.landing import Landing

AS_OF = date(2026, 11, 20)
MEASURED = "SELECT metric, object, value, locator FROM evidence.measurement WHERE source_id = 'pipeline' AND retired_at IS NULL"


def bytes_of_measurements(state: State) -> list[tuple[str, str, float, dict[str, object]]]:
    """Of each measurement: what it is about, its value, and the facts in the landed bytes that it points to."""
    with Published(state) as published:
        measurements = published.connection.execute(MEASURED).fetchall()
    lines = []
    for metric, about, value, locator in measurements:
        facts = json.loads(Landing(state.landing).read(locator["artifact"]))
        for step in locator["address"].removeprefix("#/").split("/"):
            facts = facts[int(step) if step.isdigit() else step]
        lines.append((metric, about, value, facts))
    return lines


def test_every_measurement_leads_to_the_facts_that_it_was_read_from(municipality: Path) -> None:
    (municipality / "incidenten.csv").unlink()
    outcome = run_once(municipality, AS_OF, catalogue=few_norms())
    assert outcome.state == "degraded"
    measurements = bytes_of_measurements(load_installation(municipality).state)
    delivered = {about: (value, facts) for metric, about, value, facts in measurements if metric == "source_delivered"}
    assert delivered["beleid"][0] == 1.0 and delivered["incidenten"][0] == 0.0
    assert delivered["beleid"][1] | {"fresh_until": None} == {
        "source": "beleid", "status": "ok", "fresh_until": None, "records": 3, "rejected": 0,
    }  # fmt: skip
    assert delivered["incidenten"][1]["status"] == "failed"
    assert [value for metric, _, value, _ in measurements if metric == "rows_rejected"] == [0.0]


def test_the_facts_stand_in_the_manifest_and_are_no_source_to_count(municipality: Path) -> None:
    outcome = run_once(municipality, AS_OF, catalogue=few_norms())
    state = load_installation(municipality).state
    manifest = json.loads((Landing(state.landing).manifests / f"{outcome.run.run_id}.json").read_text("utf-8"))
    [noted] = [source for source in manifest["sources"] if source["source"] == "pipeline"]
    with Published(state) as published:
        kept = published.rows("SELECT artifact, name FROM ops.landing WHERE source_id = 'pipeline'")
        assert [row["bron"] for row in published.sources()] == ["beleid", "incidenten"]
    assert [{"artifact": one["artifact"], "name": one["name"]} for one in noted["landed"]] == kept
    assert outcome.totals.stored == 5


def test_the_same_night_again_lands_the_same_bytes_and_stores_nothing(municipality: Path) -> None:
    run_once(municipality, AS_OF, catalogue=few_norms())
    first = bytes_of_measurements(load_installation(municipality).state)
    run_once(municipality, AS_OF, catalogue=few_norms())
    state = load_installation(municipality).state
    assert bytes_of_measurements(state) == first
    with Published(state) as published:
        artifacts = published.rows("SELECT DISTINCT artifact FROM ops.landing WHERE source_id = 'pipeline'")
        versions = published.rows("SELECT record_key FROM evidence.measurement WHERE source_id = 'pipeline'")
    assert len(artifacts) == 1 and len(versions) == 3
