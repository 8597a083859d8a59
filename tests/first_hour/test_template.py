"""What `ensia template` makes comes back without a mapping: every column of every list, by the source that the command itself prints, and
by what `ensia init` proposes for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cli.main import main
from cli.template import template_source
from connectors.tools.proposal import Certainty
from models.headings import ATTRIBUTE
from models.kind import kinds, source_kinds
from models.language import Language
from models.list_description import ListColumn, described_lists
from models.loading import default_frameworks, load_catalogue
from models.message import Say
from models.record import Record
from reports.list_template import HEADER, columns_of, sheet_name, write_template
from tests.connectors.workbooks import read
from tests.first_hour.lists import proposals_of
from tests.first_hour.templates import arrived, filled

ALL = described_lists(load_catalogue(default_frameworks()))


def value_in(record: Record, column: ListColumn) -> Any:
    if column.name.startswith(ATTRIBUTE):
        return record.values["attributes"][column.name.removeprefix(ATTRIBUTE)]
    return record.values[column.name]


@pytest.fixture(scope="module", params=Language)
def records(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    folder = tmp_path_factory.mktemp("sjabloon")
    filled(folder / "lijsten.xlsx", list(ALL), request.param)
    source = template_source("lijsten.xlsx", ALL, Say(request.param))
    return read(folder, **{name: source[name] for name in ("file", "tables")})


def test_every_kind_has_a_sheet() -> None:
    assert {description.list_type.kind for description in ALL} == set(source_kinds())


def test_every_list_comes_back_whole(records: list[Record]) -> None:
    assert len(records) == len(ALL)
    for description, record in zip(ALL, records, strict=True):
        place = (description.list_type, [problem.expected for problem in record.problems], record.unknown_words)
        assert not record.problems, place
        assert not record.unknown_words, place
        assert record.key == "N-7"
        required = {column.name for column in kinds()[record.kind].columns if column.required}
        assert required <= record.values.keys(), place
        for column in description.columns:
            assert value_in(record, column) == arrived(column), (description.list_type, column.name)


def test_what_is_needed_is_what_the_rules_ask() -> None:
    for description in ALL:
        needed = {column.name for column in columns_of(description, needed=True)}
        required = {column.name for column in description.columns if column.is_required}
        assert required <= needed
    assert any(len(columns_of(one, needed=True)) < len(one.columns) for one in ALL)


def test_no_two_columns_of_a_sheet_have_one_name() -> None:
    for description in ALL:
        for labels in (
            [column.nl.casefold() for column in description.columns],
            [column.en.casefold() for column in description.columns],
        ):
            assert len(set(labels)) == len(labels), (description.list_type, labels)


def test_init_reads_every_sheet_for_sure(tmp_path: Path) -> None:
    filled(tmp_path / "lijsten.xlsx", list(ALL), Language.NL)
    sheets = {sheet.sheet: sheet for sheet in proposals_of(tmp_path / "lijsten.xlsx")}
    for description in ALL:
        sheet = sheets[sheet_name(description, Say(Language.NL))]
        assert (sheet.list_type, sheet.certainty) == (description.list_type, Certainty.SURE), sheet.why
        wrong = [
            (column.heading, column.column, str(column.why))
            for column in sheet.columns
            if column.certainty != Certainty.SURE
        ]
        assert not wrong, description.list_type
        assert sheet.number == "Nummer"
    assert sheets["Uitleg"].certainty == Certainty.OPEN


def test_the_heads_are_fixed_and_words_can_be_chosen(tmp_path: Path) -> None:
    risk = next(one for one in ALL if one.list_type.kind == "risk")
    write_template(tmp_path / "risico.xlsx", [risk], Language.NL, needed=False)
    sheet = openpyxl.load_workbook(tmp_path / "risico.xlsx")["Risico"]
    assert sheet.protection.sheet
    assert sheet.cell(HEADER + 1, 2).protection.locked
    place = [cell.value for cell in sheet[HEADER + 1]].index("Behandeling") + 1
    assert not sheet.column_dimensions[openpyxl.utils.get_column_letter(place)].protection.locked
    lists = [rule for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    assert len(lists) >= 2


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mijn.xlsx"
    assert main(["template", "risico", "leveranciers", "--to", str(file)]) == 0
    assert openpyxl.load_workbook(file).sheetnames == ["Uitleg", "Risico", "Leveranciers", "Lists"]
    assert "kind: risk" in capsys.readouterr().out
    before = file.read_bytes()
    assert main(["template", "risico", "--to", str(file)]) == 2
    assert file.read_bytes() == before
    assert main(["template", "koffie", "--to", str(tmp_path / "x.xlsx")]) != 0
    assert "koffie" in capsys.readouterr().err
