"""A word that no vocabulary knows is listed wherever a user looks, counts for nothing good, and is settled by `words:`."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from cli.check import run_checks
from cli.sources import sample_source
from cli.status import show_status
from flows.installation import load_installation
from models.errors import ConfigurationError
from models.language import Language
from reports.registry import make
from tests.few_norms import chosen_norms
from tests.flows.municipality import ROWS, rows, write_register
from tests.pipeline import run_once
from warehouse.reading.read import Published

AS_OF = date(2026, 11, 20)
OPDRACHT = ["Opdracht", "Opdracht evaluatie back-upbeleid", "vastgesteld", "03-02-2026", "", "CISO"]
KERST = ["Borrel", "Kerstborrel", "vastgesteld", "03-02-2026", "", "CISO"]
H_BELEID = ["H-stuk", "H-beleid", "vastgesteld", "03-02-2026", "", "CISO"]
TICKETS = "Nummer;Soort;Gemeld;Opgelost;Prioriteit\nI-1;incident;01-11-2026;03-11-2026;superhoog\nI-2;incident;01-11-2026;;superhoog\n"
REMARK = (
    "3 onbekende woorden in Onderwerp tellen nergens voor mee: ‘H-beleid’ (2×, lijkt op ‘informatiebeveiligingsbeleid’), ‘Kerstborrel’, "
    "‘Opdracht evaluatie back-upbeleid’ (lijkt op ‘back-upbeleid’)"
)


@pytest.fixture
def wordy(municipality: Path) -> Path:
    """The municipality with a register in which some words are nobody's."""
    write_register(municipality / "beleid.xlsx", [*ROWS, OPDRACHT, KERST, H_BELEID, ["H-stuk 2", *H_BELEID[1:]]])
    (municipality / "incidenten.csv").write_text(TICKETS, "cp1252")
    return municipality


def add_words(folder: Path, text: str) -> None:
    """Say in the configuration what own words mean."""
    file = folder / "ensia.yaml"
    file.write_text(f"{file.read_text('utf-8')}\nwords:\n{text}", "utf-8")


def close_to_others(root: Path) -> None:
    """What the command of a night does with its umask."""
    for path in (root, *root.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)


def unknown(folder: Path) -> list[tuple[object, ...]]:
    return rows(folder, "SELECT bron, kolom, woord, aantal, lijkt_op FROM main.onbekende_woorden")


def test_unknown_words_are_listed_in_sample_view_status_dashboard_and_check(
    wordy: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sample_source(load_installation(wordy), "beleid", Language.NL, True)
    assert REMARK in capfd.readouterr().err
    run_once(wordy, AS_OF)
    assert unknown(wordy) == [
        ("beleid", "Onderwerp", "H-beleid", 2, "informatiebeveiligingsbeleid"),
        ("beleid", "Onderwerp", "Kerstborrel", 1, None),
        ("beleid", "Onderwerp", "Opdracht evaluatie back-upbeleid", 1, "back-upbeleid"),
        ("incidenten", "Prioriteit", "superhoog", 2, "hoog"),
    ]
    installation = load_installation(wordy)
    show_status(installation.state, None, Language.NL, False, None, None)
    assert "‘H-beleid’ (2×" in capfd.readouterr().out
    show_status(installation.state, None, Language.NL, True, None, None)
    [part] = json.loads(capfd.readouterr().out)
    assert [word["word"] for word in part["unknown_words"]] == [row[2] for row in unknown(wordy)]
    with Published(installation.state) as published:
        [page] = make("dashboard", published, "gemeente-test", wordy / "exports")
    assert f"<li>{REMARK}</li>" in page.read_text("utf-8")
    close_to_others(installation.state.root)
    assert run_checks(installation, Language.NL) == 0
    told = capfd.readouterr().err
    assert "gemeente-test stonden bij de laatste run 4 onbekende woorden; zie de view onbekende_woorden" in told
    assert run_checks(installation, Language.EN) == 0
    assert "held 4 unknown words in the last run" in capfd.readouterr().err


def test_what_is_only_about_a_policy_proves_no_policy(wordy: Path) -> None:
    run_once(wordy, AS_OF, catalogue=chosen_norms(frozenset({"8.13", "8.13.01"}), frozenset()))
    topics = rows(
        wordy, "SELECT title, topic FROM evidence.document WHERE title IN ('Opdracht', 'Borrel') ORDER BY ALL"
    )
    assert topics == [("Borrel", "kerstborrel"), ("Opdracht", "opdracht_evaluatie_back_upbeleid")]
    [backup] = rows(wordy, "SELECT status FROM main.maatregelen WHERE norm = '8.13.01'")
    assert backup == ("geen_bewijs",)


def test_words_of_the_organisation_lead_to_ours_or_to_nothing(wordy: Path) -> None:
    add_words(wordy, "  topic: {h-Beleid: back-upbeleid, Kerstborrel: null}\n  priority: {superhoog: kritiek}\n")
    run_once(wordy, AS_OF)
    assert [row[2] for row in unknown(wordy)] == ["Opdracht evaluatie back-upbeleid"]
    assert rows(wordy, "SELECT DISTINCT topic FROM evidence.document WHERE title LIKE 'H-stuk%'") == [
        ("backup_policy",)
    ]
    assert rows(wordy, "SELECT DISTINCT priority FROM evidence.ticket") == [("critical",)]


def test_what_a_source_says_of_its_own_column_comes_first(wordy: Path) -> None:
    add_words(wordy, "  priority: {hoog: laag, superhoog: laag}\n")
    file = wordy / "ensia.yaml"
    text = file.read_text("utf-8").replace(
        "    file: incidenten.csv", "    file: incidenten.csv\n    words: {priority: {superhoog: kritiek}}"
    )
    file.write_text(text, "utf-8")
    run_once(wordy, AS_OF)
    assert rows(wordy, "SELECT DISTINCT priority FROM evidence.ticket") == [("critical",)]


def test_words_that_lead_nowhere_are_refused(wordy: Path) -> None:
    for words, reason in (
        ("  topic: {H-beleid: backupbelijd}\n", "‘backupbelijd’ is er niet; er zijn: informatiebeveiligingsbeleid"),
        ("  onderwerpen: {a: b}\n", "‘onderwerpen’: dat is geen woordenlijst, kolom of kenmerk"),
    ):
        before = (wordy / "ensia.yaml").read_text("utf-8")
        add_words(wordy, words)
        with pytest.raises(ConfigurationError) as refusal:
            load_installation(wordy)
        assert reason in str(refusal.value) and "words" in str(refusal.value)
        (wordy / "ensia.yaml").write_text(before, "utf-8")


def test_check_tells_of_a_word_in_the_settings_that_is_nobodys(
    municipality: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = municipality / "ensia.yaml"
    file.write_text(
        file.read_text("utf-8").replace("covers: [{kind: ticket}]", "covers: [{kind: ticket, about: [Incidentt]}]"),
        "utf-8",
    )
    assert run_checks(load_installation(municipality), Language.NL) == 0
    told = capfd.readouterr().err
    assert "gemeente-test/incidenten: ‘Incidentt’ (covers) staat in geen woordenlijst en telt nergens voor mee" in told


def test_a_risk_scale_in_words_is_read_with_what_the_source_says(municipality: Path) -> None:
    (municipality / "risicos.csv").write_text(
        "ID;Bruto;Netto;Bereidheid;Eigenaar\nR1;hoog;midden;laag;Burgerzaken\nR2;midden;laag;laag;n.t.b.\n", "utf-8"
    )
    scale = "{laag: 1, midden: 2, hoog: 3}"
    source = (
        "  - {id: risicos, connector: spreadsheet, file: risicos.csv, kind: risk, number: ID, "
        "columns: {inherent: Bruto, residual: Netto, appetite: Bereidheid, owner: Eigenaar}, "
        f"words: {{inherent: {scale}, residual: {scale}, appetite: {scale}}}}}\n"
    )
    file = municipality / "ensia.yaml"
    file.write_text(file.read_text("utf-8") + source, "utf-8")
    run_once(municipality, AS_OF)
    read = rows(municipality, "SELECT inherent, residual, appetite, owner FROM evidence.risk ORDER BY record_key")
    assert read == [(3, 2, 1, "Burgerzaken"), (2, 1, 1, None)]
