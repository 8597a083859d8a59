"""`ensia review`, `ensia cycle`, `ensia dossier` and `ensia digest`: the year's accountability, from reviewed workbook to
what is kept for ever. The work is done in `warehouse/review.py`, `warehouse/cycle.py` and `reports/`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from cli.common import console, print_json, table
from models.wording import word

if TYPE_CHECKING:
    import duckdb

    from flows.installation import Installation
    from warehouse.read import Published

SHOWN = 80  # characters of a long text in the terminal; --json has all of it
_STATES = {
    "present": "geldt",
    "look_again": "opnieuw bekijken",
    "replaced": "vervangen",
    "withdrawn": "ingetrokken",
    "another_year": "ander jaar",
}
_FIELDS = {
    "answer": "antwoord",
    "explanation": "toelichting",
    "improvement": "verbetering",
    "owner": "eigenaar",
    "deadline": "klaar vóór",
}


@contextmanager
def writing(installation: Installation) -> Iterator[tuple[duckdb.DuckDBPyConnection, Published]]:
    """The warehouse for writing, with no run in between; what was written is published when the block ends well."""
    from flows.orchestration import only_run
    from warehouse.database import open_warehouse
    from warehouse.publish import publish
    from warehouse.read import Published

    with only_run(installation.state), open_warehouse(installation.state) as connection:
        yield connection, Published(installation.state, connection)
        publish(connection, installation.state)


def import_review(
    installation: Installation, file: Path, reviewer: str, reason: str, organisation: str | None, accept_older: bool
) -> int:
    """Take in a reviewed workbook, whole or not at all; returns the exit code."""
    from reports.review import ReviewRefused, check, read_review
    from warehouse.moment import about_year
    from warehouse.review import store_overrules

    with writing(installation) as (connection, _):
        review = read_review(file)
        try:
            with about_year(connection, review.as_of.year) as published:
                overrules = check(review, published, organisation, accept_older=accept_older)
        except ReviewRefused as refused:
            title = f"{file.name} is niet ingelezen; niets is gewijzigd"
            rows = [(found.sheet, found.cell, found.message, found.expected) for found in refused.problems]
            table(title, ["Blad", "Cel", "Wat", "Verwacht"], rows)
            return refused.exit_code
        number = store_overrules(
            connection, overrules, reviewer=reviewer, reason=reason, file_name=file.name, file_hash=review.file_hash
        )
    changes = {0: "geen wijzigingen", 1: "1 wijziging"}.get(number, f"{number} wijzigingen")
    console().print(f"{file.name}: {changes} ingelezen.", markup=False)
    return 0


def list_reviews(installation: Installation, organisation: str | None, as_json: bool) -> None:
    """Print every decision of a reviewer, the newest first."""
    from warehouse.database import local_time
    from warehouse.read import Published
    from warehouse.review import all_overrules

    with Published(installation.state) as published:
        rows = all_overrules(published, published.organisation(organisation))
    if as_json:
        print_json(rows)
        return
    table(
        "Wijzigingen van beoordelaars",
        ["Vraag", "Veld", "Was", "Is", "Beoordelaar", "Reden", "Wanneer", "Staat"],
        [
            (row["question_id"], _FIELDS[row["field"]], _short(row["old_value"]), _short(row["new_value"]), row["reviewer"],
             row["reason"], f"{local_time(row['reviewed_at']):%d-%m-%Y %H:%M}", _STATES[row["state"]])
            for row in rows
        ],
    )  # fmt: skip


def decide(
    installation: Installation, question: str, organisation: str | None, reviewer: str, reason: str, *, keep: bool
) -> None:
    """Confirm (`keep`) or withdraw what a reviewer changed on one question."""
    from warehouse.review import confirm, withdraw

    with writing(installation) as (connection, published):
        own = published.organisation(organisation)
        number = (confirm if keep else withdraw)(connection, published, own, question, reviewer=reviewer, reason=reason)
    console().print(f"Vraag {question}: {number} {'bevestigd' if keep else 'ingetrokken'}.", markup=False)


def open_cycle(installation: Installation, year: int, organisation: str | None, by: str, deadline: date | None) -> None:
    """Open the cycle of a year, for one organisation or all."""
    from warehouse import cycle

    configured = installation.configuration.cycle
    reference = configured.reference_date if configured and configured.year == year else None
    with writing(installation) as (connection, _):
        opened = cycle.open_cycle(
            connection, year, by=by, organisations=[organisation] if organisation else None,
            reference_date=date.fromisoformat(reference) if reference else None, deadline=deadline,
        )  # fmt: skip
    console().print(f"Cyclus {year} is geopend voor {', '.join(opened)}.", markup=False)


def show_cycle(installation: Installation, year: int, organisation: str | None, as_json: bool) -> None:
    """Print what is open, per owner, and how many days are left."""
    from dataclasses import asdict

    from reports.answers import answers
    from warehouse.cycle import cycle_status
    from warehouse.database import today
    from warehouse.read import Published

    with Published(installation.state) as published:
        own = published.organisation(organisation)
        owners = {(a.questionnaire_id, a.question_id): a.owner for a in answers(published, own)}
        found = cycle_status(published, own, year, today=today(), owners=owners)
    if as_json:
        print_json(asdict(found))
        return
    console().print(
        f"Cyclus {year}: peildatum {found.reference_date:%d-%m-%Y} ({_days(found.days_to_reference)}), "
        f"inleveren vóór {found.deadline:%d-%m-%Y} ({_days(found.days_to_deadline)})."
    )
    console().print(f"{found.questions} vragen: {found.open} open, {found.look_again} opnieuw te bekijken.")
    table(
        "Per eigenaar",
        ["Eigenaar", "Vragen", "Open", "Opnieuw bekijken"],
        [(row["eigenaar"] or "(geen)", row["vragen"], row["open"], row["opnieuw_bekijken"]) for row in found.rows],
    )
    if found.versions and found.later_reviews:
        console().print(
            f"Na het bevriezen zijn {found.later_reviews} wijzigingen gedaan; neem ze op met `ensia cycle revise {year}`.",
            markup=False,
        )


def freeze(installation: Installation, year: int, organisation: str | None, by: str, reason: str | None) -> None:
    """Freeze the cycle, or with a `reason` make a new version of what was frozen."""
    from reports.review import drafts
    from warehouse import cycle

    with writing(installation) as (connection, published):
        for own in [published.organisation(organisation)] if organisation else list(published.organisations()):
            if reason is None:
                frozen = cycle.freeze(connection, own, year, by=by, drafts=drafts)
            else:
                frozen = cycle.revise(connection, own, year, by=by, reason=reason, drafts=drafts)
            console().print(f"{own}: {frozen.sentence()}", markup=False)


def compare_cycles(
    installation: Installation, first: int, second: int, organisation: str | None, lang: str, as_json: bool
) -> None:
    """Print the answers and statuses that differ between two years."""
    from warehouse.cycle import compare
    from warehouse.read import Published

    with Published(installation.state) as published:
        found = compare(published, published.organisation(organisation), first, second)
    if as_json:
        print_json(found)
        return
    for title, rows in (("Antwoorden", found["antwoorden"]), ("Statussen", found["statussen"])):
        table(
            f"{title} die verschillen: {len(rows)}",
            ["Waar", "Nummer", "Titel", str(first), str(second)],
            [
                (row["waar"], row["nummer"], row["titel"], word(row["was"], lang) or "–", word(row["is"], lang) or "–")
                for row in rows
            ],
        )


def verify_cycle(
    installation: Installation, year: int, version: int | None, organisation: str | None, public_key: str | None
) -> None:
    """Prove that a frozen version is what was frozen. Raises IntegrityError."""
    from warehouse.cycle import verify
    from warehouse.read import Published

    with Published(installation.state) as published:
        own = published.organisation(organisation)
        kept = published.rows(
            'SELECT max(version) AS newest FROM account.freeze WHERE organisation_id = ? AND "year" = ?', [own, year]
        )
        chosen = version or kept[0]["newest"] or 1
        row = verify(published, own, year, chosen, public_key=public_key)
    signed = "de handtekening klopt" if row["signature"] else "niet ondertekend, de hash klopt"
    console().print(f"Cyclus {year} versie {chosen} van {own} is ongewijzigd; {signed}.", markup=False)


def send_digest(installation: Installation, organisation: str | None, dry_run: bool) -> int:
    """Send the digest now, or with `dry_run` print it; returns the exit code."""
    from flows.notify import send_digests, settings_of
    from models.errors import ConfigurationError
    from reports.digest import messages
    from warehouse.read import Published

    members = [m for m in installation.members if organisation in (None, m.organisation.id) and m.digest is not None]
    if not members:
        raise ConfigurationError(
            "er is geen digest ingesteld", place=str(installation.file), advice="voeg ‘digest’ toe; zie docs/configuration.md"
        )  # fmt: skip
    if dry_run:
        with Published(installation.state) as published:
            for member in members:
                assert member.digest is not None
                settings = settings_of(member.digest, member.folder)
                for message in messages(
                    published, member.organisation.id, settings.recipients, settings.within, member.digest.lang
                ):
                    console().print(
                        f"Aan: {message.recipient.name}\n{message.subject}\n\n{message.text}\n", markup=False
                    )
        return 0
    failed: list[str] = []
    with writing(installation) as (connection, _):
        for member in members:
            assert member.digest is not None
            delivery = send_digests(
                connection, member.organisation.id, settings_of(member.digest, member.folder), lang=member.digest.lang
            )
            for name in delivery.sent:
                console().print(f"Verstuurd: {name}", markup=False)
            for name in delivery.unchanged:
                console().print(f"Geen nieuws: {name}", markup=False)
            failed += delivery.failed
    for line in failed:
        console(error=True).print(f"Niet verstuurd: {line}", style="red", markup=False)
    return 1 if failed else 0


def verify_dossier(file: Path, public_key: Path | None) -> int:
    """Prove that a dossier is complete and unchanged; returns the exit code."""
    from reports.dossier import seal, verify

    problems = list(verify(file, public_key=public_key))
    if not problems:
        number, digest, key = seal(file)
        signed = (
            f"ondertekend met sleutel {key}"
            if key
            else "niet ondertekend: vergelijk het manifest met dat van de afzender"
        )
        console().print(f"{file.name}: volledig en ongewijzigd, {number} bestanden.", style="green", markup=False)
        console().print(f"Manifest (SHA-256) {digest}; {signed}.", soft_wrap=True, markup=False)
        return 0
    for problem in problems:
        console(error=True).print(f"{file.name}: {problem}", style="red", markup=False)
    return 1


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _days(number: int) -> str:
    if number < 0:
        return f"{-number} dagen geleden"
    return "vandaag" if number == 0 else f"nog {number} dag{'' if number == 1 else 'en'}"
