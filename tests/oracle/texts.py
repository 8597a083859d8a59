"""What readers found in a text (domain description, section 4, `content`): plain and slow on purpose, as `verdicts`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from tests.oracle.records import ADOPTED_ON, HAPPENED_ON, IN_FORCE, REVIEW_DUE, Row, day_after
from tests.oracle.verdicts import NO_EVIDENCE, Case, Verdict

_ORDER = {"not_read": 0, "fail": 0, "partial": 1, "pass": 2}


@dataclass(frozen=True)
class _Text:
    """A text that was in force on some day: until when, what was found, and how many of its elements were read."""

    last_day: date
    there: int
    read: int

    def result(self, elements: int) -> str:
        if self.read == 0:
            return "not_read"
        if self.there == elements:
            return "pass"
        return "partial" if 2 * self.there >= elements else "fail"


def _fold(text: str | None) -> str | None:
    return None if text is None else text.strip().lower()


def _last_day(case: Case, row: Row) -> date:
    column = REVIEW_DUE.get(case.measure.kind)
    review = row[column] if column else None
    happened_on = HAPPENED_ON[case.measure.kind](row)
    assert happened_on is not None
    ends = [review or day_after(happened_on, case.measure.life)]
    if row["valid_until"] is not None:
        ends.append(row["valid_until"])
    return min(ends)


def _is_yes(case: Case, row: Row, mark: str, reading: Row) -> bool:
    """A yes counts only about the text of now, by a role that the rule names and that is not the owner."""
    role = _fold(reading["read_by"])
    named = role in [_fold(name) for name in case.measure.readers]
    owner = _fold(row["owner"])
    return reading["found"] == "yes" and reading["text_hash"] == mark and named and owner not in (None, role)


def _may_be_about(case: Case, row: Row, mark: str, reading: Row) -> bool:
    """Whether a reading that is not a yes can be of this text by such a reader; what is not known may be so."""
    role = _fold(reading["read_by"])
    return (
        reading["text_kind"] == case.measure.kind
        and reading["text_key"] == row["record_key"]
        and reading["text_source"] in (None, row["source_id"])
        and reading["text_hash"] in (None, mark)
        and (role is None or role in [_fold(name) for name in case.measure.readers])
    )


def _text(case: Case, row: Row) -> _Text:
    mark = row.get("text_hash") or row["content_hash"]
    there = read = 0
    for element in set(case.measure.elements):
        newest: dict[object, tuple[date, bool]] = {}
        for number, reading in enumerate(case.visible("reading")):
            if reading["element"] != element or not _may_be_about(case, row, mark, reading):
                continue
            said_yes = reading["found"] == "yes"
            if said_yes and not _is_yes(case, row, mark, reading):
                continue
            day = reading["read_on"] or (date.min if said_yes else date.max)
            who = reading["reader"] or number
            known = newest.get(who, (date.min, True))
            if day > known[0] or (day == known[0] and not said_yes) or who not in newest:
                newest[who] = (day, said_yes)
        read += bool(newest)
        there += bool(newest) and all(said_yes for _, said_yes in newest.values())
    return _Text(_last_day(case, row), there, read)


def _is_adopted(case: Case, row: Row) -> bool:
    """Whether a text of a kind that knows a day of adoption was adopted by the day."""
    column = ADOPTED_ON.get(case.measure.kind)
    return column is None or (row[column] is not None and row[column] <= case.day)


def content(case: Case) -> Verdict:
    """The best text in force: all elements found, or at least half of them; not read at all is no evidence."""
    if not case.rows:
        return NO_EVIDENCE
    counting = (row for row in case.rows if IN_FORCE[case.measure.kind](row) and _is_adopted(case, row))
    texts = [_text(case, row) for row in counting]
    texts = [text for text in texts if text.last_day >= case.day]
    elements = len(set(case.measure.elements))
    if not texts:
        return Verdict("fail")
    best = max(texts, key=lambda text: (_ORDER[text.result(elements)], text.result(elements) == "fail", text.there))
    result = best.result(elements)
    as_good = [text.last_day for text in texts if _ORDER[text.result(elements)] >= _ORDER[result]]
    expires_on = max(as_good) + timedelta(days=1) if _ORDER[result] else None
    share = best.there / elements
    at_least_partial = [text.last_day for text in texts if _ORDER[text.result(elements)] >= 1]
    weak_until = max(at_least_partial) + timedelta(days=1) if result == "pass" else None
    shown = "no_evidence" if result == "not_read" else result
    return Verdict(shown, share, best.there, elements, expires_on, share, weak_until)
