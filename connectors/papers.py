"""Working papers as a source: readings, and samples drawn and judged, as people handed them in.

The run hands it the papers; they are landed as they are, and read from there. It is no connector to configure, so nothing in
`ensia.yaml` can say in a reader's name what he found. Whether a paper may be handed in is decided before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from connectors.base import Connector, Settings, Window
from connectors.tools.findings import record_of
from models.record import Locator, Payload, Record

_NAME = "werkpapieren.json"
# What makes a record the same one when it is handed in again: the later paper then counts.
_IDENTITY = {
    "reading": ("text_kind", "text_source", "text_key", "text_hash", "element", "reader", "read_on"),
    "sample_result": ("sample", "population_hash", "record_kind", "record_source", "record_ref"),
}


class HandedIn(Settings):
    """All papers of an organisation, the first one first."""

    papers: tuple[dict[str, Any], ...]


class PapersConnector(Connector):
    """Yields the kinds reading and sample_result: a record per reading, and per record that was drawn."""

    name = "papers"
    summary_nl = "Wat mensen lazen en beoordeelden"
    Settings = HandedIn

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(_IDENTITY)

    def fetch(self, window: Window) -> Iterator[Payload]:
        papers = self.settings.papers
        content = json.dumps(papers, sort_keys=True, ensure_ascii=False, indent=1, default=str).encode()
        moment: datetime = max(paper["handed_in_at"] for paper in papers)
        yield Payload(_NAME, "application/json", content=content, moment=moment, dated_by="content")

    def complete(self, window: Window) -> bool:
        """What was handed in stays handed in."""
        return False

    def read(self, payload: Payload) -> Iterator[Record]:
        records: dict[tuple[str, str | None], Record] = {}
        for paper in json.loads(payload.data()):
            kind = "reading" if paper["paper"] == "reading" else "sample_result"
            for line in paper["rows"]:
                record = _record(kind, paper["file_name"], **line)
                records[kind, record.key] = record
        yield from records.values()


def _record(kind: str, file_name: str, sheet: str, row: int, values: dict[str, Any]) -> Record:
    """The record of a line of a paper, with its place in the workbook that was handed in."""
    return record_of(kind, _key_of_row(kind, values), values, Locator(file=file_name, sheet=sheet, row=row))


def _key_of_row(kind: str, values: dict[str, Any]) -> str:
    """The natural key of a record, of the columns that identify it; what is not known stays empty."""
    parts = [str(values.get(name) or "") for name in _IDENTITY[kind]]
    return "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)
