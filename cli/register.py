"""`ensia sources register`: which personal data is processed, of which source, what is kept of it and how long, for the register
of processing that a controller keeps. Made of the settings alone; nothing is read of the sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cli.common import headings, print_json, table
from flows.collect import build
from flows.installation import Installation, Member
from models.configuration import Retention, Source
from models.errors import EnsiaError
from models.kind import kinds
from models.language import Language, pick
from models.message import Say
from warehouse.storage.database import today


@dataclass(frozen=True, slots=True)
class Processing:
    """One kind of evidence that a source yields, with the personal data in it."""

    organisation: str
    source: str
    kind: str
    persons: str
    content: str
    term: str


def show_register(installation: Installation, lang: Language, as_json: bool) -> None:
    """Print the processings of every source that has personal data."""
    say = Say(lang)
    lines: list[Processing] = []
    for member, source in installation.sources():
        lines += _processings_of(installation, member, source, say)
    names = list(Processing.__slots__)
    rows = [[getattr(line, name) for name in names] for line in lines]
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    columns = headings(say, "register", "organisation", "source", "kind", "persons", "content", "term")
    table(say("register.title"), columns, rows)


def _processings_of(installation: Installation, member: Member, source: Source, say: Say) -> Iterator[Processing]:
    try:
        yielded = build(member, source, today()).kinds
    except EnsiaError:
        return  # `ensia check` says what is wrong with it
    for name in yielded:
        kind = kinds()[name]
        personal = [column for column in kind.columns if column.personal]
        persons = ", ".join(pick(say.language, column.nl, column.en) for column in personal)
        if persons or source.personal_data:
            yield Processing(
                member.organisation.id,
                source.id,
                pick(say.language, kind.nl, kind.en),
                persons or say("register.none"),
                say("register.reduced" if source.personal_data else "register.whole"),
                _term(installation.configuration.retention, name, say),
            )


def _term(retention: Retention, kind: str, say: Say) -> str:
    originals = say("register.originals", years=retention.landing_years)
    term = retention.kinds.get(kind)
    return f"{originals}; {say('register.versions', term=term) if term else say('register.always')}"
