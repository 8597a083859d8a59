"""`ensia status` and `ensia quarantine`: how it stands, in tables for people and JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from cli.common import console, headings, organisations_for, percent, print_json, refused_in_words, table
from models.aspect import ASPECTS
from models.language import Language, pick_column
from models.message import Say
from models.record import Locator
from models.wording import number, word
from warehouse.reading.read import STATUSES, Published
from warehouse.reading.shapes import (
    FinishedRun,
    OwnThreshold,
    PresentControl,
    PresentIndicator,
    PresentNorm,
    PresentPrinciple,
    PresentRemark,
    PresentSource,
    PresentUnknownWord,
)
from warehouse.storage.database import State, local_time


def show_status(
    state: State, organisation: str | None, lang: Language, as_json: bool, principle: str | None, control: str | None
) -> None:
    """Print principles, controls by theme and sources; or the detail of one principle or control."""
    say = Say(lang)
    with Published(state, language=lang) as published:
        names = published.organisations()
        organisations = organisations_for(published, organisation)
        if as_json:
            print_json([_collect(published, name, names[name]) for name in organisations])
            return
        for name in organisations:
            if principle:
                _show_indicators(published, name, principle, say)
            elif control:
                _show_measures(published, name, control, say)
            else:
                _show(published, name, names[name], say)


def _collect(published: Published, organisation: str, name: str) -> dict[str, Any]:
    """What programs are given: every text in both languages."""
    return {
        "organisation": organisation,
        "name": name,
        "run": published.last_run(),
        "principles": published.principles(organisation),
        "indicators": published.indicators(organisation),
        "controls": published.controls(organisation),
        "control_counts": published.control_counts(organisation),
        "sources": published.sources(organisation),
        "refused": asdict(published.refused(organisation)),
        "remarks": [asdict(remark) for remark in published.select(PresentRemark, organisation)],
        "unknown_words": [asdict(word) for word in published.select(PresentUnknownWord, organisation)],
        "overrides": published.overrides(),
    }


def _show(published: Published, organisation: str, name: str, say: Say) -> None:
    from rich.text import Text

    run = published.select(FinishedRun)[-1]
    finished = local_time(run.finished_at) if run.finished_at else None
    head = say("status.head", as_of=run.as_of, run=run.run_no, made=finished)
    console().print(Text.assemble("\n", (name, "bold"), head))
    table(
        say("status.principles"),
        ["", *headings(say, "status", "principle", "status", "score", "coverage", "indicators", "controls")],
        [
            (
                principle.principle_id,
                principle.title,
                (principle.status, word(principle.status, say.language)),
                percent(principle.score),
                percent(principle.coverage),
                say("status.of", known=principle.indicators_known, all=principle.indicators),
                say("status.of", known=principle.controls_known, all=principle.controls),
            )
            for principle in published.select(PresentPrinciple, organisation)
        ],
        coloured=[2],
    )
    _show_controls(published.select(PresentControl, organisation), say)
    _show_thresholds(published.select(OwnThreshold), say)
    _show_sources(published, organisation, say)


def _show_controls(controls: Sequence[PresentControl], say: Say) -> None:
    """The number of controls by theme and status."""
    by_theme: dict[str, Counter[str]] = {}
    for control in controls:
        by_theme.setdefault(control.theme or "", Counter())[control.status] += 1
    totals = Counter(control.status for control in controls)
    lines = [
        (word(theme, say.language), *(counts[status] or "" for status in STATUSES), counts.total())
        for theme, counts in by_theme.items()
    ]
    total = (say("status.together"), *(totals[status] or "" for status in STATUSES), len(controls))
    table(
        say("status.controls_bio"),
        [say("status.theme"), *(word(status, say.language) for status in STATUSES), say("status.total")],
        [*lines, total],
    )


def _show_sources(published: Published, organisation: str, say: Say) -> None:
    """How many sources were read, and what they did not deliver: rows, reasons and whole deliveries apart."""
    out, sources = console(), published.select(PresentSource, organisation)
    if not sources:
        out.print(say("status.no_sources"), markup=False)
        return
    troubled = [source for source in sources if source.status != "ok"]
    out.print(say("status.sources", all=len(sources), troubled=len(troubled)), markup=False)
    out.print(refused_in_words(published.refused(organisation), say), markup=False)
    for source in troubled:
        out.print(f"  {source.source_id}: {source.reason}", style="dark_orange", markup=False)
    for remark in published.select(PresentRemark, organisation):
        out.print(f"  · {remark.source_id}: {remark}", style="bright_black", markup=False, soft_wrap=True)


def _show_indicators(published: Published, organisation: str, principle: str, say: Say) -> None:
    lang = say.language
    table(
        say("status.indicators", principle=principle),
        ["", *headings(say, "status", "indicator", "colour", "value", "unit", "green", "amber", "key")],
        [
            (
                indicator.indicator_id,
                indicator.name,
                (indicator.colour, word(indicator.colour, lang)),
                number(indicator.value, lang),
                indicator.unit,
                _threshold(indicator, indicator.green, lang),
                _threshold(indicator, indicator.amber, lang),
                say("shell.yes") if indicator.is_key else "",
            )
            for indicator in published.select(PresentIndicator, organisation, principle_id=principle)
        ],
        coloured=[2],
    )
    _show_thresholds(published.select(OwnThreshold, norm_id=principle), say)


def _threshold(indicator: PresentIndicator, value: float | None, lang: Language) -> str:
    sign = "≥" if indicator.better == "higher" else "≤"
    return f"{sign} {number(value, lang)}"


def _show_thresholds(thresholds: Sequence[OwnThreshold], say: Say) -> None:
    """The thresholds that are the organisation's own, each with its reason."""
    for threshold in thresholds:
        console().print(
            say(
                "status.override",
                test=threshold.test_id,
                criterion=threshold.criterion,
                reason=threshold.override_reason,
            ),
            markup=False,
        )


def _show_measures(published: Published, organisation: str, control: str, say: Say) -> None:
    lang, norm = say.language, published.norm(control)
    norms = [
        item for item in published.select(PresentNorm, organisation) if norm["norm_id"] in (item.norm_id, item.parent)
    ]
    table(
        f"{norm['norm_id']} {pick_column(norm, 'title', lang)}",
        [
            *headings(say, "status", "norm", "title", "status"),
            *(word(aspect, lang) for aspect in ASPECTS),
            *headings(say, "status", "basis", "expires"),
        ],
        [
            (
                item.norm_id,
                item.title,
                (item.status, word(item.status, lang)),
                *((item.aspect(aspect), word(item.aspect(aspect), lang)) for aspect in ASPECTS),
                word(item.basis, lang),
                item.expires_on,
            )
            for item in norms
        ],
        coloured=[2, 3, 4, 5],
    )
    _show_thresholds(published.select(OwnThreshold, norm_id=[item.norm_id for item in norms]), say)


def show_quarantine(state: State, organisation: str | None, lang: Language, as_json: bool) -> None:
    """Print why rows were kept out, with place, value and what was expected: a line for each reason."""
    say = Say(lang)
    with Published(state, language=lang) as published:
        organisation_id = published.organisation(organisation) if organisation else None
        reasons = published.quarantine(organisation_id)
        sources = published.sources(organisation_id)
        refused = published.refused(organisation_id)
    if as_json:
        print_json(reasons)
        return
    if not sources:
        console().print(say("status.no_sources"), markup=False)
        return
    table(
        refused_in_words(refused, say),
        headings(say, "status", "source", "where", "column", "stands", "expected"),
        [(row["bron"], _place_of_row(row, say), row["kolom"], row["waarde"], row["verwacht"]) for row in reasons],
    )


def _place_of_row(row: dict[str, Any], say: Say) -> str:
    """The file or address of a row, with its sheet and row."""
    return Locator(row["bestand"], row["blad"], row["rij"], row["adres"]).text.in_language(say.language)
