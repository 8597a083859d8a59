"""`ensia sources`: list, reach and look at sources, without storing anything; and what source would read a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.common import Config, Json, Lang, installation_at
from models.language import Language
from models.message import Say

app = typer.Typer(no_args_is_help=True, help="help.group_sources")


@app.command("list", help="help.command_sources_list")
def list_sources(config: Config = Path("ensia.yaml"), lang: Lang = Language.NL, as_json: Json = False) -> None:
    from cli import sources

    sources.list_sources(installation_at(config), lang, as_json)


@app.command("test", help="help.command_sources_test")
def reach_source(
    name: Annotated[str, typer.Argument(help="help.value_source")],
    config: Config = Path("ensia.yaml"),
    lang: Lang = Language.NL,
) -> None:
    from cli import sources

    sources.test_source(installation_at(config), name, lang)


@app.command("register", help="help.command_sources_register")
def register(config: Config = Path("ensia.yaml"), lang: Lang = Language.NL, as_json: Json = False) -> None:
    from cli.register import show_register

    show_register(installation_at(config), lang, as_json)


@app.command("add", help="help.command_sources_add")
def add_source(
    system: Annotated[str, typer.Argument(help="help.value_system")],
    config: Config = Path("ensia.yaml"),
    lang: Lang = Language.NL,
) -> None:
    from cli.beginning import add_system

    add_system(config, system, Say(lang))


@app.command("propose", help="help.command_sources_propose")
def propose_source(
    file: Annotated[Path, typer.Argument(help="help.value_list_file")],
    lang: Lang = Language.NL,
) -> None:
    from cli.beginning import propose

    propose(file, Say(lang))


@app.command("sample", help="help.command_sources_sample")
def sample_source(
    name: Annotated[str | None, typer.Argument(help="help.value_source")] = None,
    config: Config = Path("ensia.yaml"),
    table: Annotated[str, typer.Option("--table", help="help.option_sample_table")] = "",
    rows: Annotated[int, typer.Option("--rows", min=1, help="help.option_sample_rows")] = 3,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli import sources

    choice = sources.Choice(table, rows)
    if name is None:
        failed = sources.sample_sources(installation_at(config), lang, as_json, choice)
        raise typer.Exit(int(failed > 0))
    sources.sample_source(installation_at(config), name, lang, as_json, choice)
