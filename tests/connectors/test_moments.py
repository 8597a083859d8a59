"""The moment that a delivery is about: of every connector that reads files, never that of the reading."""

from __future__ import annotations

import os
import re
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from connectors.base import Connector, TerminalError, Window
from connectors.greenbone import GreenboneConnector
from connectors.internet_nl import InternetNlConnector
from connectors.json_export import JsonExportConnector
from connectors.nessus import NessusConnector
from connectors.ocsf import OcsfConnector
from connectors.openscap import OpenscapConnector
from connectors.oscal_results import OscalResultsConnector
from connectors.policy_folder import PolicyFolderConnector
from connectors.sarif import SarifConnector
from connectors.spreadsheet import SpreadsheetConnector
from connectors.tools.findings import from_epoch, in_utc, moment_of, series_of
from connectors.tools.saved import saved_at
from models.record import Payload, plausible
from tests.connectors.documents import write_docx
from tests.connectors.report_files import connector, place

LONG_AGO = datetime(2021, 3, 4, 12)
REPORTS: dict[str, tuple[type[Connector], datetime]] = {  # the end of each scan, UTC
    "greenbone.xml": (GreenboneConnector, datetime(2026, 11, 17, 20, 21)),
    "nessus_dmz.nessus": (NessusConnector, datetime(2026, 11, 16, 21, 20)),
    "xccdf_results.xml": (OpenscapConnector, datetime(2026, 11, 18, 1, 3)),
    "scan.sarif": (SarifConnector, datetime(2026, 11, 19, 1, 30)),
    "oscal_ar.json": (OscalResultsConnector, datetime(2026, 9, 25, 15)),
    "internet_nl_web.json": (InternetNlConnector, datetime(2026, 11, 19, 5, 44, 12)),
    "ocsf.jsonl": (OcsfConnector, datetime(2026, 11, 8, 9)),
}


def written(path: Path, moment: datetime) -> Path:
    """As if the file was last written at `moment` (UTC)."""
    seconds = moment.replace(tzinfo=UTC).timestamp()
    os.utime(path, (seconds, seconds))
    return path


def only(source: Connector) -> Payload:
    (payload,) = source.fetch(Window())
    return payload


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_about_the_end_of_its_scan(tmp_path: Path, name: str) -> None:
    kind, ended = REPORTS[name]
    written(place(tmp_path, name) / name, LONG_AGO)
    payload = only(connector(kind, tmp_path, file=name))
    assert (payload.moment, payload.dated_by) == (ended, "content")


def test_a_list_in_a_file_is_about_when_the_file_was_written(tmp_path: Path) -> None:
    (tmp_path / "lijst.csv").write_text("Nr;Naam\n1;Zaaksysteem\n", "utf-8")
    (tmp_path / "lijst.json").write_text('[{"id": 1, "titel": "x"}]', "utf-8")
    table: dict[str, Any] = {"kind": "register_entry", "number": "Nr", "columns": {"name": "Naam"}}
    sheet = connector(SpreadsheetConnector, tmp_path, file="lijst.csv", constants={"register": "asset"}, **table)
    export = connector(
        JsonExportConnector, tmp_path, file="lijst.json", kind="ticket", key="id", fields={"title": "titel"}
    )
    for name, source in (("lijst.csv", sheet), ("lijst.json", export)):
        written(tmp_path / name, LONG_AGO)
        payload = only(source)
        assert (payload.moment, payload.dated_by) == (LONG_AGO, "file")


def workbook(modified: datetime) -> bytes:
    book = Workbook()
    book.active.append(["Nr", "Naam"])
    book.properties.modified = modified
    stream = BytesIO()
    book.save(stream)
    # openpyxl writes the moment of saving: put back what was asked
    result = BytesIO()
    told = f">{modified:%Y-%m-%dT%H:%M:%SZ}</dcterms:modified>".encode()
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(result, "w") as target:
        for name in source.namelist():
            content, changed = re.subn(rb">[^<>]*</dcterms:modified>", told, source.read(name))
            assert changed == (name == "docProps/core.xml")
            target.writestr(name, content)
    return result.getvalue()


def test_a_workbook_tells_itself_when_it_was_saved(tmp_path: Path) -> None:
    path = tmp_path / "lijst.xlsx"
    path.write_bytes(workbook(LONG_AGO))
    assert saved_at("lijst.xlsx", path) == LONG_AGO
    source = connector(
        SpreadsheetConnector, tmp_path, file="lijst.xlsx", kind="register_entry", number="Nr",
        constants={"register": "asset"}, columns={"name": "Naam"},
    )  # fmt: skip
    payload = only(source)
    assert (payload.moment, payload.dated_by) == (LONG_AGO, "content")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<html>", workbook(datetime(2021, 1, 1))[:400]])
def test_a_damaged_workbook_tells_nothing_and_breaks_nothing(content: bytes) -> None:
    assert saved_at("lijst.xlsx", BytesIO(content)) is None


def test_a_folder_of_policies_is_a_list_of_now_of_documents_with_their_own_day(tmp_path: Path) -> None:
    (tmp_path / "beleid").mkdir()
    path = tmp_path / "beleid" / "Back-upbeleid.docx"
    write_docx(path, [["Eigenaar", "CISO"]])
    written(path, LONG_AGO)
    source = connector(PolicyFolderConnector, tmp_path, folder="beleid")
    payload = only(source)
    assert payload.moment == LONG_AGO
    listed_at = source.delivered_at([payload.moment])
    assert listed_at is not None
    assert listed_at > LONG_AGO + timedelta(days=365)


def test_a_moment_that_cannot_be_is_none() -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    assert plausible(datetime(1970, 1, 21)) is None
    assert plausible(now + timedelta(days=2)) is None
    assert plausible(now) == now
    payload = Payload("x.csv", "text/csv", content=b"x")
    with pytest.raises(TerminalError, match="geen datum bekend"):
        moment_of(payload)


def test_content_that_tells_an_impossible_moment_does_not_date_a_file(tmp_path: Path) -> None:
    path = written(place(tmp_path, "scan.sarif") / "scan.sarif", LONG_AGO)
    path.write_text(path.read_text("utf-8").replace("2026-11-19T01:30:00", "2098-11-19T01:30:00"), "utf-8")
    written(path, LONG_AGO)
    payload = only(connector(SarifConnector, tmp_path, file="scan.sarif"))
    assert (payload.moment, payload.dated_by) == (LONG_AGO, "file")


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000, 1_000_000_000])
def test_the_unit_of_an_epoch_follows_from_its_year(unit: int) -> None:
    assert in_utc(from_epoch(1_790_000_000 * unit)) == datetime(2026, 9, 21, 14, 13, 20)
    assert from_epoch(0) is None
    assert from_epoch(86_400) is None  # 1970


def test_a_delivery_is_as_old_as_its_oldest_part(tmp_path: Path) -> None:
    source = connector(SarifConnector, tmp_path, file="x.sarif")
    assert source.delivered_at([LONG_AGO, LONG_AGO + timedelta(days=9)]) == LONG_AGO
    assert source.delivered_at([LONG_AGO, None]) is None
    assert source.delivered_at([]) is None


def test_files_of_one_series_differ_in_digits_only() -> None:
    assert series_of("builds/scan-2026-11-20.sarif") == series_of("builds/scan-2026-11-21.sarif")
    assert series_of("builds/website.sarif") != series_of("builds/zaaksysteem.sarif")
