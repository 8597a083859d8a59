"""The root of every error this program raises on purpose: a reason, a place, and what the reader can do about it."""

from __future__ import annotations


class EnsiaError(Exception):
    """Something a person must act on.

    `reason` says what is wrong, `place` where (file, line, sheet, row, column or address), `advice` what to do.
    Its text is one line and never holds a secret: callers redact before they raise.
    """

    exit_code = 1

    def __init__(self, reason: str, *, place: str = "", advice: str = "") -> None:
        self.reason = reason
        self.place = place
        self.advice = advice
        super().__init__(self._text())

    def _text(self) -> str:
        text = f"{self.place}: {self.reason}" if self.place else self.reason
        return f"{text} — {self.advice}" if self.advice else text


class ConfigurationError(EnsiaError):
    """`ensia.yaml` or one of its files says something that cannot be."""

    exit_code = 2


class CatalogueError(EnsiaError):
    """A framework, rule or vocabulary file says something that cannot be."""

    exit_code = 2


class NotFound(EnsiaError):
    """A named thing (norm, run, source, file) is not there; the advice names what is."""

    exit_code = 2
