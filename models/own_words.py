"""What an organisation says that its own words mean (`words:` in ensia.yaml), asked before our vocabularies are. Reading the
setting is `configuration`'s, asking it the connectors'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.kind import Column
from models.words import key_of_word

Meaning = str | float | bool | None
Meanings = Mapping[str, Mapping[str, Meaning]]
NOT_SAID = object()


def by_key(meanings: Meanings) -> dict[str, dict[str, Meaning]]:
    """The same, with words as they compare."""
    folded: dict[str, dict[str, Meaning]] = {}
    for name, words in meanings.items():
        folded[name] = {}
        for word, meaning in words.items():
            folded[name][key_of_word(word)] = meaning
    return folded


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The words of one organisation in one source: `of_column` by column of the evidence kind (or attribute), `of_vocabulary` by
    vocabulary; both with words as `by_key` gives them. None means that a word says nothing. `organisation` is its name."""

    organisation: str = ""
    of_column: Meanings = field(default_factory=dict)
    of_vocabulary: Meanings = field(default_factory=dict)

    def meaning(self, column: Column, word: str) -> object:
        """What `word` means in `column`, None for nothing, NOT_SAID when the organisation says nothing of it."""
        key = key_of_word(word)
        of_column = self.of_column.get(column.name, {})
        if key in of_column:
            return of_column[key]
        of_vocabulary = self.of_vocabulary.get(column.vocabulary or "", {})
        return of_vocabulary.get(key, NOT_SAID)

    def says_of(self, column: Column) -> bool:
        """Whether the organisation says anything of words in `column`."""
        return column.name in self.of_column or (column.vocabulary or "") in self.of_vocabulary


NO_OWN_WORDS = OwnWords()
