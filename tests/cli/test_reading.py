"""`ensia reading`: lists of what must be read, filled in with a spreadsheet program's hands, and taken in again."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from cli.main import main
from tests.connectors.documents import write_docx, write_pdf
from tests.town import Town

SOURCES = """\
  - {id: beleid, connector: policy_folder, folder: beleid}
  - {id: besluiten, connector: spreadsheet, file: besluiten.csv, kind: decision, key: [reference]}
"""
RULES = {
    "E.1": """\
      - {id: E.1-opzet, aspect: design, type: content, kind: document, about: [backup_policy], readers: [controller, FG],
         elements: [scope, responsibilities], nl: "In het back-upbeleid staan reikwijdte en verantwoordelijkheden.",
         en: "The backup policy has a scope and responsibilities."}""",
    "E.2": """\
      - {id: E.2-opzet, aspect: design, type: content, kind: decision, about: [risk_appetite], readers: [controller],
         elements: [purpose, scope], nl: "In het besluit staat het doel.", en: "The decision has a purpose."}""",
}
FRONT = [["Versie", "2.1"], ["Vastgesteld op", "12-03-2026"], ["Eigenaar", "CISO"]]
DECISIONS = (
    "Titel;Orgaan;Besluitdatum;Onderwerp;Kenmerk;Eigenaar\n"
    "=HYPERLINK(http://elders.example);college;03-02-2026;risicobereidheid;B-7;wethouder\n"
)
SENTENCE = "De reikwijdte van dit beleid is alle systemen van de gemeente."


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Town:
    folder = tmp_path_factory.mktemp("stad")
    made = Town(folder, SOURCES, RULES, roles=("Concerncontroller", "FG"))
    write_docx(folder / "beleid" / "Back-up.docx", FRONT, title="Back-upbeleid", paragraphs=("Inleiding.", SENTENCE))
    made.write("besluiten.csv", DECISIONS)
    made.night()
    return made


@pytest.fixture
def town(after_a_night: Town, tmp_path: Path) -> Town:
    return after_a_night.copy(tmp_path)


def lists(made: Town, *more: str) -> dict[str, Path]:
    folder = made.folder / "lijsten"
    assert main(["reading", "list", "--to", str(folder), "--config", str(made.folder), *more]) == 0
    return {path.name: path for path in sorted(folder.iterdir())}


def rows(path: Path) -> list[tuple[Any, ...]]:
    return [row for row in load_workbook(path).worksheets[1].iter_rows(min_row=4, values_only=True) if row[0]]


def fill(path: Path, answers: dict[str, tuple[Any, Any, Any]], change: dict[str, Any] | None = None) -> Path:
    """Write found, place and day beside the elements named, and whatever else in single cells; saved as another file."""
    book = load_workbook(path)
    sheet = book.worksheets[1]
    for row in sheet.iter_rows(min_row=4):
        for cell, value in zip(row[7:10], answers.get(str(row[4].value), ()), strict=False):
            cell.value = value
    for address, value in (change or {}).items():
        sheet[address] = value
    target = path.with_name("ingevuld.xlsx")
    book.save(target)
    return target


def taken_in(made: Town, file: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    capsys.readouterr()
    code = main(["reading", "import", str(file), "--reader", "Jan Jansen", "--config", str(made.folder), *more])
    written = capsys.readouterr()
    return code, " ".join((written.out + written.err).split())


YES = ("ja", "blz. 1", date(2026, 11, 2))


def test_a_list_per_role_says_what_to_read_and_where_it_may_stand(town: Town) -> None:
    made = lists(town)
    assert list(made) == ["lezen-controller.xlsx", "lezen-fg.xlsx"]
    both = rows(made["lezen-controller.xlsx"])
    assert [(row[1], row[3], row[4]) for row in both] == [
        ("'=HYPERLINK(http://elders.example)", "E.2", "doel"),
        ("'=HYPERLINK(http://elders.example)", "E.2", "reikwijdte"),
        ("Back-upbeleid", "E.1", "reikwijdte"),
        ("Back-upbeleid", "E.1", "verantwoordelijkheden"),
    ]
    proposed = {row[4]: row[5:7] for row in rows(made["lezen-fg.xlsx"])}
    assert proposed["reikwijdte"][1] == SENTENCE and proposed["reikwijdte"][0].startswith("alinea ")
    assert proposed["verantwoordelijkheden"] == (None, None)
    assert all(cell is None for row in both for cell in row[7:10]), "a proposal is never an answer"


def test_a_pdf_names_the_page(town: Town) -> None:
    (town.folder / "beleid" / "Back-up.docx").unlink()
    lines = ["Versie: 2.1", "Vastgesteld op: 12-03-2026", "Eigenaar: CISO", SENTENCE]
    write_pdf(town.folder / "beleid" / "Back-up.pdf", lines, title="Back-upbeleid")
    town.night()
    [place] = [row[5] for row in rows(lists(town)["lezen-fg.xlsx"]) if row[4] == "reikwijdte"]
    assert place == "bladzijde 1"


def test_a_filled_list_counts_from_the_next_night(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    filled = fill(
        lists(town)["lezen-fg.xlsx"], {"reikwijdte": YES, "verantwoordelijkheden": ("Deels", None, "3-11-2026")}
    )
    code, told = taken_in(town, filled, capsys)
    assert code == 0 and "2 regels ingelezen" in told
    town.night()
    assert town.result("E.1-opzet")[:4] == ("partial", "elements_found", 1.0, 2.0)
    listed = town.rows(
        "SELECT element, gevonden, vindplaats, gelezen_door, gelezen_op, bestand, blad, rij FROM bewijs_lezing ORDER BY ALL"
    )
    assert listed == [
        ("responsibilities", "partly", None, "fg", date(2026, 11, 3), "ingevuld.xlsx", "Lijst", 5),
        ("scope", "yes", "blz. 1", "fg", date(2026, 11, 2), "ingevuld.xlsx", "Lijst", 4),
    ]
    assert "jansen" not in str(town.rows("FROM account.working_paper")).casefold()
    kept = [path.read_bytes() for path in (town.folder / "state" / "landing").rglob("*") if path.is_file()]
    assert all(b"Jansen" not in content for content in kept)


def test_reading_again_makes_better_and_the_old_reading_stays(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    first = {"reikwijdte": ("nee", None, date(2026, 11, 2)), "verantwoordelijkheden": YES}
    taken_in(town, fill(lists(town)["lezen-fg.xlsx"], first), capsys)
    town.night()
    before = town.result("E.1-opzet")[0]
    taken_in(town, fill(lists(town)["lezen-fg.xlsx"], {"reikwijdte": ("ja", "blz. 1", date(2026, 11, 4))}), capsys)
    town.night()
    assert (before, town.result("E.1-opzet")[0]) == ("partial", "pass")
    assert town.rows("SELECT count(*) FROM bewijs_lezing") == [(3,)]


@pytest.mark.parametrize(
    ("answers", "change", "told"),
    [
        ({}, {}, "er is niets ingevuld"),
        ({"reikwijdte": ("misschien", None, date(2026, 11, 2))}, {}, "‘misschien’ is geen antwoord dat hier kan"),
        ({"reikwijdte": ("ja", None, date(2026, 11, 2))}, {}, "bij ja hoort de vindplaats"),
        ({"reikwijdte": ("nee", None, None)}, {}, "de dag van het lezen ontbreekt"),
        ({"reikwijdte": ("nee", None, date(2090, 1, 1))}, {}, "‘2090-01-01’ is geen dag"),
        ({"reikwijdte": (None, "blz. 3", date(2026, 11, 2))}, {}, "er staat niet bij of het element is gevonden"),
        ({"reikwijdte": YES}, {"E5": "reikwijdte"}, "de regel is gewijzigd, maar ligt vast"),
        ({"reikwijdte": YES}, {"A9": 9, "H9": "ja"}, "de regel is toegevoegd of staat er dubbel"),
        ({"reikwijdte": YES}, {"A5": None, "B5": None, "C5": None, "D5": None, "E5": None}, "er ontbreken regels: 2"),
        ({"reikwijdte": ("=1+1", "x", date(2026, 11, 2))}, {}, "is een formule of fout"),
    ],
)  # fmt: skip
def test_a_list_that_is_not_right_is_refused_whole(
    town: Town, answers: dict[str, Any], change: dict[str, Any], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = taken_in(town, fill(lists(town)["lezen-fg.xlsx"], answers, change), capsys)
    assert code != 0 and told in said and "niets is gewijzigd" in said
    town.night()
    assert town.rows("SELECT count(*) FROM bewijs_lezing") == [(0,)]


def test_a_list_about_another_text_is_refused(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    filled = fill(lists(town)["lezen-fg.xlsx"], {"reikwijdte": YES})
    write_docx(town.folder / "beleid" / "Back-up.docx", FRONT, title="Back-upbeleid", paragraphs=("Heel anders.",))
    town.night()
    code, said = taken_in(town, filled, capsys)
    assert code != 0 and "de tekst is veranderd sinds deze lijst is gemaakt" in said


def test_what_is_no_list_is_refused(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = taken_in(town, town.workbook("anders.xlsx", ["Iets"], ["x"]), capsys)
    assert code != 0 and "is geen lijst die dit programma hiervoor heeft gemaakt" in said
    filled = fill(lists(town)["lezen-fg.xlsx"], {"reikwijdte": YES})
    code, said = taken_in(town, filled, capsys, "--organisation", "elders")
    assert code != 0 and "is een lijst van organisatie ‘klein’" in said
    assert main(["reading", "import", str(filled), "--reader", " ", "--config", str(town.folder)]) != 0


def test_in_english(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    made = lists(town, "--lang", "en")
    assert [row[4] for row in rows(made["read-fg.xlsx"])] == ["scope", "responsibilities"]
    code, said = taken_in(
        town, fill(made["read-fg.xlsx"], {"scope": ("yes", None, date(2026, 11, 2))}), capsys, "--lang", "en"
    )
    assert code != 0 and "a yes needs its place" in said


def test_nothing_to_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = Town(tmp_path, SOURCES, RULES, roles=("Concerncontroller", "FG"))
    write_docx(tmp_path / "beleid" / "Iets.docx", FRONT, title="Iets anders")
    made.write("besluiten.csv", DECISIONS.replace("risicobereidheid", "begroting"))
    made.night()
    assert main(["reading", "list", "--config", str(tmp_path)]) == 2
    assert "er is geen tekst te lezen" in capsys.readouterr().err
