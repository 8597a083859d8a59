"""`ensia explain`: what is not good comes first and is counted whole; what is good is shown as a sample and called one."""

from __future__ import annotations

import re

import pytest

from cli.main import main
from flows.installation import Installation


@pytest.fixture
def lines(example: Installation, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The explanation of a norm with one test of which 51 of 56 records are not good, line by line."""
    monkeypatch.setenv("COLUMNS", "300")
    assert main(["explain", "8.03.01", "--config", str(example.file)]) == 0
    return capsys.readouterr().out.splitlines()


def test_twenty_that_are_not_good_are_shown_with_verdict_key_and_place(lines: list[str]) -> None:
    shown = [line for line in lines if re.search(r"\[(niet goed|onbekend)\] .*\(.+\) ← .*rij \d+", line)]
    assert len(shown) == 20


def test_how_many_more_there_are_is_said_with_the_question_that_gives_all(lines: list[str]) -> None:
    [more] = [line for line in lines if "en nog " in line]
    assert "en nog 31 " in more
    assert "ensia sql \"FROM toets_regels('8.03.01-bestaan-geisoleerd')\"" in more


def test_good_ones_are_a_sample_and_come_after(lines: list[str]) -> None:
    [heading] = [number for number, line in enumerate(lines) if "voorbeelden van goede regels (3 van 5)" in line]
    assert not any("[niet goed]" in line or "[onbekend]" in line for line in lines[heading:])


def test_what_the_norm_demands_stands_before_its_tests_with_what_proves_it(
    example: Installation, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    assert main(["explain", "5.09.01", "--config", str(example.file)]) == 0
    text = capsys.readouterr().out
    demands = re.findall(r"Eis (\w+) \((.+?)\): (.+)", text)
    proofs = re.findall(r"getoetst met (5\.09\.01-[\w-]+): (goed|deels|niet goed|niet voorgekomen|geen bewijs)", text)
    assert len(demands) >= 2 and len(proofs) >= len(demands)
    assert text.index("Eis a") < text.index("Maatstaf")
