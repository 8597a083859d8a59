"""An honest municipality is not punished: each norm here can be met with evidence that a municipality can really have. The
smallest honest worlds stand in `worlds/`; those of a chapter are assessed side by side, by the rules as they are."""

from __future__ import annotations

import pytest

from tests.reach.honest import (
    CHAPTERS,
    HonestWorld,
    active_measures,
    assessed_chapter,
    chapter_of,
    without_world,
    worlds,
)

WORLDS = [world for chapter in CHAPTERS for world in worlds(chapter)]


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.norm)
def test_an_honest_municipality_meets_it(world: HonestWorld) -> None:
    outcome = assessed_chapter(chapter_of(world.norm))[world.norm]
    assert (outcome.status, outcome.failing) == ("voldoet", ())


def test_what_it_costs_is_said() -> None:
    assert all(0 < world.hours <= 200 for world in WORLDS)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_world_stands_in_the_file_of_its_chapter_and_once(chapter: str) -> None:
    norms = [world.norm for world in worlds(chapter)]
    assert [norm for norm in norms if chapter_of(norm) != chapter] == []
    assert len(norms) == len(set(norms))


def test_every_measure_has_a_world_or_a_reason_why_not() -> None:
    reachable = {world.norm for world in WORLDS}
    assert reachable & without_world().keys() == set()
    assert set(active_measures()) - reachable - without_world().keys() == set()
    assert all(without_world().values())
