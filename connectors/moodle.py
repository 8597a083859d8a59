"""Reads from Moodle who finished which course. What is kept of a participant is a number or the one field that is asked
for, and it ends in a column that the store pseudonymises.

API: Moodle web services (REST), functions core_enrol_get_enrolled_users and
core_completion_get_course_completion_status. Which course counts as which training is said in ensia.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from connectors.base import Connector, TerminalError, Window
from connectors.tools.answers import Answer
from connectors.tools.api import Service, json_payload
from connectors.tools.connection import HttpSettings
from connectors.tools.credentials import lacking_secrets
from connectors.tools.findings import dig, from_epoch, json_array, key_of, load_kept, other_shape, record_of, scalar
from models.message import Text, message
from models.record import Locator, Payload, Record
from models.secret_name import SecretName

_NOT_FOLLOWED = frozenset({"usernotenroled", "notenroled"})  # errorcodes: no tracked role, or left the course


class MoodleSettings(HttpSettings):
    """`address`: of the site. `token`: names the environment variable with the token of the web service. `courses`:
    Moodle course number → training (awareness, board_training …). `subject`: the field that identifies a participant,
    the same as other sources use. `audience`: of everyone, unless `audiences` names another for their value of
    `audience_field` (department, institution, or the short name of a profile field). `roles`: whose completion
    counts."""

    token: SecretName = "MOODLE_TOKEN"  # noqa: S105 - the name of an environment variable
    courses: dict[int, str] = Field(min_length=1)
    subject: Literal["id", "idnumber", "username", "email"] = "id"
    audience: str = "employee"
    audience_field: str = "department"
    audiences: dict[str, str] = Field(default_factory=dict)
    roles: tuple[str, ...] = ("student",)


class MoodleConnector(Connector):
    """Yields kind training, one record per participant and course; set `personal_data: true` on the source."""

    name = "moodle"
    summary_nl = "Moodle: afgeronde cursussen per deelnemer (gepseudonimiseerd)"
    Settings = MoodleSettings

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("training",)

    def lacking(self) -> Iterator[Text]:
        yield from lacking_secrets(("token",), self.settings)

    def fetch(self, window: Window) -> Iterator[Payload]:
        with Service(self.settings, self.context) as service:
            for course in self.settings.courses:
                answer = self._call(service, "core_enrol_get_enrolled_users", {"courseid": course})
                if not isinstance(answer.document, list):
                    self.refuse(
                        message("moodle.no_participants"),
                        place=message("moodle.place", address=answer.address, course=course),
                        advice=message("moodle.check_address"),
                    )
                enrolled = json_array(answer.document)
                participants = [user for user in enrolled if self._counts(user)]
                others = len(enrolled) - len(participants)
                text = message("moodle.other_role", number=others, roles=", ".join(self.settings.roles))
                self.remark("other_role", text, place=message("moodle.course", course=course), count=others)
                completions = []
                not_followed = 0
                for done, user in enumerate(participants, start=1):
                    completion = self._participant(service, course, user)
                    not_followed += not completion
                    completions += completion
                    if done % 100 == 0:
                        self.context.report(
                            message("moodle.progress", course=course, done=done, number=len(participants))
                        )
                text = message("moodle.not_followed", number=not_followed)
                self.remark("not_followed", text, place=message("moodle.course", course=course), count=not_followed)
                content = {"course": course, "participants": completions}
                yield json_payload(f"course_{course}.json", content, answer)

    def _counts(self, user: dict[str, Any]) -> bool:
        """Teachers and managers of a course are not its participants (roles[].shortname)."""
        names = {role.get("shortname") for role in json_array(user.get("roles"))}
        return not self.settings.roles or bool(names & set(self.settings.roles))

    def _participant(self, service: Service, course: int, user: dict[str, Any]) -> list[dict[str, Any]]:
        """Of a participant: number, the identifying field, the field for the audience, and the completion. Nothing of
        who takes part without being followed."""
        answer = self._call(
            service,
            "core_completion_get_course_completion_status",
            {"courseid": course, "userid": user.get("id")},
            none_on=_NOT_FOLLOWED,
        )
        if dig(answer.document, "errorcode") in _NOT_FOLLOWED:
            return []
        status = dig(answer.document, "completionstatus")
        if not isinstance(dig(status, "completed"), bool):  # not being told is not the same as not being done
            self.refuse(
                message("moodle.no_completion"),
                place=message("moodle.place", address=answer.address, course=course),
                advice=message("moodle.check_version"),
            )
        completions = json_array(dig(status, "completions"))
        moments = [int(item["timecompleted"]) for item in completions if item.get("timecompleted")]
        custom_fields = {item.get("shortname"): item.get("value") for item in json_array(user.get("customfields"))}
        field = self.settings.audience_field
        return [
            {
                "id": user.get("id"),
                "subject": user.get(self.settings.subject),
                "audience": user.get(field) or custom_fields.get(field),
                "completed": dig(status, "completed") is True,
                "timecompleted": max(moments, default=None),
            }
        ]

    def _call(
        self, service: Service, function: str, parameters: dict[str, Any], none_on: frozenset[str] = frozenset()
    ) -> Answer:
        """The answer of a web service function. Moodle tells of errors in the body, with status 200; those in `none_on`
        are not errors here."""
        form = {"wsfunction": function, "moodlewsrestformat": "json"}
        form |= {name: str(value) for name, value in parameters.items()}
        answer = service.form("webservice/rest/server.php", form, "wstoken")
        code = dig(answer.document, "errorcode")
        if not code or code in none_on:
            return answer
        advice = {
            "invalidtoken": message("moodle.new_token"),
            "accessexception": message("moodle.add_function", function=function),
            "nocriteriaset": message("moodle.completion"),
        }.get(str(code), message("moodle.check_token"))
        raise TerminalError(
            message("moodle.refuses", function=function, code=code),
            place=message("moodle.place", address=answer.address, course=parameters["courseid"]),
            advice=advice,
        )

    def read(self, payload: Payload) -> Iterator[Record]:
        content = load_kept(payload, "participants")
        course = scalar(content, "course")
        training = next((name for number, name in self.settings.courses.items() if str(number) == str(course)), None)
        if training is None:
            raise other_shape(payload, "course")
        for position, participant in enumerate(json_array(content["participants"])):
            completed_at: datetime | None = from_epoch(participant.get("timecompleted"))
            completed = participant.get("completed") is True
            yield record_of(
                "training",
                key_of(course, participant.get("id")),
                {
                    "subject": str(scalar(participant, "subject") or ""),
                    "audience": self.settings.audiences.get(str(participant.get("audience")), self.settings.audience),
                    "course": training,
                    "completed_on": completed_at.date() if completed and completed_at else None,
                    "result": "passed" if completed else "not_done",
                },
                Locator(file=payload.name, address=f"#/participants/{position}"),
                {"subject": self.settings.subject, "audience": self.settings.audience_field},
            )
