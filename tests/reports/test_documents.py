"""The board page, the council report and the college statement: what stands in them, and how they are made."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import duckdb
import pytest
from docx.table import Table
from docx.text.paragraph import Paragraph
from pypdf import PdfReader

from flows.installation import Installation
from reports import governance
from reports.registry import make
from tests import golden
from tests.reports.workbook_text import text_of
from warehouse.reading.read import Published
from warehouse.reading.shapes import PrincipleAfterRun

LANGUAGES = ("nl", "en")
MARKUP = '#import "x": * *vet* <b>b</b> $x$ =1+1 `c`'


def text_of_docx(path: Path) -> str:
    """Headings, paragraphs and tables in order; each with its style or its cells."""
    lines = []
    for block in docx.Document(str(path)).iter_inner_content():
        if isinstance(block, Paragraph):
            if block.text:
                lines.append(f"[{block.style.name if block.style else ''}] {block.text}")
        elif isinstance(block, Table):
            lines += ["| " + " | ".join(cell.text for cell in row.cells) for row in block.rows]
    return "\n".join(lines) + "\n"


def text_of_pdf(path: Path) -> str:
    """The words on the pages; where lines break is left to the page."""
    pages = [" ".join((page.extract_text() or "").split()) for page in PdfReader(path).pages]
    return "\n--- \n".join(pages) + "\n"


@pytest.fixture
def changed(example: Installation, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the published file that a test may change."""
    copy = duckdb.connect(str(tmp_path / "copy.duckdb"))
    copy.execute(f"ATTACH '{example.state.published}' AS real (READ_ONLY)")
    copy.execute("COPY FROM DATABASE real TO copy")
    copy.execute("DETACH real")
    yield copy
    copy.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_board_page(published: Published, organisation: str, tmp_path: Path, lang: str) -> None:
    (file,) = make("board", published, organisation, tmp_path, lang=lang)
    reader = PdfReader(file)
    assert len(reader.pages) == 1
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert reader.trailer["/Root"]["/Lang"] == lang  # type: ignore[index]
    golden.check(f"board-{lang}.txt", text_of_pdf(file))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_council_report(published: Published, organisation: str, tmp_path: Path, lang: str) -> None:
    word_file, pdf = make("council", published, organisation, tmp_path, lang=lang)
    golden.check(f"council-{lang}.txt", text_of_docx(word_file))
    said = re.sub(r"[\s\u00ad]|-", "", text_of_pdf(pdf))
    for line in text_of_docx(word_file).splitlines():
        for part in re.sub(r"^\[.*?\]|^\|", "", line).split(" | "):
            assert re.sub(r"[\s-]", "", part) in said, "the PDF says the same as the docx"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_college_statement(published: Published, organisation: str, tmp_path: Path, lang: str) -> None:
    (file,) = make("college", published, organisation, tmp_path, lang=lang)
    golden.check(f"college-{lang}.txt", text_of_docx(file))


def test_the_statement_names_no_norm_and_the_annex_does(
    changed: duckdb.DuckDBPyConnection, example: Installation, organisation: str, tmp_path: Path
) -> None:
    """As if two norms of DigiD had been assessed, of which one does not comply."""
    changed.execute(
        "INSERT INTO catalogue.framework (framework_id, title_nl, title_en, version, annex) "
        "VALUES ('digid-3.0', 'Normenkader DigiD', 'DigiD framework', '3.0', 'DigiD')"
    )
    for number, status in (("B.05", "voldoet"), ("U/WA.02", "voldoet_niet")):
        changed.execute(
            "INSERT INTO assess.measure_status BY NAME SELECT ? AS organisation_id, 'digid-3.0' AS framework_id, ? AS norm_id, "
            "? AS status, 'attested' AS basis, 3 AS tests, 1 AS tests_known, 1 AS from_run_no",
            [organisation, number, status],
        )
        changed.execute(
            "INSERT INTO catalogue.norm BY NAME SELECT 'digid-3.0' AS framework_id, ? AS norm_id, 'norm' AS level, "
            "'Titel van ' || ? AS title_nl, 9000 AS norm_order",
            [number, number],
        )
    with Published(example.state, changed) as opened:
        (file,) = make("college", opened, organisation, tmp_path)
    text = text_of_docx(file)
    statement, annexes = text.split("[Heading 1] Bijlage A", 1)
    assert "met uitzonderingen" in statement
    assert "U/WA.02" not in statement and not re.search(r"\b\d\.\d\d", statement.replace("20-11-2026", ""))
    assert "| U/WA.02 | Titel van U/WA.02 | voldoet niet |" in annexes
    assert "Aan 1 van de 2 normen wordt voldaan." in annexes
    assert "annex: Suwinet" in annexes


@pytest.mark.parametrize("name", ["board", "council", "college"])
def test_the_same_run_gives_the_same_file(published: Published, organisation: str, tmp_path: Path, name: str) -> None:
    first, second = (make(name, published, organisation, tmp_path / part) for part in "ab")
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]
    for file in first:
        if file.suffix == ".docx":
            with zipfile.ZipFile(file) as package:
                assert {entry.date_time for entry in package.infolist()} == {(2026, 11, 20, 3, 15, 30)}


@pytest.mark.parametrize("name", ["board", "council"])
def test_text_from_sources_is_never_markup(
    changed: duckdb.DuckDBPyConnection, example: Installation, organisation: str, tmp_path: Path, name: str
) -> None:
    changed.execute("UPDATE evidence.risk SET title = ?, process = '#panic()'", [MARKUP])
    changed.execute("UPDATE evidence.improvement SET action = ?, owner = '$ $'", [MARKUP])
    changed.execute("UPDATE ops.organisation SET name = '*Gemeente* #x'")
    with Published(example.state, changed) as opened:
        files = make(name, opened, organisation, tmp_path)
    for file in files:
        text = text_of_docx(file) if file.suffix == ".docx" else text_of_pdf(file)
        whole = re.sub(r"\s", "", text)
        assert re.sub(r"\s", "", MARKUP) in whole
        assert "#panic()" in whole
        assert "*Gemeente*#x" in whole


def test_the_board_page_stays_one_page(
    changed: duckdb.DuckDBPyConnection, example: Installation, organisation: str, tmp_path: Path
) -> None:
    long = "Langademige omschrijving van wat er allemaal mis kan gaan " * 8
    changed.execute("UPDATE evidence.risk SET title = ?, process = ?, residual = 999, appetite = 1", [long, long])
    changed.execute("UPDATE evidence.risk SET record_key = 'een-lang-kenmerk-' || record_key, accepted_on = NULL")
    changed.execute("UPDATE catalogue.norm SET title_nl = ? WHERE level = 'principle'", [long])
    changed.execute("UPDATE catalogue.indicator SET name_nl = ?", [long])
    changed.execute("UPDATE assess.indicator_value SET colour = 'rood'")
    changed.execute("UPDATE ops.organisation SET name = ?", [long])
    changed.execute("UPDATE ops.source_run SET status = 'failed', reason = ?", [long])
    with Published(example.state, changed) as opened:
        (file,) = make("board", opened, organisation, tmp_path)
    assert len(PdfReader(file).pages) == 1
    assert "…" in text_of_pdf(file)


DECIDED_ON = ("risk", "improvement", "exception", "applicability")
WORLD = (  # sentences that are about the world
    "Er staan geen open risico’s in het register",
    "Er zijn geen verbeteringen gepland",
    "er op dit moment geen verbeteringen zijn gepland",
    "Deze maand niets",
)


def _without_records(changed: duckdb.DuckDBPyConnection) -> None:
    """As if nothing stood in the registers of risks, improvements and decisions, and every norm complied."""
    for kind in DECIDED_ON:
        changed.execute(f"DELETE FROM evidence.{kind}")
    changed.execute("UPDATE assess.measure_status SET status = 'voldoet', expires_on = NULL")


def _texts(published: Published, organisation: str, folder: Path) -> dict[str, str]:
    """What the documents for administrators say, by report."""
    (page,) = make("board", published, organisation, folder)
    council, _ = make("council", published, organisation, folder)
    (statement,) = make("college", published, organisation, folder)
    (plan,) = make("verbeterplan", published, organisation, folder)
    return {
        "board": text_of_pdf(page).replace("\u00ad", ""),
        "council": text_of_docx(council),
        "college": text_of_docx(statement),
        "plan": text_of(plan, slice(0, 1)),
    }


def test_nothing_in_a_register_that_was_read_is_told_as_such(
    changed: duckdb.DuckDBPyConnection, example: Installation, organisation: str, tmp_path: Path
) -> None:
    _without_records(changed)
    changed.execute("DELETE FROM ops.quarantine")
    with Published(example.state, changed) as opened:
        texts = _texts(opened, organisation, tmp_path)
    assert WORLD[0] in texts["board"] and WORLD[3] in texts["board"]
    assert WORLD[0] in texts["council"] and WORLD[1] in texts["council"]
    assert WORLD[2] in texts["college"]
    assert "Nog te doen\t0" in texts["plan"]


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (("DELETE FROM ops.source_run", "DELETE FROM ops.source_kind"), "er is geen bron ingesteld voor"),
        (("UPDATE ops.source_run SET status = 'degraded'",), "is nog nooit goed gelezen"),
        (("UPDATE ops.source_run SET fresh_until = DATE '2026-11-19'",), "niet op tijd vernieuwd (bruikbaar tot en met 19-11-2026)"),
        (("UPDATE ops.source_run SET complete = false",), "is nog nooit in zijn geheel gelezen"),
        (
            ("INSERT INTO ops.quarantine BY NAME SELECT run_id, organisation_id, source_id, kind, 'x' AS record_key FROM ops.source_kind",),
            "afgekeurd",
        ),
    ],
    ids=["no source", "refused", "stale", "in part", "rejected rows"],
)  # fmt: skip
def test_nothing_in_a_register_that_was_not_read_is_not_told_as_a_fact(
    changed: duckdb.DuckDBPyConnection,
    example: Installation,
    organisation: str,
    tmp_path: Path,
    harm: tuple[str, ...],
    why: str,
) -> None:
    _without_records(changed)
    for statement in harm:
        changed.execute(statement)
    with Published(example.state, changed) as opened:
        texts = _texts(opened, organisation, tmp_path)
    for name, text in texts.items():
        assert not [sentence for sentence in WORLD if sentence in text], name
        assert why in text, name
    assert "Nog te doen\tniet bekend" in texts["plan"]
    assert "Of er open risico’s zijn, weten wij niet" in texts["board"]
    assert "Zorg dat wij weten wat er te besluiten is" in texts["board"]


def test_a_list_that_is_not_whole_says_so_and_every_report_gives_the_same_number(
    changed: duckdb.DuckDBPyConnection, example: Installation, organisation: str, tmp_path: Path
) -> None:
    changed.execute("UPDATE evidence.improvement SET due_on = NULL WHERE record_key = (SELECT min(record_key) FROM "
                    "evidence.improvement WHERE done_on IS NULL AND coalesce(state, '') <> 'cancelled')")  # fmt: skip
    changed.execute("UPDATE ops.source_run SET status = 'failed'")
    with Published(example.state, changed) as opened:
        count = opened.improvement_count(organisation)
        texts = _texts(opened, organisation, tmp_path)
    of_which = f"waarvan {count.late} te laat en 1 zonder datum"
    assert f"Er zijn nog {count.to_do} verbeteringen te doen, {of_which}." in texts["council"]
    assert f"er nog {count.to_do} verbeteringen te doen zijn, {of_which}; dit is niet volledig" in texts["college"]
    assert f"Nog te doen\tminstens {count.to_do}" in texts["plan"]
    assert f"Vraag de eigenaren van {count.late} verbeteringen" in texts["board"]
    assert "Dit is niet volledig: ‘Risicoregister’" in texts["board"]


def test_an_improvement_that_names_no_norm_plans_nothing_for_any(
    changed: duckdb.DuckDBPyConnection, example: Installation, organisation: str, tmp_path: Path
) -> None:
    changed.execute("UPDATE evidence.improvement SET norm_id = NULL")
    with Published(example.state, changed) as opened:
        (plan,) = make("verbeterplan", opened, organisation, tmp_path)
        text = text_of(plan)
    planned, _, rest = text.partition("# Niets gepland")
    assert planned.partition("# Plan")[2].strip().count("\n") == 0, "only the header"
    assert rest.partition("# Overige verbeteringen")[2].strip().count("\n") == 13


def test_the_trend_compares_with_a_run_of_a_month_before(
    changed: duckdb.DuckDBPyConnection, example: Installation, organisation: str, tmp_path: Path
) -> None:
    """Three principles: one was red and is green, one the other way round, one stayed; the rest had no status then."""
    changed.execute("UPDATE ops.run SET run_no = 2")
    changed.execute(
        "INSERT INTO ops.run BY NAME SELECT 'oud' AS run_id, 1 AS run_no, DATE '2026-10-01' AS as_of, 'ok' AS state, "
        "TIMESTAMP '2026-10-01' AS known_at, TIMESTAMP '2026-10-01' AS finished_at, "
        "(SELECT catalogue_digest FROM ops.run) AS catalogue_digest"
    )
    changed.execute("UPDATE assess.principle_status SET from_run_no = 2")
    for number, before, now in (("1", "rood", "groen"), ("2", "groen", "oranje"), ("3", "oranje", "oranje")):
        changed.execute("UPDATE assess.principle_status SET status = ? WHERE principle_id = ?", [now, number])
        changed.execute(
            "INSERT INTO assess.principle_status BY NAME SELECT ? AS organisation_id, framework_id, ? AS principle_id, "
            "? AS status, 1 AS from_run_no, 2 AS until_run_no FROM catalogue.norm WHERE level = 'principle' LIMIT 1",
            [organisation, number, before],
        )
    with Published(example.state, changed) as opened:
        trends = [item.trend for item in governance.principles(opened, organisation)]
        assert trends == ["up", "down", "same", *[None] * 7]
        word_file, _ = make("council", opened, organisation, tmp_path)
        assert "| Nr | Principe | Stand | Trend | Zwakste punt" in text_of_docx(word_file)
        changed.execute("UPDATE ops.run SET catalogue_digest = 'andere regels' WHERE run_no = 1")
        trends = [item.trend for item in governance.principles(opened, organisation)]
        assert trends == ["remeasured", "stricter", "remeasured", *[None] * 7]
        word_file, _ = make("council", opened, organisation, tmp_path)
    assert "strenger gemeten" in text_of_docx(word_file) and "slechter" not in text_of_docx(word_file)


@pytest.mark.parametrize(
    ("before", "now", "trend"),
    [(0.40, 0.46, "up"), (0.40, 0.44, "same"), (0.46, 0.40, "down"), (None, 0.40, "same"), (0.40, None, "same")],
)
def test_with_the_same_status_the_score_says_how_it_moved(before: float | None, now: float | None, trend: str) -> None:
    assert governance._trend(PrincipleAfterRun("1", "rood", before), PrincipleAfterRun("1", "rood", now)) == trend


def test_why_a_source_failed_is_not_in_what_becomes_public(
    changed: duckdb.DuckDBPyConnection, example: Installation, organisation: str, tmp_path: Path
) -> None:
    changed.execute(
        "UPDATE ops.source_run SET status = 'failed', reason = 'geen antwoord van https://intern.voorbeeld'"
    )
    with Published(example.state, changed) as opened:
        files = [*make("council", opened, organisation, tmp_path), *make("college", opened, organisation, tmp_path)]
    for file in files:
        text = text_of_docx(file) if file.suffix == ".docx" else text_of_pdf(file)
        assert "mislukt" in text
        assert "intern.voorbeeld" not in text
