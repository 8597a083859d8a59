"""Numbers of norms as people write them: with a prefix, with leading zeros, in an order of their own."""

from __future__ import annotations

import re


def plain_number(norm_id: str) -> str:
    """`A.05.01` and `BIO 5.1` as `5.1`: without prefix and leading zeros, with as many parts as were written."""
    bare = without_prefix(norm_id).casefold()
    return ".".join(map(without_zeros, bare.split(".")))


def without_zeros(part: str) -> str:
    """`05` as `5`; a part that is no number as it is."""
    return str(int(part)) if part.isdecimal() else part


def without_prefix(norm_id: str) -> str:
    """`BIO2 5.01.01`, `ISO 5.1` and `A.5.1` without the name of the standard before the number."""
    return re.sub(r"^(bio2?|iso|a)\b[ .:-]*(?=\d)", "", norm_id.strip(), flags=re.IGNORECASE)


def norm_order(norm_id: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key that puts 5.2 before 5.10, and numbers before words."""
    return tuple(map(_order_of_part, re.split(r"[-./]", norm_id)))


def _order_of_part(part: str) -> tuple[int, int, str]:
    return (0, int(part), "") if part.isdecimal() else (1, 0, part)
