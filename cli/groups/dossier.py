"""`ensia dossier`: prove that an audit dossier is what was made. The work is done in `reports/dossier.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.common import Lang, console
from models.language import Language
from models.message import Say

app = typer.Typer(no_args_is_help=True, help="help.group_dossier")


@app.command("verify", help="help.command_dossier_verify")
def verify(
    file: Annotated[Path, typer.Argument(help="help.value_dossier")],
    public_key: Annotated[str | None, typer.Option("--public-key", help="help.option_public_key")] = None,
    lang: Lang = Language.NL,
) -> None:
    """Exit code 0 when a dossier is complete, unchanged and signed by the key that was given; 1 when it is not as it was made; 3
    when it agrees with itself and nobody proved who made it."""
    from reports.dossier import seal, verify
    from warehouse.storage.signing import read_public_key

    expected = read_public_key(public_key) if public_key else None
    problems = list(verify(file, public_key=expected))
    for problem in problems:
        console(error=True).print(f"{file.name}: {problem.in_language(lang)}", style="red", markup=False)
    if problems:
        raise typer.Exit(1)
    say, (number, digest, key) = Say(lang), seal(file)
    if expected:
        console().print(say("account.dossier_sound", file=file.name, number=number), style="green", markup=False)
        return
    signed = say("account.signed", key=key) if key else say("account.not_signed")
    console().print(say("account.dossier_agrees", file=file.name, number=number), style="dark_orange", markup=False)
    console().print(say("account.manifest", digest=digest, signed=signed), soft_wrap=True, markup=False)
    raise typer.Exit(3)
