"""The letters of a file are those that were written, or the file is refused: never others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.tools.character_sets import decoded

TEXTS = [
    "Coördinatie, café, één, reëel, financiële crises, naïef, ideeën",
    "foto’s van “de wijk” – € 100…",
    "scène, crème brûlée à la carte",
    "COÖRDINATIE, ÉÉN",
    "12 500 m² à € 3,50 (± 5 %)",
    "‘s-Gravenhage, zo’n",
    "Malmö, Genève, Curaçao",
]
WORDS = st.lists(
    st.sampled_from(["één", "coördinatie", "reëel", "naïef", "café", "gemeente", "crème", "Curaçao", "1", "A-5"]),
    min_size=1,
)


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp850", "cp437", "mac_roman"])
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_read_as_it_was_written_whatever_its_set(text: str, name: str) -> None:
    try:
        content = text.encode(name)
    except UnicodeEncodeError:
        return  # this set has no such letters
    found = decoded(content)
    assert found is not None
    assert found[0] == text


@given(words=WORDS, name=st.sampled_from(["cp1252", "cp850", "cp437", "mac_roman"]))
def test_words_are_read_as_they_are_or_not_at_all(words: list[str], name: str) -> None:
    text = ";".join(words)
    found = decoded(text.encode(name))
    assert found is None or found[0] == text


@pytest.mark.parametrize(
    "content", [b"Stra\x9a\x81\x94 caf\x8e", b"\x80\x81\x82\x83 \x90", "Naam".encode("utf-16-le"), b"caf\xff\x82t"]
)
def test_what_makes_no_words_in_any_set_is_refused(content: bytes) -> None:
    assert decoded(content) is None
