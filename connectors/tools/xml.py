"""Reading large XML reports piece by piece: only the elements asked for are ever whole in memory.

Always with defusedxml: a document type, an entity or an external reference in a report is refused. What the elements
mean is left to the connector of the format.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError  # the classes only; parsing is defusedxml's

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from connectors.base import TerminalError
from connectors.tools.file_kinds import beginning, kind_of, refuse_other_kind, root_of
from models.message import either, joined, message
from models.record import Payload


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def text(element: Element, path: str = "") -> str | None:
    """The stripped text of `element`, or of its first descendant at `path` (local names, `a/b`); else None."""
    target: Element | None = element
    if path:
        steps = [f"{{*}}{name}" for name in path.split("/")]
        target = element.find("/".join(steps))
    if target is None:
        return None
    return (target.text or "").strip() or None


def children(element: Element, path: str) -> list[Element]:
    """All descendants of `element` at `path` (local names), in any namespace."""
    return element.findall("/".join(f"{{*}}{name}" for name in path.split("/")))


@contextmanager
def opened(payload: Payload) -> Iterator[IO[bytes]]:
    """The bytes of a payload as a stream, whether they lie on disk or in memory."""
    if payload.content is not None:
        yield BytesIO(payload.content)
    else:
        assert payload.path is not None
        with payload.path.open("rb") as stream:
            yield stream


def elements(
    payload: Payload, names: frozenset[str], roots: frozenset[str]
) -> Iterator[tuple[Element, tuple[Element, ...]]]:
    """Yield every element whose local name is in `names` when it is complete, with its ancestors from the root down.

    Of an ancestor only the attributes may be relied on: its other children are gone. Such an element inside another
    one is yielded first and stays in its parent. Raises TerminalError when the payload is not well-formed, empty, or
    uses document types or entities, or when its root is not one of `roots`.
    """
    path: list[Element] = []
    inside = 0
    try:
        with opened(payload) as stream:
            for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
                if event == "start":
                    if not path and local(element) not in roots:
                        raise _other_format(payload, local(element), roots)
                    path.append(element)
                    inside += local(element) in names
                    continue
                path.pop()
                if local(element) in names:
                    inside -= 1
                    yield element, tuple(path)
                if not inside and path:
                    path[-1].remove(element)
    except DefusedXmlException as error:
        _refuse_other_root(payload, roots)
        raise TerminalError(
            message("xml.document_type"),
            place=payload.name,
            advice=message("xml.export_again"),
        ) from error
    except (ParseError, LookupError, ValueError) as error:
        if not beginning(payload).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            refuse_other_kind(payload, "XML")
        raise _not_well_formed(payload, error) from error


def _refuse_other_root(payload: Payload, roots: frozenset[str]) -> None:
    """Raises TerminalError when the document is something else that we know, with a document type of its own."""
    content = beginning(payload)
    kind = kind_of(content)
    if kind is not None and root_of(content) not in roots:
        raise TerminalError(message("filekind.is", kind=kind.name), place=payload.name, advice=kind.advice)


def _not_well_formed(payload: Payload, error: Any) -> TerminalError:
    """The error for a payload that is not, or not all of, an XML document."""
    line, column = getattr(error, "position", (0, 0))
    return TerminalError(
        message("xml.not_whole", line=line, column=column + 1),
        place=payload.name,
        advice=message("xml.broken_off"),
    )


def _other_format(payload: Payload, root: str, roots: frozenset[str]) -> TerminalError:
    kind = kind_of(beginning(payload))
    expected = message("xml.expected", roots=either(f"<{name}>" for name in sorted(roots)))
    if kind is None:
        return TerminalError(message("xml.other_format", root=root), place=payload.name, advice=expected)
    return TerminalError(
        message("xml.other_kind", root=root, kind=kind.name),
        place=payload.name,
        advice=joined((kind.advice, expected), "; "),
    )
