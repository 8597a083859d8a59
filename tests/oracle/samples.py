"""What was made of a sample (domain description, section 4, `sampled`): plain and slow on purpose, as `verdicts`."""

from __future__ import annotations

from datetime import date, timedelta

from tests.oracle.records import HAPPENED_ON, Row, day_after
from tests.oracle.verdicts import NO_EVIDENCE, Case, Verdict, _judge_share, is_worse


def _fold(text: str | None) -> str | None:
    return None if text is None else text.strip().lower()


def _good_until(case: Case, rows: list[Row]) -> date | None:
    """The last day on which a drawn record counts as good; None when it does not. Who owns it must be known."""
    days = []
    for row in rows:
        judge, owner, day = _fold(row["judged_by"]), _fold(row["owner"]), row["judged_on"]
        if row["outcome"] != "good" or judge is None or owner is None or judge == owner or day is None:
            return None
        days.append(day_after(day, case.measure.max_age))
    last = min(days)
    return last if last >= case.day else None


def sampled(case: Case) -> Verdict:
    """The share of what was drawn in the newest year that was judged good, lately, by somebody else than the owner."""
    own = [row for row in case.rows if row["sample"] == case.measure.sample]
    years = [day.year for row in own if (day := HAPPENED_ON["sample_result"](row)) is not None]
    drawn: dict[tuple[object, ...], list[Row]] = {}
    for row in own:
        day = HAPPENED_ON["sample_result"](row)
        if day is not None and day.year == max(years):
            drawn.setdefault((row["record_kind"], row["record_source"], row["record_ref"]), []).append(row)
    if not drawn:
        return NO_EVIDENCE
    ends = sorted(day for rows in drawn.values() if (day := _good_until(case, rows)) is not None)
    good, total = len(ends), len(drawn)
    result = _judge_share(case.measure, good / total)
    expires_on = None
    for gone, day in enumerate(ends, start=1):
        if expires_on is None and is_worse(_judge_share(case.measure, (good - gone) / total), result):
            expires_on = day + timedelta(days=1)
    weak_until = None
    for gone, day in enumerate(ends, start=1):
        is_fail = _judge_share(case.measure, (good - gone) / total) == "fail"
        if result == "pass" and weak_until is None and is_fail:
            weak_until = day + timedelta(days=1)
    return Verdict(result, good / total, good, total, expires_on, good / total, weak_until)
