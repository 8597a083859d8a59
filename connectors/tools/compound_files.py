"""Opens the container of old Office files (xls): streams in a file, as a disk has files in sectors.

Source: [MS-CFB] §2. What a stream says is left to its reader; when the file was saved stands in [MS-OLEPS] §2.21, property 13.
"""

from __future__ import annotations

import struct
from datetime import datetime, timedelta

SIGNATURE = bytes.fromhex("D0CF11E0A1B11AE1")
SUMMARY = "\x05SummaryInformation"
_LAST_SECTOR = 0xFFFFFFFA  # what is larger, marks an end or a hole
_ENTRY = 128  # bytes of an entry of the directory
_STREAM, _ROOT = 2, 5
_SMALL = 4096  # bytes below which a stream lies in the stream of small ones
_SAVED = 13
_TIME = 64
_FIRST_DAY = datetime(1601, 1, 1)
_LARGEST = 512 * 2**20


class CompoundFile:
    """The streams of a file. Raises ValueError when it is not as the format says."""

    def __init__(self, content: bytes) -> None:
        if not content.startswith(SIGNATURE) or len(content) > _LARGEST:
            raise ValueError("signature")
        self._content = content
        shift, small_shift = struct.unpack_from("<HH", content, 30)
        if shift not in {9, 12} or small_shift != 6:
            raise ValueError("sectors")
        self._size = 1 << shift
        first, _, _, small_table, _, table, _ = struct.unpack_from("<7I", content, 48)
        self._next = self._table(table)
        directory = self._chain(first)
        self._small_next = _as_numbers(self._chain(small_table))
        self._entries: dict[str, tuple[int, int, int]] = {}
        for start in range(0, len(directory), _ENTRY):
            self._take(directory[start : start + _ENTRY])
        self._small = self._chain(self._root_sector())

    def names(self) -> set[str]:
        """The names of the streams."""
        return {name for name, (kind, _, _) in self._entries.items() if kind == _STREAM}

    def stream(self, name: str) -> bytes:
        """The bytes of a stream; none where there is none."""
        kind, first, size = self._entries.get(name, (0, 0, 0))
        if kind != _STREAM:
            return b""
        chain = self._chain(first) if size >= _SMALL else self._small_chain(first)
        if len(chain) < size:
            raise ValueError("stream")
        return chain[:size]

    def _root_sector(self) -> int:
        roots = (first for kind, first, _ in self._entries.values() if kind == _ROOT)
        return next(roots, _LAST_SECTOR)

    def _take(self, entry: bytes) -> None:
        length, kind = struct.unpack_from("<HB", entry, 64)
        first, size = struct.unpack_from("<II", entry, 116)
        name = entry[: max(length - 2, 0)].decode("utf-16-le", "replace")
        self._entries[name] = (kind, first, size)

    def _table(self, following: int) -> tuple[int, ...]:
        """Which sector follows which: the sectors of this table stand in the header and in a chain of their own."""
        sectors = list(struct.unpack_from("<109I", self._content, 76))
        for _ in range(len(self._content) // self._size):
            if following >= _LAST_SECTOR:
                break
            *more, following = _as_numbers(self._sector(following))
            sectors += more
        parts = [self._sector(sector) for sector in sectors if sector < _LAST_SECTOR]
        return _as_numbers(b"".join(parts))

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        return self._content[start : start + self._size]

    def _chain(self, sector: int) -> bytes:
        parts = [self._sector(number) for number in _followed(sector, self._next)]
        return b"".join(parts)

    def _small_chain(self, sector: int) -> bytes:
        numbers = _followed(sector, self._small_next)
        parts = [self._small[number * 64 : number * 64 + 64] for number in numbers]
        return b"".join(parts)


def _followed(sector: int, following: tuple[int, ...]) -> list[int]:
    """The sectors of a chain. Raises ValueError when it goes round or leads outside of the file."""
    chain: list[int] = []
    while sector < _LAST_SECTOR:
        if sector >= len(following) or len(chain) > len(following):
            raise ValueError("chain")
        chain.append(sector)
        sector = following[sector]
    return chain


def _as_numbers(content: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4])


def last_saved(content: bytes) -> datetime | None:
    """When a file says that it was last saved (UTC, naive); None where it does not say."""
    try:
        summary = CompoundFile(content).stream(SUMMARY)
        section = struct.unpack_from("<I", summary, 44)[0]
        number = struct.unpack_from("<I", summary, section + 4)[0]
        properties = dict(struct.iter_unpack("<II", summary[section + 8 :][: 8 * min(number, 100)]))
        kind, ticks = struct.unpack_from("<IQ", summary, section + properties.get(_SAVED, len(summary)))
    except (struct.error, ValueError):
        return None
    since = timedelta(microseconds=ticks // 10)
    return _FIRST_DAY + since if kind == _TIME and 0 < ticks < 2**61 else None
