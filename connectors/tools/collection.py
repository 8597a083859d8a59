"""One collection of one resource of a REST system: as many walks over its pages as it takes to be sure that nothing was
missed, and that a filter for changes was obeyed.

What a page holds is known by the description; sending is `http`'s, the order of pages `paging`'s, meaning `mapping`'s.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import Window
from connectors.tools.answers import Answer
from connectors.tools.descriptions import Resource, Since
from connectors.tools.http import Client
from connectors.tools.mapping import moment_in
from connectors.tools.paging import MOST_WALKS, Ask, Page, Paging, Tally, endless, pager, total_of, walk
from connectors.tools.paths import MISSING, find
from connectors.tools.values import Broken
from models.message import message
from models.record import Payload, Remark

MOST_STALE = 3  # pages in a row without a new record
IGNORED_SHARE = 0.2  # of records older than was asked for: then the filter was ignored
SLACK = timedelta(minutes=2)  # what rounding to minutes and unequal clocks may cost


@dataclass(slots=True, frozen=True)
class Options:
    """What the organisation adds to the questions: a condition, parameters, a page size, fields of its own."""

    timezone: str
    filter: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    page_size: int | None = None
    custom: tuple[str, ...] = ()
    overlap_minutes: int | None = None


def record_key(resource: Resource, item: Any) -> str | None:
    """The natural key of a record, or None when part of it is not there."""
    parts = []
    for path in resource.key:
        part = find(item, path)
        if part is MISSING or part is None or part == "" or isinstance(part, (dict, list, Broken)):
            return None
        parts.append(str(part))
    return resource.prefix + "|".join(parts)


class Collection:
    """Yields the pages of `resource` as payloads. `ignored` tells afterwards that the server ignored the filter, so
    that the collection is a whole one all the same."""

    def __init__(
        self,
        client: Client,
        resource: Resource,
        options: Options,
        records_in: Callable[[Resource, Any, str], list[Any]],
        remark: Callable[[Remark], None],
    ) -> None:
        self.ignored = False
        self._client, self._resource, self._options = client, resource, options
        self._records_in, self._remark = records_in, remark
        self._place = client.place(client.url(resource.path))
        self._previous = client.url(resource.path)
        self._number = 0

    def payloads(self, window: Window) -> Iterator[Payload]:
        """The pages, in order; after a filter that was ignored, or a total that fell, once more from the start.

        Raises TransientError when it stays uncertain whether everything came, and SourceError for what `http` meets.
        """
        since = self._resource.incremental
        begin = self._begin(since, window) if since is not None and window.since is not None else None
        tally = Tally()
        for _ in range(MOST_WALKS):
            tally.begin()
            yield from self._walk(begin, tally)
            if begin is not None and self.ignored:
                text = message("http.filter_ignored")
                self._remark(Remark("filter_ignored", text, self._resource.name))
                begin = None
            elif not tally.shaken:
                break
        tally.check(self._place)

    def _walk(self, begin: datetime | None, tally: Tally) -> Iterator[Payload]:
        """One walk over all pages, or until the records show that the filter from `begin` is ignored."""
        older = record_count = stale = 0
        earlier_keys: set[str] = set()
        for page in walk(pager(self._paging(begin)), lambda ask: self._page(ask, begin), self._place):
            keys = [record_key(self._resource, item) or _fingerprint(item) for item in page.records]
            stale = stale + 1 if page.records and earlier_keys.issuperset(keys) else 0
            if stale >= MOST_STALE:
                raise endless(self._place)
            earlier_keys.update(keys)
            tally.add(keys, page.total)
            if begin is not None:
                record_count += len(page.records)
                older += sum(self._is_older(item, begin - SLACK) for item in page.records)
                if older > IGNORED_SHARE * record_count:
                    self.ignored = True
                    return
            if page.answer.status < 400:
                yield self._payload(page)

    def _begin(self, since: Since, window: Window) -> datetime:
        """The moment (UTC, naive) to ask from: the window's with the overlap before it."""
        assert window.since is not None
        overlap = self._options.overlap_minutes
        return window.since - timedelta(minutes=since.overlap_minutes if overlap is None else overlap)

    def _is_older(self, item: Any, moment: datetime) -> bool:
        since = self._resource.incremental
        assert since is not None
        changed = moment_in(item, since.field, since.field_format, self._options.timezone)
        return changed is not None and changed < moment

    def _paging(self, begin: datetime | None) -> Paging:
        since = self._resource.incremental
        paging = self._resource.paging
        if begin is not None and since is not None and since.paging:
            paging = since.paging
        if self._options.page_size:
            return paging.model_copy(update={"size": self._options.page_size})
        return paging

    def _page(self, ask: Ask, begin: datetime | None) -> Page:
        """Ask one page. A link is followed as it is; anything else is the resource's question with the page's part."""
        resource = self._resource
        if ask.link is not None:
            answer = self._client.json(self._client.follow(ask.link, self._previous))
        else:
            since = resource.incremental
            path = resource.path
            if begin is not None and since is not None and since.path:
                path = since.path
            answer = self._answer(path, self._params(begin) | ask.params, first=ask.first)
        self._previous = answer.url
        records = self._records_in(resource, answer.document, self._client.place(answer.url))
        return Page(answer, records, total_of(answer, resource.paging))

    def _answer(self, path: str, params: dict[str, str], *, first: bool) -> Answer:
        """The answer to one question; one that is past the end of the list is an answer without content."""
        past_end = self._resource.paging.past_end
        if self._resource.method == "POST":
            return self._client.json(path, method="POST", body=params)
        if first or not past_end:
            return self._client.json(path, params=params)
        answer = self._client.json(path, params=params, none_on=frozenset({400}))
        refused = answer.status == 400 and past_end.encode() not in answer.content
        return self._client.json(path, params=params) if refused else answer  # asked again, it is an error

    def _params(self, begin: datetime | None) -> dict[str, str]:
        resource = self._resource
        since = resource.incremental if begin is not None else None
        filled = self._filled(since, begin) if since is not None and begin is not None else {}
        params = {**resource.params, **_selection(resource, self._options.custom), **self._options.params}
        condition = filled.pop("", "")
        if resource.query is not None:
            query = resource.query
            own_filter = self._options.filter
            if self._options.filter and query.brackets:
                own_filter = f"({self._options.filter})"
            text = query.join.join(filter(None, (query.always, own_filter, condition))) + query.ending
            if text:
                params[query.param] = text
        return params | filled

    def _filled(self, since: Since, begin: datetime) -> dict[str, str]:
        """The parameters of the filter; its condition, if it has one, under the empty name."""
        zone = ZoneInfo(since.timezone or self._options.timezone)
        moment = begin.replace(tzinfo=UTC).astimezone(zone).strftime(since.format)
        minutes = ceil((datetime.now(UTC).replace(tzinfo=None) - begin) / timedelta(minutes=1))
        templates = {"": since.condition, **since.params} if since.condition else since.params
        return {
            name: text.replace("{since}", moment).replace("{minutes}", str(minutes)) for name, text in templates.items()
        }

    def _payload(self, page: Page) -> Payload:
        self._number += 1
        return Payload(
            name=f"{self._resource.name}-{self._number:05d}",
            media_type=page.answer.media_type,
            content=page.answer.content,
            address=page.answer.address,
            fetched_at=page.answer.fetched_at,
            document=page.answer.document,
        )


def _in_template(template: str, name: str) -> str:
    """What a field of the organisation's own is asked for by: its name, or the first part of that."""
    top, _, _ = name.partition(".")
    return template.replace("{name}", name).replace("{top}", top)


def _selection(resource: Resource, custom: tuple[str, ...]) -> dict[str, str]:
    select = resource.select
    if select is None:
        return {}
    template = resource.custom_select
    custom_names = [_in_template(template, name) for name in custom] if template else []
    names = tuple(dict.fromkeys((*select.names, *custom_names)))
    if select.indexed:
        return {f"{select.param}[{number}]": name for number, name in enumerate(names)}
    return {select.param: ",".join(names)}


def _fingerprint(item: Any) -> str:
    return hashlib.sha256(json.dumps(item, sort_keys=True).encode()).hexdigest()
