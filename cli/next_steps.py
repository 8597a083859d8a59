"""`ensia next`: the cheapest next steps, ranked, with what each would move at most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cli.common import console, headings, print_json, table
from connectors.tools.proposal import label_of
from flows.installation import Installation
from models.headings import REGISTER, ListType
from models.kind import kinds, vocabularies
from models.language import Language
from models.message import Both, Say, Text, in_language, joined, listed, message
from models.population import populations
from models.wording import number, word
from warehouse.engine.next_steps import Move, NextSteps, Step, Unit
from warehouse.engine.scratch import assess_at, basis_at, scratch

_NAMED = 6  # norms that are named of a step


def show_next_steps(
    installation: Installation, organisation: str | None, top: int, lang: Language, as_json: bool
) -> None:
    """Print the steps that gain most for an hour of work, and what the first of them move together. Raises NotFound."""
    member = installation.member(organisation)
    name = member.organisation.id
    with scratch(installation.state) as connection:
        basis = basis_at(connection)
        assessment = assess_at(connection, basis, basis.run_as_of, organisations=[name])
        steps = NextSteps(connection, basis, assessment.moment, name, member.effort)
        ranked = steps.ranked()[:top]
        together = steps.together(ranked)
    if as_json:
        print_json([_step_as_json(step, moves) for step, moves in zip(ranked, together, strict=True)])
        return
    _print_steps(ranked, together, Say(lang))


def _step_as_json(step: Step, moves: Sequence[Move]) -> dict[str, Any]:
    kind, about = step.subject
    return {
        "step": step.sort,
        "kind": kind,
        "about": about or None,
        "hours": step.hours,
        "strength": step.strength,
        "tests": step.tests,
        "tests_that_need_more": step.also,
        "moves": [_move_as_json(move) for move in step.moves],
        "moves_after_earlier_steps": [_move_as_json(move) for move in moves],
        "may_show_unlisted": list(step.may_show_unlisted),
    }


def _move_as_json(move: Move) -> dict[str, str]:
    return {"sort": move.sort, "number": move.number, "before": move.before, "after": move.after}


def _print_steps(steps: Sequence[Step], together: Sequence[Sequence[Move]], say: Say) -> None:
    if not steps:
        console().print(say("next.nothing"), markup=False, soft_wrap=True)
        return
    lines = [
        (
            place,
            in_language(_step_in_words(step), say.language),
            number(step.hours, say.language),
            word(step.strength, say.language),
            _moves_in_words(step.moves, say),
            _moves_in_words(moves, say),
        )
        for place, (step, moves) in enumerate(zip(steps, together, strict=True), 1)
    ]
    columns = headings(say, "next", "place", "step", "hours", "strength", "moves", "together")
    table(say("next.title"), columns, lines)
    console().print(say("next.at_most"), markup=False, soft_wrap=True)
    for place, step in enumerate(steps, 1):
        for line in _remarks(step):
            console().print(f"{place}. {in_language(line, say.language)}", markup=False, soft_wrap=True)


def _remarks(step: Step) -> list[Text]:
    """What must be known before the step is done."""
    remarks: list[Text] = []
    if step.also:
        remarks.append(message("next.also", number=step.also))
    if step.may_show_unlisted:
        labels = {population.id: Both(population.nl, population.en) for population in populations()}
        remarks.append(message("next.unlisted", lists=listed(labels[name] for name in step.may_show_unlisted)))
    return remarks


def _moves_in_words(moves: Sequence[Move], say: Say) -> str:
    """The norms and principles that move, by what they become."""
    by_change: dict[str, list[str]] = {}
    for move in moves:
        name = move.number
        if move.sort == "principle":
            name = say("next.principle", number=move.number)
        by_change.setdefault(word(move.after, say.language), []).append(name)
    parts = [f"{after}: {_some(numbers, say)}" for after, numbers in by_change.items()]
    return "; ".join(parts) or "–"


def _some(names: Sequence[str], say: Say) -> str:
    rest = len(names) - _NAMED
    first = ", ".join(names[:_NAMED])
    return say("next.and_more", names=first, number=rest) if rest > 0 else first


def _step_in_words(step: Step) -> Text:
    """What is to be done."""
    return message(f"next.{step.sort}", what=_subject_in_words(step.subject))


def _subject_in_words(subject: Unit) -> Text:
    kind, about = subject
    if kind == REGISTER and about:
        return label_of(ListType(kind, about))
    described = kinds()[kind]
    label = Both(described.nl.lower(), described.en.lower())
    if not about:
        return label
    column = described.column(described.discriminator) if described.discriminator else None
    terms = vocabularies()[column.vocabulary].terms if column is not None and column.vocabulary else {}
    name: Text = Both(terms[about].nl, terms[about].en) if about in terms else about
    return joined([label, name], ": ")
