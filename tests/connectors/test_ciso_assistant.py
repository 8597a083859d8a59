"""CISO Assistant: its objects become our kinds, persons stay behind; the server is written from its serializers."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import TerminalError, TransientError, Window
from connectors.ciso_assistant import CisoAssistantConnector
from models.record import Payload, Record, Remark
from tests.connectors.doubles.ciso_assistant import OBJECTS, TIMES, TOKEN, api, requirement
from tests.connectors.loopback import Asked, Loopback, Reply, serving
from tests.connectors.report_files import collect, connector, of


def _source(folder: Path, server: Loopback, **settings: Any) -> CisoAssistantConnector:
    given = {"frameworks": {"BIO2": "bio2-1.3"}, **settings}
    return connector(CisoAssistantConnector, folder, {"CISO_ASSISTANT_TOKEN": TOKEN}, address=server.address, **given)


def test_everything(tmp_path: Path) -> None:
    with serving(api) as server:
        records = collect(_source(tmp_path, server))
    attestations = of(records, "attestation")
    assert [(record.values["norm_id"], record.values["answer"]) for record in attestations] == [
        ("5.01.01", "yes"),
        ("5.15.01", "partly"),
        ("8.02.01", "no"),
    ]
    assert attestations[0].key == "a-1|5.01.01|existence"
    assert attestations[0].values["framework_id"] == "bio2-1.3"
    assert attestations[0].values["signed_on"] == date(2026, 9, 11)  # 22:30 UTC is the next day here
    evidence, policy = of(records, "document")
    assert (evidence.values["topic"], evidence.values["state"]) == ("information_security_policy", "adopted")
    assert evidence.values["valid_until"] == date(2027, 1, 1)
    assert (policy.values["state"], policy.values["review_due"]) == ("adopted", date(2026, 12, 31))
    planned, done = of(records, "improvement")
    assert (planned.values["state"], planned.values["due_on"]) == ("in_progress", date(2026, 12, 1))
    assert (planned.values["planned_on"], planned.values["budget"]) == (date(2026, 5, 1), 1500.0)
    assert "done_on" not in planned.values
    assert (done.values["state"], done.values["done_on"]) == ("done", date(2026, 9, 11))
    open_, resolved, withdrawn = of(records, "finding")
    assert withdrawn.values["state"] == "false_positive"  # it stays a case of its time
    assert (open_.values["severity"], open_.values["state"]) == ("high", "open")
    assert open_.values["due_at"] == datetime(2026, 12, 24)
    assert (resolved.values["state"], resolved.values["resolved_at"]) == ("resolved", datetime(2026, 9, 11, 0, 30))
    assert "severity" not in resolved.values


def test_no_person_is_stored(tmp_path: Path) -> None:
    with serving(api) as server:
        payloads = list(_source(tmp_path, server).fetch(Window()))
    assert b"jansen" not in b"".join(payload.data() for payload in payloads)
    assert len({payload.name for payload in payloads}) == len(payloads)


def test_aspects_and_parts(tmp_path: Path) -> None:
    with serving(api) as server:
        source = _source(tmp_path, server, read=["requirement-assessments"], aspects=["design", "existence"])
        assert source.kinds == ("attestation",)
        assert len(collect(source)) == 6


def test_an_unknown_framework_names_the_known_ones(tmp_path: Path) -> None:
    with serving(api) as server, pytest.raises(TerminalError, match="geen audit") as caught:
        collect(_source(tmp_path, server, frameworks={"BIO": "bio2-1.3"}))
    assert "BIO2, NIS2" in caught.value.advice


def test_a_list_that_stops_early_is_refused(tmp_path: Path) -> None:
    def short(server: Loopback, asked: Asked) -> Reply | None:
        if asked.path == "/api/iam/current-user/":
            return api(server, asked)
        return Reply({"count": 9, "results": [] if asked.query["offset"] != "0" else OBJECTS["findings"]})

    with serving(short) as server, pytest.raises(TransientError, match="gaf 3 van de 9 records"):
        collect(_source(tmp_path, server, read=["findings"]))


@pytest.mark.parametrize("audit", ["planned", "in_progress", "in_review", "done", "deprecated"])
@pytest.mark.parametrize("status", ["to_do", "in_progress", "in_review", "done"])
def test_a_bad_judgement_counts_whatever_the_state_and_a_good_one_when_it_is_settled(
    tmp_path: Path, audit: str, status: str
) -> None:
    source = connector(
        CisoAssistantConnector, tmp_path, address="https://ciso.example", frameworks={"BIO2": "bio2-1.3"}
    )
    remarks: list[Remark] = []
    source.context.remark = remarks.append
    results = [
        requirement(1, "5.01.01", "compliant", status),
        requirement(2, "5.15.01", "partially_compliant", status),
        requirement(3, "8.02.01", "non_compliant", status),
    ]
    document = {
        "part": "requirement-assessments", "audit": "a-1", "audit_status": audit, "framework": "BIO2", "results": results,
    }  # fmt: skip
    payload = Payload("x.json", "application/json", content=json.dumps(document).encode())
    answers = [record.values["answer"] for record in source.read(payload)]
    settled = audit != "deprecated" and (status == "done" or (audit == "done" and status == "to_do"))
    assert answers == (["yes"] if settled else []) + ["partly", "no"]
    assert [remark.word for remark in remarks] == ([] if settled else ["unsettled"])


def test_a_control_whose_status_says_nothing_is_still_to_be_made(tmp_path: Path) -> None:
    source = connector(CisoAssistantConnector, tmp_path, address="https://ciso.example")
    controls = [{"id": f"c-{status}", "name": "x", "status": status, **TIMES} for status in ("--", "degraded", "")]
    document = {"part": "applied-controls", "results": controls}
    payload = Payload("x.json", "application/json", content=json.dumps(document).encode())
    assert [record.values["state"] for record in source.read(payload)] == ["open"] * 3


def test_an_answer_that_names_no_account_is_that_of_a_visitor(tmp_path: Path) -> None:
    def visitor(server: Loopback, asked: Asked) -> Reply:
        return Reply({"id": None, "email": ""}) if asked.path == "/api/iam/current-user/" else api(server, asked)

    with serving(visitor) as server, pytest.raises(TerminalError, match="ziet ons als bezoeker"):
        collect(_source(tmp_path, server))


def _collected(folder: Path, part: str, items: list[dict[str, Any]]) -> list[Record]:
    """What is read of a server that has only these."""
    with serving(lambda server, asked: api(server, asked, {part: items})) as server:
        return collect(_source(folder, server, read=[part]))


EURO_COST = {
    "currency": "€",
    "build": {"fixed_cost": 24.42, "people_days": 2},
    "run": {"fixed_cost": 10, "people_days": 1},
}


@pytest.mark.parametrize(
    ("cost", "budget"),
    [
        (1500, 1500.0),
        (EURO_COST, 24.42),
        ({**EURO_COST, "currency": "$"}, None),
        ({"currency": "€"}, None),
        (None, None),
    ],
)
def test_what_a_control_costs_is_an_object_since_version_3(tmp_path: Path, cost: object, budget: float | None) -> None:
    control = {"id": "c-1", "name": "Logging", "status": "in_progress", "cost": cost, **TIMES}
    (record,) = _collected(tmp_path, "applied-controls", [control])
    assert record.values.get("budget") == budget


def test_evidence_that_was_changed_after_it_ran_out_has_run_out(tmp_path: Path) -> None:
    """TIMES: changed on 11 September. An adoption after the end would be refused, and with many of them the source."""
    evidence = {"id": "e-1", "name": "Rapport", "status": "Approved", "expiry_date": "2026-05-01", **TIMES}
    (record,) = _collected(tmp_path, "evidences", [evidence])
    assert (record.values["adopted_on"], record.values["valid_until"]) == (date(2026, 5, 1), date(2026, 5, 1))
    policy = {
        "id": "p-1",
        "name": "Beleid",
        "status": "active",
        "category": "policy",
        "expiry_date": "2026-05-01",
        **TIMES,
    }
    (record,) = _collected(tmp_path, "policies", [policy])
    assert record.values["adopted_on"] <= record.values["review_due"]


def test_a_finding_names_its_norm_and_what_it_is_about(tmp_path: Path) -> None:
    finding = {
        "id": "v-1",
        "name": "Oude TLS",
        "ref_id": "F-12",
        "severity": "high",
        "status": "assigned",
        "reference_controls": [{"id": "r", "str": "8.24 - Gebruik van cryptografie"}],
        "perimeter": {"id": "p", "name": "Zaaksysteem", "folder": {"id": "f", "str": "Gemeente"}},
        **TIMES,
    }
    (record,) = _collected(tmp_path, "findings", [finding])
    assert (record.values["norm_ref"], record.values["asset"]) == ("8.24", "Zaaksysteem")
    (record,) = _collected(tmp_path, "findings", [{**finding, "reference_controls": [], "ref_id": "8.08.01"}])
    assert record.values["norm_ref"] == "8.08.01"
    (record,) = _collected(tmp_path, "findings", [{**finding, "reference_controls": [], "perimeter": None}])
    assert not {"norm_ref", "asset"} & record.values.keys()
