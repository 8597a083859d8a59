"""Finds the norm that a number means: another spelling, a number of an earlier version, a number that was moved."""

from __future__ import annotations

from models.catalogue import Catalogue, Norm
from models.norm_number import plain_number

_KEPT = 4  # catalogues whose tables are kept ready
_tables: dict[int, tuple[Catalogue, _Table]] = {}


class _Table:
    """The norms of a catalogue by number and by plain spelling, and where each leads."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.norms: dict[tuple[str, str], Norm] = {(norm.framework_id, norm.id): norm for norm in catalogue.norms}
        self.spelled = {(norm.framework_id, plain_number(norm.id)): norm.id for norm in catalogue.norms}
        self.following = {
            (norm.framework_id, norm.id): (norm.framework_id, norm.moved_to)
            for norm in catalogue.norms
            if norm.moved_to
        }
        for link in catalogue.links:
            if link.relation in ("equal", "moved"):
                self.following[link.framework_id, link.norm_id] = (link.to_framework_id, link.to_norm_id)


def resolve_norm(catalogue: Catalogue, framework_id: str, norm_id: str) -> tuple[str, str] | None:
    """(framework, norm) that a number now means, or None when there is no such norm.

    Understands `5.1.1`, `05.01.01`, `A.5.1` and `BIO 5.01.01`; follows `moved_to` and links that are equal or moved,
    not those that are part or related. A norm that was withdrawn without a successor is its own answer.
    """
    table = _table(catalogue)
    here = (framework_id, norm_id)
    if here not in table.norms:
        here = (framework_id, table.spelled.get((framework_id, plain_number(norm_id)), norm_id))
    earlier_numbers = set()
    while here in table.following and here not in earlier_numbers:  # circles were refused when the catalogue was read
        earlier_numbers.add(here)
        here = table.following[here]
    return here if here in table.norms else None


def _table(catalogue: Catalogue) -> _Table:
    entry = _tables.get(id(catalogue))
    if entry is not None and entry[0] is catalogue:
        return entry[1]
    while len(_tables) >= _KEPT:
        _tables.pop(next(iter(_tables)), None)
    table = _Table(catalogue)
    _tables[id(catalogue)] = (catalogue, table)  # holding the catalogue keeps its id from being used again
    return table
