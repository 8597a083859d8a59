"""What changes when one framework takes the place of another: which norms are new, gone, moved or changed, in demands and in the
evidence that their tests ask for. Old numbers find new ones by the links between the two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from models.catalogue import Catalogue, Demand, Measure, Norm
from models.norm_number import norm_order

Sort = Literal["new", "gone", "moved", "changed", "same"]
_BECAME = ("equal", "moved", "part")  # relations by which an old norm leads to a new one
Needed = tuple[str, tuple[str, ...]]  # a kind of evidence, and which of it; no words: all of it


@dataclass(frozen=True, slots=True)
class NormChange:
    """How a norm differs. `norm`: that of the new framework, or of the old where it is gone; `earlier`: the old norms that it
    takes the place of. `added` and `dropped` demands, where the old framework has demands at all; `needs`: the evidence that
    the tests of the new norm ask for and those of the old did not."""

    norm: Norm
    sort: Sort
    earlier: tuple[str, ...] = ()
    added: tuple[Demand, ...] = ()
    dropped: tuple[Demand, ...] = ()
    needs: tuple[Needed, ...] = ()


def compare_frameworks(catalogue: Catalogue, old: str, new: str) -> list[NormChange]:
    """The change of every active norm that is tested, in the order of the numbers. `catalogue` holds both frameworks."""
    before = {norm.id: norm for norm in catalogue.norms if norm.framework_id == old and norm.state == "active"}
    levels = {norm.level for norm in before.values()}  # of the old BIO versions there are measures only
    after = {
        norm.id: norm
        for norm in catalogue.norms
        if norm.framework_id == new and norm.state == "active" and norm.level in levels
    }
    earlier: dict[str, list[str]] = defaultdict(list)
    for link in catalogue.links:
        is_between = (link.framework_id, link.to_framework_id) == (old, new)
        if is_between and link.relation in _BECAME and link.norm_id in before:
            earlier[link.to_norm_id].append(link.norm_id)
    needs = _needs_by_norm(catalogue)
    changes = [
        _change_of(norm, [before[number] for number in earlier[norm.id]], needs) for norm in after.values()
    ]  # fmt: skip
    led_on = {number for numbers in earlier.values() for number in numbers}
    changes += [NormChange(norm, "gone") for norm in before.values() if norm.id not in led_on]
    return sorted(changes, key=lambda change: norm_order(change.norm.id))


def missing(change: NormChange, present: Iterable[tuple[str, str]]) -> list[Needed]:
    """Of what a changed norm needs, that of which nothing is held. `present`: each kind with each word that there is of it; a
    norm can be proven without some, where its rules leave a choice."""
    held = set(present)
    kinds = {kind for kind, _ in held}
    return [
        (kind, words)
        for kind, words in change.needs
        if not (any((kind, word) in held for word in words) if words else kind in kinds)
    ]


def _change_of(norm: Norm, earlier: list[Norm], needs: dict[tuple[str, str], set[Needed]]) -> NormChange:
    numbers = tuple(other.id for other in earlier)
    earlier_texts = {demand.nl for other in earlier for demand in other.demands}
    says = {demand.nl for demand in norm.demands}
    knows_demands = bool(earlier_texts)
    added = tuple(demand for demand in norm.demands if knows_demands and demand.nl not in earlier_texts)
    dropped = tuple(demand for other in earlier for demand in other.demands if demand.nl not in says)
    needed = needs[norm.framework_id, norm.id]
    needed_before = {one for other in earlier for one in needs[other.framework_id, other.id]}
    sort: Sort = "new"
    if earlier:
        sort = "same" if numbers == (norm.id,) else "moved"
        if added or dropped:
            sort = "changed"
    new_needs = needed - needed_before if sort != "same" or knows_demands else set()
    return NormChange(norm, sort, numbers, added, dropped, tuple(sorted(new_needs)))


def _needs_by_norm(catalogue: Catalogue) -> dict[tuple[str, str], set[Needed]]:
    needs: dict[tuple[str, str], set[Needed]] = defaultdict(set)
    for test in catalogue.tests:
        if test.measure.kind and test.measure.test_type.looks_at == "evidence" and not test.beyond_norm:
            needs[test.framework_id, test.norm_id] |= _needed(test.measure)
    return needs


def _needed(measure: Measure) -> set[Needed]:
    """What a test looks at, and what it holds that against."""
    others = [measure.matched] if measure.matched is not None else []
    return {(one.kind, tuple(sorted(one.about))) for one in (measure, *others)}
