"""The nightly flow: a task per source, then store, assess and publish. Prefect decides when to try again and for how
long; what each step does is said in `flows/collect.py` and `flows/steps.py`."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from concurrent.futures import as_completed
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import duckdb

from flows import steps
from flows.collect import Collected, Earlier, collect, failure
from flows.installation import Installation, Member, load_installation
from flows.orchestration import configure, only_run
from flows.progress import Progress
from flows.rules import catalogue_of
from models.configuration import Source
from models.errors import EnsiaError
from models.message import Message, message
from warehouse.database import open_warehouse, today, utc_now
from warehouse.publish import publish
from warehouse.read import Published
from warehouse.runs import Run
from warehouse.store import Stored

SOURCES_AT_ONCE = 4
FIRST_RETRY_SECONDS = 5


def run_nightly(
    installation: Installation, *, as_of: date | None = None, full: bool = False, progress: Progress | None = None
) -> steps.Outcome:
    """One nightly run under Prefect; returns its outcome. Needs no server: without one Prefect starts its own.

    Raises EnsiaError for what concerns the whole run (configuration, catalogue, warehouse in use).
    """
    configure(installation.state)
    with only_run(installation.state):
        pass  # a busy installation is told at once, not after the orchestration has started
    progress = progress or Progress()
    progress.open(message("nightly.step_prefect"))  # the flow itself closes it
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    outcome: steps.Outcome = nightly_flow()(str(installation.file), (as_of or today()).isoformat(), full, progress)
    return outcome


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
    config: str, as_of: str | None = None, full: bool = False, progress: Progress | None = None
) -> steps.Outcome:
    """Collect every source, store what came, assess every norm and principle, publish.

    `config` is the path of `ensia.yaml`, `as_of` an ISO date (default: today), `full` assesses everything anew.
    """
    installation = load_installation(Path(config))
    progress = progress or Progress()
    progress.close()
    catalogue = catalogue_of(installation)
    with only_run(installation.state), open_warehouse(installation.state) as connection:
        run = steps.begin(connection, installation, date.fromisoformat(as_of) if as_of else today())
        try:
            with progress.step(message("nightly.step_collect")):
                results = _collect_and_store(connection, installation, run, progress)
                steps.note_pipeline(connection, run, installation, results)
            with progress.step(message("nightly.step_assess")):
                assessment = steps.assess_all(connection, run, installation, catalogue, full=full)
            outcome = steps.finish(connection, run, installation, catalogue, results, assessment)
            with progress.step(message("nightly.step_publish")):
                publish(connection, installation.state)
            outcome.degraded += _digests(connection, installation)
        except BaseException as error:
            steps.fail(connection, run, error)
            raise
    with progress.step(message("nightly.step_reports")):
        outcome.exports, problems = _exports(installation)
        outcome.degraded += problems
    _artifacts(installation, outcome)
    return outcome


def _exports(installation: Installation) -> tuple[list[Path], list[str]]:
    """Make the reports that every run makes; one that fails is told and does not spoil the run."""
    from reports.registry import make

    made: list[Path] = []
    problems: list[str] = []
    with Published(installation.state) as published:
        for organisation in published.organisations():
            for name in installation.configuration.exports:
                try:
                    made += make(name, published, organisation, installation.state.exports)
                except Exception as error:  # a report must not cost the run its outcome
                    problems.append(
                        f"{organisation}/{name}: {error if isinstance(error, EnsiaError) else type(error).__name__}"
                    )
    return made, problems


def _digests(connection: duckdb.DuckDBPyConnection, installation: Installation) -> list[str]:
    """Tell the owners what is asked of them; whoever could not be reached is told, and does not spoil the run."""
    from flows.notify import send_digests, settings_of

    problems = []
    for member in installation.members:
        if member.digest is not None:
            settings = settings_of(member.digest, member.folder)
            delivery = send_digests(connection, member.organisation.id, settings, lang=member.digest.lang)
            problems += [f"{member.organisation.id}/digest: {line}" for line in delivery.failed]
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
        collected = _outcome(done, member, source, started)
        stored = steps.store(connection, run, collected)
        detail = collected.reason or _counts(stored)
        progress.source(f"{member.organisation.id}/{source.id}", collected.status, detail)
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


def _outcome(done: Any, member: Member, source: Source, started: datetime) -> Collected:
    """The result of a finished task, or the failure it ended with."""
    state = done.result()
    result = state.result(raise_on_failure=False)
    return result if isinstance(result, Collected) else failure(member, source, started, result)


def _counts(stored: Stored) -> Message:
    return message(
        "nightly.counts",
        records=stored.records,
        stored=stored.stored,
        unchanged=stored.unchanged,
        retired=stored.retired,
        rejected=message("refused.rows", number=stored.rejected),
    )


def _artifacts(installation: Installation, outcome: steps.Outcome) -> None:
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
        key="run", markdown="\n".join([f"**{outcome.state}**", *(f"- {line}" for line in outcome.degraded)])
    )
