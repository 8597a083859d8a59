"""A value that can be read in two ways is read as its column shows, else as the file does, and is refused when neither does."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from models.record import Record
from tests.connectors.workbooks import read, write_xlsx

REVIEWS = {
    "kind": "access_review",
    "key": ["system"],
    "columns": {
        "system": "Systeem",
        "performed_on": "Datum",
        "valid_until": "Geldig tot",
        "accounts_reviewed": "Accounts",
    },
    "optional": ["valid_until", "accounts_reviewed"],
}
METRICS = {
    "kind": "measurement",
    "number": "Nr",
    "columns": {"metric": "Maat", "value": "Waarde", "numerator": "Teller", "observed_at": "Datum"},
    "optional": ["numerator", "observed_at"],
}
RISKS = {
    "kind": "risk",
    "number": "Nr",
    "columns": {"process": "Proces", "inherent": "Bruto", "residual": "Netto", "appetite": "Bereidheid"},
}
UNCLEAR_DAY, UNCLEAR_NUMBER = "wat de dag is en wat de maand", "decimalen scheidt of duizendtallen"


def lines(folder: Path, text: str, settings: dict[str, Any], **more: Any) -> list[Record]:
    (folder / "a.csv").write_text(text, "utf-8")
    return read(folder, file="a.csv", **settings, **more)


def column(records: list[Record], name: str) -> list[Any]:
    """The values of a column, a reason in the place of each that is refused."""
    shown: list[Any] = []
    for record in records:
        reasons = [problem.expected for problem in record.problems if problem.field == name]
        shown.append(reasons[0] if reasons else record.values.get(name))
    return shown


def days(folder: Path, *written: str, delimiter: str = ";", **more: Any) -> list[Any]:
    rows = "".join(f"S{number}{delimiter}{day}\n" for number, day in enumerate(written))
    return column(lines(folder, f"Systeem{delimiter}Datum\n{rows}", REVIEWS, **more), "performed_on")


def test_one_day_that_can_be_read_in_one_way_settles_its_column(tmp_path: Path) -> None:
    assert days(tmp_path, "02/13/2026", "03/05/2026", "2026-04-01") == [
        date(2026, 2, 13),
        date(2026, 3, 5),
        date(2026, 4, 1),
    ]
    assert days(tmp_path, "13/02/2026", "03/05/2026") == [date(2026, 2, 13), date(2026, 5, 3)]
    assert days(tmp_path, "2/13/26", "3/5/26") == [date(2026, 2, 13), date(2026, 3, 5)]


def test_a_time_of_twelve_hours_goes_with_a_month_that_comes_first(tmp_path: Path) -> None:
    text = "Nr;Maat;Waarde;Datum\n1;mfa;1;02/13/2026 01:05 PM\n2;mfa;1;03/04/2026 12:30 AM\n"
    observed = column(lines(tmp_path, text, METRICS), "observed_at")
    assert [str(moment) for moment in observed] == ["2026-02-13 13:05:00", "2026-03-04 00:30:00"]


def test_a_column_that_shows_nothing_is_read_as_the_others_of_the_file(tmp_path: Path) -> None:
    text = "Systeem;Datum;Geldig tot\nA;03/05/2026;12/31/2026\nB;04/06/2026;01/31/2027\n"
    assert column(lines(tmp_path, text, REVIEWS), "performed_on") == [date(2026, 3, 5), date(2026, 4, 6)]


def test_days_that_contradict_each_other_are_refused_where_they_fit_both(tmp_path: Path) -> None:
    shown = days(tmp_path, "13/02/2026", "02/13/2026", "03/05/2026", "04/04/2026")
    assert shown[0] == date(2026, 2, 13)
    assert "maand 13 bestaat niet" in shown[1]
    assert UNCLEAR_DAY in shown[2]
    assert shown[3] == date(2026, 4, 4)  # the same in both


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_a_file_that_tells_no_country_and_writes_slashes_is_refused(tmp_path: Path, delimiter: str) -> None:
    assert UNCLEAR_DAY in days(tmp_path, "03/05/2026", delimiter=delimiter)[0]
    assert days(tmp_path, "03/05/2026", delimiter=delimiter, dates="day-month") == [date(2026, 5, 3)]
    assert days(tmp_path, "03/05/2026", delimiter=delimiter, dates="month-day") == [date(2026, 3, 5)]
    assert days(tmp_path, "3-5-2026", delimiter=delimiter) == [date(2026, 5, 3)]


def numbers(folder: Path, *written: str, delimiter: str = ";", **more: Any) -> list[Any]:
    rows = "".join(f'{number}{delimiter}mfa{delimiter}"{amount}"\n' for number, amount in enumerate(written))
    text = f"Nr{delimiter}Maat{delimiter}Waarde\n{rows}"
    return column(lines(folder, text, METRICS, **more), "value")


def test_one_number_that_can_be_read_in_one_way_settles_its_column(tmp_path: Path) -> None:
    assert numbers(tmp_path, "97.5", "98.125", "1,250") == [97.5, 98.125, 1250]
    assert numbers(tmp_path, "97,5", "98.125", "1,250") == [97.5, 98125, 1.25]
    assert numbers(tmp_path, "1,250.5", "98.125") == [1250.5, 98.125]
    assert numbers(tmp_path, "1.250,5", "98.125") == [1250.5, 98125]
    assert numbers(tmp_path, "€ 0.125", "€ 98.125") == [0.125, 98.125]
    assert numbers(tmp_path, "97.5%", "98.125%") == [97.5, 98.125]
    assert numbers(tmp_path, "1,250,000", "1.125") == [1_250_000, 1.125]


def test_a_column_of_numbers_that_shows_nothing_is_read_as_the_others(tmp_path: Path) -> None:
    text = "Nr;Maat;Waarde;Teller\n1;mfa;98.125;12.5\n2;mfa;99.250;13.75\n"
    assert column(lines(tmp_path, text, METRICS), "value") == [98.125, 99.25]


def test_numbers_that_contradict_each_other_are_refused_where_they_fit_both(tmp_path: Path) -> None:
    shown = numbers(tmp_path, "97.5", "97,5", "98.125")
    assert shown[:2] == [97.5, 97.5]
    assert UNCLEAR_NUMBER in shown[2]


def test_a_file_that_tells_no_country_is_refused_where_a_number_fits_both(tmp_path: Path) -> None:
    assert UNCLEAR_NUMBER in numbers(tmp_path, "98.125", delimiter=",")[0]
    assert numbers(tmp_path, "98.125", delimiter=",", decimal=".") == [98.125]
    assert numbers(tmp_path, "98.125", delimiter=",", decimal=",") == [98125]
    assert numbers(tmp_path, "98.125") == [98125]  # who writes ; between fields writes , before decimals
    ours = "Nr,Maat,Waarde,Datum\n1,mfa,98.125,4-3-2026\n"
    assert column(lines(tmp_path, ours, METRICS), "value") == [98125]


def test_a_part_of_one_beside_percentages_is_refused(tmp_path: Path) -> None:
    def percent(sheet: Any) -> None:
        sheet["C3"].number_format = "0%"

    rows = [["Nr", "Maat", "Waarde"], [1, "mfa", 0.95], [2, "mfa", 0.95], [3, "mfa", 42], [4, "mfa", 0], [5, "mfa", 1]]
    write_xlsx(tmp_path / "a.xlsx", {"B": rows}, B=percent)
    shown = column(read(tmp_path, file="a.xlsx", **METRICS), "value")
    assert "onder de 1" in shown[0] and "onder de 1" in shown[4]
    assert shown[1:4] == [95, 42, 0]
    assert "onder de 1" in numbers(tmp_path, "0,95", "95%")[0]


def test_parts_of_one_under_a_header_that_says_percentage_are_refused(tmp_path: Path) -> None:
    settings = {**METRICS, "columns": {**METRICS["columns"], "value": "Score (%)"}}
    text = "Nr;Maat;Score (%)\n1;mfa;0,95\n2;mfa;0,5\n"
    assert all("onder de 1" in reason for reason in column(lines(tmp_path, text, settings), "value"))
    large = "Nr;Maat;Score (%)\n1;mfa;0,95\n2;mfa;50\n"
    assert column(lines(tmp_path, large, settings), "value") == [0.95, 50]


def levels(folder: Path, *rows: str, **more: Any) -> list[tuple[Any, ...]]:
    body = "".join(f"R{number};BRP;{row}\n" for number, row in enumerate(rows))
    records = lines(folder, f"Nr;Proces;Bruto;Netto;Bereidheid\n{body}", RISKS, **more)
    return list(zip(*(column(records, name) for name in ("inherent", "residual", "appetite")), strict=True))


def test_a_scale_in_words_keeps_its_order(tmp_path: Path) -> None:
    assert levels(tmp_path, "hoog;midden;laag", "Zeer hoog;gemiddeld;zeer laag", "kritiek;Matig;") == [
        (4, 3, 2), (5, 3, 1), (6, 3, None),
    ]  # fmt: skip


def test_chance_times_impact_is_a_number(tmp_path: Path) -> None:
    assert levels(tmp_path, "3 x 4;2×3;6", "4*5 = 20;12;6") == [(12, 6, 6), (20, 12, 6)]
    assert levels(tmp_path, "hoog x hoog;laag × midden;laag x laag") == [(16, 6, 4)]


@pytest.mark.parametrize("row", ["hoog;12;6", "hoog;midden;6", "16;laag x midden;6", "hoog x laag;midden;laag"])
def test_words_beside_numbers_are_refused(tmp_path: Path, row: str) -> None:
    (shown,) = levels(tmp_path, row)
    words = [value for value in shown if isinstance(value, str)]
    assert words and all("dezelfde schaal in woorden" in reason for reason in words)


def test_what_comes_out_wrong_or_is_no_level_is_refused(tmp_path: Path) -> None:
    (shown,) = levels(tmp_path, "3 x 4 = 13;rood;6")
    assert all("een getal" in reason for reason in shown[:2])


def test_words_of_the_organisation_come_first(tmp_path: Path) -> None:
    own = {"values": {name: {"laag": 2, "hoog": 9} for name in ("inherent", "residual", "appetite")}}
    assert levels(tmp_path, "hoog;5;laag", **own) == [(9, 5, 2)]
