"""`ensia status` and `ensia quarantine`: how it stands, in tables for people and JSON for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from cli.common import console, percent, print_json, refused_in_words, table
from models.catalogue import ASPECTS
from models.language import Language, pick_column
from models.message import Say
from models.record import Locator
from models.wording import number, word
from warehouse.database import State, local_time
from warehouse.read import Published
from warehouse.shapes import PresentRemark


def show_status(
    state: State, organisation: str | None, lang: Language, as_json: bool, principle: str | None, control: str | None
) -> None:
    """Print principles, controls by theme and sources; or the detail of one principle or control."""
    with Published(state) as published:
        names = published.organisations()
        chosen = [published.organisation(organisation)] if organisation or len(names) == 1 else list(names)
        content = [_collect(published, name, names[name]) for name in chosen]
        say = Say(lang)
        if as_json:
            print_json([_as_json(part) for part in content])
            return
        for part in content:
            if principle:
                _show_indicators(part, principle, say)
            elif control:
                _show_measures(published, part, control, say)
            else:
                _show(part, say)


def _collect(published: Published, organisation: str, name: str) -> dict[str, Any]:
    return {
        "organisation": organisation,
        "name": name,
        "run": published.last_run(),
        "principles": published.principles(organisation),
        "indicators": published.indicators(organisation),
        "controls": published.controls(organisation),
        "control_counts": published.control_counts(organisation),
        "sources": published.sources(organisation),
        "refused": published.refused(organisation),
        "remarks": published.select(PresentRemark, organisation),
        "overrides": published.overrides(),
    }


def _as_json(part: dict[str, Any]) -> dict[str, Any]:
    """What was collected, with every row as an object."""
    remarks = [asdict(remark) for remark in part["remarks"]]
    return {**part, "refused": asdict(part["refused"]), "remarks": remarks}


def _show(part: dict[str, Any], say: Say) -> None:
    from rich.text import Text

    run, out, lang = part["run"], console(), say.language
    made = local_time(run["finished_at"])
    head = say("status.head", as_of=run["as_of"], run=run["run_no"], made=made)
    out.print(Text.assemble("\n", (part["name"], "bold"), head))
    table(
        say("status.principles"),
        ["", *_headings(say, "principle", "status", "score", "coverage", "indicators", "controls")],
        [
            (
                row["principle_id"],
                pick_column(row, "title", lang),
                (row["status"], word(row["status"], lang)),
                percent(row["score"]),
                percent(row["coverage"]),
                say("status.of", known=row["indicators_known"], all=row["indicators"]),
                say("status.of", known=row["controls_known"], all=row["controls"]),
            )
            for row in part["principles"]
        ],
        coloured=[2],
    )
    themes: dict[str, dict[str, int]] = {}
    for row in part["controls"]:
        counts = themes.setdefault(row["theme"], {})
        counts[row["status"]] = counts.get(row["status"], 0) + 1
    statuses = list(part["control_counts"])
    lines = [
        (word(theme, lang), *(counts.get(status, 0) or "" for status in statuses), sum(counts.values()))
        for theme, counts in themes.items()
    ]
    totals = (part["control_counts"][status] or "" for status in statuses)
    table(
        say("status.controls_bio"),
        [say("status.theme"), *(word(status, lang) for status in statuses), say("status.total")],
        [*lines, (say("status.together"), *totals, len(part["controls"]))],
    )
    _show_overrides(part["overrides"], say)
    _show_sources(part, say)


def _show_sources(part: dict[str, Any], say: Say) -> None:
    """How many sources were read, and what they did not deliver: rows, reasons and whole deliveries apart."""
    out, refused = console(), part["refused"]
    troubled = [row for row in part["sources"] if row["uitkomst"] != "ok"]
    if not part["sources"]:
        out.print(say("status.no_sources"), markup=False)
        return
    out.print(say("status.sources", all=len(part["sources"]), troubled=len(troubled)), markup=False)
    out.print(refused_in_words(refused, say), markup=False)
    for row in troubled:
        out.print(f"  {row['bron']}: {row['reden']}", style="dark_orange", markup=False)
    for remark in part["remarks"]:
        out.print(f"  · {remark.source_id}: {remark}", style="bright_black", markup=False, soft_wrap=True)


def _headings(say: Say, *names: str) -> list[str]:
    return [say(f"status.column_{name}") for name in names]


def _show_indicators(part: dict[str, Any], principle: str, say: Say) -> None:
    lang = say.language
    table(
        say("status.indicators", principle=principle),
        ["", *_headings(say, "indicator", "colour", "value", "unit", "green", "amber", "key")],
        [
            (
                row["indicator_id"],
                pick_column(row, "name", lang),
                (row["colour"], word(row["colour"], lang)),
                number(row["value"], lang),
                row["unit"],
                ("≥ " if row["better"] == "higher" else "≤ ") + number(row["green"], lang),
                ("≥ " if row["better"] == "higher" else "≤ ") + number(row["amber"], lang),
                say("shell.yes") if row["is_key"] else "",
            )
            for row in part["indicators"]
            if row["principle_id"] == principle
        ],
        coloured=[2],
    )
    _show_overrides([row for row in part["overrides"] if row["norm_id"] == principle], say)


def _show_overrides(overrides: list[dict[str, Any]], say: Say) -> None:
    """The thresholds that are the organisation's own, each with its reason."""
    for row in overrides:
        criterion = pick_column(row, "criterion", say.language)
        console().print(
            say("status.override", test=row["test_id"], criterion=criterion, reason=row["override_reason"]),
            markup=False,
        )


def _show_measures(published: Published, part: dict[str, Any], control: str, say: Say) -> None:
    lang, norm = say.language, published.norm(control)
    measures = published.measures(part["organisation"], norm["norm_id"])
    table(
        f"{norm['norm_id']} {pick_column(norm, 'title', lang)}",
        [
            *_headings(say, "norm", "title", "status"),
            *(word(aspect, lang) for aspect in ASPECTS),
            *_headings(say, "basis", "expires"),
        ],
        [
            (
                row["norm_id"],
                pick_column(row, "title", lang),
                (row["status"], word(row["status"], lang)),
                *((row[aspect], word(row[aspect], lang)) for aspect in ASPECTS),
                word(row["basis"], lang),
                row["expires_on"],
            )
            for row in measures
        ],
        coloured=[2, 3, 4, 5],
    )
    shown = {row["norm_id"] for row in measures}
    _show_overrides([row for row in part["overrides"] if row["norm_id"] in shown], say)


def show_quarantine(state: State, organisation: str | None, lang: Language, as_json: bool) -> None:
    """Print why rows were kept out, with place, value and what was expected: a line for each reason."""
    say = Say(lang)
    with Published(state) as published:
        chosen = published.organisation(organisation) if organisation else None
        reasons = published.quarantine(chosen)
        sources = published.sources(chosen)
        refused = published.refused(chosen)
    if as_json:
        print_json(reasons)
        return
    if not sources:
        console().print(say("status.no_sources"), markup=False)
        return
    table(
        refused_in_words(refused, say),
        _headings(say, "source", "where", "column", "stands", "expected"),
        [(row["bron"], _where(row, say), row["kolom"], row["waarde"], row["verwacht"]) for row in reasons],
    )


def _where(row: dict[str, Any], say: Say) -> str:
    """The file or address of a row, with its sheet and row."""
    return Locator(row["bestand"], row["blad"], row["rij"], row["adres"]).text.in_language(say.language)
