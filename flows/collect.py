"""Collects one source: fetch, land, read, stage, validate. No orchestration here, and nothing is stored as evidence yet.

Everything a source does wrong ends here as a reason; it never reaches another source.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from math import ceil
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from connectors.base import Connector, Context, Payload, SourceError, Window, connector
from flows.installation import Member
from flows.secrets import secret
from models.configuration import Source, settings_error
from models.errors import ConfigurationError, EnsiaError
from models.kind import kinds
from warehouse.database import State, local_time, today, utc_now
from warehouse.landing import Landing
from warehouse.runs import fresh_until
from warehouse.staging import Pseudonymiser, Staging, reduced_bytes

_VALIDATE_ONE_AT_A_TIME = threading.Lock()  # Great Expectations keeps its context in a global


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier runs know of a source: records present by kind, watermark, day of the last complete collection."""

    present: dict[str, int]
    watermark: datetime | None
    last_complete: date | None


@dataclass(slots=True)
class Collected:
    """The outcome of one source. `status`: ok (staging may be stored), degraded (held back), failed (nothing read)."""

    member: Member
    source: Source
    status: str
    reason: str
    started_at: datetime
    finished_at: datetime
    staging: Path | None = None
    complete: bool = False
    kinds: tuple[str, ...] = ()
    watermark: datetime | None = None
    landing: list[tuple[Any, ...]] = field(default_factory=list)
    validation: list[tuple[Any, ...]] = field(default_factory=list)
    records: int = 0


def build(
    member: Member, source: Source, as_of: date, report: Callable[[str], None] = lambda message: None
) -> Connector:
    """The connector of a source, with its settings checked. Raises ConfigurationError."""
    kind = connector(source.connector)
    try:
        settings = kind.Settings.model_validate(source.options)
    except ValidationError as error:
        raise settings_error(error, source, kind.Settings) from error
    context = Context(member.organisation.id, source.id, member.folder, as_of, secret, report)
    return kind(settings, context)


def collect(
    state: State,
    member: Member,
    source: Source,
    *,
    run_id: str,
    as_of: date,
    earlier: Earlier,
    report: Callable[[str], None] = lambda message: None,
) -> Collected:
    """Collect one source into a staging file. A transient failure is raised (so that it can be tried again); every
    other one is an outcome with status failed or degraded."""
    started = utc_now()
    folder = state.staging / run_id
    staging_file = folder / f"{member.organisation.id}__{source.id}.duckdb"
    result = Collected(member, source, "failed", "", started, started)
    try:
        _collect_into(result, state, staging_file, as_of, earlier, report)
    except SourceError as error:
        if error.transient:
            raise
        result.reason = str(error)
    except EnsiaError as error:
        result.reason = str(error)
    result.finished_at = utc_now()
    return result


def failure(member: Member, source: Source, started_at: datetime, error: BaseException) -> Collected:
    """The outcome of a source whose last attempt raised."""
    if isinstance(error, EnsiaError):
        reason = str(error)
    elif isinstance(error, TimeoutError):
        reason = f"{source.id}: duurde langer dan {source.timeout_seconds:.0f} seconden"
    else:
        # An unexpected error may quote what it was reading; its kind is safe to show, its text is not.
        reason = f"{source.id}: onverwachte fout ({type(error).__name__}); zie het logboek van de run"
    return Collected(member, source, "failed", reason, started_at, utc_now(), kinds=_kinds_of(member, source))


def _kinds_of(member: Member, source: Source) -> tuple[str, ...]:
    """The kinds that a source can deliver by its settings; none when those are refused."""
    try:
        return build(member, source, today()).kinds
    except EnsiaError:
        return ()


def _collect_into(
    result: Collected,
    state: State,
    staging_file: Path,
    as_of: date,
    earlier: Earlier,
    report: Callable[[str], None],
) -> None:
    member, source = result.member, result.source
    connection = build(member, source, as_of, report)
    result.kinds = connection.kinds  # also of a source that fails from here on
    window = _window(connection, source, as_of, earlier)
    result.watermark = utc_now()
    staging = Staging(
        staging_file,
        collected_at=_collected_at(as_of),
        pseudonymise=pseudonymiser(member, source, connection),
        personal_data=source.personal_data,
    )
    landing = Landing(state.landing)
    try:
        for number, payload in enumerate(connection.fetch(window)):
            report(payload.name)
            _take(result, connection, staging, landing, number, payload)
        staging.finish()
        result.complete = connection.complete(window)
        result.records = sum(staging.counts.values())
        _judge(result, staging, earlier, as_of)
        result.staging = staging_file
    except BaseException:
        staging.discard()
        raise


def _take(
    result: Collected, connection: Connector, staging: Staging, landing: Landing, number: int, payload: Payload
) -> None:
    """Land one payload and stage its records; with personal data only the reduced form is kept."""
    moment = utc_now()
    if result.source.personal_data:
        original = hashlib.sha256(payload.data()).hexdigest()
        reduced = staging.add(connection.read(payload), None)
        kept = landing.keep_bytes(reduced_bytes(reduced), compress=True)
        staging.add_reduced(reduced, kept.artifact)
        media_type = "application/jsonl"
    else:
        kept = (
            landing.keep_bytes(payload.content, compress=True)
            if payload.content is not None
            else landing.keep_file(payload.path or Path())
        )
        staging.add(connection.read(payload), kept.artifact)
        original, media_type = kept.artifact, payload.media_type
    result.landing.append(
        (number, kept.artifact, payload.name, media_type, kept.size, payload.address, original, moment)
    )


def _window(connection: Connector, source: Source, as_of: date, earlier: Earlier) -> Window:
    """All of it, or what changed since the last good collection if the last complete one is recent enough."""
    if not connection.incremental or earlier.watermark is None or earlier.last_complete is None:
        return Window()
    next_complete = fresh_until(earlier.last_complete, source.full_every)
    return Window() if next_complete <= as_of else Window(since=earlier.watermark)


def _collected_at(as_of: date) -> datetime:
    """Amsterdam wall time of the collection; for a run about another day, the start of that day."""
    now = local_time(utc_now())
    return now if now.date() == as_of else datetime(as_of.year, as_of.month, as_of.day)


def pseudonymiser(member: Member, source: Source, connection: Connector) -> Pseudonymiser | None:
    personal = any(column.personal for name in connection.kinds for column in kinds()[name].columns)
    key = os.environ.get(member.pseudonym_key, "")
    if key:
        return Pseudonymiser(key)
    if personal or source.personal_data:
        raise ConfigurationError(
            f"de omgevingsvariabele {member.pseudonym_key} is niet gezet, en deze bron heeft persoonsgegevens",
            place=source.id,
            advice="geef haar een lange willekeurige tekst en bewaar die; een andere sleutel geeft andere pseudoniemen",
        )
    return None


def _judge(result: Collected, staging: Staging, earlier: Earlier, as_of: date) -> None:
    """Validate the staged batch and decide whether it may be stored."""
    limits = result.source.limits
    problems: list[str] = []
    if result.complete and result.records < limits.min_rows:
        problems.append(f"{result.records} regels gelezen; minstens {limits.min_rows} verwacht")
    if result.complete:
        for kind, before in earlier.present.items():
            if kind not in staging.counts and before and limits.max_fall < 1:
                problems.append(f"geen enkele regel van soort {kind} meer; vorige keer {before}")
    if staging.counts:
        problems += _validate(result, staging, earlier, as_of)
    result.status = "degraded" if problems else "ok"
    result.reason = "; ".join(problems)


def _validate(result: Collected, staging: Staging, earlier: Earlier, as_of: date) -> list[str]:
    from expectations.validate import BatchLimits, validate

    limits = result.source.limits
    fresh_since = None
    if limits.max_age is not None:
        day = limits.max_age.before(as_of)
        fresh_since = datetime(day.year, day.month, day.day)
    batch_limits = {
        kind: BatchLimits(
            expected_rows=ceil(earlier.present.get(kind, 0) * (1 - limits.max_fall)) if result.complete else 0,
            fresh_since=fresh_since,
            max_rejected=limits.max_rejected,
        )
        for kind in staging.counts
    }
    with _VALIDATE_ONE_AT_A_TIME:
        validation = validate(staging.path, batch_limits, as_of)
    result.validation = [
        (o.kind, o.expectation, o.column, o.level, o.success, o.evaluated, o.unexpected, o.message)
        for o in validation.outcomes
    ]
    return validation.held_back


def clear_staging(state: State) -> None:
    """Throw away what killed runs left in the staging folder."""
    if state.staging.exists():
        shutil.rmtree(state.staging)
