"""Which files the view of all municipalities of a fleet, or of one group, is built from, and by what terms. How it is built is
said in `warehouse/reading/national.py`."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flows.fleet import Shared, fleet_of, membership_of
from flows.installation import Installation, organisation_names
from flows.rules import catalogue_of
from models.configuration import Fleet
from models.errors import NotFound
from models.message import message
from warehouse.reading.national import NationalView, Participant, Terms, build_national
from warehouse.storage.fleet_database import Municipality
from warehouse.storage.shared_folder import SharedFolder, file_hash

_FILE = "ensia.duckdb"


def national_view(installation: Installation, as_of: date, group: str | None = None) -> NationalView:
    """Build the view as of a day, of all or of one group. Raises NotFound for a group that there is not."""
    fleet = fleet_of(installation)
    terms = Terms(
        title=group or "national",
        as_of=as_of,
        catalogue=catalogue_of(installation),
        aspects=installation.aspects,
        groups=fleet.groups,
        minimum_group=fleet.minimum_group,
        stale_after=_days_that_count(fleet, as_of),
    )
    participants = _participants(installation, _members_of(installation, fleet, group))
    file = f"{group}.duckdb" if group is not None else _FILE
    return build_national(membership_of(installation).storage / "national" / file, participants, terms)


def _members_of(installation: Installation, fleet: Fleet, group: str | None) -> set[str] | None:
    """The organisations of a group; None for all that there are."""
    if group is None:
        return None
    if group not in fleet.groups:
        raise NotFound(
            message("fleet.no_group", name=group),
            place=str(installation.file),
            advice=message("fleet.no_group_advice", known=", ".join(fleet.groups) or "–"),
        )
    return set(fleet.groups[group])


def _participants(installation: Installation, members: set[str] | None) -> list[Participant]:
    """Everybody who should be in the view: who was let in, and who is named in the settings and was not."""
    shared = Shared.of(installation)
    present = [_participant(shared.storage, row) for row in shared.database.municipalities()]
    names = {one.organisation_id for one in present}
    should_be = members if members is not None else _named_in_settings(installation, names)
    absent = sorted(should_be - names)
    everybody = [*present, *(Participant(name, None, None) for name in absent)]
    return [one for one in everybody if members is None or one.organisation_id in members]


def _named_in_settings(installation: Installation, present: set[str]) -> set[str]:
    """The municipalities that the file of the fleet names, also in its groups; those that were never let in are missing."""
    in_groups = {name for group in fleet_of(installation).groups.values() for name in group}
    return in_groups | organisation_names(installation, present)


def _participant(storage: SharedFolder, row: Municipality) -> Participant:
    """A municipality with the file that was committed, if that is what it was."""
    place = storage.path(row.published) if row.published else None
    if place is not None and (not place.is_file() or file_hash(place) != row.published_sha256):
        place = None
    return Participant(row.organisation_id, place, row.as_of)


def _days_that_count(fleet: Fleet, as_of: date) -> timedelta:
    """How long a night counts, in days."""
    midnight = datetime(as_of.year, as_of.month, as_of.day)
    end = fleet.stale_after.after(midnight)
    assert isinstance(end, datetime)
    return end - midnight
