"""The words of one source that no vocabulary knows, counted: what is told of them to people, and how they are kept."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from models.message import Text, joined, listed, message
from models.record import MASK, Record, Remark, UnknownWord

_WORDS_TOLD = 5  # of one column, in a remark; the others stand in the view


@dataclass(frozen=True, slots=True)
class CountedWord:
    """An unknown word of a column of a kind, and how often it stands in a delivery."""

    kind: str
    word: UnknownWord
    times: int

    def row(self) -> dict[str, str | int]:
        """As a row of `ops.unknown_word`, without the run and the source."""
        return {
            "kind": self.kind,
            "column_name": self.word.column,
            "field": self.word.field,
            "word": self.word.word,
            "nearest": self.word.nearest,
            "times": self.times,
        }


def for_people(record: Record, personal: Collection[str], personal_data: bool) -> list[UnknownWord]:
    """The unknown words of a record, masked where they may be personal: in the columns `personal`, or all of them."""
    words = []
    for word in record.unknown_words:
        is_personal = personal_data or word.field in personal
        words.append(word.masked() if is_personal else word)
    return words


def values_for_people(record: Record, personal: Collection[str], personal_data: bool) -> dict[str, Any]:
    """The values of a record with a mask for each unknown word that may be personal: nothing is to be made of these words, also
    no title or key. What stands in the columns `personal` is left to who gives persons a pseudonym."""
    if not record.unknown_words:
        return record.values
    values = dict(record.values)
    for word in for_people(record, personal, personal_data):
        if word.word == MASK and word.field not in personal:
            _mask(values, word.field)
    return values


def _mask(values: dict[str, Any], field: str) -> None:
    column, _, attribute = field.partition(".")
    if column not in values:
        return
    values[column] = {**values[column], attribute: MASK} if attribute else MASK


class UnknownWords:
    """Counts the unknown words of the records of a source."""

    def __init__(self) -> None:
        self._times: Counter[tuple[str, UnknownWord]] = Counter()

    def add(self, kind: str, words: Iterable[UnknownWord]) -> None:
        """Count the unknown words of one record."""
        for word in words:
            self._times[kind, word] += 1

    def counted(self) -> list[CountedWord]:
        """Every word with its number, the most frequent first within its column."""
        ordered = sorted(
            self._times.items(), key=lambda entry: (entry[0][0], entry[0][1].column, -entry[1], entry[0][1].word)
        )
        return [CountedWord(kind, word, times) for (kind, word), times in ordered]

    def remarks(self) -> Iterator[Remark]:
        """One remark for each column with unknown words."""
        columns: dict[str, list[CountedWord]] = defaultdict(list)
        for word in self.counted():
            columns[word.word.column].append(word)
        for column, words in columns.items():
            number = len(words)
            first = listed(map(_word_told, words[:_WORDS_TOLD]))
            if number > _WORDS_TOLD:
                first = joined((first, message("words.and_more", number=number - _WORDS_TOLD)), " ")
            times = sum(word.times for word in words)
            yield Remark(
                "unknown_words", message("words.unknown", number=number, column=column, words=first), count=times
            )


def _word_told(count: CountedWord) -> Text:
    """The word, how often it stands there, and what it looks like."""
    times = f"{count.times}×" if count.times > 1 else ""
    looks_like = message("words.looks_like", word=count.word.nearest) if count.word.nearest else ""
    beside = [part for part in (times, looks_like) if part]
    if beside:
        return joined((f"‘{count.word.word}’ (", listed(beside), ")"), "")
    return f"‘{count.word.word}’"
