"""A process that cannot be taken for another one that got its number later."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROCESSES = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """The number of a process and when it started, in ticks since the machine did."""

    number: int
    started: int

    @classmethod
    def of(cls, number: int) -> Process | None:
        """The process with a number; None when there is none, or nothing that tells (no /proc)."""
        with suppress(OSError, ValueError, IndexError):
            fields = (_PROCESSES / str(number) / "stat").read_text().rsplit(")", 1)[1].split()
            if fields[0] != "Z":
                return cls(number, int(fields[19]))
        return None

    def runs(self) -> bool:
        return Process.of(self.number) == self

    def words(self) -> list[str]:
        """The process as arguments of a command."""
        return [str(self.number), str(self.started)]
