"""Every connector through the whole pipeline: collected by a whole night, landed, validated, stored, assessed and published;
each for an organisation that has no other source, beside one that has none at all. Prefect has no part in what a connector
reads, and the norms are those that its evidence should answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest

from connectors.base import connectors
from flows.collect import build
from flows.installation import Installation, load_installation
from flows.steps import Outcome
from models.catalogue import Catalogue
from models.configuration import PIPELINE
from models.instant import instant
from models.kind import kinds
from models.loading import default_frameworks, load_catalogue
from models.record import Payload
from models.unread import NUMBER
from tests.few_norms import chosen_norms
from tests.flows.scenarios import SCENARIOS, SECRETS, Scenario
from tests.pipeline import run_once
from warehouse.reading.read import Published
from warehouse.storage.landing import Landing

pytestmark = pytest.mark.timeout(1800)  # the first test waits for two nights over thirty sources

AS_OF = date(2026, 11, 20)
NOTHING = "zonder-bronnen"


@dataclass(frozen=True, slots=True)
class Nights:
    """Two nights over every scenario, and what was published after the second."""

    installation: Installation
    first: Outcome
    second: Outcome
    published: Published

    def rows(self, sql: str, *bound: Any) -> list[dict[str, Any]]:
        return self.published.rows(sql, bound)

    def evidence(self, name: str) -> list[dict[str, Any]]:
        """The present records of an organisation's source, with their kind."""
        return [
            {"kind": kind, **row}
            for kind in kinds()
            for row in self.rows(
                f"FROM evidence.{kind} WHERE organisation_id = $1 AND source_id = $1 AND retired_at IS NULL", name
            )
        ]

    def kept_out(self, name: str) -> set[int]:
        """The numbers of the rows of an organisation's source that were kept out, which count against."""
        rows = self.rows(f"SELECT DISTINCT {NUMBER} AS number FROM ops.quarantine AS q WHERE q.source_id = $1", name)
        return {row["number"] for row in rows}


def answered_norms() -> Catalogue:
    """The norms and principles of which the scenarios answer a test."""
    whole = load_catalogue(default_frameworks())
    answered = {test_id for scenario in SCENARIOS for test_id in scenario.answers}
    norms = {test.norm_id for test in whole.tests if test.id in answered}
    principles = {indicator.principle_id for indicator in whole.indicators if indicator.id in answered}
    return chosen_norms(frozenset(norms), frozenset(principles))


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    folder = tmp_path_factory.mktemp("alle-koppelingen")
    names = [NOTHING, *(scenario.name for scenario in SCENARIOS)]
    listed = "\n".join(f"  - {name}" for name in names)
    (folder / "ensia.yaml").write_text(f"exports: []\norganisations:\n{listed}\n", "utf-8")
    (folder / NOTHING).mkdir()
    own = f"organisation: {{id: {NOTHING}, name: Zonder bronnen}}\nsources: []\n"
    (folder / NOTHING / "ensia.yaml").write_text(own, "utf-8")
    with ExitStack() as stack:
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in SECRETS.items():
            environment.setenv(name, value)
        for scenario in SCENARIOS:
            server = stack.enter_context(scenario.serve())
            scenario.write(folder / scenario.name, server.address if server else "")
        installation = load_installation(folder)
        catalogue = answered_norms()
        first, second = (run_once(folder, AS_OF, catalogue=catalogue) for _ in range(2))
        published = stack.enter_context(Published(installation.state))
        yield Nights(installation, first, second, published)


each = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)


def test_no_connector_is_left_out() -> None:
    assert {scenario.connector for scenario in SCENARIOS} == set(connectors())


def test_both_nights_were_whole(nights: Nights) -> None:
    assert nights.first.degraded == nights.second.degraded == []


@each
def test_its_evidence_comes_in_and_a_second_night_stores_nothing(nights: Nights, scenario: Scenario) -> None:
    runs = nights.rows(
        "SELECT s.stored, s.retired, s.unchanged, s.rejected FROM ops.source_run AS s JOIN ops.run AS r USING (run_id) "
        "WHERE s.organisation_id = $1 ORDER BY r.run_no",
        scenario.name,
    )
    assert [run["rejected"] for run in runs] == [scenario.rejected] * 2
    assert runs[0]["stored"] > 0
    assert (runs[1]["stored"], runs[1]["retired"]) == (0, 0)


@each
def test_its_evidence_answers_what_it_should(nights: Nights, scenario: Scenario) -> None:
    """The test of the rules rests on records and kept-out rows of this source, and without them it had no answer."""
    present = {row["evidence_id"] for row in nights.evidence(scenario.name)}
    kept_out = nights.kept_out(scenario.name)
    assert len(kept_out) == scenario.rejected
    for test_id, expected in scenario.answers.items():
        found = {
            row["organisation_id"]: row
            for row in nights.rows("FROM assess.test_result WHERE test_id = $1 AND until_run_no IS NULL", test_id)
        }
        assert found[NOTHING]["result"] == "no_evidence"
        assert (test_id, found[scenario.name]["result"]) == (test_id, expected)
        assert present & set(found[scenario.name]["evidence_ids"])
        assert set(found[scenario.name]["evidence_ids"]) <= present | kept_out


@each
def test_its_evidence_changes_what_is_published(nights: Nights, scenario: Scenario) -> None:
    """The norm of each of those tests has another status, or the principle another score, than without evidence."""
    for test_id in scenario.answers:
        found: dict[str, list[Any]] = {}
        for row in nights.rows(
            "SELECT t.organisation_id, m.status, m.design, m.existence, m.operation, p.score "
            "FROM assess.test_result AS t LEFT JOIN assess.measure_status AS m ON m.organisation_id = t.organisation_id "
            "AND m.framework_id = t.framework_id AND m.norm_id = t.norm_id AND m.until_run_no IS NULL "
            "LEFT JOIN assess.principle_status AS p ON p.organisation_id = t.organisation_id "
            "AND p.principle_id = t.norm_id AND p.until_run_no IS NULL "
            "WHERE t.test_id = $1 AND t.until_run_no IS NULL",
            test_id,
        ):
            found[row.pop("organisation_id")] = list(row.values())
        assert found[scenario.name] != found[NOTHING]


@each
def test_every_record_leads_back_to_the_bytes_it_was_read_from(nights: Nights, scenario: Scenario) -> None:
    """What was landed is read again, elsewhere and later, and gives the record at the place that its locator names."""
    (member, source), *_ = [pair for pair in nights.installation.sources() if pair[0].organisation.id == scenario.name]
    landing = Landing(nights.installation.state.landing)
    lines: dict[str, str] = {}
    again: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in nights.rows("FROM ops.landing WHERE organisation_id = $1 ORDER BY sequence", scenario.name):
        content = landing.read(row["artifact"])
        if row["source_id"] == PIPELINE:
            continue  # what the pipeline measures about itself is read again in tests/connectors/test_pipeline.py
        if source.personal_data:
            lines[row["artifact"]] = content.decode()  # what was read is reduced to the records themselves
            continue
        payload = Payload(
            row["name"], row["media_type"], content,
            address=row["address"], fetched_at=row["landed_at"], moment=row["moment"], dated_by=row["dated_by"],
        )  # fmt: skip
        for record in build(member, source, AS_OF).read(payload):
            place = record.locator
            again[row["artifact"], record.kind, record.key, place.file, place.sheet, place.row, place.address] = (
                record.values
            )
    for row in nights.evidence(scenario.name):
        artifact, *place = (row["locator"][name] for name in ("artifact", "file", "sheet", "row", "address"))
        if source.personal_data:
            assert row["subject"] in lines[artifact]
            continue
        values = again[artifact, row["kind"], row["record_key"], *place]
        told = {
            name: instant(value) if isinstance(value, datetime) else value
            for name, value in values.items()
            if name != "observed_at"  # the kind may know a better day
        }
        assert {name: row[name] for name in told} == told
