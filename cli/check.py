"""`ensia check`: is what is configured sound? Looks at `ensia.yaml`, every source's own settings and the catalogue; nothing
is read from the sources and nothing is stored. Whether a source can be reached is for `ensia sources test`."""

from __future__ import annotations

from collections.abc import Iterator

from cli.common import console
from flows.collect import build, pseudonymiser
from flows.installation import Installation
from flows.rules import catalogue_of
from models.errors import EnsiaError
from warehouse.database import today


def run_checks(installation: Installation) -> int:
    """Print what is wrong, each with its place; returns 0, or 2 when something is."""
    problems = list(_problems(installation))
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


def _number(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
