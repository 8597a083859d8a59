"""Templates of running text: each mark makes its block, a value is never markup, and both languages have every template."""

from __future__ import annotations

from datetime import date, datetime
from importlib import resources
from pathlib import PurePath

import pytest
from jinja2 import DictLoader, UndefinedError

from reports import prose
from reports.document import Bullets, Heading, Paragraph, Picture, Table
from reports.prose import Phrases, document, sentences
from reports.provenance import Provenance

TITLES = "= Titel\n== {{ name }}\n=== CONCEPT\n"


@pytest.fixture
def origin() -> Provenance:
    return Provenance(
        organisation_id="dorp",
        organisation="Ons dorp",
        as_of=date(2026, 11, 20),
        run_no=1,
        run_id="20261120T021500-000000",
        finished=datetime(2026, 11, 20, 3, 15),
        sources=0,
        uncertain=(),
        records=0,
        rejected=0,
        tests=0,
        tests_known=0,
        catalogue_digest="",
        program_version="",
        frameworks=(),
        frozen=None,
    )


@pytest.fixture
def template(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What stands here under `name.nl.j2` is a template."""
    texts: dict[str, str] = {}
    environment = prose._environment("nl").overlay(loader=DictLoader(texts), cache_size=0)
    monkeypatch.setattr(prose, "_environment", lambda lang: environment)
    return texts


def test_every_mark_makes_its_block(template: dict[str, str], origin: Provenance) -> None:
    template["t.nl.j2"] = TITLES + (
        "# Kop\n\nEen zin\ndie verder gaat.\n? vul in\n~ klein\n- een\n  en meer\n\n- twee\n#+ Nieuw\n"
        "|: 0.3 0.7\n| A | B\n| 1 |\n@ plaat | onder | in woorden\n"
    )
    made = document("t", origin, "nl", pictures={"plaat": b"PNG"}, name="Ons dorp")
    assert (made.title, made.subtitle, made.mark) == ("Titel", "Ons dorp", "CONCEPT")
    assert made.blocks == [
        Heading("Kop"),
        Paragraph("Een zin die verder gaat."),
        Paragraph("vul in", open=True),
        Paragraph("klein", note=True),
        Bullets(["een en meer", "twee"]),
        Heading("Nieuw", new_page=True),
        Table(["A", "B"], [["1", ""]], [0.3, 0.7]),
        Picture(b"PNG", "in woorden", "onder"),
    ]


@pytest.mark.parametrize("value", ["- a | b", "# kop", "a\n\n- b", "= x", "@ a | b | c", "{{ 7 * 7 }}", "<b>&</b>"])
def test_a_value_is_never_markup(template: dict[str, str], origin: Provenance, value: str) -> None:
    template["t.nl.j2"] = TITLES + "\n{{ name }}\n\n- {{ name }}\n|: 1\n| {{ name }}\n"
    on_one_line = " ".join(value.split())
    made = document("t", origin, "nl", name=value)
    assert made.subtitle == on_one_line
    assert made.blocks == [Paragraph(on_one_line), Bullets([on_one_line]), Table([on_one_line], [], [1.0])]


def test_a_macro_gives_a_phrase_on_one_line(template: dict[str, str]) -> None:
    template["t.nl.j2"] = "{% macro of(name) %}\nvan\n{{ name }}\n{% endmacro %}"
    assert Phrases("t", "nl")("of", "- a | b") == "van - a | b"


def test_a_fact_that_is_not_there_is_refused(template: dict[str, str]) -> None:
    template["t.nl.j2"] = "- {{ nothing }}"
    with pytest.raises(UndefinedError, match="'nothing' is undefined"):
        sentences("t", "nl")


def test_a_row_without_the_widths_of_its_table_is_refused(template: dict[str, str], origin: Provenance) -> None:
    template["t.nl.j2"] = TITLES + "| A | B"
    with pytest.raises(ValueError, match="a row without the widths of its table"):
        document("t", origin, "nl", name="x")


def test_both_languages_have_every_template() -> None:
    names = {file.name for file in resources.files("reports").joinpath("templates").iterdir()}
    of_language = {lang: {n for n in names if PurePath(n).suffixes[:1] == [f".{lang}"]} for lang in ("nl", "en")}
    dutch = {name.removesuffix(".nl.j2") for name in of_language["nl"]}
    assert dutch == {name.removesuffix(".en.j2") for name in of_language["en"]} and "college_statement" in dutch
