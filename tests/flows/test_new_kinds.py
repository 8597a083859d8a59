"""Readings, samples, awareness of a case, and documents about more than one topic: from workbooks to the officers' tables,
and in a warehouse that is older than they are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest
from pydantic import ValidationError

from connectors.spreadsheet import SpreadsheetConnector
from connectors.tools.passages import passages_of, text_mark
from models.record import Payload
from tests.connectors.documents import write_docx, write_odt, write_pdf
from tests.town import Town
from warehouse.storage.database import SETTINGS, migrate, migrations

SOURCES = """\
  - {id: lezingen, connector: spreadsheet, file: lezingen.xlsx, kind: reading, key: [text_key, element, read_by, read_on]}
  - {id: meldingen, connector: spreadsheet, file: meldingen.xlsx, kind: ticket, key: [title]}
  - {id: beleid, connector: policy_folder, folder: beleid, topics: {"*herstel*": [backup_policy, continuity_plan]}}
"""
RULES = {
    "E.1": """\
      - {id: E.1-opzet, aspect: design, type: current, kind: document, about: [continuity_plan], nl: "Er geldt een plan.",
         en: "A plan is in force."}""",
}
FRONT = [["Versie", "2.1"], ["Vastgesteld op", "12-03-2026"], ["Eigenaar", "CISO"]]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = Town(tmp_path_factory.mktemp("gemeente"), SOURCES, RULES)
    town.workbook(
        "lezingen.xlsx",
        [
            "Soort tekst",
            "Tekst",
            "Tekstkenmerk",
            "Element",
            "Gevonden",
            "Vindplaats",
            "Gelezen door",
            "Lezer",
            "Gelezen op",
        ],
        [
            "document",
            "Herstel.docx",
            "abc",
            "reikwijdte",
            "Ja",
            "blz. 3",
            "privacy officer",
            "Jan Jansen",
            date(2026, 5, 4),
        ],
        [
            "document",
            "Herstel.docx",
            "abc",
            "hersteltijd",
            "gedeeltelijk",
            None,
            "privacy officer",
            "jan  jansen",
            "5-5-2026",
        ],
        ["document", "Herstel.docx", "abc", "doel", "Nee", None, "controller", "Piet de Vries", "4-11-2027"],
    )
    town.workbook(
        "meldingen.xlsx",
        ["Titel", "Soort", "Gemeld op", "Bekend sinds", "Hoort bij", "Stap"],
        ["D-1", "datalek", "2026-03-01 09:00", "2026-02-28 23:30", None, None],
        ["M-1", "melding", "2026-03-02 09:00", None, "D-1", "Vroege waarschuwing"],
    )
    write_docx(town.folder / "beleid" / "Herstel.docx", FRONT, title="Herstel na een storing", paragraphs=("Alles.",))
    town.night()
    return town


def test_a_reading_is_evidence_without_a_name(town: Town) -> None:
    rows = town.rows(
        "SELECT tekst, element, gevonden, vindplaats, gelezen_door, lezer, gelezen_op FROM bewijs_lezing ORDER BY ALL"
    )
    assert [row[:5] for row in rows] == [
        ("Herstel.docx", "recovery_time", "partly", None, "privacy officer"),
        ("Herstel.docx", "scope", "yes", "blz. 3", "privacy officer"),
    ]
    assert rows[0][5] == rows[1][5] and rows[0][5].startswith("p-")
    assert "jansen" not in str(town.rows("FROM evidence.reading")).casefold()


def test_a_reading_of_tomorrow_is_refused(town: Town) -> None:
    rows = town.rows("SELECT bron, kolom, verwacht FROM quarantaine")
    assert [row for row in rows if row[0] == "lezingen"] == [("lezingen", "Gelezen op", "De lezing is al gedaan.")]


def test_a_sample_comes_in_with_its_working_paper_only() -> None:
    """Whoever could type the outcome of a sample into a list would not have to draw one."""
    options = {"file": "steekproef.xlsx", "kind": "sample_result", "key": ["sample", "record_ref"]}
    with pytest.raises(ValidationError, match="sample_result"):
        SpreadsheetConnector.Settings.model_validate(options)


def test_a_ticket_tells_since_when_it_was_known_and_what_it_follows(town: Town) -> None:
    rows = town.rows("SELECT titel, CAST(bekend_sinds AS VARCHAR), hoort_bij, stap FROM bewijs_melding ORDER BY ALL")
    assert rows == [("D-1", "2026-02-28 23:30:00", None, None), ("M-1", None, "D-1", "early_warning")]


def test_a_document_counts_for_each_of_its_topics(town: Town) -> None:
    assert town.rows("SELECT topic, topics FROM evidence.document") == [("backup_policy", ["continuity_plan"])]
    assert town.result("E.1-opzet")[0] == "pass"


def test_the_mark_of_a_text_is_of_its_words_alone(tmp_path: Path) -> None:
    words = ("Doel van dit beleid.", "Wie doet wat.")
    write_docx(tmp_path / "a.docx", [], paragraphs=words, title="A", author="Iemand")
    write_docx(tmp_path / "b.docx", [], paragraphs=(" Doel van  dit beleid. Wie doet wat.",), title="B")
    write_docx(tmp_path / "c.docx", [], paragraphs=(*words, "En meer."))
    write_pdf(tmp_path / "d.pdf", [words[1]], title=words[0])  # which writes its title above the lines
    write_docx(tmp_path / "e.docx", [])
    marks = [
        text_mark(passages_of(Payload(path.name, "", path=path)))
        for path in (tmp_path / name for name in ("a.docx", "b.docx", "c.docx", "d.pdf", "e.docx"))
    ]
    assert marks[0] == marks[1] == marks[3] != marks[2]
    assert marks[2] is not None and marks[4] is None


def test_passages_tell_where_they_stand(tmp_path: Path) -> None:
    write_odt(tmp_path / "x.odt", [["Versie", "1"]], title="X")
    texts = [passage.text for passage in passages_of(Payload("x.odt", "", path=tmp_path / "x.odt"))]
    assert "Versie" in texts
    write_pdf(tmp_path / "x.pdf", ["Alle systemen"], title="Reikwijdte")
    [first, *_] = passages_of(Payload("x.pdf", "", path=tmp_path / "x.pdf"))
    assert (first.text, first.page) == ("Reikwijdte", 1)


def test_an_older_warehouse_gets_them_and_keeps_what_it_had() -> None:
    older = [sql for number, _, sql in migrations() if number < 11]
    with duckdb.connect(":memory:", config=SETTINGS) as connection:
        migrate(connection)
        connection.execute(
            "DROP TABLE evidence.reading; DROP TABLE evidence.sample_result; DROP TABLE account.working_paper"
        )
        connection.execute("DELETE FROM ops.migration WHERE number = 11")
        for table, columns in {
            "ticket": ("aware_at", "relates_to", "stage"),
            "document": ("topics", "text_hash"),
        }.items():
            for column in columns:
                connection.execute(f"ALTER TABLE evidence.{table} DROP COLUMN {column}")
        connection.execute("ALTER TABLE evidence.finding DROP COLUMN object")
        connection.execute(
            "INSERT INTO evidence.ticket (organisation_id, record_key, title) VALUES ('klein', 'D-1', 'D-1')"
        )
        assert older and migrate(connection) == [11]
        assert connection.execute("SELECT title, aware_at, relates_to, stage FROM evidence.ticket").fetchall() == [
            ("D-1", None, None, None)
        ]
        assert connection.execute("SELECT count(*) FROM evidence.reading").fetchone() == (0,)
