"""Charts as PNG pictures, drawn by Typst with the fonts it brings along. Every bar carries its number, and the grounds
differ in lightness, so that a chart can be read without colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.typesetting import picture

# Ground and ink of each status; the lightness differs, so that a print in grey can be read.
SHADES = {
    "voldoet": ("#14532D", "#FFFFFF"),
    "voldoet_deels": ("#F2C14E", "#000000"),
    "voldoet_niet": ("#A61B1B", "#FFFFFF"),
    "geen_bewijs": ("#C9CED6", "#000000"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """What every bar has one of: the word for it, its (ground, ink), and how long it is in each bar."""

    word: str
    shade: tuple[str, str]
    numbers: Sequence[int]


def stacked_bars(groups: Sequence[str], parts: Sequence[Part]) -> bytes:
    """A horizontal bar per group, of parts that are stacked in the order given."""
    places = range(len(groups))
    longest = max(1, *(sum(part.numbers[place] for part in parts) for place in places))
    return picture(
        "stacked_bars.typ",
        {
            "longest": longest,
            "legend": [[part.word, *part.shade] for part in parts],
            "bars": [{"name": group, "parts": _in_bar(place, parts)} for place, group in enumerate(groups)],
        },
    )


def _in_bar(place: int, parts: Sequence[Part]) -> list[list[Any]]:
    """The parts of one bar that are longer than nothing."""
    return [[part.numbers[place], *part.shade] for part in parts if part.numbers[place]]


def columns(numbers: Mapping[str, int]) -> bytes:
    """A column per name, with its number above it."""
    return picture("columns.typ", {"highest": max(1, *numbers.values()), "columns": list(numbers.items())})
