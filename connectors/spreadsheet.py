"""Reads the workbooks and csv files in which municipalities keep their registers: xlsx, xlsm, xlsb, xls, ods and csv, with a
title above the header, merged cells, totals below, and columns that were renamed since last month.

Opening files is left to `tables`, typed values to `values`, the making of records to `rows`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from connectors.base import Connector, Settings, TerminalError, Window
from connectors.tools.column_habits import ColumnHabits, DateOrder, DecimalSign
from connectors.tools.folders import matching_files
from connectors.tools.reading import asked
from connectors.tools.row_shapes import ALONE, RECORD, RowShapes
from connectors.tools.rows import Raw, RowMapper, RowSettings, check_columns, closest, fold, said_words
from connectors.tools.saved import saved_at
from connectors.tools.sheetbounds import column_letters
from connectors.tools.tables import Opened, Table, is_text, media_type, open_text, open_workbook
from connectors.tools.values import Broken, LinkedText, is_blank, text_of
from models.errors import TextError
from models.kind import ENVELOPE_COLUMNS, Column, kinds, vocabularies
from models.message import Message, both, either, listed, message
from models.own_words import NO_OWN_WORDS, OwnWords
from models.record import Payload, Problem, Record, Remark

_HEADER_WITHIN = 30  # rows in which the header is looked for
_ROWS_NAMED = 8  # row numbers in one remark
_FEWEST_COLUMNS = 3  # from how many columns it is worth saying that a row has a value in one only
Headers = dict[str, tuple[str, ...]]
NUMBER = "(nummer)"  # stands for the source's own number among the columns; no column can be called so


def _several(value: Any) -> Any:
    """Header texts given as one text or a list of synonyms, as tuples."""
    if not isinstance(value, dict):
        return value
    synonyms = dict(value)
    for name, texts in value.items():
        if isinstance(texts, str):
            synonyms[name] = (texts,)
    return synonyms


class TableSettings(RowSettings):
    """One table: a sheet of a workbook, or a csv file.

    `sheet`: its name; without it the only visible sheet in which the headers stand. `columns`: column of the kind →
    header text, or a list of the texts it may have; without it headers are the Dutch (or English) names of the columns.
    Then attributes too are found by their names.
    `number`: header of the number that the source itself gives each row, which is then the key. `attributes`: header
    texts of entries of the kind's map column. `optional`: columns that need not be there.
    `header_row`: the row of the headers, if it cannot be found by itself. `skip_hidden`: leave hidden rows out. `only`: header
    text → the words of which a row must have one; a row without a word there is read. `dates` and `decimal`: how days and
    decimals are written, where the columns do not show it.
    """

    sheet: str | None = None
    number: tuple[str, ...] = ()
    columns: Headers = Field(default_factory=dict)
    attributes: Headers = Field(default_factory=dict)
    optional: tuple[str, ...] = ()
    header_row: int | None = Field(None, ge=1)
    skip_hidden: bool = False
    only: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    dates: DateOrder | None = None
    decimal: DecimalSign | None = None

    @field_validator("only", mode="before")
    @classmethod
    def _words_of_only(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        folded: dict[Any, tuple[str, ...]] = {}
        for header, words in value.items():
            several = words if isinstance(words, list) else [words]
            folded[header] = tuple(fold(text_of(word)) for word in several)
        return folded

    @field_validator("columns", "attributes", mode="before")
    @classmethod
    def _synonyms(cls, value: Any) -> Any:
        return _several(value)

    @field_validator("number", mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("columns")
    @classmethod
    def _known(cls, value: Headers, info: ValidationInfo) -> Headers:
        check_columns(value, info)
        return value

    @model_validator(mode="after")
    def _consistent(self) -> TableSettings:
        kind = kinds()[self.kind]
        if self.attributes and not any(column.name == "attributes" for column in kind.columns):
            raise TextError(message("sheet.no_attributes", kind=self.kind))
        if bool(self.key) == bool(self.number):
            raise TextError(message("sheet.key_or_number"))
        sources = set(self.columns or _column_names(self.kind)) | set(self.constants)
        for name in self.key:
            if name not in sources:
                raise TextError(message("sheet.key_unknown", name=name))
        for setting, names in (("optional", self.optional), ("values", tuple(self.values))):
            unknown = [name for name in names if name not in sources | set(self.attributes)]
            if unknown:
                raise TextError(
                    message(
                        "sheet.not_a_column",
                        setting=setting,
                        name=unknown[0],
                    )
                )
        return self

    def headers(self) -> Headers:
        """Header texts by column of the kind."""
        if self.columns:
            return self.columns
        every = {column.name: (column.nl, column.en, column.name) for column in _all_columns(self.kind)}
        return {name: texts for name, texts in every.items() if name not in self.constants}

    def entries(self) -> Headers:
        """Header texts by attribute: those that are mapped, and in a table of which no column is mapped the names of all others
        that its kind knows."""
        names = {text for texts in self.headers().values() for text in map(fold, texts)}
        if self.columns or not any(column.name == "attributes" for column in kinds()[self.kind].columns):
            return self.attributes
        terms = vocabularies()["attribute"].terms.items()
        every = {
            code: (term.nl, term.en, code) for code, term in terms if names.isdisjoint({fold(term.nl), fold(code)})
        }
        return {**every, **self.attributes}

    def required(self) -> set[str]:
        """The columns and attributes whose header must be there, and the number if there is one."""
        extra_headers = {*self.attributes, *((NUMBER,) if self.number else ())}
        if self.columns:
            return (extra_headers | set(self.columns)) - set(self.optional)
        needed = {column.name for column in _all_columns(self.kind) if column.required} | set(self.key)
        return (extra_headers | needed) - set(self.optional) - set(self.constants)


def _all_columns(kind: str) -> tuple[Column, ...]:
    return (*kinds()[kind].columns, *ENVELOPE_COLUMNS)


def _column_names(kind: str) -> set[str]:
    return {column.name for column in _all_columns(kind)}


class SpreadsheetSettings(Settings):
    """`file`: name or glob, relative to the folder of ensia.yaml; when several fit, all are read. `tables`: the tables in
    it; the settings of a single one may stand beside `file`. `encoding` and `delimiter` of a csv, when they must be
    told."""

    file: str = Field(min_length=1)
    tables: tuple[TableSettings, ...] = Field(min_length=1)
    encoding: str | None = None
    delimiter: str | None = Field(None, min_length=1, max_length=1)

    @model_validator(mode="before")
    @classmethod
    def _single(cls, value: Any) -> Any:
        if not isinstance(value, dict) or "tables" in value:
            return value
        settings = {name: content for name, content in value.items() if name in cls.model_fields}
        return {
            **settings,
            "tables": [{name: content for name, content in value.items() if name not in cls.model_fields}],
        }

    @field_validator("encoding")
    @classmethod
    def _codec(cls, value: str | None) -> str | None:
        try:
            "".encode(value or "utf-8")
        except LookupError as error:
            raise TextError(message("sheet.no_encoding", value=value)) from error
        return value


class SpreadsheetConnector(Connector):
    """Yields one record per row of each configured table; the locator is file, sheet and row as Excel shows them."""

    by_hand = True
    name = "spreadsheet"
    summary_nl = "Rekenbladen en csv-bestanden (xlsx, xlsm, xlsb, xls, ods, csv): registers, lijsten en metingen"
    Settings = SpreadsheetSettings

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(table.kind for table in self.settings.tables))

    def fetch(self, window: Window) -> Iterator[Payload]:
        for path in matching_files(
            self.context.folder,
            self.settings.file,
            self.context.source_id,
        ):
            payload = self.file_payload(self._name(path), media_type(path.name), path)
            yield payload.about(asked(self, "saved", payload))

    def saved(self, payload: Payload) -> datetime | None:
        """When the file says that it was last saved."""
        assert payload.path is not None
        return saved_at(payload.name, payload.path)

    def complete(self, window: Window) -> bool:
        """Files are always read whole."""
        return True

    def said_words(self) -> Iterator[tuple[Column, object]]:
        for table in self.settings.tables:
            yield from said_words(table)
            for name in table.attributes:
                yield kinds()[table.kind].column("attributes"), {name: None}

    def read(self, payload: Payload) -> Iterator[Record]:
        workbook = None if is_text(payload.name) else open_workbook(payload)
        for settings in self.settings.tables:
            reader = _Reader(settings, self.context.personal_data, self.context.own_words)
            table = self._csv(payload, reader) if workbook is None else _choose(workbook, reader)
            reader.find_header(table)
            yield from reader.records(table)
            for remark in reader.remarks(table):
                self.context.remark(remark)

    def _csv(self, payload: Payload, reader: _Reader) -> Table:
        if reader.settings.sheet:
            raise TerminalError(
                message("sheet.csv_no_sheets"), place=payload.name, advice=message("sheet.remove_sheet")
            )
        encoding, delimiter = self.settings.encoding, self.settings.delimiter
        return open_text(
            payload,
            encoding=encoding,
            delimiter=delimiter,
            words=reader.words,
        )

    def _name(self, path: Path) -> str:
        if path.is_relative_to(self.context.folder):
            return path.relative_to(self.context.folder).as_posix()
        return path.name


def records_in(table: Table, settings: TableSettings, own_words: OwnWords = NO_OWN_WORDS) -> list[Record]:
    """The records of one table that is open already, as a source with these settings would read them. Raises TerminalError."""
    reader = _Reader(settings, personal_data=False, own_words=own_words)
    reader.find_header(table)
    return list(reader.records(table))


def _choose(workbook: Opened, reader: _Reader) -> Table:
    """The sheet that was asked for, or the only visible one whose headers fit."""
    if reader.settings.sheet:
        return workbook.table(reader.settings.sheet)
    visible = [name for name in workbook.sheets if name not in workbook.hidden] or workbook.sheets
    tables = [workbook.table(name) for name in visible]
    if len(tables) == 1:
        return tables[0]
    fitting = [table for table in tables if not reader.missing(table)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise TerminalError(
            message(
                "sheet.several_fit",
                sheets=", ".join(table.sheet or "" for table in fitting),
            ),
            place=workbook.payload.name,
            advice=message("sheet.name_sheet"),
        )
    return min(tables, key=lambda table: len(reader.missing(table)))


# What is said of rows that were not simply read, by the word that is stored with the run.
_ROWS_APART = {
    "hidden_rows_read": "sheet.rows_hidden_rows_read",
    "hidden_rows_skipped": "sheet.rows_hidden_rows_skipped",
    "unmapped_rows": "sheet.rows_unmapped_rows",
    "headers_again": "sheet.rows_headers_again",
    "totals": "sheet.rows_totals",
    "notes": "sheet.rows_notes",
    "headings": "sheet.rows_headings",
    "second_table": "sheet.rows_second_table",
    "alone_rows": "sheet.rows_alone_rows",
    "filtered_rows": "sheet.rows_filtered_rows",
}
_READ_AS_RECORD = frozenset({RECORD, ALONE})


class _Reader:
    """Finds the header of one table and makes records of the rows below it."""

    def __init__(self, settings: TableSettings, personal_data: bool, own_words: OwnWords) -> None:
        self.settings = settings
        self._personal_data, self._own_words = personal_data, own_words
        self._mapper = RowMapper(settings, own_words)
        self._headers, self._attributes = settings.headers(), settings.entries()
        self._texts = {**self._headers, **self._attributes}
        if settings.number:
            self._texts[NUMBER] = settings.number
        self.words = frozenset(fold(text) for texts in self._texts.values() for text in texts)
        self._header = 0  # index of the header row
        self._places: dict[str, int] = {}  # column or attribute → index in the row
        self._rows_apart: dict[str, list[int]] = defaultdict(list)  # rows not simply read, by the word of their remark

    # -- the header ---------------------------------------------------------

    def find_header(self, table: Table) -> None:
        """Decide which row is the header and where the columns stand. Raises TerminalError."""
        if not any(not is_blank(cell) for row in table.rows for cell in row):
            raise TerminalError(
                message("sheet.empty"),
                place=table.place,
                advice=message("sheet.check_export"),
            )
        self._header = self._header_index(table)
        self._places = self._find_places(table)
        missing = self.settings.required() - set(self._places)
        if missing:
            self._refuse_missing(table, sorted(missing, key=list(self._texts).index))

    def missing(self, table: Table) -> set[str]:
        """The required columns that a sheet lacks."""
        if not table.rows:
            return self.settings.required()
        words = self._folded(table, self._header_index(table))
        return {
            name
            for name in self.settings.required()
            if not words
            & set(
                map(
                    fold,
                    self._texts[name],
                )
            )
        }

    def _header_index(self, table: Table) -> int:
        if self.settings.header_row:
            if self.settings.header_row > len(table.rows):
                raise TerminalError(
                    message(
                        "sheet.few_rows",
                        rows=len(table.rows),
                        header_row=self.settings.header_row,
                    ),
                    place=table.place,
                    advice=message("sheet.remove_header_row"),
                )
            return self.settings.header_row - 1
        candidates = range(min(_HEADER_WITHIN, len(table.rows)))
        return max(
            candidates,
            key=lambda index: (len(self._folded(table, index) & self.words), -index),
        )

    def _folded(self, table: Table, index: int) -> set[str]:
        """The texts of a row, as headers are compared."""
        texts = [cell for cell in table.rows[index] if isinstance(cell, str)]
        return {fold(text_of(text)) for text in texts if text.strip()}

    def _find_places(self, table: Table) -> dict[str, int]:
        positions: dict[str, list[int]] = {}
        for index, cell in enumerate(table.rows[self._header]):
            if not is_blank(cell) and not isinstance(cell, Broken):
                positions.setdefault(fold(text_of(cell)), []).append(index)
        places: dict[str, int] = {}
        for name, texts in self._texts.items():
            text = next((fold(text) for text in texts if fold(text) in positions), None)
            if text is None:
                continue
            if len(positions[text]) > 1:
                letters = both(column_letters(index) for index in positions[text])
                raise TerminalError(
                    message(
                        "sheet.column_twice",
                        column=self._shown(table, positions[text][0]),
                        letters=letters,
                    ),
                    place=table.locator(self._header + 1).text,
                    advice=message("sheet.own_name"),
                )
            places[name] = positions[text][0]
        return places

    def _refuse_missing(self, table: Table, missing: list[str]) -> None:
        """Raise TerminalError for columns that are not there, with the headings that are, and those that look like them."""
        columns = both(either(f"'{text}'" for text in self._texts[name]) for name in missing)
        key = "sheet.no_column" if len(missing) == 1 else "sheet.no_columns"
        reason = message(key, columns=columns)
        place = table.locator(self._header + 1).text
        if self._personal_data:  # what stands in this row may be no header but the first person
            raise TerminalError(reason, place=place, advice=message("sheet.mend_header"))
        texts = [cell for cell in table.rows[self._header] if isinstance(cell, str)]
        present = [text_of(text) for text in texts if text.strip()]
        suggestions = list(self._headings_like(missing, present))
        guess = message("sheet.perhaps", suggestions=listed(suggestions)) if suggestions else ""
        headings = ", ".join(present[:40]) or message("shell.none")
        raise TerminalError(reason, place=place, advice=message("sheet.present", known=headings, guess=guess))

    def _headings_like(self, missing: list[str], present: list[str]) -> Iterator[Message]:
        """Per column that is not there the heading that looks most like one of its texts, if any does."""
        free = [text for text in present if fold(text) not in self.words]
        for name in missing:
            alike = [closest(text, free) for text in self._texts[name]]
            heading = next(filter(None, alike), None)
            if heading:
                yield message("sheet.heading_for", heading=heading, name=name)

    def _shown(self, table: Table, index: int) -> str:
        return text_of(table.rows[self._header][index])

    # -- the rows -----------------------------------------------------------

    def records(self, table: Table) -> Iterator[Record]:
        """One record per row below the header that has the shape of one."""
        self._rows_apart.clear()
        columns = {name: self._column(name) for name in self._places}
        sources = {name: self._shown(table, index) for name, index in self._places.items()}
        numbers = list(self._records_among(table, columns))
        habits = ColumnHabits(
            table, self._places, columns, sources, self.settings.dates, self.settings.decimal, self._translated(columns)
        )
        habits.learn(numbers)
        fields = self._fields(table, numbers)
        for number in numbers:
            row = table.rows[number - 1]
            if fields is not None and len(row) != fields:
                yield self._shifted(table, number, len(row), fields)
                continue
            raws: dict[str, Raw] = {}
            for name, index in self._places.items():
                cell = habits.read(name, number, row[index] if index < len(row) else None)
                raws[name] = Raw(sources[name], _address(cell) if name == "url" else cell)
            yield self._record(table, number, raws)

    def _records_among(self, table: Table, columns: dict[str, Column]) -> Iterator[int]:
        """The numbers of the rows that are records; the others are noted, each by what it is."""
        filters = self._filters(table)
        for number, shape in RowShapes(
            table,
            self._header + 1,
            self._places,
            columns,
        ).of_rows():
            if self._is_skipped(table, number):
                continue
            if shape != RECORD and (shape != ALONE or len(self._places) >= _FEWEST_COLUMNS):
                self._rows_apart[shape].append(number)
            if shape not in _READ_AS_RECORD:
                continue
            if any(
                _falls_outside(
                    table.rows[number - 1],
                    index,
                    words,
                )
                for index, words in filters.items()
            ):
                self._rows_apart["filtered_rows"].append(number)
                continue
            yield number

    def _is_skipped(self, table: Table, number: int) -> bool:
        """Whether a row is left out for it is hidden; that it is hidden is noted in any case."""
        if number not in table.hidden:
            return False
        self._rows_apart["hidden_rows_skipped" if self.settings.skip_hidden else "hidden_rows_read"].append(number)
        return self.settings.skip_hidden

    def _column(self, name: str) -> Column:
        kind = kinds()[self.settings.kind]
        if name in self._headers:
            return kind.column(name)
        if name in self._attributes:
            return kind.column("attributes")
        return kind.column("title")

    def _translated(self, columns: dict[str, Column]) -> frozenset[str]:
        """The columns of which the settings say what their words mean."""
        translated = {name for name, column in columns.items() if self._own_words.says_of(column)}
        return frozenset(translated | set(self.settings.values))

    def _filters(self, table: Table) -> dict[int, tuple[str, ...]]:
        """Where the columns of `only` stand, with their words. Raises TerminalError when one is not there."""
        header = {
            fold(text_of(cell)): index for index, cell in enumerate(table.rows[self._header]) if not is_blank(cell)
        }
        for name in self.settings.only:
            if fold(name) not in header:
                raise TerminalError(
                    message("sheet.no_only", column=name),
                    place=table.locator(self._header + 1).text,
                    advice=message("sheet.mend_only"),
                )
        return {header[fold(name)]: words for name, words in self.settings.only.items()}

    def _fields(self, table: Table, numbers: list[int]) -> int | None:
        """How many fields each record of a csv file must have: as many as the header, or with empty ones behind it as many as
        all of them have. None for a sheet."""
        if table.sheet is not None:
            return None
        header = len(table.rows[self._header])
        lengths = {len(table.rows[number - 1]) for number in numbers}
        if len(lengths) != 1 or min(lengths) <= header:
            return header
        has_more = any(not is_blank(cell) for number in numbers for cell in table.rows[number - 1][header:])
        return header if has_more else lengths.pop()

    def _shifted(self, table: Table, number: int, fields: int, columns: int) -> Record:
        """The record of a row with more or fewer fields than the header: which value is of which column is not known."""
        expected = message("sheet.fields", number=columns)
        problem = Problem(
            message("sheet.number_of_fields"),
            "record_key",
            str(fields),
            expected,
        )
        return Record(
            self.settings.kind,
            None,
            dict(self.settings.constants),
            table.locator(number),
            [problem],
        )

    def _record(self, table: Table, number: int, raws: dict[str, Raw]) -> Record:
        values = {name: raw for name, raw in raws.items() if name in self._headers}
        attributes = {name: raw for name, raw in raws.items() if name in self._attributes}
        return self._mapper.record(
            values,
            attributes,
            raws.get(NUMBER),
            table.locator(number),
        )

    def remarks(self, table: Table) -> Iterator[Remark]:
        """What was done with rows that a reader of the file might not expect."""
        if not table.visible:
            yield Remark("hidden_sheet", message("sheet.hidden_read"), table.place)
        if table.encoding not in _USUAL_SETS:
            yield Remark(
                "character_set",
                message("sheet.read_as", encoding=table.encoding),
                table.place,
            )
        for word, numbers in self._rows_apart.items():
            places = ", ".join(
                map(
                    str,
                    numbers[:_ROWS_NAMED],
                )
            ) + (" …" if len(numbers) > _ROWS_NAMED else "")
            text = message(_ROWS_APART[word], number=len(numbers), places=places)
            yield Remark(word, text, table.place, len(numbers))


_USUAL_SETS = frozenset({"", "utf-8-sig", "utf-8", "cp1252", "utf-16"})


def _falls_outside(row: list[object], index: int, words: tuple[str, ...]) -> bool:
    """Whether a row has another word than those of `only` in the column at `index`; one without a word may be meant."""
    cell = row[index] if index < len(row) else None
    return not is_blank(cell) and fold(text_of(cell)) not in words


def _address(cell: object) -> object:
    """The address that a cell leads to, else what it says."""
    return cell.address if isinstance(cell, LinkedText) else cell
