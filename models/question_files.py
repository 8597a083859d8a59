"""Reads questionnaires: listed questions, or one generated question per tested norm of a framework."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.catalogue import STATES, Question, Questionnaire
from models.catalogue_files import Located, Reading, listed_items, yaml_of
from models.file_place import line_of
from models.message import Text, message
from models.norm_number import norm_order

_HEAD = ("id", "title_nl", "title_en", "year", "note_nl")
_LEVELS = {"measure": "measure", "control_without_measures": "control", "norm": "norm"}
_SCALE: tuple[str, ...] = Question.model_fields["scale"].default
_ASK_NL = "Is dit in uw organisatie geregeld?"
_ASK_EN = "Is this in place in your organisation?"


def read_questionnaires(reading: Reading, root: Any, folder: str, framework_ids: Sequence[str]) -> None:
    """Read every questionnaire in `root`; one that asks about no framework in use is left out."""
    if not root.is_dir():
        return
    for entry in sorted(root.iterdir(), key=lambda entry: str(entry.name)):
        if not entry.name.endswith(".yaml"):
            continue
        file = f"{folder}/{entry.name}"
        content = yaml_of(reading, entry, file)
        if isinstance(content, Located):
            _read_questionnaire(reading, content, file, framework_ids)
        elif content is not None:
            reading.problem(line_of(file, 1), message("norms.questionnaire_fields"))


def _read_questionnaire(reading: Reading, content: Located, file: str, framework_ids: Sequence[str]) -> None:
    for name in set(content) - {*_HEAD, "questions", "for_each"}:
        reading.problem(line_of(file, content.lines[name]), message("norms.no_questionnaire_field", name=name))
    questionnaire = reading.make(
        Questionnaire, file, {name: content[name] for name in _HEAD if name in content}, content
    )
    if questionnaire is None:
        return
    if questionnaire.id in reading.questionnaires:
        reading.problem(line_of(file, content.line), message("norms.questionnaire_twice", id=questionnaire.id))
        return
    questions = [
        *_listed(reading, questionnaire.id, content, file, framework_ids),
        *_generated(reading, questionnaire.id, content, file, framework_ids),
    ]
    if questions:
        reading.questionnaires[questionnaire.id] = questionnaire
        reading.questions.update({(questionnaire.id, question.id): question for question in questions})


def _listed(
    reading: Reading, questionnaire_id: str, content: Located, file: str, framework_ids: Sequence[str]
) -> list[Question]:
    questions: dict[str, Question] = {}
    for item in listed_items(reading, content, file, "questions"):
        plain = {name: value for name, value in item.items() if name not in ("framework", "norms")}
        origin = {"questionnaire_id": questionnaire_id, "framework_id": item.get("framework")}
        question = reading.make(Question, file, {**plain, **origin, "norm_ids": item.get("norms")}, item)
        if question is None:
            continue
        place = line_of(file, item.lines.get("norms", item.line))
        if question.framework_id not in reading.frameworks:
            reading.problem(
                line_of(file, item.lines["framework"]),
                message("norms.framework_missing", framework_id=question.framework_id),
            )
            continue
        for norm_id in question.norm_ids:
            norm = reading.norms.get((question.framework_id, norm_id))
            if norm is None:
                reading.problem(place, message("norms.no_norm", norm_id=norm_id, framework_id=question.framework_id))
            elif norm.state != "active":
                reading.problem(place, message("norms.never_status", norm_id=norm_id, state=STATES[norm.state]))
        if question.id in questions:
            reading.problem(place, message("norms.question_twice", id=question.id))
        elif question.framework_id in framework_ids:
            questions[question.id] = question
    return list(questions.values())


def _generated(
    reading: Reading, questionnaire_id: str, content: Located, file: str, framework_ids: Sequence[str]
) -> list[Question]:
    """The questions that `for_each` asks of every norm of some levels, with its problems noted."""
    each = content.get("for_each")
    if each is None:
        return []
    place = line_of(file, content.lines["for_each"])
    if not isinstance(each, Located) or set(each) - {"framework", "levels", "scale"}:
        reading.problem(place, message("norms.for_each"))
        return []
    framework_id: Any = each.get("framework")
    levels: Any = each.get("levels")
    scale: Any = each.get("scale", list(_SCALE))
    problem = _problem_of_each(reading, framework_id, levels, scale)
    if problem is not None:
        reading.problem(place, problem)
        return []
    if framework_id not in framework_ids:
        return []
    return _questions_of(reading, questionnaire_id, str(framework_id), levels, tuple(scale))


def _problem_of_each(reading: Reading, framework_id: Any, levels: Any, scale: Any) -> Text | None:
    """What is wrong with the values of `for_each`, the first of it."""
    if framework_id not in list(reading.frameworks):
        return message("norms.no_framework", framework_id=framework_id, known=", ".join(reading.frameworks))
    if not isinstance(levels, list) or not levels or any(level not in list(_LEVELS) for level in levels):
        return message("norms.levels", value=levels, known=", ".join(_LEVELS))
    if not isinstance(scale, list) or not scale or not all(isinstance(word, str) for word in scale):
        return message("norms.scale", value=scale, example=list(_SCALE))
    return None


def _questions_of(
    reading: Reading, questionnaire_id: str, framework_id: str, levels: list[str], scale: tuple[str, ...]
) -> list[Question]:
    """One question per norm of these levels that is tested itself, in the order of their numbers."""
    norm_levels = {_LEVELS[level] for level in levels}
    norms = [
        norm
        for key, norm in reading.norms.items()
        if key[0] == framework_id and norm.level in norm_levels and reading.carries_status(norm)
    ]
    return [
        Question(
            questionnaire_id=questionnaire_id, id=norm.id, framework_id=framework_id, norm_ids=(norm.id,),
            text_nl=f"{_statement(norm.summary_nl or norm.title_nl)} {_ASK_NL}",
            text_en=f"{_statement(norm.summary_en or norm.title_en)} {_ASK_EN}",
            scale=scale,
        )
        for norm in sorted(norms, key=lambda norm: norm_order(norm.id))
    ]  # fmt: skip


def _statement(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
