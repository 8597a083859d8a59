"""Working papers: making the lists that people fill in, with what the sources have to propose, and taking them in again, whole
or not at all. What a list looks like is left to `reports`, what is kept to `warehouse/papers.py`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import duckdb

from connectors.base import SourceError, Window
from connectors.documents import UnreadableError
from connectors.passages import Passage, passages_of, text_mark
from connectors.policy_folder import PolicyFolderConnector
from flows.collect import build
from flows.installation import Installation, Member
from models.errors import ConfigurationError, NotFound
from models.kind import vocabularies
from models.language import Language
from models.message import Say, message
from reports.reading_list import PAPER, Proposal, Proposals, read_list, readings, write_lists
from reports.review import ReviewRefused
from reports.working_paper import FilledPaper
from warehouse.database import today
from warehouse.papers import Paper, hand_in
from warehouse.read import Published
from warehouse.review import ReviewError
from warehouse.staging import Pseudonymiser
from warehouse.texts_to_read import TextToRead, texts_to_read

_LONGEST_SENTENCE = 400  # characters of a proposal


def make_reading_lists(
    installation: Installation, published: Published, organisation: str, folder: Path, lang: Language
) -> list[tuple[Path, int]]:
    """The lists of texts to read, a workbook per reader role in `folder`. Raises NotFound when there is nothing to read."""
    texts = texts_to_read(published, organisation)
    folder.mkdir(parents=True, exist_ok=True)
    proposals = _proposals_for(_member_of(installation, organisation), texts)
    lists = write_lists(published, organisation, folder, texts, proposals, lang)
    if not lists:
        raise NotFound(message("reading.no_texts"), advice=message("reading.no_texts_advice"))
    return lists


def take_in_readings(
    installation: Installation,
    connection: duckdb.DuckDBPyConnection,
    published: Published,
    file: Path,
    reader: str,
    organisation: str | None,
    lang: Language,
) -> int:
    """Keep the readings on a list; returns how many. Raises ReviewRefused with everything that is wrong with it."""
    if not reader.strip():
        raise ReviewError(
            message("reading.no_reader"), place=message("reading.place"), advice=message("reading.no_reader_advice")
        )
    say = Say(lang)
    paper = read_list(file, say)
    organisation_id = _organisation_of(paper, published, organisation)
    pseudonym = _pseudonymiser(_member_of(installation, organisation_id))(reader)
    rows = readings(paper, texts_to_read(published, organisation_id), pseudonym, today(), say)
    if paper.problems:
        raise ReviewRefused(paper.problems, file.name)
    role = str(paper.facts["role"])
    hand_in(connection, organisation_id, Paper(PAPER, role, file.name, paper.file_hash, role, pseudonym, rows))
    return len(rows)


def _member_of(installation: Installation, organisation: str) -> Member:
    return next(member for member in installation.members if member.organisation.id == organisation)


def _organisation_of(paper: FilledPaper, published: Published, organisation: str | None) -> str:
    """The organisation that a paper is of. Raises ReviewError when that is another one than asked, or none of ours."""
    name = paper.organisation_id
    if name not in published.organisations() or organisation not in (None, name):
        raise ReviewError(
            message("paper.other_organisation", name=name), place=paper.path.name, advice=message("paper.make_anew")
        )
    return name


def _pseudonymiser(member: Member) -> Pseudonymiser:
    """What makes pseudonyms of persons. Raises ConfigurationError without the key for it."""
    key = os.environ.get(member.pseudonym_key, "")
    if not key:
        raise ConfigurationError(
            message("settings.no_pseudonym_key", variable=member.pseudonym_key),
            place=message("reading.place"),
            advice=message("settings.no_pseudonym_key_advice"),
        )
    return Pseudonymiser(key)


def _proposals_for(member: Member, texts: list[TextToRead]) -> Proposals:
    """Where the elements of texts in a folder with policies seem to stand, by their words."""
    text_by_key = {text.key: text for text in texts}
    proposals = {}
    for source_id, name, passages in _folder_texts(member):
        text = text_by_key.get(("document", source_id, name))
        if text is not None and text_mark(passages) == text.mark:  # else the file is another than was read last
            places = {element: _first_passage(element, passages) for element in text.elements}
            proposals[text.key] = {element: place for element, place in places.items() if place is not None}
    return proposals


def _folder_texts(member: Member) -> Iterator[tuple[str, str, list[Passage]]]:
    """The documents in the folders with policies of an organisation: source, key, passages. What cannot be read is passed
    over: its text has no proposals."""
    for source in member.sources:
        with suppress(ConfigurationError, SourceError):
            connector = build(member, source, today())
            if isinstance(connector, PolicyFolderConnector):
                for payload in connector.fetch(Window()):
                    with suppress(UnreadableError):
                        yield source.id, payload.name, passages_of(payload)


def _first_passage(element: str, passages: list[Passage]) -> Proposal | None:
    """The first passage in which a word for the element stands."""
    term = vocabularies()["element"].terms.get(element)
    words = [word.casefold() for word in ((term.nl, term.en, *term.synonyms) if term else [element.replace("_", " ")])]
    for passage in passages:
        if any(word in passage.text.casefold() for word in words):
            return Proposal(passage.text[:_LONGEST_SENTENCE], passage.number, passage.page)
    return None
