"""`ensia assess`, `expiring`, `history`, `diff`: another day, another moment, plans, and how it came about."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from cli.common import console, print_json, table
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
from warehouse.reading.expiring import expiring
from warehouse.reading.goal import needed
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
        planned = 0
        if what_if:
            assess_at(connection, basis, day)
            before = assessed_statuses(connection)
            planned = add_plans(connection, installation, organisation, what_if, day, basis.known_at)
        assess_at(connection, basis, day)
        after = assessed_statuses(connection)
        content = {
            "as_of": day,
            "known_at": basis.known_at,
            "run_no": basis.run_no,
            "planned_records": planned,
            "statuses": [
                {"organisation": o, "norm": n, "status": s, "before": before.get((o, n))}
                for (o, n), s in after.items()
                if organisation in (None, o)
            ],
        }
    if as_json:
        print_json(content)
        return
    _print(content, bool(what_if), lang)


def _print(content: dict[str, Any], planned: bool, lang: Language) -> None:
    say = Say(lang)
    known = local_time(content["known_at"])
    console().print(say("assess.head", as_of=content["as_of"], known=known, run=content["run_no"]), markup=False)
    rows = content["statuses"]
    if planned:
        rows = [row for row in rows if row["status"] != row["before"]]
        plans = message("assess.planned", number=content["planned_records"])
        norms = message("assess.changing", number=len(rows))
        console().print(say("assess.plans", plans=plans, norms=norms), markup=False)
    columns = ("organisation", "norm", "was", "becomes") if planned else ("organisation", "norm", "status")
    table(
        "",
        [say(f"assess.column_{column}") for column in columns],
        [
            (row["organisation"], row["norm"], *([(row["before"], word(row["before"], lang))] if planned else []),
             (row["status"], word(row["status"], lang)))
            for row in rows
        ],
        coloured=[2, 3],
    )  # fmt: skip


def show_goal(state: State, norm: str, organisation: str | None, lang: Language, as_json: bool) -> None:
    """Print what it would take for a norm to become compliant."""
    with Published(state) as published:
        meant = published.norm(norm)
        rows = needed(published, published.organisation(organisation), meant["norm_id"])
    if as_json:
        print_json(rows)
        return
    say = Say(lang)
    table(
        say("assess.goal", norm=meant["norm_id"], tests=message("assess.tests", number=len(rows))),
        [say(f"assess.column_{column}") for column in ("norm", "aspect", "now", "test", "needed")],
        [
            (
                row["norm_id"],
                word(row["aspect"], lang),
                (row["result"], word(row["result"], lang)),
                pick_column(row, "sentence", lang),
                pick_column(row, "needed", lang),
            )
            for row in rows
        ],
        coloured=[2],
    )


def show_expiring(
    installation: Installation, within: str, organisation: str | None, lang: Language, as_json: bool, by_month: bool
) -> None:
    """Print what gets worse within a span, by day, with norm and owner; or the month-by-month projection."""
    try:
        span = Duration.parse(within) if within.startswith("P") else Duration.parse(f"P{within.upper()}")
    except ValueError as error:
        raise ConfigurationError(
            message("assess.no_span", text=within), place="--within", advice=message("assess.no_span_advice")
        ) from error
    with Published(installation.state, language=lang) as published:
        chosen = published.organisation(organisation)
        as_of = published.last_run()["as_of"]
        tests = expiring(published, chosen, as_of, span)
    months = _projection(installation, as_of, chosen) if by_month else []
    if as_json:
        print_json({"expiring": [asdict(test) for test in tests], "projection": months})
        return
    say = Say(lang)
    table(
        say("assess.expiring", within=within, tests=message("assess.tests", number=len(tests))),
        [say(f"assess.column_{column}") for column in ("on", "norm", "test", "now", "owner", "evidence")],
        [
            (
                f"{test.expires_on:%d-%m-%Y}",
                test.norm_id,
                test.sentence,
                (test.result, word(test.result, lang)),
                test.owner,
                test.evidence,
            )
            for test in tests
        ],
        coloured=[3],
    )
    if months:
        table(
            say("assess.by_month"),
            [say("assess.column_day"), *(word(status, lang) for status in STATUSES)],
            [(f"{row['day']:%d-%m-%Y}", *(row["controls"].get(status, 0) for status in STATUSES)) for row in months],
        )


def _projection(installation: Installation, as_of: date, organisation: str) -> list[dict[str, Any]]:
    until = installation.reference_date(as_of.year)
    with scratch(installation.state) as connection:
        return projection(connection, basis_at(connection), as_of, until, organisation)


def show_history(state: State, norm: str, organisation: str | None, lang: Language, as_json: bool) -> None:
    """Print how the status of a norm changed, run by run, and why."""
    with Published(state) as published:
        meant = published.norm(norm)
        rows = history(published, published.organisation(organisation), meant)
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
    columns = [say(f"assess.column_{column}") for column in ("run", "as_of", "status", "cause")]
    table(say("assess.history", norm=meant["norm_id"]), columns, lines, coloured=[2])


def _cause(cause: dict[str, Any], say: Say) -> str:
    """Which test changed, from what to what, why, and the records that made it."""
    lang = say.language
    test = pick_column(cause, "sentence", lang) or cause["test_id"]
    before, after = word(cause["before"], lang) or "–", word(cause["after"], lang)
    records = ", ".join(record["title"] or record["record_key"] for record in cause["records"][:3])
    why = say(f"assess.cause_{cause['cause']}")
    return f"{test} ({before} → {after}, {why}: {records})" if records else f"{test} ({before} → {after}, {why})"


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
        [say(f"assess.column_{column}") for column in ("norm", "title", "was", "is")],
        [
            (
                row["norm_id"],
                pick_column(row, "title", lang),
                (row["before"], word(row["before"], lang)),
                (row["after"], word(row["after"], lang)),
            )
            for row in rows
        ],
        coloured=[2, 3],
    )
