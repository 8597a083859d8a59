"""Why a file is not YAML, in our words: by the sort of error, since the parser's own words are English."""

from __future__ import annotations

import yaml

from models.message import Message, message


class WrongKey(yaml.constructor.ConstructorError):
    """A key of a mapping that we refuse ourselves, with the reason as a text of `models/texts`."""

    def __init__(self, reason: Message, mark: yaml.Mark) -> None:
        super().__init__(None, None, str(reason), mark)
        self.reason = reason


_KEYS: tuple[tuple[type[Exception], str], ...] = (
    (yaml.reader.ReaderError, "yaml.character"),
    (yaml.scanner.ScannerError, "yaml.sign"),
    (yaml.parser.ParserError, "yaml.structure"),
    (yaml.composer.ComposerError, "yaml.reference"),
    (yaml.constructor.ConstructorError, "yaml.value"),
    (ValueError, "yaml.value"),
)
# A day that does not exist (2026-02-30) reaches us as the plain ValueError of Python.
UNREADABLE = (yaml.YAMLError, ValueError)


def yaml_reason(error: Exception) -> Message:
    """What is wrong, with the column where the parser stopped when it says one."""
    key = next((key for sort, key in _KEYS if isinstance(error, sort)), "yaml.other")
    reason = error.reason if isinstance(error, WrongKey) else message(key)
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return message("yaml.no_yaml", reason=reason)
    return message("yaml.no_yaml_at", reason=reason, column=mark.column + 1)


def yaml_place(error: Exception, file: str) -> Message | str:
    """The file, with the line where the parser stopped when it says one."""
    mark = getattr(error, "problem_mark", None)
    return message("settings.line", file=file, line=mark.line + 1) if mark else file
