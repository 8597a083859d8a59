"""What the connectors for audit, scanning and training systems need of HTTP beside `http.Client`: a form as question,
XML as answer, and payloads that hold only the fields that may be kept. Everything about retries, time and secrets is
`http`'s.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from connectors.answers import Answer
from connectors.base import Payload
from connectors.credentials import SHORTEST
from connectors.http import Client, _Request


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
