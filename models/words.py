"""What the words of sources are, whatever vocabulary they belong to: which of them say nothing, which mean yes or no, when two
spellings are one word, and what a longer name is about. The lists stand in `words.yaml` beside this module.

The vocabularies themselves are `kind`'s; what becomes of a word that nobody knows is left to the connectors.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise
from typing import Any

import yaml

_AS_PICTURE = "\ufe0f"  # stands behind a sign that is to be shown in colour
_SHORTEST_INSIDE = 3  # letters: a longer spelling that stands in a word is what it looks like
_SHORTEST_THING = 6  # letters: what is shorter is too much of a word by itself (a ketenregeling is no ketenbeleid)
_SIMILAR = 0.6  # how alike a known word must be to be named as what was perhaps meant
_PLAN_OF_APPROACH = re.compile(r"\bplan(?:nen)?\s+van\s+aanpak\b")
_YEARS = re.compile(
    r"(?<!\d)['’]?(?:19|20)\d\d(?:\s*(?:-|–|/|t/m|tot en met)\s*(?:['’]?(?:(?:19|20)\d\d|\d\d)))?(?!\d)"
)
_VERSION = re.compile(r"(?<![^\W_])v(?:ersie|s)?[\s._-]*\d+(?:[._]\d+)*(?![^\W_])|(?<!\d)\d+\.\d+(?:\.\d+)*(?!\d)")
_TORN = re.compile(r"(?P<first>[^\W_][\w-]*)-\s+(?:en|of|&)\s+(?P<last>[^\W_][\w-]*)")  # back-up- en herstelbeleid
_AMPERSAND = re.compile(r"(?<=\s)&(?=\s)")  # by itself: that of b&w belongs to its word
_NO_WORD = re.compile(r"[^\w&]+|_")
_BOTH = re.compile(r"\s+(?:en|&|\+)\s+|\s*[/;]\s*")


@cache
def _lists() -> Mapping[str, tuple[str, ...]]:
    content: dict[str, Any] = yaml.safe_load(resources.files("models").joinpath("words.yaml").read_text("utf-8"))
    lists: dict[str, tuple[str, ...]] = {}
    for name, words in content.items():
        lists[name] = tuple(map(str, words))
    return lists


@cache
def _keys_of(name: str) -> frozenset[str]:
    return frozenset(map(key_of_word, _lists()[name]))


@lru_cache(maxsize=10_000)
def key_of_word(text: str) -> str:
    """What is equal for spellings of one word: letters and digits only, without case, accents, spaces and hyphens, `&` as
    `en`. A text without any letter or digit is its own key, without white space."""
    plain = without_accents(text).replace("&", " en ")
    letters = "".join(filter(str.isalnum, plain))
    return letters or "".join(text.split())


def without_accents(text: str) -> str:
    """`text` in lower case, its letters without marks."""
    letters = []
    for sign in unicodedata.normalize("NFKD", text.casefold()):
        if not unicodedata.combining(sign):
            letters.append(sign)
    return "".join(letters)


def says_nothing(text: str) -> bool:
    """Whether `text` stands where nothing was filled in ("n.t.b.", "vacature", "zie bijlage"): it is empty in any column."""
    first, _, rest = text.strip().casefold().partition(" ")
    if rest and first.strip(":.,(") in _lists()["pointers"]:
        return True
    if len(text) > _longest_placeholder():
        return False
    bare = text.strip().strip("()[]<>{} ") or text.strip()
    return key_of_word(bare) in _keys_of("placeholders")


def is_mark(text: str) -> bool:
    """Whether `text` is a mark that is yes in a yes/no column and empty anywhere else: x."""
    return text.strip().casefold() in _lists()["yes_only"]


def yes_or_no(text: str) -> bool | None:
    """Whether `text` says yes or no, in any of the ways people and programs do ("ja", "✓", "x", "0", "ja, zie art. 4"); None
    when it says neither, or says it with a reserve."""
    word = text.strip()
    first, separator, rest = word.replace("(", ",", 1).partition(",")
    if separator and rest.strip().casefold().partition(" ")[0] in _lists()["pointers"]:
        word = first
    key = _symbol_or_key(word)
    if key in _marks("yes"):
        return True
    return False if key in _marks("no") else None


@cache
def _marks(name: str) -> frozenset[str]:
    return frozenset(map(_symbol_or_key, _lists()[name]))


def _symbol_or_key(text: str) -> str:
    """A single sign is compared as it stands, for `ü` (a tick in another font) is no u."""
    bare = text.strip().casefold().removesuffix(_AS_PICTURE)
    if len(bare) == 1:
        return bare
    return key_of_word(bare)


@cache
def _levels() -> Mapping[str, int]:
    levels: dict[str, int] = {}
    for level, spellings in enumerate(_lists()["scale"], 1):
        for spelling in spellings.split("/"):
            levels[key_of_word(spelling)] = level
    return levels


def level_of(text: str) -> int | None:
    """The level of a scale in words (zeer laag, laag, midden, hoog, zeer hoog, kritiek), from 1; None for another word."""
    return _levels().get(key_of_word(text))


@cache
def _longest_placeholder() -> int:
    return max(map(len, _lists()["placeholders"])) + 8


@dataclass(frozen=True, slots=True)
class Name:
    """What is left of a name when what says nothing was taken off: the key of its words, and whether the name is only about
    the thing (a draft, an evaluation, an assignment)."""

    key: str
    about_only: bool


def name_of_thing(text: str, organisation: str = "") -> Name:
    """`text` without the organisation's name, years, version and neutral words."""
    words = _words_of_name(text, organisation)
    pairs = map("".join, pairwise(words))
    about_only = not _keys_of("about_only").isdisjoint((*words, *pairs))
    plan = _PLAN_OF_APPROACH.search(text.casefold())
    rest = _without(words, "joining", "neutral")
    return Name("".join(rest), about_only or plan is not None)


def _without(words: list[str], *lists: str) -> list[str]:
    """`words` without those that stand in the lists."""
    left_off = frozenset().union(*map(_keys_of, lists))
    rest = []
    for word in words:
        if word not in left_off:
            rest.append(word)
    return rest


def _words_of_name(text: str, organisation: str) -> list[str]:
    plain = without_accents(text)
    for part, same in _same_words():
        plain = plain.replace(part, same)
    plain = _YEARS.sub(" ", plain)
    plain = _VERSION.sub(" ", plain)
    words = _split(plain)
    whole_name = without_accents(organisation)
    for name in (whole_name, _without_form(whole_name)):
        words = _taken_off(words, _split(name))
    return words


@cache
def _same_words() -> tuple[tuple[str, str], ...]:
    """Parts of words that say the same as another, each with that other."""
    pairs = []
    for line in _lists()["same"]:
        words, _, same = line.partition(" = ")
        pairs.append((words, same))
    return tuple(pairs)


def _split(plain: str) -> list[str]:
    """The words of a text, with `&` as the word that it is read as."""
    return _NO_WORD.sub(" ", _AMPERSAND.sub(" en ", plain)).split()


def _without_form(organisation: str) -> str:
    """The name of an organisation without the word that says what it is: gemeente Duinrand is called Duinrand too."""
    first, _, rest = organisation.partition(" ")
    if first in {"gemeente", "waterschap", "provincie", "hoogheemraadschap"}:
        return rest
    return organisation


def _taken_off(words: list[str], part: list[str]) -> list[str]:
    """`words` without the places where `part` stands, whole and in its order."""
    rest: list[str] = []
    index = 0
    while index < len(words):
        if part and words[index : index + len(part)] == part:
            index += len(part)
        else:
            rest.append(words[index])
            index += 1
    return rest


def spellings_of_key(text: str, lays_down: bool = False) -> Iterator[str]:
    """The keys under which a known spelling is found: as it is, without neutral words, and with the genre at the other end
    ("beleid cryptografie" is "cryptografiebeleid"). Of a text that lays down how things are done also the thing with another
    genre ("patchmanagement" is laid down in a "patchmanagementprocedure")."""
    yield key_of_word(text)
    for words in _with_and_without_neutral(text, ""):
        yield "".join(words)
        yield "".join(_turned(words))
        if lays_down:
            yield from _with_each_genre("".join(_turned(words)))


def _with_each_genre(key: str) -> Iterator[str]:
    """The thing that a spelling is about with each genre that rules have, joined as Dutch joins words (with or without s)."""
    genres = _lists()["genres_of_rules"]
    ending = next(filter(key.endswith, genres), "")
    thing = key.removesuffix(ending)
    if len(thing) < _SHORTEST_THING:
        return
    for stem in {thing, thing.removesuffix("s")}:
        for genre in genres:
            yield f"{stem}{genre}"
            yield f"{stem}s{genre}"


def _with_and_without_neutral(name: str, organisation: str) -> Iterator[list[str]]:
    """The words of a name without those that join others, and then without the neutral ones too."""
    words = _without(_words_of_name(name, organisation), "joining")
    yield words
    yield _without(words, "neutral")


def _without_field(name: str, organisation: str) -> list[str]:
    """The words of a name without what says that it is about information security, as most of these texts are."""
    words = _without(_words_of_name(name, organisation), "joining", "neutral")
    for field in _lists()["fields"]:
        words = _taken_off(words, field.split())
    return words


def _turned(words: list[str]) -> list[str]:
    """`words` with the genre that they begin with at their end."""
    return [*words[1:], words[0]] if words and words[0] in _lists()["genres"] else words


class Spellings:
    """The spellings of one vocabulary by key. A key that leads to two codes leads to none: which of them is meant is not ours
    to choose. `exact` holds the spellings as they are; `names` also what is left of them as names."""

    def __init__(self, spellings: Iterable[tuple[str, str]], lays_down: Collection[str] = ()) -> None:
        """`spellings`: each spelling with its code. `lays_down`: the codes of texts that lay down how things are done.
        ValueError, with the spelling, when one means two things."""
        self.exact: dict[str, str] = {}
        leads_to: dict[str, set[str]] = defaultdict(set)
        for spelling, code in spellings:
            key = key_of_word(spelling)
            if self.exact.setdefault(key, code) != code:
                raise ValueError(spelling)
            for other in spellings_of_key(spelling, code in lays_down):
                leads_to[other].add(code)
        self.names: dict[str, str] = {}
        for key, codes in leads_to.items():
            if len(codes) == 1:
                self.names[key] = codes.pop()
        self.names.pop("", None)
        self.names |= self.exact

    def codes_in(self, name: str, organisation: str = "") -> tuple[str, ...]:
        """The codes of what a longer name is about, in order: one, or of "A en B" both, where both are known. Empty when it is
        not known, may be two things, or is only about the thing."""
        whole = self._code_of_name(name, organisation)
        if whole is not None:
            return (whole,)
        if name_of_thing(name, organisation).about_only:
            return ()
        codes: dict[str, None] = {}
        for part in _joined_things(name):
            code = self._code_of_name(part, organisation)
            if code is None:
                return ()
            codes[code] = None
        return tuple(codes)

    def _code_of_name(self, name: str, organisation: str) -> str | None:
        for words in (*_with_and_without_neutral(name, organisation), _without_field(name, organisation)):
            codes = set()
            for key in ("".join(words), "".join(_turned(words))):
                if key in self.names:
                    codes.add(self.names[key])
            if len(codes) == 1:
                return codes.pop()
            if codes:
                return None
        return None

    def nearest(self, word: str) -> str | None:
        """The code that `word` looks most like: one whose spelling stands in it, else one that is written alike; None when no
        word is near."""
        key = name_of_thing(word).key or key_of_word(word)
        longest = ""
        for name in self.names:
            if len(name) > max(len(longest), _SHORTEST_INSIDE) and name in key:
                longest = name
        if longest:
            return self.names[longest]
        alike = difflib.get_close_matches(key, self.names, n=1, cutoff=_SIMILAR)
        return self.names[alike[0]] if alike else None


def _with_common_genre(parts: list[str]) -> Iterator[str]:
    """ "Beleid wachtwoorden en mfa" is about beleid wachtwoorden and beleid mfa."""
    genres = _lists()["genres"]
    common, _, _ = next(iter(parts), "").partition(" ")
    for part in parts:
        has_genre = any(genre in part.casefold() for genre in genres)
        yield part if has_genre or common.casefold() not in genres else f"{common} {part}"


def _joined_things(name: str) -> Iterator[str]:
    """The things that a name joins: "back-up- en herstelbeleid" is about back-upbeleid and herstelbeleid."""
    torn = _TORN.search(name)
    if torn is None:
        yield from _with_common_genre([part for part in map(str.strip, _BOTH.split(name)) if part])
        return
    last = torn["last"]
    tail = ""
    for genre in _lists()["genres"]:
        if last.casefold().endswith(genre):
            tail = genre
    before, behind = name[: torn.start()], name[torn.end() :]
    yield f"{before}{torn['first']}{tail}"
    yield f"{last}{behind}"
