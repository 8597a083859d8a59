"""Our own ENSIA workbook: what stands in it, drop-downs and links. That an office program opens it is in `tests/real`."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from reports.registry import make
from tests import golden
from warehouse.reading.read import Published

# What differs from installation to installation does not belong in a golden file: moments of the run, and which
# records are named as examples (they are taken in the order of their numbers, which hold the moment of recording) and
# with them the owner, where no improvement names one.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")
_EXAMPLES = re.compile(r"\b(Bewijs|Evidence): .*")
_TABLES_OF_RECORDS = ("Bewijs", "Evidence", "_ensia")
_QUESTION, _EVIDENCE, _OWNER = 1, 6, 9  # columns: the question itself stands in the catalogue already


def text_of(book: Workbook) -> str:
    """Every cell as text, a line a row, without the examples; of tables of records only the heading."""
    lines = []
    for sheet in book.worksheets:
        lines.append(f"# {sheet.title}" + ("" if sheet.sheet_state == "visible" else f" ({sheet.sheet_state})"))
        last = 3 if sheet.title in _TABLES_OF_RECORDS else None
        for row in sheet.iter_rows(values_only=True, max_row=last):
            left_out = (_QUESTION, _EVIDENCE, _OWNER) if len(row) > _OWNER and row[0] and last is None else ()
            cells = [
                _EXAMPLES.sub(r"\1: …", _MOMENT.sub("…", str(cell))).replace("\n", " / ")
                for number, cell in enumerate(row)
                if cell is not None and number not in left_out
            ]
            if cells and sheet.title != "_ensia":
                lines.append("\t".join(cells))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_what_stands_in_it(published_few_norms: Published, organisation: str, tmp_path: Path, lang: str) -> None:
    (file,) = make("ensia", published_few_norms, organisation, tmp_path, lang=lang)
    golden.check(f"ensia-{lang}.txt", text_of(openpyxl.load_workbook(file)))


def test_answers_are_chosen_from_the_scale(published: Published, organisation: str, tmp_path: Path) -> None:
    (file,) = make("ensia", published, organisation, tmp_path)
    book = openpyxl.load_workbook(file)
    lists = [
        (sheet.title, str(rule.formula1), str(rule.sqref))
        for sheet in book.worksheets
        for rule in sheet.data_validations.dataValidation
        if rule.type == "list"
    ]
    assert lists
    scale = published.rows("SELECT DISTINCT unnest(scale) AS word FROM catalogue.question")
    offered = "".join(formula for _, formula, _ in lists)
    for name in re.findall(r"=?'?([^'!\"]+)'?!", offered):
        offered += " ".join(str(cell.value) for row in book[name].iter_rows() for cell in row)
    for row in scale:
        assert row["word"] in offered


def test_every_link_inside_leads_to_a_cell(published: Published, organisation: str, tmp_path: Path) -> None:
    (file,) = make("ensia", published, organisation, tmp_path)
    book = openpyxl.load_workbook(file)
    targets = [
        cell.hyperlink.location
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.hyperlink and cell.hyperlink.location
    ]
    targets += [
        match.group(1)
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and (match := re.match(r'=HYPERLINK\("#(.+?)"', cell.value))
    ]
    assert targets
    for target in targets:
        sheet, _, place = target.rpartition("!")
        assert book[sheet.strip("'")][place].value is not None, target
