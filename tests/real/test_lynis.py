"""Runs Lynis on this system and takes the report that it writes through the whole pipeline."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.real.nights import Nights

LYNIS = shutil.which("lynis") or "/usr/sbin/lynis"
GROUPS = "accounting banners file_permissions homedirs ssh"  # a fifth of the time of all of them

pytestmark = [
    pytest.mark.real,
    pytest.mark.usefixtures("prefect_server"),
    pytest.mark.skipif(not Path(LYNIS).exists(), reason="needs tests/real/install.sh"),
    pytest.mark.timeout(900),
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("lynis") / "report.dat"
    command = [LYNIS, "audit", "system", "--quick", "--quiet", "--no-colors", "--tests-from-group", GROUPS]
    command += ["--report-file", str(file)]
    done = subprocess.run(
        [*command, "--logfile", str(file.with_suffix(".log"))],
        cwd=file.parent,
        capture_output=True,
        timeout=800,
        check=False,
    )
    assert file.exists(), done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
    return file


@pytest.mark.slow  # the usual run has quicker ones of its kind
def test_a_real_audit_is_judged(report: Path, tmp_path: Path) -> None:
    """As many findings as the report has different warnings and suggestions, and its index as the score of 8.9."""
    shutil.copy(report, tmp_path)
    text = report.read_text("utf-8", errors="replace")
    lines = set(re.findall(r"^((?:warning|suggestion)\[\]=.*)$", text, re.M))
    index = re.findall(r"^hardening_index=(\d+)", text, re.M)
    nights = Nights(tmp_path, {"connector": "lynis", "file": "report.dat"})
    records = len(lines) + len(index) + 1  # the scan itself is one too
    assert nights.night() == (records, 0, 0)
    assert nights.night() == (0, records, 0)
    (score,) = nights.rows("FROM evidence.measurement WHERE source_id = 'bron'")
    assert [score["value"]] == [float(number) for number in index]
    assert nights.result("8.9-bestaan-score") == ("pass" if score["value"] >= 70 else "fail")
    assert nights.landed(score) == report.read_bytes()
