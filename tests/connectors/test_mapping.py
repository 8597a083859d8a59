"""The short ways of a mapped column give what the long one gives, whatever a source wrote."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.tools.mapping import RecordMapping, Rule, _value
from connectors.tools.values import ValueProblem, Words
from models.kind import kinds
from models.own_words import OwnWords
from models.record import Locator

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
