"""Which files a source may read: those that its pattern names, and that really lie in the folder that was named.

Whoever can put something in a folder of reports can put a link in it, to any file that the nightly run may read. So every
path is resolved, and a link that leads out of the folder is refused by name. What a file holds is left to the connectors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from connectors.base import TerminalError
from models.message import message

_LETTER = re.compile(r"\[[^\]]*\]|([A-Za-z])")
_PATTERN_MARKS = "*?["


def matching_files(folder: Path, pattern: str, place: str) -> list[Path]:
    """The files that `pattern` (a name or glob, relative to `folder` or absolute) names, by name. Raises TerminalError
    when there is none, when one is empty, or when one lies outside the folder that the pattern names."""
    path = Path(pattern)
    base, relative = folder, pattern
    if path.is_absolute():
        base = Path(path.anchor)
        relative = str(path.relative_to(base))
    files = sorted(candidate for candidate in fitting(base, relative) if candidate.is_file() and not _hidden(candidate))
    if not files:
        problem = message("file.none_fits", pattern=pattern)
        where = message("file.in_folder", source=place, folder=folder)
        entry = base / relative
        advice = message("file.check_name")
        if entry.is_dir():
            advice = message("file.name_its_files", pattern=pattern)
        raise TerminalError(problem, place=where, advice=advice)
    refuse_outside(files, named_folder(base, relative))
    for candidate in files:
        if candidate.stat().st_size == 0:
            raise TerminalError(message("file.empty"), place=str(candidate), advice=message("file.export_failed"))
    return files


def fitting(base: Path, pattern: str) -> Iterable[Path]:
    """The paths below `base` with a name that fits, whatever its case (`*.xlsx` is also LIJST.XLSX); one that is named in full is
    itself, where it is there."""
    exact = base / pattern
    if exact.exists():
        return [exact]
    *folders, name = Path(pattern).parts
    return base.glob(str(Path(*folders, in_any_case(name))))


def in_any_case(pattern: str) -> str:
    """A pattern of a name that fits it in capitals and in small letters; what stands in brackets is left as it is."""
    return _LETTER.sub(_either_case, pattern)


def _either_case(match: re.Match[str]) -> str:
    letter = match[1]
    if letter is None:
        return match[0]
    return f"[{letter.lower()}{letter.upper()}]"


def named_folder(base: Path, pattern: str) -> Path:
    """The folder that `pattern` names below `base`: what stands before its first * or ?, without the name of a file. It
    may be a link itself: who writes ensia.yaml chose it."""
    folder = base
    for part in Path(pattern).parts[:-1]:
        if any(mark in part for mark in _PATTERN_MARKS):
            break
        folder /= part
    return folder


def refuse_outside(files: Iterable[Path], folder: Path) -> None:
    """Raises TerminalError when one of `files` does not lie in `folder` once every link is followed."""
    home = folder.resolve()
    outside = [path for path in files if not path.resolve().is_relative_to(home)]
    if outside:
        raise TerminalError(
            message("file.link_outside", folder=folder),
            place=", ".join(map(str, outside)),
            advice=message("file.put_itself"),
        )


def _hidden(path: Path) -> bool:
    return path.name.startswith((".", "~$")) or path.name.endswith((".tmp", ".part"))
