"""XML of which elements are gone, come twice, stand elsewhere or have other names, attributes and texts; with entities, document
types, other character sets and thousands of levels. A document is a list of tokens: most of what comes out is well formed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import lru_cache

from tests.fuzz import odd

_TOKEN = re.compile(r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[.*?\]\]>|<[^>]+>|[^<]+", re.DOTALL)
_ATTRIBUTE = re.compile(r'([\w:.-]+)="([^"]*)"')
_NAME = re.compile(r"^<([\w:.-]+)")
_ENTITIES = (
    "&amp;", "&lt;x&gt;", "&#65;", "&#x1F4A5;", "&#0;", "&#xD800;", "&#x10FFFF;", "&#x110000;", "&x;", "&laugh;", "&", "<![CDATA[a<b]]>",
    "<![CDATA[]]>", "a<!-- b -->c", "<?a b?>", "]]>", "<", ">", "&#13;&#10;", "&#x85;", "&#x2028;", "\x01", "<a/>", "<a xmlns=''>b</a>",
)  # fmt: skip
_LAUGHS = (
    "".join(f'<!ENTITY laugh{n} "{f"&laugh{n - 1};" * 10}">' for n in range(1, 8)) + '<!ENTITY laugh "&laugh7;">'
)  # each ten times the one before it
_DOCUMENT_TYPES = (
    "<!DOCTYPE a>", f'<!DOCTYPE a [<!ENTITY laugh0 "ha">{_LAUGHS}]>', '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
    '<!DOCTYPE a [<!ENTITY laugh SYSTEM "file:///etc/passwd">]>', '<!DOCTYPE a [<!ENTITY x "y">]>', "<!DOCTYPE html>",
)  # fmt: skip
_DEPTHS = (*(10, 300, 1000) * 6, 3000, 20_000)
_TRIES = 12


@lru_cache(maxsize=64)
def _tokens(content: bytes) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(content.decode()))


@lru_cache(maxsize=64)
def _elements(content: bytes) -> tuple[tuple[int, int], ...]:
    """The first and last token of every element but the root."""
    found, open_tags = [], []
    for number, token in enumerate(_tokens(content)):
        if not token.startswith("<") or token.startswith(("<!", "<?")):
            continue
        if token.endswith("/>"):
            found.append((number, number))
        elif not token.startswith("</"):
            open_tags.append(number)
        elif open_tags:
            found.append((open_tags.pop(), number))
    return tuple(span for span in found if open_tags or span[0] != min(first for first, _ in found))


def changed_xml(content: bytes, chance: random.Random, places: tuple[str, ...] = ()) -> bytes:
    """A document after a few changes; `places` are values of attributes that mean something to its format."""
    tokens = list(_tokens(content))
    spans = _elements(content)
    if spans and chance.random() < 0.5:
        change = chance.choice(_OF_ELEMENTS)
        tokens = change(tokens, spans, chance)
    for _ in range(chance.choice((0, 1, 1, 2, 3)) or int(not spans)):
        chance.choice(_OF_TOKENS)(tokens, chance, places)
    text = "".join(tokens)
    return text.encode("utf-8", "surrogatepass") if chance.random() < 0.92 else _otherwise_written(text, chance)


# -- elements ----------------------------------------------------------------------------------------------------------

Spans = tuple[tuple[int, int], ...]


def _drop(tokens: list[str], spans: Spans, chance: random.Random) -> list[str]:
    first, last = chance.choice(spans)
    return tokens[:first] + tokens[last + 1 :]


def _repeat(tokens: list[str], spans: Spans, chance: random.Random) -> list[str]:
    first, last = chance.choice(spans)
    times = chance.choice((1, 1, 1, 2, 5)) if last - first > 40 else chance.choice((1, 1, 2, 5, 100))
    return tokens[: last + 1] + tokens[first : last + 1] * times + tokens[last + 1 :]


def _move(tokens: list[str], spans: Spans, chance: random.Random) -> list[str]:
    """An element also stands, or from now on stands only, before another one."""
    first, last = chance.choice(spans)
    target = chance.choice(spans)[0]
    element = tokens[first : last + 1]
    if chance.random() < 0.5 or first <= target <= last:
        return tokens[:target] + element + tokens[target:]
    if target < first:
        return tokens[:target] + element + tokens[target:first] + tokens[last + 1 :]
    return tokens[:first] + tokens[last + 1 : target] + element + tokens[target:]


def _rename(tokens: list[str], spans: Spans, chance: random.Random) -> list[str]:
    first, last = chance.choice(spans)
    other = _NAME.match(tokens[chance.choice(spans)[0]])
    name = (
        other[1] if other and chance.random() < 0.6 else chance.choice(("a", "x:a", "_", "A", "é", "1", "xml", "a:b:c"))
    )
    tokens[first] = _NAME.sub(f"<{name}", tokens[first])
    if last != first:
        tokens[last] = f"</{name}>"
    return tokens


def _nest(tokens: list[str], spans: Spans, chance: random.Random) -> list[str]:
    """An element lies thousands of levels deep, or beside such a depth."""
    first, last = chance.choice(spans)
    depth = chance.choice(_DEPTHS)
    match = _NAME.match(tokens[first])
    name = match[1] if match and chance.random() < 0.5 else "a"
    begin, end = [f"<{name}>" * depth], [f"</{name}>" * depth]
    if chance.random() < 0.5:
        return tokens[:first] + begin + tokens[first : last + 1] + end + tokens[last + 1 :]
    return tokens[:first] + begin + end + tokens[first:]


def _empty(tokens: list[str], spans: Spans, chance: random.Random) -> list[str]:
    first, last = chance.choice(spans)
    return tokens[: first + 1] + tokens[last:] if last > first else tokens


_OF_ELEMENTS: tuple[Callable[[list[str], Spans, random.Random], list[str]], ...] = (
    _drop, _drop, _repeat, _repeat, _move, _move, _rename, _nest, _empty,
)  # fmt: skip

# -- tokens ------------------------------------------------------------------------------------------------------------


def _find(tokens: list[str], chance: random.Random, fits: Callable[[str], bool]) -> int | None:
    """A token that fits, when a few tries find one."""
    for _ in range(_TRIES):
        number = chance.randrange(len(tokens)) if tokens else 0
        if tokens and fits(tokens[number]):
            return number
    return None


def _has_attributes(token: str) -> bool:
    return token.startswith("<") and '="' in token and not token.startswith(("<!", "<?"))


def _is_text(token: str) -> bool:
    return not token.startswith("<") and bool(token.strip())


def _as_value(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _other_attribute(tokens: list[str], chance: random.Random, places: tuple[str, ...]) -> None:
    number = _find(tokens, chance, _has_attributes)
    if number is None:
        return
    name, value = chance.choice(_ATTRIBUTE.findall(tokens[number]) or [("", "")])
    written = f'{name}="{value}"'
    other = chance.choice(places) if places and chance.random() < 0.7 else _as_value(odd.text(chance))
    ways = (
        f'{name}="{other}"',
        f'{name}="{other}"',
        f'{name}="{other}"',
        "",
        f'{written} {name}="{other}"',
        f'x{name}="{value}"',
    )
    tokens[number] = tokens[number].replace(written, chance.choice(ways), 1)


def _other_text(tokens: list[str], chance: random.Random, places: tuple[str, ...]) -> None:
    number = _find(tokens, chance, _is_text)
    if number is None:
        return
    match chance.randrange(5):
        case 0:
            tokens[number] = chance.choice(_ENTITIES)
        case 1:
            place = chance.randint(0, len(tokens[number]))
            tokens[number] = tokens[number][:place] + chance.choice(_ENTITIES) + tokens[number][place:]
        case 2:
            tokens[number] = ""
        case _:
            tokens[number] = _as_value(odd.text(chance))


def _another_text(tokens: list[str], chance: random.Random, places: tuple[str, ...]) -> None:
    number, other = _find(tokens, chance, _is_text), _find(tokens, chance, _is_text)
    if number is not None and other is not None:
        tokens[number] = tokens[other]


def _loose_tag(tokens: list[str], chance: random.Random, places: tuple[str, ...]) -> None:
    number = chance.randrange(len(tokens)) if tokens else 0
    if chance.random() < 0.5:
        del tokens[number : number + 1]
    else:
        tokens.insert(number, chance.choice(_ENTITIES))


_OF_TOKENS: tuple[Callable[[list[str], random.Random, tuple[str, ...]], None], ...] = (
    _other_attribute, _other_attribute, _other_attribute, _other_text, _other_text, _other_text, _another_text, _loose_tag,
)  # fmt: skip

# -- the whole document ------------------------------------------------------------------------------------------------


def _otherwise_written(text: str, chance: random.Random) -> bytes:
    body = re.sub(r"^<\?xml.*?\?>\s*", "", text, flags=re.DOTALL)
    encoding = chance.choice(odd.ENCODINGS)
    match chance.randrange(4):
        case 0:
            return odd.encoded(f'<?xml version="1.0" encoding="{encoding}"?>{body}', encoding)
        case 1:
            return odd.encoded(f'<?xml version="1.0" encoding="{encoding}"?>{body}', chance.choice(odd.ENCODINGS))
        case 2:
            return f'<?xml version="1.1"?>{body}'.encode("utf-8", "surrogatepass")
        case _:
            return (chance.choice(_DOCUMENT_TYPES) + body).encode("utf-8", "surrogatepass")
