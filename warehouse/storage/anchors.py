"""Anchors: what fixes the chain of seals outside this system. An anchor is a Merkle root over the manifests of new seals, with
the request for a time stamp (RFC 3161) over it, to be carried to an authority by hand or mail, and its answer; or
a page to initial.

The format is specified in docs/verification.md. Requests and answers are read and written by `openssl ts`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from models.errors import ConfigurationError, EnsiaError, NotFound
from models.message import message
from warehouse.storage.landing import Landing, canonical
from warehouse.storage.seal import Seal

FOLDER = "anchors"
REQUEST, ANSWER = ".tsq", ".tsr"
_FORMAT = 1
_SECONDS = 60  # for openssl, which only reckons


class AnchorError(EnsiaError):
    """An answer is not one to an anchor of ours, or not by that authority."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A root over the seals `first` to `last`; `made_at` in UTC."""

    number: int
    first: int
    last: int
    root: str
    made_at: str

    @property
    def name(self) -> str:
        """The name of its files, without their endings."""
        return f"{FOLDER}/{self.number:08d}"


def merkle_root(hashes: Sequence[str]) -> str:
    """The Merkle tree hash of RFC 6962 over hashes in hexadecimal, at least one."""
    return _tree([bytes.fromhex(one) for one in hashes]).hex()


def _tree(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)  # the largest power of two below the number
    return hashlib.sha256(b"\1" + _tree(leaves[:split]) + _tree(leaves[split:])).digest()


def anchors(landing: Landing) -> list[Anchor]:
    """Every anchor that can be read, oldest first."""
    all_anchors = []
    for path in sorted((landing.root / FOLDER).glob("*.json")):
        try:
            content = json.loads(path.read_bytes())
            all_anchors.append(
                Anchor(int(path.stem), content["first"], content["last"], content["root"], content["made_at"])
            )
        except (OSError, ValueError, KeyError, TypeError):
            continue  # `anchor_is_sound` is for who wants to know
    return all_anchors


def make_anchor(landing: Landing, seals: Sequence[Seal]) -> Anchor | None:
    """Keep an anchor over the seals that no anchor covers yet; None when there are none."""
    before = anchors(landing)
    number, last = (before[-1].number, before[-1].last) if before else (0, 0)
    new = [seal for seal in seals if seal.seal_no > last]
    if not new:
        return None
    root = merkle_root([seal.manifest_hash for seal in new])
    made_at = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    anchor = Anchor(number + 1, new[0].seal_no, new[-1].seal_no, root, made_at)
    landing.write(f"{anchor.name}.json", _content_of(anchor))
    return anchor


def _content_of(anchor: Anchor) -> bytes:
    """An anchor as it is written; its number stands in the name of the file."""
    fields = asdict(anchor)
    del fields["number"]
    return canonical(fields | {"format": _FORMAT})


def request_of(landing: Landing, anchor: Anchor) -> Path:
    """The file with the request for a time stamp over an anchor, made when it is not there. Raises ConfigurationError without
    openssl."""
    target = landing.root / f"{anchor.name}{REQUEST}"
    if not target.exists():
        data = landing.root / f"{anchor.name}.json"
        request = _openssl("-query", "-data", str(data), "-sha256", "-cert")
        landing.write(f"{anchor.name}{REQUEST}", request)
    return target


def take_answer(landing: Landing, answer: Path, authority: Path) -> Anchor:
    """Keep the answer of an authority, whose certificates are in the file `authority` (PEM), with the anchor that it is about.
    Raises AnchorError when it is about none, or not by that authority."""
    for anchor in reversed(anchors(landing)):
        if _is_answer(landing, anchor, answer, authority):
            landing.write(f"{anchor.name}{ANSWER}", answer.read_bytes())
            return anchor
    raise AnchorError(message("anchor.no_answer"), place=answer.name, advice=message("anchor.no_answer_advice"))


def is_anchored(landing: Landing, anchor: Anchor, authority: Path) -> bool:
    """Whether an answer of that authority to an anchor is kept."""
    answer = landing.root / f"{anchor.name}{ANSWER}"
    return answer.exists() and _is_answer(landing, anchor, answer, authority)


def anchor_is_sound(landing: Landing, anchor: Anchor, seals: Sequence[Seal]) -> bool:
    """Whether an anchor is of these seals, byte for byte as it was written."""
    hashes = [seal.manifest_hash for seal in seals if anchor.first <= seal.seal_no <= anchor.last]
    number_of_seals = anchor.last - anchor.first + 1
    is_as_written = (landing.root / f"{anchor.name}.json").read_bytes() == _content_of(anchor)
    return is_as_written and len(hashes) == number_of_seals and merkle_root(hashes) == anchor.root


def anchor_numbered(landing: Landing, number: int | None) -> Anchor:
    """The anchor of that number, or the newest. Raises NotFound."""
    all_anchors = [anchor for anchor in anchors(landing) if number in (None, anchor.number)]
    if not all_anchors:
        raise NotFound(message("anchor.none"), advice=message("anchor.none_advice"))
    return all_anchors[-1]


def _is_answer(landing: Landing, anchor: Anchor, answer: Path, authority: Path) -> bool:
    data = landing.root / f"{anchor.name}.json"
    try:
        _openssl("-verify", "-data", str(data), "-in", str(answer), "-CAfile", str(authority))
    except AnchorError:
        return False
    return True


def _openssl(*words: str) -> bytes:
    """What `openssl ts` gives. Raises AnchorError when it refuses, ConfigurationError when it is not there."""
    program = shutil.which("openssl")
    if program is None:
        raise ConfigurationError(message("anchor.no_openssl"), advice=message("anchor.no_openssl_advice"))
    command = [program, "ts", *words]
    ended = subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS)  # noqa: S603
    if ended.returncode:
        raise AnchorError(message("anchor.refused"), place="openssl")
    return ended.stdout
