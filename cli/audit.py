"""Which commands are acts that are kept, and what is kept of them: who, with what right, about what and why. What is typed
between quotes in SQL is left out: it may be the name of a person."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import EnsiaError
from models.language import DEFAULT, Language
from models.message import Say, message
from models.system_errors import os_reason

if TYPE_CHECKING:
    from warehouse.storage.database import State

# How each is called in the officers' view stands in the texts, in the room `audit`.
ACTS = (
    "sql",
    "export",
    "digest",
    "review import",
    "review confirm",
    "review withdraw",
    "reading import",
    "sample draw",
    "sample import",
    "catalogue import",
    "cycle open",
    "cycle freeze",
    "cycle revise",
    "anchor make",
    "anchor import",
    "purge",
    "keys rotate",
)
_PERSON = ("--by", "--reviewer", "--reader", "--judge")
_VALUES = (*_PERSON, "--reason", "--organisation", "-o", "--config", "-c", "--to", "--role", "--lang", "--ca")
_QUOTED = re.compile(r"'(?:[^']|'')*'")
_LONGEST = 500


def keep_act(typed: Sequence[str], code: object, language: Language = DEFAULT) -> None:
    """Keep what was typed, if it is an act. Whatever prevents that does not undo what was done, and is told."""
    try:
        _keep_act(typed, code)
    except OSError as error:
        print(Say(language)("audit.not_kept", reason=os_reason(error)), file=sys.stderr)


def _without_folder(word: str) -> str:
    """A word of a command, of a path its last part."""
    return Path(word).name if "/" in word else word


def _keep_act(typed: Sequence[str], code: object) -> None:
    beginnings = [" ".join(typed[:length]) for length in (2, 1)]
    name = next((beginning for beginning in beginnings if beginning in ACTS), None)
    if name is None or "--help" in typed or "--dry-run" in typed:
        return
    from warehouse.storage.audit import act_of_now, note_act

    options, words = _options_and_words(typed[len(name.split()) :])
    state = _state(options)
    if state is None:
        return
    if name != "sql":
        words = list(map(_without_folder, words))
    about = " ".join(words)
    if name == "sql":
        about = _QUOTED.sub("'…'", about)
    called = message(f"audit.{name.replace(' ', '_')}")
    if code not in (0, None):
        called = message("audit.ended", act=called, code=code)
    person = next((options[option] for option in _PERSON if option in options), None)
    act = act_of_now(
        state.warehouse,
        str(called),
        about[:_LONGEST] or None,
        person=person,
        reason=options.get("--reason"),
        organisation=options.get("--organisation") or options.get("-o"),
    )
    note_act(state.acts, act)


def _state(options: dict[str, str]) -> State | None:
    from flows.state_folder import state_folder

    typed = options.get("--config") or options.get("-c")
    config = typed or os.environ.get("ENSIA_CONFIG") or "ensia.yaml"
    try:
        return state_folder(Path(config))
    except EnsiaError:
        return None  # the command itself said so


def _options_and_words(words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The options with a value, and the words that are no option."""
    options: dict[str, str] = {}
    others: list[str] = []
    waiting = ""
    for word in words:
        option, is_one, value = word.partition("=")
        if waiting:
            options[waiting], waiting = word, ""
        elif word in _VALUES:
            waiting = word
        elif is_one and option in _VALUES:
            options[option] = value
        elif not word.startswith("-"):
            others.append(word)
    return options, others
