"""`ensia init`: the first hour, from own lists to a first status."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.common import Lang
from models.language import Language
from models.message import Say

app = typer.Typer()


@app.command("init", help="help.command_init")
def init(
    folder: Annotated[Path, typer.Argument(help="help.value_init_folder")] = Path(),
    name: Annotated[str, typer.Option("--name", help="help.option_init_name")] = "",
    form: Annotated[str, typer.Option("--type", help="help.option_init_type")] = "",
    accept_sure: Annotated[bool, typer.Option("--yes", help="help.option_init_yes")] = False,
    lang: Lang = Language.NL,
) -> None:
    from cli.beginning import begin

    begin(folder, name, form, accept_sure, Say(lang))
