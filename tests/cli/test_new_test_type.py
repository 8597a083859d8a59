"""A new type of test is two files: added to a copy of the program, it judges a night, explains itself and advises.

The same copy shows what is refused: a model that forgets a test, a kind without its table, a type without its words.
"""

from __future__ import annotations

import json

import pytest

from tests.program_copy import ProgramCopy, copy_program

DESCRIPTION = """\
type: newest_two
nl: nieuwste twee
en: newest two
meaning_nl: De nieuwste twee bewijsregels zijn allebei in orde.
meaning_en: The newest two records are both in order.
used_for: [norm, indicator]
parameters:
  good: {type: expression, required: true}
  at_least: {type: integer, default: 2, least: 1}
columns:
  good: {type: BOOLEAN, sql: "{good}"}
verdict:
  steps: {place: "row_number() OVER (PARTITION BY s.organisation_id, s.test_no ORDER BY happened_on DESC, evidence_id)"}
  sql: "CASE WHEN place > t.at_least THEN 'left_out' WHEN good THEN 'good' ELSE 'not_good' END"
value: numerator
yardstick:
  nl: ["goed als de nieuwste {at_least} allebei in orde zijn"]
  en: ["pass if the newest {at_least} are both in order"]
reasons:
  no_records: shared
  newest_good: {nl: "{n} van de nieuwste {d} zijn in orde", en: "{n} of the newest {d} are in order"}
advice:
  - when: denominator IS NULL
    nl: "nieuw bewijs: {evidence}"
    en: "new evidence: {evidence}"
  - numbers: {short: at_least - numerator}
    nl: "nog {short} oefening die slaagt"
    en: "{short} more exercise that succeeds"
"""
MODEL = """\
-- Test type newest_two: the newest records are all good.
-- grain: one row per organisation and test asked; key: organisation_id, test_no.
WITH ranked AS (
    SELECT *, row_number() OVER (PARTITION BY organisation_id, test_no ORDER BY happened_on DESC, evidence_id) AS place
    FROM selected
    WHERE happened_on <= getvariable('as_of')
), summary AS (
    SELECT r.organisation_id, r.test_no, count(*) AS selected, count(*) FILTER (r.good) AS good,
        list(r.evidence_id ORDER BY r.place) AS evidence_ids
    FROM ranked AS r
    JOIN asked AS t USING (organisation_id, test_no)
    WHERE r.place <= t.at_least
    GROUP BY r.organisation_id, r.test_no
)
SELECT t.organisation_id, t.test_no,
    CASE WHEN s.selected IS NULL THEN 'no_evidence' WHEN s.good >= t.at_least THEN 'pass' WHEN s.good > 0 THEN 'partial'
        ELSE 'fail' END AS result,
    CASE WHEN s.selected IS NULL THEN 'no_records' ELSE 'newest_good' END AS reason,
    CAST(s.good AS DOUBLE) AS numerator, CAST(s.selected AS DOUBLE) AS denominator,
    coalesce(s.selected, 0) AS selected, s.evidence_ids
FROM asked AS t
LEFT JOIN summary AS s USING (organisation_id, test_no);
"""
CONFIGURATION = """\
organisation: {id: klein, name: Gemeente Klein}
frameworks: [eigen-2026]
catalogue: catalogus
exports: []
sources:
  - id: oefeningen
    connector: spreadsheet
    file: oefeningen.csv
    delimiter: ";"
    kind: exercise
    key: [title]
    columns: {title: naam, exercise_type: soort, performed_on: op, outcome: uitkomst, owner: door}
"""
FRAMEWORK = """\
id: eigen-2026
title_nl: Eigen normen
title_en: Own norms
version: "2026"
published: "2026-01-01"
source: test
"""
NORMS = "id\ttitle_nl\tlevel\nE.1\tOefenen\tnorm\nE.2\tHerstellen\tnorm\nP1\tEerste principe\tprinciple\n"
RULES = """\
rules:
  - norm: "E.1"
    tests:
      - {id: E.1-oefenen, aspect: operation, type: newest_two, kind: exercise, about: [incident_exercise],
         good: "outcome = 'success'", nl: "De nieuwste twee oefeningen slaagden.", en: "The newest two succeeded."}
  - norm: "E.2"
    tests:
      - {id: E.2-herstellen, aspect: operation, type: newest_two, kind: exercise, about: [restore_test],
         good: "outcome = 'success'", nl: "De nieuwste twee proeven slaagden.", en: "The newest two succeeded."}
"""
INDICATORS = """\
indicators:
  - {id: P1.1, principle: "P1", nl: Geslaagde oefeningen, en: Successful exercises, unit: aantal, better: higher, green: 2,
     amber: 1, weight: 1, reason_nl: daarom,
     measure: {type: newest_two, kind: exercise, about: [incident_exercise], good: "outcome = 'success'"}}
"""
# How a careless developer writes it: a test without records falls out of the join, and would vanish with its norm.
FORGETFUL = MODEL.replace("LEFT JOIN summary", "JOIN summary")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> ProgramCopy:
    """A copy of the program with the new type, beside a municipality whose rules use it; no night has run."""
    copy = copy_program(tmp_path_factory.mktemp("copy"))
    copy.write("models/tests/newest_two.yaml", DESCRIPTION)
    copy.write("models/tests/newest_two.sql", MODEL)
    files = {
        "ensia.yaml": CONFIGURATION,
        "catalogus/eigen-2026/framework.yaml": FRAMEWORK,
        "catalogus/eigen-2026/norms.tsv": NORMS,
        "catalogus/eigen-2026/rules/eigen.yaml": RULES,
        "catalogus/eigen-2026/indicators.yaml": INDICATORS,
        "oefeningen.csv": "naam;soort;op;uitkomst;door\nJanuari;incident_exercise;05-01-2026;geslaagd;CISO\n"
        "Februari;incident_exercise;05-02-2026;geslaagd;CISO\nMaart;incident_exercise;05-03-2026;mislukt;CISO\n",
    }
    for name, text in files.items():
        path = copy.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return copy


@pytest.fixture(scope="module")
def after_a_night(program: ProgramCopy) -> ProgramCopy:
    """The copy after a night that went well."""
    program.night("2026-11-20")
    return program


def test_a_model_that_forgets_a_test_fails_the_night_and_is_named(program: ProgramCopy) -> None:
    program.write("models/tests/newest_two.sql", FORGETFUL)
    night = program.ensia("nightly", "--as-of", "2026-11-20")
    program.write("models/tests/newest_two.sql", MODEL)
    said = night.stdout + night.stderr
    assert night.returncode == 1, said
    assert "models/tests/newest_two.sql" in said
    assert "toets E.2-herstellen van klein (soort newest_two): geen uitkomst" in said
    assert not (program.folder / "state" / "published" / "ensia.duckdb").exists()


def test_it_took_two_files(program: ProgramCopy) -> None:
    assert program.changed() == {"models/tests/newest_two.yaml", "models/tests/newest_two.sql"}


def test_the_catalogue_is_sound(program: ProgramCopy) -> None:
    checked = program.ensia("catalogue", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_norm_is_judged_and_explained_with_it(after_a_night: ProgramCopy) -> None:
    dutch, english = (
        after_a_night.ensia("explain", "E.1").stdout,
        after_a_night.ensia("explain", "E.1", "--lang", "en").stdout,
    )
    assert "1 van de nieuwste 2 zijn in orde" in dutch
    assert "goed als de nieuwste 2 allebei in orde zijn" in dutch
    assert "1 of the newest 2 are in order" in english
    assert "pass if the newest 2 are both in order" in english
    assert "[niet goed] Maart" in dutch and "Februari" in dutch and "Januari" not in dutch


def test_what_it_needs_is_advised(after_a_night: ProgramCopy) -> None:
    assert "nog 1 oefening die slaagt" in after_a_night.ensia("assess", "--doel", "E.1").stdout
    assert "nieuw bewijs: oefening" in after_a_night.ensia("assess", "--doel", "E.2").stdout


def test_an_indicator_has_its_value_and_a_principle_any_number(after_a_night: ProgramCopy) -> None:
    """A principle numbered P1 made these views unreadable for everybody."""
    answered = after_a_night.ensia(
        "sql", "--json", "SELECT nummer, status, indicator, waarde FROM principes JOIN indicatoren ON principe = nummer"
    )
    assert json.loads(answered.stdout) == [{"nummer": "P1", "status": "oranje", "indicator": "P1.1", "waarde": 1.0}]
    assert "P1" in after_a_night.ensia("status").stdout


def test_a_kind_without_its_table_is_refused_by_the_check(program: ProgramCopy) -> None:
    exercise = (program.root / "models" / "kinds" / "exercise.yaml").read_text("utf-8")
    program.write("models/kinds/drill.yaml", exercise.replace("kind: exercise", "kind: drill"))
    checked = program.ensia("catalogue", "check")
    (program.root / "models" / "kinds" / "drill.yaml").unlink()
    said = " ".join((checked.stdout + checked.stderr).split())
    assert checked.returncode == 2, said
    assert "models/kinds/drill.yaml: soorten bewijs hebben geen tabel in het warehouse: evidence.drill" in said
    assert "Traceback" not in said


def test_a_type_without_its_words_is_refused_by_the_check(program: ProgramCopy) -> None:
    bare, _, _ = DESCRIPTION.partition("yardstick:")
    program.write("models/tests/newest_two.yaml", bare)
    checked = program.ensia("catalogue", "check")
    program.write("models/tests/newest_two.yaml", DESCRIPTION)
    said = " ".join((checked.stdout + checked.stderr).split())
    assert checked.returncode == 2, said
    assert "models/tests/newest_two.yaml" in said
    assert all(f"{part} ontbreekt" in said for part in ("yardstick", "advice", "reasons"))
