"""`ensia review`: take in a reviewed workbook, and what reviewers decided. The work is done in `reports/review.py` and
`warehouse/year/review.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.common import (
    Config,
    Json,
    Lang,
    Org,
    Reason,
    console,
    headings,
    installation_at,
    print_json,
    showing_refusals,
    state_at,
    table,
    writing,
)
from models.language import Language
from models.message import Say, message

app = typer.Typer(no_args_is_help=True, help="help.group_review")

Reviewer = Annotated[str, typer.Option("--reviewer", help="help.option_reviewer")]
Question = Annotated[str, typer.Argument(help="help.value_question")]

LONGEST = 80  # characters of a long text in the terminal; --json has all of it


@app.command("import", help="help.command_review_import")
def import_review(
    file: Annotated[Path, typer.Argument(help="help.value_reviewed_workbook")],
    reviewer: Reviewer,
    reason: Reason,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    accept_older: Annotated[bool, typer.Option("--accept-older", help="help.option_accept_older")] = False,
    lang: Lang = Language.NL,
) -> None:
    """Take in a reviewed workbook, whole or not at all."""
    from reports.review import check, read_review
    from warehouse.reading.moment import about_year
    from warehouse.year.review import store_overrules

    say = Say(lang)
    refused = say("account.not_imported", file=file.name)
    with showing_refusals(refused, say), writing(installation_at(config)) as (connection, _):
        review = read_review(file)
        with about_year(connection, review.as_of.year) as published:
            overrules = check(review, published, organisation, accept_older=accept_older)
        number = store_overrules(
            connection,
            overrules,
            reviewer=reviewer,
            reason=reason,
            file_name=file.name,
            file_hash=review.file_hash,
        )
    changes = message("account.changes", number=number)
    console().print(say("account.imported", file=file.name, changes=changes), markup=False)


@app.command("list", help="help.command_review_list")
def list_reviews(
    config: Config = Path("ensia.yaml"), organisation: Org = None, lang: Lang = Language.NL, as_json: Json = False
) -> None:
    """Print every decision of a reviewer, the newest first."""
    from warehouse.reading.read import Published
    from warehouse.reading.reviews import all_overrules

    with Published(state_at(config)) as published:
        rows = all_overrules(published, published.organisation(organisation))
    if as_json:
        print_json(rows)
        return
    say = Say(lang)
    columns = ("question", "field", "was", "is", "reviewer", "reason", "when", "state")
    lines = [_decision(row, say) for row in rows]
    table(say("account.reviews"), headings(say, "account", *columns), lines)


def _decision(row: dict[str, Any], say: Say) -> tuple[Any, ...]:
    """A line of the table of decisions."""
    from warehouse.storage.database import local_time

    return (
        row["question_id"],
        say(f"account.field_{row['field']}"),
        _cut_off(row["old_value"]),
        _cut_off(row["new_value"]),
        row["reviewer"],
        row["reason"],
        f"{local_time(row['reviewed_at']):%d-%m-%Y %H:%M}",
        say(f"account.state_{row['state']}"),
    )


def _cut_off(text: str | None) -> str | None:
    """A text as long as a column of the terminal bears."""
    if text is None or len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}…"


@app.command("confirm", help="help.command_review_confirm")
def confirm(
    question: Question,
    reviewer: Reviewer,
    reason: Reason,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
) -> None:
    """Confirm what a reviewer changed on one question."""
    from warehouse.year.review import confirm

    with writing(installation_at(config)) as (connection, published):
        organisation_id = published.organisation(organisation)
        number = confirm(connection, published, organisation_id, question, reviewer=reviewer, reason=reason)
    console().print(Say(lang)("account.confirmed", question=question, number=number), markup=False)


@app.command("withdraw", help="help.command_review_withdraw")
def withdraw(
    question: Question,
    reviewer: Reviewer,
    reason: Reason,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
) -> None:
    """Withdraw what a reviewer changed on one question."""
    from warehouse.year.review import withdraw

    with writing(installation_at(config)) as (connection, published):
        organisation_id = published.organisation(organisation)
        number = withdraw(connection, published, organisation_id, question, reviewer=reviewer, reason=reason)
    console().print(Say(lang)("account.withdrawn", question=question, number=number), markup=False)
