"""The one way in which what others wrote becomes records: whatever a reader raises is the failure of its source, with the
file named, and what no database can hold is a problem of its record.

What a format looks like is left to its connector; how a payload is read in a process of its own to `apart`. Nothing else calls
a reader.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, NoReturn

from connectors.base import Connector, ReadsApart, SourceError, TerminalError, Window
from connectors.tools.values import HALF_CHARACTER, is_storable, shown
from models.errors import EnsiaError
from models.kind import kinds
from models.message import Both, Joined, Message, changed, message
from models.record import Locator, Payload, Problem, Record

# Who stops the run, or a time-out that ends the task, is not a reader that failed.
PASSED_ON = (KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError, EnsiaError)
_LONGEST_QUOTED = 2_000  # characters of one thing that an error quotes
_MOST_PARTS = 100
_CANNOT_OPEN = {
    errno.EACCES: message("file.no_rights"),
    errno.EPERM: message("file.no_rights"),
    errno.ENOENT: message("file.gone"),
    errno.EISDIR: message("file.a_folder"),
}


def payloads_of(connector: Connector, window: Window) -> Iterator[Payload]:
    """The payloads of one collection. Raises EnsiaError only, for whatever goes wrong in between."""
    with as_failure(connector.context.source_id):
        for payload in connector.fetch(window):
            payload.name = storable(payload.name)
            yield payload


def records_of(connector: Connector, payload: Payload) -> Iterator[Record]:
    """The records in a payload, each of which can be stored. Raises EnsiaError only, for whatever the reader meets."""
    apart = _apart(connector, payload)
    with as_failure(payload.name):
        if apart is not None:
            yield from apart.records(connector, payload)
            return
        for record in connector.read(payload):
            yield _with_whole_texts(record)


def asked(connector: Connector, method: str, payload: Payload) -> Any:
    """What a method of the connector says of a payload, such as what its report is about. Raises EnsiaError only."""
    apart = _apart(connector, payload)
    with as_failure(payload.name):
        if apart is None:
            return getattr(connector, method)(payload)
        return apart.ask(connector, method, payload)


def _apart(connector: Connector, payload: Payload) -> ReadsApart | None:
    """Where a payload is read, when not here: an answer that fetching had to take apart already is not taken apart again."""
    apart = connector.context.apart
    is_taken_apart = payload.document is not None
    if apart is None or is_taken_apart or not apart.takes(connector):
        return None
    return apart


@contextmanager
def as_failure(place: str) -> Iterator[None]:
    """Turns what a library or reader raises about `place` into a TerminalError that quotes nothing of what was read.

    Also what is no Exception: a reader written in another language may panic.
    """
    try:
        yield
    except SourceError as error:
        raise _cut_to_size(error) from error.__cause__
    except PASSED_ON:
        raise
    except BaseException as error:
        _refuse(error, place)


def _refuse(error: BaseException, place: str) -> NoReturn:
    if isinstance(error, MemoryError):
        raise TerminalError(
            message("file.too_large"),
            place=place,
            advice=message("file.split"),
        ) from None
    if isinstance(error, OSError) and error.errno in _CANNOT_OPEN:
        raise TerminalError(_CANNOT_OPEN[error.errno], place=place, advice=message("file.check_rights")) from None
    # The text of the error may quote what was read, and with it a name; its kind and place in the program may be shown.
    raise TerminalError(
        message("file.stuck", where=_where_raised(error)),
        place=place,
        advice=message("file.open_and_save"),
    ) from None


def _cut_to_size(error: SourceError) -> SourceError:
    """An error of which no part is longer than can be read, and that holds nothing but texts and numbers: what it quotes of a
    source may be of any size and kind."""
    reason, place, advice = (_quotable(text) for text in error.texts)
    return type(error)(reason, place=place, advice=advice, quote=error.quote)


def _quotable(value: Any) -> Any:
    """A text of which every part that is filled in is at most so long; of something else what can be shown of it."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_QUOTED else f"{value[:_LONGEST_QUOTED]}…"
    if isinstance(value, Message):
        return Message(value.key, {name: _quotable(part) for name, part in value.values.items()})
    if isinstance(value, Joined):
        return Joined(tuple(_quotable(part) for part in value.parts[:_MOST_PARTS]), value.separator)
    if value is None or isinstance(value, (int, float, date, Both)):
        return value
    return shown(value)


def _where_raised(error: BaseException) -> str:
    """The kind of an error and the line of the program that raised it: what may be shown of one that was not foreseen."""
    trace = error.__traceback__
    place = ""
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename.rpartition("/")[2]
        place = f", {name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}{place}"


def storable(text: str) -> str:
    """`text` with a mark in the place of each half character, such as a file name in an old character set has."""
    return text if is_storable(text) else text.encode("utf-8", "replace").decode()


def _with_whole_texts(record: Record) -> Record:
    """`record` without half characters: a value that has one becomes unknown, with its problem; so does a key."""
    for name, value in record.values.items():
        if not _holds_whole_texts(value):
            record.values[name] = None
            column = kinds()[record.kind].column(name)
            record.problems.append(Problem(Both(column.nl, column.en), name, shown(value), HALF_CHARACTER))
    if record.key is not None and not is_storable(record.key):
        record.problems.append(Problem(message("json.key"), "record_key", shown(record.key), HALF_CHARACTER))
        record.key = None
    record.locator = _storable_locator(record.locator)
    if record.problems:
        record.problems = [_storable_problem(problem) for problem in record.problems]
    return record


def _holds_whole_texts(value: Any) -> bool:
    if isinstance(value, str):
        return is_storable(value)
    if isinstance(value, list):
        return all(map(_holds_whole_texts, value))
    if isinstance(value, dict):
        return all(_holds_whole_texts(name) and _holds_whole_texts(entry) for name, entry in value.items())
    return True


def _storable_locator(locator: Locator) -> Locator:
    texts = (locator.file, locator.sheet, locator.address)
    if all(text is None or is_storable(text) for text in texts):
        return locator
    file, sheet, address = (None if text is None else storable(text) for text in texts)
    return Locator(file, sheet, locator.row, address, locator.artifact)


def _storable_problem(problem: Problem) -> Problem:
    texts = (problem.column, problem.value, problem.expected)
    if all(map(is_storable, texts)):
        return problem
    where, expectation = changed(problem.where, storable), changed(problem.wanted, storable)
    return Problem(where, problem.field, storable(problem.value), expectation)
