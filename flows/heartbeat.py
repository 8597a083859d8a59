"""The sign of life of `ensia serve`: a small file that it writes anew every minute, with the night that it tried last. Who
reads it decides what its age means."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from warehouse.storage.database import State, utc_now
from warehouse.storage.own_files import put_in_place

BEATS = timedelta(minutes=1)
_SILENT = timedelta(minutes=10)  # a machine that is busy is no machine that stands still
_AHEAD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """`at` and `serving_since` in UTC; `night` is the newest night that was tried to be caught up, `attempts` how often,
    `tried_at` when last."""

    at: datetime
    serving_since: datetime
    process: int
    schedule: str
    night: date | None = None
    attempts: int = 0
    tried_at: datetime | None = None

    def is_silent(self, now: datetime) -> bool:
        """Whether nothing was heard for too long; a beat from the future tells nothing either."""
        return not -_AHEAD <= now - self.at <= _SILENT


def write_heartbeat(state: State, heartbeat: Heartbeat) -> None:
    """Put the heartbeat in place of the one before. Raises OSError."""
    put_in_place(state.heartbeat, json.dumps(asdict(heartbeat), default=str).encode())


def last_heartbeat(state: State) -> Heartbeat | None:
    """The newest heartbeat; None when there is none that can be read."""
    try:
        return _heartbeat(json.loads(state.heartbeat.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def first_heartbeat(state: State, schedule: str, process: int) -> Heartbeat:
    """The heartbeat with which a `serve` begins: it goes on where the one before it stopped."""
    now, before = utc_now(), last_heartbeat(state)
    if before is None:
        return Heartbeat(now, now, process, schedule)
    since = min(before.serving_since, now)
    return Heartbeat(now, since, process, schedule, before.night, before.attempts, before.tried_at)


def _heartbeat(content: Any) -> Heartbeat:
    night, tried_at = content["night"], content["tried_at"]
    return Heartbeat(
        datetime.fromisoformat(content["at"]),
        datetime.fromisoformat(content["serving_since"]),
        int(content["process"]),
        str(content["schedule"]),
        date.fromisoformat(night) if night else None,
        int(content["attempts"]),
        datetime.fromisoformat(tried_at) if tried_at else None,
    )
