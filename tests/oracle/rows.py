"""Small factories for tests: evidence rows with every column, catalogues, tests and source runs with sensible defaults."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from models.catalogue import (
    Aspect,
    Catalogue,
    Framework,
    Indicator,
    Link,
    Measure,
    Norm,
    Question,
    Questionnaire,
    Test,
)
from models.kind import ENVELOPE_COLUMNS, SYSTEM_COLUMNS, Basis, kinds
from tests.oracle.engine import Outcome, assess
from tests.oracle.records import AMSTERDAM, Row, Twin, World

FRAMEWORK = "kader-1"
PRINCIPLES = "principes-1"
LONG_AGO = datetime(2000, 1, 1)


def row(kind: str, **values: Any) -> Row:
    """A record version of `kind` with every column; what is not given is NULL, known and true since 2000. What is a check of
    something says who did it."""
    names = [*SYSTEM_COLUMNS, *(column.name for column in (*ENVELOPE_COLUMNS, *kinds()[kind].columns))]
    unknown = set(values) - set(names)
    assert not unknown, f"{kind} has no {unknown}"
    given = {"organisation_id": "a", "observed_at": LONG_AGO, "recorded_at": LONG_AGO} | _done_by(kind) | values
    return {name: given.get(name) for name in names}


def _done_by(kind: str) -> dict[str, str]:
    return {"owner": "Toetsteam"} if kinds()[kind].own_service else {}


def measure(test_type: str, kind: str, **parameters: Any) -> Measure:
    """A measure from its parameters as a rule file writes them."""
    return Measure.model_validate({"type": test_type, "kind": kind, **parameters})


def norm_test(
    content: Measure,
    *,
    test_id: str = "toets",
    norm_id: str = "1.1.1",
    aspect: Aspect = "operation",
    basis: Basis = "measured",
    framework_id: str = FRAMEWORK,
    any_of: str = "",
) -> Test:
    """A test of one aspect of a norm."""
    return Test(
        id=test_id,
        framework_id=framework_id,
        norm_id=norm_id,
        aspect=aspect,
        measure=content,
        nl=f"Toets {test_id}.",
        en=f"Test {test_id}.",
        basis=basis,
        any_of=any_of,
    )


def norm(norm_id: str, level: str = "measure", framework_id: str = FRAMEWORK, **values: Any) -> Norm:
    """A norm; a measure's parent is its number without the last part."""
    if level == "measure":
        values.setdefault("parent", norm_id.rpartition(".")[0])
    content = {"framework_id": framework_id, "id": norm_id, "level": level, "title_nl": norm_id, "title_en": norm_id}
    return Norm.model_validate(content | values)


def catalogue(
    norms: Iterable[Norm],
    tests: Iterable[Test],
    *,
    links: Iterable[Link] = (),
    indicators: Iterable[Indicator] = (),
    questions: Iterable[Question] = (),
    digest: str = "test",
) -> Catalogue:
    """A catalogue with the frameworks and questionnaires that its content names."""
    norms, questions = tuple(norms), tuple(questions)
    return Catalogue(
        frameworks=tuple(
            Framework(
                id=name, title_nl=name, title_en=name, version="1", published="2026-01-01", source="https://example.org"
            )
            for name in sorted({norm.framework_id for norm in norms})
        ),
        norms=norms,
        links=tuple(links),
        tests=tuple(tests),
        indicators=tuple(indicators),
        questionnaires=tuple(
            Questionnaire(id=name, title_nl=name, title_en=name)
            for name in sorted({question.questionnaire_id for question in questions})
        ),
        questions=questions,
        digest=digest,
    )


def identity(number: int) -> int:
    """The identity of the record with this number: 64 bits and far from the others, as the hashes of real records are."""
    return number << 40


def world(
    content: Catalogue,
    records: Iterable[tuple[str, Row]] = (),
    *,
    organisations: Sequence[str] = ("a",),
    twins: dict[str, Twin] | None = None,
    **others: Any,
) -> World:
    """A world that holds the given (kind, row) pairs, each with a number of its own."""
    evidence: dict[str, list[Row]] = {}
    for number, (kind, record) in enumerate(records, start=1):
        evidence.setdefault(kind, []).append(
            {**record, "evidence_id": identity(number), "record_key": f"{kind}-{number}"}
        )
    return World(content, organisations, evidence, twins=twins or {}, **others)


def outcome_of(
    content: Measure,
    records: Iterable[Row],
    as_of: date,
    known_at: datetime = datetime(2100, 1, 1),
    **others: Any,
) -> dict[str, Any]:
    """The oracle's result row of one test, alone in its catalogue, over records of its own kind."""
    small = catalogue([norm("1.1", "control"), norm("1.1.1")], [norm_test(content)])
    outcome: Outcome = assess(world(small, [(content.kind, record) for record in records], **others), as_of, known_at)
    return outcome.tests[0]


def day(text: str) -> date:
    """A day from its ISO text."""
    return date.fromisoformat(text)


def moment(text: str) -> datetime:
    """The moment, in UTC, at which the clock in Amsterdam shows this ISO text; with an offset, the moment itself."""
    spoken = datetime.fromisoformat(text)
    aware = spoken if spoken.tzinfo else spoken.replace(tzinfo=AMSTERDAM)
    return aware.astimezone(UTC).replace(tzinfo=None)


def document(state: str = "adopted", ends: str | None = None, review: str | None = None) -> Row:
    """A document adopted in 2025 with its last day and its review day."""
    return row(
        "document",
        state=state,
        adopted_on=day("2025-01-01"),
        valid_until=day(ends) if ends else None,
        review_due=day(review) if review else None,
    )


def ticket(opened: str, resolved: str | None = None, due: str | None = None) -> Row:
    """An incident."""
    return row(
        "ticket",
        ticket_type="incident",
        opened_at=moment(opened),
        resolved_at=moment(resolved) if resolved else None,
        due_at=moment(due) if due else None,
    )
