"""Exports of the dashboard of internet.nl, and results of its first batch API: the same records as of the present one."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from connectors.base import TerminalError
from connectors.internet_nl import InternetNlConnector
from models.record import Record
from tests.connectors.report_files import collect, connector

WEB = [
    "List",
    "Url",
    "Port",
    "Ip Version",
    "",
    "% Score",
    "",
    "IPv6",
    "IPv6 addresses for name servers",
    "",
    "HTTPS available",
    "HSTS",
]
MAIL = ["List", "Url", "Port", "Ip Version", "", "% Score", "", "DMARC existence", "", "STARTTLS available"]
REPORT = "https://batch.internet.nl/site/www.voorbeeld.example/1/"
ROWS: list[list[Any]] = [
    ["Gemeente", "www.voorbeeld.example", 443, 4, "", 85, REPORT, "passed", "passed", "", "passed", "failed"],
    ["Gemeente", "loket.voorbeeld.example", 443, 4, "", 100, REPORT, "passed", "passed", "", "passed", "passed"],
    ["Gemeente", "dubbel.voorbeeld.example"],
    ["", "", 443, 4, "", 90, REPORT, "passed"],
    ["", "", 443, 6, "", 70, REPORT, "failed"],
    ["Gemeente", "weg.voorbeeld.example", 443, 4, "", "?", "", "not_testable"],
]


def workbook(path: Path, header: list[str] = WEB, tab: str = "1234-web-2026-11-16-gemeente") -> Path:
    """As the dashboard writes it: eight rows of statistics, an empty one, the groups, the header, and the domains."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = tab
    for label in ("Total", "Contains passed", "Contains info", "Contains warning", "Contains failed", "a", "b"):
        sheet.append(["", label, "", "", "", "", "", "=COUNTA(H11:H5050)"])
    sheet.append(["", "Percentage passed (ignoring not_tested)", "", "", "", "", "", "=ROUND(H2/(H1 - (H6 + H7)), 4)"])
    for row in ([], ["", "", "", "", "", "overall", "", "ipv6"], header, *ROWS):
        sheet.append(row)
    book.save(path)
    return path


def read(folder: Path, pattern: str = "*") -> dict[str, Record]:
    return {
        str(record.values["object"]): record for record in collect(connector(InternetNlConnector, folder, file=pattern))
    }


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_the_scores_of_domains(tmp_path: Path, suffix: str) -> None:
    if suffix == "xlsx":
        workbook(tmp_path / "a.xlsx")
    else:
        with (tmp_path / "internet nl dashboard report 1234 Gemeente web 2026-11-16.csv").open("w", newline="") as file:
            csv.writer(file).writerows([[], ["", "", "", "", "", "overall"], WEB, *ROWS])
    records = read(tmp_path)
    assert {name: record.values.get("value") for name, record in records.items()} == {
        "www.voorbeeld.example": 85, "loket.voorbeeld.example": 100, "dubbel.voorbeeld.example": 70, "weg.voorbeeld.example": None,
    }  # fmt: skip
    score = records["www.voorbeeld.example"]
    assert score.key == "internet_nl_web|www.voorbeeld.example|2026-11-16"
    assert (score.values["url"], score.values["observed_at"]) == (REPORT, datetime(2026, 11, 16))
    assert score.locator.row == (12 if suffix == "xlsx" else 4)
    (problem,) = records["weg.voorbeeld.example"].problems
    assert (problem.field, problem.value) == ("value", "?")


@pytest.mark.parametrize(
    ("header", "tab", "metric"),
    [
        (MAIL, "12-mail-2026-11-16-x", "internet_nl_mail"),
        (MAIL, "export", "internet_nl_mail"),
        (WEB, "export", "internet_nl_web"),
    ],
)
def test_web_or_mail_by_name_or_by_tests(tmp_path: Path, header: list[str], tab: str, metric: str) -> None:
    workbook(tmp_path / "a.xlsx", header, tab)
    assert {record.values["metric"] for record in read(tmp_path).values()} == {metric}


def test_what_tells_neither_is_refused(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx", ["List", "Url", "Port", "Ip Version", "", "% Score"], "export")
    with pytest.raises(TerminalError, match="websites of over e-mail"):
        read(tmp_path)
    openpyxl.Workbook().save(tmp_path / "b.xlsx")
    with pytest.raises(TerminalError, match="‘Url’ en ‘% Score’"):
        read(tmp_path, "b.xlsx")


def test_a_newer_report_of_the_same_list_counts_and_web_and_mail_both(tmp_path: Path) -> None:
    workbook(tmp_path / "rapport 1 web 2026-11-09.xlsx", tab="1-web-2026-11-09-gemeente")
    workbook(tmp_path / "rapport 2 web 2026-11-16.xlsx", tab="2-web-2026-11-16-gemeente")
    workbook(tmp_path / "rapport 3 mail 2026-11-16.xlsx", MAIL, "3-mail-2026-11-16-gemeente")
    records = collect(connector(InternetNlConnector, tmp_path, file="*.xlsx"))
    days = {(record.values["metric"], record.values["observed_at"].day) for record in records}
    assert days == {("internet_nl_web", 16), ("internet_nl_mail", 16)}


FIRST: dict[str, Any] = {
    "success": True,
    "message": "OK",
    "data": {
        "name": "gemeente", "submission-date": "2020-03-02T09:00:00+00:00", "finished-date": "2020-03-02T10:30:00+00:00",
        "identifier": "0123", "api-version": "1.0",
        "domains": [
            {"domain": "www.voorbeeld.example", "status": "ok", "score": 85, "link": REPORT, "categories": [], "views": []},
            {"domain": "weg.voorbeeld.example", "status": "failed"},
        ],
    },
}  # fmt: skip


def test_results_of_the_first_version(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(FIRST), "utf-8")
    records = read(tmp_path)
    assert records["www.voorbeeld.example"].values["value"] == 85
    assert records["www.voorbeeld.example"].values["observed_at"] == datetime(2020, 3, 2, 11, 30)
    assert [problem.value for problem in records["weg.voorbeeld.example"].problems] == ["failed"]
    (tmp_path / "a.json").write_text(json.dumps(FIRST).replace(REPORT, ""), "utf-8")
    with pytest.raises(TerminalError, match="websites of over e-mail"):
        read(tmp_path)
