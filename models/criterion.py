"""Says in words what a test looks at and where its thresholds lie, so that an outcome can be weighed beside its sentence.

The words follow from the parameters alone (domain.md §4): a rule and what is told about it cannot drift apart. Whether
the threshold is a good one is for the rule file to explain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from models.catalogue import Indicator, Measure, Stage
from models.duration import Duration
from models.kind import kinds, vocabularies
from models.language import pick
from models.test_type import filled, placeholders
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
        return pick(lang, "onze eigen uitkomsten", "our own outcomes")
    return selection_words(measure.kind, measure.about, lang)


def selection_words(kind_name: str, about: Sequence[str], lang: str) -> str:
    kind = kinds()[kind_name]
    name = pick(lang, kind.nl, kind.en).lower()
    vocabulary = kind.column(kind.discriminator).vocabulary if kind.discriminator else None
    terms = vocabularies()[vocabulary].terms if vocabulary else {}
    labels = {code: pick(lang, term.nl, term.en) for code, term in terms.items()}
    words = [labels.get(code, code) for code in about]
    return f"{name} ({', '.join(words)})" if words else name


def criterion(measure: Measure, lang: str = "nl") -> str:
    """When the outcome is a pass and when partial; empty for the types that only indicators use."""
    yardstick = measure.test_type.yardstick
    words = _parameter_words(measure, lang)
    parts = pick(lang, yardstick.nl, yardstick.en)
    return "; ".join(filled(part, words) for part in parts if words.keys() >= set(placeholders(part)))


def indicator_criterion(indicator: Indicator, lang: str = "nl") -> str:
    """From which value on an indicator is green and amber, in its unit."""
    unit = indicator.unit if indicator.unit == "%" else f" {indicator.unit}"
    green, amber = (f"{number(value, lang)}{unit}" for value in (indicator.green, indicator.amber))
    from_there = _from_there(indicator.better, lang)
    all_green = f"{pick(lang, 'groen', 'green')} {from_there} {green}"
    if indicator.green == indicator.amber:
        return all_green
    return f"{all_green}; {pick(lang, 'oranje', 'amber')} {from_there} {amber}"


def _from_there(direction: str | None, lang: str) -> str:
    """The words between a colour or result and the threshold from which on it is so."""
    if direction == "lower":
        return pick(lang, "tot en met", "up to")
    return pick(lang, "vanaf", "from")


def span_words(span: Duration, lang: str = "nl") -> str:
    """A duration as people say it: `3 maanden`, `1 jaar en 6 maanden`, `72 uur`."""
    years, months = divmod(span.months, 12)
    amounts = {"years": years, "months": months, "days": span.days, "hours": span.hours}
    parts = []
    for name, amount in amounts.items():
        if amount:
            one, more = pick(lang, *_UNITS[name])
            parts.append(f"{amount} {one if amount == 1 else more}")
    return pick(lang, " en ", " and ").join(parts)


def _parameter_words(measure: Measure, lang: str) -> dict[str, str]:
    """The words for every parameter that has something to say, for which way is better (`from`) and over which time is
    looked (`over`). None of something, and a threshold for partial that is the one for a pass, say nothing."""
    words = {"from": _from_there(measure.direction, lang), "over": _over(measure, lang)}
    for name, parameter in measure.test_type.parameters.items():
        value = getattr(measure, name)
        if value is None or (parameter.type == "integer" and value == 0):
            continue
        if parameter.vocabulary:
            value = _labels(parameter.vocabulary, value, lang)
        words[name] = _SHOWN_AS[parameter.type](value, lang)
    if words.get("partial_at") == words.get("pass_at"):
        words.pop("partial_at", None)
    return words


def _labels(vocabulary: str, codes: Sequence[str], lang: str) -> list[str]:
    terms = vocabularies()[vocabulary].terms
    return [pick(lang, terms[code].nl, terms[code].en) if code in terms else code for code in codes]


def _period_words(period: str, lang: str) -> str:
    return pick(lang, *_PERIODS[period])


def _deadline_words(deadline: Duration | str, lang: str) -> str:
    if not isinstance(deadline, Duration):
        return pick(lang, "op de afgesproken dag", "by its due date")
    return f"{pick(lang, 'binnen', 'within')} {span_words(deadline, lang)}"


def _percent(share: float, lang: str) -> str:
    return f"{number(round(100 * share, 1), lang)}%"


def _over(measure: Measure, lang: str) -> str:
    """Over which time is looked, as the end of a sentence part; empty when that is everything there is."""
    of = measure.test_type
    windows = [name for name, parameter in of.parameters.items() if parameter.type == "window"]
    values = [getattr(measure, name) for name in of.bounded_by or windows]
    spans = [value for value in values if value is not None]
    if "cycle" in spans:
        return pick(lang, ", in het kalenderjaar", ", in the calendar year")
    if not spans:
        return ""
    [span, *_] = spans
    if span == Duration(months=12):
        return pick(lang, ", over het afgelopen jaar", ", over the past year")
    return pick(lang, ", over de afgelopen ", ", over the past ") + span_words(span, lang)


def _stage_words(stages: Sequence[Stage], lang: str) -> str:
    parts = (f"{pick(lang, stage.nl, stage.en)} {_deadline_words(stage.within, lang)}" for stage in stages)
    return ", ".join(parts)


def _plain(value: Any, lang: str) -> str:
    return str(value)


# How a parameter of each type is said.
_SHOWN_AS: dict[str, Callable[[Any, str], str]] = {
    "duration": span_words,
    "grace": span_words,
    "period": _period_words,
    "window": _plain,
    "deadline": _deadline_words,
    "share": _percent,
    "number": number,
    "integer": number,
    "choice": _plain,
    "word": _plain,
    "list": lambda words, lang: ", ".join(words),
    "expression": _plain,
    "counterpart": _plain,
    "object": _plain,
    "stages": _stage_words,
    "population": lambda population, lang: selection_words(population.kind, population.about, lang),
}
