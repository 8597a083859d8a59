"""The languages that people are spoken to in, and the only place that chooses between two texts.

Dutch is what officers read; English is there for who asks for it. A language that is neither is refused where it comes in:
at the command line and in `ensia.yaml` by this type, in code by `Language("…")`, which raises ValueError.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

Content = TypeVar("Content")


class Language(StrEnum):
    """A language in which every text is there."""

    NL = "nl"
    EN = "en"


DEFAULT = Language.NL


def pick(language: Language | str, nl: Content, en: Content) -> Content:
    """Of a text in Dutch and in English the one in `language`. Raises ValueError for a language that is not there."""
    match Language(language):
        case Language.NL:
            return nl
        case Language.EN:
            return en


def pick_column(row: Mapping[str, Any], name: str, language: Language | str) -> Any:
    """The value of `name` in `language` of a row that has it in both, as `<name>_nl` and `<name>_en`."""
    return pick(language, row[f"{name}_nl"], row[f"{name}_en"])
