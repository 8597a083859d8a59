"""What the connectors for audit, scanning and training systems need of HTTP beside `http.Client`: a form as question,
XML as answer, lists that are proven whole, and payloads that hold only the fields that may be kept. Everything about
retries, time and secrets is `http`'s.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.base import TerminalError
from connectors.tools.answers import Answer
from connectors.tools.credentials import SHORTEST
from connectors.tools.http import Client, _Request
from connectors.tools.paging import MOST_WALKS, Tally, endless
from models.message import message
from models.record import Payload


class Service(Client):
    """A Client that can also send forms and ask for what is not JSON."""

    def form(self, path: str, fields: Mapping[str, str], secret_field: str = "") -> Answer:
        """The JSON answer to a form sent to `path`; the token of the settings goes in `secret_field`, if one is named.

        The question must be safe to repeat.
        """
        sent = {**fields}
        if secret_field:
            sent[secret_field] = self._keyring.get(self.settings.token).reveal()
        return self._attempts(_Request("POST", self._full(path), form=sent), self._decoded)

    def ask(self, method: str, path: str, headers: Mapping[str, str]) -> Answer:
        """The answer to `method` (one that changes nothing, such as PROPFIND) as bytes."""
        return self._attempts(_Request(method, self._full(path), headers=headers), self._whole)

    def hide(self, *values: str) -> None:
        """From now on these values never stand in an error or a log."""
        for value in values:
            if len(value) >= SHORTEST:
                self._keyring.learn(value, "download")


def json_payload(name: str, document: Any, answer: Answer) -> Payload:
    """A payload with the kept part of `answer`; its address and time are those of the answer."""
    content = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return Payload(name, "application/json", content=content, address=answer.address, fetched_at=answer.fetched_at)


def require_account(answer: Answer, who: object, nobody: Collection[str] = ()) -> None:
    """Raise TerminalError when an answer to "who am I?" names no account, or one of `nobody`: some systems take a key that
    they do not know for a visitor, and give what anybody may see."""
    if who is None or str(who).casefold() in {"", *nobody}:
        raise TerminalError(
            message("http.visitor"),
            place=answer.address,
            advice=message("http.new_key"),
        )


@dataclass(slots=True, frozen=True)
class Part:
    """One page of a list: the answer it came in, its items, and how many the source says there are (None: unknown)."""

    answer: Answer
    items: list[dict[str, Any]]
    total: int | None = None


def whole(walk: Callable[[], Iterator[Part]], key: Callable[[dict[str, Any]], object]) -> Iterator[Part]:
    """The pages of a list, each item in it once, walked again when fewer came than the source says there are.

    Raises TerminalError when a walk gives the same items again and again, TransientError when it stays incomplete.
    """
    tally, place = Tally(), ""
    for _ in range(MOST_WALKS):
        tally.begin()
        walked: set[str] = set()
        for part in walk():
            place = part.answer.address
            keys = [str(key(item)) for item in part.items]
            if keys and walked.issuperset(keys):
                raise endless(place)
            walked.update(keys)
            fresh = {name: item for name, item in zip(keys, part.items, strict=True) if name not in tally.keys}
            tally.add(keys, part.total)
            yield Part(part.answer, list(fresh.values()), part.total)
        if not tally.shaken:
            break
    tally.check(place)


def by_offset(ask: Callable[[int], Part]) -> Callable[[], Iterator[Part]]:
    """A walk over a list that is asked by the number of items before it; `ask` must give the total."""

    def walk() -> Iterator[Part]:
        before = 0
        while True:
            part = ask(before)
            if part.total is None:
                raise TerminalError(
                    message("http.no_total"),
                    place=part.answer.address,
                    advice=message("rest.another_version"),
                )
            yield part
            before += len(part.items)
            if not part.items or before >= part.total:
                return

    return walk
