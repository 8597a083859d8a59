"""What an old delivery proves, and what a key that is no longer known costs: through the pipeline, as a user sees it."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows import steps
from flows.installation import load_installation
from tests.connectors.faults import FaultServer, Reply, Request
from tests.connectors.vendors import Redmine, World, tickets
from tests.few_norms import chosen_norms
from tests.pipeline import run_once
from warehouse.reading.read import Published
from warehouse.storage.database import today

TODAY = date(2026, 11, 20)
CLEAN_SCAN = """<NessusClientData_v2><Report name="maandelijks"><ReportHost name="192.0.2.7"><HostProperties>
<tag name="HOST_START">{day} 03:10:00 {year}</tag><tag name="HOST_END">{day} 04:20:00 {year}</tag>
<tag name="host-fqdn">web.voorbeeld.example</tag></HostProperties>
<ReportItem port="0" svc_name="general" protocol="tcp" severity="0" pluginID="19506" pluginName="Nessus Scan Information"
pluginFamily="Settings"></ReportItem></ReportHost></Report></NessusClientData_v2>"""
TEST = "8.08.01-bestaan-open"  # no vulnerability is open longer than a week
UNDATED = """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Scanner"}}, "results": []}]}"""


def configure(folder: Path, sources: str) -> None:
    text = f"organisation: {{id: gemeente-test, name: Gemeente Test}}\nexports: []\nsources:\n{sources}"
    (folder / "ensia.yaml").write_text(text, "utf-8")


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with Published(load_installation(folder).state) as published:
        return published.connection.execute(sql).fetchall()


def night(folder: Path, day: date) -> steps.Outcome:
    """A night that judges by the one norm of which a scan proves something here."""
    return run_once(folder, day, catalogue=chosen_norms(frozenset({"8.8", "8.08.01"}), frozenset()))


def result(folder: Path) -> str:
    (row,) = rows(folder, f"SELECT result FROM assess.test_result WHERE test_id = '{TEST}' AND until_run_no IS NULL")
    return str(row[0])


def written(path: Path, day: date) -> None:
    """As if the file was last written on `day`, at noon."""
    seconds = datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()
    os.utime(path, (seconds, seconds))


NESSUS = (
    '  - {id: scans, connector: nessus, file: "*.nessus", expected_every: P7D, '
    "covers: [{kind: finding, about: [vulnerability]}]}\n"
)
SARIF = (
    '  - {id: scans, connector: sarif, file: "*.sarif", expected_every: P7D, '
    "covers: [{kind: finding, about: [vulnerability]}]}\n"
)


def test_a_clean_scan_proves_an_absence_as_long_as_it_is_fresh(tmp_path: Path) -> None:
    configure(tmp_path, NESSUS)
    (tmp_path / "scan.nessus").write_text(CLEAN_SCAN.format(day="Wed Nov 18", year=2026), "utf-8")
    outcome = night(tmp_path, TODAY)
    assert outcome.stale == []
    fresh = result(tmp_path)
    night(tmp_path, TODAY + timedelta(days=6))
    stale = result(tmp_path)
    assert (fresh, stale) == ("not_occurred", "no_evidence")


def test_a_clean_scan_of_years_ago_proves_nothing_however_often_it_is_read(tmp_path: Path) -> None:
    configure(tmp_path, NESSUS)
    (tmp_path / "scan.nessus").write_text(CLEAN_SCAN.format(day="Tue Jun 25", year=2013), "utf-8")
    for day in (TODAY, TODAY + timedelta(days=1)):
        outcome = night(tmp_path, day)
        said = "gemeente-test/scans: levering van 25-06-2013, verwacht elke 7 dagen; bewijst geen afwezigheid"
        assert list(map(str, outcome.stale)) == [said]
        assert result(tmp_path) == "no_evidence"
    assert rows(tmp_path, "SELECT DISTINCT delivered_at, fresh_until FROM ops.source_run") == [
        (datetime(2013, 6, 25, 2, 20), date(2013, 7, 2))
    ]
    assert rows(
        tmp_path, "SELECT DISTINCT observed_at FROM evidence.measurement WHERE metric = 'vulnerability_scan'"
    ) == [(datetime(2013, 6, 25, 2, 20),)]  # UTC
    delivered = "SELECT DISTINCT value FROM evidence.measurement WHERE metric = 'source_delivered'"
    assert rows(tmp_path, delivered) == [(0.0,)]
    assert ("stale",) in rows(tmp_path, "SELECT word FROM ops.source_remark")


def test_a_report_without_a_date_is_dated_by_its_file(tmp_path: Path) -> None:
    configure(tmp_path, SARIF)
    report = tmp_path / "scan.sarif"
    report.write_text(UNDATED, "utf-8")
    written(report, date(2025, 3, 1))
    assert night(tmp_path, TODAY).stale
    observed = "SELECT observed_at FROM evidence.measurement WHERE metric = 'code_scan' AND retired_at IS NULL"
    assert rows(tmp_path, observed) == [(datetime(2025, 3, 1, 12),)]


def test_the_same_bytes_are_the_same_delivery_however_often_they_are_copied(tmp_path: Path) -> None:
    configure(tmp_path, SARIF)
    report = tmp_path / "scan.sarif"
    report.write_text(UNDATED, "utf-8")
    written(report, TODAY - timedelta(days=8))
    assert night(tmp_path, TODAY).stale
    written(report, TODAY)
    assert night(tmp_path, TODAY).stale
    report.write_text(UNDATED.replace("Scanner", "Scanner 2"), "utf-8")
    written(report, TODAY)
    assert night(tmp_path, TODAY).stale == []


def test_of_several_files_the_oldest_tells_how_fresh_their_whole_is(tmp_path: Path) -> None:
    configure(tmp_path, SARIF)
    for name, day in (("website.sarif", TODAY), ("zaaksysteem.sarif", date(2025, 3, 1))):
        (tmp_path / name).write_text(UNDATED, "utf-8")
        written(tmp_path / name, day)
    assert night(tmp_path, TODAY).stale


def test_a_file_of_no_possible_day_is_refused(tmp_path: Path) -> None:
    configure(tmp_path, SARIF)
    report = tmp_path / "scan.sarif"
    report.write_text(UNDATED, "utf-8")
    written(report, date(1980, 1, 1))
    (said,) = map(str, night(tmp_path, TODAY).degraded)
    assert "geen datum bekend" in str(said)


PUBLIC = 3  # tickets in a project that anybody may see


class _WithPublicProject(Redmine):
    """A visitor sees the issues of the public project only."""

    def visitor(self, request: Request) -> Reply:
        everything = self.world.tickets
        self.world.tickets = everything[:PUBLIC]
        try:
            return super().visitor(request)
        finally:
            self.world.tickets = everything


@pytest.mark.parametrize("more", ["incremental: false", "full_every: P30D"], ids=["whole", "changes"])
def test_a_revoked_key_fails_the_source_and_retires_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    monkeypatch.setenv("REDMINE_KEY", "sleutel-0123456789")
    double = _WithPublicProject(World(tickets(9)))
    present = "SELECT count(*) FROM evidence.ticket WHERE retired_at IS NULL"
    with FaultServer(double.reply, counts=double.counts) as server:
        settings = f"address: {server.address!r}, token: REDMINE_KEY, attempts: 1, {more}"
        configure(tmp_path, f"  - {{id: meldingen, connector: redmine, {settings}}}\n")
        # the tickets of the double are of today
        first: steps.Outcome = night(tmp_path, today())
        assert (first.degraded, rows(tmp_path, present)) == ([], [(9,)])
        double.revoked = True
        second = night(tmp_path, today())
        assert rows(tmp_path, present) == [(9,)]
    (said,) = map(str, second.degraded)
    assert "weigert de aanmelding (401)" in str(said)
    assert "REDMINE_KEY" in str(said)  # which secret must be looked at
    assert "sleutel-0123456789" not in str(said)
