"""Reads what others wrote in a process of its own, within bounds on memory, time and output: a parser that dies, hangs or eats
all memory costs its own source and nothing else. One child serves many sources, one after another, and is replaced when it
dies.

The child is `apart_child`. It is given no secret and may write no file. What it sends back is unpacked into the few types that
records are made of, and nothing else.
"""

from __future__ import annotations

import atexit
import io
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from connectors.base import Connector, TerminalError, TransientError
from models.message import message
from models.record import Locator, Payload, Record

MOST_MEMORY = 4 * 2**30  # bytes of address space; less where the machine has less
MOST_OUTPUT = 2 * 2**30  # bytes that the reading of one payload may send back
_SHARE_OF_MACHINE = 0.75
_TICK = 0.25  # seconds between two looks at the clock, and at whether somebody stops us
_PIECE = 1 << 20
_LENGTH = 8  # bytes that say how long a message is
# What a child may know of its surroundings: where programs are, and how people here write.
_ENVIRONMENT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "SYSTEMROOT",
    "PYTHONHASHSEED",
    "PYTHONDONTWRITEBYTECODE",
)
# The types that a reply may hold, by module.
_TYPES = {
    "models.record": frozenset({"Record", "Locator", "Problem", "UnknownWord", "Remark"}),
    "models.message": frozenset({"Message", "Both", "Joined"}),
    "connectors.tools.findings": frozenset({"Subject"}),
    "connectors.tools.proposal": frozenset({"ColumnProposal", "SheetProposal", "Certainty"}),
    "models.headings": frozenset({"ListType"}),
    "datetime": frozenset({"date", "datetime", "time", "timedelta"}),
}
_SPLIT_IT = message("file.split_or_save")


Packed = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """What a child is asked: to open a connector (class, settings and what it may know), or to call it with a payload."""

    action: str  # open, read or ask
    argument: Any = None
    method: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """A connector as a child makes it anew."""

    connector: type[Connector]
    settings: Any
    surroundings: dict[str, Any]


class _Gone(Exception):
    """The child is not there any more, or does not answer as agreed."""


class _Late(Exception):
    """The child took longer than the source may."""


class _Large(Exception):
    """The child sends more than one payload can be."""


class _Unpickler(pickle.Unpickler):
    """Unpacks the types of a reply only: what a broken parser sends is never run."""

    def find_class(self, module: str, name: str) -> Any:
        if name not in _TYPES.get(module, ()):
            raise _Gone(f"{module}.{name}")
        return getattr(import_module(module), name)


class Child:
    """One reading process."""

    def __init__(self) -> None:
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        self._process = subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
            [sys.executable, "-m", "connectors.tools.apart_child", str(_memory())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
            start_new_session=True,
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._into, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._into, False)
        self._waiting = bytearray()

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    @property
    def ended_by(self) -> str:
        """What ended the child, for people: a signal by its name, or a code."""
        self._process.wait()
        code = self._process.returncode
        return signal.Signals(-code).name if code < 0 else f"code {code}"

    def send(self, job: Job, deadline: float) -> None:
        """Hand over a job. Raises _Gone or _Late."""
        data = pickle.dumps(job, pickle.HIGHEST_PROTOCOL)
        waiting = memoryview(len(data).to_bytes(_LENGTH, "big") + data)
        while waiting:
            _, ready, _ = select.select([], [self._into], [], _until(deadline))
            if ready:
                try:
                    waiting = waiting[os.write(self._into, waiting[:_PIECE]) :]
                except (BrokenPipeError, ConnectionResetError):
                    raise _Gone from None

    def receive(self, deadline: float) -> tuple[tuple[Any, ...], int]:
        """The next message, and of how many bytes it was. Raises _Gone, _Late or _Large."""
        size = int.from_bytes(self._exactly(_LENGTH, deadline), "big")
        if size > MOST_OUTPUT:
            raise _Large
        data = self._exactly(size, deadline)
        try:
            content = _Unpickler(io.BytesIO(data)).load()
        except (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError) as error:
            raise _Gone from error
        return content, size

    def _exactly(self, size: int, deadline: float) -> bytes:
        while len(self._waiting) < size:
            ready, _, _ = select.select([self._from], [], [], _until(deadline))
            if ready:
                piece = os.read(self._from, _PIECE)
                if not piece:
                    raise _Gone
                self._waiting += piece
        data = bytes(self._waiting[:size])
        del self._waiting[:size]
        return data

    def end(self) -> None:
        """Stop the child, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


def _until(deadline: float) -> float:
    """How long to wait before looking again. Raises _Late."""
    seconds_left = deadline - time.monotonic()
    if seconds_left <= 0:
        raise _Late
    return min(seconds_left, _TICK)


def _memory() -> int:
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return int(min(MOST_MEMORY, _SHARE_OF_MACHINE * machine))


class _Pool:
    """The children that wait for a source."""

    def __init__(self) -> None:
        self._idle: list[Child] = []
        self._lock = threading.Lock()

    def take(self) -> Child:
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.is_alive:
                    return child
        return Child()

    def give_back(self, child: Child) -> None:
        with self._lock:
            self._idle.append(child)

    def clear(self) -> None:
        with self._lock:
            children, self._idle = self._idle, []
        for child in children:
            child.end()


_POOL = _Pool()
atexit.register(_POOL.clear)


def prepare() -> None:
    """Start a child, so that it is ready by the time that the first source is read."""
    _POOL.give_back(_POOL.take())


@dataclass(slots=True)
class Apart:
    """The reading of one source in a child, for at most `seconds`. Closed when the source is done."""

    seconds: float
    _child: Child | None = None
    _connector: Connector | None = None
    _deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self._deadline = time.monotonic() + self.seconds

    def __enter__(self) -> Apart:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the child go on to another source."""
        child, self._child, self._connector = self._child, None, None
        if child is not None:
            _POOL.give_back(child)

    def takes(self, connector: Connector) -> bool:
        """Whether a child can make this connector: its class can be found by its name."""
        kind = type(connector)
        module = sys.modules.get(kind.__module__)
        return kind.__module__ != "__main__" and getattr(module, kind.__qualname__, None) is kind

    def ask(self, connector: Connector, method: str, payload: Payload) -> Any:
        """What a method of the connector says of a payload. Raises SourceError."""
        answer: Any = None
        for content in self._exchange(connector, Job("ask", _bare(payload), method), payload.name):
            answer = content
        return answer

    def records(self, connector: Connector, payload: Payload) -> Iterator[Record]:
        """The records in a payload. Raises SourceError."""
        for content in self._exchange(connector, Job("read", _bare(payload)), payload.name):
            for parts in content:
                yield _unpacked(parts)

    def _exchange(self, connector: Connector, job: Job, place: str) -> Iterator[Any]:
        """What a child answers to a job, part by part; remarks go on to who asked for them."""
        is_done = False
        try:
            child = self._opened(connector)
            child.send(job, self._deadline)
            size = 0
            while not is_done:
                (kind, *content), more = child.receive(self._deadline)
                size += more
                if size > MOST_OUTPUT:
                    raise _Large
                if kind == "part":
                    yield content[0]
                elif kind == "remark":
                    connector.context.remark(content[0])
                else:
                    is_done = True
                    if kind == "error":
                        raise _error(*content)
        except (_Gone, _Late, _Large) as trouble:
            raise self._failure(trouble, place) from None
        finally:
            if not is_done:
                self._drop()

    def _opened(self, connector: Connector) -> Child:
        """The child of this source, in which the connector stands ready."""
        if self._child is None:
            self._child = _POOL.take()
        if self._connector is not connector:
            context = connector.context
            surroundings = {
                "organisation_id": context.organisation_id,
                "source_id": context.source_id,
                "folder": context.folder,
                "today": context.today,
                "personal_data": context.personal_data,
                "own_words": context.own_words,
            }
            self._child.send(Job("open", Opening(type(connector), connector.settings, surroundings)), self._deadline)
            self._connector = connector
        return self._child

    def _drop(self) -> None:
        """End the child: it is in the middle of something, or not there any more."""
        child, self._child, self._connector = self._child, None, None
        if child is not None:
            child.end()

    def _failure(self, trouble: Exception, place: str) -> TerminalError:
        if isinstance(trouble, _Late):
            reason = message("file.too_slow", seconds=self.seconds)
        elif isinstance(trouble, _Large):
            reason = message("file.too_much", megabytes=MOST_OUTPUT // 2**20)
        else:
            child = self._child
            if child is not None and child.is_alive:
                child.end()
            reason = message("file.reader_stopped", end=child.ended_by if child else "?")
        return TerminalError(reason, place=place, advice=_SPLIT_IT)


def packed(record: Record) -> Packed:
    """A record as plain values, which travel in a fraction of the time."""
    place = record.locator
    return (
        record.kind, record.key, record.values, (place.file, place.sheet, place.row, place.address, place.artifact),
        record.problems or None, record.at_latest, record.unknown_words or None,
    )  # fmt: skip


def _unpacked(parts: Packed) -> Record:
    kind, key, values, place, problems, at_latest, unknown_words = parts
    return Record(kind, key, values, Locator(*place), problems or [], at_latest, unknown_words or [])


def _bare(payload: Payload) -> Payload:
    """The payload as it is handed over: its bytes or its file, and nothing that was made of it before."""
    return replace(payload, document=None)


def _error(is_transient: bool, reason: Any, place: Any, advice: Any) -> Exception:
    kind = TransientError if is_transient else TerminalError
    return kind(reason, place=place, advice=advice)
