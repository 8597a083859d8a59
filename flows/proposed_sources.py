"""From lists that lie in a folder to sources in `ensia.yaml`: each file is looked at in a process of its own, and what was
proposed for it is written with its reasons behind it. What is not sure, or was not accepted, stays a comment: nothing is
guessed in silence.

What a sheet could be is `connectors/proposals.py`'s; putting a source into a file that people keep is
`flows/settings_file.py`'s.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from glob import escape
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from connectors.base import Context, Window
from connectors.proposals import LookConnector, settings_of
from connectors.spreadsheet import SpreadsheetSettings
from connectors.tools.apart import Apart
from connectors.tools.proposal import NUMBER, Certainty, ColumnProposal, SheetProposal, label_of
from connectors.tools.reading import asked, payloads_of
from connectors.tools.tables import TEXTS, WORKBOOKS
from connectors.tools.values import snake
from models.headings import ATTRIBUTE, ListType
from models.kind import ENVELOPE_COLUMNS, kinds
from models.message import Say, in_language, message
from warehouse.storage.database import today

SECONDS = 120  # that looking at one file may take
_LONGEST_ID = 63
_HIDDEN = (".", "~$")
ONLY_SURE: tuple[str, ...] = (Certainty.SURE,)
LIKELY_TOO: tuple[str, ...] = (Certainty.SURE, Certainty.LIKELY)


@dataclass(frozen=True)
class FileProposal:
    """What a file could be: its name relative to the folder of ensia.yaml, and its sheets, each with how sure a column must be
    to be taken."""

    file: str
    sheets: tuple[SheetProposal, ...]
    accepted: Mapping[str, Sequence[str]]
    expected_every: str = ""

    def accepted_of(self, sheet: SheetProposal) -> Sequence[str]:
        """How sure what is taken of a sheet must be; nothing is taken of one that was not accepted."""
        return self.accepted.get(sheet.name, ())

    @property
    def is_personal(self) -> bool:
        """Whether something of it is about persons."""
        return any(sheet.is_personal for sheet in self.sheets)


def lists_in(folder: Path, state: Path) -> list[str]:
    """The names, relative to `folder`, of the spreadsheets and csv files that lie in it; not those of the state folder, nor
    what a link outside of it leads to."""
    home = folder.resolve()
    suffixes = WORKBOOKS.keys() | TEXTS.keys()
    files = [file for _, of_folder in files_by_folder(home, state) for file in of_folder]
    return [file.relative_to(home).as_posix() for file in files if file.suffix.lower() in suffixes]


def files_by_folder(home: Path, state: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Each folder from `home` down, but that of the state, with the files of people that lie in it."""
    for place, folders, names in os.walk(home):
        here = Path(place)
        folders[:] = sorted(name for name in folders if not is_hidden(name) and here / name != state.resolve())
        files = [here / name for name in sorted(names) if not is_hidden(name)]
        yield here, [file for file in files if is_inside(file, home)]


def is_hidden(name: str) -> bool:
    """Whether a file or folder is none of people's: hidden, being written, or with signs in its name that nobody sees."""
    return name.startswith(_HIDDEN) or not name.isprintable()


def is_inside(path: Path, home: Path) -> bool:
    """Whether a file lies in a folder once every link is followed."""
    return path.resolve().is_relative_to(home)


def look(folder: Path, file: str, types_by_sheet: Mapping[str, ListType] | None = None) -> FileProposal:
    """What a file could be, with only what is sure accepted. `types_by_sheet`: what somebody said that its sheets are, by their
    names. Raises SourceError."""
    choices = tuple((sheet, list_type.kind, list_type.register) for sheet, list_type in (types_by_sheet or {}).items())
    with Apart(SECONDS) as apart:
        context = Context("", file, folder.resolve(), today(), apart=apart)
        connector = LookConnector(LookConnector.Settings(file=file, choices=choices), context)
        payload = next(payloads_of(connector, Window()))
        sheets: list[SheetProposal] = asked(connector, "proposals", payload)
    return FileProposal(file, tuple(sheets), {sheet.name: ONLY_SURE for sheet in sheets})


def is_usable(sheet: SheetProposal, accepted: Sequence[str]) -> bool:
    """Whether a source can read a sheet with what was accepted: it is known what it is and what tells its rows apart, and
    nothing is lacking that the kind cannot do without."""
    if sheet.list_type is None or sheet.certainty not in accepted:
        return False
    settings = settings_of(sheet, accepted)
    filled = {*settings.get("columns", {}), *settings.get("constants", {})}
    if not filled.issuperset(_required(sheet)) or _leaves_out_what_counts(sheet, accepted):
        return False
    try:
        SpreadsheetSettings.model_validate({"file": "x", "tables": [settings]})
    except ValidationError:
        return False
    return True


def _leaves_out_what_counts(sheet: SheetProposal, accepted: Sequence[str]) -> bool:
    """Whether a column that is doubted may say an end, a term or another thing of which the absence can do good: without it a
    list would look better than it is."""
    assert sheet.list_type is not None
    kind = kinds()[sheet.list_type.kind]
    taken = {column.column for column in sheet.columns if column.certainty in accepted}
    doubted = {column.column or column.might_be for column in sheet.columns if column.certainty not in accepted}
    names = {column.name for column in (*kind.columns, *ENVELOPE_COLUMNS)}
    return any(not kind.may_be_unknown(name) for name in (doubted - taken) & names)


def _required(sheet: SheetProposal) -> Iterator[str]:
    yield from sheet.lacking
    for column in sheet.columns:
        if column.column in sheet.key:
            yield column.column


def id_of(file: str, taken: Collection[str]) -> str:
    """A name for the source that reads a file, that no other source has."""
    bare = snake(Path(file).stem).replace("_", "-")[:_LONGEST_ID].strip("-") or "lijst"
    number, name = 2, bare
    while name in taken:
        name = f"{bare[: _LONGEST_ID - 4]}-{number}"
        number += 1
    return name


def source_lines(proposal: FileProposal, source_id: str, say: Say) -> list[str]:
    """The source that reads a file, as lines of a list in YAML that begins at the left. When nothing of it can be used, all
    of it is a comment."""
    usable = [sheet for sheet in proposal.sheets if is_usable(sheet, proposal.accepted_of(sheet))]
    lines = [f"- id: {source_id}", "  connector: spreadsheet", f"  title: {_yaml_of(Path(proposal.file).stem)}"]
    if proposal.is_personal:
        lines.append(f"  personal_data: true  # {say('init.about_persons')}")
    every = f"  # {say('init.how_often')}"
    if proposal.expected_every:
        every = f"  expected_every: {proposal.expected_every}"
    lines += [every, f"  file: {_yaml_of(escape(proposal.file))}", "  tables:"]
    for sheet in proposal.sheets:
        of_sheet = [f"    {line}" for line in _table_lines(sheet, proposal.accepted_of(sheet), say)]
        lines += of_sheet if sheet in usable or not usable else map(_commented, of_sheet)
    if not usable:
        lines = [_commented(line) for line in lines]
    return [f"# {mark_of(proposal.file)} {_totals(proposal.sheets, say)}", *lines]


def mark_of(file: str) -> str:
    """What a comment begins with that tells that a file was looked at."""
    return f"{file}:"


def _commented(line: str) -> str:
    """A line as a comment, also one that is one: whoever takes one hash off each line has the source."""
    bare = line.lstrip(" ")
    return f"{line[: len(line) - len(bare)]}# {bare}"


def _totals(sheets: Sequence[SheetProposal], say: Say) -> str:
    counts: list[str] = []
    for name in Certainty:
        number = sum(sheet.number_of(name) for sheet in sheets)
        counts.append(f"{say(f'proposal.{name}')} {number}")
    return ", ".join(counts)


def _table_lines(sheet: SheetProposal, accepted: Sequence[str], say: Say) -> Iterator[str]:
    """A table as an entry of a list in YAML."""
    if sheet.list_type is None:
        yield f"# {_one_line(say('init.sheet_open', sheet=sheet.name, why=sheet.why))}"
        return
    settings = settings_of(sheet, accepted)
    if _leaves_out_what_counts(sheet, accepted):
        yield f"# {say('init.could_look_better')}"
    first = [f"sheet: {_yaml_of(sheet.sheet)}"] if sheet.sheet is not None else []
    first.append(f"kind: {sheet.list_type.kind}")
    certainty = say(f"proposal.{sheet.certainty}")
    sort = f"{certainty}: {_in(label_of(sheet.list_type), say)}; {_in(sheet.why, say)}"
    yield f"- {first[0]}  # {sort}"
    for line in (
        *first[1:],
        *_key_lines(sheet, settings, say),
        *_constant_lines(sheet, settings, say),
        *_column_lines(sheet, accepted, say),
    ):
        yield f"  {line}"


def _key_lines(sheet: SheetProposal, settings: Mapping[str, Any], say: Say) -> Iterator[str]:
    why = f"{say(f'proposal.{sheet.key_certainty}')}: {_in(sheet.key_why, say)}"
    if "number" in settings:
        yield f"number: {_yaml_of(sheet.number)}  # {why}"
    elif "key" in settings:
        yield f"key: {_yaml_of(list(sheet.key))}  # {why}"
    elif sheet.number or sheet.key:
        proposed = f"key: {_yaml_of(list(sheet.key))}"
        if sheet.number:
            proposed = f"number: {_yaml_of(sheet.number)}"
        yield f"# {proposed}  # {why}"
    else:
        yield f"# key: []  # {why}"


def _constant_lines(sheet: SheetProposal, settings: Mapping[str, Any], say: Say) -> Iterator[str]:
    constants = settings.get("constants", {})
    if constants:
        yield f"constants: {_yaml_of(constants)}"
    for name in sheet.lacking:
        if name not in constants:
            word = dict(sheet.suggested).get(name, "?")
            yield f"# constants: {_yaml_of({name: word})}  # {say('init.lacking', column=name)}"


def _column_lines(sheet: SheetProposal, accepted: Sequence[str], say: Say) -> Iterator[str]:
    """The columns and attributes, each with why; what was not accepted as a comment; and the words that nobody knows."""
    meaning = [column for column in sheet.columns if column.column not in ("", NUMBER)]
    attributes = [column for column in meaning if column.column.startswith(ATTRIBUTE)]
    yield from _group_lines("columns", [column for column in meaning if column not in attributes], accepted, say)
    yield from _group_lines("attributes", attributes, accepted, say)
    for column in sheet.columns:
        if not column.column:
            yield f"# {_one_line(_open_column(column, say))}"
    yield from _word_lines(sheet, say)


def _group_lines(title: str, columns: Sequence[ColumnProposal], accepted: Sequence[str], say: Say) -> Iterator[str]:
    lines = [_column_line(column, accepted, say) for column in columns]
    is_empty = all(line.startswith("#") for line in lines)
    if lines:
        yield f"# {title}:" if is_empty else f"{title}:"
    yield from (f"  {line}" for line in lines)


def _open_column(column: ColumnProposal, say: Say) -> str:
    certainty = say(f"proposal.{column.certainty}")
    return say("init.column_open", heading=column.heading, letter=column.letter, certainty=certainty, why=column.why)


def _column_line(column: ColumnProposal, accepted: Sequence[str], say: Say) -> str:
    name = column.column.removeprefix(ATTRIBUTE)
    line = f"{name}: {_yaml_of(column.heading)}  # {say(f'proposal.{column.certainty}')}: {_in(column.why, say)}"
    return line if column.certainty in accepted else f"# {line}"


def _word_lines(sheet: SheetProposal, say: Say) -> Iterator[str]:
    of_columns = [column for column in sheet.columns if column.column and column.unknown_words]
    if of_columns:
        yield f"# values:  # {say('init.unknown_words')}"
    for column in of_columns:
        words = {word: nearest or "?" for word, nearest in column.unknown_words}
        yield f"#   {column.column.removeprefix(ATTRIBUTE)}: {_yaml_of(words)}"


def _in(text: Any, say: Say) -> str:
    return _one_line(str(in_language(text, say.language)))


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _yaml_of(value: Any) -> str:
    """A value as YAML on one line."""
    written = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False)
    return _one_line(written.removesuffix("...\n").strip())


def doubted_ends(sheet: SheetProposal) -> Iterator[ColumnProposal]:
    """The columns of days of which it is not known whether they say an end."""
    for column in sheet.columns:
        if column.might_be and column.why == message("proposal.unknown_days"):
            yield column


def with_column(proposal: FileProposal, sheet: SheetProposal, column: ColumnProposal) -> FileProposal:
    """The proposal with another meaning for one column of a sheet."""
    columns = tuple(column if other.index == column.index else other for other in sheet.columns)
    sheets = list(proposal.sheets)
    for index, other in enumerate(sheets):
        if other.sheet == sheet.sheet:
            sheets[index] = replace(other, columns=columns)
    return replace(proposal, sheets=tuple(sheets))


def accepting(proposal: FileProposal, accepted: Mapping[str, Sequence[str]]) -> FileProposal:
    """The proposal with how sure what is taken of each sheet must be."""
    return replace(proposal, accepted={**proposal.accepted, **accepted})
