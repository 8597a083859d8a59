"""The nightly flow: a task per source, then store, assess and publish. Prefect decides when to try again and for how
long; what each step does is said in `flows/collect.py` and `flows/steps.py`.

The work decides what a run came to. After publishing nothing that the orchestration, reports or messages do changes
that: it is said as a remark.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from concurrent.futures import as_completed
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import duckdb

from connectors.tools.apart import prepare
from flows import steps
from flows.collect import Collected, Earlier, collect, failure
from flows.installation import Installation, Member, load_installation
from flows.log import in_words, note, start_log, unexpected
from flows.orchestration import configure, only_run, server
from flows.progress import Progress
from flows.rules import catalogue_of
from models.configuration import Source
from models.errors import EnsiaError
from models.message import Message, message
from warehouse.reading.publish import publish
from warehouse.reading.read import Published
from warehouse.storage.database import check_state, open_warehouse, set_aside, today, utc_now
from warehouse.storage.own_files import make_private_process
from warehouse.storage.runs import Run
from warehouse.storage.store import Stored

SOURCES_AT_ONCE = 4
FIRST_RETRY_SECONDS = 5
_ADVICE = "wat gepubliceerd was staat er nog; draai de run opnieuw en meld het als het blijft"


class RunError(EnsiaError):
    """A run was broken off by something that nobody foresaw; the log says where."""


@dataclass(slots=True)
class Night:
    """What a run came to, from the moment that it was published."""

    outcome: steps.Outcome | None = None


def run_nightly(
    installation: Installation,
    *,
    as_of: date | None = None,
    full: bool = False,
    new: bool = False,
    progress: Progress | None = None,
) -> steps.Outcome:
    """One nightly run under Prefect; returns its outcome. Needs no server: without one it starts its own. `new`: begin
    again where the warehouse was lost; what there still is, is moved aside.

    Raises EnsiaError for what concerns the whole run (configuration, catalogue, warehouse in use, lost or another's).
    """
    state, remarks = installation.state, []
    make_private_process()
    start_log(state)
    with only_run(state):  # what stops a run is told at once, not after the orchestration has started
        if new:
            remarks.append(f"opnieuw begonnen; wat er was staat in {set_aside(state)}")
        check_state(state)
    progress = progress or Progress()
    progress.open(message("nightly.step_prefect"))  # the flow itself closes it
    night, day = Night(), (as_of or today()).isoformat()
    try:
        configure(state)
        with server(state):
            warnings.filterwarnings("ignore", category=DeprecationWarning)
            nightly_flow()(str(installation.file), day, full, progress, night)
    except Exception as error:
        if night.outcome is None and isinstance(error, EnsiaError):
            raise
        if night.outcome is None:
            raise RunError(unexpected(state, error), place="run", advice=_ADVICE) from error
        night.outcome.remarks.append(f"na het publiceren, bij het afsluiten: {in_words(state, error)}")
    assert night.outcome is not None
    night.outcome.remarks[:0] = remarks
    return night.outcome


def nightly_flow() -> Any:
    """The Prefect flow `nightly(config, as_of, full)`; importing Prefect is left until it is asked for."""
    from prefect import flow
    from prefect.task_runners import ThreadPoolTaskRunner

    return flow(
        name="nightly",
        task_runner=cast(Any, ThreadPoolTaskRunner(max_workers=SOURCES_AT_ONCE)),
        validate_parameters=False,
        persist_result=False,
    )(nightly)


def nightly(
    config: str,
    as_of: str | None = None,
    full: bool = False,
    progress: Progress | None = None,
    night: Night | None = None,
) -> steps.Outcome:
    """One run, as `_nightly`; what breaks it off is noted in the log of the installation, also where nobody looks."""
    installation = load_installation(Path(config))
    make_private_process()
    start_log(installation.state)
    with suppress(OSError):  # then it is started when the first source is read, and says so
        prepare()
    try:
        return _nightly(installation, as_of, full, progress or Progress(), night or Night())
    except Exception as error:
        # our own errors at this level are about configuration, catalogue and warehouse, never about a row of a source
        note(error, f"run afgebroken: {error}" if isinstance(error, EnsiaError) else "run afgebroken")
        raise


def _nightly(
    installation: Installation, as_of: str | None, full: bool, progress: Progress, night: Night
) -> steps.Outcome:
    """Collect every source, store what came, assess every norm and principle, publish.

    `as_of` is an ISO date (default: today), `full` assesses everything anew. `night` holds the outcome as soon as it is
    published.
    """
    progress.close()
    catalogue = catalogue_of(installation)
    with only_run(installation.state), open_warehouse(installation.state) as connection:
        remarks = steps.tidy(installation)
        run = steps.begin(connection, installation, date.fromisoformat(as_of) if as_of else today())
        try:
            with progress.step(message("nightly.step_collect")):
                results = _collect_and_store(connection, installation, run, progress)
                noted = steps.note_pipeline(connection, run, installation, results)
            with progress.step(message("nightly.step_assess")):
                assessment = steps.assess_all(connection, run, installation, catalogue, full=full)
            outcome = steps.finish(connection, run, installation, catalogue, results, noted, assessment)
            with progress.step(message("nightly.step_publish")):
                publish(connection, installation.state)
        except BaseException as error:
            steps.fail(connection, run, error)
            raise
        outcome.remarks += remarks
        night.outcome = outcome
        _afterwards(installation, outcome, "berichten", lambda: _digests(connection, installation))
    with progress.step(message("nightly.step_reports")):
        _afterwards(installation, outcome, "rapporten", lambda: _exports(installation, outcome))
    _afterwards(installation, outcome, "overzicht in Prefect", lambda: _artifacts(installation, outcome))
    return outcome


def _afterwards(installation: Installation, outcome: steps.Outcome, about: str, step: Callable[[], list[str]]) -> None:
    """Do what comes after publishing; what it tells, or meets, is a remark on the outcome."""
    try:
        outcome.remarks += step()
    except Exception as error:
        outcome.remarks.append(f"{about}: {in_words(installation.state, error)}")


def _exports(installation: Installation, outcome: steps.Outcome) -> list[str]:
    """Make the reports that every run makes; returns what is to be said of the ones that failed."""
    from reports.registry import make

    problems: list[str] = []
    with Published(installation.state) as published:
        for organisation in published.organisations():
            for name in installation.configuration.exports:
                try:
                    outcome.exports += make(name, published, organisation, installation.state.exports)
                except Exception as error:  # one report must not cost the others
                    problems.append(f"rapport {organisation}/{name}: {in_words(installation.state, error)}")
    return problems


def _digests(connection: duckdb.DuckDBPyConnection, installation: Installation) -> list[str]:
    """Tell the owners what is asked of them; whoever could not be reached is told, and does not spoil the run."""
    from flows.notify import send_digests, settings_of

    problems = []
    for member in installation.members:
        if member.digest is not None:
            settings = settings_of(member.digest, member.folder)
            delivery = send_digests(connection, member.organisation.id, settings, lang=member.digest.lang)
            problems += [f"bericht {member.organisation.id}: {line}" for line in delivery.failed]
    return problems


def _collect_and_store(
    connection: duckdb.DuckDBPyConnection, installation: Installation, run: Run, progress: Progress
) -> list[tuple[Collected, Stored]]:
    """A task per source; each batch is stored as it arrives, in the thread that owns the warehouse."""
    waiting = {}
    for member, source in installation.sources():
        known = steps.earlier(connection, member, source)
        future = _task(source).submit(installation, member, source, run, known, progress)
        waiting[future.wrapped_future] = (member, source, utc_now())
    results = []
    for done in as_completed(waiting):
        member, source, started = waiting[done]
        collected = _outcome(done, installation, member, source, started)
        stored = steps.store(connection, run, collected)
        detail = collected.reason or _counts(stored)
        name = f"{member.organisation.id}/{source.id}"
        progress.source(name, collected.status, detail)
        for remark in collected.remarks:
            progress.remark(name, str(remark))
        results.append((collected, stored))
    order = {id(source): number for number, (_, source) in enumerate(installation.sources())}
    return sorted(results, key=lambda item: order[id(item[0].source)])


def _task(source: Source) -> Any:
    """The Prefect task of one source: time-out, and retries with back-off for what may pass by itself."""
    from prefect import task
    from prefect.cache_policies import NO_CACHE
    from prefect.tasks import exponential_backoff

    return task(
        name=f"collect {source.id}",
        retries=source.retries,
        retry_delay_seconds=exponential_backoff(FIRST_RETRY_SECONDS) if source.retries else None,
        retry_condition_fn=_is_transient,
        timeout_seconds=source.timeout_seconds,
        cache_policy=NO_CACHE,
        persist_result=False,
    )(_collect_one)


def _is_transient(task: Any, task_run: Any, state: Any) -> bool:
    """Whether trying again makes sense: only for what the connector itself calls transient."""
    error = state.result(raise_on_failure=False)
    return bool(getattr(error, "transient", False))


def _collect_one(
    installation: Installation, member: Member, source: Source, run: Run, known: Earlier, progress: Progress
) -> Collected:
    report: Callable[[str], None] = lambda message: progress.detail(f"{member.organisation.id}/{source.id}", message)  # noqa: E731
    return collect(installation.state, member, source, run_id=run.run_id, as_of=run.as_of, earlier=known, report=report)


def _outcome(done: Any, installation: Installation, member: Member, source: Source, started: datetime) -> Collected:
    """The result of a finished task, or the failure it ended with."""
    state = done.result()
    result = state.result(raise_on_failure=False)
    return result if isinstance(result, Collected) else failure(installation.state, member, source, started, result)


def _counts(stored: Stored) -> Message:
    return message(
        "nightly.counts",
        records=stored.records,
        stored=stored.stored,
        unchanged=stored.unchanged,
        retired=stored.retired,
        rejected=message("refused.rows", number=stored.rejected),
    )


def _artifacts(installation: Installation, outcome: steps.Outcome) -> list[str]:
    """The status tables as Prefect artifacts, for who looks at the run in Prefect."""
    from prefect.artifacts import create_markdown_artifact, create_table_artifact

    with Published(installation.state) as published:
        for organisation in published.organisations():
            rows = published.principles(organisation)
            create_table_artifact(
                key=f"principes-{organisation}",
                table=[{name: str(value) for name, value in row.items()} for row in rows],
                description=f"Principes van {organisation} op {outcome.run.as_of}",
            )
            counts = published.control_counts(organisation)
            create_table_artifact(
                key=f"beheersmaatregelen-{organisation}",
                table=[counts],
                description=f"Beheersmaatregelen van {organisation} op {outcome.run.as_of}",
            )
    create_markdown_artifact(
        key="run",
        markdown="\n".join([f"**{outcome.state}**", *(f"- {line}" for line in [*outcome.degraded, *outcome.remarks])]),
    )
    return []
