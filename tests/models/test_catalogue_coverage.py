"""How norms can be proven, counted."""

from __future__ import annotations

import pytest

from models.catalogue_coverage import norm_coverage, principle_coverage, totals
from models.demand_check import BASES
from models.loading import load_catalogue
from tests.models.own_catalogue import OWN, OwnCatalogue

RULES = """\
rules:
  - norm: "S.1"
    tests:
      - {id: S.1-a, aspect: design, type: current, kind: document, nl: Goed., en: Good.}
      - {id: S.1-b, aspect: operation, type: recurring, kind: access_review, every: P3M, nl: Goed., en: Good.}
      - {id: S.1-c, aspect: operation, type: attested, max_age: P1Y, nl: Goed., en: Good.}
"""


def test_per_norm_and_aspect_the_strongest_basis_comes_first(own: OwnCatalogue) -> None:
    first, second = norm_coverage(own.write(f"{OWN}/rules/a.yaml", RULES).load(), OWN)
    assert first.bases == {
        "design": ("documented",), "existence": ("attested",), "operation": ("measured", "attested"),
    }  # fmt: skip
    assert (first.best, first.ruled, first.attested_only) == ("measured", ("design", "operation"), False)
    assert first.kinds == ("access_review", "attestation", "document")
    assert first.types == ("attested", "current", "recurring")
    assert (second.best, second.ruled, second.attested_only) == ("attested", (), True)


def test_totals_count_every_norm_once(own: OwnCatalogue) -> None:
    any_aspect, design, existence, operation = totals(norm_coverage(own.write(f"{OWN}/rules/a.yaml", RULES).load()))
    assert any_aspect.best == dict.fromkeys(BASES, 0) | {"measured": 1, "attested": 1}
    assert design.best["documented"] == 1 and existence.best["attested"] == 2 and operation.best["measured"] == 1
    assert any_aspect.share("measured", "documented") == pytest.approx(0.5)
    assert existence.share("measured") == 0


def test_most_active_measures_can_be_proven_with_more_than_a_statement() -> None:
    rows = totals(norm_coverage(load_catalogue(("bio2-1.3",)), "bio2-1.3"))
    [measures] = [row for row in rows if row.level == "measure" and row.aspect is None]
    assert measures.norms == 117 == sum(measures.best.values())
    assert measures.share("measured", "audited", "sampled", "documented") == 1


def test_every_active_measure_has_a_rule_of_its_own() -> None:
    """A statement of the owner that the rules leave room for is not counted."""
    measures = [row for row in norm_coverage(load_catalogue(("bio2-1.3",))) if row.norm.level == "measure"]
    assert len(measures) == 117
    assert [row.norm.id for row in measures if not row.ruled] == []


def test_every_principle_has_indicators_that_rest_on_evidence() -> None:
    covered = principle_coverage(load_catalogue(("bio2-1.3", "principes-2018")))
    assert [row.principle.id for row in covered] == [str(number) for number in range(1, 11)]
    assert sum(row.indicators for row in covered) == 43
    assert all(row.indicators >= 3 and row.measured >= 2 and row.keys >= 1 for row in covered)


def test_an_aspect_that_is_not_asked_of_a_norm_is_not_counted() -> None:
    rows = totals(norm_coverage(load_catalogue(("digid-3.0",)), "digid-3.0"))
    assert {row.aspect: row.norms for row in rows} == {None: 21, "design": 21, "existence": 21, "operation": 5}
