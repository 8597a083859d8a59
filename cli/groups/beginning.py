"""`ensia init`, `ensia template` and `ensia schema`: the first hour, from own lists to a first status."""

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


@app.command("template", help="help.command_template")
def template(
    lists: Annotated[list[str] | None, typer.Argument(help="help.value_template_lists")] = None,
    to: Annotated[Path, typer.Option("--to", help="help.option_template_to")] = Path("ensia-lijsten.xlsx"),
    needed: Annotated[bool, typer.Option("--needed", help="help.option_template_needed")] = False,
    lang: Lang = Language.NL,
) -> None:
    from cli.template import make_template

    make_template(lists or [], to, needed, Say(lang))


@app.command("schema", help="help.command_schema")
def schema(
    to: Annotated[Path | None, typer.Option("--to", help="help.option_schema_to")] = None, lang: Lang = Language.NL
) -> None:
    from cli.schema import show_schema

    show_schema(to, Say(lang))
