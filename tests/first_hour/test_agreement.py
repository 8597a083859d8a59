"""What an officer must know to hand in evidence is said once, in the kinds, vocabularies and rules: the documentation, the
templates, what `ensia init` recognises, what a sample shows and what a refusal allows say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.main import main
from cli.reference import reference_pages
from connectors.tools.proposal import label_of_column
from connectors.tools.values import ValueProblem, convert
from models.configuration import parse_configuration
from models.effort import efforts
from models.errors import ConfigurationError
from models.headings import all_headings, list_types, meanings_anywhere
from models.kind import ENVELOPE_COLUMNS, kinds, source_kinds, vocabularies
from models.language import Language
from models.list_description import ListDescription, described_lists
from models.loading import default_frameworks, load_catalogue
from models.message import Say
from models.words import key_of_word
from reports.list_template import sheet_name
from tests.first_hour.templates import filled

ALL = described_lists(load_catalogue(default_frameworks()))
EVIDENCE_PAGE = (Path(__file__).parents[2] / "docs" / "bewijs.md").read_text("utf-8")


def columns_of_kind(kind: str) -> set[str]:
    return {column.name for column in (*kinds()[kind].columns, *ENVELOPE_COLUMNS)}


def test_headings_are_of_columns_that_there_are() -> None:
    assert set(all_headings().kinds) == set(source_kinds())
    for kind, headings in all_headings().kinds.items():
        assert {*headings.columns, *headings.perhaps} <= columns_of_kind(kind), kind
        assert {column for key in headings.keys for column in key} <= columns_of_kind(kind), kind
    assert set(all_headings().registers) == set(vocabularies()["register"].terms)
    for register, columns in all_headings().registers.items():
        assert set(columns) <= columns_of_kind("register_entry"), register


def test_a_heading_that_is_sure_means_one_column_of_a_list() -> None:
    for kind, headings in all_headings().kinds.items():
        spelled: dict[str, set[str]] = {}
        for column, spellings in headings.columns.items():
            for heading in spellings:
                spelled.setdefault(key_of_word(heading), set()).add(column)
        assert {key: columns for key, columns in spelled.items() if len(columns) > 1} == {}, kind


@pytest.mark.parametrize("description", ALL, ids=lambda one: one.list_type.register or one.list_type.kind)
def test_what_a_template_heads_is_recognised_as_that_column(description: ListDescription) -> None:
    known = meanings_anywhere(description.list_type)  # a template heads every column by its own name
    for column in description.columns:
        meaning = known[key_of_word(column.nl)]
        assert (meaning.column, meaning.is_sure) == (column.name, True)
        label = label_of_column(description.list_type, column.name).in_language(Language.NL)
        assert key_of_word(label) == key_of_word(column.nl)


def test_every_list_and_kind_stands_in_the_documentation() -> None:
    lists = reference_pages()["reference/lijsten.md"]
    for description in ALL:
        assert f"## {description.nl} (" in lists
    table = EVIDENCE_PAGE.partition("## Soorten bewijs")[2].partition("\n## ")[0].casefold()
    rows = {key_of_word(row.split("|")[1]) for row in table.splitlines() if row.startswith("|")}
    # what belongs to the account itself is told in docs/catalogus.md
    untold = {kind.kind for kind in kinds().values() if key_of_word(kind.nl) not in rows}
    assert untold <= {"applicability", "exception", "reading", "sample_result"}


def test_what_a_sample_shows_has_the_names_of_the_template(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "250")
    shown_lists = [one for one in ALL if not one.is_personal and one.list_type.kind != "register_entry"]
    filled(tmp_path / "lijsten.xlsx", shown_lists, Language.NL)
    assert main(["init", str(tmp_path), "--yes", "--name", "Duinrand"]) == 0
    capsys.readouterr()
    assert main(["sources", "sample", "-c", str(tmp_path)]) == 0
    sample = re.sub(r"\s+", " ", capsys.readouterr().out)
    for description in shown_lists:
        part = sample.partition(f"blad {sheet_name(description, Say(Language.NL))}, rij 3")[2].partition("blad ")[0]
        assert part, description.nl
        missing = [column.nl for column in description.columns if f"{column.name} {column.nl} " not in part]
        assert not missing, description.nl


def test_a_refused_word_is_told_every_word_that_may_stand_there() -> None:
    for description in ALL:
        for column in kinds()[description.list_type.kind].columns:
            if column.vocabulary is None or vocabularies()[column.vocabulary].open or column.type != "text":
                continue
            with pytest.raises(ValueProblem) as refusal:
                convert(column, "een woord dat er niet is")
            assert all(term.nl in str(refusal.value) for term in vocabularies()[column.vocabulary].terms.values())


def test_a_refused_kind_is_told_every_kind() -> None:
    text = "organisation: {id: a, name: A}\nsources: [{id: x, connector: lynis, file: x, covers: [{kind: koffie}]}]\n"
    with pytest.raises(ConfigurationError) as refusal:
        parse_configuration(text, "ensia.yaml")
    assert all(kind in str(refusal.value) for kind in kinds())


def test_hours_are_of_lists_that_there_are() -> None:
    names = {list_type.register or list_type.kind for list_type in list_types()}
    assert set(efforts().lists) <= names
