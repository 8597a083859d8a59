"""A warehouse or published file that is damaged, in use or out of reach: every command says so in one sentence, with what
to do, and leaves with its exit code. Never a traceback, and never another reason than the true one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.main import main
from tests.cli import commands
from tests.cli.commands import ELSEWHERE, NEITHER, READS, WRITES

DAMAGED = "is beschadigd en kan niet worden gelezen"
FROM_WAREHOUSE = "draai `ensia nightly`, die maakt dit bestand opnieuw uit het warehouse"
FROM_BACKUP = "zet het bestand terug uit een reservekopie"

Damage = Callable[[Path], None]


def cut(file: Path) -> None:
    """Half of it is left, as after a copy that was broken off."""
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def overwritten(file: Path) -> None:
    """Every block but the first ones was overwritten, as by a disk that fails: it opens, and cannot be read."""
    file.chmod(0o600)
    content = bytearray(file.read_bytes())
    for start in range(3 * 4096 + 262_144, len(content) - 64, 262_144):
        content[start : start + 64] = b"block lock database " * 3 + b"    "
    file.write_bytes(content)


def another_file(file: Path) -> None:
    """Something else bears its name."""
    file.chmod(0o600)
    file.write_text("block, lock, unlock: this is no database at all\n" * 200, "utf-8")


def emptied(file: Path) -> None:
    file.chmod(0o600)
    file.write_bytes(b"")


DAMAGES = [cut, overwritten, another_file, emptied]


@pytest.fixture
def digest_home(home: Path) -> Path:
    """The example, with somebody to tell what is asked."""
    with (home / "ensia.yaml").open("a", encoding="utf-8") as file:
        file.write(
            "\ndigest: {mail: {host: localhost, sender: a@b.nl}, recipients: [{owners: ['*'], email: c@d.nl}]}\n"
        )
    (home / "tekst.md").write_text("### 5.01.01\nTekst.\n", "utf-8")
    return home


def run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(arguments)
    return code, capsys.readouterr().err


def test_every_command_has_its_place_here() -> None:
    assert sorted([*READS, *WRITES, *NEITHER, *ELSEWHERE]) == sorted(commands.names())


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_published_file(
    damage: Damage, digest_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(digest_home / "state" / "published" / "ensia.duckdb")
    monkeypatch.chdir(digest_home)
    wrong = {}
    for name in READS:
        code, error = run(commands.typed(name, digest_home), capsys)
        if code != 1 or DAMAGED not in error or FROM_WAREHOUSE not in error or len(error.splitlines()) != 2:
            wrong[name] = (code, error)
    assert not wrong


@pytest.mark.parametrize("damage", [cut, overwritten, another_file])
def test_a_damaged_warehouse(
    damage: Damage, digest_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """'block' holds 'lock': it is not said to be in use."""
    damage(digest_home / "state" / "warehouse" / "ensia.duckdb")
    monkeypatch.chdir(digest_home)
    wrong = {}
    for name in WRITES:
        code, error = run(commands.typed(name, digest_home), capsys)
        if name == "review import" and "bestaat niet" in error:
            continue  # the workbook is looked at first
        if code != 1 or DAMAGED not in error or FROM_BACKUP not in error or "wacht" in error:
            wrong[name] = (code, error)
    assert not wrong


def test_an_emptied_warehouse_is_lost(
    digest_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database would take an empty file for a new warehouse; what was published says that there was one."""
    emptied(digest_home / "state" / "warehouse" / "ensia.duckdb")
    monkeypatch.chdir(digest_home)
    for name in ("nightly", "cycle open"):
        code, error = run(commands.typed(name, digest_home), capsys)
        assert code == 1 and "het warehouse is leeg" in error and "uit de reservekopie" in error


@pytest.mark.parametrize("name", NEITHER)
def test_what_needs_neither_file_works(
    name: str, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENSIA_PSEUDONYM_KEY", "een-lange-tekst-van-genoeg-tekens")
    for file in ("published", "warehouse"):
        another_file(home / "state" / file / "ensia.duckdb")
    for place in [home / "state", *(home / "state").rglob("*")]:
        place.chmod(place.stat().st_mode & 0o700)  # what `check` looks at too
    code, error = run(commands.typed(name, home), capsys)
    assert code == 0, error


def test_a_warehouse_that_another_process_writes_is_in_use(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "state" / "warehouse" / "ensia.duckdb"
    code = f"import duckdb, sys; c = duckdb.connect({str(file)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        try:
            left, error = run(["cycle", "open", "2026", "--by", "A", "--config", str(home)], capsys)
        finally:
            writer.communicate(b"")
    assert left == 1
    assert "een andere run schrijft in het warehouse" in error and "wacht tot die klaar is" in error
    assert run(["cycle", "open", "2026", "--by", "A", "--config", str(home)], capsys)[0] == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_published_file_that_may_not_be_read(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "state" / "published" / "ensia.duckdb").chmod(0)
    code, error = run(["status", "--config", str(home)], capsys)
    assert code == 1 and "mag niet worden gelezen door dit account" in error and DAMAGED not in error


def test_a_folder_in_the_place_of_the_published_file(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "state" / "published" / "ensia.duckdb"
    file.unlink()
    file.mkdir()
    code, error = run(["status", "--config", str(home)], capsys)
    assert code == 1 and "is een map, geen bestand" in error


def test_a_question_that_cannot_be_answered_is_no_damage(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, error = run(["sql", "SELECT lock FROM block", "--config", str(home)], capsys)
    assert code == 1 and "noemt een tabel, kolom of functie die er niet is" in error and DAMAGED not in error


def test_a_night_makes_a_damaged_published_file_anew(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The advice holds: what is published next can be read."""
    another_file(home / "state" / "published" / "ensia.duckdb")
    assert run(["status", "--config", str(home)], capsys)[0] == 1
    assert run(["cycle", "open", "2026", "--by", "A", "--config", str(home)], capsys)[0] == 0, "it publishes too"
    assert run(["status", "--config", str(home)], capsys)[0] == 0
