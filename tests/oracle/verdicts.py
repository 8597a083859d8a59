"""What each test type makes of the selected records: result, metric, numerator, denominator and the first day on which
it gets worse. Plain and slow on purpose: one function per row of the table of test types, in the words of that table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.catalogue import Measure
from models.duration import Duration
from tests.oracle.records import (
    DUE_AT,
    HAPPENED_ON,
    IN_FORCE,
    JUDGEMENT,
    REVIEW_DUE,
    STARTED_AT,
    Row,
    Twin,
    as_day,
    at_midnight,
    day_after,
    select,
    settled_at,
)

ONE_DAY = timedelta(days=1)
BADNESS = {"pass": 0, "partial": 1, "fail": 2, "no_evidence": 2}
JUDGED = {"positive": "pass", "exceptions": "partial", "negative": "fail"}
SEARCH_YEARS = Duration(months=60)


@dataclass(frozen=True)
class Verdict:
    """The outcome of one test. `value` is what an indicator of this type shows; None is unknown."""

    result: str
    metric: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    expires_on: date | None = None
    value: float | None = None


NO_EVIDENCE = Verdict("no_evidence")


@dataclass(frozen=True)
class Case:
    """One test of one organisation on one day: the measure, the records it selects and what else it may look at."""

    measure: Measure
    rows: list[Row]
    day: date
    twins: Mapping[str, Twin]
    is_covered: bool
    visible: Callable[[str], list[Row]]

    def happened_on(self, row: Row) -> date | None:
        """The day of a record: the test's own `date`, or the kind's."""
        if self.measure.date:
            return as_day(self.twins[self.measure.date](row, self.day))
        return HAPPENED_ON[self.measure.kind](row)

    def dated(self) -> list[tuple[date, Row]]:
        """The selected records with a day that is not after the as-of day."""
        found = []
        for row in self.rows:
            day = self.happened_on(row)
            if day is not None and day <= self.day:
                found.append((day, row))
        return found


def verdict(case: Case) -> Verdict:
    """The outcome of a test or of the measure of an indicator."""
    return _TYPES[case.measure.type](case)


def is_worse(new: str, old: str) -> bool:
    """pass > partial > fail = no_evidence."""
    return BADNESS[new] > BADNESS[old]


def _within_age(day: date, span: Duration, as_of: date) -> bool:
    return day_after(day, span) >= as_of


def _in_window(day: date | None, window: object, as_of: date) -> bool:
    """Whether a day is in the calendar year up to the as-of day, or in the trailing window that ends on it."""
    if day is None or day > as_of:
        return False
    if isinstance(window, Duration):
        start = as_day(window.before(as_of))
        return start is not None and day > start
    return day >= date(as_of.year, 1, 1)


def fresh(case: Case) -> Verdict:
    """The newest selected record is no older than `max_age`; partial: older by at most `grace`."""
    dated = case.dated()
    assert case.measure.max_age is not None
    if not dated:
        return NO_EVIDENCE
    until = day_after(max(day for day, _ in dated), case.measure.max_age)
    if until >= case.day:
        return Verdict("pass", expires_on=until + ONE_DAY)
    if case.measure.grace is not None:
        until = day_after(until, case.measure.grace)
        if until >= case.day:
            return Verdict("partial", expires_on=until + ONE_DAY)
    return Verdict("fail")


def _in_force(case: Case, row: Row, day: date) -> bool:
    return IN_FORCE[case.measure.kind](row) and (row["valid_until"] is None or row["valid_until"] >= day)


def _current_result(case: Case, day: date) -> str:
    if not case.rows:
        return "no_evidence"
    column = REVIEW_DUE.get(case.measure.kind)
    due = [row[column] if column else None for row in case.rows if _in_force(case, row, day)]
    if any(review is None or review >= day for review in due):
        return "pass"
    grace = case.measure.grace
    if grace is not None and any(review is not None and day_after(review, grace) >= day for review in due):
        return "partial"
    return "fail"


def current(case: Case) -> Verdict:
    """A selected record is in force and its review is not overdue; partial: overdue by at most `grace`."""
    result = _current_result(case, case.day)
    last_days = [row["valid_until"] for row in case.rows]
    column = REVIEW_DUE.get(case.measure.kind)
    if column:
        last_days += [row[column] for row in case.rows]
        grace = case.measure.grace
        if grace is not None:
            last_days += [day_after(row[column], grace) for row in case.rows if row[column]]
    changes = sorted(day + ONE_DAY for day in last_days if day is not None and day >= case.day)
    expires_on = next((day for day in changes if is_worse(_current_result(case, day), result)), None)
    return Verdict(result, expires_on=expires_on, value=float(result == "pass") if case.rows else None)


def _period(day: date, months: int) -> int:
    """The number of the calendar period of `months` months that holds a day."""
    return (day.year * 12 + day.month - 1) // months


def _first_day(period: int, months: int) -> date:
    year, month = divmod(period * months, 12)
    return date(year, month + 1, 1)


def _counted_periods(case: Case, held: set[int], day: date) -> list[int]:
    """Ended periods of the window, or else the last ended one; and the running one if it is in the window and holds a
    record. A period is in the window when its first day is."""
    assert case.measure.every is not None
    months = Duration.parse(case.measure.every).months
    window = case.measure.window
    after = as_day(window.before(day)) if isinstance(window, Duration) else date(day.year, 1, 1) - ONE_DAY
    assert after is not None
    running = _period(day, months)
    counted = []
    period = running
    while _first_day(period, months) > after:
        if day > _first_day(period + 1, months) - ONE_DAY:
            counted.append(period)
        period -= 1
    is_running_counted = running in held and _first_day(running, months) > after
    return (counted or [running - 1]) + [running] * is_running_counted


def _periods_held(case: Case, days: list[date], day: date) -> tuple[int, int] | None:
    """(periods that hold a record, periods that count) for records of these days, or None without any record."""
    assert case.measure.every is not None
    months = Duration.parse(case.measure.every).months
    if not days:
        return None
    held = {_period(found, months) for found in days}
    counted = _counted_periods(case, held, day)
    return sum(period in held for period in counted), len(counted)


def _recurring_result(held: tuple[int, int] | None) -> str:
    if held is None:
        return "no_evidence"
    if held[0] == held[1]:
        return "pass"
    return "partial" if held[0] * 2 >= held[1] else "fail"


def recurring(case: Case) -> Verdict:
    """Every counted period holds at least one selected record; partial: at least half of them do."""
    days = [found for found, _ in case.dated()]
    held = _periods_held(case, days, case.day)
    result = _recurring_result(held)
    if held is None:
        return NO_EVIDENCE
    expires_on = None
    if result in ("pass", "partial"):
        day, last = case.day + ONE_DAY, day_after(case.day, SEARCH_YEARS)
        while day <= last and expires_on is None:
            if is_worse(_recurring_result(_periods_held(case, days, day)), result):
                expires_on = day
            day += ONE_DAY
    return Verdict(result, held[0] / held[1], held[0], held[1], expires_on, value=float(held[0]))


def _judge_share(measure: Measure, share: float) -> str:
    lower = measure.direction == "lower"
    pass_at = measure.pass_at if measure.pass_at is not None else (0.0 if lower else 1.0)
    if share <= pass_at if lower else share >= pass_at:
        return "pass"
    if measure.partial_at is not None and (share <= measure.partial_at if lower else share >= measure.partial_at):
        return "partial"
    return "fail"


def _is_matched(case: Case, row: Row) -> bool:
    """Whether a row of the population has a counterpart with the same key (and in time)."""
    matched = case.measure.matched
    assert matched is not None
    key = case.twins[matched.population_key](row, case.day)
    if key is None:
        return False
    for other in select(case.visible(matched.kind), matched.kind, matched.about, matched.where, case.twins, case.day):
        if case.twins[matched.key](other, case.day) != key:
            continue
        other_day = HAPPENED_ON[matched.kind](other)
        if matched.max_age is not None and (
            other_day is None or other_day > case.day or not _within_age(other_day, matched.max_age, case.day)
        ):
            continue
        if matched.earlier_within is not None:
            day = case.happened_on(row)
            if day is None or other_day is None or other_day >= day:
                continue
            if day_after(other_day, matched.earlier_within) < day:
                continue
        return True
    return False


def ratio(case: Case) -> Verdict:
    """Good records as a share of the population."""
    measure = case.measure
    population = case.rows
    if measure.window is not None:
        population = [row for row in population if _in_window(case.happened_on(row), measure.window, case.day)]
    if measure.max_age is not None:
        in_time = {id(row) for day, row in case.dated() if _within_age(day, measure.max_age, case.day)}
        population = [row for row in population if id(row) in in_time]
    good = [
        row
        for row in population
        if (not measure.good or case.twins[measure.good](row, case.day) is True)
        and (measure.matched is None or _is_matched(case, row))
    ]
    if not population:
        return NO_EVIDENCE
    if len(population) < measure.min_population:
        return Verdict("no_evidence", None, len(good), len(population))
    share = len(good) / len(population)
    return Verdict(_judge_share(measure, share), share, len(good), len(population), value=share)


def _end_of(day: date) -> datetime:
    return at_midnight(day + ONE_DAY)


def _is_past(started: datetime, span: Duration, day: date) -> bool:
    """Whether something open since `started` is, at the end of the day, open longer than `span`."""
    if span.hours:
        limit = span.after(started)
        assert isinstance(limit, datetime)
        return _end_of(day) > limit
    return day > day_after(_day_of(started), span)


def _day_of(moment: datetime) -> date:
    day = as_day(moment)
    assert day is not None
    return day


def _first_day_past(started: datetime, span: Duration) -> date:
    """The first day on which something open since `started` is open longer than `span`."""
    day = _day_of(span.after(started)) if span.hours else day_after(_day_of(started), span)
    while not _is_past(started, span, day):
        day += ONE_DAY
    return day


def _in_time(case: Case, row: Row) -> bool | None:
    """Whether a record was settled in time; None when it cannot be said (yet)."""
    kind, deadline = case.measure.kind, case.measure.deadline
    settled = settled_at(kind, row)
    if deadline == "due":
        due = DUE_AT[kind](row)
        if due is None:
            return None
        if settled is not None:
            return _day_of(settled) <= _day_of(due)
        return False if case.day > _day_of(due) else None
    assert isinstance(deadline, Duration)
    started = STARTED_AT[kind](row)
    if started is None:
        return None
    if settled is None:
        return False if _is_past(started, deadline, case.day) else None
    if deadline.hours:
        limit = deadline.after(started)
        assert isinstance(limit, datetime)
        return settled <= limit
    return _day_of(settled) <= day_after(_day_of(started), deadline)


def _is_waiting(case: Case, row: Row) -> bool:
    """Whether a record is open with a deadline that is still to come."""
    has_deadline = DUE_AT if case.measure.deadline == "due" else STARTED_AT
    is_open = settled_at(case.measure.kind, row) is None
    return is_open and has_deadline[case.measure.kind](row) is not None and _in_time(case, row) is None


def _late_from(case: Case, row: Row) -> date:
    """The first day on which an open record with a deadline is late."""
    kind, deadline = case.measure.kind, case.measure.deadline
    if deadline == "due":
        due = as_day(DUE_AT[kind](row))
        assert due is not None
        return due + ONE_DAY
    started = STARTED_AT[kind](row)
    assert isinstance(deadline, Duration)
    assert started is not None
    return _first_day_past(started, deadline)


def within(case: Case) -> Verdict:
    """The share of records in the window that was settled within the deadline; open ones past it are late."""
    window = case.measure.window or "cycle"
    rows = [row for row in case.rows if _in_window(case.happened_on(row), window, case.day)]
    known = [answer for answer in (_in_time(case, row) for row in rows) if answer is not None]
    in_time = sum(known)
    result = "pass" if case.is_covered else "no_evidence"
    if known:
        result = _judge_share(case.measure, in_time / len(known))
    expires_on = None
    waiting = sorted(_late_from(case, row) for row in rows if _is_waiting(case, row))
    for late, day in enumerate(waiting, start=len(known) + 1):
        if expires_on is None and is_worse(_judge_share(case.measure, in_time / late), result):
            expires_on = day
    if not known:
        return Verdict(result, None, 0, 0, expires_on, value=1.0 if case.is_covered else None)
    return Verdict(result, in_time / len(known), in_time, len(known), expires_on, value=in_time / len(known))


def none_open(case: Case) -> Verdict:
    """No selected record is open longer than `max_age`; partial: at most `tolerate` are."""
    assert case.measure.max_age is not None
    if not case.rows:
        return Verdict("pass", value=0.0) if case.is_covered else NO_EVIDENCE
    kind, tolerate = case.measure.kind, case.measure.tolerate
    open_rows = [row for row in case.rows if settled_at(kind, row) is None]
    late_from = sorted(
        _first_day_past(start, case.measure.max_age)
        for row in open_rows
        if (start := STARTED_AT[kind](row)) is not None
    )
    late = sum(day <= case.day for day in late_from)
    expires_on = None
    if late <= tolerate:  # one more than are late now, or than are tolerated
        turns = 0 if late == 0 else tolerate
        expires_on = late_from[turns] if len(late_from) > turns else None
    result = "pass" if late == 0 else "partial" if late <= tolerate else "fail"
    return Verdict(result, late, late, len(open_rows), expires_on, value=float(late))


def metric(case: Case) -> Verdict:
    """The newest selected measurement, compared; of several on the newest day the worst."""
    dated, measure = case.dated(), case.measure
    if not dated:
        return NO_EVIDENCE
    newest = max(day for day, _ in dated)
    until = day_after(newest, measure.max_age) if measure.max_age is not None else None
    if until is not None and until < case.day:
        return NO_EVIDENCE
    values = [row["value"] for day, row in dated if day == newest]
    value = max(values) if measure.direction == "lower" else min(values)
    result = _judge_share(measure, value)
    expires_on = until + ONE_DAY if until is not None and result != "fail" else None
    return Verdict(result, value, expires_on=expires_on, value=value)


def judged(case: Case) -> Verdict:
    """`attested` and `audited`: the newest judgement within `max_age`; of several on one day the worst."""
    assert case.measure.max_age is not None
    judgement = JUDGEMENT[case.measure.kind]
    found = [(day, given) for day, row in case.dated() if (given := judgement(row)) is not None]
    if not found:
        return NO_EVIDENCE
    newest = max(day for day, _ in found)
    until = day_after(newest, case.measure.max_age)
    if until < case.day:
        return NO_EVIDENCE
    result = max((JUDGED[given] for day, given in found if day == newest), key=BADNESS.__getitem__)
    return Verdict(result, expires_on=None if result == "fail" else until + ONE_DAY)


def count(case: Case) -> Verdict:
    """Indicators only: the number of records in the window or within `max_age`; none counts as 0 only if covered."""
    measure = case.measure
    rows = [row for day, row in case.dated() if measure.window is None or _in_window(day, measure.window, case.day)]
    if measure.max_age is not None:
        rows = [row for row in rows if _within_age(case.happened_on(row) or date.min, measure.max_age, case.day)]
    if not rows and not case.is_covered:
        return NO_EVIDENCE
    return Verdict("pass", len(rows), len(rows), value=float(len(rows)))


def per(case: Case) -> Verdict:
    """Indicators only: a count divided by the newest measurement of metric `per`, times `multiply`."""
    counted = count(case)
    measurements = [row for row in case.visible("measurement") if row["metric"] == case.measure.per]
    if counted.value is None or not measurements:
        return NO_EVIDENCE
    divisor = max(measurements, key=lambda row: row["observed_at"])["value"]
    if not divisor:
        return NO_EVIDENCE
    value = counted.value / divisor * case.measure.multiply
    return Verdict("pass", value, counted.value, divisor, value=value)


_TYPES: dict[str, Callable[[Case], Verdict]] = {
    "current": current,
    "fresh": fresh,
    "recurring": recurring,
    "ratio": ratio,
    "within": within,
    "none_open": none_open,
    "metric": metric,
    "attested": judged,
    "audited": judged,
    "count": count,
    "per": per,
}

# these need Case and Verdict
from tests.oracle.followed import expected  # noqa: E402
from tests.oracle.samples import sampled  # noqa: E402
from tests.oracle.texts import content  # noqa: E402

_TYPES |= {"expected": expected, "content": content, "sampled": sampled}
