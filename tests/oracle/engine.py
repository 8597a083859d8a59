"""The assessment once more, in plain slow Python: everything that the SQL engine computes, computed row by row from the
words of the domain description. Tests compare the two; nothing in the product imports this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from models.aspect import ASPECTS, Aspect
from models.catalogue import Catalogue, Link, Measure, Norm, Test
from models.duration import Duration
from tests.oracle import rollup
from tests.oracle.records import (
    DONE_WELL,
    HAPPENED_ON,
    Row,
    World,
    covered,
    day_after,
    gone_rows,
    not_excluded,
    outlived_rows,
    possible,
    select,
    unread_rows,
    visible,
)
from tests.oracle.verdicts import Case, Verdict, verdict

Result = dict[str, Any]
# The types of which a record can count against: there what could not be read does.
COUNT_UNREAD = ("expected", "fresh", "none_open", "ratio", "within")


@dataclass
class Outcome:
    """Result rows as dicts, with the column names of the assessed tables."""

    tests: list[Result] = field(default_factory=list)
    measures: list[Result] = field(default_factory=list)
    controls: list[Result] = field(default_factory=list)
    indicators: list[Result] = field(default_factory=list)
    principles: list[Result] = field(default_factory=list)
    answers: list[Result] = field(default_factory=list)


def assess(world: World, as_of: date, known_at: datetime, aspects: Sequence[Aspect] = ASPECTS) -> Outcome:
    """Every status of every organisation of `world` on day `as_of`, with what was known at `known_at` (UTC)."""
    outcome = Outcome()
    for organisation_id in world.organisations:
        _Assessment(world, organisation_id, as_of, known_at, aspects).into(outcome)
    return outcome


class _Assessment:
    """One organisation on one day."""

    def __init__(
        self, world: World, organisation_id: str, as_of: date, known_at: datetime, aspects: Sequence[Aspect]
    ) -> None:
        self.world = world
        self.catalogue: Catalogue = world.catalogue
        self.organisation_id = organisation_id
        self.as_of = as_of
        self.known_at = known_at
        self.aspects = aspects
        self._seen: dict[str, list[Row]] = {}

    def into(self, outcome: Outcome) -> None:
        """Append the rows of this organisation."""
        tested = [
            (test, _at_its_strength(test, self._verdict(test.measure, self._own_attestations(test))))
            for test in self.catalogue.tests
        ]
        outcome.tests += [self._test_row(test, found) for test, found in tested]
        measures = [self._measure_row(norm, tested) for norm in self._norms_with_tests()]
        outcome.measures += measures
        statuses = {(row["framework_id"], row["norm_id"]): row["status"] for row in measures}
        controls = [self._control_row(norm, statuses) for norm in self.catalogue.norms if norm.level == "control"]
        outcome.controls += controls
        statuses |= {(row["framework_id"], row["norm_id"]): row["status"] for row in controls}
        indicators = [self._indicator_row(number) for number in range(len(self.catalogue.indicators))]
        outcome.indicators += indicators
        outcome.principles += [
            self._principle_row(norm, indicators, statuses)
            for norm in self.catalogue.norms
            if norm.level == "principle"
        ]
        outcome.answers += self._answer_rows(statuses)

    def _visible(self, kind: str) -> list[Row]:
        if kind not in self._seen:
            self._seen[kind] = visible(self.world, kind, self.organisation_id, self.as_of, self.known_at)
        return self._seen[kind]

    def _own_attestations(self, test: Test) -> Callable[[Row], bool] | None:
        if test.measure.type != "attested":
            return None
        asked = (test.framework_id, test.norm_id, test.aspect)
        return lambda row: (row["framework_id"], row["norm_id"], row["aspect"]) == asked

    def _verdict(self, measure: Measure, only: Callable[[Row], bool] | None = None) -> Verdict:
        rows = select(
            self._visible(measure.kind), measure.kind, measure.about, measure.where, self.world.twins, self.as_of
        )
        unsure = possible(
            self._visible(measure.kind), measure.kind, measure.about, measure.where, self.world.twins, self.as_of
        )
        rows = [row for row in rows if only is None or only(row)]
        if measure.type in COUNT_UNREAD:
            rows, unsure = self._with_outlived(measure, rows, unsure)
            unread = self._unread(measure.kind)
            unread += gone_rows(self.world, measure.kind, self.organisation_id, self.as_of, self.known_at)
            unsure += not_excluded(unread, measure.kind, measure.about, measure.where, self.world.twins, self.as_of)
        is_covered = self._is_covered(measure)
        return verdict(
            Case(measure, rows, unsure, self.as_of, self.known_at, self.world.twins, is_covered, self._visible)
        )

    def _unread(self, kind: str) -> list[Row]:
        return unread_rows(self.world, kind, self.organisation_id, self.as_of, self.known_at)

    def _with_outlived(self, measure: Measure, rows: list[Row], unsure: list[Row]) -> tuple[list[Row], list[Row]]:
        """The rows with those that ended and are still seen in the place of themselves."""
        if measure.kind != "register_entry":
            return rows, unsure
        outlived = outlived_rows(self._visible, self._unread, self.as_of)
        numbers = {row["evidence_id"] for row in outlived}
        chosen = (outlived, measure.kind, measure.about, measure.where, self.world.twins, self.as_of)
        return (
            [row for row in rows if row["evidence_id"] not in numbers] + select(*chosen),
            [row for row in unsure if row["evidence_id"] not in numbers] + possible(*chosen),
        )

    def _is_covered(self, measure: Measure) -> bool:
        return self._lives(measure) and covered(
            self.world.runs, self.organisation_id, measure.kind, measure.about, self.as_of, self.known_at,
            self._visible(measure.kind),
        )  # fmt: skip

    def _lives(self, measure: Measure) -> bool:
        """Whether there is the sign of life that the rule asks for, no older than three months."""
        sign = measure.sign_of_life
        if sign is None:
            return True
        rows = select(self._visible(sign.kind), sign.kind, sign.about, sign.where, self.world.twins, self.as_of)
        outcome = DONE_WELL.get(sign.kind)
        if not sign.where and outcome is not None:
            rows = [row for row in rows if outcome(row)]
        days = [day for row in rows if (day := HAPPENED_ON[sign.kind](row)) is not None and day <= self.as_of]
        return any(day_after(day, Duration(months=3)) >= self.as_of for day in days)

    def _row(self, framework_id: str, **values: Any) -> Result:
        return {"organisation_id": self.organisation_id, "framework_id": framework_id, **values}

    def _test_row(self, test: Test, found: Verdict) -> Result:
        return self._row(
            test.framework_id,
            test_id=test.id,
            test_type=test.measure.type,
            result=found.result,
            metric=found.metric,
            numerator=found.numerator,
            denominator=found.denominator,
            expires_on=found.expires_on,
        )

    def _norms_with_tests(self) -> list[Norm]:
        tested = {(test.framework_id, test.norm_id) for test in self.catalogue.tests}
        return [norm for norm in self.catalogue.norms if (norm.framework_id, norm.id) in tested]

    def _not_applicable_until(self, norm: Norm) -> date | None:
        if any(
            norm.id in framework.statutory
            for framework in self.catalogue.frameworks
            if framework.id == norm.framework_id
        ):
            return None
        norm_ids = [norm.id, norm.parent] if norm.parent is not None else [norm.id]
        analyses = rollup.analyses_held(self._visible("risk"), self._visible("document"), self._visible("decision"))
        statements = self._visible("applicability")
        return rollup.not_applicable_until(statements, norm.framework_id, norm_ids, analyses, self.as_of)

    def _contradictions(self, norm: Norm) -> tuple[bool, date | None]:
        """Whether something that we hold contradicts a norm, and the next day on which something will."""
        concerned = [norm, *self._rests_on(norm)]
        names = {name.lower() for one in concerned for name in (one.id, one.parent) if name is not None}
        days = rollup.contradicted_from(self._visible("finding"), names, set())
        denied = any(
            rollup.is_denied(self._visible("attestation"), one.framework_id, one.id, self.as_of) for one in concerned
        )
        later = [day for day in days if day > self.as_of]
        return denied or any(day <= self.as_of for day in days), min(later, default=None)

    def _rests_on(self, norm: Norm) -> list[Norm]:
        """The norms of which the tests prove this one."""
        resting = [link for link in self.catalogue.links if link.relation == "rests_on"]
        proving = {
            (link.to_framework_id, link.to_norm_id)
            for link in resting
            if (link.framework_id, link.norm_id) == (norm.framework_id, norm.id)
        }
        return [other for other in self.catalogue.norms if (other.framework_id, other.id) in proving]

    def _measure_row(self, norm: Norm, tested: Sequence[tuple[Test, Verdict]]) -> Result:
        own = [
            (test, found)
            for test, found in tested
            if (test.framework_id, test.norm_id) == (norm.framework_id, norm.id)
            and test.aspect in self.aspects
            and not test.beyond_norm
        ]
        own = rollup.best_of_groups(own)
        by_aspect = {
            aspect: rollup.aspect([found.result for test, found in own if test.aspect == aspect])
            for aspect in self.aspects
            if aspect in norm.aspects
        }
        until = self._not_applicable_until(norm)
        is_contradicted, next_cap = self._contradictions(norm)
        status = rollup.measure(list(by_aspect.values()), until is not None, is_contradicted)
        ends = [found.expires_on for _, found in own] + ([next_cap] if status == rollup.MET else [])
        return self._row(
            norm.framework_id,
            norm_id=norm.id,
            status=status,
            **{aspect: by_aspect.get(aspect) for aspect in ASPECTS},
            basis=rollup.weakest_basis(
                "documented" if found.result == "not_occurred" else test.basis
                for test, found in own
                if found.result != "no_evidence"
            ),
            expires_on=until + timedelta(days=1) if until is not None else rollup.earliest(ends),
            excepted_until=rollup.excepted_until(self._visible("exception"), norm.framework_id, norm.id, self.as_of),
        )

    def _control_row(self, control: Norm, statuses: dict[tuple[str, str], str]) -> Result:
        measures = [
            norm
            for norm in self.catalogue.norms
            if norm.level == "measure"
            and norm.state == "active"
            and (norm.framework_id, norm.parent) == (control.framework_id, control.id)
        ]
        if measures:
            status = rollup.together(statuses[norm.framework_id, norm.id] for norm in measures)
        else:
            status = statuses[control.framework_id, control.id]
        return self._row(control.framework_id, norm_id=control.id, status=status)

    def _indicator_row(self, number: int) -> Result:
        indicator = self.catalogue.indicators[number]
        measure = indicator.measure
        if measure.test_type.parameters.get("direction"):  # of several values the worse one counts
            measure = measure.model_copy(update={"direction": indicator.better})
        outcome = self._verdict(measure)
        shows_absence = measure.type in ("current", "fresh", "recurring") and self._is_covered(measure)
        value = rollup.shown_value(indicator, outcome.value)
        if outcome.result == "no_evidence" and shows_absence:
            value = 0.0
        return self._row(
            indicator.framework_id,
            indicator_id=indicator.id,
            principle_id=indicator.principle_id,
            value=value,
            colour="geen_gevallen" if outcome.result == "not_occurred" else rollup.colour(indicator, value),
        )

    def _principle_row(
        self, principle: Norm, indicators: Sequence[Result], statuses: dict[tuple[str, str], str]
    ) -> Result:
        own = [
            (row["colour"], indicator.weight, indicator.key)
            for row, indicator in zip(indicators, self.catalogue.indicators, strict=True)
            if (indicator.framework_id, indicator.principle_id) == (principle.framework_id, principle.id)
        ]
        controls = [
            (statuses[link.to_framework_id, link.to_norm_id], link.weight)
            for link in self.catalogue.links
            if _relates(link, principle)
        ]
        return self._row(principle.framework_id, principle_id=principle.id, **rollup.principle(own, controls))

    def _answer_rows(self, statuses: dict[tuple[str, str], str]) -> list[Result]:
        rows = []
        for question in self.catalogue.questions:
            status = rollup.together(statuses[question.framework_id, norm_id] for norm_id in question.norm_ids)
            rows.append(
                {
                    "organisation_id": self.organisation_id,
                    "questionnaire_id": question.questionnaire_id,
                    "question_id": question.id,
                    "status": status,
                    "answer": rollup.answer(status, question.scale),
                }
            )
        return rows


def _at_its_strength(test: Test, outcome: Verdict) -> Verdict:
    """What passes on evidence weaker than the test asks is partial, until it would be worse than that."""
    if outcome.result != "pass" or rollup.BASES.index(test.basis) <= rollup.BASES.index(test.min_basis):
        return outcome
    return replace(outcome, result="partial", expires_on=outcome.weak_until)


def _relates(link: Link, principle: Norm) -> bool:
    return link.relation == "related" and (link.framework_id, link.norm_id) == (principle.framework_id, principle.id)
