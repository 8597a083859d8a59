"""A framework that rests on another one: the tests of the other prove its demands too, and it says so or is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.catalogue import Catalogue, Test
from models.duration import Duration
from models.errors import CatalogueError
from models.loading import load_catalogue
from tests.small import empty_warehouse
from warehouse.storage.catalogue_store import store_catalogue

UPPER = "boven-2026"
LOWER = "onder-2026"
HEADING = "id: {0}\ntitle_nl: {0}\ntitle_en: {0}\nversion: '1'\npublished: '2026-01-01'\nsource: test\n"
DEMAND = "    demands: [{id: a, part: zin 1, nl: Zo., en: So.}, {id: b, part: zin 2, nl: Zo ook., en: So too.}]\n"
FRESH = "kind: document, about: [risk_appetite], type: fresh, max_age: P1Y, nl: Zo., en: So."
LOWER_RULES = (
    "rules:\n  - norm: L.1\n    tests:\n"
    f"      - {{id: L.1-a, aspect: design, {FRESH}}}\n"
    f"      - {{id: L.1-b, aspect: operation, beyond_norm: true, {FRESH}}}\n"
    f"  - norm: L.2\n    tests:\n      - {{id: L.2-a, aspect: design, {FRESH}}}\n"
)
LEVEL = "  - {{level: {0}, nl: n, en: n, meaning_nl: m, meaning_en: m, needs: [{1}]}}\n"


def folder(tmp_path: Path, rests_on: str, heading: str = f"rests_on: {LOWER}\n", **files: str) -> Path:
    """An own catalogue of two frameworks, of which one rests on the other."""
    for name, more in ((UPPER, heading), (LOWER, "")):
        (tmp_path / name / "rules").mkdir(parents=True)
        (tmp_path / name / "framework.yaml").write_text(HEADING.format(name) + more)
    (tmp_path / UPPER / "norms.tsv").write_text("id\ttitle_nl\nU.1\tBoven\n")
    (tmp_path / LOWER / "norms.tsv").write_text("id\ttitle_nl\nL.1\tOnder\nL.2\tOok onder\n")
    (tmp_path / LOWER / "rules" / "a.yaml").write_text(LOWER_RULES)
    (tmp_path / UPPER / "rules" / "a.yaml").write_text(f"rules:\n  - norm: U.1\n{DEMAND}    rests_on: {rests_on}\n")
    for name, text in files.items():
        (tmp_path / name.replace("__", "/")).with_suffix(".yaml").write_text(text)
    return tmp_path


def catalogue(place: Path) -> Catalogue:
    return load_catalogue([UPPER, LOWER], place)


def upper_tests(of: Catalogue) -> list[Test]:
    return [test for test in of.tests if test.framework_id == UPPER and not test.implicit]


def test_the_tests_of_the_other_prove_the_demand(tmp_path: Path) -> None:
    made = catalogue(folder(tmp_path, "[{norms: [L.1], proves: [a]}]"))
    [test] = upper_tests(made)
    assert (test.id, test.norm_id, test.aspect, test.proves) == ("U.1-L.1-a", "U.1", "design", ("a",))
    assert [(link.norm_id, link.to_norm_id) for link in made.links if link.relation == "rests_on"] == [("U.1", "L.1")]


def test_what_the_other_leaves_to_its_owner_is_left_to_the_owner_here(tmp_path: Path) -> None:
    made = catalogue(folder(tmp_path, "[{norms: [L.1], proves: [a, b]}]"))
    assert {test.aspect for test in made.tests if test.framework_id == UPPER} == {"design", "existence", "operation"}


def test_two_norms_that_look_at_the_same_give_one_test_for_both_demands(tmp_path: Path) -> None:
    made = catalogue(folder(tmp_path, "[{norms: [L.1], proves: [a]}, {norms: [L.2], proves: [b]}]"))
    assert [test.proves for test in upper_tests(made)] == [("a", "b")]


def test_an_own_threshold_of_the_other_holds_here_too(tmp_path: Path) -> None:
    own = "overrides: [{test: L.1-a, set: {max_age: P2Y}, reason: Zo besloten.}]\n"
    made = catalogue(folder(tmp_path, "[{norms: [L.1], proves: [a]}]", overrides=own))
    [test] = upper_tests(made)
    assert (test.measure.max_age, test.override_reason) == (Duration(months=24), "Zo besloten.")


@pytest.mark.parametrize(
    ("rests_on", "heading", "reason"),
    [
        ("[{norms: [L.1], proves: [a]}]", "", "framework.yaml noemt bij rests_on geen kader"),
        ("[{norms: L.1, proves: [a]}]", f"rests_on: {LOWER}\n", "allebei een lijst"),
        ("[{norms: [L.1]}]", f"rests_on: {LOWER}\n", "allebei een lijst"),
        ("[{norms: [L.9], proves: [a]}]", f"rests_on: {LOWER}\n", "norm L.9 bestaat niet"),
        ("[{norms: [L.1], proves: [z]}]", f"rests_on: {LOWER}\n", "eis z van norm U.1 bestaat niet"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, rests_on: str, heading: str, reason: str) -> None:
    with pytest.raises(CatalogueError, match=reason):
        catalogue(folder(tmp_path, rests_on, heading))


def test_the_other_must_be_in_use(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="neem dat ook op bij frameworks"):
        load_catalogue([UPPER], folder(tmp_path, "[{norms: [L.1], proves: [a]}]"))


@pytest.mark.parametrize(
    ("levels", "reason"),
    [
        (LEVEL.format(2, "{what: any, at_least: pass}"), "niveau 2 staat waar niveau 1 hoort"),
        (LEVEL.format(1, "{what: status, at_least: pass}"), "een status is voldoet_deels of voldoet"),
        (LEVEL.format(1, "{what: status, norm: U.9, at_least: voldoet}"), "norm U.9 bestaat niet"),
        (LEVEL.format(6, "{what: any, at_least: pass}"), "level"),
    ],
)
def test_a_level_that_cannot_be_is_refused(tmp_path: Path, levels: str, reason: str) -> None:
    files = {f"{UPPER}__maturity": f"levels:\n{levels}"}
    with pytest.raises(CatalogueError, match=reason):
        catalogue(folder(tmp_path, "[{norms: [L.1], proves: [a]}]", **files))


def test_levels_are_kept_with_the_catalogue(tmp_path: Path) -> None:
    levels = LEVEL.format(1, "{what: any, at_least: partial}") + LEVEL.format(2, "{what: design, at_least: pass}")
    made = catalogue(folder(tmp_path, "[{norms: [L.1], proves: [a]}]", **{f"{UPPER}__maturity": f"levels:\n{levels}"}))
    with empty_warehouse() as connection:
        store_catalogue(connection, made)
        rows = connection.execute("SELECT level, what, at_least FROM catalogue.maturity ORDER BY level").fetchall()
    assert rows == [(1, "any", "partial"), (2, "design", "pass")]


def test_the_requirements_of_the_law_stand_in_their_own_order() -> None:
    names = [norm.id for norm in load_catalogue(["bio2-1.3", "cbw-2026"]).norms if norm.framework_id == "cbw-2026"]
    assert (len(names), names[0], names[-1]) == (27, "CBW-1.1", "CBW-17.1")
    assert names.index("CBW-9.1") + 1 == names.index("CBW-10.1")
