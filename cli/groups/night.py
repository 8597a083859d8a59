"""`ensia nightly`, `serve` and `check`: the run itself, its schedule, and whether what is configured is sound."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.common import AsOf, Config, Lang, as_day, installation_at
from models.language import Language

app = typer.Typer()


@app.command(help="help.command_nightly")
def nightly(
    config: Config = Path("ensia.yaml"),
    as_of: AsOf = None,
    full: Annotated[bool, typer.Option("--full", help="help.option_full")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="help.option_quiet")] = False,
    new: Annotated[bool, typer.Option("--new", help="help.option_new")] = False,
    lang: Lang = Language.NL,
) -> None:
    from cli.nightly import run

    raise typer.Exit(run(installation_at(config), as_day(as_of), lang, full=full, quiet=quiet, new=new))


@app.command(help="help.command_serve")
def serve(config: Config = Path("ensia.yaml"), lang: Lang = Language.NL) -> None:
    from cli.nightly import serve_nightly

    serve_nightly(installation_at(config), lang)


@app.command(help="help.command_check")
def check(config: Config = Path("ensia.yaml"), lang: Lang = Language.NL) -> None:
    from cli.check import run_checks

    raise typer.Exit(run_checks(installation_at(config), lang))
