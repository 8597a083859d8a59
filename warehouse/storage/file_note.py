"""A note about a database file: its size and SHA-256 when it was closed. Rows are sealed; the note also shows a change of bytes
that no row stands in. It tells of accidents and careless hands: who can write the file can write its note."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from warehouse.storage.own_files import put_in_place


def note_bytes(file: Path, note: Path) -> None:
    """Write down size and SHA-256 of a file that was closed. A file that its note knows by size and moment is not read again."""
    if not file.exists():
        return
    about = file.stat()
    before = _content(note)
    moment = str(about.st_mtime_ns)
    if before.get("bytes") == about.st_size and before.get("changed") == moment:
        return
    with file.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    content = {"bytes": about.st_size, "changed": moment, "sha256": digest}
    put_in_place(note, json.dumps(content).encode())


def is_as_noted(file: Path, note: Path) -> bool:
    """Whether a file has the bytes that its note says; False also without a note."""
    with file.open("rb") as source:
        return _content(note).get("sha256") == hashlib.file_digest(source, "sha256").hexdigest()


def _content(note: Path) -> dict[str, object]:
    try:
        content = json.loads(note.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
