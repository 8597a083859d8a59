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
    "expiring": [],
    "history": ["8.13.04"],
    "diff": ["1", "1"],
    "sources list": [],
    "sources test": ["beleidsregister"],
    "sources sample": ["beleidsregister"],
    "catalogue coverage": ["--totals"],
    "catalogue check": [],
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
    "demo": None,
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
