"""What a night builds on, looked at before it begins: rows against the newest seal, and objects against their names. What is not
as it was counts for nothing good, and is told; what the sources deliver again is repaired."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from flows.installation import Installation
from models.message import Text, message
from warehouse.storage.database import transaction
from warehouse.storage.doubt import damaged_objects, doubts, left_objects, set_doubtful_aside
from warehouse.storage.landing import Landing, is_sound
from warehouse.storage.runs import Run
from warehouse.storage.seal import unreadable_seal


@dataclass(frozen=True, slots=True)
class Examined:
    """What a night cannot trust. `problems` make it degraded, `remarks` do not; `damaged` objects may still come again;
    `of_no_run`: objects that no run names. When it `is_doubtful`, everything is computed anew."""

    is_doubtful: bool = False
    problems: Sequence[Text] = ()
    remarks: Sequence[Text] = ()
    damaged: Sequence[Path] = ()
    of_no_run: Sequence[str] = field(default=())


def examine(connection: duckdb.DuckDBPyConnection, run: Run, installation: Installation) -> Examined:
    """Look at what was kept until now, and let nothing good rest on what is not as it was."""
    landing = Landing(installation.state.landing)
    doubtful = doubts(connection, run.run_id)
    tampered = doubtful.tampered
    problems: list[Text] = []
    remarks: list[Text] = []
    unreadable = unreadable_seal(connection)
    if unreadable is not None:
        problems.append(message("doubt.unreadable_seal", place=unreadable))
    if tampered:
        first = f"{tampered[0].table_name} {tampered[0].name}"
        problems.append(message("doubt.tampered", number=len(tampered), first=first))
        with transaction(connection):
            set_doubtful_aside(connection, tampered, run.known_at)
    if doubtful.broken_off:
        remarks.append(message("doubt.broken_off", number=len(doubtful.broken_off)))
    return Examined(
        is_doubtful=bool(tampered or doubtful.broken_off or unreadable),
        problems=problems,
        remarks=remarks,
        damaged=damaged_objects(connection, landing, run.run_no),
        of_no_run=left_objects(connection, landing),
    )


def still_damaged(installation: Installation, examined: Examined) -> Iterator[Text]:
    """The objects that were damaged, and that no source delivered again."""
    root = installation.state.landing
    for path in examined.damaged:
        if not path.exists() or not is_sound(path):
            yield message("doubt.damaged", place=path.relative_to(root).as_posix())
