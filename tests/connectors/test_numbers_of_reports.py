"""A number in a report is one as machines write it: what Python would take beside that is none."""

from __future__ import annotations

import pytest

from connectors.tools.findings import number, record_of
from models.record import Locator


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("9.8", 9.8),
        (" 9.8 ", 9.8),
        ("-1", -1.0),
        ("+5", 5.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        (7, 7.0),
        (0.1, 0.1),
        (10**400, None),
    ],
)
def test_what_machines_write(raw: object, value: float | None) -> None:
    assert number(raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        "1_000",
        "١٢",
        "１２",
        "²",
        "9,8",
        "nan",
        "Infinity",
        "-inf",
        "1e999",
        "0x10",
        "1e",
        "",
        "-",
        None,
        True,
        [1],
        {"a": 1},
    ],
)
def test_what_is_no_number(raw: object) -> None:
    assert number(raw) is None


@pytest.mark.parametrize("raw", ["1_000", "١٢", "１２", "²", "9,8", "0x10", "1e"])
def test_what_is_no_number_is_a_problem_of_its_record(raw: str) -> None:
    record = record_of("finding", "a", {"score": raw}, Locator(file="a.csv"))
    assert "score" not in record.values
    assert [problem.field for problem in record.problems] == ["score"]
