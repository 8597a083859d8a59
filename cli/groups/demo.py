"""`ensia demo`: the run on the example municipality."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.common import Lang
from models.language import Language

app = typer.Typer()


@app.command(help="help.command_demo")
def demo(
    folder: Annotated[Path, typer.Argument(help="help.value_example")] = Path("examples/gemeente-voorbeeld"),
    lang: Lang = Language.NL,
) -> None:
    from cli.nightly import run_demo

    raise typer.Exit(run_demo(folder, lang))
