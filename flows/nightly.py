"""The nightly flow: Prefect around the night of `flows/night.py`. It runs a task per source, several at once, and decides
when to try again and for how long.

The work decides what a run came to. After publishing nothing that the orchestration, reports or messages do changes
that: it is said as a remark. An orchestration that does not start costs no night either: it is lived without.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import duckdb

from connectors.tools.apart import prepare
from flows import steps
from flows.afterwards import afterwards, anchor_seals, make_reports, send_messages, show_in_prefect
from flows.collect import Collected, collect, failure
from flows.installation import Installation, load_installation
from flows.log import in_words, note, start_log
from flows.metrics import write_metrics
from flows.night import Assignment, night
from flows.orchestration import ServerError, configure, only_run, server, working_on
from flows.progress import Progress
from flows.rules import catalogue_of
from flows.stopping import Stopped, stoppable
from flows.without_prefect import collect_without_prefect
from models.configuration import Source
from models.errors import ConfigurationError, EnsiaError
from models.instant import wall_time
from models.message import Text, message
from warehouse.storage.database import State, check_room, check_state, set_aside, today, utc_now
from warehouse.storage.own_files import make_private_process

SOURCES_AT_ONCE = 4
FIRST_RETRY_SECONDS = 5
_ADVICE = message("nightly.run_again")


class RunError(EnsiaError):
    """A run was broken off by something that nobody foresaw; the log says where."""


@dataclass(slots=True)
class Tonight:
    """What a run came to, from the moment that it was published; until then nothing."""

    outcome: steps.Outcome | None = None


def run_nightly(
    installation: Installation,
    *,
    as_of: date | None = None,
    full: bool = False,
    new: bool = False,
    clock_is_right: bool = False,
    progress: Progress | None = None,
) -> steps.Outcome:
    """One nightly run under Prefect; returns its outcome. Needs no server: without one it starts its own. `new`: begin
    again where the warehouse was lost; what there still is, is moved aside. `clock_is_right`: a person says so.

    Raises EnsiaError for what concerns the whole run (configuration, catalogue, clock, warehouse in use, lost or
    another's), and Stopped when it is asked to stop before it published.
    """
    state = installation.state
    remarks: list[Text] = []
    make_private_process()
    start_log(state)
    remarks += _begin_sound(state, new=new, clock_is_right=clock_is_right)
    progress = progress or Progress()
    progress.open(message("nightly.step_prefect"))  # the flow itself closes it
    tonight, day = Tonight(), (as_of or today()).isoformat()
    with stoppable() as stopping:
        try:
            configure(state)
            about = (str(installation.file), day, full, progress, tonight, clock_is_right, installation.only)
            try:
                with server(state) as words:
                    remarks += words
                    warnings.filterwarnings("ignore", category=DeprecationWarning)
                    nightly_flow()(*about)
            except ServerError as error:
                if tonight.outcome is not None:
                    raise
                remarks.append(message("nightly.without_orchestration", problem=error.text))
                nightly(*about, without_prefect=True)
        except Exception as error:
            _settle(state, tonight, error)
        except BaseException:
            if not stopping.is_set():
                raise
            if tonight.outcome is None:
                raise Stopped from None
            tonight.outcome.remarks.append(message("nightly.stopped_afterwards"))
    assert tonight.outcome is not None
    tonight.outcome.remarks[:0] = remarks
    return tonight.outcome


def _begin_sound(state: State, *, new: bool, clock_is_right: bool) -> list[Text]:
    """Tell at once what stops a run, not after the orchestration has started; returns what was done, in words."""
    if state.membership is not None:  # the lease tells, and the storage holds what is to be looked at
        if new:
            raise ConfigurationError(message("fleet.no_new"), place="--new", advice=message("fleet.no_new_advice"))
        return []
    remarks: list[Text] = []
    with only_run(state):
        if new:
            remarks.append(message("nightly.anew", folder=str(set_aside(state))))
        check_state(state, None if clock_is_right else utc_now())
        check_room(state)
    return remarks


def _settle(state: State, tonight: Tonight, error: Exception) -> None:
    """What an error makes of the run: a remark when it had published, else its failure, which is raised."""
    if tonight.outcome is not None:
        tonight.outcome.remarks.append(message("nightly.after_publishing", problem=in_words(state, error)))
        return
    if isinstance(error, EnsiaError):
        raise error
    raise RunError(in_words(state, error), place="run", advice=_ADVICE) from error


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
    tonight: Tonight | None = None,
    clock_is_right: bool = False,
    organisation: str | None = None,
    without_prefect: bool = False,
) -> steps.Outcome:
    """The night of the installation in `config`, as a flow of Prefect, and what comes after it.

    `as_of` is an ISO date (default: the day for which it was scheduled), `full` assesses everything anew. `tonight` holds
    the outcome as soon as it is published. `organisation`: the only one of a fleet that it is about. `without_prefect`: there
    is no flow around it.
    """
    installation = load_installation(Path(config), organisation)
    day = date.fromisoformat(as_of) if as_of else _scheduled_day()
    progress, tonight = progress or Progress(), tonight or Tonight()
    make_private_process()
    start_log(installation.state)
    with suppress(OSError):  # then it is started when the first source is read, and says so
        prepare()
    with _noted_in_the_log():
        progress.close()
        catalogue = catalogue_of(installation)
        with working_on(installation, as_of=day) as (here, desk):
            remarks = steps.tidy(here)
            outcome = night(
                desk.connection,
                here,
                catalogue,
                as_of=day,
                collect=partial(_collect_alone if without_prefect else _collect_at_once, progress=progress),
                full=full,
                clock_is_right=clock_is_right,
                progress=progress,
            )
            outcome.remarks += remarks
            if desk.lease is None:
                tonight.outcome = outcome
                _tell_owners(here, outcome, desk.connection)
                _write_metrics(here, outcome, desk.connection)
        if desk.lease is not None:  # what was not committed is told to nobody
            tonight.outcome = outcome
            _tell_owners_of_fleet(installation, outcome)
        with progress.step(message("nightly.step_reports")):
            afterwards(installation, outcome, message("nightly.reports"), lambda: make_reports(installation, outcome))
        if not without_prefect:
            afterwards(
                installation, outcome, message("nightly.overview"), lambda: show_in_prefect(installation, outcome)
            )
    return outcome


def _tell_owners(installation: Installation, outcome: steps.Outcome, connection: duckdb.DuckDBPyConnection) -> None:
    """Send the messages, from the open warehouse, that notes what was told; and keep the root over what was sealed."""
    afterwards(installation, outcome, message("nightly.messages"), lambda: send_messages(connection, installation))
    afterwards(installation, outcome, message("nightly.anchor"), lambda: anchor_seals(connection, installation))


def _write_metrics(installation: Installation, outcome: steps.Outcome, connection: duckdb.DuckDBPyConnection) -> None:
    """Write the file for monitoring; of a fleet the runs themselves tell."""
    afterwards(
        installation, outcome, message("nightly.metrics"), lambda: write_metrics(connection, installation, outcome)
    )


def _tell_owners_of_fleet(installation: Installation, outcome: steps.Outcome) -> None:
    """The same after the night was committed, as a write of its own: who was overtaken sends nothing."""
    if all(member.digest is None for member in installation.members):
        return

    def send() -> list[Text]:
        with working_on(installation) as (here, desk):
            return send_messages(desk.connection, here)

    afterwards(installation, outcome, message("nightly.messages"), send)


def _scheduled_day() -> date:
    """The day (Amsterdam) for which this run of a flow was scheduled, also when it begins later; without one, today."""
    from prefect.runtime import flow_run

    scheduled: datetime | None = flow_run.get_scheduled_start_time()
    return today() if scheduled is None else wall_time(scheduled).date()


@contextmanager
def _noted_in_the_log() -> Iterator[None]:
    """What breaks a run off is noted in the log of the installation, also where nobody looks."""
    try:
        yield
    except Exception as error:
        # our own errors at this level are about configuration, catalogue and warehouse, never about a row of a source
        about = message("nightly.broken")
        if isinstance(error, EnsiaError):
            about = message("nightly.broken_off", problem=error.text)
        note(error, about)
        raise


def _collect_at_once(assignments: Sequence[Assignment], progress: Progress) -> Iterator[Collected]:
    """A task of Prefect per source, several at once; gives what came of each as soon as it ended."""
    waiting = {}
    for assignment in assignments:
        future = _task(assignment.source).submit(assignment, progress)
        waiting[future.wrapped_future] = (assignment, utc_now())
    for done in as_completed(waiting):
        assignment, started_at = waiting[done]
        yield _what_came(done, assignment, started_at)


def _collect_alone(assignments: Sequence[Assignment], progress: Progress) -> Iterator[Collected]:
    """The same without Prefect."""
    attempt = partial(_collect_one, progress=progress)
    return collect_without_prefect(
        assignments, attempt, at_once=SOURCES_AT_ONCE, first_retry_seconds=FIRST_RETRY_SECONDS
    )


def _task(source: Source) -> Any:
    """The Prefect task of one source: time-out, and retries with back-off for what may pass by itself."""
    from prefect import task
    from prefect.cache_policies import NO_CACHE
    from prefect.tasks import exponential_backoff

    return task(
        name=f"collect {source.id}",
        tags=[f"system:{source.connector}"],  # how many at once may be bounded by it, over all machines
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


def _collect_one(assignment: Assignment, progress: Progress) -> Collected:
    return collect(
        assignment.installation.state,
        assignment.member,
        assignment.source,
        run_id=assignment.run.run_id,
        as_of=assignment.run.as_of,
        earlier=assignment.earlier,
        report=partial(progress.detail, assignment.name),
    )


def _what_came(done: Any, assignment: Assignment, started_at: datetime) -> Collected:
    """The result of a finished task, or the failure that it ended with."""
    result = done.result().result(raise_on_failure=False)
    if isinstance(result, Collected):
        return result
    return failure(assignment.installation.state, assignment.member, assignment.source, started_at, result)
