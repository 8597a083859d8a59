"""Tells how the norms of a catalogue can be proven: per norm and aspect with which basis, and how many of each.

This is about the rules, not about any organisation's evidence: what would a status rest on if everything came in?
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.aspect import ASPECTS, Aspect
from models.catalogue import Catalogue, Demand, Indicator, Norm, Test
from models.demand_check import BASES, lists_with_a_sample, strongest_basis
from models.kind import Basis, kinds


@dataclass(frozen=True, slots=True)
class NormCoverage:
    """How one norm can be proven: the bases of its tests per aspect, strongest first (none: the framework does not ask that
    aspect of it); kinds and test types used."""

    norm: Norm
    bases: dict[Aspect, tuple[Basis, ...]]
    kinds: tuple[str, ...]
    types: tuple[str, ...]
    ruled: tuple[Aspect, ...]  # aspects that the rules test; the others are left to the owner's statement

    def strongest(self, aspect: Aspect) -> Basis:
        """The best basis that this aspect can have."""
        return self.bases[aspect][0]

    @property
    def best(self) -> Basis:
        """The best basis that any aspect of the norm can have."""
        per_aspect = [bases[0] for bases in self.bases.values() if bases]
        return min(per_aspect, key=BASES.index)

    @property
    def attested_only(self) -> bool:
        """Whether nothing but statements of the owner can be brought in for this norm."""
        return self.best == "attested"


@dataclass(frozen=True, slots=True)
class Total:
    """Of `norms` norms, how many can have each basis as their best, for one aspect or (`aspect` None) for any."""

    framework_id: str
    level: str
    aspect: Aspect | None
    norms: int
    best: dict[Basis, int]

    def share(self, *bases: Basis) -> float:
        """The fraction (0–1) of the norms whose best basis is one of these."""
        if not self.norms:
            return 0.0
        proven = sum(self.best[basis] for basis in bases)
        return proven / self.norms


def norm_coverage(catalogue: Catalogue, framework_id: str | None = None) -> list[NormCoverage]:
    """How every tested norm can be proven, in the order of the catalogue; of one framework or of all."""
    tests: dict[tuple[str, str], list[Test]] = defaultdict(list)
    for test in catalogue.tests:
        tests[test.framework_id, test.norm_id].append(test)
    rows = []
    for norm in catalogue.norms:
        of_norm = tests[norm.framework_id, norm.id]
        if of_norm and framework_id in (None, norm.framework_id):
            rows.append(_coverage_of(norm, of_norm))
    return rows


def _coverage_of(norm: Norm, tests: Sequence[Test]) -> NormCoverage:
    from_rules = [test for test in tests if not test.implicit]
    aspects_of_rules = {test.aspect for test in from_rules}
    kinds_of_rules = {test.measure.kind for test in from_rules}
    types_of_rules = {test.measure.type for test in from_rules}
    return NormCoverage(
        norm=norm,
        bases=_bases_by_aspect(tests),
        kinds=tuple(sorted(kinds_of_rules)),
        types=tuple(sorted(types_of_rules)),
        ruled=tuple(aspect for aspect in ASPECTS if aspect in aspects_of_rules),
    )


def _bases_by_aspect(tests: Sequence[Test]) -> dict[Aspect, tuple[Basis, ...]]:
    """The bases of the tests that count, for every aspect, in their order."""
    bases: dict[Aspect, list[Basis]] = {aspect: [] for aspect in ASPECTS}
    for test in tests:
        if not test.beyond_norm:
            bases[test.aspect].append(test.basis)
    return {aspect: _ordered(of_aspect) for aspect, of_aspect in bases.items()}


@dataclass(frozen=True, slots=True)
class DemandCoverage:
    """What proves one demand of a norm: the tests that count, and the best basis that any of these can have."""

    norm: Norm
    demand: Demand
    tests: tuple[Test, ...]
    strongest: Basis | None  # None: no test that counts proves it

    @property
    def needs_a_person(self) -> bool:
        """Whether each of its tests rests on what a person judged: a reading, a sample, a statement."""
        return bool(self.tests) and all(test.measure.test_type.judged_by_a_person for test in self.tests)


@dataclass(frozen=True, slots=True)
class DemandTotal:
    """Of the demands of a framework: how many can have each basis as their best, how many nothing proves, how many only a
    person can judge; and of its norms how many have demands, all of them proven."""

    framework_id: str
    norms: int
    norms_with_demands: int
    norms_proven: int
    demands: int
    strongest: dict[Basis, int]
    unproven: int
    need_a_person: int


def demand_coverage(catalogue: Catalogue, framework_id: str | None = None) -> list[DemandCoverage]:
    """Every demand of every tested norm with what proves it, in the order of the catalogue; of one framework or of all."""
    proving: dict[tuple[str, str, str], list[Test]] = defaultdict(list)
    for test in catalogue.tests:
        for name in test.proves:
            proving[test.framework_id, test.norm_id, name].append(test)
    sampled = lists_with_a_sample(catalogue)
    rows = []
    for norm in catalogue.norms:
        if framework_id not in (None, norm.framework_id):
            continue
        for demand in norm.demands:
            tests = tuple(proving[norm.framework_id, norm.id, demand.id])
            bases = [strongest_basis(test, sampled) for test in tests]
            strongest = min(bases, key=BASES.index, default=None)
            rows.append(DemandCoverage(norm, demand, tests, strongest))
    return rows


def demand_totals(catalogue: Catalogue) -> list[DemandTotal]:
    """The numbers of every framework that has tested norms."""
    norms = [(row.norm.framework_id, row.norm.id) for row in norm_coverage(catalogue)]
    covered = demand_coverage(catalogue)
    framework_ids = dict.fromkeys(framework_id for framework_id, _ in norms)
    return [_demand_total(name, norms, covered) for name in framework_ids]


def _demand_total(
    framework_id: str, norms: Sequence[tuple[str, str]], covered: Sequence[DemandCoverage]
) -> DemandTotal:
    rows = [row for row in covered if row.norm.framework_id == framework_id]
    best = [row.strongest for row in rows]
    with_demands = {row.norm.id for row in rows}
    unproven = {row.norm.id for row in rows if row.strongest is None}
    return DemandTotal(
        framework_id=framework_id,
        norms=sum(name == framework_id for name, _ in norms),
        norms_with_demands=len(with_demands),
        norms_proven=len(with_demands - unproven),
        demands=len(rows),
        strongest={basis: best.count(basis) for basis in BASES},
        unproven=best.count(None),
        need_a_person=sum(row.needs_a_person for row in rows),
    )


@dataclass(frozen=True, slots=True)
class PrincipleCoverage:
    """How many indicators a principle has, how many of them come from evidence of a source (the others are computed from
    our own outcomes), and how many are key."""

    principle: Norm
    indicators: int
    measured: int
    keys: int


def principle_coverage(catalogue: Catalogue) -> list[PrincipleCoverage]:
    """The principles with their indicators, in the order of the catalogue."""
    indicators: dict[tuple[str, str], list[Indicator]] = defaultdict(list)
    for indicator in catalogue.indicators:
        indicators[indicator.framework_id, indicator.principle_id].append(indicator)
    rows = []
    for norm in catalogue.norms:
        if norm.level != "principle":
            continue
        of_principle = indicators[norm.framework_id, norm.id]
        from_evidence = sum(map(_is_from_evidence, of_principle))
        keys = sum(indicator.key for indicator in of_principle)
        rows.append(PrincipleCoverage(norm, len(of_principle), from_evidence, keys))
    return rows


def _is_from_evidence(indicator: Indicator) -> bool:
    """Whether more than a statement of the owner stands behind it; one of our own outcomes has no kind of evidence."""
    kind = indicator.measure.kind
    return bool(kind) and kinds()[kind].basis != "attested"


def totals(covered: Iterable[NormCoverage]) -> list[Total]:
    """Per framework and level: the numbers for any aspect and for each aspect."""
    groups: dict[tuple[str, str], list[NormCoverage]] = {}
    for row in covered:
        groups.setdefault((row.norm.framework_id, row.norm.level), []).append(row)
    numbers = []
    for (framework_id, level), rows in groups.items():
        best_of_any = [row.best for row in rows]
        numbers.append(_total(framework_id, level, None, best_of_any))
        for aspect in ASPECTS:
            best_of_aspect = [row.strongest(aspect) for row in rows if row.bases[aspect]]
            numbers.append(_total(framework_id, level, aspect, best_of_aspect))
    return numbers


def _total(framework_id: str, level: str, aspect: Aspect | None, best: Sequence[Basis]) -> Total:
    per_basis = {basis: best.count(basis) for basis in BASES}
    return Total(framework_id, level, aspect, len(best), per_basis)


def _ordered(bases: Iterable[Basis]) -> tuple[Basis, ...]:
    present = set(bases)
    return tuple(basis for basis in BASES if basis in present)
