"""The storage that all machines of a fleet see, as a folder. One thing is asked of it: put a new file whole. Nothing relies on
its locks, and a name that was put is never another file later, but for the few that are projected.

Which file counts is told by `warehouse/storage/lease.py`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.message import Text, message
from warehouse.storage.landing import IntegrityError
from warehouse.storage.own_files import is_scratch, private_folder, private_opener, remove, scratch_path

_PIECE = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class SharedFolder:
    """The folder `root`; names are paths in it, with `/`."""

    root: Path

    def path(self, name: str) -> Path:
        """Where the file with a name is."""
        return self.root / name

    def has(self, name: str) -> bool:
        """Whether a file with this name was put."""
        return self.path(name).is_file()

    def put(self, source: Path, name: str) -> str:
        """Put a copy of `source` under a new name, or renew one that is projected; its SHA-256 in hex. It is there whole or
        not at all, also when this is killed."""
        target = self.path(name)
        temporary = scratch_path(target.parent)
        try:
            digest = copy_whole(source, temporary)
            rename(temporary, target)
        except BaseException:
            remove([temporary])
            raise
        return digest

    def fetch(self, name: str, target: Path, sha256: str) -> None:
        """Copy a file out of the storage. Raises IntegrityError when it is gone or its bytes are others."""
        if not self.has(name):
            raise IntegrityError(message("fleet.object_gone"), place=name, advice=message("fleet.object_advice"))
        private_folder(target.parent)
        if copy_whole(self.path(name), target) != sha256:
            raise IntegrityError(message("fleet.object_changed"), place=name, advice=message("fleet.object_advice"))

    def names(self, folder: str) -> list[str]:
        """The names of the files and folders directly in a folder, in order; none when it is not there."""
        place = self.path(folder)
        entries = sorted(place.iterdir()) if place.is_dir() else []
        return [f"{folder}/{entry.name}" for entry in entries if not is_scratch(entry.name)]

    def remove(self, *names: str) -> list[Text]:
        """Remove files and folders; a sentence for each that could not be removed."""
        return remove(self.path(name) for name in names)


def files_under(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file under a folder, with its name from there."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not is_scratch(path.name):
            yield path.relative_to(folder).as_posix(), path


def copy_whole(source: Path, target: Path) -> str:
    """Copy a file and wait until the disk has it; its SHA-256 in hex."""
    digest = hashlib.sha256()
    with source.open("rb") as reading, open(target, "wb", opener=private_opener) as writing:
        while piece := reading.read(_PIECE):
            digest.update(piece)
            writing.write(piece)
        writing.flush()
        os.fsync(writing.fileno())
    return digest.hexdigest()


def rename(temporary: Path, target: Path) -> None:
    """Give a file its name, and wait until the disk has that too."""
    temporary.replace(target)
    handle = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def file_hash(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
