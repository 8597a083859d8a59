"""`ensia purge`: throw away what has had its term. The work is done in `warehouse/storage/retention.py`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.common import Config, Lang, Reason, console, installation_at, writing
from models.language import Language
from models.message import Message, Say, message

if TYPE_CHECKING:
    from warehouse.storage.terms import DueObject, DueRows

app = typer.Typer()


@app.command(help="help.command_purge")
def purge(
    by: Annotated[str, typer.Option("--by", help="help.option_by")],
    reason: Reason,
    config: Config = Path("ensia.yaml"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="help.option_dry_run")] = False,
    lang: Lang = Language.NL,
) -> None:
    """`by` and `reason` are kept with the act."""
    from flows.orchestration import only_run
    from warehouse.storage.database import today, transaction
    from warehouse.storage.file_note import note_bytes
    from warehouse.storage.landing import Landing
    from warehouse.storage.terms import Terms, due_objects, due_rows, purge_object, purge_rows, rewrite

    installation = installation_at(config)
    retention, state, landing = (
        installation.configuration.retention,
        installation.state,
        Landing(installation.state.landing),
    )
    terms = Terms(retention.landing_years, retention.kinds, frozenset(retention.hold))
    with writing(installation) as (connection, _):
        objects = due_objects(connection, landing, terms, today())
        rows = due_rows(connection, terms, today())
        if not dry_run:
            with transaction(connection):
                for of_kind in rows:
                    purge_rows(connection, terms, of_kind)
                for original in objects:
                    purge_object(connection, landing, original)
    if rows and not dry_run:
        with only_run(state):
            rewrite(state.warehouse)
            note_bytes(state.warehouse, state.warehouse_note)
    _tell_purged(objects, rows, Say(lang), dry_run=dry_run)


def _tell_purged(objects: list[DueObject], rows: list[DueRows], say: Say, *, dry_run: bool) -> None:
    sentences = [*_of_objects(objects), *(of_kind.sentence() for of_kind in rows)]
    if not sentences:
        console().print(say("purge.nothing"))
        return
    console().print(say("purge.would" if dry_run else "purge.done"))
    for sentence in sentences:
        console().print(f"  {sentence.in_language(say.language)}", markup=False, soft_wrap=True)


def _of_objects(objects: list[DueObject]) -> list[Message]:
    """The originals per organisation and last day, in words."""
    groups: dict[tuple[str, object], list[int]] = {}
    for due in objects:
        groups.setdefault((due.organisation_id, due.until), []).append(due.bytes)
    return [
        message("purge.objects", organisation=organisation, number=len(sizes), bytes=sum(sizes), until=until)
        for (organisation, until), sizes in groups.items()
    ]
