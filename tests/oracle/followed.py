"""What must follow a case (domain description, section 4, `expected`): plain and slow on purpose, as `verdicts`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.catalogue import Stage
from models.duration import Duration
from tests.oracle.records import HAPPENED_ON, STARTED_AT, Row, as_day, at_midnight, day_after, select
from tests.oracle.verdicts import Case, Verdict, _judge_share, is_worse

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Step:
    """One stage of one case. `late_from`: the first day on which nothing having followed is late."""

    late_from: date | None
    followed_on: date | None
    in_time: bool

    def is_bad(self, day: date) -> bool:
        if self.in_time:
            return False
        return self.followed_on is not None or self.late_from is None or day >= self.late_from


def _moment(value: date | datetime | None) -> datetime | None:
    return value if isinstance(value, datetime) or value is None else at_midnight(value)


def _followed_at(case: Case, stage: Stage, row: Row) -> datetime | None:
    """The first moment at which something followed the case `row`."""
    key = case.twins[stage.case](row, case.day)
    moments = []
    for other in select(case.visible(stage.kind), stage.kind, stage.about, stage.where, case.twins, case.day):
        if key is None or case.twins[stage.link](other, case.day) != key:
            continue
        if stage.at:
            moment = _moment(other[stage.at])
        elif stage.kind in STARTED_AT:
            moment = STARTED_AT[stage.kind](other)
        else:
            moment = _moment(HAPPENED_ON[stage.kind](other))
        if moment is not None:
            moments.append(moment)
    return min(moments, default=None)


def _step(case: Case, stage: Stage, row: Row) -> _Step:
    since, at = _moment(row[stage.since]), _followed_at(case, stage, row)
    followed_on = as_day(at)
    if since is None:
        return _Step(None, followed_on, False)
    started = as_day(since)
    assert started is not None
    if stage.within.hours:
        limit = stage.within.after(since)
        late_from = as_day(limit)
        return _Step(late_from, followed_on, at is not None and at <= limit)
    last = day_after(started, stage.within)
    return _Step(last + _ONE_DAY, followed_on, followed_on is not None and followed_on <= last)


def _first_day(case: Case) -> date:
    window = case.measure.window
    if isinstance(window, Duration):
        start = as_day(window.before(case.day))
        assert start is not None
        return start + _ONE_DAY
    return date(case.day.year, 1, 1)


def _is_counted(case: Case, steps: list[_Step]) -> bool:
    """Whether a case is in the window: by the end of its last term, or while something has not followed yet."""
    followed = [step.followed_on for step in steps if step.followed_on is not None]
    if len(followed) < len(steps):
        return True
    ends = [step.late_from - _ONE_DAY for step in steps if step.late_from is not None]
    last = max(ends) if len(ends) == len(steps) else max(followed)
    return last >= _first_day(case)


def _steps_of(case: Case, rows: list[Row]) -> list[list[_Step]]:
    """The stages of each case that is in the window."""
    cases = [[_step(case, stage, row) for stage in case.measure.stages] for row in rows]
    return [steps for steps in cases if _is_counted(case, steps)]


def expected(case: Case) -> Verdict:
    """The share of cases that were followed in time by all that must follow; those of which a term runs are left out."""
    cases = _steps_of(case, case.rows)
    unsure = [steps for steps in _steps_of(case, case.unsure) if not all(step.in_time for step in steps)]
    cases += unsure
    bad = [steps for steps in cases if any(step.is_bad(case.day) for step in steps)]
    good = [steps for steps in cases if all(step.in_time for step in steps)]
    waiting = [steps for steps in cases if steps not in bad and steps not in good]
    total = len(bad) + len(good)
    result = case.nothing().result
    if total:
        result = _judge_share(case.measure, len(good) / total)
    late_days = sorted(
        min(step.late_from for step in steps if step.followed_on is None and step.late_from is not None)
        for steps in waiting
    )
    expires_on = None
    for late, day in enumerate(late_days, start=total + 1):
        if expires_on is None and is_worse(_judge_share(case.measure, len(good) / late), result):
            expires_on = day
    if not total:
        return Verdict(result, None, 0, 0, expires_on)
    share = len(good) / total
    counts = enumerate(late_days, start=total + 1)
    weak_until = next((day for late, day in counts if _judge_share(case.measure, len(good) / late) == "fail"), None)
    return Verdict(result, share, len(good), total, expires_on, share, weak_until)
