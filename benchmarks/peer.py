"""The rules once more in pandas, as one would write them straightforwardly: a loop over the tests, a group-by for each.

It is a peer to measure the engine beside, not a second truth; that is the oracle in `tests/`. It computes the result,
numerator and denominator of every test of a norm, and rolls these up to the status of norms and of controls. It leaves
out, and so is spared the time of: reading the records and evaluating the selectors (DuckDB does both in `load`, before
the clock starts), who knew what when, what was said before, coverage by sources (every kind counts as covered), that
unknown counts against, whether lists are whole, strength, contradictions, applicability and exceptions, the tests that
follow cases, readings and samples, the days on which results expire, the records that are named, indicators, principles,
answers, and keeping any of it. So it does less than the engine, and judges more kindly: it says how long the plain part
takes in pandas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from models.aspect import ASPECTS
from models.catalogue import Catalogue, Measure, Test
from models.duration import Duration
from models.kind import Kind, kinds
from models.selection import condition, literal

FAR = pd.Timestamp("2200-01-01")
JUDGED = {"negative": 0, "exceptions": 1, "positive": 2}
RESULTS = np.array(["fail", "partial", "pass"])
Frame = pd.DataFrame
Results = pd.DataFrame  # index: organisation; columns: result, numerator, denominator
TEST_COLUMNS = ["organisation_id", "framework_id", "test_id", "result", "numerator", "denominator"]
NORM_COLUMNS = ["organisation_id", "framework_id", "norm_id", "status"]


@dataclass(frozen=True)
class Loaded:
    """The visible records of every kind, with a column per selector part of each test (`w3`, `g3`, …)."""

    catalogue: Catalogue
    organisations: list[str]
    frames: dict[str, Frame]
    as_of: pd.Timestamp


# --- loading: not part of the time -----------------------------------------------------------------------------------


def load(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, as_of: date) -> Loaded:
    """Read `visible_<kind>` (see `models/selection.py`) into data frames, selectors evaluated."""
    names = connection.execute("SELECT organisation_id FROM ops.organisation ORDER BY ALL").fetchall()
    used = {test.measure.kind for test in catalogue.tests}
    used |= {test.measure.matched.kind for test in catalogue.tests if test.measure.matched}
    frames = {name: connection.execute(_query(kinds()[name], catalogue.tests)).df() for name in sorted(used)}
    for frame in frames.values():
        for name in frame.columns:
            if frame[name].dtype == object and set(frame[name].dropna().unique()) <= {True, False}:
                frame[name] = frame[name].fillna(False).astype(bool)
    return Loaded(catalogue, [name for (name,) in names], frames, pd.Timestamp(as_of))


def _query(kind: Kind, tests: Sequence[Test]) -> str:
    roles = kind.roles
    columns = {"organisation_id": "organisation_id", "day": f"CAST({roles.happened_on} AS DATE)"}
    for name in ("in_force", "ends_on", "review_due", "started_at", "due_at", "settled_at", "value", "judgement"):
        if getattr(roles, name):
            columns[name] = getattr(roles, name)
    for number, test in enumerate(tests):
        measure, matched = test.measure, test.measure.matched
        if measure.kind == kind.kind:
            if measure.type == "attested":
                columns[f"w{number}"] = _asked(test)
            else:
                columns[f"w{number}"] = f"coalesce({condition(measure)}, false)"
            if measure.good:
                columns[f"g{number}"] = f"coalesce({measure.good}, false)"
            if measure.date:
                columns[f"d{number}"] = f"CAST({measure.date} AS DATE)"
            if matched:
                columns[f"k{number}"] = matched.population_key
        if matched and matched.kind == kind.kind:
            other = measure.model_copy(update={"about": matched.about, "where": matched.where, "kind": kind.kind})
            columns[f"ow{number}"] = f"coalesce({condition(other)}, false)"
            columns[f"ok{number}"] = matched.key
    return f"SELECT {', '.join(f'{value} AS {name}' for name, value in columns.items())} FROM visible_{kind.kind}"


def _asked(test: Test) -> str:
    """Whether an attestation is about the norm and the aspect of a test; an old number finds it by alias."""
    names = f"(to_framework_id, to_norm_id) = ({literal(test.framework_id)}, {literal(test.norm_id)})"
    return (
        f"aspect = {literal(test.aspect)} AND (framework_id, norm_id) IN "
        f"(SELECT (framework_id, norm_id) FROM catalogue.alias WHERE {names})"
    )


# --- the rules -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One test with the records it selects; `day` is when each happened."""

    number: int
    measure: Measure
    rows: Frame
    loaded: Loaded

    @property
    def as_of(self) -> pd.Timestamp:
        return self.loaded.as_of

    @property
    def happened(self) -> Frame:
        """The selected records that happened up to the day."""
        return self.rows[self.rows["day"] <= self.as_of]


def assess(loaded: Loaded) -> tuple[Frame, Frame, Frame]:
    """Results of tests, statuses of norms and statuses of controls."""
    everybody = pd.Index(loaded.organisations, name="organisation_id")
    found = []
    for number, test in enumerate(loaded.catalogue.tests):
        if test.measure.type not in _RULES or test.measure.per:
            continue
        frame = loaded.frames[test.measure.kind]
        rows = frame[frame[f"w{number}"]]
        if f"d{number}" in frame:
            rows = rows.assign(day=rows[f"d{number}"])
        result = _RULES[test.measure.type](Case(number, test.measure, rows, loaded)).reindex(everybody)
        covered = "pass" if test.measure.type in ("within", "none_open") else "no_evidence"
        result["result"] = result["result"].fillna(covered)
        found.append(
            result.reset_index().assign(
                framework_id=test.framework_id, norm_id=test.norm_id, test_id=test.id, aspect=test.aspect
            )
        )
    tests = pd.concat(found, ignore_index=True)
    norms = _norms(tests)
    return tests[TEST_COLUMNS], norms[NORM_COLUMNS], _controls(norms, loaded.catalogue)


def _plus(days: Any, span: Duration) -> Any:
    """Days or moments plus a duration, the day of the month clamped."""
    moved = days + pd.DateOffset(months=span.months) if span.months else days
    return moved + pd.Timedelta(days=span.days, hours=span.hours)


def _results(result: pd.Series, numerator: Any = np.nan, denominator: Any = np.nan) -> Results:
    return pd.DataFrame({"result": result, "numerator": numerator, "denominator": denominator}, index=result.index)


def _graded(passes: pd.Series, partial: pd.Series) -> pd.Series:
    return pd.Series(np.where(passes, "pass", np.where(partial, "partial", "fail")), index=passes.index)


def _shares(measure: Measure, good: pd.Series, total: pd.Series) -> Results:
    lower = measure.direction == "lower"
    share = good / total
    pass_at = measure.pass_at if measure.pass_at is not None else (0.0 if lower else 1.0)
    partial_at = measure.partial_at if measure.partial_at is not None else pass_at
    result = _graded(*((share <= limit if lower else share >= limit) for limit in (pass_at, partial_at)))
    return _results(result.mask(total < measure.min_population, "no_evidence"), good, total)


def current(case: Case) -> Results:
    """A record in force, its review not overdue, or overdue by at most the grace."""
    rows = case.rows
    ends = rows["ends_on"].fillna(FAR)
    due = rows["review_due"].fillna(FAR) if "review_due" in rows else pd.Series(FAR, index=rows.index)
    in_force = rows["in_force"].fillna(False).astype(bool) & (ends >= case.as_of)
    passes = in_force & (due >= case.as_of)
    late = _plus(due, case.measure.grace) >= case.as_of if case.measure.grace else passes
    judged = pd.DataFrame({"force": in_force, "passes": passes, "partial": in_force & late})
    by = judged.groupby(rows["organisation_id"])
    found = by.any()
    return _results(_graded(found["passes"], found["partial"]), by["force"].sum(), by.size())


def fresh(case: Case) -> Results:
    """The newest record is young enough, or too old by at most the grace."""
    assert case.measure.max_age is not None
    limit = _plus(case.happened.groupby("organisation_id")["day"].max(), case.measure.max_age)
    grace = case.measure.grace
    return _results(_graded(limit >= case.as_of, (_plus(limit, grace) if grace else limit) >= case.as_of))


def recurring(case: Case) -> Results:
    """Every ended period of the window holds a record; the running one counts when it does."""
    assert case.measure.every is not None
    months = Duration.parse(case.measure.every).months
    window, as_of = case.measure.window, case.as_of

    def period(days: Any) -> Any:
        return (days.year * 12 + days.month - 1) // months

    def first_day(number: int) -> pd.Timestamp:
        return pd.Timestamp(number * months // 12, number * months % 12 + 1, 1)

    start = _window_start(window, as_of)
    running = period(as_of)
    ended = []
    number = running - 1
    while first_day(number) >= start:
        ended.append(number)
        number -= 1
    held = case.happened[["organisation_id"]].assign(period=period(case.happened["day"].dt)).drop_duplicates()
    counted = ended or [running - 1]
    everyone = held.groupby("organisation_id")["period"]
    is_running = everyone.agg(lambda found: running in set(found)) & (first_day(running) >= start)
    good = everyone.agg(lambda found: len(set(found) & set(counted))) + is_running
    total = len(counted) + is_running
    return _results(_graded(good == total, 2 * good >= total), good, total)


def _window_start(window: object, as_of: pd.Timestamp) -> pd.Timestamp:
    """The first day of a window: of the year, or of so long up to the day."""
    if isinstance(window, Duration):
        return pd.Timestamp(window.before(as_of.date())) + pd.Timedelta(days=1)
    return pd.Timestamp(as_of.year, 1, 1)


def ratio(case: Case) -> Results:
    """Good records as a share of the population."""
    measure, rows = case.measure, case.rows
    if measure.window is not None:
        rows = rows[rows["day"].between(_window_start(measure.window, case.as_of), case.as_of)]
    if measure.max_age is not None:
        rows = rows[(rows["day"] <= case.as_of) & (_plus(rows["day"], measure.max_age) >= case.as_of)]
    good = pd.Series(True, index=rows.index)
    if measure.good:
        good &= rows[f"g{case.number}"]
    if measure.matched is not None:
        good &= _matched(case, rows)
    by = good.groupby(rows["organisation_id"])
    return _shares(measure, by.sum(), by.size())


def _matched(case: Case, rows: Frame) -> pd.Series:
    """Whether each row has a counterpart with its key, in time."""
    matched = case.measure.matched
    assert matched is not None
    frame = case.loaded.frames[matched.kind]
    others = frame[frame[f"ow{case.number}"]][["organisation_id", "day", f"ok{case.number}"]]
    others = others.set_axis(["organisation_id", "other_day", "key"], axis=1).dropna(subset="key")
    if matched.max_age is not None:
        young = _plus(others["other_day"], matched.max_age) >= case.as_of
        others = others[young & (others["other_day"] <= case.as_of)]
    own = rows[["organisation_id", "day"]].assign(key=rows[f"k{case.number}"])
    if matched.earlier_within is None:
        keys = pd.MultiIndex.from_frame(others[["organisation_id", "key"]])
        return pd.Series(pd.MultiIndex.from_frame(own[["organisation_id", "key"]]).isin(keys), index=rows.index)
    pairs = pd.merge_asof(
        own.dropna().sort_values("day"), others.sort_values("other_day"), left_on="day", right_on="other_day",
        by=["organisation_id", "key"], allow_exact_matches=False,
    )  # fmt: skip
    near = _plus(pairs["other_day"], matched.earlier_within) >= pairs["day"]
    found: pd.Series = near.set_axis(own.dropna().sort_values("day").index)
    return found.reindex(rows.index, fill_value=False)


def _limit(measure: Measure, rows: Frame, span: Duration | str | None) -> tuple[pd.Series, pd.Series]:
    """Until when a record may be open, as the last moment or the last day, and what of its settling compares with it."""
    if not isinstance(span, Duration):
        return rows["due_at"].dt.normalize(), rows["settled_at"].dt.normalize()
    if span.hours:
        return _plus(rows["started_at"], span), rows["settled_at"]
    return _plus(rows["started_at"].dt.normalize(), span), rows["settled_at"].dt.normalize()


def _is_past(limit: pd.Series, span: object, as_of: pd.Timestamp) -> pd.Series:
    in_hours = isinstance(span, Duration) and span.hours
    return limit < (as_of + pd.Timedelta(days=1) if in_hours else as_of)


def within(case: Case) -> Results:
    """The share settled in time; what is open past its limit is late, what is open before it is left out."""
    measure = case.measure
    rows = case.rows[case.rows["day"].between(_window_start(measure.window, case.as_of), case.as_of)]
    limit, settled = _limit(measure, rows, measure.deadline)
    late = settled.isna() & _is_past(limit, measure.deadline, case.as_of)
    counts = limit.notna() & (settled.notna() | late)
    in_time = counts & (settled <= limit)
    by = pd.DataFrame({"good": in_time, "total": counts}).groupby(rows["organisation_id"]).sum()
    found = _shares(measure, by["good"], by["total"])
    return found.assign(result=found["result"].mask(by["total"] == 0, "pass"))


def none_open(case: Case) -> Results:
    """Nothing open longer than allowed; partial: few."""
    rows, measure = case.rows, case.measure
    limit, settled = _limit(measure, rows, measure.max_age)
    is_open = settled.isna()
    late = is_open & _is_past(limit, measure.max_age, case.as_of)
    by = pd.DataFrame({"late": late, "open": is_open}).groupby(rows["organisation_id"]).sum()
    return _results(_graded(by["late"] == 0, by["late"] <= measure.tolerate), by["late"], by["open"])


def metric(case: Case) -> Results:
    """The newest measurement against the thresholds; of several on one day the worst."""
    measure = case.measure
    rows = case.happened.dropna(subset="value")
    newest = rows.groupby("organisation_id")["day"].transform("max")
    by = rows[rows["day"] == newest].groupby("organisation_id")
    lower = measure.direction == "lower"
    value = by["value"].max() if lower else by["value"].min()
    limits = measure.pass_at, measure.partial_at if measure.partial_at is not None else measure.pass_at
    result = _graded(*((value <= limit if lower else value >= limit) for limit in limits))
    if measure.max_age is not None:
        result = result.mask(_plus(by["day"].max(), measure.max_age) < case.as_of, "no_evidence")
    return _results(result)


def judged(case: Case) -> Results:
    """The newest judgement of a person or a third party; of several on one day the worst."""
    assert case.measure.max_age is not None
    rows = case.happened.dropna(subset="judgement")
    newest = rows.groupby("organisation_id")["day"].transform("max")
    by = rows.assign(goodness=rows["judgement"].map(JUDGED))[rows["day"] == newest].groupby("organisation_id")
    worst = by["goodness"].min()
    result = pd.Series(RESULTS[worst.astype(int)], index=worst.index)
    return _results(result.mask(_plus(by["day"].max(), case.measure.max_age) < case.as_of, "no_evidence"))


_RULES: dict[str, Callable[[Case], Results]] = {
    "current": current,
    "fresh": fresh,
    "recurring": recurring,
    "ratio": ratio,
    "within": within,
    "none_open": none_open,
    "metric": metric,
    "attested": judged,
    "audited": judged,
}


# --- the roll-up -----------------------------------------------------------------------------------------------------


def _norms(tests: Frame) -> Frame:
    """Aspects from tests, norms from aspects."""
    flags = pd.DataFrame({name: tests["result"] == name for name in ("pass", "partial", "fail", "no_evidence")})
    keys = [tests[name] for name in ("organisation_id", "framework_id", "norm_id", "aspect")]
    every, some = flags.groupby(keys).all(), flags.groupby(keys).any()
    fails = some["fail"] & ~some["pass"] & ~some["partial"]
    aspects = pd.DataFrame(
        {
            "met": every["pass"],
            "unknown": every["no_evidence"],
            "good": ~every["no_evidence"] & (every["pass"] | ~fails),
            "one": 1,
        }
    )
    by = aspects.groupby(["organisation_id", "framework_id", "norm_id"])
    all_of, any_of, number = by[["met", "unknown"]].all(), by["good"].any(), by["one"].sum()
    choices = [all_of["met"] & (number == len(ASPECTS)), all_of["unknown"], any_of]
    status = np.select(choices, ["voldoet", "geen_bewijs", "voldoet_deels"], "voldoet_niet")
    return pd.DataFrame({"status": status}, index=any_of.index).reset_index()


def _controls(norms: Frame, catalogue: Catalogue) -> Frame:
    """Controls from their measures, or from their own tests."""
    above = pd.DataFrame(
        [(norm.framework_id, norm.id, norm.parent or norm.id) for norm in catalogue.norms if norm.level != "principle"],
        columns=["framework_id", "norm_id", "control_id"],
    )
    rows = norms.merge(above, on=["framework_id", "norm_id"])
    flags = pd.DataFrame({name: rows["status"] == name for name in ("voldoet", "geen_bewijs", "voldoet_niet")})
    flags["bad"] = flags["geen_bewijs"] | flags["voldoet_niet"]
    every = flags.groupby([rows["organisation_id"], rows["framework_id"], rows["control_id"]]).all()
    choices = [every["voldoet"], every["geen_bewijs"], every["bad"]]
    status = np.select(choices, ["voldoet", "geen_bewijs", "voldoet_niet"], "voldoet_deels")
    found = pd.DataFrame({"status": status}, index=every.index).reset_index()
    return found.rename(columns={"control_id": "norm_id"})[NORM_COLUMNS]
