"""What each test type makes of the selected records: result, metric, numerator, denominator and the first day on which
it gets worse. Plain and slow on purpose: one function per row of the table of test types, in the words of that table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from models.catalogue import Measure
from models.duration import Duration
from tests.oracle.records import (
    ADOPTED_ON,
    BEST_COUNTS,
    DONE_WELL,
    DUE_AT,
    HAPPENED_ON,
    IN_FORCE,
    JUDGEMENT,
    LIFE,
    ONCE,
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
BADNESS = {"pass": 0, "not_occurred": 0, "partial": 1, "fail": 2, "no_evidence": 2}
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
    weak_until: date | None = None


NO_EVIDENCE = Verdict("no_evidence")


@dataclass(frozen=True)
class Case:
    """One test of one organisation on one day: the measure, the records it selects, those of which it is unknown whether it
    selects them, and what else it may look at."""

    measure: Measure
    rows: list[Row]
    unsure: list[Row]
    day: date
    known_at: datetime
    twins: Mapping[str, Twin]
    is_covered: bool
    visible: Callable[[str], list[Row]]

    @property
    def better(self) -> str:
        """Which way is better: higher or lower."""
        return self.measure.direction or "higher"

    def happened_on(self, row: Row) -> date | None:
        """The day of a record: the test's own `date`, or the kind's."""
        if self.measure.date:
            return as_day(self.twins[self.measure.date](row, self.day))
        return HAPPENED_ON[self.measure.kind](row)

    def dated(self, rows: list[Row] | None = None) -> list[tuple[date, Row]]:
        """The selected records, or others, with a day that is not after the as-of day."""
        found = []
        for row in self.rows if rows is None else rows:
            day = self.happened_on(row)
            if day is not None and day <= self.day:
                found.append((day, row))
        return found

    def is_good(self, row: Row) -> bool | None:
        """Whether a record is good by what the rule asks, or else by its own outcome; None is unknown."""
        if row.get("is_unread"):
            return None
        if row.get("is_outlived"):
            return False
        if self.measure.good:
            return self.twins[self.measure.good](row, self.day)
        outcome = DONE_WELL.get(self.measure.kind)
        return outcome(row) if outcome is not None else True

    def nothing(self) -> Verdict:
        """The outcome when there is no case at all."""
        if self.is_covered and self.measure.zero == "not_occurred":
            return Verdict("not_occurred")
        return NO_EVIDENCE


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
    """The newest selected record is no older than `max_age` and good; partial: older by at most `grace`, or the newest is not
    good while a good one is within `max_age`. One that is not good is the newest when its day is unknown, and counts too when
    it is unknown whether it is meant."""
    assert case.measure.max_age is not None
    good = [day for day, row in case.dated() if case.is_good(row) is True]
    bad = [case.happened_on(row) or case.day for row in [*case.rows, *case.unsure] if case.is_good(row) is not True]
    bad = [day for day in bad if day <= case.day]
    if not good:
        return Verdict("fail", value=0.0) if bad else NO_EVIDENCE
    lacks = bool(bad) and max(bad) >= max(good)
    until = day_after(max(good), case.measure.max_age)
    in_grace = day_after(until, case.measure.grace) if case.measure.grace is not None else until
    if until >= case.day and lacks:
        return Verdict("partial", expires_on=until + ONE_DAY, value=0.0)
    if until >= case.day:
        return Verdict("pass", expires_on=until + ONE_DAY, value=1.0, weak_until=in_grace + ONE_DAY)
    if case.measure.grace is not None and not lacks:
        until = in_grace
        if until >= case.day:
            return Verdict("partial", expires_on=until + ONE_DAY, value=0.0)
    return Verdict("fail", value=0.0)


def _in_force(case: Case, row: Row, day: date) -> bool:
    column = ADOPTED_ON.get(case.measure.kind)
    if column and (row[column] is None or row[column] > day):
        return False
    return IN_FORCE[case.measure.kind](row) and (row["valid_until"] is None or row["valid_until"] >= day)


def _review(case: Case, row: Row) -> tuple[date | None, bool]:
    """The day by which a record must be reviewed, and whether it says so itself: grace is for what was planned."""
    column = REVIEW_DUE.get(case.measure.kind)
    planned = row[column] if column else None
    if planned is not None:
        return planned, True
    life = case.measure.life or LIFE.get(case.measure.kind)
    adopted = ADOPTED_ON.get(case.measure.kind)
    if life is None or adopted is None or row[adopted] is None:
        return None, False
    return day_after(row[adopted], life), False


def _current_result(case: Case, day: date) -> str:
    if not case.rows:
        return "no_evidence"
    due = [_review(case, row) for row in case.rows if _in_force(case, row, day)]
    if any(review is None or review >= day for review, _ in due):
        return "pass"
    grace = case.measure.grace
    if grace is not None and any(planned and review and day_after(review, grace) >= day for review, planned in due):
        return "partial"
    return "fail"


def current(case: Case) -> Verdict:
    """A selected record is in force and its review is not overdue; partial: overdue by at most `grace`. Without a day of
    review it counts for the life of its kind."""
    result = _current_result(case, case.day)
    last_days = [row["valid_until"] for row in case.rows]
    reviews = [_review(case, row) for row in case.rows]
    last_days += [review for review, _ in reviews]
    grace = case.measure.grace
    if grace is not None:
        last_days += [day_after(review, grace) for review, planned in reviews if planned and review]
    changes = sorted(day + ONE_DAY for day in last_days if day is not None and day >= case.day)
    expires_on = next((day for day in changes if is_worse(_current_result(case, day), result)), None)
    weak_until = next((day for day in changes if is_worse(_current_result(case, day), "partial")), None)
    value = float(result == "pass") if case.rows else None
    return Verdict(result, expires_on=expires_on, value=value, weak_until=weak_until)


def _period(day: date, months: int) -> int:
    """The number of the calendar period of `months` months that holds a day."""
    return (day.year * 12 + day.month - 1) // months


def _first_day(period: int, months: int) -> date:
    year, month = divmod(period * months, 12)
    return date(year, month + 1, 1)


def _counted_periods(case: Case, day: date) -> list[int]:
    """Ended periods of the window, or else the last ended one. A period is in the window when its first day is. It has ended
    on its last day when what was known is of a later day."""
    assert case.measure.every is not None
    months = Duration.parse(case.measure.every).months
    window = case.measure.window
    after = as_day(window.before(day)) if isinstance(window, Duration) else date(day.year, 1, 1) - ONE_DAY
    assert after is not None
    running = _period(day, months)
    counted = []
    period = running
    while _first_day(period, months) > after:
        if _has_ended(case, period, months, day):
            counted.append(period)
        period -= 1
    last = running if _has_ended(case, running, months, day) else running - 1
    return counted or [last]


def _has_ended(case: Case, period: int, months: int, day: date) -> bool:
    last_day = _first_day(period + 1, months) - ONE_DAY
    known_on = as_day(case.known_at)
    known_later = day == case.day and known_on is not None and known_on > day
    return day > last_day or (day == last_day and known_later)


def _periods_held(case: Case, days: list[date], day: date) -> tuple[int, int]:
    """(periods that hold a good record, periods that count) for good records of these days."""
    assert case.measure.every is not None
    months = Duration.parse(case.measure.every).months
    held = {_period(found, months) for found in days}
    counted = _counted_periods(case, day)
    return sum(period in held for period in counted), len(counted)


def _recurring_result(held: tuple[int, int]) -> str:
    if held[0] == held[1]:
        return "pass"
    return "partial" if held[0] * 2 >= held[1] else "fail"


def recurring(case: Case) -> Verdict:
    """Every counted period holds at least one selected record that is good; partial: at least half of them do."""
    dated = case.dated()
    if not dated:
        return NO_EVIDENCE
    days = [day for day, row in dated if case.is_good(row) is True]
    held = _periods_held(case, days, case.day)
    result = _recurring_result(held)
    expires_on = None
    if result in ("pass", "partial"):
        day, last = case.day + ONE_DAY, day_after(case.day, SEARCH_YEARS)
        while day <= last and expires_on is None:
            if is_worse(_recurring_result(_periods_held(case, days, day)), result):
                expires_on = day
            day += ONE_DAY
    weak_until = None
    if result == "pass":
        later = (case.day + timedelta(days=number) for number in range(1, 5 * 366))
        weak_until = next((day for day in later if _recurring_result(_periods_held(case, days, day)) == "fail"), None)
    return Verdict(result, held[0] / held[1], held[0], held[1], expires_on, float(held[0]), weak_until)


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
        outcome = DONE_WELL.get(matched.kind)
        if not matched.where and outcome is not None and not outcome(other):
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


def _ratio_rows(case: Case) -> tuple[list[Row], list[Row]]:
    """The rows that are surely in the population, and those of which that is unknown."""
    measure = case.measure
    sure, unsure = list(case.rows), list(case.unsure)
    for limit, is_in in ((measure.window, _in_window), (measure.max_age, _is_of_age)):
        if limit is None:
            continue
        days = {id(row): case.happened_on(row) for row in [*sure, *unsure]}
        fitting = {id_: day is None or is_in(day, limit, case.day) for id_, day in days.items()}
        undated = [row for row in sure if days[id(row)] is None]
        sure = [row for row in sure if fitting[id(row)] and days[id(row)] is not None]
        unsure = [row for row in unsure if fitting[id(row)]] + undated
    return sure, unsure


def _is_of_age(day: date, span: Duration, as_of: date) -> bool:
    return day <= as_of and _within_age(day, span, as_of)


def _counts_against(case: Case, row: Row) -> bool:
    """Whether a row is not known to be good; where less is better, whether it is not known to be otherwise."""
    measure = case.measure
    if row.get("is_unread") or row.get("is_outlived"):
        return True
    answers: list[bool | None] = []
    if measure.good:
        answers.append(case.twins[measure.good](row, case.day))
    if measure.matched is not None:
        known = case.twins[measure.matched.population_key](row, case.day) is not None
        answers.append(_is_matched(case, row) if known else None)
    if case.better == "lower":
        return False not in answers
    return any(answer is not True for answer in answers)


def ratio(case: Case) -> Verdict:
    """Good records as a share of the population. A row of which it is unknown whether it is in the population is in it when
    it counts against."""
    measure = case.measure
    sure, unsure = _ratio_rows(case)
    members: dict[Any, list[bool]] = {}
    for row in sure + [row for row in unsure if _counts_against(case, row)]:
        once = ONCE.get(measure.kind, lambda _: None)(row)
        members.setdefault(id(row) if once is None else once, []).append(_counts_against(case, row))
    summed_up = all if measure.kind in BEST_COUNTS else any
    population = [summed_up(answers) for answers in members.values()]
    against = sum(population)
    counted = against if case.better == "lower" else len(population) - against
    if not population:
        return NO_EVIDENCE if unsure else case.nothing()
    if len(population) < measure.min_population:
        return Verdict("no_evidence", None, counted, len(population))
    share = counted / len(population)
    result = _judge_share(measure, share)
    if result == "pass" and _has_one_owner(case, sure):
        result = "partial"
    return Verdict(result, share, counted, len(population), value=share)


def _has_one_owner(case: Case, rows: list[Row]) -> bool:
    """Whether a test that asks for owners has one for more than five systems, processes or risks, and for all of them."""
    kind = case.measure.kind
    if "owner" not in (case.measure.good or "") or kind not in ("register_entry", "risk"):
        return False
    rows = [row for row in rows if kind == "risk" or row["register"] in ("asset", "process")]
    owners = {}
    for row in rows:
        if row["owner"]:
            once = ONCE.get(kind, lambda _: None)(row)
            owners[id(row) if once is None else once] = row["owner"].strip().lower()
    return len(owners) > 5 and len(set(owners.values())) == 1


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


def _term_ends_on(case: Case, row: Row) -> date | None:
    """The day on which the term of a record ends; None is unknown."""
    kind, deadline = case.measure.kind, case.measure.deadline
    if deadline == "due":
        return as_day(DUE_AT[kind](row))
    started = STARTED_AT[kind](row)
    if started is None:
        return None
    assert isinstance(deadline, Duration)
    return _day_of(deadline.after(started)) if deadline.hours else day_after(_day_of(started), deadline)


def _is_of_window(case: Case, row: Row) -> bool:
    """An open record belongs to every window, a settled one to that in which its term ends, or else to that of its settling."""
    settled = settled_at(case.measure.kind, row)
    if settled is None:
        return True
    return _in_window(_term_ends_on(case, row) or as_day(settled), case.measure.window or "cycle", case.day)


def _of_several(kind: str, words: list[tuple[int, date]]) -> tuple[int, date]:
    """What a thing counts as that is listed more than once: a person is in time with one record that is, else it is the
    worst; of a person who only waits, the last day."""
    if kind not in BEST_COUNTS:
        return min(words)
    verdicts = {verdict for verdict, _ in words}
    verdict = 2 if 2 in verdicts else min(verdicts)
    return max(word for word in words if word[0] == verdict)


def within(case: Case) -> Verdict:
    """The share of records in the window that was settled within the deadline. Open ones past it, and those of which it is
    unknown, are late. A record of which it is unknown whether it is meant counts when it is late, or when it will be."""
    things: dict[Any, list[tuple[int, date]]] = {}
    for rows, is_sure in ((case.rows, True), (case.unsure, False)):
        for row in rows:
            if not _is_of_window(case, row):
                continue
            in_time = _term_ends_on(case, row) is not None and _in_time(case, row) is True
            waits = _is_waiting(case, row)
            if is_sure or waits or not in_time:
                word = (1, _late_from(case, row)) if waits else (2 if in_time else 0, date.max)
                once = ONCE.get(case.measure.kind, lambda _: None)(row)
                things.setdefault(id(row) if once is None else once, []).append(word)
    counted = [_of_several(case.measure.kind, words) for words in things.values()]
    answers = [verdict == 2 for verdict, _ in counted if verdict != 1]
    waiting = [day for verdict, day in counted if verdict == 1]
    result = _judge_share(case.measure, sum(answers) / len(answers)) if answers else case.nothing().result
    expires_on = None
    for late, day in enumerate(sorted(waiting), start=len(answers) + 1):
        if expires_on is None and is_worse(_judge_share(case.measure, sum(answers) / late), result):
            expires_on = day
    if not answers:
        return Verdict(result, None, 0, 0, expires_on)
    share = sum(answers) / len(answers)
    counts = enumerate(sorted(waiting), start=len(answers) + 1)
    weak_until = next((day for late, day in counts if _judge_share(case.measure, sum(answers) / late) == "fail"), None)
    return Verdict(result, share, sum(answers), len(answers), expires_on, share, weak_until)


def none_open(case: Case) -> Verdict:
    """No selected record is open longer than `max_age`, nor open since an unknown day; partial: at most `tolerate` are. A
    record of which it is unknown whether it is meant counts when it is open."""
    assert case.measure.max_age is not None
    kind, tolerate = case.measure.kind, case.measure.tolerate
    open_rows = [row for row in [*case.rows, *case.unsure] if settled_at(kind, row) is None]
    starts = [STARTED_AT[kind](row) for row in open_rows]
    late_from = sorted(_first_day_past(start, case.measure.max_age) if start else date.min for start in starts)
    late = sum(day <= case.day for day in late_from)
    if not case.rows and not late:
        nothing = case.nothing()
        ends = late_from[0] if late_from and nothing.result == "not_occurred" else None
        return Verdict(nothing.result, expires_on=ends)
    expires_on = None
    if late <= tolerate:  # one more than are late now, or than are tolerated
        turns = 0 if late == 0 else tolerate
        expires_on = late_from[turns] if len(late_from) > turns else None
    result = "pass" if late == 0 else "partial" if late <= tolerate else "fail"
    weak_until = late_from[tolerate] if len(late_from) > tolerate else None
    return Verdict(result, late, late, len(open_rows), expires_on, float(late), weak_until)


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
    return Verdict(result, value, expires_on=expires_on, value=value, weak_until=expires_on)


def judged(case: Case) -> Verdict:
    """`attested` and `audited`: the newest judgement within `max_age`; of several on one day the worst. One of which it is
    unknown whether it is meant counts when it is not positive."""
    assert case.measure.max_age is not None
    judgement = JUDGEMENT[case.measure.kind]
    found = [(day, given) for day, row in case.dated() if (given := judgement(row)) is not None]
    found += [
        (day, given) for day, row in case.dated(case.unsure) if (given := judgement(row)) not in (None, "positive")
    ]
    if not found:
        return NO_EVIDENCE
    newest = max(day for day, _ in found)
    until = day_after(newest, case.measure.max_age)
    if until < case.day:
        return NO_EVIDENCE
    result = max((JUDGED[given] for day, given in found if day == newest), key=BADNESS.__getitem__)
    return Verdict(result, expires_on=None if result == "fail" else until + ONE_DAY, weak_until=until + ONE_DAY)


def count(case: Case) -> Verdict:
    """Indicators only: the number of records in the window or within `max_age`; none counts as 0 only if covered."""
    measure = case.measure
    rows = [row for day, row in case.dated() if measure.window is None or _in_window(day, measure.window, case.day)]
    if measure.type == "count":
        rows = [row for row in rows if case.is_good(row) is True]
    if measure.max_age is not None:
        rows = [row for row in rows if _within_age(case.happened_on(row) or date.min, measure.max_age, case.day)]
    if not rows and not case.is_covered:
        return NO_EVIDENCE
    return Verdict("pass", len(rows), len(rows), value=float(len(rows)))


def per(case: Case) -> Verdict:
    """Indicators only: a count divided by the newest measurement of metric `per`, times `multiply`."""
    counted = count(case)
    measurements = [row for row in case.visible("measurement") if row["metric"] == case.measure.divisor]
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
