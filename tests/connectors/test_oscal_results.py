"""OSCAL assessment results: the newest result counts, severity and deadline come from the risks, no persons."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from connectors.base import TerminalError
from connectors.oscal_results import OscalResultsConnector
from tests.connectors.report_files import DATA, collect, connector, of, place


def test_not_satisfied_is_a_finding(tmp_path: Path) -> None:
    records = collect(connector(OscalResultsConnector, place(tmp_path, "oscal_ar.json"), file="*.json"))
    (finding,) = of(records, "finding")
    assert finding.key == "./auditplan-2026.json|5.18_obj.a|Zaaksysteem"
    assert finding.values == {
        "title": "Accounts van vertrokken medewerkers",
        "finding_type": "audit",
        "severity": "high",
        "asset": "Zaaksysteem",
        "first_seen": datetime(2026, 9, 16, 11, 0),
        "due_at": datetime(2026, 12, 1, 0, 0),
        "state": "open",
        "norm_ref": "5.18",
        "origin": "Interne audit BIO2 2026",
    }
    assert finding.locator.address == "#/assessment-results/results/1/findings/0"
    (score,) = of(records, "measurement")
    assert (score.values["value"], score.values["numerator"], score.values["denominator"]) == (50.0, 1.0, 2.0)
    assert "Auditor" not in repr(records)


def test_the_same_objective_twice_keeps_both(tmp_path: Path) -> None:
    document = json.loads((DATA / "oscal_ar.json").read_text("utf-8"))
    findings = document["assessment-results"]["results"][1]["findings"]
    findings.append({**findings[0], "title": "Nog een"})
    (tmp_path / "x.json").write_text(json.dumps(document), "utf-8")
    keys = [record.key for record in of(collect(connector(OscalResultsConnector, tmp_path, file="x.json")), "finding")]
    assert keys[1] == f"{keys[0]}|2"


def test_a_closed_risk_resolves_the_finding(tmp_path: Path) -> None:
    text = (DATA / "oscal_ar.json").read_text("utf-8").replace('"status": "open"', '"status": "closed"')
    (tmp_path / "x.json").write_text(text, "utf-8")
    (finding,) = of(collect(connector(OscalResultsConnector, tmp_path, file="x.json")), "finding")
    assert (finding.values["state"], finding.values["resolved_at"]) == ("resolved", datetime(2026, 9, 25, 17, 0))


def test_other_models_and_states_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"catalog": {}}', "utf-8")
    with pytest.raises(TerminalError, match="geen OSCAL assessment-results"):
        collect(connector(OscalResultsConnector, tmp_path, file="x.json"))
    text = (DATA / "oscal_ar.json").read_text("utf-8").replace('"state": "satisfied"', '"state": "voldaan"')
    (tmp_path / "x.json").write_text(text, "utf-8")
    with pytest.raises(TerminalError, match="bevinding 2 heeft status 'voldaan'"):
        collect(connector(OscalResultsConnector, tmp_path, file="x.json"))
