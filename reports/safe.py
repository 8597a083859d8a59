"""Keeps text that came from a source a text: never a formula in a spreadsheet, never markup in a page.

Source: OWASP "CSV Injection" — a cell that starts with = + - @, tab or carriage return may be taken for a formula.
"""

from __future__ import annotations

import re
from typing import Any

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_A_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*\s?%?")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
LONGEST_CELL = 32_767  # characters (Excel specifications and limits)


def plain(value: Any) -> str:
    """`value` as text without the characters that XML does not allow; empty for None."""
    return "" if value is None else _NOT_IN_XML.sub("�", str(value))


def cell_text(value: Any) -> str:
    """`value` as text that no spreadsheet takes for a formula: an apostrophe goes before what looks like one.

    A signed number is left as it is. Lines end in a line feed, as in a cell. Longer than a cell may be is cut, and says so.
    """
    if type(value) is str and value[:1] not in _STARTS_A_FORMULA and value.isprintable() and len(value) <= LONGEST_CELL:
        return value  # nearly every cell: nothing in it that XML refuses, since all of that cannot be printed
    text = plain(value).replace("\r\n", "\n").replace("\r", "\n")
    if text.startswith(_STARTS_A_FORMULA) and not _A_NUMBER.fullmatch(text.strip()):
        text = "'" + text
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 2] + " …"
