"""In which character set a text of bytes was written: UTF-8, UTF-16 with a mark, or one of the older sets of Windows, MS-DOS
and the Macintosh, of which every byte is a letter in each. The whole text decides: a set in which a quotation mark stands
inside a word is not the one.

Sources: the mappings of the Unicode Consortium for cp1252, cp850 and Mac OS Roman (as Python's codecs have them).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# The likeliest first; MS-DOS in the Netherlands used 850, and 437 of before has the same accented letters.
OLDER_SETS = ("cp1252", "cp850", "mac_roman")
_OURS = frozenset("éëïöüáàäâèêíìîóòôúùûçñåøæœßÉËÏÖÜÁÀÄÂÈÊÍÌÎÓÒÔÚÙÛÇÑÅØÆŒÿŸžŽšŠ")  # letters of names around us
_COMMON = frozenset("éëïöüáàäâèêíîóôúûçñÉËÏÖÜÁÀÄÂÈÊÍÎÓÔÚÛÇÑ")
_NEVER_TWICE = frozenset("žŽšŠÿŸåÅøØçÇñÑ")
_DUTCH = frozenset("éëïöèêàçüÉËÏÖÈÊÀÇÜ")
_OPENING, _CLOSING, _INSIDE = "“‘„«", "”’»", "’·"
_INSTEAD = re.compile(r"[‘´`][snt](?!\w)")  # of an apostrophe: foto‘s
_FREE = frozenset("€£§©®™°±²³½¼¾×•–—…¶µ¿¡\xa0\xad†‡‰÷≤≥≈≠√∞¹ºª¦")
_WORD = re.compile(r"\w", re.UNICODE)


def decoded(content: bytes) -> tuple[str, str] | None:
    """The text of `content` and the name of its character set; None when no set makes words of it, or several do and the
    likeliest does not."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = _decoded(content, "utf-16")
        return None if text is None else (text, "utf-16")
    text = _decoded(content, "utf-8-sig")
    if text is not None:
        return text, "utf-8-sig"
    return _of_older_sets(content)


def _of_older_sets(content: bytes) -> tuple[str, str] | None:
    """The text in the one older set that makes words of it; of several, the one that makes Dutch words, else the likeliest."""
    fitting = list(_fitting_sets(content))
    if not fitting:
        return None
    usual = OLDER_SETS[0]
    dutch = [pair for pair in fitting if _is_dutch(pair[0])]
    if dutch and fitting[0] not in dutch and fitting[0][1] != usual:
        fitting = dutch
    likeliest = fitting[0]
    texts = {text for text, _ in fitting}
    if len(texts) == 1 or dutch == [likeliest]:
        return likeliest
    is_contradicted = bool(dutch) and likeliest not in dutch
    return likeliest if likeliest[1] == usual and not is_contradicted else None


def _fitting_sets(content: bytes) -> Iterator[tuple[str, str]]:
    """The text in each of the older sets that makes words of it, and the name of that set."""
    for name in OLDER_SETS:
        text = _decoded(content, name)
        if text is not None and _makes_words(text):
            yield text, name


def _is_dutch(text: str) -> bool:
    return all(sign in _DUTCH for sign in text if sign.isalpha() and not sign.isascii())


def _decoded(content: bytes, name: str) -> str | None:
    try:
        text = content.decode(name)
    except (UnicodeDecodeError, UnicodeError):
        return None
    return None if "\x00" in text else text


def _makes_words(text: str) -> bool:
    """Whether every sign beyond ASCII stands where such a sign can stand."""
    for match in re.finditer(r"[^\x00-\x7f]", text):
        before = text[match.start() - 1 : match.start()]
        behind = text[match.end() : match.end() + 1]
        if not _can_stand(match[0], before, behind) and not _INSTEAD.match(text, match.start()):
            return False
    return True


def _can_stand(sign: str, before: str, behind: str) -> bool:
    after_word, before_word = bool(_WORD.match(before)), bool(_WORD.match(behind))
    if unicodedata.category(sign) in {"Lu", "Ll"}:
        return _is_letter_of_ours(sign, before, behind)
    if sign in _INSIDE and after_word:
        return True
    if sign in _OPENING:
        return not after_word
    if sign in _CLOSING:
        return not before_word
    return sign in _FREE and not (after_word and before_word and before.isalpha() and behind.isalpha())


def _is_letter_of_ours(sign: str, before: str, behind: str) -> bool:
    """Whether a letter is one of ours, and no capital within a word of small letters, nor the reverse."""
    if sign not in _OURS or (sign in _NEVER_TWICE and sign in {before, behind}):
        return False
    if sign.isupper() and before.isalpha() and before.islower():
        return False
    if sign.islower() and behind.isalpha() and behind.isupper():
        return False
    alone = not before.isalpha() and not behind.isalpha()
    return sign in _COMMON if alone else True
