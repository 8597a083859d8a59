"""What it would take: per test of a norm that does not pass, what has to come or be settled for it to pass.

The advice of a test follows from its numbers and parameters alone, as its type says (`models/tests/<type>.yaml`);
whether it is feasible is for people to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models.demand_check import BASES
from models.kind import Kind, Term, kinds, vocabularies
from models.language import Language
from models.message import Say
from models.reason import OF_EVERY_TYPE
from models.selection import parameters_of
from models.test_type import TestType, Words, filled, placeholders, test_types
from models.wording import number as number_in_words
from models.wording import word
from warehouse.reading.explain import related
from warehouse.reading.read import Published, Row

_DONE = frozenset({"voldoet", "groen", "geen_gevallen", "niet_van_toepassing"})  # nothing has to be done


@dataclass(frozen=True, slots=True)
class Goal:
    """What it would take for a norm to comply, or for an indicator or principle to be green. `tests`: rows as `needed` gives
    them; `controls`: those that a principle is related to and that do not comply, each with its status."""

    number: str
    status: str
    tests: list[Row]
    controls: list[Row]

    @property
    def is_reached(self) -> bool:
        """Whether nothing has to be done."""
        return self.status in ("voldoet", "groen")


def goal_of(published: Published, organisation: str, name: str) -> Goal:
    """What it would take for the norm, indicator or principle called `name`. Raises NotFound."""
    indicators = published.indicators(organisation)
    called = [row for row in indicators if row["indicator_id"].lower() == name.strip().lower()]
    if called:
        return Goal(called[0]["indicator_id"], called[0]["colour"], list(_needed_of_indicators(called)), [])
    norm = published.norm(name)
    number = norm["norm_id"]
    if norm["level"] == "principle":
        return _goal_of_principle(published, organisation, norm, indicators)
    statuses = {row["norm_id"]: row["status"] for row in published.measures(organisation, number)}
    statuses |= {row["norm_id"]: row["status"] for row in published.controls(organisation)}
    return Goal(number, statuses.get(number, "geen_bewijs"), needed(published, organisation, number), [])


def _goal_of_principle(published: Published, organisation: str, norm: Row, indicators: list[Row]) -> Goal:
    number = norm["norm_id"]
    status = next(row["status"] for row in published.principles(organisation) if row["principle_id"] == number)
    own_indicators = [row for row in indicators if row["principle_id"] == number]
    controls = [row for row in related(published, organisation, norm) if row["status"] not in _DONE]
    return Goal(number, status, list(_needed_of_indicators(own_indicators)), controls)


def _needed_of_indicators(indicators: list[Row]) -> Iterator[Row]:
    """For every indicator that is not green: what it is now, and from where on it is."""
    for row in indicators:
        if row["colour"] in _DONE:
            continue
        texts = {}
        for language in Language:
            say = Say(language)
            value = word("onbekend", language)
            if row["value"] is not None:
                value = number_in_words(row["value"], language)
            way = say(f"goal.{row['better']}")
            green = number_in_words(row["green"], language)
            texts[language] = say("goal.indicator", value=value, way=way, green=green, unit=row["unit"])
        yield {
            "norm_id": row["indicator_id"],
            "test_id": row["indicator_id"],
            "aspect": None,
            "result": row["colour"],
            "sentence_nl": row["name_nl"],
            "sentence_en": row["name_en"],
            "needed_nl": texts[Language.NL],
            "needed_en": texts[Language.EN],
        }


def needed(published: Published, organisation: str, norm_id: str) -> list[Row]:
    """For every test under a norm (or the measures of a control) that is not a pass: what would make it one. What did not
    occur asks for nothing.

    Each row: norm_id, test_id, aspect, sentence_nl, sentence_en, result, needed_nl, needed_en.
    """
    norms = [row["norm_id"] for row in published.measures(organisation, norm_id)]
    rows = published.rows(
        """
        SELECT r.*, t.test_no, t.sentence_nl, t.sentence_en,
            t.test_type, t.kind, t.about, t.implicit, t.min_basis
        FROM assess.test_result AS r
        JOIN catalogue.test AS t
            ON t.framework_id = r.framework_id
            AND t.test_id = r.test_id
            AND t.purpose = r.purpose
        WHERE r.until_run_no IS NULL
            AND r.purpose = 'norm'
            AND r.result NOT IN ('pass', 'not_occurred')
            AND t.beyond_norm IS NOT true
            -- only what counts: the aspects of the cycle
            AND coalesce(contains(
                (SELECT cycle_aspects FROM ops.run WHERE state IN ('ok', 'degraded') ORDER BY run_no DESC LIMIT 1), r.aspect
            ), true)
            AND NOT EXISTS (
                FROM reading.outdone_test AS o
                WHERE o.organisation_id = r.organisation_id
                    AND o.framework_id = r.framework_id
                    AND o.test_id = r.test_id
            )
            AND r.organisation_id = $organisation
            AND list_contains($norms, r.norm_id)
        ORDER BY r.norm_id, r.test_id
        """,
        {"organisation": organisation, "norms": norms},
    )
    for test_type in test_types().values():
        of_type = {row["test_no"]: row for row in rows if row["test_type"] == test_type.type}
        if of_type:
            for facts in _facts(published, organisation, test_type, list(of_type)):
                row = of_type[facts["test_no"]]
                row["needed_nl"], row["needed_en"] = _advice(test_type, facts, row)
    for row in rows:
        reason = _objection(row)
        if reason is not None:
            row["needed_nl"], row["needed_en"] = (Say(lang)(f"goal.{reason}") for lang in Language)
    return rows


def _objection(row: Row) -> str | None:
    """What the engine itself holds against a result, whatever its type: more of the same evidence would not help then."""
    if row["reason"] in OF_EVERY_TYPE:
        return str(row["reason"])
    kind_basis, least = test_types()[row["test_type"]].basis, row["min_basis"]
    if kind_basis is not None and least is not None and BASES.index(kind_basis) > BASES.index(least):
        return "too_weak"
    return None


def _facts(published: Published, organisation: str, test_type: TestType, tests: list[int]) -> list[Row]:
    """What the advice on some tests of one type can speak of: numbers, parameters, and which advice holds."""
    cases = " ".join(f"WHEN {advice.when or 'true'} THEN {place}" for place, advice in enumerate(test_type.advice))
    numbers = "".join(
        f", {expression} AS {name}_{place}"
        for place, advice in enumerate(test_type.advice)
        for name, expression in advice.numbers.items()
    )
    return published.rows(
        f"SELECT *, CASE {cases} END AS advice{numbers} FROM ("
        "SELECT r.metric, r.numerator, r.denominator, r.selected, r.result, r.reason, p.* FROM assess.test_result AS r "
        "JOIN catalogue.test AS t ON t.framework_id = r.framework_id AND t.test_id = r.test_id AND t.purpose = r.purpose "
        f"JOIN ({parameters_of(test_type)}) AS p USING (test_no) "
        "WHERE r.until_run_no IS NULL AND r.organisation_id = $organisation AND list_contains($tests, t.test_no))",
        {"organisation": organisation, "tests": tests},
    )


def _advice(test_type: TestType, facts: Row, row: Row) -> tuple[str, str]:
    """The advice that holds, in Dutch and English."""
    advice = test_type.advice[facts["advice"]]
    values = facts | {name: facts[f"{name}_{facts['advice']}"] for name in advice.numbers}
    evidence = _evidence_asked(row)
    texts = []
    for lang, text, evidence_text in (("nl", advice.nl, evidence.nl), ("en", advice.en, evidence.en)):
        words = {name: _value_in_words(values[name], lang) for name in placeholders(text) if name != "evidence"}
        texts.append(filled(text, words | {"evidence": evidence_text}))
    return texts[0], texts[1]


def _value_in_words(value: Any, lang: str) -> str:
    if value is None or isinstance(value, int | float):
        return number_in_words(value, lang)
    return str(value)


def _evidence_asked(row: Row) -> Words:
    """The kind of evidence that a test looks at, in the words of its labels."""
    kind = kinds()[row["kind"]]
    terms = _terms_of_discriminator(kind)
    labels = [terms.get(code, Words(nl=code, en=code)) for code in row["about"] or []]
    dutch, english = kind.nl.lower(), kind.en.lower()
    if labels:
        dutch += f" ({', '.join(label.nl for label in labels)})"
        english += f" ({', '.join(label.en for label in labels)})"
    return Words(nl=dutch, en=english)


def _terms_of_discriminator(kind: Kind) -> dict[str, Term | Words]:
    """The words of what records of a kind are of, by their code; none where a kind does not say that."""
    columns = {column.name: column for column in kind.columns}
    column = columns.get(kind.discriminator or "")
    if column is None or column.vocabulary is None:
        return {}
    return dict(vocabularies()[column.vocabulary].terms)
