"""Reads the workbooks and csv files in which municipalities keep their registers: xlsx, xlsm, ods and csv, with a title
above the header, merged cells, totals below, and columns that were renamed since last month.

Opening files is left to `tables`, typed values to `values`, the making of records to `rows`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from connectors.base import Connector, Settings, TerminalError, Window
from connectors.tools.folders import matching_files
from connectors.tools.rows import Raw, RowMapper, RowSettings, check_columns, closest, fold, said_words
from connectors.tools.saved import saved_at
from connectors.tools.sheetbounds import column_letters
from connectors.tools.tables import Opened, Table, is_text, media_type, open_text, open_workbook
from connectors.tools.values import Broken, is_blank, shown, text_of
from models.kind import ENVELOPE_COLUMNS, Column, kinds
from models.own_words import OwnWords
from models.record import Payload, Problem, Record, Remark

_HEADER_WITHIN = 30  # rows in which the header is looked for
_TOTAL = re.compile(r"^(?:sub|eind)?totaa?l(?:en)?\b|^gemiddelden?\b|^som\b", re.IGNORECASE)
Headers = dict[str, tuple[str, ...]]
NUMBER = "(nummer)"  # stands for the source's own number among the columns; no column can be called so


def _several(value: Any) -> Any:
    """Header texts given as one text or a list of synonyms, as tuples."""
    if not isinstance(value, dict):
        return value
    return {name: (texts,) if isinstance(texts, str) else texts for name, texts in value.items()}


class TableSettings(RowSettings):
    """One table: a sheet of a workbook, or a csv file.

    `sheet`: its name; without it the only visible sheet in which the headers stand. `columns`: column of the kind →
    header text, or a list of the texts it may have; without it headers are the Dutch (or English) names of the columns.
    `number`: header of the number that the source itself gives each row, which is then the key. `attributes`: header
    texts of entries of the kind's map column. `optional`: columns that need not be there.
    `header_row`: the row of the headers, if it cannot be found by itself. `skip_hidden`: leave hidden rows out.
    """

    sheet: str | None = None
    number: tuple[str, ...] = ()
    columns: Headers = Field(default_factory=dict)
    attributes: Headers = Field(default_factory=dict)
    optional: tuple[str, ...] = ()
    header_row: int | None = Field(None, ge=1)
    skip_hidden: bool = False

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
            raise ValueError(f"soort bewijs ‘{self.kind}’ heeft geen kolom 'attributes'")
        if bool(self.key) == bool(self.number):
            raise ValueError("geef 'key' (kolommen van de soort bewijs) of 'number' (een kop op het blad), niet beide")
        sources = set(self.columns or _column_names(self.kind)) | set(self.constants)
        for name in self.key:
            if name not in sources:
                raise ValueError(f"key noemt {name!r}, en dat staat niet bij columns en niet bij constants")
        for setting, names in (("optional", self.optional), ("values", tuple(self.values))):
            unknown = [name for name in names if name not in sources | set(self.attributes)]
            if unknown:
                raise ValueError(
                    f"{setting} noemt {unknown[0]!r}, en dat staat niet bij columns en niet bij attributes"
                )
        return self

    def headers(self) -> Headers:
        """Header texts by column of the kind."""
        if self.columns:
            return self.columns
        every = {column.name: (column.nl, column.en, column.name) for column in _columns(self.kind)}
        return {name: texts for name, texts in every.items() if name not in self.constants}

    def required(self) -> set[str]:
        """The columns and attributes whose header must be there, and the number if there is one."""
        own = {*self.attributes, *((NUMBER,) if self.number else ())}
        if self.columns:
            return (own | set(self.columns)) - set(self.optional)
        needed = {column.name for column in _columns(self.kind) if column.required} | set(self.key)
        return (own | needed) - set(self.optional) - set(self.constants)


def _columns(kind: str) -> tuple[Column, ...]:
    return (*kinds()[kind].columns, *ENVELOPE_COLUMNS)


def _column_names(kind: str) -> set[str]:
    return {column.name for column in _columns(kind)}


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
        own = {name: content for name, content in value.items() if name in cls.model_fields}
        return {**own, "tables": [{name: content for name, content in value.items() if name not in cls.model_fields}]}

    @field_validator("encoding")
    @classmethod
    def _codec(cls, value: str | None) -> str | None:
        try:
            "".encode(value or "utf-8")
        except LookupError as error:
            raise ValueError(f"{value!r} is geen tekencodering; kies bijvoorbeeld utf-8, cp1252 of utf-16") from error
        return value


class SpreadsheetConnector(Connector):
    """Yields one record per row of each configured table; the locator is file, sheet and row as Excel shows them."""

    by_hand = True
    name = "spreadsheet"
    summary_nl = "Rekenbladen en csv-bestanden (xlsx, xlsm, ods, csv): registers, lijsten en metingen"
    Settings = SpreadsheetSettings

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(table.kind for table in self.settings.tables))

    def fetch(self, window: Window) -> Iterator[Payload]:
        for path in matching_files(self.context.folder, self.settings.file, self.context.source_id):
            payload = self.file_payload(self._name(path), media_type(path.name), path)
            assert payload.path is not None
            yield payload.about(saved_at(path.name, payload.path))

    def complete(self, window: Window) -> bool:
        """Files are always read whole."""
        return True

    def said_words(self) -> Iterator[tuple[Column, object]]:
        for table in self.settings.tables:
            yield from said_words(table)
            for name in table.attributes:
                yield kinds()[table.kind].column("attributes"), {name: None}

    def read(self, payload: Payload) -> Iterator[Record]:
        opened = None if is_text(payload.name) else open_workbook(payload)
        for settings in self.settings.tables:
            reader = _Reader(settings, self.context.personal_data, self.context.own_words)
            table = self._csv(payload, reader) if opened is None else _choose(opened, reader)
            reader.find_header(table)
            yield from reader.records(table)
            for remark in reader.remarks(table):
                self.context.remark(remark)

    def _csv(self, payload: Payload, reader: _Reader) -> Table:
        if reader.settings.sheet:
            raise TerminalError(
                "is een csv-bestand en heeft geen bladen", place=payload.name, advice="haal 'sheet' uit ensia.yaml"
            )
        encoding, delimiter = self.settings.encoding, self.settings.delimiter
        return open_text(payload, encoding=encoding, delimiter=delimiter, words=reader.words)

    def _name(self, path: Path) -> str:
        if path.is_relative_to(self.context.folder):
            return path.relative_to(self.context.folder).as_posix()
        return path.name


def _choose(opened: Opened, reader: _Reader) -> Table:
    """The sheet that was asked for, or the only visible one whose headers fit."""
    if reader.settings.sheet:
        return opened.table(reader.settings.sheet)
    visible = [name for name in opened.sheets if name not in opened.hidden] or opened.sheets
    tables = [opened.table(name) for name in visible]
    if len(tables) == 1:
        return tables[0]
    fitting = [table for table in tables if not reader.missing(table)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise TerminalError(
            f"heeft meer bladen die passen: {', '.join(table.sheet or '' for table in fitting)}",
            place=opened.payload.name,
            advice="zet bij 'sheet' in ensia.yaml welk blad bedoeld is",
        )
    return min(tables, key=lambda table: len(reader.missing(table)))


# What is said of rows that were not simply read, by the word that is stored with the run: of one, and of more.
_ROWS_APART = {
    "hidden_rows_read": ("verborgen rij is meegelezen", "verborgen rijen zijn meegelezen"),
    "hidden_rows_skipped": ("verborgen rij is overgeslagen", "verborgen rijen zijn overgeslagen"),
    "unmapped_rows": (
        "rij zonder waarde in een gekoppelde kolom is overgeslagen",
        "rijen zonder waarde in een gekoppelde kolom zijn overgeslagen",
    ),
    "headers_again": ("herhaalde kopregel is overgeslagen", "herhaalde kopregels zijn overgeslagen"),
    "totals": ("totaalregel is overgeslagen", "totaalregels zijn overgeslagen"),
}


class _Reader:
    """Finds the header of one table and makes records of the rows below it."""

    def __init__(self, settings: TableSettings, personal_data: bool, own_words: OwnWords) -> None:
        self.settings = settings
        self._personal_data = personal_data
        self._mapper = RowMapper(settings, own_words)
        self._headers, self._attributes = settings.headers(), settings.attributes
        self._texts = {**self._headers, **self._attributes, **({NUMBER: settings.number} if settings.number else {})}
        self.words = frozenset(fold(text) for texts in self._texts.values() for text in texts)
        self._header = 0  # index of the header row
        self._places: dict[str, int] = {}  # column or attribute → index in the row
        self._rows_apart: Counter[str] = Counter()  # rows that were not simply read, by the word of their remark

    # -- the header ---------------------------------------------------------

    def find_header(self, table: Table) -> None:
        """Decide which row is the header and where the columns stand. Raises TerminalError."""
        if not any(not is_blank(cell) for row in table.rows for cell in row):
            raise TerminalError(
                "is leeg: er staat geen enkele waarde in", place=table.place, advice="controleer de export"
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
        return {name for name in self.settings.required() if not words & set(map(fold, self._texts[name]))}

    def _header_index(self, table: Table) -> int:
        if self.settings.header_row:
            if self.settings.header_row > len(table.rows):
                raise TerminalError(
                    f"heeft maar {len(table.rows)} rijen, en 'header_row' is {self.settings.header_row}",
                    place=table.place,
                    advice="haal 'header_row' weg: de kopregel wordt dan zelf gevonden",
                )
            return self.settings.header_row - 1
        candidates = range(min(_HEADER_WITHIN, len(table.rows)))
        return max(candidates, key=lambda index: (len(self._folded(table, index) & self.words), -index))

    def _folded(self, table: Table, index: int) -> set[str]:
        return {fold(text_of(cell)) for cell in table.rows[index] if isinstance(cell, str) and cell.strip()}

    def _find_places(self, table: Table) -> dict[str, int]:
        found: dict[str, list[int]] = {}
        for index, cell in enumerate(table.rows[self._header]):
            if not is_blank(cell) and not isinstance(cell, Broken):
                found.setdefault(fold(text_of(cell)), []).append(index)
        places: dict[str, int] = {}
        for name, texts in self._texts.items():
            text = next((fold(text) for text in texts if fold(text) in found), None)
            if text is None:
                continue
            if len(found[text]) > 1:
                letters = " en ".join(column_letters(index) for index in found[text])
                raise TerminalError(
                    f"de kolom '{self._shown(table, found[text][0])}' komt meer dan eens voor ({letters})",
                    place=table.locator(self._header + 1).text,
                    advice="geef elke kolom een eigen naam",
                )
            places[name] = found[text][0]
        return places

    def _refuse_missing(self, table: Table, missing: list[str]) -> None:
        present = [text_of(cell) for cell in table.rows[self._header] if isinstance(cell, str) and cell.strip()]
        free = [text for text in present if fold(text) not in self.words]
        wanted = " en ".join(" of ".join(f"'{text}'" for text in self._texts[name]) for name in missing)
        reason = f"de kolom {wanted} is er niet" if len(missing) == 1 else f"de kolommen {wanted} zijn er niet"
        place = table.locator(self._header + 1).text
        if self._personal_data:  # what stands in this row may be no header but the first person
            raise TerminalError(reason, place=place, advice="herstel de kop of pas 'columns' aan")
        suggestions = [
            f"'{found}' voor {name}"
            for name in missing
            if (found := next(filter(None, (closest(text, free) for text in self._texts[name])), None))
        ]
        guess = f"; bedoeld is misschien {', '.join(suggestions)}" if suggestions else ""
        raise TerminalError(
            reason,
            place=place,
            advice=f"aanwezig zijn: {', '.join(present[:40]) or 'geen'}{guess}. Herstel de kop of pas 'columns' aan",
        )

    def _shown(self, table: Table, index: int) -> str:
        return text_of(table.rows[self._header][index])

    # -- the rows -----------------------------------------------------------

    def records(self, table: Table) -> Iterator[Record]:
        """One record per row below the header that holds anything in a mapped column."""
        header = [fold(text_of(cell)) for cell in table.rows[self._header]]
        sources = {name: self._shown(table, index) for name, index in self._places.items()}
        self._rows_apart.clear()
        for number, row in enumerate(table.rows[self._header + 1 :], self._header + 2):
            if number in table.hidden:
                self._rows_apart["hidden_rows_skipped" if self.settings.skip_hidden else "hidden_rows_read"] += 1
                if self.settings.skip_hidden:
                    continue
            cells = {name: row[index] if index < len(row) else None for name, index in self._places.items()}
            if all(map(is_blank, cells.values())):
                self._rows_apart["unmapped_rows"] += any(not is_blank(cell) for cell in row)
                continue
            if self._is_header_again(row, header):
                self._rows_apart["headers_again"] += 1
                continue
            if self._is_total(row, cells):
                self._rows_apart["totals"] += 1
                continue
            yield self._record(table, number, row, {name: Raw(sources[name], cell) for name, cell in cells.items()})

    def _record(self, table: Table, number: int, row: list[object], raws: dict[str, Raw]) -> Record:
        locator = table.locator(number)
        own = {name: raw for name, raw in raws.items() if name in self._headers}
        attributes = {name: raw for name, raw in raws.items() if name in self._attributes}
        record = self._mapper.record(own, attributes, raws.get(NUMBER), locator)
        beyond = [cell for cell in row[len(table.rows[self._header]) :] if not is_blank(cell)]
        if beyond and table.sheet is None:
            expected = "niet meer velden dan de kopregel; zet een veld met een scheidingsteken tussen aanhalingstekens"
            record.problems.append(Problem("(na de laatste kolom)", "record_key", shown(text_of(beyond[0])), expected))
        return record

    def _is_header_again(self, row: list[object], header: list[str]) -> bool:
        """Whether the header is repeated, as on every page of a printed list."""
        return all(
            index < len(row) and isinstance(row[index], str) and fold(text_of(row[index])) == header[index]
            for index in self._places.values()
        )

    def _is_total(self, row: list[object], cells: dict[str, object]) -> bool:
        """Whether this is a total: a cell says so, and beside it the mapped columns hold nothing but numbers."""
        if not any(isinstance(cell, str) and _TOTAL.match(cell.strip()) for cell in row):
            return False
        return all(
            is_blank(cell)
            or isinstance(cell, (int, float, Broken))
            or (isinstance(cell, str) and (_TOTAL.match(cell.strip()) or not re.search(r"[A-Za-z]", cell)))
            for cell in cells.values()
        )

    def remarks(self, table: Table) -> Iterator[Remark]:
        """What was done with rows that a reader of the file might not expect."""
        if not table.visible:
            yield Remark("hidden_sheet", "dit blad is verborgen en is gelezen", table.place)
        for word, number in self._rows_apart.items():
            if number:
                one, more = _ROWS_APART[word]
                yield Remark(word, f"{number} {one if number == 1 else more}", table.place, number)
