"""Takes the files of a source into our own hands, each read once: what is identified, kept and read are then the same
bytes, whatever happens to the file meanwhile.

The copies lie in a folder of their own under staging and go when the source is done, so that of a source with personal
data nothing stays behind. Keeping a copy as evidence is left to `warehouse/storage/landing.py`.
"""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from connectors.base import TerminalError, TransientError
from models.message import message
from models.system_errors import os_reason
from warehouse.storage.own_files import private_folder, private_opener, remove, scratch_path

_CHUNK = 1 << 20
_ATTEMPTS = 4  # how often a file that changes under our hands is tried
_PAUSE = 0.25  # seconds between two attempts


@dataclass(frozen=True, slots=True)
class Copy:
    """A private copy: `artifact` is the SHA-256 of its bytes in hex, `size` their number."""

    path: Path
    artifact: str
    size: int


class Intake:
    """The private copies of one source's files, in `folder`; they are gone when the block ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._copies: dict[Path, Copy] = {}

    def __enter__(self) -> Intake:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def take(self, path: Path) -> Path:
        """Copy the file at `path`; returns the path of the copy, which has the file's time of change.

        A file that is written meanwhile is tried again; one that stays busy is a TransientError, one that cannot be
        read a TerminalError.
        """
        target = scratch_path(self._folder)
        for attempt in range(_ATTEMPTS):
            if attempt:
                time.sleep(_PAUSE)
            copy = self._copied(path, target)
            if copy is not None:
                self._copies[target] = copy
                return target
        remove([target])
        raise TransientError(
            message("intake.being_written"),
            place=path.name,
            advice=message("intake.being_written_advice"),
        )

    def copy(self, path: Path) -> Copy | None:
        """What is known of a private copy; None for a path that is none of ours."""
        return self._copies.get(path)

    def discard(self, path: Path) -> None:
        """Throw away a copy that is no longer needed; the path of a file that is no copy of ours is left alone."""
        if self._copies.pop(path, None) is not None:
            remove([path])

    def close(self) -> None:
        """Throw away all copies."""
        for path in list(self._copies):
            self.discard(path)
        remove([self._folder] if self._folder.exists() else [])

    def _copied(self, path: Path, target: Path) -> Copy | None:
        """One attempt; None when the file changed meanwhile."""
        private_folder(target.parent)
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("rb") as source:
                before = os.fstat(source.fileno())
                with open(target, "wb", opener=private_opener) as out:
                    while chunk := source.read(_CHUNK):
                        digest.update(chunk)
                        size += out.write(chunk)
                    out.flush()
                    os.fsync(out.fileno())
                after = os.fstat(source.fileno())
        except FileNotFoundError as error:
            raise TransientError(message("intake.vanished"), place=path.name) from error
        except PermissionError as error:
            raise TerminalError(
                message("intake.forbidden"),
                place=path.name,
                advice=message("intake.forbidden_advice"),
            ) from error
        except OSError as error:
            raise TransientError(os_reason(error), place=path.name) from error
        if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size) or size != after.st_size:
            return None
        os.utime(target, ns=(before.st_atime_ns, before.st_mtime_ns))
        return Copy(target, digest.hexdigest(), size)
