"""`ensia status` and `ensia quarantine`: how it stands, in tables for people and JSON for programs."""

from __future__ import annotations

from typing import Any

from cli.common import console, percent, print_json, table
from models.wording import number, word
from warehouse.database import State, local_time
from warehouse.read import Published


def show_status(
    state: State, organisation: str | None, lang: str, as_json: bool, principle: str | None, control: str | None
) -> None:
    """Print principles, controls by theme and sources; or the detail of one principle or control."""
    with Published(state) as published:
        names = published.organisations()
        chosen = [published.organisation(organisation)] if organisation or len(names) == 1 else list(names)
        content = [_collect(published, name, names[name]) for name in chosen]
        if as_json:
            print_json(content)
            return
        for part in content:
            if principle:
                _show_indicators(part, principle, lang)
            elif control:
                _show_measures(published, part, control, lang)
            else:
                _show(part, lang)


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
        "overrides": published.overrides(),
    }


def _show(part: dict[str, Any], lang: str) -> None:
    run, out = part["run"], console()
    made = local_time(run["finished_at"]).strftime("%d-%m-%Y %H:%M")
    out.print(f"\n[bold]{part['name']}[/bold] · peildatum {run['as_of']:%d-%m-%Y} · run {run['run_no']} van {made}")
    table(
        "Principes",
        ["", "Principe", "Status", "Score", "Dekking", "Indicatoren", "Beheersmaatregelen"],
        [
            (
                row["principle_id"],
                row["title_en"] if lang == "en" else row["title_nl"],
                (row["status"], word(row["status"], lang)),
                percent(row["score"]),
                percent(row["coverage"]),
                f"{row['indicators_known']} van {row['indicators']}",
                f"{row['controls_known']} van {row['controls']}",
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
    total = ("samen", *(part["control_counts"][status] or "" for status in statuses), len(part["controls"]))
    table(
        "Beheersmaatregelen (BIO2)", ["Thema", *(word(status, lang) for status in statuses), "totaal"], [*lines, total]
    )
    _show_overrides(part["overrides"], lang)
    troubled = [row for row in part["sources"] if row["uitkomst"] != "ok"]
    rejected = sum(row["afgekeurd"] for row in part["sources"])
    if part["sources"]:
        well = len(part["sources"]) - len(troubled)
        out.print(f"Bronnen: {well} van {len(part['sources'])} goed gelezen; daarvan {rejected} regels afgekeurd.")
    else:
        out.print("Bronnen: er is er geen ingesteld. Er is niets gelezen; wat hierboven staat is wat wij niet weten.")
    for row in troubled:
        out.print(f"  {row['bron']}: {row['reden']}", style="dark_orange", markup=False)


def _show_indicators(part: dict[str, Any], principle: str, lang: str) -> None:
    table(
        f"Indicatoren van principe {principle}",
        ["", "Indicator", "Kleur", "Waarde", "Eenheid", "Groen", "Oranje", "Sleutel"],
        [
            (
                row["indicator_id"],
                row["name_en"] if lang == "en" else row["name_nl"],
                (row["colour"], word(row["colour"], lang)),
                number(row["value"], lang),
                row["unit"],
                ("≥ " if row["better"] == "higher" else "≤ ") + number(row["green"], lang),
                ("≥ " if row["better"] == "higher" else "≤ ") + number(row["amber"], lang),
                "ja" if row["is_key"] else "",
            )
            for row in part["indicators"]
            if row["principle_id"] == principle
        ],
        coloured=[2],
    )
    _show_overrides([row for row in part["overrides"] if row["norm_id"] == principle], lang)


def _show_overrides(overrides: list[dict[str, Any]], lang: str) -> None:
    """The thresholds that are the organisation's own, each with its reason."""
    heading = "Own threshold" if lang == "en" else "Eigen drempel"
    for row in overrides:
        console().print(
            f"{heading} {row['test_id']} ({row['criterion_en' if lang == 'en' else 'criterion_nl']}): {row['override_reason']}",
            markup=False,
        )


def _show_measures(published: Published, part: dict[str, Any], control: str, lang: str) -> None:
    found = published.norm(control)
    measures = published.measures(part["organisation"], found["norm_id"])
    table(
        f"{found['norm_id']} {found['title_en'] if lang == 'en' else found['title_nl']}",
        ["Norm", "Titel", "Status", "Opzet", "Bestaan", "Werking", "Grondslag", "Verloopt op"],
        [
            (
                row["norm_id"],
                row["title_en"] if lang == "en" else row["title_nl"],
                (row["status"], word(row["status"], lang)),
                *((row[aspect], word(row[aspect], lang)) for aspect in ("design", "existence", "operation")),
                word(row["basis"], lang),
                row["expires_on"],
            )
            for row in measures
        ],
        coloured=[2, 3, 4, 5],
    )
    shown = {row["norm_id"] for row in measures}
    _show_overrides([row for row in part["overrides"] if row["norm_id"] in shown], lang)


def show_quarantine(state: State, organisation: str | None, as_json: bool) -> None:
    """Print the rows that were kept out, with place, value and what was expected."""
    with Published(state) as published:
        chosen = published.organisation(organisation) if organisation else None
        rows = published.quarantine(chosen)
        sources = published.sources(chosen)
    if as_json:
        print_json(rows)
        return
    if not sources:
        console().print("Er is geen enkele bron ingesteld: er is niets gelezen, en dus ook niets afgekeurd.")
        return
    table(
        f"Afgekeurde regels: {len(rows)}",
        ["Bron", "Waar", "Kolom", "Wat er staat", "Wat er verwacht werd"],
        [
            (
                row["bron"],
                ", ".join(
                    str(part)
                    for part in (
                        row["bestand"] or row["adres"],
                        row["blad"],
                        f"rij {row['rij']}" if row["rij"] else None,
                    )
                    if part
                ),
                row["kolom"],
                row["waarde"],
                row["verwacht"],
            )
            for row in rows
        ],
    )
    for row in sources:
        if row["uitkomst"] == "failed":
            console().print(
                f"Niet gelezen: {row['bron']}. Wat daar aan regels niet klopt, weten wij niet.", markup=False
            )
