"""The nights of a fleet as runs of Prefect: one deployment, with the municipality as a parameter. A round asks for each night
that is not committed yet, by a key that makes asking twice the same as asking once; so lost events, machines that failed,
missed nights and changes of clocks all heal by the next round. Which nights those are is told by `flows/fleet.py`.

Prefect decides nothing about what is committed: it only says when to try.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from flows.fleet import Shared, fleet_of, put_right
from flows.installation import Installation
from flows.orchestration import configure
from models.configuration import Fleet
from models.errors import ConfigurationError, NotFound
from models.message import Text, message

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient

DEPLOYMENT = "municipality-night/night"
_ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


@dataclass(slots=True)
class Round:
    """What a round did: `due` the municipalities whose night was asked for, `given_up` those that failed too often."""

    night: date
    due: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    remarks: list[Text] = field(default_factory=list)


def reconcile(installation: Installation, night: date, *, dry_run: bool = False, thorough: bool = False) -> Round:
    """One round over the fleet: put right what was left half, and ask for the nights that are not there. With `dry_run`
    nothing is changed and no server is needed. Raises NotFound when Prefect does not know the deployment."""
    shared = Shared.of(installation)
    this_round = Round(night)
    names = [row.organisation_id for row in shared.database.all("due", night)]
    if dry_run:
        this_round.due = names
        return this_round
    this_round.remarks = put_right(shared, thorough=thorough)
    if not os.environ.get("PREFECT_API_URL"):
        raise ConfigurationError(
            message("fleet.no_server"), place="PREFECT_API_URL", advice=message("fleet.no_server_advice")
        )
    configure(installation.state)
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        _bound_systems(client, fleet_of(installation))
        deployment = _deployment(client)
        for name in names:
            attempts = _ended_runs(client, name, night)
            if attempts < fleet_of(installation).attempts:
                _ask_for(client, deployment, name, night, attempts)
                this_round.due.append(name)
            else:
                this_round.given_up.append(name)
    return this_round


def _deployment(client: SyncPrefectClient) -> UUID:
    from prefect.exceptions import ObjectNotFound

    try:
        return client.read_deployment_by_name(DEPLOYMENT).id
    except ObjectNotFound as error:
        raise NotFound(
            message("fleet.no_deployment"), place=DEPLOYMENT, advice=message("fleet.no_deployment_advice")
        ) from error


def tags_of(name: str, night: date) -> list[str]:
    """The tags by which the runs of a night of a municipality are known."""
    return [f"organisation:{name}", f"night:{night.isoformat()}"]


def _ended_runs(client: SyncPrefectClient, name: str, night: date) -> int:
    """How many runs of this night ended, without the night being committed."""
    from prefect.client.schemas.filters import FlowRunFilter

    condition: Any = {"tags": {"all_": tags_of(name, night)}, "state": {"type": {"any_": _ENDED}}}
    return len(client.read_flow_runs(flow_run_filter=FlowRunFilter.model_validate(condition)))


def _ask_for(client: SyncPrefectClient, deployment: UUID, name: str, night: date, attempts: int) -> None:
    """Ask for a run, once: who asks again before it ended gets the same one."""
    client.create_flow_run_from_deployment(
        deployment,
        parameters={"organisation": name, "as_of": night.isoformat()},
        name=f"{name} {night.isoformat()}",
        tags=tags_of(name, night),
        idempotency_key=f"{name}:{night.isoformat()}:{attempts}",
    )


def _bound_systems(client: SyncPrefectClient, fleet: Fleet) -> None:
    """Let Prefect know how many tasks may ask the systems of a connector at one moment, over all machines."""
    for connector, number in fleet.at_once.items():
        client.create_concurrency_limit(system_tag(connector), number)


def system_tag(connector: str) -> str:
    """The tag of the tasks that ask systems of a connector."""
    return f"system:{connector}"
