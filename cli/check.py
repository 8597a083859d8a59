"""`ensia check`: is what is configured sound? Looks at `ensia.yaml`, every source's own settings and the catalogue, and
says what of the state others on this machine may read. Nothing is read from the sources and nothing is stored. Whether a
source can be reached is for `ensia sources test`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from cli.common import console
from connectors.base import Connector
from connectors.tools.values import ValueProblem, Words, convert
from flows.collect import build, pseudonymiser
from flows.installation import Installation, Member
from flows.rules import catalogue_of
from models.configuration import Source, source_place
from models.errors import ConfigurationError, EnsiaError
from models.kind import kinds, vocabularies
from models.language import Language, pick
from models.message import Say, message
from models.own_words import OwnWords
from models.record import UnknownWord
from warehouse.reading.read import Published
from warehouse.reading.shapes import PresentUnknownWord
from warehouse.storage.database import State, today
from warehouse.storage.own_files import open_to_others


def run_checks(installation: Installation, lang: Language) -> int:
    """Print what is wrong, each with its place; returns 0, or 2 when something is."""
    problems = [*setting_problems(installation), *_open_places(installation)]
    for problem in problems:
        console(error=True).print(problem.sentence(lang), style="red", soft_wrap=True, markup=False)
    if problems:
        return 2
    say = Say(lang)
    sources = message("check.sources", number=len(list(installation.sources())))
    members = message("check.organisations", number=len(installation.members))
    console().print(say("check.sound", file=installation.file, sources=sources, organisations=members), markup=False)
    show_another_year(installation, today(), say)
    _show_coverage_without_types(installation, say)
    _show_unknown_words(installation, say)
    return 0


def _show_coverage_without_types(installation: Installation, say: Say) -> None:
    """Say which sources declare to see cases without saying which: that counts for nothing, and what to write instead."""
    for member, source in installation.sources():
        for coverage in source.covers:
            kind = kinds()[coverage.kind]
            if not kind.cases or coverage.about:
                continue
            vocabulary = kind.column(kind.discriminator or "").vocabulary or ""
            examples = ", ".join(list(vocabularies()[vocabulary].terms)[:3])
            place = f"{member.organisation.id}/{source.id}"
            text = say("check.coverage_without_types", source=place, kind=kind.kind, examples=examples)
            console(error=True).print(text, style="dark_orange", markup=False, soft_wrap=True)


def _show_unknown_words(installation: Installation, say: Say) -> None:
    """Say which words of the settings no vocabulary knows, and how many the last night met in the sources: they count for
    nothing good."""
    out = console(error=True)
    for member, source in installation.sources():
        for word in _unknown_words_of(member, source, say.language):
            place = f"{member.organisation.id}/{source.id}"
            looks_like = say("check.looks_like", word=word.nearest) if word.nearest else ""
            text = say("check.unknown_word", source=place, column=word.column, word=word.word, looks_like=looks_like)
            out.print(text, style="dark_orange", markup=False, soft_wrap=True)
    with suppress(EnsiaError), Published(installation.state) as published:  # none yet, or none that can be read
        for organisation in published.organisations():
            words = published.select(PresentUnknownWord, organisation)
            if words:
                text = say("check.words_of_last_night", number=len(words), organisation=organisation)
                out.print(text, style="dark_orange", markup=False, soft_wrap=True)


def _unknown_words_of(member: Member, source: Source, lang: Language) -> list[UnknownWord]:
    """The words in the settings of a source that no vocabulary knows."""
    unknown: list[UnknownWord] = []
    for column, word in build(member, source, today()).said_words():
        if column.vocabulary is not None:
            called = pick(lang, column.nl, column.en)
            with suppress(ValueProblem):  # what a closed vocabulary refuses is noted too
                convert(column, word, dutch=False, words=Words(OwnWords(), unknown, called))
    for coverage in source.covers:
        kind = kinds()[coverage.kind]
        for word in coverage.about:
            column = kind.column(kind.discriminator or "")
            if column.vocabulary is not None:
                convert(column, word, words=Words(OwnWords(), unknown, "covers"))
    return list(dict.fromkeys(unknown))


def show_another_year(installation: Installation, as_of: date, say: Say) -> None:
    """Say that the configuration is pinned to another year than the one that a run over `as_of` is about."""
    pinned = installation.pinned_to_another_year(as_of)
    if pinned:
        text = say("check.another_year", pinned=pinned, year=as_of.year, as_of=as_of)
        console(error=True).print(text, style="dark_orange", markup=False, soft_wrap=True)


def setting_problems(installation: Installation) -> Iterator[EnsiaError]:
    """What is wrong with the settings of the sources, and with the catalogue."""
    for member, source in installation.sources():
        try:
            connection = build(member, source, today())
            yield from _lacking(source, connection)
            pseudonymiser(member, source, connection)
        except EnsiaError as error:
            yield error
    try:
        catalogue_of(installation)
    except EnsiaError as error:
        yield error


def _lacking(source: Source, connection: Connector) -> Iterator[EnsiaError]:
    """What a source cannot be read without and does not say, at the line where it begins."""
    line = source.lines.get(("id",))
    place = source_place(source) if line is None else message("settings.line", file=source_place(source), line=line)
    for problem in connection.lacking():
        yield ConfigurationError(problem, place=place)


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
