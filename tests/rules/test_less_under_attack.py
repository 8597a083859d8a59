"""Less never improves, by the rules as they are: when a value of an attacked municipality is blanked as well, its norm is still not met
(domain description, section 6). Of each attack a few values are blanked, which the name of the attack draws."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache

import pytest

from models.kind import kinds
from tests.reach.honest import (
    CHAPTERS,
    Attack,
    HonestWorld,
    Line,
    Organisation,
    assessed,
    attacked_name,
    attacks,
    chapter_of,
    worlds,
)

OF_EACH_ATTACK = 2
WORLDS = {world.norm: world for chapter in CHAPTERS for world in worlds(chapter)}
# What is no value of the record itself: how often it stands there, and what it is known by.
_NO_VALUES = {"many", "record_key", "text_key", "record_ref"}


def _without(line: Line, name: str) -> Line:
    return {column: value for column, value in line.items() if column != name}


def _blanked_lines(kind: str, line: Line) -> Iterator[Line]:
    """A line with one value less, for each value that a record may be without."""
    for name, value in line.items():
        if name in _NO_VALUES or not (name == "labels" or kinds()[kind].may_be_unknown(name)):
            continue
        if name != "attributes":
            yield _without(line, name)
            continue
        yield from ({**line, name: _without(value, attribute)} for attribute in value)


def _blanked(world: HonestWorld) -> Iterator[HonestWorld]:
    """The world with one value less, for each of its values."""
    for kind, lines in world.evidence.items():
        for number, line in enumerate(lines):
            for less in _blanked_lines(kind, line):
                others = [*lines[:number], less, *lines[number + 1 :]]
                yield HonestWorld(world.norm, world.hours, {**world.evidence, kind: others}, world.covers)


def _drawn(attack: Attack) -> list[Organisation]:
    """The attacked municipality with a value less, a few times."""
    name = attacked_name(attack)
    listed = [
        Organisation(f"{name} ~ {number}", less, attack) for number, less in enumerate(_blanked(WORLDS[attack.norm]))
    ]
    return sorted(listed, key=lambda each: hashlib.sha256(each.name.encode()).hexdigest())[:OF_EACH_ATTACK]


@cache
def _met(chapter: str) -> frozenset[str]:
    """The attacked municipalities of a chapter with a value less of which the norm is met all the same."""
    drawn = [each for attack in attacks(chapter) if attack.norm in WORLDS for each in _drawn(attack)]
    return frozenset(name for name, outcome in assessed(drawn).items() if outcome.status == "voldoet")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_less_does_not_help_who_is_attacked(chapter: str) -> None:
    assert _met(chapter) == frozenset()


def test_a_world_has_something_to_blank() -> None:
    assert all(next(_blanked(world), None) is not None for world in WORLDS.values())
    assert {chapter_of(norm) for norm in WORLDS} == set(CHAPTERS)
