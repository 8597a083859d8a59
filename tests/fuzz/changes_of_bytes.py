"""Damage that knows nothing of a format: signs that are turned over, put in, left out, doubled, cut off or taken from another file."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

_TOKENS = (
    b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\x80", b"\xc3", b"\xed\xa0\x80", b"\r", b"\n", b"\r\n", b"\t", b'"', b"'", b"`", b"\\",
    b"{", b"}", b"[", b"]", b"<", b">", b"/>", b"</", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"&", b"&#0;", b"&#x10FFFF;", b"<?xml?>",
    b"<!DOCTYPE a>", b",", b";", b"|", b"=", b":", b"-", b"1e999", b"-1", b"99999999999999999999", b"null", b"NaN", b"true", b"\\ud800",
    b"\\u0000", b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"%PDF-1.7", b"endobj", b"stream\r\n", b"xref", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f",
)  # fmt: skip
_LONGEST_PIECE = 64
_LONGEST_INPUT = 200_000


def damaged(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """`content` after one to four changes; `others` are the files that pieces are taken from."""
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        change = chance.choice(_CHANGES)
        content = change(content, others, chance)
    return content[:_LONGEST_INPUT]


def _flip(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    if not content:
        return content
    place = chance.randrange(len(content))
    sign = content[place] ^ (1 << chance.randrange(8))
    return content[:place] + bytes([sign]) + content[place + 1 :]


def _other_sign(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    if not content:
        return content
    place = chance.randrange(len(content))
    return content[:place] + bytes([chance.randrange(256)]) + content[place + 1 :]


def _insert_token(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    place = chance.randint(0, len(content))
    return content[:place] + chance.choice(_TOKENS) + content[place:]


def _insert_noise(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    place = chance.randint(0, len(content))
    return content[:place] + chance.randbytes(chance.randint(1, _LONGEST_PIECE)) + content[place:]


def _delete(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    first, last = _piece(content, chance)
    return content[:first] + content[last:]


def _repeat(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    first, last = _piece(content, chance)
    times = chance.choice((1, 1, 2, 5, 50, 500))
    return content[:last] + content[first:last] * times + content[last:]


def _cut_off(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    return content[: chance.randint(0, len(content))]


def _splice(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    other = chance.choice(others)
    return content[: chance.randint(0, len(content))] + other[chance.randint(0, len(other)) :]


def _piece_of_another(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    other = chance.choice(others)
    first, last = _piece(other, chance)
    place = chance.randint(0, len(content))
    return content[:place] + other[first:last] + content[place:]


def _piece(content: bytes, chance: random.Random) -> tuple[int, int]:
    first = chance.randint(0, len(content))
    return first, min(len(content), first + chance.randint(1, _LONGEST_PIECE))


_Change = Callable[[bytes, Sequence[bytes], random.Random], bytes]
_CHANGES: tuple[_Change, ...] = (
    _flip, _flip, _other_sign, _other_sign, _insert_token, _insert_token, _insert_noise, _delete, _repeat, _cut_off, _splice,
    _piece_of_another,
)  # fmt: skip
