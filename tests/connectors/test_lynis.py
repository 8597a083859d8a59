"""A real report of Lynis 3.0.8 (scrubbed of what identifies the machine) becomes findings and a measurement."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.base import TerminalError
from connectors.lynis import LynisConnector
from models.record import Locator
from tests.connectors.report_files import REAL_LYNIS, collect, connector

HEAD = """# Lynis Report
report_version_major=1
report_version_minor=0
report_datetime_start=2026-03-04 05:06:07
lynis_version=3.0.8
hostname=srv-db-01
"""


def report(folder: Path, text: str, name: str = "a.dat") -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder


def lines_of(prefix: str) -> list[str]:
    return [line for line in REAL_LYNIS.read_text("utf-8").splitlines() if line.startswith(prefix)]


def test_the_real_report() -> None:
    records = collect(connector(LynisConnector, REAL_LYNIS.parent, file="*.dat"))
    findings = [record for record in records if record.kind == "finding"]
    warnings, suggestions = lines_of("warning[]="), lines_of("suggestion[]=")
    assert len(warnings) >= 2 and len(suggestions) >= 30
    assert len(findings) == len(set(warnings)) + len(set(suggestions))
    assert len({record.key for record in records}) == len(records)
    assert {record.values["asset"] for record in findings} == {"srv-web-01"}
    assert {record.values["finding_type"] for record in findings} == {"configuration"}
    assert [record.values["severity"] for record in findings].count("medium") == len(set(warnings))
    (measurement,) = (record for record in records if record.kind == "measurement")
    (index,) = lines_of("hardening_index=")
    assert measurement.values["metric"] == "hardening_index"
    assert measurement.values["value"] == float(index.partition("=")[2])
    assert measurement.values["object"] == "srv-web-01"
    (started,) = lines_of("report_datetime_start=")
    moment = datetime.fromisoformat(started.partition("=")[2])
    assert {record.values.get("first_seen", record.values.get("observed_at")) for record in records} == {moment}
    assert not any(record.problems for record in records)


def test_each_locator_points_at_the_line_the_finding_comes_from() -> None:
    lines = REAL_LYNIS.read_text("utf-8").splitlines()
    for record in collect(connector(LynisConnector, REAL_LYNIS.parent, file="*.dat")):
        row = record.locator.row
        assert row is not None and record.locator.file == "srv-web-01.dat"
        if record.kind == "finding":
            test = record.values["title"].partition(":")[0]
            assert lines[row - 1].partition("=")[2].startswith(f"{test}|")
        else:
            assert lines[row - 1].startswith("hardening_index=")


def test_nothing_in_the_real_report_identifies_the_machine_it_was_made_on() -> None:
    text = REAL_LYNIS.read_text("utf-8")
    for trace in ("network_", "hostid", "nameserver", "real_user", "certificate[", "home_directory", "kernel_version"):
        assert trace not in text


def test_details_and_solution_are_told_and_doubles_are_not(tmp_path: Path) -> None:
    text = (
        "suggestion[]=FILE-7524|Consider restricting permissions|/etc/cron.d|text:Use chmod|\n"
        "suggestion[]=FILE-7524|Consider restricting permissions|/etc/crontab|text:Use chmod|\n"
        "warning[]=LOGG-2138|klogd is not running|-|-|\nwarning[]=LOGG-2138|klogd is not running|-|-|\n"
        "suggestion[]=SHORT-1|Only a text\nfinish=true\n"
    )
    report(tmp_path, HEAD + text)
    records = collect(connector(LynisConnector, tmp_path, file="a.dat", warning="high", suggestion="info"))
    assert [record.values["title"] for record in records] == [
        "FILE-7524: Consider restricting permissions (/etc/cron.d; Use chmod)",
        "FILE-7524: Consider restricting permissions (/etc/crontab; Use chmod)",
        "LOGG-2138: klogd is not running",
        "SHORT-1: Only a text",
    ]
    assert [record.values["severity"] for record in records] == ["info", "info", "high", "info"]
    assert records[0].locator == Locator(file="a.dat", row=7)
    assert records[0].values["first_seen"] == datetime(2026, 3, 4, 5, 6, 7)


def test_of_several_reports_of_one_system_the_newest_finished_one_counts(tmp_path: Path) -> None:
    report(tmp_path, HEAD + "hardening_index=50\nfinish=true\n", "old.dat")
    report(tmp_path, HEAD.replace("2026-03", "2026-04") + "hardening_index=60\nfinish=true\n", "new.dat")
    report(tmp_path, HEAD.replace("2026-03", "2026-05") + "hardening_index=70\n", "running.dat")
    report(tmp_path, HEAD.replace("db-01", "db-02") + "hardening_index=80\nfinish=true\n", "other.dat")
    records = collect(connector(LynisConnector, tmp_path, file="*.dat"))
    assert {record.values["object"]: record.values["value"] for record in records} == {"srv-db-01": 60, "srv-db-02": 80}


def test_an_index_that_is_no_number_is_a_problem(tmp_path: Path) -> None:
    report(tmp_path, HEAD + "hardening_index=redelijk?\nfinish=true\n")
    (record,) = collect(connector(LynisConnector, tmp_path, file="a.dat"))
    assert [(problem.column, problem.value) for problem in record.problems] == [("hardening_index", "redelijk?")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("niets van dit alles", "geen rapport van Lynis"),
        (HEAD.replace("hostname=srv-db-01", "hostname=") + "finish=true\n", "noemt het systeem niet"),
        (HEAD.replace("2026-03-04 05:06:07", "gisteren") + "finish=true\n", "begintijd"),
        (HEAD, "er is geen rapport van een afgeronde scan"),
        ("", "leeg"),
    ],
)
def test_what_is_no_whole_report_is_refused(tmp_path: Path, text: str, says: str) -> None:
    report(tmp_path, text)
    with pytest.raises(TerminalError, match=says):
        collect(connector(LynisConnector, tmp_path, file="a.dat"))


def test_a_severity_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError, match="warning"):
        LynisConnector.Settings.model_validate({"file": "a.dat", "warning": "ernstig"})
