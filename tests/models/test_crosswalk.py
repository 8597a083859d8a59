"""Numbers as people write them find the norm that is meant."""

from __future__ import annotations

import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalogue import Catalogue, Framework, Link, Norm
from models.crosswalk import resolve_norm
from models.norm_number import norm_order, plain_number


def norm(framework_id: str, norm_id: str, moved_to: str | None = None) -> Norm:
    return Norm(
        framework_id=framework_id, id=norm_id, level="measure", title_nl=norm_id, title_en=norm_id, moved_to=moved_to,
        state="moved" if moved_to else "active",
    )  # fmt: skip


def catalogue(*norms: Norm, links: tuple[Link, ...] = ()) -> Catalogue:
    frameworks = tuple(
        Framework(id=name, title_nl=name, title_en=name, version="1", published="2026-01-01", source="test")
        for name in sorted({norm.framework_id for norm in norms})
    )
    return Catalogue(
        frameworks=frameworks, norms=norms, links=links, tests=(), indicators=(), questionnaires=(), questions=()
    )


def link(norm_id: str, to_norm_id: str, relation: str) -> Link:
    return Link.model_validate(
        {"framework_id": "oud", "norm_id": norm_id, "to_framework_id": "nieuw", "to_norm_id": to_norm_id, "relation": relation}
    )  # fmt: skip


SMALL = catalogue(
    norm("nieuw", "5.1"), norm("nieuw", "5.01.01"), norm("nieuw", "5.01.02", "5.02.01"), norm("nieuw", "5.02.01", "5.10.03"),
    norm("nieuw", "5.10.03"), norm("nieuw", "U/WA.02"),
    norm("oud", "1"), norm("oud", "2"), norm("oud", "3"), norm("oud", "4"),
    links=(link("1", "5.01.01", "equal"), link("2", "5.01.02", "moved"), link("3", "5.01.01", "part"), link("4", "5.1", "related")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("5.01.01", "5.01.01"), ("5.1.1", "5.01.01"), ("05.01.01", "5.01.01"), ("BIO 5.01.01", "5.01.01"),
        ("bio2 5.1.1", "5.01.01"), ("BIO2-5.01.01", "5.01.01"), (" 5.01.01 ", "5.01.01"), ("A.5.1", "5.1"), ("5.1", "5.1"),
        ("ISO 5.1", "5.1"), ("A.5.01", "5.1"), ("5.01.02", "5.10.03"), ("5.1.2", "5.10.03"), ("u/wa.02", "U/WA.02"),
    ],
)  # fmt: skip
def test_habits_of_writing(written: str, meant: str) -> None:
    assert resolve_norm(SMALL, "nieuw", written) == ("nieuw", meant)


@pytest.mark.parametrize(
    ("old", "found"),
    [("1", ("nieuw", "5.01.01")), ("2", ("nieuw", "5.10.03")), ("3", ("oud", "3")), ("4", ("oud", "4"))],
)
def test_equal_and_moved_are_followed_part_and_related_are_not(old: str, found: tuple[str, str]) -> None:
    assert resolve_norm(SMALL, "oud", old) == found


@pytest.mark.parametrize("written", ["5.01.03", "5.9", "", "beleid", "5.01.01.01"])
def test_what_is_no_norm_is_none(written: str) -> None:
    assert resolve_norm(SMALL, "nieuw", written) is None
    assert resolve_norm(SMALL, "nergens", "5.01.01") is None


@pytest.mark.slow
def test_another_catalogue_has_other_answers() -> None:
    """Also when it takes the place in memory of one that is gone, and has no digest to tell them apart."""
    for number in range(50):
        short = catalogue(norm("nieuw", f"9.01.{number:02d}"))
        assert resolve_norm(short, "nieuw", f"9.1.{number}") == ("nieuw", f"9.01.{number:02d}")
        assert resolve_norm(short, "nieuw", f"9.1.{number + 1}") is None
        del short
        gc.collect()


@given(st.lists(st.integers(0, 99), min_size=1, max_size=4), st.sampled_from(["", "A.", "BIO ", "bio2 ", "ISO "]))
def test_spelling_does_not_change_a_number(parts: list[int], prefix: str) -> None:
    short = ".".join(str(part) for part in parts)
    assert plain_number(prefix + ".".join(f"{part:02d}" for part in parts)) == short


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=2, max_size=20))
def test_numbers_sort_as_numbers(pairs: list[tuple[int, int]]) -> None:
    written = [f"{first}.{second:02d}" for first, second in pairs]
    assert [norm_order(text) for text in sorted(written, key=norm_order)] == [
        norm_order(f"{first}.{second:02d}") for first, second in sorted(pairs)
    ]
