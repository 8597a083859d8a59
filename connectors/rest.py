"""Reads any system with a REST interface from a description of it: the known ticketing systems from `systems/*.yaml`,
another one from `ensia.yaml` (`connector: rest`).

Fetching walks the pages, proves that they are whole and that the server obeyed the filter for changes; reading maps the
landed pages to records without touching the network. Retries and secrets are left to `http`, the shape of descriptions
to `descriptions`, values to `mapping`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field, ValidationError, field_validator

from connectors.base import Connector, Context, Window
from connectors.tools.answers import decode_json, without_entities
from connectors.tools.api import require_account
from connectors.tools.collection import Collection, Options, record_key
from connectors.tools.credentials import lacking_secrets, needed
from connectors.tools.descriptions import Resource, System, system
from connectors.tools.http import Client, HttpSettings
from connectors.tools.json_text import json_problem
from connectors.tools.mapping import Override, RecordMapping, Rule
from connectors.tools.paths import MISSING, find
from connectors.tools.values import shown
from models.errors import ConfigurationError, TextError
from models.kind import kinds
from models.message import Text, message
from models.record import Locator, Payload, Record
from models.setting_errors import explained

# The descriptions that have no connector of their own.
BY_NAME = frozenset({"defectdojo", "jira_data_center"})


class RestSettings(HttpSettings):
    """What an organisation says about a known system.

    `resources`: which of its lists are read. `filter`: a condition in the system's own query language; `params`: further
    parameters. `mapping`: column (or resource.column) → another path or rule. `custom`: column → name of a field of the
    organisation's own. `sign_in`: one of the ways the description names. `incremental: false` reads everything nightly.
    """

    resources: tuple[str, ...] = ()
    filter: str = ""
    params: dict[str, str] = Field(default_factory=dict)
    page_size: int | None = Field(default=None, ge=1)
    mapping: dict[str, Override] = Field(default_factory=dict)
    custom: dict[str, str] = Field(default_factory=dict)
    sign_in: str = ""
    timezone: str | None = None
    incremental: bool | None = None
    overlap_minutes: int | None = Field(default=None, ge=0)


class InlineSettings(RestSettings):
    """The same for a system that only `ensia.yaml` knows: `system` is its description, as in `systems/*.yaml`, or the name of one
    that lies there."""

    system: System

    @field_validator("system", mode="before")
    @classmethod
    def _described(cls, value: Any) -> Any:
        name = str(value)
        return system(name) if name in BY_NAME else value


class RestConnector(Connector):
    """The engine. A subclass for a known system only says which description it follows."""

    name: ClassVar[str] = "rest"
    summary_nl: ClassVar[str] = "Elk systeem met een REST-interface, beschreven in ensia.yaml"
    description: ClassVar[str] = ""
    Settings: ClassVar[Any] = InlineSettings

    def __init__(self, settings: Any, context: Context) -> None:
        super().__init__(settings, context)
        self._system: System = system(self.description) if self.description else settings.system
        try:
            names = settings.resources or self._system.default or tuple(r.name for r in self._system.resources)
            self._resources = [self._system.resource(name) for name in names]
            self._mappings = {resource.name: self._mapping(resource) for resource in self._resources}
            self._sign_in = self._system.sign_in[settings.sign_in or next(iter(self._system.sign_in))]
        except KeyError as error:
            ways = ", ".join(self._system.sign_in)
            raise self._wrong(message("rest.no_sign_in", name=str(error), ways=ways)) from None
        except ValidationError as error:
            raise self._wrong(explained(error)) from error
        except TextError as error:
            raise self._wrong(error.text) from error
        self._unfiltered: set[str] = set()  # resources whose server ignored the filter: they came whole
        self._origin: dict[str, dict[str, str]] = {}  # by resource: record → the payload it first came in

    @property
    def incremental(self) -> bool:  # type: ignore[override]
        """Whether every resource that is read can be asked for changes, and the organisation wants that."""
        if self.settings.incremental is False:
            return False
        filters = [resource.incremental for resource in self._resources]
        return all(
            change_filter is not None and (self.settings.incremental or not change_filter.on_request)
            for change_filter in filters
        )

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(resource.kind for resource in self._resources))

    def complete(self, window: Window) -> bool:
        """Everything came when everything was asked for, or when each server gave everything all the same."""
        return window.since is None or len(self._unfiltered) == len(self._resources)

    def lacking(self) -> Iterator[Text]:
        yield from lacking_secrets(needed(self._sign_in), self.settings)

    def fetch(self, window: Window) -> Iterator[Payload]:
        self._unfiltered.clear()
        self._origin.clear()
        with self._client() as client:
            self._prove_signed_in(client)
            for resource in self._resources:
                options = self._options(resource)
                collection = Collection(client, resource, options, self.records_in, self.context.remark)
                yield from collection.payloads(window)
                if collection.ignored:
                    self._unfiltered.add(resource.name)
        self._origin.clear()  # every page has been read

    def _prove_signed_in(self, client: Client) -> None:
        """Ask what only an account that is signed in gets answered. Raises TerminalError when we are a visitor."""
        question = self._system.signed_in
        if question is None:
            if self._sign_in.kind != "none":
                text = message("rest.unproven")
                self.remark("sign_in_unproven", text)
            return
        answer = client.json(question.path, params=question.params)
        who = find(answer.document, question.who)
        require_account(answer, None if who is MISSING else who, question.nobody)
        account = find(answer.document, question.account) if question.account else MISSING
        self.account = "" if account is MISSING else shown(account)

    def read(self, payload: Payload) -> Iterator[Record]:
        """The records of one page. One that an earlier page of this collection gave is not given again."""
        resource = self._system.resource(payload.name.rpartition("-")[0])
        mapping, origin = self._mappings[resource.name], self._origin.setdefault(resource.name, {})
        # Which question gave the page stands with the landed page itself; here it would be kept once for each record.
        place = f"{(payload.address or payload.name).partition('?')[0]}#{resource.records}"
        for number, item in enumerate(self.records_in(resource, self._document(payload), payload.name)):
            if self._system.entities:
                item = without_entities(item)
            key = record_key(resource, item)
            if key is not None and origin.setdefault(key, payload.name) != payload.name:
                continue
            yield mapping.record(key, item, Locator(address=f"{place}[{number}]"))

    def _document(self, payload: Payload) -> Any:
        if payload.document is not None:
            return payload.document
        content = payload.data()
        try:
            return decode_json(content, payload.media_type) if content else None
        except ValueError as error:
            self.refuse(
                message("rest.no_json", problem=json_problem(error)),
                place=payload.name,
                advice=message("rest.read_again"),
            )

    def records_in(self, resource: Resource, document: Any, place: str) -> list[Any]:
        """The list of records in an answer; an answer without content has none. Raises TerminalError for another shape."""
        if document is None:
            return []
        items = find(document, resource.records)
        total = find(document, resource.paging.total) if resource.paging.total else MISSING
        if (items is MISSING or items is None) and total is not MISSING:
            return []  # the right kind of answer, with nothing in it; whether that may be is for the total to say
        if isinstance(items, dict) and items and all(isinstance(item, dict) for item in items.values()):
            return list(items.values())
        if not isinstance(items, list):
            self.refuse(
                message("rest.no_list", records=resource.records),
                place=place,
                advice=message("rest.another_version"),
            )
        return items

    def _options(self, resource: Resource) -> Options:
        settings = self.settings
        return Options(
            timezone=settings.timezone or self._system.timezone,
            filter=settings.filter,
            params=settings.params,
            page_size=settings.page_size,
            custom=tuple(settings.custom.values()),
            overlap_minutes=settings.overlap_minutes,
        )

    def _client(self) -> Client:
        address = self.settings.address.removesuffix(self._system.base)
        settings = self.settings.model_copy(update={"address": address + self._system.base})
        return Client(settings, self.context, self._sign_in, self._system.headers)

    def _mapping(self, resource: Resource) -> RecordMapping:
        """The rules of a resource with the organisation's own laid over them. Raises ValueError, CatalogueError."""
        kind = kinds()[resource.kind]
        rules: dict[str, Rule] = dict(resource.fields)
        for name, override in self.settings.mapping.items():
            owner, _, column = name.rpartition(".")
            if owner in {"", resource.name}:
                rules[column] = override.over(rules.get(column))
        for column, custom_name in self.settings.custom.items():
            rules[column] = Override.model_validate(resource.custom.replace("{name}", custom_name)).over(None)
        for column in rules:
            kind.column(column)
        base = self.settings.address.removesuffix(self._system.base)
        timezone = self.settings.timezone or self._system.timezone
        return RecordMapping(kind, rules, timezone, base, self.context.own_words)

    def _wrong(self, reason: Text) -> ConfigurationError:
        place = message("settings.source_place", source=self.context.source_id, connector=self.name)
        return ConfigurationError(reason, place=place)


class TopdeskConnector(RestConnector):
    """TOPdesk: incidents and changes of operators."""

    name = "topdesk"
    summary_nl = "TOPdesk: meldingen en wijzigingen"
    description = "topdesk"
    Settings = RestSettings


class JiraConnector(RestConnector):
    """Jira Cloud, Jira Service Management included."""

    name = "jira"
    summary_nl = "Jira: issues en meldingen"
    description = "jira"
    Settings = RestSettings


class ServicenowConnector(RestConnector):
    """ServiceNow: incidents, changes and problems."""

    name = "servicenow"
    summary_nl = "ServiceNow: incidenten, wijzigingen en problemen"
    description = "servicenow"
    Settings = RestSettings


class ZammadConnector(RestConnector):
    """Zammad: tickets."""

    name = "zammad"
    summary_nl = "Zammad: tickets"
    description = "zammad"
    Settings = RestSettings


class RedmineConnector(RestConnector):
    """Redmine: issues."""

    name = "redmine"
    summary_nl = "Redmine: issues"
    description = "redmine"
    Settings = RestSettings


class RequestTrackerConnector(RestConnector):
    """Request Tracker 5: tickets."""

    name = "request_tracker"
    summary_nl = "Request Tracker: tickets"
    description = "request_tracker"
    Settings = RestSettings


class RoundupConnector(RestConnector):
    """Roundup: issues."""

    name = "roundup"
    summary_nl = "Roundup: issues"
    description = "roundup"
    Settings = RestSettings


class GlpiConnector(RestConnector):
    """GLPI: tickets, changes and problems."""

    name = "glpi"
    summary_nl = "GLPI: tickets, wijzigingen en problemen"
    description = "glpi"
    Settings = RestSettings
