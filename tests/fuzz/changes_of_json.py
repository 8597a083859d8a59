"""JSON that is well formed, or nearly so, and says other things: other types, keys that come twice or are gone, numbers without
end, halves of characters, documents a thousand levels deep."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from tests.fuzz import odd

# What no value of Python stands for: put in as a mark first, and as it is when the document is text.
_RAW = (
    "1e999", "-0", "-0.0", "1E+400", "NaN", "-Infinity", "9" * 30, "9" * 600, "1" + "0" * 5000, "0.1e-9999", '"\\ud800"', '"\\udc00\\ud800"',
    '"\\ud83d\\ude00"', '"\\u0000"', '"\\u0000x"', "01", "+1", ".5", "1.", "'a'", '"a\\x"', "tru", "[1,]", '{"a":1,}', '{"a":1,"a":2}', "/**/1",
    "[" * 900 + "]" * 900, "[" * 20000 + "]" * 20000, '{"a":' * 900 + "1" + "}" * 900, '"' + "x" * 40_000 + '"', "", '"a\nb"', '"a\tb"',
)  # fmt: skip
_MARK = "@@{}@@"
_VALUES = (
    None,
    True,
    False,
    0,
    -1,
    1,
    1.5,
    10**18,
    2**63,
    1e308,
    "",
    [],
    {},
    [None],
    [[]],
    {"": None},
    ["a", 1, None],
    [{}],
)
Place = tuple[Any, Any]


def changed_json(content: bytes, chance: random.Random) -> bytes:
    """A JSON document, or one of the lines of a file of such, after one to five changes."""
    text = content.decode()
    if "\n{" not in text.strip() or text.lstrip()[0] != "{" or not _is_lines(text):
        return _written(_changed(json.loads(text), chance), chance)
    return _changed_lines(text.splitlines(), chance)


def _is_lines(text: str) -> bool:
    first = text.partition("\n")[0]
    return first.endswith("}")


def _changed_lines(lines: list[str], chance: random.Random) -> bytes:
    place = chance.randrange(len(lines))
    match chance.randrange(6):
        case 0:
            del lines[place]
        case 1:
            lines.insert(chance.randrange(len(lines)), lines[place])
        case 2:
            lines[place] = chance.choice(("", " ", "[]", "null", "1", "{", "{}", "[{}]"))
    if lines and chance.random() < 0.8:
        place = chance.randrange(len(lines))
        line = _changed(
            json.loads(lines[place] or "{}") if lines[place][:1] == "{" and lines[place] != "{" else {}, chance
        )
        lines[place] = _written(line, chance, is_plain=True).decode("utf-8", "surrogatepass")
    return chance.choice(("\n", "\n", "\r\n", "\n\n")).join(lines).encode("utf-8", "surrogatepass")


def _changed(document: Any, chance: random.Random) -> Any:
    holder = [document]
    for _ in range(chance.choice((1, 1, 2, 2, 3, 5))):
        places = list(_places(holder))
        change = chance.choice(_CHANGES)
        change(chance.choice(places), places, chance)
        if not holder:
            holder.append(None)
    return holder[0]


def _places(node: Any) -> list[Place]:
    """Every place in which a value stands, as its container and the key in it."""
    found: list[Place] = []
    waiting = [node]
    while waiting:
        container = waiting.pop()
        keys = list(container) if isinstance(container, dict) else range(len(container))
        for key in keys:
            found.append((container, key))
            if isinstance(container[key], (dict, list)):
                waiting.append(container[key])
    return found


def _other_value(place: Place, places: list[Place], chance: random.Random) -> None:
    container, key = place
    match chance.randrange(4):
        case 0:
            container[key] = json.loads(json.dumps(chance.choice(_VALUES)))
        case 1:
            container[key] = _MARK.format(chance.randrange(len(_RAW)))
        case _:
            container[key] = odd.text(chance)


def _leave_out(place: Place, places: list[Place], chance: random.Random) -> None:
    container, key = place
    del container[key]


def _other_key(place: Place, places: list[Place], chance: random.Random) -> None:
    container, key = place
    if isinstance(container, dict):
        names = [name for holder, name in places if isinstance(holder, dict)]
        name = chance.choice(names) if chance.random() < 0.5 else odd.text(chance)
        container[name] = container.pop(key)


def _another_value(place: Place, places: list[Place], chance: random.Random) -> None:
    """The value of another place, as it is there."""
    container, key = place
    other, name = chance.choice(places)
    container[key] = json.loads(json.dumps(other[name]))


def _again(place: Place, places: list[Place], chance: random.Random) -> None:
    container, key = place
    copy = json.dumps(container[key])
    times = chance.choice((1, 1, 2, 40)) if len(copy) < 2000 else 1
    if isinstance(container, list):
        container[key:key] = [json.loads(copy) for _ in range(times)]
    else:
        container[f"{key}{chance.choice(('', ' ', '_', 's'))}"] = json.loads(copy)


def _wrapped(place: Place, places: list[Place], chance: random.Random) -> None:
    container, key = place
    value = container[key]
    container[key] = chance.choice(([value], {"": value}, {str(key): value}, [[value]], [value, value]))


def _as_text(place: Place, places: list[Place], chance: random.Random) -> None:
    container, key = place
    value = container[key]
    container[key] = (
        json.dumps(value) if not isinstance(value, str) else chance.choice((value.upper(), f" {value} ", [value]))
    )


def _twice(place: Place, places: list[Place], chance: random.Random) -> None:
    """A key that comes twice, with another value: written so when the document is text."""
    container, key = place
    if isinstance(container, dict) and isinstance(key, str):
        container[f"@@twice@@{key}"] = odd.text(chance)


_Change = Callable[[Place, list[Place], random.Random], None]
_CHANGES: tuple[_Change, ...] = (
    _other_value, _other_value, _other_value, _leave_out, _other_key, _another_value, _again, _wrapped, _as_text, _twice,
)  # fmt: skip


def _written(document: Any, chance: random.Random, *, is_plain: bool = False) -> bytes:
    """The document as text, with what no value of Python stands for."""
    indent = chance.choice((None, None, None, 1)) if not is_plain else None
    text = json.dumps(document, ensure_ascii=chance.random() < 0.5, indent=indent)
    if "@@" in text:
        text = text.replace("@@twice@@", "")
        for number, raw in enumerate(_RAW):
            text = text.replace(f'"{_MARK.format(number)}"', raw)
    if is_plain or chance.random() < 0.9:
        return text.encode("utf-8", "surrogatepass")
    text = chance.choice(("", " ", "\n", "\ufeff", "x")) + text + chance.choice(("", " ", "\n", "\0", "{}", ","))
    return odd.encoded(text, chance.choice(odd.ENCODINGS))
