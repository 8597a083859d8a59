"""Moodle: participants, completion and errors in the body, on a server written from Moodle's web service definitions."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.base import TerminalError, Window
from connectors.moodle import MoodleConnector
from tests.connectors.doubles.moodle import TOKEN, Moodle
from tests.connectors.loopback import Loopback, serving
from tests.connectors.report_files import collect, connector


def _source(folder: Path, server: Loopback, token: str = TOKEN, **settings: Any) -> MoodleConnector:
    return connector(
        MoodleConnector,
        folder,
        {"MOODLE_TOKEN": token},
        address=server.address,
        courses={7: "awareness"},
        audiences={"College": "board"},
        **settings,
    )


def test_completions(tmp_path: Path) -> None:
    with serving(Moodle()) as server:
        records = collect(_source(tmp_path, server, subject="idnumber"))
    assert [(record.key, record.values) for record in records] == [
        (
            "7|11",
            {
                "subject": "P0011",
                "audience": "employee",
                "course": "awareness",
                "completed_on": date(2026, 3, 15),
                "result": "passed",
            },
        ),
        ("7|12", {"subject": "P0012", "audience": "board", "course": "awareness", "result": "not_done"}),
        (
            "7|13",
            {
                "subject": "P0013",
                "audience": "employee",
                "course": "awareness",
                "completed_on": date(2026, 4, 1),  # 23:33 UTC is past midnight here
                "result": "passed",
            },
        ),
    ]


def test_only_what_is_needed_of_a_person_is_kept(tmp_path: Path) -> None:
    with serving(Moodle()) as server:
        payloads = list(_source(tmp_path, server).fetch(Window()))
    kept = payloads[0].data()
    assert b"ansen" not in kept
    assert b"P0011" not in kept
    assert TOKEN not in repr(payloads)


def test_the_audience_from_a_profile_field(tmp_path: Path) -> None:
    with serving(Moodle()) as server:
        source = connector(
            MoodleConnector,
            tmp_path,
            {"MOODLE_TOKEN": TOKEN},
            address=server.address,
            courses={7: "awareness"},
            audience_field="functie",
            audiences={"inhuur": "external"},
        )
        assert [record.values["audience"] for record in collect(source)] == ["employee", "employee", "external"]


@pytest.mark.parametrize(
    ("error", "advice"), [("nocriteriaset", "wanneer deze cursus is afgerond"), ("accessexception", "externe dienst")]
)
def test_errors_in_the_body(tmp_path: Path, error: str, advice: str) -> None:
    with serving(Moodle(error)) as server, pytest.raises(TerminalError, match=error) as caught:
        collect(_source(tmp_path, server))
    assert advice in caught.value.advice


def test_a_wrong_token(tmp_path: Path) -> None:
    with serving(Moodle()) as server, pytest.raises(TerminalError, match="invalidtoken") as caught:
        collect(_source(tmp_path, server, token="f" * 32))
    assert "ffff" not in str(caught.value)
