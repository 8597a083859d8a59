"""Reports of OpenKAT: which findings they hold, and that they never say that something was looked at."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import TerminalError
from connectors.openkat import OpenkatConnector
from models.record import Record, Remark
from tests.connectors.report_files import DATA, collect, connector


def report() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DATA / "openkat_findings.json").read_text("utf-8"))
    return content


def read(folder: Path, content: Any, said: list[Remark] | None = None, **settings: str) -> dict[str, Record]:
    (folder / "a.json").write_text(json.dumps(content), "utf-8")
    source = connector(OpenkatConnector, folder, file="*.json", **settings)
    source.context.remark = (said if said is not None else []).append
    return {str(record.key).split("|")[1]: record for record in collect(source)}


def test_the_findings_of_both_reports(tmp_path: Path) -> None:
    said: list[Remark] = []
    found = read(tmp_path, report(), said)
    assert sorted(found) == ["CVE-2026-80001", "CVE-2026-80002", "CVE-2026-80003", "KAT-NO-HSTS"]
    worst = found["CVE-2026-80001"].values
    assert (worst["severity"], worst["score"], worst["finding_type"]) == ("critical", 9.8, "vulnerability")
    assert (worst["asset"], worst["first_seen"].date().isoformat()) == ("www.voorbeeld.example", "2026-10-01")
    assert found["KAT-NO-HSTS"].values["finding_type"] == "configuration"
    assert "score" not in found["KAT-NO-HSTS"].values  # of OpenKAT itself, and no CVSS
    assert "severity" not in found["CVE-2026-80002"].values  # pending: not known yet
    other = found["CVE-2026-80003"].values
    assert (other["asset"], other["severity"], other["first_seen"]) == ("192.0.2.10", "high", datetime(2026, 9, 1, 12))
    assert {remark.word: remark.count for remark in said} == {"below_minimum": 1}  # a recommendation


def test_what_is_not_dated_is_of_the_day_of_the_file_at_the_latest(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(report()), "utf-8")
    seconds = datetime(2025, 3, 1, 12).timestamp()
    os.utime(tmp_path / "a.json", (seconds, seconds))
    found = {
        str(record.key).split("|")[1]: record
        for record in collect(connector(OpenkatConnector, tmp_path, file="a.json"))
    }
    undated = found["KAT-NO-HSTS"]
    assert (undated.values["first_seen"].year, undated.at_latest) == (2025, True)
    assert not found["CVE-2026-80001"].at_latest


def test_an_object_without_findings_is_no_clean_scan(tmp_path: Path) -> None:
    content = report()
    content["data"] = {"findings-report": {"Hostname|internet|leeg.voorbeeld.example": {"data": {"finding_types": []}}}}
    assert read(tmp_path, content) == {}
    assert "measurement" not in connector(OpenkatConnector, tmp_path, file="*.json").kinds


def test_one_finding_under_two_objects_counts_once_and_that_is_said(tmp_path: Path) -> None:
    content, said = report(), list[Remark]()
    objects = content["data"]["findings-report"]
    objects["IPAddressV4|internet|192.0.2.10"] = objects["Hostname|internet|www.voorbeeld.example"]
    assert len(read(tmp_path, content, said)) == 4
    assert {remark.word: remark.count for remark in said}["merged"] == 3


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"organization_code": "x", "data": {"systems": {}}}, "geen bevindingen- of kwetsbaarhedenrapport"),
        ({"data": {}}, "is geen rapport van OpenKAT"),
        ([], "is geen rapport van OpenKAT"),
        ({"SchemaVersion": 2, "Results": []}, "Trivy"),
    ],
)
def test_other_documents_are_refused_by_name(tmp_path: Path, content: Any, says: str) -> None:
    with pytest.raises(TerminalError, match=says):
        read(tmp_path, content)


@pytest.mark.parametrize("labels", ["2026-10-01 08:30:00", ["x"], 7, None])
def test_labels_that_are_no_object_tell_no_moment(tmp_path: Path, labels: Any) -> None:
    findings = {"CVE-2026-80009 @ Software": labels}
    weaknesses = {"CVE-2026-80009": {"cvss": {"score": 9.8, "class": "critical"}, "findings": findings}}
    hosts = {"Hostname|internet|www.voorbeeld.example": {"data": {"Ip|1": {"vulnerabilities": weaknesses}}}}
    found = read(tmp_path, {"organization_code": "voorbeeld", "data": {"vulnerability-report": hosts}})
    assert found["CVE-2026-80009"].at_latest
