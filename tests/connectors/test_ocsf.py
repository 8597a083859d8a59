"""OCSF: one record per finding from its newest event, compliance scores, and no persons."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import TerminalError
from connectors.ocsf import OcsfConnector
from models.record import Record, Remark
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


def _check(number: int, verdict: str, **more: Any) -> dict[str, Any]:
    """A check as Prowler writes it: a detection finding in seconds, with its verdict as status_code."""
    return {
        "class_uid": 2004,
        "activity_id": 1,
        "time": 1_790_000_000,
        "time_dt": "2026-09-21T14:13:20.000000",
        "severity_id": 5,
        "status": "New",
        "status_id": 1,
        "status_code": verdict,
        "metadata": {"product": {"name": "Controleur"}},
        "finding_info": {"uid": f"c{number}", "title": f"Controle {number}", "created_time": 1_790_000_000},
        "resources": [{"uid": f"r{number}", "name": f"r{number}"}],
        **more,
    }


def _read(folder: Path, *events: dict[str, Any]) -> tuple[list[Record], list[Record], dict[str, int]]:
    """The findings, the measurements, and how many results were left out by word."""
    (folder / "x.json").write_text(json.dumps(list(events)), "utf-8")
    remarks: list[Remark] = []
    source = connector(OcsfConnector, folder, file="x.json")
    source.context.remark = remarks.append
    records = collect(source)
    return of(records, "finding"), of(records, "measurement"), {remark.word: remark.count for remark in remarks}


def test_a_passed_check_is_no_finding_and_a_failed_one_is_of_the_configuration(tmp_path: Path) -> None:
    events = (_check(1, "FAIL"), _check(2, "PASS"), _check(3, "MANUAL"), _check(4, "Passed"))
    (failed,), (score,), left_out = _read(tmp_path, *events)
    assert failed.values["finding_type"] == "configuration"
    assert failed.values["first_seen"] == datetime(2026, 9, 21, 16, 13, 20)
    assert (score.values["metric"], score.values["numerator"], score.values["denominator"]) == (
        "configuration_score", 2.0, 4.0,
    )  # fmt: skip
    assert left_out == {"passed": 2, "not_judged": 1}


def test_of_verdicts_about_one_moment_the_worst_counts(tmp_path: Path) -> None:
    for events in ((_check(1, "FAIL"), _check(1, "PASS")), (_check(1, "PASS"), _check(1, "FAIL"))):
        findings, _, left_out = _read(tmp_path, *events)
        assert (len(findings), left_out["merged"]) == (1, 1)
    contradictory = _check(1, "FAIL", class_uid=2003, compliance={"status_id": 1})
    assert len(_read(tmp_path, contradictory)[0]) == 1


def test_a_compliance_check_of_unknown_outcome_stays_open(tmp_path: Path) -> None:
    (finding,), (score,), _ = _read(tmp_path, _check(1, "?", class_uid=2003, compliance={"status_id": 99}))
    assert (finding.values["state"], score.values["value"]) == ("open", 0.0)


def test_a_moment_without_an_offset_is_utc(tmp_path: Path) -> None:
    event = _check(1, "FAIL")
    del event["time"], event["finding_info"]["created_time"]
    ((finding,), _, _) = _read(tmp_path, event)
    assert finding.values["first_seen"] == datetime(2026, 9, 21, 16, 13, 20)


def _of_prowler_3(status: str, uid: str) -> dict[str, Any]:
    # the OCSF of Prowler 3: class 2001, moments as text, the verdict in status
    return {
        "class_uid": 2001, "class_name": "Security Finding", "activity_id": 1, "time": "2026-09-21T14:13:20.000000",
        "severity_id": 4, "severity": "High", "status": status, "compliance": {"status": status, "requirements": ["CIS-1.5: 1.1"]},
        "finding": {"title": "MFA voor root", "uid": uid, "type": "Infrastructure Security"}, "resources": [{"uid": f"{uid}-r"}],
        "metadata": {"product": {"name": "Prowler", "version": "3.11.0"}}, "state_id": 0, "state": "New",
    }  # fmt: skip


def test_prowler_3_says_success_and_failure(tmp_path: Path) -> None:
    (tmp_path / "a.ocsf.json").write_text(
        json.dumps([_of_prowler_3("Success", "a"), _of_prowler_3("Failure", "b")]), "utf-8"
    )
    finding, score = collect(connector(OcsfConnector, tmp_path, file="*.json"))
    assert (finding.key, finding.values["finding_type"], finding.values["title"]) == (
        "2001|b|b-r",
        "configuration",
        "MFA voor root",
    )
    assert finding.values["first_seen"].isoformat() == "2026-09-21T14:13:20"
    assert (score.values["numerator"], score.values["denominator"]) == (1, 2)


@pytest.mark.parametrize("odd", [["een"], {"een": "twee"}])
def test_a_list_or_object_is_no_word_of_a_finding(tmp_path: Path, odd: Any) -> None:
    events = [json.loads(line) for line in (DATA / "ocsf.jsonl").read_text("utf-8").splitlines()]
    for event in events:
        event["metadata"]["product"] = {"name": odd}
        event["resources"] = [{"name": odd, "uid": "i-1"}]
        event["compliance"] = {"requirements": [odd, "2.1.5"], "control": odd, "status": "Fail"}
    (tmp_path / "a.json").write_text(json.dumps(events), "utf-8")
    records = collect(connector(OcsfConnector, tmp_path, file="a.json"))
    assert records and "'een'" not in repr([(record.key, record.values) for record in records])
