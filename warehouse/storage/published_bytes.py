"""A note of the published file: the hash of what was published. A file that somebody wrote to since is noticed by
it, kept for who wrote it, and made anew; whether a person means ill is left to signatures."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from warehouse.storage.continuity import ASIDE
from warehouse.storage.database import State
from warehouse.storage.own_files import private_folder, put_in_place

MOST_KEPT = 5  # changed files that are kept for who changed them, until somebody removes them
READ_ONLY = 0o400  # also for the account that runs the night: a client that would write to it is refused


@dataclass(frozen=True, slots=True)
class NotedBytes:
    """What may be published: the SHA-256 of the newest copy, and of the one whose place it takes."""

    newest: str
    before: str = ""

    def holds(self, digest: str) -> bool:
        return digest in (self.newest, self.before)


def noted_bytes(state: State) -> NotedBytes | None:
    """The note; None where there is none that can be read: an older version published without."""
    try:
        content = json.loads(state.published_note.read_bytes())
        return NotedBytes(str(content["newest"]), str(content["before"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def note_published(state: State, newest: Path) -> None:
    """Note `newest`, which is about to take the place of the published file: whichever of both a run that is killed leaves
    there, the note holds. Raises OSError."""
    before = noted_bytes(state)
    content = {"newest": digest_of(newest), "before": before.newest if before is not None else ""}
    put_in_place(state.published_note, json.dumps(content).encode())


def is_changed(state: State) -> bool:
    """Whether somebody wrote to the published file since. Raises OSError when it may not be read."""
    noted = noted_bytes(state)
    if noted is None or not state.published.is_file():
        return False
    return not noted.holds(digest_of(state.published))


def keep_changed(state: State) -> Path | None:
    """Give a published file that was changed a second name among what is set aside, so that the next one can take its
    place; returns it, or None for a file that is as it was published, and where so many are kept already that a client which
    writes to it every day would fill the disk. Raises OSError."""
    already = list(state.root.glob(f"{ASIDE}*/{state.published.parent.name}/{state.published.name}"))
    if len(already) >= MOST_KEPT or not is_changed(state):
        return None
    folder = private_folder(state.root / f"{ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%S%f}" / state.published.parent.name)
    copy = folder / state.published.name
    try:
        os.link(state.published, copy)
    except OSError:  # a file system without second names
        shutil.copy2(state.published, copy)
    return copy


def digest_of(file: Path) -> str:
    """SHA-256 of a file, in hex. Raises OSError."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
