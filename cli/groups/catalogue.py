"""`ensia catalogue`: norms and rules, how they can be proven, and the official wording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.common import Config, Json, Lang, installation_at
from models.language import Language

app = typer.Typer(no_args_is_help=True, help="help.group_catalogue")


OwnConfig = Annotated[
    Path | None,
    typer.Option("--config", "-c", envvar="ENSIA_CONFIG", help="help.option_config_or_packaged"),
]


@app.command("coverage", help="help.command_catalogue_coverage")
def coverage(
    config: OwnConfig = None,
    totals: Annotated[bool, typer.Option("--totals", help="help.option_totals")] = False,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli.catalogue import catalogue_at, show_coverage

    show_coverage(catalogue_at(config), lang, as_json, totals)


@app.command("check", help="help.command_catalogue_check")
def check(
    config: OwnConfig = None,
    age: Annotated[str | None, typer.Option("--age", help="help.option_age")] = None,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli.catalogue import catalogue_at, run_check

    raise typer.Exit(run_check(catalogue_at(config), lang, as_json, age))


@app.command("compare", help="help.command_catalogue_compare")
def compare(
    old: Annotated[str, typer.Argument(help="help.value_old_framework")],
    new: Annotated[str, typer.Argument(help="help.value_new_framework")],
    config: OwnConfig = None,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli.compare import show_comparison

    show_comparison(old, new, config, lang, as_json)


@app.command("import", help="help.command_catalogue_import")
def import_official_text(
    file: Annotated[Path, typer.Argument(help="help.value_official_text")],
    config: Config = Path("ensia.yaml"),
    framework: Annotated[str | None, typer.Option("--framework", help="help.option_framework")] = None,
    lang: Lang = Language.NL,
) -> None:
    from cli.catalogue import import_text

    import_text(installation_at(config), file, framework, lang)
