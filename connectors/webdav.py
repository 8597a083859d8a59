"""Spreadsheets that lie on a server instead of in a folder: fetched over WebDAV, or from a SharePoint library through
Microsoft Graph. What stands in them is read by the spreadsheet connector, whose settings stand under `spreadsheet`.

Sources: RFC 4918 §9.1 (PROPFIND, depth 1) and §14 (multistatus); Microsoft Graph v1.0, driveItem (children,
@microsoft.graph.downloadUrl; permission Sites.Selected or Files.Read.All).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, NoReturn
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from pydantic import BaseModel, Field, model_validator

from connectors.base import Connector, Context, Settings, Window
from connectors.microsoft_graph import GraphSettings, all_items, graph
from connectors.spreadsheet import SpreadsheetConnector
from connectors.tools.answers import Answer
from connectors.tools.api import Service
from connectors.tools.connection import HttpSettings, checked_address
from connectors.tools.credentials import Authorization, lacking_secrets, needed
from connectors.tools.findings import dig, from_iso, in_utc
from connectors.tools.folders import in_any_case
from connectors.tools.http import Budget
from connectors.tools.reading import asked
from connectors.tools.saved import saved_at
from connectors.tools.tables import TEXTS, WORKBOOKS, media_type
from connectors.tools.xml import children, elements, text
from models.errors import TextError
from models.message import Text, message
from models.record import Payload, Record, plausible
from models.secret_name import SecretName

_SIGN_IN = Authorization(kind="basic")


def _spreadsheet(files: str, settings: dict[str, Any]) -> Settings:
    if "file" in settings:
        raise TextError(message("webdav.no_file"))
    return SpreadsheetConnector.Settings.model_validate({"file": files, **settings})


class WebdavSettings(HttpSettings):
    """`address`: of the folder. `user`, `token`: name the environment variables with account and (app) password.
    `files`: pattern of the file names in that folder. `spreadsheet`: settings of the spreadsheet connector, without
    `file`."""

    user: SecretName = "WEBDAV_USER"
    token: SecretName = "WEBDAV_PASSWORD"  # noqa: S105 - the name of an environment variable
    files: str = Field(min_length=1)
    spreadsheet: dict[str, Any]

    @model_validator(mode="after")
    def _readable(self) -> WebdavSettings:
        _spreadsheet(self.files, self.spreadsheet)
        return self


class SharepointSettings(GraphSettings):
    """`site`: host and path, as in gemeente.sharepoint.com:/sites/informatiebeveiliging. `folder`: inside its document
    library. `files` and `spreadsheet`: as for WebDAV."""

    site: str = Field(pattern=r"^[A-Za-z0-9.-]+:/.+$")
    folder: str = ""
    files: str = Field(min_length=1)
    spreadsheet: dict[str, Any]

    @model_validator(mode="after")
    def _readable(self) -> SharepointSettings:
        _spreadsheet(self.files, self.spreadsheet)
        return self


class _RemoteSpreadsheets(Connector):
    """Lets the spreadsheet connector read what was fetched."""

    by_hand = True

    def __init__(self, settings: BaseModel, context: Context) -> None:
        super().__init__(settings, context)
        self._reader = SpreadsheetConnector(_spreadsheet(self.settings.files, self.settings.spreadsheet), context)

    @property
    def kinds(self) -> tuple[str, ...]:
        return self._reader.kinds

    @abstractmethod
    def fetch(self, window: Window) -> Iterator[Payload]: ...

    def read(self, payload: Payload) -> Iterator[Record]:
        return self._reader.read(payload)

    def _wanted(self, name: str) -> bool:
        readable = PurePosixPath(name).suffix.lower() in {**WORKBOOKS, **TEXTS}
        return readable and not name.startswith((".", "~$")) and fnmatchcase(name, in_any_case(self.settings.files))

    def _none(self, place: str, names: list[str]) -> NoReturn:
        self.refuse(
            message("webdav.none_fits", pattern=self.settings.files),
            place=place,
            advice=message("webdav.there_are", known=", ".join(sorted(names)[:20]) or message("webdav.no_files")),
        )

    def saved(self, payload: Payload) -> datetime | None:
        """When a downloaded file says that it was last saved."""
        return saved_at(payload.name, BytesIO(payload.data()))

    def _payload(self, name: str, answer: Answer, address: str, changed: datetime | None) -> Payload:
        """A file, about the moment that it was last saved or, as its server says, `changed` (UTC, naive): not about that
        of the download."""
        payload = Payload(
            name,
            media_type(name),
            content=answer.content,
            address=address,
            fetched_at=answer.fetched_at,
            moment=plausible(changed),
            dated_by="file",
        )
        return payload.about(asked(self, "saved", payload))


class WebdavConnector(_RemoteSpreadsheets):
    """Yields whatever kinds its spreadsheet settings name."""

    name = "webdav"
    summary_nl = "Rekenbladen op een WebDAV-server (Nextcloud, ownCloud)"
    Settings = WebdavSettings

    def lacking(self) -> Iterator[Text]:
        yield from lacking_secrets(needed(_SIGN_IN), self.settings)

    def fetch(self, window: Window) -> Iterator[Payload]:
        with Service(self.settings, self.context, _SIGN_IN) as service:
            listing = service.ask("PROPFIND", "", {"Depth": "1", "Accept": "application/xml"})
            targets = {
                PurePosixPath(unquote(urlsplit(href).path)).name: (href, when) for href, when in self._files(listing)
            }
            files = {name: target for name, target in targets.items() if self._wanted(name)}
            if not files:
                self._none(listing.address, list(targets))
            for name, (href, when) in sorted(files.items()):
                answer = service.get(service.follow(href, listing.url), headers={"Accept": "*/*"})
                changed = _http_date(when or answer.headers.get("Last-Modified"))
                yield self._payload(name, answer, answer.address, changed)

    def _files(self, listing: Answer) -> Iterator[tuple[str, str | None]]:
        """The files in a multistatus, with when they were last changed (RFC 4918 §15.7); collections, and what the account
        may not see, are left out."""
        body = Payload("PROPFIND", "application/xml", content=listing.content, address=listing.address)
        for response, _ in elements(body, frozenset({"response"}), frozenset({"multistatus"})):
            folder = children(response, "propstat/prop/resourcetype/collection")
            href = text(response, "href")
            if href and not folder and " 4" not in (text(response, "status") or ""):
                yield href, text(response, "propstat/prop/getlastmodified")


def _http_date(written: str | None) -> datetime | None:
    """A date as HTTP writes it (RFC 9110 §5.6.7), UTC and naive; None when there is none."""
    try:
        moment = parsedate_to_datetime(written or "")
    except ValueError:
        return None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


class SharepointConnector(_RemoteSpreadsheets):
    """Yields whatever kinds its spreadsheet settings name."""

    name = "sharepoint"
    summary_nl = "Rekenbladen in een SharePoint-bibliotheek, via Microsoft Graph"
    Settings = SharepointSettings

    def fetch(self, window: Window) -> Iterator[Payload]:
        with graph(self) as service:
            site = dig(service.json(f"sites/{quote(self.settings.site, safe=':/')}").document, "id")
            folder = self.settings.folder.strip("/")
            root = f"root:/{quote(folder)}:" if folder else "root"
            path = f"sites/{site}/drive/{root}/children"
            items = [item for page in all_items(service, path) for item in page.items]
            files = {
                str(item["name"]): item for item in items if "file" in item and self._wanted(str(item.get("name")))
            }
            if not files:
                self._none(f"{self.settings.site}/{folder}", [str(item.get("name")) for item in items])
            for name, item in sorted(files.items()):
                yield self._download(name, item, service.budget)

    def _download(self, name: str, item: dict[str, Any], budget: Budget) -> Payload:
        """The content of a file, from the short-lived address that Graph gives. That address is a credential in
        itself: it is asked without the token, only at the site's own host, and never shown."""
        target = urlsplit(str(item.get("@microsoft.graph.downloadUrl") or ""))
        place = f"{self.settings.site}/{self.settings.folder}/{name}"
        if target.hostname != self.settings.site.partition(":")[0].lower():
            self.refuse(
                message("webdav.outside"),
                place=place,
                advice=message("webdav.check_site"),
            )
        home = self.settings.model_copy(update={"address": checked_address(f"{target.scheme}://{target.netloc}")})
        with Service(home, self.context, budget=budget) as service:
            service.hide(*(value for _, value in parse_qsl(target.query)))
            answer = service.get(target.geturl(), headers={"Accept": "*/*"})
        changed = in_utc(from_iso(item.get("lastModifiedDateTime")))
        return self._payload(name, answer, str(item.get("webUrl") or place), changed)
