"""Tables as text, and files of lines, that are written otherwise: other fields, quotation marks, delimiters, ends of lines and
character sets; rows that are gone, come twice, are longer or shorter."""

from __future__ import annotations

import csv
import io
import random
from functools import lru_cache

from tests.fuzz import odd

_DELIMITERS = (";", ",", "\t", "|", " ", ":")
_ENDS = ("\n", "\n", "\r\n", "\r", "\n\n", "\n\r")
_CHARACTER_SETS = (
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "cp1252",
    "cp850",
    "mac_roman",
    "cp437",
    "utf-7",
)
_PIECES = (
    '"',
    '""',
    '"a',
    'a"b',
    '"a"b',
    '"a;b"',
    '"a\nb"',
    "'",
    "\\",
    '\\"',
    ";",
    ",",
    "\t",
    "\r",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x85",
    "\u2028",
    "\0",
)
_FIRST_LINES = ("sep=;", "sep=,", "sep=\t", "sep=", "SEP=|", '"sep=;"', "", " ", ";;;", "#", "Overzicht", "\ufeff")


@lru_cache(maxsize=64)
def _rows(content: bytes) -> tuple[tuple[str, ...], ...]:
    text = content.decode()
    delimiter = max(";,", key=text.partition("\n")[0].count)
    return tuple(tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def changed_csv(content: bytes, chance: random.Random) -> bytes:
    """A csv file after one to five changes of its rows and fields, written in one of many ways."""
    rows = [list(row) for row in _rows(content)]
    text = content.decode()
    delimiter = max(";,", key=text.partition("\n")[0].count)
    for _ in range(chance.choice((1, 1, 2, 3, 5))):
        _change_rows(rows, chance)
    if chance.random() < 0.1:
        delimiter = chance.choice(_DELIMITERS)
    quotes_all = chance.random() < 0.3
    end = chance.choice(_ENDS) if chance.random() < 0.3 else "\n"
    lines = [delimiter.join(_field(cell, delimiter, quotes_all, chance) for cell in row) for row in rows]
    if chance.random() < 0.1:
        lines.insert(chance.choice((0, 0, 1)), chance.choice(_FIRST_LINES))
    text = end.join(lines) + chance.choice((end, end, "", end * 3))
    return text.encode("utf-8", "surrogatepass") if chance.random() < 0.85 else _in_another_set(text, chance)


def _field(cell: str, delimiter: str, quotes_all: bool, chance: random.Random) -> str:
    """A field as csv writes it, and once in a while as it does not."""
    needs_quotes = quotes_all or any(sign in cell for sign in (delimiter, '"', "\n", "\r"))
    if not needs_quotes or (not quotes_all and chance.random() < 0.05):
        return cell
    return '"' + cell.replace('"', '""') + '"'


def _change_rows(rows: list[list[str]], chance: random.Random) -> None:
    if not rows:
        rows.append([odd.word(chance)])
    row = chance.choice(rows)
    column = chance.randrange(len(row)) if row else 0
    match chance.randrange(12):
        case 0 | 1 | 2 | 3:
            row[column : column + 1] = [odd.text(chance)]
        case 4:
            row[column : column + 1] = [chance.choice(_PIECES) + odd.word(chance)]
        case 5:
            row.insert(column, odd.text(chance))
        case 6:
            del row[column : column + 1]
        case 7:
            rows.remove(row)
        case 8:
            times = chance.choice((1, 1, 2, 60))
            rows += [list(row) for _ in range(times)]
        case 9:
            chance.shuffle(rows)
        case 10:
            other = chance.choice(rows)
            row[column : column + 1] = [chance.choice(other or [""])]
        case _:
            place = chance.randrange(len(rows))
            rows.insert(place, [""] * chance.choice((0, 1, len(row), 300)))


def changed_lines(content: bytes, chance: random.Random) -> bytes:
    """A file of lines `name=value` after one to five changes."""
    lines = content.decode("utf-8", "replace").splitlines()
    for _ in range(chance.choice((1, 1, 2, 3, 5))):
        _change_lines(lines, chance)
    end = chance.choice(_ENDS) if chance.random() < 0.2 else "\n"
    text = end.join(lines) + end
    return text.encode("utf-8", "surrogatepass") if chance.random() < 0.9 else _in_another_set(text, chance)


def _change_lines(lines: list[str], chance: random.Random) -> None:
    if not lines:
        lines.append(odd.word(chance))
    place = chance.randrange(len(lines))
    name, _, value = lines[place].partition("=")
    match chance.randrange(8):
        case 0 | 1:
            lines[place] = f"{name}={odd.text(chance)}"
        case 2:
            parts = value.split("|")
            parts[chance.randrange(len(parts))] = odd.text(chance)
            lines[place] = f"{name}={'|'.join(parts)}"
        case 3:
            lines[place] = f"{odd.text(chance)}={value}"
        case 4:
            del lines[place]
        case 5:
            lines[place:place] = [lines[place]] * chance.choice((1, 1, 2, 60))
        case 6:
            other = chance.choice(lines).partition("=")[2]
            lines[place] = f"{name}={other}"
        case _:
            cut = chance.randint(0, len(lines[place]))
            lines[place] = lines[place][:cut] + chance.choice(_PIECES) + lines[place][cut:]


def _in_another_set(text: str, chance: random.Random) -> bytes:
    text = text if chance.random() < 0.5 else text.replace("e", "é").replace("o", "ö")
    return odd.encoded(text, chance.choice(_CHARACTER_SETS))
