"""`ensia check`: is what is configured sound? Looks at `ensia.yaml`, every source's own settings and the catalogue, and
says what of the state others on this machine may read. Nothing is read from the sources and nothing is stored. Whether a
source can be reached is for `ensia sources test`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import date

from cli.common import console
from flows.collect import build, pseudonymiser
from flows.installation import Installation
from flows.rules import catalogue_of
from models.errors import EnsiaError
from models.language import Language
from models.message import Say, message
from warehouse.database import State, today
from warehouse.own_files import open_to_others


def run_checks(installation: Installation, lang: Language) -> int:
    """Print what is wrong, each with its place; returns 0, or 2 when something is."""
    problems = [*_problems(installation), *_open_places(installation)]
    for problem in problems:
        console(error=True).print(problem.sentence(lang), style="red", soft_wrap=True, markup=False)
    if problems:
        return 2
    say = Say(lang)
    sources = message("check.sources", number=len(list(installation.sources())))
    members = message("check.organisations", number=len(installation.members))
    console().print(say("check.sound", file=installation.file, sources=sources, organisations=members), markup=False)
    show_another_year(installation, today(), say)
    return 0


def show_another_year(installation: Installation, as_of: date, say: Say) -> None:
    """Say that the configuration is pinned to another year than the one that a run over `as_of` is about."""
    pinned = installation.pinned_to_another_year(as_of)
    if pinned:
        text = say("check.another_year", pinned=pinned, year=as_of.year, as_of=as_of)
        console(error=True).print(text, style="dark_orange", markup=False, soft_wrap=True)


def _problems(installation: Installation) -> Iterator[EnsiaError]:
    for member, source in installation.sources():
        try:
            pseudonymiser(member, source, build(member, source, today()))
        except EnsiaError as error:
            yield error
    try:
        catalogue_of(installation)
    except EnsiaError as error:
        yield error


def _open_places(installation: Installation) -> Iterator[EnsiaError]:
    """What others on this machine may reach, as one problem with the command that mends it."""
    state = installation.state
    places = list(open_to_others(state.places()))
    if places:
        yield EnsiaError(
            message("check.open_to_others", number=len(places), first=places[0]),
            place=str(state.root),
            advice=message("check.open_to_others_advice", command=_closing(state)),
        )


def _closing(state: State) -> str:
    """The command that closes what is ours."""
    paths = " ".join(shlex.quote(str(path)) for path in state.places() if path.exists())
    return f"chmod -R go= {paths}"
