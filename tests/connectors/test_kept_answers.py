"""What was kept of an answer and has another shape is refused by name: it is not an answer without anything in it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Connector, TerminalError
from connectors.ciso_assistant import CisoAssistantConnector
from connectors.moodle import MoodleConnector
from connectors.tools.paths import fill
from connectors.tools.reading import records_of
from connectors.wazuh import WazuhConnector
from models.record import Payload, Record
from tests.connectors.report_files import connector

SERVER = {"address": "https://bron.example"}
SOURCES: dict[str, tuple[type[Connector], dict[str, Any]]] = {
    "course_7.json": (MoodleConnector, {**SERVER, "courses": {7: "awareness"}}),
    "agents.json": (WazuhConnector, {"server": SERVER}),
    "sca_001.json": (WazuhConnector, {"server": SERVER}),
    "vulnerabilities_1.json": (WazuhConnector, {"indexer": SERVER}),
    "findings_1.json": (CisoAssistantConnector, SERVER),
}
NOW = datetime(2026, 11, 20, 1)


def read(name: str, content: Any) -> list[Record]:
    cls, settings = SOURCES[name]
    payload = Payload(name, "application/json", content=json.dumps(content).encode(), fetched_at=NOW)
    return list(records_of(connector(cls, Path(), **settings), payload))


@pytest.mark.parametrize(
    "content", [None, [], {}, "tekst", 7, {"participants": {}, "agents": None, "hits": "", "results": 1}]
)
@pytest.mark.parametrize("name", SOURCES)
def test_another_shape_is_refused(name: str, content: Any) -> None:
    with pytest.raises(TerminalError, match="waarin het bewaard wordt") as caught:
        read(name, content)
    assert (caught.value.place, bool(caught.value.advice)) == (name, True)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("course_7.json", {"participants": [], "course": 8}),
        ("course_7.json", {"participants": [], "course": [7]}),
        ("sca_001.json", {"policies": [], "agent": "srv-web-01"}),
        ("findings_1.json", {"results": [], "part": "anders"}),
    ],
)
def test_a_thing_that_it_must_name_is_missed(name: str, content: Any) -> None:
    with pytest.raises(TerminalError, match="waarin het bewaard wordt"):
        read(name, content)


def test_values_of_other_types_cost_their_own_record() -> None:
    odd = [{"_source": "tekst"}, {"_source": {"vulnerability": ["x"]}}, {"_source": None}]
    whole = {"_source": {"agent": {"name": "srv"}, "vulnerability": {"id": "CVE-1", "severity": "High"}}}
    records = read("vulnerabilities_1.json", {"hits": [*odd, whole]})
    assert records[-1].key == "vulnerability|srv|CVE-1|-|-"
    assert {record.key for record in records[:-1]} == {None}


def test_a_list_or_object_is_no_part_of_a_key() -> None:
    content = {"part": "findings", "results": [{"id": {"a": 1}, "name": "x"}, {"id": ["b"], "name": "y"}]}
    assert [record.key for record in read("findings_1.json", content)] == [None, None]


@pytest.mark.parametrize("odd", [["P1"], {"a": "P1"}, None, ""])
def test_a_list_or_object_is_no_person(odd: Any) -> None:
    content = {"course": 7, "participants": [{"id": 1, "subject": odd, "completed": True}]}
    assert "subject" not in read("course_7.json", content)[0].values


def test_half_a_character_stands_in_no_address() -> None:
    assert fill("https://x.example/{id}", {"id": "a\ud800"}, {}, quoted=True) is None
    assert fill("https://x.example/{id}", {"id": "a/b"}, {}, quoted=True) == "https://x.example/a%2Fb"


@pytest.mark.parametrize("odd", [["een"], {"een": "twee"}])
def test_a_list_or_object_is_no_word_of_a_title(odd: Any) -> None:
    vulnerability = {"id": odd, "severity": "High"}
    hit = {
        "_source": {"agent": {"name": "srv"}, "vulnerability": vulnerability, "package": {"name": odd, "version": odd}}
    }
    (record,) = read("vulnerabilities_1.json", {"hits": [hit]})
    assert "een" not in str(record.values["title"])
    policy = {
        "policy_id": "cis",
        "name": odd,
        "pass": 1,
        "fail": 0,
        "failed": [{"id": 1, "title": "x", "compliance": [{"key": odd}]}],
    }
    records = read("sca_001.json", {"agent": {"name": "srv"}, "policies": [policy]})
    assert not [record for record in records if "'een'" in str(record.values)]
