"""What the verbs share: their common options, tables in the terminal, JSON, and how an error is shown."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.errors import EnsiaError
from models.language import Language
from models.message import Say, message

if TYPE_CHECKING:
    from rich.console import Console

    from flows.installation import Installation
    from warehouse.reading.read import Refused
    from warehouse.storage.database import State

Config = Annotated[Path, typer.Option("--config", "-c", envvar="ENSIA_CONFIG", help="help.option_config")]
Org = Annotated[str | None, typer.Option("--organisation", "-o", help="help.option_organisation")]
Lang = Annotated[Language, typer.Option("--lang", envvar="ENSIA_LANG", help="help.option_lang")]
Json = Annotated[bool, typer.Option("--json", help="help.option_json")]

WIDE = 160  # columns, where there is no terminal that says

COLOURS = {
    "groen": "green",
    "oranje": "dark_orange",
    "rood": "red",
    "onbekend": "bright_black",
    "voldoet": "green",
    "voldoet_deels": "dark_orange",
    "voldoet_niet": "red",
    "geen_bewijs": "bright_black",
    "niet_van_toepassing": "cyan",
    "pass": "green",
    "partial": "dark_orange",
    "fail": "red",
    "not_occurred": "cyan",
    "geen_gevallen": "cyan",
    "no_evidence": "bright_black",
    "ok": "green",
    "degraded": "dark_orange",
    "failed": "red",
}


def installation(config: Path) -> Installation:
    """The installation of `--config`."""
    from flows.installation import load_installation

    return load_installation(config)


def state(config: Path) -> State:
    """Where the installation of `--config` keeps its state: all that a command which only reads needs."""
    from flows.state_folder import state_folder

    return state_folder(config)


def console(*, error: bool = False) -> Console:
    """A Rich console; plain, wide text when the output is not a terminal."""
    from rich.console import Console

    shown = Console(stderr=error, highlight=False)
    return shown if shown.is_terminal else Console(stderr=error, highlight=False, width=WIDE)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, coloured: Sequence[int] = ()) -> None:
    """Print a table; cells of the `coloured` columns get the colour of their status. Texts are never read as markup."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        cells = []
        for number, value in enumerate(row):
            key, text = value if isinstance(value, tuple) else (value, "" if value is None else str(value))
            cells.append(Text(text, style=COLOURS.get(str(key), "") if number in coloured else ""))
        shown.add_row(*cells)
    console().print(shown)


def print_json(content: Any) -> None:
    """Write `content` as JSON: dates in ISO 8601, letters as they are."""
    json.dump(content, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")


def percent(value: float | None) -> str:
    """A fraction as a percentage without decimals."""
    return "–" if value is None else f"{100 * value:.0f}%"


def refused_in_words(refused: Refused, say: Say) -> str:
    """What sources did not deliver: rejected rows, the reasons for which, and deliveries held back whole."""
    return say(
        "refused.sentence",
        rows=message("refused.rows", number=refused.rows),
        reasons=message("refused.reasons", number=refused.reasons),
        deliveries=message("refused.deliveries", number=refused.deliveries),
    )


def show_error(error: EnsiaError, language: Language) -> int:
    """Show an error in a language; returns its exit code."""
    from rich.text import Text

    say, out = Say(language), console(error=True)
    reason, place, advice = error.parts(language)
    line = Text(say("shell.error"), style="bold red")
    line.append(f"{place}: {reason}" if place else reason, style="not bold default")
    out.print(line, soft_wrap=True)
    if error.quote:
        out.print(
            Text(say("shell.quote", quote=error.quote.replace("\n", "\n  ")), style="bright_black"), soft_wrap=True
        )
    if advice:
        out.print(Text(say("shell.advice", advice=advice)), soft_wrap=True)
    return error.exit_code
