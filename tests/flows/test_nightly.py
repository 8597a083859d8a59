"""The nightly run from files to the published copy: what comes in, what is kept out, and what a broken source does."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from flows.installation import load_installation
from flows.nightly import run_nightly
from flows.steps import Outcome
from tests.flows.conftest import HEADER, ROWS, write_register
from warehouse.landing import Landing
from warehouse.read import Published

AS_OF = date(2026, 11, 20)


def night(folder: Path, as_of: date = AS_OF) -> Outcome:
    return run_nightly(load_installation(folder), as_of=as_of)


def rows(folder: Path, sql: str, *bound: Any) -> list[tuple[Any, ...]]:
    with Published(load_installation(folder).state) as published:
        return published.connection.execute(sql, list(bound)).fetchall()


def current(folder: Path, kind: str) -> int:
    return rows(folder, f"SELECT count(*) FROM evidence.{kind} WHERE retired_at IS NULL AND source_id <> 'pipeline'")[
        0
    ][0]


def test_a_run_gives_every_control_and_principle_a_status(municipality: Path) -> None:
    outcome = night(municipality)
    assert (outcome.state, outcome.totals.stored, outcome.totals.rejected) == ("ok", 5, 0)
    assert rows(municipality, "SELECT count(*) FROM beheersmaatregelen")[0][0] == 93
    assert rows(municipality, "SELECT count(*) FROM assess.control_status WHERE status IS NULL")[0][0] == 0
    place = rows(municipality, "SELECT bestand, blad, rij FROM bewijs_document WHERE titel = 'Risicobereidheid'")[0]
    assert place == ("beleid.xlsx", "Beleid", 5)


def test_a_second_run_stores_nothing_and_changes_nothing(municipality: Path) -> None:
    night(municipality)
    before = rows(municipality, "SELECT * EXCLUDE (from_run_no, until_run_no) FROM assess.test_result ORDER BY ALL")
    second = night(municipality)
    assert (second.totals.stored, second.totals.unchanged) == (0, 5)
    assert second.assessment is not None and set(second.assessment.changed.values()) == {0}
    assert (
        rows(municipality, "SELECT * EXCLUDE (from_run_no, until_run_no) FROM assess.test_result ORDER BY ALL")
        == before
    )
    assert rows(municipality, "SELECT count(*) FROM evidence.measurement") == [(3,)]


def test_what_was_read_is_kept_and_every_record_leads_to_it(municipality: Path) -> None:
    night(municipality)
    state = load_installation(municipality).state
    artifact = rows(municipality, "SELECT DISTINCT locator.artifact FROM evidence.document")[0][0]
    assert Landing(state.landing).read(artifact) == (municipality / "beleid.xlsx").read_bytes()
    first, second = night(municipality), night(municipality)
    chain = rows(municipality, "SELECT manifest_hash, previous_manifest_hash FROM ops.run ORDER BY run_no")
    assert chain[1][1] == chain[0][0] and chain[2][1] == chain[1][0] and first.run.run_no + 1 == second.run.run_no


def test_a_changed_and_a_removed_row_become_versions(municipality: Path) -> None:
    night(municipality)
    changed = [row[:] for row in ROWS[:2]]
    changed[0][4] = "12-01-2028"
    write_register(municipality / "beleid.xlsx", changed)
    outcome = night(municipality)
    assert (outcome.totals.stored, outcome.totals.retired) == (1, 1)
    assert current(municipality, "document") == 2


def broken_zip(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:800])


def encrypted(path: Path) -> None:
    # the container of a password-protected workbook ([MS-OFFCRYPTO] 2.3.4.4: a stream named EncryptedPackage)
    path.write_bytes(
        bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 2040 + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 2048
    )


def renamed_column(path: Path) -> None:
    write_register(path, ROWS, ["Naam", "Onderwerp", "Stand van zaken", *HEADER[3:]])


def empty_workbook(path: Path) -> None:
    Workbook().save(path)


def no_file(path: Path) -> None:
    path.unlink()


def not_a_zip(path: Path) -> None:
    path.write_bytes(b"Dit is geen werkmap")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (no_file, ["beleid.xlsx"]),
        (encrypted, ["beleid.xlsx", "wachtwoord"]),
        (renamed_column, ["beleid.xlsx", "Status"]),
        (empty_workbook, ["beleid.xlsx"]),
        (broken_zip, ["beleid.xlsx"]),
        (not_a_zip, ["beleid.xlsx"]),
    ],
)
def test_a_workbook_that_cannot_be_read_breaks_only_itself(municipality: Path, damage: Any, words: list[str]) -> None:
    """The message names the file; the other source goes on; the earlier evidence stands and nothing is lost."""
    night(municipality)
    damage(municipality / "beleid.xlsx")
    outcome = night(municipality)
    assert outcome.state == "degraded" and len(outcome.degraded) == 1
    for word in words:
        assert word in outcome.degraded[0]
    assert current(municipality, "document") == 3 and current(municipality, "ticket") == 2
    assert rows(municipality, "SELECT uitkomst FROM bronnen ORDER BY bron") == [("failed",), ("ok",)]
    assert rows(
        municipality,
        "SELECT value FROM evidence.measurement WHERE metric = 'source_delivered' AND object = 'beleid' AND retired_at IS NULL",
    ) == [(0.0,)]


@pytest.mark.parametrize(
    ("content", "word"), [(b"", "incidenten.csv"), (b"\x00\xff\xfe\x80\x81" * 50, "incidenten.csv")]
)
def test_a_csv_that_cannot_be_read_breaks_only_itself(municipality: Path, content: bytes, word: str) -> None:
    night(municipality)
    (municipality / "incidenten.csv").write_bytes(content)
    outcome = night(municipality)
    assert outcome.state == "degraded" and word in outcome.degraded[0]
    assert current(municipality, "ticket") == 2


@pytest.mark.parametrize(
    ("change", "column", "value"),
    [
        (lambda rows: rows[1].__setitem__(3, "begin volgend jaar"), "Vastgesteld op", "begin volgend jaar"),
        (lambda rows: rows[1].__setitem__(2, "misschien"), "Status", "misschien"),
        (lambda rows: rows[1].__setitem__(0, None), "Naam", None),
    ],
)
def test_a_wrong_cell_sends_its_row_to_quarantine(
    municipality: Path, change: Any, column: str, value: str | None
) -> None:
    """File, sheet, row, column and value are named; the other rows come in; the earlier version of the row stands."""
    night(municipality)
    wrong = [row[:] for row in ROWS]
    change(wrong)
    write_register(municipality / "beleid.xlsx", wrong)
    outcome = night(municipality)
    assert (outcome.state, outcome.totals.rejected) == ("ok", 1)
    found = rows(municipality, "SELECT DISTINCT bestand, blad, rij FROM quarantaine")
    assert found == [("beleid.xlsx", "Beleid", 5)]
    described = rows(municipality, "SELECT kolom, waarde, verwacht FROM quarantaine")
    assert any(column in (kolom or "") for kolom, _, _ in described) or value is None
    assert value is None or any(value in (waarde or "") for _, waarde, _ in described)
    assert all(verwacht for _, _, verwacht in described)


def test_rows_with_the_same_key_are_kept_out_together_and_the_earlier_one_stands(municipality: Path) -> None:
    night(municipality)
    double = [*ROWS, [ROWS[0][0], *ROWS[1][1:]]]
    write_register(municipality / "beleid.xlsx", double)
    outcome = night(municipality)
    assert outcome.totals.rejected == 2 and current(municipality, "document") == 3
    assert rows(municipality, "SELECT rij FROM quarantaine ORDER BY rij") == [(4,), (7,)]


def test_a_formula_without_a_value_is_named(municipality: Path) -> None:
    book = load_workbook(municipality / "beleid.xlsx")
    book["Beleid"]["D5"] = "=TODAY()-30"
    book.save(municipality / "beleid.xlsx")  # openpyxl writes formulas without the value Excel would have kept
    outcome = night(municipality)
    assert outcome.totals.rejected == 1
    found = rows(municipality, "SELECT rij, kolom, verwacht FROM quarantaine")
    assert found[0][0] == 5 and "formule" in (found[0][2] or "").lower()


def test_a_batch_that_shrank_is_held_back_whole(municipality: Path) -> None:
    night(municipality)
    write_register(municipality / "beleid.xlsx", ROWS[:1])
    outcome = night(municipality)
    assert outcome.state == "degraded" and "1 regels; minstens 2 verwacht" in outcome.degraded[0]
    assert current(municipality, "document") == 3
    assert rows(municipality, "SELECT uitkomst, nieuw FROM bronnen WHERE bron = 'beleid'") == [("degraded", 0)]


def test_a_truncated_zip_inside_a_good_name_is_no_reason_to_lose_the_rest(municipality: Path) -> None:
    with zipfile.ZipFile(municipality / "beleid.xlsx", "w") as archive:
        archive.writestr("leeg.txt", "")
    outcome = night(municipality)
    assert outcome.state == "degraded" and current(municipality, "ticket") == 2


def test_reading_goes_on_while_a_run_publishes(municipality: Path) -> None:
    night(municipality)
    state = load_installation(municipality).state
    with Published(state) as published:
        before = published.last_run()["run_no"]
        night(municipality)
        assert published.last_run()["run_no"] == before
        assert published.rows("SELECT count(*) AS n FROM beheersmaatregelen")[0]["n"] == 93
    with Published(state) as published:
        assert published.last_run()["run_no"] == before + 1


def test_personal_data_is_pseudonymised_on_the_way_in_and_not_landed(
    municipality: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENSIA_PSEUDONYM_KEY", "een-lange-sleutel")
    extra = """
  - id: training
    connector: spreadsheet
    file: training.csv
    kind: training
    key: [subject, course]
    personal_data: true
    columns: {subject: Naam, audience: Doelgroep, course: Cursus, completed_on: Afgerond, result: Resultaat}
"""
    (municipality / "ensia.yaml").write_text((municipality / "ensia.yaml").read_text("utf-8") + extra, "utf-8")
    people = "Naam;Doelgroep;Cursus;Afgerond;Resultaat\nJoke Hagedoorn;medewerker;awareness;01-10-2026;geslaagd\nBram Quispel;medewerker;awareness;morgen;geslaagd\n"
    (municipality / "training.csv").write_text(people, "cp1252")
    outcome = night(municipality)
    assert outcome.totals.rejected == 1
    subject = rows(municipality, "SELECT subject FROM evidence.training")[0][0]
    assert subject.startswith("p-")
    for name in ("Hagedoorn", "Quispel"):
        for file in load_installation(municipality).state.root.rglob("*"):
            if file.is_file():
                content = file.read_bytes()
                assert name.encode() not in content and name.lower().encode() not in content, file
    gz = [
        Landing(load_installation(municipality).state.landing).read(a)
        for (a,) in rows(municipality, "SELECT artifact FROM ops.landing WHERE source_id = 'training'")
    ]
    assert gz and all(b"Hagedoorn" not in content for content in gz)
    again = night(municipality)
    assert again.totals.stored == 0


def test_a_missing_pseudonym_key_is_told_and_leaves_the_other_sources_alone(
    municipality: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ENSIA_PSEUDONYM_KEY", raising=False)
    text = (
        (municipality / "ensia.yaml")
        .read_text("utf-8")
        .replace("file: incidenten.csv", "file: incidenten.csv\n    personal_data: true")
    )
    (municipality / "ensia.yaml").write_text(text, "utf-8")
    outcome = night(municipality)
    assert outcome.state == "degraded" and "ENSIA_PSEUDONYM_KEY" in outcome.degraded[0]
    assert current(municipality, "document") == 3
