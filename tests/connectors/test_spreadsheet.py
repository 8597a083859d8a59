"""Workbooks as municipalities keep them become the same records, whatever the habit of the one who keeps them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.styles import Alignment

from models.record import Locator, Record
from tests.connectors.workbooks import HEADER, REVIEWS, ROWS, connector, ods_cell, read, write_ods, write_xlsx

EXPECTED = [
    {"system": "Zaaksysteem", "scope": "privileged", "performed_on": date(2026, 3, 4), "accounts_reviewed": 12},
    {"system": "Belastingen", "scope": "regular", "performed_on": date(2026, 6, 5), "accounts_reviewed": 340},
]


def values(records: list[Record]) -> list[dict[str, Any]]:
    assert [record.problems for record in records] == [[] for _ in records]
    return [record.values for record in records]


def test_a_plain_sheet(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", {"Rechten": [HEADER, *ROWS]})
    records = read(tmp_path, file="a.xlsx", **REVIEWS)
    assert values(records) == EXPECTED
    assert records[0].key == "Zaaksysteem|privileged|2026-03-04"
    assert records[1].locator == Locator(file="a.xlsx", sheet="Rechten", row=3)
    assert {record.kind for record in records} == {"access_review"}


def test_the_payload_is_the_file_itself_and_a_collection_is_always_complete(tmp_path: Path) -> None:
    from connectors.base import Window

    path = write_xlsx(tmp_path / "a.xlsm", {"Rechten": [HEADER]})
    source = connector(tmp_path, file="*.xlsm", **REVIEWS)
    (payload,) = source.fetch(Window())
    assert payload.path == path and payload.data() == path.read_bytes()
    assert payload.media_type == "application/vnd.ms-excel.sheet.macroEnabled.12"
    assert source.complete(Window(since=datetime(2026, 1, 1)))
    assert source.kinds == ("access_review",)
    assert list(source.read(payload)) == []


@pytest.mark.parametrize("suffix", ["xlsx", "xlsm", "ods", "csv"])
def test_every_format_gives_the_same_records(tmp_path: Path, suffix: str) -> None:
    rows = [["Rechtencontroles 2026"], [], HEADER, *ROWS]
    path = tmp_path / f"a.{suffix}"
    if suffix == "ods":
        write_ods(path, "Rechten", rows)
    elif suffix == "csv":
        path.write_text("\n".join(";".join(map(str, row)) for row in rows), "utf-8")
    else:
        write_xlsx(path, {"Rechten": rows})
    records = read(tmp_path, file=path.name, **REVIEWS)
    assert values(records) == EXPECTED
    assert [record.locator.row for record in records] == [4, 5]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(4)),
    above=st.lists(
        st.sampled_from([[], ["Gemeente Voorbeeld"], ["Systeem:", "alle"], ["", "", "peildatum"]]), max_size=8
    ),
    left=st.integers(0, 3),
    style=st.sampled_from([str, str.upper, str.lower, "  {} ".format, "{}*".format, "{}:".format]),
    gaps=st.lists(st.integers(0, 2), max_size=4),
    extra=st.booleans(),
    suffix=st.sampled_from(["xlsx", "ods"]),
)
def test_where_the_table_stands_and_how_headers_are_written_does_not_matter(
    tmp_path: Path,
    order: list[int],
    above: list[list[str]],
    left: int,
    style: Any,
    gaps: list[int],
    extra: bool,
    suffix: str,
) -> None:
    def placed(cells: list[Any]) -> list[Any]:
        return [None] * left + [cells[i] for i in order] + (["opmerking"] if extra else [])

    rows: list[list[Any]] = [*above, placed([style(text) for text in HEADER])]
    where = []
    for number, row in enumerate(ROWS):
        rows += [[]] * (gaps[number] if number < len(gaps) else 0)
        rows.append(placed(row))
        where.append(len(rows))
    path = tmp_path / f"a.{suffix}"
    write_ods(path, "Blad1", rows) if suffix == "ods" else write_xlsx(path, {"Blad1": rows})
    records = read(tmp_path, file=path.name, **REVIEWS)
    assert values(records) == EXPECTED
    assert [record.locator.row for record in records] == where


def test_headers_match_without_accents_and_line_breaks_and_by_synonym(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", {"B": [["Systéém", "Soort\nrechten", "Datum controle", "Accounts"], *ROWS]})
    columns = {**REVIEWS["columns"], "performed_on": ["Uitgevoerd op", "Datum controle"]}  # type: ignore[dict-item]
    assert values(read(tmp_path, file="a.xlsx", **{**REVIEWS, "columns": columns})) == EXPECTED


def test_without_columns_the_dutch_names_are_the_headers(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", {"B": [["Systeem", "Soort rechten", "Uitgevoerd op", "Accounts nagelopen"], *ROWS]})
    assert values(read(tmp_path, file="a.xlsx", kind="access_review", key=["system", "performed_on"])) == EXPECTED


def test_totals_empty_rows_and_repeated_headers_are_no_records(tmp_path: Path) -> None:
    rows = [
        HEADER,
        ROWS[0],
        ["Subtotaal", None, None, 12],
        [None, None, None, None],
        HEADER,
        ROWS[1],
        [None, None, "Totaal:", 352],
        [None, None, None, None],
    ]
    write_xlsx(tmp_path / "a.xlsx", {"B": rows})
    assert values(read(tmp_path, file="a.xlsx", **REVIEWS)) == EXPECTED


def test_a_system_that_is_called_total_something_is_a_record(tmp_path: Path) -> None:
    row = ["Totaal Parkeren", "beheer", date(2026, 1, 5), 3]
    write_xlsx(tmp_path / "a.xlsx", {"B": [HEADER, row]})
    (record,) = read(tmp_path, file="a.xlsx", **REVIEWS)
    assert record.values["system"] == "Totaal Parkeren" and not record.problems


@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_merged_cells_count_for_every_row_they_cover(tmp_path: Path, suffix: str) -> None:
    rows: list[list[Any]] = [
        HEADER,
        ["Zaaksysteem", "Beheer", date(2026, 3, 4), 12],
        [None, "Regulier", date(2026, 3, 4), 80],
        [None, "Beheer", date(2026, 6, 4), 13],
        ["Belastingen", "Beheer", date(2026, 6, 4), 2],
    ]
    if suffix == "xlsx":
        write_xlsx(tmp_path / "a.xlsx", {"B": rows}, B=lambda sheet: sheet.merge_cells("A2:A4"))
    else:
        spanned = ods_cell("Zaaksysteem").replace(
            "<table:table-cell ", '<table:table-cell table:number-rows-spanned="3" '
        )
        rows[1][0] = spanned
        rows[2][0] = rows[3][0] = "<table:covered-table-cell/>"
        write_ods(tmp_path / "a.ods", "B", rows)
    records = read(tmp_path, file=f"a.{suffix}", **REVIEWS)
    assert [record.values["system"] for record in records] == ["Zaaksysteem"] * 3 + ["Belastingen"]
    assert len({record.key for record in records}) == 4


def test_a_header_of_two_merged_rows(tmp_path: Path) -> None:
    def merge(sheet: Any) -> None:
        sheet.merge_cells("A1:A2")
        sheet.merge_cells("B1:C1")
        sheet["A1"].alignment = Alignment(vertical="center")

    rows = [["Systeem", "Controle", None, "Aantal"], [None, "Soort rechten", "Uitgevoerd op", "Accounts"], *ROWS]
    write_xlsx(tmp_path / "a.xlsx", {"B": rows}, B=merge)
    assert values(read(tmp_path, file="a.xlsx", **REVIEWS)) == EXPECTED


@pytest.mark.parametrize(("skip", "systems"), [(False, ["Zaaksysteem", "Belastingen"]), (True, ["Belastingen"])])
@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_hidden_rows_are_read_unless_asked_otherwise_and_it_is_said(
    tmp_path: Path, suffix: str, skip: bool, systems: list[str]
) -> None:
    if suffix == "xlsx":

        def hide(sheet: Any) -> None:
            sheet.row_dimensions[2].hidden = True

        write_xlsx(tmp_path / "a.xlsx", {"B": [HEADER, *ROWS]}, B=hide)
    else:
        hidden = f'<table:table-row table:visibility="filter">{"".join(map(ods_cell, ROWS[0]))}</table:table-row>'
        write_ods(tmp_path / "a.ods", "B", [HEADER, hidden, ROWS[1]])
    said: list[str] = []
    records = read(tmp_path, said, file=f"a.{suffix}", skip_hidden=skip, **REVIEWS)
    assert [record.values["system"] for record in records] == systems
    assert said == [f"a.{suffix}, blad B: 1 verborgen rij is {'overgeslagen' if skip else 'meegelezen'} (rij 2)"]


METRICS = {
    "kind": "measurement",
    "key": ["metric", "observed_at"],
    "columns": {"metric": "Maat", "value": "Waarde", "observed_at": "Peildatum"},
}


@pytest.mark.parametrize("shape", ["0%", "0.0%", '0.00" %"', "General"])
def test_a_percentage_is_what_the_reader_sees(tmp_path: Path, shape: str) -> None:
    def percent(sheet: Any) -> None:
        sheet["B2"].number_format = shape

    write_xlsx(
        tmp_path / "a.xlsx", {"B": [["Maat", "Waarde", "Peildatum"], ["mfa", 0.875, date(2026, 3, 4)]]}, B=percent
    )
    (record,) = read(tmp_path, file="a.xlsx", **METRICS)
    assert record.values["value"] == (87.5 if shape in {"0%", "0.0%"} else 0.875)
    assert record.values["observed_at"] == datetime(2026, 3, 4)


def test_a_percentage_in_an_ods(tmp_path: Path) -> None:
    cell = (
        '<table:table-cell office:value-type="percentage" office:value="0.875"><text:p>88%</text:p></table:table-cell>'
    )
    write_ods(tmp_path / "a.ods", "B", [["Maat", "Waarde", "Peildatum"], ["mfa", cell, date(2026, 3, 4)]])
    (record,) = read(tmp_path, file="a.ods", **METRICS)
    assert record.values["value"] == 87.5


def test_several_tables_of_one_workbook_and_attributes(tmp_path: Path) -> None:
    write_xlsx(
        tmp_path / "a.xlsx",
        {
            "Toelichting": [["Dit bestand wordt elke maand bijgewerkt"]],
            "Contracten": [
                ["Leverancier", "Exit-strategie", "Verloopt op", "Belang"],
                ["Zonnehost", "Ja, getoetst", date(2027, 1, 1), "Hoog"],
                ["Papierhandel", None, None, "-"],
            ],
            "Verklaringen": [
                ["Leverancier", "Soort verklaring", "Oordeel"],
                ["Zonnehost", "ISAE 3402", "Schoon"],
            ],
        },
    )
    contracts = {
        "sheet": "contracten ",
        "kind": "register_entry",
        "key": "name",
        "columns": {"name": "Leverancier", "title": "Leverancier", "valid_until": "Verloopt op", "critical": "Belang"},
        "attributes": {"exit_strategy": "Exit-strategie"},
        "constants": {"register": "contracten", "attributes": {"bron": "inkoop"}},
        "values": {"critical": {"hoog": True, "-": False}, "exit_strategy": {"Ja, getoetst": "ja"}},
    }
    assurance = {"kind": "assurance", "key": ["supplier", "statement_type"]}
    records = read(tmp_path, file="a.xlsx", tables=[contracts, assurance])
    assert values(records) == [
        {
            "register": "contract",
            "name": "Zonnehost",
            "title": "Zonnehost",
            "valid_until": date(2027, 1, 1),
            "critical": True,
            "attributes": {"bron": "inkoop", "exit_strategy": "yes"},
        },
        {
            "register": "contract",
            "name": "Papierhandel",
            "title": "Papierhandel",
            "critical": False,
            "attributes": {"bron": "inkoop"},
        },
        {"supplier": "Zonnehost", "statement_type": "isae_3402", "opinion": "unqualified"},
    ]
    assert str(records[2].locator) == "a.xlsx, blad Verklaringen, rij 2"


def test_a_file_name_may_be_a_pattern_and_lock_files_are_no_files(tmp_path: Path) -> None:
    for year, row in zip((2025, 2026), ROWS, strict=True):
        (tmp_path / str(year)).mkdir()
        write_xlsx(tmp_path / str(year) / "rechten.xlsx", {"B": [HEADER, row]})
    (tmp_path / "2026" / "~$rechten.xlsx").write_bytes(b"x")
    records = read(tmp_path, file="*/*.xlsx", **REVIEWS)
    assert values(records) == EXPECTED
    assert [record.locator.file for record in records] == ["2025/rechten.xlsx", "2026/rechten.xlsx"]


def test_optional_columns_and_a_given_header_row(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", {"B": [HEADER[:3], ["Oud", "beheer", date(2025, 1, 6)], HEADER[:3], ROWS[0][:3]]})
    (record,) = read(tmp_path, file="a.xlsx", header_row=3, optional=["accounts_reviewed"], **REVIEWS)
    assert record.values == {key: EXPECTED[0][key] for key in ("system", "scope", "performed_on")}


CSV = "Systeem;Soort rechten;Uitgevoerd op;Accounts\nZaaksysteem;beheer;4-3-2026;1.012\nCafé à gogo;regulier;05-06-26;340\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_csv_in_every_encoding_and_with_every_delimiter(
    tmp_path: Path, encoding: str, delimiter: str, newline: str
) -> None:
    text = CSV.replace(";", delimiter).replace("\n", newline)
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    records = read(tmp_path, file="a.csv", **REVIEWS)
    assert [record.values["system"] for record in values_of(records)] == ["Zaaksysteem", "Café à gogo"]
    assert [record.values["accounts_reviewed"] for record in records] == [1012, 340]
    assert [record.locator for record in records] == [Locator(file="a.csv", row=2), Locator(file="a.csv", row=3)]


def values_of(records: list[Record]) -> list[Record]:
    assert not [problem for record in records for problem in record.problems]
    return records


def test_csv_with_the_hint_for_excel_quoted_fields_and_title_rows(tmp_path: Path) -> None:
    text = (
        "sep=,\r\nOverzicht; rechten, 2026\r\n\r\nSysteem,Soort rechten,Uitgevoerd op,Accounts\r\n"
        '"Burger\r\nzaken, kern",beheer,2026-03-04,"1,0"\r\nKort,beheer,2026-03-05,\r\n'
    )
    (tmp_path / "a.csv").write_bytes(text.encode())
    records = values_of(read(tmp_path, file="a.csv", **REVIEWS))
    assert records[0].values["system"] == "Burger\nzaken, kern"
    assert records[0].values["accounts_reviewed"] == 1
    assert [record.locator.row for record in records] == [4, 5]
    assert "accounts_reviewed" not in records[1].values


def test_a_declared_delimiter_and_encoding_win(tmp_path: Path) -> None:
    text = CSV.replace(";", "|").replace("Café", "Café")
    (tmp_path / "a.csv").write_bytes(text.encode("cp850"))
    records = values_of(read(tmp_path, file="a.csv", encoding="cp850", delimiter="|", **REVIEWS))
    assert records[1].values["system"] == "Café à gogo"
