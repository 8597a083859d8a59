"""`ensia sql --ide` opens the published file in an editor that is not part of this program."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.main import main

_LEAVE = b"\x11"  # ctrl+q
_PATIENCE = 60.0


def test_without_the_editor_it_says_how_to_get_one(
    few_norms_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert main(["sql", "--ide", "--config", str(few_norms_home)]) == 2
    told = capsys.readouterr().err
    assert "pipx install harlequin" in told
    assert "docs/bestand-openen.md" in told


def test_without_a_published_file_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ensia.yaml").write_text("organisation: {id: leeg, name: Gemeente Leeg}\nsources: []\n", "utf-8")
    assert main(["sql", "--ide", "--config", str(tmp_path)]) == 2
    assert "ensia nightly" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("harlequin") is None, reason="harlequin is not installed: pipx install harlequin")
def test_the_editor_shows_the_tables_of_the_file(few_norms_home: Path) -> None:
    shown = _typed([sys.executable, "-m", "cli.main", "sql", "--ide", "--config", str(few_norms_home)], until=b"ensia")
    assert b"Data Catalog" in shown
    assert b"ensia" in shown


def _typed(command: list[str], until: bytes) -> bytes:
    """What a command shows in a terminal up to the words `until`, after which it is left; fails when it never does."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "140", "LINES": "40"}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown, end = b"", time.monotonic() + _PATIENCE
        while until not in shown and time.monotonic() < end:
            if select.select([ours], [], [], 1)[0]:
                shown += os.read(ours, 65536)
        os.write(ours, _LEAVE)
        process.terminate()
    os.close(ours)
    return shown
