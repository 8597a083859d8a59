"""`ensia fleet …`: many municipalities on more than one machine; letting them in and out, how they stand, and all together."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.common import AsOf, Config, Json, Lang, as_day
from models.language import Language

app = typer.Typer(help="help.group_fleet", no_args_is_help=True)

Member = Annotated[str | None, typer.Option("--organisation", "-o", help="help.option_member")]


@app.command(help="help.command_fleet_adopt")
def adopt(
    config: Config = Path("ensia.yaml"),
    organisation: Member = None,
    source: Annotated[Path | None, typer.Option("--from", help="help.option_adopt_from")] = None,
    empty: Annotated[bool, typer.Option("--empty", help="help.option_adopt_empty")] = False,
    lang: Lang = Language.NL,
) -> None:
    from cli.fleet import adopt_all

    raise typer.Exit(adopt_all(config, organisation, source, lang, empty=empty))


@app.command(help="help.command_fleet_release")
def release(
    organisation: Annotated[str, typer.Option("--organisation", "-o", help="help.option_member")],
    to: Annotated[Path, typer.Option("--to", help="help.option_release_to")],
    config: Config = Path("ensia.yaml"),
    lang: Lang = Language.NL,
) -> None:
    from cli.fleet import release_one

    release_one(config, organisation, to, lang)


@app.command(help="help.command_fleet_status")
def status(
    config: Config = Path("ensia.yaml"), as_of: AsOf = None, as_json: Json = False, lang: Lang = Language.NL
) -> None:
    from cli.fleet import show_fleet

    show_fleet(config, as_day(as_of), lang, as_json=as_json)


@app.command(help="help.command_fleet_reconcile")
def reconcile(
    config: Config = Path("ensia.yaml"),
    as_of: AsOf = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="help.option_reconcile_dry")] = False,
    thorough: Annotated[bool, typer.Option("--thorough", help="help.option_thorough")] = False,
    lang: Lang = Language.NL,
) -> None:
    from cli.fleet import run_reconcile

    raise typer.Exit(run_reconcile(config, as_day(as_of), lang, dry_run=dry_run, thorough=thorough))


@app.command(help="help.command_fleet_national")
def national(
    config: Config = Path("ensia.yaml"),
    as_of: Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="help.option_as_of")] = None,
    region: Annotated[str | None, typer.Option("--group", help="help.option_national_group")] = None,
    lang: Lang = Language.NL,
) -> None:
    from cli.fleet import build_national

    build_national(config, as_day(as_of), region, lang)
