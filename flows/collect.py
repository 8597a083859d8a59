"""Collects one source: fetch, land, read, stage, validate. No orchestration here, and nothing is stored as evidence yet.

Everything a source does wrong ends here as a reason; it never reaches another source.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from math import ceil
from pathlib import Path

from pydantic import ValidationError

from connectors.base import Connector, Context, Files, InPlace, ReadsApart, SourceError, Window, connector
from connectors.papers import HandedIn, PapersConnector
from connectors.pipeline import PipelineConnector, RunFacts
from connectors.tools.apart import Apart
from connectors.tools.findings import moment_of
from connectors.tools.reading import PASSED_ON, payloads_of, records_of
from flows.installation import Member
from flows.intake import Intake
from flows.log import in_words
from flows.secrets import secret
from flows.spans import span
from models.configuration import PAPERS, PIPELINE, Source, settings_error, source_place
from models.criterion import span_words
from models.errors import ConfigurationError, EnsiaError
from models.instant import first_moment
from models.kind import kinds
from models.language import Language
from models.message import Both, Text, joined, listed, message
from models.own_words import OwnWords, by_key
from models.record import Delivery, Payload, Remark
from models.unknown_words import CountedWord
from warehouse.storage.database import State, local_time, today, utc_now
from warehouse.storage.landing import Landing
from warehouse.storage.own_files import clear
from warehouse.storage.pseudonym_keys import PER_ORGANISATION, check_strength
from warehouse.storage.runs import ExpectationOutcome, LandedPayload, Run, fresh_until, is_run_id
from warehouse.storage.scans import SCAN
from warehouse.storage.staging import Pseudonymiser, PseudonymsAlready, Staging, reduced_bytes

_VALIDATE_ONE_AT_A_TIME = threading.Lock()  # Great Expectations keeps its context in a global


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier runs know of a source: records present by kind, watermark, day of the last complete collection, and
    of the bytes that it delivered (by their hash) the first moment; and how pseudonyms of its organisation are made."""

    present: dict[str, int]
    watermark: datetime | None
    last_complete: date | None
    first_landed: dict[str, datetime] = field(default_factory=dict)
    pseudonym_scheme: int = PER_ORGANISATION


@dataclass(slots=True)
class Collected:
    """The outcome of one source. `status`: ok (staging may be stored), degraded (held back), failed (nothing read)."""

    member: Member
    source: Source
    status: str
    reason: Text
    started_at: datetime
    finished_at: datetime
    staging: Path | None = None
    kinds: tuple[str, ...] = ()
    watermark: datetime | None = None
    landing: list[LandedPayload] = field(default_factory=list)
    validation: list[ExpectationOutcome] = field(default_factory=list)
    records: int = 0
    delivery: Delivery = field(default_factory=Delivery)
    remarks: list[Remark] = field(default_factory=list)
    by_hand: bool = False
    unknown_words: list[CountedWord] = field(default_factory=list)


def build(
    member: Member,
    source: Source,
    as_of: date,
    report: Callable[[Text], None] = lambda message: None,
    remark: Callable[[Remark], None] = lambda remark: None,
    files: Files | None = None,
    apart: ReadsApart | None = None,
) -> Connector:
    """The connector of a source, with its settings checked; without `files` it reads files where they lie, and without `apart`
    in this process. Raises ConfigurationError."""
    kind = _connector_of(source)
    try:
        settings = kind.Settings.model_validate(source.options)
    except ValidationError as error:
        raise settings_error(error, source, kind.Settings) from error
    context = Context(
        member.organisation.id,
        source.id,
        member.folder,
        as_of,
        secret,
        report,
        remark,
        files or InPlace(),
        personal_data=source.personal_data,
        own_words=own_words(member, source),
        apart=apart,
    )
    try:
        return kind(settings, context)
    except ConfigurationError as error:
        raise error.at(source_place(source)) from error


def _connector_of(source: Source) -> type[Connector]:
    """The connector that a source names. Raises ConfigurationError."""
    try:
        return connector(source.connector)
    except ConfigurationError as error:
        raise error.at(source_place(source)) from error


def own_words(member: Member, source: Source) -> OwnWords:
    """What the organisation says that its words mean in this source; what it says of the source itself comes first."""
    of_source = by_key(source.words)
    of_vocabulary = by_key(member.words)
    for name, meanings in of_source.items():
        of_vocabulary[name] = {**of_vocabulary.get(name, {}), **meanings}
    return OwnWords(member.organisation.name, of_source, of_vocabulary)


def collect(
    state: State,
    member: Member,
    source: Source,
    *,
    run_id: str,
    as_of: date,
    earlier: Earlier,
    report: Callable[[Text], None] = lambda message: None,
) -> Collected:
    """Collect one source into a staging file. A transient failure is raised (so that it can be tried again); every
    other one is an outcome with status failed or degraded."""
    started = utc_now()
    folder = state.staging / run_id
    staging_file = folder / f"{member.organisation.id}__{source.id}.duckdb"
    result = Collected(member, source, "failed", "", started, started, by_hand=_is_kept_by_hand(source))
    try:
        with (
            span("source", run=run_id, source=source.id, organisation=member.organisation.id),
            Intake(staging_file.with_suffix(".files")) as intake,
            Apart(source.timeout_seconds) as apart,
        ):
            _collect_into(result, state, staging_file, as_of, earlier, report, intake, apart)
    except SourceError as error:
        if error.transient:
            raise
        result.reason = error.text
    except EnsiaError as error:
        result.reason = error.text
    except PASSED_ON:
        raise
    except BaseException as error:  # also what is no Exception: it is this source's failure, and no other's
        result.reason = _of_source(source, in_words(state, error))
    result.finished_at = utc_now()
    return result


def failure(state: State, member: Member, source: Source, started_at: datetime, error: BaseException) -> Collected:
    """The outcome of a source whose last attempt raised."""
    if isinstance(error, EnsiaError):
        reason: Text = error.text
    elif isinstance(error, TimeoutError):
        reason = message("collect.too_long", source=source.id, seconds=source.timeout_seconds)
    else:
        # An unexpected error may quote what it was reading; its kind is safe to show, its text is not.
        reason = _of_source(source, in_words(state, error))
    return Collected(
        member,
        source,
        "failed",
        reason,
        started_at,
        utc_now(),
        kinds=_kinds_of(member, source),
        by_hand=_is_kept_by_hand(source),
    )


def _of_source(source: Source, problem: Text) -> Text:
    """What is wrong with a source that tells no place itself."""
    return message("settings.problem", place=source.id, problem=problem)


def _is_kept_by_hand(source: Source) -> bool:
    """Whether people keep what a source holds, and no system that it is about writes it."""
    try:
        return connector(source.connector).by_hand and not source.export_of
    except EnsiaError:
        return True


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
    report: Callable[[Text], None],
    intake: Intake,
    apart: ReadsApart,
) -> None:
    member, source = result.member, result.source
    connection = build(member, source, as_of, report, result.remarks.append, intake, apart)
    result.kinds = connection.kinds  # also of a source that fails from here on
    result.watermark = utc_now()
    staging = Staging(
        staging_file,
        pseudonymise=pseudonymiser(member, source, connection, earlier.pseudonym_scheme),
        personal_data=source.personal_data,
    )
    try:
        _stage(result, connection, staging, Landing(state.landing), earlier, as_of, intake)
        _judge_batch(result, staging, earlier, as_of)
    except BaseException:
        staging.discard()
        raise


def _stage(
    result: Collected,
    connection: Connector,
    staging: Staging,
    landing: Landing,
    earlier: Earlier,
    as_of: date,
    intake: Intake,
) -> None:
    """Land every payload and stage its records; say what the delivery is about."""
    window = _window(connection, result.source, as_of, earlier)
    moments = []
    for number, fetched in enumerate(payloads_of(connection, window)):
        connection.context.report(fetched.name)
        payload = _in_our_hands(fetched, intake)
        moments.append(_take(result, connection, staging, landing, number, payload, earlier, as_of, intake))
        connection.discard(payload)
    staging.finish()
    result.delivery = _delivery(result.source, connection.delivered_at(moments), connection.complete(window), as_of)
    _remark_stale(result, as_of)
    result.unknown_words = staging.unknown_words.counted()
    result.remarks += staging.unknown_words.remarks()
    result.records = sum(staging.counts.values())
    result.staging = staging.path


def collect_facts(state: State, member: Member, run: Run, facts: RunFacts) -> Collected:
    """Collect what the run measured about itself, as any source: landed, read from there and staged. The facts are typed
    and the run's own, so no expectation is held against them."""
    source = Source(id=PIPELINE, connector=PipelineConnector.name)
    result = Collected(member, source, "ok", "", run.started_at, run.started_at)
    context = Context(member.organisation.id, PIPELINE, member.folder, run.as_of, remark=result.remarks.append)
    connection = PipelineConnector(facts, context)
    staging_file = state.staging / run.run_id / f"{member.organisation.id}__{PIPELINE}.duckdb"
    staging = Staging(staging_file, pseudonymise=None, personal_data=False)
    earlier = Earlier({}, None, None)
    with Intake(staging_file.with_suffix(".files")) as intake:
        _stage(result, connection, staging, Landing(state.landing), earlier, run.as_of, intake)
    return result


def collect_papers(state: State, member: Member, run: Run, papers: HandedIn) -> Collected:
    """Collect what people handed in, as any source: landed, read from there and staged. It was checked when it was handed
    in, and persons in it are pseudonyms since then."""
    source = Source(id=PAPERS, connector=PIPELINE)
    result = Collected(member, source, "ok", "", run.started_at, run.started_at)
    context = Context(member.organisation.id, PAPERS, member.folder, run.as_of, remark=result.remarks.append)
    connection = PapersConnector(papers, context)
    staging_file = state.staging / run.run_id / f"{member.organisation.id}__{PAPERS}.duckdb"
    staging = Staging(staging_file, pseudonymise=PseudonymsAlready(), personal_data=False)
    earlier = Earlier({}, None, None)
    with Intake(staging_file.with_suffix(".files")) as intake:
        _stage(result, connection, staging, Landing(state.landing), earlier, run.as_of, intake)
    return result


def _in_our_hands(payload: Payload, intake: Intake) -> Payload:
    """The payload, with its bytes where only this run can reach them, also from a connector that yields the file itself."""
    if payload.path is None or intake.copy(payload.path) is not None:
        return payload
    return replace(payload, path=intake.take(payload.path))


def _take(
    result: Collected,
    connection: Connector,
    staging: Staging,
    landing: Landing,
    number: int,
    payload: Payload,
    earlier: Earlier,
    as_of: date,
    intake: Intake,
) -> datetime | None:
    """Land one payload and stage its records; with personal data only the reduced form is kept. Returns the moment
    (UTC) that it is about."""
    landed_at = utc_now()
    copy = intake.copy(payload.path) if payload.path is not None else None
    if result.source.personal_data:
        original = copy.artifact if copy is not None else hashlib.sha256(payload.data()).hexdigest()
        _date_by_first_landing(payload, original, earlier)
        reduced = staging.add(records_of(connection, payload), None, _told_at(payload, as_of), _told_on(payload, as_of))
        landed = landing.keep_bytes(reduced_bytes(reduced), compress=True)
        staging.add_reduced(reduced, landed.artifact)
        media_type = "application/jsonl"
    else:
        if copy is not None:
            landed = landing.keep_file(copy.path, copy.artifact)
        else:
            landed = landing.keep_bytes(payload.data(), compress=True)
        original, media_type = landed.artifact, payload.media_type
        _date_by_first_landing(payload, original, earlier)
        told_at, told_on = _told_at(payload, as_of), _told_on(payload, as_of)
        staging.add(records_of(connection, payload), landed.artifact, told_at, told_on)
    if landed.repaired:
        text = message("landing.repaired", name=payload.name)
        result.remarks.append(Remark("repaired", text))
    result.landing.append(
        LandedPayload(
            sequence=number,
            artifact=landed.artifact,
            name=payload.name,
            media_type=media_type,
            size=landed.size,
            address=payload.address,
            original_hash=original,
            landed_at=landed_at,
            moment=payload.moment,
            dated_by=payload.dated_by,
        )
    )
    return payload.moment


def _date_by_first_landing(payload: Payload, original: str, earlier: Earlier) -> None:
    """The same bytes are the same delivery: a file that was only copied again is no newer than it was before."""
    before = earlier.first_landed.get(original)
    if payload.dated_by == "file" and payload.moment is not None and before is not None:
        payload.moment = min(payload.moment, before)


def _told_at(payload: Payload, as_of: date) -> datetime:
    """Amsterdam wall time at which a payload tells what it tells; for a run about an earlier day, the start of that
    day. Raises TerminalError when nothing says when: nothing is dated by the reading."""
    moment = moment_of(payload)
    if moment.date() <= as_of:
        return moment
    return datetime(as_of.year, as_of.month, as_of.day)


def _told_on(payload: Payload, as_of: date) -> date:
    """The last day that a payload can tell of; for a run about a day to come it has the age that it has now."""
    ahead = max(as_of - today(), timedelta(0))
    return min(moment_of(payload).date() + ahead, as_of)


def _delivery(source: Source, moment: datetime | None, complete: bool, as_of: date) -> Delivery:
    """The delivery of a source that is about `moment`, with the day until which it counts."""
    if moment is None:
        return Delivery(complete=complete)
    day = local_time(moment).date()
    ahead = max(as_of - today(), timedelta(0))  # a run about a day to come takes the age that the delivery has now
    return Delivery(moment, fresh_until(min(day + ahead, as_of), source.expected_every), complete)


def _remark_stale(result: Collected, as_of: date) -> None:
    """Say so when a delivery is too old to prove that what it does not show is not there."""
    source, delivery = result.source, result.delivery
    if not source.covers or delivery.moment is None or delivery.is_fresh(as_of):
        return
    every = Both(*(span_words(source.expected_every, language) for language in (Language.NL, Language.EN)))
    day = local_time(delivery.moment).date()
    text = message("collect.stale", day=day, every=every)
    result.remarks.append(Remark("stale", text))


def _window(connection: Connector, source: Source, as_of: date, earlier: Earlier) -> Window:
    """All of it, or what changed since the last good collection if the last complete one is recent enough."""
    if not connection.incremental or earlier.watermark is None or earlier.last_complete is None:
        return Window()
    next_complete = fresh_until(earlier.last_complete, source.full_every)
    return Window() if next_complete <= as_of else Window(since=earlier.watermark)


def pseudonymiser(
    member: Member, source: Source, connection: Connector, scheme: int = PER_ORGANISATION
) -> Pseudonymiser | None:
    """What makes pseudonyms of the persons of a source; None where it has none and there is no key. Raises ConfigurationError."""
    personal = any(column.personal for name in connection.kinds for column in kinds()[name].columns)
    key = os.environ.get(member.pseudonym_key, "")
    if key and (personal or source.personal_data):
        check_strength(key, member.pseudonym_key)
    if key:
        return Pseudonymiser(key, member.organisation.id if scheme == PER_ORGANISATION else None)
    if personal or source.personal_data:
        raise ConfigurationError(
            message("settings.no_pseudonym_key", variable=member.pseudonym_key),
            place=source.id,
            advice=message("settings.no_pseudonym_key_advice"),
        )
    return None


def _judge_batch(result: Collected, staging: Staging, earlier: Earlier, as_of: date) -> None:
    """Validate the staged batch and decide whether it may be stored."""
    problems: list[Text] = []
    if result.delivery.complete:
        problems += _missing(result, staging, earlier)
    if staging.counts:
        problems += _validate(result, staging, earlier, as_of)
    result.status = "degraded" if problems else "ok"
    result.reason = joined(problems, "; ") if problems else ""


def _missing(result: Collected, staging: Staging, earlier: Earlier) -> Iterator[Text]:
    """That a complete collection is smaller than it may be: fewer rows at all, or none any more of a kind."""
    limits = result.source.limits
    if result.records < limits.min_rows:
        yield message("collect.few_rows", records=result.records, least=limits.min_rows)
    if limits.max_fall >= 1:
        return
    for kind, before in _expected(earlier, staging).items():
        if before and kind not in staging.counts:
            yield message("collect.no_more", kind=kind, before=before)


def _expected(earlier: Earlier, staging: Staging) -> dict[str, int]:
    """How many records of each kind a complete collection is compared with. Scans that name what they looked at are held against
    nothing: one that finds less, or looks at less, is no fall, and what it does not look at stays as it was."""
    return {} if SCAN in staging.counts else earlier.present


def _validate(result: Collected, staging: Staging, earlier: Earlier, as_of: date) -> list[Text]:
    from expectations.validate import BatchLimits, validate

    limits = result.source.limits
    fresh_since = None
    if limits.max_age is not None:
        day = limits.max_age.before(as_of)
        fresh_since = first_moment(day)
    before = _expected(earlier, staging) if result.delivery.complete else {}
    smallest_share = 1 - limits.max_fall
    batch_limits = {
        kind: BatchLimits(
            expected_rows=ceil(before.get(kind, 0) * smallest_share),
            fresh_since=fresh_since,
            max_rejected=limits.max_rejected,
        )
        for kind in staging.counts
    }
    with _VALIDATE_ONE_AT_A_TIME:
        validation = validate(staging.path, batch_limits, as_of, personal_data=result.source.personal_data)
    result.validation = validation.outcomes
    if validation.unknown:
        result.remarks.append(_unknown_values(validation.unknown))
    return validation.held_back


def _unknown_values(by_column: Mapping[Text, int]) -> Remark:
    """How many values of records that came in could not be taken, or disagree with others, by column."""
    number = sum(by_column.values())
    columns = listed(joined((column, f" ({count})"), "") for column, count in by_column.items())
    return Remark("unknown_values", message("batch.unknown_values", number=number, columns=columns), count=number)


def clear_staging(state: State) -> list[Text]:
    """Throw away what killed runs left in the staging folder; returns what could not be thrown away."""
    return clear(state.staging, is_run_id)
