"""The fuzz run finds what it is for, in parsers with a fault that was put there; and a few hundred inputs of the real ones pass."""

from __future__ import annotations

import random
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from connectors.base import Connector
from tests.connectors.unruly import Unruly
from tests.fuzz import second_readings
from tests.fuzz.__main__ import Keeper, try_inputs
from tests.fuzz.comparison import Compared
from tests.fuzz.mistaken import Mistaken
from tests.fuzz.packages import Part, packed, unpacked
from tests.fuzz.parsers import PARSERS, Input, Parser, Whole
from tests.fuzz.run import FAULTS, Outcome, Tally, Trial
from tests.fuzz.second_readings import lines_shown

SEED = 7
LATER = 1e12  # seconds: after every test


def planted(connector: type[Connector], *contents: str) -> Parser:
    """A parser whose inputs are these, unchanged."""

    def unchanged(content: bytes, chance: random.Random) -> bytes:
        return content

    wholes = [Whole("lijst.txt", content.encode()) for content in contents]
    return Parser("planted", connector, {}, lambda: wholes, unchanged, shown=lines_shown, compared=Compared(numbers=()))


def outcome(parser: Parser, content: str, folder: Path, bound: float = 60.0) -> Outcome:
    given = next(
        given
        for number in range(500)
        if (given := parser.input(SEED, number)).content == content.encode() and given.is_aware
    )
    return Trial(parser, folder / "input", bound).outcome(given)


@pytest.mark.parametrize("told", ["abort", "segmentation", "leave 3"])
def test_a_child_that_dies_is_found(told: str, tmp_path: Path) -> None:
    assert outcome(planted(Unruly, told), told, tmp_path).word == "died"


@pytest.mark.parametrize("told", ["hang", "hang_in_c"])
def test_a_child_that_hangs_is_found(told: str, tmp_path: Path) -> None:
    assert outcome(planted(Unruly, told), told, tmp_path, bound=1.0).word == "late"


@pytest.mark.parametrize(("told", "word"), [("panic", "stuck"), ("secret", "silent")])
def test_what_was_not_foreseen_is_found(told: str, word: str, tmp_path: Path) -> None:
    assert outcome(planted(Unruly, told), told, tmp_path).word == word


def test_a_value_that_another_reading_does_not_show_is_found(tmp_path: Path) -> None:
    parser = planted(Mistaken, "zes", "zeven\nzes")
    assert outcome(parser, "zes", tmp_path) == Outcome("records", is_compared=True)
    found = outcome(parser, "zeven\nzes", tmp_path)
    assert (found.word, "'acht'" in found.told) == ("differs", True)


@pytest.mark.parametrize(
    ("name", "content"),
    [("sarif", b'{"a": [1, 1.0, "\\u00e9", 99999999999999999999]}'), ("nessus", "<a b='\n&#10;'>é<c/> d</a>".encode())],
)
def test_a_document_that_another_library_makes_otherwise_is_found(
    name: str, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    difference = PARSERS[name].difference
    assert difference is not None
    assert difference("a", content) == ""
    monkeypatch.setattr(second_readings, "decode_json", lambda content: {"a": []})
    monkeypatch.setattr(second_readings, "fromstring", lambda content: Element("a"))
    assert "other:" in difference("a", content)


def test_what_is_found_is_kept_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser, tally = planted(Mistaken, "zeven"), Tally()
    keeper = Keeper(tmp_path / "kept", SEED)
    (tmp_path / "kept").mkdir()
    try_inputs(Trial(parser, tmp_path / "input"), tally, keeper, SEED, range(4), LATER)
    assert (tally.inputs, tally.words["differs"]) == (4, 4) and 0 < tally.aware <= 4
    kept = sorted(path.read_bytes() for path in (tmp_path / "kept").glob("*.input"))
    assert b"zeven" in kept and f"(seed {SEED}): differs" in capsys.readouterr().out


def test_an_input_is_made_again_from_its_number() -> None:
    for parser in PARSERS.values():
        assert [parser.input(SEED, number) for number in (0, 5)] == [parser.input(SEED, number) for number in (0, 5)]
        assert parser.input(SEED, 1) != parser.input(SEED + 1, 1) or parser.input(SEED, 2) != parser.input(SEED + 1, 2)


def test_a_package_is_packed_as_it_was() -> None:
    parts = (Part("a.xml", b"<a/>"), Part("b/c.xml", b"x" * 1000))
    assert unpacked(packed(parts)) == parts
    deflated = packed([Part("a.xml", b"x" * 1000, is_deflated=True)])
    assert len(deflated) < 200 and unpacked(deflated) == (Part("a.xml", b"x" * 1000),)


@pytest.mark.parametrize("name", PARSERS)
def test_a_few_inputs_of_every_parser_pass(name: str, tmp_path: Path) -> None:
    trial, tally = Trial(PARSERS[name], tmp_path / "input"), Tally()
    whole = [trial.outcome(Input(one.name, one.content, is_aware=False)) for one in PARSERS[name].corpus]
    assert {result.word for result in whole} == {"records"}, whole
    try_inputs(trial, tally, Keeper(tmp_path, SEED), SEED, range(6), LATER)
    assert tally.inputs == 6
    assert not any(tally.words[word] for word in FAULTS), list(tmp_path.glob("*.txt"))
