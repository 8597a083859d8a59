"""The log of an installation, for whoever maintains it, in lines of JSON: what happened in each run, with its name and the names
of its sources, and where in the program something unexpected went wrong.

Only names, numbers, places and kinds of errors are written, never their texts: those may quote what a source said. What
people must act on is told by the outcome of the run, in words.
"""

from __future__ import annotations

import json
import logging
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

from models.errors import EnsiaError
from models.message import Text, message
from models.system_errors import os_reason, refusal_behind
from warehouse.storage.database import State
from warehouse.storage.own_files import private_folder, private_opener

NAME = "ensia.log"
_LARGEST, _KEPT = 1_000_000, 5  # bytes per file, files beside the newest
_LOGGER = logging.getLogger("ensia.log")
_FIELDS = "ensia_fields"


class _Lines(logging.Formatter):
    """A record as one line of JSON: moment, level, what it is about, and where each of its errors was raised; an event with
    its names and numbers."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        ours = record.name == _LOGGER.name  # our own words; those of libraries may quote what they were handling
        about = f"{record.name} ({Path(record.pathname).name}:{record.lineno})"
        if ours:
            about = record.getMessage()
        line: dict[str, object] = {"at": f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}", "level": record.levelname, "about": about}
        line |= getattr(record, _FIELDS, {})
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line["errors"] = list(_trace(error))
        return json.dumps(line, ensure_ascii=False, default=str)


class _PrivateFile(RotatingFileHandler):
    """A rotated file for our account alone."""

    def _open(self):  # type: ignore[no-untyped-def]  # as logging.FileHandler declares it
        return open(self.baseFilename, self.mode, encoding=self.encoding, opener=private_opener)


def log_file(state: State) -> Path:
    """Where the log of an installation is."""
    return state.logs / NAME


def log_name(state: State) -> str:
    """The log as messages name it: from the folder in which the state is, so that reports name no place of a machine."""
    return f"{state.root.name}/{log_file(state).relative_to(state.root).as_posix()}"


def start_log(state: State) -> None:
    """From now on warnings and errors of this process go to the log of `state`, and not to the terminal.

    A log that cannot be written (a full disk) never stops a run.
    """
    with suppress(OSError):
        private_folder(state.logs)
        handler = _PrivateFile(log_file(state), maxBytes=_LARGEST, backupCount=_KEPT, encoding="utf-8", delay=True)
        handler.setFormatter(_Lines())
        handler.addFilter(_is_for_the_log)
        handler.handleError = lambda record: None  # type: ignore[method-assign]
        _LOGGER.propagate = False
        _LOGGER.setLevel(logging.INFO)
        for logger in (logging.getLogger(), _LOGGER):
            _give_handler(logger, handler)
    threading.excepthook = _thread_failed


def note(error: BaseException, about: Text) -> None:
    """Write where `error` and its causes were raised. `about` says in our own words what was being done."""
    _LOGGER.error("%s", about, exc_info=(type(error), error, error.__traceback__))


def happened(event: str, **fields: object) -> None:
    """Note an event of a run: names and numbers, never a value of a source."""
    _LOGGER.info("%s", event, extra={_FIELDS: fields})


def in_words(state: State, error: BaseException) -> Text:
    """An error for people: our own as it is, of the operating system its reason, of another only its kind and where to read
    on. What is not ours is noted."""
    if isinstance(error, EnsiaError):
        return error.text
    note(error, message("nightly.unforeseen"))
    refusal = refusal_behind(error)
    if refusal is not None:
        return message("nightly.by_system", reason=os_reason(refusal), log=log_name(state))
    return unexpected(state, error)


def unexpected(state: State, error: BaseException) -> Text:
    """An error that nobody foresaw, for people: its kind, and the log that holds the rest."""
    return message("nightly.unexpected", error=type(error).__name__, log=log_name(state))


def _trace(error: BaseException | None) -> Iterator[dict[str, object]]:
    """Kind and places of an error and of what caused it, the first cause last."""
    traced: set[int] = set()
    while error is not None and id(error) not in traced:
        traced.add(id(error))
        frames = traceback.extract_tb(error.__traceback__)
        places = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        yield {"kind": f"{type(error).__module__}.{type(error).__name__}", "places": places}
        error = error.__cause__ or error.__context__


def _is_for_the_log(record: logging.LogRecord) -> bool:
    """All of ours, and what others warn of."""
    return record.name == _LOGGER.name or record.levelno >= logging.WARNING


def _thread_failed(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None:
        note(arguments.exc_value, message("nightly.thread", name=arguments.thread.name if arguments.thread else "?"))


def _give_handler(logger: logging.Logger, handler: logging.Handler) -> None:
    """Let `handler` take the place of ours of before, and of the one by which Prefect shows all libraries' warnings."""
    for old in list(logger.handlers):
        if isinstance(old, _PrivateFile) or type(old).__module__.startswith("prefect."):
            logger.removeHandler(old)
            old.close()
    logger.addHandler(handler)
