"""What a server sent back, and how its bytes are understood: JSON in the right character set, a web page where JSON was
expected, the few words of an error that help a person. Sending is left to `http`, meaning to the connectors.
"""

from __future__ import annotations

import codecs
import html
import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from typing import Any

from requests.structures import CaseInsensitiveDict
from requests.utils import parse_header_links

from connectors.tools.json_text import parse_json

LONGEST_EXCERPT = 200  # characters of a server's own words in an error
_PAGE = re.compile(rb"^\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|!--)", re.I)
_WORDS = ("message", "msg", "error", "detail", "title", "errorMessages", "errors", "error_description", "hint")


@dataclass(slots=True, frozen=True)
class Answer:
    """What came back. `document` is the decoded JSON (None for an answer without content, or when none was asked)."""

    address: str  # as it may be shown
    url: str = field(repr=False)  # as it was asked, for resolving links
    status: int
    headers: CaseInsensitiveDict[str] = field(repr=False)
    content: bytes = field(repr=False)
    fetched_at: datetime  # UTC, naive
    document: Any = field(default=None, repr=False)

    @property
    def media_type(self) -> str:
        """The declared type, with its charset; `application/octet-stream` when none was declared."""
        return self.headers.get("Content-Type") or "application/octet-stream"

    def link(self, relation: str) -> str | None:
        """The target of the `Link` header with this relation (RFC 8288), or None."""
        for link in parse_header_links(self.headers.get("Link") or ""):
            if relation in str(link.get("rel", "")).split():
                return str(link["url"])
        return None


def charset(media_type: str) -> str | None:
    """The Python name of the character set that a Content-Type declares; None when it declares none that exists."""
    message = Message()
    message["Content-Type"] = media_type
    declared = message.get_content_charset()
    try:
        return codecs.lookup(declared).name if declared else None
    except LookupError:
        return None


def decode_text(content: bytes, media_type: str) -> str:
    """The text in `content`. JSON is UTF-8, 16 or 32 (RFC 8259 §8.1, told apart by its zero bytes); a server that sends
    something else must declare it. Bytes that are valid UTF-8 are UTF-8, whatever was declared: text in an older set
    practically never is. Raises UnicodeDecodeError."""
    detected = json.detect_encoding(content)
    if not detected.startswith("utf-8"):
        return content.decode(detected)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = charset(media_type)
        if declared in {None, "utf-8", "ascii"}:
            raise
        return content.decode(declared or "utf-8")


def without_entities(value: Any) -> Any:
    """A value of which the texts, however deep, have the signs themselves for what HTML writes instead (`&#38;` is &)."""
    if isinstance(value, str):
        return html.unescape(value)
    if isinstance(value, list):
        return [without_entities(item) for item in value]
    if isinstance(value, dict):
        return {name: without_entities(item) for name, item in value.items()}
    return value


def decode_json(content: bytes, media_type: str = "") -> Any:
    """The JSON document in `content`. Raises ValueError (UnicodeDecodeError when it is the text that is unreadable)."""
    return parse_json(decode_text(content, media_type))


def is_webpage(content: bytes, media_type: str) -> bool:
    """Whether this is HTML: an error page or a login screen."""
    return bool(_PAGE.match(content[:1024])) or media_type.lower().startswith(("text/html", "application/xhtml"))


def excerpt(content: bytes, media_type: str, redact: Callable[[str], str] = str) -> str:
    """The server's own words about an error, on one line of at most 200 characters; empty when there are none.

    What must not be seen is taken out by `redact` before the line is cut: half a secret is recognised by nothing.
    """
    text = content[:20_000].decode(charset(media_type) or "utf-8", errors="replace")
    if is_webpage(content, media_type):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.I | re.S)
        text = html.unescape(title.group(1)) if title else ""
    else:
        with suppress(ValueError, RecursionError):
            text = _words(json.loads(text)) or text
    line = " ".join(redact(text).split())
    return line if len(line) <= LONGEST_EXCERPT else f"{line[: LONGEST_EXCERPT - 1]}…"


def _words(document: Any) -> str:
    """The message in the usual shapes of an error document, or nothing."""
    if isinstance(document, str):
        return document
    if isinstance(document, list):
        return "; ".join(filter(None, map(_words, document[:5])))
    if isinstance(document, dict):
        texts = [_words(document[name]) for name in _WORDS if name in document]
        return "; ".join(dict.fromkeys(filter(None, texts)))
    return ""
