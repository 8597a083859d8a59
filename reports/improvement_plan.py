"""The improvement plan: every norm that does not comply, with what is planned about it, by whom and when; what is too late
comes first, and norms for which nothing is planned are listed as such. A norm with an accepted exception is not planned
for until that ends; it stands on a sheet of its own."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

from models.kind import vocabularies
from reports.provenance import provenance
from reports.workbook import Column, open_book
from warehouse.explain import place
from warehouse.read import Published, Row

NAME = "verbeterplan"
TITLE_NL = "Verbeterplan: wat nog niet voldoet, wie wat doet en wanneer"
TITLE_EN = "Improvement plan: what does not comply yet, who does what and when"

_COLUMNS = (
    ("Norm", "Norm", 10, "text"), ("Titel", "Title", 40, "wrap"), ("Status", "Status", 14, "status"),
    ("Verbetering", "Improvement", 46, "wrap"), ("Eigenaar", "Owner", 22, "wrap"), ("Klaar vóór", "Due before", 12, "date"),
    ("Voortgang", "Progress", 16, "text"), ("Dagen te laat", "Days late", 10, "number"), ("Budget", "Budget", 12, "money"),
    ("Vindplaats", "Place", 40, "wrap"),
)  # fmt: skip


def build(published: Published, organisation: str, target: Path, *, lang: str = "nl", **options: Any) -> list[Path]:
    """Write `verbeterplan.xlsx`: what is planned, soonest first, the norms for which nothing is planned, and the excepted."""
    origin, english = provenance(published, organisation), lang == "en"
    path = target / ("improvement-plan-en.xlsx" if english else "verbeterplan.xlsx")
    planned = _improvements(published, organisation)
    norms = published.rows(
        "SELECT n.*, m.status, m.excepted_until, m.exception_reason FROM assess.measure_status AS m "
        "JOIN catalogue.norm AS n USING (framework_id, norm_id) "
        "WHERE m.until_run_no IS NULL AND m.organisation_id = ? AND m.status NOT IN ('voldoet', 'niet_van_toepassing') "
        "ORDER BY CASE m.status WHEN 'voldoet_niet' THEN 1 WHEN 'geen_bewijs' THEN 2 ELSE 3 END, n.norm_order",
        [organisation],
    )
    rows, without = [], []
    excepted = [_excepted(norm, lang) for norm in norms if norm["excepted_until"]]
    for norm in norms:
        if norm["excepted_until"]:
            continue
        own = planned.get(norm["norm_id"]) or planned.get(norm["parent"] or "")
        rows += [_line(norm, item, origin.as_of, lang) for item in own or ()]
        if not own:
            without.append([norm["norm_id"], (norm["title_en"] if english else "") or norm["title_nl"], norm["status"]])
    rows.sort(key=lambda row: (row[5] or date.max, row[0]))
    late = sum(1 for row in rows if row[7])
    columns = [Column(en if english else nl, width, form) for nl, en, width, form in _COLUMNS]
    summary = [
        ("Norms that do not comply yet" if english else "Normen die nog niet voldoen", len(norms)),
        ("with nothing planned" if english else "waarvan zonder geplande verbetering", len(without)),
        ("with an accepted exception" if english else "waarvan met een aanvaarde uitzondering", len(excepted)),
        ("Improvements" if english else "Verbeteringen", len({row[3] for row in rows})),
        ("Lines that are late" if english else "Regels die te laat zijn", late),
    ]
    with open_book(path, origin, lang) as book:
        book.front(
            TITLE_EN if english else TITLE_NL,
            "What is late comes first. Norms with nothing planned, and norms with an accepted exception, are on sheets of "
            "their own."
            if english
            else "Wat te laat is staat bovenaan. Normen waarvoor niets is gepland, en normen met een aanvaarde uitzondering, "
            "staan op een eigen blad.",
            [("Summary" if english else "Samenvatting", summary)],
        )
        book.table("Plan", columns, rows, freeze=2)
        book.table("Nothing planned" if english else "Niets gepland", columns[:3], without, freeze=2)
        until = [
            Column("Excepted until" if english else "Uitgezonderd tot en met", 16, "date"),
            Column("Reason" if english else "Reden", 60, "wrap"),
        ]
        book.table("Excepted" if english else "Uitgezonderd", [*columns[:3], *until], excepted, freeze=2)
    return [path]


def _improvements(published: Published, organisation: str) -> dict[str, list[Row]]:
    """The improvements that are neither done nor cancelled, by the number of their norm."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in published.improvements(organisation):
        found[row["norm_id"] or ""].append(row)
    return found


def _line(norm: Row, item: Row, as_of: date, lang: str) -> list[Any]:
    title = (norm["title_en"] if lang == "en" else "") or norm["title_nl"]
    late = (as_of - item["due_on"]).days if item["due_on"] and item["due_on"] < as_of else None
    return [
        norm["norm_id"], title, norm["status"], item["action"] or item["title"], item["owner"], item["due_on"],
        _progress(item["state"], lang), late, item["budget"], place(item["locator"]),
    ]  # fmt: skip


def _excepted(norm: Row, lang: str) -> list[Any]:
    title = (norm["title_en"] if lang == "en" else "") or norm["title_nl"]
    return [norm["norm_id"], title, norm["status"], norm["excepted_until"], norm["exception_reason"]]


def _progress(state: str | None, lang: str) -> str | None:
    term = vocabularies()["improvement_state"].terms.get(state or "")
    return state if term is None else term.en if lang == "en" else term.nl
