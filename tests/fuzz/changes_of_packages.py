"""Office files of which one part says something else, is gone, comes twice, or is not as the package says that it is."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import lru_cache

from tests.fuzz import odd
from tests.fuzz.changes_of_bytes import damaged
from tests.fuzz.changes_of_xml import changed_xml
from tests.fuzz.packages import Part, packed, unpacked

_SIZES = (0, 1, 2**31 - 1, 2**32 - 1, 100_000_000)
_METHODS = (1, 8, 9, 12, 14, 93, 99)
_NAMES = (
    "",
    "/",
    "../x.xml",
    "xl/workbook.bin",
    "content.xml",
    "\x00",
    "EncryptedPackage",
    "xl/sharedStrings.xml",
    "é.xml",
)


@lru_cache(maxsize=64)
def _parts(content: bytes) -> tuple[Part, ...]:
    return unpacked(content)


@dataclass(frozen=True)
class ChangedPackage:
    """A change of packages of one format. `main`: the parts that hold what is read, which are changed most; `places`: values of
    attributes that mean something there."""

    main: tuple[str, ...]
    places: tuple[str, ...] = ()

    def __call__(self, content: bytes, chance: random.Random) -> bytes:
        parts = list(_parts(content))
        for _ in range(chance.choice((1, 1, 1, 2))):
            self._change(parts, chance)
        return packed(parts)

    def _change(self, parts: list[Part], chance: random.Random) -> None:
        number = self._number(parts, chance)
        if number is None:
            return
        part = parts[number]
        match chance.randrange(20):
            case 0:
                del parts[number]
            case 1:
                parts.insert(chance.randrange(len(parts)), part)
            case 2:
                parts[number] = replace(part, name=chance.choice((*_NAMES, part.name.upper(), parts[0].name)))
            case 3:
                parts[number] = _with_a_lie(part, chance)
            case 4:
                others = [other.content for other in parts]
                parts[number] = replace(part, content=damaged(part.content, others, chance))
            case 5:
                parts[number] = replace(part, is_deflated=True)
            case 6:
                parts[number] = replace(part, content=chance.choice(parts).content)
            case _:
                parts[number] = self._with_other_xml(part, chance)

    def _number(self, parts: list[Part], chance: random.Random) -> int | None:
        if not parts:
            return None
        main = [number for number, part in enumerate(parts) if part.name in self.main]
        return chance.choice(main) if main and chance.random() < 0.75 else chance.randrange(len(parts))

    def _with_other_xml(self, part: Part, chance: random.Random) -> Part:
        try:
            content = changed_xml(part.content, chance, self.places)
        except UnicodeDecodeError:  # what an earlier change made of it
            content = odd.text(chance).encode("utf-8", "surrogatepass")
        return replace(part, content=content)


def _with_a_lie(part: Part, chance: random.Random) -> Part:
    match chance.randrange(6):
        case 0:
            return replace(part, size=chance.choice(_SIZES))
        case 1:
            return replace(part, packed_size=chance.choice(_SIZES))
        case 2:
            return replace(part, check=0)
        case 3:
            return replace(part, method=chance.choice(_METHODS))
        case 4:
            return replace(part, flags=chance.choice((1, 8, 64, 2048, 8193)))
        case _:
            return replace(part, is_deflated=True, size=chance.choice(_SIZES), content=part.content + b" " * 50_000)
