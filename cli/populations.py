"""`ensia populations`: how whole the lists are that shares are taken of, who is missing from them, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from cli.common import console, print_json, table
from models.language import Language, pick
from models.message import Say
from models.wording import number
from warehouse.reading.read import Published
from warehouse.reading.shapes import PopulationMember, PopulationSummary
from warehouse.storage.database import State

_MOST_NAMED = 20  # missing members


def show_populations(state: State, organisation: str | None, lang: Language, as_json: bool) -> None:
    """Print every population with its numbers, then the members that are seen elsewhere and not on their list."""
    with Published(state, language=lang) as published:
        organisation_id = published.organisation(organisation)
        summaries = published.select(PopulationSummary, organisation_id)
        missing = published.select(PopulationMember, organisation_id, is_listed=False)
    if as_json:
        print_json({"populations": [asdict(one) for one in summaries], "missing": [asdict(one) for one in missing]})
        return
    say = Say(lang)
    columns = [
        say(f"populations.{name}") for name in ("population", "listed", "seen", "unlisted", "counted", "verdict")
    ]
    table("", columns, [_numbers_of(one, say) for one in summaries])
    _print_missing(missing, {one.population: one.name for one in summaries}, say)


def _print_missing(missing: Sequence[PopulationMember], names: Mapping[str, str], say: Say) -> None:
    """Name the first members that are on no list, with where each was seen. `names`: what each population is called."""
    for member in missing[:_MOST_NAMED]:
        places = ", ".join(pick(say.language, member.seen_in_nl or (), member.seen_in_en or ()))
        text = say("populations.missing", name=member.name, population=names[member.population], places=places)
        console().print(text, markup=False, soft_wrap=True)
    more = len(missing) - _MOST_NAMED
    if more > 0:
        console().print(say("populations.more", number=more), markup=False, soft_wrap=True)


def _numbers_of(summary: PopulationSummary, say: Say) -> list[Any]:
    by_count = "–"
    if summary.counted is not None:
        by_count = number(summary.counted, say.language)
    verdict = say(f"populations.{_how_whole(summary)}")
    return [summary.name, summary.listed, summary.listed_and_seen, summary.unlisted, by_count, verdict]


def _how_whole(summary: PopulationSummary) -> str:
    """Whether the list can be told to be whole, by the same measure as the assessment."""
    whole = max(summary.listed + summary.unlisted, summary.counted or 0)
    if summary.listed < 0.98 * whole:
        return "misses"
    is_compared = summary.listed_and_seen + summary.unlisted > 0 or summary.counted is not None
    return "whole" if is_compared else "not_compared"
