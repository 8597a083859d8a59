"""What must follow a case, from a list of tickets to what a person is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from tests.town import Town

SOURCES = """\
  - {id: meldingen, connector: spreadsheet, file: meldingen.xlsx, kind: ticket, key: [title], covers: [{kind: ticket, about: [data_breach]}]}
"""
TEST = """\
      - id: E.1-werking
        aspect: operation
        type: expected
        kind: ticket
        about: [data_breach]
        partial_at: 0.5
        zero: not_occurred
        stages:
          - {nl: een melding aan de toezichthouder, en: a notification of the authority, kind: ticket,
             where: "stage = 'notification'", link: relates_to, within: PT72H, from: aware_at}
          - {nl: een eindverslag, en: a final report, kind: ticket, where: "stage = 'final'", link: relates_to,
             within: P30D, from: aware_at}
        nl: "Op elk datalek volgden op tijd een melding en een eindverslag."
        en: "Each data breach was followed in time by a notification and a final report."
"""
HEADER = ["Titel", "Soort", "Gemeld op", "Bekend sinds", "Hoort bij", "Stap"]


def breach(name: str, known: str | None) -> list[Any]:
    return [name, "datalek", "2026-09-01 08:00", known, None, None]


def follow_up(name: str, case: str, step: str, moment: str) -> list[Any]:
    return [name, "melding", moment, None, case, step]


GOOD = [
    breach("D-1", "2026-09-01 09:00"),
    follow_up("M-1", "D-1", "melding", "2026-09-04 08:59"),
    follow_up("E-1", "D-1", "eindverslag", "2026-10-01 17:00"),
]


def town(folder: Path, *rows: list[Any], test: str = TEST) -> Town:
    made = Town(folder, SOURCES, {"E.1": test})
    made.workbook("meldingen.xlsx", HEADER, *rows)
    return made


@pytest.mark.parametrize(
    ("rows", "result"),
    [
        (GOOD, ("pass", "followed", 1.0, 1.0, None)),
        # one minute too late, by the clock of the case itself
        ([*GOOD[:1], follow_up("M-1", "D-1", "melding", "2026-09-04 09:01"), *GOOD[2:]], ("fail", "followed", 0.0, 1.0, None)),
        # registered in its own system in time means nothing when nobody says since when it was known
        ([breach("D-1", None), *GOOD[1:]], ("fail", "not_clocked", 0.0, 1.0, None)),
        # the notification of another case
        ([*GOOD[:1], follow_up("M-1", "D-9", "melding", "2026-09-02 09:00"), *GOOD[2:]], ("fail", "followed", 0.0, 1.0, None)),
        # another step
        ([*GOOD[:1], follow_up("M-1", "D-1", "vroege waarschuwing", "2026-09-02 09:00"), *GOOD[2:]], ("fail", "followed", 0.0, 1.0, None)),
        ([*GOOD, breach("D-2", "2026-10-01 09:00")], ("partial", "followed", 1.0, 2.0, None)),
        # its terms still run, and what will be late first is told
        ([*GOOD, breach("D-2", "2026-11-19 09:00")], ("pass", "followed", 1.0, 1.0, date(2026, 11, 22))),
        ([breach("D-2", "2026-11-19 09:00")], ("not_occurred", "stages_run", 0.0, 0.0, date(2026, 11, 22))),
    ],
)  # fmt: skip
def test_a_case_is_good_when_all_followed_in_time(
    tmp_path: Path, rows: list[list[Any]], result: tuple[Any, ...]
) -> None:
    made = town(tmp_path, *rows)
    made.night()
    assert made.result("E.1-werking") == result


def test_a_follow_up_that_comes_later_changes_the_result_of_its_case(tmp_path: Path) -> None:
    """The night looks again at a case of which nothing changed but what followed it."""
    made = town(tmp_path, *GOOD[:2])
    made.night(date(2026, 10, 1))
    waiting = made.result("E.1-werking")
    made.workbook("meldingen.xlsx", HEADER, *GOOD)
    made.night(date(2026, 10, 2))
    assert (waiting[1], made.result("E.1-werking")[1]) == ("stages_run", "followed")


def test_it_is_explained_and_advised(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    made = town(tmp_path, *GOOD, breach("D-2", None))
    made.night()
    assert main(["explain", "E.1", "--config", str(tmp_path)]) == 0
    dutch = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "een melding aan de toezichthouder binnen 72 uur" in dutch
    assert "van de rest is niet bekend wanneer de termijn begon" in dutch
    assert "D-2" in dutch
    assert main(["assess", "--doel", "E.1", "--lang", "en", "--config", str(tmp_path)]) == 0
    assert "of 1 cases, register since when they were known" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("from: aware_at}\n          - {nl: een eind", "from: priority}\n          - {nl: een eind", "from is 'priority'"),
        ("kind: ticket,\n             where: \"stage = 'notification'\"", "kind: kaartje,\n             where: \"true\"", "'kaartje' bestaat niet"),
        ("link: relates_to, within: PT72H", "link: relaties, within: PT72H", "stages.link 'relaties'"),
        ("stage = 'final'", "stage = 'laatste'", "laatste"),
    ],
)  # fmt: skip
def test_a_stage_that_cannot_be_is_refused(
    tmp_path: Path, old: str, new: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert old in TEST
    town(tmp_path, *GOOD, test=TEST.replace(old, new))
    code = main(["catalogue", "check", "--config", str(tmp_path)])
    written = capsys.readouterr()
    said = " ".join((written.out + written.err).split())
    assert told in said and (code != 0 or "waarschuwing" in said.casefold() or "warning" in said)


def test_an_own_threshold_keeps_the_stages(tmp_path: Path) -> None:
    made = town(tmp_path, *GOOD, breach("D-2", "2026-10-01 09:00"))
    made.write(
        "catalogus/overrides.yaml", 'overrides:\n  - {test: E.1-werking, set: {pass_at: 0.5}, reason: "Proefjaar."}\n'
    )
    made.night()
    assert made.result("E.1-werking")[:2] == ("pass", "followed")
