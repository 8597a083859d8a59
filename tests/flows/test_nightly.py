"""The nightly run from files to the published copy: what comes in, what is kept out, and what a broken source does.

Two nights under Prefect carry all that can be wrong with a file, each in a source of its own. What Prefect has no part in
is shown without it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from flows.installation import load_installation
from flows.nightly import run_nightly
from flows.steps import Outcome
from tests.few_norms import few_norms
from tests.flows.municipality import (
    AS_OF,
    HEAD,
    HEADER,
    INCIDENTS,
    REGISTER,
    ROWS,
    TICKETS,
    rows,
    write_municipality,
    write_register,
)
from tests.pipeline import run_once
from warehouse.reading.read import Published
from warehouse.storage.landing import Landing

RESULTS = "SELECT * EXCLUDE (from_run_no, until_run_no) FROM assess.test_result ORDER BY ALL"


# --- what is wrong with a file ----------------------------------------------------------------------------------------


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


def zip_without_a_workbook(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("leeg.txt", "")


def nothing_in_it(path: Path) -> None:
    path.write_bytes(b"")


def no_text(path: Path) -> None:
    path.write_bytes(b"\x00\xff\xfe\x80\x81" * 50)


def wrong_cell(column: int, value: str | None) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        wrong = [row[:] for row in ROWS]
        wrong[1][column] = value
        write_register(path, wrong)

    return change


def same_key_twice(path: Path) -> None:
    write_register(path, [*ROWS, [ROWS[0][0], *ROWS[1][1:]]])


def changed_and_removed(path: Path) -> None:
    changed = [row[:] for row in ROWS[:2]]
    changed[0][4] = "12-01-2028"
    write_register(path, changed)


def shrunk(path: Path) -> None:
    write_register(path, ROWS[:1])


def formula_without_value(path: Path) -> None:
    book = load_workbook(path)
    book["Beleid"]["D5"] = "=TODAY()-30"
    book.save(path)  # openpyxl writes formulas without the value Excel would have kept


# Source → what is done to its register of policies between the nights, and a word of what is said of it.
UNREADABLE: dict[str, tuple[Callable[[Path], None], str]] = {
    "weg": (no_file, "weg.xlsx"),
    "versleuteld": (encrypted, "wachtwoord"),
    "kolom-hernoemd": (renamed_column, "Status"),
    "leeg-blad": (empty_workbook, "leeg-blad.xlsx"),
    "afgebroken": (broken_zip, "afgebroken.xlsx"),
    "tekst": (not_a_zip, "tekst.xlsx"),
    "zonder-blad": (zip_without_a_workbook, "zonder-blad.xlsx"),
}
UNREADABLE_CSV: dict[str, Callable[[Path], None]] = {"niets": nothing_in_it, "bytes": no_text}
WRONG_CELLS: dict[str, tuple[int, str | None]] = {
    "datum": (3, "begin volgend jaar"),
    "status": (2, "misschien"),
    "naam": (0, None),
}
OTHERS: dict[str, Callable[[Path], None]] = {
    "dubbel": same_key_twice,
    "gewijzigd": changed_and_removed,
    "gekrompen": shrunk,
    "formule": formula_without_value,
    "beleid": lambda path: None,
}


@dataclass(frozen=True, slots=True)
class Nights:
    """A good night, and the one after the files were changed."""

    folder: Path
    first: Outcome
    second: Outcome

    def current(self, source: str, kind: str = "document") -> int:
        """How many records of a source stand after the second night."""
        counted = f"SELECT count(*) FROM evidence.{kind} WHERE retired_at IS NULL AND source_id = ?"
        return int(rows(self.folder, counted, source)[0][0])

    def said_of(self, source: str) -> str:
        """The one line of the second night about a source that failed or was held back."""
        (line,) = [line for line in map(str, self.second.degraded) if line.startswith(f"gemeente-test/{source}:")]
        return line

    def counts(self, source: str) -> tuple[Any, ...]:
        """Stored, retired and rejected in the second night."""
        columns = "SELECT stored, retired, rejected FROM ops.source_run JOIN ops.run USING (run_id)"
        return rows(self.folder, f"{columns} WHERE run_no = ? AND source_id = ?", self.second.run.run_no, source)[0]


@pytest.fixture(scope="module")
def nights(prefect_server: None, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    folder = tmp_path_factory.mktemp("gemeente")
    changes = {name: change for name, (change, _) in UNREADABLE.items()} | OTHERS
    changes |= {name: wrong_cell(column, value) for name, (column, value) in WRONG_CELLS.items()}
    registers = "".join(REGISTER.format(name=name) for name in changes)
    lists = "".join(TICKETS.format(name=name) for name in [*UNREADABLE_CSV, "incidenten"])
    (folder / "ensia.yaml").write_text(HEAD + registers + lists, "utf-8")
    for name in changes:
        write_register(folder / f"{name}.xlsx", ROWS)
    for name in [*UNREADABLE_CSV, "incidenten"]:
        (folder / f"{name}.csv").write_text(INCIDENTS, "cp1252")
    installation = load_installation(folder)
    first = run_nightly(installation, as_of=AS_OF)
    for name, change in changes.items():
        change(folder / f"{name}.xlsx")
    for name, change in UNREADABLE_CSV.items():
        change(folder / f"{name}.csv")
    return Nights(folder, first, run_nightly(installation, as_of=AS_OF))


def test_a_run_gives_every_control_and_principle_a_status(nights: Nights) -> None:
    registers = len(UNREADABLE) + len(WRONG_CELLS) + len(OTHERS)
    expected = registers * len(ROWS) + (len(UNREADABLE_CSV) + 1) * 2
    assert (nights.first.state, nights.first.totals.stored, nights.first.totals.rejected) == ("ok", expected, 0)
    assert rows(nights.folder, "SELECT count(*) FROM beheersmaatregelen")[0][0] == 93
    assert rows(nights.folder, "SELECT count(*) FROM assess.control_status WHERE status IS NULL")[0][0] == 0
    place = "SELECT bestand, blad, rij FROM bewijs_document WHERE titel = 'Risicobereidheid' AND bron = 'beleid'"
    assert rows(nights.folder, place)[0] == ("beleid.xlsx", "Beleid", 5)


def test_what_is_wrong_with_a_source_is_said_of_that_source_alone(nights: Nights) -> None:
    """The other sources went on, and every one that could not be read or was held back is named."""
    assert nights.second.state == "degraded"
    named = {line.split(":")[0].removeprefix("gemeente-test/") for line in map(str, nights.second.degraded)}
    assert named == {*UNREADABLE, *UNREADABLE_CSV, "gekrompen"}
    outcomes = dict(rows(nights.folder, "SELECT bron, uitkomst FROM bronnen"))
    assert {name for name, outcome in outcomes.items() if outcome == "failed"} == {*UNREADABLE, *UNREADABLE_CSV}
    assert nights.counts("beleid") == (0, 0, 0) and nights.counts("incidenten") == (0, 0, 0)
    assert (nights.current("beleid"), nights.current("incidenten", "ticket")) == (3, 2)


@pytest.mark.parametrize("source", UNREADABLE)
def test_a_workbook_that_cannot_be_read_breaks_only_itself(nights: Nights, source: str) -> None:
    """The message names the file; the earlier evidence stands and nothing is lost."""
    assert f"{source}.xlsx" in nights.said_of(source)
    assert UNREADABLE[source][1] in nights.said_of(source)
    assert nights.current(source) == 3
    assert rows(
        nights.folder,
        "SELECT value FROM evidence.measurement WHERE metric = 'source_delivered' AND object = ? AND retired_at IS NULL",
        source,
    ) == [(0.0,)]


@pytest.mark.parametrize("source", UNREADABLE_CSV)
def test_a_csv_that_cannot_be_read_breaks_only_itself(nights: Nights, source: str) -> None:
    assert f"{source}.csv" in nights.said_of(source)
    assert nights.current(source, "ticket") == 2


@pytest.mark.parametrize("source", WRONG_CELLS)
def test_a_wrong_cell_sends_its_row_to_quarantine(nights: Nights, source: str) -> None:
    """File, sheet, row, column and value are named; the other rows come in; the earlier version of the row stands."""
    number, value = WRONG_CELLS[source]
    assert nights.counts(source)[2] == 1
    refused = "SELECT bestand, blad, rij, kolom, waarde, verwacht FROM quarantaine WHERE bron = ?"
    described = rows(nights.folder, refused, source)
    assert {row[:3] for row in described} == {(f"{source}.xlsx", "Beleid", 5)}
    assert any(HEADER[number] in (column or "") for *_, column, _, _ in described) or value is None
    assert value is None or any(value in (told or "") for *_, told, _ in described)
    assert all(expected for *_, expected in described)


def test_rows_with_the_same_key_are_kept_out_together_and_the_earlier_one_stands(nights: Nights) -> None:
    assert nights.counts("dubbel")[2] == 2 and nights.current("dubbel") == 3
    places = rows(nights.folder, "SELECT rij FROM quarantaine WHERE bron = 'dubbel' ORDER BY rij")
    assert places == [(4,), (7,)]


def test_a_changed_and_a_removed_row_become_versions(nights: Nights) -> None:
    assert nights.counts("gewijzigd") == (1, 1, 0)
    assert nights.current("gewijzigd") == 2


def test_a_batch_that_shrank_is_held_back_whole(nights: Nights) -> None:
    assert "1 regels; minstens 2 verwacht" in nights.said_of("gekrompen")
    assert nights.current("gekrompen") == 3
    shown = rows(nights.folder, "SELECT uitkomst, nieuw FROM bronnen WHERE bron = 'gekrompen'")
    assert shown == [("degraded", 0)]


def test_a_formula_without_a_value_is_named(nights: Nights) -> None:
    assert nights.counts("formule")[2] == 1
    row, expected = rows(nights.folder, "SELECT rij, verwacht FROM quarantaine WHERE bron = 'formule'")[0]
    assert row == 5 and "formule" in (expected or "").lower()


# --- nights in which nothing changes ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Quiet:
    """Three nights over the same files: their outcomes, the results after the first, and what a reader saw who had the
    published file open while the third was published."""

    folder: Path
    outcomes: list[Outcome]
    results: list[tuple[Any, ...]]
    seen: list[tuple[int, int]]


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Quiet:
    folder = write_municipality(tmp_path_factory.mktemp("gemeente") / "stil")
    outcomes = [run_once(folder, AS_OF)]
    results = rows(folder, RESULTS)
    outcomes.append(run_once(folder, AS_OF))

    def look(published: Published) -> tuple[int, int]:
        controls = published.rows("SELECT count(*) AS n FROM beheersmaatregelen")[0]["n"]
        return published.last_run()["run_no"], controls

    state = load_installation(folder).state
    with Published(state) as published:
        seen = [look(published)]
        outcomes.append(run_once(folder, AS_OF))
        seen.append(look(published))
    with Published(state) as published:
        seen.append(look(published))
    return Quiet(folder, outcomes, results, seen)


def test_a_second_run_stores_nothing_and_changes_nothing(quiet: Quiet) -> None:
    first, second, _ = quiet.outcomes
    assert (first.state, first.totals.stored, first.totals.rejected) == ("ok", 5, 0)
    assert (second.totals.stored, second.totals.unchanged) == (0, 5)
    assert second.assessment is not None and set(second.assessment.changed.values()) == {0}
    assert rows(quiet.folder, RESULTS) == quiet.results
    assert rows(quiet.folder, "SELECT count(*) FROM evidence.measurement") == [(3,)]


def test_what_was_read_is_kept_and_every_record_leads_to_it(quiet: Quiet) -> None:
    state = load_installation(quiet.folder).state
    artifact = rows(quiet.folder, "SELECT DISTINCT locator.artifact FROM evidence.document")[0][0]
    assert Landing(state.landing).read(artifact) == (quiet.folder / "beleid.xlsx").read_bytes()
    chain = rows(quiet.folder, "SELECT run_no, manifest_hash, previous_manifest_hash FROM ops.run ORDER BY run_no")
    assert [number for number, _, _ in chain] == [outcome.run.run_no for outcome in quiet.outcomes] == [1, 2, 3]
    assert [previous for _, _, previous in chain[1:]] == [manifest for _, manifest, _ in chain[:-1]]


def test_reading_goes_on_while_a_run_publishes(quiet: Quiet) -> None:
    (_, controls), *_ = quiet.seen
    assert controls > 0
    assert quiet.seen == [(2, controls), (2, controls), (3, controls)]


# --- personal data ----------------------------------------------------------------------------------------------------


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
    outcome = run_once(municipality, AS_OF, catalogue=few_norms())
    assert outcome.totals.rejected == 0
    trained = rows(municipality, "SELECT subject, completed_on FROM evidence.training ORDER BY completed_on NULLS LAST")
    assert [day for _, day in trained] == [date(2026, 10, 1), None]  # "morgen" is no day
    assert all(subject.startswith("p-") for subject, _ in trained)
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
    again = run_once(municipality, AS_OF, catalogue=few_norms())
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
    outcome = run_once(municipality, AS_OF, catalogue=few_norms())
    assert outcome.state == "degraded" and "ENSIA_PSEUDONYM_KEY" in str(outcome.degraded[0])
    assert rows(municipality, "SELECT count(*) FROM evidence.document WHERE retired_at IS NULL") == [(3,)]
