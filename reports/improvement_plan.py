"""The improvement plan: every norm that does not comply, with what is planned about it, by whom and when; what is too late
comes first, and norms for which nothing is planned are listed as such. A norm with an accepted exception is not planned
for until that ends; it stands on a sheet of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from models.kind import vocabularies
from models.language import pick
from reports import statements
from reports.provenance import provenance
from reports.workbook import Column, open_book
from warehouse.reading.explain import place
from warehouse.reading.read import Published
from warehouse.reading.shapes import Improvement, PresentNorm

NAME = "verbeterplan"
TITLE_NL = "Verbeterplan: wat nog niet voldoet, wie wat doet en wanneer"
TITLE_EN = "Improvement plan: what does not comply yet, who does what and when"

_WORST_FIRST = ("voldoet_niet", "geen_bewijs", "voldoet_deels")  # the statuses that do not comply yet
_COLUMNS = (
    ("Norm", "Norm", 10, "text"), ("Titel", "Title", 40, "wrap"), ("Status", "Status", 14, "status"),
    ("Verbetering", "Improvement", 46, "wrap"), ("Eigenaar", "Owner", 22, "wrap"), ("Klaar vóór", "Due before", 12, "date"),
    ("Voortgang", "Progress", 16, "text"), ("Dagen te laat", "Days late", 10, "number"), ("Budget", "Budget", 12, "money"),
    ("Vindplaats", "Place", 40, "wrap"),
)  # fmt: skip


def build(published: Published, organisation: str, target: Path, *, lang: str = "nl", **options: Any) -> list[Path]:
    """Write `verbeterplan.xlsx`: what is planned, soonest first, the norms for which nothing is planned, the excepted, and the
    improvements that are about none of these norms."""
    published = published.speaking(lang)
    origin = provenance(published, organisation)
    path = target / pick(lang, "verbeterplan.xlsx", "improvement-plan-en.xlsx")
    improvements = published.improvements(organisation)
    planned = _by_norm(improvements)
    norms = sorted(published.select(PresentNorm, organisation, status=_WORST_FIRST), key=_badness)
    rows, without, about_a_gap = [], [], set()
    excepted = [_excepted(norm) for norm in norms if norm.excepted_until]
    for norm in norms:
        if norm.excepted_until:
            continue
        items = planned.get(norm.norm_id) or planned.get(norm.parent or "") or []
        rows += [_line(norm, item, origin.as_of, lang) for item in items]
        about_a_gap |= {item.evidence_id for item in items}
        if not items:
            without.append([norm.norm_id, norm.title, norm.status])
    rows.sort(key=lambda row: (row[5] or date.max, row[0]))
    others = [_other(item, origin.as_of, lang) for item in improvements if item.evidence_id not in about_a_gap]
    columns = [Column(pick(lang, nl, en), width, form) for nl, en, width, form in _COLUMNS]
    blocks = [
        (pick(lang, "Normen", "Norms"), _of_norms(published, organisation, len(norms), len(without), len(excepted))),
        (pick(lang, "Verbeteringen", "Improvements"), _of_improvements(published, organisation, len(others))),
    ]
    if unknown := statements.unknown(published, organisation, "improvement", "exception"):
        label = pick(lang, "Niet volledig", "Not complete")
        blocks.insert(0, (pick(lang, "Let op", "Note"), [(label, unknown)]))
    with open_book(path, origin, lang) as book:
        book.front(
            pick(lang, TITLE_NL, TITLE_EN),
            pick(
                lang,
                "Wat te laat is staat bovenaan. Normen waarvoor niets is gepland, normen met een aanvaarde uitzondering en "
                "verbeteringen die niet over een norm gaan die nog niet voldoet, staan op een eigen blad.",
                "What is late comes first. Norms with nothing planned, norms with an accepted exception, and improvements that "
                "are not about a norm that does not comply, are on sheets of their own.",
            ),
            blocks,
        )
        book.table("Plan", columns, rows, freeze=2)
        book.table(pick(lang, "Niets gepland", "Nothing planned"), columns[:3], without, freeze=2)
        until = [
            Column(pick(lang, "Uitgezonderd tot en met", "Excepted until"), 16, "date"),
            Column(pick(lang, "Reden", "Reason"), 60, "wrap"),
        ]
        book.table(pick(lang, "Uitgezonderd", "Excepted"), [*columns[:3], *until], excepted, freeze=2)
        book.table(pick(lang, "Overige verbeteringen", "Other improvements"), [columns[0], *columns[3:]], others)
    return [path]


def _of_norms(
    published: Published, organisation: str, norms: int, without: int, excepted: int
) -> list[tuple[str, Any]]:
    """The numbers of norms; while it is not known which improvements there are, fewer may be without one."""
    lang = published.language
    most: Any = without
    if statements.unknown(published, organisation, "improvement"):
        most = pick(lang, f"hoogstens {without}", f"at most {without}")
    return [
        (pick(lang, "Normen die nog niet voldoen", "Norms that do not comply yet"), norms),
        (pick(lang, "waarvan zonder geplande verbetering", "with nothing planned"), most),
        (
            pick(lang, "waarvan met een aanvaarde uitzondering", "with an accepted exception"),
            statements.at_least(published, organisation, "exception", excepted),
        ),
    ]


def _of_improvements(published: Published, organisation: str, others: int) -> list[tuple[str, Any]]:
    lang, count = published.language, published.improvement_count(organisation)
    numbers = [
        (pick(lang, "Nog te doen", "To do"), count.to_do),
        (pick(lang, "waarvan te laat", "of which late"), count.late),
        (pick(lang, "waarvan zonder datum", "of which without a day"), count.undated),
        (pick(lang, "waarvan begonnen", "of which begun"), count.running),
        (pick(lang, "waarvan niet over zo’n norm", "of which not about such a norm"), others),
        (pick(lang, "Klaar", "Done"), count.done),
    ]
    return [(label, statements.at_least(published, organisation, "improvement", number)) for label, number in numbers]


def _by_norm(improvements: Iterable[Improvement]) -> dict[str, list[Improvement]]:
    """The improvements by the number of their norm; those that name none are about none."""
    by_norm: dict[str, list[Improvement]] = defaultdict(list)
    for item in improvements:
        if item.norm_id:
            by_norm[item.norm_id].append(item)
    return by_norm


def _badness(norm: PresentNorm) -> int:
    return _WORST_FIRST.index(norm.status)


def _line(norm: PresentNorm, item: Improvement, as_of: date, lang: str) -> list[Any]:
    return [norm.norm_id, norm.title, norm.status, *_cells(item, as_of, lang)]


def _other(item: Improvement, as_of: date, lang: str) -> list[Any]:
    return [item.norm_id, *_cells(item, as_of, lang)]


def _cells(item: Improvement, as_of: date, lang: str) -> list[Any]:
    late = (as_of - item.due_on).days if item.standing == "late" and item.due_on else None
    progress = _progress(item.state, lang)
    if item.standing == "undated":
        undated = pick(lang, "zonder datum", "no day")
        progress = f"{progress}, {undated}" if progress else undated
    return [item.action, item.owner, item.due_on, progress, late, item.budget, place(item.locator)]


def _excepted(norm: PresentNorm) -> list[Any]:
    return [norm.norm_id, norm.title, norm.status, norm.excepted_until, norm.exception_reason]


def _progress(state: str | None, lang: str) -> str | None:
    term = vocabularies()["improvement_state"].terms.get(state or "")
    return state if term is None else pick(lang, term.nl, term.en)
