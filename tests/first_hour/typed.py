"""Whether what somebody types is a command that there is, without doing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer
from typer._click.exceptions import UsageError

from cli.main import app


def refusal_of(words: Sequence[str]) -> str:
    """Why a command line is refused before anything is done; empty when it is not."""
    command: Any = typer.main.get_command(app)
    rest, context = list(words), None
    while hasattr(command, "commands"):
        if not rest or rest[0] not in command.commands:
            return f"no command {' '.join(rest[:1])}"
        context = command.context_class(command, parent=context, info_name=command.name)
        command = command.commands[rest.pop(0)]
    try:
        command.make_context(command.name, rest, parent=context)
    except UsageError as error:
        return error.format_message()
    return ""
