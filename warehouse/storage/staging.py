"""Takes the records of one source's collection into a small database of its own, typed, hashed and pseudonymised. Here
the wall times of the records become moments.

There they are validated (`expectations`) before `warehouse/storage/store.py` makes them evidence. One staging file per source
and run; it is thrown away afterwards, so a broken source leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from models.instant import first_moment, instant, written
from models.kind import SQL_TYPE, Kind, kinds, vocabularies
from models.language import Language
from models.message import in_language
from models.record import Locator, Problem, Record
from models.unknown_words import UnknownWords, for_people, values_for_people
from warehouse.storage.database import ONE_CORE, SPARING_MEMORY

# Why a record is kept out, or a value of it unknown: the tables `rejected` and `unknown_value` of a staging file.
REASON_COLUMNS = (
    "kind VARCHAR, record_no BIGINT, expectation VARCHAR, column_name VARCHAR, value VARCHAR, expected VARCHAR, "
    "column_name_en VARCHAR, expected_en VARCHAR"
)
CHUNK = 2_000  # records held in memory at once: ten times as many is no faster
_ARROW: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "boolean": pa.bool_(),
    "list": pa.list_(pa.string()),
    "map": pa.map_(pa.string(), pa.string()),
}
_ARROW_OF_SQL = {"VARCHAR": pa.string(), "BIGINT": pa.int64()}
_LOCATOR = pa.struct([(name, _ARROW_OF_SQL[sql_type]) for name, sql_type in Locator.FIELDS.items()])
_CONTENT = json.JSONEncoder(sort_keys=True, default=str, ensure_ascii=False)


class Pseudonymiser:
    """Keyed hash of personal values: the same person gives the same pseudonym, the key stays outside the warehouse. With an
    `organisation` the same person has another pseudonym in every other one."""

    def __init__(self, key: str, organisation: str | None = None) -> None:
        self._key = key.encode()
        if organisation is not None:
            self._key = hmac.new(self._key, f"ensia pseudonym 2 {organisation}".encode(), hashlib.sha256).digest()

    def __repr__(self) -> str:
        return "Pseudonymiser(…)"

    def __call__(self, value: str) -> str:
        folded = " ".join(value.casefold().split())
        return "p-" + hmac.new(self._key, folded.encode(), hashlib.sha256).hexdigest()[:24]


class PseudonymsAlready(Pseudonymiser):
    """For records in which every person is a pseudonym already."""

    def __init__(self) -> None:
        super().__init__("")

    def __call__(self, value: str) -> str:
        return value


class Staging:
    """The staging database of one source's collection."""

    def __init__(self, path: Path, *, pseudonymise: Pseudonymiser | None, personal_data: bool) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self.path = path
        self.pseudonymise = pseudonymise
        self.personal_data = personal_data
        self.counts: dict[str, int] = {}
        self.unknown_words = UnknownWords()
        self.connection = duckdb.connect(str(path), config=ONE_CORE | {"memory_limit": SPARING_MEMORY})
        self._waiting: dict[str, list[dict[str, Any]]] = {}

    def add(
        self, records: Iterable[Record], artifact: str | None, told_at: datetime, told_on: date | None = None
    ) -> list[dict[str, Any]]:
        """Take in the records of one payload; with personal data, returns the reduced rows that may be kept.

        `told_at`: Amsterdam wall time that stands for records whose source gives no time of their own: the moment that
        their payload is about. `told_on`: the last day that they can tell of; the day of that moment when left out.
        """
        told_on = told_on or told_at.date()
        reduced: list[dict[str, Any]] = []
        for record in records:
            row = self._row(record, artifact, told_at) | {"told_on": told_on}
            if record.unknown_words:
                personal = kinds()[record.kind].personal
                self.unknown_words.add(record.kind, for_people(record, personal, self.personal_data))
            if self.personal_data:
                reduced.append(row)
                continue
            waiting = self._waiting.setdefault(record.kind, [])
            waiting.append(row)
            if len(waiting) >= CHUNK:
                self._flush(record.kind)
        return reduced

    def add_reduced(self, rows: list[dict[str, Any]], artifact: str) -> None:
        """Take in rows that `add` reduced, now that the reduced form has landed as `artifact`."""
        for row in rows:
            row["locator"]["artifact"] = artifact
            self._waiting.setdefault(row.pop("_kind"), []).append(row)

    def finish(self) -> None:
        """Write what is waiting and close the connection; the file stays until it is discarded."""
        for kind in list(self._waiting):
            self._flush(kind)
        self.connection.close()

    def discard(self) -> None:
        """Throw the staging file away."""
        self.connection.close()
        self.path.unlink(missing_ok=True)
        self.path.with_suffix(self.path.suffix + ".wal").unlink(missing_ok=True)

    def _row(self, record: Record, artifact: str | None, told_at: datetime) -> dict[str, Any]:
        kind, names, personal = _reading(record.kind)
        values, key = self._without_persons(record, personal)
        row: dict[str, Any] = {name: values.get(name) for name in names}
        row["observed_at"] = _observed_at(kind, values, told_at)
        row["title"] = row["title"] or name_of(kind, row)
        row["record_key"] = key
        row["content_hash"] = _content_hash(record, kind, values)
        row["at_latest"] = record.at_latest
        row["problems"] = _problems_as_json(record, personal, self.personal_data) if record.problems else None
        row["locator"] = record.locator.as_json() | {"artifact": artifact}
        if self.personal_data:
            row["_kind"] = record.kind
        return row

    def _without_persons(self, record: Record, personal: frozenset[str]) -> tuple[dict[str, Any], str | None]:
        """The values and the key of a record, with a pseudonym for each person in them."""
        values = values_for_people(record, personal, self.personal_data)
        if not personal:
            return values, record.key
        hide = self.pseudonymise
        assert hide is not None, "a kind with personal columns needs a pseudonymiser"
        values = dict(values)
        for name in personal & values.keys():
            if values[name] is not None:
                values[name] = hide(str(values[name]))
        return values, None if record.key is None else hide(record.key)

    def _flush(self, kind_name: str) -> None:
        rows = self._waiting.pop(kind_name, [])
        if not rows:
            return
        kind = kinds()[kind_name]
        start = self.counts.get(kind_name, 0)
        fields = _fields(kind)
        columns: dict[str, Any] = {"record_no": pa.array(range(start, start + len(rows)), pa.int64())}
        for name, arrow_type in fields.items():
            columns[name] = _arrow_column([row[name] for row in rows], arrow_type)
        columns["told_on"] = pa.array([row["told_on"] for row in rows], pa.date32())
        ends = [first_moment(row["told_on"] + timedelta(days=1)) for row in rows]
        columns["told_until"] = pa.array(ends, pa.timestamp("us"))
        batch = pa.table(columns)
        self.connection.register("rows_in", batch)
        if start == 0:
            types = ", ".join(f"{column.name} {SQL_TYPE[column.type]}" for column in kind.every_column)
            self.connection.execute(
                f"CREATE TABLE {kind_name} (record_no BIGINT, record_key VARCHAR, content_hash VARCHAR, at_latest BOOLEAN, "
                f"problems VARCHAR, locator {Locator.sql_type()}, told_on DATE, told_until TIMESTAMP, {types})"
            )
        self.connection.execute(f"INSERT INTO {kind_name} BY NAME SELECT * FROM rows_in")
        self.connection.unregister("rows_in")
        self.counts[kind_name] = start + len(rows)


@cache
def _reading(kind_name: str) -> tuple[Kind, tuple[str, ...], frozenset[str]]:
    """A kind, the names of the columns that a record may fill, and those that hold personal data."""
    kind = kinds()[kind_name]
    names = tuple(column.name for column in kind.every_column)
    return kind, names, kind.personal


def _observed_at(kind: Kind, values: dict[str, Any], told_at: datetime) -> datetime:
    """The wall time at which a record was seen: what its kind dates it by, else what the source says, else `told_at`."""
    dated = (values[name] for name in kind.observed_from if values.get(name) is not None)
    moments = (next(dated, None), values.get("observed_at"), told_at)
    return next(_wall_time(moment) for moment in moments if moment is not None)


def _content_hash(record: Record, kind: Kind, values: dict[str, Any]) -> str:
    """SHA-256 of what a record says. Where its beginning is only known at the latest, that says nothing."""
    content = dict(values)
    if record.at_latest and kind.begins is not None:
        content.pop(kind.begins, None)
    text = _CONTENT.encode(content | _ambiguous_moments(kind, content))
    return hashlib.sha256(text.encode()).hexdigest()


def _problems_as_json(record: Record, personal: frozenset[str], personal_data: bool) -> str:
    """The problems of a record as JSON, without a personal value."""
    rows = []
    for problem in record.problems:
        is_hidden = personal_data or problem.field in personal
        rows.append(_problem(problem.masked() if is_hidden else problem))
    return json.dumps(rows, ensure_ascii=False)


def _problem(problem: Problem) -> dict[str, str]:
    """A problem with its texts in each language."""
    return {
        "column": problem.column,
        "column_en": in_language(problem.where, Language.EN),
        "field": problem.field,
        "value": problem.value,
        "expected": problem.expected,
        "expected_en": in_language(problem.wanted, Language.EN),
    }


def name_of(kind: Kind, row: dict[str, Any]) -> str | None:
    """What a record without a title is called: its naming columns, as the words people read for their codes."""
    parts = []
    for name in kind.naming:
        vocabulary = kind.column(name).vocabulary
        term = vocabularies()[vocabulary].terms.get(str(row[name])) if vocabulary else None
        parts.append(term.nl if term else row[name])
    return " · ".join(str(part) for part in parts if part) or None


def reduced_bytes(rows: Sequence[dict[str, Any]]) -> bytes:
    """What is kept of a payload with personal data: one JSON line per record, allow-listed columns, pseudonymised."""
    lines = (json.dumps(row, sort_keys=True, default=str, ensure_ascii=False) for row in rows)
    return "\n".join(lines).encode()


def _fields(kind: Kind) -> dict[str, pa.DataType]:
    fields = {"record_key": pa.string(), "content_hash": pa.string(), "at_latest": pa.bool_()}
    fields |= {"problems": pa.string(), "locator": _LOCATOR}
    return fields | {column.name: _ARROW[column.type] for column in kind.every_column}


def _arrow_column(values: list[Any], arrow_type: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(arrow_type):
        values = [None if value is None else instant(_wall_time(value)) for value in values]
    elif pa.types.is_map(arrow_type):
        values = [None if value is None else list(value.items()) for value in values]
    return pa.array(values, arrow_type)


def _wall_time(value: date | datetime) -> datetime:
    """A wall time; of a day its first."""
    return value if isinstance(value, datetime) else datetime.combine(value, time())


def _ambiguous_moments(kind: Kind, values: dict[str, Any]) -> dict[str, str]:
    """The moments of a record that its wall times alone do not tell, as text; nearly always none. All others are hashed by
    their wall time, so that a record is the same whether its source writes offsets or not."""
    texts = {}
    for column in kind.every_column:
        value = values.get(column.name) if column.type == "timestamp" else None
        if isinstance(value, datetime):
            text = written(value, latest=column.settles)
            if text != str(value):
                texts[column.name] = text
    return texts
