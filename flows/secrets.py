"""Where the secrets of sources come from: an environment variable, or a Secret block of Prefect for a name such as
`prefect:topdesk-token`. The settings hold names only; Prefect is imported when a block is asked for.
"""

from __future__ import annotations

from typing import Any, cast

from connectors.base import environment
from models.errors import ConfigurationError, TextError
from models.message import Text, message
from models.secret_name import BLOCK, secret_name


def secret(name: str) -> str:
    """The value of the secret called `name`. Raises ConfigurationError, which shows the name and never a value: also not
    that of a secret which stands where its name should."""
    try:
        secret_name(name)
    except TextError as error:
        raise ConfigurationError(message("settings.secret_in_place", problem=error.text)) from None
    if name.startswith(BLOCK):
        return _block(name.removeprefix(BLOCK))
    return environment(name)


def _block(name: str) -> str:
    from prefect.blocks.system import Secret

    value: object = None
    try:
        block = cast(Any, Secret).load(name, _sync=True)
        value = block.get()
    except Exception as error:  # whatever it says may quote what is stored
        reason: Text = type(error).__name__
    else:
        reason = message("settings.block_no_text")
    if isinstance(value, str) and value:
        return value
    raise ConfigurationError(
        message("settings.block", name=name, reason=reason),
        advice=message("settings.block_advice"),
    )
