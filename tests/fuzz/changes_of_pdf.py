"""PDF files of which objects are gone, changed, swapped, or lead to themselves; streams that say another length or filter; a table
of references that is wrong. What comes out is written anew with a right table, most of the time."""

from __future__ import annotations

import random
import re
from functools import lru_cache

from tests.fuzz import odd
from tests.fuzz.changes_of_bytes import damaged
from tests.fuzz.corpus_of_pdf import written_pdf

_OBJECT = re.compile(rb"\d+ 0 obj\n(.*?)\nendobj", re.DOTALL)
_REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
_NUMBER = re.compile(rb"(?<![\w.#-])-?\d+(?:\.\d+)?(?![\w.])")
_NAME = re.compile(rb"/[A-Za-z][A-Za-z0-9]*")
_TEXT = re.compile(rb"\(([^()]*)\)")
_NUMBERS = (
    b"0", b"-1", b"1", b"7", b"65535", b"2147483648", b"99999999999999999999", b"1e9", b"-0.00001", b"0.0001", b"1000000", b"-1000000",
    b"null", b"true", b"(a)", b"[]", b"<<>>", b"/A", b"1 0 R", b"99 0 R", b"--5", b"1.2.3", b"NaN",
)  # fmt: skip
_NAMES = (
    b"/Type", b"/Page", b"/Pages", b"/Kids", b"/Count", b"/Parent", b"/Length", b"/Filter", b"/FlateDecode", b"/LZWDecode",
    b"/ASCII85Decode", b"/ASCIIHexDecode", b"/RunLengthDecode", b"/DCTDecode", b"/Crypt", b"/Contents", b"/Font", b"/F1", b"/Encoding",
    b"/Encrypt", b"/ToUnicode", b"/Identity-H", b"/Type0", b"/Widths", b"/Resources", b"/XObject", b"/Title", b"/ModDate", b"/Root",
)  # fmt: skip
_OPERATIONS = (
    b"BT", b"ET", b"q", b"Q", b"1 0 0 1 1000000 -1000000 cm", b"0 0 0 0 0 0 Tm", b"1e9 0 0 1e9 0 0 Tm", b"/F1 0 Tf", b"/F1 1000000 Tf",
    b"/F1 0.0001 Tf", b"/F9 12 Tf", b"0 -99999999 Td", b"99999999 0 Td", b"T*", b"(x) Tj", b"[(a) -99999 (b)] TJ", b"100 Tz", b"0 Tz",
    b"/X Do", b"(\\377\\376) Tj", b"<00> Tj", b"<FEFF0041> Tj", b"' ", b'1 2 (a) "', b"BI /W 1 /H 1 ID x EI", b"(unclosed", b"[", b">>",
    b"-1 -1 -1 -1 0 0 cm", b"Tf", b"Tj", b"1 TL", b"1000000 TL", b"-5 Ts", b"1 0 1 0 0 0 Tm",
)  # fmt: skip


@lru_cache(maxsize=64)
def _objects(content: bytes) -> tuple[bytes, ...]:
    return tuple(_OBJECT.findall(content))


def changed_pdf(content: bytes, chance: random.Random) -> bytes:
    """A PDF of plain objects after one to four changes."""
    objects = list(_objects(content))
    for _ in range(chance.choice((1, 1, 2, 3, 4))):
        if objects:
            number = chance.randrange(len(objects))
            _change(objects, number, chance)
    is_right = chance.random() < 0.85
    shift = 0 if is_right else chance.choice((-1, 1, 7, 100_000))
    root = chance.choice((b"1 0 R", b"2 0 R", b"99 0 R", b"null")) if chance.random() < 0.05 else b"1 0 R"
    return written_pdf(objects, shift=shift, root=root)


def _change(objects: list[bytes], number: int, chance: random.Random) -> None:
    body = objects[number]
    match chance.randrange(13):
        case 0:
            objects[number] = b"null"
        case 1:
            objects[number] = chance.choice(objects)
        case 2:
            other = chance.randrange(len(objects))
            objects[number], objects[other] = objects[other], body
        case 3 | 4:
            objects[number] = _with_one_other(_REFERENCE, body, b"%d 0 R" % chance.randint(0, len(objects) + 1), chance)
        case 5 | 6:
            objects[number] = _with_one_other(_NUMBER, body, chance.choice(_NUMBERS), chance)
        case 7:
            objects[number] = _with_one_other(_NAME, body, chance.choice(_NAMES), chance)
        case 8 | 9:
            text = odd.text(chance).replace("(", "").replace(")", "").replace("\\", "")[:2000]
            objects[number] = _with_one_other(
                _TEXT, body, b"(" + text.encode("utf-16" if chance.random() < 0.3 else "utf-8") + b")", chance
            )
        case 10:
            objects[number] = damaged(body, objects, chance)
        case 11:
            objects.append(body)
        case _:
            lines = body.split(b"\n")
            lines.insert(chance.randint(0, len(lines)), chance.choice(_OPERATIONS))
            objects[number] = b"\n".join(lines)


def _with_one_other(pattern: re.Pattern[bytes], body: bytes, other: bytes, chance: random.Random) -> bytes:
    matches = list(pattern.finditer(body))
    if not matches:
        return body
    match = chance.choice(matches)
    return body[: match.start()] + other + body[match.end() :]
