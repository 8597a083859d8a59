"""Which rows below a header are records, and which are something else that people write in the same columns: totals, notes,
headings of groups, the header again, a second table. The shape of a row decides, with the rows around it; what only may be
something else is read as a record, for a thing that is left out would not be missed.

What the columns mean is `spreadsheet`'s; whether a value can be taken is `values`'.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connectors.tools.rows import fold
from connectors.tools.tables import Table
from connectors.tools.values import Broken, is_blank, text_of
from models.kind import Column
from models.words import yes_or_no

RECORD, ALONE = "record", "alone_rows"
# What is no record, by the word that is stored with the run.
UNMAPPED, AGAIN, TOTAL, NOTE, HEADING, OTHER_TABLE = (
    "unmapped_rows", "headers_again", "totals", "notes", "headings", "second_table",
)  # fmt: skip
_TOTAL = re.compile(
    r"^(?:sub|eind)?totaa?l(?:en)?\b|^gemiddelden?\b|^som\b|^(?:grand )?total\b",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"^(?:er (?:zijn|staan)|in totaal|there are)\b[^.]*\d[^.]*\.?$"
    r"|^(?:totaa?l\s+)?(?:aantal|number of|count)\b[^:=]*(?:[:=]\s*)?\d[\d.,]*\s*$"
    r"|^\d+\s+(?:rijen|regels|records|items|resultaten|rows|results)\b.{0,20}$",
    re.IGNORECASE,
)
_COUNTS = re.compile(r"^(?:totaa?l\s+)?aantal\b|^telling\b", re.IGNORECASE)
_NOTE = re.compile(
    r"^(?:[*†‡¹²³⁴⁵]|\(\d+\)\s|\d\)\s|n\.?b\.?\b[:. ]|let op\b|noot\b|voetnoot\b)"
    r"|^(?:toelichting|legenda|opmerking(?:en)?|bron(?:nen)?|peildatum|versie|afkortingen|notes?|source|legend"
    r"|(?:toegepaste |applied )?filters?|selectie(?:criteria)?|sortering|rapport(?:age)?|export|datum|laatst\w*|opgesteld)"
    r"\b[^:=]{0,30}[:=]"
    r"|^(?:peildatum|stand|laatst \w+|(?:laatst )?bijgewerkt|gegenereerd|aangemaakt|ge[eë]xporteerd|afgedrukt|uitgedraaid"
    r"|gefilterd|opgesteld|generated|printed|exported|filtered|last (?:updated|modified)|created)"
    r"\s+(?:op|per|door|van|on|by|\d|:)"
    r"|^(?:pagina|page)\s+\d",
    re.IGNORECASE,
)
# A label with what it is in the next cell, below the table.
_LABEL = re.compile(
    r"^(?:peildatum|stand|bron|versie|datum|filters?|auteur|toelichting|(?:laatst )?(?:bijgewerkt|gewijzigd)|opgesteld"
    r"|gegenereerd|ge[eë]xporteerd|afgedrukt|export(?:datum)?|aangemaakt|source|created|generated|last updated)"
    r"(?: (?:op|per|door|on|by))?\s*[:=]?$",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"^[^:=]{2,40}[:=]\s*\S")
_COUNTED = re.compile(r"^\d+ [a-z]\w+(?: \w+)?$")  # 2 systemen
_SENTENCE_WORDS = 7
_FEWEST_COLUMNS = 3  # mapped columns, from where a row with one value is out of shape


@dataclass(slots=True)
class RowShapes:
    """The shapes of the rows of `table` below its header (row number `header`), of which the columns stand at `places`.

    `columns` gives the column of the kind for each place.
    """

    table: Table
    header: int
    places: Mapping[str, int]
    columns: Mapping[str, Column]
    _words: frozenset[str] = frozenset()
    _shapes: dict[int, str] = field(default_factory=dict)

    def of_rows(self) -> Iterator[tuple[int, str]]:
        """Each row that is not blank, by its number, with what it is."""
        self._words = frozenset(self._folded(self.header).values())
        for number in self._filled_rows():
            self._shapes[number] = self._shape(number)
        self._mark_other_tables()
        self._mark_headings()
        self._mark_notes()
        yield from self._shapes.items()

    # -- one row --------------------------------------------------------------

    def _row(self, number: int) -> list[object]:
        return self.table.rows[number - 1]

    def _filled_rows(self) -> Iterator[int]:
        for number in range(self.header + 1, len(self.table.rows) + 1):
            if any(not is_blank(cell) for cell in self._row(number)):
                yield number

    def _folded(self, number: int) -> dict[int, str]:
        """The texts of a row by where they stand, as headers are compared."""
        texts: dict[int, str] = {}
        for index, cell in enumerate(self._row(number)):
            if isinstance(cell, str) and not is_blank(cell):
                texts[index] = fold(text_of(cell))
        return texts

    def _cells(self, number: int) -> dict[str, object]:
        """What stands in the mapped columns of a row."""
        row = self._row(number)
        cells: dict[str, object] = {}
        for name, index in self.places.items():
            if index < len(row) and not is_blank(row[index]):
                cells[name] = row[index]
        return cells

    def _shape(self, number: int) -> str:
        cells = self._cells(number)
        if not cells:
            return UNMAPPED
        if self._is_header_again(number):
            return AGAIN
        if self._is_total(number, cells):
            return TOTAL
        text = self._only_text(number)
        if text is None:
            return NOTE if self._is_label(number) else RECORD
        if _COUNT.match(text):
            return TOTAL
        return NOTE if _NOTE.match(text) else ALONE

    def _only_text(self, number: int) -> str | None:
        """The text that stands alone in a row; None when there is more, or when rows of this table hold little more."""
        filled = [cell for cell in self._row(number) if not is_blank(cell)]
        if len(filled) != 1 or len(self.places) < _FEWEST_COLUMNS - 1:
            return None
        return text_of(filled[0]) if isinstance(filled[0], str) else None

    def _is_label(self, number: int) -> bool:
        """Whether a row below a blank one, or below another label, holds a label and one value and nothing more."""
        filled = [cell for cell in self._row(number) if not is_blank(cell)]
        is_wide = len(self.places) >= _FEWEST_COLUMNS
        is_pair = is_wide and len(filled) == 2 and isinstance(filled[0], str)
        is_below = self._stands_apart(number) or self._shapes.get(number - 1) == NOTE
        return is_pair and is_below and bool(_LABEL.match(text_of(filled[0])))

    def _is_header_again(self, number: int) -> bool:
        """Whether the header is repeated, as on every page of a printed list."""
        texts, header = self._folded(number), self._folded(self.header)
        return all(index in texts and texts[index] == header.get(index) for index in self.places.values())

    def _is_total(self, number: int, cells: Mapping[str, object]) -> bool:
        """Whether this is a total: a cell says so, and beside it the mapped columns hold nothing but numbers."""
        texts = [text_of(cell) for cell in self._row(number) if isinstance(cell, str)]
        if not any(map(_TOTAL.match, texts)) and not self._counts_below(number, texts):
            return False
        return all(map(_is_number_or_total, cells.values()))

    def _counts_below(self, number: int, texts: list[str]) -> bool:
        """Whether a row below a blank one says how many there are: "Aantal systemen" with a number beside it."""
        return self._stands_apart(number) and any(map(_COUNTS.match, texts))

    def _stands_apart(self, number: int) -> bool:
        """Whether the row above is blank."""
        above = number - 1
        return above > self.header and all(map(is_blank, self._row(above)))

    # -- rows among others ----------------------------------------------------

    def _mark_other_tables(self) -> None:
        """From the header of a second table on, with the titles right above it, until our header comes again."""
        is_elsewhere = False
        titles: list[int] = []
        for number, shape in list(self._shapes.items()):
            if shape == AGAIN:
                is_elsewhere = False
            elif is_elsewhere or self._begins_other_table(number, shape, titles):
                is_elsewhere = True
                for other in (*titles, number):
                    self._shapes[other] = OTHER_TABLE
            is_title = shape in {ALONE, NOTE} and self._follows(number, titles)
            titles = [*titles, number] if is_title else []

    def _follows(self, number: int, titles: list[int]) -> bool:
        """Whether a row of one text stands apart, or right below others that do."""
        return self._stands_apart(number) or bool(titles)

    def _begins_other_table(self, number: int, shape: str, titles: list[int]) -> bool:
        """Whether a row is the header of another table: the words of our header in other places, or below a blank row texts
        that none of the columns can take."""
        if shape not in {RECORD, UNMAPPED}:
            return False
        texts, header = self._folded(number), self._folded(self.header)
        filled = sum(not is_blank(cell) for cell in self._row(number))
        if len(texts) < 2 or len(texts) < filled:
            return False
        elsewhere = [index for index, text in texts.items() if text in self._words and header.get(index) != text]
        if len(elsewhere) >= 2:
            return True
        in_place = [index for index, text in texts.items() if header.get(index) == text]
        is_apart = bool(titles) or self._stands_apart(number)
        return is_apart and (bool(in_place) or self._takes_nothing(number))

    def _takes_nothing(self, number: int) -> bool:
        """Whether the columns that take only some values (days, numbers, yes or no) hold something, and can take none of it."""
        answers: list[bool] = []
        for name, cell in self._cells(number).items():
            kind = self.columns[name].type
            if kind == "boolean":
                answers.append(yes_or_no(text_of(cell)) is not None)
            elif kind not in {"text", "list", "map"}:
                answers.append(any(map(str.isdigit, text_of(cell))))
        return bool(answers) and not any(answers)

    def _mark_headings(self) -> None:
        """Rows of one text that head a group of records: merged over columns, or each right below the header or a blank row,
        or from the first row on again and again."""
        alone = [number for number, shape in self._shapes.items() if shape == ALONE]
        heads = [number for number in alone if self._is_followed_by_record(number)]
        for number in heads:
            if self.table.merged.get(number, 1) > 1:
                self._shapes[number] = HEADING
        if len(heads) < 2 or heads != alone:
            return
        apart = [number for number in heads if number == self.header + 1 or self._stands_apart(number)]
        if apart != heads and heads[0] != self._first:
            return
        for number in heads:
            self._shapes[number] = HEADING

    @property
    def _first(self) -> int:
        return next(iter(self._shapes), 0)

    def _is_followed_by_record(self, number: int) -> bool:
        return self._shapes.get(number + 1) == RECORD

    def _mark_notes(self) -> None:
        """Texts below the last record and a blank row that read as a note: a sentence, or a word with what it is."""
        records = [number for number, shape in self._shapes.items() if shape == RECORD]
        last = max(records, default=self.header)
        below = [(number, shape) for number, shape in self._shapes.items() if number > last]
        is_apart = False
        for number, shape in below:
            is_apart = is_apart or self._stands_apart(number)
            if shape != ALONE or not is_apart:
                continue
            text = self._only_text(number)
            if text is not None and _reads_as_note(text):
                self._shapes[number] = NOTE


def _is_number_or_total(cell: object) -> bool:
    """Whether a cell holds a number, or a text that a row of totals may have."""
    if isinstance(cell, (int, float, Broken)):
        return True
    if not isinstance(cell, str):
        return False
    text = text_of(cell)
    has_letters = re.search(r"[A-Za-z]", text)
    return bool(_TOTAL.match(text) or _COUNTS.match(text) or not has_letters)


def _reads_as_note(text: str) -> bool:
    if _COUNTED.match(text):
        return True
    is_sentence = len(text.split()) >= _SENTENCE_WORDS or (text.endswith(".") and " " in text)
    return is_sentence or bool(_LABELLED.match(text))
