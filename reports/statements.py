"""What a report may say of what is not there. "There are no open risks" is a statement about the world: it needs a source of
that kind that was read, whole and fresh (`reading.unknown_part` says which is not, and since when). Every report, command and
message that would print an empty list or a zero as a fact asks here, and gets that sentence, or what is not known and what
is asked. Why a source failed is never told here: it may quote what stood in it, and these sentences become public. They stand in
`templates/statements.<lang>.j2`.
"""

from __future__ import annotations

from collections.abc import Sequence

from reports.prose import Phrases
from warehouse.reading.read import Published
from warehouse.reading.shapes import UnknownPart

MOST_NAMED = 4  # sources that one sentence names


def nothing(published: Published, organisation: str, kinds: Sequence[str], statement: str, question: str) -> str:
    """`statement`, a whole sentence saying that something is not there; or, when that cannot be known from the records of
    `kinds`, that `question` ("whether there are open risks", in the language of `published`) is open, why, and what is asked."""
    parts = published.unknown_parts(organisation, *kinds)
    if not parts:
        return statement
    phrases = Phrases("statements", published.language)
    states = {part.state for part in parts}
    unread = {part.source_id for part in parts if part.state not in ("no_source", "rejected")}
    return phrases("not_known", question, _reasons(phrases, parts), states, len(unread))


def unknown(published: Published, organisation: str, *kinds: str) -> str:
    """Why what is absent from the records of these kinds may be there all the same, as part of a sentence; empty when not."""
    parts = published.unknown_parts(organisation, *kinds)
    return _reasons(Phrases("statements", published.language), parts)


def caveat(published: Published, organisation: str, *kinds: str) -> str:
    """What must stand beside a number or a list of these kinds that is not whole; empty when it is."""
    return _of_reasons("not_complete", published, organisation, kinds)


def at_least(published: Published, organisation: str, kind: str, number: int) -> int | str:
    """A number of records of a kind: itself when no others can be there, else in words that it may be more."""
    if not published.unknown_parts(organisation, kind):
        return number
    return Phrases("statements", published.language)("at_least", number)


def asked_for(published: Published, organisation: str, *kinds: str) -> str:
    """The request to make readable what is not known of these kinds; empty when all is."""
    return _of_reasons("asked_for", published, organisation, kinds)


def _of_reasons(phrase: str, published: Published, organisation: str, kinds: Sequence[str]) -> str:
    """A phrase about why these kinds are not known; empty when they are."""
    parts = published.unknown_parts(organisation, *kinds)
    if not parts:
        return ""
    phrases = Phrases("statements", published.language)
    return phrases(phrase, _reasons(phrases, parts))


def _reasons(phrases: Phrases, parts: Sequence[UnknownPart]) -> str:
    """Each reason once: kinds without a source together, then source by source."""
    labels: dict[str, None] = {}
    sources: dict[str, UnknownPart] = {}
    for part in parts:
        if part.state == "no_source":
            labels[part.label.lower()] = None
        else:
            sources[part.source_id or ""] = part
    reasons = [phrases("no_source", labels)] if labels else []
    reasons += [phrases("reason", part) for part in sources.values()]
    more = len(reasons) - MOST_NAMED
    if more > 0:
        reasons[MOST_NAMED:] = [phrases("more_sources", more)]
    return "; ".join(reasons)
