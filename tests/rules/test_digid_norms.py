"""The norms of the DigiD assessment can be met with own evidence or with the report of an outsider, and a report counts only when it
names the norm, is positive and lately was so. What the organisation itself has stands in `tests/reach/worlds/digid.yaml`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import pytest

from models.loading import load_catalogue
from tests.reach.honest import HonestWorld, Organisation, Outcome, assessed, worlds

DIGID = "digid-3.0"
NORMS = [norm.id for norm in load_catalogue([DIGID]).norms if norm.framework_id == DIGID]
ON_OPERATION = ("U/TV.01", "U/WA.02", "C.07", "C.08", "C.09")
OWN = {world.norm: world for world in worlds("digid")}
Report = dict[str, Any]


def _report(norm: str, **values: Any) -> Report:
    """A TPM statement of a supplier about this norm, over a whole year."""
    return {
        "supplier": "Bouwer", "statement_type": "digid_tpm", "period_start": date(2025, 4, 1), "period_end": date(2026, 3, 31),
        "issued_on": date(2026, 5, 1), "scope": f"DigiD-normen B.99, {norm} en Z/ZZ.98", "opinion": "unqualified", "exceptions": 0,
    } | values  # fmt: skip


# What is not a report by which a norm is met, by name.
UNFIT: dict[str, Callable[[str], Report]] = {
    "adverse": lambda norm: _report(norm, opinion="adverse"),
    "no opinion": lambda norm: _report(norm, opinion="disclaimer"),
    "qualified": lambda norm: _report(norm, opinion="qualified"),
    "with exceptions": lambda norm: _report(norm, exceptions=3),
    "of two years ago": lambda norm: _report(norm, period_start=date(2023, 4, 1), period_end=date(2024, 3, 31)),
    "about other norms": lambda _: _report("B.97"),
    "about nothing that it names": lambda norm: _report(norm, scope=None),
    "about a norm of which the number begins so": lambda norm: _report(f"{norm}1"),
    "not of DigiD": lambda norm: _report(norm, statement_type="iso_27001"),
}


@cache
def _outcomes() -> dict[str, Outcome]:
    """What each norm came to: with own evidence, with a report, and with each unfit report alone or beside own evidence."""
    listed = [Organisation(f"own {norm}", world) for norm, world in OWN.items()]
    for norm in NORMS:
        listed.append(_with_reports(f"report {norm}", norm, [_report(norm)]))
        listed.append(_with_reports(f"short {norm}", norm, [_report(norm, period_start=date(2026, 3, 1))]))
        listed += [_with_reports(f"{name} {norm}", norm, [make(norm)]) for name, make in UNFIT.items()]
        beside = {**OWN[norm].evidence, "assurance": [*OWN[norm].evidence["assurance"], UNFIT["adverse"](norm)]}
        listed.append(Organisation(f"beside {norm}", HonestWorld(norm, 1, beside)))
    return assessed(listed, DIGID)


def _with_reports(name: str, norm: str, reports: list[Report]) -> Organisation:
    return Organisation(name, HonestWorld(norm, 1, {"assurance": reports}))


@pytest.mark.parametrize("norm", NORMS)
def test_own_evidence_meets_it(norm: str) -> None:
    assert _outcomes()[f"own {norm}"].status == "voldoet", _outcomes()[f"own {norm}"].failing


@pytest.mark.parametrize("norm", NORMS)
def test_a_report_that_names_it_meets_it(norm: str) -> None:
    assert _outcomes()[f"report {norm}"].status == "voldoet", _outcomes()[f"report {norm}"].failing


@pytest.mark.parametrize("unfit", UNFIT)
@pytest.mark.parametrize("norm", NORMS)
def test_an_unfit_report_does_not(norm: str, unfit: str) -> None:
    assert _outcomes()[f"{unfit} {norm}"].status != "voldoet"


@pytest.mark.parametrize("norm", NORMS)
def test_a_report_on_a_month_says_nothing_of_operation(norm: str) -> None:
    assert (_outcomes()[f"short {norm}"].status == "voldoet") == (norm not in ON_OPERATION)


@pytest.mark.parametrize("norm", NORMS)
def test_own_evidence_does_not_outweigh_an_adverse_report(norm: str) -> None:
    assert _outcomes()[f"beside {norm}"].status != "voldoet"
