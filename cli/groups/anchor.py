"""`ensia anchor`: fix what was sealed outside this system. The work is done in `warehouse/storage/anchors.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.common import Config, Lang, console, state_at
from models.language import Language
from models.message import Say

app = typer.Typer(no_args_is_help=True, help="help.group_anchor")
Number = Annotated[int | None, typer.Option("--number", help="help.option_anchor_number")]


@app.command("make", help="help.command_anchor_make")
def make(config: Config = Path("ensia.yaml"), lang: Lang = Language.NL) -> None:
    """Anchor the seals that no anchor covers yet, and write the request for a time stamp of the newest anchor."""
    from flows.orchestration import only_run
    from warehouse.storage.anchors import anchor_numbered, make_anchor, request_of
    from warehouse.storage.database import open_published
    from warehouse.storage.landing import Landing
    from warehouse.storage.seal import seals

    state, say = state_at(config), Say(lang)
    landing = Landing(state.landing)
    with only_run(state), open_published(state) as connection:
        make_anchor(landing, seals(connection))
        anchor = anchor_numbered(landing, None)
        request = request_of(landing, anchor)
    about = {"number": anchor.number, "first": anchor.first, "last": anchor.last, "root": anchor.root}
    console().print(say("anchor.made", **about, request=request), markup=False, soft_wrap=True)


@app.command("import", help="help.command_anchor_import")
def import_(
    answer: Annotated[Path, typer.Argument(help="help.value_anchor_answer")],
    authority: Annotated[Path, typer.Option("--ca", help="help.option_anchor_ca")],
    config: Config = Path("ensia.yaml"),
    lang: Lang = Language.NL,
) -> None:
    """Keep the answer of a time-stamping authority. Raises AnchorError."""
    from flows.orchestration import only_run
    from warehouse.storage.anchors import take_answer
    from warehouse.storage.landing import Landing

    state = state_at(config)
    with only_run(state):
        anchor = take_answer(Landing(state.landing), answer, authority)
    console().print(Say(lang)("anchor.taken", number=anchor.number, last=anchor.last), markup=False)


@app.command("page", help="help.command_anchor_page")
def page(config: Config = Path("ensia.yaml"), number: Number = None, lang: Lang = Language.NL) -> None:
    """Print the page of an anchor, to be printed and initialled."""
    from warehouse.storage.anchors import anchor_numbered
    from warehouse.storage.landing import Landing

    anchor = anchor_numbered(Landing(state_at(config).landing), number)
    groups = " ".join(anchor.root[start : start + 8] for start in range(0, len(anchor.root), 8))
    typer.echo(
        Say(lang)(
            "anchor.page",
            number=anchor.number,
            first=anchor.first,
            last=anchor.last,
            made_at=anchor.made_at,
            root=groups,
        )
    )
