"""A few norms of the catalogue, for what is the same with few and with many: a night over them takes half the time, and a golden
file of them can be read."""

from __future__ import annotations

import hashlib
from functools import cache

from models.catalogue import Catalogue
from models.loading import default_frameworks, load_catalogue

# With these every test type has every result, reason and basis that it has with all norms: `tests/test_few_norms.py`.
FEW_NORMS = frozenset(
    {
        "5.1", "5.01.01", "5.01.02", "5.09.01", "5.14.05", "5.18.01", "5.24", "5.24.01", "5.24.02", "5.30.01",
        "5.36", "5.36.01", "6.1", "6.01.01", "6.7", "7.01.02", "8.01.02", "8.4", "8.08.05", "8.9", "8.12",
        "8.13", "8.13.04", "8.14", "8.30.01",
    }
)  # fmt: skip
FEW_PRINCIPLES = frozenset({"2", "4", "7"})


@cache
def few_norms() -> Catalogue:
    """The catalogue of the example with these norms and principles, and all that is about them."""
    return chosen_norms(FEW_NORMS, FEW_PRINCIPLES)


def chosen_norms(numbers: frozenset[str], principles: frozenset[str]) -> Catalogue:
    """The catalogue of the example with norms of the BIO and principles of these numbers, and all that is about them."""
    whole = load_catalogue(default_frameworks())
    ours = {
        (norm.framework_id, norm.id)
        for norm in whole.norms
        if _is_one_of(numbers, principles, norm.framework_id, norm.id)
    }
    links = [
        link
        for link in whole.links
        if (link.to_framework_id, link.to_norm_id) in ours
        and (not _is_judged(whole, link.framework_id) or (link.framework_id, link.norm_id) in ours)
    ]
    ours |= {(link.framework_id, link.norm_id) for link in links}
    return whole.model_copy(
        update={
            "norms": tuple(norm for norm in whole.norms if (norm.framework_id, norm.id) in ours),
            "links": tuple(links),
            "tests": tuple(test for test in whole.tests if (test.framework_id, test.norm_id) in ours),
            "indicators": tuple(each for each in whole.indicators if (each.framework_id, each.principle_id) in ours),
            "questions": tuple(
                question
                for question in whole.questions
                if any((question.framework_id, norm_id) in ours for norm_id in question.norm_ids)
            ),
            "digest": hashlib.sha256(f"{whole.digest} {sorted(ours)}".encode()).hexdigest(),
        }
    )


def _is_judged(whole: Catalogue, framework_id: str) -> bool:
    return any(test.framework_id == framework_id for test in whole.tests) or any(
        indicator.framework_id == framework_id for indicator in whole.indicators
    )


def _is_one_of(numbers: frozenset[str], principles: frozenset[str], framework_id: str, norm_id: str) -> bool:
    if framework_id.startswith("bio2-1.3"):
        return norm_id in numbers
    return framework_id.startswith("principes") and norm_id in principles
