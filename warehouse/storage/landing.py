"""Keeps what was read as it was read: content-addressed objects, and a manifest per run chained to the one before.

An object's name is the SHA-256 of its bytes; API payloads are kept gzipped under the hash of what came over the line.
A walk from a status ends here. Deciding what may be kept (personal data) is left to `warehouse/storage/staging.py`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import EnsiaError, NotFound
from models.message import Text, message
from warehouse.storage.own_files import FILE_MODE, clear, flush, private_folder, private_opener, remove, scratch_path


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
        self.manifests = root / "manifests"
        self.incoming = root / "incoming"  # what is being written; two sources may bring the same bytes at one moment

    def keep_bytes(self, content: bytes, *, compress: bool = False) -> Landed:
        """Keep `content`; a second time costs nothing."""
        artifact = hashlib.sha256(content).hexdigest()
        target = self._target(artifact, compress)
        if not target.exists():
            self._write(target, gzip.compress(content, 6, mtime=0) if compress else content)
        return Landed(artifact, len(content))

    def keep_file(self, path: Path, artifact: str) -> Landed:
        """Keep a private copy whose SHA-256 is `artifact`, without reading it into memory at once. Nobody may change the
        copy any more: where the file system allows it, the kept object is that very file under a second name.

        Raises IntegrityError when its bytes are others.
        """
        target = self._target(artifact, False)
        if not target.exists():
            temporary = scratch_path(self.incoming)
            try:
                os.link(path, temporary)
            except OSError:  # another file system, or one without links
                shutil.copyfile(path, temporary)
                temporary.chmod(FILE_MODE)
            if _file_hash(temporary) != artifact:
                remove([temporary])
                raise IntegrityError(
                    message("landing.changed_while_read"), place=path.name, advice=message("landing.read_again")
                )
            flush(temporary)
            _replace(temporary, target)
        return Landed(artifact, path.stat().st_size)

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

    def paths(self, artifacts: Iterable[str]) -> Iterator[Path]:
        """The files of kept objects, as far as they are there."""
        for artifact in artifacts:
            for compressed in (False, True):
                path = self._target(artifact, compressed)
                if path.is_file():
                    yield path

    def write_manifest(self, run_id: str, content: dict[str, Any]) -> str:
        """Keep the manifest of a run; returns its SHA-256, which the next one names as `previous`."""
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
        self._write(self.manifests / f"{run_id}.json", text.encode())
        return hashlib.sha256(text.encode()).hexdigest()

    def clear(self) -> list[Text]:
        """Throw away what killed runs left half written; returns what could not be thrown away."""
        return clear(self.incoming)

    def _write(self, target: Path, content: bytes) -> None:
        temporary = scratch_path(self.incoming)
        with open(temporary, "wb", opener=private_opener) as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        _replace(temporary, target)

    def _target(self, artifact: str, compressed: bool) -> Path:
        return self.root / "objects" / artifact[:2] / (artifact + (".gz" if compressed else ""))


def _file_hash(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _replace(temporary: Path, target: Path) -> None:
    private_folder(target.parent)
    temporary.replace(target)
    temporary.unlink(missing_ok=True)  # two names of one and the same file stay, both, when one is renamed to the other
    flush(target.parent)
