"""Reading a catalogue: what is accepted, what is refused and how that is told, and that JSON gives the same back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from models.duration import Duration
from models.errors import CatalogueError
from models.loading import catalogue_from_json, catalogue_to_json, load_catalogue
from tests.models.own_catalogue import FRAMEWORK, NORMS, OWN, OwnCatalogue

BIO2 = "bio2-1.3"
RULES = f"catalogus/{OWN}/rules/a.yaml"
Rule = Callable[[str], OwnCatalogue]
FRESH = "type: fresh, kind: document, max_age: P1Y"


def test_json_gives_the_same_catalogue_back() -> None:
    catalogue = load_catalogue((BIO2, "principes-2018", "digid-3.0"))
    again = catalogue_from_json(catalogue_to_json(catalogue))
    assert again == catalogue
    assert again.digest == catalogue.digest and len(catalogue.digest) == 64
    assert catalogue_to_json(again) == catalogue_to_json(catalogue)
    assert any(isinstance(test.measure.max_age, Duration) for test in again.tests)


def test_json_writes_durations_as_iso_text(rule: Rule) -> None:
    text = catalogue_to_json(rule(FRESH).load())
    assert '"max_age":"P1Y"' in text


def test_an_own_framework_is_read_beside_the_packaged_ones(rule: Rule) -> None:
    catalogue = rule(FRESH).load(OWN, BIO2)
    [own] = [test for test in catalogue.tests if test.framework_id == OWN and not test.implicit]
    assert (own.id, own.norm_id, own.basis, own.place) == ("S.1-a", "S.1", "documented", f"{RULES}:4")
    assert sum(test.framework_id == BIO2 for test in catalogue.tests) > 400


def test_aspects_without_a_rule_may_be_attested_and_only_those(rule: Rule) -> None:
    tests = [test for test in rule(FRESH).load().tests if test.implicit]
    assert {(test.norm_id, test.aspect) for test in tests} == {
        ("S.1", "existence"), ("S.1", "operation"), ("S.2", "design"), ("S.2", "existence"), ("S.2", "operation"),
    }  # fmt: skip
    for test in tests:
        assert test.id == f"{test.norm_id}-{test.aspect}-eigen-verklaring"
        assert (test.measure.type, test.measure.kind, str(test.measure.max_age)) == ("attested", "attestation", "P1Y")
        assert (test.basis, test.measure.about, test.measure.where) == ("attested", (), "")


@pytest.mark.parametrize(
    ("fields", "basis"),
    [
        (FRESH, "documented"),
        ("type: recurring, kind: access_review, every: P3M", "measured"),
        ("type: audited, kind: assurance, max_age: P1Y", "audited"),
        ("type: fresh, kind: assurance, max_age: P1Y", "audited"),
        ("type: attested, max_age: P1Y", "attested"),
        ("type: audited, kind: attestation, max_age: P1Y", "audited"),
        (f"{FRESH}, basis: measured", "measured"),
    ],
)
def test_the_basis_follows_from_type_and_kind(rule: Rule, fields: str, basis: str) -> None:
    [test] = [test for test in rule(fields).load().tests if not test.implicit]
    assert test.basis == basis


def test_rules_may_be_added_to_a_packaged_framework(own: OwnCatalogue) -> None:
    own.write(
        f"{BIO2}/rules/extra.yaml",
        """\
        rules:
          - norm: "5.01.01"
            tests:
              - {id: 5.01.01-eigen, aspect: existence, type: fresh, kind: document, max_age: P1Y, nl: Goed., en: Good.}
        """,
    )
    before = {test.id for test in load_catalogue((BIO2,)).tests}
    after = {test.id for test in own.load(BIO2).tests}
    assert "5.01.01-eigen" in after - before
    assert before - after <= {"5.01.01-existence-eigen-verklaring"}


def test_the_digest_is_that_of_the_content_not_of_the_lines(rule: Rule) -> None:
    own = rule(FRESH)
    first = own.load().digest
    file = own.folder / OWN / "rules" / "a.yaml"
    file.write_text("# een opmerking\n" + file.read_text("utf-8"), "utf-8")
    assert own.load().digest == first
    rule(FRESH.replace("P1Y", "P2Y"))
    assert own.load().digest != first


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ("type: fresh, kind: document, max_agee: P1Y", "max_agee is hier geen veld"),
        ("type: fresh, kind: document", "vraagt ook: max_age"),
        ("type: fresh, kind: documnt, max_age: P1Y", "soort bewijs 'documnt' bestaat niet"),
        ("type: fresch, kind: document, max_age: P1Y", "type is 'fresch'; toegestaan"),
        ("type: fresh, kind: document, max_age: -P1Y", "is geen duur"),
        ("type: fresh, kind: document, max_age: 1 jaar", "is geen duur"),
        ("type: fresh, kind: document, max_age: P0D", "duur van nul"),
        ("type: recurring, kind: document, every: P2M", "every is 'P2M'; toegestaan"),
        (f"{FRESH}, about: beleid", "about"),
        ("type: fresh, kind: access_review, about: [beheerder], max_age: P1Y", "'beheerder' staat niet in de woordenlijst 'access_scope'"),
        ("type: fresh, kind: risk, about: [proces], max_age: P1Y", "heeft geen hoofdkolom"),
        ("type: current, kind: ticket", "soort 'current' nodig heeft (in_force)"),
        ("type: ratio, kind: ticket, pass_at: 0.9", "vraagt ook: good (of matched)"),
        ("type: fresh, kind: document, max_age: P1Y, tolerate: 2", "kent geen tolerate"),
        ("type: ratio, kind: ticket, good: 'true', pass_at: 0.8, partial_at: 0.9", "strenger dan pass_at"),
        ("type: ratio, kind: ticket, matched: {kind: nietes, key: a, population_key: b}", "soort bewijs 'nietes' bestaat niet"),
        ("type: ratio, kind: ticket, matched: {kind: ticket, key: a}", "matched.population_key ontbreekt"),
        (f"{FRESH}, basis: gemeten", "basis is 'gemeten'"),
    ],
)  # fmt: skip
def test_a_faulty_test_is_refused_with_file_line_and_reason(rule: Rule, fields: str, reason: str) -> None:
    problems = rule(fields).problems()
    assert len(problems) == 1
    assert problems[0].startswith(f"{RULES}, regel 4: ")
    assert reason in problems[0]


def test_the_line_is_that_of_the_faulty_field(own: OwnCatalogue) -> None:
    own.write(
        f"{OWN}/rules/a.yaml",
        """\
        rules:
          - norm: "S.1"
            tests:
              - id: S.1-a
                aspect: desgin
                type: fresh
                kind: document
                max_age: P1Y
                nl: Goed.
                en: Good.
              - id: S.1-b
                aspect: design
                type: ratio
                kind: ticket
                nl: Goed.
                en: Good.
                matched:
                  kind: access_review
                  about: [beheer]
                  key: system
                  population_key: asset
        """,
    )
    assert [problem.split(": ")[0] for problem in own.problems()] == [f"{RULES}, regel 5", f"{RULES}, regel 19"]


@pytest.mark.parametrize(
    ("rules", "line", "reason"),
    [
        ('rules:\n  - norm: "S.9"\n    tests: []\n', 2, "'S.9' bestaat niet"),
        ("rules:\n  - norm: 5.10\n    tests: []\n", 2, "tussen aanhalingstekens"),
        ('rules:\n  - norm: "S.1"\n', 2, "vraagt een lijst `tests`"),
        ('rules:\n  - norm: "S.1"\n    toetsen: []\n', 3, "toetsen is geen veld"),
        ("regels: []\n", 1, "regels is geen veld"),
        ("- norm: x\n", 1, "een lijst hebben onder `rules:`"),
        ('rules:\n  - norm: "S.1"\n    norm: "S.2"\n', 3, "staat tweemaal"),
        ("rules:\n  - norm: [\n", 3, "geen geldige YAML"),
    ],
)
def test_a_faulty_rule_file_is_refused(own: OwnCatalogue, rules: str, line: int, reason: str) -> None:
    own.write(f"{OWN}/rules/a.yaml", rules)
    first = own.problems()[0]
    assert first.startswith(f"{RULES}, regel {line}: ")
    assert reason in first


@pytest.mark.parametrize(
    ("norm", "reason"),
    [
        ("5.03.01", "is geen overheidsmaatregel"),
        ("5.24.06", "is verplaatst"),
        ("5.21.01", "is vervallen"),
        ("5.1", "heeft zelf overheidsmaatregelen"),
    ],
)
def test_a_rule_on_a_norm_without_status_is_refused(own: OwnCatalogue, norm: str, reason: str) -> None:
    own.write(f"{BIO2}/rules/a.yaml", f'rules:\n  - norm: "{norm}"\n    tests: []\n')
    [problem] = own.problems(BIO2)
    assert problem.startswith(f"catalogus/{BIO2}/rules/a.yaml, regel 2: norm {norm} {reason}")


def test_a_test_is_named_once_and_after_its_norm(own: OwnCatalogue) -> None:
    test = "aspect: design, type: fresh, kind: document, max_age: P1Y, nl: Goed., en: Good."
    own.write(
        f"{OWN}/rules/a.yaml",
        f'rules:\n  - norm: "S.1"\n    tests:\n      - {{id: S.1-a, {test}}}\n      - {{id: S.1-a, {test}}}\n'
        f"      - {{id: S.10-a, {test}}}\n",
    )
    assert own.problems() == [
        f"{RULES}, regel 5: toets 'S.1-a' staat al in {RULES}, regel 4",
        f"{RULES}, regel 6: toets 'S.10-a' moet beginnen met het nummer van de norm: S.1-…",
    ]


@pytest.mark.parametrize(
    ("norms", "line", "reason"),
    [
        (NORMS + "S.1\tWeer\n", 4, "norm S.1 staat al in"),
        ("id\ttitel\nS.1\tEerste\n", 1, "kolom title_nl ontbreekt"),
        ("id\ttitle_nl\tkleur\nS.1\tEerste\trood\n", 1, "kolom 'kleur' bestaat hier niet"),
        ("id\ttitle_nl\nS.1\tEerste\tnog iets\n", 2, "heeft 3 cellen, de kopregel heeft er 2"),
        ("id\ttitle_nl\tstate\tmoved_to\nS.1\tEerste\tmoved\tS.9\n", 2, "moved_to 'S.9' bestaat niet"),
        ("id\ttitle_nl\tstate\tmoved_to\nS.1\tEen\tmoved\tS.2\nS.2\tTwee\tmoved\tS.1\n", 2, "in een kring: S.1 → S.2 → S.1"),
        ("id\ttitle_nl\tstate\nS.1\tEerste\tmoved\n", 2, "alleen een verplaatste norm heeft een moved_to"),
        ("id\ttitle_nl\tmoved_to\nS.1\tEerste\tS.2\nS.2\tTweede\t\n", 2, "alleen een verplaatste norm heeft een moved_to"),
        ("id\ttitle_nl\tstate\nS.1\tEerste\tactief\n", 2, "state is 'actief'; toegestaan"),
        ("id\ttitle_nl\nS.1\t\n", 2, "title_nl ontbreekt"),
    ],
)  # fmt: skip
def test_faulty_norms_are_refused(own: OwnCatalogue, norms: str, line: int, reason: str) -> None:
    own.write(f"{OWN}/norms.tsv", norms)
    problems = own.problems()
    assert any(
        problem.startswith(f"catalogus/{OWN}/norms.tsv, regel {line}: ") and reason in problem for problem in problems
    ), problems


def test_a_norm_may_ask_for_some_aspects_only(own: OwnCatalogue) -> None:
    own.write(f"{OWN}/norms.tsv", "id\ttitle_nl\taspects\nS.1\tEerste\tdesign; existence\nS.2\tTweede\t\n")
    asked = [(test.norm_id, test.aspect) for test in own.load().tests]
    assert asked == [
        ("S.1", "design"), ("S.1", "existence"), ("S.2", "design"), ("S.2", "existence"), ("S.2", "operation"),
    ]  # fmt: skip
    test = "{id: S.1-a, aspect: operation, type: current, kind: document, nl: Goed., en: Good.}"
    own.write(f"{OWN}/rules/a.yaml", f'rules:\n  - norm: "S.1"\n    tests:\n      - {test}\n')
    assert own.problems() == [f"{RULES}, regel 4: norm S.1 kent dit aspect niet; wel: design, existence"]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("measures.tsv", "id\tcontrol\tstate\nM.1\t9.9\tactive\n", "beheersmaatregel '9.9' bestaat niet"),
        ("measures.tsv", "id\tcontrol\tstate\tcbw_scope\nM.1\t5.1\tactive\tja\n", "cbw_scope is 'ja'; toegestaan: yes, no, open"),
        ("controls.tsv", "id\ttitle_nl\ttheme\n9.1\tEen\tdigitaal\n", "theme is 'digitaal'"),
        ("controls.tsv", "id\ttitle_nl\ttheme\n5.1\tEen\tpeople\n", "norm 5.1 staat al in models/frameworks"),
        ("links.tsv", "norm\tto_framework\tto_norm\trelation\n5.1\tbio2-1.2\t5.1\tequal\n", "norm '5.1' bestaat niet in kader 'bio2-1.2'"),
        ("links.tsv", "norm\tto_framework\tto_norm\trelation\n5.1\tiso\t5.1\tequal\n", "bestaat niet in kader 'iso'"),
        ("links.tsv", "norm\tto_framework\tto_norm\trelation\n5.1\tbio2-1.3\t5.2\tgelijk\n", "relation is 'gelijk'"),
        ("links.tsv", "norm\tto_framework\tto_norm\trelation\n5.24.06\tbio2-1.3\t5.2\tequal\n", "gaat al naar 5.21.05"),
        ("links.tsv", "norm\tto_framework\tto_norm\trelation\n5.2\tbio2-1.3\t5.4\tequal\n5.4\tbio2-1.3\t5.2\tmoved\n", "in een kring"),
    ],
)  # fmt: skip
def test_faulty_tables_are_refused(own: OwnCatalogue, name: str, text: str, reason: str) -> None:
    own.write(f"{BIO2}/{name}", text)
    problems = own.problems(BIO2)
    assert any(reason in problem for problem in problems), problems


def test_a_framework_says_who_it_is(own: OwnCatalogue) -> None:
    own.write(f"{OWN}/framework.yaml", FRAMEWORK.replace(OWN, "ander"))
    assert "id moet de naam van de map zijn" in own.problems()[0]
    own.write(f"{OWN}/framework.yaml", "title_nl: x\nkleur: rood\n")
    problems = "\n".join(own.problems())
    assert "id ontbreekt" in problems and "kleur is hier geen veld" in problems
    (own.folder / OWN / "framework.yaml").unlink()
    assert "heeft geen framework.yaml" in own.problems()[0]


def test_everything_is_told_at_once(own: OwnCatalogue) -> None:
    own.write(f"{OWN}/norms.tsv", NORMS + "S.1\tWeer\n")
    own.write(f"{OWN}/rules/a.yaml", 'rules:\n  - norm: "S.8"\n    tests: []\n')
    own.write(f"{OWN}/rules/b.yaml", 'rules:\n  - norm: "S.9"\n    tests: []\n')
    own.write("overrides.yaml", "overrides:\n  - {test: x, set: {max_age: P1Y}, reason: daarom}\n")
    files = [problem.split(",")[0] for problem in own.problems()]
    assert files == [
        f"catalogus/{OWN}/norms.tsv", f"catalogus/{OWN}/rules/a.yaml", f"catalogus/{OWN}/rules/b.yaml",
        "catalogus/overrides.yaml",
    ]  # fmt: skip


def test_an_unknown_framework_and_a_missing_folder_name_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"kader 'bio3' bestaat niet; er zijn: .*bio2-1\.3"):
        load_catalogue(("bio3",))
    with pytest.raises(CatalogueError, match="bestaat niet"):
        load_catalogue((BIO2,), tmp_path / "weg")


def test_no_problem_names_the_machine(own: OwnCatalogue) -> None:
    own.write(f"{OWN}/norms.tsv", NORMS + "S.1\tWeer\n")
    assert not any(str(own.folder.parent) in problem for problem in own.problems())


def test_an_override_changes_a_test_and_says_why(rule: Rule) -> None:
    own = rule(FRESH)
    own.write(
        "overrides.yaml", "overrides:\n  - {test: S.1-a, set: {max_age: P2Y, grace: P1M}, reason: Zo besloten.}\n"
    )
    [test] = [test for test in own.load().tests if not test.implicit]
    assert (str(test.measure.max_age), str(test.measure.grace)) == ("P2Y", "P1M")
    assert test.override_reason == "Zo besloten."


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("{test: S.1-a, set: {max_age: P2Y}}", "vraagt een reden"),
        ("{test: S.1-a, set: {max_age: P2Y}, reason: '  '}", "vraagt een reden"),
        ("{test: S.1-a, reason: daarom}", "vraagt `set:`"),
        ("{test: S.1-b, set: {max_age: P2Y}, reason: daarom}", "'S.1-b' bestaat niet"),
        ("{set: {max_age: P2Y}, reason: daarom}", "noemt één toets"),
        ("{test: S.1-a, set: {kind: ticket}, reason: daarom}", "kind is niet te wijzigen"),
        ("{test: S.1-a, set: {max_aeg: P2Y}, reason: daarom}", "max_aeg is niet te wijzigen"),
        ("{test: S.1-a, set: {max_age: twee jaar}, reason: daarom}", "is geen duur"),
        ("{test: S.1-a, set: {tolerate: 3}, reason: daarom}", "kent geen tolerate"),
        ("{test: S.1-a, set: {max_age: P2Y}, reason: daarom, wie: ciso}", "wie is geen veld"),
    ],
)
def test_a_faulty_override_is_refused(rule: Rule, item: str, reason: str) -> None:
    own = rule(FRESH)
    own.write("overrides.yaml", f"overrides:\n  - {item}\n")
    [problem] = own.problems()
    assert problem.startswith("catalogus/overrides.yaml, regel 2: ")
    assert reason in problem


INDICATOR = """\
indicators:
  - id: E1
    principle: "S.1"
    nl: Iets
    en: Something
    measure: {type: ratio, kind: ticket, good: "state = 'closed'", window: cycle}
    unit: "%"
    better: higher
    green: 90
    amber: 70
    weight: 2
    reason_nl: Daarom.
"""


def test_indicators_are_read_and_overridden(own: OwnCatalogue) -> None:
    own.write(f"{OWN}/indicators.yaml", INDICATOR)
    [indicator] = own.load().indicators
    assert (indicator.principle_id, indicator.green, indicator.measure.window) == ("S.1", 90, "cycle")
    own.write(
        "overrides.yaml", "overrides:\n  - {indicator: E1, set: {green: 80, window: P1Y}, reason: Zo besloten.}\n"
    )
    [indicator] = own.load().indicators
    assert (indicator.green, str(indicator.measure.window), indicator.override_reason) == (80, "P1Y", "Zo besloten.")
    own.write("overrides.yaml", "overrides:\n  - {indicator: E1, set: {green: 60}, reason: Zo besloten.}\n")
    assert "amber 70 is strenger dan green 60" in own.problems()[0]


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ('"S.1"', '"S.7"', 3, "'S.7' bestaat niet"),
        ('"S.1"', "1.1", 3, "tussen aanhalingstekens"),
        ("better: higher", "better: hoger", 8, "better is 'hoger'"),
        ("weight: 2", "weight: 0", 11, "meer dan 0"),
        ("amber: 70", "amber: 95", 2, "amber 95 is strenger"),
        ("reason_nl: Daarom.", "color: red\n    reason_nl: Daarom.", 12, "color is geen veld"),
        ("kind: ticket", "kind: kaartje", 6, "soort bewijs 'kaartje' bestaat niet"),
    ],
)
def test_a_faulty_indicator_is_refused(own: OwnCatalogue, old: str, new: str, line: int, reason: str) -> None:
    own.write(f"{OWN}/indicators.yaml", INDICATOR.replace(old, new))
    problems = own.problems()
    assert problems[0].startswith(f"catalogus/{OWN}/indicators.yaml, regel {line}: ")
    assert reason in problems[0]


QUESTIONS = """\
id: lijst
title_nl: Lijst
title_en: List
questions:
  - id: "1"
    text_nl: Is het zo?
    text_en: Is it so?
    framework: eigen-2026
    norms: ["S.1", "S.2"]
    scale: [Ja, Nee]
"""


def test_questions_are_listed_or_generated(own: OwnCatalogue) -> None:
    own.write("questionnaires/a.yaml", QUESTIONS)
    own.write(
        "questionnaires/b.yaml",
        f"id: elke\ntitle_nl: Elke\ntitle_en: Each\nfor_each: {{framework: {OWN}, levels: [norm], scale: [Ja, Nee]}}\n",
    )
    catalogue = own.load()
    assert [(question.questionnaire_id, question.id, question.norm_ids) for question in catalogue.questions] == [
        ("lijst", "1", ("S.1", "S.2")), ("elke", "S.1", ("S.1",)), ("elke", "S.2", ("S.2",)),
    ]  # fmt: skip
    assert {question.scale for question in catalogue.questions} == {("Ja", "Nee")}
    assert catalogue.questions[1].text_nl.startswith("Eerste. ")


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ('["S.1", "S.2"]', '["S.1", "S.5"]', 9, "'S.5' bestaat niet"),
        ("framework: eigen-2026", "framework: bestaat-niet", 8, "kader 'bestaat-niet' bestaat niet"),
        ("text_nl: Is het zo?", "tekst: Is het zo?", 6, "tekst is hier geen veld"),
        ("title_en: List", "titel: List", 3, "titel is geen veld"),
        ("questions:", "for_each: {framework: bio2-1.3, levels: [alles]}\nquestions:", 4, "kies uit: measure"),
        ("questions:", "for_each: {kader: bio2-1.3}\nquestions:", 4, "for_each heeft de velden"),
    ],
)
def test_a_faulty_questionnaire_is_refused(own: OwnCatalogue, old: str, new: str, line: int, reason: str) -> None:
    own.write("questionnaires/a.yaml", QUESTIONS.replace(old, new))
    problems = own.problems()
    assert any(
        problem.startswith(f"catalogus/questionnaires/a.yaml, regel {line}: ") and reason in problem
        for problem in problems
    ), problems


def test_a_question_about_a_norm_without_status_is_refused(own: OwnCatalogue) -> None:
    own.write("questionnaires/a.yaml", QUESTIONS.replace(OWN, BIO2).replace('["S.1", "S.2"]', '["5.24.06"]'))
    assert "norm 5.24.06 is verplaatst en heeft nooit een status" in own.problems(BIO2)[0]


def test_only_what_was_asked_for_comes_along_and_the_numbers_that_became_it() -> None:
    catalogue = load_catalogue(("bio2-1.3",))
    assert {framework.id for framework in catalogue.frameworks} == {"bio-1.04", "bio2-1.2", "bio2-1.3"}
    assert not [norm for norm in catalogue.norms if norm.level == "principle"]
    assert {norm.framework_id for norm in catalogue.norms} == {framework.id for framework in catalogue.frameworks}
