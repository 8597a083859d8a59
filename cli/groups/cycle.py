"""`ensia cycle`: the accountability of a year, from opening to what is kept for ever. The work is done in
`warehouse/year/cycle.py`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.common import (
    Config,
    Json,
    Lang,
    Org,
    Reason,
    as_day,
    console,
    headings,
    installation_at,
    organisations_for,
    print_json,
    state_at,
    table,
    writing,
)
from models.language import Language
from models.message import Message, Say, message
from models.wording import word

app = typer.Typer(no_args_is_help=True, help="help.group_cycle")

Year = Annotated[int, typer.Argument(help="help.value_year")]
By = Annotated[str, typer.Option("--by", help="help.option_by")]
EarlyReason = Annotated[str, typer.Option("--reason", help="help.option_early_reason")]
Deadline = Annotated[datetime | None, typer.Option("--deadline", formats=["%Y-%m-%d"], help="help.option_deadline")]


@app.command("open", help="help.command_cycle_open")
def open_(
    year: Year,
    by: By,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    deadline: Deadline = None,
    lang: Lang = Language.NL,
) -> None:
    """Open the cycle of a year, for one organisation or all."""
    from warehouse.year.cycle import open_cycle

    installation = installation_at(config)
    with writing(installation) as (connection, _):
        organisations = open_cycle(
            connection,
            year,
            by=by,
            organisations=[organisation] if organisation else None,
            reference_date=installation.reference_date(year),
            deadline=as_day(deadline),
        )
    console().print(Say(lang)("account.opened", year=year, organisations=", ".join(organisations)), markup=False)


@app.command("status", help="help.command_cycle_show")
def status(
    year: Year,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    """Print what is open, per owner, and how many days are left."""
    from reports.answers import answers
    from warehouse.reading.read import Published
    from warehouse.storage.database import today
    from warehouse.year.cycle import cycle_status

    with Published(state_at(config)) as published:
        organisation_id = published.organisation(organisation)
        owners = {
            (answer.questionnaire_id, answer.question_id): answer.owner
            for answer in answers(published, organisation_id)
        }
        standing = cycle_status(published, organisation_id, year, today=today(), owners=owners)
    if as_json:
        print_json(asdict(standing))
        return
    say, out = Say(lang), console()
    head = say(
        "account.cycle",
        year=year,
        reference=standing.reference_date,
        to_reference=_days_left(standing.days_to_reference),
        deadline=standing.deadline,
        to_deadline=_days_left(standing.days_to_deadline),
    )
    out.print(head, markup=False)
    out.print(say("account.questions", all=standing.questions, open=standing.open, look_again=standing.look_again))
    table(
        say("account.by_owner"),
        headings(say, "account", "owner", "questions", "open", "look_again"),
        [_owner_line(row, say) for row in standing.rows],
    )
    if standing.frozen_as_of is not None:
        as_of = standing.frozen_as_of
        reason = standing.frozen_reason
        why = f" ({reason})" if reason else ""
        line = say("account.is_frozen", version=standing.versions, as_of=as_of, why=why)
        out.print(line, markup=False)
    if standing.versions and standing.later_reviews:
        out.print(say("account.later_reviews", number=standing.later_reviews, year=year), markup=False)


def _owner_line(row: dict[str, Any], say: Say) -> tuple[Any, ...]:
    """How many questions are open at an owner, or at nobody yet."""
    from warehouse.year.cycle import NOBODY

    name = row["eigenaar"]
    is_nobody = name in (None, "", NOBODY)
    owner = say("account.nobody") if is_nobody else str(name)
    return owner, row["vragen"], row["open"], row["opnieuw_bekijken"]


def _days_left(number: int) -> Message:
    if number < 0:
        return message("account.days_ago", number=-number)
    if number == 0:
        return message("account.today")
    return message("account.days_left", number=number)


@app.command("freeze", help="help.command_cycle_freeze")
def freeze(
    year: Year,
    by: By,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    reason: EarlyReason = "",
    lang: Lang = Language.NL,
) -> None:
    """Freeze the cycle, for one organisation or all."""
    from reports.review import drafts
    from warehouse.year.cycle import freeze

    with writing(installation_at(config)) as (connection, published):
        for organisation_id in organisations_for(published, organisation):
            version = freeze(connection, organisation_id, year, by=by, drafts=drafts, reason=reason)
            console().print(f"{organisation_id}: {version.sentence().in_language(lang)}", markup=False)


@app.command("revise", help="help.command_cycle_revise")
def revise(
    year: Year,
    by: By,
    reason: Reason,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
) -> None:
    """Make a new version of what was frozen, for one organisation or all."""
    from reports.review import drafts
    from warehouse.year.cycle import revise

    with writing(installation_at(config)) as (connection, published):
        for organisation_id in organisations_for(published, organisation):
            version = revise(connection, organisation_id, year, by=by, reason=reason, drafts=drafts)
            console().print(f"{organisation_id}: {version.sentence().in_language(lang)}", markup=False)


@app.command("compare", help="help.command_cycle_compare")
def compare(
    first: Annotated[int, typer.Argument(help="help.value_first_year")],
    second: Annotated[int, typer.Argument(help="help.value_second_year")],
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    """Print the answers and statuses that differ between two years."""
    from warehouse.reading.read import Published
    from warehouse.year.cycle import compare

    with Published(state_at(config)) as published:
        difference = compare(published, published.organisation(organisation), first, second)
    if as_json:
        print_json(difference)
        return
    say = Say(lang)
    columns = [*headings(say, "account", "where", "number", "title"), str(first), str(second)]
    for part, key in (("antwoorden", "account.answers_differ"), ("statussen", "account.statuses_differ")):
        rows = difference[part]
        table(say(key, number=len(rows)), columns, [_difference_line(row, lang) for row in rows])


def _difference_line(row: dict[str, Any], lang: Language) -> tuple[Any, ...]:
    """What something was in the first year and is in the second."""
    was = word(row["was"], lang) or "–"
    now = word(row["is"], lang) or "–"
    return row["waar"], row["nummer"], row["titel"], was, now


@app.command("verify", help="help.command_cycle_verify")
def verify(
    year: Year,
    config: Config = Path("ensia.yaml"),
    organisation: Org = None,
    version: Annotated[int | None, typer.Option("--version", help="help.option_version")] = None,
    public_key: Annotated[str | None, typer.Option("--public-key", help="help.option_public_key")] = None,
    lang: Lang = Language.NL,
) -> None:
    """Prove that a frozen version, by default the last, is what was frozen: exit code 0 when it was signed by the key that was
    given, 3 when it agrees with itself and nobody proved who made it. Raises IntegrityError."""
    from warehouse.reading.read import Published
    from warehouse.reading.shapes import FrozenYear
    from warehouse.storage.signing import read_public_key
    from warehouse.year.cycle import verify

    expected = read_public_key(public_key) if public_key else None
    with Published(state_at(config)) as published:
        organisation_id = published.organisation(organisation)
        versions = published.select(FrozenYear, organisation_id, year=year)
        last = versions[-1].version if versions else 1
        number = version or last
        frozen = verify(published, organisation_id, year, number, public_key=expected)
    say, about = Say(lang), {"year": year, "version": number, "organisation": organisation_id}
    if expected:
        console().print(say("account.unchanged", **about), markup=False)
        return
    signed = say("account.signed", key=frozen.public_key) if frozen.signature else say("account.not_signed")
    console().print(say("account.agrees", **about, signed=signed), markup=False, soft_wrap=True)
    raise typer.Exit(3)
