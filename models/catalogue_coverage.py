"""Tells how the norms of a catalogue can be proven: per norm and aspect with which basis, and how many of each.

This is about the rules, not about any organisation's evidence: what would a status rest on if everything came in?
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.aspect import ASPECTS, Aspect
from models.catalogue import Catalogue, Norm
from models.kind import Basis, kinds

BASES: tuple[Basis, ...] = (
    "measured",
    "audited",
    "sampled",
    "documented",
    "declared",
    "attested",
)  # strongest first (domain.md §4)


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
        return min((self.strongest(aspect) for aspect in ASPECTS if self.bases[aspect]), key=BASES.index)

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
        return sum(self.best[basis] for basis in bases) / self.norms if self.norms else 0.0


def norm_coverage(catalogue: Catalogue, framework_id: str | None = None) -> list[NormCoverage]:
    """How every tested norm can be proven, in the order of the catalogue; of one framework or of all."""
    tests: dict[tuple[str, str], list[tuple[Aspect, Basis, str, str, bool]]] = {}
    for test in catalogue.tests:
        row = (test.aspect, test.basis, test.measure.kind, test.measure.type, test.implicit)
        tests.setdefault((test.framework_id, test.norm_id), []).append(row)
    covered = []
    for norm in catalogue.norms:
        rows = tests.get((norm.framework_id, norm.id))
        if rows is None or framework_id not in (None, norm.framework_id):
            continue
        bases = {aspect: _ordered(basis for of, basis, *_ in rows if of == aspect) for aspect in ASPECTS}
        ruled = [row for row in rows if not row[4]]
        covered.append(
            NormCoverage(
                norm=norm,
                bases=bases,
                kinds=tuple(sorted({kind for _, _, kind, _, _ in ruled})),
                types=tuple(sorted({test_type for _, _, _, test_type, _ in ruled})),
                ruled=tuple(aspect for aspect in ASPECTS if any(row[0] == aspect for row in ruled)),
            )
        )
    return covered


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
    found = []
    for norm in catalogue.norms:
        if norm.level == "principle":
            own = [
                one
                for one in catalogue.indicators
                if (one.framework_id, one.principle_id) == (norm.framework_id, norm.id)
            ]
            from_evidence = [one for one in own if one.measure.kind and kinds()[one.measure.kind].basis != "attested"]
            found.append(PrincipleCoverage(norm, len(own), len(from_evidence), sum(one.key for one in own)))
    return found


def totals(covered: Iterable[NormCoverage]) -> list[Total]:
    """Per framework and level: the numbers for any aspect and for each aspect."""
    groups: dict[tuple[str, str], list[NormCoverage]] = {}
    for row in covered:
        groups.setdefault((row.norm.framework_id, row.norm.level), []).append(row)
    found = []
    for (framework_id, level), rows in groups.items():
        for aspect in (None, *ASPECTS):
            asked = [row for row in rows if aspect is None or row.bases[aspect]]
            best = [row.best if aspect is None else row.strongest(aspect) for row in asked]
            counted = {basis: best.count(basis) for basis in BASES}
            found.append(Total(framework_id, level, aspect, len(asked), counted))
    return found


def _ordered(bases: Iterable[Basis]) -> tuple[Basis, ...]:
    present = set(bases)
    return tuple(basis for basis in BASES if basis in present)
