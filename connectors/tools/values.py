"""Turns what a source wrote into a typed value of an evidence column: Dutch and ISO dates, decimal commas, ja/nee,
words of a vocabulary. What can be read in two ways is refused, not guessed, and the refusal says what was expected.

Where a value stood and what to do with a refused one is left to the connectors; dates as words to `dates`.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from connectors.tools.dates import OPEN_ENDED, ValueProblem, date_of, timestamp_of
from connectors.tools.number_formats import ShownNumber
from models.kind import Column, Vocabulary, vocabularies
from models.message import Both, Text, listed, message
from models.norm_number import without_prefix
from models.own_words import NO_OWN_WORDS, NOT_SAID, OwnWords
from models.record import UnknownWord
from models.words import is_mark, key_of_word, says_nothing, yes_or_no

__all__ = [
    "Broken",
    "LinkedText",
    "ValueProblem",
    "Words",
    "convert",
    "is_blank",
    "plausible",
    "shown",
    "snake",
    "text_of",
]

FIRST_YEAR = 1990  # what a record tells of an earlier day is a mistake far more often than a fact
MOST_YEARS_AHEAD = 50
LONGEST_TEXT = 32_767  # characters: what one cell of a workbook holds, and so what a report can show
LONGEST_SHOWN = 200  # characters of a refused value that travel on to quarantine
HALF_CHARACTER = message("value.half_character")
# Columns that say when something ends: only there does 31-12-9999 mean "no end".
_ENDS = {"valid_until", "review_due", "due_at", "due_on", "period_end", "resolved_at", "done_on"}

_CHOICES = ";#"  # what SharePoint puts between the choices of a column
_SHORTEST_YES_OR_NO = 2  # letters: shorter ones say yes or no only where that is asked
_SCALE_WORDS = {"laag", "midden", "middel", "gemiddeld", "hoog", "kritiek", "zeerlaag", "zeerhoog"}
# Numbers of norms are text: in a number cell 5.1 and 5.10 look the same, and a spreadsheet makes dates of others.
_NORM_COLUMNS = {"norm_id", "norm_ref"}

_DUTCH_NUMBER = re.compile(  # 1.234,5  12 500  12.500,-
    r"^(?P<whole>[1-9]\d{0,2}(?:\.\d{3})+|[1-9]\d{0,2}(?: \d{3})+|\d+)(?:,(?P<part>\d+|-{1,2}))?$"
)
_POINT_NUMBER = re.compile(r"^\d+\.\d+$")
_LOOKS_LIKE_A_DAY = re.compile(r"^\d{1,2}[-/]\d{1,2}[-/]\d{4}$|^\d{1,2} [a-z]{3,9}\.? \d{4}$", re.IGNORECASE)
_MACHINE_NUMBER = re.compile(r"^(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$")


@dataclass(frozen=True, slots=True)
class Broken:
    """A value that the source itself could not give, or that cannot be read as one, such as the error of a formula: as
    shown, and what to do."""

    shown: str
    expected: Text

    def __str__(self) -> str:
        return self.shown


class LinkedText(str):
    """The text of a cell with the `address` that a click on it leads to."""

    address: str

    def __new__(cls, text: str, address: str) -> LinkedText:
        linked = super().__new__(cls, text)
        linked.address = address
        return linked


@dataclass(slots=True)
class Words:
    """How the words of one record are understood: what the organisation says of its own (`said_of`), and the list of the
    `unknown` ones. `source`: what the source calls the column that is read. `keeps`: an unknown word of an open vocabulary is
    kept in every column, as in the settings, which are read apart from any record."""

    said_of: OwnWords = NO_OWN_WORDS
    unknown: list[UnknownWord] = field(default_factory=list)
    source: str = ""
    keeps: bool = False

    def add(self, column: str, word: str, vocabulary: Vocabulary) -> None:
        """Note a word of `column` that `vocabulary` does not know."""
        code = vocabulary.nearest(word)
        nearest = vocabulary.terms[code].nl if code is not None else ""
        self.unknown.append(UnknownWord(self.source or column, column, shown(word), nearest))


def convert(column: Column, raw: object, *, dutch: bool = True, words: Words | None = None) -> Any:
    """`raw` as a value of `column`: str, int, float, date, datetime (wall time of Amsterdam), bool, list[str],
    dict[str, str | None] (names looked up when the column has a vocabulary; ja and nee become yes and no), or None when
    blank or when it stands where nothing was filled in ("n.t.b.").

    `dutch`: text is written as people in the Netherlands do (31-12-2026, 1.234,5). Otherwise as machines do: ISO dates
    and a decimal point. A percentage counts 0–100. A word that its vocabulary does not know is noted in `words`; an open
    vocabulary keeps it where the kind cannot do without the column. Raises ValueProblem, whose text says what was
    expected.
    """
    words = words or Words(keeps=True)
    raw = without_ids(raw)
    if is_blank(raw):
        return None
    if words.said_of.says_of(column) and isinstance(raw, (str, int, float)):
        meaning = words.said_of.meaning(column, text_of(raw))
        if meaning is None:
            return None
        raw = raw if meaning is NOT_SAID else meaning
    if isinstance(raw, str) and _is_empty(column, raw):
        return None
    if isinstance(raw, Broken):
        raise ValueProblem(raw.expected)
    try:
        return _converted(column, raw, dutch, words)
    except ValueProblem:
        raise
    except (ValueError, OverflowError, RecursionError) as error:  # longer, larger or deeper than can be taken
        raise ValueProblem(message("value.too_deep")) from error


def _is_empty(column: Column, text: str) -> bool:
    """Whether a text says that nothing was filled in; a word that the column knows is never that."""
    if not says_nothing(text) and (column.type == "boolean" or not is_mark(text)):
        return False
    return column.vocabulary is None or column.type != "text" or vocabularies()[column.vocabulary].lookup(text) is None


def _converted(column: Column, raw: object, dutch: bool, words: Words) -> Any:
    match column.type:
        case "text":
            return _word(column, raw, words) if column.vocabulary else checked_text(_text(column, raw))
        case "integer":
            return _integer(raw, dutch)
        case "number":
            return _number(raw, dutch)
        case "date":
            return plausible(column, date_of(raw, dutch))
        case "timestamp":
            return plausible(column, timestamp_of(raw, dutch, latest=column.settles))
        case "boolean":
            return _boolean(raw)
        case "list":
            return _list(column, raw, words)
        case "map":
            return _map(column, raw, words)


def plausible(column: Column, value: date) -> date | None:
    """A day or moment of `column` as it may come in; None for the day that means "no end", in a column that tells of an
    end. Raises ValueProblem for another one before 1990 or more than 50 years ahead."""
    if (value.year, value.month, value.day) in OPEN_ENDED:
        if column.name in _ENDS and not column.required:
            return None
        raise ValueProblem(message("value.real_day"))
    last = date.today().year + MOST_YEARS_AHEAD
    if FIRST_YEAR <= value.year <= last:
        return value
    raise ValueProblem(message("value.between_years", first=FIRST_YEAR, last=last))


def is_storable(text: str) -> bool:
    """Whether `text` is made of whole characters; a lone surrogate, half of one, can be stored nowhere."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def checked_text(text: str) -> str:
    """`text` itself. Raises ValueProblem when it is longer than can be shown, or holds half a character."""
    if len(text) > LONGEST_TEXT:
        raise ValueProblem(message("value.too_long", most=LONGEST_TEXT, length=len(text)))
    if not is_storable(text):
        raise ValueProblem(HALF_CHARACTER)
    return text


def shown(raw: object) -> str:
    """The beginning of a refused value, as a problem carries it; never fails, whatever the value is."""
    try:
        text = raw if isinstance(raw, str) else str(raw)
    except (ValueError, RecursionError):
        text = "(niet te tonen)"
    return text[:LONGEST_SHOWN].encode("utf-8", "replace").decode()


def without_ids(raw: object) -> object:
    """What SharePoint exports of a list of choices (;#a;#b;#) or of what a column looks up (12;#naam;#15;#ander) as people
    would write it: the words, with ; between them."""
    if not isinstance(raw, str) or _CHOICES not in raw:
        return raw
    parts = raw.split(_CHOICES)
    looks_up = len(parts) % 2 == 0 and all(part.strip().isdecimal() for part in parts[::2])
    words = parts[1::2] if looks_up else parts
    return "; ".join(word.strip() for word in words if word.strip())


def is_blank(raw: object) -> bool:
    """Whether `raw` holds nothing: None, NaN, white space, an empty list or map."""
    if raw is None or (isinstance(raw, float) and math.isnan(raw)):
        return True
    if isinstance(raw, str):
        return not (raw.strip() if raw.isprintable() else _tidy(raw))
    return isinstance(raw, (list, tuple, dict)) and not raw


def text_of(raw: object) -> str:
    """`raw` as a person would write it: whole numbers without a point, ISO dates, ja/nee; white space tidied."""
    if isinstance(raw, str):
        return _tidy(raw)
    if isinstance(raw, ShownNumber):
        return raw.text
    if isinstance(raw, bool):
        return "ja" if raw else "nee"
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:
        return str(int(raw))
    if isinstance(raw, datetime):
        return raw.date().isoformat() if raw.time() == time() else raw.isoformat(sep=" ")
    if isinstance(raw, date):
        return raw.isoformat()
    return _tidy(str(raw))


@lru_cache(maxsize=10_000)
def snake(text: str) -> str:
    """`text` in lower case without accents, its words joined by `_`: "Café & zo" → "cafe_zo"."""
    plain = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    return re.sub(r"[^0-9a-z]+", "_", plain.casefold()).strip("_")


def _tidy(text: str) -> str:
    """Without zero-width marks, every run of white space (no-break spaces too) as one space, per line."""
    if text.isprintable():  # nearly all text: nothing to take out, and one line
        return " ".join(text.split())
    visible = "".join(mark for mark in text if unicodedata.category(mark) not in {"Cf", "Cc"} or mark in "\t\n\r")
    return "\n".join(" ".join(line.split()) for line in visible.strip().splitlines())


def _text(column: Column, raw: object) -> str:
    if isinstance(raw, (dict, list, tuple, set)):
        raise ValueProblem(message("value.one_text"))
    if column.name in _NORM_COLUMNS:
        _refuse_disguised_norm(raw)
    # "BIO 5.01.01" names the norm 5.01.01; a reference of a scanner is kept as it is
    return without_prefix(text_of(raw)) if column.name == "norm_id" else text_of(raw)


def _refuse_disguised_norm(raw: object) -> None:
    if isinstance(raw, (date, time, timedelta)):
        raise ValueProblem(message("value.norm_as_day"))
    if isinstance(raw, ShownNumber):  # what the sheet shows has its last zero
        return
    if isinstance(raw, float) and round(raw * 10 % 10, 6) in {1.0, 2.0, 3.0}:
        raise ValueProblem(message("value.norm_as_number", raw=raw))


def _word(column: Column, raw: object, words: Words) -> str | None:
    if isinstance(raw, (dict, list, tuple, set)):
        raise ValueProblem(message("value.one_word", column=Both(column.nl.lower(), column.en.lower())))
    text = checked_text(text_of(raw))
    codes = _codes(column, text, words, most=1)
    if codes:
        return codes[0]
    return snake(text) or text if words.keeps or column.required else None


def _codes(column: Column, text: str, words: Words, most: int) -> tuple[str, ...]:
    """The codes that `text` stands for, at most so many; none when an open vocabulary does not know it, which is noted. A tick
    or a cross is yes or no where that is asked."""
    assert column.vocabulary is not None
    vocabulary = vocabularies()[column.vocabulary]
    codes = vocabulary.codes_in(text, words.said_of.organisation) or _answer(vocabulary, text)
    if 0 < len(codes) <= most:
        return codes
    words.add(column.name, text, vocabulary)
    if not vocabulary.open:
        raise ValueProblem(
            message("value.one_of", known=listed(Both(term.nl, term.en) for term in vocabulary.terms.values()))
        )
    return ()


def _answer(vocabulary: Vocabulary, text: str) -> tuple[str, ...]:
    """Yes or no, of a vocabulary of answers."""
    answer = yes_or_no(text)
    code = "yes" if answer else "no"
    return (code,) if answer is not None and code in vocabulary.terms and not vocabulary.open else ()


def _number(raw: object, dutch: bool) -> float:
    if isinstance(raw, bool):
        raise ValueProblem(message("value.number_no_answer"))
    if isinstance(raw, (int, float)):
        if not math.isfinite(raw):
            raise ValueProblem(message("value.finite"))
        return float(raw)
    if not isinstance(raw, str):
        raise ValueProblem(message("value.number_no_day"))
    return _number_text(_tidy(raw), dutch)


def _number_text(text: str, dutch: bool) -> float:
    expected = message("value.dutch_number") if dutch else message("value.plain_number")
    bare = re.sub(r"^(?:€|EUR(?=[\s\d-]))\s*", "", text.replace("−", "-"), flags=re.IGNORECASE)
    sign, bare = (-1.0, bare[1:].lstrip()) if bare.startswith("-") else (1.0, bare)
    bare = re.sub(r"^€\s*|\s*(?:%|€|EUR)$", "", bare.removeprefix("+"), flags=re.IGNORECASE)
    if not dutch:
        if not _MACHINE_NUMBER.match(bare):
            raise ValueProblem(expected)
        value = float(bare)
    elif match := _DUTCH_NUMBER.match(bare):
        value = float(re.sub(r"[. ]", "", match["whole"]) + "." + (match["part"] or "0").strip("-").ljust(1, "0"))
    elif _POINT_NUMBER.match(bare):  # a point that cannot stand for thousands: 7.5, 0.125, 1234.567
        value = float(bare)
    else:
        if key_of_word(text) in _SCALE_WORDS:
            expected = message("value.scale_in_words", expected=expected)
        raise ValueProblem(expected)
    if not math.isfinite(value):
        raise ValueProblem(message("value.finite"))
    return sign * value


def _integer(raw: object, dutch: bool) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 2**63:
        return raw
    try:
        value = _number(raw, dutch)
    except ValueProblem as problem:
        raise ValueProblem(message("value.whole")) from problem
    if isinstance(raw, str) and "%" in raw:
        raise ValueProblem(message("value.amount"))
    if not value.is_integer() or abs(value) >= 2**53:
        raise ValueProblem(message("value.no_decimals"))
    return int(value)


def _boolean(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, (int, float, str)):
        answer = yes_or_no(text_of(raw))
        if answer is not None:
            return answer
    raise ValueProblem(message("value.yes_or_no"))


def _list(column: Column, raw: object, words: Words) -> list[str]:
    parts: Iterable[object]
    if isinstance(raw, (list, tuple, set, frozenset)):
        parts = sorted(raw, key=str) if isinstance(raw, (set, frozenset)) else raw
    elif isinstance(raw, dict):
        raise ValueProblem(message("value.words"))
    else:
        parts = re.split(r"[;,\n]", text_of(raw))
    entries: dict[str, None] = {}
    for part in parts:
        if not is_blank(part):
            entries |= dict.fromkeys(_entries(column, _word_of(part), words))
    return list(entries)


def _entries(column: Column, text: str, words: Words) -> tuple[str, ...]:
    """What one part of a list stands for; none when it says nothing."""
    meaning = words.said_of.meaning(column, text)
    if meaning is None or _is_empty(column, text):
        return ()
    if meaning is not NOT_SAID:
        text = str(meaning)
    if column.vocabulary is None:
        return (text,)
    return _codes(column, text, words, most=len(text)) or (snake(text) or text,)


def _word_of(part: object) -> str:
    """One part of a list or map as text."""
    if isinstance(part, Broken):
        raise ValueProblem(part.expected)
    return checked_text(text_of(part))


def _map(column: Column, raw: object, words: Words) -> dict[str, str | None]:
    """A map, or text like "eigenaar=team Burgerzaken; beveiligd=ja" or a JSON object. An entry that says that nothing was
    filled in ("onbekend") is there without a value: that is another answer than an empty cell."""
    values: dict[str, str | None] = {}
    for name, value in _pairs(raw):
        if not is_blank(value):
            name_here, holds = _name_of_entry(column, _word_of(name), words)
            text = _attribute(name_here, value, holds, words)
            values[name_here] = None if text is None else checked_text(text)
    return values


def _name_of_entry(column: Column, word: str, words: Words) -> tuple[str, str]:
    """The name under which an entry of a map is kept, and what it holds."""
    if column.vocabulary is None:
        return word, "value"
    vocabulary = vocabularies()[column.vocabulary]
    code = vocabulary.lookup(word)
    if code is not None:
        return code, vocabulary.terms[code].holds
    words.add(column.name, word, vocabulary)
    return snake(word) or word, "value"


def _pairs(raw: object) -> list[tuple[object, object]]:
    expected = message("value.pairs")
    if isinstance(raw, dict):
        return list(raw.items())
    if not isinstance(raw, str):
        raise ValueProblem(expected)
    if raw.lstrip().startswith("{"):
        try:
            return list(json.loads(raw).items())
        except json.JSONDecodeError as error:
            raise ValueProblem(expected) from error
    pairs: list[tuple[object, object]] = []
    for part in filter(str.strip, re.split(r"[;\n]", raw)):
        name, separator, value = part.partition("=")
        if not separator or not name.strip():
            raise ValueProblem(expected)
        pairs.append((name, value))
    return pairs


def _attribute(name: str, value: object, holds: str, words: Words) -> str | None:
    """The value of an attribute as rules compare it: yes and no, ISO dates, the words rules know, else text; None when
    nothing was filled in. What `holds` a yes or no takes a tick and a cross for it; elsewhere a 1 is a number."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = _word_of(float(value) if isinstance(value, ShownNumber) else value)  # rules compare the number, not "24 uur"
    meaning = words.said_of.of_column.get(name, {}).get(key_of_word(text), NOT_SAID)
    if meaning is not NOT_SAID:
        return None if meaning is None else text_of(meaning)
    asks = holds == "yes_or_no"
    if says_nothing(text) or (is_mark(text) and not asks):
        return None
    answer = yes_or_no(text) if asks or len(key_of_word(text)) >= _SHORTEST_YES_OR_NO else None
    if answer is not None:
        return "yes" if answer else "no"
    if _LOOKS_LIKE_A_DAY.match(text):
        with suppress(ValueProblem):
            return date_of(text).isoformat()
    vocabulary = vocabularies()["attribute_value"]
    code = vocabulary.lookup(text)
    if code is None and asks:
        words.add(f"attributes.{name}", text, vocabulary)
    return code or text
