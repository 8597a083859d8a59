"""Helpers for the tests of report connectors: collect a file the way the nightly run does, and check what comes out."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from connectors.base import Connector, Context, Window
from models.kind import ENVELOPE_COLUMNS, kinds, vocabularies
from models.record import Record

DATA = Path(__file__).parent / "data"
# of Lynis 3.0.8, scrubbed of what identifies the machine
REAL_LYNIS = Path(__file__).parents[2] / "examples/gemeente-voorbeeld/bronnen/lynis/srv-web-01.dat"
PYTHON_TYPE: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "integer": (int,),
    "number": (int, float),
    "date": (date,),
    "timestamp": (datetime,),
    "boolean": (bool,),
    "list": (list,),
    "map": (dict,),
}


def context(
    folder: Path, secrets: dict[str, str] | None = None, report: Callable[[str], None] = lambda message: None
) -> Context:
    return Context("voorbeeld", "bron", folder, date(2026, 11, 20), (secrets or {}).__getitem__, report)


def connector(cls: type[Connector], folder: Path, /, secrets: dict[str, str] | None = None, **settings: Any) -> Any:
    return cls(cls.Settings(**settings), context(folder, secrets))


def place(folder: Path, *names: str) -> Path:
    """Copy fixtures into `folder`, as an export would be dropped there."""
    for name in names:
        shutil.copy(DATA / name, folder / name)
    return folder


def collect(source: Connector) -> list[Record]:
    """What one collection yields beside the objects that it looked at."""
    return [record for record in collect_all(source) if record.kind != "scan"]


def looked_at(source: Connector) -> tuple[set[tuple[str | None, str]], set[str | None]]:
    """What one collection looked at, as (key, object); and the scans that its findings name."""
    records = collect_all(source)
    scans = {(record.key, record.values["object"]) for record in records if record.kind == "scan"}
    return scans, {record.values.get("scan") for record in records if record.kind == "finding"}


def collect_all(source: Connector) -> list[Record]:
    """Everything one collection yields; every record is checked against its kind."""
    records = [record for payload in source.fetch(Window()) for record in source.read(payload)]
    for record in records:
        check(record, source.kinds)
    return records


def check(record: Record, allowed: tuple[str, ...]) -> None:
    """The promises every record makes: those of `check_values`, and required columns are there unless a problem says why
    not."""
    check_values(record, allowed)
    problems = {problem.field for problem in record.problems}
    for column in (*kinds()[record.kind].columns, *ENVELOPE_COLUMNS):
        assert not column.required or column.name in record.values or problems, column.name


def check_values(record: Record, allowed: tuple[str, ...]) -> None:
    """What holds of a record whatever its source says: its kind is declared, values have their column's type and
    vocabulary, and it has a place."""
    assert record.kind in allowed
    columns = {column.name: column for column in (*kinds()[record.kind].columns, *ENVELOPE_COLUMNS)}
    assert set(record.values) <= set(columns)
    for name, value in record.values.items():
        column = columns[name]
        if value is None:  # there is nothing; where there must be something, the suite of the kind says so
            continue
        assert isinstance(value, PYTHON_TYPE[column.type]), (name, value)
        if isinstance(value, datetime):
            assert value.tzinfo is None
        if column.type == "date":
            assert not isinstance(value, datetime)
        if column.vocabulary and not vocabularies()[column.vocabulary].open:
            assert value in vocabularies()[column.vocabulary].terms, (name, value)
    assert record.locator.file or record.locator.address


def of(records: list[Record], kind: str) -> list[Record]:
    return [record for record in records if record.kind == kind]
