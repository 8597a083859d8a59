"""`ensia digest` and `ensia export`: what leaves the house, as messages to owners and as reports."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.common import Config, Lang, Org, console, installation_at, organisations_for, state_at, table, writing
from models.errors import ConfigurationError
from models.language import Language, pick
from models.message import Say, Text, message

if TYPE_CHECKING:
    from flows.installation import Installation, Member
    from warehouse.storage.database import State

app = typer.Typer()


@app.command(help="help.command_digest")
def digest(
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="help.option_dry_run")] = False,
    lang: Lang = Language.NL,
) -> None:
    installation = installation_at(config)
    members = _members_with_digest(installation, organisation)
    if dry_run:
        _show_letters(installation, members, Say(lang))
        return
    failures = _send_letters(installation, members, Say(lang))
    if failures:
        raise typer.Exit(1)


def _members_with_digest(installation: Installation, organisation: str | None) -> list[Member]:
    """The organisation, or all, of which the settings say who is told. Raises ConfigurationError when there is none."""
    members = []
    for member in installation.members:
        if member.digest is not None and organisation in (None, member.organisation.id):
            members.append(member)
    if not members:
        raise ConfigurationError(
            message("account.no_digest"), place=str(installation.file), advice=message("account.no_digest_advice")
        )
    return members


def _show_letters(installation: Installation, members: list[Member], say: Say) -> None:
    """Print what would be sent."""
    from flows.notify import settings_of
    from reports.digest import messages
    from warehouse.reading.read import Published

    with Published(installation.state) as published:
        for member in members:
            assert member.digest is not None
            settings = settings_of(member.digest, member.folder)
            letters = messages(
                published, member.organisation.id, settings.recipients, settings.within, member.digest.lang, _now()
            )
            for letter in letters:
                to = say("account.to", name=letter.recipient.name)
                console().print(f"{to}\n{letter.subject}\n\n{letter.text}\n", markup=False)


def _send_letters(installation: Installation, members: list[Member], say: Say) -> list[Text]:
    """Send, and say to whom; returns a line for whoever could not be reached."""
    from flows.notify import send_digests, settings_of

    failures: list[Text] = []
    with writing(installation) as (connection, _):
        for member in members:
            assert member.digest is not None
            settings = settings_of(member.digest, member.folder)
            delivery = send_digests(connection, member.organisation.id, settings, lang=member.digest.lang, now=_now())
            for name in delivery.sent:
                console().print(say("account.sent", name=name), markup=False)
            for name in delivery.unchanged:
                console().print(say("account.no_news", name=name), markup=False)
            failures += delivery.failed
    for line in failures:
        console(error=True).print(say("account.not_sent", line=line), style="red", markup=False)
    return failures


def _now() -> datetime:
    """What the clock shows in the Netherlands."""
    from warehouse.storage.database import local_time, utc_now

    return local_time(utc_now())


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
    if name is None:
        _list_reports(lang)
        return
    columns = dict(pair.partition("=")[::2] for pair in column or [])
    every_option = {
        "workbook": workbook,
        "columns": columns,
        "sheets": sheet,
        "overwrite": overwrite,
        "originals": originals,
    }
    options = {option: value for option, value in every_option.items() if value}
    _make_reports(state_at(config), name, organisation, year, to, lang, options)


def _list_reports(lang: Language) -> None:
    """Print which reports there are."""
    from reports.registry import available

    say = Say(lang)
    rows = [(report.name, pick(lang, report.title_nl, report.title_en)) for report in available().values()]
    table(say("export.title"), [say("export.name"), say("export.what")], rows)


def _make_reports(
    state: State,
    name: str,
    organisation: str | None,
    year: int | None,
    folder: Path | None,
    lang: Language,
    options: dict[str, Any],
) -> None:
    """Make a report (or `all` that need no more than these options) for one organisation or all of them, and print where
    it is."""
    from reports.registry import available, make, source_of
    from warehouse.reading.read import Published

    names = [name]
    if name == "all":
        names = [report.name for report in available().values() if set(report.needs) <= set(options)]
    folder = folder or state.exports
    with Published(state) as published:
        for organisation_id in organisations_for(published, organisation):
            with source_of(published, organisation_id, year) as source:
                for report_name in names:
                    start = time.perf_counter()
                    files = make(report_name, source, organisation_id, folder, lang=lang, **options)
                    for file in files:
                        console().print(f"{file} ({time.perf_counter() - start:.1f} s)", soft_wrap=True, markup=False)
