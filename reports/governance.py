"""What administrators are told: the principles with their trend, the largest risks, what is asked of them, and what is
being done. Facts only; the board page and the council report each choose their own words around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from reports import prose, statements
from reports.safe import plain
from warehouse.reading.read import Published
from warehouse.reading.shapes import (
    FinishedRun,
    PresentControl,
    PresentIndicator,
    PresentNorm,
    PresentPrinciple,
    PrincipleAfterRun,
    Risk,
    UndecidedCount,
)

TREND_DAYS = 28  # a trend compares with the last run that is at least this much older
TREND_POINTS = 5  # with the same status, a score that moved less than this counts as equal
MOST_ASKED = 5
DECIDED_ON = ("risk", "improvement", "exception", "applicability")  # kinds without which nobody knows what to decide
_RANK = {"rood": 0, "oranje": 1, "groen": 2}
_WORST_FIRST = {"rood": 0, "onbekend": 1, "oranje": 2, "groen": 3}


@dataclass(frozen=True, slots=True)
class Principle:
    """A principle as the board sees it. `score` and `coverage` are 0 to 1; `trend` is up, down, same,
    stricter, remeasured, or None when there is nothing to compare with."""

    number: str
    title: str
    status: str
    score: float | None
    coverage: float | None
    trend: str | None
    weakest: str
    indicators: int


def principles(published: Published, organisation: str) -> list[Principle]:
    """The ten principles in order, each with its trend and its weakest indicator that is not green."""
    moved = trends(published, organisation)
    weakest = _weakest_by_principle(published.select(PresentIndicator, organisation))
    return [
        Principle(
            number=principle.principle_id,
            title=plain(principle.title),
            status=principle.status,
            score=principle.score,
            coverage=principle.coverage,
            trend=moved[principle.principle_id],
            weakest=weakest.get(principle.principle_id, ""),
            indicators=principle.indicators,
        )
        for principle in published.select(PresentPrinciple, organisation)
    ]


def _weakest_by_principle(indicators: Sequence[PresentIndicator]) -> dict[str, str]:
    """The name of the weakest indicator that is not green, by principle; not of a principle without one."""
    not_green = [indicator for indicator in indicators if indicator.colour != "groen"]
    names: dict[str, str] = {}
    for indicator in sorted(not_green, key=_weakness):
        names.setdefault(indicator.principle_id, plain(indicator.name))
    return names


def _weakness(indicator: PresentIndicator) -> tuple[Any, ...]:
    return _WORST_FIRST[indicator.colour], not indicator.is_key, -(indicator.weight or 0), indicator.indicator_id


def compared_run(published: Published) -> FinishedRun | None:
    """The run that a trend compares with; None while there is no run that is old enough."""
    runs = published.select(FinishedRun)
    day = runs[-1].as_of - timedelta(days=TREND_DAYS)
    return next((run for run in reversed(runs) if run.as_of <= day), None)


def trends(published: Published, organisation: str) -> dict[str, str | None]:
    """How each principle moved since the compared run: by status first, with the same status by its score. Measured by other
    rules it did not move: what came out lower is `stricter`, anything else `remeasured`."""
    compared = compared_run(published)
    same_rules = False
    before: dict[str, PrincipleAfterRun] = {}
    if compared is not None:
        newest = published.select(FinishedRun)[-1]
        same_rules = compared.catalogue_digest == newest.catalogue_digest
        earlier = published.select(PrincipleAfterRun, organisation, run_no=compared.run_no)
        before = {principle.principle_id: principle for principle in earlier}
    return {
        principle.principle_id: _by_which_rules(same_rules, _trend(before.get(principle.principle_id), principle))
        for principle in published.select(PresentPrinciple, organisation)
    }


def _by_which_rules(same_rules: bool, trend: str | None) -> str | None:
    """The trend when both runs were measured by the same rules; else what there is to say of the difference."""
    if same_rules or trend is None:
        return trend
    return "stricter" if trend == "down" else "remeasured"


def _trend(before: PrincipleAfterRun | None, now: PresentPrinciple | PrincipleAfterRun) -> str | None:
    """Whether a principle went up or down, or stayed the same; None when one of its colours is not known."""
    if before is None or not {before.status, now.status} <= _RANK.keys():
        return None
    step = _RANK[now.status] - _RANK[before.status] or _points(before.score, now.score)
    if step == 0:
        return "same"
    return "up" if step > 0 else "down"


def _points(before: float | None, now: float | None) -> float:
    """The points of 100 that a score moved; 0 when that is too little to mention or one of the two is unknown."""
    if before is None or now is None:
        return 0
    points = 100 * (now - before)
    return points if abs(points) >= TREND_POINTS else 0


def controls(published: Published, organisation: str) -> Counter[str]:
    """How many controls have each status."""
    return Counter(control.status for control in published.select(PresentControl, organisation))


def asked(published: Published, organisation: str) -> list[str]:
    """What only administrators can settle, the most pressing first, in the language of `published`; at most MOST_ASKED
    sentences (`templates/asked.<lang>.j2`). One of them asks for the sources without which nobody can know what there is to
    settle."""
    risks = published.risks(organisation)
    [proposals] = published.select(UndecidedCount, organisation)
    unread = [part for part in published.unknown_parts(organisation, *DECIDED_ON) if part.state != "rejected"]
    requests = prose.sentences(
        "asked",
        published.language,
        above=list(filter(_waits_for_a_decision, risks)),
        unmeasured=list(filter(_is_unmeasured, risks)),
        overdue=list(filter(_is_overdue, risks)),
        late=published.improvement_count(organisation).late,
        proposals=proposals.undecided,
        unplanned=_unplanned(published, organisation),
        unproven=len(published.select(PresentNorm, organisation, status="geen_bewijs")),
        sources=statements.asked_for(published, organisation, *DECIDED_ON),
        unread=unread,
        keys=_keys,
    )
    return requests[:MOST_ASKED]


def _waits_for_a_decision(risk: Risk) -> bool:
    return risk.above and not risk.accepted


def _is_unmeasured(risk: Risk) -> bool:
    return risk.unrated or risk.unbounded


def _is_overdue(risk: Risk) -> bool:
    return risk.overdue or risk.undated


def _keys(risks: list[Risk], most: int = 4) -> str:
    """The numbers of the first of these risks in their register."""
    keys = ", ".join(shortened(risk.record_key, 16) for risk in risks[:most])
    return f"{keys} …" if len(risks) > most else keys


def _unplanned(published: Published, organisation: str) -> int:
    """Norms that do not comply, without an improvement of their own or of their control. None while it is not known which
    improvements there are."""
    if published.unknown_parts(organisation, "improvement"):
        return 0
    with_plan = {improvement.norm_id for improvement in published.improvements(organisation)} - {None}
    unmet = published.select(PresentNorm, organisation, status="voldoet_niet")
    return sum(1 for norm in unmet if not {norm.norm_id, norm.parent} & with_plan)


def shortened(text: Any, most: int) -> str:
    """`text` on one line, cut at a word when it is longer than `most` characters."""
    line = " ".join(plain(text).split())
    if len(line) <= most:
        return line
    cut = line[: most - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[most // 2 :] else cut).rstrip(" ,;:") + "…"
