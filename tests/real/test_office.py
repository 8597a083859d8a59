"""Our workbooks in LibreOffice without a screen: each opens, holds the same cells when it is saved again, and a review that was
saved by it comes back whole."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from reports.answers import answers
from reports.registry import make
from reports.review import check, read_review
from tests.example_night import ORGANISATION
from warehouse.reading.read import Published

OFFICE = shutil.which("soffice")
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed (tests/real/install.sh)"),
]


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user profile of our own, so that no running office is asked to do it."""
    return tmp_path_factory.mktemp("profiel")


def saved_again(file: Path, profile: Path, form: str = "xlsx") -> Path:
    """The workbook as LibreOffice saves it."""
    target = file.parent / f"opnieuw-{form}"
    assert OFFICE is not None
    subprocess.run(
        [OFFICE, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", form, "--outdir", str(target),
         str(file)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return target / f"{file.stem}.{form}"


def form_of(path: Path, published: Published) -> Path:
    """A questionnaire with a drop-down, a formula and a comment, as a coordinator downloads it."""
    listed = answers(published, ORGANISATION)
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Vragen")
        sheet.write_row(0, 0, ["Nr", "Vraag", "Antwoord", "Toelichting", "Ingevuld"])
        for row, answer in enumerate(listed, start=1):
            sheet.write_row(row, 0, [answer.question_id, "Een vraag"])
            sheet.write_formula(row, 4, f'=IF(C{row + 1}="","nee","ja")')
        sheet.write_comment("C2", "Kies uit de lijst")
        sheet.data_validation(1, 2, len(listed), 2, {"validate": "list", "source": ["Ja", "Deels", "Nee", "N.v.t."]})
    return path


def made(name: str, published: Published, folder: Path) -> Path:
    options = {"workbook": form_of(folder / "vragen.xlsx", published)} if name == "fill-in" else {}
    return next(file for file in make(name, published, ORGANISATION, folder, **options) if file.suffix == ".xlsx")


@pytest.mark.parametrize("name", ["ensia", "vvt", "verbeterplan", "fill-in"])
def test_it_opens_and_holds_the_same_cells(published: Published, tmp_path: Path, profile: Path, name: str) -> None:
    file = made(name, published, tmp_path)
    ours = openpyxl.load_workbook(file)
    theirs = openpyxl.load_workbook(saved_again(file, profile), data_only=True)
    assert ours.sheetnames == theirs.sheetnames
    compared = 0
    for sheet in ours.worksheets:
        other = theirs[sheet.title]
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value not in (None, "") and cell.data_type != "f":
                    assert other[cell.coordinate].value == cell.value, (sheet.title, cell.coordinate)
                    compared += 1
        lists = {str(rule.sqref) for rule in sheet.data_validations.dataValidation}
        assert bool(lists) == bool(other.data_validations.dataValidation), sheet.title
    assert compared > 100


def test_formulas_count_the_answers_that_were_filled_in(published: Published, tmp_path: Path, profile: Path) -> None:
    """The results in the file are from before; the file says so, and an office that recalculates shows the new ones."""
    file = made("fill-in", published, tmp_path)
    assert openpyxl.load_workbook(file).calculation.fullCalcOnLoad
    sheet = openpyxl.load_workbook(saved_again(file, recalculating(profile)), data_only=True)["Vragen"]
    rows = [row for row in sheet.iter_rows(min_row=2, values_only=True) if row[0]]
    assert {row[4] for row in rows if row[2]} == {"ja"}
    assert {row[4] for row in rows if not row[2]} <= {"nee"}


def recalculating(profile: Path) -> Path:
    """A profile in which LibreOffice recalculates a workbook when it opens it, as Excel does when the file asks for it."""
    own = profile.with_name("profiel-herberekent")
    (own / "user").mkdir(parents=True, exist_ok=True)
    (own / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        '<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">'
        "<value>0</value></prop></item></oor:items>",
        "utf-8",
    )
    return own


@pytest.mark.parametrize("way", [("xlsx",), ("ods", "xlsx")], ids="-".join)
def test_a_review_saved_by_it_comes_back(
    published: Published, tmp_path: Path, profile: Path, way: tuple[str, ...]
) -> None:
    (file,) = make("ensia", published, ORGANISATION, tmp_path)
    untouched = file
    for form in way:
        untouched = saved_again(untouched, profile, form)
    assert check(read_review(untouched), published) == []
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[1]
    sheet["C4"], sheet["D4"] = "Nee", "Eerste regel\nTweede regel met = en €"
    book["Bewijs"]["G5"] = "Een ander bewijs"
    changed = tmp_path / "beoordeeld.xlsx"
    book.save(changed)
    for form in way:
        changed = saved_again(changed, profile, form)
    review = read_review(changed)
    assert {(found.field, found.new_value) for found in review.changes} == {
        ("answer", "Nee"), ("explanation", "Eerste regel\nTweede regel met = en €"),
    }  # fmt: skip
    assert [(found.sheet, found.cell) for found in review.problems] == [("Bewijs", "A5")]
