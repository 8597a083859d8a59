"""The views as files: complete, readable by Excel, free of formulas, and every column explained."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path

import pytest

from reports.marts import shown
from reports.registry import make
from tests import golden
from warehouse.reading.officers_views import officers_views
from warehouse.reading.read import Published


def read(path: Path) -> list[list[str]]:
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in content
    return list(csv.reader(content.decode("utf-8-sig").splitlines(), delimiter=";"))


def test_every_view_is_there_with_every_row(published: Published, organisation: str, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    written = {path.stem: path for path in make("csv", published, organisation, tmp_path) if path.suffix == ".csv"}
    tables = {
        path.stem: path for path in make("parquet", published, organisation, tmp_path) if path.suffix == ".parquet"
    }
    names = {view.name for view in officers_views(published)}
    assert {"beheersmaatregelen", "principes", "toetsen", "antwoorden"} <= names
    assert written.keys() == names | {"gegevenswoordenboek"}
    assert tables.keys() == names
    for name in names:
        table = pq.read_table(tables[name])
        with written[name].open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file, delimiter=";"))
        assert rows[0] == table.column_names
        assert len(rows) - 1 == table.num_rows
    assert pq.read_table(tables["beheersmaatregelen"]).num_rows >= 93


def test_every_column_is_explained(published: Published, organisation: str, tmp_path: Path) -> None:
    make("csv", published, organisation, tmp_path)
    rows = read(tmp_path / organisation / "csv" / "gegevenswoordenboek.csv")
    assert rows[0] == ["tabel", "kolom", "type", "betekenis"]
    assert [row for row in rows if not row[3]] == []
    assert [view.name for view in officers_views(published) if not view.meaning] == []
    golden.check("gegevenswoordenboek.txt", meanings(rows[1:]))
    golden.check("tabellen.txt", columns(rows[1:]))


def meanings(rows: list[list[str]]) -> str:
    """Every meaning of a column once, under the first table that has it, and in how many more it stands."""
    tables = defaultdict(list)
    for table, column, _, meaning in rows:
        tables[column, meaning].append(table)
    lines = []
    for table in dict.fromkeys(row[0] for row in rows):
        lines.append(f"# {table}")
        for (column, meaning), places in tables.items():
            if places[0] == table:
                lines.append(f"{column}: {meaning}" + (f" (+{len(places) - 1})" if len(places) > 1 else ""))
    return "\n".join(lines) + "\n"


def columns(rows: list[list[str]]) -> str:
    """Every table with its columns in their order, a line each."""
    names = defaultdict(list)
    for table, column, *_ in rows:
        names[table].append(column)
    return "".join(f"{table}: {', '.join(listed)}\n" for table, listed in names.items())


@pytest.mark.parametrize("start", ["=cmd()", "+1+2", "-1+2", "@x", "\t=1"])
def test_a_text_never_begins_a_formula(start: str) -> None:
    assert shown(start)[:1] not in "=+-@\t"
    assert shown([start, "b"])[:1] not in "=+-@\t"


def test_values_as_a_dutch_excel_reads_them() -> None:
    assert [shown(value) for value in (None, True, 3, -2, 0.5, date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5))] == [
        "", "ja", "3", "-2", "0,5", "2026-01-02", "2026-01-02 03:04:05",
    ]  # fmt: skip
