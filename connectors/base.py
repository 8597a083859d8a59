"""What every connector is: it fetches payloads (bytes as the source gave them) and reads records from them.

Fetching may touch files and networks; reading may not. So what was read can be kept untouched, and read again later.
Storing, hashing, validating and versioning are left to `warehouse` and `expectations`.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar, NoReturn, Protocol

from pydantic import BaseModel, ConfigDict

from models.errors import ConfigurationError, EnsiaError
from models.kind import Column
from models.message import Text, message
from models.own_words import OwnWords
from models.record import Payload, Record, Remark

ENTRY_POINTS = "ensia.connectors"


class SourceError(EnsiaError):
    """A source could not be read. `transient` tells whether trying again makes sense."""

    transient = False


class TransientError(SourceError):
    """Out of reach, busy or broken off: trying again may help."""

    transient = True


class TerminalError(SourceError):
    """Refused, missing or not understood: a person must act first."""


@dataclass(slots=True, frozen=True)
class Window:
    """Which part of the source is asked for: all of it (`since` is None) or what changed since a moment (UTC, naive)."""

    since: datetime | None = None


def environment(name: str) -> str:
    """The environment variable `name`; ConfigurationError when it is not set."""
    value = os.environ.get(name, "")
    if not value:
        raise ConfigurationError(
            message("settings.no_variable", variable=name),
            advice=message("settings.no_variable_advice"),
        )
    return value


class Files(Protocol):
    """How a connector lays its hands on a file: once, before it looks inside."""

    def take(self, path: Path) -> Path:
        """The path of a copy that nobody else changes, with the file's time of change. Raises SourceError."""

    def discard(self, path: Path) -> None:
        """A copy that turns out not to count is not needed any more."""


class InPlace:
    """Files where they lie: for whoever only looks at a source and keeps nothing of it."""

    def take(self, path: Path) -> Path:
        return path

    def discard(self, path: Path) -> None:
        return None


class ReadsApart(Protocol):
    """Reads what others wrote in a process of its own, so that no parser can harm the run."""

    def takes(self, connector: Connector) -> bool:
        """Whether this connector can be used there."""

    def ask(self, connector: Connector, method: str, payload: Payload) -> Any:
        """What a method of the connector says of a payload. Raises SourceError."""

    def records(self, connector: Connector, payload: Payload) -> Iterator[Record]:
        """The records in a payload. Raises SourceError."""


@dataclass(slots=True)
class Context:
    """What a connector may know of its surroundings."""

    organisation_id: str
    source_id: str
    folder: Path  # relative file names in the configuration are relative to this
    today: date  # the as-of day of the run, in Europe/Amsterdam
    secret: Callable[[str], str] = environment  # name of a secret → its value
    report: Callable[[Text], None] = lambda message: None  # progress, one short line; kept nowhere
    remark: Callable[[Remark], None] = lambda remark: None  # what is stored with the run and shown to the user
    files: Files = field(default_factory=InPlace)
    personal_data: bool = False  # then no message quotes anything that the source holds
    own_words: OwnWords = field(default_factory=OwnWords)  # what the organisation says that its words mean
    apart: ReadsApart | None = None  # without it payloads are read here


class Settings(BaseModel):
    """Base of a connector's own settings in `ensia.yaml`; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Connector(ABC):
    """One way of reading a system. Subclasses name themselves, declare `Settings`, and implement `fetch` and `read`."""

    name: ClassVar[str]
    summary_nl: ClassVar[str] = ""
    incremental: ClassVar[bool] = False  # can ask for what changed since a moment
    by_hand: ClassVar[bool] = False  # what it reads is kept by people, and not written by the system that it is about
    Settings: ClassVar[type[Settings]]

    def __init__(self, settings: BaseModel, context: Context) -> None:
        self.settings: Any = settings
        self.context = context
        self.account = ""  # as which the system knows us, once it has said so; for who asks, and kept nowhere

    @abstractmethod
    def fetch(self, window: Window) -> Iterator[Payload]:
        """Yield the payloads of one collection, in order. Raises SourceError."""

    @abstractmethod
    def read(self, payload: Payload) -> Iterator[Record]:
        """Yield the records in a payload, without touching anything outside it. Raises SourceError when the payload
        as a whole cannot be understood; a record that cannot is yielded with problems."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The evidence kinds this source can yield, from its settings."""
        return ()

    def said_words(self) -> Iterator[tuple[Column, object]]:
        """The words of ours that the settings of this source use, each with the column of the kind that it is for: what
        `ensia check` looks up before anything is read."""
        return iter(())

    def lacking(self) -> Iterator[Text]:
        """What the settings leave out that the source cannot be read without, a sentence each: what `ensia check` says
        before anything is asked."""
        return iter(())

    def complete(self, window: Window) -> bool:
        """Whether a collection over `window` returns everything the source has, so that absence means gone."""
        return window.since is None

    def delivered_at(self, moments: Sequence[datetime | None]) -> datetime | None:
        """The moment that a whole delivery is about, from those of its payloads: the oldest, since what is absent from
        the whole is absent for as long as every part says so. None when a part has no moment, or there is no part."""
        known_moments = [moment for moment in moments if moment is not None]
        if known_moments and len(known_moments) == len(moments):
            return min(known_moments)
        return None

    def remark(self, word: str, text: Text, *, place: Text = "", count: int = 1) -> None:
        """Say what was merged, left out or skipped (see Remark); a count of 0 says nothing."""
        if count:
            self.context.remark(Remark(word, text, place, count))

    def file_payload(self, name: str, media_type: str, path: Path) -> Payload:
        """The file at `path` as a payload, taken once: whatever looks inside it from now on sees the same bytes."""
        fetched_at = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        return Payload(name, media_type, path=self.context.files.take(path), fetched_at=fetched_at)

    def discard(self, payload: Payload) -> None:
        """A payload of a file is not yielded after all."""
        if payload.path is not None:
            self.context.files.discard(payload.path)

    def refuse(self, reason: Text, *, place: Text = "", advice: Text = "") -> NoReturn:
        """Raise a TerminalError for this source."""
        raise TerminalError(reason, place=place or self.context.source_id, advice=advice)


def connectors() -> dict[str, Callable[[], type[Connector]]]:
    """Every installed connector by name, as a loader: importing one is left until it is needed."""
    return {entry.name: entry.load for entry in metadata.entry_points(group=ENTRY_POINTS)}


def connector(name: str) -> type[Connector]:
    """The connector class called `name`; ConfigurationError names the ones that are installed."""
    classes = connectors()
    if name not in classes:
        raise ConfigurationError(
            message("settings.no_connector", name=name),
            place="connector",
            advice=message("settings.no_connector_advice", known=", ".join(sorted(classes))),
        )
    return classes[name]()
