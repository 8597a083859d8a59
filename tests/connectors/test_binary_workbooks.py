"""Workbooks of Excel 97 to 2003 (xls) and binary ones (xlsb): what the sheet shows counts as in an xlsx, and so does what it hides.

`data/register.xls` was written by xlwt 1.3.0, with a link and the outcomes of two formulas as Excel keeps them.
"""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import TerminalError
from connectors.tools.compound_files import CompoundFile
from connectors.tools.saved import saved_at
from connectors.tools.tables import open_workbook
from models.record import Payload, Record
from tests.connectors.binary_files import cell, compound, row, summary, text, words, xlsb
from tests.connectors.report_files import DATA
from tests.connectors.workbooks import read

HEADER = ("Nr", "Naam", "Versie", "Vindplaats", "Eigenaar", "Aandeel", "Vastgesteld", "Som")
DOCUMENTS: dict[str, Any] = {
    "kind": "document",
    "sheet": "Register",
    "number": "Nr",
    "columns": {
        "title": "Naam",
        "version": "Versie",
        "url": "Vindplaats",
        "owner": "Eigenaar",
        "adopted_on": "Vastgesteld",
    },
    "optional": ["url", "owner"],
}
ADDRESS = "https://intranet.voorbeeld.example/back-up"
OLD_DAY = 46082.0  # 2026-03-01


def _number(column: int, value: float, style: int = 0) -> bytes:
    return cell(5, column, struct.pack("<d", value), style)


def _sheet() -> list[bytes]:
    """The register of the xls, but for what stands below it: style 1 is 00000, 2 R-, 3 with decimals, 4 a share and 5 a day."""
    return [
        words(0, *HEADER),
        row(1),
        _number(0, 42, 1), cell(6, 1, text("Back-upbeleid")), _number(2, 1.1, 3), cell(6, 3, text("klik hier")),
        cell(6, 4, text("CISO")), _number(5, 0.95, 4), _number(6, OLD_DAY, 5), cell(9, 7, struct.pack("<dHI", 2, 0, 0)),
        row(2),
        _number(0, 7, 2), cell(6, 1, text("Toegangsbeleid")), _number(2, 2, 3), cell(6, 4, text("Coördinator")),
        _number(5, 0.5, 4), _number(6, OLD_DAY + 1, 5), cell(9, 7, struct.pack("<dHI", 0, 2, 0)),
        row(3, hidden=True),
        _number(0, 44), cell(6, 1, text("Wachtwoordbeleid")), _number(2, 3, 3), cell(3, 4, b"\x2a"),
        _number(5, 1, 4), _number(6, OLD_DAY + 2, 5),
    ]  # fmt: skip


FORMATS = {164: "00000", 165: '"R-"000', 166: "0.00", 9: "0%", 14: "dd-mm-yyyy"}


def _xls(folder: Path) -> str:
    shutil.copy(DATA / "register.xls", folder / "register.xls")
    return "register.xls"


def _xlsb(folder: Path) -> str:
    address = struct.pack("<4I", 1, 1, 3, 3) + text("rId1") + text("") + text("") + text("")
    content = xlsb(_sheet(), FORMATS, ADDRESS, link=address)
    (folder / "register.xlsb").write_bytes(content)
    return "register.xlsb"


both = pytest.mark.parametrize("write", [_xls, _xlsb])


@both
def test_what_the_sheet_shows_counts(tmp_path: Path, write: Callable[[Path], str]) -> None:
    said: list[str] = []
    first, second, third = read(tmp_path, said, file=write(tmp_path), **DOCUMENTS)[:3]
    assert [record.key for record in (first, second, third)] == ["00042", "R-007", "44"]
    assert [record.values["version"] for record in (first, second, third)] == ["1.10", "2.00", "3.00"]
    assert [str(record.values["adopted_on"]) for record in (first, second)] == ["2026-03-01", "2026-03-02"]
    assert first.values["url"] == ADDRESS
    assert (first.values["owner"], second.values["owner"]) == ("CISO", "Coördinator")
    assert "owner" not in third.values
    assert _refused(third) == ["#N/B"]
    assert any("1 verborgen rij is meegelezen (rij 4)" in line for line in said)


@both
def test_a_share_and_an_outcome_that_nobody_worked_out(tmp_path: Path, write: Callable[[Path], str]) -> None:
    """0 is kept of a formula that must be worked out anew: that is no zero."""
    path = tmp_path / write(tmp_path)
    table = open_workbook(Payload(path.name, "", path.read_bytes())).table("Register")
    first, second = (cells[5:] for cells in table.rows[1:3])
    assert (first[0], first[2]) == (95.0, 2.0)
    assert (second[0], str(getattr(second[2], "shown", ""))) == (50.0, "(formule)")


def _refused(record: Record) -> list[str]:
    return [problem.value for problem in record.problems]


@both
def test_hidden_rows_are_left_out_on_request(tmp_path: Path, write: Callable[[Path], str]) -> None:
    records = read(tmp_path, file=write(tmp_path), **DOCUMENTS, skip_hidden=True)
    assert "44" not in [record.key for record in records]


@both
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_file_that_breaks_off_is_refused_by_name(tmp_path: Path, write: Callable[[Path], str], part: float) -> None:
    name = write(tmp_path)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(part * len(content))])
    with pytest.raises(TerminalError, match=name):
        read(tmp_path, file=name, **DOCUMENTS)


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ([row(1_048_575), _number(16_383, 1)], "ver buiten de tabel, in cel XFD1048576"),
        ([row(2_000_000), _number(0, 1)], "buiten het blad"),
    ],
)
def test_a_stray_value_is_refused_by_its_cell(tmp_path: Path, records: list[bytes], reason: str) -> None:
    (tmp_path / "a.xlsb").write_bytes(xlsb([*_sheet(), *records], FORMATS))
    with pytest.raises(TerminalError, match=reason):
        read(tmp_path, file="a.xlsb", **DOCUMENTS)


def test_a_stray_value_in_an_old_workbook_is_refused_by_its_cell(tmp_path: Path) -> None:
    stream = CompoundFile((DATA / "register.xls").read_bytes()).stream("Workbook")
    place = struct.pack("<HH", 5, 1)  # the cell B6, in a record of a shared text
    start = stream.index(struct.pack("<HH", 0xFD, 10) + place)
    far = stream[: start + 4] + struct.pack("<HH", 65_535, 255) + stream[start + 8 :]
    (tmp_path / "a.xls").write_bytes(compound({"Workbook": far}))
    with pytest.raises(TerminalError, match="ver buiten de tabel, in cel IV65536"):
        read(tmp_path, file="a.xls", **DOCUMENTS)


def test_a_locked_workbook_is_called_locked(tmp_path: Path) -> None:
    stream = CompoundFile((DATA / "register.xls").read_bytes()).stream("Workbook")
    begin = 4 + struct.unpack_from("<H", stream, 2)[0]
    locked = stream[:begin] + struct.pack("<HHHHHH", 0x2F, 8, 0, 0, 0, 0) + stream[begin:]
    (tmp_path / "a.xls").write_bytes(compound({"Workbook": locked}))
    with pytest.raises(TerminalError, match="beveiligd met een wachtwoord"):
        read(tmp_path, file="a.xls", **DOCUMENTS)


def test_a_chain_that_goes_round_is_damage(tmp_path: Path) -> None:
    content = bytearray(compound({"Workbook": bytes(8192)}))
    table = len(content) - 512
    content[table : table + 4] = struct.pack("<I", 0)
    (tmp_path / "a.xls").write_bytes(content)
    with pytest.raises(TerminalError, match="beschadigd"):
        read(tmp_path, file="a.xls", **DOCUMENTS)


def test_it_is_from_when_it_was_saved(tmp_path: Path) -> None:
    stream = CompoundFile((DATA / "register.xls").read_bytes()).stream("Workbook")
    saved = datetime(2026, 3, 4, 5, 6, 7)
    path = tmp_path / "a.xls"
    path.write_bytes(compound({"Workbook": stream, "\x05SummaryInformation": summary(saved)}))
    os.utime(path)
    assert saved_at(path.name, path) == saved
    assert len(read(tmp_path, file="a.xls", **DOCUMENTS)) == 5
    assert saved_at("register.xls", DATA / "register.xls") is None  # then the file tells


@pytest.mark.parametrize("extent", [(0, 0x66000000), (0x8900, 6)])
def test_an_extent_that_no_sheet_has_is_damage(tmp_path: Path, extent: tuple[int, int]) -> None:
    """The parser would take the memory for it, and end its process."""
    stream = CompoundFile((DATA / "register.xls").read_bytes()).stream("Workbook")
    start = stream.index(struct.pack("<HH", 0x200, 14))
    vast = stream[: start + 4] + struct.pack("<II", *extent) + stream[start + 12 :]
    (tmp_path / "a.xls").write_bytes(compound({"Workbook": vast}))
    with pytest.raises(TerminalError, match="beschadigd"):
        read(tmp_path, file="a.xls", **DOCUMENTS)
