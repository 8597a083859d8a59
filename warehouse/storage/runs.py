"""The record of what the pipeline itself did: runs, sources, landing, validation. A run that was killed is found and
marked by the next one. What the numbers mean for the norms is left to the models."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from importlib import metadata
from typing import TYPE_CHECKING, Any

import duckdb

from models.aspect import Aspect
from models.duration import Duration
from models.language import Language
from models.message import Text, in_language, message
from models.record import DatedBy, Remark
from models.unknown_words import CountedWord
from warehouse.storage.database import insert_rows, utc_now

if TYPE_CHECKING:  # not needed to read a warehouse
    from models.configuration import Organisation

_RUN_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `known_at` (UTC) is the moment its knowledge is of; it is later than that of every run before it."""

    run_id: str
    run_no: int
    as_of: date
    known_at: datetime
    started_at: datetime


@dataclass(frozen=True, slots=True)
class PreviousRun:
    """The last run that was assessed, as far as the next one needs it."""

    run_no: int
    as_of: date
    known_at: datetime
    catalogue_digest: str
    aspects: tuple[str, ...]
    organisations: frozenset[str]


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """What happened to one source in one run; times in UTC, counts in records."""

    organisation_id: str
    source_id: str
    title: str
    connector: str
    status: str  # ok, degraded, failed
    reason: Text
    started_at: datetime
    finished_at: datetime
    complete: bool = False
    payloads: int = 0
    records: int = 0
    stored: int = 0
    retired: int = 0
    unchanged: int = 0
    rejected: int = 0
    fresh_until: date | None = None
    watermark: datetime | None = None
    delivered_at: datetime | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class LandedPayload:
    """A payload that has landed, as a row of `ops.landing`. `artifact` and `original_hash` are SHA-256 in hex, of what is
    kept and of what came: they differ where only a reduced form may be kept. `size` in bytes, moments in UTC; see
    `models.record.Payload`."""

    sequence: int
    artifact: str
    name: str
    media_type: str
    size: int
    address: str | None
    original_hash: str
    landed_at: datetime
    moment: datetime | None
    dated_by: DatedBy


@dataclass(frozen=True, slots=True)
class ExpectationOutcome:
    """One expectation over one batch, as a row of `ops.validation`: how many rows were looked at, how many broke it."""

    kind: str
    expectation: str
    column_name: str | None
    level: str  # row or batch
    success: bool
    evaluated: int
    unexpected: int
    message: str


def is_run_id(name: str) -> bool:
    """Whether a name is that of a run, as `start_run` gives it: folders with such a name are ours."""
    return _RUN_ID.fullmatch(name) is not None


def start_run(connection: duckdb.DuckDBPyConnection, as_of: date) -> Run:
    """Begin a run: unfinished earlier ones are marked aborted, the new one gets the next number."""
    connection.execute(
        "UPDATE ops.run SET state = 'aborted', finished_at = ?, reason = ? WHERE state = 'running'",
        [utc_now(), str(message("database.broken_off"))],
    )
    row = connection.execute("SELECT coalesce(max(run_no), 0), max(known_at) FROM ops.run").fetchone()
    last_no, last_known = row if row else (0, None)
    known_at = utc_now()
    if last_known is not None and known_at <= last_known:  # the clock was set back
        known_at = last_known + timedelta(microseconds=1)
    run = Run(f"{known_at:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}", last_no + 1, as_of, known_at, utc_now())
    version = metadata.version("ensia-compliance")
    insert_rows(connection, "ops.run", [{**asdict(run), "state": "running", "program_version": version}])
    return run


def name_organisations(connection: duckdb.DuckDBPyConnection, organisations: Iterable[Organisation]) -> None:
    """Make these the organisations that are served."""
    connection.execute("DELETE FROM ops.organisation")
    rows = [{"organisation_id": one.id, "name": one.name, "organisation_type": one.type} for one in organisations]
    insert_rows(connection, "ops.organisation", rows)


def previous_run(connection: duckdb.DuckDBPyConnection) -> PreviousRun | None:
    """The last assessed run, or None."""
    row = connection.execute(
        "SELECT run_no, as_of, known_at, catalogue_digest, cycle_aspects FROM ops.run "
        "WHERE state IN ('ok', 'degraded') ORDER BY run_no DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    organisations = connection.execute(
        "SELECT DISTINCT organisation_id FROM assess.measure_status WHERE until_run_no IS NULL"
    ).fetchall()
    run_no, as_of, known_at, catalogue_digest, aspects = row
    return PreviousRun(
        run_no=run_no,
        as_of=as_of,
        known_at=known_at,
        catalogue_digest=catalogue_digest,
        aspects=tuple(json.loads(aspects)),
        organisations=frozenset(organisation for (organisation,) in organisations),
    )


def finish_run(
    connection: duckdb.DuckDBPyConnection,
    run: Run,
    *,
    state: str,
    reason: Text = "",
    catalogue_digest: str = "",
    aspects: Sequence[Aspect] = (),
    assessed_scope: str = "",
) -> None:
    """End a run: state ok, degraded or failed."""
    connection.execute(
        "UPDATE ops.run SET state = ?, reason = ?, finished_at = ?, catalogue_digest = ?, cycle_aspects = ?, "
        "assessed_scope = ? WHERE run_id = ?",
        [state, str(reason), utc_now(), catalogue_digest, json.dumps(list(aspects)), assessed_scope, run.run_id],
    )


def set_manifest(connection: duckdb.DuckDBPyConnection, run: Run, manifest_hash: str, previous: str | None) -> None:
    """Note the hash of the run's manifest, and of the one it follows."""
    connection.execute(
        "UPDATE ops.run SET manifest_hash = ?, previous_manifest_hash = ? WHERE run_id = ?",
        [manifest_hash, previous, run.run_id],
    )


def record_step(
    connection: duckdb.DuckDBPyConnection, run: Run, step: str, began_at: datetime, seconds: float, number: int
) -> None:
    """Note what a step of a run took, and over how many things it went."""
    row = {"run_id": run.run_id, "run_no": run.run_no, "step": step, "began_at": began_at}
    insert_rows(connection, "ops.step", [{**row, "seconds": seconds, "number": number}])


def last_day(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The day of the last run that was finished, or None."""
    row = connection.execute("SELECT max(as_of) FROM ops.run WHERE state IN ('ok', 'degraded')").fetchone()
    return row[0] if row else None


def record_source(
    connection: duckdb.DuckDBPyConnection,
    run: Run,
    source: SourceRecord,
    *,
    kinds: Iterable[str] = (),
    coverage: Iterable[tuple[str, Sequence[str]]] = (),
    landing: Iterable[LandedPayload] = (),
    validation: Iterable[ExpectationOutcome] = (),
    remarks: Iterable[Remark] = (),
    unknown_words: Iterable[CountedWord] = (),
) -> None:
    """Note a source run with the kinds it can deliver, its coverage (kind, discriminator values), landed payloads,
    expectation outcomes, remarks and unknown words."""
    insert_rows(
        connection,
        "ops.source_run",
        [{"run_id": run.run_id, "as_of": run.as_of, "recorded_at": run.known_at, **_source_row(source)}],
    )
    key = _key(run, source.organisation_id, source.source_id)
    insert_rows(connection, "ops.source_kind", [{**key, "kind": kind} for kind in kinds])
    covered = [{**key, "kind": kind, "about": value} for kind, about in coverage for value in about or (None,)]
    insert_rows(connection, "ops.source_coverage", covered)
    record_landing(connection, run, source.organisation_id, source.source_id, landing)
    insert_rows(connection, "ops.validation", [{**key, **asdict(outcome)} for outcome in validation])
    remark_rows = [{**key, "sequence": number, **_remark_row(remark)} for number, remark in enumerate(remarks)]
    insert_rows(connection, "ops.source_remark", remark_rows)
    words = [{**key, **word.row()} for word in unknown_words]
    insert_rows(connection, "ops.unknown_word", words)


def _source_row(source: SourceRecord) -> dict[str, Any]:
    """What happened to a source as columns, with its reason in each language."""
    columns = {item.name: getattr(source, item.name) for item in fields(source)}
    return columns | {"reason": str(source.reason), "reason_en": in_language(source.reason, Language.EN)}


def _remark_row(remark: Remark) -> dict[str, Any]:
    """A remark as columns, with its texts in each language."""
    return {
        "word": remark.word,
        "text": remark.text,
        "text_en": in_language(remark.said, Language.EN),
        "place": remark.place,
        "place_en": in_language(remark.where, Language.EN),
        "count": remark.count,
    }


def record_landing(
    connection: duckdb.DuckDBPyConnection,
    run: Run,
    organisation_id: str,
    source_id: str,
    landing: Iterable[LandedPayload],
) -> None:
    """Note the payloads of a source that have landed."""
    key = _key(run, organisation_id, source_id)
    insert_rows(connection, "ops.landing", [{**key, **asdict(payload)} for payload in landing])


def _key(run: Run, organisation_id: str, source_id: str) -> dict[str, str]:
    return {"run_id": run.run_id, "organisation_id": organisation_id, "source_id": source_id}


def fresh_until(day: date, expected_every: Duration) -> date:
    """The last day on which a delivery about `day` still counts."""
    end = expected_every.after(datetime(day.year, day.month, day.day))
    assert isinstance(end, datetime)
    return end.date()


def last_collection(
    connection: duckdb.DuckDBPyConnection, organisation_id: str, source_id: str
) -> tuple[datetime | None, date | None]:
    """(watermark of the newest good collection, day of the newest complete good one) of a source."""
    row = connection.execute(
        "SELECT max_by(watermark, recorded_at), max(as_of) FILTER (complete) FROM ops.source_run "
        "WHERE organisation_id = ? AND source_id = ? AND status = 'ok'",
        [organisation_id, source_id],
    ).fetchone()
    return row if row else (None, None)


def first_landed(connection: duckdb.DuckDBPyConnection, organisation_id: str, source_id: str) -> dict[str, datetime]:
    """Hash of what a source delivered before → the first moment (UTC) of it: the same bytes are the same delivery. Of
    what came before moments were kept, it is when they were landed, which is never too early."""
    rows = connection.execute(
        "SELECT original_hash, min(coalesce(moment, landed_at)) FROM ops.landing "
        "WHERE organisation_id = ? AND source_id = ? AND coalesce(dated_by, 'file') = 'file' GROUP BY original_hash",
        [organisation_id, source_id],
    ).fetchall()
    return dict(rows)


def present_counts(connection: duckdb.DuckDBPyConnection, organisation_id: str, source_id: str) -> dict[str, int]:
    """Number of present records of a source by kind: what a next complete collection is compared with."""
    counts = {}
    for (kind,) in connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'evidence'"
    ).fetchall():
        row = connection.execute(
            f"SELECT count(*) FROM evidence.{kind} WHERE organisation_id = ? AND source_id = ? AND retired_at IS NULL",
            [organisation_id, source_id],
        ).fetchone()
        if row and row[0]:
            counts[kind] = int(row[0])
    return counts
