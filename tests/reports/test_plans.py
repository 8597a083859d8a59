"""The statement of applicability and the improvement plan: what stands in them, and that nothing in them is a formula."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pytest

from flows.installation import Installation
from reports.registry import make
from tests import golden
from tests.reports.workbook_text import text_of
from warehouse.reading.read import Published


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("name", ["vvt", "verbeterplan"])
def test_what_stands_in_it(
    published: Published, published_few_norms: Published, organisation: str, tmp_path: Path, name: str, lang: str
) -> None:
    judged = {"vvt": published_few_norms, "verbeterplan": published}[name]
    (file,) = make(name, judged, organisation, tmp_path, lang=lang)
    golden.check(f"{name}-{lang}.txt", text_of(file, slice(1, None)))
    front = openpyxl.load_workbook(file).worksheets[0]
    told = "\n".join(str(cell.value) for row in front.iter_rows() for cell in row if cell.value)
    assert "20-11-2026" in told or "2026-11-20" in told
    assert "20261120T021500-000000" in told, "the run is named"


def test_every_control_and_measure_is_in_the_statement(published: Published, organisation: str, tmp_path: Path) -> None:
    (file,) = make("vvt", published, organisation, tmp_path)
    book = openpyxl.load_workbook(file)
    assert len([row for row in book.worksheets[1].iter_rows(min_row=2, values_only=True) if row[0]]) == 93
    assert {row[2] for row in book.worksheets[1].iter_rows(min_row=2, values_only=True)} == {"Ja", "Nee"}


def test_what_is_late_comes_first(published: Published, organisation: str, tmp_path: Path) -> None:
    (file,) = make("verbeterplan", published, organisation, tmp_path)
    rows = list(openpyxl.load_workbook(file).worksheets[1].iter_rows(min_row=2, values_only=True))
    days = [row[5] for row in rows if row[5]]
    assert days == sorted(days)
    for row in rows:
        late = row[5] is not None and row[5].date() < date(2026, 11, 20)
        assert bool(row[7]) == late


@pytest.mark.parametrize("start", ["=cmd()", "+1+2", "-1+2", "@x"])
def test_text_from_sources_is_never_a_formula(
    few_norms: Installation, organisation: str, tmp_path: Path, start: str
) -> None:
    copy = duckdb.connect(str(tmp_path / "copy.duckdb"))
    copy.execute(f"ATTACH '{few_norms.state.published}' AS real (READ_ONLY)")
    copy.execute("COPY FROM DATABASE real TO copy")
    copy.execute("UPDATE evidence.improvement SET action = ?", [start])
    copy.execute("UPDATE evidence.exception SET reason = ?", [start])
    copy.execute("UPDATE evidence.document SET title = ?", [start])
    with Published(few_norms.state, copy) as changed:
        for name in ("vvt", "verbeterplan", "ensia"):
            (file,) = make(name, changed, organisation, tmp_path)
            cells = [
                cell for sheet in openpyxl.load_workbook(file).worksheets for row in sheet.iter_rows() for cell in row
            ]
            # the only formulas in our workbooks are links of our own to another sheet
            formulas = [cell.value for cell in cells if cell.data_type == "f"]
            assert [text for text in formulas if not str(text).startswith("=HYPERLINK(")] == []
            assert any(start in str(cell.value) for cell in cells)
