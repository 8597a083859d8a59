"""In which language the command line speaks, also before a command has been understood: help, and mistakes in what was typed.

Declared help is the key of a text; here the keys become texts. What a command itself says is left to the command.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, get_args, get_origin

from typer._click.exceptions import (
    BadOptionUsage,
    BadParameter,
    MissingParameter,
    NoSuchOption,
    UsageError,
)
from typer.core import TyperArgument, TyperGroup

from models.errors import EnsiaError
from models.language import DEFAULT, Language
from models.message import Message, Say, message

# Names of options that were Dutch once: they are understood, and stand in no help.
FORMER_NAMES = {"--doel": "--goal", "--per-maand": "--by-month", "--principe": "--principle"}
_LANGUAGE_OPTION = "--lang"
_LANGUAGE_VARIABLE = "ENSIA_LANG"


class CommandLineError(EnsiaError):
    """What was typed is not a command that there is."""

    exit_code = 2


_COMPLETION = ("install_completion", "show_completion")  # options that the library itself declares


def with_present_names(arguments: Iterable[str]) -> list[str]:
    """The arguments with the name that each option has now."""
    renamed = []
    for argument in arguments:
        name, equals, value = argument.partition("=")
        renamed.append(FORMER_NAMES.get(name, name) + equals + value)
    return renamed


def language_of(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Language:
    """The language that is asked for with --lang or else in ENSIA_LANG; Dutch for what is no language: the option is
    refused where it is read."""
    text = environment.get(_LANGUAGE_VARIABLE, "")
    for number, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == _LANGUAGE_OPTION:
            text = value if equals else "".join(arguments[number + 1 : number + 2])
    return Language(text) if text in [*Language] else DEFAULT


def speak(command: Any, language: Language) -> None:
    """Put every help text under `command` in a language: of commands, options, arguments, and the frame around them."""
    _put_texts(command, Say(language))
    _put_examples(command, "", Say(language))


@cache
def examples() -> dict[str, str]:
    """What is typed for each command, by its name (`cli/examples.yaml`)."""
    import yaml

    text = resources.files("cli").joinpath("examples.yaml").read_text("utf-8")
    content: dict[str, str] = yaml.safe_load(text)
    return content


def _put_examples(command: Any, path: str, say: Say) -> None:
    """Let every command show an example below its help, when that is asked for."""
    if isinstance(command, TyperGroup):
        for name, part in command.commands.items():
            _put_examples(part, f"{path} {name}".strip(), say)
        return
    show = command.format_help

    def format_help(ctx: Any, formatter: Any) -> None:
        example = examples().get(path)
        command.epilog = say("shell.example", example=example) if example else None
        show(ctx, formatter)

    command.format_help = format_help


def _put_frame(say: Say) -> None:
    """The words around a help text. Done when one is shown: what draws it takes a third of the start of a command."""
    from typer import rich_utils

    rich_utils.ARGUMENTS_PANEL_TITLE = say("shell.arguments")
    rich_utils.OPTIONS_PANEL_TITLE = say("shell.options")
    rich_utils.COMMANDS_PANEL_TITLE = say("shell.commands")
    rich_utils.REQUIRED_LONG_STRING = say("shell.required")
    rich_utils.DEFAULT_STRING = say("shell.default")
    rich_utils.ENVVAR_STRING = say("shell.variable")


def _put_texts(command: Any, say: Say) -> None:
    from typer._click.core import Context
    from typer._click.formatting import HelpFormatter

    class Formatter(HelpFormatter):
        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            super().write_usage(prog, args, prefix or say("shell.usage"))

    class SpeakingContext(Context):
        formatter_class = Formatter

        def get_help(self) -> str:
            _put_frame(say)
            return super().get_help()

    command.context_class = SpeakingContext
    command.options_metavar = say("shell.options_metavar")
    command.help = _help_text(command.help, say)
    command.short_help = _help_text(command.short_help, say)
    for parameter in command.params:
        parameter.help = _help_text(parameter.help, say)
        if parameter.name in _COMPLETION:
            parameter.help = say(f"help.option_{parameter.name}")
        parameter.metavar = _metavar(parameter, say)
        if isinstance(parameter, TyperArgument):
            setattr(parameter, "display_type_rich", _no_type)  # noqa: B010 - the name says what it is; `<list[str]>` is said to programmers
    help_option = command.get_help_option(SpeakingContext(command))
    if help_option is not None:
        help_option.help = say("shell.help_option")
    if isinstance(command, TyperGroup):
        command.subcommand_metavar = say("shell.command_metavar")
        for part in command.commands.values():
            _put_texts(part, say)


def _no_type(ctx: Any) -> None:
    """What help says of the type of an argument: nothing."""


def _help_text(declared: str | None, say: Say) -> str | None:
    """The text of a declared key; a text that is already one stays."""
    return say(declared) if declared and declared.startswith("help.") else declared


def _metavar(parameter: Any, say: Say) -> str | None:
    """What stands for the value in help: the name of an argument, or the sort of value of an option."""
    if isinstance(parameter, TyperArgument):
        return say(f"help.argument_{parameter.name}")
    key = {str: "help.sort_text", Path: "help.sort_path", int: "help.sort_integer", datetime: "help.sort_day"}.get(
        _sort(parameter)
    )
    return say(key) if key else parameter.metavar


def _sort(parameter: Any) -> Any:
    """The type of the value that a parameter takes; of one that may be repeated, of each value."""
    annotation = parameter.type_descriptor.annotation
    of_each = get_args(annotation)
    return of_each[0] if get_origin(annotation) is list else annotation


def usage_error(error: UsageError) -> CommandLineError:
    """What is wrong with what was typed, by the sort of error, with where to find help."""
    path = error.ctx.command_path if error.ctx else "ensia"
    return CommandLineError(_usage_reason(error), advice=message("shell.see_help", command=path))


def _usage_reason(error: UsageError) -> Message:
    if isinstance(error, NoSuchOption):
        return message("shell.no_such_option", name=error.option_name)
    if isinstance(error, MissingParameter):
        return message("shell.missing", name=_name(error))
    if isinstance(error, BadParameter):
        return _bad_value(error)
    if isinstance(error, BadOptionUsage):
        return message("shell.option_without_value", name=error.option_name)
    if error.ctx is not None and isinstance(error.ctx.command, TyperGroup):
        commands = ", ".join(sorted(error.ctx.command.commands))
        return message("shell.no_such_command", known=commands)
    return message("shell.too_many_arguments")


def _bad_value(error: BadParameter) -> Message:
    sort = _sort(error.param) if error.param else str
    if isinstance(sort, type) and issubclass(sort, Enum):
        allowed = ", ".join(str(choice.value) for choice in sort)
        return message("shell.not_a_choice", name=_name(error), allowed=allowed)
    expected = {int: message("shell.an_integer"), datetime: message("shell.a_day"), Path: message("shell.a_path")}
    return message("shell.wrong_value", name=_name(error), sort=expected.get(sort, message("shell.another_value")))


def _name(error: BadParameter) -> str:
    """The option or argument that is wrong, as it is typed."""
    if error.param is None:
        return "?"
    if isinstance(error.param, TyperArgument):
        return str(error.param.metavar or error.param.name)
    return str(error.param.opts[0])
