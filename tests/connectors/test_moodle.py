"""Moodle: participants, completion and errors in the body, on a server written from Moodle's web service definitions."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.base import TerminalError, Window
from connectors.moodle import MoodleConnector
from tests.connectors.loopback import Asked, Loopback, Reply, serving
from tests.connectors.report_files import collect, connector

TOKEN = "0123456789abcdef0123456789abcdef"


def _user(number: int, role: str = "student", department: str = "", **fields: str) -> dict[str, Any]:
    # core_enrol_get_enrolled_users: fields of the returned users
    return {
        "id": number,
        "username": f"jansen{number}",
        "fullname": f"J. Jansen {number}",
        "email": f"jansen{number}@voorbeeld.example",
        "idnumber": f"P{number:04}",
        "department": department,
        "roles": [{"roleid": 5, "name": "", "shortname": role, "sortorder": 0}],
        "customfields": [
            {"type": "text", "value": value, "name": name, "shortname": name} for name, value in fields.items()
        ],
    }


USERS = [
    _user(11),
    _user(12, department="College"),
    _user(13, functie="inhuur"),
    _user(14, role="editingteacher"),
    _user(15),  # left the course since
]
COMPLETED = {11: 1773576000, 12: None, 13: 1775000000}  # 2026-03-15 12:00 UTC; not completed; 2026-03-31


class Moodle:
    def __init__(self, error: str = "") -> None:
        self.error = error

    def __call__(self, server: Loopback, asked: Asked) -> Reply | None:
        assert asked.path == "/webservice/rest/server.php"
        assert asked.query == {}  # a token in an address ends up in logs
        form = asked.form
        if form["wstoken"] != TOKEN:
            return self._refused("invalidtoken")
        if self.error and form["wsfunction"].startswith("core_completion"):
            return self._refused(self.error)
        if form["wsfunction"] == "core_enrol_get_enrolled_users":
            return Reply(USERS)
        if form["userid"] == "15":
            return self._refused("usernotenroled")
        moment = COMPLETED[int(form["userid"])]
        # core_completion_get_course_completion_status: completionstatus
        completion = {"type": 4, "title": "Activity", "status": "", "complete": bool(moment), "timecompleted": moment}
        status = {"completed": bool(moment), "aggregation": 1, "completions": [{**completion, "details": {}}]}
        return Reply({"completionstatus": status, "warnings": []})

    @staticmethod
    def _refused(code: str) -> Reply:
        return Reply({"exception": "moodle_exception", "errorcode": code, "message": "Refused"})


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
