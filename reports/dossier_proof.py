"""What in a dossier proves that its rows are those of a sealed run, and whether that holds; also whether the zip itself is as we
write one, since its heads are covered by no checksum. The format is specified in docs/verification.md."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from importlib import resources
from typing import Any

from models.message import Message, message
from warehouse.reading.proof import proof
from warehouse.reading.read import Published
from warehouse.storage.landing import canonical
from warehouse.storage.signing import signature_holds

VERIFIER = "controleer.py"
_MANIFEST, _SIGNATURE = "keten/manifest.json", "keten/handtekening.json"
_ROWS, _MARKS = "keten/rijen.jsonl", "keten/kenmerken.json"
_PARTS = (_MANIFEST, _SIGNATURE, _ROWS, _MARKS)
_LOCAL_HEAD = struct.Struct("<4s5H3L2H")
_CENTRAL_HEAD = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")


def proof_files(published: Published, organisation: str) -> dict[str, bytes]:
    """The files of the proof, and the verifier that needs nothing of ours; no proof when the run was not sealed."""
    verifier = resources.files("reports").joinpath(VERIFIER).read_bytes()
    sealed = proof(published, organisation)
    if sealed is None:
        return {VERIFIER: verifier}
    signature = {"signature": sealed.signature or "", "public_key": sealed.public_key or ""}
    return {
        VERIFIER: verifier,
        _MANIFEST: sealed.manifest,
        _SIGNATURE: canonical(signature),
        _ROWS: "".join(f"{line}\n" for line in sealed.rows).encode(),
        _MARKS: canonical(sealed.groups),
    }


def proof_problems(archive: zipfile.ZipFile) -> Iterator[Message]:
    """Where the proof does not hold: the seal, the marks, a row, an answer. Raises what reading JSON raises."""
    names = set(archive.namelist())
    missing = [name for name in _PARTS if name not in names]
    if len(missing) == len(_PARTS):
        yield message("dossier.no_proof")
        return
    if missing:
        yield from (message("settings.missing", name=name) for name in missing)
        return
    manifest = archive.read(_MANIFEST).decode()
    signature = json.loads(archive.read(_SIGNATURE))
    if any(signature.values()) and not signature_holds(manifest, **signature):
        yield message("dossier.wrong_seal")
    marks: Counter[tuple[str, str]] = Counter()
    sealed = {_group_of(group): group["digest"] for group in json.loads(manifest)["groups"]}
    for group in json.loads(archive.read(_MARKS)):
        table, organisation = _group_of(group)
        if _digest_of(group) != sealed.get((table, organisation)):
            yield message("dossier.marks_changed", table=table)
        marks.update((table, mark) for of_bucket in group["marks"].values() for mark in of_bucket)
    yield from _row_problems(archive, marks)
    yield from _answer_problems(archive)


def _group_of(group: dict[str, Any]) -> tuple[str, str]:
    """The table and the organisation of a group."""
    return group["table"], group["organisation"]


def _digest_of(group: dict[str, Any]) -> str | None:
    """The digest of a group by its buckets; None where the marks are not those of their bucket."""
    buckets = group["buckets"]
    for bucket, of_bucket in group["marks"].items():
        lines = "".join(f"{mark}\n" for mark in sorted(of_bucket))
        if buckets.get(bucket) != _hash_of(lines.encode()):
            return None
    return _hash_of("".join(f"{bucket}:{digest}\n" for bucket, digest in sorted(buckets.items())).encode())


def _row_problems(archive: zipfile.ZipFile, marks: Counter[tuple[str, str]]) -> Iterator[Message]:
    for line in archive.read(_ROWS).splitlines():
        row = json.loads(line)
        if not marks[row["table"], _hash_of(line)]:
            content = row["row"]
            names = [content[name] for name in ("norm_id", "test_id", "question_id", "evidence_id") if name in content]
            yield message("dossier.row_changed", table=row["table"], row=" ".join(names))


def _answer_problems(archive: zipfile.ZipFile) -> Iterator[Message]:
    """The answers for people that are not those of the rows."""
    text = archive.read("antwoorden.csv").decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text), delimiter=";"))[1:]
    for_people = {(line[0], line[1]): line[3] for line in lines}
    sealed = {}
    for line in archive.read(_ROWS).splitlines():
        row = json.loads(line)
        if row["table"] == "assess.answer":
            content = row["row"]
            sealed[content["questionnaire_id"], content["question_id"]] = content.get("answer", "")
    for key in sorted(for_people.keys() | sealed.keys()):
        if for_people.get(key) != sealed.get(key):
            yield message("dossier.answer_changed", question=" ".join(key))


def container_problems(archive: zipfile.ZipFile) -> Iterator[Message]:
    """Whether every byte of the zip that is not of a file is as we write it: heads, order, nothing between and nothing after."""
    assert archive.fp is not None
    archive.fp.seek(0)
    content = archive.fp.read()
    position = 0
    central = []
    for entry in archive.infolist():
        name = entry.filename.encode("utf-8")
        flags = 0 if entry.filename.isascii() else 0x800
        sizes = (entry.CRC, entry.compress_size, entry.file_size)
        head = _LOCAL_HEAD.pack(b"PK\3\4", 20, flags, 8, 0, 33, *sizes, len(name), 0) + name
        if entry.header_offset != position or content[position : position + len(head)] != head:
            yield message("dossier.container", name=entry.filename)
            return
        rest = (len(name), 0, 0, 0, 0, 0o644 << 16, position)
        central.append(_CENTRAL_HEAD.pack(b"PK\1\2", 0x314, 20, flags, 8, 0, 33, *sizes, *rest) + name)
        position += len(head) + entry.compress_size
    directory = b"".join(central)
    number = len(central)
    end = _END.pack(b"PK\5\6", 0, 0, number, number, len(directory), position, 0)
    if content[position:] != directory + end:
        yield message("dossier.container", name="PK\\x01\\x02")


def _hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
