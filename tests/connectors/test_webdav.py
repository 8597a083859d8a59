"""WebDAV and SharePoint: which files are fetched, that the spreadsheet connector reads them, and that no address or token
that opens a file is stored. Servers written from RFC 4918 and the Graph reference of driveItem."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import ValidationError

from connectors.base import TerminalError, Window
from connectors.webdav import SharepointConnector, WebdavConnector
from tests.connectors.doubles.webdav import (
    FILES,
    FOLDER,
    SECRETS,
    SPREADSHEET,
    TEMPORARY,
    dav,
    sharepoint,
)
from tests.connectors.loopback import Asked, Loopback, Reply, serving
from tests.connectors.report_files import collect, connector


def _webdav(folder: Path, server: Loopback, **settings: Any) -> WebdavConnector:
    given = {"files": "Controles*", "spreadsheet": SPREADSHEET, **settings}
    return connector(WebdavConnector, folder, SECRETS, address=f"{server.address}{FOLDER}", **given)


def test_webdav_reads_what_the_spreadsheet_connector_reads(tmp_path: Path) -> None:
    with serving(dav(list(FILES))) as server:
        source = _webdav(tmp_path, server)
        records = collect(source)
    assert source.kinds == ("access_review",)
    assert [(record.values["system"], record.values["scope"]) for record in records] == [
        ("Zaaksysteem", "privileged"),
        ("BRP", "regular"),
    ]
    assert (records[0].locator.file, records[0].locator.row) == ("Controles 2026.xlsx", 2)
    assert server.paths() == [f"PROPFIND {FOLDER}", f"GET {quote(FOLDER + '/Controles 2026.xlsx')}"]


def test_webdav_without_a_fitting_file_names_what_is_there(tmp_path: Path) -> None:
    with serving(dav(["Oud.csv"])) as server, pytest.raises(TerminalError, match="past geen rekenblad") as caught:
        collect(_webdav(tmp_path, server))
    assert "Oud.csv" in caught.value.advice


def test_webdav_that_answers_with_a_page(tmp_path: Path) -> None:
    def login(server: Loopback, asked: Asked) -> Reply | None:
        return Reply(b"<html><body>Inloggen</body></html>", 200, "text/html")

    with serving(login) as server, pytest.raises(TerminalError, match="ander soort bestand"):
        collect(_webdav(tmp_path, server))


def test_settings_of_the_spreadsheet_are_checked_at_once(tmp_path: Path) -> None:
    for wrong in ({**SPREADSHEET, "kind": "onbekend"}, {**SPREADSHEET, "file": "x.xlsx"}):
        with pytest.raises(ValidationError):
            WebdavConnector.Settings(address="https://cloud.example/dav", files="*", spreadsheet=wrong)


def _library(folder: Path, server: Loopback) -> SharepointConnector:
    return connector(
        SharepointConnector,
        folder,
        SECRETS,
        address=f"{server.address}/v1.0",
        login_address=server.address,
        tenant="gemeente.example",
        site="127.0.0.1:/sites/ib",
        folder="Interne audit",
        files="*.xlsx",
        spreadsheet=SPREADSHEET,
    )


def test_sharepoint(tmp_path: Path) -> None:
    with serving(sharepoint("127.0.0.1")) as server:
        source = _library(tmp_path, server)
        assert len(collect(source)) == 2
        payloads = list(source.fetch(Window()))
    assert payloads[0].address == "https://gemeente.sharepoint.com/sites/ib/Controles%202026.xlsx"
    assert TEMPORARY not in repr(payloads)


def test_sharepoint_only_downloads_from_the_site_itself(tmp_path: Path) -> None:
    with serving(sharepoint("localhost")) as server, pytest.raises(TerminalError, match="buiten de site") as caught:
        collect(_library(tmp_path, server))
    assert TEMPORARY not in str(caught.value)
    assert not any("download" in path for path in server.paths())


def test_a_temporary_address_that_fails_does_not_show(tmp_path: Path) -> None:
    working = sharepoint("127.0.0.1")

    def gone(server: Loopback, asked: Asked) -> Reply | None:
        return Reply({"error": f"no {TEMPORARY}"}, 403) if asked.path == "/download.aspx" else working(server, asked)

    with serving(gone) as server, pytest.raises(TerminalError) as caught:
        collect(_library(tmp_path, server))
    assert TEMPORARY not in str(caught.value)
