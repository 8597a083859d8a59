"""Says in words what a test looks at and where its thresholds lie, so that an outcome can be weighed beside its sentence.

The words follow from the parameters alone (domain.md §4): a rule and what is told about it cannot drift apart. Whether
the threshold is a good one is for the rule file to explain.
"""

from __future__ import annotations

from collections.abc import Callable

from models.catalogue import Indicator, Measure
from models.duration import Duration
from models.kind import kinds, vocabularies
from models.wording import number

_PERIODS = {
    "P1M": ("elke maand", "every month"), "P3M": ("elk kwartaal", "every quarter"),
    "P6M": ("elk halfjaar", "every half-year"), "P1Y": ("elk jaar", "every year"),
}  # fmt: skip
_UNITS = {
    "years": (("jaar", "jaar"), ("year", "years")), "months": (("maand", "maanden"), ("month", "months")),
    "days": (("dag", "dagen"), ("day", "days")), "hours": (("uur", "uur"), ("hour", "hours")),
}  # fmt: skip


def looked_at(measure: Measure, lang: str = "nl") -> str:
    """The evidence that a test selects: its kind, and the words that it is limited to, as in `document (cloudbeleid)`."""
    if not measure.kind:
        return "our own outcomes" if lang == "en" else "onze eigen uitkomsten"
    kind = kinds()[measure.kind]
    name = (kind.en if lang == "en" else kind.nl).lower()
    vocabulary = kind.column(kind.discriminator).vocabulary if kind.discriminator else None
    terms = vocabularies()[vocabulary].terms if vocabulary else {}
    words = [(terms[word].en if lang == "en" else terms[word].nl) if word in terms else word for word in measure.about]
    return f"{name} ({', '.join(words)})" if words else name


def criterion(measure: Measure, lang: str = "nl") -> str:
    """When the outcome is a pass and when partial; empty for the types that only indicators use."""
    text = {
        "current": _current, "fresh": _fresh, "recurring": _recurring, "ratio": _ratio, "within": _within,
        "none_open": _none_open, "metric": _metric, "attested": _judged, "audited": _judged,
    }.get(measure.type)  # fmt: skip
    return text(measure, lang == "en") if text else ""


def indicator_criterion(indicator: Indicator, lang: str = "nl") -> str:
    """From which value on an indicator is green and amber, in its unit."""
    english, higher = lang == "en", indicator.better == "higher"
    unit = indicator.unit if indicator.unit == "%" else f" {indicator.unit}"
    green, amber = (f"{number(value, lang)}{unit}" for value in (indicator.green, indicator.amber))
    from_there = ("from" if higher else "up to") if english else ("vanaf" if higher else "tot en met")
    if indicator.green == indicator.amber:
        return f"{'green' if english else 'groen'} {from_there} {green}"
    words = ("green", "amber") if english else ("groen", "oranje")
    return f"{words[0]} {from_there} {green}; {words[1]} {from_there} {amber}"


def span_words(span: Duration, lang: str = "nl") -> str:
    """A duration as people say it: `3 maanden`, `1 jaar en 6 maanden`, `72 uur`."""
    english = lang == "en"
    years, months = divmod(span.months, 12)
    parts = []
    for name, amount in (("years", years), ("months", months), ("days", span.days), ("hours", span.hours)):
        if amount:
            one, more = _UNITS[name][english]
            parts.append(f"{amount} {one if amount == 1 else more}")
    return (" and " if english else " en ").join(parts)


def _current(measure: Measure, english: bool) -> str:
    good = "pass if one is in force" if english else "goed als er een geldt"
    if measure.grace is None:
        return good
    grace = span_words(measure.grace, "en" if english else "nl")
    return f"{good}; " + (
        f"partial up to {grace} after its review date" if english else f"deels tot {grace} na de herzieningsdatum"
    )


def _fresh(measure: Measure, english: bool) -> str:
    assert measure.max_age is not None
    lang = "en" if english else "nl"
    age = span_words(measure.max_age, lang)
    good = f"pass if the newest is at most {age} old" if english else f"goed als het nieuwste hooguit {age} oud is"
    if measure.grace is None:
        return good
    grace = span_words(measure.grace, lang)
    return f"{good}; " + (f"partial up to {grace} later" if english else f"deels tot {grace} later")


def _recurring(measure: Measure, english: bool) -> str:
    assert measure.every is not None
    period = _PERIODS[measure.every][english]
    when = _window(measure, english)
    if english:
        return f"pass if there is one {period}{when}; partial from half of the periods on"
    return f"goed als er {period} een is{when}; deels vanaf de helft van de perioden"


def _ratio(measure: Measure, english: bool) -> str:
    default = 1.0 if measure.direction == "higher" else 0.0
    return _bounds(measure, _percent, default, english, _window(measure, english))


def _within(measure: Measure, english: bool) -> str:
    lang = "en" if english else "nl"
    if isinstance(measure.deadline, Duration):
        term = span_words(measure.deadline, lang)
        limit = f"within {term}" if english else f"binnen {term}"
    else:
        limit = "by its due date" if english else "op de afgesproken dag"
    what = f" settled {limit}" if english else f" {limit} afgehandeld"
    return _bounds(measure, _percent, 1.0, english, what + _window(measure, english))


def _none_open(measure: Measure, english: bool) -> str:
    assert measure.max_age is not None
    age = span_words(measure.max_age, "en" if english else "nl")
    good = f"pass if none is open longer than {age}" if english else f"goed als er geen langer dan {age} openstaat"
    if not measure.tolerate:
        return good
    return f"{good}; " + (
        f"partial with at most {measure.tolerate}" if english else f"deels bij hooguit {measure.tolerate}"
    )


def _metric(measure: Measure, english: bool) -> str:
    lang = "en" if english else "nl"
    bounds = "" if measure.pass_at is None else _bounds(measure, number, 0.0, english)
    if measure.max_age is None:
        return bounds
    age = span_words(measure.max_age, lang)
    fresh = f"a measurement of at most {age} old" if english else f"een meting van hooguit {age} oud"
    return f"{bounds}; {fresh}" if bounds else fresh


def _judged(measure: Measure, english: bool) -> str:
    assert measure.max_age is not None
    age = span_words(measure.max_age, "en" if english else "nl")
    if measure.type == "attested":
        return (
            f"a statement of at most {age} old: yes is a pass, partly is partial"
            if english
            else f"een verklaring van hooguit {age} oud: ja is goed, gedeeltelijk is deels"
        )
    return (
        f"a judgement of at most {age} old: positive is a pass, with exceptions is partial"
        if english
        else f"een oordeel van hooguit {age} oud: positief is goed, met uitzonderingen is deels"
    )


def _bounds(measure: Measure, shown: Callable[[float, str], str], default: float, english: bool, what: str = "") -> str:
    lang, higher = "en" if english else "nl", measure.direction == "higher"
    from_there = ("from" if higher else "up to") if english else ("vanaf" if higher else "tot en met")
    pass_at = default if measure.pass_at is None else measure.pass_at
    text = f"{'pass' if english else 'goed'} {from_there} {shown(pass_at, lang)}{what}"
    if measure.partial_at is None or measure.partial_at == pass_at:
        return text
    return f"{text}; {'partial' if english else 'deels'} {from_there} {shown(measure.partial_at, lang)}"


def _percent(share: float, lang: str) -> str:
    return f"{number(round(100 * share, 1), lang)}%"


def _window(measure: Measure, english: bool) -> str:
    """Over which time is looked, when that is not everything there is."""
    lang = "en" if english else "nl"
    span = measure.window if isinstance(measure.window, Duration) else measure.max_age
    if measure.window == "cycle" or (measure.type == "recurring" and measure.window is None):
        return ", in the calendar year" if english else ", in het kalenderjaar"
    if isinstance(span, Duration):
        words = span_words(span, lang)
        if words in ("1 jaar", "1 year"):
            return ", over the past year" if english else ", over het afgelopen jaar"
        return f", over the past {words}" if english else f", over de afgelopen {words}"
    return ""
