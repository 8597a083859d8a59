"""Every command with words that make it do its work on the example, so that a test can go through all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from cli.main import app

# What each command is given beside --config; None: it has no --config. A command that is not here fails the tests below.
ARGUMENTS: dict[str, Sequence[str] | None] = {
    "nightly": ["--quiet"],
    "serve": [],
    "init": None,
    "template": None,
    "schema": None,
    "check": [],
    "verify": [],
    "anchor make": [],
    "anchor import": ["antwoord.tsr", "--ca", "dienst.pem"],
    "anchor page": [],
    "purge": ["--by", "A", "--reason", "B"],
    "keys rotate": ["--by", "A", "--reason", "B"],
    "status": [],
    "explain": ["8.13"],
    "sql": ["SELECT * FROM principes"],
    "populations": [],
    "quarantine": [],
    "assess": [],
    "next": ["--top", "2"],
    "expiring": [],
    "history": ["8.13.04"],
    "diff": ["1", "1"],
    "sources list": [],
    "sources register": [],
    "sources test": ["beleidsregister"],
    "sources sample": ["beleidsregister"],
    "sources propose": None,
    "sources add": ["topdesk"],
    "catalogue coverage": ["--totals"],
    "catalogue check": [],
    "catalogue compare": ["bio2-1.2", "bio2-1.3"],
    "catalogue import": ["tekst.md"],
    "review import": ["werkboek.xlsx", "--reviewer", "A", "--reason", "B"],
    "review list": [],
    "review confirm": ["5.01.01", "--reviewer", "A", "--reason", "B"],
    "review withdraw": ["5.01.01", "--reviewer", "A", "--reason", "B"],
    "reading list": [],
    "reading import": ["leeslijst.xlsx", "--reader", "A"],
    "sample draw": ["bedrijfsmiddelen"],
    "sample import": ["werkpapier.xlsx", "--judge", "A", "--role", "B"],
    "cycle open": ["2026", "--by", "A"],
    "cycle status": ["2026"],
    "cycle freeze": ["2026", "--by", "A", "--reason", "B"],
    "cycle revise": ["2026", "--by", "A", "--reason", "B"],
    "cycle compare": ["2025", "2026"],
    "cycle verify": ["2026"],
    "dossier verify": None,
    "digest": ["--dry-run"],
    "export": ["vvt"],
    "doctor": ["--inside"],
    "backup": ["kopie"],
    "restore": ["kopie"],
    "demo": None,
    "fleet adopt": None,
    "fleet release": None,
    "fleet status": None,
    "fleet reconcile": None,
    "fleet national": None,
}

# What a command needs of the two files: it reads what was published, it writes the warehouse, or it needs neither.
READS = [
    "status", "explain", "sql", "populations", "quarantine", "reading list", "assess", "expiring", "history", "diff", "review list", "cycle status",
    "cycle compare", "cycle verify", "digest", "export",
]  # fmt: skip
WRITES = [
    "nightly", "catalogue import", "review import", "review confirm", "review withdraw", "cycle open", "cycle freeze",
    "cycle revise", "reading import", "sample draw", "sample import",
]  # fmt: skip
NEITHER = [
    "check",
    "sources list",
    "sources test",
    "sources sample",
    "catalogue coverage",
    "catalogue check",
]
ELSEWHERE = {
    "serve": "keeps running; its nights are those of `nightly`, and what it checks first is tested below",
    "demo": "runs a folder of its own as `nightly` does",
    "dossier verify": "reads no installation at all",
    "doctor": "tells of both files, and fails for neither: tests/flows/test_health.py",
    "backup": "tests/warehouse/test_backup.py",
    "restore": "tests/warehouse/test_backup.py",
    "verify": "tells what is damaged as a finding: tests/cli/test_verify.py",
    "next": "reads what was published: tests/first_hour",
    "catalogue compare": "reads what was published where there is: tests/models/test_catalogue_comparison.py",
    "sources register": "reads the settings only: tests/warehouse/test_terms.py",
    "keys rotate": "tests/warehouse/test_pseudonym_keys.py",
    "purge": "tests/warehouse/test_terms.py",
    **dict.fromkeys(["anchor make", "anchor import", "anchor page"], "tests/warehouse/test_anchors.py"),
    **dict.fromkeys(
        ["init", "template", "schema", "sources add", "sources propose"], "makes settings, and reads no state"
    ),
    **dict.fromkeys(
        ["fleet adopt", "fleet release", "fleet status", "fleet reconcile", "fleet national"],
        "has a folder of many installations, with tests of its own: tests/fleet",
    ),
}


def names() -> Iterator[str]:
    """Every command that there is, as it is typed."""

    def walk(command: Any, path: str) -> Iterator[str]:
        parts = getattr(command, "commands", None)
        if parts is None:
            yield path
        else:
            for name, part in parts.items():
                yield from walk(part, f"{path} {name}".strip())

    yield from walk(typer.main.get_command(app), "")


def typed(name: str, home: Path, *more: str) -> list[str]:
    """What is typed for a command on the installation in `home`."""
    arguments = ARGUMENTS[name]
    assert arguments is not None
    return [*name.split(), *arguments, "--config", str(home), *more]
