"""Every command on a disk that is full, a disk that may only be read, and a clock that jumped: it works, or says in one sentence
what is wrong and what to do, with its exit code. Never a traceback, and never a change by half."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from cli.main import main
from tests.cli import commands
from tests.cli.commands import NEITHER, READS, WRITES
from warehouse.storage.database import State

SIZE = "120m"
FULL, READ_ONLY = "de schijf is vol", "staat op een schijf die alleen te lezen is"
BACK = "een van beide klopt niet"
FUTURE = "UPDATE ops.run SET started_at = started_at + INTERVAL 10 YEARS, known_at = known_at + INTERVAL 10 YEARS"
# These may look at the file that they are given first.
FILE_FIRST = {"review import": "bestaat niet", "reading import": "bestaat niet", "sample import": "bestaat niet"}


def may_mount(folder: Path) -> bool:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)], capture_output=True)
    return mounted.returncode == 0


@pytest.fixture(scope="module")
def disk(few_norms_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The example after a night, on a small disk of its own."""
    place = tmp_path_factory.mktemp("schijf")
    if not may_mount(place):
        pytest.skip("a disk of its own needs the right to mount one")
    try:
        home = Path(shutil.copytree(few_norms_home, place / "gemeente"))
        with (home / "ensia.yaml").open("a", encoding="utf-8") as file:
            file.write(
                "\ndigest: {mail: {host: localhost, sender: a@b.nl}, recipients: [{owners: ['*'], email: c@d.nl}]}\n"
            )
        (home / "tekst.md").write_text("### 5.01.01\nTekst.\n", "utf-8")
        for place_of_state in [home / "state", *(home / "state").rglob("*")]:
            place_of_state.chmod(place_of_state.stat().st_mode & 0o700)
        yield home
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def future(disk: Path) -> Iterator[Path]:
    """The same, its newest run stamped by a clock that was ten years ahead."""
    state = State(disk / "state")
    kept = {file: file.read_bytes() for file in (state.warehouse, state.published)}
    for file in kept:
        file.chmod(0o600)
        with duckdb.connect(str(file)) as connection:
            connection.execute(FUTURE)
    yield disk
    for file, content in kept.items():
        file.write_bytes(content)


@pytest.fixture
def full(disk: Path) -> Iterator[Path]:
    """The same, with no byte left on its disk."""
    filler = disk.parent / "vol"
    with filler.open("wb") as file:
        try:
            while file.write(b"\0" * 65536):
                file.flush()
        except OSError:
            pass
    yield disk
    filler.unlink()


@pytest.fixture
def read_only(disk: Path) -> Iterator[Path]:
    """The same, on a disk that may only be read."""
    subprocess.run(["mount", "-o", "remount,ro", str(disk.parent)], check=True)
    yield disk
    subprocess.run(["mount", "-o", "remount,rw", str(disk.parent)], check=True)


# What reads and leaves something in the folder of exports, and what needs a year that was opened.
WRITES_EXPORTS = ["export", "reading list"]
NEEDS_A_YEAR = ["cycle status", "cycle compare", "cycle verify"]
WORKING = [name for name in (*READS, *NEITHER) if name not in NEEDS_A_YEAR]


def refused(name: str, home: Path, words: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What a command that is to say `words` does otherwise; empty when it does so."""
    code = main(commands.typed(name, home))
    error = capsys.readouterr().err
    is_told = words in error or FILE_FIRST.get(name, words) in error
    return "" if code == 1 and is_told and len(error.splitlines()) <= 3 else f"{name}: {code}: {error}"


def works(name: str, home: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What a command that is to do its work says instead; empty when it does."""
    code = main(commands.typed(name, home))
    error = capsys.readouterr().err
    return "" if code == 0 else f"{name}: {code}: {error}"


def troubles(
    home: Path, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *more: str
) -> list[str]:
    """What is not as expected of all commands: those that write say `words`, and so do `more`; the others work."""
    monkeypatch.chdir(home)
    wrong = [refused(name, home, words, capsys) for name in (*WRITES, *more)]
    wrong += [works(name, home, capsys) for name in WORKING if name not in more]
    return [line for line in wrong if line]


# First of all: a disk on which a log is open for writing cannot become one that may only be read.
def test_a_disk_that_may_only_be_read(
    read_only: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert troubles(read_only, READ_ONLY, capsys, monkeypatch, "backup", *WRITES_EXPORTS) == []
    assert main(commands.typed("doctor", read_only)) == 1


def test_a_full_disk(full: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    before = State(full / "state").warehouse.read_bytes()
    assert troubles(full, FULL, capsys, monkeypatch, "backup", *WRITES_EXPORTS) == []
    assert main(commands.typed("doctor", full)) == 1
    assert State(full / "state").warehouse.read_bytes() == before


def test_a_clock_that_jumped(future: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What would stamp something with it stops; who only looks can look."""
    assert troubles(future, BACK, capsys, monkeypatch) == []
    assert main(commands.typed("doctor", future)) == 1
    said = capsys.readouterr()
    assert BACK in said.out and "draai dan één keer `ensia nightly --as-of" in said.out
