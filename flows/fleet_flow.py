"""The two flows that `flows/prefect.yaml` deploys: the night of one municipality, and the round that asks for nights. Only a
worker imports this: Prefect is loaded with it.

The municipality is a parameter, so there is one deployment for all of them. Which file says who they are stands in
`ENSIA_CONFIG`, of every worker's own environment.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from prefect.task_runners import ThreadPoolTaskRunner

from flows.fleet import night_of
from flows.fleet_runs import reconcile as one_round
from flows.installation import load_fleet
from flows.nightly import SOURCES_AT_ONCE, nightly
from models.errors import EnsiaError
from models.message import joined, message
from warehouse.storage.lease import LeaseTaken

# Prefect puts the folder of this file on the path, where some modules bear the names of Python's own; processes that are
# started from here would take the one for the other.
sys.path[:] = [place for place in sys.path if Path(place).resolve() != Path(__file__).resolve().parent]

CONFIG = "ENSIA_CONFIG"
DEGRADED = "Degraded"  # the name of the state of a night of which a source failed: notifications go by it
_RUNNER = cast(Any, ThreadPoolTaskRunner(max_workers=SOURCES_AT_ONCE))


class GivenUp(EnsiaError):
    """Nights were tried too often without being committed."""


@flow(name="municipality-night", task_runner=_RUNNER, validate_parameters=False, persist_result=False)
def municipality_night(organisation: str, as_of: str) -> State[Any]:
    """The night of a municipality: collected, assessed, committed and told. `as_of` is an ISO date."""
    try:
        outcome = nightly(os.environ[CONFIG], as_of, organisation=organisation)
    except LeaseTaken as reason:
        return Completed(name="NothingToDo", message=str(reason))
    if outcome.degraded:
        return Completed(name=DEGRADED, message=str(joined(outcome.degraded, "; ")))
    return Completed()


@flow(name="reconcile", validate_parameters=False, persist_result=False)
def reconcile(as_of: str | None = None) -> State[Any]:
    """One round: ask for the nights that are not there yet. Fails, and so is told, when a night was given up."""
    fleet = load_fleet(Path(os.environ[CONFIG]))
    night = date.fromisoformat(as_of) if as_of else night_of(datetime.now(UTC), fleet.configuration.schedule.at)
    this_round = one_round(fleet, night)
    if this_round.given_up:
        names = ", ".join(this_round.given_up)
        raise GivenUp(message("fleet.gave_up", night=night, names=names), advice=message("fleet.gave_up_advice"))
    return Completed(message=f"{night}: {len(this_round.due)}")
