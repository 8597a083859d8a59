"""Charts as PNG pictures, drawn by Typst with the fonts it brings along. Every bar carries its number, and the grounds
differ in lightness, so that a chart can be read without colour."""

from __future__ import annotations

from collections.abc import Sequence

from reports.typesetting import picture

# Ground and ink of each status; the lightness differs, so that a print in grey can be read.
SHADES = {
    "voldoet": ("#14532D", "#FFFFFF"),
    "voldoet_deels": ("#F2C14E", "#000000"),
    "voldoet_niet": ("#A61B1B", "#FFFFFF"),
    "geen_bewijs": ("#C9CED6", "#000000"),
}


def stacked_bars(groups: Sequence[str], parts: Sequence[tuple[str, tuple[str, str], Sequence[int]]]) -> bytes:
    """A horizontal bar per group; `parts` are (word, (ground, ink), number per group), stacked in the order given."""
    longest = max(1, *(sum(numbers[place] for _, _, numbers in parts) for place in range(len(groups))))
    return picture(
        "stacked_bars.typ",
        {
            "longest": longest,
            "legend": [[word, *shade] for word, shade, _ in parts],
            "bars": [
                {"name": group, "parts": [[numbers[place], *shade] for _, shade, numbers in parts if numbers[place]]}
                for place, group in enumerate(groups)
            ],
        },
    )


def columns(names: Sequence[str], numbers: Sequence[int]) -> bytes:
    """A column per name, with its number above it."""
    return picture("columns.typ", {"highest": max(1, *numbers), "columns": list(zip(names, numbers, strict=True))})
