"""A fleet of municipalities: letting one in with what it has, letting it go with all of it, how each stands, which have no
night yet, and putting right what a machine that failed left half. Who runs the nights is left to `flows/fleet_runs.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from flows.installation import Installation
from flows.orchestration import only_run, working_on
from models.configuration import Fleet
from models.errors import ConfigurationError
from models.instant import AMSTERDAM
from models.message import Text, message
from warehouse.reading.publish import publish
from warehouse.storage.continuity import is_absent
from warehouse.storage.database import State, check_state, open_warehouse
from warehouse.storage.fleet_database import FleetDatabase, Municipality, token_of
from warehouse.storage.landing import Landing
from warehouse.storage.lease import Lease, claim
from warehouse.storage.membership import Membership
from warehouse.storage.retention import run_in, sweep
from warehouse.storage.runs import last_day
from warehouse.storage.shared_folder import SharedFolder, copy_whole, files_under
from warehouse.storage.split import artifacts_of, organisations_in, split
from warehouse.storage.workspace import Beginning, is_projected, project


@dataclass(frozen=True, slots=True)
class Shared:
    """What the machines of a fleet share."""

    database: FleetDatabase
    storage: SharedFolder

    @classmethod
    def of(cls, installation: Installation) -> Shared:
        """That of an installation with `fleet`."""
        membership = membership_of(installation)
        return cls(FleetDatabase(membership.database), SharedFolder(membership.storage))


def membership_of(installation: Installation) -> Membership:
    """Where an installation stands in its fleet. Raises ConfigurationError when it is in none."""
    if installation.state.membership is None:
        raise ConfigurationError(
            message("settings.no_fleet"), place=str(installation.file), advice=message("settings.no_fleet_advice")
        )
    return installation.state.membership


def fleet_of(installation: Installation) -> Fleet:
    """What the settings say of the fleet."""
    membership_of(installation)
    fleet = installation.configuration.fleet
    assert fleet is not None
    return fleet


def adopt(installation: Installation, source: State | None = None) -> Municipality:
    """Let the one organisation of `installation` in, with what the state `source` has of it, or with nothing. The source is
    read and left as it is. Raises ConfigurationError when it is in already."""
    shared, name = Shared.of(installation), installation.members[0].organisation.id
    present = shared.database.municipality(name)
    if present is not None and present.object is not None:
        raise ConfigurationError(
            message("fleet.adopted_already"), place=name, advice=message("fleet.adopted_already_advice")
        )
    shared.database.send("adopt", name, *_used_before(shared.storage, name))
    with (
        _as_beginning(source, name) as beginning,
        working_on(installation, beginning=beginning) as (here, desk),
    ):
        publish(desk.connection, here.state)
    row = shared.database.municipality(name)
    assert row is not None
    return row


def _used_before(storage: SharedFolder, name: str) -> tuple[int, int]:
    """The last token and run of which there are files: of an organisation that was let go, and comes back."""
    names = [each for each in storage.names(f"objects/{name}") if each.endswith(".duckdb")]
    return max(map(token_of, names), default=0), max(map(run_in, names), default=0)


@contextmanager
def _as_beginning(source: State | None, name: str) -> Iterator[Beginning]:
    """What a municipality begins with, while nobody writes the state that it is from."""
    if source is None or is_absent(source):
        yield Beginning(lambda state: None, None)
        return
    with only_run(source):
        check_state(source)  # closes the file, so that it holds all there is
        is_shared = organisations_in(source.warehouse) != [name]
        with open_warehouse(source) as connection:
            day = last_day(connection)

        def lay(target: State) -> None:
            if not is_shared:
                copy_whole(source.warehouse, target.warehouse)
                _copy_files(source.landing, target.landing)
                return
            split(source.warehouse, target.warehouse, name)
            originals = Landing(source.landing).paths(artifacts_of(source.warehouse, name))
            for path in originals:
                _copy_file(path, target.landing / path.relative_to(source.landing))

        yield Beginning(lay, day)


def _copy_files(source: Path, target: Path) -> None:
    for name, path in files_under(source):
        _copy_file(path, target / name)


def _copy_file(path: Path, target: Path) -> None:
    from warehouse.storage.own_files import private_folder

    private_folder(target.parent)
    copy_whole(path, target)


def release(installation: Installation, target: State) -> None:
    """Let the one organisation of `installation` go, with all of it in the new state `target`. What the storage holds of it
    stays there. Raises ConfigurationError when there is something at `target` already."""
    shared, name = Shared.of(installation), installation.members[0].organisation.id
    if not is_absent(target) or target.published.exists():
        raise ConfigurationError(
            message("fleet.not_empty"), place=str(target.root), advice=message("fleet.not_empty_advice")
        )
    lease = claim(shared.database, name, None)
    try:
        _bring_out(shared.storage, lease, target)
        shared.database.send("release", name, lease.token)
    except BaseException:
        lease.let_go()
        raise


def _bring_out(storage: SharedFolder, lease: Lease, target: State) -> None:
    row = project(storage, lease.database, lease.organisation_id)
    assert row is not None
    if row.object is not None and row.sha256 is not None:
        storage.fetch(row.object, target.warehouse, row.sha256)
    if row.published is not None and row.published_sha256 is not None:
        storage.fetch(row.published, target.published, row.published_sha256)
    _copy_files(storage.path(f"landing/{row.organisation_id}"), target.landing)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a municipality stands: never (no night yet), working, behind or done."""

    row: Municipality
    word: str


def standings(shared: Shared, night: date) -> list[Standing]:
    """How each municipality stands with regard to a night."""
    return [Standing(row, _standing_word(row, night)) for row in shared.database.municipalities()]


def _standing_word(row: Municipality, night: date) -> str:
    if row.leased:
        return "working"
    if row.as_of is None:
        return "never"
    return "done" if row.as_of >= night else "behind"


def night_of(moment: datetime, at: str) -> date:
    """The day of the night that should be done by now: it begins at `at`, Dutch time, and `moment` is an instant."""
    local = moment.astimezone(AMSTERDAM)
    hour, minute = map(int, at.split(":"))
    has_begun = (local.hour, local.minute) >= (hour, minute)
    return local.date() if has_begun else local.date() - timedelta(days=1)


def put_right(shared: Shared, *, thorough: bool = False) -> list[Text]:
    """Show officers what was committed where that was not done, and throw away what is no longer needed; a sentence for each
    that did not succeed. `thorough`: read every published file whole, to see whether it is what was committed."""
    remarks: list[Text] = []
    for row in shared.database.municipalities():
        try:
            if not is_projected(shared.storage, row, thorough=thorough):
                project(shared.storage, shared.database, row.organisation_id)
            remarks += sweep(shared.storage, shared.database, row.organisation_id)
        except OSError as error:  # of one municipality: the others go on
            remarks.append(message("fleet.not_put_right", name=row.organisation_id, error=type(error).__name__))
    return remarks
