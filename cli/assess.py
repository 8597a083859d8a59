"""`ensia assess`, `expiring`, `history`, `diff`: another day, another moment, plans, and how it came about."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from cli.common import console, print_json, table
from flows.installation import Installation
from flows.what_if import add_plans
from models.duration import Duration
from models.errors import ConfigurationError
from models.instant import in_zone, instant, wall_time
from models.wording import counted, word
from warehouse.database import State, local_time
from warehouse.forecast import expiring, projection
from warehouse.goal import needed
from warehouse.history import difference, history
from warehouse.read import STATUSES, Published
from warehouse.scratch import assess_at, basis_at, scratch

_CAUSES = {
    "records": ("door bewijs", "because of evidence"),
    "time": ("door het verstrijken van tijd", "because time passed"),
    "rules": ("door andere regels", "because of other rules"),
    "new_test": ("nieuwe toets", "new test"),
    "applicability": ("door een besluit over de toepasselijkheid", "because of a decision on applicability"),
}


def moment(text: str) -> datetime:
    """`2026-12-31` (end of that day) or `2026-12-31T12:00` in Amsterdam, as UTC. Raises ConfigurationError."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(
            f"‘{text}’ is geen moment", place="--known-at", advice="schrijf 2026-12-31 of 2026-12-31T17:00"
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
    lang: str,
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
            before = _statuses(connection)
            planned = add_plans(connection, installation, organisation, what_if, day, basis.known_at)
        assess_at(connection, basis, day)
        after = _statuses(connection)
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


def _statuses(connection: Any) -> dict[tuple[str, str], str]:
    rows = connection.execute(
        "SELECT organisation_id, norm_id, status FROM new_control_status UNION ALL "
        "SELECT m.organisation_id, m.norm_id, m.status FROM new_measure_status AS m "
        "ANTI JOIN new_control_status AS c USING (organisation_id, framework_id, norm_id) UNION ALL "
        "SELECT organisation_id, 'principe ' || principle_id, status FROM new_principle_status ORDER BY ALL"
    ).fetchall()
    return {(organisation, norm): status for organisation, norm, status in rows}


def _print(content: dict[str, Any], planned: bool, lang: str) -> None:
    known = local_time(content["known_at"]).strftime("%d-%m-%Y %H:%M")
    console().print(f"Peildatum {content['as_of']:%d-%m-%Y}, zoals bekend op {known} (run {content['run_no']})")
    rows = content["statuses"]
    if planned:
        rows = [row for row in rows if row["status"] != row["before"]]
        console().print(
            f"{counted(content['planned_records'], 'geplande regel', 'geplande regels')}; "
            f"{counted(len(rows), 'norm krijgt', 'normen krijgen')} een andere status."
        )
    table(
        "",
        ["Organisatie", "Norm", "Was", "Wordt"] if planned else ["Organisatie", "Norm", "Status"],
        [
            (row["organisation"], row["norm"], *([(row["before"], word(row["before"], lang))] if planned else []),
             (row["status"], word(row["status"], lang)))
            for row in rows
        ],
        coloured=[2, 3],
    )  # fmt: skip


def show_goal(state: State, norm: str, organisation: str | None, lang: str, as_json: bool) -> None:
    """Print what it would take for a norm to become compliant."""
    with Published(state) as published:
        found = published.norm(norm)
        rows = needed(published, published.organisation(organisation), found["norm_id"])
    if as_json:
        print_json(rows)
        return
    table(
        f"Nodig voor 'voldoet' op {found['norm_id']}: {len(rows)} toetsen",
        ["Norm", "Aspect", "Nu", "Toets", "Nodig"],
        [
            (
                row["norm_id"],
                word(row["aspect"], lang),
                (row["result"], word(row["result"], lang)),
                row["sentence_en" if lang == "en" else "sentence_nl"],
                row["needed_en" if lang == "en" else "needed_nl"],
            )
            for row in rows
        ],
        coloured=[2],
    )


def show_expiring(
    installation: Installation, within: str, organisation: str | None, lang: str, as_json: bool, by_month: bool
) -> None:
    """Print what gets worse within a span, by day, with norm and owner; or the month-by-month projection."""
    try:
        span = Duration.parse(within) if within.startswith("P") else Duration.parse(f"P{within.upper()}")
    except ValueError as error:
        raise ConfigurationError(str(error), place="--within", advice="schrijf 90d, 3m of P90D") from error
    with Published(installation.state) as published:
        chosen = published.organisation(organisation)
        as_of = published.last_run()["as_of"]
        rows = expiring(published, chosen, as_of, span)
    months = _projection(installation, as_of, chosen) if by_month else []
    if as_json:
        print_json({"expiring": rows, "projection": months})
        return
    table(
        f"Loopt af binnen {within}: {len(rows)} toetsen",
        ["Op", "Norm", "Toets", "Nu", "Eigenaar", "Bewijs"],
        [
            (
                f"{row['expires_on']:%d-%m-%Y}",
                row["norm_id"],
                row["sentence_en" if lang == "en" else "sentence_nl"],
                (row["result"], word(row["result"], lang)),
                row["owner"],
                row["evidence_title"],
            )
            for row in rows
        ],
        coloured=[3],
    )
    if months:
        table(
            "Beheersmaatregelen per maand, als er niets nieuws komt",
            ["Dag", *(word(status, lang) for status in STATUSES)],
            [(f"{row['day']:%d-%m-%Y}", *(row["controls"].get(status, 0) for status in STATUSES)) for row in months],
        )


def _projection(installation: Installation, as_of: date, organisation: str) -> list[dict[str, Any]]:
    cycle = installation.configuration.cycle
    until = date.fromisoformat(cycle.reference_date) if cycle and cycle.reference_date else date(as_of.year, 12, 31)
    with scratch(installation.state) as connection:
        return projection(connection, basis_at(connection), as_of, until, organisation)


def show_history(state: State, norm: str, organisation: str | None, lang: str, as_json: bool) -> None:
    """Print how the status of a norm changed, run by run, and why."""
    with Published(state) as published:
        found = published.norm(norm)
        rows = history(published, published.organisation(organisation), found)
    if as_json:
        print_json(rows)
        return
    lines = []
    for row in rows:
        causes = "; ".join(
            f"{cause['sentence_en' if lang == 'en' else 'sentence_nl'] or cause['test_id']} "
            f"({word(cause['before'], lang) or '–'} → {word(cause['after'], lang)}, {_CAUSES[cause['cause']][lang == 'en']}"
            + (
                ": " + ", ".join(record["title"] or record["record_key"] for record in cause["records"][:3])
                if cause["records"]
                else ""
            )
            + ")"
            for cause in row["causes"]
        )
        lines.append(
            (row["from_run_no"], f"{row['as_of']:%d-%m-%Y}", (row["status"], word(row["status"], lang)), causes)
        )
    table(f"Verloop van {found['norm_id']}", ["Run", "Peildatum", "Status", "Oorzaak"], lines, coloured=[2])


def show_difference(state: State, first: int, second: int, organisation: str | None, lang: str, as_json: bool) -> None:
    """Print the norms whose status differs between two runs."""
    with Published(state) as published:
        rows = difference(published, published.organisation(organisation), first, second)
    if as_json:
        print_json(rows)
        return
    table(
        f"Verschil tussen run {first} en run {second}: {len(rows)}",
        ["Norm", "Titel", "Was", "Is"],
        [
            (
                row["norm_id"],
                row["title_en" if lang == "en" else "title_nl"],
                (row["before"], word(row["before"], lang)),
                (row["after"], word(row["after"], lang)),
            )
            for row in rows
        ],
        coloured=[2, 3],
    )
