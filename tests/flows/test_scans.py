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
TEST = "8.9-werking-afwijkingen"  # no serious deviation is open longer than three months


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
    assert result(tmp_path) == "pass"
    for month in ("2026-08", "2026-10"):
        assert scanned(tmp_path, month) == [(date(2026, 6, 18),)]
    assert result(tmp_path) == "partial"  # a few are tolerated
