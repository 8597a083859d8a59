"""What the dashboard tells of time: what gets worse in the coming year, how the runs went, and what the last one changed."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from models.duration import Duration
from reports.provenance import MONTHS, SHORT_MONTHS, day
from warehouse.forecast import expiring
from warehouse.history import difference
from warehouse.read import STATUSES, Published, Row

COLOURS = ("groen", "oranje", "rood", "onbekend")
RUNS_SHOWN = 40  # points of the trend; with more runs, the last of each week


def months(published: Published, organisation: str, as_of: date, lang: str) -> list[dict[str, Any]]:
    """What gets worse in the next twelve months if nothing new arrives, a group per month, empty months too. An item is
    day, norm, key of the norm to open, title, test, deciding evidence, its owner."""
    found: dict[tuple[int, int], list[list[str]]] = {}
    for step in range(13):
        year, month = divmod(as_of.year * 12 + as_of.month - 1 + step, 12)
        found[year, month + 1] = []
    norms = {
        (row["framework_id"], row["norm_id"]): row
        for row in published.rows("SELECT framework_id, norm_id, parent, theme FROM catalogue.norm")
    }
    for row in expiring(published, organisation, as_of, Duration.parse("P1Y")):
        sentence = (row["sentence_en"] if lang == "en" else "") or row["sentence_nl"]
        title = str((row["title_en"] if lang == "en" else "") or row["title_nl"])
        item = [day(row["expires_on"], lang), row["norm_id"], _key(norms, row), title, sentence,
                row["evidence_title"] or "", row["owner"] or ""]  # fmt: skip
        found[row["expires_on"].year, row["expires_on"].month].append(item)
    names, short = (table["en" if lang == "en" else "nl"] for table in (MONTHS, SHORT_MONTHS))
    return [
        {"title": f"{names[month - 1]} {year}", "short": short[month - 1], "items": items}
        for (year, month), items in found.items()
    ]


def _key(norms: dict[tuple[str, str], Row], row: Row) -> str:
    """The key under which the page shows the control of a norm, or the norm itself when it has none."""
    norm = norms[row["framework_id"], row["norm_id"]]
    top = norm["parent"] or row["norm_id"]
    own = norms.get((row["framework_id"], top), norm)
    return top if own["theme"] else f"{row['framework_id']}:{top}"


def runs(published: Published, organisation: str, lang: str) -> list[dict[str, Any]]:
    """The status counts after each finished run that assessed this organisation, oldest first; thinned when many."""
    counted: dict[int, dict[str, int]] = defaultdict(dict)
    for table, names in (("control_status", STATUSES), ("principle_status", COLOURS)):
        for row in published.rows(
            f"SELECT r.run_no, s.status, count(*) AS number FROM ops.run AS r JOIN assess.{table} AS s "
            "ON s.from_run_no <= r.run_no AND (s.until_run_no IS NULL OR s.until_run_no > r.run_no) "
            "WHERE s.organisation_id = ? AND r.state IN ('ok', 'degraded') GROUP BY ALL",
            [organisation],
        ):
            if row["status"] in names:
                counted[row["run_no"]][row["status"]] = row["number"]
    found = published.rows("SELECT * FROM ops.run WHERE state IN ('ok', 'degraded') ORDER BY run_no")
    found = [run for run in found if run["run_no"] in counted]
    if len(found) > RUNS_SHOWN:
        last = {run["as_of"].isocalendar()[:2]: run["run_no"] for run in found}
        kept = {*sorted(last.values())[-RUNS_SHOWN:], found[-2]["run_no"]}
        found = [run for run in found if run["run_no"] in kept]
    return [
        {
            "no": run["run_no"],
            "as_of": day(run["as_of"], lang),
            "state": run["state"],
            "controls": [counted[run["run_no"]].get(status, 0) for status in STATUSES],
            "principles": [counted[run["run_no"]].get(colour, 0) for colour in COLOURS],
        }
        for run in found
    ]


def changes(published: Published, organisation: str, shown: list[dict[str, Any]], lang: str) -> list[dict[str, Any]]:
    """The controls, norms and principles whose status the last of the `shown` runs changed."""
    if len(shown) < 2:
        return []
    return [
        {
            "number": row["norm_id"],
            "title": str((row["title_en"] if lang == "en" else "") or row["title_nl"]),
            "part": row["part"],
            "before": row["before"],
            "after": row["after"],
        }
        for row in difference(published, organisation, shown[-2]["no"], shown[-1]["no"])
        if row["before"] and row["after"]
    ]
