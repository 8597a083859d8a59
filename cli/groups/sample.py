"""`ensia sample`: draw samples from a frozen population, and take in what people judged of them. The work is done in
`flows/papers.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.common import Config, Folder, Lang, Org, console, installation_at, showing_refusals, writing
from models.language import Language
from models.message import Say

app = typer.Typer(no_args_is_help=True, help="help.group_sample")


@app.command("draw", help="help.command_sample_draw")
def draw(
    tests: Annotated[list[str], typer.Argument(help="help.value_sampled_tests")],
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    to: Folder = None,
    lang: Lang = Language.NL,
) -> None:
    """Draw samples, write their working papers, and say how many of how many were drawn."""
    from flows.papers import draw_samples

    say, installation = Say(lang), installation_at(config)
    with writing(installation) as (connection, published):
        organisation_id = published.organisation(organisation)
        folder = to or installation.state.exports / organisation_id
        samples = draw_samples(installation, connection, published, tests, organisation_id, folder, lang)
    for path, number, population in samples:
        drawn = say("sample.drawn", file=path, number=number, population=population)
        console().print(drawn, markup=False, soft_wrap=True)


@app.command("import", help="help.command_sample_import")
def import_sample(
    file: Annotated[Path, typer.Argument(help="help.value_sample_paper")],
    judge: Annotated[str, typer.Option("--judge", help="help.option_judge")],
    role: Annotated[str, typer.Option("--role", help="help.option_role")],
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
) -> None:
    """Take in a working paper with judgements, whole or not at all."""
    from flows.papers import take_in_judgements

    say, installation = Say(lang), installation_at(config)
    refused = say("paper.not_taken_in", file=file.name)
    with showing_refusals(refused, say), writing(installation) as (connection, published):
        number = take_in_judgements(installation, connection, published, file, judge, role, organisation, lang)
    console().print(say("paper.taken_in", file=file.name, number=number), markup=False, soft_wrap=True)
