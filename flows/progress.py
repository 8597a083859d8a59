"""What a run tells while it works: steps with their duration, through an interface that has a silent twin."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from models.message import Text


class Progress:
    """The silent twin: takes every message and shows none. `durations` keeps seconds per step either way."""

    def __init__(self) -> None:
        self.durations: list[tuple[Text, float]] = []
        self._opened: tuple[Text, float] | None = None

    @contextmanager
    def step(self, name: Text) -> Iterator[None]:
        """One step of the run, from begin to end."""
        self.open(name)
        try:
            yield
        finally:
            self.close()

    def open(self, name: Text) -> None:
        """A step begins that ends elsewhere, with `close`."""
        self._opened = (name, time.perf_counter())
        self.begin(name)

    def close(self) -> None:
        """The step that was opened ends; without one, nothing happens."""
        if self._opened is None:
            return
        name, start = self._opened
        self._opened = None
        seconds = time.perf_counter() - start
        self.durations.append((name, seconds))
        self.end(name, seconds)

    def begin(self, name: Text) -> None:
        """A step begins."""

    def end(self, name: Text, seconds: float) -> None:
        """A step ended after so many seconds."""

    def source(self, name: str, status: str, detail: Text) -> None:
        """A source ended with status ok, degraded or failed."""

    def remark(self, name: str, remark: Text) -> None:
        """What a source merged, left out, skipped or could not know."""

    def detail(self, name: str, doing: Text) -> None:
        """A source says what it is doing."""
