"""Collects the sources of a night in which the orchestration does not start: several at once, each tried again when what
stopped it may pass by itself. The evidence of that night is the same; what Prefect shows of it is not there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial

from connectors.base import SourceError
from flows.collect import Collected, failure
from flows.night import Assignment
from warehouse.storage.database import utc_now


def collect_without_prefect(
    assignments: Sequence[Assignment],
    attempt: Callable[[Assignment], Collected],
    *,
    at_once: int,
    first_retry_seconds: float,
) -> Iterator[Collected]:
    """What came of each source, as soon as it ended. `attempt` collects a source once; a transient SourceError of it is tried
    again after `first_retry_seconds`, and each time after twice as long."""
    with ThreadPoolExecutor(max_workers=at_once) as workers:
        tries = partial(_tries, attempt=attempt, first_retry_seconds=first_retry_seconds)
        for done in as_completed([workers.submit(tries, assignment) for assignment in assignments]):
            yield done.result()


def _tries(assignment: Assignment, attempt: Callable[[Assignment], Collected], first_retry_seconds: float) -> Collected:
    """The first attempt that did not raise, or the failure of the last; one that takes too long is the last."""
    from prefect.utilities.timeout import timeout  # as its tasks are bounded

    source, started_at = assignment.source, utc_now()
    pause = first_retry_seconds
    retries_left = source.retries
    while True:
        try:
            with timeout(source.timeout_seconds, timeout_exc_type=TimeoutError):
                return attempt(assignment)
        except (SourceError, TimeoutError) as error:
            if not retries_left or isinstance(error, TimeoutError):
                return failure(assignment.installation.state, assignment.member, source, started_at, error)
        time.sleep(pause)
        retries_left -= 1
        pause *= 2
