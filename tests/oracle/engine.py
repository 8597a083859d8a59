"""The assessment once more, in plain slow Python: everything that the SQL engine computes, computed row by row from the
words of the domain description. Tests compare the two; nothing in the product imports this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from models.aspect import ASPECTS, Aspect
from models.catalogue import Catalogue, Link, Measure, Norm, Test
from tests.oracle import rollup
from tests.oracle.records import Row, World, covered, select, visible
from tests.oracle.verdicts import Case, Verdict, verdict

Result = dict[str, Any]


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
        tested = [(test, self._verdict(test.measure, self._own_attestations(test))) for test in self.catalogue.tests]
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
        is_covered = covered(
            self.world.runs, self.organisation_id, measure.kind, measure.about, self.as_of, self.known_at
        )
        rows = [row for row in rows if only is None or only(row)]
        return verdict(Case(measure, rows, self.as_of, self.world.twins, is_covered, self._visible))

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

    def _is_not_applicable(self, norm: Norm) -> bool:
        norm_ids = [norm.id, norm.parent] if norm.parent is not None else [norm.id]
        return rollup.not_applicable(self._visible("applicability"), norm.framework_id, norm_ids, self.as_of)

    def _measure_row(self, norm: Norm, tested: Sequence[tuple[Test, Verdict]]) -> Result:
        own = [
            (test, found)
            for test, found in tested
            if (test.framework_id, test.norm_id) == (norm.framework_id, norm.id) and test.aspect in self.aspects
        ]
        by_aspect = {
            aspect: rollup.aspect([found.result for test, found in own if test.aspect == aspect])
            for aspect in self.aspects
            if aspect in norm.aspects
        }
        return self._row(
            norm.framework_id,
            norm_id=norm.id,
            status=rollup.measure(list(by_aspect.values()), self._is_not_applicable(norm)),
            **{aspect: by_aspect.get(aspect) for aspect in ASPECTS},
            basis=rollup.weakest_basis(test.basis for test, found in own if found.result != "no_evidence"),
            expires_on=rollup.earliest(found.expires_on for _, found in own),
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
        if measure.type == "metric":  # of several values on the newest day the worst one counts
            measure = measure.model_copy(update={"direction": indicator.better})
        value = rollup.shown_value(indicator, self._verdict(measure).value)
        return self._row(
            indicator.framework_id,
            indicator_id=indicator.id,
            principle_id=indicator.principle_id,
            value=value,
            colour=rollup.colour(indicator, value),
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


def _relates(link: Link, principle: Norm) -> bool:
    return link.relation == "related" and (link.framework_id, link.norm_id) == (principle.framework_id, principle.id)
