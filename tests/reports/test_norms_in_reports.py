"""What an organisation adds to the catalogue reaches its reports: own norms, own thresholds with their reason, and the
official wording it imported."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from rich.console import Console

import cli.explain
import cli.status
from cli.catalogue import import_text
from flows.installation import load_installation
from reports import ensia_workbook
from reports.answers import answers, explanation
from reports.dashboard_data import collect
from tests.models.worked_example import example
from tests.pipeline import run_once
from warehouse.reading.explain import explain
from warehouse.reading.read import Published
from warehouse.storage.database import State

CONFIGURATION = """\
organisation: {id: klein, name: Gemeente Klein}
state: state
catalogue: catalogus
frameworks: [bio2-1.3, principes-2018, suwinet-2026]
sources:
  - id: rechten
    connector: spreadsheet
    file: rechten.csv
    delimiter: ";"
    kind: access_review
    key: [system, scope, performed_on]
    columns: {system: systeem, scope: soort, performed_on: op, accounts_reviewed: nagelopen, owner: door}
  - id: cijfers
    connector: spreadsheet
    file: cijfers.csv
    delimiter: ";"
    kind: measurement
    key: [metric, object, observed_at]
    columns: {metric: maat, object: object, value: waarde, observed_at: op}
"""
WORDING = "Zo staat het in de officiële tekst."
REASON = "Het college wil elke maand weten of back-ups lukken (besluit van 3 maart 2026)."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A municipality with the worked example of the documentation as its own catalogue, after one run."""
    made = tmp_path_factory.mktemp("klein")
    example(made)
    (made / "ensia.yaml").write_text(CONFIGURATION, "utf-8")
    lines = [
        "systeem;soort;op;nagelopen;door",
        "Suwinet;gewoon;01-10-2026;12;CISO",
        "Suwinet;gewoon;01-03-2026;12;CISO",
    ]
    lines += [f"Kantoor;bijzonder;01-{month:02d}-2026;3;CISO" for month in (1, 4, 7, 10)]
    (made / "rechten.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (made / "cijfers.csv").write_text(
        "maat;object;waarde;op\nsecurity_budget_share;begroting;6,4;01-10-2026\n", "utf-8"
    )
    run_once(made, date(2026, 11, 20), all_norms=True)
    (made / "deel2.md").write_text(f"## 8.13.01\n{WORDING}\n", "utf-8")
    import_text(load_installation(made), made / "deel2.md", "bio2-1.3", "nl")
    return made


@pytest.fixture(scope="module")
def published(folder: Path) -> Iterator[Published]:
    with Published(State(folder / "state")) as opened:
        yield opened


def printed(monkeypatch: pytest.MonkeyPatch, module: object, show: object, *given: object) -> str:
    console = Console(width=200, record=True, highlight=False)
    monkeypatch.setattr(module, "console", lambda: console)
    show(*given)  # type: ignore[operator]
    return console.export_text()


def test_an_own_norm_has_a_status_from_its_own_rule(published: Published) -> None:
    [measure] = explain(published, "klein", "S.2")["measures"]
    [test] = [test for test in measure["tests"] if test["test_id"] == "S.2-werking-controle"]
    assert (test["result"], [record["place"] for record in test["evidence"]]) == (
        "pass", ["rechten.csv, rij 2", "rechten.csv, rij 3"],
    )  # fmt: skip


def test_explain_tells_what_it_is_measured_by_and_the_official_wording(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = State(folder / "state")
    text = printed(monkeypatch, cli.explain, cli.explain.show_explanation, state, "8.13.01", None, "nl", False)
    assert f"Officiële tekst: {WORDING}" in text
    assert "Maatstaf: meting (geslaagde back-ups): goed als er elke maand een is, in het kalenderjaar" in text
    assert f"Eigen drempel: {REASON}" in text


def test_status_lists_the_own_thresholds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = printed(
        monkeypatch, cli.status, cli.status.show_status, State(folder / "state"), None, "nl", False, None, None
    )
    assert "Eigen drempel 8.13.01-werking-geslaagd (goed als er elke maand een is" in text
    assert "Eigen drempel P7.1 (groen vanaf 6%; oranje vanaf 4%): Het beveiligingsbudget" in text.replace("\n", " ")


def test_the_drafted_explanation_says_against_what_and_why(published: Published) -> None:
    [answer] = [answer for answer in answers(published, "klein") if answer.question_id == "8.13.01"]
    line = next(
        line for line in explanation(answer).splitlines() if "back-ups lukken" in line and line.startswith("Werking")
    )
    assert "maatstaf: goed als er elke maand een is" in line
    assert f"Eigen drempel: {REASON.rstrip('.')}" in line


def test_the_dashboard_carries_them(published: Published) -> None:
    page = collect(published, "klein")
    [measure] = [one for norm in page["norms"].values() for one in norm["measures"] if one["number"] == "8.13.01"]
    assert measure["official"] == WORDING
    assert [test["override"] for test in measure["tests"] if test["override"]] == [REASON]
    assert all(test["measured_by"] for test in measure["tests"])
    [indicator] = [one for principle in page["principles"] for one in principle["indicators"] if one["id"] == "P7.1"]
    assert (indicator["colour"], indicator["green"]) == ("groen", "≥ 6%")
    assert indicator["override"].startswith("Het beveiligingsbudget staat bij ons")


def test_the_workbook_carries_them(published: Published, tmp_path: Path) -> None:
    [file] = ensia_workbook.build(published, "klein", tmp_path)
    book = openpyxl.load_workbook(file)
    assert ("bio2-1.3", "8.13.01", WORDING) in [row[:3] for row in book["Officiële tekst"].values]
    measured = {row[3].value: row[4].value for row in book["Bewijs"].iter_rows(min_row=4)}
    assert measured["Elk kwartaal is gemeten dat back-ups lukken."].endswith(f"\nEigen drempel: {REASON}")


def test_the_tables_of_officers_carry_them(published: Published) -> None:
    [row] = published.rows("SELECT toets, maatstaf FROM toetsen WHERE reden_eigen_drempel IS NOT NULL")
    assert row["toets"] == "8.13.01-werking-geslaagd" and "elke maand" in row["maatstaf"]
    [row] = published.rows("SELECT indicator FROM indicatoren WHERE reden_eigen_drempel IS NOT NULL")
    assert row["indicator"] == "P7.1"
