"""Greenbone reports as XML and CSV: findings, false positives, clean systems, unfinished and cut-off reports."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from connectors.base import TerminalError, Window
from connectors.greenbone import GreenboneConnector
from tests.connectors.report_files import DATA, collect, connector, of, place


def test_xml(tmp_path: Path) -> None:
    records = collect(connector(GreenboneConnector, place(tmp_path, "greenbone.xml"), file="greenbone.xml"))
    first, second = of(records, "finding")
    assert first.key == "10.20.20.5|1.3.6.1.4.1.25623.1.0.999001|443/tcp"
    assert {name: value for name, value in first.values.items() if name != "scan"} == {
        "title": "OpenVoorbeeld Multiple Vulnerabilities (Nov 2026) (CVE-2026-20001)",
        "finding_type": "vulnerability",
        "severity": "critical",
        "score": 9.8,
        "asset": "srv-dms-01",
        "object": "srv-dms-01",
        "first_seen": datetime(2026, 11, 17, 21, 14),
        "state": "open",
        "origin": "Greenbone",
    }
    assert (second.values["severity"], second.values["score"]) == ("medium", 4.3)
    scans = {record.values["object"]: record.values["value"] for record in of(records, "measurement")}
    assert scans == {"srv-dms-01": 2.0, "srv-print-01": 0.0}


def test_log_messages_count_when_asked_but_false_positives_never(tmp_path: Path) -> None:
    source = connector(
        GreenboneConnector, place(tmp_path, "greenbone.xml"), file="greenbone.xml", minimum_severity="info"
    )
    titles = [record.values["title"] for record in of(collect(source), "finding")]
    assert "OS Detection Consolidation" in titles
    assert len(titles) == 3


def test_an_audit_gives_configuration_findings(tmp_path: Path) -> None:
    text = (DATA / "greenbone.xml").read_text("utf-8").replace("<compliance>undefined<", "<compliance>no<")
    (tmp_path / "audit.xml").write_text(text, "utf-8")
    finding = of(collect(connector(GreenboneConnector, tmp_path, file="audit.xml")), "finding")[0]
    assert finding.values["finding_type"] == "configuration"


def test_csv_has_the_same_keys_as_xml(tmp_path: Path) -> None:
    records = collect(connector(GreenboneConnector, place(tmp_path, "greenbone.csv"), file="greenbone.csv"))
    keys = [record.key for record in of(records, "finding")]
    assert keys[0] == "10.20.20.5|1.3.6.1.4.1.25623.1.0.999001|443/tcp"
    assert keys[1] == "10.20.20.7|1.3.6.1.4.1.25623.1.0.80091|general/tcp"
    damaged = of(records, "finding")[2]
    assert [(problem.field, problem.value) for problem in damaged.problems] == [("score", "hoog")]
    rows = [record.locator.row for record in of(records, "finding")]
    assert rows == [2, 5, 7]  # the first row spans three lines of the file


def test_csv_without_its_columns_names_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("IP,Naam\n10.0.0.1,a\n", "utf-8")
    with pytest.raises(TerminalError, match=r"mist de kolom Hostname.*aanwezig zijn: IP, Naam"):
        collect(connector(GreenboneConnector, tmp_path, file="x.csv"))


def test_a_stopped_scan_does_not_hide_what_the_last_whole_one_found(tmp_path: Path) -> None:
    place(tmp_path, "greenbone.xml")
    stopped = (
        (DATA / "greenbone.xml").read_text("utf-8").replace(">Done<", ">Stopped<").replace("2026-11-17", "2026-11-18")
    )
    (tmp_path / "later.xml").write_text(stopped, "utf-8")
    source = connector(GreenboneConnector, tmp_path, file="*.xml")
    assert [payload.name for payload in source.fetch(Window())] == ["greenbone.xml"]
    (tmp_path / "greenbone.xml").unlink()
    with pytest.raises(TerminalError, match="geen rapport van een afgeronde scan"):
        collect(source)


def test_a_report_that_was_cut_off_by_a_filter_is_refused(tmp_path: Path) -> None:
    text = (DATA / "greenbone.xml").read_text("utf-8").replace("<filtered>4<", "<filtered>250<")
    (tmp_path / "x.xml").write_text(text, "utf-8")
    with pytest.raises(TerminalError, match="bevat 4 van de 250 resultaten"):
        collect(connector(GreenboneConnector, tmp_path, file="x.xml"))


def test_the_answer_of_the_management_protocol_is_read_too(tmp_path: Path) -> None:
    text = (DATA / "greenbone.xml").read_text("utf-8")
    body = text[text.index("<report id") :]
    (tmp_path / "gmp.xml").write_text(
        f'<get_reports_response status="200" status_text="OK">{body}</get_reports_response>', "utf-8"
    )
    place(tmp_path, "greenbone.xml")
    answer = collect(connector(GreenboneConnector, tmp_path, file="gmp.xml"))
    report = collect(connector(GreenboneConnector, tmp_path, file="greenbone.xml"))
    assert [(record.key, record.values) for record in answer] == [(record.key, record.values) for record in report]
