"""The few norms show what all norms of the example show: no kind of outcome is left out with the rest."""

from __future__ import annotations

import pytest

from warehouse.reading.read import Published

OUTCOMES = {
    "results of a test type": "SELECT DISTINCT test_type, result FROM assess.test_result AS r "
    "JOIN catalogue.test AS t USING (framework_id, test_id, purpose) WHERE purpose = 'norm' AND until_run_no IS NULL",
    "reasons of a test type": "SELECT DISTINCT test_type, reason FROM assess.test_result AS r "
    "JOIN catalogue.test AS t USING (framework_id, test_id, purpose) WHERE purpose = 'norm' AND until_run_no IS NULL",
    "statuses of norms": "SELECT DISTINCT status FROM assess.measure_status WHERE until_run_no IS NULL",
    "grounds of norms": "SELECT DISTINCT basis FROM assess.measure_status WHERE until_run_no IS NULL",
    "notes on applicability": "SELECT DISTINCT applicability_note FROM assess.measure_status WHERE until_run_no IS NULL",
    "exceptions": "SELECT DISTINCT excepted_until IS NOT NULL FROM assess.measure_status WHERE until_run_no IS NULL",
    "statuses of controls": "SELECT DISTINCT status FROM assess.control_status WHERE until_run_no IS NULL",
    "statuses of principles": "SELECT DISTINCT status FROM assess.principle_status WHERE until_run_no IS NULL",
    "colours of indicators": "SELECT DISTINCT colour FROM assess.indicator_value WHERE until_run_no IS NULL",
    "answers": "SELECT DISTINCT answer FROM assess.answer WHERE until_run_no IS NULL",
}


@pytest.mark.parametrize("query", OUTCOMES.values(), ids=OUTCOMES)
def test_nothing_is_left_out(published: Published, published_few_norms: Published, query: str) -> None:
    with_all, with_few = (
        {tuple(row.values()) for row in each.rows(query)} for each in (published, published_few_norms)
    )
    assert with_all - with_few == set()
    assert with_few - with_all == set()
