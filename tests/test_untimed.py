"""No test measures time: a busy machine is no fault of the program."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import settings

TESTS = Path(__file__).parent
A_CLOCK = re.compile(r"\b(?:perf_counter|process_time|monotonic|time\.time)\b")
COMPARED = re.compile(r"\bassert\b[^#\n]*(?:<=?|>=?)")
# Waiting for another process needs an end; what these then assert is what came of it.
WAITING = {"flows/test_serve.py", "fleet/nights.py"}


def test_hypothesis_sets_no_deadline() -> None:
    assert settings().deadline is None


def test_no_test_sets_a_deadline_of_its_own() -> None:
    own = re.compile(r"@settings\([^)]*\bdeadline=")
    assert [path for path in TESTS.rglob("*.py") if own.search(path.read_text("utf-8"))] == []


def test_no_test_asserts_on_a_clock() -> None:
    asserting = {
        path.relative_to(TESTS).as_posix()
        for path in TESTS.rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if A_CLOCK.search(line) and COMPARED.search(line)
    }
    assert asserting <= WAITING
