"""The folders and files that this program makes under an installation's state: for our account alone (0700, 0600), and
scratch names that are recognised as ours, so that nothing else is ever cleaned away.

Cleaning and closing never raise: what could not be done comes back as a sentence for whoever runs the night. What a
folder is for is left to `database.State`.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path

from models.message import Message, Text, message
from models.system_errors import os_reason

FOLDER_MODE = 0o700
FILE_MODE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
# `.ensia-` and 32 hexadecimal digits; DuckDB lays its log and its spill folder beside a database under the same name.
_SCRATCH = re.compile(r"\.ensia-[0-9a-f]{32}\.tmp(\.wal|\.tmp)?")


def make_private_process() -> None:
    """What this process and its children create from now on is for their own account alone."""
    os.umask(os.umask(0o077) | 0o077)


def private_folder(path: Path) -> Path:
    """Make a folder, with those above it that are missing, for our account alone; returns it."""
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)
    return path


def private_file(path: Path) -> None:
    """Close a file that another library made, if it is there and ours."""
    try:
        path.chmod(FILE_MODE)
    except OSError:
        return  # not there, or of another account: `open_to_others` says so


def private_opener(path: str, flags: int) -> int:
    """For `open`: a file that it makes is for our account alone."""
    return os.open(path, flags, FILE_MODE)


def scratch_name() -> str:
    """A name that nobody else has and that cleaning recognises as ours."""
    return f".ensia-{uuid.uuid4().hex}.tmp"


def scratch_path(folder: Path) -> Path:
    """A path with such a name in `folder`, which is made when it is not there."""
    return private_folder(folder) / scratch_name()


def put_in_place(target: Path, content: bytes) -> None:
    """Write `content` to `target`, whole or not at all, also when the machine stops. Raises OSError."""
    temporary = scratch_path(target.parent)
    try:
        with open(temporary, "wb", opener=private_opener) as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(target)
    except OSError:
        remove([temporary])
        raise
    flush(target.parent)


def flush(path: Path) -> None:
    """Let a file, or what was named, renamed or removed in a folder, survive a stop of the machine. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_scratch(name: str) -> bool:
    """Whether a file or folder bears a name that `scratch_name` gives, or that DuckDB derives from one."""
    return _SCRATCH.fullmatch(name) is not None


def clear(
    folder: Path, is_ours: Callable[[str], bool] = is_scratch, *, least_age: timedelta = timedelta(0)
) -> list[Text]:
    """Remove what is ours in `folder` by its name, and was not changed for `least_age`; returns a sentence for each that
    could not be removed."""
    latest = time.time() - least_age.total_seconds()
    return remove(entry for entry in _sorted_entries(folder) if is_ours(entry.name) and _changed_at(entry) <= latest)


def clear_below(folder: Path, but_not: Iterable[Path]) -> list[Text]:
    """Remove what bears a scratch name in `folder` and everywhere below it, but not in the folders `but_not`, nor behind a link;
    returns a sentence for each that could not be removed."""
    apart = set(but_not)
    scratch: list[Path] = []
    for place, folders, files in os.walk(folder):
        here = Path(place)
        folders[:] = [name for name in folders if here / name not in apart]
        paths = [here / name for name in (*folders, *files)]
        scratch += filter(lambda path: is_scratch(path.name), paths)
    return remove(scratch)


def remove(paths: Iterable[Path]) -> list[Text]:
    """Remove files and whole folders of our own making, never through a link; returns what could not be removed."""
    remarks: list[Text] = []
    for path in paths:
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            remarks.append(message("own_files.not_removed", path=str(path), reason=_why(error)))
    return remarks


def open_to_others(places: Iterable[Path]) -> Iterator[Path]:
    """The files and folders in and under `places` that others on this machine may read or change. Links are left out:
    what they lead to is not ours."""
    for place in places:
        yield from _open_to_others(place)


def close_to_others(places: Iterable[Path]) -> list[Text]:
    """Take away all rights of others in and under `places`; returns a sentence for what could not be closed."""
    failed: list[tuple[Path, OSError]] = []
    for path in list(open_to_others(places)):
        try:
            path.chmod(path.stat().st_mode & ~_OTHERS & 0o7777)
        except OSError as error:
            failed.append((path, error))
    if not failed:
        return []
    first, reason = failed[0]
    return [
        message("own_files.open", number=len(failed), first=str(first), reason=_why(reason), parent=str(first.parent))
    ]


def _open_to_others(place: Path) -> Iterator[Path]:
    try:
        mode = place.lstat().st_mode
    except OSError:
        return  # not there, or gone meanwhile
    if stat.S_ISLNK(mode):
        return
    if mode & _OTHERS:
        yield place
    if stat.S_ISDIR(mode):
        for entry in _sorted_entries(place):
            yield from _open_to_others(entry)


def _sorted_entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _changed_at(path: Path) -> float:
    """When a file was last changed, in seconds since 1970; for what is gone already, long ago."""
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def _why(error: OSError) -> Message:
    return os_reason(error)
