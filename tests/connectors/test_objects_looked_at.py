"""Every scan names the objects that it looked at, clean ones too, and each finding the scan that can end it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Connector
from connectors.greenbone import GreenboneConnector
from connectors.lynis import LynisConnector
from connectors.nessus import NessusConnector
from connectors.ocsf import OcsfConnector
from connectors.openscap import OpenscapConnector
from connectors.sarif import SarifConnector
from connectors.trivy import TrivyConnector
from tests.connectors.report_files import DATA, REAL_LYNIS, connector, looked_at, place

REPORTS: list[tuple[type[Connector], str]] = [
    (NessusConnector, "nessus_dmz.nessus"),
    (GreenboneConnector, "greenbone.xml"),
    (GreenboneConnector, "greenbone.csv"),
    (OpenscapConnector, "xccdf_results.xml"),
    (SarifConnector, "scan.sarif"),
]


@pytest.mark.parametrize(("cls", "file"), REPORTS)
def test_each_finding_names_a_scan_that_is_there(tmp_path: Path, cls: type[Connector], file: str) -> None:
    scans, named = looked_at(connector(cls, place(tmp_path, file), file=file))
    assert scans and named
    assert named <= {key for key, _ in scans}
    again, _ = looked_at(connector(cls, tmp_path, file=file))
    assert again == scans


def test_trivy_looked_for_what_it_was_asked_for(tmp_path: Path) -> None:
    """A report of packages ends no finding about configuration or a secret."""
    package = {"VulnerabilityID": "CVE-2026-1", "PkgName": "openssl", "Severity": "HIGH"}
    check = {"ID": "DS002", "Title": "root", "Severity": "HIGH", "Status": "FAIL"}
    report = {
        "SchemaVersion": 2,
        "ArtifactName": "web:1",
        "ArtifactType": "container_image",
        "CreatedAt": "2026-10-01T10:00:00Z",
    }
    both = [
        {"Class": "os-pkgs", "Target": "web:1 (debian)", "Vulnerabilities": [package]},
        {"Class": "config", "Target": "Dockerfile", "Misconfigurations": [check]},
    ]
    keys = []
    for results in (both, [{**both[0], "Vulnerabilities": []}]):
        (tmp_path / "a.json").write_text(json.dumps(report | {"Results": results}), "utf-8")
        scans, named = looked_at(connector(TrivyConnector, tmp_path, file="a.json"))
        assert named <= {key for key, _ in scans}
        keys.append({key for key, _ in scans})
    assert len(keys[0]) == 2
    assert keys[1] == {key for key in keys[0] if "Vulnerabilities" in str(key)}


def test_lynis_looks_at_one_system(tmp_path: Path) -> None:
    (tmp_path / "a.dat").write_bytes(REAL_LYNIS.read_bytes())
    scans, named = looked_at(connector(LynisConnector, tmp_path, file="a.dat"))
    [(key, _)] = scans
    assert named == {key}


def test_a_host_without_findings_was_looked_at(tmp_path: Path) -> None:
    """In the report of Nessus one host answered and had nothing."""
    text = (DATA / "nessus_dmz.nessus").read_text("utf-8")
    host = '<ReportHost name="10.9.9.9"><HostProperties><tag name="HOST_END_TIMESTAMP">1789000000</tag></HostProperties></ReportHost>'
    (tmp_path / "a.nessus").write_text(text.replace("</Report>", f"{host}</Report>"), "utf-8")
    scans, _ = looked_at(connector(NessusConnector, tmp_path, file="a.nessus"))
    assert "10.9.9.9" in {name for _, name in scans}


def test_what_a_higher_minimum_leaves_out_is_not_looked_for(tmp_path: Path) -> None:
    """Otherwise raising it would settle what it hides."""
    folder = place(tmp_path, "nessus_dmz.nessus")
    keys: list[set[Any]] = []
    for settings in ({}, {"minimum_severity": "high"}):
        scans, _ = looked_at(connector(NessusConnector, folder, file="*.nessus", **settings))
        keys.append({key for key, _ in scans})
    assert not keys[0] & keys[1]


def test_what_was_detected_is_not_ended_by_looking(tmp_path: Path) -> None:
    scans, named = looked_at(connector(OcsfConnector, place(tmp_path, "ocsf.jsonl"), file="*.jsonl"))
    detections = {key for key in named if "|2004|" in str(key)}
    assert detections and not detections & {key for key, _ in scans}
    assert named - detections <= {key for key, _ in scans}
