"""How an installation is: each thing that a night needs, looked at without changing anything, as a finding that says what was
seen and what to do. How findings are shown, and whether sources are reached, is left to the command."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import duckdb

from flows.heartbeat import last_heartbeat
from flows.installation import Installation
from flows.log import in_words
from flows.orchestration import is_running, only_run
from flows.prefect_database import NAME, trouble_with
from flows.schedule import nights_since
from flows.secrets import secret
from flows.settings_of_secrets import secret_names
from flows.watch import GRACE
from models.errors import ConfigurationError, EnsiaError
from models.instant import wall_time
from models.message import Text, message
from models.system_errors import os_reason
from warehouse.storage.backup import last_backup
from warehouse.storage.clock import wrong_clock
from warehouse.storage.continuity import is_absent
from warehouse.storage.database import State, check_state, open_published
from warehouse.storage.last_run import LastRun, last_run, newest_run
from warehouse.storage.own_files import open_to_others
from warehouse.storage.published_bytes import is_changed
from warehouse.storage.signing import signing_key

_COPIES = 3  # of the warehouse: itself, what is published next, and what a migration keeps
_SPARE = 500_000_000  # bytes, for what sources bring
_FEWEST_NODES = 10_000
_OLDEST_BACKUP = timedelta(days=8)


class Level(StrEnum):
    """How much a finding asks."""

    FINE = "fine"
    ATTENTION = "attention"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen of one thing, and what to do about it; `about` is a key of the texts."""

    about: str
    level: Level
    what: Text
    advice: Text = ""


Check = Callable[[Installation, datetime], Iterator[Finding]]


def findings(installation: Installation, now: datetime) -> Iterator[Finding]:
    """What each check finds at `now` (UTC), in the order of what depends on what. A check that cannot be done is a
    finding too; nothing is raised."""
    for about, check in _CHECKS.items():
        yield from looked_at(about, lambda check=check: check(installation, now), installation.state)  # type: ignore[misc]


def looked_at(about: str, check: Callable[[], Iterator[Finding]], state: State) -> list[Finding]:
    """What a check finds, or why it could not be done."""
    try:
        return list(check())
    except EnsiaError as error:
        reason, place, advice = error.texts
        what = message("settings.problem", place=place, problem=reason) if place else reason
        return [Finding(about, Level.WRONG, what, advice)]
    except OSError as error:
        what = message("settings.problem", place=str(error.filename or ""), problem=os_reason(error))
        return [Finding(about, Level.WRONG, what, message("os.advice"))]
    except Exception as error:
        return [Finding(about, Level.WRONG, in_words(state, error))]


def _rights(installation: Installation, now: datetime) -> Iterator[Finding]:
    root = installation.state.root
    if not root.exists():
        yield Finding("rights", Level.ATTENTION, message("doctor.no_state", state=str(root)))
        return
    writable = os.access(root, os.W_OK | os.X_OK)
    if not writable:
        what = message("doctor.not_writable", state=str(root))
        yield Finding("rights", Level.WRONG, what, message("doctor.not_writable_advice"))
    owner = root.stat().st_uid
    if owner != os.geteuid():
        what = message("doctor.another_account", state=str(root), owner=owner, account=os.geteuid())
        yield Finding("rights", Level.ATTENTION, what, message("doctor.another_account_advice"))
    places = list(open_to_others(installation.state.places()))
    if places:
        what = message("check.open_to_others", number=len(places), first=str(places[0]))
        yield Finding("rights", Level.ATTENTION, what, message("doctor.open_advice"))
    if writable and not places:
        yield Finding("rights", Level.FINE, message("doctor.rights", state=str(root)))


def _disk(installation: Installation, now: datetime) -> Iterator[Finding]:
    state = installation.state
    place = _existing(state.root)
    free = shutil.disk_usage(place).free
    warehouse = 0 if is_absent(state) else state.warehouse.stat().st_size
    needed = _COPIES * warehouse + _SPARE
    what = message("doctor.disk", free=_megabytes(free), needed=_megabytes(needed))
    level = Level.FINE
    if free < needed:
        level = Level.ATTENTION if free > warehouse + _SPARE / 5 else Level.WRONG
    yield Finding("disk", level, what, "" if level is Level.FINE else message("doctor.disk_advice"))
    nodes = os.statvfs(place).f_favail
    if 0 < nodes < _FEWEST_NODES:
        yield Finding("disk", Level.ATTENTION, message("doctor.nodes", number=nodes), message("doctor.disk_advice"))


def _clock(installation: Installation, now: datetime) -> Iterator[Finding]:
    newest = _newest(installation.state)
    reason = None if newest is None else wrong_clock(newest.started_at, now)
    if reason is not None:
        yield Finding("clock", Level.WRONG, reason, message("clock.advice", day=wall_time(now).date()))
    else:
        yield Finding("clock", Level.FINE, message("doctor.clock", now=wall_time(now)))


def _warehouse(installation: Installation, now: datetime) -> Iterator[Finding]:
    state = installation.state
    if is_running(state):
        yield Finding("warehouse", Level.FINE, message("doctor.busy"))
        return
    newest = _newest_of_sound_warehouse(state)
    if newest is None:
        yield Finding("warehouse", Level.ATTENTION, message("doctor.no_warehouse"), message("doctor.first_run"))
        return
    yield Finding("warehouse", Level.FINE, message("doctor.warehouse"))
    if newest.state in ("failed", "aborted", "running"):
        what = message(
            "doctor.not_finished", run=newest.run_no, began=wall_time(newest.started_at), reason=newest.reason
        )
        yield Finding("warehouse", Level.ATTENTION, what, message("doctor.not_finished_advice"))


def _published(installation: Installation, now: datetime) -> Iterator[Finding]:
    state = installation.state
    if not state.published.exists():
        yield Finding("published", Level.ATTENTION, message("database.not_published"), message("doctor.first_run"))
        return
    open_published(state).close()
    if is_changed(state):
        yield Finding("published", Level.ATTENTION, message("doctor.changed"), message("doctor.next_run"))
    else:
        yield Finding("published", Level.FINE, message("doctor.published"))


def _nights(installation: Installation, now: datetime) -> Iterator[Finding]:
    newest = last_run(installation.state)
    if newest is None:
        yield Finding("nights", Level.ATTENTION, message("doctor.no_run"), message("doctor.first_run"))
        return
    at = installation.configuration.schedule.at
    missed = len(list(nights_since(newest.started_at, now - GRACE, at)))
    began = wall_time(newest.started_at)
    if missed:
        level = Level.ATTENTION if missed == 1 else Level.WRONG
        what = message("doctor.no_run_since", began=began, nights=message("doctor.nights", number=missed))
        yield Finding("nights", level, what, message("doctor.no_run_since_advice"))
    elif newest.state == "degraded":
        what = message("doctor.degraded", run=newest.run_no, began=began)
        yield Finding("nights", Level.ATTENTION, what, message("doctor.degraded_advice"))
    else:
        yield Finding("nights", Level.FINE, message("doctor.last_run", run=newest.run_no, began=began))


def _sign_of_life(installation: Installation, now: datetime) -> Iterator[Finding]:
    heartbeat = last_heartbeat(installation.state)
    if heartbeat is None:
        yield Finding("heartbeat", Level.FINE, message("doctor.no_heartbeat"))
        return
    at = wall_time(heartbeat.at)
    if heartbeat.is_silent(now):
        yield Finding("heartbeat", Level.WRONG, message("doctor.silent", at=at), message("doctor.silent_advice"))
        return
    yield Finding("heartbeat", Level.FINE, message("doctor.heartbeat", at=at))
    ours = installation.configuration.schedule.at
    if heartbeat.schedule != ours:
        what = message("doctor.another_time", theirs=heartbeat.schedule, ours=ours)
        yield Finding("heartbeat", Level.ATTENTION, what, message("doctor.another_time_advice"))


def _secrets(installation: Installation, now: datetime) -> Iterator[Finding]:
    number = 0
    for place, name in secret_names(installation):
        number += 1
        try:
            secret(name)
        except ConfigurationError as error:
            reason, _, advice = error.texts
            yield Finding("secrets", Level.WRONG, message("settings.problem", place=place, problem=reason), advice)
            number -= 1
    if number:
        yield Finding("secrets", Level.FINE, message("doctor.secrets", number=number))
    key = signing_key()
    yield Finding("secrets", Level.FINE, message("doctor.signing_key" if key else "doctor.no_signing_key"))


def _age_of_backup(installation: Installation, now: datetime) -> Iterator[Finding]:
    if is_absent(installation.state):
        return
    backup = last_backup(installation.state)
    if backup is None:
        yield Finding("backup", Level.ATTENTION, message("doctor.no_backup"), message("doctor.backup_advice"))
        return
    what = message("doctor.backup", at=wall_time(backup.made_at), run=backup.run_no)
    is_old = not timedelta(0) <= now - backup.made_at <= _OLDEST_BACKUP
    if is_old:
        yield Finding("backup", Level.ATTENTION, what, message("doctor.backup_advice"))
    else:
        yield Finding("backup", Level.FINE, what, "")


def _prefect(installation: Installation, now: datetime) -> Iterator[Finding]:
    file = installation.state.prefect / NAME
    trouble = trouble_with(file) if file.exists() else None
    if trouble is not None:
        what = message("doctor.prefect_trouble", file=str(file))
        yield Finding("prefect", Level.ATTENTION, what, message("doctor.prefect_advice"))
    else:
        yield Finding("prefect", Level.FINE, message("doctor.prefect"))


_CHECKS: dict[str, Check] = {
    "rights": _rights,
    "disk": _disk,
    "clock": _clock,
    "warehouse": _warehouse,
    "published": _published,
    "nights": _nights,
    "heartbeat": _sign_of_life,
    "secrets": _secrets,
    "backup": _age_of_backup,
    "prefect": _prefect,
}


def _newest(state: State) -> LastRun | None:
    """The newest run of the warehouse, finished or not; of what was published while the warehouse is in use."""
    if is_running(state):
        return last_run(state)
    with suppress(EnsiaError, duckdb.Error):
        return _newest_of_sound_warehouse(state) or last_run(state)
    return last_run(state)


def _newest_of_sound_warehouse(state: State) -> LastRun | None:
    """The newest run of a warehouse that is what it should be, which no run writes meanwhile; None without one."""
    if not state.root.exists():
        return None
    with only_run(state):
        check_state(state)
        return None if is_absent(state) else newest_run(state)


def _existing(path: Path) -> Path:
    """The folder itself, or the nearest one above it that is there."""
    return path if path.exists() else _existing(path.parent)


def _megabytes(size: float) -> int:
    return round(size / 1_000_000)
