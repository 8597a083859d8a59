"""A scan that finds the same again and again: the clock of a finding starts at the first one."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from flows.installation import load_installation
from tests.connectors.report_files import DATA
from tests.pipeline import run_once
from warehouse.reading.read import Published

CONFIGURATION = """
organisation: {id: gemeente-test, name: Gemeente Test}
exports: []
sources:
  - {id: scans, connector: openscap, file: "scan*.xml"}
"""
SCAN = (DATA / "xccdf_results.xml").read_text("utf-8")
TEST = "8.9-werking-afwijkingen"  # serious deviations are mended within three months


def scanned(folder: Path, month: str) -> list[tuple[Any, ...]]:
    """A scan in `month` and the night after; the days on which the findings were first seen."""
    (folder / f"scan-{month}.xml").write_text(SCAN.replace("2026-11-18", f"{month}-18"), "utf-8")
    run_once(folder, date.fromisoformat(f"{month}-20"))
    with Published(load_installation(folder).state) as published:
        return published.connection.execute(
            "SELECT DISTINCT CAST(first_seen AS DATE) FROM evidence.finding WHERE retired_at IS NULL"
        ).fetchall()


def result(folder: Path) -> str:
    with Published(load_installation(folder).state) as published:
        (row,) = published.rows("FROM assess.test_result WHERE test_id = $1 AND until_run_no IS NULL", [TEST])
        return str(row["result"])


def test_a_deviation_that_every_scan_finds_again_is_open_too_long_in_the_end(tmp_path: Path) -> None:
    (tmp_path / "ensia.yaml").write_text(CONFIGURATION, "utf-8")
    assert scanned(tmp_path, "2026-06") == [(date(2026, 6, 18),)]
    assert result(tmp_path) == "no_evidence"  # the term of all of them runs
    for month in ("2026-08", "2026-10"):
        assert scanned(tmp_path, month) == [(date(2026, 6, 18),)]
    assert result(tmp_path) == "fail"


def test_what_a_later_scan_no_longer_reports_was_mended_on_the_day_of_that_scan(tmp_path: Path) -> None:
    """The clean scan is taken in, though it has no finding left, and the late case stays one."""
    (tmp_path / "ensia.yaml").write_text(CONFIGURATION, "utf-8")
    scanned(tmp_path, "2026-05")
    clean = SCAN.replace("2026-11-18", "2026-10-18").replace("<result>fail</result>", "<result>pass</result>")
    (tmp_path / "scan-2026-10.xml").write_text(clean, "utf-8")
    run_once(tmp_path, date(2026, 10, 20))
    with Published(load_installation(tmp_path).state) as published:
        ends = published.rows(
            "SELECT DISTINCT day_of(resolved_at) AS day FROM evidence.finding WHERE retired_at IS NULL"
        )
        [run] = published.rows("SELECT state FROM ops.run WHERE run_no = 2")
        [scan] = published.rows("SELECT open_bevindingen AS number FROM main.gescande_objecten")
    assert [row["day"] for row in ends] == [date(2026, 10, 18)]
    assert (run["state"], scan["number"]) == ("ok", 0)
    assert result(tmp_path) == "fail"
