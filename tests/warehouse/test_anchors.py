"""Anchors: stamped by an authority that is started here, carried by file, and seen to fix what was sealed before."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from warehouse.storage.anchors import (
    AnchorError,
    anchor_is_sound,
    anchors,
    is_anchored,
    make_anchor,
    merkle_root,
    request_of,
    take_answer,
)
from warehouse.storage.landing import Landing
from warehouse.storage.seal import Seal

OPENSSL = shutil.which("openssl")
AUTHORITY = """
[ tsa ]
default_tsa = ours
[ ours ]
dir = .
serial = ./serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
[ req ]
distinguished_name = name
prompt = no
x509_extensions = stamping
[ name ]
CN = Tijdstempel van de proef
[ stamping ]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
"""


def seal(number: int) -> Seal:
    return Seal(number, datetime(2026, 11, 20), None, "write", "", f"{number:064x}", None, "", True, None, None)


def openssl(folder: Path, *words: str) -> None:
    assert OPENSSL, "the tests need openssl"
    subprocess.run([OPENSSL, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """The folder of a time-stamping authority with a certificate of its own."""
    folder = tmp_path / "dienst"
    folder.mkdir()
    (folder / "tsa.cnf").write_text(AUTHORITY)
    (folder / "serial").write_text("01\n")
    make_certificate(folder)
    return folder


def make_certificate(folder: Path) -> None:
    names = ("-keyout", "key.pem", "-out", "ca.pem", "-config", "tsa.cnf")
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", *names)


def stamped(folder: Path, request: Path) -> Path:
    """The answer of the authority to a request."""
    answer = folder / "antwoord.tsr"
    signer = ("-signer", "ca.pem", "-inkey", "key.pem")
    openssl(folder, "ts", "-reply", "-queryfile", str(request), "-config", "tsa.cnf", *signer, "-out", str(answer))
    return answer


def test_an_answer_fixes_an_anchor_and_no_other(tmp_path: Path, authority: Path) -> None:
    landing = Landing(tmp_path / "landing")
    known = [seal(number) for number in range(1, 6)]
    first = make_anchor(landing, known[:3])
    assert first is not None
    second = make_anchor(landing, known)
    assert second is not None
    assert make_anchor(landing, known) is None
    assert [(anchor.first, anchor.last) for anchor in anchors(landing)] == [(1, 3), (4, 5)]
    answer = stamped(authority, request_of(landing, second))
    assert take_answer(landing, answer, authority / "ca.pem") == second
    assert is_anchored(landing, second, authority / "ca.pem")
    assert not is_anchored(landing, first, authority / "ca.pem")
    assert all(anchor_is_sound(landing, anchor, known) for anchor in (first, second))
    changed = [*known[:4], replace(known[4], manifest_hash="f" * 64)]
    assert not anchor_is_sound(landing, second, changed)
    # whoever writes a new root over what he changed has no answer to it
    path = landing.root / f"{second.name}.json"
    content = json.loads(path.read_bytes()) | {"root": merkle_root(["f" * 64])}
    path.write_text(json.dumps(content, sort_keys=True, separators=(",", ":")))
    assert not is_anchored(landing, second, authority / "ca.pem")


def test_an_answer_by_another_is_refused(tmp_path: Path, authority: Path) -> None:
    landing = Landing(tmp_path / "landing")
    anchor = make_anchor(landing, [seal(1)])
    assert anchor is not None
    answer = stamped(authority, request_of(landing, anchor))
    another = tmp_path / "ander"
    another.mkdir()
    shutil.copy(authority / "tsa.cnf", another)
    make_certificate(another)
    with pytest.raises(AnchorError):
        take_answer(landing, answer, another / "ca.pem")
    answer.write_bytes(b"geen antwoord")
    with pytest.raises(AnchorError):
        take_answer(landing, answer, authority / "ca.pem")
