"""Working papers: making the lists that people fill in, with what the sources have to propose, and taking them in again, whole
or not at all. What a list looks like is left to `reports`, what is kept to `warehouse/storage/papers.py`."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import duckdb

from connectors.base import SourceError, Window
from connectors.policy_folder import PolicyFolderConnector
from connectors.tools.documents import UnreadableError
from connectors.tools.passages import Passage, passages_of, text_mark
from flows.collect import build
from flows.installation import Installation, Member
from flows.rules import catalogue_of
from models.catalogue import Test
from models.errors import ConfigurationError, NotFound
from models.kind import vocabularies
from models.language import Language, pick
from models.message import Say, message
from reports.reading_list import PAPER, Proposal, Proposals, read_list, readings, write_lists
from reports.review import ReviewRefused
from reports.sample_paper import FIRST_ROW, judgements, read_sample, write_sample
from reports.working_paper import FilledPaper
from warehouse.reading.read import Published
from warehouse.reading.reviews import ReviewError
from warehouse.reading.samples import drawn_from, drawn_records, frozen_population, population_mark, sample_size
from warehouse.reading.texts_to_read import TextToRead, texts_to_read
from warehouse.storage.database import today, utc_now
from warehouse.storage.papers import Paper, hand_in
from warehouse.storage.pseudonym_keys import PER_ORGANISATION, check_strength, hold_to_key, scheme_of
from warehouse.storage.staging import Pseudonymiser

_LONGEST_SENTENCE = 400  # characters of a proposal


def make_reading_lists(
    installation: Installation, published: Published, organisation: str, folder: Path, lang: Language
) -> list[tuple[Path, int]]:
    """The lists of texts to read, a workbook per reader role in `folder`. Raises NotFound when there is nothing to read."""
    texts = texts_to_read(published, organisation)
    folder.mkdir(parents=True, exist_ok=True)
    proposals = _found_by_words(_member_of(installation, organisation), texts)
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
    pseudonym = _pseudonymiser(connection, _member_of(installation, organisation_id))(reader)
    rows = readings(paper, texts_to_read(published, organisation_id), pseudonym, today(), say)
    if paper.problems:
        raise ReviewRefused(paper.problems, file.name)
    role = str(paper.facts["role"])
    hand_in(connection, organisation_id, Paper(PAPER, role, file.name, paper.file_hash, role, pseudonym, rows))
    return len(rows)


def draw_samples(
    installation: Installation,
    connection: duckdb.DuckDBPyConnection,
    published: Published,
    names: Sequence[str],
    organisation: str,
    folder: Path,
    lang: Language,
) -> list[tuple[Path, int, int]]:
    """Draw a sample for each of the tests or samples that are named, add it to what was drawn before, and write its working
    paper: the file, how many were drawn, and from how many. Raises NotFound."""
    samples = [_sampling_tests(installation, name) for name in names]
    folder.mkdir(parents=True, exist_ok=True)
    return [_draw(connection, published, tests, organisation, folder, lang) for tests in samples]


def _sampling_tests(installation: Installation, name: str) -> list[Test]:
    """All tests that share the sample that is called so, or that of the test that is called so."""
    tests = [test for test in catalogue_of(installation).tests if test.measure.sample]
    fitting = [test for test in tests if name in (test.id, test.measure.sample)]
    if not fitting:
        names = ", ".join(sorted({test.measure.sample for test in tests}))
        advice = message("sample.known", known=names) if names else message("sample.none_known")
        raise NotFound(message("sample.no_such_test", test=name), advice=advice)
    sample = fitting[0].measure.sample
    return [test for test in tests if test.measure.sample == sample]


def _look_at(tests: Sequence[Test], lang: Language) -> str:
    """All that a judgement answers for: what each test of the sample says is seen, once."""
    sentences = [pick(lang, test.nl, test.en) for test in tests]
    return "\n".join(dict.fromkeys(sentences))


def _draw(
    connection: duckdb.DuckDBPyConnection,
    published: Published,
    tests: Sequence[Test],
    organisation: str,
    folder: Path,
    lang: Language,
) -> tuple[Path, int, int]:
    measure, day = tests[0].measure, today()
    sample, population = measure.sample, measure.population
    members = frozen_population(published, organisation, population)
    if not members:
        raise NotFound(message("sample.empty"), advice=message("sample.empty_advice", test=sample))
    mark = population_mark(members)
    before = {
        (row["record_source"], row["record_ref"])
        for row in drawn_records(published, organisation, sample)
        if row["period"] == str(day.year)
    }
    drawn = drawn_from(members, mark, sample_size(measure.frequency, len(members)), before)
    if not drawn:
        raise NotFound(
            message("sample.exhausted", number=len(members), test=sample), advice=message("sample.exhausted_advice")
        )
    fixed = {
        "sample": sample,
        "period": str(day.year),
        "population_hash": mark,
        "record_kind": population.kind,
        "drawn_on": day.isoformat(),
    }
    rows = [
        fixed
        | {
            "record_source": member.source_id,
            "record_ref": member.record_key,
            "owner": member.owner,
            "title": member.title,
        }
        for member in drawn
    ]
    path = folder / f"{pick(lang, 'steekproef', 'sample')}-{_file_word(sample)}-{len(before) + 1}.xlsx"
    look_at = _look_at(tests, lang)
    write_sample(published, organisation, path, list(zip(drawn, rows, strict=True)), len(members), look_at, lang)
    sheet = pick(lang, "Lijst", "List")
    placed = [{"sheet": sheet, "row": FIRST_ROW + place, "values": row} for place, row in enumerate(rows)]
    frozen = [[member.source_id, member.record_key, member.version] for member in members]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    hand_in(connection, organisation, Paper("draw", sample, path.name, digest, "", "", placed, {"population": frozen}))
    return path, len(drawn), len(members)


def _file_word(text: str) -> str:
    return re.sub(r"[^0-9a-z]+", "-", text.lower()).strip("-")


def take_in_judgements(
    installation: Installation,
    connection: duckdb.DuckDBPyConnection,
    published: Published,
    file: Path,
    judge: str,
    role: str,
    organisation: str | None,
    lang: Language,
) -> int:
    """Keep the judgements on a working paper; returns how many. Raises ReviewRefused with everything that is wrong."""
    if not judge.strip() or not role.strip():
        raise ReviewError(
            message("sample.no_judge"), place=message("sample.place"), advice=message("sample.no_judge_advice")
        )
    say = Say(lang)
    paper = read_sample(file, say)
    organisation_id = _organisation_of(paper, published, organisation)
    pseudonym = _pseudonymiser(connection, _member_of(installation, organisation_id))(judge)
    sample = str(paper.facts["sample"])
    rows = judgements(paper, drawn_records(published, organisation_id, sample), role.strip(), pseudonym, today(), say)
    if paper.problems:
        raise ReviewRefused(paper.problems, file.name)
    hand_in(
        connection,
        organisation_id,
        Paper("judgement", sample, file.name, paper.file_hash, role.strip(), pseudonym, rows),
    )
    return len(rows)


def _member_of(installation: Installation, organisation: str) -> Member:
    return next(member for member in installation.members if member.organisation.id == organisation)


def _organisation_of(paper: FilledPaper, published: Published, organisation: str | None) -> str:
    """The organisation that a paper is of. Raises ReviewError when that is another one than tests_named, or none of ours."""
    name = paper.organisation_id
    if name not in published.organisations() or organisation not in (None, name):
        raise ReviewError(
            message("paper.other_organisation", name=name), place=paper.path.name, advice=message("paper.make_anew")
        )
    return name


def _pseudonymiser(connection: duckdb.DuckDBPyConnection, member: Member) -> Pseudonymiser:
    """What makes pseudonyms of persons. Raises ConfigurationError without the key for it, or with another than before."""
    key = os.environ.get(member.pseudonym_key, "")
    if not key:
        raise ConfigurationError(
            message("settings.no_pseudonym_key", variable=member.pseudonym_key),
            place=message("reading.place"),
            advice=message("settings.no_pseudonym_key_advice"),
        )
    organisation_id = member.organisation.id
    check_strength(key, member.pseudonym_key)
    hold_to_key(connection, organisation_id, key, utc_now(), member.pseudonym_key)
    is_apart = scheme_of(connection, organisation_id) == PER_ORGANISATION
    return Pseudonymiser(key, organisation_id if is_apart else None)


def _found_by_words(member: Member, texts: list[TextToRead]) -> Proposals:
    """Where the elements of texts in a folder with policies seem to stand, by their words."""
    by_key = {text.key: text for text in texts}
    proposals = {}
    for source_id, name, passages in _folder_texts(member):
        text = by_key.get(("document", source_id, name))
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
    spellings = [element.replace("_", " ")]
    if term:
        spellings = [term.nl, term.en, *term.synonyms]
    words = [spelling.casefold() for spelling in spellings]
    for passage in passages:
        text = passage.text.casefold()
        if any(word in text for word in words):
            return Proposal(passage.text[:_LONGEST_SENTENCE], passage.number, passage.page)
    return None
