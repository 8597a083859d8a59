"""SARIF: which results are findings, their keys without line numbers, suppressed and failed runs."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import TerminalError
from connectors.sarif import SarifConnector
from connectors.tools.findings import scan_of
from models.record import Locator, Record, Remark
from tests.connectors.report_files import DATA, collect, connector, context, looked_at, of, place


def _log() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DATA / "scan.sarif").read_text("utf-8"))
    return content


def _collected(folder: Path, log: dict[str, Any], **settings: Any) -> Any:
    (folder / "x.sarif").write_text(json.dumps(log), "utf-8")
    return collect(connector(SarifConnector, folder, file="x.sarif", **settings))


def test_findings(tmp_path: Path) -> None:
    records = collect(connector(SarifConnector, place(tmp_path, "scan.sarif"), file="*.sarif"))
    injection, debug, password = of(records, "finding")
    assert {name: value for name, value in injection.values.items() if name != "scan"} == {
        "title": "SQL injection",
        "url": "https://regels.example/VB001",
        "finding_type": "vulnerability",
        "severity": "high",
        "score": 8.8,
        "asset": "https://git.voorbeeld.example/zaaksysteem",
        "object": "https://git.voorbeeld.example/zaaksysteem",
        "first_seen": datetime(2026, 10, 1, 3, 30),
        "state": "open",
        "origin": "VoorbeeldScan",
    }
    assert debug.values["severity"] == "low"  # level of the rule: note
    assert debug.values["first_seen"] == datetime(2026, 11, 19, 2, 30)  # end of the run
    assert (password.values["severity"], password.values["state"]) == ("high", "accepted")
    (scan,) = of(records, "measurement")
    assert (scan.values["metric"], scan.values["value"]) == ("code_scan", 3.0)


def test_keys_survive_moved_lines_and_a_later_run(tmp_path: Path) -> None:
    before = {record.key for record in _collected(tmp_path, _log())}
    log = _log()
    log["runs"][0]["automationDetails"]["id"] = "zaaksysteem/nachtelijk/2026-11-20"
    for result in log["runs"][0]["results"]:
        for location in result.get("locations", []):
            location["physicalLocation"]["region"]["startLine"] += 7
    assert {record.key for record in _collected(tmp_path, log)} == before


def _report(*results: dict[str, Any], **run: Any) -> dict[str, Any]:
    return {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Scanner"}}, "results": list(results), **run}]}


def _result(file: str, **more: Any) -> dict[str, Any]:
    place = {"physicalLocation": {"artifactLocation": {"uri": file}}}
    return {"ruleId": "R1", "level": "error", "message": {"text": "Fout"}, "locations": [place], **more}


def _said(folder: Path) -> tuple[list[Record], list[tuple[str, int, str]]]:
    """The findings of the reports in `folder`, and the remarks that were made."""
    remarks: list[Remark] = []
    source = SarifConnector(SarifConnector.Settings(file="*.sarif"), context(folder))
    source.context.remark = remarks.append
    findings = of(collect(source), "finding")
    assert len({record.key for record in findings}) == len(findings)
    assert None not in {record.key for record in findings}
    return findings, [(remark.word, remark.count, remark.place) for remark in remarks]


def test_equal_fingerprints_are_told_apart_by_file_and_count(tmp_path: Path) -> None:
    prints = {"fingerprints": {"matchBasedId/v1": "requires login"}}
    files = ["login.py", "betaal.py", "betaal.py", "zoek.py"]
    found = of(_collected(tmp_path, _report(*(_result(file, **prints) for file in files))), "finding")
    keys = [str(record.key) for record in found]
    assert len(set(keys)) == len(files)
    assert not any("requires login" in key for key in keys)  # no free text in a key
    later = of(_collected(tmp_path, _report(*(_result(file, **prints) for file in files[:2]))), "finding")
    assert [record.key for record in later] == keys[:2]


def test_results_without_a_rule_are_findings(tmp_path: Path) -> None:
    results = [{"level": "error", "message": {"text": f"geheim {number}"}} for number in range(4)]
    found = of(_collected(tmp_path, _report(*results)), "finding")
    assert len({record.key for record in found} - {None}) == 4


def test_who_made_a_change_does_not_come_into_a_key(tmp_path: Path) -> None:
    prints = {"commitSha": "0a1b2c3d", "author": "Jansen", "email": "j.jansen@voorbeeld.example", "date": "2026-01-02"}
    (found,) = of(_collected(tmp_path, _report(_result("a.py", partialFingerprints=prints))), "finding")
    assert "0a1b2c3d" in str(found.key)
    assert not any(word in str(found.key) for word in ("Jansen", "voorbeeld.example", "2026-01-02"))


@pytest.mark.parametrize("absent", [{}, {"results": None}], ids=["absent", "null"])
def test_no_list_of_results_is_no_scan(tmp_path: Path, absent: dict[str, Any]) -> None:
    log = _report()
    del log["runs"][0]["results"]
    log["runs"][0] |= absent
    with pytest.raises(TerminalError, match="er is niets gescand"):
        _collected(tmp_path, log)
    clean = _report()
    assert [record.values["value"] for record in _collected(tmp_path, clean)] == [0.0]
    both = {**clean, "runs": [*clean["runs"], *log["runs"]]}
    (tmp_path / "x.sarif").write_text(json.dumps(both), "utf-8")
    assert _said(tmp_path)[1] == [("not_scanned", 1, "x.sarif")]


def test_what_is_no_open_finding_is_counted_and_said(tmp_path: Path) -> None:
    accepted = {"suppressions": [{"kind": "inSource"}]}
    log = _report(
        _result("a.py"),
        _result("b.py", kind="pass"),
        _result("c.py", level="none"),
        _result("d.py", baselineState="absent"),
        _result("e.py", **accepted),
    )
    (tmp_path / "x.sarif").write_text(json.dumps(log), "utf-8")
    findings, remarks = _said(tmp_path)
    assert [record.values["state"] for record in findings] == ["open", "accepted"]
    assert {(word, count) for word, count, _ in remarks} == {
        ("passed", 1), ("below_minimum", 1), ("gone", 1), ("suppressed", 1),
    }  # fmt: skip


def test_reports_about_two_images_both_count(tmp_path: Path) -> None:
    for name in ("website", "zaaksysteem"):
        log = _report(_result("usr/lib/openssl"), properties={"imageName": f"registry:5000/{name}:1"})
        (tmp_path / f"image-{name}.sarif").write_text(json.dumps(log), "utf-8")
    findings, remarks = _said(tmp_path)
    assert {record.values["asset"] for record in findings} == {"registry:5000/website", "registry:5000/zaaksysteem"}
    assert remarks == []


def test_of_one_series_the_newest_counts_and_the_others_are_named(tmp_path: Path) -> None:
    for number, name in enumerate(("api-2026-01", "api-2026-02", "web-2026-02")):
        path = tmp_path / f"{name}.sarif"
        path.write_text(json.dumps(_report(_result(f"{name}.py"))), "utf-8")
        os.utime(path, (1_770_000_000 + number, 1_770_000_000 + number))
    findings, remarks = _said(tmp_path)
    assert sorted(record.locator.file or "" for record in findings) == ["api-2026-02.sarif", "web-2026-02.sarif"]
    assert remarks == [("superseded", 1, "api-2026-02.sarif")]


def test_a_failed_run_and_another_version_are_refused(tmp_path: Path) -> None:
    log = _log()
    log["runs"][0]["invocations"][0]["executionSuccessful"] = False
    with pytest.raises(TerminalError, match="geen rapport van een afgeronde scan"):
        _collected(tmp_path, log)
    with pytest.raises(TerminalError, match=r"geen SARIF 2\.1\.0 \(version is '1\.0\.0'\)"):
        _collected(tmp_path, {"version": "1.0.0", "runs": []})
    (tmp_path / "x.sarif").write_text('{"version": "2.1.0", "runs": [', "utf-8")
    with pytest.raises(TerminalError, match="geen volledig JSON-bestand"):
        collect(connector(SarifConnector, tmp_path, file="x.sarif"))


TRIVY = "Package: {package}\nInstalled Version: {version}\nVulnerability CVE-2026-0001\nSeverity: HIGH\nFixed Version: {fix}\nLink: x"


def _trivy(package: str, version: str = "3.0.1", fix: str = "") -> dict[str, Any]:
    return _result("lib/website", message={"text": TRIVY.format(package=package, version=version, fix=fix)})


def test_a_key_survives_a_message_that_changes_and_tells_packages_apart(tmp_path: Path) -> None:
    before = of(_collected(tmp_path, _report(_trivy("openssl"), _trivy("libssl3"))), "finding")
    after = of(
        _collected(tmp_path, _report(_trivy("libssl3", fix="3.0.9"), _trivy("openssl", "3.0.2", "3.0.9"))), "finding"
    )
    assert {record.key for record in before} == {record.key for record in after}
    assert len({record.key for record in before}) == 2


def test_results_that_only_their_message_tells_apart_are_counted_and_keep_their_keys(tmp_path: Path) -> None:
    first = _report(_result("a.py", message={"text": "geheim 1"}), _result("a.py", message={"text": "geheim 2"}))
    later = _report(
        _result("a.py", message={"text": "geheim 1 (bijgewerkt)"}), _result("a.py", message={"text": "geheim 3"})
    )
    keys = [{record.key for record in of(_collected(tmp_path, report), "finding")} for report in (first, later)]
    assert keys[0] == keys[1]
    assert len(keys[0]) == 2


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z", "1970-01-01T00:00:00Z", "ooit"])
def test_an_impossible_moment_is_no_moment_and_the_file_tells(tmp_path: Path, moment: str) -> None:
    content = _report(
        _result("a.py", provenance={"firstDetectionTimeUtc": moment}), invocations=[{"endTimeUtc": moment}]
    )
    for invocation in content["runs"][0]["invocations"]:
        invocation["executionSuccessful"] = True
    (tmp_path / "x.sarif").write_text(json.dumps(content), "utf-8")
    seconds = datetime(2025, 3, 1, 12).timestamp()
    os.utime(tmp_path / "x.sarif", (seconds, seconds))
    records = collect(connector(SarifConnector, tmp_path, file="x.sarif"))
    assert [(record.problems, record.at_latest) for record in of(records, "finding")] == [([], True)]
    assert {(record.values.get("first_seen") or record.values["observed_at"]).year for record in records} == {2025}


@pytest.mark.parametrize("nothing", [None, "x", "none", "n.v.t.", [None], {}])
def test_what_names_nothing_is_no_object_and_the_next_name_is(tmp_path: Path, nothing: object) -> None:
    """A repository, image or tool that is filled in with nothing: then the tool, and at last the series of files."""
    run: dict[str, Any] = {"results": [{"ruleId": "A1", "message": {"text": "found"}}]}
    run |= {"versionControlProvenance": [{"repositoryUri": nothing}], "properties": {"imageName": nothing}}
    run |= {"invocations": [{"executionSuccessful": True, "endTimeUtc": "2026-11-19T01:30:00Z"}]}
    objects = {}
    for tool in ("VoorbeeldScan", nothing):
        content = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": tool}}, **run}]}
        (tmp_path / "nacht-12.sarif").write_text(json.dumps(content), "utf-8")
        (seen,), named = looked_at(connector(SarifConnector, tmp_path, file="*.sarif"))
        assert named == {seen[0]}
        objects[str(tool)] = seen[1]
    assert objects == {"VoorbeeldScan": "VoorbeeldScan", str(nothing): "nacht-#.sarif"}


@pytest.mark.parametrize("name", ["", "x", "none", "n.v.t."])
def test_a_scan_of_what_has_no_name_says_so(name: str) -> None:
    record = scan_of("key", name, datetime(2026, 11, 19), Locator("a.json"))
    (problem,) = record.problems
    assert (problem.field, problem.value) == ("object", name)
    assert scan_of("key", "srv-web-01", datetime(2026, 11, 19), Locator("a.json")).problems == []


@pytest.mark.parametrize("odd", [["een"], {"een": "twee"}])
def test_a_list_or_object_is_no_word_of_a_finding(tmp_path: Path, odd: Any) -> None:
    log = _log()
    run = log["runs"][0]
    run["tool"]["driver"]["rules"][0] |= {"shortDescription": {"text": odd}, "name": odd}
    run["results"][0] |= {"message": {"text": odd}, "partialFingerprints": {}}
    run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = odd
    run["results"][1]["ruleId"] = odd
    assert "'een'" not in repr([(record.key, record.values) for record in _collected(tmp_path, log)])


SECURITY = {
    "id": "py/sql-injection",
    "properties": {"tags": ["external/cwe/cwe-089", "security"], "kind": "path-problem"},
}
SCORED = {"id": "py/old", "properties": {"security-severity": "7.5", "kind": "problem"}}
# an assignment that nobody reads has a number of CWE, and is no weakness
QUALITY = {
    "id": "py/multiple-definition",
    "defaultConfiguration": {"level": "warning"},
    "properties": {
        "tags": ["maintainability", "useless-code", "external/cwe/cwe-563"],
        "kind": "problem",
        "problem.severity": "warning",
    },
}


def _codeql(*results: dict[str, Any], rules: tuple[dict[str, Any], ...], name: str = "CodeQL") -> dict[str, Any]:
    """As the CLI of CodeQL writes it: the rules stand in the query pack, an extension of the tool."""
    pack = {"name": "codeql/python-queries", "semanticVersion": "1.2.2", "rules": list(rules)}
    tool = {"driver": {"name": name, "organization": "GitHub", "rules": []}, "extensions": [pack]}
    return _report(*results, tool=tool)


def _by_codeql(rule: dict[str, Any], rules: tuple[dict[str, Any], ...], **more: Any) -> dict[str, Any]:
    place = {"id": rule["id"], "index": rules.index(rule), "toolComponent": {"index": 0}}
    return _result("a.py", ruleId=rule["id"], rule=place, **more)


def test_what_codeql_says_of_quality_is_no_finding_and_is_counted(tmp_path: Path) -> None:
    rules = (SECURITY, QUALITY, SCORED)
    log = _codeql(*(_by_codeql(rule, rules) for rule in rules), rules=rules)
    (tmp_path / "x.sarif").write_text(json.dumps(log), "utf-8")
    findings, remarks = _said(tmp_path)
    assert [str(record.key).split("|")[3] for record in findings] == ["py/sql-injection", "py/old"]
    assert remarks == [("no_security", 1, "x.sarif")]
    (scan,) = of(_collected(tmp_path, log), "measurement")
    assert scan.values["value"] == 2.0


@pytest.mark.parametrize("rule", [{"id": "py/own"}, {"id": "py/own", "properties": {}}], ids=["silent", "empty"])
def test_what_does_not_say_what_it_is_about_stays_a_finding(tmp_path: Path, rule: dict[str, Any]) -> None:
    log = _codeql(_by_codeql(rule, (rule,)), _result("b.py", ruleId="py/gone"), rules=(rule,))
    assert len(of(_collected(tmp_path, log), "finding")) == 2


def test_another_scanner_tags_as_it_likes(tmp_path: Path) -> None:
    log = _codeql(_by_codeql(QUALITY, (QUALITY,)), rules=(QUALITY,), name="Semgrep OSS")
    assert len(of(_collected(tmp_path, log), "finding")) == 1


def test_codeql_that_asked_about_quality_only_is_no_clean_scan(tmp_path: Path) -> None:
    rules = (QUALITY,)
    with pytest.raises(TerminalError, match="niet naar beveiliging gekeken"):
        _collected(tmp_path, _codeql(rules=rules))
    of_quality = _codeql(_by_codeql(QUALITY, rules), rules=rules)
    with pytest.raises(TerminalError, match="niet naar beveiliging gekeken"):
        _collected(tmp_path, of_quality)
    both = {**of_quality, "runs": [*of_quality["runs"], *_report()["runs"]]}
    (tmp_path / "x.sarif").write_text(json.dumps(both), "utf-8")
    assert _said(tmp_path)[1] == [("no_security", 1, "x.sarif"), ("not_scanned", 1, "x.sarif")]
