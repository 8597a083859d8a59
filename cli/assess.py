"""`ensia assess`, `expiring`, `history`, `diff`: another day, another moment, plans, and how it came about."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from cli.common import console, headings, print_json, table
from flows.installation import Installation
from flows.what_if import add_plans
from models.duration import Duration
from models.errors import ConfigurationError
from models.instant import in_zone, instant, wall_time
from models.language import Language, pick_column
from models.message import Say, message
from models.wording import word
from warehouse.engine.forecast import projection
from warehouse.engine.scratch import assess_at, assessed_statuses, basis_at, scratch
from warehouse.reading.expiring import ExpiringTest, expiring
from warehouse.reading.goal import goal_of
from warehouse.reading.history import difference, history
from warehouse.reading.read import STATUSES, Published
from warehouse.storage.database import State, local_time


def moment(text: str) -> datetime:
    """`2026-12-31` (end of that day) or `2026-12-31T12:00` in Amsterdam, as UTC. Raises ConfigurationError."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(
            message("assess.no_moment", text=text), place="--known-at", advice=message("assess.no_moment_advice")
        ) from error
    if len(text) == 10:
        parsed = parsed.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return instant(wall_time(parsed) if parsed.tzinfo else in_zone(parsed))


def show_assessment(
    installation: Installation,
    as_of: date | None,
    known_at: str | None,
    what_if: Path | None,
    organisation: str | None,
    lang: Language,
    as_json: bool,
) -> None:
    """Assess a day as known at a moment, with plans if given, and print principles and controls beside the stored ones."""
    with scratch(installation.state) as connection:
        basis = basis_at(connection, moment(known_at) if known_at else None)
        day = as_of or basis.run_as_of
        before: dict[tuple[str, str], str] = {}
        plans = 0
        if what_if:
            assess_at(connection, basis, day)
            before = assessed_statuses(connection)
            plans = add_plans(connection, installation, organisation, what_if, day, basis.known_at)
        assess_at(connection, basis, day)
        after = assessed_statuses(connection)
        content: dict[str, Any] = {
            "as_of": day,
            "known_at": basis.known_at,
            "run_no": basis.run_no,
            "planned_records": plans,
            "statuses": [
                {"organisation": o, "norm": n, "status": s, "before": before.get((o, n))}
                for (o, n), s in after.items()
                if organisation in (None, o)
            ],
        }
    if as_json:
        print_json(content)
        return
    say = Say(lang)
    known_until = local_time(basis.known_at)
    console().print(say("assess.head", as_of=day, known=known_until, run=basis.run_no), markup=False)
    if what_if:
        _print_changes(content, say)
    else:
        lines = [_status_line(row, lang, "status") for row in content["statuses"]]
        table("", headings(say, "assess", "organisation", "norm", "status"), lines, coloured=[2])


def _print_changes(content: dict[str, Any], say: Say) -> None:
    """Print the statuses that the plans would change."""
    rows = [row for row in content["statuses"] if row["status"] != row["before"]]
    plans = message("assess.planned", number=content["planned_records"])
    norms = message("assess.changing", number=len(rows))
    console().print(say("assess.plans", plans=plans, norms=norms), markup=False)
    lines = [_status_line(row, say.language, "before", "status") for row in rows]
    table("", headings(say, "assess", "organisation", "norm", "was", "becomes"), lines, coloured=[2, 3])


def _status_line(row: dict[str, Any], lang: Language, *statuses: str) -> tuple[Any, ...]:
    """The norm of an organisation with these of its statuses, each as a code and its word."""
    return row["organisation"], row["norm"], *((row[status], word(row[status], lang)) for status in statuses)


def show_goal(state: State, name: str, organisation: str | None, lang: Language, as_json: bool) -> None:
    """Print what it would take for a norm to comply, or for an indicator or principle to be green."""
    with Published(state) as published:
        goal = goal_of(published, published.organisation(organisation), name)
    if as_json:
        print_json(goal.tests)
        return
    say = Say(lang)
    status = word(goal.status, lang)
    if goal.is_reached:
        console().print(say("assess.goal_reached", norm=goal.number, status=status), style="green", markup=False)
    number = message("assess.tests", number=len(goal.tests))
    table(
        say("assess.goal", norm=goal.number, tests=number, status=status),
        headings(say, "assess", "norm", "aspect", "now", "test", "needed"),
        [
            (
                row["norm_id"],
                word(row["aspect"], lang),
                (row["result"], word(row["result"], lang)),
                pick_column(row, "sentence", lang),
                pick_column(row, "needed", lang),
            )
            for row in goal.tests
        ],
        coloured=[2],
    )
    if goal.controls:
        lines = [
            (row["norm_id"], pick_column(row, "title", lang), (row["status"], word(row["status"], lang)))
            for row in goal.controls
        ]
        table(say("assess.goal_controls"), headings(say, "assess", "norm", "title", "now"), lines, coloured=[2])


def show_expiring(
    installation: Installation, within: str, organisation: str | None, lang: Language, as_json: bool, by_month: bool
) -> None:
    """Print what gets worse within a span, by day, with norm and owner; or the month-by-month projection."""
    span = _span_ahead(within)
    with Published(installation.state, language=lang) as published:
        organisation_id = published.organisation(organisation)
        as_of = published.last_run()["as_of"]
        tests = expiring(published, organisation_id, as_of, span)
    months = _projection(installation, as_of, organisation_id) if by_month else []
    if as_json:
        print_json({"expiring": [asdict(test) for test in tests], "projection": months})
        return
    say = Say(lang)
    table(
        say("assess.expiring", within=within, tests=message("assess.tests", number=len(tests))),
        headings(say, "assess", "on", "norm", "test", "now", "owner", "evidence"),
        [_expiry_line(test, lang) for test in tests],
        coloured=[3],
    )
    if months:
        columns = [say("assess.column_day"), *(word(status, lang) for status in STATUSES)]
        table(say("assess.by_month"), columns, [_month_line(month) for month in months])


def _span_ahead(text: str) -> Duration:
    """`90d` or `P3M` as a span. Raises ConfigurationError."""
    written = text if text.startswith("P") else f"P{text.upper()}"
    try:
        return Duration.parse(written)
    except ValueError as error:
        raise ConfigurationError(
            message("assess.no_span", text=text), place="--within", advice=message("assess.no_span_advice")
        ) from error


def _expiry_line(test: ExpiringTest, lang: Language) -> tuple[Any, ...]:
    return (
        f"{test.expires_on:%d-%m-%Y}",
        test.norm_id,
        test.sentence,
        (test.result, word(test.result, lang)),
        test.owner,
        test.evidence,
    )


def _month_line(month: dict[str, Any]) -> tuple[Any, ...]:
    """A day of the projection, and how many controls would have each status then."""
    counts = month["controls"]
    return f"{month['day']:%d-%m-%Y}", *(counts.get(status, 0) for status in STATUSES)


def _projection(installation: Installation, as_of: date, organisation: str) -> list[dict[str, Any]]:
    until = installation.reference_date(as_of.year)
    with scratch(installation.state) as connection:
        return projection(connection, basis_at(connection), as_of, until, organisation)


def show_history(state: State, norm: str, organisation: str | None, lang: Language, as_json: bool) -> None:
    """Print how the status of a norm changed, run by run, and why."""
    with Published(state) as published:
        present = published.norm(norm)
        rows = history(published, published.organisation(organisation), present)
    if as_json:
        print_json(rows)
        return
    say = Say(lang)
    lines = [
        (
            row["from_run_no"],
            f"{row['as_of']:%d-%m-%Y}",
            (row["status"], word(row["status"], lang)),
            "; ".join(_cause(cause, say) for cause in row["causes"]),
        )
        for row in rows
    ]
    columns = headings(say, "assess", "run", "as_of", "status", "cause")
    table(say("assess.history", norm=present["norm_id"]), columns, lines, coloured=[2])


def _cause(cause: dict[str, Any], say: Say) -> str:
    """Which test changed, from what to what, why, and the records that made it."""
    lang = say.language
    test = pick_column(cause, "sentence", lang) or cause["test_id"]
    before, after = word(cause["before"], lang) or "–", word(cause["after"], lang)
    records = ", ".join(record["title"] or record["record_key"] for record in cause["records"][:3])
    why = say(f"assess.cause_{cause['cause']}")
    if records:
        return f"{test} ({before} → {after}, {why}: {records})"
    return f"{test} ({before} → {after}, {why})"


def show_difference(
    state: State, first: int, second: int, organisation: str | None, lang: Language, as_json: bool
) -> None:
    """Print the norms whose status differs between two runs."""
    with Published(state) as published:
        rows = difference(published, published.organisation(organisation), first, second)
    if as_json:
        print_json(rows)
        return
    say = Say(lang)
    table(
        say("assess.difference", first=first, second=second, number=len(rows)),
        headings(say, "assess", "norm", "title", "was", "is"),
        [
            (
                row["norm_id"],
                _title_with_break(row, say),
                (row["before"], word(row["before"], lang)),
                (row["after"], word(row["after"], lang)),
            )
            for row in rows
        ],
        coloured=[2, 3],
    )


# From good to bad, of norms and of principles; what is not here compares with nothing.
_BEST_FIRST = ("voldoet", "voldoet_deels", "voldoet_niet", "geen_bewijs")
_BRIGHTEST_FIRST = ("groen", "oranje", "rood", "onbekend")


def _title_with_break(row: dict[str, Any], say: Say) -> str:
    """The title of a norm; and where other rules were in force in the two runs, that its statuses do not measure the same."""
    title = str(pick_column(row, "title", say.language))
    if not row["other_rules"]:
        return title
    before, after = row["before"], row["after"]
    for order in (_BEST_FIRST, _BRIGHTEST_FIRST):
        if before in order and after in order and order.index(after) > order.index(before):
            return f"{title} ({say('assess.stricter')})"
    return f"{title} ({say('assess.otherwise')})"
