"""OCSF: one record per finding from its newest event, compliance scores, and no persons."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from connectors.base import TerminalError
from connectors.ocsf import OcsfConnector
from tests.connectors.report_files import DATA, collect, connector, of, place


def test_the_newest_event_of_a_finding_counts(tmp_path: Path) -> None:
    records = collect(connector(OcsfConnector, place(tmp_path, "ocsf.jsonl"), file="*.jsonl"))
    findings = {record.key: record for record in of(records, "finding")}
    assert sorted(findings, key=str) == ["2002|f-100|srv-db-01", "2003|c-1|bucket-1", "2004|d-1|lt-0042"]
    kernel = findings["2002|f-100|srv-db-01"]
    assert kernel.values["state"] == "resolved"
    assert kernel.values["first_seen"] == datetime(2026, 10, 1, 10, 0)  # 08:00 UTC, summer time
    assert kernel.values["resolved_at"] == datetime(2026, 11, 8, 7, 40)  # 06:40 UTC, winter time
    assert (kernel.values["score"], kernel.values["severity"]) == (9.1, "critical")
    assert kernel.locator.row == 2
    storage = findings["2003|c-1|bucket-1"].values
    assert (storage["finding_type"], storage["norm_ref"]) == ("configuration", "2.1.5; S3.1")
    assert storage["first_seen"] == datetime(2026, 11, 8, 10, 0)
    assert findings["2004|d-1|lt-0042"].values["state"] == "accepted"
    (score,) = of(records, "measurement")
    assert (score.values["object"], score.values["value"]) == ("CloudCheck", 50.0)
    assert (score.values["numerator"], score.values["denominator"]) == (1.0, 2.0)


def test_no_person_leaves_the_connector(tmp_path: Path) -> None:
    records = collect(connector(OcsfConnector, place(tmp_path, "ocsf.jsonl"), file="*.jsonl", minimum_severity="info"))
    assert "ansen" not in repr(records)
    assert "pietersen" not in repr(records)


def test_a_json_array_reads_like_json_lines(tmp_path: Path) -> None:
    events = [json.loads(line) for line in (DATA / "ocsf.jsonl").read_text("utf-8").splitlines()]
    (tmp_path / "x.json").write_text(json.dumps(events, indent=1), "utf-8")
    place(tmp_path, "ocsf.jsonl")
    as_array = collect(connector(OcsfConnector, tmp_path, file="x.json"))
    as_lines = collect(connector(OcsfConnector, tmp_path, file="ocsf.jsonl"))
    assert [(record.key, record.values) for record in as_array] == [(record.key, record.values) for record in as_lines]
    assert as_array[0].locator.address == "#/1"


def test_a_finding_without_uid_has_no_key(tmp_path: Path) -> None:
    event = json.loads((DATA / "ocsf.jsonl").read_text("utf-8").splitlines()[0])
    del event["finding_info"]["uid"]
    (tmp_path / "x.json").write_text(json.dumps([event, event]), "utf-8")
    assert [record.key for record in collect(connector(OcsfConnector, tmp_path, file="x.json"))] == [None, None]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"a": 1}', "class_uid ontbreekt"),
        ("[]", "bevat geen gebeurtenissen"),
        ('{"class_uid": 2002}\n{"class_uid": 2', "geen volledig JSON-object"),
        ('[{"class_uid": 2002', "geen volledig JSON-bestand"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: str, expected: str) -> None:
    (tmp_path / "x.json").write_text(content, "utf-8")
    with pytest.raises(TerminalError, match=expected):
        collect(connector(OcsfConnector, tmp_path, file="x.json"))
