"""The root of every error this program raises on purpose: a reason, a place, and what the reader can do about it."""

from __future__ import annotations

from models.language import DEFAULT, Language
from models.message import Text, in_language, joined, message


class EnsiaError(Exception):
    """Something a person must act on.

    `reason` says what is wrong, `place` where (file, line, sheet, row, column or address), `advice` what to do. Each is a
    text of `models/texts`, shown in the language of who reads it. `quote` is what other software said, in its own words:
    it is shown apart, as a quotation. Nothing of it ever holds a secret: callers redact before they raise.
    """

    exit_code = 1

    def __init__(self, reason: Text, *, place: Text = "", advice: Text = "", quote: str = "") -> None:
        self._reason, self._place, self._advice = reason, place, advice
        self.quote = quote
        super().__init__(self.sentence())

    @property
    def reason(self) -> str:
        """What is wrong, in Dutch."""
        return str(self._reason)

    @property
    def place(self) -> str:
        """Where, in Dutch."""
        return str(self._place)

    @property
    def advice(self) -> str:
        """What to do, in Dutch."""
        return str(self._advice)

    @property
    def texts(self) -> tuple[Text, Text, Text]:
        """Reason, place and advice, for who passes them on."""
        return self._reason, self._place, self._advice

    def parts(self, language: Language | str) -> tuple[str, str, str]:
        """Reason, place and advice in a language."""
        reason, place, advice = (in_language(text, language) for text in (self._reason, self._place, self._advice))
        return reason, place, advice

    @property
    def text(self) -> Text:
        """The whole of it on one line."""
        what = self._reason
        if self._place:
            what = message("settings.problem", place=self._place, problem=self._reason)
        return joined((what, self._advice), " — ") if self._advice else what

    def sentence(self, language: Language | str = DEFAULT) -> str:
        """The whole of it on one line, in a language."""
        return str(in_language(self.text, language))

    def __str__(self) -> str:
        return self.sentence()

    def at(self, place: Text) -> EnsiaError:
        """The same error, with the place that only the caller knows."""
        return type(self)(self._reason, place=place, advice=self._advice, quote=self.quote)


class ConfigurationError(EnsiaError):
    """`ensia.yaml` or one of its files says something that cannot be."""

    exit_code = 2


class CatalogueError(EnsiaError):
    """A framework, rule or vocabulary file says something that cannot be."""

    exit_code = 2


class NotFound(EnsiaError):
    """A named thing (norm, run, source, file) is not there; the advice names what is."""

    exit_code = 2


class TextError(ValueError):
    """A value that cannot be, told in a text of `models/texts`: for validators, which must raise ValueError."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(str(text))
