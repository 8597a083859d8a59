"""What the dashboard tells of time: what gets worse in the coming year, how the runs went, and what the last one changed."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from models.duration import Duration
from models.language import pick
from reports.provenance import MONTHS, SHORT_MONTHS, day
from warehouse.reading.expiring import ExpiringTest, expiring
from warehouse.reading.history import difference
from warehouse.reading.read import STATUSES, Published
from warehouse.reading.shapes import CatalogueNorm, FinishedRun, StatusCount

COLOURS = ("groen", "oranje", "rood", "onbekend")
RUNS_SHOWN = 40  # points of the trend; with more runs, the last of each week


def months(published: Published, organisation: str, as_of: date, lang: str) -> list[dict[str, Any]]:
    """What gets worse in the next twelve months if nothing new arrives, a group per month, empty months too. An item is
    day, norm, key of the norm to open, title, test, deciding evidence, its owner."""
    items_of: dict[tuple[int, int], list[list[str]]] = {}
    for step in range(13):
        year, month = divmod(as_of.year * 12 + as_of.month - 1 + step, 12)
        items_of[year, month + 1] = []
    norms = {(norm.framework_id, norm.norm_id): norm for norm in published.select(CatalogueNorm)}
    for test in expiring(published, organisation, as_of, Duration.parse("P1Y")):
        item = [
            day(test.expires_on, lang),
            test.norm_id,
            _key_of_control(norms, test),
            test.norm_title,
            test.sentence,
            test.evidence or "",
            test.owner or "",
        ]
        items_of[test.expires_on.year, test.expires_on.month].append(item)
    names, short = MONTHS[lang], SHORT_MONTHS[lang]
    return [
        {"title": f"{names[month - 1]} {year}", "short": short[month - 1], "items": items}
        for (year, month), items in items_of.items()
    ]


def _key_of_control(norms: dict[tuple[str, str], CatalogueNorm], test: ExpiringTest) -> str:
    """The key under which the page shows the control of a norm, or the norm itself when it has none."""
    norm = norms[test.framework_id, test.norm_id]
    top = norms.get((norm.framework_id, norm.parent or norm.norm_id), norm)
    return top.norm_id if top.theme else f"{top.framework_id}:{top.norm_id}"


def runs(published: Published, organisation: str, lang: str) -> list[dict[str, Any]]:
    """The status counts after each finished run that assessed this organisation, oldest first; thinned when many."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for count in published.select(StatusCount, organisation):
        counts[count.run_no][count.status] = count.number
    assessed = [run for run in published.select(FinishedRun) if run.run_no in counts]
    return [_point(run, counts[run.run_no], lang) for run in _thinned(assessed)]


def _thinned(assessed: list[FinishedRun]) -> list[FinishedRun]:
    """These runs when there is room for them; else the last of each week, and the two that the changes are between."""
    if len(assessed) <= RUNS_SHOWN:
        return assessed
    last_of_week = {run.as_of.isocalendar()[:2]: run.run_no for run in assessed}
    numbers = {*sorted(last_of_week.values())[-RUNS_SHOWN:], assessed[-2].run_no}
    return [run for run in assessed if run.run_no in numbers]


def _point(run: FinishedRun, counts: dict[str, int], lang: str) -> dict[str, Any]:
    """A point of the trend: how many controls had each status, and principles each colour."""
    return {
        "no": run.run_no,
        "as_of": day(run.as_of, lang),
        "state": run.state,
        "controls": [counts.get(status, 0) for status in STATUSES],
        "principles": [counts.get(colour, 0) for colour in COLOURS],
    }


def changes(published: Published, organisation: str, trend: list[dict[str, Any]], lang: str) -> list[dict[str, Any]]:
    """The controls, norms and principles whose status the last run of the trend changed."""
    if len(trend) < 2:
        return []
    before, last = trend[-2]["no"], trend[-1]["no"]
    return [
        {
            "number": row["norm_id"],
            "title": str(pick(lang, row["title_nl"], row["title_en"] or row["title_nl"])),
            "part": row["part"],
            "before": row["before"],
            "after": row["after"],
        }
        for row in difference(published, organisation, before, last)
        if row["before"] and row["after"]
    ]
