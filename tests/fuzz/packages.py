"""Zip packages as short lists of parts, written without compression and without the time of the day: the same parts are the same
bytes. What the directory says of a part may be a lie."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass

_LOCAL, _CENTRAL, _END = 0x04034B50, 0x02014B50, 0x06054B50
_DAY = 0x5B74  # 20 November 2025, as MS-DOS wrote days
STORED, DEFLATED = 0, 8


@dataclass(frozen=True)
class Part:
    """One file of a package. `size`, `check`, `method` and `flags` are what the package says of it, when that is not so."""

    name: str
    content: bytes
    is_deflated: bool = False
    size: int | None = None
    packed_size: int | None = None
    check: int | None = None
    method: int | None = None
    flags: int = 0


def packed(parts: list[Part] | tuple[Part, ...]) -> bytes:
    """The parts as a zip file."""
    written, directory = bytearray(), bytearray()
    for part in parts:
        name = part.name.encode("utf-8", "surrogatepass")
        data = _deflated(part.content) if part.is_deflated else part.content
        method = (DEFLATED if part.is_deflated else STORED) if part.method is None else part.method
        check = zlib.crc32(part.content) if part.check is None else part.check
        packed_size = len(data) if part.packed_size is None else part.packed_size
        size = len(part.content) if part.size is None else part.size
        same = (20, part.flags, method, 0, _DAY, check, packed_size, size, len(name), 0)
        place = len(written)
        written += struct.pack("<IHHHHHIIIHH", _LOCAL, *same) + name + data
        directory += struct.pack("<IHHHHHHIIIHHHHHII", _CENTRAL, 20, *same, 0, 0, 0, 0, place) + name
    number = len(parts)
    end = struct.pack("<IHHHHIIH", _END, 0, 0, number, number, len(directory), len(written), 0)
    return bytes(written + directory + end)


def unpacked(content: bytes) -> tuple[Part, ...]:
    """The parts of a zip file, in the order in which they stand."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return tuple(Part(name, archive.read(name)) for name in archive.namelist())


def _deflated(content: bytes) -> bytes:
    compressor = zlib.compressobj(1, zlib.DEFLATED, -15)
    return compressor.compress(content) + compressor.flush()
