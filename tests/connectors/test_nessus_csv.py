"""Reports of Nessus in CSV: the same findings and keys as in its own format, and what a CSV must not be taken to say."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from connectors.base import TerminalError
from connectors.nessus import NessusConnector
from models.record import Record, Remark
from tests.connectors.report_files import DATA, collect, collect_all, connector, of, place


def read(folder: Path, said: list[Remark] | None = None, **settings: str) -> list[Record]:
    source = connector(NessusConnector, folder, file="*.csv", **settings)
    source.context.remark = (said if said is not None else []).append
    return collect(source)


def rewritten(folder: Path, *changes: tuple[str, str]) -> Path:
    text = (DATA / "nessus_dmz.csv").read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "a.csv").write_text(text, "utf-8")
    return folder


def test_findings_and_scanned_systems(tmp_path: Path) -> None:
    said: list[Remark] = []
    records = read(place(tmp_path, "nessus_dmz.csv"), said)
    findings = {str(record.key): record.values for record in of(records, "finding")}
    check = next(key for key in findings if "|21156|" in key)
    assert sorted(findings) == sorted(["10.20.30.11|900101|tcp/443", "10.20.30.11|900102|tcp/8443", check])
    worst = findings["10.20.30.11|900101|tcp/443"]
    assert worst["title"].endswith("(CVE-2026-10001, CVE-2026-10002)")  # a row per CVE, one finding
    assert (worst["severity"], worst["score"]) == ("critical", 9.8)
    assert worst["first_seen"] == datetime(2026, 11, 16, 22, 0)
    assert findings["10.20.30.11|900102|tcp/8443"]["score"] == 6.1  # only CVSS 2 is given
    assert findings[check]["finding_type"] == "configuration"
    assert "severity" not in findings[check]
    assert "Wachtwoorden" not in check
    scans = {
        record.values["object"]: (record.values["value"], record.values["observed_at"])
        for record in of(records, "measurement")
    }
    assert scans == {
        "10.20.30.11": (3.0, datetime(2026, 11, 16, 22, 20, 54)), "10.20.30.12": (0.0, datetime(2026, 11, 16, 22, 31)),
    }  # fmt: skip
    assert {remark.word: remark.count for remark in said} == {"passed": 1, "below_minimum": 2}


def test_a_finding_has_the_same_key_in_both_forms(tmp_path: Path) -> None:
    own = connector(NessusConnector, place(tmp_path, "nessus_dmz.nessus"), file="*.nessus")
    keys = {record.key for record in of(collect(own), "finding")}
    in_csv = {record.key for record in of(read(place(tmp_path, "nessus_dmz.csv")), "finding")}
    assert {"10.20.30.11|900101|tcp/443", "10.20.30.11|900102|tcp/8443"} <= keys & in_csv


def test_without_the_rows_of_the_scan_a_csv_is_dated_by_its_file(tmp_path: Path) -> None:
    folder = rewritten(tmp_path, ("Scan Start Date", "Begin"))
    seconds = datetime(2025, 3, 1, 12).timestamp()
    os.utime(folder / "a.csv", (seconds, seconds))
    assert {record.values["observed_at"].date().isoformat() for record in of(read(folder), "measurement")} == {
        "2025-03-01"
    }
    assert {record.values["first_seen"].year for record in of(read(folder), "finding")} == {2025}


def test_a_clean_system_that_is_not_in_the_file_was_not_scanned(tmp_path: Path) -> None:
    lines = (DATA / "nessus_dmz.csv").read_text("utf-8").replace("10.20.30.12", "10.20.30.11")
    (tmp_path / "a.csv").write_text(lines, "utf-8")
    assert [record.values["object"] for record in of(read(tmp_path), "measurement")] == ["10.20.30.11"]


@pytest.mark.parametrize("word", ["", "Onbekend"])
def test_a_risk_that_is_unknown_is_a_finding_all_the_same(tmp_path: Path, word: str) -> None:
    folder = rewritten(tmp_path, ('"6.1","Medium"', f'"","{word}"'))
    unknown = next(
        record for record in of(read(folder, minimum_severity="critical"), "finding") if "900102" in str(record.key)
    )
    assert "severity" not in unknown.values


def test_a_row_with_another_number_of_fields_is_refused_with_its_line(tmp_path: Path) -> None:
    folder = rewritten(tmp_path, ('"Beheerpagina zonder TLS"', "Beheerpagina, zonder TLS"))
    with pytest.raises(TerminalError, match="15 velden waar de kopregel er 14 heeft") as caught:
        read(folder)
    assert "a.csv, rij " in caught.value.place


def test_a_row_without_a_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TerminalError, match="zonder systeem"):
        read(rewritten(tmp_path, ('"10.20.30.12"', '""')))


@pytest.mark.parametrize("host", ["n.v.t.", "-", "onbekend"])
def test_a_word_that_stands_for_nothing_is_no_host(tmp_path: Path, host: str) -> None:
    """What is on it, and that it was scanned, is held back with its report read."""
    text = (DATA / "nessus_dmz.csv").read_text("utf-8").replace('"10.20.30.12"', f'"{host}"')
    (tmp_path / "a.csv").write_text(text, "utf-8")
    records = collect_all(connector(NessusConnector, tmp_path, file="a.csv"))
    assert {record.values.get("object") for record in of(records, "scan")} == {"10.20.30.11", None}
    assert len(of(records, "measurement")) == 2


def test_a_scan_of_an_impossible_day_settles_nothing(tmp_path: Path) -> None:
    """That it was scanned is held back with its problem, and the rest of the report is read."""
    text = (DATA / "nessus_dmz.csv").read_text("utf-8").replace("2026/11/16 21:30", "2426/11/16 21:30")
    (tmp_path / "a.csv").write_text(text, "utf-8")
    records = collect_all(connector(NessusConnector, tmp_path, file="a.csv"))
    assert [record.values["object"] for record in of(records, "scan")] == ["10.20.30.11"]
    (impossible,) = [record for record in of(records, "measurement") if record.values["object"] == "10.20.30.12"]
    assert [problem.field for problem in impossible.problems] == ["observed_at"]


def test_a_website_is_called_as_a_register_calls_it(tmp_path: Path) -> None:
    rewritten(tmp_path, ("10.20.30.11", "https://www.voorbeeld.example:8443/zaken"))
    records = collect_all(connector(NessusConnector, tmp_path, file="*.csv"))
    about = {record.values["object"] for record in records if "voorbeeld" in str(record.key)}
    assert about == {"www.voorbeeld.example"}
    named = {record.values.get("scan") for record in of(records, "finding")}
    assert named <= {record.key for record in of(records, "scan")}
    assert any("https://www.voorbeeld.example:8443/zaken" in str(key) for key in named)
