"""What a spreadsheet shows of a number: 42 under the format 00000 is 00042, and 7 under "R-"000 is R-007. A key, a version
or a name is what the reader of the sheet sees.

Source: ECMA-376 part 1 §18.8.31 (numFmts). Dates, percentages, fractions and conditions are left alone; so are thousands
separators, which depend on the country of the reader. Decimals are written with a point, whatever the country.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

# Formats that have a number of their own and show a number otherwise than it is (§18.8.30).
BUILT_IN = {1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00"}
MOST_DIGITS = 15  # that a spreadsheet keeps of a number; what has more is no longer what was typed
_DIGITS = "0#?"
_PARTS = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)(?:-[^\]]*)?\]|\[(?:[A-Za-z]+\d*)\]|_.|\*.|([\s\S])')
_NOT_OURS = re.compile(r"General|[ymdhsengb@%/]|E[+-]|\[[<>=]", re.IGNORECASE)


class ShownNumber(float):
    """A number of a sheet with the `text` that the sheet shows; `is_rounded` when the text does not tell all of it."""

    text: str
    is_rounded: bool

    def __new__(cls, value: float, text: str, is_rounded: bool = False) -> ShownNumber:
        number = super().__new__(cls, value)
        number.text = text
        number.is_rounded = is_rounded
        return number


@dataclass(frozen=True, slots=True)
class _Section:
    """One section of a format: its signs before the decimal point, how many digits follow it, and of those how many always."""

    whole: tuple[tuple[str, bool], ...]  # each sign, and whether it stands for a digit
    most: int
    least: int
    behind: str


def shown_number(value: float, code: str) -> ShownNumber | None:
    """`value` as the format `code` shows it; None where the format is not ours to work out, or shows nothing else."""
    sections = _sections(code)
    index = _section_index(value, len(sections))
    section = sections[index]
    if section is None:
        return None
    try:
        exact = abs(Decimal(repr(float(value))))
        amount = exact.quantize(Decimal(1).scaleb(-section.most), ROUND_HALF_UP)
    except InvalidOperation:
        return None
    sign = "-" if value < 0 and index == 0 else ""
    return ShownNumber(value, f"{sign}{_written(amount, section)}", amount != exact)


def _section_index(value: float, number: int) -> int:
    """Which section of a format shows a value: positive, negative, zero (§18.8.31)."""
    if value < 0 and number > 1:
        return 1
    return 2 if value == 0 and number > 2 else 0


@lru_cache(maxsize=500)
def _sections(code: str) -> tuple[_Section | None, ...]:
    parts = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', code)
    return tuple(map(_section, parts[:3]))


def _section(text: str) -> _Section | None:
    """One part of a number format; None where it does more than we can follow."""
    bare = re.sub(r'"[^"]*"|\\.|\[\$[^\]]*\]|\[[A-Za-z]+\d*\]', "", text)
    divides_by_thousands = re.search(r",+(?:\.|$)", bare)
    has_digits = re.search(f"[{_DIGITS}]", bare)
    if _NOT_OURS.search(bare) or divides_by_thousands or not has_digits:
        return None
    whole: list[tuple[str, bool]] = []
    decimals = behind = ""
    is_behind = False
    for quoted, escaped, currency, plain in _PARTS.findall(text):
        literal = quoted or escaped or currency
        if plain == ".":
            is_behind = True
        elif plain and plain in _DIGITS:
            if is_behind:
                decimals += plain
            else:
                whole.append((plain, True))
        elif literal or (plain and plain != ","):
            if is_behind:
                behind += literal or plain
            else:
                whole.append((literal or plain, False))
    return _Section(tuple(whole), len(decimals), len(decimals.rstrip("#?")), behind)


def _written(amount: Decimal, section: _Section) -> str:
    digits, _, fraction = f"{amount:f}".partition(".")
    digits = digits.lstrip("0")
    first = next(index for index, (_, is_digit) in enumerate((*section.whole, ("", True))) if is_digit)
    signs: list[str] = []
    for index in range(len(section.whole) - 1, -1, -1):
        sign, is_digit = section.whole[index]
        if not is_digit:
            signs.append(sign)
        elif index == first:
            signs.append(digits or ("0" if sign == "0" else ""))
        else:
            signs.append(digits[-1:] or ("0" if sign == "0" else ""))
            digits = digits[:-1]
    least = fraction[: section.least]
    fraction = least + fraction[section.least :].rstrip("0")
    point = "." if fraction else ""
    return f"{''.join(reversed(signs))}{point}{fraction}{section.behind}".strip()
