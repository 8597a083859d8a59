"""`ensia doctor`, `backup` and `restore`: how the installation is, and what is kept of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cli.check import setting_problems
from cli.common import console, print_json
from cli.sources import reach
from flows import safekeeping
from flows.health import Finding, Level, findings, looked_at
from flows.installation import Installation
from models.language import Language
from models.message import Say, in_language, message
from warehouse.storage.backup import in_words
from warehouse.storage.database import utc_now

_MARKS = {Level.FINE: "✓", Level.ATTENTION: "!", Level.WRONG: "✗"}
_COLOURS = {Level.FINE: "green", Level.ATTENTION: "dark_orange", Level.WRONG: "red"}
_CODES = {Level.FINE: 0, Level.ATTENTION: 3, Level.WRONG: 1}
_GRAVEST_LAST = [Level.FINE, Level.ATTENTION, Level.WRONG]


def show_health(installation: Installation, lang: Language, as_json: bool, *, outside: bool) -> int:
    """Print each finding with what to do; returns 0, 3 when something asks attention, or 1 when something is wrong.
    `outside`: also whether sources can be reached."""
    all_findings: list[Finding] = []
    for finding in _all_findings(installation, outside=outside):
        all_findings.append(finding)
        if not as_json:
            _show_finding(finding, lang)
    if as_json:
        print_json([_row_of_finding(finding, lang) for finding in all_findings])
    gravest = max((finding.level for finding in all_findings), key=_GRAVEST_LAST.index)
    if not as_json:
        console().print(Say(lang)(f"doctor.all_{gravest}"), style=_COLOURS[gravest], markup=False)
    return _CODES[gravest]


def _all_findings(installation: Installation, *, outside: bool) -> Iterator[Finding]:
    problems = list(setting_problems(installation))
    for problem in problems:
        yield Finding("settings", Level.WRONG, problem.text)
    if not problems:
        yield Finding("settings", Level.FINE, message("doctor.settings", file=str(installation.file)))
    yield from findings(installation, utc_now())
    if outside:
        yield from _reached(installation)


def _reached(installation: Installation) -> Iterator[Finding]:
    """Whether each source can be reached, one after another."""
    for member, source in installation.sources():
        name = f"{member.organisation.id}/{source.id}"

        def look(name: str = name) -> Iterator[Finding]:
            payload = reach(installation, name)
            yield Finding("reach", Level.FINE, message("sources.reached", name=name, payload=payload.name))

        for finding in looked_at("reach", look, installation.state):
            what = finding.what
            if finding.level is not Level.FINE:
                what = message("settings.problem", place=name, problem=what)
            yield Finding(finding.about, finding.level, what, finding.advice)


def _show_finding(finding: Finding, lang: Language) -> None:
    say, out = Say(lang), console()
    about, what = say(f"doctor.{finding.about}_title"), in_language(finding.what, lang)
    out.print(f"{_MARKS[finding.level]} {about}: {what}", style=_COLOURS[finding.level], markup=False, soft_wrap=True)
    if finding.advice:
        out.print(f"    {say('shell.advice', advice=finding.advice)}", markup=False, soft_wrap=True)


def _row_of_finding(finding: Finding, lang: Language) -> dict[str, str]:
    return {
        "about": finding.about,
        "level": finding.level,
        "what": str(in_language(finding.what, lang)),
        "advice": str(in_language(finding.advice, lang)),
    }


def make_backup(installation: Installation, target: Path, lang: Language) -> int:
    """Make or renew a backup; returns 0, or 3 when bytes that the warehouse names are nowhere."""
    backup = safekeeping.back_up(installation, target)
    say, out = Say(lang), console()
    out.print(
        say("backup.made", folder=target, run=backup.run_no, objects=backup.objects), markup=False, soft_wrap=True
    )
    if backup.of_published:
        out.print(say("nightly.remark", line=message("backup.of_published")), markup=False, soft_wrap=True)
    if backup.missing:
        missing = message("backup.missing", number=backup.missing)
        out.print(say("nightly.remark", line=missing), style="dark_orange", markup=False, soft_wrap=True)
    return 3 if backup.missing else 0


def put_back(installation: Installation, folder: Path | None, lang: Language) -> int:
    """Put a backup back; returns 0, or 3 when bytes that the warehouse names are nowhere."""
    restored = safekeeping.restore(installation, folder)
    for line in in_words(restored):
        console().print(in_language(line, lang), markup=False, soft_wrap=True)
    return 3 if restored.missing else 0
