"""The steps of a nightly run that touch the warehouse, one function each, free of orchestration.

Their order is said in `flows/night.py`. Each step is one transaction, so a run that is killed between any two leaves whole
steps only.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from connectors.papers import HandedIn
from connectors.pipeline import RunFacts, SourceFacts
from flows.collect import Collected, Earlier, clear_staging, collect_facts, collect_papers
from flows.installation import Installation, Member
from models.catalogue import Catalogue
from models.configuration import PAPERS, PIPELINE, Source
from models.errors import EnsiaError
from models.message import Text, joined, message
from models.record import Remark
from models.sql_text import literal
from warehouse.engine.assessment import Assessment, assess, incremental_scope
from warehouse.reading.publish import changed_since_published, clear_publishing
from warehouse.storage.catalogue_store import store_catalogue
from warehouse.storage.database import one_core, sparing, transaction, utc_now
from warehouse.storage.doubt import forget_rules
from warehouse.storage.landing import Landing
from warehouse.storage.own_files import clear_below, close_to_others, remove
from warehouse.storage.papers import papers
from warehouse.storage.pseudonym_keys import hold_to_key, rotated_at, scheme_of
from warehouse.storage.runs import (
    LandedPayload,
    PreviousRun,
    Run,
    SourceRecord,
    finish_run,
    first_landed,
    last_collection,
    name_organisations,
    present_counts,
    previous_run,
    record_landing,
    record_source,
    set_manifest,
    start_run,
)
from warehouse.storage.seal import seal_run
from warehouse.storage.staging import REASON_COLUMNS
from warehouse.storage.store import Stored, quarantine_batch, store_batch


@dataclass(frozen=True, slots=True)
class SourceResult:
    """What was collected of a source, and what came of storing it."""

    collected: Collected
    count: Stored

    @property
    def name(self) -> str:
        """The source as people are told of it."""
        return f"{self.collected.member.organisation.id}/{self.collected.source.id}"


@dataclass(slots=True)
class Outcome:
    """What a run came to. `state`: ok or degraded; `degraded` names each source that did not deliver, with reason;
    `remarks` say what else went otherwise than meant, and change nothing."""

    run: Run
    state: str
    degraded: list[Text] = field(default_factory=list)
    stale: list[Text] = field(default_factory=list)  # each source of which the delivery is too old to prove an absence
    totals: Stored = field(default_factory=Stored)
    assessment: Assessment | None = None
    exports: list[Path] = field(default_factory=list)
    remarks: list[Text] = field(default_factory=list)


def tidy(installation: Installation) -> list[Text]:
    """Throw away what killed runs left, and close the state to others; returns what did not succeed, in words. Only for
    who holds the installation."""
    state = installation.state
    return [
        *clear_staging(state),
        *Landing(state.landing).clear(),
        *clear_publishing(state),
        *clear_below(state.root, [state.spill.parent, state.prefect]),
        *changed_since_published(state),
        *state.clear_spill(),
        *close_to_others(state.places()),
    ]


def begin(connection: duckdb.DuckDBPyConnection, installation: Installation, as_of: date) -> Run:
    """Start a run and make the organisations known. Raises ConfigurationError when persons would get other pseudonyms."""
    with transaction(connection):
        for member in installation.members:
            key = os.environ.get(member.pseudonym_key, "")
            if key:
                hold_to_key(connection, member.organisation.id, key, utc_now(), member.pseudonym_key)
    with transaction(connection):
        run = start_run(connection, as_of)
        name_organisations(connection, [member.organisation for member in installation.members])
    return run


def earlier(connection: duckdb.DuckDBPyConnection, member: Member, source: Source) -> Earlier:
    """What earlier runs know of a source."""
    watermark, last_complete = last_collection(connection, member.organisation.id, source.id)
    return Earlier(
        present_counts(connection, member.organisation.id, source.id),
        watermark,
        last_complete,
        first_landed(connection, member.organisation.id, source.id),
        scheme_of(connection, member.organisation.id),
    )


def store(connection: duckdb.DuckDBPyConnection, run: Run, collected: Collected) -> Stored:
    """Store one source's batch, or note why it was not, in one transaction."""
    try:
        count = _store(connection, run, collected, sparing)
    except duckdb.OutOfMemoryException:  # then with all the memory that there is
        count = _store(connection, run, collected, one_core)
    if collected.staging:
        remove([collected.staging])  # what stays is cleared by the next run
    return count


def _store(
    connection: duckdb.DuckDBPyConnection,
    run: Run,
    collected: Collected,
    bounded: Callable[[duckdb.DuckDBPyConnection], AbstractContextManager[Callable[[], None]]],
) -> Stored:
    member, source = collected.member, collected.source
    count = Stored()
    with _attached(connection, collected), bounded(connection) as all_memory, transaction(connection):
        where = {"organisation_id": member.organisation.id, "source_id": source.id, "run_id": run.run_id}
        if collected.staging and collected.status == "ok":
            count = store_batch(
                connection,
                collected.staging,
                **where,
                recorded_at=run.known_at,
                complete=collected.delivery.complete,
                kinds_expected=collected.kinds,
            )
        elif collected.staging and collected.validation:
            rejected = quarantine_batch(connection, **where, recorded_at=run.known_at)
            count = Stored(records=collected.records, rejected=rejected)
        record_source(
            connection,
            run,
            _source_record(run, collected, count),
            kinds=collected.kinds,
            coverage=[(cover.kind, cover.about) for cover in source.covers],
            landing=collected.landing,
            validation=collected.validation,
            remarks=[*collected.remarks, *_scan_remarks(count)],
            unknown_words=collected.unknown_words,
        )
        all_memory()  # the commit has to succeed
    return count


def _scan_remarks(counts: Stored) -> list[Remark]:
    """What a batch of scans ended, and what it left open because it did not look."""
    remarks = []
    if counts.settled:
        text = message("scan.settled", number=counts.settled)
        number = counts.settled
        remarks.append(Remark("settled", text, count=number))
    if counts.unscanned:
        text = message("scan.unscanned", number=counts.unscanned)
        number = counts.unscanned
        remarks.append(Remark("unscanned", text, count=number))
    return remarks


@contextmanager
def _attached(connection: duckdb.DuckDBPyConnection, collected: Collected) -> Iterator[None]:
    """The staging file as database `batch`; with an empty `rejected` and `unknown_value` when nothing was
    validated."""
    if collected.staging is None:
        yield
        return
    connection.execute(f"ATTACH {literal(str(collected.staging))} AS batch")
    try:
        connection.execute(f"CREATE TABLE IF NOT EXISTS batch.rejected ({REASON_COLUMNS})")
        connection.execute("CREATE TABLE IF NOT EXISTS batch.unknown_value AS FROM batch.rejected WITH NO DATA")
        yield
    finally:
        connection.execute("DETACH batch")


def _source_record(run: Run, collected: Collected, counts: Stored) -> SourceRecord:
    source, is_ok = collected.source, collected.status == "ok"
    return SourceRecord(
        collected.member.organisation.id,
        source.id,
        source.title or source.id,
        source.connector,
        collected.status,
        collected.reason,
        collected.started_at,
        collected.finished_at,
        complete=collected.delivery.complete,
        payloads=len(collected.landing),
        records=counts.records,
        stored=counts.stored,
        retired=counts.retired,
        unchanged=counts.unchanged,
        rejected=counts.rejected,
        fresh_until=collected.delivery.fresh_until if is_ok else None,
        watermark=collected.watermark if is_ok else None,
        delivered_at=collected.delivery.moment,
        by_hand=collected.by_hand,
    )


def note_pipeline(
    connection: duckdb.DuckDBPyConnection,
    run: Run,
    installation: Installation,
    results: Sequence[SourceResult],
) -> list[SourceResult]:
    """Store what the pipeline measured about itself: which sources delivered, and how many rows were rejected; and what
    people handed in since. Returns it as results per organisation, for the manifest."""
    of_the_program = []
    for member in installation.members:
        organisation_id = member.organisation.id
        of_member = [result for result in results if result.collected.member.organisation.id == organisation_id]
        facts = collect_facts(installation.state, member, run, _run_facts(run, of_member))
        of_the_program.append(_store_own(connection, run, PIPELINE, facts))
        handed_in = papers(connection, organisation_id, rotated_at(connection, organisation_id))
        if handed_in:
            collected = collect_papers(installation.state, member, run, HandedIn(papers=tuple(handed_in)))
            of_the_program.append(_store_own(connection, run, PAPERS, collected))
    return of_the_program


def _store_own(connection: duckdb.DuckDBPyConnection, run: Run, source_id: str, collected: Collected) -> SourceResult:
    """Store a batch of a source that is the program's own."""
    assert collected.staging is not None
    where = {"organisation_id": collected.member.organisation.id, "source_id": source_id, "run_id": run.run_id}
    with _attached(connection, collected), transaction(connection):
        batch = store_batch(
            connection, collected.staging, **where, recorded_at=run.known_at, complete=collected.delivery.complete
        )
        record_landing(connection, run, where["organisation_id"], source_id, collected.landing)
    remove([collected.staging])
    return SourceResult(collected, batch)


def _run_facts(run: Run, results: Sequence[SourceResult]) -> RunFacts:
    """What the run did with the sources of one organisation."""
    sources = [
        SourceFacts(
            source=result.collected.source.id,
            status=result.collected.status,
            fresh_until=result.collected.delivery.fresh_until,
            records=result.count.records,
            rejected=result.count.rejected,
        )
        for result in results
    ]
    return RunFacts(as_of=run.as_of, sources=tuple(sources))


def assess_all(
    connection: duckdb.DuckDBPyConnection,
    run: Run,
    installation: Installation,
    catalogue: Catalogue,
    *,
    full: bool = False,
) -> Assessment:
    """Assess every organisation: only what can have changed, unless `full`, or the rules or aspects changed."""
    with transaction(connection):
        before = previous_run(connection)
        same_rules = before is not None and before.catalogue_digest == catalogue.digest
        if not same_rules:
            store_catalogue(connection, catalogue)
        scope = None
        if before is not None and same_rules and not full and _is_comparable(before, run, installation):
            scope = incremental_scope(
                catalogue,
                as_of=run.as_of,
                known_at=run.known_at,
                last_as_of=before.as_of,
                last_known_at=before.known_at,
            )
        return assess(
            connection,
            catalogue,
            run_no=run.run_no,
            as_of=run.as_of,
            known_at=run.known_at,
            aspects=installation.aspects,
            scope=scope,
        )


def lay_rules_anew(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    """Store the rules again, whatever stands there."""
    with transaction(connection):
        forget_rules(connection, catalogue.digest)
        store_catalogue(connection, catalogue)


def _is_comparable(before: PreviousRun, run: Run, installation: Installation) -> bool:
    """Whether what the run before assessed still stands where nothing changed: the same aspects of the same
    organisations, and no later day."""
    same_aspects = before.aspects == tuple(installation.aspects)
    same_organisations = before.organisations == frozenset(member.organisation.id for member in installation.members)
    return same_aspects and same_organisations and before.as_of <= run.as_of


def finish(
    connection: duckdb.DuckDBPyConnection,
    run: Run,
    installation: Installation,
    catalogue: Catalogue,
    results: Sequence[SourceResult],
    of_the_program: Sequence[SourceResult],
    assessment: Assessment,
    problems: Sequence[Text] = (),
    left: Sequence[str] = (),
) -> Outcome:
    """End the run, and seal the warehouse as it is then. `of_the_program`: what `note_pipeline` gave; `problems`: what else the
    run could not build on; `left`: objects that no run names, and that this seal does."""
    failing = [result for result in results if result.collected.status != "ok"]
    degraded: list[Text] = [*problems, *(_about_source(result, result.collected.reason) for result in failing)]
    state = "degraded" if degraded else "ok"
    totals = Stored()
    for result in results:
        totals.add(result.count)
    scope = "full" if assessment.pairs_computed >= assessment.pairs_total else "incremental"
    with transaction(connection):
        finish_run(
            connection,
            run,
            state=state,
            reason=joined(degraded, "; "),
            catalogue_digest=catalogue.digest,
            aspects=installation.aspects,
            assessed_scope=scope,
        )
        facts = _facts_of_run(run, catalogue, [*results, *of_the_program]) | {"left": list(left)}
        seal = seal_run(connection, Landing(installation.state.landing), run.run_id, facts)
        set_manifest(connection, run, seal.manifest_hash, seal.previous_hash)
    return Outcome(run, state, degraded, _stale(results), totals, assessment)


def _stale(results: Sequence[SourceResult]) -> list[Text]:
    """Each source of which the delivery is too old to prove an absence, with the day that it is of."""
    lines: list[Text] = []
    for result in results:
        remarks = [remark for remark in result.collected.remarks if remark.word == "stale"]
        lines += [_about_source(result, remark.said) for remark in remarks]
    return lines


def _about_source(result: SourceResult, what: Text) -> Text:
    """A source, and what is said of it."""
    return message("settings.problem", place=result.name, problem=what)


def fail(connection: duckdb.DuckDBPyConnection, run: Run, error: BaseException) -> None:
    """Mark a run that could not be finished."""
    reason: Text = type(error).__name__
    if isinstance(error, EnsiaError):
        reason = error.text
    elif not isinstance(error, Exception):
        reason = message("nightly.stopped")
    finish_run(connection, run, state="failed", reason=reason)


def _facts_of_run(run: Run, catalogue: Catalogue, results: Sequence[SourceResult]) -> dict[str, Any]:
    """What the manifest of a run says beside what every seal does."""
    return {
        "run_no": run.run_no,
        "as_of": run.as_of,
        "known_at": run.known_at,
        "catalogue": catalogue.digest,
        "sources": [_source_in_manifest(result) for result in results],
    }


def _source_in_manifest(result: SourceResult) -> dict[str, Any]:
    collected, count = result.collected, result.count
    return {
        "organisation": collected.member.organisation.id,
        "source": collected.source.id,
        "status": collected.status,
        "records": count.records,
        "stored": count.stored,
        "retired": count.retired,
        "rejected": count.rejected,
        "landed": [_payload_in_manifest(payload) for payload in collected.landing],
    }


def _payload_in_manifest(payload: LandedPayload) -> dict[str, Any]:
    return {
        "artifact": payload.artifact,
        "name": payload.name,
        "size": payload.size,
        "original": payload.original_hash,
    }
