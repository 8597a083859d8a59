"""The round trip of a real workbook of the example municipality: export, change, read back, keep, publish, export again."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from cli.nightly import demo_day
from flows.installation import load_installation
from models.errors import NotFound
from reports.answers import answers
from reports.ensia_workbook import HIDDEN_SHEET, build
from reports.registry import make
from reports.review import Problem, ReviewRefused, check, drafted, drafts, read_review
from tests.few_norms import few_norms
from tests.pipeline import run_once
from warehouse.reading.moment import about_year
from warehouse.reading.publish import publish
from warehouse.reading.read import Published
from warehouse.reading.reviews import ReviewError, all_overrules, present_reviews
from warehouse.storage.database import State, WarehouseBusy, open_warehouse
from warehouse.year.cycle import cycle_status, freeze, open_cycle, revise, verify
from warehouse.year.review import store_overrules

ORGANISATION = "voorbeeld"
SHEET = "zelfevaluatie-bio2"
FIRST = 4  # the row of the first question
Edit = Callable[[Any], None]


@pytest.fixture(scope="module")
def original(few_norms_home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[State, Path]:
    """A state whose published file is that of its warehouse, and the workbook made from it."""
    folder = tmp_path_factory.mktemp("beoordeling")
    shutil.copytree(few_norms_home / "state", folder / "state", ignore=shutil.ignore_patterns("prefect"))
    state = State(folder / "state")
    with open_warehouse(state) as connection:
        publish(connection, state)
    with Published(state) as opened:
        return state, build(opened, ORGANISATION, folder)[0]


@pytest.fixture
def state(original: tuple[State, Path], tmp_path: Path) -> State:
    """A state to write in. Its published file is not held open: DuckDB would show this process the old one."""
    shutil.copytree(original[0].root, tmp_path / "state")
    return State(tmp_path / "state")


@pytest.fixture(scope="module")
def published(original: tuple[State, Path]) -> Iterator[Published]:
    with Published(original[0]) as opened:
        yield opened


@pytest.fixture
def workbook(original: tuple[State, Path], tmp_path: Path) -> Path:
    return Path(shutil.copy(original[1], tmp_path))


def edited(path: Path, edit: Edit, name: str = "beoordeeld.xlsx") -> Path:
    """The workbook after `edit` changed it, saved as a spreadsheet program does."""
    book = load_workbook(path)
    edit(book)
    target = path.with_name(name)
    book.save(target)
    return target


def refused(published: Published, path: Path) -> list[Problem]:
    with pytest.raises(ReviewRefused) as caught:
        check(read_review(path), published)
    return caught.value.problems


def keep(state: State, path: Path, reviewer: str = "A. Auditor", **options: Any) -> int:
    """What `ensia review import` does."""
    with open_warehouse(state) as connection:
        review = read_review(path)
        overrules = check(review, Published(state, connection), **options)
        number = store_overrules(
            connection, overrules, reviewer=reviewer, reason="Interview op 3 november",
            file_name=path.name, file_hash=review.file_hash,
        )  # fmt: skip
        publish(connection, state)
    return number


def proposal(published: Published, question: str = "5.01.01") -> str:
    """The stored answer to a question; the edits of these tests say "Nee", which must be another one."""
    (row,) = published.rows(f"FROM assess.answer WHERE until_run_no IS NULL AND question_id = '{question}'")
    assert row["answer"] in ("Ja", "Gedeeltelijk")
    return str(row["answer"])


def next_run(state: State, *sql: str) -> None:
    """A later run that changed what `sql` says, published."""
    with open_warehouse(state) as connection:
        connection.execute(
            "INSERT INTO ops.run SELECT * REPLACE ('later' AS run_id, run_no + 1 AS run_no, known_at + INTERVAL 1 DAY "
            "AS known_at) FROM ops.run WHERE run_no = (SELECT max(run_no) FROM ops.run)"
        )
        for statement in sql:
            connection.execute(statement)
        publish(connection, state)


def test_untouched_workbook_asks_for_nothing(workbook: Path, published: Published) -> None:
    review = read_review(workbook)
    assert (review.changes, review.problems) == ([], [])
    assert check(review, published) == []
    assert check(read_review(edited(workbook, lambda book: None)), published) == []


def test_english_workbook_comes_back_too(published: Published, tmp_path: Path) -> None:
    path = build(published, ORGANISATION, tmp_path, lang="en")[0]
    assert check(read_review(path), published) == []
    [overrule] = check(read_review(edited(path, lambda book: _set(book, "C4", "nee"))), published)
    assert (overrule.field, overrule.old_value, overrule.new_value) == ("answer", proposal(published), "Nee")


def _set(book: Any, cell: str, value: Any) -> None:
    book[SHEET][cell] = value


def _review_five(book: Any) -> None:
    sheet = book[SHEET]
    sheet["C4"] = "Nee"
    sheet["D4"] = "Het beleid is vastgesteld,\nmaar nog niet bekendgemaakt."
    sheet["I4"] = "=bekendmaken"
    sheet["I4"].data_type = "s"
    sheet["J4"] = "Communicatie"
    sheet["K4"] = date(2027, 2, 1)


def test_five_fields_of_an_answer_are_taken_in(state: State, workbook: Path) -> None:
    path = edited(workbook, _review_five)
    assert keep(state, path) == 5
    with Published(state) as after:
        proposed = proposal(after)
        review = present_reviews(after, ORGANISATION)[SHEET, "5.01.01"]
        assert review.values == {
            "answer": "Nee",
            "explanation": "Het beleid is vastgesteld,\nmaar nog niet bekendgemaakt.",
            "improvement": "=bekendmaken",
            "owner": "Communicatie",
            "deadline": "2027-02-01",
        }
        row = after.rows("SELECT * FROM assess.reviewed_answer WHERE question_id = '5.01.01'")[0]
        assert (row["answer"], row["proposed_answer"], row["answered_by"]) == ("Nee", proposed, "reviewer")
        assert row["deadline"] == date(2027, 2, 1)
        assert row["look_again"] is False
        kept = {row["field"]: row for row in all_overrules(after, ORGANISATION)}
        assert kept["answer"]["old_value"] == proposed
        assert kept["explanation"]["old_value"].startswith("Opzet")
        assert {row["reviewer"] for row in kept.values()} == {"A. Auditor"}
        assert {row["reason"] for row in kept.values()} == {"Interview op 3 november"}
        assert {row["run_no"] for row in kept.values()} == {1}
        shown = after.rows("SELECT * FROM main.antwoorden_na_beoordeling WHERE vraag = '5.01.01'")[0]
        assert (shown["antwoord"], shown["antwoord_van"], shown["voorstel"]) == ("Nee", "beoordelaar", proposed)
    assert keep(state, path) == 0  # the same file again changes nothing


def test_a_cell_that_is_fixed_is_refused_with_what_stood_there(
    workbook: Path, published: Published, state: State
) -> None:
    def edit(book: Any) -> None:
        book[SHEET]["C5"] = "Nee"
        book[SHEET]["E6"] = "voldoet"
        book[SHEET]["B7"] = "Een andere vraag?"

    before = {(SHEET, cell): load_workbook(workbook)[SHEET][cell].value for cell in ("E6", "B7")}
    problems = refused(published, edited(workbook, edit))
    if before[SHEET, "E6"] == "voldoet":
        before.pop((SHEET, "E6"))
    assert {(p.sheet, p.cell): p.expected for p in problems} == {place: f"‘{text}’" for place, text in before.items()}
    with Published(state) as after:
        assert present_reviews(after, ORGANISATION) == {}  # the good change of C5 neither: all or nothing


def test_every_fixed_column_is_guarded(workbook: Path, published: Published) -> None:
    cells = ["A8", "B9", "E10", "F11", "G12", "H13", "L14", "M15"]

    def edit(book: Any) -> None:
        for cell in cells:
            book[SHEET][cell] = "iets anders"

    problems = refused(published, edited(workbook, edit))
    assert sorted(problem.cell for problem in problems) == sorted(cells)
    assert all(problem.expected for problem in problems)


def test_an_answer_that_is_not_on_the_list(workbook: Path, published: Published) -> None:
    [problem] = refused(published, edited(workbook, lambda book: _set(book, "C9", "Misschien")))
    assert problem.cell == "C9"
    assert "‘Ja’, ‘Gedeeltelijk’, ‘Nee’, ‘N.v.t.’" in problem.expected
    [problem] = refused(published, edited(workbook, lambda book: _set(book, "C9", None)))
    assert problem.cell == "C9"


@pytest.mark.parametrize(("cell", "value"), [("D9", "=1+1"), ("K9", "volgend jaar"), ("J9", "=A1")])
def test_what_cannot_be_meant(workbook: Path, published: Published, cell: str, value: str) -> None:
    [problem] = refused(published, edited(workbook, lambda book: _set(book, cell, value)))
    assert problem.cell == cell


def test_missing_moved_double_and_added_rows(workbook: Path, published: Published) -> None:
    [missing] = refused(published, edited(workbook, lambda book: book[SHEET].delete_rows(10)))
    assert missing.cell == "A10"
    assert "ontbreekt" in missing.message

    def swap(book: Any) -> None:
        sheet = book[SHEET]
        for column in range(1, 14):
            one, other = sheet.cell(10, column), sheet.cell(11, column)
            one.value, other.value = other.value, one.value

    assert {problem.cell for problem in refused(published, edited(workbook, swap))} == {"A10", "A11"}

    def add(book: Any) -> None:
        book[SHEET].cell(book[SHEET].max_row + 1, 4).value = "Nog een opmerking"
        book[SHEET]["P4"] = "In de kantlijn"

    assert len(refused(published, edited(workbook, add))) == 2

    def double(book: Any) -> None:
        sheet = book[SHEET]
        last = sheet.max_row + 1
        for column in range(1, 14):
            sheet.cell(last, column).value = sheet.cell(FIRST, column).value

    assert any("nog een keer" in problem.message for problem in refused(published, edited(workbook, double)))
    [gone] = refused(published, edited(workbook, lambda book: book.remove(book[SHEET])))
    assert gone.sheet == SHEET


def test_no_workbook_of_ours(workbook: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_review(tmp_path / "weg.xlsx")
    text = tmp_path / "tekst.xlsx"
    text.write_text("geen zip")
    with pytest.raises(ReviewError, match="geen Excel-werkboek"):
        read_review(text)
    Workbook().save(tmp_path / "leeg.xlsx")
    with pytest.raises(ReviewError, match="geen werkboek van"):
        read_review(tmp_path / "leeg.xlsx")

    def spoil(book: Any) -> None:
        book[HIDDEN_SHEET]["B4"] = "één"

    with pytest.raises(ReviewError, match="beschadigd"):
        read_review(edited(workbook, spoil))

    def cut(book: Any) -> None:
        book[HIDDEN_SHEET].delete_rows(4)

    with pytest.raises(ReviewError, match="niet volledig"):
        read_review(edited(workbook, cut))


def test_another_organisation_or_run(workbook: Path, published: Published) -> None:
    def of(cell: str, value: str) -> Path:
        return edited(workbook, lambda book: book[HIDDEN_SHEET].__setitem__(cell, value))

    with pytest.raises(ReviewError, match="organisatie ‘elders’"):
        check(read_review(of("B2", "elders")), published)
    with pytest.raises(ReviewError, match="organisatie ‘voorbeeld’"):
        check(read_review(workbook), published, "elders")
    with pytest.raises(ReviewError, match="niet bekend"):
        check(read_review(of("B4", "99")), published)


def test_an_older_run_is_refused_unless_its_proposal_still_stands(state: State, workbook: Path) -> None:
    def edit(book: Any) -> None:
        book[SHEET]["C4"] = "Nee"
        book[SHEET]["C5"] = "Nee"

    path = edited(workbook, edit)
    number = load_workbook(path)[SHEET]["A5"].value
    with Published(state) as before:
        was = proposal(before, number)
    later, status = ("Gedeeltelijk", "voldoet_deels") if was == "Ja" else ("Ja", "voldoet")
    next_run(
        state,
        f"UPDATE assess.answer SET until_run_no = 2 WHERE question_id = '{number}'",
        f"INSERT INTO assess.answer SELECT * REPLACE ('{later}' AS answer, '{status}' AS status, "
        f"2 AS from_run_no, NULL AS until_run_no) FROM assess.answer WHERE question_id = '{number}'",
    )
    with pytest.raises(ReviewError, match="de nieuwste is run 2"):
        keep(state, path)
    with pytest.raises(ReviewRefused) as caught:
        keep(state, path, accept_older=True)
    [problem] = caught.value.problems
    assert problem.cell == "C5"
    assert f"‘{later}’" in problem.expected
    only_first = edited(workbook, lambda book: _set(book, "C4", "Nee"))
    assert keep(state, only_first, accept_older=True) == 1


def test_two_reviewers_do_not_overwrite_each_other(state: State, workbook: Path) -> None:
    assert keep(state, edited(workbook, lambda book: _set(book, "C4", "Nee"), "een.xlsx"), "Eerste") == 1
    with pytest.raises(ReviewRefused, match="al gewijzigd door Eerste"):
        keep(state, edited(workbook, lambda book: _set(book, "C4", "N.v.t."), "twee.xlsx"), "Tweede")
    assert keep(state, edited(workbook, lambda book: _set(book, "C5", "Nee"), "drie.xlsx"), "Tweede") == 1


def test_a_run_that_is_busy_is_waited_for(state: State, workbook: Path, tmp_path: Path) -> None:
    """The lock is that of the nightly run: while another process writes, nothing is taken in."""
    script = "import sys, time, duckdb; connection = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(state.warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == "open\n"
        with pytest.raises(WarehouseBusy):
            keep(state, edited(workbook, lambda book: _set(book, "C4", "Nee")))
        assert other.stdin is not None
        other.stdin.close()
    assert keep(state, tmp_path / "beoordeeld.xlsx") == 1


def test_drafted_fields_are_those_of_the_workbook(published: Published, workbook: Path) -> None:
    sheet = load_workbook(workbook)[SHEET]
    for row, answer in enumerate(answers(published, ORGANISATION), FIRST):
        texts = drafted(answer)
        assert (sheet.cell(row, 3).value or "") == texts["answer"]
        assert (sheet.cell(row, 4).value or "").lstrip("'") == texts["explanation"]
        assert (sheet.cell(row, 10).value or "") == texts["owner"]


@pytest.mark.real
@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_saved_by_libreoffice_it_is_the_same_workbook(workbook: Path, published: Published, tmp_path: Path) -> None:
    path = edited(workbook, lambda book: _set(book, "C4", "Nee"))
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'lo').as_uri()}", "--convert-to",
         "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "opgeslagen"), str(path)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    [overrule] = check(read_review(tmp_path / "opgeslagen" / path.name), published)
    assert (overrule.question_id, overrule.new_value) == ("5.01.01", "Nee")


def test_decisions_and_frozen_versions_survive_a_real_run(
    few_norms_home: Path, workbook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole pipeline runs again after a review and a freeze; then the workbook shows whose answer it is."""
    monkeypatch.setenv("ENSIA_PSEUDONYM_KEY", "een-vaste-sleutel-voor-de-toetsen")
    folder = tmp_path / "gemeente"
    shutil.copytree(few_norms_home, folder)
    state, day = load_installation(folder).state, demo_day(folder)
    assert day is not None
    assert keep(state, edited(workbook, _review_five)) == 5
    with open_warehouse(state) as connection:
        open_cycle(connection, day.year, by="C")
        frozen = freeze(connection, ORGANISATION, day.year, by="C", drafts=drafts, reason="proef")
        assert (frozen.answers, frozen.look_again) == (len(few_norms().questions), 0)
    run_once(folder, day + timedelta(days=1), catalogue=few_norms())
    with Published(state) as after:
        assert after.last_run()["run_no"] == 2
        assert len(present_reviews(after, ORGANISATION)[SHEET, "5.01.01"].values) == 5
        row = after.rows("SELECT * FROM assess.reviewed_answer WHERE question_id = '5.01.01'")[0]
        assert (row["answer"], row["answered_by"], row["look_again"]) == ("Nee", "reviewer", False)
        kept = after.rows("SELECT * FROM main.bevroren_antwoorden WHERE vraag = '5.01.01'")[0]
        assert (kept["antwoord"], kept["antwoord_van"], kept["eigenaar"]) == (
            "Nee",
            "beoordelaar",
            "Communicatie",
        )
        other = after.rows("SELECT * FROM account.answer WHERE question_id = '5.01.02'")[0]
        assert other["explanation"].startswith("Opzet")
        assert verify(after, ORGANISATION, day.year, 1).run_no == 1
        owners = {(a.questionnaire_id, a.question_id): a.owner for a in answers(after, ORGANISATION)}
        status = cycle_status(after, ORGANISATION, day.year, today=day, owners=owners)
        assert "Communicatie" in {line["eigenaar"] for line in status.rows}
        [still] = after.rows("SELECT count(*) AS open FROM assess.reviewed_answer WHERE answer IS NULL")
        assert (status.questions, status.open, status.versions) == (len(owners), still["open"], 1)


def test_a_changed_row_of_evidence_is_refused_but_may_be_sorted(published: Published, workbook: Path) -> None:
    def sort(book: Any) -> None:
        sheet = book["Bewijs"]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
        for number, row in enumerate(reversed(rows), start=4):
            for column, value in enumerate(row, start=1):
                sheet.cell(number, column).value = value

    assert check(read_review(edited(workbook, sort)), published) == []

    def change(book: Any) -> None:
        book["Bewijs"]["G5"] = "Een ander bewijs"
        book["Bewijs"].delete_rows(9)

    found = {(problem.sheet, problem.cell, problem.message) for problem in refused(published, edited(workbook, change))}
    assert found == {
        ("Bewijs", "A5", "de rij is gewijzigd of toegevoegd, maar ligt vast"),
        ("Bewijs", "A1", "er ontbreken 1 rijen"),
    }


def test_an_answer_that_was_emptied_is_told(published: Published, workbook: Path) -> None:
    [problem] = refused(published, edited(workbook, lambda book: _set(book, "C4", None)))
    assert problem.message == "het antwoord is leeg"


def test_a_frozen_year_is_reported_as_it_was_frozen(state: State, workbook: Path, tmp_path: Path) -> None:
    with open_warehouse(state) as connection:
        open_cycle(connection, 2026, by="C. Coördinator")
    keep(state, edited(workbook, lambda book: _set(book, "C4", "Nee")))
    with open_warehouse(state) as connection:
        freeze(connection, ORGANISATION, 2026, by="C. Coördinator", drafts=drafts, reason="proef")
        publish(connection, state)
    next_run(state, "UPDATE ops.run SET as_of = DATE '2027-01-05' WHERE run_id = 'later'")
    with Published(state) as opened:
        kept = {
            row["question_id"]: row["answer"] or ""
            for row in opened.rows("SELECT question_id, answer FROM account.answer WHERE version = 1")
        }
        assert kept["5.01.01"] == "Nee"
        (dossier,) = make("dossier", opened, ORGANISATION, tmp_path / "a", year=2026)
        with zipfile.ZipFile(dossier) as archive:
            rows = list(csv.DictReader(io.StringIO(archive.read("antwoorden.csv").decode("utf-8-sig")), delimiter=";"))
            readme = archive.read("LEESMIJ.txt").decode()
            frozen = json.loads(archive.read("bevroren.json"))
        assert {row["vraag"]: row["antwoord"] for row in rows} == kept
        assert "Bevroren: versie 1" in readme
        assert frozen["version"] == 1
        (book,) = make("ensia", opened, ORGANISATION, tmp_path / "b", year=2026)
        assert load_workbook(book)[SHEET]["C4"].value == "Nee"
        assert make("ensia", opened, ORGANISATION, tmp_path / "b")[0].name == "ensia-2027.xlsx"
        with pytest.raises(NotFound, match="2025 is niet bevroren"):
            make("dossier", opened, ORGANISATION, tmp_path / "c", year=2025)
    corrected = edited(book, lambda changed: _set(changed, "C5", "Nee"), "correctie.xlsx")
    with open_warehouse(state) as connection:
        with about_year(connection, 2026) as past:
            overrules = check(read_review(corrected), past)
        assert [(item.year, item.question_id, item.new_value) for item in overrules] == [(2026, "5.01.02", "Nee")]
        store_overrules(connection, overrules, reviewer="A. Auditor", reason="Bevinding van de auditor")
        revise(connection, ORGANISATION, 2026, by="C. Coördinator", reason="Bevinding van de auditor", drafts=drafts)
        rows = connection.execute(
            "SELECT version, answer FROM account.answer WHERE question_id = '5.01.02' ORDER BY version"
        ).fetchall()
    assert rows == [(1, kept["5.01.02"]), (2, "Nee")]
