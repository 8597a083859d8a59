"""A connector with a fault that was put there: what it reads is not what stands in its file."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.base import Connector, Settings, Window
from models.record import Locator, Payload, Record


class Mistaken(Connector):
    """Reads a line as a ticket, and one sort of line wrong."""

    name = "mistaken"
    Settings = Settings

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("ticket",)

    def fetch(self, window: Window) -> Iterator[Payload]:
        yield Payload("lijst.txt", "text/plain", content=b"")

    def read(self, payload: Payload) -> Iterator[Record]:
        for number, line in enumerate(payload.data().decode().splitlines(), start=1):
            title = line.replace("zeven", "acht")
            yield Record("ticket", title, {"title": title}, Locator(file=payload.name, row=number))
