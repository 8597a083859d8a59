"""SARIF: which results are findings, their keys without line numbers, suppressed and failed runs."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import TerminalError
from connectors.sarif import SarifConnector
from tests.connectors.report_files import DATA, collect, connector, of, place


def _log() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DATA / "scan.sarif").read_text("utf-8"))
    return content


def _collected(folder: Path, log: dict[str, Any], **settings: Any) -> Any:
    (folder / "x.sarif").write_text(json.dumps(log), "utf-8")
    return collect(connector(SarifConnector, folder, file="x.sarif", **settings))


def test_findings(tmp_path: Path) -> None:
    records = collect(connector(SarifConnector, place(tmp_path, "scan.sarif"), file="*.sarif"))
    injection, debug, password = of(records, "finding")
    assert injection.values == {
        "title": "SQL injection",
        "url": "https://regels.example/VB001",
        "finding_type": "vulnerability",
        "severity": "high",
        "score": 8.8,
        "asset": "https://git.voorbeeld.example/zaaksysteem",
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
