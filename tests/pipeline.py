"""The whole pipeline without orchestration, for tests: collect, validate, store, assess, publish."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from connectors.base import SourceError
from flows import steps
from flows.collect import Collected, collect, failure
from flows.installation import Installation, Member, load_installation
from models.catalogue import Catalogue
from models.configuration import Source
from models.loading import load_catalogue
from warehouse.reading.publish import publish
from warehouse.storage.database import open_warehouse, utc_now
from warehouse.storage.runs import Run
from warehouse.storage.store import Stored


def run_once(config: Path, as_of: date, *, full: bool = False, catalogue: Catalogue | None = None) -> steps.Outcome:
    """One run over the installation in `config` (file or folder), as the nightly flow does it; the outcome. With a
    `catalogue` it judges by that one, and not by what is configured.

    A transient failure is tried once only.
    """
    installation = load_installation(config)
    if catalogue is None:
        catalogue = load_catalogue(installation.configuration.frameworks, installation.catalogue_folder)
    with open_warehouse(installation.state) as connection:
        run = steps.begin(connection, installation, as_of)
        results: list[tuple[Collected, Stored]] = []
        for member, source in installation.sources():
            collected = _collect(installation, member, source, run, steps.earlier(connection, member, source))
            results.append((collected, steps.store(connection, run, collected)))
        noted = steps.note_pipeline(connection, run, installation, results)
        assessment = steps.assess_all(connection, run, installation, catalogue, full=full)
        outcome = steps.finish(connection, run, installation, catalogue, results, noted, assessment)
        publish(connection, installation.state)
    return outcome


def _collect(installation: Installation, member: Member, source: Source, run: Run, known: object) -> Collected:
    started = utc_now()
    try:
        return collect(installation.state, member, source, run_id=run.run_id, as_of=run.as_of, earlier=known)  # type: ignore[arg-type]
    except SourceError as error:
        return failure(installation.state, member, source, started, error)
