"""`ensia review`, `ensia cycle`, `ensia dossier` and `ensia digest`: the year's accountability, from reviewed workbook to
what is kept for ever. The work is done in `warehouse/year/review.py`, `warehouse/year/cycle.py` and `reports/`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from cli.common import console, print_json, table
from models.language import Language
from models.message import Message, Say, message
from models.wording import word

if TYPE_CHECKING:
    import duckdb

    from flows.installation import Installation
    from warehouse.reading.read import Published

SHOWN = 80  # characters of a long text in the terminal; --json has all of it


@contextmanager
def writing(installation: Installation) -> Iterator[tuple[duckdb.DuckDBPyConnection, Published]]:
    """The warehouse for writing, with no run in between; what was written is published when the block ends well."""
    from flows.orchestration import only_run
    from warehouse.reading.publish import publish
    from warehouse.reading.read import Published
    from warehouse.storage.database import open_warehouse

    with only_run(installation.state), open_warehouse(installation.state) as connection:
        yield connection, Published(installation.state, connection)
        publish(connection, installation.state)


def import_review(
    installation: Installation,
    file: Path,
    reviewer: str,
    reason: str,
    organisation: str | None,
    accept_older: bool,
    lang: Language,
) -> int:
    """Take in a reviewed workbook, whole or not at all; returns the exit code."""
    from reports.review import ReviewRefused, check, read_review
    from warehouse.reading.moment import about_year
    from warehouse.year.review import store_overrules

    say = Say(lang)
    with writing(installation) as (connection, _):
        review = read_review(file)
        try:
            with about_year(connection, review.as_of.year) as published:
                overrules = check(review, published, organisation, accept_older=accept_older)
        except ReviewRefused as refused:
            rows = [(problem.sheet, problem.cell, problem.message, problem.expected) for problem in refused.problems]
            table(
                say("account.not_imported", file=file.name), _headings(say, "sheet", "cell", "what", "expected"), rows
            )
            return refused.exit_code
        number = store_overrules(
            connection, overrules, reviewer=reviewer, reason=reason, file_name=file.name, file_hash=review.file_hash
        )
    changes = message("account.changes", number=number)
    console().print(say("account.imported", file=file.name, changes=changes), markup=False)
    return 0


def list_reviews(installation: Installation, organisation: str | None, lang: Language, as_json: bool) -> None:
    """Print every decision of a reviewer, the newest first."""
    from warehouse.reading.read import Published
    from warehouse.reading.reviews import all_overrules
    from warehouse.storage.database import local_time

    with Published(installation.state) as published:
        rows = all_overrules(published, published.organisation(organisation))
    if as_json:
        print_json(rows)
        return
    say = Say(lang)
    table(
        say("account.reviews"),
        _headings(say, "question", "field", "was", "is", "reviewer", "reason", "when", "state"),
        [
            (
                row["question_id"],
                say(f"account.field_{row['field']}"),
                _short(row["old_value"]),
                _short(row["new_value"]),
                row["reviewer"],
                row["reason"],
                f"{local_time(row['reviewed_at']):%d-%m-%Y %H:%M}",
                say(f"account.state_{row['state']}"),
            )
            for row in rows
        ],
    )


def decide(
    installation: Installation,
    question: str,
    organisation: str | None,
    reviewer: str,
    reason: str,
    lang: Language,
    *,
    keep: bool,
) -> None:
    """Confirm (`keep`) or withdraw what a reviewer changed on one question."""
    from warehouse.year.review import confirm, withdraw

    with writing(installation) as (connection, published):
        own = published.organisation(organisation)
        number = (confirm if keep else withdraw)(connection, published, own, question, reviewer=reviewer, reason=reason)
    key = "account.confirmed" if keep else "account.withdrawn"
    console().print(Say(lang)(key, question=question, number=number), markup=False)


def open_cycle(
    installation: Installation, year: int, organisation: str | None, by: str, deadline: date | None, lang: Language
) -> None:
    """Open the cycle of a year, for one organisation or all."""
    from warehouse.year import cycle

    with writing(installation) as (connection, _):
        opened = cycle.open_cycle(
            connection, year, by=by, organisations=[organisation] if organisation else None,
            reference_date=installation.reference_date(year), deadline=deadline,
        )  # fmt: skip
    console().print(Say(lang)("account.opened", year=year, organisations=", ".join(opened)), markup=False)


def show_cycle(installation: Installation, year: int, organisation: str | None, lang: Language, as_json: bool) -> None:
    """Print what is open, per owner, and how many days are left."""
    from dataclasses import asdict

    from reports.answers import answers
    from warehouse.reading.read import Published
    from warehouse.storage.database import today
    from warehouse.year.cycle import cycle_status

    with Published(installation.state) as published:
        own = published.organisation(organisation)
        owners = {(a.questionnaire_id, a.question_id): a.owner for a in answers(published, own)}
        status = cycle_status(published, own, year, today=today(), owners=owners)
    if as_json:
        print_json(asdict(status))
        return
    say, out = Say(lang), console()
    head = say(
        "account.cycle",
        year=year,
        reference=status.reference_date,
        to_reference=_days_left(status.days_to_reference),
        deadline=status.deadline,
        to_deadline=_days_left(status.days_to_deadline),
    )
    out.print(head, markup=False)
    out.print(say("account.questions", all=status.questions, open=status.open, look_again=status.look_again))
    table(
        say("account.by_owner"),
        _headings(say, "owner", "questions", "open", "look_again"),
        [(_owner(row["eigenaar"], say), row["vragen"], row["open"], row["opnieuw_bekijken"]) for row in status.rows],
    )
    if status.frozen_as_of is not None:
        why = f" ({status.frozen_reason})" if status.frozen_reason else ""
        line = say("account.is_frozen", version=status.versions, as_of=status.frozen_as_of, why=why)
        out.print(line, markup=False)
    if status.versions and status.later_reviews:
        out.print(say("account.later_reviews", number=status.later_reviews, year=year), markup=False)


def _owner(name: str | None, say: Say) -> str:
    """Whose a question is, or that it is nobody's yet."""
    from warehouse.year.cycle import NOBODY

    return say("account.nobody") if name in (None, "", NOBODY) else str(name)


def freeze(
    installation: Installation,
    year: int,
    organisation: str | None,
    by: str,
    reason: str,
    lang: Language,
    *,
    is_revision: bool = False,
) -> None:
    """Freeze the cycle, or make a new version of what was frozen."""
    from reports.review import drafts
    from warehouse.year import cycle

    with writing(installation) as (connection, published):
        for own in [published.organisation(organisation)] if organisation else list(published.organisations()):
            keep = cycle.revise if is_revision else cycle.freeze
            frozen = keep(connection, own, year, by=by, reason=reason, drafts=drafts)
            console().print(f"{own}: {frozen.sentence().in_language(lang)}", markup=False)


def compare_cycles(
    installation: Installation, first: int, second: int, organisation: str | None, lang: Language, as_json: bool
) -> None:
    """Print the answers and statuses that differ between two years."""
    from warehouse.reading.read import Published
    from warehouse.year.cycle import compare

    with Published(installation.state) as published:
        difference = compare(published, published.organisation(organisation), first, second)
    if as_json:
        print_json(difference)
        return
    say = Say(lang)
    for title, rows in (
        (say("account.answers_differ", number=len(difference["antwoorden"])), difference["antwoorden"]),
        (say("account.statuses_differ", number=len(difference["statussen"])), difference["statussen"]),
    ):
        table(
            title,
            [*_headings(say, "where", "number", "title"), str(first), str(second)],
            [
                (row["waar"], row["nummer"], row["titel"], word(row["was"], lang) or "–", word(row["is"], lang) or "–")
                for row in rows
            ],
        )


def verify_cycle(
    installation: Installation,
    year: int,
    version: int | None,
    organisation: str | None,
    public_key: str | None,
    lang: Language,
) -> None:
    """Prove that a frozen version is what was frozen. Raises IntegrityError."""
    from warehouse.reading.read import Published
    from warehouse.reading.shapes import FrozenYear
    from warehouse.year.cycle import verify

    with Published(installation.state) as published:
        own = published.organisation(organisation)
        versions = published.select(FrozenYear, own, year=year)
        chosen = version or (versions[-1].version if versions else 1)
        row = verify(published, own, year, chosen, public_key=public_key)
    key = "account.unchanged_signed" if row["signature"] else "account.unchanged"
    console().print(Say(lang)(key, year=year, version=chosen, organisation=own), markup=False)


def send_digest(installation: Installation, organisation: str | None, dry_run: bool, lang: Language) -> int:
    """Send the digest now, or with `dry_run` print it; returns the exit code."""
    from flows.notify import send_digests, settings_of
    from models.errors import ConfigurationError
    from reports.digest import messages
    from warehouse.reading.read import Published

    members = [m for m in installation.members if organisation in (None, m.organisation.id) and m.digest is not None]
    if not members:
        raise ConfigurationError(
            message("account.no_digest"), place=str(installation.file), advice=message("account.no_digest_advice")
        )
    say = Say(lang)
    if dry_run:
        with Published(installation.state) as published:
            for member in members:
                assert member.digest is not None
                settings = settings_of(member.digest, member.folder)
                for letter in messages(
                    published, member.organisation.id, settings.recipients, settings.within, member.digest.lang
                ):
                    to = say("account.to", name=letter.recipient.name)
                    console().print(f"{to}\n{letter.subject}\n\n{letter.text}\n", markup=False)
        return 0
    failed: list[str] = []
    with writing(installation) as (connection, _):
        for member in members:
            assert member.digest is not None
            delivery = send_digests(
                connection, member.organisation.id, settings_of(member.digest, member.folder), lang=member.digest.lang
            )
            for name in delivery.sent:
                console().print(say("account.sent", name=name), markup=False)
            for name in delivery.unchanged:
                console().print(say("account.no_news", name=name), markup=False)
            failed += delivery.failed
    for line in failed:
        console(error=True).print(say("account.not_sent", line=line), style="red", markup=False)
    return 1 if failed else 0


def verify_dossier(file: Path, public_key: Path | None, lang: Language) -> int:
    """Prove that a dossier is complete and unchanged; returns the exit code."""
    from reports.dossier import seal, verify

    problems = list(verify(file, public_key=public_key))
    if not problems:
        say, (number, digest, key) = Say(lang), seal(file)
        signed = say("account.signed", key=key) if key else say("account.not_signed")
        console().print(say("account.dossier_sound", file=file.name, number=number), style="green", markup=False)
        console().print(say("account.manifest", digest=digest, signed=signed), soft_wrap=True, markup=False)
        return 0
    for problem in problems:
        console(error=True).print(f"{file.name}: {problem.in_language(lang)}", style="red", markup=False)
    return 1


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _days_left(number: int) -> Message:
    if number < 0:
        return message("account.days_ago", number=-number)
    return message("account.today") if number == 0 else message("account.days_left", number=number)


def _headings(say: Say, *names: str) -> list[str]:
    return [say(f"account.column_{name}") for name in names]
