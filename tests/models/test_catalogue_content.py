"""What comes with the program: the right numbers, in two languages, with a way from every old number."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from models.aspect import ASPECTS
from models.catalogue import Catalogue, Norm
from models.catalogue_check import FREQUENCIES, check, frequency_findings, has_period
from models.duration import Duration
from models.loading import load_catalogue, resolve_norm
from models.norm_number import norm_order
from warehouse.storage.database import memory_warehouse

BIO2 = "bio2-1.3"
VALUES = {
    "control_type": {"Preventive", "Detective", "Corrective"},
    "properties": {"Confidentiality", "Integrity", "Availability"},
    "concepts": {"Identify", "Protect", "Detect", "Respond", "Recover"},
    "domains": {"Governance_and_Ecosystem", "Protection", "Defence", "Resilience"},
}


@cache
def packaged() -> Catalogue:
    return load_catalogue((BIO2, "principes-2018", "digid-3.0"))


def norms(framework_id: str, level: str) -> dict[str, Norm]:
    return {norm.id: norm for norm in packaged().norms if (norm.framework_id, norm.level) == (framework_id, level)}


def test_the_numbers_of_bio2_1_3() -> None:
    measures = norms(BIO2, "measure")
    assert len(measures) == 166
    assert Counter(norm.state for norm in measures.values()) == {"active": 117, "none": 39, "moved": 6, "withdrawn": 4}
    assert {norm.parent for norm in measures.values()} == set(norms(BIO2, "control"))
    assert all(norm.id.startswith(f"{_long(norm.parent or '')}.") for norm in measures.values())


def _long(control: str) -> str:
    chapter, number = control.split(".")
    return f"{chapter}.{int(number):02d}"


def test_the_controls_of_iso_27002() -> None:
    controls = norms(BIO2, "control")
    assert Counter(norm.theme for norm in controls.values()) == {
        "organisational": 37, "people": 8, "physical": 14, "technological": 34,
    }  # fmt: skip
    assert len({norm.title_nl for norm in controls.values()}) == 93
    for norm in controls.values():
        assert set(norm.attributes) == {*VALUES, "capabilities"}, norm.id
        for name, allowed in VALUES.items():
            assert norm.attributes[name] and set(norm.attributes[name]) <= allowed, (norm.id, name)
    assert len({value for norm in controls.values() for value in norm.attributes["capabilities"]}) == 15


def test_norms_with_a_status_have_every_aspect_tested_or_attestable_that_they_ask() -> None:
    """All three, but for those of which the rule says why the norm does not ask them."""
    tested = Counter((test.norm_id) for test in packaged().tests if test.framework_id == BIO2)
    counting = [test for test in packaged().tests if test.framework_id == BIO2 and not test.beyond_norm]
    aspects = {(test.norm_id, test.aspect) for test in counting}
    assert len(tested) == 117 + 39
    by_number = {norm.id: norm for norm in packaged().norms if norm.framework_id == BIO2}
    assert aspects == {
        (number, aspect) for number in tested for aspect in ASPECTS if aspect not in by_number[number].not_asked
    }
    with_measures = {norm.parent for norm in norms(BIO2, "measure").values() if norm.state == "active"}
    assert not with_measures & set(tested)


@pytest.mark.parametrize("framework_id", [BIO2, "principes-2018", "digid-3.0"])
def test_every_norm_that_is_asked_about_is_told_in_two_languages(framework_id: str) -> None:
    tested = {(test.framework_id, test.norm_id) for test in packaged().tests}
    for norm in packaged().norms:
        asked = norm.level == "principle" or (norm.framework_id, norm.id) in tested
        if norm.framework_id == framework_id and norm.state == "active" and asked:
            assert norm.title_nl and norm.title_en, norm.id
            assert norm.summary_nl.endswith(".") and norm.summary_en.endswith("."), norm.id
            assert norm.summary_nl != norm.summary_en


def test_titles_of_measures_differ() -> None:
    active = [norm for norm in norms(BIO2, "measure").values() if norm.state == "active"]
    assert len({norm.title_nl for norm in active}) == len({norm.title_en for norm in active}) == 117
    assert max(len(norm.title_nl) for norm in active) <= 60


def test_every_number_of_1_2_leads_to_1_3_unless_it_was_withdrawn() -> None:
    without_successor = {"5.21.01", "5.35.01", "7.01.01", "8.24.03"}
    for norm_id in norms("bio2-1.2", "measure"):
        target = resolve_norm(packaged(), "bio2-1.2", norm_id)
        if norm_id in without_successor:
            assert target == ("bio2-1.2", norm_id)
            continue
        assert target is not None and target[0] == BIO2
        assert norms(BIO2, "measure")[target[1]].state in ("active", "none"), norm_id


@pytest.mark.parametrize(
    ("old", "new"),
    [("5.04.02", "5.10.02"), ("5.04.03", "5.10.03"), ("5.24.06", "5.21.05"), ("5.25.01", "5.26.02"),
     ("5.26.01", "5.26.02"), ("8.08.06", "5.24.08")],
)  # fmt: skip
def test_moved_numbers_land_where_their_content_is(old: str, new: str) -> None:
    assert resolve_norm(packaged(), BIO2, old) == (BIO2, new)
    assert resolve_norm(packaged(), "bio2-1.2", old) == (BIO2, new)


def test_links_from_1_04_lead_to_active_measures_and_say_that_they_are_practice() -> None:
    links = [link for link in packaged().links if link.framework_id == "bio-1.04"]
    assert {link.norm_id for link in links} == set(norms("bio-1.04", "norm"))
    assert {norms(BIO2, "measure")[link.to_norm_id].state for link in links} == {"active"}
    assert all("praktijk" in link.note for link in links)


def test_principles_are_ten_and_each_is_related_to_controls() -> None:
    principles = norms("principes-2018", "principle")
    assert sorted(principles, key=norm_order) == [str(number) for number in range(1, 11)]
    links = [link for link in packaged().links if link.framework_id == "principes-2018"]
    assert {link.norm_id for link in links} == set(principles)
    assert {link.relation for link in links} == {"related"}
    assert {link.to_norm_id for link in links} <= set(norms(BIO2, "control"))


def test_digid_has_21_norms_of_which_five_are_tested_on_operation() -> None:
    digid = norms("digid-3.0", "norm")
    assert len(digid) == 21
    assert {norm.id for norm in digid.values() if "ook de werking" in norm.note} == {
        "U/TV.01", "U/WA.02", "C.07", "C.08", "C.09",
    }  # fmt: skip
    assert {link.norm_id for link in packaged().links if link.framework_id == "digid-3.0"} == set(digid)
    asked = {norm_id: {test.aspect for test in packaged().tests if test.norm_id == norm_id} for norm_id in digid}
    assert {norm_id for norm_id, aspects in asked.items() if "operation" in aspects} == {
        "U/TV.01", "U/WA.02", "C.07", "C.08", "C.09",
    }  # fmt: skip
    assert all(aspects >= {"design", "existence"} for aspects in asked.values())


def test_questionnaires_ask_about_every_tested_norm_once() -> None:
    asked = Counter(
        norm_id for question in packaged().questions if question.framework_id == BIO2 for norm_id in question.norm_ids
    )
    assert set(asked.values()) == {1}
    assert set(asked) == {test.norm_id for test in packaged().tests if test.framework_id == BIO2}
    assert all(question.text_nl.endswith("?") and question.text_en.endswith("?") for question in packaged().questions)
    assert sum(question.questionnaire_id == "digid" for question in packaged().questions) == 21


def test_every_word_of_frequency_is_known() -> None:
    words = {word.strip() for norm in packaged().norms for word in (norm.frequency or "").split(";") if norm.frequency}
    assert words and words <= set(FREQUENCIES)


def test_every_frequency_of_the_norm_is_a_parameter_of_a_rule() -> None:
    assert [str(finding) for finding in frequency_findings(packaged()) if finding.severity == "error"] == []


def test_a_frequency_without_its_parameter_is_found() -> None:
    """Taking the parameter out of the rules of one measure at a time is noticed each time."""
    for norm in packaged().norms:
        periods = {FREQUENCIES[word.strip()] for word in (norm.frequency or "").split(";") if norm.frequency} - {None}
        if norm.framework_id != BIO2 or norm.state != "active" or not periods:
            continue
        for text in periods:
            period = Duration.parse(text or "")
            kept = tuple(
                test
                for test in packaged().tests
                if test.norm_id != norm.id or test.implicit or not has_period(test.measure, period)
            )
            if not any(test.norm_id == norm.id for test in kept):
                continue
            found = list(frequency_findings(packaged().model_copy(update={"tests": kept})))
            assert any(finding.severity == "error" and norm.id in finding.subject for finding in found), norm.id


def test_the_packaged_catalogue_has_no_errors() -> None:
    with memory_warehouse() as connection:
        found = check(packaged(), connection)
    assert [str(finding) for finding in found if finding.severity == "error"] == []
    assert {finding.subject.split()[1] for finding in found if "geen getal" in finding.reason} >= {"5.04.01", "5.09.01"}
