"""The process that reads what others wrote: it makes a connector, reads payloads with it, and sends back what it found. It
bounds its own memory before it reads anything, may write no file, and ends when nobody listens any more.

What it is asked, and what becomes of its end, is `apart`'s.
"""

from __future__ import annotations

import os
import pickle
import resource
import sys
from typing import Any, BinaryIO

from connectors.base import Connector, Context
from connectors.tools.apart import Job, Opening, Packed, packed
from connectors.tools.reading import as_failure, records_of
from models.errors import EnsiaError
from models.kind import kinds, vocabularies
from models.message import message
from models.record import Payload

_BATCH = 500  # records in one message
_LENGTH = 8
_MOST_FILES = 64


class _Answers:
    """What goes back to who asked."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def send(self, *content: Any) -> None:
        data = pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
        self._stream.write(len(data).to_bytes(_LENGTH, "big") + data)
        self._stream.flush()


def main(memory: int) -> None:
    """Do the jobs that come in, until none comes any more."""
    _bound(memory)
    jobs, answers = sys.stdin.buffer, _Answers(os.fdopen(os.dup(sys.stdout.fileno()), "wb"))
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what a library prints is no answer
    kinds(), vocabularies()
    connector: Connector | None = None
    while True:
        head = jobs.read(_LENGTH)
        if len(head) < _LENGTH:
            return
        job: Job = pickle.loads(jobs.read(int.from_bytes(head, "big")))  # noqa: S301 - from the run that started us
        if job.action == "open":
            connector = _made(job.argument, answers)
        elif connector is not None:
            _do(connector, job, answers)


def _bound(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MOST_FILES, _MOST_FILES))


def _made(opening: Opening, answers: _Answers) -> Connector:
    context = Context(
        **opening.surroundings,
        secret=_no_secret,
        remark=lambda remark: answers.send("remark", remark),
    )
    return opening.connector(opening.settings, context)


def _no_secret(name: str) -> str:
    raise EnsiaError(message("file.no_secret", name=name))


def _do(connector: Connector, job: Job, answers: _Answers) -> None:
    payload: Payload = job.argument
    try:
        if job.action == "read":
            _read(connector, payload, answers)
        else:
            with as_failure(payload.name):
                answers.send("part", getattr(connector, job.method)(payload))
    except EnsiaError as error:
        reason, place, advice = error.texts
        answers.send("error", bool(getattr(error, "transient", False)), reason, place, advice)
        return
    answers.send("done")


def _read(connector: Connector, payload: Payload, answers: _Answers) -> None:
    batch: list[Packed] = []
    for record in records_of(connector, payload):
        batch.append(packed(record))
        if len(batch) == _BATCH:
            answers.send("part", batch)
            batch = []
    answers.send("part", batch)


if __name__ == "__main__":
    main(int(sys.argv[1]))
