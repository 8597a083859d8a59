"""`ensia keys`: the key with which persons are made pseudonyms. The work is done in `warehouse/storage/pseudonym_keys.py`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from cli.common import Config, Lang, Org, Reason, console, installation_at, organisations_for, writing
from models.errors import ConfigurationError
from models.language import Language
from models.message import Say, message

app = typer.Typer(no_args_is_help=True, help="help.group_keys")


@app.callback()
def keys() -> None:
    """One group, also while it has one command."""


@app.command("rotate", help="help.command_keys_rotate")
def rotate(
    by: Annotated[str, typer.Option("--by", help="help.option_by")],
    reason: Reason,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
) -> None:
    """Take the key of the environment into use, for one organisation or all."""
    from warehouse.storage.database import transaction, utc_now
    from warehouse.storage.pseudonym_keys import rotate_key

    installation, say = installation_at(config), Say(lang)
    variables = {member.organisation.id: member.pseudonym_key for member in installation.members}
    with writing(installation) as (connection, published):
        for organisation_id in organisations_for(published, organisation):
            variable = variables[organisation_id]
            key = os.environ.get(variable, "")
            if not key:
                raise ConfigurationError(message("settings.no_pseudonym_key", variable=variable), place=variable)
            with transaction(connection):
                number = rotate_key(connection, organisation_id, key, utc_now(), variable)
            console().print(say("settings.rotated", organisation=organisation_id, number=number), markup=False)
