"""Reads a JSON file that a ticket system or another application exports: a list of objects somewhere in the document, and
per column where in an object its value stands.

Paths are `paths`'; translated words, formats and absent values are `mapping`'s; asking a system itself is `rest`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from connectors.base import Connector, Settings, TerminalError, Window
from connectors.tools.findings import key_of, load_json
from connectors.tools.folders import matching_files
from connectors.tools.mapping import RecordMapping, Rule, said_words
from connectors.tools.paths import MISSING, compiled, find
from connectors.tools.rows import check_columns
from connectors.tools.values import Broken, ValueProblem, Words, convert, is_blank, shown, text_of
from models.errors import TextError
from models.kind import Column, kinds, source_kinds
from models.message import Message, message
from models.record import Locator, Payload, Problem, Record


class JsonExportSettings(Settings):
    """`file`: name or glob, relative to the folder of ensia.yaml; when several fit, all are read. `kind`: the evidence
    kind. `records`: path of the list in the document; empty when the document is the list. `key`: paths in an object of
    what identifies it. `fields`: column of the kind → path, or a rule of `mapping` with for instance `values`.
    `attributes`: the same for entries of the kind's map column. `timezone`: that of moments without an offset.
    """

    file: str = Field(min_length=1)
    kind: str
    records: str = ""
    key: tuple[str, ...] = Field(min_length=1)
    fields: dict[str, Rule] = Field(min_length=1)
    attributes: dict[str, str] = Field(default_factory=dict)
    timezone: str = "Europe/Amsterdam"

    @field_validator("kind")
    @classmethod
    def _exists(cls, value: str) -> str:
        if value not in source_kinds():
            raise TextError(message("settings.no_kind", kind=value, known=", ".join(source_kinds())))
        return value

    @field_validator("key", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("fields")
    @classmethod
    def _columns(cls, value: dict[str, Rule], info: ValidationInfo) -> dict[str, Rule]:
        check_columns(value, info)
        return value

    @model_validator(mode="after")
    def _readable(self) -> JsonExportSettings:
        for path in (self.records, *self.key, *self.attributes.values()):
            compiled(path)
        Rule(path=self.records or "$", timezone=self.timezone)  # says so when there is no such time zone
        if self.attributes and not any(column.name == "attributes" for column in kinds()[self.kind].columns):
            raise TextError(message("sheet.no_attributes", kind=self.kind))
        return self


class JsonExportConnector(Connector):
    """Yields one record per object of the list; the locator is the file and its JSON pointer, such as #/incidents/12."""

    by_hand = True
    name = "json_export"
    summary_nl = "JSON-export van een meldingensysteem of andere toepassing"
    Settings = JsonExportSettings

    @property
    def kinds(self) -> tuple[str, ...]:
        return (self.settings.kind,)

    def fetch(self, window: Window) -> Iterator[Payload]:
        for path in matching_files(self.context.folder, self.settings.file, self.context.source_id):
            yield self.file_payload(self._name(path), "application/json", path)

    def complete(self, window: Window) -> bool:
        """Files are always read whole."""
        return True

    def said_words(self) -> Iterator[tuple[Column, object]]:
        kind = kinds()[self.settings.kind]
        yield from said_words(kind, self.settings.fields)
        for name in self.settings.attributes:
            yield kind.column("attributes"), {name: None}

    def read(self, payload: Payload) -> Iterator[Record]:
        items = self._items(load_json(payload), payload.name)
        kind, own_words = kinds()[self.settings.kind], self.context.own_words
        mapping = RecordMapping(kind, self.settings.fields, self.settings.timezone, "", own_words)
        pointer = "".join(f"/{step}" for step in self.settings.records.split(".") if step)
        for index, item in enumerate(items):
            locator = Locator(file=payload.name, address=f"#{pointer}/{index}")
            if isinstance(item, dict):
                yield self._record(mapping, item, locator)
            else:
                problem = Problem(message("json.whole"), "record_key", shown(item), message("json.an_object"))
                yield Record(self.settings.kind, None, {}, locator, [problem])

    def _items(self, document: Any, name: str) -> list[Any]:
        """The records in a document. Raises TerminalError, with what there is, when no list of them stands where it should."""
        items = find(document, self.settings.records)
        if isinstance(items, list):
            return items
        path = self.settings.records or message("json.whole_document")
        if self.context.personal_data:  # a field may be called after a person
            raise TerminalError(message("json.no_list_at", path=path), place=name, advice=message("json.adapt_records"))
        reason = message("json.holds_no_list", path=path) if items is MISSING else message("json.is_no_list", path=path)
        raise TerminalError(reason, place=name, advice=_where_lists_are(document))

    def _record(self, mapping: RecordMapping, item: Mapping[str, Any], locator: Locator) -> Record:
        parts = [find(item, path) for path in self.settings.key]
        key = key_of(*map(_key_part, parts))
        record = mapping.record(key, item, locator)
        for path, part in zip(self.settings.key, parts, strict=True):
            if isinstance(part, Broken):
                record.problems.append(Problem(path, "record_key", part.shown, part.expected))
            elif _key_part(part) is None:
                record.problems.append(Problem(path, "record_key", "", message("json.record_known_by")))
        self._add_attributes(item, record)
        return record

    def _add_attributes(self, item: Mapping[str, Any], record: Record) -> None:
        """Add the attributes that the item has to its record; a value that cannot be read is a problem of the record."""
        values = {name: find(item, path) for name, path in self.settings.attributes.items()}
        attributes = {name: value for name, value in values.items() if value is not MISSING and not is_blank(value)}
        if not attributes:
            return
        column = kinds()[self.settings.kind].column("attributes")
        words = Words(self.context.own_words, record.unknown_words)
        try:
            typed = convert(column, attributes, dutch=False, words=words) or {}
        except ValueProblem as problem:
            record.problems.append(Problem("attributes", "attributes", shown(attributes), problem.expected))
            return
        record.values["attributes"] = {**(record.values.get("attributes") or {}), **typed}

    def _name(self, path: Path) -> str:
        """A file as places name it: from the folder of the organisation, or by its name alone when it lies elsewhere."""
        if path.is_relative_to(self.context.folder):
            return path.relative_to(self.context.folder).as_posix()
        return path.name


def _where_lists_are(document: Any) -> Message:
    """What to do where no list of records was found: the fields of the document, and those of them that are a list."""
    if not isinstance(document, dict):
        return message("json.adapt_records_because", fields=message("json.no_object"), guess="")
    fields = message("json.fields_are", names=", ".join(map(str, document)))
    lists = [key for key, value in document.items() if isinstance(value, list)]
    guess = message("json.lists_are", lists=", ".join(lists)) if lists else ""
    return message("json.adapt_records_because", fields=fields, guess=guess)


def _key_part(part: Any) -> str | None:
    """A part of the key as text; None when it is not one value."""
    if part is MISSING or is_blank(part) or isinstance(part, (dict, list, Broken)):
        return None
    return text_of(part)
