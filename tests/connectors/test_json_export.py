"""A JSON export becomes records: where the list stands, what a field is called, and what is wrong with an object."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.base import Connector, TerminalError, Window
from connectors.json_export import JsonExportConnector
from models.record import Record
from tests.connectors.incidents import INCIDENT, SETTINGS, wrapped, written
from tests.connectors.report_files import connector


def collect(source: Connector) -> list[Record]:
    return [record for payload in source.fetch(Window()) for record in source.read(payload)]


def test_an_export(tmp_path: Path) -> None:
    other = {**INCIDENT, "nummer": 17, "soort": {"naam": "storing BEVEILIGING"}, "afgehandeld": "2026-03-05 10:00"}
    records = collect(connector(JsonExportConnector, written(tmp_path, wrapped(INCIDENT, other)), **SETTINGS))
    assert [record.key for record in records] == ["M 2603 001", "17"]
    assert records[0].values == {
        "title": "Laptop kwijt",
        "ticket_type": "data_breach",
        "priority": "high",
        "opened_at": datetime(2026, 3, 4, 10, 15),
        "resolved_at": None,
        "labels": ["gemeld_bij_ap", "root_cause_analysis"],
    }
    assert records[1].values["ticket_type"] == "incident"
    assert records[1].values["resolved_at"] == datetime(2026, 3, 5, 10, 0)
    assert [str(record.locator.address) for record in records] == ["#/data/incidents/0", "#/data/incidents/1"]
    assert {record.locator.file for record in records} == {"meldingen.json"}


def test_a_document_that_is_the_list_and_a_key_of_parts(tmp_path: Path) -> None:
    settings = {**SETTINGS, "records": "", "key": ["soort.naam", "nummer"]}
    (record,) = collect(connector(JsonExportConnector, written(tmp_path, [INCIDENT]), **settings))
    assert record.key == "Datalek|M 2603 001"
    assert record.locator.address == "#/0"


def test_several_files_are_all_read(tmp_path: Path) -> None:
    written(tmp_path, wrapped(INCIDENT), "meldingen-2025.json")
    written(tmp_path, wrapped({**INCIDENT, "nummer": "M 2"}), "meldingen-2026.json")
    source = connector(JsonExportConnector, tmp_path, **SETTINGS)
    assert [record.key for record in collect(source)] == ["M 2603 001", "M 2"]
    assert source.complete(Window(since=datetime(2026, 1, 1)))


def test_attributes(tmp_path: Path) -> None:
    settings = {
        "file": "meldingen.json",
        "kind": "register_entry",
        "key": "naam",
        "fields": {"register": {"constant": "systemen"}, "name": "naam"},
        "attributes": {"beheerder": "beheer.team", "gebruikers": "aantal", "leeg": "leeg", "weg": "weg"},
    }
    item = {"naam": "GIS", "beheer": {"team": "Geo"}, "aantal": 40, "leeg": ""}
    (record,) = collect(connector(JsonExportConnector, written(tmp_path, [item]), **settings))
    assert record.values == {
        "register": "asset",
        "name": "GIS",
        "attributes": {"beheerder": "Geo", "gebruikers": "40"},
    }


def test_what_is_wrong_with_an_object_is_a_problem_of_its_record_only(tmp_path: Path) -> None:
    broken = [
        {**INCIDENT, "aangemeld": "vorige week"},
        {**INCIDENT, "nummer": " "},
        {key: value for key, value in INCIDENT.items() if key != "soort"},
        "los woord",
        INCIDENT,
    ]
    records = collect(connector(JsonExportConnector, written(tmp_path, wrapped(*broken)), **SETTINGS))
    found = [[(problem.column, problem.field, problem.value) for problem in record.problems] for record in records]
    assert found == [
        [("aangemeld", "opened_at", "vorige week")],
        [("nummer", "record_key", "")],
        [("soort.naam", "ticket_type", "")],
        [("(geheel)", "record_key", "los woord")],
        [],
    ]
    assert [record.key is None for record in records] == [False, True, False, True, False]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"data": {"incidents": [', "geen volledig JSON-bestand"),
        ('{"data": {"tickets": []}, "regels": []}', "bevat geen lijst op data.incidents.*bovenaan zijn: data, regels"),
        ('{"data": {"incidents": {"0": 1}}}', "data.incidents is geen lijst"),
        ("[]", "bevat geen lijst"),
        ("", "leeg"),
        ('{"data": "caf\xe9"}', "UTF-8"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "meldingen.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(TerminalError, match=says) as error:
        collect(connector(JsonExportConnector, tmp_path, **SETTINGS))
    assert error.value.advice and "meldingen" in error.value.place


def test_a_list_without_objects_gives_no_records(tmp_path: Path) -> None:
    assert collect(connector(JsonExportConnector, written(tmp_path, wrapped()), **SETTINGS)) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kind": "melding"}, "is er niet; er zijn"),
        ({"fields": {"onderwerp": "a"}}, "heeft geen kolom 'onderwerp'"),
        ({"fields": {"title": {"path": "a", "constant": "b"}}}, "geef precies één van"),
        ({"records": "data[incidents"}, "is niet te lezen vanaf teken"),
        ({"timezone": "Mars/Phobos"}, "is geen tijdzone"),
        ({"attributes": {"a": "b"}}, "heeft geen kolom 'attributes'"),
        ({"key": []}, "at least 1"),
    ],
)
def test_settings_that_cannot_be_are_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        JsonExportConnector.Settings.model_validate({**SETTINGS, **change})
