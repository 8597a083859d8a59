"""`ensia status`, `explain`, `sql`, `quarantine`, `populations`, `assess`, `expiring`, `history` and `diff`: how it stands,
why, and how it would stand."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.common import AsOf, Config, Json, Lang, Org, as_day, installation_at, state_at
from models.language import Language

app = typer.Typer()


@app.command(help="help.command_status")
def status(
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
    as_json: Json = False,
    principle: Annotated[str | None, typer.Option("--principle", help="help.option_principle")] = None,
    control: Annotated[str | None, typer.Option("--norm", help="help.option_norm")] = None,
) -> None:
    from cli.status import show_status

    show_status(state_at(config), organisation, lang, as_json, principle, control)


@app.command(help="help.command_explain")
def explain(
    norm: Annotated[str, typer.Argument(help="help.value_norm")],
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli.explain import show_explanation

    show_explanation(state_at(config), norm, organisation, lang, as_json)


@app.command(help="help.command_sql")
def sql(
    query: Annotated[str | None, typer.Argument(help="help.value_query")] = None,
    config: Config = Path("ensia.yaml"),
    views: Annotated[bool, typer.Option("--views", help="help.option_views")] = False,
    ide: Annotated[bool, typer.Option("--ide", help="help.option_ide")] = False,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli.query import open_in_editor, show_query, show_views

    if ide:
        raise typer.Exit(open_in_editor(state_at(config)))
    if views:
        show_views(state_at(config), lang, as_json)
    else:
        show_query(state_at(config), query if query is not None else sys.stdin.read(), as_json)


@app.command(help="help.command_quarantine")
def quarantine(
    config: Config = Path("ensia.yaml"), organisation: Org = None, lang: Lang = Language.NL, as_json: Json = False
) -> None:
    from cli.status import show_quarantine

    show_quarantine(state_at(config), organisation, lang, as_json)


@app.command(help="help.command_populations")
def populations(
    config: Config = Path("ensia.yaml"), organisation: Org = None, lang: Lang = Language.NL, as_json: Json = False
) -> None:
    from cli.populations import show_populations

    show_populations(state_at(config), organisation, lang, as_json)


@app.command(help="help.command_assess")
def assess(
    config: Config = Path("ensia.yaml"),
    as_of: AsOf = None,
    known_at: Annotated[str | None, typer.Option("--known-at", help="help.option_known_at")] = None,
    what_if: Annotated[Path | None, typer.Option("--what-if", help="help.option_what_if")] = None,
    goal: Annotated[str | None, typer.Option("--goal", help="help.option_goal")] = None,
    organisation: Org = None,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli.assess import show_assessment, show_goal

    installation = installation_at(config)
    if goal:
        show_goal(installation.state, goal, organisation, lang, as_json)
    else:
        show_assessment(installation, as_day(as_of), known_at, what_if, organisation, lang, as_json)


@app.command("next", help="help.command_next")
def next_steps(
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    top: Annotated[int, typer.Option("--top", min=1, help="help.option_top")] = 10,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli.next_steps import show_next_steps

    show_next_steps(installation_at(config), organisation, top, lang, as_json)


@app.command(help="help.command_expiring")
def expiring(
    config: Config = Path("ensia.yaml"),
    within: Annotated[str, typer.Option("--within", help="help.option_within")] = "90d",
    by_month: Annotated[bool, typer.Option("--by-month", help="help.option_by_month")] = False,
    organisation: Org = None,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli.assess import show_expiring

    show_expiring(installation_at(config), within, organisation, lang, as_json, by_month)


@app.command(help="help.command_history")
def history(
    norm: Annotated[str, typer.Argument(help="help.value_norm_or_principle")],
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli.assess import show_history

    show_history(state_at(config), norm, organisation, lang, as_json)


@app.command(help="help.command_diff")
def diff(
    first: Annotated[int, typer.Argument(help="help.value_first_run")],
    second: Annotated[int, typer.Argument(help="help.value_second_run")],
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli.assess import show_difference

    show_difference(state_at(config), first, second, organisation, lang, as_json)
