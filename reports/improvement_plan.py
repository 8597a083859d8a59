"""The improvement plan: every norm that does not comply, with what is planned about it, by whom and when; what is too late
comes first, and norms for which nothing is planned are listed as such. A norm with an accepted exception is not planned
for until that ends; it stands on a sheet of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
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
    plan = _plan_for(published, organisation)
    columns = [Column(pick(lang, nl, en), width, form) for nl, en, width, form in _COLUMNS]
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
            _front_blocks(published, organisation, plan),
        )
        steps = [_step_cells(step, origin.as_of, lang) for step in plan.steps]
        book.table("Plan", columns, steps, freeze=2)
        without = [_norm_cells(norm) for norm in plan.without]
        book.table(pick(lang, "Niets gepland", "Nothing planned"), columns[:3], without, freeze=2)
        until = [
            Column(pick(lang, "Uitgezonderd tot en met", "Excepted until"), 16, "date"),
            Column(pick(lang, "Reden", "Reason"), 60, "wrap"),
        ]
        excepted = [[*_norm_cells(norm), norm.excepted_until, norm.exception_reason] for norm in plan.excepted]
        book.table(pick(lang, "Uitgezonderd", "Excepted"), [*columns[:3], *until], excepted, freeze=2)
        others = [[item.norm_id, *_improvement_cells(item, origin.as_of, lang)] for item in plan.others]
        book.table(pick(lang, "Overige verbeteringen", "Other improvements"), [columns[0], *columns[3:]], others)
    return [path]


@dataclass(frozen=True, slots=True)
class _Step:
    """An improvement that is planned about a norm."""

    norm: PresentNorm
    improvement: Improvement


@dataclass(frozen=True, slots=True)
class _Plan:
    """The norms that do not comply yet: the `steps` planned about them, soonest first; those `without` any; those excepted.
    `others` are the improvements that are about none of them."""

    norms: list[PresentNorm]
    steps: list[_Step]
    without: list[PresentNorm]
    excepted: list[PresentNorm]
    others: list[Improvement]


def _plan_for(published: Published, organisation: str) -> _Plan:
    improvements = published.improvements(organisation)
    by_norm = _by_norm(improvements)
    norms = sorted(published.select(PresentNorm, organisation, status=_WORST_FIRST), key=_badness)
    steps, without, excepted = [], [], []
    for norm in norms:
        of_norm = by_norm.get(norm.norm_id) or by_norm.get(norm.parent or "")
        if norm.excepted_until:
            excepted.append(norm)
        elif of_norm:
            steps += [_Step(norm, improvement) for improvement in of_norm]
        else:
            without.append(norm)
    steps.sort(key=_soonest_first)
    in_plan = {step.improvement.evidence_id for step in steps}
    others = [improvement for improvement in improvements if improvement.evidence_id not in in_plan]
    return _Plan(norms, steps, without, excepted, others)


def _soonest_first(step: _Step) -> tuple[date, str]:
    return step.improvement.due_on or date.max, step.norm.norm_id


Block = tuple[str, list[tuple[str, Any]]]  # a heading, and labels with their values


def _front_blocks(published: Published, organisation: str, plan: _Plan) -> list[Block]:
    """What stands on the front sheet: first what is not known, then the numbers."""
    lang = published.language
    of_norms = _of_norms(published, organisation, len(plan.norms), len(plan.without), len(plan.excepted))
    of_improvements = _of_improvements(published, organisation, len(plan.others))
    blocks: list[Block] = [
        (pick(lang, "Normen", "Norms"), of_norms),
        (pick(lang, "Verbeteringen", "Improvements"), of_improvements),
    ]
    unknown = statements.unknown(published, organisation, "improvement", "exception")
    if unknown:
        label = pick(lang, "Niet volledig", "Not complete")
        blocks.insert(0, (pick(lang, "Let op", "Note"), [(label, unknown)]))
    return blocks


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


def _norm_cells(norm: PresentNorm) -> list[Any]:
    return [norm.norm_id, norm.title, norm.status]


def _step_cells(step: _Step, as_of: date, lang: str) -> list[Any]:
    return [*_norm_cells(step.norm), *_improvement_cells(step.improvement, as_of, lang)]


def _improvement_cells(item: Improvement, as_of: date, lang: str) -> list[Any]:
    late = (as_of - item.due_on).days if item.standing == "late" and item.due_on else None
    progress = _progress(item.state, lang)
    if item.standing == "undated":
        undated = pick(lang, "zonder datum", "no day")
        progress = f"{progress}, {undated}" if progress else undated
    return [item.action, item.owner, item.due_on, progress, late, item.budget, place(item.locator)]


def _progress(state: str | None, lang: str) -> str | None:
    term = vocabularies()["improvement_state"].terms.get(state or "")
    return state if term is None else pick(lang, term.nl, term.en)
