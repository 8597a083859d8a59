"""The `ensia` command: its verbs, and how errors and exit codes reach the person who typed it. Help is declared by the key
of its text (`models/texts`).

Exit codes: 0 fine, 1 failed, 2 usage or configuration, 3 degraded (a source did not deliver).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from typer._click.exceptions import NoArgsIsHelpError, UsageError

from cli.common import Config, Json, Lang, Org, installation, show_error, state
from cli.speech import language_of, speak, usage_error, with_present_names
from models.errors import EnsiaError
from models.language import Language
from models.message import Say
from models.system_errors import refused_by_system

app = typer.Typer(
    name="ensia",
    help="help.app",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

AsOf = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="help.option_as_of")]


@app.command(help="help.command_nightly")
def nightly(
    config: Config = Path("ensia.yaml"),
    as_of: AsOf = None,
    full: Annotated[bool, typer.Option("--full", help="help.option_full")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="help.option_quiet")] = False,
    new: Annotated[bool, typer.Option("--new", help="help.option_new")] = False,
    lang: Lang = Language.NL,
) -> None:
    from cli.nightly import run

    raise typer.Exit(run(installation(config), as_day(as_of), lang, full=full, quiet=quiet, new=new))


@app.command(help="help.command_serve")
def serve(config: Config = Path("ensia.yaml"), lang: Lang = Language.NL) -> None:
    from cli.nightly import serve_nightly

    serve_nightly(installation(config), lang)


@app.command(help="help.command_check")
def check(config: Config = Path("ensia.yaml"), lang: Lang = Language.NL) -> None:
    from cli.check import run_checks

    raise typer.Exit(run_checks(installation(config), lang))


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

    show_status(state(config), organisation, lang, as_json, principle, control)


@app.command(help="help.command_explain")
def explain(
    norm: Annotated[str, typer.Argument(help="help.value_norm")],
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli.explain import show_explanation

    show_explanation(state(config), norm, organisation, lang, as_json)


@app.command(help="help.command_sql")
def sql(
    query: Annotated[str | None, typer.Argument(help="help.value_query")] = None,
    config: Config = Path("ensia.yaml"),
    views: Annotated[bool, typer.Option("--views", help="help.option_views")] = False,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli.query import show_query, show_views

    if views:
        show_views(state(config), lang, as_json)
    else:
        show_query(state(config), query if query is not None else sys.stdin.read(), as_json)


@app.command(help="help.command_quarantine")
def quarantine(
    config: Config = Path("ensia.yaml"), organisation: Org = None, lang: Lang = Language.NL, as_json: Json = False
) -> None:
    from cli.status import show_quarantine

    show_quarantine(state(config), organisation, lang, as_json)


@app.command(help="help.command_populations")
def populations(
    config: Config = Path("ensia.yaml"), organisation: Org = None, lang: Lang = Language.NL, as_json: Json = False
) -> None:
    from cli.populations import show_populations

    show_populations(state(config), organisation, lang, as_json)


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

    chosen = installation(config)
    if goal:
        show_goal(chosen.state, goal, organisation, lang, as_json)
    else:
        show_assessment(chosen, as_day(as_of), known_at, what_if, organisation, lang, as_json)


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

    show_expiring(installation(config), within, organisation, lang, as_json, by_month)


@app.command(help="help.command_history")
def history(
    norm: Annotated[str, typer.Argument(help="help.value_norm_or_principle")],
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli.assess import show_history

    show_history(state(config), norm, organisation, lang, as_json)


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

    show_difference(state(config), first, second, organisation, lang, as_json)


sources = typer.Typer(no_args_is_help=True, help="help.group_sources")
app.add_typer(sources, name="sources")


@sources.command("list", help="help.command_sources_list")
def sources_list(config: Config = Path("ensia.yaml"), lang: Lang = Language.NL, as_json: Json = False) -> None:
    from cli.sources import list_sources

    list_sources(installation(config), lang, as_json)


@sources.command("test", help="help.command_sources_test")
def sources_test(
    name: Annotated[str, typer.Argument(help="help.value_source")],
    config: Config = Path("ensia.yaml"),
    lang: Lang = Language.NL,
) -> None:
    from cli.sources import test_source

    test_source(installation(config), name, lang)


@sources.command("sample", help="help.command_sources_sample")
def sources_sample(
    name: Annotated[str | None, typer.Argument(help="help.value_source")] = None,
    config: Config = Path("ensia.yaml"),
    table: Annotated[str, typer.Option("--table", help="help.option_sample_table")] = "",
    rows: Annotated[int, typer.Option("--rows", min=1, help="help.option_sample_rows")] = 3,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli.sources import Choice, sample_source, sample_sources

    choice = Choice(table, rows)
    if name is None:
        raise typer.Exit(int(sample_sources(installation(config), lang, as_json, choice) > 0))
    sample_source(installation(config), name, lang, as_json, choice)


catalogue = typer.Typer(no_args_is_help=True, help="help.group_catalogue")
app.add_typer(catalogue, name="catalogue")


OwnConfig = Annotated[
    Path | None,
    typer.Option("--config", "-c", envvar="ENSIA_CONFIG", help="help.option_config_or_packaged"),
]


@catalogue.command("coverage", help="help.command_catalogue_coverage")
def catalogue_coverage(
    config: OwnConfig = None,
    totals: Annotated[bool, typer.Option("--totals", help="help.option_totals")] = False,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli.catalogue import catalogue_at, show_coverage

    show_coverage(catalogue_at(config), lang, as_json, totals)


@catalogue.command("check", help="help.command_catalogue_check")
def catalogue_check(
    config: OwnConfig = None,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli.catalogue import catalogue_at, run_check

    raise typer.Exit(run_check(catalogue_at(config), lang, as_json))


@catalogue.command("import", help="help.command_catalogue_import")
def catalogue_import(
    file: Annotated[Path, typer.Argument(help="help.value_official_text")],
    config: Config = Path("ensia.yaml"),
    framework: Annotated[str | None, typer.Option("--framework", help="help.option_framework")] = None,
    lang: Lang = Language.NL,
) -> None:
    from cli.catalogue import import_text

    import_text(installation(config), file, framework, lang)


review = typer.Typer(no_args_is_help=True, help="help.group_review")
app.add_typer(review, name="review")
Reviewer = Annotated[str, typer.Option("--reviewer", help="help.option_reviewer")]
Reason = Annotated[str, typer.Option("--reason", help="help.option_reason")]
By = Annotated[str, typer.Option("--by", help="help.option_by")]


@review.command("import", help="help.command_review_import")
def review_import(
    file: Annotated[Path, typer.Argument(help="help.value_reviewed_workbook")],
    reviewer: Reviewer,
    reason: Reason,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    accept_older: Annotated[bool, typer.Option("--accept-older", help="help.option_accept_older")] = False,
    lang: Lang = Language.NL,
) -> None:
    from cli.accountability import import_review

    raise typer.Exit(import_review(installation(config), file, reviewer, reason, organisation, accept_older, lang))


@review.command("list", help="help.command_review_list")
def review_list(
    config: Config = Path("ensia.yaml"), organisation: Org = None, lang: Lang = Language.NL, as_json: Json = False
) -> None:
    from cli.accountability import list_reviews

    list_reviews(installation(config), organisation, lang, as_json)


@review.command("confirm", help="help.command_review_confirm")
def review_confirm(
    question: Annotated[str, typer.Argument(help="help.value_question")],
    reviewer: Reviewer,
    reason: Reason,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
) -> None:
    from cli.accountability import decide

    decide(installation(config), question, organisation, reviewer, reason, lang, keep=True)


@review.command("withdraw", help="help.command_review_withdraw")
def review_withdraw(
    question: Annotated[str, typer.Argument(help="help.value_question")],
    reviewer: Reviewer,
    reason: Reason,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
) -> None:
    from cli.accountability import decide

    decide(installation(config), question, organisation, reviewer, reason, lang, keep=False)


reading = typer.Typer(no_args_is_help=True, help="help.group_reading")
app.add_typer(reading, name="reading")
Folder = Annotated[Path | None, typer.Option("--to", help="help.option_to")]


@reading.command("list", help="help.command_reading_list")
def reading_list(
    config: Config = Path("ensia.yaml"), organisation: Org = None, to: Folder = None, lang: Lang = Language.NL
) -> None:
    from cli.papers import list_readings

    list_readings(installation(config), organisation, to, lang)


@reading.command("import", help="help.command_reading_import")
def reading_import(
    file: Annotated[Path, typer.Argument(help="help.value_reading_list")],
    reader: Annotated[str, typer.Option("--reader", help="help.option_reader")],
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
) -> None:
    from cli.papers import import_readings

    raise typer.Exit(import_readings(installation(config), file, reader, organisation, lang))


sample = typer.Typer(no_args_is_help=True, help="help.group_sample")
app.add_typer(sample, name="sample")


@sample.command("draw", help="help.command_sample_draw")
def sample_draw(
    tests: Annotated[list[str], typer.Argument(help="help.value_sampled_tests")],
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    to: Folder = None,
    lang: Lang = Language.NL,
) -> None:
    from cli.papers import draw

    draw(installation(config), tests, organisation, to, lang)


@sample.command("import", help="help.command_sample_import")
def sample_import(
    file: Annotated[Path, typer.Argument(help="help.value_sample_paper")],
    judge: Annotated[str, typer.Option("--judge", help="help.option_judge")],
    role: Annotated[str, typer.Option("--role", help="help.option_role")],
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
) -> None:
    from cli.papers import import_sample

    raise typer.Exit(import_sample(installation(config), file, judge, role, organisation, lang))


cycle = typer.Typer(no_args_is_help=True, help="help.group_cycle")
app.add_typer(cycle, name="cycle")
Year = Annotated[int, typer.Argument(help="help.value_year")]


@cycle.command("open", help="help.command_cycle_open")
def cycle_open(
    year: Year,
    by: By,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    deadline: Annotated[
        datetime | None, typer.Option("--deadline", formats=["%Y-%m-%d"], help="help.option_deadline")
    ] = None,
    lang: Lang = Language.NL,
) -> None:
    from cli.accountability import open_cycle

    open_cycle(installation(config), year, organisation, by, as_day(deadline), lang)


@cycle.command("status", help="help.command_cycle_show")
def cycle_show(
    year: Year,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli.accountability import show_cycle

    show_cycle(installation(config), year, organisation, lang, as_json)


@cycle.command("freeze", help="help.command_cycle_freeze")
def cycle_freeze(
    year: Year, by: By, config: Config = Path("ensia.yaml"), organisation: Org = None, lang: Lang = Language.NL
) -> None:
    from cli.accountability import freeze

    freeze(installation(config), year, organisation, by, None, lang)


@cycle.command("revise", help="help.command_cycle_revise")
def cycle_revise(
    year: Year,
    by: By,
    reason: Reason,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
) -> None:
    from cli.accountability import freeze

    freeze(installation(config), year, organisation, by, reason, lang)


@cycle.command("compare", help="help.command_cycle_compare")
def cycle_compare(
    first: Annotated[int, typer.Argument(help="help.value_first_year")],
    second: Annotated[int, typer.Argument(help="help.value_second_year")],
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    from cli.accountability import compare_cycles

    compare_cycles(installation(config), first, second, organisation, lang, as_json)


@cycle.command("verify", help="help.command_cycle_verify")
def cycle_verify(
    year: Year,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    version: Annotated[int | None, typer.Option("--version", help="help.option_version")] = None,
    public_key: Annotated[str | None, typer.Option("--public-key", help="help.option_public_key")] = None,
    lang: Lang = Language.NL,
) -> None:
    from cli.accountability import verify_cycle

    verify_cycle(installation(config), year, version, organisation, public_key, lang)


dossier = typer.Typer(no_args_is_help=True, help="help.group_dossier")
app.add_typer(dossier, name="dossier")


@dossier.command("verify", help="help.command_dossier_verify")
def dossier_verify(
    file: Annotated[Path, typer.Argument(help="help.value_dossier")],
    public_key: Annotated[Path | None, typer.Option("--public-key", help="help.option_public_key_file")] = None,
    lang: Lang = Language.NL,
) -> None:
    from cli.accountability import verify_dossier

    raise typer.Exit(verify_dossier(file, public_key, lang))


@app.command(help="help.command_digest")
def digest(
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="help.option_dry_run")] = False,
    lang: Lang = Language.NL,
) -> None:
    from cli.accountability import send_digest

    raise typer.Exit(send_digest(installation(config), organisation, dry_run, lang))


@app.command("export", help="help.command_export_report")
def export_report(
    name: Annotated[str | None, typer.Argument(help="help.value_export")] = None,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    year: Annotated[int | None, typer.Option("--year", help="help.option_year")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="help.option_to")] = None,
    workbook: Annotated[Path | None, typer.Option("--workbook", help="help.option_workbook")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="help.option_column"),
    ] = None,
    sheet: Annotated[list[str] | None, typer.Option("--sheet", help="help.option_sheet")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="help.option_overwrite")] = False,
    originals: Annotated[bool, typer.Option("--originals", help="help.option_originals")] = False,
    lang: Lang = Language.NL,
) -> None:
    from cli.export import export, list_exports

    if name is None:
        list_exports(lang)
    else:
        pairs = dict(pair.partition("=")[::2] for pair in column or [])
        given = {
            "year": year, "workbook": workbook, "columns": pairs, "sheets": sheet, "overwrite": overwrite,
            "originals": originals,
        }  # fmt: skip
        options = {option: value for option, value in given.items() if value}
        export(installation(config), name, organisation, to, lang, **options)


@app.command(help="help.command_demo")
def demo(
    folder: Annotated[Path, typer.Argument(help="help.value_example")] = Path("examples/gemeente-voorbeeld"),
    lang: Lang = Language.NL,
) -> None:
    from cli.nightly import run_demo

    raise typer.Exit(run_demo(folder, lang))


def as_day(moment: datetime | None) -> date | None:
    """The day of an option that was given as a date."""
    return moment.date() if moment else None


def main(arguments: Sequence[str]) -> int:
    """Do what `arguments` ask and return the exit code; what went wrong is told in one plain message, in the language
    that was asked for. What it makes is for the account that runs it alone."""
    from warehouse.storage.own_files import make_private_process

    make_private_process()
    typed = with_present_names(arguments)
    language = language_of(typed)
    command = typer.main.get_command(app)
    speak(command, language)
    try:
        code = command.main(typed, prog_name="ensia", standalone_mode=False)
    except NoArgsIsHelpError:
        return 2  # the help was shown
    except UsageError as error:
        return show_error(usage_error(error), language)
    except EnsiaError as error:
        return show_error(error, language)
    except BrokenPipeError:  # who reads along has seen enough
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115
        return 1
    except OSError as error:
        return show_error(refused_by_system(error), language)
    except typer.Abort:
        print(Say(language)("shell.stopped"), file=sys.stderr)
        return 130
    return code if isinstance(code, int) else 0


def run() -> None:
    """Entry point of the command."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
