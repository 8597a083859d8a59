"""`ensia sources`: which sources there are, whether they can be reached, and what their first records look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from cli.common import console, headings, print_json, table
from connectors.base import Connector, Window
from connectors.tools.apart import Apart
from connectors.tools.reading import payloads_of, records_of
from flows.collect import build
from flows.installation import Installation, Member
from models.configuration import Source
from models.errors import EnsiaError, NotFound
from models.kind import ENVELOPE_COLUMNS, Column, Kind, kinds, vocabularies
from models.language import Language, pick
from models.message import Say, in_language, message
from models.record import MASK, Payload, Problem, Record, Remark
from models.unknown_words import UnknownWords, for_people, values_for_people
from warehouse.storage.database import today

SAMPLE = 3  # records per table
LOOK = 2_000  # records that are looked at to find some of every table
_REGISTER = "register_entry"  # one kind for many lists


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
        headings(
            say,
            "sources",
            "organisation",
            "source",
            "connector",
            "title",
            "expected_every",
            "covers",
        ),
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
    """Reach a source; say as whom, and how many records its first payload has. None is doubtful: an account without rights sees
    nothing either. Raises SourceError."""
    number = 0
    member, source = _find(installation, name)
    with Apart(source.timeout_seconds) as apart:
        connection = build(member, source, today(), apart=apart)
        payload = _first_payload(connection, name)
        for _ in records_of(connection, payload):
            number += 1
    say, out = Say(lang), console()
    out.print(say("sources.reached", name=name, payload=payload.name), style="green", markup=False)
    if connection.account:
        out.print(say("sources.signed_in", who=connection.account), markup=False)
    if number:
        out.print(say("sources.records", number=number), markup=False)
        return
    out.print(say("sources.no_records"), style="yellow", markup=False, soft_wrap=True)


def reach(installation: Installation, name: str) -> Payload:
    """Reach a source, authenticate and read its first payload, which is returned; store nothing. Raises SourceError."""
    member, source = _find(installation, name)
    with Apart(source.timeout_seconds) as apart:
        connection = build(member, source, today(), apart=apart)
        return _first_payload(connection, name)


def _first_payload(connection: Connector, name: str) -> Payload:
    payload = next(iter(payloads_of(connection, Window())), None)
    if payload is None:
        raise EnsiaError(
            message("sources.nothing"),
            place=name,
            advice=message("sources.nothing_advice"),
        )
    return payload


@dataclass(frozen=True, slots=True)
class Choice:
    """What is asked of a sample: only the tables whose name holds `table`, and so many `rows` of each."""

    table: str = ""
    rows: int = SAMPLE

    def takes(self, record: Record) -> bool:
        """Whether a record is of a table that is asked for."""
        return self.table.casefold() in _table_of(record).casefold()


@dataclass(slots=True)
class _Looked:
    """What was seen of a source: per table the first records and the first that is refused, and what is said of it."""

    first: dict[str, list[Record]] = field(default_factory=dict)
    refused: dict[str, Record] = field(default_factory=dict)
    number: int = 0
    remarks: list[Remark] = field(default_factory=list)
    unknown_words: UnknownWords = field(default_factory=UnknownWords)

    def add(self, record: Record, choice: Choice) -> None:
        """Look at one record."""
        self.number += 1
        name = _table_of(record)
        of_table = self.first.setdefault(name, [])
        if len(of_table) < choice.rows:
            of_table.append(record)
        elif record.problems and not any(earlier.problems for earlier in of_table):
            self.refused.setdefault(name, record)

    def has_enough(self, names: Sequence[str], choice: Choice) -> bool:
        """Whether there are rows enough of each of these kinds."""
        full = {of_table[0].kind for of_table in self.first.values() if len(of_table) == choice.rows}
        return full.issuperset(names)

    @property
    def records(self) -> list[Record]:
        """All that is shown, table by table."""
        records: list[Record] = []
        for name, of_table in self.first.items():
            records += of_table
            if name in self.refused:
                records.append(self.refused[name])
        return records


def sample_sources(installation: Installation, lang: Language, as_json: bool, choice: Choice) -> int:
    """Show a sample of every source, one after another; what one source does wrong is told, and keeps no other. Returns how
    many could not be read."""
    failed = 0
    for member, source in installation.sources():
        name = f"{member.organisation.id}/{source.id}"
        try:
            sample_source(installation, name, lang, as_json, choice)
        except EnsiaError as error:
            failed += 1
            console(error=True).print(
                f"{name}: {error.sentence(lang)}",
                style="red",
                markup=False,
                soft_wrap=True,
            )
    return failed


def sample_source(
    installation: Installation, name: str, lang: Language, as_json: bool, choice: Choice | None = None
) -> None:
    """Show the first mapped records of each table of a source, the first that is refused, and which columns the mapping left
    empty; store nothing."""
    choice = choice or Choice()
    member, source = _find(installation, name)
    looked = _look(member, source, choice)
    for remark in [*looked.remarks, *looked.unknown_words.remarks()]:
        console(error=True).print(
            f"· {in_language(remark.sentence, lang)}", style="bright_black", markup=False, soft_wrap=True
        )
    say = Say(lang)
    if looked.number == LOOK:
        console(error=True).print(
            say("sources.looked_at", number=LOOK),
            markup=False,
            soft_wrap=True,
        )
    if as_json:
        print_json(
            [
                _for_the_screen(
                    record,
                    lang,
                    source.personal_data,
                )
                for record in looked.records
            ]
        )
        return
    if not looked.records:
        console().print(say("sources.no_rows", name=name), style="yellow", markup=False)
    for table_name, records in looked.first.items():
        _print_table(
            table_name,
            records,
            looked.refused.get(table_name),
            say,
            source.personal_data,
        )


def _print_table(name: str, records: Sequence[Record], refused: Record | None, say: Say, personal_data: bool) -> None:
    for record in records:
        print_record(record, say, personal_data)
    if refused is not None:
        console().print(say("sources.first_refused", table=name), style="red", markup=False)
        print_record(refused, say, personal_data)
    columns = _left_empty(kinds()[records[0].kind], records)
    empty = ", ".join(f"{column.name} ({pick(say.language, column.nl, column.en)})" for column in columns)
    console().print(
        say("sources.left_empty", kind=name, columns=empty or say("shell.none")),
        markup=False,
    )


def _table_of(record: Record) -> str:
    """What tells the tables of a source apart: the kind, what it is a list of, and the sheet."""
    column = kinds()[record.kind].discriminator if record.kind == _REGISTER else None
    parts = [record.kind, record.values.get(column) if column else None, record.locator.sheet]
    return " · ".join(str(part) for part in parts if part)


def _look(member: Member, source: Source, choice: Choice) -> _Looked:
    """The first records of every table. A payload is read to its end, so that its remarks come; what comes after LOOK records is
    not waited for, nor the next page of a system of which there is enough."""
    looked = _Looked()
    with Apart(source.timeout_seconds) as apart:
        connection = build(
            member,
            source,
            today(),
            remark=looked.remarks.append,
            apart=apart,
        )
        for payload in payloads_of(connection, Window()):
            for record in islice(records_of(connection, payload), LOOK - looked.number):
                personal = kinds()[record.kind].personal
                looked.unknown_words.add(
                    record.kind,
                    for_people(record, personal, connection.context.personal_data),
                )
                if choice.takes(record):
                    looked.add(record, choice)
            is_done = payload.path is None and looked.has_enough(connection.kinds, choice)
            if is_done or looked.number == LOOK:
                break
    return looked


def _left_empty(kind: Kind, records: Sequence[Record]) -> list[Column]:
    """The columns that no record fills; not those that the pipeline fills itself when the source does not."""
    of_pipeline = {"observed_at", "title"} if kind.naming else {"observed_at"}
    columns = [column for column in (*kind.columns, *ENVELOPE_COLUMNS) if column.name not in of_pipeline]
    return [column for column in columns if all(record.values.get(column.name) is None for record in records)]


def print_record(record: Record, say: Say, personal_data: bool) -> None:
    """Print one record as a table: the column, what people call it, and its value with the word for its code."""
    lang = say.language
    kind, content = kinds()[record.kind], _for_the_screen(record, lang, personal_data)
    lines = []
    for name, value in content["values"].items():
        column = kind.column(name)
        lines.append(
            (
                name,
                pick(
                    lang,
                    column.nl,
                    column.en,
                ),
                _in_words(
                    column,
                    value,
                    lang,
                ),
            )
        )
    table(
        say("sources.record", place=content["place"], kind=record.kind, key=content["key"]),
        headings(say, "sources", "column", "meaning", "value"),
        lines,
    )
    for problem in content["problems"]:
        console().print(
            say("sources.unreadable", problem=problem),
            style="red",
            markup=False,
        )


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
    values = dict(values_for_people(record, personal, personal_data))
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
    return Say(lang)(
        "sources.problem",
        column=safe.where,
        value=value,
        expected=safe.wanted,
    )
