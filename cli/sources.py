"""`ensia sources`: which sources there are, whether they can be reached, and what their first records look like."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from cli.common import console, headings, print_json, table
from connectors.base import Connector, Window
from connectors.tools.reading import payloads_of, records_of
from flows.collect import build
from flows.installation import Installation, Member
from models.configuration import Source
from models.errors import EnsiaError, NotFound
from models.kind import ENVELOPE_COLUMNS, Column, Kind, kinds, vocabularies
from models.language import Language, pick
from models.message import Say, in_language, message
from models.record import MASK, Problem, Record, Remark
from models.unknown_words import UnknownWords, for_people
from warehouse.storage.database import today

SAMPLE = 3  # records per kind
LOOK = 2_000  # records that are looked at to find some of every kind


def list_sources(installation: Installation, lang: Language, as_json: bool) -> None:
    """Print every configured source."""
    rows: list[dict[str, Any]] = [
        {
            "organisation": member.organisation.id,
            "source": source.id,
            "connector": source.connector,
            "title": source.title,
            "personal_data": source.personal_data,
            "expected_every": str(source.expected_every),
            "covers": [
                f"{cover.kind}{': ' + ', '.join(cover.about) if cover.about else ''}" for cover in source.covers
            ],
        }
        for member, source in installation.sources()
    ]
    if as_json:
        print_json(rows)
        return
    say = Say(lang)
    table(
        say("sources.title", number=len(rows)),
        headings(say, "sources", "organisation", "source", "connector", "title", "expected_every", "covers"),
        [
            (
                row["organisation"],
                row["source"],
                row["connector"],
                row["title"],
                row["expected_every"],
                "; ".join(row["covers"]),
            )
            for row in rows
        ],
    )


def _find(installation: Installation, name: str) -> tuple[Member, Source]:
    of_that_name = [
        (member, source)
        for member, source in installation.sources()
        if name in (source.id, f"{member.organisation.id}/{source.id}")
    ]
    if len(of_that_name) != 1:
        names = ", ".join(f"{member.organisation.id}/{source.id}" for member, source in installation.sources())
        reason = message("sources.ambiguous", name=name) if of_that_name else message("sources.unknown", name=name)
        raise NotFound(reason, advice=message("sources.known", known=names))
    return of_that_name[0]


def test_source(installation: Installation, name: str, lang: Language) -> None:
    """Reach a source, authenticate and read its first payload; store nothing. Raises SourceError."""
    member, source = _find(installation, name)
    connection = build(member, source, today())
    payload = next(iter(payloads_of(connection, Window())), None)
    if payload is None:
        raise EnsiaError(message("sources.nothing"), place=name, advice=message("sources.nothing_advice"))
    console().print(Say(lang)("sources.reached", name=name, payload=payload.name), style="green", markup=False)


def sample_source(installation: Installation, name: str, lang: Language, as_json: bool) -> None:
    """Show the first mapped records of each kind of a source, and which columns the mapping left empty; store nothing."""
    member, source = _find(installation, name)
    remarks: list[Remark] = []
    connection = build(member, source, today(), remark=remarks.append)
    first, looked_at, unknown_words = _first_of_each(connection)
    say, out = Say(lang), console(error=True)
    for remark in [*remarks, *unknown_words.remarks()]:
        out.print(f"· {in_language(remark.sentence, lang)}", style="bright_black", markup=False, soft_wrap=True)
    if looked_at == LOOK:
        out.print(say("sources.looked_at", number=LOOK), markup=False, soft_wrap=True)
    if as_json:
        records = [record for of_kind in first.values() for record in of_kind]
        print_json([_for_the_screen(record, lang, source.personal_data) for record in records])
        return
    if not any(first.values()):
        console().print(say("sources.no_rows", name=name), style="yellow", markup=False)
    for kind_name, of_kind in first.items():
        if of_kind:
            _print_records_of_kind(kinds()[kind_name], of_kind, say, source.personal_data)


def _print_records_of_kind(kind: Kind, records: Sequence[Record], say: Say, personal_data: bool) -> None:
    """The records of a kind, and the columns that none of them fills."""
    for record in records:
        _print_record(record, say, personal_data)
    columns = [f"{column.name} ({pick(say.language, column.nl, column.en)})" for column in _left_empty(kind, records)]
    empty = ", ".join(columns) or say("shell.none")
    console().print(say("sources.left_empty", kind=kind.kind, columns=empty), markup=False)


def _first_of_each(connection: Connector) -> tuple[dict[str, list[Record]], int, UnknownWords]:
    """The first records of every kind, how many were looked at, and their unknown words. A payload is read to its end, so
    that its remarks come; what comes after it when there is enough, or after LOOK records, is not waited for."""
    first: dict[str, list[Record]] = {kind: [] for kind in connection.kinds}
    looked_at, unknown_words = 0, UnknownWords()
    for payload in payloads_of(connection, Window()):
        for record in islice(records_of(connection, payload), LOOK - looked_at):
            looked_at += 1
            personal = kinds()[record.kind].personal
            unknown_words.add(record.kind, for_people(record, personal, connection.context.personal_data))
            of_kind = first.setdefault(record.kind, [])
            if len(of_kind) < SAMPLE:
                of_kind.append(record)
        if looked_at == LOOK or all(len(of_kind) == SAMPLE for of_kind in first.values()):
            break
    return first, looked_at, unknown_words


def _left_empty(kind: Kind, records: Sequence[Record]) -> list[Column]:
    """The columns that no record fills; not those that the pipeline fills itself when the source does not."""
    of_pipeline = {"observed_at", "title"} if kind.naming else {"observed_at"}
    columns = [column for column in (*kind.columns, *ENVELOPE_COLUMNS) if column.name not in of_pipeline]
    return [column for column in columns if all(record.values.get(column.name) is None for record in records)]


def _print_record(record: Record, say: Say, personal_data: bool) -> None:
    """One record as a table: the column, what people call it, and its value with the word for its code."""
    lang = say.language
    kind, content = kinds()[record.kind], _for_the_screen(record, lang, personal_data)
    lines = []
    for name, value in content["values"].items():
        column = kind.column(name)
        lines.append((name, pick(lang, column.nl, column.en), _in_words(column, value, lang)))
    table(
        say("sources.record", place=content["place"], kind=record.kind, key=content["key"]),
        headings(say, "sources", "column", "meaning", "value"),
        lines,
    )
    for problem in content["problems"]:
        console().print(say("sources.unreadable", problem=problem), style="red", markup=False)


def _in_words(column: Column, value: Any, lang: Language) -> Any:
    """A code with the word that it stands for; other values as they are."""
    terms = vocabularies()[column.vocabulary].terms if column.vocabulary else {}
    if isinstance(value, list):
        return ", ".join(str(_in_words(column, item, lang)) for item in value)
    if not isinstance(value, str) or value not in terms:
        return value
    return f"{value} ({pick(lang, terms[value].nl, terms[value].en)})"


def _for_the_screen(record: Record, lang: Language, personal_data: bool) -> dict[str, Any]:
    """A record for the screen; personal values are masked, and what was refused of a source with personal data."""
    personal = kinds()[record.kind].personal
    values = dict(record.values)
    for name in personal & values.keys():
        if values[name]:
            values[name] = MASK
    problems = []
    for problem in record.problems:
        is_hidden = personal_data or problem.field in personal
        problems.append(_problem_in_words(problem, lang, is_hidden))
    return {
        "kind": record.kind,
        "key": MASK if personal else record.key,
        "place": record.locator.text.in_language(lang),
        "values": values,
        "problems": problems,
    }


def _problem_in_words(problem: Problem, lang: Language, is_hidden: bool) -> str:
    """Why a value could not be taken; the value itself only where it is not about a person."""
    safe = problem.masked() if is_hidden else problem
    value = safe.value if is_hidden else repr(safe.value)
    return Say(lang)("sources.problem", column=safe.where, value=value, expected=safe.wanted)
