"""Reading the published file: values reach the database as they are, whatever they hold."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from warehouse.reading.read import Published
from warehouse.storage.database import State, memory_warehouse

scalar = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(),
    st.sampled_from(["'; DROP TABLE ops.run; --", "a'b", "\\", "$1", "?", "\n", "a\0b", "…é"]),
    st.dates(),
    st.datetimes(),
)
published = Published(State(Path()), memory_warehouse())


@example(["\0"])
@given(st.one_of(scalar, st.lists(st.text()), st.lists(st.integers(0, 2**31))))
def test_a_bound_value_comes_back_as_it_was(value: Any) -> None:
    assert published.rows("SELECT ? AS value", [value]) == [{"value": value}]
    assert published.rows("SELECT $given AS value, $given IS NULL AS absent", {"given": value}) == [
        {"value": value, "absent": value is None}
    ]


def test_two_values_are_bound_in_order() -> None:
    assert published.rows("SELECT ? AS first, ? AS second", ["x", date(2026, 1, 2)]) == [
        {"first": "x", "second": date(2026, 1, 2)}
    ]


def test_a_value_without_a_literal_is_refused() -> None:
    with pytest.raises(TypeError, match="Path"):
        published.rows("SELECT ?", [Path("x")])
    assert published.rows("SELECT ? AS moment", [datetime(2026, 1, 2, 3, 4, 5, 6)]) == [
        {"moment": datetime(2026, 1, 2, 3, 4, 5, 6)}
    ]
