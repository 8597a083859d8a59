"""Looks at a spreadsheet or csv file that no source reads yet, and says for each sheet what it could be: the proposal of
`connectors/tools/proposal.py`, tried on the rows by the reader that would read them every night.

It is no source of its own: `ensia init` and `ensia sources propose` ask it, and write nothing that it is not sure of unasked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from glob import escape
from typing import Any

from pydantic import Field

from connectors.base import Connector, Settings, TerminalError, Window
from connectors.spreadsheet import TableSettings, records_in
from connectors.tools.dates import ValueProblem, date_of
from connectors.tools.folders import matching_files
from connectors.tools.proposal import NUMBER, Certainty, ColumnProposal, SheetProposal, possible_keys, proposed
from connectors.tools.rows import fold
from connectors.tools.tables import Opened, Table, is_text, media_type, open_text, open_workbook
from connectors.tools.values import is_blank, text_of
from models.headings import ATTRIBUTE, ListType, list_types, meanings
from models.kind import Column, kinds, vocabularies
from models.loading import default_frameworks
from models.message import joined, message
from models.record import Payload, Record

_FIRST = 3  # rows that are shown
_MOST_TROUBLE = 0.1  # of the values below a heading that is sure; more, and it is not
_TOO_MUCH_TROUBLE = 0.5  # ... and from here on it is something else
_NO_TEXT = 0.8  # of the values that are numbers or days, below a heading that asks for words
# Texts that may well be written as a number or a day.
_NUMBERS_TOO = frozenset(
    [
        "norm_id",
        "norm_ref",
        "version",
        "reference",
        "subject",
        "record_ref",
        "text_key",
        "name",
        "unit",
        "classification",
        "relates_to",
    ]
)
_FRAMEWORK = "framework_id"
Choice = tuple[str, str, str]  # sheet, kind, register


class LookSettings(Settings):
    """`file`: its name, relative to the folder. `choices`: what somebody said that sheets are (the name of a sheet, a kind
    and a register; the sheet of a csv file has no name)."""

    file: str = Field(min_length=1)
    choices: tuple[Choice, ...] = ()


class LookConnector(Connector):
    """Yields no records: it is asked for `proposals`."""

    name = "look"
    Settings = LookSettings

    def fetch(self, window: Window) -> Iterator[Payload]:
        for path in matching_files(self.context.folder, escape(self.settings.file), self.context.source_id):
            yield self.file_payload(self.settings.file, media_type(path.name), path)

    def read(self, payload: Payload) -> Iterator[Record]:
        return iter(())

    def proposals(self, payload: Payload) -> list[SheetProposal]:
        """What each visible sheet could be. Raises TerminalError when the file cannot be opened."""
        sorts = {sheet: ListType(kind, register) for sheet, kind, register in self.settings.choices}
        tables = list(_tables_of(payload))
        is_alone = len(tables) == 1
        return [tried(table, proposed(table, sorts.get(table.sheet or ""), is_alone)) for table in tables]


def _tables_of(payload: Payload) -> Iterator[Table]:
    if is_text(payload.name):
        words = frozenset(key for list_type in list_types() for key in meanings(list_type))
        yield open_text(payload, encoding=None, delimiter=None, words=words)
        return
    workbook: Opened = open_workbook(payload)
    for name in workbook.sheets:
        if name not in workbook.hidden:
            table = workbook.table(name)
            if any(not is_blank(cell) for row in table.rows for cell in row):
                yield table


def settings_of(sheet: SheetProposal, certainties: Sequence[str]) -> dict[str, Any]:
    """The settings of a table in which only columns that are so sure take part; without a key when there is none."""
    assert sheet.list_type is not None
    columns: dict[str, str] = {}
    attributes: dict[str, str] = {}
    for column in sheet.columns:
        if column.certainty not in certainties:
            continue
        if column.column.startswith(ATTRIBUTE):
            attributes[column.column.removeprefix(ATTRIBUTE)] = column.heading
        elif column.column not in ("", NUMBER):
            columns[column.column] = column.heading
    constants = dict(sheet.list_type.constants)
    if Certainty.LIKELY in certainties:
        constants |= sheet.suggested
    has_key = sheet.key_certainty in certainties
    settings: dict[str, Any] = {"sheet": sheet.sheet, "kind": sheet.list_type.kind}
    settings |= {"number": sheet.number, "key": list(sheet.key)} if has_key else {}
    settings |= {"constants": constants, "columns": columns, "attributes": attributes}
    return {name: value for name, value in settings.items() if value}


def _is_apart(column: ColumnProposal) -> bool:
    return column.column == NUMBER or column.column.startswith(ATTRIBUTE)


def tried(table: Table, sheet: SheetProposal) -> SheetProposal:
    """A proposal after its rows were read with it: what does not fit is less sure, and what tells rows apart is known."""
    if sheet.list_type is None:
        return sheet
    sheet = replace(sheet, suggested=tuple(_suggested(sheet)))
    try:
        trial = _Trial(table, sheet)
        columns = tuple(map(trial.judged, sheet.columns))
    except TerminalError as error:
        return replace(sheet, certainty=Certainty.OPEN, why=error.texts[0], columns=())
    judged = trial.with_key(replace(sheet, columns=columns, rows=len(trial.records)))
    return replace(judged, first=tuple(_sample_records(table, judged, trial.records)))


def _sample_records(table: Table, sheet: SheetProposal, of_trial: list[Record]) -> list[Record]:
    """The first rows as they would arrive; without a key that is sure or likely, as the trial read them."""
    settings = settings_of(sheet, (Certainty.SURE, Certainty.LIKELY))
    if not settings.keys() & {"key", "number"}:
        return [replace(record, key=None, problems=[]) for record in of_trial[:_FIRST]]
    settings["header_row"] = sheet.header_row
    return records_in(table, TableSettings.model_validate(settings))[:_FIRST]


def _suggested(sheet: SheetProposal) -> Iterator[tuple[str, str]]:
    """For columns that a list lacks, what every row may hold: the word of ours that its name looks like, the framework that is
    assessed when none is named."""
    assert sheet.list_type is not None
    kind = kinds()[sheet.list_type.kind]
    for name in sheet.lacking:
        if name == _FRAMEWORK:
            yield name, default_frameworks()[0]
            continue
        vocabulary = kind.column(name).vocabulary
        code = vocabularies()[vocabulary].nearest(sheet.name) if vocabulary else None
        if code is not None:
            yield name, code


@dataclass
class _Trial:
    """The rows of a sheet as they would be read with everything that is proposed for it."""

    table: Table
    sheet: SheetProposal

    @cached_property
    def records(self) -> list[Record]:
        """The records; none when nothing is mapped. Raises TerminalError."""
        settings = settings_of(self.sheet, (Certainty.SURE, Certainty.LIKELY))
        if not settings.get("columns"):
            return []
        settings.pop("number", None)
        settings |= {"key": [*settings["columns"]], "header_row": self.sheet.header_row}
        return records_in(self.table, TableSettings.model_validate(settings))

    @cached_property
    def _rows(self) -> list[list[object]]:
        return [self.table.rows[record.locator.row - 1] for record in self.records if record.locator.row]

    @cached_property
    def _trouble(self) -> dict[str, int]:
        """How many values could not be taken, by heading."""
        trouble: dict[str, int] = defaultdict(int)
        for record in self.records:
            for problem in record.problems:
                if problem.value:
                    trouble[fold(str(problem.where))] += 1
        return trouble

    @cached_property
    def _unknown(self) -> dict[str, dict[str, str]]:
        """The words that no vocabulary knows, each with the nearest known one, by heading."""
        unknown: dict[str, dict[str, str]] = defaultdict(dict)
        for record in self.records:
            for word in record.unknown_words:
                unknown[fold(word.column)][word.word] = word.nearest
        return unknown

    def _values(self, column: ColumnProposal) -> list[object]:
        cells = (row[column.index] for row in self._rows if column.index < len(row))
        return [cell for cell in cells if not is_blank(cell)]

    def judged(self, column: ColumnProposal) -> ColumnProposal:
        """A column after a look at what stands in it. A number has its own judgement (`with_key`)."""
        if column.certainty == Certainty.OPEN and not column.might_be:
            return self._perhaps_an_end(column)
        if not column.column or column.column == NUMBER:
            return column
        values = self._values(column)
        if not values:
            return replace(column, why=joined([column.why, message("proposal.empty")], "; "))
        trouble, unknown = self._trouble[fold(column.heading)], self._unknown[fold(column.heading)]
        different = {text_of(value) for value in values}
        if trouble > _TOO_MUCH_TROUBLE * len(values):
            why = message("proposal.does_not_fit", trouble=trouble, all=len(values))
            return column.less_sure(Certainty.OPEN, why)
        if not self.sheet.is_personal:
            column = replace(column, unknown_words=tuple(sorted(unknown.items())))
        if trouble > _MOST_TROUBLE * len(values):
            return column.less_sure(Certainty.LIKELY, message("proposal.fits_partly", trouble=trouble, all=len(values)))
        if len(unknown) > len(different) / 2:
            why = message("proposal.unknown_words", unknown=len(unknown), all=len(different))
            return column.less_sure(Certainty.LIKELY, why)
        if self._is_no_text(column, values):
            return column.less_sure(Certainty.LIKELY, message("proposal.no_text"))
        return column

    def _perhaps_an_end(self, column: ColumnProposal) -> ColumnProposal:
        """An unknown heading above days may say until when something holds, where no other heading does: left out, the list
        would look better than it is."""
        assert self.sheet.list_type is not None
        mapped = {other.column for other in self.sheet.columns}
        ends = sorted(kinds()[self.sheet.list_type.kind].ends - mapped)
        values = self._values(column)
        days = [value for value in values if _is_day(value)]
        if not ends or not days or len(days) < _NO_TEXT * len(values):
            return column
        return replace(column, might_be=ends[-1], why=message("proposal.unknown_days"))

    def _is_no_text(self, column: ColumnProposal, values: list[object]) -> bool:
        """Whether numbers or days stand where words are asked."""
        column_meant = _column_meant(self.sheet, column)
        if (
            column_meant is None
            or column_meant.type != "text"
            or column_meant.vocabulary
            or column_meant.name in _NUMBERS_TOO
        ):
            return False
        strange = [value for value in values if isinstance(value, int | float | date | datetime) or _is_digits(value)]
        return len(strange) >= _NO_TEXT * len(values)

    def with_key(self, sheet: SheetProposal) -> SheetProposal:
        """The proposal with what tells its rows apart: a number of its own, else columns that together do."""
        numbers = [column for column in sheet.columns if column.column == NUMBER]
        sound = [column for column in numbers if self._is_unique(column)]
        lasting = [column for column in sound if not self._counts_rows(column)]
        sheet = replace(sheet, columns=tuple(self._judged_number(column, sound, lasting) for column in sheet.columns))
        if lasting:
            why = message("proposal.unique_number")
            return replace(sheet, number=lasting[0].heading, key_certainty=Certainty.SURE, key_why=why)
        key = self._key(sheet)
        if key:
            is_sure = all(self._certainty_of(name, sheet) == Certainty.SURE for name in key)
            certainty = Certainty.SURE if is_sure else Certainty.LIKELY
            return replace(sheet, key=key, key_certainty=certainty, key_why=message("proposal.unique_together"))
        if sound:
            why = message("proposal.counts_rows")
            return replace(sheet, number=sound[0].heading, key_certainty=Certainty.LIKELY, key_why=why)
        return replace(sheet, key_why=message("proposal.no_key"))

    def _key(self, sheet: SheetProposal) -> tuple[str, ...]:
        """The first columns of those that may tell such rows apart that do; none when none do."""
        assert sheet.list_type is not None
        keys = (key for key in possible_keys(sheet.list_type) if self._tells_apart(key, sheet))
        return next(keys, ())

    def _judged_number(
        self, column: ColumnProposal, sound: list[ColumnProposal], lasting: list[ColumnProposal]
    ) -> ColumnProposal:
        if column.column != NUMBER:
            return column
        if column not in sound:
            return column.less_sure(Certainty.OPEN, message("proposal.number_not_unique"))
        if column not in lasting:
            return column.less_sure(Certainty.LIKELY, message("proposal.counts_rows"))
        if column != lasting[0]:
            return column.less_sure(Certainty.OPEN, message("proposal.another_number"))
        return replace(column, certainty=Certainty.SURE, why=message("proposal.unique_number"))

    def _is_unique(self, column: ColumnProposal) -> bool:
        values = [text_of(value) for value in self._values(column)]
        return len(values) == len(self._rows) > 0 and len(set(values)) == len(values)

    def _counts_rows(self, column: ColumnProposal) -> bool:
        """Whether the numbers are 1, 2, 3 … from the first row on: what may be another row's after a line was taken out."""
        values = [text_of(value) for value in self._values(column)]
        return values == [str(number) for number in range(1, len(values) + 1)]

    def _tells_apart(self, key: tuple[str, ...], sheet: SheetProposal) -> bool:
        values = [tuple(record.values.get(name) for name in key) for record in self.records]
        is_whole = all(part is not None for parts in values for part in parts)
        if not values or not is_whole:
            return False
        is_unique = len(set(map(str, values))) == len(values)
        return is_unique and self._are_taken(key, sheet)

    def _are_taken(self, key: tuple[str, ...], sheet: SheetProposal) -> bool:
        return all(self._certainty_of(name, sheet) != Certainty.OPEN for name in key)

    def _certainty_of(self, name: str, sheet: SheetProposal) -> str:
        if sheet.list_type and name in sheet.list_type.constants:
            return Certainty.SURE
        if name in dict(sheet.suggested):
            return Certainty.LIKELY
        return next((column.certainty for column in sheet.columns if column.column == name), Certainty.OPEN)


def _column_meant(sheet: SheetProposal, column: ColumnProposal) -> Column | None:
    """The column of the kind that a heading means; None for an attribute or number."""
    if _is_apart(column) or sheet.list_type is None:
        return None
    return kinds()[sheet.list_type.kind].column(column.column)


def _is_day(value: object) -> bool:
    try:
        return isinstance(date_of(value), date)
    except ValueProblem:
        return False


def _is_digits(value: object) -> bool:
    """Whether a text is a number or a day: it holds digits and no word."""
    text = text_of(value)
    return any(sign.isdigit() for sign in text) and not any(sign.isalpha() for sign in text)
