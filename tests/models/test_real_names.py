"""Names as municipalities write them find the word that they mean, and none finds another (`real_names.yaml`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from models.kind import vocabularies

LISTS: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "real_names.yaml").read_text("utf-8"))
ORGANISATION = "Gemeente Duinrand"
SHARE = 0.9
NAMED = [
    (vocabulary, which)
    for vocabulary, lists in LISTS.items()
    for which in ("names", "held_out", "later")
    if which in lists
]


def _words(vocabulary: str, name: str) -> list[str]:
    return list(vocabularies()[vocabulary].codes_in(name, ORGANISATION))


@pytest.mark.parametrize(("vocabulary", "which"), NAMED)
def test_real_names_find_their_word(vocabulary: str, which: str) -> None:
    names = LISTS[vocabulary][which]
    missed = [name for name, words in names.items() if _words(vocabulary, name) != words]
    assert len(missed) <= len(names) * (1 - SHARE), missed


@pytest.mark.parametrize(("vocabulary", "which"), NAMED)
def test_no_real_name_finds_another_word(vocabulary: str, which: str) -> None:
    finds = {name: _words(vocabulary, name) for name in LISTS[vocabulary][which]}
    assert {name: words for name, words in finds.items() if words and words != LISTS[vocabulary][which][name]} == {}


@pytest.mark.parametrize("vocabulary", LISTS)
def test_the_name_of_another_thing_finds_nothing(vocabulary: str) -> None:
    finds = {name: _words(vocabulary, name) for name in LISTS[vocabulary]["nothing"]}
    assert {name: words for name, words in finds.items() if words} == {}


@pytest.mark.parametrize("vocabulary", LISTS)
def test_every_expected_word_is_one_of_the_vocabulary(vocabulary: str) -> None:
    expected = {
        word for which in ("names", "held_out") for words in LISTS[vocabulary][which].values() for word in words
    }
    assert expected - set(vocabularies()[vocabulary].terms) == set()
