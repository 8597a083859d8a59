"""`ensia reading`: lists of texts for people to read, and taking in what they saw in them. The work is done in
`flows/papers.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.common import Config, Folder, Lang, Org, console, installation_at, showing_refusals, writing
from models.language import Language
from models.message import Say

app = typer.Typer(no_args_is_help=True, help="help.group_reading")


@app.command("list", help="help.command_reading_list")
def list_readings(
    config: Config = Path("ensia.yaml"), organisation: Org = None, to: Folder = None, lang: Lang = Language.NL
) -> None:
    """Write the lists of texts to read, a workbook per role, and say which."""
    from flows.papers import make_reading_lists
    from warehouse.reading.read import Published

    installation = installation_at(config)
    with Published(installation.state) as published:
        organisation_id = published.organisation(organisation)
        folder = to or installation.state.exports / organisation_id
        lists = make_reading_lists(installation, published, organisation_id, folder, lang)
    for path, number in lists:
        console().print(Say(lang)("paper.made", file=path, number=number), markup=False, soft_wrap=True)


@app.command("import", help="help.command_reading_import")
def import_readings(
    file: Annotated[Path, typer.Argument(help="help.value_reading_list")],
    reader: Annotated[str, typer.Option("--reader", help="help.option_reader")],
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
) -> None:
    """Take in a list of readings, whole or not at all."""
    from flows.papers import take_in_readings

    say, installation = Say(lang), installation_at(config)
    refused = say("paper.not_taken_in", file=file.name)
    with showing_refusals(refused, say), writing(installation) as (connection, published):
        number = take_in_readings(installation, connection, published, file, reader, organisation, lang)
    console().print(say("paper.taken_in", file=file.name, number=number), markup=False, soft_wrap=True)
