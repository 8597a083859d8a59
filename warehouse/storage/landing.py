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
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785

from models.errors import EnsiaError, NotFound
from models.message import Text, message
from warehouse.storage.own_files import FILE_MODE, clear, flush, private_folder, private_opener, remove, scratch_path

COMPRESSED = ".gz"
_GZIP_HEAD = bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0])  # no name, no moment, the usual effort
_GZIP_SYSTEMS = (3, 255)


BEHIND = "behind"


class IntegrityError(EnsiaError):
    """Something that was kept is gone or is not what it was."""


@dataclass(frozen=True, slots=True)
class Landed:
    """A kept object: `artifact` is its SHA-256 in hex, `size` its length in bytes."""

    artifact: str
    size: int
    repaired: bool = False  # what lay there was not these bytes any more, and now is


class Landing:
    """The landing zone under `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.manifests = root / "manifests"
        self.incoming = root / "incoming"  # what is being written; two sources may bring the same bytes at one moment
        self.behind = root / BEHIND  # in a fleet a link to what all machines keep of before: it is only read

    def keep_bytes(self, content: bytes, *, compress: bool = False) -> Landed:
        """Keep `content`; a second time costs nothing."""
        artifact = hashlib.sha256(content).hexdigest()
        target = self._target(artifact, compress)
        is_damaged = target.exists() and not is_sound(target)
        if is_damaged or not target.exists():
            self._write(target, gzip.compress(content, 6, mtime=0) if compress else content)
        return Landed(artifact, len(content), is_damaged)

    def keep_file(self, path: Path, artifact: str) -> Landed:
        """Keep a private copy whose SHA-256 is `artifact`, without reading it into memory at once. Nobody may change the
        copy any more: where the file system allows it, the kept object is that very file under a second name.

        Raises IntegrityError when its bytes are others.
        """
        target = self._target(artifact, False)
        is_damaged = target.exists() and not is_sound(target)
        if is_damaged or not target.exists():
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
        return Landed(artifact, path.stat().st_size, is_damaged)

    def read(self, artifact: str) -> bytes:
        """The bytes of a kept object. Raises NotFound, or IntegrityError when they are not what they were."""
        path = self.path_of(artifact)
        if path.exists():
            if not is_sound(path):
                raise IntegrityError(message("landing.changed"), place=str(path), advice=message("landing.restore"))
            if path.suffix == ".gz":
                return gzip.decompress(path.read_bytes())
            return path.read_bytes()
        raise NotFound(
            message("landing.absent", artifact=artifact[:12]),
            place=str(self.root),
            advice=message("landing.absent_advice"),
        )

    def paths(self, artifacts: Iterable[str]) -> Iterator[Path]:
        """The files of kept objects, as far as they are there."""
        for artifact in artifacts:
            path = self.path_of(artifact)
            if path.is_file():
                yield path

    def check(self, artifact: str) -> None:
        """Raises IntegrityError when an object is not there, or not what its name says."""
        path = self.path_of(artifact)
        if not path.exists() or not is_sound(path):
            raise IntegrityError(message("landing.changed"), place=str(path), advice=message("landing.restore"))

    def write_manifest(self, name: str, content: dict[str, Any]) -> str:
        """Keep a manifest as canonical JSON (RFC 8785), under `name` without its ending; returns its SHA-256, which the next one
        names as `previous`."""
        text = canonical(content)
        self.write(f"manifests/{name}.json", text)
        return hashlib.sha256(text).hexdigest()

    def write(self, name: str, content: bytes) -> None:
        """Keep a file that is no object, under a path relative to the landing, in the place of what stood there."""
        self._write(self.root / name, content)

    def path_of(self, artifact: str) -> Path:
        """Where an object lies, or would."""
        places = [self._target(artifact, compressed) for compressed in (True, False)]
        places += [self.behind / place.relative_to(self.root) for place in places]
        return next((place for place in places if place.exists()), self._target(artifact, False))

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
        return self.root / "objects" / artifact[:2] / (artifact + (COMPRESSED if compressed else ""))


def is_sound(path: Path) -> bool:
    """Whether the bytes of an object are those of its name: of one that is kept compressed, those that are in it."""
    artifact = path.name.removesuffix(COMPRESSED)
    try:
        if not path.name.endswith(COMPRESSED):
            return _file_hash(path) == artifact
        with path.open("rb") as source:
            if not _is_our_head(source.read(len(_GZIP_HEAD) + 1)):
                return False
        return _unpacked_hash(path) == artifact
    except (OSError, EOFError, zlib.error):
        return False


def _is_our_head(head: bytes) -> bool:
    """Whether a compressed object begins as we write it: what stands there is not covered by its checksum. The last byte names
    the system, and versions of Python write another."""
    return head[:-1] == _GZIP_HEAD and head[-1] in _GZIP_SYSTEMS


def _unpacked_hash(path: Path) -> str:
    """The SHA-256 of what is compressed in a file, without reading it into memory at once. Raises OSError, EOFError or
    zlib.error where that is not one stream, up to the last byte."""
    digest = hashlib.sha256()
    unpacking = zlib.decompressobj(wbits=31)
    with path.open("rb") as source:
        while part := source.read(1 << 20):
            digest.update(unpacking.decompress(part))
            if unpacking.eof and (unpacking.unused_data or source.read(1)):
                raise EOFError(path.name)
    if not unpacking.eof:
        raise EOFError(path.name)
    return digest.hexdigest()


def canonical(content: Any) -> bytes:
    """Content as canonical JSON (RFC 8785); days and moments as texts."""
    plain = json.loads(json.dumps(content, default=str))
    return rfc8785.dumps(plain)


def _file_hash(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _replace(temporary: Path, target: Path) -> None:
    private_folder(target.parent)
    temporary.replace(target)
    temporary.unlink(missing_ok=True)  # two names of one and the same file stay, both, when one is renamed to the other
    flush(target.parent)
