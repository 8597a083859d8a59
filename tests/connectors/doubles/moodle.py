"""Moodle as a double, written from its web service definitions: participants, completion and errors in the body."""

from __future__ import annotations

from typing import Any

from tests.connectors.loopback import Asked, Loopback, Reply

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
