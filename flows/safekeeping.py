"""Making a backup while a run may be busy, and putting one back: which database it is made of, and what comes after. What a
backup is, is left to `warehouse/storage/backup.py`."""

from __future__ import annotations

from pathlib import Path

from flows.installation import Installation
from flows.orchestration import only_run
from warehouse.reading.publish import publish
from warehouse.storage import backup
from warehouse.storage.backup import Backup, Restored
from warehouse.storage.database import WarehouseBusy, check_state, open_warehouse
from warehouse.storage.own_files import make_private_process


def back_up(installation: Installation, target: Path) -> Backup:
    """Make or renew the backup in `target`: of the warehouse, or while a run writes it of what the last one published, which
    is as whole. Raises EnsiaError and OSError."""
    make_private_process()
    state = installation.state
    try:
        with only_run(state):
            check_state(state)
            return backup.back_up(state, target, of_published=False)
    except WarehouseBusy:
        return backup.back_up(state, target, of_published=True)


def restore(installation: Installation, folder: Path | None) -> Restored:
    """Put back the backup in `folder`, or make the warehouse anew from what was published, and publish it. Raises
    EnsiaError and OSError."""
    make_private_process()
    state = installation.state
    with only_run(state):
        restored = backup.restore(state, folder)
        with open_warehouse(state) as connection:
            publish(connection, state)
    return restored
