"""The pipeline as a source: which sources delivered, and how many rows were rejected, as measurements like any other.

The run hands it the facts; they are landed as they are, and read from there. It is no connector to configure, so nothing in
`ensia.yaml` can say in the pipeline's name that a source delivered. What the measurements mean is left to the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt

from connectors.base import Connector, Settings, Window
from models.instant import first_moment
from models.record import Locator, Payload, Record

_OWNER = "nachtelijke run"
_ALL_SOURCES = "alle bronnen"


class SourceFacts(BaseModel):
    """How one source ended: its status, the last day on which its delivery counts, records read and rejected."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    status: Literal["ok", "degraded", "failed"]
    fresh_until: date | None
    records: NonNegativeInt
    rejected: NonNegativeInt


class RunFacts(Settings):
    """What a run over the day `as_of` did with the sources of one organisation."""

    as_of: date
    sources: tuple[SourceFacts, ...]


class PipelineConnector(Connector):
    """Yields a measurement per source, `source_delivered` (1 or 0), and one `rows_rejected` (%) when anything was read."""

    name = "pipeline"
    summary_nl = "Wat de nachtelijke run over zichzelf meet"
    Settings = RunFacts

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("measurement",)

    def fetch(self, window: Window) -> Iterator[Payload]:
        facts: RunFacts = self.settings
        content = facts.model_dump_json(indent=1).encode()
        yield Payload(
            f"run over {facts.as_of}",
            "application/json",
            content=content,
            moment=first_moment(facts.as_of),
            dated_by="content",
        )

    def complete(self, window: Window) -> bool:
        """What was measured on an earlier day stays true."""
        return False

    def read(self, payload: Payload) -> Iterator[Record]:
        facts = RunFacts.model_validate_json(payload.data())
        for position, source in enumerate(facts.sources):
            is_fresh = source.fresh_until is not None and source.fresh_until >= facts.as_of
            delivered = source.status == "ok" and is_fresh
            values = {
                "metric": "source_delivered",
                "object": source.source,
                "value": float(delivered),
                "unit": "ja/nee",
                "title": f"Bron {source.source} leverde {'volgens plan' if delivered else 'niet'}",
            }
            place = Locator(file=payload.name, address=f"#/sources/{position}")
            yield _measurement(f"source_delivered|{source.source}", values, facts.as_of, place)
        records = sum(source.records for source in facts.sources)
        rejected = sum(source.rejected for source in facts.sources)
        if records:
            values = {
                "metric": "rows_rejected",
                "object": _ALL_SOURCES,
                "value": 100 * rejected / records,
                "unit": "%",
                "numerator": float(rejected),
                "denominator": float(records),
                "title": "Afgekeurde regels",
            }
            yield _measurement("rows_rejected", values, facts.as_of, Locator(file=payload.name, address="#/sources"))


def _measurement(name: str, values: dict[str, Any], day: date, place: Locator) -> Record:
    """A measurement about a day, of which there is one."""
    return Record("measurement", f"{name}|{day}", values | {"observed_at": day, "owner": _OWNER}, place)
