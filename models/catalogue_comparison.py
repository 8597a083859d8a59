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
    before = _active_norms(catalogue, old)
    levels = {norm.level for norm in before.values()}  # of the old BIO versions there are measures only
    after = [norm for norm in _active_norms(catalogue, new).values() if norm.level in levels]
    earlier: dict[str, list[Norm]] = defaultdict(list)
    led_on: set[str] = set()
    for link in catalogue.links:
        is_between = (link.framework_id, link.to_framework_id) == (old, new)
        if is_between and link.relation in _BECAME and link.norm_id in before:
            earlier[link.to_norm_id].append(before[link.norm_id])
            led_on.add(link.norm_id)
    needs = _needs_by_norm(catalogue)
    changes = [_change_of(norm, earlier[norm.id], needs) for norm in after]
    changes += [NormChange(norm, "gone") for norm in before.values() if norm.id not in led_on]
    return sorted(changes, key=lambda change: norm_order(change.norm.id))


def _active_norms(catalogue: Catalogue, framework_id: str) -> dict[str, Norm]:
    """The norms of a framework that hold, by number."""
    return {norm.id: norm for norm in catalogue.norms if norm.framework_id == framework_id and norm.state == "active"}


def missing(change: NormChange, present: Iterable[tuple[str, str]]) -> list[Needed]:
    """Of what a changed norm needs, that of which nothing is held. `present`: each kind with each word that there is of it; a
    norm can be proven without some, where its rules leave a choice."""
    held = set(present)
    kinds = {kind for kind, _ in held}
    lacking: list[Needed] = []
    for kind, words in change.needs:
        pairs = {(kind, word) for word in words}
        is_held = bool(pairs & held) if words else kind in kinds
        if not is_held:
            lacking.append((kind, words))
    return lacking


def _change_of(norm: Norm, earlier: list[Norm], needs: dict[tuple[str, str], set[Needed]]) -> NormChange:
    """How a norm differs from those that became it."""
    numbers = tuple(other.id for other in earlier)
    earlier_demands = [demand for other in earlier for demand in other.demands]
    earlier_texts = {demand.nl for demand in earlier_demands}
    texts = {demand.nl for demand in norm.demands}
    added: tuple[Demand, ...] = ()
    if earlier_texts:
        added = tuple(demand for demand in norm.demands if demand.nl not in earlier_texts)
    dropped = tuple(demand for demand in earlier_demands if demand.nl not in texts)
    sort = _sort_of(norm, numbers, is_changed=bool(added or dropped))
    new_needs: set[Needed] = set()
    if sort != "same" or earlier_texts:
        needed_before = {one for other in earlier for one in needs[other.framework_id, other.id]}
        new_needs = needs[norm.framework_id, norm.id] - needed_before
    return NormChange(norm, sort, numbers, added, dropped, tuple(sorted(new_needs)))


def _sort_of(norm: Norm, earlier_numbers: tuple[str, ...], *, is_changed: bool) -> Sort:
    """Which sort of change it is: of the demands before that of the number."""
    if not earlier_numbers:
        return "new"
    if is_changed:
        return "changed"
    return "same" if earlier_numbers == (norm.id,) else "moved"


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
