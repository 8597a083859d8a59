"""WebDAV and SharePoint as doubles, written from RFC 4918 and the Graph reference of driveItem, with a register in them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date
from io import BytesIO
from urllib.parse import quote

import openpyxl

from tests.connectors.loopback import Asked, Loopback, Reply

SECRETS = {
    "WEBDAV_USER": "register",
    "WEBDAV_PASSWORD": "app-wachtwoord-1",
    "GRAPH_CLIENT_ID": "app-nummer-1",
    "GRAPH_CLIENT_SECRET": "geheim~van~de~app",
}
SPREADSHEET = {
    "kind": "access_review",
    "key": ["system", "performed_on"],
    "columns": {
        "system": "Systeem", "scope": "Soort", "performed_on": "Datum", "accounts_reviewed": "Nagelopen",
        "owner": "Uitgevoerd door",
    },
}  # fmt: skip
TOKEN = "eyJncmFwaCI6MX0.a.b"
TEMPORARY = "v1.eyJzaXRlaWQiOiIx"


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (
        ["Systeem", "Soort", "Datum", "Nagelopen", "Uitgevoerd door"],
        ["Zaaksysteem", "beheer", date(2026, 9, 1), 12, "Teammanager ICT"],
        ["BRP", "regulier", date(2026, 10, 1), 240, "Teammanager Burgerzaken"],
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
