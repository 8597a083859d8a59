"""The `ensia` command: its verbs, and how errors and exit codes reach the person who typed it.

Exit codes: 0 fine, 1 failed, 2 usage or configuration, 3 degraded (a source did not deliver).
"""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.common import Config, Json, Lang, Org, fail, installation

app = typer.Typer(
    name="ensia",
    help="Bewijs verzamelen, normen beoordelen en de ENSIA-verantwoording maken.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

AsOf = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Peildatum van deze run (standaard vandaag).")
]


@app.command()
def nightly(
    config: Config = Path("ensia.yaml"),
    as_of: AsOf = None,
    full: Annotated[bool, typer.Option("--full", help="Beoordeel alles opnieuw, niet alleen wat veranderd kan zijn.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Toon geen voortgang.")] = False,
) -> None:
    """Draai de nachtelijke run: verzamelen, controleren, beoordelen, publiceren."""
    from cli.nightly import run

    raise typer.Exit(run(installation(config), as_of.date() if as_of else None, full=full, quiet=quiet))


@app.command()
def serve(config: Config = Path("ensia.yaml")) -> None:
    """Blijf draaien en start elke nacht de run, op de tijd die in ensia.yaml staat (Nederlandse tijd)."""
    from flows.serve import serve as serve_forever

    serve_forever(installation(config))


@app.command()
def status(
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = "nl",
    as_json: Json = False,
    principle: Annotated[str | None, typer.Option("--principe", help="Toon de indicatoren van dit principe.")] = None,
    control: Annotated[str | None, typer.Option("--norm", help="Toon de maatregelen van deze beheersmaatregel.")] = None,
) -> None:
    """Toon hoe het staat: principes, beheersmaatregelen en bronnen."""
    from cli.status import show_status

    show_status(installation(config).state, organisation, lang, as_json, principle, control)


@app.command()
def explain(
    norm: Annotated[str, typer.Argument(help="Nummer van de norm, bijvoorbeeld 8.13 of 5.01.02 (of een principe).")],
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = "nl",
    as_json: Json = False,
) -> None:
    """Loop van een status naar de toetsen, het bewijs, het bestand en de rij."""
    from cli.explain import show_explanation

    show_explanation(installation(config).state, norm, organisation, lang, as_json)


@app.command()
def sql(
    query: Annotated[str | None, typer.Argument(help="De vraag in SQL; zonder vraag: lees die van standaardinvoer.")] = None,
    config: Config = Path("ensia.yaml"),
    views: Annotated[bool, typer.Option("--views", help="Toon de tabellen en kolommen met hun betekenis.")] = False,
    as_json: Json = False,
) -> None:
    """Stel een vraag in SQL aan het gepubliceerde bestand (alleen lezen)."""
    from cli.query import show_query, show_views

    state = installation(config).state
    if views:
        show_views(state, as_json)
    else:
        show_query(state, query if query is not None else sys.stdin.read(), as_json)


@app.command()
def quarantine(config: Config = Path("ensia.yaml"), organisation: Org = None, as_json: Json = False) -> None:
    """Toon welke regels zijn afgekeurd, waar ze staan en wat er verwacht werd."""
    from cli.status import show_quarantine

    show_quarantine(installation(config).state, organisation, as_json)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Map met een voorbeeldorganisatie.")] = Path("examples/gemeente-voorbeeld"),
) -> None:
    """Draai de run op de voorbeeldgemeente en toon de uitkomst."""
    from cli.nightly import run_demo

    raise typer.Exit(run_demo(folder))


def as_day(moment: datetime | None) -> date | None:
    """The day of an option that was given as a date."""
    return moment.date() if moment else None


def run() -> None:
    """Entry point: turns this program's own errors into one plain message and an exit code."""
    from models.errors import EnsiaError

    try:
        app()
    except EnsiaError as error:
        fail(error)


if __name__ == "__main__":
    run()
