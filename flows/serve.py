"""Keeps the schedule: a Prefect server on this machine only, and the nightly flow served with its time of day.

Scheduled runs need Prefect's scheduler, which lives in its server; when `PREFECT_API_URL` names a server, that one is
used and none is started here.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from flows.installation import Installation
from flows.log import start_log
from flows.orchestration import configure, server
from flows.schedule import cron
from flows.watch import watching
from models.message import Text
from warehouse.storage.database import WarehouseBusy, check_state
from warehouse.storage.own_files import make_private_process

TIME_ZONE = "Europe/Amsterdam"


def serve(
    installation: Installation,
    *,
    schedule: str | None = None,
    tell: Callable[[list[Text]], None] = lambda words: None,
) -> None:
    """Serve the nightly flow until told to stop. `schedule`: a cron line, default the configured time of day; `tell` is
    handed what is to be said when it has begun.

    Raises ServerError, and StateError when the warehouse is lost or another's: that is not left until the night.
    """
    make_private_process()
    start_log(installation.state)
    with suppress(WarehouseBusy):  # a run that is busy has checked it
        check_state(installation.state)
    configure(installation.state)
    signal.signal(signal.SIGTERM, _stop)
    with server(installation.state, schedules=True) as words, watching(installation):
        from prefect.schedules import Cron

        from flows.nightly import nightly_flow

        tell(words)
        nightly_flow().serve(
            name=f"nightly-{installation.file.parent.name}",
            parameters={"config": str(installation.file.resolve())},
            schedule=Cron(schedule or cron(installation.configuration.schedule.at), timezone=TIME_ZONE),
            print_starting_message=False,
            pause_on_shutdown=False,
        )


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
