"""The values that generated worlds are made of: few words, so that selectors often hit, and the days on which a result can
tip over. How they are combined is left to `tests/properties/strategies.py`.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from functools import cache
from typing import Any

from models.duration import Duration
from tests.oracle.records import as_day

SPANS = ("P14D", "P30D", "P1M", "P3M", "P6M", "P1Y", "P2Y")
HOURS = ("PT24H", "PT72H")
GRACES = ("P1D", "P14D", "P1M", "P3M")
WINDOWS = (None, "cycle", "P30D", "P1M", "P6M", "P1Y", "P2Y")
# In UTC: beside the changes of the clock, and where the day in Amsterdam is another one than in UTC.
CLOCK = (
    time(0),
    time(9, 30),
    time(21, 59, 59),
    time(22),
    time(22, 30),
    time(23),
    time(23, 59, 59),
    time(0, 59, 59),
    time(1),
)
ANCHORS = tuple(
    date.fromisoformat(text)
    for text in [
        "2026-05-15",
        "2025-12-31",
        "2026-01-01",
        "2026-03-31",
        "2026-04-01",
        "2026-06-30",
        "2026-07-01",
        "2026-08-31",
        "2026-10-30",
        "2024-02-28",
        "2024-02-29",
        "2024-03-01",
        "2024-03-31",
        "2024-12-31",
        "2025-01-31",
        "2025-02-28",
        "2025-03-01",
        "2023-02-28",
        "2023-03-27",
        "2023-10-30",
        "2024-10-28",
        "2028-02-29",
    ]
)
# The values that discriminators take, fewer than there are in the vocabularies so that selectors often hit.
ABOUT: dict[str, tuple[str, ...]] = {
    "access_review": ("regular", "privileged"),
    "assurance": ("isae3402", "soc2"),
    "decision": ("budget", "policy"),
    "document": ("policy", "plan"),
    "exercise": ("restore", "pentest"),
    "finding": ("vulnerability", "audit"),
    "improvement": ("audit", "incident"),
    "measurement": ("internet_nl", "mfa"),
    "register_entry": ("assets", "suppliers"),
    "ticket": ("incident", "change"),
    "training": ("awareness", "phishing"),
}
NAMES = ("alfa", "beta", "Gamma", None)
CHOICES: dict[str, tuple[Any, ...]] = {
    "state": ("adopted", "adopted", "draft"),
    "adopted_by": ("college", None),
    "version": ("1", "2", None),
    "system": NAMES,
    "name": NAMES,
    "asset": NAMES,
    "supplier": ("alfa", "beta"),
    "accounts_reviewed": (10, 0, None),
    "accounts_revoked": (1, 0, None),
    "opinion": ("unqualified", "qualified", "adverse", "disclaimer", None),
    "exceptions": (None, 0, 2),
    "body": ("college", "mt"),
    "has_risk_paragraph": (True, False, None),
    "outcome": ("success", "failure", None),
    "objective": (4.0, 8.0, None),
    "achieved": (4.0, 9.0, None),
    "norm_ref": ("5.1", "5.1.1", "5.2.1", None),
    "process": ("ra-1", "Gamma", None),
    "severity": ("critical", "high", "low", None),
    "score": (7.0, 6.9, 9.8, None),
    "owner": ("beheer", None),
    "budget": (1000.0, 0.0, None),
    "object": ("gemeente.nl", "loket.nl"),
    "value": (0.0, 50.0, 80.0, 90.0, 100.0),
    "critical": (True, False, None),
    "classification": ("hoog", "laag", None),
    "attributes": ({"bewaking": "ja"}, {"bewaking": "nee"}, {}, None),
    "residual": (4.0, 9.0, None),
    "appetite": (4.0, 6.0, None),
    "treatment": ("accept", "reduce"),
    "accepted_by": ("college", None),
    "priority": ("high", "low", None),
    "labels": (["oorzaak"], [], None),
    "root_cause": ("menselijk", None),
    "audience": ("board", "management", "employee"),
    "result": ("passed", "failed", None),
    "subject": ("s1", "s2", "s3"),
}
DAYS = {
    "performed_on": False, "period_end": True, "issued_on": True, "decided_on": False, "adopted_on": True,
    "review_due": True, "planned_on": True, "due_on": True, "done_on": True, "verified_on": True, "accepted_on": True,
    "reviewed_on": True, "employed_on": True, "completed_on": True, "signed_on": False,
}  # fmt: skip
MOMENTS = {"first_seen": False, "opened_at": False, "due_at": True, "resolved_at": True}


@cache
def days_around(anchor: date) -> tuple[date, ...]:
    """The days near `anchor` on which a result can tip over; the first one is what examples shrink to."""
    found = [anchor - timedelta(days=days) for days in (1, 0, 2, 7, 45, 100, 200, 400)]
    spans = [Duration.parse(text) for text in SPANS]
    for edge in [span.before(anchor) for span in spans] + [Duration.parse("P14M").before(anchor)]:
        day = as_day(edge)
        assert day is not None
        found += [day + timedelta(days=shift) for shift in (0, -1, 1, -2, 2)]
    first = anchor.replace(day=1)
    for months in range(1, 16):
        start = as_day(Duration(months=months).before(first))
        assert start is not None
        found += [start, start - timedelta(days=1), start + timedelta(days=14)]
    found += [anchor + timedelta(days=days) for days in (1, 2, 14, 30, 31, 92, 365)]
    return tuple(dict.fromkeys(found))
