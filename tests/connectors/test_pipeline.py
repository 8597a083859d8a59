"""The pipeline as a source: its facts land as bytes, and its measurements are read from those bytes alone."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from connectors.base import Context, Window, connectors
from connectors.pipeline import PipelineConnector, RunFacts, SourceFacts
from models.configuration import parse_configuration
from models.errors import ConfigurationError
from models.record import Payload, Record

DAY = date(2026, 11, 20)


def facts(*sources: tuple[str, str, date | None, int, int]) -> RunFacts:
    names = ("source", "status", "fresh_until", "records", "rejected")
    listed = [SourceFacts.model_validate(dict(zip(names, source, strict=True))) for source in sources]
    return RunFacts(as_of=DAY, sources=tuple(listed))


def collected(run: RunFacts, folder: Path) -> tuple[Payload, list[Record]]:
    connector = PipelineConnector(run, Context("gemeente", "pipeline", folder, DAY))
    [payload] = connector.fetch(Window())
    elsewhere = PipelineConnector(facts(), Context("gemeente", "pipeline", folder, DAY))
    return payload, list(elsewhere.read(payload))


def value(records: list[Record], metric: str, about: str) -> float | None:
    values = [r.values["value"] for r in records if (r.values["metric"], r.values["object"]) == (metric, about)]
    return values[0] if values else None


@pytest.mark.parametrize(
    ("status", "fresh_until", "delivered"),
    [
        ("ok", DAY, 1.0),
        ("ok", date(2026, 11, 19), 0.0),
        ("ok", None, 0.0),
        ("degraded", DAY, 0.0),
        ("failed", None, 0.0),
    ],
)
def test_a_source_delivered_only_when_it_was_read_and_still_counts(
    tmp_path: Path, status: str, fresh_until: date | None, delivered: float
) -> None:
    _, records = collected(facts(("beleid", status, fresh_until, 3, 0)), tmp_path)
    assert value(records, "source_delivered", "beleid") == delivered


def test_the_share_of_rejected_rows_is_over_all_sources(tmp_path: Path) -> None:
    _, records = collected(facts(("a", "ok", DAY, 30, 0), ("b", "degraded", None, 10, 10)), tmp_path)
    assert value(records, "rows_rejected", "alle bronnen") == 25.0


def test_where_nothing_was_read_no_share_is_known(tmp_path: Path) -> None:
    _, records = collected(facts(("a", "failed", None, 0, 0)), tmp_path)
    assert value(records, "rows_rejected", "alle bronnen") is None


def test_every_measurement_names_its_place_in_the_bytes(tmp_path: Path) -> None:
    payload, records = collected(facts(("a", "ok", DAY, 3, 0), ("b", "failed", None, 0, 0)), tmp_path)
    document = json.loads(payload.data())
    for record in records:
        assert record.locator.file == payload.name == "run over 2026-11-20"
        there = document
        for step in (record.locator.address or "").removeprefix("#/").split("/"):
            there = there[int(step) if step.isdigit() else step]
        if record.values["metric"] == "source_delivered":
            assert there["source"] == record.values["object"]


def test_nobody_can_configure_a_source_in_the_name_of_the_pipeline() -> None:
    assert "pipeline" not in connectors()
    text = (
        "organisation: {id: gemeente, name: Gemeente}\n"
        "sources: [{id: pipeline, connector: spreadsheet, file: a.xlsx, tables: []}]\n"
    )
    with pytest.raises(ConfigurationError, match="geef de bron een andere id"):
        parse_configuration(text, "ensia.yaml")
