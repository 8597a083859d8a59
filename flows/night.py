"""The order of a night, said once: begin, collect and store every source, note what the pipeline did, assess, finish,
publish.

How sources are collected is handed in: at once under an orchestrator (`flows/nightly.py`), or one after another where there
is none. What each step does is said in `flows/steps.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import duckdb

from flows import steps
from flows.collect import Collected, Earlier
from flows.examination import examine, still_damaged
from flows.installation import Installation, Member
from flows.log import happened
from flows.progress import Progress
from flows.spans import span
from flows.steps import SourceResult
from flows.timing import timed
from models.catalogue import Catalogue
from models.configuration import Source
from models.message import Message, message
from warehouse.reading.publish import publish
from warehouse.storage.clock import check_clock
from warehouse.storage.database import utc_now
from warehouse.storage.runs import Run
from warehouse.storage.store import Stored


@dataclass(frozen=True, slots=True)
class Assignment:
    """A source that is to be collected in a run, with what earlier runs know of it."""

    installation: Installation
    member: Member
    source: Source
    run: Run
    earlier: Earlier

    @property
    def name(self) -> str:
        """The source as people are told of it."""
        return f"{self.member.organisation.id}/{self.source.id}"


# Gives what came of every assignment, each as soon as it is there, in any order; a failure is an outcome too.
Collect = Callable[[Sequence[Assignment]], Iterable[Collected]]


def night(
    connection: duckdb.DuckDBPyConnection,
    installation: Installation,
    catalogue: Catalogue,
    *,
    as_of: date,
    collect: Collect,
    full: bool = False,
    clock_is_right: bool = False,
    progress: Progress | None = None,
) -> steps.Outcome:
    """One night over the open warehouse of an installation, judged by `catalogue`; with `full` everything is assessed
    anew. What breaks it off is raised, after the run was marked as failed. Raises ClockError, before it begins, for a clock
    that cannot be right unless a person says that it is."""
    progress = progress or Progress()
    if not clock_is_right:
        check_clock(connection, utc_now())
    run = steps.begin(connection, installation, as_of)
    happened("run_began", run=run.run_id, run_no=run.run_no, as_of=run.as_of)
    with span("night", run=run.run_id), _failure_noted(connection, run):
        with timed(connection, run, "examine") as count:
            examined = examine(connection, run, installation)
            count.number = len(examined.problems)
        with progress.step(message("nightly.step_collect")), timed(connection, run, "collect") as count:
            results = _collect_and_store(connection, installation, run, collect, progress)
            of_the_program = steps.note_pipeline(connection, run, installation, results)
            count.number = sum(result.count.records for result in results)
        with progress.step(message("nightly.step_assess")), timed(connection, run, "assess") as count:
            anew = full or examined.is_doubtful
            if examined.is_doubtful:
                steps.lay_rules_anew(connection, catalogue)
            assessment = steps.assess_all(connection, run, installation, catalogue, full=anew)
            count.number = assessment.pairs_computed
        with timed(connection, run, "finish") as count:
            problems = [*examined.problems, *still_damaged(installation, examined)]
            outcome = steps.finish(
                connection,
                run,
                installation,
                catalogue,
                results,
                of_the_program,
                assessment,
                problems,
                examined.of_no_run,
            )
            count.number = len(results)
        outcome.remarks += examined.remarks
        with progress.step(message("nightly.step_publish")), timed(connection, run, "publish") as count:
            count.number = publish(connection, installation.state).stat().st_size
        happened("run_ended", run=run.run_id, state=outcome.state)
    return outcome


@contextmanager
def _failure_noted(connection: duckdb.DuckDBPyConnection, run: Run) -> Iterator[None]:
    """Mark the run as failed when something breaks the block off."""
    try:
        yield
    except BaseException as error:
        happened("run_failed", run=run.run_id, kind=type(error).__name__)
        steps.fail(connection, run, error)
        raise


def _collect_and_store(
    connection: duckdb.DuckDBPyConnection,
    installation: Installation,
    run: Run,
    collect: Collect,
    progress: Progress,
) -> list[SourceResult]:
    """Store each batch as it arrives, in the thread that owns the warehouse; the results are in the order in which the
    sources are configured."""
    assignments = []
    for member, source in installation.sources():
        earlier = steps.earlier(connection, member, source)
        assignments.append(Assignment(installation, member, source, run, earlier))
    results = []
    for collected in collect(assignments):
        result = SourceResult(collected, steps.store(connection, run, collected))
        _tell(result, progress)
        happened("source_ended", run=run.run_id, **_in_numbers(result))
        results.append(result)
    order = {id(assignment.source): number for number, assignment in enumerate(assignments)}
    results.sort(key=lambda result: order[id(result.collected.source)])
    return results


def _in_numbers(result: SourceResult) -> dict[str, object]:
    """What came of a source, for the log: counts, and no value of it."""
    collected = result.collected
    return {
        "source": result.name,
        "state": collected.status,
        "seconds": (collected.finished_at - collected.started_at).total_seconds(),
        "payloads": len(collected.landing),
        "records": result.count.records,
        "stored": result.count.stored,
        "retired": result.count.retired,
        "rejected": result.count.rejected,
    }


def _tell(result: SourceResult, progress: Progress) -> None:
    """Say what came of a source, and what it remarked."""
    collected = result.collected
    detail = collected.reason or _stored_in_words(result.count)
    progress.source(result.name, collected.status, detail)
    for remark in collected.remarks:
        progress.remark(result.name, remark.sentence)


def _stored_in_words(counts: Stored) -> Message:
    return message(
        "nightly.counts",
        records=counts.records,
        stored=counts.stored,
        unchanged=counts.unchanged,
        retired=counts.retired,
        rejected=message("refused.rows", number=counts.rejected),
    )
