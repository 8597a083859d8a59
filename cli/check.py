"""`ensia check`: is what is configured sound? Looks at `ensia.yaml`, every source's own settings and the catalogue, and
says what of the state others on this machine may read. Nothing is read from the sources and nothing is stored. Whether a
source can be reached is for `ensia sources test`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from cli.common import console
from flows.collect import build, pseudonymiser
from flows.installation import Installation
from flows.rules import catalogue_of
from models.errors import EnsiaError
from warehouse.database import State, today
from warehouse.own_files import open_to_others


def run_checks(installation: Installation) -> int:
    """Print what is wrong, each with its place; returns 0, or 2 when something is."""
    problems = [*_problems(installation), *_open_places(installation)]
    for problem in problems:
        console(error=True).print(str(problem), style="red", soft_wrap=True, markup=False)
    if problems:
        return 2
    sources = _number(len(list(installation.sources())), "bron", "bronnen")
    members = _number(len(installation.members), "organisatie", "organisaties")
    console().print(f"{installation.file}: in orde; {sources}, {members}.", markup=False)
    return 0


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
            f"{_number(len(places), 'bestand of map staat', 'bestanden en mappen staan')} open voor anderen op deze "
            f"machine, waaronder {places[0]}",
            place=str(state.root),
            advice=f"de volgende run sluit ze; of draai nu: {_closing(state)}",
        )


def _closing(state: State) -> str:
    """The command that closes what is ours."""
    paths = " ".join(shlex.quote(str(path)) for path in state.places() if path.exists())
    return f"chmod -R go= {paths}"


def _number(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
