"""Runs `oscap` on this system with real SCAP content and reads the ARF it writes."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from connectors.openscap import OpenscapConnector
from tests.connectors.report_files import collect, connector, of
from tests.real.nights import Nights

CONTENT = Path("/usr/share/xml/scap/ssg/content/ssg-debian11-ds.xml")
PROFILE = "xccdf_org.ssgproject.content_profile_standard"
# The content is written for another Debian and for whole machines: without these lines every rule is "not applicable".
PLATFORM = re.compile(r'<xccdf-1\.2:platform idref="(?:cpe:/o:debian[^"]*|#machine)"/>')

pytestmark = [
    pytest.mark.real,
    pytest.mark.usefixtures("prefect_server"),
    pytest.mark.skipif(
        shutil.which("oscap") is None or not CONTENT.exists(), reason="needs openscap-scanner and ssg-debian"
    ),
]


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("oscap")
    content = folder / "content.xml"
    content.write_text(PLATFORM.sub("", CONTENT.read_text("utf-8")), "utf-8")
    done = subprocess.run(
        ["oscap", "xccdf", "eval", "--profile", PROFILE, "--results", "xccdf.xml", "--results-arf", "arf.xml", content],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode in {0, 2}, done.stderr  # 2: at least one rule failed
    return folder


def test_findings_and_score_are_what_oscap_counted(scanned: Path) -> None:
    text = (scanned / "xccdf.xml").read_text("utf-8")
    results = Counter(re.findall(r"<result>(\w+)</result>", text))
    records = collect(connector(OpenscapConnector, scanned, file="arf.xml", minimum_severity="info"))
    assert len(of(records, "finding")) == results["fail"] > 0
    (score,) = of(records, "measurement")
    assert score.values["numerator"] == results["pass"] + results["fixed"]
    assert score.values["denominator"] == sum(results[name] for name in ("pass", "fixed", "fail", "error", "unknown"))
    assert len({record.key for record in records}) == len(records)
    assert all(record.values["title"] and not record.values["title"].startswith("xccdf_") for record in records)


def test_arf_and_xccdf_of_one_scan_give_the_same_records(scanned: Path) -> None:
    arf = collect(connector(OpenscapConnector, scanned, file="arf.xml"))
    xccdf = collect(connector(OpenscapConnector, scanned, file="xccdf.xml"))
    assert [(record.key, record.values) for record in arf] == [(record.key, record.values) for record in xccdf]


def test_a_real_scan_is_judged(scanned: Path, tmp_path: Path) -> None:
    shutil.copy(scanned / "arf.xml", tmp_path)
    nights = Nights(tmp_path, {"connector": "openscap", "file": "arf.xml"})
    stored, _, _ = nights.night()
    (scan,) = nights.rows("FROM evidence.scan WHERE source_id = 'bron'")
    assert scan["object"] and stored == 1 + len(collect(connector(OpenscapConnector, tmp_path, file="arf.xml")))
    assert nights.night() == (0, stored, 0)
    assert nights.result("8.9-bestaan-score") in {"pass", "partial", "fail"}
    (score,) = nights.rows("FROM evidence.measurement WHERE source_id = 'bron'")
    assert nights.landed(score) == (scanned / "arf.xml").read_bytes()
