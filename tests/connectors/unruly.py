"""A connector whose reader does what a payload says: what a parser may do to the process that it runs in."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from connectors.base import Connector, Settings, TerminalError, TransientError, Window
from models.message import message
from models.record import Locator, Payload, Record


class Unruly(Connector):
    """Yields kind ticket: one record before it does what it is told, and one after."""

    name = "unruly"
    Settings = Settings
    payloads_read = 0

    def fetch(self, window: Window) -> Iterator[Payload]:
        yield Payload("lijst.bin", "application/octet-stream", content=b"count")

    def identify(self, payload: Payload) -> int:
        self._do(payload.data().decode())
        return os.getpid()

    def read(self, payload: Payload) -> Iterator[Record]:
        self.payloads_read += 1
        yield self._record("eerst")
        told = payload.data().decode()
        if told == "many":
            for number in range(10_000):
                yield self._record(str(number))
        if told == "endless":
            while True:
                yield self._record("x" * 30_000)
        self._do(told)
        self.remark("seen", told, place=payload.name)
        yield self._record(f"{os.getpid()} {self.payloads_read}")

    @staticmethod
    def _record(title: str) -> Record:
        return Record("ticket", title[:20], {"title": title}, Locator(file="lijst.bin"))

    def _do(self, told: str) -> None:
        word, _, rest = told.partition(" ")
        if word != "count" and hasattr(self, f"_{word}"):
            getattr(self, f"_{word}")(rest)

    def _abort(self, rest: str) -> None:
        os.abort()

    def _segmentation(self, rest: str) -> None:
        ctypes.string_at(0)

    def _leave(self, rest: str) -> None:
        os._exit(int(rest))

    def _hang(self, rest: str) -> None:
        time.sleep(3600)

    def _hang_in_c(self, rest: str) -> None:
        ctypes.PyDLL(None).sleep(3600)  # holds the lock of the interpreter: nothing else runs in this process

    def _memory(self, rest: str) -> None:
        while True:
            self._kept = [getattr(self, "_kept", None), bytearray(64 << 20)]

    def _refuse(self, rest: str) -> None:
        raise TerminalError(
            message("fillin.no_sheet", name="Blad"), place=message("place.row", row=3), advice="doe iets"
        )

    def _busy(self, rest: str) -> None:
        raise TransientError("is bezet", place="lijst.bin", advice="probeer het later")

    def _panic(self, rest: str) -> None:
        raise BaseException("Quirijnszoon")

    def _secret(self, rest: str) -> None:
        self.context.secret("GEHEIM")

    def _variables(self, rest: str) -> None:
        if "GEHEIM" in os.environ:
            raise TerminalError("ziet het geheim")

    def _write(self, rest: str) -> None:
        Path(rest).write_text("x" * 100, "utf-8")

    def _print(self, rest: str) -> None:
        print("x" * 100_000)
        sys.stdout.flush()

    def _forge(self, rest: str) -> None:
        import pickle

        data = pickle.dumps(("part", [_Forged()]))
        for descriptor in range(3, 10):
            try:
                os.write(descriptor, len(data).to_bytes(8, "big") + data)
            except OSError:
                continue


class _Forged:
    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("touch /tmp/ensia-forged",)
