"""Keeps what was read as it was read: content-addressed objects, and a manifest per run chained to the one before.

An object's name is the SHA-256 of its bytes; API payloads are kept gzipped under the hash of what came over the line.
A walk from a status ends here. Deciding what may be kept (personal data) is left to `warehouse/staging.py`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import EnsiaError, NotFound
from models.message import message

_CHUNK = 1 << 20


class IntegrityError(EnsiaError):
    """Something that was kept is gone or is not what it was."""


@dataclass(frozen=True, slots=True)
class Landed:
    """A kept object: `artifact` is its SHA-256 in hex, `size` its length in bytes."""

    artifact: str
    size: int


class Landing:
    """The landing zone under `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def keep_bytes(self, content: bytes, *, compress: bool = False) -> Landed:
        """Keep `content`; a second time costs nothing."""
        artifact = hashlib.sha256(content).hexdigest()
        target = self._target(artifact, compress)
        if not target.exists():
            _write(target, gzip.compress(content, 6, mtime=0) if compress else content)
        return Landed(artifact, len(content))

    def keep_file(self, path: Path) -> Landed:
        """Keep a copy of a file without reading it into memory at once."""
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as source:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
        target = self._target(digest.hexdigest(), False)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = _temporary(target)
            shutil.copyfile(path, temporary)
            if _file_hash(temporary) != digest.hexdigest():
                temporary.unlink()
                raise IntegrityError(
                    message("landing.changed_while_read"), place=path.name, advice=message("landing.read_again")
                )
            _replace(temporary, target)
        return Landed(digest.hexdigest(), size)

    def read(self, artifact: str) -> bytes:
        """The bytes of a kept object. Raises NotFound, or IntegrityError when they are not what they were."""
        for compressed in (False, True):
            path = self._target(artifact, compressed)
            if path.exists():
                content = gzip.decompress(path.read_bytes()) if compressed else path.read_bytes()
                if hashlib.sha256(content).hexdigest() != artifact:
                    raise IntegrityError(message("landing.changed"), place=str(path), advice=message("landing.restore"))
                return content
        raise NotFound(
            message("landing.absent", artifact=artifact[:12]),
            place=str(self.root),
            advice=message("landing.absent_advice"),
        )

    def write_manifest(self, run_id: str, content: dict[str, Any]) -> str:
        """Keep the manifest of a run; returns its SHA-256, which the next one names as `previous`."""
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
        _write(self.root / "manifests" / f"{run_id}.json", text.encode())
        return hashlib.sha256(text.encode()).hexdigest()

    def _target(self, artifact: str, compressed: bool) -> Path:
        return self.root / "objects" / artifact[:2] / (artifact + (".gz" if compressed else ""))


def _file_hash(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(target)
    with temporary.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    _replace(temporary, target)


def _temporary(target: Path) -> Path:
    """A name beside `target` that no other writer has: two sources may bring the same bytes at the same moment."""
    return target.with_suffix(f".{uuid.uuid4().hex}.tmp")


def _replace(temporary: Path, target: Path) -> None:
    temporary.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
