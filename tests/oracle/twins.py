"""The selectors that generated catalogues may use: each SQL expression with the Python function that means the same.

NULL follows SQL: a comparison with NULL is NULL, OR is true as soon as one side is. Which test uses which expression is
left to `tests/properties/strategies.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from operator import ge, gt, le
from typing import Any

from tests.oracle.records import Row, Twin, as_day

Pairs = dict[str, Twin]


def _column(name: str) -> Twin:
    return lambda row, day: row[name]


def _equals(name: str, value: Any) -> Twin:
    return lambda row, day: None if row[name] is None else row[name] == value


def _differs(name: str, value: Any) -> Twin:
    return lambda row, day: None if row[name] is None else row[name] != value


def _among(name: str, *values: str) -> Twin:
    return lambda row, day: None if row[name] is None else row[name] in values


def _known(name: str) -> Twin:
    return lambda row, day: row[name] is not None


def _unknown(name: str) -> Twin:
    return lambda row, day: row[name] is None


def _compare(name: str, how: Callable[[Any, Any], bool], value: Any) -> Twin:
    return lambda row, day: None if row[name] is None else how(row[name], value)


def _columns(left: str, how: Callable[[Any, Any], bool], right: str) -> Twin:
    return lambda row, day: None if row[left] is None or row[right] is None else how(row[left], row[right])


def _since_new_year(name: str) -> Twin:
    return lambda row, day: None if row[name] is None else row[name] >= date(day.year, 1, 1)


def _until_now(name: str) -> Twin:
    return lambda row, day: None if row[name] is None else row[name] >= day


def _either(first: Twin, second: Twin) -> Twin:
    def value(row: Row, day: date) -> bool | None:
        sides = first(row, day), second(row, day)
        return True if True in sides else None if None in sides else False

    return value


def _both(first: Twin, second: Twin) -> Twin:
    def value(row: Row, day: date) -> bool | None:
        sides = first(row, day), second(row, day)
        return False if False in sides else None if None in sides else True

    return value


def _label(row: Row, day: date) -> bool | None:
    return None if row["labels"] is None else "oorzaak" in row["labels"]


def _guarded(row: Row, day: date) -> bool | None:
    value = (row["attributes"] or {}).get("bewaking")
    return None if value is None else value == "ja"


# Per kind: conditions for `where`.
WHERE: dict[str, Pairs] = {
    "access_review": {
        "accounts_reviewed > 0": _compare("accounts_reviewed", gt, 0),
        "system IN ('alfa', 'beta')": _among("system", "alfa", "beta"),
    },
    "assurance": {
        "supplier = 'alfa'": _equals("supplier", "alfa"),
        "exceptions IS NOT NULL": _known("exceptions"),
    },
    "decision": {
        "body = 'college'": _equals("body", "college"),
        "has_risk_paragraph": _column("has_risk_paragraph"),
    },
    "document": {
        "state = 'adopted'": _equals("state", "adopted"),
        "adopted_by IS NOT NULL": _known("adopted_by"),
        "version <> '1'": _differs("version", "1"),
    },
    "exercise": {
        "outcome = 'success'": _equals("outcome", "success"),
        "achieved <= objective": _columns("achieved", le, "objective"),
    },
    "finding": {
        "severity IN ('critical', 'high')": _among("severity", "critical", "high"),
        "score >= 7.0 OR severity = 'critical'": _either(_compare("score", ge, 7.0), _equals("severity", "critical")),
    },
    "improvement": {
        "budget > 0": _compare("budget", gt, 0),
        "owner IS NOT NULL": _known("owner"),
    },
    "measurement": {"object = 'gemeente.nl'": _equals("object", "gemeente.nl")},
    "register_entry": {
        "critical": _column("critical"),
        "critical OR classification = 'hoog'": _either(_column("critical"), _equals("classification", "hoog")),
        "attributes['bewaking'] = 'ja'": _guarded,
    },
    "risk": {
        "residual > appetite": _columns("residual", gt, "appetite"),
        "treatment = 'accept'": _equals("treatment", "accept"),
    },
    "ticket": {
        "priority IN ('high', 'critical')": _among("priority", "high", "critical"),
        "list_contains(labels, 'oorzaak')": _label,
        "root_cause IS NULL": _unknown("root_cause"),
    },
    "training": {
        "audience IN ('board', 'management')": _among("audience", "board", "management"),
        "result = 'passed'": _equals("result", "passed"),
        "completed_on IS NOT NULL": _known("completed_on"),
    },
}
# Per kind: conditions for `good`; these may look at the as-of day.
GOOD: dict[str, Pairs] = {
    "access_review": {"accounts_revoked > 0": _compare("accounts_revoked", gt, 0)},
    "decision": {"has_risk_paragraph": _column("has_risk_paragraph")},
    "document": {
        "review_due >= getvariable('as_of')": _until_now("review_due"),
        "state = 'adopted'": _equals("state", "adopted"),
    },
    "exercise": {"achieved <= objective": _columns("achieved", le, "objective")},
    "finding": {"resolved_at IS NOT NULL": _known("resolved_at")},
    "register_entry": {
        "critical": _column("critical"),
        "verified_on >= getvariable('window_start')": _since_new_year("verified_on"),
    },
    "risk": {
        "residual <= appetite": _columns("residual", le, "appetite"),
        "accepted_by IS NOT NULL OR residual <= appetite": _either(
            _known("accepted_by"), _columns("residual", le, "appetite")
        ),
    },
    "ticket": {"root_cause IS NOT NULL": _known("root_cause")},
    "training": {
        "completed_on IS NOT NULL": _known("completed_on"),
        "result = 'passed' AND completed_on >= getvariable('window_start')": _both(
            _equals("result", "passed"), _since_new_year("completed_on")
        ),
    },
}
# Per kind: expressions for `date`.
DATE: dict[str, Pairs] = {
    "assurance": {"issued_on": _column("issued_on")},
    "document": {"review_due": _column("review_due"), "valid_until": _column("valid_until")},
    "finding": {"day_of(due_at)": lambda row, day: as_day(row["due_at"])},
    "improvement": {"due_on": _column("due_on")},
    "register_entry": {"verified_on": _column("verified_on")},
    "risk": {"accepted_on": _column("accepted_on")},
    "ticket": {"day_of(resolved_at)": lambda row, day: as_day(row["resolved_at"])},
    "training": {"employed_on": _column("employed_on")},
}
# Per kind: keys by which a population and its counterparts are matched.
KEY: dict[str, Pairs] = {
    "access_review": {"system": _column("system")},
    "exercise": {"system": _column("system")},
    "finding": {"asset": _column("asset")},
    "register_entry": {"name": _column("name"), "lower(name)": lambda row, day: row["name"] and row["name"].lower()},
    "ticket": {"asset": _column("asset")},
}

# Every expression with its meaning. The same text means the same for every kind that has it.
TWINS: Pairs = {
    sql: twin for pairs in (WHERE, GOOD, DATE, KEY) for by_kind in pairs.values() for sql, twin in by_kind.items()
}
