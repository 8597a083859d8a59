"""Reads the official text of the BIO2 government measures, from Markdown or from the rows of a sheet, and compares its
numbers with the catalogue, so that a new publication shows at once what has to be looked at.

The text itself is the ministry's and is not kept in the program; opening files is left to the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from models.catalogue import Catalogue, NormState
from models.errors import CatalogueError
from models.message import message

_NUMBER = re.compile(r"^\s*(?:BIO2?\s*)?0?(\d{1,2})\.(\d{1,2})\.(\d{1,2})\s*$", re.IGNORECASE)
_HEADING = re.compile(r"^#{1,6}\s+(?:BIO2?\s*)?0?(\d{1,2})\.(\d{1,2})\.(\d{1,2})\.?\s*$", re.IGNORECASE)
_REFERENCE = re.compile(r"(?:overheidsmaatregel(?:en)?|naar)\s+0?(\d{1,2})\.(\d{1,2})\.(\d{1,2})\b", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_CONTRIBUTES = re.compile(r"^\s*Draagt bij aan:.*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What an official text and the catalogue say differently, by number."""

    only_in_text: tuple[str, ...]
    only_in_catalogue: tuple[str, ...]
    other_state: tuple[tuple[str, str, str], ...]  # number, state in the text, state in the catalogue
    other_target: tuple[tuple[str, str, str], ...]  # number, where the text moves it, where the catalogue does
    dangling: tuple[tuple[str, str], ...]  # number, number it refers to that carries no measure in the text
    same_text: tuple[tuple[str, str], ...]  # numbers with the same sentence

    @property
    def same_numbers(self) -> bool:
        """Whether text and catalogue have exactly the same numbers."""
        return not self.only_in_text and not self.only_in_catalogue


def parse_markdown(text: str) -> list[tuple[str, str]]:
    """(number, text) of every measure in the published Markdown, in its order; line breaks become spaces.

    A measure is a heading with only its number (`## 5.01.01`) and what follows up to the next heading. CatalogueError
    when there is no such heading.
    """
    measures: list[tuple[str, list[str]]] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("#"):
            match = _HEADING.match(line)
            inside = match is not None
            if match is not None:
                measures.append((_number(match), []))
        elif inside:
            measures[-1][1].append(line)
    if not measures:
        raise CatalogueError(
            message("official.no_headings"),
            advice=message("official.give_markdown"),
        )
    return [(number, _on_one_line("\n".join(lines))) for number, lines in measures]


def parse_rows(rows: Iterable[Sequence[object]]) -> list[tuple[str, str]]:
    """(number, text) of every row that has a cell with the number of a measure; the text is its longest other cell.

    A number that comes back on a following row, as merged cells do, adds to its text. CatalogueError when no row has
    a number.
    """
    texts_by_number: dict[str, list[str]] = {}
    for row in rows:
        cells = ["" if cell is None else str(cell) for cell in row]
        at = next((index for index, cell in enumerate(cells) if _NUMBER.match(cell)), None)
        if at is None:
            continue
        match = _NUMBER.match(cells[at])
        assert match is not None
        longest = max((cell for index, cell in enumerate(cells) if index != at), key=len, default="")
        texts_by_number.setdefault(_number(match), []).append(longest)
    if not texts_by_number:
        raise CatalogueError(
            message("official.no_rows"),
            advice=message("official.give_sheet"),
        )
    return [(number, _on_one_line("\n".join(texts))) for number, texts in texts_by_number.items()]


def compare(catalogue: Catalogue, framework_id: str, texts: Sequence[tuple[str, str]]) -> Comparison:
    """What the official (number, text) pairs and the measures of a framework in the catalogue say differently."""
    norms = {norm.id: norm for norm in catalogue.norms if (norm.framework_id, norm.level) == (framework_id, "measure")}
    official = dict(texts)
    states = {number: text_state(text) for number, text in official.items()}
    other_states: list[tuple[str, NormState, NormState]] = []
    other_targets: list[tuple[str, str, str]] = []
    for number, (state, target) in states.items():
        norm = norms.get(number)
        if norm is None:
            continue
        if state != norm.state:
            other_states.append((number, state, norm.state))
        if target is not None and target != norm.moved_to:
            other_targets.append((number, target, norm.moved_to or ""))
    return Comparison(
        only_in_text=tuple(number for number in official if number not in norms),
        only_in_catalogue=tuple(number for number in norms if number not in official),
        other_state=tuple(other_states),
        other_target=tuple(other_targets),
        dangling=_dangling(official, states),
        same_text=_same_text(official, states),
    )


def text_state(text: str) -> tuple[NormState, str | None]:
    """The state that the wording of a measure gives it, and the number it is moved to.

    `Vervallen.` is withdrawn, `Geen overheidsmaatregel …` none, `Verplaatst naar X` and a bare `Zie
    overheidsmaatregel X` moved; anything else is an active measure.
    """
    plain = text.strip().casefold()
    if plain.startswith("geen overheidsmaatregel"):
        return "none", None
    if re.match(r"^(vervallen|ingetrokken)\b[^a-z]*$", plain):
        return "withdrawn", None
    if plain.startswith(("verplaatst naar", "zie overheidsmaatregel")) and len(plain) < 60:
        match = _REFERENCE.search(text)
        return "moved", _number(match) if match else None
    return "active", None


def _dangling(
    official: Mapping[str, str], states: Mapping[str, tuple[NormState, str | None]]
) -> tuple[tuple[str, str], ...]:
    references = []
    for number, text in official.items():
        for match in _REFERENCE.finditer(text):
            target = _number(match)
            if target not in states or states[target][0] in ("withdrawn", "moved"):
                references.append((number, target))
    return tuple(references)


def _same_text(
    official: Mapping[str, str], states: Mapping[str, tuple[NormState, str | None]]
) -> tuple[tuple[str, str], ...]:
    first: dict[str, str] = {}
    pairs = []
    for number, text in official.items():
        if states[number][0] == "active" and text:
            other = first.setdefault(text.casefold(), number)
            if other != number:
                pairs.append((other, number))
    return tuple(pairs)


def _number(match: re.Match[str]) -> str:
    """The number as BIO2 writes it: `5.01.01`."""
    chapter, control, measure = (int(part) for part in match.groups())
    return f"{chapter}.{control:02d}.{measure:02d}"


def _on_one_line(text: str) -> str:
    """The wording of a measure on one line, without the line that says what the measure contributes to."""
    lines = _BREAK.sub("\n", text)
    wording = _CONTRIBUTES.sub("", lines)
    return " ".join(wording.split())
