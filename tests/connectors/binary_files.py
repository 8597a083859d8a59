"""Binary workbooks for tests: a compound file around streams, as [MS-CFB] says, and an xlsb of single records, as [MS-XLSB] says."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable
from datetime import datetime

SECTOR = 512
END, FREE, TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file with these streams, each of at least 4096 bytes in sectors of its own."""
    sectors: list[bytes] = []
    following: list[int] = []

    def add(content: bytes) -> int:
        first, number = len(sectors), -(-len(content) // SECTOR)
        sectors.extend(content[index * SECTOR :][:SECTOR].ljust(SECTOR, b"\0") for index in range(number))
        following.extend([*range(first + 1, first + number), END])
        return first

    entries = [_entry("Root Entry", 5, END, 0)]
    for name, content in streams.items():
        whole = content.ljust(4096, b"\0")
        entries.append(_entry(name, 2, add(whole), len(whole)))
    directory = add(b"".join(entries))
    table = len(sectors)
    number = -(-(table + 8) // (SECTOR // 4))
    following += [TABLE] * number
    links = struct.pack(f"<{len(following)}I", *following)
    places = struct.pack("<109I", *[*range(table, table + number), *[FREE] * (109 - number)])
    version = struct.pack("<HHHHHH", 0x3E, 3, 0xFFFE, 9, 6, 0) + bytes(4)
    counts = struct.pack("<9I", 0, number, directory, 0, 4096, END, 0, END, 0)
    header = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16) + version + counts + places
    return header + b"".join(sectors) + links.ljust(number * SECTOR, b"\xff")


def _entry(name: str, kind: int, first: int, size: int) -> bytes:
    written = f"{name}\0".encode("utf-16-le")
    begin = written.ljust(64, b"\0") + struct.pack("<HBB", len(written), kind, 1)
    return begin + struct.pack("<3I", FREE, FREE, FREE) + bytes(36) + struct.pack("<IQ", first, size)


def summary(saved: datetime) -> bytes:
    """The properties of a document that was last saved at this moment (UTC)."""
    ticks = int((saved - datetime(1601, 1, 1)).total_seconds()) * 10_000_000
    section = struct.pack("<II", 0, 1) + struct.pack("<II", 13, 16) + struct.pack("<IQ", 64, ticks)
    return struct.pack("<HHI16sI16sI", 0xFFFE, 0, 0, bytes(16), 1, bytes(16), 48) + section


def record(kind: int, data: bytes = b"") -> bytes:
    """A record of an xlsb."""
    return _sevens(kind) + _sevens(len(data)) + data


def _sevens(number: int) -> bytes:
    parts = []
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def text(value: str) -> bytes:
    """A text of an xlsb."""
    return struct.pack("<I", len(value)) + value.encode("utf-16-le")


def row(number: int, *, hidden: bool = False) -> bytes:
    """The header of a row, 0-based."""
    return record(0, struct.pack("<IIHBBBII", number, 0, 300, 0, 0x10 * hidden, 0, 0, 0))


def cell(kind: int, column: int, value: bytes, style: int = 0) -> bytes:
    """A cell: 5 a number, 6 a text, 9 a formula with a number, 3 an error."""
    return record(kind, struct.pack("<II", column, style) + value)


def words(number: int, *values: str) -> bytes:
    """A row of texts."""
    return row(number) + b"".join(cell(6, column, text(value)) for column, value in enumerate(values))


def xlsb(sheet: Iterable[bytes], formats: dict[int, str], address: str = "", link: bytes = b"") -> bytes:
    """A workbook with a sheet "Register" of these records; cells have style 0, or one for each of `formats`, in order. `link`: the
    record of a link, of which the relation rId1 leads to `address`."""
    relations = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    one = '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"{}/>'
    own = b"".join(record(44, struct.pack("<H", number) + text(code)) for number, code in formats.items())
    styles = b"".join(record(47, struct.pack("<HH12x", 0, number)) for number in (0, *formats))
    bundle = struct.pack("<II", 0, 1) + text("rId1") + text("Register")
    data = b"".join(sheet)
    extent = struct.pack("<4I", 0, 9, 0, 9)
    parts = {
        "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relations.format(one.format("officeDocument", "xl/workbook.bin", "")).encode(),
        "xl/workbook.bin": record(131) + record(143) + record(156, bundle) + record(144) + record(132),
        "xl/_rels/workbook.bin.rels": relations.format(one.format("worksheet", "worksheets/sheet1.bin", "")).encode(),
        "xl/styles.bin": record(278)
        + record(615, struct.pack("<I", len(formats)))
        + own
        + record(616)
        + record(617, struct.pack("<I", len(formats) + 1))
        + styles
        + record(618)
        + record(279),
        "xl/worksheets/sheet1.bin": record(129)
        + record(148, extent)
        + record(145)
        + data
        + record(146)
        + (record(494, link) if link else b"")
        + record(130),
    }
    if address:
        target = one.format("hyperlink", address, ' TargetMode="External"')
        parts["xl/worksheets/_rels/sheet1.bin.rels"] = relations.format(target).encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()
