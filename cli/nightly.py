"""`ensia nightly` and `ensia demo`: run the flow with progress on the terminal, and say how it ended."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from cli.check import show_another_year
from cli.common import COLOURS, console, refused_in_words
from flows.installation import Installation, load_installation
from flows.log import in_words
from flows.progress import Progress
from flows.steps import Outcome
from models.language import Language
from models.message import Say, Text, in_language
from warehouse.reading.read import Published

DEMO_DAY_FILE = "beoordeeld-per.txt"


class ShownProgress(Progress):
    """Shows each step with its duration, and each source with what came of it."""

    def __init__(self, lang: Language) -> None:
        super().__init__()
        self._console, self._lang = console(error=True), lang

    def begin(self, name: Text) -> None:
        self._console.print(f"▸ {in_language(name, self._lang)}", style="bold", markup=False)

    def end(self, name: Text, seconds: float) -> None:
        step = in_language(name, self._lang)
        self._console.print(f"  {step}: {seconds:.1f} s", style="bright_black", markup=False)

    def source(self, name: str, status: str, detail: Text) -> None:
        mark = {"ok": "✓", "degraded": "!", "failed": "✗"}[status]
        self._console.print(f"  {mark} {name}: {in_language(detail, self._lang)}", style=COLOURS[status], markup=False)

    def remark(self, name: str, remark: Text) -> None:
        self._console.print(
            f"    · {in_language(remark, self._lang)}", style="bright_black", markup=False, soft_wrap=True
        )


def run(
    installation: Installation, as_of: date | None, lang: Language, *, full: bool, quiet: bool, new: bool = False
) -> int:
    """Run the nightly flow; returns 0, or 3 when a source did not deliver. What comes after that changes no code."""
    from flows.nightly import run_nightly

    say, out = Say(lang), console(error=True)
    progress = Progress() if quiet else ShownProgress(lang)
    clock_is_right = as_of is not None
    outcome = run_nightly(
        installation, as_of=as_of, full=full, new=new, clock_is_right=clock_is_right, progress=progress
    )
    if not list(installation.sources()):
        out.print(say("nightly.no_sources"), style="dark_orange", markup=False, soft_wrap=True)
    try:
        if not quiet:
            _show_totals(installation, outcome, say)
        _tell_unknown_norms(installation, say)
    except Exception as error:  # the run is over: what is said about it does not change what it came to
        outcome.remarks.append(in_words(installation.state, error))
    show_another_year(installation, outcome.run.as_of, say)
    for line in outcome.stale:
        out.print(say("nightly.stale", line=line), style="dark_orange", markup=False, soft_wrap=True)
    for line in outcome.remarks:
        out.print(say("nightly.remark", line=line), soft_wrap=True, markup=False)
    for line in outcome.degraded:
        out.print(say("nightly.failing", line=line), style="dark_orange", markup=False)
    for file in outcome.exports:
        out.print(say("nightly.made", file=file), soft_wrap=True, markup=False)
    return 0 if not outcome.degraded else 3


def _show_totals(installation: Installation, outcome: Outcome, say: Say) -> None:
    """What the run stored, what it did not let in, and what it changed."""
    totals, out = outcome.totals, console(error=True)
    out.print(
        say(
            "nightly.stored",
            run=outcome.run.run_no,
            stored=totals.stored,
            unchanged=totals.unchanged,
            retired=totals.retired,
        )
    )
    with Published(installation.state) as published:
        out.print(refused_in_words(published.refused(), say))
    if outcome.assessment:
        changed = outcome.assessment.changed
        out.print(
            say(
                "nightly.assessed",
                computed=outcome.assessment.pairs_computed,
                all=outcome.assessment.pairs_total,
                norms=changed["measure_status"],
                controls=changed["control_status"],
                principles=changed["principle_status"],
            )
        )


def _tell_unknown_norms(installation: Installation, say: Say) -> None:
    """Say how many rows name a norm that there is not: they are kept, and count nowhere."""
    with Published(installation.state) as published:
        number = published.unknown_norm_numbers()
    if number:
        console(error=True).print(
            say("nightly.unknown_norms", number=number), style="dark_orange", markup=False, soft_wrap=True
        )


def serve_nightly(installation: Installation, lang: Language) -> None:
    """Keep running and start the nightly run at its time, until Ctrl-C or SIGTERM."""
    from flows.serve import serve

    at, say, out = installation.configuration.schedule.at, Say(lang), console(error=True)

    def tell(lines: list[Text]) -> None:
        for line in lines:
            out.print(say("nightly.remark", line=line), soft_wrap=True, markup=False)

    out.print(say("nightly.serving", at=at), markup=False)
    serve(installation, tell=tell)


def run_demo(folder: Path, lang: Language) -> int:
    """Run the example municipality as of its own day, show the status tables and where everything is."""
    from cli.status import show_status
    from flows.demo import hand_in_papers

    say, out = Say(lang), console()
    installation = load_installation(folder)
    hand_in_papers(installation, folder)
    code = run(installation, demo_day(folder), lang, full=False, quiet=False)
    show_status(installation.state, None, lang, False, None, None)
    out.print(say("nightly.published_file", path=installation.state.published), soft_wrap=True, markup=False)
    out.print(say("nightly.output", path=installation.state.exports), soft_wrap=True, markup=False)
    out.print(say("nightly.look_further", folder=folder), markup=False)
    return code


def demo_day(folder: Path) -> date | None:
    """The as-of day for which the example was made, from its `beoordeeld-per.txt`."""
    file = folder / DEMO_DAY_FILE
    return date.fromisoformat(file.read_text("utf-8").strip()) if file.exists() else None
