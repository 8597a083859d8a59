"""What a monitoring system may know of the runs, as a file in the text format of Prometheus: moments, durations and counts, and
no status of a norm."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from flows.installation import Installation
from flows.steps import Outcome
from models.message import Text
from warehouse.reading.read import Published
from warehouse.reading.shapes import PresentSource, RunStep
from warehouse.storage.database import State, utc_now
from warehouse.storage.own_files import private_folder

NAME = "ensia.prom"
_SOURCE = ("organisation", "source")


def write_metrics(connection: duckdb.DuckDBPyConnection, installation: Installation, outcome: Outcome) -> list[Text]:
    """Write the file after a run, in place of the one before. Raises OSError."""
    from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

    registry = CollectorRegistry()

    def gauge(name: str, about: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(f"ensia_{name}", about, labels, registry=registry)

    gauge("run_number", "Number of the newest finished run").set(outcome.run.run_no)
    gauge("run_started_timestamp_seconds", "When it began").set(_seconds(outcome.run.started_at))
    gauge("run_finished_timestamp_seconds", "When it was published").set(_seconds(utc_now()))
    gauge("run_degraded_sources", "Sources that did not deliver").set(len(outcome.degraded))
    published = Published(installation.state, connection)
    step = gauge("step_seconds", "Seconds that a step of the newest run took", ("step",))
    for taken in published.select(RunStep, run_no=outcome.run.run_no):
        step.labels(taken.step).set(taken.seconds)
    delivered = gauge("source_ok", "1 when the source delivered in the newest run", _SOURCE)
    records = gauge("source_records", "Records that it delivered", _SOURCE)
    rejected = gauge("source_rejected", "Records that were not let in", _SOURCE)
    for member in installation.members:
        name = member.organisation.id
        for source in published.select(PresentSource, name):
            delivered.labels(name, source.source_id).set(source.status == "ok")
            records.labels(name, source.source_id).set(source.records)
            rejected.labels(name, source.source_id).set(source.rejected)
    write_to_textfile(str(metrics_file(installation.state)), registry)
    return []


def metrics_file(state: State) -> Path:
    """Where the file is; its folder is made."""
    return private_folder(state.metrics) / NAME


def _seconds(moment: datetime) -> float:
    return moment.replace(tzinfo=UTC).timestamp()
