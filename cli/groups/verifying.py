"""`ensia verify`: whether everything that is kept is what was kept. The work is done in `warehouse/year/verification.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.common import Config, Json, Lang, console, headings, print_json, state_at, table
from models.language import Language
from models.message import Say, in_language

if TYPE_CHECKING:
    from warehouse.year.verification import Finding, Verification

app = typer.Typer()


@app.command(help="help.command_verify")
def verify(
    config: Config = Path("ensia.yaml"),
    everything: Annotated[bool, typer.Option("--all", help="help.option_verify_all")] = False,
    public_key: Annotated[str | None, typer.Option("--public-key", help="help.option_public_key")] = None,
    authority: Annotated[Path | None, typer.Option("--ca", help="help.option_anchor_ca")] = None,
    roots: Annotated[list[str] | None, typer.Option("--root", help="help.option_anchor_root")] = None,
    lang: Lang = Language.NL,
    as_json: Json = False,
) -> None:
    """Exit code 0 when all is as it was, 1 when something is not."""
    from flows.orchestration import only_run
    from warehouse.storage.signing import read_public_key
    from warehouse.year.verification import verify

    state = state_at(config)
    key = read_public_key(public_key) if public_key else None
    with only_run(state):
        outcome = verify(state, everything=everything, public_key=key, authority=authority, roots=roots or [])
    if as_json:
        print_json(_outcome_as_json(outcome, lang))
    else:
        _show_outcome(outcome, Say(lang))
    raise typer.Exit(1 if outcome.faults else 0)


def _outcome_as_json(outcome: Verification, lang: Language) -> dict[str, object]:
    findings = [asdict(finding) | {"problem": in_language(finding.problem, lang)} for finding in outcome.findings]
    return {
        "findings": findings,
        "seals": len(outcome.seals),
        "signed": sorted(outcome.signed),
        "anchored": sorted(outcome.anchored),
        "first_run_covered": outcome.first_run_covered,
        "objects": outcome.objects,
        "rows": outcome.rows,
        "years": outcome.years,
        "statuses": outcome.statuses,
    }


def _show_outcome(outcome: Verification, say: Say) -> None:
    out = console()
    notes = [finding for finding in outcome.findings if finding.weight == "note"]
    for title, findings in (("verify.title", outcome.faults), ("verify.notes", notes)):
        if findings:
            table(
                say(title),
                headings(say, "verify", "part", "place", "problem"),
                [_finding_line(one, say) for one in findings],
            )
    out.print(
        say(
            "verify.counts",
            seals=len(outcome.seals),
            objects=outcome.objects,
            rows=outcome.rows,
            years=outcome.years,
            statuses=outcome.statuses,
        )
    )
    if outcome.first_run_covered is not None and outcome.first_run_covered > 1:
        out.print(say("verify.since", run=outcome.first_run_covered))
    numbers = {seal.seal_no for seal in outcome.seals}
    for key, part in (("verify.signed_seals", outcome.signed), ("verify.anchored_seals", outcome.anchored)):
        out.print(say(key, ranges=_ranges(part, say), others=_ranges(numbers - part, say)))
    _show_verdict(outcome, say)


def _show_verdict(outcome: Verification, say: Say) -> None:
    """Whether all is as it was, and what that is worth."""
    from warehouse.storage.signing import SIGNING_KEY

    out = console()
    numbers = {seal.seal_no for seal in outcome.seals}
    if outcome.faults:
        out.print(say("verify.faults", number=len(outcome.faults)), style="red")
        out.print(say("shell.advice", advice=say("verify.advice")))
    elif outcome.signed == numbers:
        out.print(say("verify.sound"), style="green")
    else:
        out.print(say("verify.sound_unsigned", variable=SIGNING_KEY), style="dark_orange", soft_wrap=True)


def _finding_line(finding: Finding, say: Say) -> tuple[str, str, str]:
    return say(f"verify.part_{finding.part}"), finding.place, in_language(finding.problem, say.language)


def _ranges(numbers: Iterable[int], say: Say) -> str:
    """Numbers in words: 1–4, 7."""
    parts: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if parts and parts[-1][1] == number - 1:
            parts[-1] = (parts[-1][0], number)
        else:
            parts.append((number, number))
    if not parts:
        return say("verify.none")
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in parts)
