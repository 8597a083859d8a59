"""The short ways of a mapped column give what the long one gives, whatever a source wrote."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.tools.descriptions import system
from connectors.tools.mapping import RecordMapping, Rule, _value
from connectors.tools.values import ValueProblem, Words
from models.kind import kinds
from models.own_words import OwnWords
from models.record import Locator, Record

TICKET = kinds()["ticket"]
OFFSETS = st.one_of(st.none(), st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))))
MOMENTS = st.tuples(st.datetimes(), OFFSETS, st.sampled_from("T ")).map(
    lambda drawn: drawn[0].replace(tzinfo=drawn[1]).isoformat(sep=drawn[2])
)
WRITTEN = st.one_of(
    st.text(),
    MOMENTS,
    st.dates().map(str),
    st.sampled_from(["n.v.t.", " x ", "zie bijlage", "open", "\u200b", "9999-12-31T00:00"]),
)


def long_way(name: str, raw: Any) -> Any:
    try:
        return _value(TICKET.column(name), Rule(path=name), raw, "Europe/Amsterdam", Words(OwnWords(), []))
    except ValueProblem as problem:
        return str(problem)


@pytest.mark.parametrize("name", ["title", "owner", "resolved_at", "due_at", "state", "labels"])
@example(raw="2026-03-29T02:30:00")  # an hour that was not there
@example(raw="2026-01-01 ")
@given(raw=st.one_of(WRITTEN, st.none(), st.lists(WRITTEN, max_size=3)))
def test_a_value_is_the_same_by_every_way(name: str, raw: Any) -> None:
    mapping = RecordMapping(TICKET, {name: Rule(path=name)}, "Europe/Amsterdam", "")
    for _ in range(2):  # the second time it may be remembered
        record = mapping.record("1", {name: raw}, Locator(address="x"))
        found = record.problems[0].expected if record.problems else record.values.get(name)
        assert found == long_way(name, raw)


def test_a_remembered_list_is_not_shared() -> None:
    mapping = RecordMapping(TICKET, {"labels": Rule(collect=("a", "b"))}, "Europe/Amsterdam", "")
    first, second = (
        mapping.record("1", {"a": "rood", "b": "geel"}, Locator(address="x")).values["labels"] for _ in range(2)
    )
    first.append("z")
    assert second == ["rood", "geel"]
    assert isinstance(mapping.record("1", {"a": "rood", "b": None}, Locator(address="x")).values["labels"], list)


def of_glpi(**more: Any) -> Record:
    """A ticket as the search of GLPI answers it: columns are numbers, and a column with several groups is a list."""
    rules = system("glpi").resource("tickets").fields
    row = {
        "1": "Datalek", "2": 1, "3": 5, "7": "Beveiliging", "8": "ICT Beheer", "12": 2, "14": 1,
        "15": "2026-02-01 09:00:00", "16": None, "17": None, "18": None, "19": "2026-02-01 10:00:00",
    }  # fmt: skip
    mapping = RecordMapping(TICKET, rules, "Europe/Amsterdam", "https://glpi.voorbeeld.example")
    return mapping.record("1", row | more, Locator(address="x"))


@pytest.mark.parametrize(
    ("owners", "owner"),
    [
        (["ICT Beheer", "Security"], "ICT Beheer; Security"),
        (["ICT Beheer", "ICT Beheer"], "ICT Beheer"),
        (["ICT Beheer", None, ""], "ICT Beheer"),
        ([7, "Security"], "7; Security"),
        ([], None),
    ],
)
def test_several_values_where_one_text_is_asked_are_one_text(owners: list[Any], owner: str | None) -> None:
    record = of_glpi(**{"8": owners, "7": ["Beveiliging", "Datalek"]})
    assert record.problems == []
    assert record.values["owner"] == owner
    assert record.values["category"] == "Beveiliging; Datalek"
    assert record.values["ticket_type"] == "incident"


@pytest.mark.parametrize("value", [[{"naam": "ICT"}], {"naam": "ICT"}, [["ICT"]]])
def test_what_is_no_text_costs_its_column_only_and_is_named_so_that_it_can_be_found(value: Any) -> None:
    record = of_glpi(**{"8": value})
    assert "owner" not in record.values
    assert record.values["title"] == "Datalek"
    assert [(problem.column, problem.field) for problem in record.problems] == [("8 (Eigenaar)", "owner")]


def test_of_several_words_that_count_none_is_chosen() -> None:
    record = RecordMapping(TICKET, {"ticket_type": Rule(path="soort")}, "UTC", "").record(
        "1", {"soort": ["incident", "wijziging"]}, Locator(address="x")
    )
    assert [problem.expected for problem in record.problems] == ["één woord; hier staan er 2: incident, wijziging"]
    same = RecordMapping(TICKET, {"ticket_type": Rule(path="soort")}, "UTC", "").record(
        "1", {"soort": ["incident", "incident"]}, Locator(address="x")
    )
    assert same.values == {"ticket_type": "incident"}
