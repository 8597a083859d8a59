"""What readers found in a text, from a folder with policies and a list of readings to what a person is told."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from cli.main import main
from tests.connectors.documents import write_docx
from tests.town import Town

SOURCES = """\
  - {id: beleid, connector: policy_folder, folder: beleid}
  - {id: lezingen, connector: spreadsheet, file: lezingen.xlsx, kind: reading, key: [text_key, element, read_by, read_on]}
"""
TEST = """\
      - {id: E.1-opzet, aspect: design, type: content, kind: document, about: [backup_policy], readers: [controller, fg],
         elements: [scope, responsibilities], nl: "In het back-upbeleid staan reikwijdte en verantwoordelijkheden.",
         en: "The backup policy has a scope and responsibilities."}"""
HEADER = ["Soort tekst", "Tekst", "Tekstkenmerk", "Element", "Gevonden", "Gelezen door", "Lezer", "Gelezen op"]
FRONT = [["Versie", "2.1"], ["Vastgesteld op", "12-03-2026"], ["Eigenaar", "CISO"]]
DAY = date(2026, 5, 4)
_ONCE = TemporaryDirectory()  # until this process ends


def town(folder: Path, *, front: list[list[str]] = FRONT) -> Town:
    """The town after its first night; that of the usual document is lived once, and copied."""
    return _after_a_night().copy(folder) if front is FRONT else _made(folder, front)


@cache
def _after_a_night() -> Town:
    return _made(Path(_ONCE.name), FRONT)


def _made(folder: Path, front: list[list[str]]) -> Town:
    made = Town(folder, SOURCES, {"E.1": TEST}, roles=("Controller", "FG", "CISO", "Inkoop"))
    write_docx(folder / "beleid" / "Back-up.docx", front, title="Back-upbeleid", paragraphs=("Voor alle systemen.",))
    made.workbook("lezingen.xlsx", HEADER, ["document", "Elders.docx", "x", "doel", "ja", "fg", "B", DAY])
    made.night()
    return made


def read(made: Town, *rows: tuple[Any, ...]) -> None:
    """Readings as (element, found, role) or with a reader and a day, of the text that is known now."""
    [(mark,)] = made.rows("SELECT text_hash FROM evidence.document WHERE retired_at IS NULL")
    full = [(*row, *("A", DAY)[len(row) - 3 :]) for row in rows]
    lines = [
        ["document", "Back-up.docx", mark, element, found, role, who, on] for element, found, role, who, on in full
    ]
    made.workbook("lezingen.xlsx", HEADER, *lines)
    made.night()


def test_a_text_that_nobody_read_is_told_to_be_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = town(tmp_path)
    assert made.result("E.1-opzet")[:2] == ("no_evidence", "not_read")
    assert main(["explain", "E.1", "--config", str(tmp_path)]) == 0
    told = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "niet gelezen" in told and "reikwijdte, verantwoordelijkheden" in told
    assert main(["assess", "--doel", "E.1", "--config", str(tmp_path)]) == 0
    assert "ensia reading list" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rows", "result"),
    [
        ([("reikwijdte", "ja", "controller"), ("verantwoordelijkheden", "ja", "FG")], ("pass", 2.0)),
        ([("reikwijdte", "ja", "controller"), ("verantwoordelijkheden", "deels", "controller")], ("partial", 1.0)),
        ([("reikwijdte", "nee", "controller"), ("verantwoordelijkheden", "deels", "controller")], ("fail", 0.0)),
        # the owner reads his own text, and a role that the rule does not name
        ([("reikwijdte", "ja", "ciso"), ("verantwoordelijkheden", "ja", "inkoop")], ("no_evidence", 0.0)),
        # between two readers the worst counts
        ([("reikwijdte", "ja", "controller"), ("reikwijdte", "nee", "fg", "B", DAY), ("verantwoordelijkheden", "ja", "fg")], ("partial", 1.0)),
        # of one reader the newest
        ([("reikwijdte", "nee", "controller", "A", date(2026, 5, 1)), ("reikwijdte", "ja", "controller"), ("verantwoordelijkheden", "ja", "fg")], ("pass", 2.0)),
    ],
)  # fmt: skip
def test_what_readers_found_counts(tmp_path: Path, rows: list[tuple[Any, ...]], result: tuple[Any, ...]) -> None:
    made = town(tmp_path)
    read(made, *rows)
    found = made.result("E.1-opzet")
    assert (found[0], found[2]) == result
    verdict = {"pass": "goed", "partial": "niet goed", "fail": "niet goed", "no_evidence": "onbekend"}[result[0]]
    assert made.rows("SELECT oordeel, titel FROM toets_regels('E.1-opzet')") == [(verdict, "Back-upbeleid")]


def test_another_text_asks_for_another_reading(tmp_path: Path) -> None:
    made = town(tmp_path)
    read(made, ("reikwijdte", "ja", "controller"), ("verantwoordelijkheden", "ja", "fg"))
    write_docx(
        tmp_path / "beleid" / "Back-up.docx", FRONT, title="Back-upbeleid 2026", paragraphs=("Voor alle systemen.",)
    )
    made.night()
    saved_again = made.result("E.1-opzet")[0]
    write_docx(tmp_path / "beleid" / "Back-up.docx", FRONT, title="Back-upbeleid", paragraphs=("Voor één systeem.",))
    made.night()
    assert (saved_again, made.result("E.1-opzet")[:2]) == ("pass", ("no_evidence", "not_read"))


def test_a_text_without_an_owner_or_in_concept_proves_nothing(tmp_path: Path) -> None:
    both = [("reikwijdte", "ja", "controller"), ("verantwoordelijkheden", "ja", "fg")]
    unowned = town(tmp_path / "a", front=FRONT[:2])
    read(unowned, *both)
    draft = town(tmp_path / "b", front=[["Versie", "0.9"], ["Eigenaar", "CISO"]])
    read(draft, *both)
    assert unowned.result("E.1-opzet")[0] == "no_evidence"
    assert draft.result("E.1-opzet")[:2] == ("fail", "no_text_in_force")


def test_it_ends_three_years_after_adoption(tmp_path: Path) -> None:
    made = town(tmp_path)
    read(made, ("reikwijdte", "ja", "controller"), ("verantwoordelijkheden", "ja", "fg"))
    assert made.result("E.1-opzet")[4] == date(2029, 3, 13)


def test_an_element_in_no_list_is_warned_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = Town(tmp_path, SOURCES, {"E.1": TEST.replace("scope, resp", "reikwijdte, resp")})
    main(["catalogue", "check", "--config", str(made.folder)])
    assert "elements vraagt naar 'reikwijdte'" in " ".join(capsys.readouterr().out.split())
