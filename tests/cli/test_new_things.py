"""The table "where a new thing goes" of docs/architecture.md: a new thing of each sort, added to a copy of the program as a
developer would, takes the files that the table names and no others, and is seen after a night.

A new type of test is in `test_new_test_type`.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from tests.connectors.doubles.described import SECRET, described, example, reply
from tests.connectors.faults import FaultServer
from tests.program_copy import SOURCE, ProgramCopy, copy_program

pytestmark = pytest.mark.slow  # a night of a program that nothing is known of yet, and a process for every question

PAGE = SOURCE / "docs" / "architecture.md"
NEXT = 1 + max(int(file.name[:4]) for file in (SOURCE / "warehouse" / "storage" / "migrations").glob("*.sql"))
MIGRATION_FILE = f"warehouse/storage/migrations/{NEXT:04}_drill.sql"
AS_OF = "2026-11-20"
KIND = """\
kind: drill
nl: Ontruiming
en: Drill
meaning_nl: Ontruimingsoefening van een gebouw
basis: measured
discriminator: exercise_type
observed_from: [performed_on]
naming: [building]
roles:
  happened_on: performed_on
columns:
  - {name: exercise_type, vocabulary: exercise_type, required: true, nl: Soort, en: Type, meaning_nl: Soort oefening}
  - {name: building, nl: Gebouw, en: Building, meaning_nl: Gebouw dat werd ontruimd}
  - {name: performed_on, type: date, required: true, nl: Uitgevoerd op, en: Performed on, meaning_nl: Dag van uitvoering}
"""
MIGRATION = """\
CREATE TABLE evidence.drill AS SELECT * EXCLUDE (system, outcome, objective, achieved) FROM evidence.exercise LIMIT 0;
ALTER TABLE evidence.drill ADD COLUMN building VARCHAR;
"""
SUITE = """\
kind: drill
rows:
  - id: performed-not-ahead
    type: UnexpectedRowsExpectation
    column: performed_on
    where: "performed_on > {today}"
    nl: Een ontruiming is al geweest.
    en: The drill has already been held.
"""
FRAMEWORK = """\
id: gebouwen-2026
title_nl: Veilige gebouwen
title_en: Safe buildings
version: "2026"
published: "2026-01-01"
source: test
"""
NORMS = "id\ttitle_nl\ttitle_en\tlevel\nG.1\tOntruimen\tEvacuate\tnorm\nG.2\tMeldingen\tIncidents\tnorm\n"
RULES = """\
rules:
  - norm: "G.1"
    tests:
      - {id: G.1-geoefend, aspect: operation, type: fresh, kind: drill, max_age: P1Y,
         nl: "Er is dit jaar ontruimd.", en: "There was a drill this year."}
  - norm: "G.2"
    tests:
      - {id: G.2-op-tijd, aspect: operation, type: within, kind: ticket, deadline: P30D,
         nl: "Meldingen zijn binnen een maand klaar.", en: "Incidents are settled within a month."}
"""
REPORT = '''\
"""What each norm rests on, in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from warehouse.reading.read import Published
from warehouse.reading.shapes import PresentNorm

NAME = "kort"
TITLE_NL = "Kort overzicht"
TITLE_EN = "Short overview"


def build(published: Published, organisation: str, target: Path, *, lang: str = "nl", **options: Any) -> list[Path]:
    """One text file with a line per norm."""
    file = target / "kort.txt"
    norms = published.select(PresentNorm, organisation)
    file.write_text("".join(f"{norm.norm_id} {norm.status} {norm.tests_unknown}\\n" for norm in norms), "utf-8")
    return [file]
'''
SOURCES: list[dict[str, Any]] = [
    {"id": "alarmen", "connector": "alarm", "file": "week.csv"},
    {
        "id": "ontruimingen", "connector": "spreadsheet", "file": "ontruimingen.csv", "delimiter": ";", "kind": "drill",
        "key": ["building", "performed_on"],
        "columns": {"exercise_type": "soort", "building": "gebouw", "performed_on": "op"},
    },
]  # fmt: skip
FILES = {
    "week.csv": "nummer;gemeld;gesloten;tekst\n1;1-10-2026 09:00;2-10-2026 10:00;Inbraakmelding\n",
    "ontruimingen.csv": "soort;gebouw;op\nincident_exercise;Stadhuis;05-03-2026\nincident_exercise;Loods;05-03-2027\n",
}
# What is added → the files of the program that it takes.
TAKES = {
    "source with rows or JSON over HTTP": set[str](),
    "connector": {"connectors/alarm.py", "pyproject.toml"},
    "norm, rule, indicator, threshold, question": {
        f"models/frameworks/gebouwen-2026/{name}" for name in ("framework.yaml", "norms.tsv", "rules/gebouwen.yaml")
    },
    "evidence kind": {"models/kinds/drill.yaml", MIGRATION_FILE},
    "expectation": {"expectations/suites/drill.yaml"},
    "what a report or command reads": {"warehouse/reading/sql/31_present_norm.sql", "warehouse/reading/shapes.py"},
    "report": {"reports/kort.py"},
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> ProgramCopy:
    """A copy of the program with all of these, after a night over a municipality that uses them."""
    copy = copy_program(tmp_path_factory.mktemp("copy"))
    for name, text in {
        "connectors/alarm.py": example("connector"),
        "models/kinds/drill.yaml": KIND,
        MIGRATION_FILE: MIGRATION,
        "expectations/suites/drill.yaml": SUITE,
        "models/frameworks/gebouwen-2026/framework.yaml": FRAMEWORK,
        "models/frameworks/gebouwen-2026/norms.tsv": NORMS,
        "models/frameworks/gebouwen-2026/rules/gebouwen.yaml": RULES,
        "reports/kort.py": REPORT,
    }.items():
        copy.write(name, text)
    copy.replace(
        "pyproject.toml", 'ciso_assistant = "', 'alarm = "connectors.alarm:AlarmConnector"\nciso_assistant = "'
    )
    copy.replace(
        "warehouse/reading/sql/31_present_norm.sql",
        "s.tests_known,",
        "s.tests_known, s.tests - s.tests_known AS tests_unknown,",
    )
    copy.replace(
        "warehouse/reading/shapes.py",
        "    tests_known: int\n    excepted_until",
        "    tests_known: int\n    tests_unknown: int\n    excepted_until",
    )
    copy.install()
    for name, text in FILES.items():
        (copy.folder / name).write_text(text, "utf-8")
    with FaultServer(reply) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MELDPUNT_TOKEN", SECRET)
        sources = [*SOURCES, described(server.address) | {"id": "meldpunt", "connector": "rest"}]
        content = {
            "organisation": {"id": "klein", "name": "Gemeente Klein"}, "frameworks": ["gebouwen-2026"], "exports": [],
            "sources": sources,
        }  # fmt: skip
        (copy.folder / "ensia.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
        copy.night(AS_OF)
    return copy


def answer(program: ProgramCopy, sql: str) -> Any:
    asked = program.ensia("sql", "--json", sql)
    assert asked.returncode == 0, asked.stdout + asked.stderr
    return json.loads(asked.stdout)


def test_the_catalogue_is_sound(program: ProgramCopy) -> None:
    checked = program.ensia("catalogue", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_it_took_these_files(program: ProgramCopy) -> None:
    assert program.changed() == set().union(*TAKES.values())


def test_the_page_has_a_row_for_each() -> None:
    rows = re.findall(r"^\| ([^|]+) \|", PAGE.read_text("utf-8").partition("## Where a new thing goes")[2], re.M)
    assert TAKES.keys() <= set(rows)


def test_records_of_both_connectors_come_in(program: ProgramCopy) -> None:
    shown = answer(program, "SELECT bron, titel FROM bewijs_melding ORDER BY bron")
    assert shown == [
        {"bron": "alarmen", "titel": "Inbraakmelding"},
        {"bron": "meldpunt", "titel": "Kwijtgeraakte laptop"},
    ]


def test_records_of_the_kind_come_in_and_its_expectation_holds_one_back(program: ProgramCopy) -> None:
    assert answer(program, "SELECT gebouw FROM bewijs_ontruiming") == [{"gebouw": "Stadhuis"}]
    assert answer(program, "SELECT soort_bewijs, waarde FROM quarantaine") == [
        {"soort_bewijs": "drill", "waarde": "2027-03-05"}
    ]


def test_the_norms_of_the_framework_are_judged_by_them(program: ProgramCopy) -> None:
    shown = answer(program, "SELECT norm_id, status FROM assess.measure_status ORDER BY norm_id")
    assert shown == [
        {"norm_id": norm, "status": "voldoet_deels"} for norm in ("G.1", "G.2")
    ]  # nobody attested the rest
    assert "Stadhuis" in program.ensia("explain", "G.1").stdout


def test_the_report_is_listed_and_made_and_shows_the_column(program: ProgramCopy) -> None:
    assert "Kort overzicht" in program.ensia("export").stdout
    assert program.ensia("export", "kort").returncode == 0
    (file,) = program.folder.rglob("kort.txt")
    assert file.read_text("utf-8") == "G.1 voldoet_deels 2\nG.2 voldoet_deels 2\n"
