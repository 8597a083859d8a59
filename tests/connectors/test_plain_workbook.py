"""A workbook that is given by hand: whatever is wrong with it is told as one error, and never ends the process."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from connectors.tools.plain_workbook import UnreadableWorkbookError, rows_of_sheets


def written(path: Path) -> Path:
    """A workbook with one row in a sheet of its own title."""
    workbook = Workbook()
    workbook.worksheets[0].title = "oefening"
    workbook.worksheets[0].append(["naam", 3])
    workbook.save(path)
    return path


def test_every_row_of_every_sheet(tmp_path: Path) -> None:
    assert rows_of_sheets(written(tmp_path / "goed.xlsx")) == {"oefening": [("naam", 3)]}


@pytest.mark.parametrize("content", [b"", b"geen werkmap", b"PK\x03\x04 afgebroken"])
def test_no_workbook(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "kapot.xlsx"
    path.write_bytes(content)
    with pytest.raises(UnreadableWorkbookError):
        rows_of_sheets(path)


@pytest.mark.parametrize("address", ["ZZZZZZZ99999999999", "XFD1048576"])
def test_a_cell_far_away(tmp_path: Path, address: str) -> None:
    good, bad = written(tmp_path / "goed.xlsx"), tmp_path / "ver.xlsx"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as target:
        for part in source.namelist():
            target.writestr(part, source.read(part).replace(b'r="B1"', f'r="{address}"'.encode()))
    with pytest.raises(UnreadableWorkbookError):
        rows_of_sheets(bad)
