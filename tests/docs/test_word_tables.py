"""The words in `docs/bewijs.md` are those of the vocabularies and the rules."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from models.catalogue import Catalogue
from models.kind import vocabularies
from models.loading import load_catalogue
from models.word_tables import with_word_tables, word_tables

DOCUMENT = Path(__file__).parents[2] / "docs" / "bewijs.md"
FRAMEWORKS = ["bio2-1.3", "principes-2018", "digid-3.0"]
HEADINGS = [
    "Onderwerpen van documenten en besluiten", "Maten", "Meldingen", "Labels van meldingen", "Trainingen", "Oefeningen en proeven",
    "Bevindingen", "Verklaringen van derden", "Herkomst van verbetermaatregelen", "Elementen van teksten", "Registers",
]  # fmt: skip


@cache
def packaged() -> Catalogue:
    return load_catalogue(FRAMEWORKS)


def test_there_is_a_table_under_each_heading() -> None:
    assert list(word_tables(packaged())) == HEADINGS


@pytest.mark.parametrize("heading", HEADINGS)
def test_the_document_has_the_words_of_the_rules(heading: str) -> None:
    """When this fails, put `models.word_tables.with_word_tables` of the document in its place."""
    document = DOCUMENT.read_text("utf-8")
    section = document.partition(f"### {heading}\n")[2].partition("\n#")[0]
    assert word_tables(packaged())[heading] in section


def test_the_tables_are_put_in_their_place() -> None:
    document = DOCUMENT.read_text("utf-8")
    spoilt = document.replace("| Maat | Code | Ook goed | Voor |", "| Maat | iets anders |")
    assert spoilt != document
    assert with_word_tables(spoilt, packaged()) == document


def test_every_word_that_a_rule_asks_for_is_listed() -> None:
    """Each topic, metric and kind of ticket that the rules name has a row, with the number of a norm that names it."""
    asked = {word for test in packaged().tests if test.measure.kind == "measurement" for word in test.measure.about}
    rows = word_tables(packaged())["Maten"].splitlines()
    assert {word for word in asked if not any(f"| `{word}` |" in row for row in rows)} == set()
    assert asked <= vocabularies()["metric"].terms.keys()
    assert all(row.rpartition("|")[0].rpartition("|")[2].strip() for row in rows)
