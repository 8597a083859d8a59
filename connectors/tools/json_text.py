"""Parses JSON that others wrote, within bounds: what one value or a whole document may not do to the reader of it.

Which bytes are text is left to `answers` and `findings`; what the document means to the connectors.
"""

from __future__ import annotations

import json
from typing import Any

from connectors.tools.values import Broken
from models.errors import TextError
from models.message import Text, message

LONGEST_NUMBER = 400  # digits; no measure needs more, and Python refuses to read more than 4,300
_SHOWN_DIGITS = 20


class JsonError(TextError):
    """Why a text is not a JSON document that can be read: where it stops, or that it is nested too deep."""


def json_problem(error: ValueError) -> Text:
    """Why bytes are not a JSON document, in our words."""
    if isinstance(error, UnicodeDecodeError):
        return message("json.no_text", encoding=error.encoding, byte=error.start)
    return error.text if isinstance(error, TextError) else type(error).__name__


def parse_json(text: str) -> Any:
    """The document in `text`. A whole number of more digits than can be read stands in it as Broken: it costs its own
    record, not the document. Raises JsonError."""
    try:
        return _parsed(text)
    except json.JSONDecodeError as error:
        raise JsonError(message("json.place", line=error.lineno, column=error.colno)) from None
    except RecursionError:
        raise JsonError(message("json.too_deep")) from None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # a number that is too long: read again, with numbers looked at one by one
        return json.loads(text, parse_int=_whole_number)


def _whole_number(digits: str) -> int | Broken:
    if len(digits) <= LONGEST_NUMBER:
        return int(digits)
    return Broken(f"{digits[:_SHOWN_DIGITS]}…", message("json.long_number", number=len(digits)))
