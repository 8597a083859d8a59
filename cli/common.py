"""What the verbs share: their common options, tables in the terminal, JSON, and how an error is shown."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.errors import EnsiaError
from models.language import Language
from models.message import Say, Text, in_language, message

if TYPE_CHECKING:
    import duckdb
    from rich.console import Console

    from flows.installation import Installation
    from warehouse.reading.read import Published, Refused
    from warehouse.storage.database import State

Config = Annotated[Path, typer.Option("--config", "-c", envvar="ENSIA_CONFIG", help="help.option_config")]
Org = Annotated[str | None, typer.Option("--organisation", "-o", help="help.option_organisation")]
Lang = Annotated[Language, typer.Option("--lang", envvar="ENSIA_LANG", help="help.option_lang")]
Json = Annotated[bool, typer.Option("--json", help="help.option_json")]
AsOf = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="help.option_as_of")]
Reason = Annotated[str, typer.Option("--reason", help="help.option_reason")]
Folder = Annotated[Path | None, typer.Option("--to", help="help.option_to")]

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


def installation_at(config: Path) -> Installation:
    """The installation of `--config`."""
    from flows.installation import load_installation

    return load_installation(config)


def state_at(config: Path) -> State:
    """Where the installation of `--config` keeps its state: all that a command which only reads needs."""
    from flows.state_folder import state_folder

    return state_folder(config)


def as_day(moment: datetime | None) -> date | None:
    """The day of an option that is a date."""
    return moment.date() if moment else None


@contextmanager
def writing(installation: Installation) -> Iterator[tuple[duckdb.DuckDBPyConnection, Published]]:
    """The warehouse for writing, with no run in between; what was written is published when the block ends well."""
    from flows.orchestration import working_on
    from warehouse.reading.publish import publish
    from warehouse.reading.read import Published
    from warehouse.storage.clock import check_clock
    from warehouse.storage.database import utc_now

    with working_on(installation) as (here, desk):
        check_clock(desk.connection, utc_now())
        yield desk.connection, Published(here.state, desk.connection)
        publish(desk.connection, here.state)


@contextmanager
def showing_refusals(title: str, say: Say) -> Iterator[None]:
    """When a workbook is refused: show all that is wrong with it, and end with the exit code of the refusal."""
    from reports.review import ReviewRefused

    try:
        yield
    except ReviewRefused as refused:
        rows = [
            (problem.sheet, problem.cell, *_in_language((problem.what, problem.wanted), say))
            for problem in refused.problems
        ]
        table(title, headings(say, "paper", "sheet", "cell", "what", "expected"), rows)
        raise typer.Exit(refused.exit_code) from refused


def _in_language(texts: Iterable[Text], say: Say) -> list[str]:
    return [in_language(text, say.language) for text in texts]


def organisations_for(published: Published, name: str | None) -> list[str]:
    """The organisation of that name, or without one all of them. Raises NotFound naming them."""
    return [published.organisation(name)] if name else list(published.organisations())


def console(*, error: bool = False) -> Console:
    """A Rich console; plain, wide text when the output is not a terminal."""
    from rich.console import Console

    for_people = Console(stderr=error, highlight=False)
    if for_people.is_terminal:
        return for_people
    return Console(stderr=error, highlight=False, width=WIDE)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, coloured: Sequence[int] = ()) -> None:
    """Print a table; cells of the `coloured` columns get the colour of their status. Texts are never read as markup."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    grid = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        cells = []
        for number, value in enumerate(row):
            status, text = _status_and_text(value)
            style = COLOURS.get(status, "") if number in coloured else ""
            cells.append(Text(text, style=style))
        grid.add_row(*cells)
    console().print(grid)


def _status_and_text(value: Any) -> tuple[str, str]:
    """What a cell is coloured by, and what stands in it: two things, or one that is both."""
    if isinstance(value, tuple):
        status, text = value
        return str(status), text
    return str(value), "" if value is None else str(value)


def headings(say: Say, room: str, *columns: str) -> list[str]:
    """What stands above these columns of a table, from the texts of a room."""
    return [say(f"{room}.column_{column}") for column in columns]


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
