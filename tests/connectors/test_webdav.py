"""WebDAV and SharePoint: which files are fetched, that the spreadsheet connector reads them, and that no address or token
that opens a file is stored. Servers written from RFC 4918 and the Graph reference of driveItem."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest
from pydantic import ValidationError

from connectors.base import TerminalError, Window
from connectors.webdav import SharepointConnector, WebdavConnector
from tests.connectors.loopback import Asked, Loopback, Reply, serving
from tests.connectors.report_files import collect, connector

SECRETS = {
    "WEBDAV_USER": "register",
    "WEBDAV_PASSWORD": "app-wachtwoord-1",
    "GRAPH_CLIENT_ID": "app-nummer-1",
    "GRAPH_CLIENT_SECRET": "geheim~van~de~app",
}
SPREADSHEET = {
    "kind": "access_review",
    "key": ["system", "performed_on"],
    "columns": {"system": "Systeem", "scope": "Soort", "performed_on": "Datum", "accounts_reviewed": "Nagelopen"},
}
TOKEN = "eyJncmFwaCI6MX0.a.b"
TEMPORARY = "v1.eyJzaXRlaWQiOiIx"


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (
        ["Systeem", "Soort", "Datum", "Nagelopen"],
        ["Zaaksysteem", "beheer", date(2026, 9, 1), 12],
        ["BRP", "regulier", date(2026, 10, 1), 240],
    ):
        sheet.append(row)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


WORKBOOK = _workbook()
FILES = {"Controles 2026.xlsx": WORKBOOK, "Controles.docx": b"x", "~$Controles 2026.xlsx": b"lock", "Oud.csv": b"a;b\n"}
FOLDER = "/remote.php/dav/files/register/Auditregisters"


def _multistatus(names: list[str]) -> bytes:
    # RFC 4918 §9.1.5: response with href and propstat; a folder has resourcetype/collection
    def response(path: str, kind: str) -> str:
        return (
            f'<d:response><d:href>{quote(path)}</d:href><d:propstat><d:prop><d:getetag>"1"</d:getetag>'
            "<d:getlastmodified>Thu, 19 Nov 2026 08:00:00 GMT</d:getlastmodified>"
            f"<d:resourcetype>{kind}</d:resourcetype></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
        )

    listed = response(f"{FOLDER}/", "<d:collection/>") + response(f"{FOLDER}/Archief.xlsx/", "<d:collection/>")
    listed += "".join(response(f"{FOLDER}/{name}", "") for name in names)
    return f'<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">{listed}</d:multistatus>'.encode()


def dav(names: list[str]) -> Callable[[Loopback, Asked], Reply | None]:
    expected = f"Basic {base64.b64encode(b'register:app-wachtwoord-1').decode()}"

    def answer(server: Loopback, asked: Asked) -> Reply | None:
        if asked.headers.get("Authorization") != expected:
            return Reply(b"", 401, "text/plain")
        if asked.method == "PROPFIND":
            assert asked.headers["Depth"] == "1"
            return Reply(_multistatus(names), 207, "application/xml; charset=utf-8")
        name = next((name for name in names if asked.path == quote(f"{FOLDER}/{name}")), None)
        return Reply(FILES[name], 200, "application/octet-stream") if name else None

    return answer


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


def sharepoint(host: str) -> Callable[[Loopback, Asked], Reply | None]:
    def answer(server: Loopback, asked: Asked) -> Reply | None:
        if asked.path.endswith("/oauth2/v2.0/token"):
            return Reply({"access_token": TOKEN, "token_type": "Bearer"})
        if asked.path == "/download.aspx":
            # the temporary address carries its own right; the token must not go along
            assert "Authorization" not in asked.headers
            return Reply(WORKBOOK, 200, "application/octet-stream") if asked.query["tempauth"] == TEMPORARY else None
        assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
        if asked.path == "/v1.0/sites/127.0.0.1:/sites/ib":
            return Reply({"id": "127.0.0.1,1,2", "webUrl": "https://x"})
        if asked.path == "/v1.0/sites/127.0.0.1,1,2/drive/root:/Interne%20audit:/children":
            port = server.address.rpartition(":")[2]
            # resource driveItem: file or folder facet, @microsoft.graph.downloadUrl
            items = [
                {"id": "1", "name": "Controles.xlsx", "folder": {"childCount": 0}},
                {
                    "id": "2",
                    "name": "Controles 2026.xlsx",
                    "file": {"mimeType": "x"},
                    "lastModifiedDateTime": "2026-11-19T08:00:00Z",
                    "webUrl": "https://gemeente.sharepoint.com/sites/ib/Controles%202026.xlsx",
                    "@microsoft.graph.downloadUrl": f"http://{host}:{port}/download.aspx?UniqueId=1&tempauth={TEMPORARY}",
                },
            ]
            return Reply({"value": items})
        return None

    return answer


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
