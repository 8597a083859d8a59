"""The `ensia` command: its groups, and how errors and exit codes reach the person who typed it. Help is declared by the
key of its text (`models/texts`).

Exit codes: 0 fine, 1 failed, 2 usage or configuration, 3 degraded (a source did not deliver, something asks attention), 130
and 143 stopped by Ctrl-C and SIGTERM.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer
from typer._click.exceptions import NoArgsIsHelpError, UsageError

from cli.audit import keep_act
from cli.common import show_error
from cli.groups import (
    anchor,
    beginning,
    catalogue,
    cycle,
    demo,
    dossier,
    fleet,
    keeping,
    keys,
    leaving,
    looking,
    night,
    purging,
    reading,
    review,
    sample,
    sources,
    verifying,
)
from cli.speech import language_of, speak, usage_error, with_present_names
from models.errors import EnsiaError
from models.message import Say
from models.system_errors import refused_by_system

app = typer.Typer(
    name="ensia",
    help="help.app",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

for group in (beginning, night, looking, leaving, keeping, verifying, purging, demo):
    app.add_typer(group.app)
app.add_typer(sources.app, name="sources")
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(review.app, name="review")
app.add_typer(reading.app, name="reading")
app.add_typer(sample.app, name="sample")
app.add_typer(cycle.app, name="cycle")
app.add_typer(dossier.app, name="dossier")
app.add_typer(anchor.app, name="anchor")
app.add_typer(keys.app, name="keys")
app.add_typer(fleet.app, name="fleet")


def main(arguments: Sequence[str]) -> int:
    """Do what `arguments` ask and return the exit code; what went wrong is told in one plain message, in the language
    that was asked for. What it makes is for the account that runs it alone."""
    from warehouse.storage.own_files import make_private_process

    make_private_process()
    typed = with_present_names(arguments)
    language = language_of(typed)
    command = typer.main.get_command(app)
    speak(command, language)
    try:
        code = command.main(typed, prog_name="ensia", standalone_mode=False)
        keep_act(typed, code, language)
    except NoArgsIsHelpError:
        return 2  # the help was shown
    except UsageError as error:
        return show_error(usage_error(error), language)
    except EnsiaError as error:
        keep_act(typed, error.exit_code, language)
        return show_error(error, language)
    except BrokenPipeError:  # who reads along has seen enough
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115
        return 1
    except OSError as error:
        return show_error(refused_by_system(error), language)
    except typer.Abort:
        print(Say(language)("shell.stopped"), file=sys.stderr)
        return 130
    except Exception as error:
        if sys.flags.dev_mode:  # python -X dev: for who looks for the cause
            raise
        from warehouse.storage.damage import unforeseen

        return show_error(unforeseen(error), language)
    return code if isinstance(code, int) else 0


def run() -> None:
    """Entry point of the command."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
