"""The one way to open a warehouse for writing. Alone, it is the file of the installation. In a fleet a lease is claimed, the
file that counts is copied in, the work is done on this machine, and a new file is put in the shared storage and made the one
that counts by a single commit; then what officers read is projected from it.

A process that dies at any moment leaves the last committed night as it was, and a copy that `retention.py` throws away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from models.errors import ConfigurationError, EnsiaError
from models.message import message
from warehouse.storage.database import SETTINGS, State, open_warehouse
from warehouse.storage.fleet_database import FleetDatabase, Municipality
from warehouse.storage.landing import BEHIND, is_sound
from warehouse.storage.lease import Commit, Fenced, Keeper, Lease, claim
from warehouse.storage.membership import PUBLISHED, STATUSES, Membership
from warehouse.storage.own_files import private_folder, remove
from warehouse.storage.shared_folder import SharedFolder, file_hash, files_under

MANIFESTS = "manifests"
MARK = "van.txt"
_WORK = "work"  # the folder of copies that are being worked on
_MANIFESTS_BACK = 3  # committed manifests that come along: the next one names the last


@dataclass(frozen=True, slots=True)
class Workspace:
    """An open warehouse. `state`: where it and all that is made with it are; `lease`: None outside a fleet."""

    state: State
    connection: duckdb.DuckDBPyConnection
    lease: Lease | None = None


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a municipality begins with in a fleet: `lay` puts its files in the state that it is handed; `as_of`: the day of the
    last night in them."""

    lay: Callable[[State], None]
    as_of: date | None


@contextmanager
def workspace(state: State, *, as_of: date | None = None, beginning: Beginning | None = None) -> Iterator[Workspace]:
    """The warehouse of `state` for writing; what the block did counts when it ends well. `as_of`: the night that it is for,
    None for an officer's write; `beginning`: only for who lets a municipality in. Raises what `open_warehouse` raises, and in
    a fleet LeaseTaken, Fenced, FleetDatabaseError, IntegrityError."""
    if state.membership is None:
        with open_warehouse(state) as connection:
            yield Workspace(state, connection)
        return
    if state.membership.organisation_id is None:
        raise ConfigurationError(
            message("fleet.which_organisation"),
            place=str(state.root),
            advice=message("fleet.which_organisation_advice"),
        )
    database = FleetDatabase(state.membership.database)
    lease = claim(database, state.membership.organisation_id, as_of)
    desk = _Desk(state, state.membership, lease)
    try:
        with Keeper(lease) as keeper:
            if beginning is None:
                desk.check_out()
            else:
                desk.lay(beginning)
            with open_warehouse(desk.local) as connection, keeper.watching(connection):
                yield Workspace(desk.local, connection, lease)
            desk.commit(beginning.as_of if beginning is not None else as_of)
    except BaseException as error:
        if (
            isinstance(error, Exception) and lease.is_overtaken()
        ):  # the heir threw this copy away: that is no other failure
            raise lease.fenced() from error
        with suppress(EnsiaError):  # else it ends by itself
            lease.let_go()
        raise
    finally:
        remove([desk.local.root])
    project(SharedFolder(state.membership.storage), database, lease.organisation_id)


class _Desk:
    """Where one claim is worked on: a folder of its own on this machine, and names of its own in the storage."""

    def __init__(self, state: State, membership: Membership, lease: Lease) -> None:
        token = f"{lease.token:06}"
        next_run = f"{lease.row.run_no + 1:06}"
        self._lease, self._storage = lease, SharedFolder(membership.storage)
        self._folder = state.root / _WORK
        self.local = State(self._folder / token)
        self._name = f"{next_run}-{token}"  # of what this claim puts in the storage

    def check_out(self) -> None:
        """Copy in the file that counts, and its last manifests. What claims before this one left here is thrown away: they
        were overtaken."""
        row = self._lease.row
        self._clear()
        if row.object is None or row.sha256 is None:
            raise ConfigurationError(
                message("fleet.half_adopted"), place=row.organisation_id, advice=message("fleet.half_adopted_advice")
            )
        self._storage.fetch(row.object, self.local.warehouse, row.sha256)
        names = self._storage.names(f"landing/{row.organisation_id}/{MANIFESTS}")
        manifests = [name for name in names if name.endswith(".json")]
        for name in manifests[-_MANIFESTS_BACK:]:
            target = self.local.landing / MANIFESTS / Path(name).name
            self._storage.fetch(name, target, file_hash(self._storage.path(name)))
        shared = self._storage.path(f"landing/{row.organisation_id}")
        private_folder(shared)
        private_folder(self.local.landing)
        (self.local.landing / BEHIND).symlink_to(shared, target_is_directory=True)

    def lay(self, beginning: Beginning) -> None:
        """Put what a municipality begins with in its place."""
        self._clear()
        private_folder(self.local.warehouse.parent)
        beginning.lay(self.local)

    def _clear(self) -> None:
        """Make an empty folder for this claim, and throw away those of claims before it."""
        if self._folder.is_dir():
            remove(
                path for path in self._folder.iterdir() if path.name.isdigit() and int(path.name) <= self._lease.token
            )
        private_folder(self.local.root)

    def commit(self, as_of: date | None) -> None:
        """Put all that is new, and make it count. Raises Fenced."""
        row = self._lease.row
        warehouse = f"objects/{row.organisation_id}/{self._name}.duckdb"
        published = f"published/{row.organisation_id}/{self._name}.duckdb"
        is_published = self.local.published.is_file()
        sha256 = self._storage.put(self.local.warehouse, warehouse)
        published_sha256 = row.published_sha256
        if is_published:
            published_sha256 = self._storage.put(self.local.published, published)
        if is_published:
            self._storage.put(self.local.published.with_name(STATUSES), statuses_of(published))
        self._put_landing(row)
        manifest = _newest_manifest(self.local.warehouse)
        done = Commit(
            as_of, warehouse, sha256, published if is_published else row.published, published_sha256, manifest
        )
        try:
            self._lease.commit(done)
        except Fenced:
            self._storage.remove(warehouse, published, statuses_of(published), manifests_of(warehouse))
            raise

    def _put_landing(self, row: Municipality) -> None:
        """What was landed, under its hash; manifests beside the object until it counts."""
        at_commit = manifests_of(f"objects/{row.organisation_id}/{self._name}.duckdb")
        for name, path in files_under(self.local.landing):
            target = f"landing/{row.organisation_id}/{name}"
            if not self._is_kept(target):
                is_manifest = name.startswith(f"{MANIFESTS}/")
                beside = f"{at_commit}/{name.removeprefix(f'{MANIFESTS}/')}"
                self._storage.put(path, beside if is_manifest else target)

    def _is_kept(self, name: str) -> bool:
        """Whether the storage has a file of the landing; an object that is not what its name says is put again."""
        place = self._storage.path(name)
        is_object = "/objects/" in name
        return place.is_file() and (not is_object or is_sound(place))


def _newest_manifest(warehouse: Path) -> str | None:
    """The hash of the manifest of the newest seal; None where nothing was sealed yet."""
    with duckdb.connect(str(warehouse), read_only=True, config=SETTINGS) as connection:
        row = connection.execute("SELECT max_by(manifest_hash, seal_no) FROM ops.seal").fetchone()
    return row[0] if row else None


def manifests_of(warehouse: str) -> str:
    """The folder in the storage with the manifests that came with an object."""
    return f"{warehouse.removesuffix('.duckdb')}.{MANIFESTS}"


def statuses_of(published: str) -> str:
    """The name of the statuses beside a published file."""
    return f"{published.removesuffix('.duckdb')}.parquet"


def project(storage: SharedFolder, database: FleetDatabase, organisation_id: str) -> Municipality | None:
    """Put what was committed last where officers look for it: the published file, its statuses, the manifests. May be done
    again by anyone: whoever was overtaken while doing it sees so, and does it again with what counts now."""
    row = database.municipality(organisation_id)
    while row is not None:
        _project_once(storage, row)
        after = database.municipality(organisation_id)
        if after is None or after.object == row.object:
            break
        row = after
    return row


def is_projected(storage: SharedFolder, row: Municipality, *, thorough: bool = False) -> bool:
    """Whether officers see what was committed last, as the mark beside it says; `thorough`: by reading the whole file."""
    if row.published is None:
        return True
    place, mark = storage.path(f"published/{row.organisation_id}/{PUBLISHED}"), _projection_mark(storage, row)
    if not place.is_file() or not mark.is_file() or mark.read_text("utf-8") != row.published:
        return False
    return not thorough or file_hash(place) == row.published_sha256


def _projection_mark(storage: SharedFolder, row: Municipality) -> Path:
    """The file that names what was projected, from when it was whole until the next is begun."""
    return storage.path(f"published/{row.organisation_id}/{MARK}")


def _project_once(storage: SharedFolder, row: Municipality) -> None:
    """Project one commit, whatever the mark says."""
    if row.object is not None:
        for name, path in files_under(storage.path(manifests_of(row.object))):
            storage.put(path, f"landing/{row.organisation_id}/{MANIFESTS}/{name}")
    if row.published is None:
        return
    mark = _projection_mark(storage, row)
    mark.unlink(missing_ok=True)
    with suppress(FileNotFoundError):  # overtaken so long ago that it was thrown away
        storage.put(storage.path(statuses_of(row.published)), f"published/{row.organisation_id}/{STATUSES}")
        storage.put(storage.path(row.published), f"published/{row.organisation_id}/{PUBLISHED}")
        mark.write_text(row.published, "utf-8")
