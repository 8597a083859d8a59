"""No ordinary rows of a municipality that plainly breaks a norm come out as voldoet. Each attack stands in `attacks/<chapter>.yaml`,
written from the text of the norm by someone who did not read its rule, and is laid on the norm's own honest world."""

from __future__ import annotations

import pytest

from tests.reach.honest import (
    CHAPTERS,
    Attack,
    HonestWorld,
    Organisation,
    active_measures,
    assessed,
    assessed_chapter,
    attacked_name,
    attacks,
    chapter_of,
    without_world,
    worlds,
)

ATTACKS = [attack for chapter in CHAPTERS for attack in attacks(chapter)]
WITH_WORLD = {world.norm for chapter in CHAPTERS for world in worlds(chapter)}
AIMED = [attack for attack in ATTACKS if attack.norm in WITH_WORLD]
WAITING = [attack for attack in ATTACKS if attack.norm not in WITH_WORLD]


@pytest.mark.parametrize("attack", AIMED, ids=attacked_name)
def test_an_attack_gains_nothing(attack: Attack) -> None:
    outcomes = assessed_chapter(chapter_of(attack.norm))
    honest, attacked = outcomes[attack.norm], outcomes[attacked_name(attack)]
    assert (honest.status, honest.failing) == ("voldoet", ()), (
        "the honest world must hold for its attack to tell anything"
    )
    assert attacked.changed, "the attack changes no row of the honest world: aim it anew, with the same idea"
    assert attacked.status != "voldoet"


@pytest.mark.parametrize("attack", WAITING, ids=attacked_name)
def test_an_attack_waits_for_an_honest_world(attack: Attack) -> None:
    """Shown by name with the reason; whether its statements can be carried out is seen now (below)."""
    pytest.skip(f"{attack.norm} has no honest world to attack: {without_world()[attack.norm]}")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_waiting_attacks_can_be_carried_out(chapter: str) -> None:
    """On a world without evidence every statement runs and every added row has columns of its kind."""
    waiting = [attack for attack in WAITING if chapter_of(attack.norm) == chapter]
    nothing = [Organisation(attacked_name(each), HonestWorld(each.norm, 1, {}), each) for each in waiting]
    outcomes = assessed(nothing) if nothing else {}
    assert {name for name, outcome in outcomes.items() if outcome.status == "voldoet"} == set()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_attacks_stand_in_the_file_of_their_chapter_under_a_name_of_their_own(chapter: str) -> None:
    names = [attacked_name(attack) for attack in attacks(chapter)]
    assert len(names) == len(set(names))
    assert [attack.norm for attack in attacks(chapter) if chapter_of(attack.norm) != chapter] == []
    assert {attack.norm for attack in attacks(chapter)} <= set(active_measures())


@pytest.mark.parametrize("norm", active_measures())
def test_every_measure_is_attacked_in_several_ways(norm: str) -> None:
    assert len([attack for attack in ATTACKS if attack.norm == norm]) >= 2
