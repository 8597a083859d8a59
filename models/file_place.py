"""Where something stands in a file of the catalogue: how it is kept, in no language, and how people read it."""

from __future__ import annotations

import re

from models.message import Text, message

_PLACE = re.compile(r"(?P<file>.+):(?P<line>\d+)")


def line_of(file: str, line: int) -> str:
    """A line (1-based) of a file as it is kept."""
    return f"{file}:{line}"


def place_text(place: Text) -> Text:
    """A place as people read it; one that is no line of a file is itself."""
    at_line = _PLACE.fullmatch(place) if isinstance(place, str) else None
    if at_line is None:
        return place
    return message("settings.line", file=at_line["file"], line=at_line["line"])
