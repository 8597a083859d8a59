"""`ensia sample`: records drawn from a frozen population, judged in a working paper, and taken in again."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from cli.main import main
from tests.town import Town
from warehouse.reading.samples import sample_size
from warehouse.storage.database import today

SOURCES = """\
  - {id: register, connector: spreadsheet, file: register.csv, kind: register_entry, key: [name], constants: {register: assets},
     columns: {name: Naam, owner: Eigenaar}}
"""
RULES = {
    "E.1": """\
      - {id: E.1-bestaan, aspect: existence, type: sampled, sample: bedrijfsmiddelen, pass_at: 1, partial_at: 0.5,
         population: {kind: register_entry, about: [asset], where: "name <> 'afgevoerd'"},
         nl: "Wat in het register staat, klopt met de werkelijkheid.", en: "What the register says is so."}""",
}
TEST = "E.1-bestaan"


def register(*names: str) -> str:
    return "Naam;Eigenaar\n" + "".join(f"{name};Team Beheer\n" for name in names)


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Town:
    made = Town(tmp_path_factory.mktemp("stad"), SOURCES, RULES, roles=("controller",))
    made.write(
        "register.csv", register("=cmd|' /C calc'!A0", *(f"srv-{number}" for number in range(1, 12)), "afgevoerd")
    )
    made.night(today())
    return made


@pytest.fixture
def town(after_a_night: Town, tmp_path: Path) -> Town:
    return after_a_night.copy(tmp_path)


def draw(made: Town, *more: str) -> list[Path]:
    folder = made.folder / "steekproeven"
    before = set(folder.glob("*.xlsx"))
    assert main(["sample", "draw", "bedrijfsmiddelen", "--to", str(folder), "--config", str(made.folder), *more]) == 0
    return sorted(set(folder.glob("*.xlsx")) - before)


@pytest.fixture(scope="module")
def after_a_draw(after_a_night: Town, tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, Path]:
    """A town of which a sample was drawn, and the paper: for what is refused, and so changes neither."""
    made = after_a_night.copy(tmp_path_factory.mktemp("getrokken"))
    [paper] = draw(made)
    return made, paper


def rows(path: Path) -> list[tuple[Any, ...]]:
    return [row for row in load_workbook(path).worksheets[1].iter_rows(min_row=4, values_only=True) if row[0]]


def fill(path: Path, outcomes: list[tuple[Any, ...]], change: dict[str, Any] | None = None) -> Path:
    book = load_workbook(path)
    sheet = book.worksheets[1]
    for line, outcome in zip(sheet.iter_rows(min_row=4), outcomes, strict=False):
        for cell, value in zip(line[7:10], outcome, strict=False):
            cell.value = value
    for address, value in (change or {}).items():
        sheet[address] = value
    target = path.with_name("ingevuld.xlsx")
    book.save(target)
    return target


def taken_in(made: Town, file: Path, capsys: pytest.CaptureFixture[str], role: str = "controller") -> tuple[int, str]:
    capsys.readouterr()
    code = main(["sample", "import", str(file), "--judge", "Jan Jansen", "--role", role, "--config", str(made.folder)])
    written = capsys.readouterr()
    return code, " ".join((written.out + written.err).split())


def test_who_repeats_the_draw_gets_the_same_records(town: Town) -> None:
    """With nothing but what is stored: the frozen population of the paper, and the rule of the draw."""
    [paper] = draw(town)
    [(content,)] = town.rows("SELECT content FROM account.working_paper")
    population = json.loads(content)["facts"]["population"]
    mark = hashlib.sha256(json.dumps(population, ensure_ascii=False).encode()).hexdigest()

    def order(member: list[str]) -> str:
        return hashlib.sha256(json.dumps([mark, *member[:2]], ensure_ascii=False).encode()).hexdigest()

    assert len(population) == 12
    assert [row[2] for row in rows(paper)] == [
        ("'" * (key[0] == "=") + key) for _, key, _ in sorted(population, key=order)[:5]
    ]
    town.night(today())
    assert town.rows("SELECT DISTINCT kenmerk_van_de_populatie FROM bewijs_steekproef") == [(mark,)]


@pytest.mark.parametrize(
    ("frequency", "population", "size"),
    [
        ("register", 3, 3), ("register", 5, 5), ("register", 50, 5), ("register", 51, 10), ("yearly", 1, 1), ("quarterly", 4, 2),
        ("monthly", 12, 3), ("weekly", 52, 8), ("daily", 365, 25), ("more_often", 9000, 40), ("daily", 7, 7),
    ],
)  # fmt: skip
def test_how_many_are_drawn(frequency: str, population: int, size: int) -> None:
    assert sample_size(frequency, population) == size


def test_a_draw_is_not_good_until_it_is_judged(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    assert town.result(TEST)[:2] == ("no_evidence", "not_drawn")
    [paper] = draw(town)
    town.night(today())
    assert town.result(TEST)[:4] == ("fail", "not_all_judged", 0.0, 5.0)
    code, told = taken_in(town, fill(paper, [("goed", today(), None)] * 3), capsys)
    assert code == 0 and "3 regels ingelezen" in told
    town.night(today())
    assert town.result(TEST)[:4] == ("partial", "not_all_judged", 3.0, 5.0)
    taken_in(town, fill(paper, [("goed", today(), None)] * 5), capsys)
    town.night(today())
    assert town.result(TEST)[:4] == ("pass", "judged_good", 5.0, 5.0)
    assert town.rows("SELECT count(*), any_value(beoordeeld_door) FROM bewijs_steekproef") == [(5, "controller")]
    assert "jansen" not in str(town.rows("FROM account.working_paper")).casefold()


def test_what_is_not_good_counts(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    [paper] = draw(town)
    outcomes = [("goed", today(), None)] * 3 + [
        ("niet goed", today(), "staat er niet"),
        ("niet te beoordelen", today(), "weg"),
    ]
    taken_in(town, fill(paper, outcomes), capsys)
    town.night(today())
    assert town.result(TEST)[:4] == ("partial", "judged_good", 3.0, 5.0)
    listed = town.rows(
        f"SELECT oordeel, count(*), bool_and(in_noemer) FROM toets_regels('{TEST}') GROUP BY ALL ORDER BY ALL"
    )
    assert listed == [("goed", 3, True), ("niet goed", 1, True), ("onbekend", 1, True)]


def test_drawing_again_adds(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    [first] = draw(town)
    taken_in(town, fill(first, [("goed", today(), None)] * 5), capsys)
    [second] = draw(town)
    assert not {row[2] for row in rows(first)} & {row[2] for row in rows(second)}
    [third] = draw(town)
    assert len(rows(third)) == 2
    capsys.readouterr()
    assert main(["sample", "draw", "bedrijfsmiddelen", "--config", str(town.folder)]) == 2
    assert "alle 12 regels van bedrijfsmiddelen zijn dit jaar al getrokken" in capsys.readouterr().err
    town.night(today())
    assert town.result(TEST)[:4] == ("fail", "not_all_judged", 5.0, 12.0)


def test_the_population_stays_as_it_was_when_it_was_drawn_from(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    [paper] = draw(town)
    town.write("register.csv", register("nieuw-1", "nieuw-2", *(f"srv-{number}" for number in range(1, 12))))
    town.night(today())
    assert town.rows("SELECT count(*) FROM bewijs_steekproef") == [(5,)]
    code, _ = taken_in(town, fill(paper, [("goed", today(), None)] * 5), capsys)
    assert code == 0


def test_a_paper_says_where_to_look_and_is_no_formula(town: Town) -> None:
    for paper in (*draw(town), *draw(town), *draw(town)):
        for row in rows(paper):
            assert (
                str(row[4]).startswith("register.csv")
                and row[6] == "Wat in het register staat, klopt met de werkelijkheid."
            )
            assert not any(str(cell).startswith("=") for cell in row if cell is not None)


def test_a_paper_names_all_that_a_judgement_answers_for(tmp_path: Path) -> None:
    """Tests that share a sample share its outcome, so what each of them says is seen must be looked at."""
    shared = RULES["E.1"].replace("E.1-bestaan", "E.1-ook").replace("klopt met de werkelijkheid", "heeft een etiket")
    made = Town(tmp_path, SOURCES, {"E.1": RULES["E.1"] + "\n" + shared}, roles=("controller",))
    made.write("register.csv", register("srv-1"))
    made.night(today())
    [paper] = draw(made)
    [row] = rows(paper)
    assert str(row[6]).splitlines() == [
        "Wat in het register staat, klopt met de werkelijkheid.",
        "Wat in het register staat, heeft een etiket.",
    ]


@pytest.mark.parametrize(
    ("outcomes", "change", "role", "told"),
    [
        ([], {}, "controller", "er is niets ingevuld"),
        ([("prima", today(), None)], {}, "controller", "‘prima’ is geen antwoord dat hier kan"),
        ([("niet goed", today(), None)], {}, "controller", "bij deze uitkomst hoort een opmerking"),
        ([("goed", None, None)], {}, "controller", "de dag van het oordeel ontbreekt"),
        ([("goed", today() + timedelta(days=2), None)], {}, "controller", "is geen dag"),
        ([("goed", today() - timedelta(days=2), None)], {}, "controller", "is van voor de trekking"),
        ([(None, today(), "x")], {}, "controller", "de uitkomst ontbreekt"),
        ([("goed", today(), None)], {}, "team beheer", "team beheer is eigenaar van deze regel"),
        ([("goed", today(), None)], {"C4": "srv-99"}, "controller", "de regel is gewijzigd, maar ligt vast"),
    ],
)  # fmt: skip
def test_a_paper_that_is_not_right_is_refused_whole(
    after_a_draw: tuple[Town, Path],
    outcomes: list[tuple[Any, ...]],
    change: dict[str, Any],
    role: str,
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    town, paper = after_a_draw
    code, said = taken_in(town, fill(paper, outcomes, change), capsys, role)
    assert code != 0 and told in said and "niets is gewijzigd" in said
    assert town.rows("SELECT count(*) FROM account.working_paper WHERE paper = 'judgement'") == [(0,)]


def test_a_paper_of_another_draw_is_refused(town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = Town(tmp_path / "elders", SOURCES, RULES, roles=("controller",))
    other.write("register.csv", register("a", "b"))
    other.night(today())
    [paper] = draw(other)
    code, said = taken_in(town, fill(paper, [("goed", today(), None)]), capsys)
    assert code != 0 and "deze regel is hier niet getrokken" in said


def test_a_sample_that_is_not_there_is_named(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", "draw", "alles", "--config", str(town.folder)]) == 2
    assert "er zijn steekproeven bedrijfsmiddelen" in capsys.readouterr().err
    assert main(["sample", "draw", "alles", "--lang", "en", "--config", str(town.folder)]) == 2
    assert "there is no sample alles" in capsys.readouterr().err
