"""Evidence kinds and vocabularies fit together, and the roles of every kind bind in DuckDB."""

from __future__ import annotations

import duckdb
import pytest

from models.errors import CatalogueError
from models.expression_check import Checker
from models.kind import ENVELOPE_COLUMNS, SYSTEM_COLUMNS, Kind, kinds, vocabularies

ALL = list(kinds().values())
ENVELOPE = {column.name for column in ENVELOPE_COLUMNS}


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.kind)
def test_the_columns_a_kind_names_are_its_own(kind: Kind) -> None:
    own = [column.name for column in kind.columns]
    assert len(own) == len(set(own))
    assert not set(own) & (ENVELOPE | set(SYSTEM_COLUMNS))
    assert set(kind.observed_from) <= set(own)
    assert kind.discriminator is None or kind.discriminator in own
    assert kind.settles is None or kind.settles in own


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.kind)
def test_words_of_a_column_come_from_a_list_that_exists(kind: Kind) -> None:
    assert {column.vocabulary for column in kind.columns if column.vocabulary} <= set(vocabularies())


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.kind)
def test_roles_bind(kind: Kind) -> None:
    with duckdb.connect() as connection, Checker(connection) as checker:
        assert list(checker.roles(kind)) == []


def test_a_role_that_names_no_column_is_found() -> None:
    broken = kinds()["ticket"].model_copy(
        update={"roles": kinds()["ticket"].roles.model_copy(update={"due_at": "due"})}
    )
    with duckdb.connect() as connection, Checker(connection) as checker:
        [(severity, reason)] = checker.roles(broken)
    assert severity == "error"
    assert "due_at" in str(reason) and "'ticket'" in str(reason)


@pytest.mark.parametrize("name", sorted(vocabularies()))
def test_every_spelling_leads_to_one_word(name: str) -> None:
    vocabulary = vocabularies()[name]
    assert vocabulary.vocabulary == name
    for code, term in vocabulary.terms.items():
        for spelling in (code, term.nl, term.en, *term.synonyms):
            assert vocabulary.lookup(f" {spelling.upper()} ") == code


@pytest.mark.parametrize("name", sorted(vocabularies()))
def test_codes_are_plain_and_labels_are_not_empty(name: str) -> None:
    for code, term in vocabularies()[name].terms.items():
        assert code == code.casefold() and " " not in code and "-" not in code
        assert term.nl.strip() and term.en.strip()


def test_an_unknown_column_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(CatalogueError, match="ticket_type"):
        kinds()["ticket"].column("soort")


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.kind)
def test_a_record_without_a_title_is_named_by_columns_that_are_not_personal(kind: Kind) -> None:
    assert kind.naming
    assert not any(kind.column(name).personal for name in kind.naming)
