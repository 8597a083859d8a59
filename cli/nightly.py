"""`ensia nightly` and `ensia demo`: run the flow with progress on the terminal, and say how it ended."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from cli.common import COLOURS, console
from flows.installation import Installation, load_installation
from flows.progress import Progress
from models.wording import counted
from warehouse.read import Published

DEMO_DAY_FILE = "peildatum.txt"


class ShownProgress(Progress):
    """Shows each step with its duration, and each source with what came of it."""

    def __init__(self) -> None:
        super().__init__()
        self._console = console(error=True)

    def begin(self, name: str) -> None:
        self._console.print(f"[bold]▸ {name}[/bold]")

    def end(self, name: str, seconds: float) -> None:
        self._console.print(f"  [bright_black]{name}: {seconds:.1f} s[/bright_black]")

    def source(self, name: str, status: str, detail: str) -> None:
        mark = {"ok": "✓", "degraded": "!", "failed": "✗"}[status]
        self._console.print(f"  {mark} {name}: {detail}", style=COLOURS[status], markup=False)


def run(installation: Installation, as_of: date | None, *, full: bool, quiet: bool) -> int:
    """Run the nightly flow; returns 0, or 3 when a source did not deliver."""
    from flows.nightly import run_nightly

    progress = Progress() if quiet else ShownProgress()
    outcome = run_nightly(installation, as_of=as_of, full=full, progress=progress)
    if not list(installation.sources()):
        console(error=True).print(
            "Er is geen enkele bron ingesteld: er is niets gelezen. Stel bronnen in in ensia.yaml.", style="dark_orange"
        )
    if not quiet:
        totals, out = outcome.totals, console(error=True)
        out.print(
            f"Run {outcome.run.run_no}: {totals.stored} nieuwe of gewijzigde bewijsregels, {totals.unchanged} ongewijzigd, "
            f"{totals.retired} vervallen, {totals.rejected} afgekeurd."
        )
        if outcome.assessment:
            changed = outcome.assessment.changed
            out.print(
                f"Beoordeeld: {outcome.assessment.pairs_computed} van {outcome.assessment.pairs_total} toetsen berekend; "
                f"gewijzigd: {changed['measure_status']} normen, {changed['control_status']} beheersmaatregelen, "
                f"{changed['principle_status']} principes."
            )
    _tell_unknown_norms(installation)
    for line in outcome.degraded:
        console(error=True).print(f"Uitgevallen: {line}", style="dark_orange", markup=False)
    for file in outcome.exports:
        console(error=True).print(f"Gemaakt: {file}", soft_wrap=True, markup=False)
    return 0 if not outcome.degraded else 3


def _tell_unknown_norms(installation: Installation) -> None:
    """Say how many rows name a norm that there is not: they are kept, and count nowhere."""
    with Published(installation.state) as published:
        number = len(published.rows("FROM main.onbekende_normnummers"))
    if number:
        console(error=True).print(
            f"{counted(number, 'regel noemt', 'regels noemen')} een norm die niet wordt beoordeeld, en "
            f'{"telt" if number == 1 else "tellen"} niet mee: ensia sql "FROM onbekende_normnummers"',
            style="dark_orange",
            markup=False,
            soft_wrap=True,
        )


def serve_nightly(installation: Installation) -> None:
    """Keep running and start the nightly run at its time, until Ctrl-C or SIGTERM."""
    from flows.serve import serve

    console(error=True).print(
        f"Elke nacht om {installation.configuration.schedule.at} (Nederlandse tijd) begint de run. Stoppen: Ctrl-C.",
        markup=False,
    )
    serve(installation)


def run_demo(folder: Path) -> int:
    """Run the example municipality as of its own day, show the status tables and where everything is."""
    from cli.status import show_status

    installation = load_installation(folder)
    code = run(installation, demo_day(folder), full=False, quiet=False)
    show_status(installation.state, None, "nl", False, None, None)
    out = console()
    for name, path in (
        ("Gepubliceerd bestand (SQL)", installation.state.published),
        ("Uitvoer", installation.state.exports),
    ):
        out.print(f"{name}: {path}", soft_wrap=True)
    out.print(
        f"Verder kijken: ensia explain 8.13 -c {folder} · ensia quarantine -c {folder} · ensia sql --views -c {folder}"
    )
    return code


def demo_day(folder: Path) -> date | None:
    """The as-of day for which the example was made, from its `peildatum.txt`."""
    file = folder / DEMO_DAY_FILE
    return date.fromisoformat(file.read_text("utf-8").strip()) if file.exists() else None
