"""Two languages, one place that chooses, and no third one anywhere."""

from __future__ import annotations

import pytest

from models.language import Language, pick, pick_column


def test_a_text_is_picked_in_the_language_asked() -> None:
    assert pick(Language.NL, "Bronnen", "Sources") == "Bronnen"
    assert pick(Language.EN, "Bronnen", "Sources") == "Sources"
    assert pick("en", ("a",), ("b",)) == ("b",)


def test_a_column_is_picked_in_the_language_asked() -> None:
    row = {"title_nl": "Beleid", "title_en": "Policy"}
    assert [pick_column(row, "title", language) for language in Language] == ["Beleid", "Policy"]


@pytest.mark.parametrize("language", ["fr", "", "NL", "nl ", "nl-NL"])
def test_another_language_is_refused(language: str) -> None:
    with pytest.raises(ValueError, match="is not a valid Language"):
        pick(language, "Bronnen", "Sources")
