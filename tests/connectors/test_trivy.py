"""Reports of Trivy: what is a finding and by which key, what a report covers, and what it must not be taken to cover."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import TerminalError, Window
from connectors.tools.apart import Apart
from connectors.tools.reading import payloads_of, records_of
from connectors.trivy import TrivyConnector
from models.record import Record, Remark
from tests.connectors.report_files import DATA, collect, connector, of


def report() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DATA / "trivy_website.json").read_text("utf-8"))
    return content


def read(folder: Path, said: list[Remark] | None = None, **reports: dict[str, Any]) -> list[Record]:
    for name, content in reports.items():
        (folder / f"{name}.json").write_text(json.dumps(content), "utf-8")
    source = connector(TrivyConnector, folder, file="*.json")
    source.context.remark = (said if said is not None else []).append
    return collect(source)


IMAGE = "registry.voorbeeld.example:5000/website"


def test_what_is_found_and_that_it_was_scanned(tmp_path: Path) -> None:
    said: list[Remark] = []
    records = read(tmp_path, said, a=report())
    findings = {str(record.key).removeprefix(f"trivy|{IMAGE}|"): record.values for record in of(records, "finding")}
    assert sorted(findings) == [
        "/app/.env|voorbeeld-token",
        "Dockerfile|AVD-DS-0002|-",
        "app/package-lock.json|CVE-2026-90003|voorbeeldlib|-",
        "app/package-lock.json|CVE-2026-90003|voorbeeldlib|-|2",
        "os|CVE-2026-90001|libcrypto3|-",
        "os|CVE-2026-90001|libssl3|-",
    ]
    worst = findings["os|CVE-2026-90001|libcrypto3|-"]
    assert (worst["severity"], worst["score"], worst["asset"]) == ("high", 9.1, IMAGE)
    assert worst["first_seen"].replace(microsecond=0) == datetime(2026, 11, 18, 21, 5, 6)
    assert "severity" not in findings["os|CVE-2026-90001|libssl3|-"]  # unknown is unknown
    assert findings["Dockerfile|AVD-DS-0002|-"]["finding_type"] == "configuration"
    assert all(record.at_latest for record in of(records, "finding"))
    scans = {record.values["metric"]: record.values for record in of(records, "measurement")}
    assert (scans["vulnerability_scan"]["object"], scans["vulnerability_scan"]["value"]) == (IMAGE, 5.0)
    assert (scans["configuration_score"]["numerator"], scans["configuration_score"]["denominator"]) == (23, 24)
    assert {remark.word: remark.count for remark in said} == {"gone": 1, "passed": 1}


def test_a_secret_itself_is_never_taken(tmp_path: Path) -> None:
    content = report()
    content["Results"][3]["Secrets"][0]["Match"] = "TOKEN=geheim-0123"
    assert "geheim-0123" not in repr(read(tmp_path, a=content))


def test_keys_survive_another_tag_version_and_remedy(tmp_path: Path) -> None:
    before = {record.key for record in of(read(tmp_path, a=report()), "finding")}
    text = (
        json.dumps(report())
        .replace("website:1.4", "website:1.5")
        .replace("3.3.1-r0", "3.3.2-r0")
        .replace("3.20.3", "3.20.4")
    )
    content = json.loads(text)
    content["CreatedAt"] = "2026-11-19T21:00:00Z"
    content["Results"][0]["Vulnerabilities"][1]["FixedVersion"] = "3.3.9-r0"
    said: list[Remark] = []
    after = {record.key for record in of(read(tmp_path, said, b=content), "finding")}
    assert after == before
    assert "superseded" in {remark.word for remark in said}  # of one image the newest counts, and that is said


def test_two_images_in_one_folder_both_count(tmp_path: Path) -> None:
    other = json.loads(json.dumps(report()).replace("/website", "/zaaksysteem"))
    scans = of(read(tmp_path, a=report(), b=other), "measurement")
    assert {record.values["object"] for record in scans} == {IMAGE, IMAGE.replace("website", "zaaksysteem")}


def test_a_report_of_secrets_or_configuration_says_nothing_of_packages(tmp_path: Path) -> None:
    content = report()
    content["Results"] = content["Results"][2:]
    assert [record.values["metric"] for record in of(read(tmp_path, a=content), "measurement")] == [
        "configuration_score"
    ]


def test_clean_packages_are_a_clean_scan(tmp_path: Path) -> None:
    content = report()
    content["Results"] = [{name: content["Results"][0][name] for name in ("Target", "Class", "Type")}]
    (scan,) = read(tmp_path, a=content)
    assert (scan.values["metric"], scan.values["value"]) == ("vulnerability_scan", 0.0)


@pytest.mark.parametrize("results", [None, []])
def test_nothing_to_look_at_is_no_scan(tmp_path: Path, results: Any) -> None:
    with pytest.raises(TerminalError, match="niets gevonden om te scannen"):
        read(tmp_path, a={**report(), "Results": results})


def test_a_system_that_is_no_longer_supported_is_never_clean(tmp_path: Path) -> None:
    content = report()
    content["Metadata"]["OS"]["EOSL"] = True
    content["Results"] = [{name: content["Results"][0][name] for name in ("Target", "Class", "Type")}]
    finding, scan = read(tmp_path, a=content)
    assert finding.values["title"].startswith("Het besturingssysteem wordt niet meer ondersteund: alpine")
    assert scan.values["value"] == 1.0


@pytest.mark.parametrize("moment", [None, "", "0001-01-01T00:00:00Z"])
def test_a_report_without_a_moment_is_dated_by_its_file(tmp_path: Path, moment: Any) -> None:
    (tmp_path / "a.json").write_text(json.dumps({**report(), "CreatedAt": moment}), "utf-8")
    seconds = datetime(2026, 3, 1, 12).timestamp()
    os.utime(tmp_path / "a.json", (seconds, seconds))
    records = collect(connector(TrivyConnector, tmp_path, file="a.json"))
    assert {record.values["observed_at"].year for record in of(records, "measurement")} == {2026}
    assert {record.values["first_seen"].month for record in of(records, "finding")} == {3}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[]", "SchemaVersion 2"),
        ('[{"Target": "a", "Vulnerabilities": null}]', "ander schema"),
        ('{"bomFormat": "CycloneDX"}', "CycloneDX"),
    ],
)
def test_other_reports_are_called_what_they_are(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "a.json").write_text(content, "utf-8")
    with pytest.raises(TerminalError, match=says):
        collect(connector(TrivyConnector, tmp_path, file="a.json"))


def test_scans_have_the_same_keys_wherever_a_report_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(report()), "utf-8")
    keys = []
    with Apart(60) as reader:
        for apart in (None, reader):
            source = connector(TrivyConnector, tmp_path, file="*.json")
            source.context.apart = apart
            records = [record for payload in payloads_of(source, Window()) for record in records_of(source, payload)]
            keys.append([record.key for record in records if record.kind == "scan"])
    assert keys[0] == keys[1]
    assert keys[0] and all(IMAGE in str(key) for key in keys[0])  # by what it is about, and not by its file


@pytest.mark.parametrize(("name", "value"), [("Class", ["os-pkgs"]), ("Class", {}), ("CVSS", [1]), ("CVSS", "hoog")])
def test_a_value_of_another_type_is_passed_over(tmp_path: Path, name: str, value: Any) -> None:
    content = report()
    content["Results"][0][name] = value
    content["Results"][0]["Vulnerabilities"][0][name] = value
    assert of(read(tmp_path, a=content), "finding")


@pytest.mark.parametrize("name", ["VulnerabilityID", "PkgName", "Title"])
def test_a_list_or_object_is_no_word(tmp_path: Path, name: str) -> None:
    content = report()
    content["Results"][0]["Vulnerabilities"][0][name] = {"een": ["twee"]}
    for record in of(read(tmp_path, a=content), "finding"):
        assert "een" not in f"{record.key} {record.values['title']}".split("'")
