"""What changes from one framework to the next: numbers by the links, demands and evidence by the rules."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from cli.main import main
from models.catalogue_check import not_read_since
from models.catalogue_comparison import compare_frameworks, missing
from models.duration import Duration
from models.loading import load_catalogue

OLD = """\
rules:
  - norm: "E.1"
    demands:
      - {id: a, part: zin 1, nl: "Er is een beleid.", en: "There is a policy."}
      - {id: b, part: zin 1, nl: "Er is een lijst.", en: "There is a list."}
    tests:
      - {id: E.1-opzet, proves: [a, b], aspect: design, type: current, kind: document, about: [backup_policy], nl: "Er is een beleid.", en: "A policy."}
"""
NEW = """\
rules:
  - norm: "N.1"
    demands:
      - {id: a, part: zin 1, nl: "Er is een beleid.", en: "There is a policy."}
      - {id: c, part: zin 1, nl: "Herstel wordt getest.", en: "Restoring is tested."}
    tests:
      - {id: N.1-opzet, proves: [a], aspect: design, type: current, kind: document, about: [backup_policy], nl: "Er is een beleid.", en: "A policy."}
      - {id: N.1-werking, proves: [c], aspect: operation, type: fresh, kind: exercise, about: [restore_test], max_age: P1Y, nl: "Getest.", en: "Tested."}
  - norm: "N.2"
    demands:
      - {id: a, part: zin 1, nl: "Er is een register.", en: "There is a register."}
    tests:
      - {id: N.2-bestaan, proves: [a], aspect: existence, type: fresh, kind: access_review, max_age: P1Y, nl: "Er is er een.", en: "There is one."}
"""


def framework(folder: Path, name: str, norms: str, rules: str, links: str = "", more: str = "") -> None:
    (folder / name / "rules").mkdir(parents=True)
    heading = (
        f'id: {name}\ntitle_nl: {name}\ntitle_en: {name}\nversion: "1"\npublished: "2026-01-01"\nsource: test\n{more}'
    )
    (folder / name / "framework.yaml").write_text(heading, "utf-8")
    (folder / name / "norms.tsv").write_text("id\ttitle_nl\tlevel\n" + norms, "utf-8")
    (folder / name / "rules" / "regels.yaml").write_text(rules, "utf-8")
    if links:
        (folder / name / "links.tsv").write_text(
            "norm\tto_framework\tto_norm\trelation\tweight\tnote\n" + links, "utf-8"
        )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    links = "E.1\tnieuw\tN.1\tmoved\t1\t\n"
    framework(tmp_path, "oud", "E.1\tEen\tnorm\nE.2\tTwee\tnorm\n", OLD, links)
    framework(tmp_path, "nieuw", "N.1\tEen\tnorm\nN.2\tTwee\tnorm\n", NEW, more="in_force_from: 2027-01-01\n")
    return tmp_path


def test_a_norm_is_new_gone_or_has_other_demands_and_other_evidence(folder: Path) -> None:
    changes = compare_frameworks(load_catalogue(["oud", "nieuw"], folder), "oud", "nieuw")
    told = {change.norm.id: change for change in changes}
    assert {number: change.sort for number, change in told.items()} == {"E.2": "gone", "N.1": "changed", "N.2": "new"}
    changed = told["N.1"]
    assert changed.earlier == ("E.1",)
    assert [demand.id for demand in changed.added] == ["c"]
    assert [demand.id for demand in changed.dropped] == ["b"]
    assert changed.needs == (("exercise", ("restore_test",)),)
    assert missing(changed, [("exercise", "penetration_test")]) == [("exercise", ("restore_test",))]
    assert missing(changed, [("exercise", "restore_test")]) == []
    assert missing(told["N.2"], []) == [("access_review", ())]
    assert missing(told["N.2"], [("access_review", "regular")]) == []


def test_the_version_of_the_bio_before_this_one_leads_to_every_norm_or_says_that_it_is_new() -> None:
    catalogue = load_catalogue(["bio2-1.2", "bio2-1.3"])
    changes = compare_frameworks(catalogue, "bio2-1.2", "bio2-1.3")
    measures = {
        norm.id
        for norm in catalogue.norms
        if norm.framework_id == "bio2-1.3" and norm.level == "measure" and norm.state == "active"
    }
    assert {change.norm.id for change in changes if change.sort != "gone"} == measures
    assert {"moved", "same"} <= {change.sort for change in changes}


def test_the_command_says_what_cannot_be_seen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", "compare", "bio2-1.2", "bio2-1.3"]) == 0
    assert "kennen wij alleen de nummers" in " ".join(capsys.readouterr().out.split())
    assert main(["catalogue", "compare", "bio2-1.2", "bio2-1.3", "--json"]) == 0
    assert {"norm", "change", "needs", "missing"} <= set(json.loads(capsys.readouterr().out)[0])
    assert main(["catalogue", "compare", "bio2-1.2", "bestaat-niet"]) == 2


def test_what_nobody_looked_at_for_long_is_told(folder: Path) -> None:
    catalogue = load_catalogue(["oud", "bio2-1.3"], folder)
    names = [finding.about for finding in not_read_since(catalogue, Duration.parse("P1Y"), date(2026, 12, 1))]
    assert "oud" in names and "bio2-1.3" not in names  # it never says when
    later = [finding.about for finding in not_read_since(catalogue, Duration.parse("P1Y"), date(2027, 12, 1))]
    assert "bio2-1.3" in later
