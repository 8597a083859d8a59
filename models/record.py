"""What travels from a source to the warehouse: payloads, the records read from them with the place of each, their problems,
and remarks about a collection. How a place is written, as text, as JSON and in SQL, is said here and nowhere else.

Fetching and reading are left to the connectors, storing to the warehouse, and what a moment is to `models/instant.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal

from models.message import Joined, Text, changed, joined, message

_WORDS_OF_SQL = {"row"}  # stand between quotes as the name of a field
MASK = "(afgeschermd)"  # stands where a value may not be shown


@dataclass(slots=True, frozen=True)
class Locator:
    """Where in the payload a record stands: file name, sheet, row (1-based, as the reader sees it) or address.

    `artifact`, the SHA-256 of the landed bytes, is filled in when the payload has landed.
    """

    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    address: str | None = None
    artifact: str | None = None

    FIELDS: ClassVar[dict[str, str]] = {
        "artifact": "VARCHAR",
        "file": "VARCHAR",
        "sheet": "VARCHAR",
        "row": "BIGINT",
        "address": "VARCHAR",
    }
    """The fields as the warehouse keeps them, in order, with their SQL types."""

    @classmethod
    def sql_type(cls) -> str:
        """The SQL type of a place."""
        columns = {f'"{name}"' if name in _WORDS_OF_SQL else name: sql_type for name, sql_type in cls.FIELDS.items()}
        return f"STRUCT({', '.join(f'{name} {sql_type}' for name, sql_type in columns.items())})"

    @classmethod
    def of(cls, content: Mapping[str, Any] | None) -> Locator:
        """The place that was written as JSON, or read from a struct of the warehouse; None is nowhere."""
        return cls(**content) if content else cls()

    def as_json(self) -> dict[str, Any]:
        """The place as JSON, and as a value for a struct of the warehouse."""
        return {
            "artifact": self.artifact,
            "file": self.file,
            "sheet": self.sheet,
            "row": self.row,
            "address": self.address,
        }

    @property
    def document(self) -> str:
        """The file, or the address of what is no file; empty when there is neither."""
        return self.file or self.address or ""

    @property
    def text(self) -> Joined:
        """The place for people, in either language: such as `Register.xlsx, blad Rechten, rij 12`."""
        parts: list[Text] = [self.document or "?"]
        if self.sheet:
            parts.append(message("place.sheet", sheet=self.sheet))
        if self.row is not None:
            parts.append(message("place.row", row=self.row))
        return joined(parts, separator=", ")

    def __str__(self) -> str:
        return str(self.text)


@dataclass(slots=True, frozen=True)
class Problem:
    """Why one value of a record cannot be taken: where it stands, what it is, what was expected."""

    where: Text  # the column as the source names it
    field: str  # the column of the evidence kind
    value: str
    wanted: Text

    @property
    def column(self) -> str:
        """Where it stands, in Dutch."""
        return str(self.where)

    @property
    def expected(self) -> str:
        """What was expected, in Dutch."""
        return str(self.wanted)

    def masked(self) -> Problem:
        """The problem without the refused value, wherever it is quoted: a name may have been put in the wrong column."""
        if not self.value:
            return self
        expectation = changed(self.wanted, lambda text: text.replace(self.value, MASK))
        return replace(self, value=MASK, wanted=expectation)


@dataclass(slots=True, frozen=True)
class UnknownWord:
    """A word of a source that no vocabulary knows, and that counts for nothing good: where it stands, and the Dutch label of
    the word that it looks most like (empty: of none)."""

    column: str  # the column as the source names it
    field: str  # the column of the evidence kind; of an attribute `attributes.<name>`
    word: str
    nearest: str = ""

    def masked(self) -> UnknownWord:
        """The same without the word: a name may have been put in the wrong column."""
        return replace(self, word=MASK, nearest="")


@dataclass(slots=True)
class Record:
    """One record of `kind`. `values` holds typed Python values by column name (own columns and the fillable envelope:
    title, url, owner, observed_at, valid_until), a moment as wall time of Amsterdam (`models/instant.py`); a column that
    is absent is unknown. A record with problems is not dropped: it travels on and ends in quarantine. `at_latest`: the
    source does not say since when it is so (the column that the kind `begins` with), only that it was so when it was
    looked at; it may be older. `unknown_words` are those that no vocabulary knows.
    """

    kind: str
    key: str | None
    values: dict[str, Any]
    locator: Locator
    problems: list[Problem] = field(default_factory=list)
    at_latest: bool = False
    unknown_words: list[UnknownWord] = field(default_factory=list)


DatedBy = Literal["answer", "content", "file"]


@dataclass(slots=True)
class Payload:
    """Bytes as the source gave them: either `content` or, for a file on disk, `path`.

    `moment` (UTC, naive) is what the bytes are about, never when they were read: a live system's answer, the end of a
    scan, a file's own metadata, else when the file was last written. `dated_by` says which of these: `answer`,
    `content` or `file`. Left out, they are those of a file on disk, or of an answer that was `fetched_at`; None stays
    where nothing plausible is known, and that proves nothing.
    """

    name: str  # file name, or a short name for a page of an API
    media_type: str
    content: bytes | None = None
    path: Path | None = None
    address: str | None = None  # URL without credentials
    fetched_at: datetime | None = None
    document: Any = field(default=None, repr=False)  # the content as decoded JSON, where fetching it took that already
    moment: datetime | None = None
    dated_by: DatedBy = "answer"

    def __post_init__(self) -> None:
        if self.moment is not None:
            return
        if self.path is not None:
            self.moment, self.dated_by = plausible(_written_at(self.path)), "file"
        elif self.dated_by == "answer":
            self.moment = self.fetched_at

    def about(self, moment: datetime | None) -> Payload:
        """This payload, about the `moment` (UTC, naive) that its own content tells, if that can be one."""
        moment_told = plausible(moment)
        if moment_told is None:
            return self
        return replace(self, moment=moment_told, dated_by="content")

    def data(self) -> bytes:
        """The whole content."""
        if self.content is not None:
            return self.content
        assert self.path is not None
        return self.path.read_bytes()


_FIRST_MOMENT = datetime(1990, 1, 1)
_UNEQUAL_CLOCKS = timedelta(days=1)  # another machine's clock may be ahead, or in another time zone


def plausible(moment: datetime | None) -> datetime | None:
    """`moment` (UTC, naive) if something can have happened then, from 1990 until now; else None."""
    latest = datetime.now(UTC).replace(tzinfo=None) + _UNEQUAL_CLOCKS
    return moment if moment is not None and _FIRST_MOMENT <= moment <= latest else None


def _written_at(path: Path) -> datetime | None:
    """When a file was last written (UTC, naive); None when it is not there."""
    try:
        seconds = path.stat().st_mtime
    except OSError:
        return None
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


@dataclass(slots=True, frozen=True)
class Delivery:
    """All that one collection of a source brought, taken as one. `moment` (UTC, naive) is what it is about, None when
    that is unknown; `fresh_until` the last day on which it counts; `complete` whether it is everything the source has,
    so that what is absent is gone."""

    moment: datetime | None = None
    fresh_until: date | None = None
    complete: bool = False

    def is_fresh(self, day: date) -> bool:
        """Whether it still counts on `day`; what is of no known moment never does."""
        return self.fresh_until is not None and day <= self.fresh_until


@dataclass(slots=True, frozen=True)
class Remark:
    """What was merged, left out, skipped or not known in a collection: `word` says which (a code, such as
    `suppressed`), `said` tells it, `where` the place, `count` how often."""

    word: str
    said: Text
    where: Text = ""
    count: int = 1

    @property
    def text(self) -> str:
        """What it tells, in Dutch."""
        return str(self.said)

    @property
    def place(self) -> str:
        """Where, in Dutch."""
        return str(self.where)

    @property
    def sentence(self) -> Text:
        """Where and what."""
        if self.where:
            return message("settings.problem", place=self.where, problem=self.said)
        return self.said

    def __str__(self) -> str:
        return str(self.sentence)
