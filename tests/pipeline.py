"""The whole night without orchestration, for tests: one source after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from connectors.base import SourceError
from flows import steps
from flows.collect import Collected, collect, failure
from flows.installation import load_installation
from flows.night import Assignment, night
from models.catalogue import Catalogue
from models.loading import load_catalogue
from tests.few_norms import few_norms
from warehouse.storage.database import open_warehouse, utc_now

_BIO = {"bio2-1.3", "principes-2018"}


def run_once(
    config: Path, as_of: date, *, full: bool = False, catalogue: Catalogue | None = None, all_norms: bool = False
) -> steps.Outcome:
    """One night over the installation in `config` (file or folder); the outcome. It judges by `catalogue`, or by what is
    configured; where that is the BIO, by a few norms of it (a night over them takes half the time), unless `all_norms`.

    A transient failure is tried once only.
    """
    installation = load_installation(config)
    if catalogue is None:
        frameworks = installation.configuration.frameworks
        is_bio = set(frameworks) >= _BIO and not all_norms
        catalogue = few_norms() if is_bio else load_catalogue(frameworks, installation.catalogue_folder)
    with open_warehouse(installation.state) as connection:
        return night(connection, installation, catalogue, as_of=as_of, collect=one_by_one, full=full)


def one_by_one(assignments: Sequence[Assignment]) -> Iterator[Collected]:
    """Collect one source after another."""
    for assignment in assignments:
        yield _collect(assignment)


def _collect(assignment: Assignment) -> Collected:
    state, member, source, run = assignment.installation.state, assignment.member, assignment.source, assignment.run
    started_at = utc_now()
    try:
        return collect(state, member, source, run_id=run.run_id, as_of=run.as_of, earlier=assignment.earlier)
    except SourceError as error:
        return failure(state, member, source, started_at, error)
