"""What a report may say of what is not there. "There are no open risks" is a statement about the world: it needs a source of
that kind that was read, whole and fresh (`reading.unknown_part` says which is not, and since when). Every report, command and
message that would print an empty list or a zero as a fact asks here, and gets that sentence, or what is not known and what
is asked. Why a source failed is never told here: it may quote what stood in it, and these sentences become public.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.language import pick
from models.wording import counted
from reports.provenance import day
from warehouse.reading.read import Published
from warehouse.reading.shapes import UnknownPart

MOST_NAMED = 4  # sources that one sentence names


def nothing(published: Published, organisation: str, kinds: Sequence[str], statement: str, question: str) -> str:
    """`statement`, a whole sentence saying that something is not there; or, when that cannot be known from the records of
    `kinds`, that `question` ("whether there are open risks", in the language of `published`) is open, why, and what is asked."""
    parts = published.unknown_parts(organisation, *kinds)
    if not parts:
        return statement
    opening = pick(published.language, f"{question}, weten wij niet", f"{question} is not known")
    return f"{opening}: {_reasons(published, parts)}. {_request(published, parts)}"


def unknown(published: Published, organisation: str, *kinds: str) -> str:
    """Why what is absent from the records of these kinds may be there all the same, as part of a sentence; empty when not."""
    return _reasons(published, published.unknown_parts(organisation, *kinds))


def caveat(published: Published, organisation: str, *kinds: str) -> str:
    """What must stand beside a number or a list of these kinds that is not whole; empty when it is."""
    parts = published.unknown_parts(organisation, *kinds)
    if not parts:
        return ""
    opening = pick(published.language, "Dit is niet volledig", "This is not complete")
    return f"{opening}: {_reasons(published, parts)}."


def at_least(published: Published, organisation: str, kind: str, number: int) -> int | str:
    """A number of records of a kind: itself when no others can be there, else in words that it may be more."""
    if not published.unknown_parts(organisation, kind):
        return number
    if number == 0:
        return pick(published.language, "niet bekend", "not known")
    return pick(published.language, f"minstens {number}", f"at least {number}")


def asked_for(published: Published, organisation: str, *kinds: str) -> str:
    """The request to make readable what is not known of these kinds; empty when all is."""
    parts = published.unknown_parts(organisation, *kinds)
    if not parts:
        return ""
    opening = pick(
        published.language, "Zorg dat wij weten wat er te besluiten is", "See to it that we know what to decide"
    )
    return f"{opening}: {_reasons(published, parts)}."


def _reasons(published: Published, parts: Sequence[UnknownPart]) -> str:
    """Each reason once: kinds without a source together, then source by source."""
    labels = [part.label.lower() for part in parts if part.state == "no_source"]
    reasons = [_no_source(published, labels)] if labels else []
    by_source = {part.source_id: part for part in parts if part.state != "no_source"}
    reasons += [_reason(published, part) for part in by_source.values()]
    told_of, more = reasons[:MOST_NAMED], len(reasons) - MOST_NAMED
    if more > 0:
        told_of.append(
            pick(
                published.language,
                f"en {counted(more, 'andere bron is', 'andere bronnen zijn')} niet goed gelezen",
                f"and {counted(more, 'other source was', 'other sources were')} not read well",
            )
        )
    return "; ".join(told_of)


def _no_source(published: Published, labels: Sequence[str]) -> str:
    names = ", ".join(dict.fromkeys(labels))
    return pick(published.language, f"er is geen bron ingesteld voor: {names}", f"no source is set up for: {names}")


def _reason(published: Published, part: UnknownPart) -> str:
    language = published.language
    read_on, fresh_until = day(part.read_on, language), day(part.fresh_until, language)
    rows = counted(part.rejected, "regel", "regels"), counted(part.rejected, "row", "rows")
    verbs = ("is", "was") if part.rejected == 1 else ("zijn", "were")
    texts = {
        "removed": ("‘{0}’ wordt niet meer gelezen sinds {1}", "‘{0}’ is no longer read since {1}"),
        "never_read": ("‘{0}’ is nog nooit goed gelezen", "‘{0}’ was never read well"),
        "failed": ("‘{0}’ is niet gelezen sinds {1}", "‘{0}’ was not read since {1}"),
        "held_back": (
            "de nieuwste versie van ‘{0}’ is geweigerd; de laatste goede is van {1}",
            "the newest version of ‘{0}’ was refused; the last good one is of {1}",
        ),
        "stale": (
            "‘{0}’ is niet op tijd vernieuwd (bruikbaar tot en met {2})",
            "‘{0}’ was not renewed in time (good until {2})",
        ),
        "partial": ("‘{0}’ is nog nooit in zijn geheel gelezen", "‘{0}’ was never read whole"),
        "rejected": (f"van ‘{{0}}’ {verbs[0]} {rows[0]} afgekeurd", f"{rows[1]} of ‘{{0}}’ {verbs[1]} rejected"),
    }
    return pick(language, *texts[part.state]).format(part.title, read_on, fresh_until)


def _request(published: Published, parts: Sequence[UnknownPart]) -> str:
    """What the reader is asked to do about it."""
    states = {part.state for part in parts}
    requests = []
    if "no_source" in states:
        requests.append(pick(published.language, "Wijs een bron aan.", "Name a source."))
    if "rejected" in states:
        requests.append(pick(published.language, "Laat die regels herstellen.", "Have those rows mended."))
    if states - {"no_source", "rejected"}:
        sources = {part.source_id for part in parts if part.state not in ("no_source", "rejected")}
        dutch = "Laat die bron weer lezen." if len(sources) == 1 else "Laat die bronnen weer lezen."
        english = "Have that source read again." if len(sources) == 1 else "Have those sources read again."
        requests.append(pick(published.language, dutch, english))
    return " ".join(requests)
