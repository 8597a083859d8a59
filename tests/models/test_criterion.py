"""What a test looks at and where its thresholds lie follows from its parameters, in two languages."""

from __future__ import annotations

from typing import Any

import pytest

from models.catalogue import Measure
from models.criterion import criterion, indicator_criterion, looked_at, span_words
from models.duration import Duration
from models.loading import load_catalogue
from tests.small import indicator_of


def measure(**fields: Any) -> Measure:
    return Measure.model_validate(fields)


@pytest.mark.parametrize(
    ("fields", "nl", "en"),
    [
        (
            {"type": "current", "kind": "document", "grace": "P3M"},
            "goed als er een geldt; deels tot 3 maanden na de herzieningsdatum",
            "pass if one is in force; partial up to 3 months after its review date",
        ),
        (
            {"type": "fresh", "kind": "decision", "max_age": "P1Y", "grace": "P1M"},
            "goed als het nieuwste hooguit 1 jaar oud is; deels tot 1 maand later",
            "pass if the newest is at most 1 year old; partial up to 1 month later",
        ),
        (
            {"type": "recurring", "kind": "access_review", "every": "P3M"},
            "goed als er elk kwartaal een is, in het kalenderjaar; deels vanaf de helft van de perioden",
            "pass if there is one every quarter, in the calendar year; partial from half of the periods on",
        ),
        (
            {"type": "ratio", "kind": "risk", "good": "true", "pass_at": 0.95, "partial_at": 0.8, "max_age": "P1Y"},
            "goed vanaf 95%, over het afgelopen jaar; deels vanaf 80%",
            "pass from 95%, over the past year; partial from 80%",
        ),
        (
            {"type": "ratio", "kind": "risk", "good": "true", "direction": "lower", "partial_at": 0.1},
            "goed tot en met 0%; deels tot en met 10%",
            "pass up to 0%; partial up to 10%",
        ),
        (
            {"type": "within", "kind": "ticket", "deadline": "PT72H", "window": "cycle"},
            "goed vanaf 100% binnen 72 uur afgehandeld, in het kalenderjaar",
            "pass from 100% settled within 72 hours, in the calendar year",
        ),
        (
            {"type": "within", "kind": "ticket", "deadline": "due", "window": "P18M", "pass_at": 0.9},
            "goed vanaf 90% op de afgesproken dag afgehandeld, over de afgelopen 1 jaar en 6 maanden",
            "pass from 90% settled by its due date, over the past 1 year and 6 months",
        ),
        (
            {"type": "none_open", "kind": "finding", "max_age": "P7D", "tolerate": 3},
            "goed als er geen langer dan 7 dagen openstaat; deels bij hooguit 3",
            "pass if none is open longer than 7 days; partial with at most 3",
        ),
        (
            {"type": "metric", "kind": "measurement", "pass_at": 99.5, "partial_at": 90, "max_age": "P3M"},
            "goed vanaf 99,5; deels vanaf 90; een meting van hooguit 3 maanden oud",
            "pass from 99.5; partial from 90; a measurement of at most 3 months old",
        ),
        (
            {"type": "audited", "kind": "assurance", "max_age": "P3Y"},
            "een oordeel van hooguit 3 jaar oud: positief is goed, met uitzonderingen is deels",
            "a judgement of at most 3 years old: positive is a pass, with exceptions is partial",
        ),
    ],
)
def test_the_thresholds_in_words(fields: dict[str, Any], nl: str, en: str) -> None:
    assert criterion(measure(**fields)) == nl
    assert criterion(measure(**fields), "en") == en


def test_what_is_looked_at() -> None:
    policy = measure(type="current", kind="document", about=["cloud_policy", "eigen woord"])
    assert looked_at(policy) == "document (cloudbeleid, eigen woord)"
    assert looked_at(policy, "en") == "document (cloud policy, eigen woord)"
    assert looked_at(measure(type="ratio", kind="risk", good="true")) == "risico"
    assert looked_at(measure(type="assessment", formula="share_fresh")) == "onze eigen uitkomsten"


def test_thresholds_of_an_indicator() -> None:
    own = indicator_of("P1", measure={"type": "count", "kind": "ticket"}, unit="aantal", green=2, amber=1)
    assert indicator_criterion(own) == "groen vanaf 2 aantal; oranje vanaf 1 aantal"
    lower = indicator_of("P2", measure={"type": "count", "kind": "ticket"}, better="lower", green=0, amber=0)
    assert indicator_criterion(lower, "en") == "green up to 0%"


def test_a_duration_is_said_as_people_do() -> None:
    assert [span_words(Duration.parse(text)) for text in ("P1Y", "P2Y", "P1M", "P1D", "P2W", "PT1H")] == [
        "1 jaar", "2 jaar", "1 maand", "1 dag", "14 dagen", "1 uur",
    ]  # fmt: skip


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_test_of_the_catalogue_has_a_criterion(lang: str) -> None:
    for test in load_catalogue(("bio2-1.3", "principes-2018", "digid-3.0")).tests:
        assert criterion(test.measure, lang) and looked_at(test.measure, lang), test.id
