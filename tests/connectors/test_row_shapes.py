"""What people write below a header beside their records is no record, and it is said; a lonely record stays one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.base import TerminalError
from models.record import Record
from tests.connectors.workbooks import read, write_ods, write_xlsx

REGISTER = {
    "kind": "register_entry",
    "key": ["register", "name"],
    "constants": {"register": "bedrijfsmiddelen"},
    "columns": {"name": "Applicatie", "owner": "Eigenaar", "verified_on": "Nagelopen", "critical": "Kritiek"},
}
HEADER = ["Applicatie", "Eigenaar", "Nagelopen", "Kritiek"]
BRP = ["Burgerzaken", "team BZ", date(2026, 3, 4), "ja"]
GIS = ["Kaarten", "team Geo", date(2026, 4, 5), "nee"]
HR = ["Loonpakket", "team P&O", date(2026, 5, 6), "ja"]


def names(records: Sequence[Record]) -> list[str]:
    return [record.values["name"] for record in records]


def sheet(
    folder: Path, rows: Sequence[Sequence[Any]], suffix: str = "xlsx", **changes: Any
) -> tuple[list[str], list[str]]:
    """The names of the records of a sheet, and what is said of it."""
    path = folder / f"a.{suffix}"
    if suffix == "xlsx":
        write_xlsx(path, {"B": rows}, **changes)
    elif suffix == "ods":
        write_ods(path, "B", rows)
    else:
        filled = [[*(str(cell) if cell is not None else "" for cell in row), *[""] * (4 - len(row))] for row in rows]
        path.write_text("\n".join(";".join(row) for row in filled), "utf-8")
    said: list[str] = []
    records = read(folder, said, file=path.name, **REGISTER)
    assert [record.problems for record in records] == [[] for _ in records]
    return names(records), said


@pytest.mark.parametrize("suffix", ["xlsx", "ods", "csv"])
@pytest.mark.parametrize(
    "note",
    [
        "* nog niet alle eigenaren zijn bekend",
        "Peildatum: 1 november 2026",
        "Bron: CMDB",
        "Bijgewerkt op 4-3-2026 door team Beheer",
        "Filter: status is niet gelijk aan vervallen",
        "Toegepaste filters: afdeling = alle",
        "Let op, de lijst van de werkplekken staat elders",
        "¹ op verzoek van de functioneel beheerder",
        "Deze lijst wordt elk kwartaal door de CISO vastgesteld.",
        "Contact: servicedesk",
        "Pagina 1 van 3",
        "Last updated: 2026-03-04",
    ],
)
def test_a_note_below_the_table_is_no_record_and_is_said(tmp_path: Path, note: str, suffix: str) -> None:
    rows, said = sheet(tmp_path, [HEADER, BRP, GIS, [], [note]], suffix)
    assert rows == ["Burgerzaken", "Kaarten"]
    assert len(said) == 1 and "1 regel met een noot is overgeslagen (rij 5)" in said[0]


@pytest.mark.parametrize(
    "total",
    [
        ["Aantal applicaties: 2"],
        ["Totaal aantal: 2"],
        ["2 rijen"],
        ["Er zijn 2 applicaties in gebruik"],
        ["In totaal 2 applicaties"],
        ["Number of records = 2"],
        ["Aantal applicaties", 2],
        ["Totaal", None, 2],
    ],
)
def test_a_count_below_the_table_is_no_record_and_is_said(tmp_path: Path, total: list[Any]) -> None:
    rows, said = sheet(tmp_path, [HEADER, BRP, GIS, [], total])
    assert rows == ["Burgerzaken", "Kaarten"]
    assert said == ["a.xlsx, blad B: 1 totaalregel is overgeslagen (rij 5)"]


def test_labels_with_their_values_below_the_table_are_no_records(tmp_path: Path) -> None:
    below = [[], ["Peildatum", date(2026, 11, 1)], ["Bijgewerkt door:", "team Beheer"], [], ["2 applicaties"]]
    rows, said = sheet(tmp_path, [HEADER, BRP, GIS, *below])
    assert rows == ["Burgerzaken", "Kaarten"]
    assert said == ["a.xlsx, blad B: 3 regels met een noot zijn overgeslagen (rij 5, 6, 8)"]


def test_a_record_with_two_values_stays_one_whatever_it_is_called(tmp_path: Path) -> None:
    rows, _ = sheet(tmp_path, [HEADER, BRP, ["Export", "team ICT"], GIS, [], ["Bronbeheer", "team ICT"]])
    assert rows == ["Burgerzaken", "Export", "Kaarten", "Bronbeheer"]


def test_headings_of_groups_are_no_records(tmp_path: Path) -> None:
    rows, said = sheet(tmp_path, [HEADER, ["Dienstverlening"], BRP, ["Bedrijfsvoering"], GIS, HR])
    assert rows == ["Burgerzaken", "Kaarten", "Loonpakket"]
    assert said == ["a.xlsx, blad B: 2 tussenkoppen zijn overgeslagen (rij 2, 4)"]


def test_headings_below_blank_rows_are_no_records(tmp_path: Path) -> None:
    rows, _ = sheet(tmp_path, [HEADER, BRP, [], ["Bedrijfsvoering"], GIS, [], ["Ruimte"], HR])
    assert rows == ["Burgerzaken", "Kaarten", "Loonpakket"]


@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_a_heading_that_is_merged_over_the_columns_is_no_record(tmp_path: Path, suffix: str) -> None:
    def merge(page: Any) -> None:
        page.merge_cells("A3:D3")

    wide = (
        '<table:table-row><table:table-cell table:number-columns-spanned="4" table:number-rows-spanned="1" '
        'office:value-type="string"><text:p>Ruimte</text:p></table:table-cell>'
        '<table:covered-table-cell table:number-columns-repeated="3"/></table:table-row>'
    )
    middle: Any = ["Ruimte"] if suffix == "xlsx" else wide
    rows, said = sheet(tmp_path, [HEADER, BRP, middle, GIS], suffix, **({"B": merge} if suffix == "xlsx" else {}))
    assert rows == ["Burgerzaken", "Kaarten"]
    assert said == [f"a.{suffix}, blad B: 1 tussenkop is overgeslagen (rij 3)"]


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_record_of_which_only_the_name_is_known_stays_one_and_it_is_said(tmp_path: Path, place: int) -> None:
    table: list[Any] = [HEADER, BRP, GIS]
    table.insert(place, ["Export-server"])
    rows, said = sheet(tmp_path, table)
    assert sorted(rows) == ["Burgerzaken", "Export-server", "Kaarten"]
    assert len(said) == 1 and "1 regel heeft maar één waarde en is gelezen" in said[0]


def test_several_of_them_among_the_others_stay_records_too(tmp_path: Path) -> None:
    rows, _ = sheet(tmp_path, [HEADER, BRP, ["Telefonie"], GIS, ["Archief"], HR])
    assert rows == ["Burgerzaken", "Telefonie", "Kaarten", "Archief", "Loonpakket"]


def test_rows_below_a_blank_one_are_records(tmp_path: Path) -> None:
    rows, said = sheet(tmp_path, [HEADER, BRP, [], GIS, [], [], HR])
    assert rows == ["Burgerzaken", "Kaarten", "Loonpakket"]
    assert said == []


SECOND_TABLES = {
    "our words in other places": [[], ["Vervallen"], ["Eigenaar", "Applicatie", "Reden"], ["team ICT", "Fax", "oud"]],
    "our word in its place": [[], ["Applicatie", "Leverancier", "Contract"], ["Suite", "Voorbeeld BV", "loopt af"]],
    "texts where days and answers stand": [
        [],
        ["Leverancier", "Contact", "Telefoon", "Nummer"],
        ["Voorbeeld BV", "a", "b", "c"],
    ],
    "right below the records": [
        ["Eigenaar", "Applicatie", "Kritiek", "Nagelopen"],
        ["team ICT", "Fax", "nee", "1-1-2020"],
    ],
}


@pytest.mark.parametrize("name", SECOND_TABLES)
def test_a_second_table_below_the_first_is_no_part_of_it(tmp_path: Path, name: str) -> None:
    rows, said = sheet(tmp_path, [HEADER, BRP, GIS, *SECOND_TABLES[name]])
    assert rows == ["Burgerzaken", "Kaarten"]
    filled = sum(map(bool, SECOND_TABLES[name]))
    assert len(said) == 1 and f"{filled} regels van een tweede tabel" in said[0]


def test_below_a_second_table_ours_goes_on_where_its_header_stands_again(tmp_path: Path) -> None:
    rows, _ = sheet(tmp_path, [HEADER, BRP, *SECOND_TABLES["our words in other places"], [], HEADER, GIS])
    assert rows == ["Burgerzaken", "Kaarten"]


def test_only_the_rows_that_are_asked_for_are_read_and_how_many_are_not_is_said(tmp_path: Path) -> None:
    rows = [
        [*HEADER, "Status"],
        [*BRP, "in gebruik"],
        [*GIS, "Vervallen"],
        [*HR, None],
        ["Fax", "team ICT", None, "nee", "vervallen"],
    ]
    write_xlsx(tmp_path / "a.xlsx", {"B": rows})
    said: list[str] = []
    records = read(tmp_path, said, file="a.xlsx", only={"status": ["In gebruik", "Pilot"]}, **REGISTER)
    assert names(records) == ["Burgerzaken", "Loonpakket"]  # of the last one it is not known
    assert said == ["a.xlsx, blad B: 2 rijen vallen buiten 'only' en zijn overgeslagen (rij 3, 5)"]
    with pytest.raises(TerminalError, match="de kolom 'Fase' van 'only' is er niet"):
        read(tmp_path, file="a.xlsx", only={"Fase": "x"}, **REGISTER)
