"""Checks that what norms demand is proven: every demand by a test that counts, and every counted aspect by evidence that can be
strong enough."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.catalogue import Catalogue, Norm, Population, Test
from models.kind import Basis
from models.message import Text, message
from models.wording import both_words

# The strongest first (domain.md section 5).
BASES: tuple[Basis, ...] = ("measured", "audited", "sampled", "documented", "declared", "attested")

_NO_DEMANDS = message("finding.no_demands")
_NO_PROOF = message("finding.proves_nothing")


@dataclass(frozen=True, slots=True)
class DemandFinding:
    """What is wrong with a norm or test: its subject and place, how bad it is, and what."""

    severity: str
    subject: str
    place: str
    reason: Text


def lists_with_a_sample(catalogue: Catalogue) -> list[Population]:
    """The lists that a test of the catalogue draws a sample from."""
    return [test.measure.population for test in catalogue.tests if test.measure.sample]


def strongest_basis(test: Test, sampled: Sequence[Population]) -> Basis:
    """The best basis that a test can have: a sample of its list proves what the owner states himself."""
    about = set(test.measure.about)
    with_a_sample = [one for one in sampled if one.kind == test.measure.kind and about <= set(one.about)]
    if test.basis == "declared" and about and with_a_sample:
        return "sampled"
    return test.basis


def demand_findings(catalogue: Catalogue) -> Iterator[DemandFinding]:
    """Per norm that carries tests: no demands, a demand that nothing proves, an aspect that can never pass."""
    frameworks = catalogue.frameworks
    strict = {one.id for one in frameworks if one.all_demands}
    sampled = lists_with_a_sample(catalogue)
    tests: dict[tuple[str, str], list[Test]] = defaultdict(list)
    for test in catalogue.tests:
        key = (test.framework_id, test.norm_id)
        tests[key].append(test)
    for norm in catalogue.norms:
        of_norm = tests[norm.framework_id, norm.id]
        if of_norm and norm.demands:
            yield from _unproven(norm, of_norm)
            yield from _wrong_groups(of_norm)
            yield from _never_passing(norm, of_norm, sampled)
        elif of_norm:
            severity = "error" if norm.framework_id in strict else "note"
            place = _place(of_norm)
            yield DemandFinding(severity, _subject(norm), place, _NO_DEMANDS)


def sample_findings(catalogue: Catalogue) -> Iterator[DemandFinding]:
    """The tests that share the name of a sample and draw it from another list, or in another rhythm, than the first."""
    first_of: dict[str, Test] = {}
    for test in catalogue.tests:
        name = test.measure.sample
        if not name:
            continue
        first = first_of.setdefault(name, test)
        if _drawn_from(test) != _drawn_from(first):
            reason = message("finding.sample_of_two_lists", sample=name, test=first.id)
            yield DemandFinding("error", test.id, test.place, reason)


def _drawn_from(test: Test) -> tuple[Population, str]:
    """The list and the rhythm that a sample is drawn by."""
    return test.measure.population, test.measure.frequency


def _unproven(norm: Norm, tests: Sequence[Test]) -> Iterator[DemandFinding]:
    """The demands that no test that counts proves, and the tests that count and prove none."""
    counting = [test for test in tests if not test.beyond_norm]
    proven = {name for test in counting for name in test.proves}
    unproven = [demand for demand in norm.demands if demand.id not in proven]
    without_proof = [test for test in counting if not test.proves and not test.implicit]
    for demand in unproven:
        what = message("finding.demand", id=demand.id, part=demand.part)
        reason = message("finding.unproven", what=what)
        yield DemandFinding("error", _subject(norm), _place(tests), reason)
    for test in without_proof:
        yield DemandFinding("warning", test.id, test.place, _NO_PROOF)


def _wrong_groups(tests: Sequence[Test]) -> Iterator[DemandFinding]:
    """The groups of which the best test counts that have one test only, or tests that prove different demands."""
    groups: dict[tuple[str, str, str, str], list[Test]] = defaultdict(list)
    for test in tests:
        if test.any_of:
            groups[test.proof].append(test)
    for group in groups.values():
        first = group[0]
        proven = {frozenset(test.proves) for test in group}
        if len(group) == 1:
            reason = message("finding.alone_in_group", group=first.any_of)
            yield DemandFinding("warning", first.id, first.place, reason)
        if len(proven) > 1:
            reason = message("finding.group_of_other_demands", group=first.any_of)
            yield DemandFinding("error", first.id, first.place, reason)


def _never_passing(norm: Norm, tests: Sequence[Test], sampled: Sequence[Population]) -> Iterator[DemandFinding]:
    """The tests that count for which no evidence can be strong enough, and the counted aspects that have no test."""
    enough = {test.proof for test in tests if _is_enough(test, sampled)}
    for test in tests:
        best, least = strongest_basis(test, sampled), test.min_basis
        if test.proof in enough or test.beyond_norm:
            continue
        if test.implicit:
            reason = message("finding.no_test_of_aspect", aspect=both_words(test.aspect))
            yield DemandFinding("error", _subject(norm), _place(tests), reason)
        else:
            what = message("finding.at_best", basis=both_words(best))
            needed = message("finding.needed_basis", basis=both_words(least))
            reason = message("finding.cannot_pass", what=what, needed=needed)
            yield DemandFinding("error", test.id, test.place, reason)


def _is_enough(test: Test, sampled: Sequence[Population]) -> bool:
    """Whether evidence for a test can be as strong as it asks."""
    best = strongest_basis(test, sampled)
    return BASES.index(best) <= BASES.index(test.min_basis)


def _subject(norm: Norm) -> str:
    return f"{norm.framework_id} {norm.id}"


def _place(tests: Sequence[Test]) -> str:
    return next((test.place for test in tests if test.place), "")
