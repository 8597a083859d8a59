"""Whatever a reader meets is the failure of its source, named, and quotes nothing; what cannot be stored is its record's."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Connector, Context, Settings, SourceError, TerminalError, Window, connector
from connectors.tools.reading import payloads_of, records_of
from connectors.tools.values import Broken
from models.message import Joined, Message, joined, message
from models.record import Locator, Payload, Problem, Record

TODAY = date(2026, 11, 20)
SAID = "Quirijnszoon"


class Panic(BaseException):
    """What a reader in another language raises, which is no Exception."""


class Stubborn(Connector):
    """Raises what it is told to raise, after a first record."""

    name = "stubborn"
    Settings = Settings
    error: BaseException | None = None
    record = Record("ticket", "1", {"title": "x"}, Locator(file="lijst.json"))

    def fetch(self, window: Window) -> Iterator[Payload]:
        yield Payload("lijst.json", "application/json", content=b"[]")
        if self.error is not None:
            raise self.error

    def read(self, payload: Payload) -> Iterator[Record]:
        yield self.record
        if self.error is not None:
            raise self.error


def stubborn(error: BaseException | None = None) -> Stubborn:
    source = Stubborn(Settings(), Context("gemeente", "bron", Path(), TODAY))
    source.error = error
    return source


WAYS: dict[str, Callable[[Stubborn], object]] = {
    "fetch": lambda source: list(payloads_of(source, Window())),
    "read": lambda source: list(records_of(source, Payload("lijst.json", "application/json", content=b"[]"))),
}


@pytest.mark.parametrize(
    "error",
    [Panic(SAID), MemoryError(SAID), RecursionError(SAID), ValueError(SAID), KeyError(SAID), UnicodeEncodeError("utf-8", SAID, 0, 1, SAID), OSError(5, SAID), PermissionError(13, SAID), FileNotFoundError(2, SAID)],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
@pytest.mark.parametrize("way", WAYS)
def test_whatever_is_raised_is_the_failure_of_the_source_by_name(way: str, error: BaseException) -> None:
    with pytest.raises(SourceError) as caught:
        WAYS[way](stubborn(error))
    assert caught.value.place == {"fetch": "bron", "read": "lijst.json"}[way]
    assert caught.value.advice
    assert SAID not in str(caught.value)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), asyncio.CancelledError()], ids=repr)
@pytest.mark.parametrize("way", WAYS)
def test_who_stops_the_run_or_the_task_is_obeyed(way: str, error: BaseException) -> None:
    with pytest.raises(type(error)):
        WAYS[way](stubborn(error))


def test_half_characters_cost_their_record_and_stand_nowhere() -> None:
    source = stubborn()
    half = "a\ud800b"
    locator = Locator(file=half, sheet=half, row=3, address=half)
    problems = [Problem(half, "title", half, half)]
    source.record = Record(
        "ticket", half, {"title": half, "labels": ["heel", half], "priority": "high"}, locator, problems
    )
    (record,) = records_of(source, Payload("lijst.json", "application/json", content=b"[]"))
    assert record.key is None
    assert record.values == {"title": None, "labels": None, "priority": "high"}
    assert {problem.field for problem in record.problems} == {"title", "labels", "record_key"}
    for text in (str(record), str(record.locator), *(problem.expected for problem in record.problems)):
        text.encode()


# -- real readers, each with what would end them --------------------------------------------------------------------

TICKETS = {"kind": "ticket", "key": "nr", "records": "meldingen", "fields": {"title": "titel", "ticket_type": {"constant": "incident"}, "opened_at": "gemeld", "due_at": "streef", "labels": {"collect": ["woorden"]}}}  # fmt: skip
GOOD = {"nr": "2", "titel": "goed", "gemeld": "2026-11-01T10:00:00Z", "streef": "2026-12-01", "woorden": ["x"]}


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def read_file(folder: Path, name: str, connector_name: str, **settings: Any) -> list[Record]:
    kind = connector(connector_name)
    context = Context("gemeente", "bron", folder, TODAY)
    source = kind(kind.Settings.model_validate({"file": name, **settings}), context)
    return [record for payload in payloads_of(source, Window()) for record in records_of(source, payload)]


def read_tickets(folder: Path, bad: str) -> list[Record]:
    """The records of an export that holds a good ticket and `bad`, the JSON of another one."""
    (folder / "export.json").write_text(f'{{"meldingen": [{bad}, {json.dumps(GOOD)}]}}', "utf-8")
    return read_file(folder, "export.json", "json_export", **TICKETS)


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("nr", "9" * 5000, "record_key"),
        ("nr", r'"a\ud800b"', "record_key"),
        ("nr", "[1]", "record_key"),
        ("titel", "9" * 5000, "title"),
        ("titel", r'"a\ud800b"', "title"),
        ("titel", json.dumps("x" * 40_000), "title"),
        ("gemeld", "9" * 5000, "opened_at"),
        ("gemeld", '"9999-12-31T23:59:59Z"', "opened_at"),
        ("gemeld", '"0001-01-01T00:00:00+05:00"', "opened_at"),
        ("gemeld", '"2099-01-01T00:00:00Z"', "opened_at"),
        ("woorden", f"[{'9' * 5000}]", "labels"),
    ],
)
def test_one_bad_value_costs_its_record_and_no_other(tmp_path: Path, name: str, value: str, field: str) -> None:
    entries = {key: json.dumps(entry) for key, entry in GOOD.items()} | {"nr": '"1"', name: value}
    bad, good = read_tickets(tmp_path, "{" + ", ".join(f'"{key}": {entry}' for key, entry in entries.items()) + "}")
    assert [problem.field for problem in bad.problems] == [field]
    assert (good.key, good.problems) == ("2", [])
    assert good.values["title"] == "goed"


def test_the_end_of_time_as_a_due_date_is_no_due_date(tmp_path: Path) -> None:
    bad, _ = read_tickets(tmp_path, json.dumps(GOOD | {"nr": "1", "streef": "9999-12-31T23:59:59Z"}))
    assert (bad.values["due_at"], bad.problems) == (None, [])


@pytest.mark.parametrize(
    ("connector_name", "settings"),
    [("json_export", TICKETS), ("sarif", {}), ("ocsf", {}), ("oscal_results", {}), ("internet_nl", {})],
)
def test_json_that_is_nested_without_end_is_refused_by_name(
    tmp_path: Path, connector_name: str, settings: dict[str, Any]
) -> None:
    (tmp_path / "diep.json").write_text('{"runs": ' + nested(200_000) + "}", "utf-8")
    with pytest.raises(SourceError, match=r"^diep\.json(, rij 1)?: "):
        read_file(tmp_path, "diep.json", connector_name, **settings)


@pytest.mark.parametrize("connector_name", ["nessus", "greenbone", "openscap"])
def test_xml_that_is_nested_without_end_is_refused_by_name(tmp_path: Path, connector_name: str) -> None:
    (tmp_path / "diep.xml").write_text("<a>" * 200_000 + "</a>" * 200_000, "utf-8")
    with pytest.raises(SourceError, match=r"^diep\.xml: "):
        read_file(tmp_path, "diep.xml", connector_name)


@pytest.mark.parametrize("length", [131_073, 2_000_000])
def test_a_long_csv_field_costs_its_record_whatever_ran_before(tmp_path: Path, length: int) -> None:
    (tmp_path / "lijst.csv").write_text(f"Nr;Titel;Gemeld\n1;{'x' * length};1-11-2026\n2;goed;2-11-2026\n", "utf-8")
    before = csv.field_size_limit(10)  # as another library may have left it
    try:
        bad, good = read_file(
            tmp_path, "lijst.csv", "spreadsheet", kind="ticket", number="Nr",
            constants={"ticket_type": "incident"}, columns={"title": "Titel", "opened_at": "Gemeld"},
        )  # fmt: skip
    finally:
        csv.field_size_limit(before)
    assert [problem.field for problem in bad.problems] == ["title"]
    assert (good.key, good.problems) == ("2", [])


@pytest.mark.parametrize("foreign", [{"a": [1]}, ["x"] * 5000, "x" * 50_000, Broken("999…", message("json.an_object"))])
@pytest.mark.parametrize("way", WAYS)
def test_what_an_error_quotes_is_a_text_of_some_length(way: str, foreign: object) -> None:
    """Whatever it quotes of a source: so that it can be shown, and come back from another process."""
    error = TerminalError(message("sarif.other_version", version=foreign), place="lijst.json", advice=joined([foreign]))
    with pytest.raises(TerminalError) as caught:
        WAYS[way](stubborn(error))
    reason, place, advice = caught.value.texts
    assert isinstance(reason, Message) and isinstance(reason.values["version"], str)
    assert place == "lijst.json" and isinstance(advice, Joined) and isinstance(advice.parts[0], str)
    assert len(caught.value.sentence()) < 5_000
