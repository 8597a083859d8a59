"""The `ensia` command: its verbs, and how errors and exit codes reach the person who typed it.

Exit codes: 0 fine, 1 failed, 2 usage or configuration, 3 degraded (a source did not deliver).
"""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.common import Config, Json, Lang, Org, fail, installation, state

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
    full: Annotated[
        bool, typer.Option("--full", help="Beoordeel alles opnieuw, niet alleen wat veranderd kan zijn.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Toon geen voortgang.")] = False,
    new: Annotated[
        bool, typer.Option("--new", help="Begin opnieuw als het warehouse weg is; wat er nog is wordt apart gezet.")
    ] = False,
) -> None:
    """Draai de nachtelijke run: verzamelen, controleren, beoordelen, publiceren."""
    from cli.nightly import run

    raise typer.Exit(run(installation(config), as_of.date() if as_of else None, full=full, quiet=quiet, new=new))


@app.command()
def serve(config: Config = Path("ensia.yaml")) -> None:
    """Blijf draaien en start elke nacht de run, op de tijd die in ensia.yaml staat (Nederlandse tijd)."""
    from cli.nightly import serve_nightly

    serve_nightly(installation(config))


@app.command()
def check(config: Config = Path("ensia.yaml")) -> None:
    """Controleer ensia.yaml, de instellingen van elke bron en de normen; leest en bewaart niets van de bronnen."""
    from cli.check import run_checks

    raise typer.Exit(run_checks(installation(config)))


@app.command()
def status(
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = "nl",
    as_json: Json = False,
    principle: Annotated[str | None, typer.Option("--principe", help="Toon de indicatoren van dit principe.")] = None,
    control: Annotated[
        str | None, typer.Option("--norm", help="Toon de maatregelen van deze beheersmaatregel.")
    ] = None,
) -> None:
    """Toon hoe het staat: principes, beheersmaatregelen en bronnen."""
    from cli.status import show_status

    show_status(state(config), organisation, lang, as_json, principle, control)


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

    show_explanation(state(config), norm, organisation, lang, as_json)


@app.command()
def sql(
    query: Annotated[
        str | None, typer.Argument(help="De vraag in SQL; zonder vraag: lees die van standaardinvoer.")
    ] = None,
    config: Config = Path("ensia.yaml"),
    views: Annotated[bool, typer.Option("--views", help="Toon de tabellen en kolommen met hun betekenis.")] = False,
    as_json: Json = False,
) -> None:
    """Stel een vraag in SQL aan het gepubliceerde bestand (alleen lezen)."""
    from cli.query import show_query, show_views

    if views:
        show_views(state(config), as_json)
    else:
        show_query(state(config), query if query is not None else sys.stdin.read(), as_json)


@app.command()
def quarantine(config: Config = Path("ensia.yaml"), organisation: Org = None, as_json: Json = False) -> None:
    """Toon welke regels zijn afgekeurd, waar ze staan en wat er verwacht werd."""
    from cli.status import show_quarantine

    show_quarantine(state(config), organisation, as_json)


@app.command()
def assess(
    config: Config = Path("ensia.yaml"),
    as_of: AsOf = None,
    known_at: Annotated[
        str | None, typer.Option("--known-at", help="Wat toen bekend was: 2026-12-31 of 2026-12-31T17:00.")
    ] = None,
    what_if: Annotated[
        Path | None, typer.Option("--what-if", help="Werkmap met plannen: wat verandert er dan?")
    ] = None,
    goal: Annotated[str | None, typer.Option("--doel", help="Wat is er nodig voor 'voldoet' op deze norm?")] = None,
    organisation: Org = None,
    lang: Lang = "nl",
    as_json: Json = False,
) -> None:
    """Beoordeel een andere dag, met wat op een ander moment bekend was of met plannen erbij; bewaart niets."""
    from cli.assess import show_assessment, show_goal

    chosen = installation(config)
    if goal:
        show_goal(chosen.state, goal, organisation, lang, as_json)
    else:
        show_assessment(chosen, as_day(as_of), known_at, what_if, organisation, lang, as_json)


@app.command()
def expiring(
    config: Config = Path("ensia.yaml"),
    within: Annotated[str, typer.Option("--within", help="Termijn: 90d, 3m of P90D.")] = "90d",
    by_month: Annotated[
        bool, typer.Option("--per-maand", help="Toon ook hoe het per maand wordt als er niets nieuws komt.")
    ] = False,
    organisation: Org = None,
    lang: Lang = "nl",
    as_json: Json = False,
) -> None:
    """Toon wat binnenkort slechter wordt als er niets nieuws komt, per norm en eigenaar."""
    from cli.assess import show_expiring

    show_expiring(installation(config), within, organisation, lang, as_json, by_month)


@app.command()
def history(
    norm: Annotated[str, typer.Argument(help="Nummer van de norm of het principe.")],
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = "nl",
    as_json: Json = False,
) -> None:
    """Toon hoe de status van een norm veranderde, en waardoor."""
    from cli.assess import show_history

    show_history(state(config), norm, organisation, lang, as_json)


@app.command()
def diff(
    first: Annotated[int, typer.Argument(help="Nummer van de eerste run.")],
    second: Annotated[int, typer.Argument(help="Nummer van de tweede run.")],
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = "nl",
    as_json: Json = False,
) -> None:
    """Toon welke normen tussen twee runs van status veranderden."""
    from cli.assess import show_difference

    show_difference(state(config), first, second, organisation, lang, as_json)


sources = typer.Typer(no_args_is_help=True, help="Bronnen: tonen, bereiken en bekijken zonder iets te bewaren.")
app.add_typer(sources, name="sources")


@sources.command("list")
def sources_list(config: Config = Path("ensia.yaml"), as_json: Json = False) -> None:
    """Toon welke bronnen er zijn."""
    from cli.sources import list_sources

    list_sources(installation(config), as_json)


@sources.command("test")
def sources_test(
    name: Annotated[str, typer.Argument(help="Naam van de bron.")], config: Config = Path("ensia.yaml")
) -> None:
    """Probeer of een bron te bereiken is; bewaart niets."""
    from cli.sources import test_source

    test_source(installation(config), name)


@sources.command("sample")
def sources_sample(
    name: Annotated[str, typer.Argument(help="Naam van de bron.")],
    config: Config = Path("ensia.yaml"),
    as_json: Json = False,
) -> None:
    """Toon de eerste regels zoals ze vertaald worden, en wat leeg bleef; bewaart niets."""
    from cli.sources import sample_source

    sample_source(installation(config), name, as_json)


catalogue = typer.Typer(
    no_args_is_help=True, help="Normen en regels: hoe te bewijzen, of ze kloppen, en de officiële tekst."
)
app.add_typer(catalogue, name="catalogue")


OwnConfig = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="ENSIA_CONFIG", help="ensia.yaml; is die er niet, dan de meegeleverde normen."
    ),
]


@catalogue.command("coverage")
def catalogue_coverage(
    config: OwnConfig = None,
    totals: Annotated[bool, typer.Option("--totals", help="Toon alleen de totalen.")] = False,
    lang: Lang = "nl",
    as_json: Json = False,
) -> None:
    """Toon per norm en aspect hoe die te bewijzen is."""
    from cli.catalogue import catalogue_at, show_coverage

    show_coverage(catalogue_at(config), lang, as_json, totals)


@catalogue.command("check")
def catalogue_check(
    config: OwnConfig = None,
    as_json: Json = False,
) -> None:
    """Controleer de normen en regels: onbekende verwijzingen, uitdrukkingen die niet passen, dubbele toetsen, termijnen."""
    from cli.catalogue import catalogue_at, run_check

    raise typer.Exit(run_check(catalogue_at(config), as_json))


@catalogue.command("import")
def catalogue_import(
    file: Annotated[
        Path, typer.Argument(help="Officiële tekst: Markdown van de overheid, of .xlsx met nummer en tekst.")
    ],
    config: Config = Path("ensia.yaml"),
    framework: Annotated[str, typer.Option("--framework", help="Normenkader.")] = "bio2-1.3",
) -> None:
    """Neem de officiële tekst over in het eigen bestand, en meld welke nummers verschillen."""
    from cli.catalogue import import_text

    import_text(installation(config), file, framework)


review = typer.Typer(no_args_is_help=True, help="Beoordeling: een nagekeken werkboek inlezen, en wat er gewijzigd is.")
app.add_typer(review, name="review")
Reviewer = Annotated[str, typer.Option("--reviewer", help="Naam van de beoordelaar.")]
Reason = Annotated[str, typer.Option("--reason", help="Waarom.")]
By = Annotated[str, typer.Option("--by", help="Wie dit doet.")]


@review.command("import")
def review_import(
    file: Annotated[Path, typer.Argument(help="Werkboek van `ensia export ensia`, nagekeken.")],
    reviewer: Reviewer,
    reason: Reason,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    accept_older: Annotated[
        bool, typer.Option("--accept-older", help="Neem ook een werkboek van een oudere run, waar niets verschoof.")
    ] = False,
) -> None:
    """Lees een nagekeken werkboek in: alles, of niets als er een cel is gewijzigd die vastligt."""
    from cli.accountability import import_review

    raise typer.Exit(import_review(installation(config), file, reviewer, reason, organisation, accept_older))


@review.command("list")
def review_list(config: Config = Path("ensia.yaml"), organisation: Org = None, as_json: Json = False) -> None:
    """Toon wat beoordelaars hebben gewijzigd."""
    from cli.accountability import list_reviews

    list_reviews(installation(config), organisation, as_json)


@review.command("confirm")
def review_confirm(
    question: Annotated[str, typer.Argument(help="Nummer van de vraag.")],
    reviewer: Reviewer,
    reason: Reason,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
) -> None:
    """Zeg dat een wijziging nog geldt, ook nu het voorstel veranderd is."""
    from cli.accountability import decide

    decide(installation(config), question, organisation, reviewer, reason, keep=True)


@review.command("withdraw")
def review_withdraw(
    question: Annotated[str, typer.Argument(help="Nummer van de vraag.")],
    reviewer: Reviewer,
    reason: Reason,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
) -> None:
    """Trek de wijzigingen op een vraag in: het voorstel geldt weer."""
    from cli.accountability import decide

    decide(installation(config), question, organisation, reviewer, reason, keep=False)


cycle = typer.Typer(
    no_args_is_help=True, help="De cyclus van een jaar: openen, volgen, bevriezen, herzien, vergelijken."
)
app.add_typer(cycle, name="cycle")
Year = Annotated[int, typer.Argument(help="Jaar van de cyclus.")]


@cycle.command("open")
def cycle_open(
    year: Year,
    by: By,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    deadline: Annotated[
        datetime | None, typer.Option("--deadline", formats=["%Y-%m-%d"], help="Inleverdag; standaard de peildatum.")
    ] = None,
) -> None:
    """Open de cyclus van een jaar."""
    from cli.accountability import open_cycle

    open_cycle(installation(config), year, organisation, by, as_day(deadline))


@cycle.command("status")
def cycle_show(
    year: Year, config: Config = Path("ensia.yaml"), organisation: Org = None, as_json: Json = False
) -> None:
    """Toon wat er open staat, per eigenaar, en hoeveel dagen er nog zijn."""
    from cli.accountability import show_cycle

    show_cycle(installation(config), year, organisation, as_json)


@cycle.command("freeze")
def cycle_freeze(year: Year, by: By, config: Config = Path("ensia.yaml"), organisation: Org = None) -> None:
    """Bevries antwoorden, bewijs en regels van dit moment, voor altijd."""
    from cli.accountability import freeze

    freeze(installation(config), year, organisation, by, None)


@cycle.command("revise")
def cycle_revise(
    year: Year, by: By, reason: Reason, config: Config = Path("ensia.yaml"), organisation: Org = None
) -> None:
    """Maak een nieuwe versie van een bevroren cyclus; de oude blijft."""
    from cli.accountability import freeze

    freeze(installation(config), year, organisation, by, reason)


@cycle.command("compare")
def cycle_compare(
    first: Annotated[int, typer.Argument(help="Eerste jaar.")],
    second: Annotated[int, typer.Argument(help="Tweede jaar.")],
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = "nl",
    as_json: Json = False,
) -> None:
    """Toon welke antwoorden en statussen verschillen tussen twee jaren."""
    from cli.accountability import compare_cycles

    compare_cycles(installation(config), first, second, organisation, lang, as_json)


@cycle.command("verify")
def cycle_verify(
    year: Year,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    version: Annotated[int | None, typer.Option("--version", help="Versie; standaard de nieuwste.")] = None,
    public_key: Annotated[
        str | None, typer.Option("--public-key", help="Openbare sleutel (base64) waarmee getekend moet zijn.")
    ] = None,
) -> None:
    """Bewijs dat een bevroren cyclus ongewijzigd is."""
    from cli.accountability import verify_cycle

    verify_cycle(installation(config), year, version, organisation, public_key)


dossier = typer.Typer(no_args_is_help=True, help="Auditdossier; maken doet u met `ensia export dossier`.")
app.add_typer(dossier, name="dossier")


@dossier.command("verify")
def dossier_verify(
    file: Annotated[Path, typer.Argument(help="Het dossier (.zip).")],
    public_key: Annotated[
        Path | None, typer.Option("--public-key", help="Bestand met de openbare sleutel waarmee getekend moet zijn.")
    ] = None,
) -> None:
    """Bewijs dat een dossier volledig en ongewijzigd is; werkt op elke computer."""
    from cli.accountability import verify_dossier

    raise typer.Exit(verify_dossier(file, public_key))


@app.command()
def digest(
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Toon de berichten, verstuur niets.")] = False,
) -> None:
    """Vertel eigenaren wat er verloopt, wat niet goed is en wat er gevraagd wordt; alleen als er iets veranderd is."""
    from cli.accountability import send_digest

    raise typer.Exit(send_digest(installation(config), organisation, dry_run))


@app.command("export")
def export_report(
    name: Annotated[str | None, typer.Argument(help="Naam van de export, of all; zonder naam: toon de lijst.")] = None,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    year: Annotated[
        int | None, typer.Option("--year", help="Jaar van de cyclus; standaard het jaar van de peildatum.")
    ] = None,
    to: Annotated[Path | None, typer.Option("--to", help="Map; standaard exports in de map van de run.")] = None,
    workbook: Annotated[
        Path | None, typer.Option("--workbook", help="Voor fill-in: het werkboek dat u van ENSIA heeft gehaald.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="Voor fill-in: rol=koptekst, bijvoorbeeld nummer=Vraagcode; mag vaker."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Voor fill-in: vervang ook wat al is ingevuld.")
    ] = False,
    originals: Annotated[
        bool, typer.Option("--originals", help="Voor dossier: neem de bewaarde originelen mee.")
    ] = False,
    lang: Lang = "nl",
) -> None:
    """Maak een export uit het gepubliceerde bestand, bijvoorbeeld `ensia export ensia --year 2026`."""
    from cli.export import export, list_exports

    if name is None:
        list_exports()
    else:
        pairs = dict(pair.partition("=")[::2] for pair in column or [])
        given = {
            "year": year, "workbook": workbook, "columns": pairs, "overwrite": overwrite, "originals": originals,
        }  # fmt: skip
        options = {option: value for option, value in given.items() if value}
        export(installation(config), name, organisation, to, lang, **options)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Map met een voorbeeldorganisatie.")] = Path(
        "examples/gemeente-voorbeeld"
    ),
) -> None:
    """Draai de run op de voorbeeldgemeente en toon de uitkomst."""
    from cli.nightly import run_demo

    raise typer.Exit(run_demo(folder))


def as_day(moment: datetime | None) -> date | None:
    """The day of an option that was given as a date."""
    return moment.date() if moment else None


def run() -> None:
    """Entry point: turns this program's own errors into one plain message and an exit code. What it makes is for the
    account that runs it alone."""
    from models.errors import EnsiaError
    from warehouse.own_files import make_private_process

    make_private_process()

    try:
        app()
    except EnsiaError as error:
        fail(error)


if __name__ == "__main__":
    run()
