"""Hypothesis strategies for whole worlds: a small catalogue, one to three organisations with evidence of every kind it
uses, source runs with coverage, and moments of assessment around period ends, leap days and retirements.

Dates are drawn from the few days on which something can tip over: the edges of the durations in use, the ends of months
and the days beside them. What the worlds mean is left to `tests/oracle`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from models.aspect import ASPECTS, Aspect
from models.catalogue import Catalogue, Indicator, Link, Measure, Norm, Question, Test
from models.duration import Duration
from models.kind import kinds
from tests.oracle.pools import ABOUT, ANCHORS, CHOICES, CLOCK, DAYS, GRACES, HOURS, MOMENTS, SPANS, WINDOWS, days_around
from tests.oracle.records import ADOPTED_ON, DISCRIMINATOR, Row, SourceRun, World, at_midnight
from tests.oracle.rows import FRAMEWORK, LONG_AGO, PRINCIPLES, catalogue, identity, measure, norm, norm_test, row
from tests.oracle.twins import DATE, GOOD, KEY, TWINS, WHERE


@dataclass(frozen=True)
class Moment:
    """What an assessment is asked for: the day, the moment of knowing (UTC) and the aspects that count."""

    as_of: date
    known_at: datetime
    aspects: tuple[Aspect, ...] = ASPECTS


# --- catalogues ------------------------------------------------------------------------------------------------------


def _maybe(options: Iterable[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from([None, *options])


@st.composite
def selectors(draw: st.DrawFn, kind: str, test_type: str) -> dict[str, Any]:
    """Kind, about, where and date of a test."""
    content: dict[str, Any] = {"kind": kind}
    if kind in ABOUT:
        content["about"] = draw(st.sampled_from([(), (), (), ABOUT[kind][:1], ABOUT[kind]]))
    where = draw(_maybe(WHERE[kind])) if draw(st.integers(0, 3)) == 3 else None
    dates = DATE.get(kind, {}) if test_type not in ("current", "none_open", "metric") else {}
    day = draw(_maybe(dates)) if dates and draw(st.integers(0, 3)) == 3 else None
    return content | ({"where": where} if where else {}) | ({"date": day} if day else {})


KINDS_OF: dict[str, tuple[str, ...]] = {
    "current": ("document", "risk", "assurance", "decision"),
    "fresh": tuple(ABOUT),
    "recurring": ("access_review", "exercise", "decision", "training", "measurement"),
    "ratio": tuple(GOOD),
    "within": ("ticket", "finding", "improvement", "training"),
    "none_open": ("finding", "ticket", "improvement", "training"),
    "metric": ("measurement",),
    "audited": ("assurance",),
    "attested": ("attestation",),
}


# The kinds a small catalogue is about: few at a time, so that many tests look at the same records.
PALETTES: tuple[tuple[str, ...], ...] = (
    ("register_entry", "exercise", "document"),
    ("register_entry", "access_review", "measurement"),
    ("ticket", "exercise", "assurance"),
    ("finding", "ticket", "risk"),
    ("ticket", "decision", "training"),
    ("improvement", "document", "measurement"),
    ("finding", "register_entry", "training"),
    (*ABOUT, "risk"),
)


def _types_for(palette: Sequence[str]) -> list[str]:
    """The test types that can look at one of the kinds."""
    return [name for name, possible in KINDS_OF.items() if name == "attested" or set(possible) & set(palette)]


@st.composite
def matched(draw: st.DrawFn, population: str, palette: Sequence[str]) -> dict[str, Any]:
    """The counterpart of a ratio over `population`."""
    kind = draw(st.sampled_from([kind for kind in sorted(KEY) if kind in palette]))
    content: dict[str, Any] = {
        "kind": kind,
        "about": draw(st.sampled_from([(), ABOUT[kind][:1]])),
        "key": draw(st.sampled_from(list(KEY[kind]))),
        "population_key": draw(st.sampled_from(list(KEY[population]))),
    }
    optional = {"where": _maybe(WHERE[kind]), "max_age": _maybe(SPANS), "earlier_within": _maybe(SPANS)}
    return content | {name: value for name, source in optional.items() if (value := draw(source)) is not None}


@st.composite
def shares(draw: st.DrawFn, direction: str) -> dict[str, Any]:
    """Thresholds of a share, now and then left to their defaults."""
    low, high = sorted(draw(st.sampled_from([(0.5, 0.8), (0.25, 1.0), (0.0, 0.5), (0.75, 0.75)])))
    chosen = {"pass_at": high, "partial_at": low} if direction == "higher" else {"pass_at": low, "partial_at": high}
    names = draw(st.sampled_from([(), ("pass_at",), ("pass_at", "partial_at"), ("pass_at", "partial_at")]))
    return {name: chosen[name] for name in names}


@st.composite
def parameters(draw: st.DrawFn, test_type: str, kind: str, palette: Sequence[str]) -> dict[str, Any]:
    """The parameters of a test type; None is left out."""
    found: dict[str, Any] = {}
    if test_type in ("current", "fresh"):
        found["grace"] = draw(_maybe(GRACES))
    if test_type == "current":
        found["life"] = draw(_maybe(SPANS))
    if test_type in ("fresh", "recurring"):
        found["good"] = draw(_maybe(GOOD[kind])) if kind in GOOD else None
    if test_type in ("ratio", "within", "none_open"):
        found["zero"] = draw(st.sampled_from(("no_evidence", "not_occurred")))
        if found["zero"] == "not_occurred" and len(palette[0]) % 2:  # not drawn: the other draws stay as they are
            found["sign_of_life"] = {"kind": palette[-1]}
    if test_type in ("fresh", "attested", "audited"):
        found["max_age"] = draw(st.sampled_from(SPANS))
    if test_type == "recurring":
        found |= {
            "every": draw(st.sampled_from(("P3M", "P1M", "P6M", "P1Y"))),
            "window": draw(st.sampled_from(WINDOWS)),
        }
    if test_type == "ratio":
        found["direction"] = draw(st.sampled_from(("higher", "higher", "lower")))
        found |= draw(shares(found["direction"]))
        found |= {"min_population": draw(st.sampled_from((1, 1, 2, 3))), "window": draw(st.sampled_from(WINDOWS))}
        found["max_age"] = draw(_maybe(SPANS)) if draw(st.booleans()) else None
        has_key = kind in KEY and draw(st.booleans())
        found["matched"] = draw(matched(kind, palette)) if has_key else None
        found["good"] = draw(st.sampled_from(list(GOOD[kind]))) if not has_key or draw(st.booleans()) else None
    if test_type == "within":
        found |= {"deadline": draw(st.sampled_from((*SPANS, *HOURS, "due"))), "window": draw(st.sampled_from(WINDOWS))}
        found |= draw(shares("higher"))
    if test_type == "none_open":
        found |= {"max_age": draw(st.sampled_from((*SPANS, *HOURS))), "tolerate": draw(st.sampled_from((0, 1, 2)))}
    if test_type == "metric":
        lower = draw(st.booleans())
        found |= {"pass_at": 50.0 if lower else 90.0, "partial_at": draw(_maybe((80.0,)))}
        found |= {"direction": "lower" if lower else "higher", "max_age": draw(_maybe(SPANS))}
    return {name: value for name, value in found.items() if value is not None}


@st.composite
def measures(draw: st.DrawFn, palette: Sequence[str], test_types: Sequence[str] = ()) -> Measure:
    """What a test computes over one of the kinds of `palette`."""
    test_type = draw(st.sampled_from(test_types or _types_for(palette)))
    possible = [kind for kind in KINDS_OF[test_type] if kind in palette]
    kind = draw(st.sampled_from(possible)) if test_type != "attested" else "attestation"
    selector = {"kind": kind} if test_type == "attested" else draw(selectors(kind, test_type))
    return Measure.model_validate({"type": test_type, **selector, **draw(parameters(test_type, kind, palette))})


@st.composite
def indicator_measures(draw: st.DrawFn, palette: Sequence[str]) -> Measure:
    """What an indicator computes: the types of which the meaning of the value is laid down."""
    shown = ("ratio", "within", "metric", "current", "recurring", "none_open")
    test_type = draw(st.sampled_from([name for name in shown if name in _types_for(palette)] + ["count", "per"]))
    if test_type in ("count", "per"):
        content = {"type": test_type, **draw(selectors(draw(st.sampled_from(palette)), test_type))}
        content["window"] = draw(st.sampled_from(WINDOWS[1:]))
        return Measure.model_validate(content | ({"divisor": "mfa", "multiply": 100.0} if test_type == "per" else {}))
    found = draw(measures(palette, [test_type]))
    return found if test_type != "current" else found.model_copy(update={"grace": None})


@st.composite
def norms_with_tests(draw: st.DrawFn, palette: Sequence[str]) -> tuple[list[Norm], list[Test]]:
    """Controls with and without measures, norms of another framework, and their tests."""
    norms: list[Norm] = [norm("v1", "norm", "kader-2")] if draw(st.booleans()) else []
    carrying = [("kader-2", "v1")] if norms else []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        norms.append(norm(f"5.{number}", "control"))
        own = [f"5.{number}.{which}" for which in range(1, draw(st.integers(0, 2)) + 1)]
        norms += [norm(norm_id) for norm_id in own]
        norms.append(norm(f"5.{number}.9", state="withdrawn"))
        carrying += [(FRAMEWORK, norm_id) for norm_id in own or [f"5.{number}"]]
    tests: list[Test] = []
    for framework_id, norm_id in carrying:
        for _ in range(draw(st.integers(1, 3))):
            tests.append(
                norm_test(
                    draw(measures(palette)),
                    test_id=f"{norm_id}-{len(tests)}",
                    framework_id=framework_id,
                    norm_id=norm_id,
                    aspect=draw(st.sampled_from(ASPECTS)),
                    basis=draw(st.sampled_from(("measured", "audited", "documented", "attested"))),
                    any_of="proof" if len(tests) % 3 else "",  # not drawn: the other draws stay as they are
                )
            )
        tests += _implicit(framework_id, norm_id, {test.aspect for test in tests if test.norm_id == norm_id})
    return norms, tests


def _implicit(framework_id: str, norm_id: str, answered: set[Aspect]) -> list[Test]:
    """The attestations that answer the aspects without a test of their own."""
    content = measure("attested", "attestation", max_age="P1Y")
    return [
        norm_test(
            content,
            test_id=f"{norm_id}-{aspect}",
            framework_id=framework_id,
            norm_id=norm_id,
            aspect=aspect,
            basis="attested",
        ).model_copy(update={"implicit": True})
        for aspect in ASPECTS
        if aspect not in answered
    ]


WEIGHTS = (1.0, 2.0, 0.5, 4.0)


@st.composite
def catalogues(draw: st.DrawFn) -> Catalogue:
    """A small catalogue: norms with tests, a principle with indicators and related controls, and questions."""
    palette = draw(st.sampled_from(PALETTES))
    norms, tests = draw(norms_with_tests(palette))
    controls = [found.id for found in norms if found.level == "control"]
    indicators = []
    for number in range(draw(st.integers(0, 3))):
        lower = draw(st.booleans())
        indicators.append(
            Indicator(
                id=f"P1.{number}",
                framework_id=PRINCIPLES,
                principle_id="1",
                name_nl="Maat",
                name_en="Measure",
                measure=draw(indicator_measures(palette)),
                unit=draw(st.sampled_from(("%", "aantal"))),
                better="lower" if lower else "higher",
                green=0.5 if lower else 80,
                amber=80 if lower else 0.5,
                weight=draw(st.sampled_from(WEIGHTS)),
                key=draw(st.booleans()),
                reason_nl="Om te vergelijken.",
            )
        )
    related = draw(st.lists(st.sampled_from(controls), unique=True, min_size=0 if indicators else 1))
    links = [
        Link(
            framework_id=PRINCIPLES,
            norm_id="1",
            to_framework_id=FRAMEWORK,
            to_norm_id=control,
            relation="related",
            weight=draw(st.sampled_from(WEIGHTS)),
        )
        for control in related
    ]
    askable = [found.id for found in norms if found.framework_id == FRAMEWORK and found.state == "active"]
    questions = [
        Question(
            questionnaire_id="ensia",
            id=f"v{number}",
            text_nl="Voldoet u?",
            text_en="Do you comply?",
            framework_id=FRAMEWORK,
            norm_ids=tuple(draw(st.lists(st.sampled_from(askable), unique=True, min_size=1, max_size=3))),
            scale=draw(st.sampled_from((("Ja", "Gedeeltelijk", "Nee", "N.v.t."), ("Ja", "Nee", "N.v.t.")))),
        )
        for number in range(draw(st.integers(0, 2)))
    ]
    norms = [*norms, norm("1", "principle", PRINCIPLES)]
    return catalogue(norms, tests, links=links, indicators=indicators, questions=questions)


# --- evidence --------------------------------------------------------------------------------------------------------


@st.composite
def versions(draw: st.DrawFn, kind: str, anchor: date, about: Sequence[str] = ()) -> Row:
    """One version of a record of `kind`; most are known and current, some are not yet or no longer."""
    near = st.sampled_from(days_around(anchor))
    known = datetime.combine(anchor, time(12))
    content: dict[str, Any] = {}
    for column in kinds()[kind].columns:
        name = column.name
        if name in DAYS:
            content[name] = None if DAYS[name] and draw(st.integers(0, 3)) == 3 else draw(near)
        elif name in MOMENTS:
            is_null = MOMENTS[name] and draw(st.booleans())
            content[name] = None if is_null else datetime.combine(draw(near), draw(st.sampled_from(CLOCK)))
        elif name == DISCRIMINATOR.get(kind):
            content[name] = draw(st.sampled_from(about or ABOUT[kind]))
        elif name in CHOICES:
            content[name] = draw(st.sampled_from(CHOICES[name]))
    if kind == "risk":
        content["owner"] = "College " if content["residual"] == 4.0 else "proceseigenaar"  # not drawn
    if kinds()[kind].governance or kind in ("document", "register_entry", "assurance"):
        content["valid_until"] = draw(near) if draw(st.booleans()) else None
    observed = LONG_AGO
    if kind == "measurement" or draw(st.integers(0, 3)) == 3:
        observed = datetime.combine(draw(near), draw(st.sampled_from(CLOCK)))
    if (adopted := content.get(ADOPTED_ON.get(kind, ""))) is not None:
        observed = at_midnight(adopted)  # as the kind says: what is adopted is observed from that day on
    second = timedelta(seconds=1)
    recorded = st.sampled_from((LONG_AGO,) * 8 + (known, known + second, known - timedelta(days=1)))
    retired = st.sampled_from((None,) * 9 + (known, known + second, known - second))
    return row(kind, **content, observed_at=observed, recorded_at=draw(recorded), retired_at=draw(retired))


@st.composite
def governance(draw: st.DrawFn, kind: str, anchor: date, content: Catalogue) -> Row:
    """An attestation, statement of applicability or exception about a norm of the catalogue."""
    target = draw(st.sampled_from([found for found in content.norms if found.level != "principle"]))
    found = draw(versions(kind, anchor, [target.id])) if kind != "attestation" else draw(_attestations(anchor, target))
    found["framework_id"] = target.framework_id
    if kind == "applicability":
        found["applies"] = draw(st.sampled_from((False, False, True)))
    if kind in ("applicability", "exception"):
        found["approved_on"] = draw(_maybe(days_around(anchor)))
        found["approved_by"] = draw(st.sampled_from(("college", "college", None)))
        found["risk_analysis"] = draw(st.sampled_from(("ra-1", "RA-1 ", "ra-1", "ra-2", None)))
        ends = (anchor, anchor + timedelta(days=30), anchor + timedelta(days=300))
        found["valid_until"] = draw(st.sampled_from((*ends, *ends, found["valid_until"], None)))
    return found


@st.composite
def _attestations(draw: st.DrawFn, anchor: date, target: Norm) -> Row:
    found = draw(versions("attestation", anchor, [target.id]))
    found["aspect"] = draw(st.sampled_from(ASPECTS))
    found["answer"] = draw(st.sampled_from(("yes", "partly", "no")))
    return found


@st.composite
def source_runs(draw: st.DrawFn, organisation_id: str, anchor: date, used: Sequence[str]) -> list[SourceRun]:
    """Runs of up to two sources, of which the coverage often holds what the catalogue asks about."""
    found = []
    for source_id in ("bron-1", "bron-2")[: draw(st.integers(0, 2))]:
        for days in draw(st.lists(st.sampled_from((0, 1, 6, 7, 8, -1)), max_size=3, unique=True)):
            day = anchor - timedelta(days=days)
            coverage = [
                (kind, draw(st.sampled_from(((), *_parts(ABOUT.get(kind, ()))))))
                for kind in used
                if draw(st.booleans())
            ]
            status = draw(st.sampled_from(("ok", "ok", "ok", "degraded", "failed")))
            known_at = datetime.combine(day, time(12))
            found.append(
                SourceRun(
                    organisation_id,
                    source_id,
                    day,
                    known_at,
                    status,
                    Duration(days=7),
                    tuple(coverage),
                    complete=draw(st.sampled_from((True, True, False))),
                    rejected=draw(st.sampled_from((0, 0, 0, 1))),
                )
            )
    return found


def _parts(values: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [values[:1], values[1:], values] if values else []


def used_kinds(content: Catalogue) -> list[str]:
    """The evidence kinds that the tests and indicators of a catalogue look at, besides the governance inputs."""
    used = [test.measure for test in content.tests] + [indicator.measure for indicator in content.indicators]
    found = {content.kind for content in used} | {content.matched.kind for content in used if content.matched}
    found |= {"measurement" for content in used if content.divisor}
    return sorted(found - {"attestation"})


@st.composite
def worlds(draw: st.DrawFn, organisations: int = 3, content: Catalogue | None = None) -> tuple[World, list[Moment]]:
    """A catalogue, so many organisations (or one) with evidence, and the moments to assess them at."""
    anchor = draw(st.sampled_from(ANCHORS))
    content = content or draw(catalogues())
    used = used_kinds(content)
    many = draw(st.sampled_from((1, organisations, organisations, organisations)))
    names = [f"organisatie-{number}" for number in range(1, many + 1)]
    evidence: dict[str, list[Row]] = {}
    runs: list[SourceRun] = []
    for name in names:
        for kind in used:
            many = draw(st.sampled_from((0, 1, 3, 6, 10)))
            evidence.setdefault(kind, []).extend(_of(name, (draw(versions(kind, anchor)) for _ in range(many))))
        risks = (draw(versions("risk", anchor)) for _ in range(draw(st.sampled_from((0, 1, 2)))))
        evidence.setdefault("risk", []).extend(_of(name, risks))
        if draw(st.booleans()):
            evidence["risk"].extend(_of(name, [row("risk", process="ra-1")]))
        for kind, numbers in (
            ("attestation", (0, 5, 10)),
            ("applicability", (0, 1, 2, 4)),
            ("exception", (0, 0, 1, 2)),
        ):
            many = draw(st.sampled_from(numbers))
            found = (draw(governance(kind, anchor, content)) for _ in range(many))
            evidence.setdefault(kind, []).extend(_of(name, found))
        runs += draw(source_runs(name, anchor, used))
    return World(content, names, _identified(evidence), runs, TWINS), draw(moments(anchor))


def _of(organisation_id: str, rows: Iterable[Row]) -> list[Row]:
    return [{**found, "organisation_id": organisation_id} for found in rows]


def _identified(evidence: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Give every version its own number and key."""
    number = 0
    for kind, rows in evidence.items():
        for found in rows:
            number += 1
            found |= {"evidence_id": identity(number), "record_key": f"{kind}-{number}"}
            found |= {"source_id": "bron-1", "run_id": "run-1"}
    return evidence


@st.composite
def moments(draw: st.DrawFn, anchor: date) -> list[Moment]:
    """Four moments: the anchor day at noon, and others on days and at times nearby."""
    noon = datetime.combine(anchor, time(12))
    later = draw(st.lists(st.sampled_from((1, -1, 2, 14, 31, 92, 366)), min_size=3, max_size=3, unique=True))
    known = st.sampled_from((noon, noon + timedelta(seconds=1), noon - timedelta(days=1), noon + timedelta(days=9)))
    aspects = st.sampled_from((ASPECTS, ("operation",), ("design", "existence"), ("existence",)))
    return [Moment(anchor, noon)] + [
        Moment(anchor + timedelta(days=days), draw(known), draw(aspects)) for days in later
    ]
