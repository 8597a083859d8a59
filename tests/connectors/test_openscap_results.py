"""XCCDF and ARF results: failed rules are findings, the score counts what was judged, nothing judged is refused."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from connectors.base import TerminalError
from connectors.openscap import OpenscapConnector
from tests.connectors.report_files import DATA, collect, connector, of, place

_PREFIX = "srv-app-03.voorbeeld.example|xccdf_org.example_benchmark_server|xccdf_org.example_profile_standard"


def test_xccdf(tmp_path: Path) -> None:
    records = collect(connector(OpenscapConnector, place(tmp_path, "xccdf_results.xml"), file="*.xml"))
    root, home, tmp = of(records, "finding")
    assert root.key == f"{_PREFIX}|xccdf_org.example_rule_root_login"
    assert {name: value for name, value in root.values.items() if name != "scan"} == {
        "title": "Disable root login over SSH",
        "finding_type": "configuration",
        "severity": "high",
        "asset": "srv-app-03.voorbeeld.example",
        "object": "srv-app-03.voorbeeld.example",
        "first_seen": datetime(2026, 11, 18, 2, 1),
        "state": "open",
        "origin": "OpenSCAP",
    }
    assert [home.key, tmp.key] == [f"{_PREFIX}|xccdf_org.example_rule_partition|{path}" for path in ("/home", "/tmp")]
    assert "severity" not in home.values  # XCCDF says unknown
    (score,) = of(records, "measurement")
    # 1 pass; 3 fail and 1 error were judged but not passed; notselected does not count
    assert (score.values["numerator"], score.values["denominator"], score.values["value"]) == (1.0, 5.0, 20.0)
    assert score.values["observed_at"] == datetime(2026, 11, 18, 2, 3)
    assert "jansen" not in repr(records)


def test_arf_wraps_the_same_result(tmp_path: Path) -> None:
    bare = (DATA / "xccdf_results.xml").read_text("utf-8")
    start, end = bare.index("<TestResult"), bare.index("</TestResult>") + len("</TestResult>")
    result = bare[start:end].replace("<TestResult", '<TestResult xmlns="http://checklists.nist.gov/xccdf/1.2"')
    benchmark = bare[bare.index("<Benchmark") : start] + "</Benchmark>"
    # NISTIR 7694 §4: report-requests hold the content, assets the target, reports the results
    arf = (
        '<arf:asset-report-collection xmlns:arf="http://scap.nist.gov/schema/asset-reporting-format/1.1">'
        f'<arf:report-requests><arf:report-request id="c1"><arf:content>{benchmark}</arf:content></arf:report-request>'
        '</arf:report-requests><arf:assets><arf:asset id="a0"/></arf:assets>'
        f'<arf:reports><arf:report id="r1"><arf:content>{result}</arf:content></arf:report></arf:reports>'
        "</arf:asset-report-collection>"
    )
    (tmp_path / "arf.xml").write_text(arf, "utf-8")
    place(tmp_path, "xccdf_results.xml")
    from_arf = collect(connector(OpenscapConnector, tmp_path, file="arf.xml"))
    from_bare = collect(connector(OpenscapConnector, tmp_path, file="xccdf_results.xml"))
    assert [(record.key, record.values) for record in from_arf] == [(record.key, record.values) for record in from_bare]


def test_a_profile_that_fits_nothing_is_not_a_score_of_zero(tmp_path: Path) -> None:
    text = (DATA / "xccdf_results.xml").read_text("utf-8")
    for result in ("fail", "pass", "error"):
        text = text.replace(f"<result>{result}<", "<result>notapplicable<")
    (tmp_path / "x.xml").write_text(text, "utf-8")
    with pytest.raises(TerminalError, match="geen enkele regel is beoordeeld"):
        collect(connector(OpenscapConnector, tmp_path, file="x.xml"))


def test_content_without_results_and_unknown_results_are_refused(tmp_path: Path) -> None:
    text = (DATA / "xccdf_results.xml").read_text("utf-8")
    (tmp_path / "x.xml").write_text(text[: text.index("<TestResult")] + "</Benchmark>", "utf-8")
    with pytest.raises(TerminalError, match="geen uitkomsten"):
        collect(connector(OpenscapConnector, tmp_path, file="x.xml"))
    (tmp_path / "x.xml").write_text(text.replace("<result>pass<", "<result>maybe<"), "utf-8")
    with pytest.raises(TerminalError, match=r"'maybe'.*bestaat niet in XCCDF"):
        collect(connector(OpenscapConnector, tmp_path, file="x.xml"))
