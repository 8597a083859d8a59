"""`ensia doctor`, `backup` and `restore`: how the installation is, and what is kept of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.common import Config, Json, Lang, installation_at
from models.language import Language

app = typer.Typer()


@app.command(help="help.command_doctor")
def doctor(
    config: Config = Path("ensia.yaml"),
    inside: Annotated[bool, typer.Option("--inside", help="help.option_inside")] = False,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli.keeping import show_health

    raise typer.Exit(show_health(installation_at(config), lang, as_json, outside=not inside))


@app.command(help="help.command_backup")
def backup(
    target: Annotated[Path, typer.Argument(help="help.value_backup_target")],
    config: Config = Path("ensia.yaml"),
    lang: Lang = Language.NL,
) -> None:
    from cli.keeping import make_backup

    raise typer.Exit(make_backup(installation_at(config), target, lang))


@app.command(help="help.command_restore")
def restore(
    folder: Annotated[Path | None, typer.Argument(help="help.value_backup_folder")] = None,
    config: Config = Path("ensia.yaml"),
    lang: Lang = Language.NL,
) -> None:
    from cli.keeping import put_back

    raise typer.Exit(put_back(installation_at(config), folder, lang))
