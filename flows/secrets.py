"""Where the secrets of sources come from: an environment variable, or a Secret block of Prefect for a name such as
`prefect:topdesk-token`. The settings hold names only; Prefect is imported when a block is asked for.
"""

from __future__ import annotations

from typing import Any, cast

from connectors.base import environment
from models.errors import ConfigurationError
from models.secret_name import BLOCK, secret_name


def secret(name: str) -> str:
    """The value of the secret called `name`. Raises ConfigurationError, which shows the name and never a value: also not
    that of a secret which stands where its name should."""
    try:
        secret_name(name)
    except ValueError as error:
        raise ConfigurationError(f"een geheim staat waar zijn naam hoort; {error}") from None
    return _block(name.removeprefix(BLOCK)) if name.startswith(BLOCK) else environment(name)


def _block(name: str) -> str:
    from prefect.blocks.system import Secret

    value: object = None
    try:
        block = cast(Any, Secret).load(name, _sync=True)
        value = block.get()
    except Exception as error:  # whatever it says may quote what is stored
        reason = f"({type(error).__name__})"
    else:
        reason = "(geen tekst)"
    if isinstance(value, str) and value:
        return value
    raise ConfigurationError(
        f"het Prefect-blok {name!r} is niet te lezen {reason}",
        advice="maak in Prefect een blok van de soort Secret met die naam, op de server die de run gebruikt",
    )
