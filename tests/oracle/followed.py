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


def _moment_of_follower(stage: Stage, other: Row) -> datetime | None:
    if stage.at:
        return _moment(other[stage.at])
    if stage.kind in STARTED_AT:
        return STARTED_AT[stage.kind](other)
    return _moment(HAPPENED_ON[stage.kind](other))


def _followers(case: Case, stage: Stage) -> list[tuple[object, datetime]]:
    """What may follow a case at this stage: which case it names, and when it was."""
    chosen = select(case.visible(stage.kind), stage.kind, stage.about, stage.where, case.twins, case.day)
    dated = [(case.twins[stage.link](other, case.day), _moment_of_follower(stage, other)) for other in chosen]
    return [(key, moment) for key, moment in dated if moment is not None]


def _followed_at(case: Case, stage: Stage, row: Row) -> datetime | None:
    """The first moment at which something followed the case `row`."""
    key = case.twins[stage.case](row, case.day)
    return min((moment for of, moment in _followers(case, stage) if key is not None and of == key), default=None)


def _earliest(case: Case, stage: Stage, row: Row) -> datetime | None:
    """The first moment at which something followed the case, or may have: what names no case may be about this one."""
    since, key = _since(case, stage, row), case.twins[stage.case](row, case.day)
    moments = []
    for of, moment in _followers(case, stage):
        names_it = key is not None and of == key
        may_name_it = of is None and (since is None or moment >= since)
        if names_it or may_name_it:
            moments.append(moment)
    return min(moments, default=None)


def easter(year: int) -> date:
    """Easter Sunday, counted from the full moon of the church (Knuth, The Art of Computer Programming, 1.3.2, exercise 14)."""
    golden, century = year % 19 + 1, year // 100 + 1
    leap_years_left_out, moon = 3 * century // 4 - 12, (8 * century + 5) // 25 - 5
    sunday = 5 * year // 4 - leap_years_left_out - 10
    epact = (11 * golden + 20 + moon - leap_years_left_out) % 30
    if epact == 24 or (epact == 25 and golden > 11):
        epact += 1
    full_moon = 44 - epact if 44 - epact >= 21 else 74 - epact
    return date(year, 3, 1) + timedelta(days=full_moon + 7 - (sunday + full_moon) % 7 - 1)


def is_working_day(day: date) -> bool:
    """Whether people work on a day in the Netherlands (Algemene termijnenwet, article 3)."""
    kings_day = date(day.year, 4, 27)
    if kings_day.weekday() == 6:
        kings_day -= _ONE_DAY
    moving = {easter(day.year) + timedelta(days=after) for after in (-2, 1, 39, 50)}
    fixed = {date(day.year, month, number) for month, number in ((1, 1), (5, 5), (12, 25), (12, 26))}
    return day.weekday() < 5 and day not in moving | fixed | {kings_day}


def _last_day(stage: Stage, started: date) -> date:
    last = day_after(started, stage.within)
    while stage.to_working_day and not is_working_day(last):
        last += _ONE_DAY
    return last


def _since(case: Case, stage: Stage, row: Row) -> datetime | None:
    """When the term of a stage began: at a moment of the case, when an earlier stage followed, or at the later of both."""
    moments = [_moment(row[stage.since])] if stage.since else []
    if stage.after:
        [earlier] = [other for other in case.measure.stages if other.id == stage.after]
        moments.append(_earliest(case, earlier, row))
    known = [moment for moment in moments if moment is not None]
    return max(known) if len(known) == len(moments) else None


def _step(case: Case, stage: Stage, row: Row) -> _Step:
    since, at = _since(case, stage, row), _followed_at(case, stage, row)
    followed_on = as_day(at)
    if since is None:
        return _Step(None, followed_on, False)
    started = as_day(since)
    assert started is not None
    if stage.within.hours:
        limit = stage.within.after(since)
        late_from = as_day(limit)
        return _Step(late_from, followed_on, at is not None and at <= limit)
    last = _last_day(stage, started)
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
