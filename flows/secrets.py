"""Where the secrets of sources come from: an environment variable, or a Secret block of Prefect for a name such as
`prefect:topdesk-token`. The settings hold names only; Prefect is imported when a block is asked for.
"""

from __future__ import annotations

from typing import Any, cast

from connectors.base import environment
from models.errors import ConfigurationError
from models.message import Text, message

BLOCK = "prefect:"


def secret(name: str) -> str:
    """The value of the secret called `name`. Raises ConfigurationError, which shows the name and never a value."""
    return _block(name.removeprefix(BLOCK)) if name.startswith(BLOCK) else environment(name)


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
