"""An indicator is explained by its own number, as a norm is."""

from __future__ import annotations

import pytest

from warehouse.reading.explain import explain
from warehouse.reading.read import NotFound, Published


@pytest.mark.parametrize("name", ["P6.4", "p6.4 "])
def test_an_indicator_is_explained_by_its_number(published: Published, organisation: str, name: str) -> None:
    content = explain(published, organisation, name)
    assert (content["norm"]["level"], content["norm"]["norm_id"]) == ("principle", "6")
    [indicator] = content["indicators"]
    assert indicator["indicator_id"] == "P6.4"
    assert [test["test_id"] for test in indicator["tests"]] == ["P6.4"]


def test_a_number_of_nothing_is_refused(published: Published, organisation: str) -> None:
    with pytest.raises(NotFound):
        explain(published, organisation, "P6.9")
