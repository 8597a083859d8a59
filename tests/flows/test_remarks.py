"""What a source merged, left out or skipped is said wherever a user looks: sample, night, status, dashboard and the officers' view."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from cli.nightly import run
from cli.sources import sample_source
from cli.status import show_status
from flows.installation import load_installation
from models.language import Language
from reports.registry import make
from tests.flows.municipality import HEADER, ROWS, write_register
from tests.pipeline import run_once
from warehouse.reading.read import Published

AS_OF = date(2026, 11, 20)
SAID = {
    "hidden_sheet": (1, "dit blad is verborgen en is gelezen"),
    "hidden_rows_read": (2, "2 verborgen rijen zijn meegelezen (rij 4, 5)"),
    "headers_again": (1, "1 herhaalde kopregel is overgeslagen (rij 7)"),
    "totals": (1, "1 totaalregel is overgeslagen (rij 8)"),
    "unmapped_rows": (1, "1 rij zonder waarde in een gekoppelde kolom is overgeslagen (rij 9)"),
}
PLACE = "beleid.xlsx, blad Beleid"


@pytest.fixture
def remarkable(municipality: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The municipality with a register of which a reader may not expect everything that is in it."""
    monkeypatch.setenv("COLUMNS", "160")
    only_a_note = [None] * len(HEADER) + ["zie archief"]
    total = ["Totaal", None, None, None, None, None]
    write_register(municipality / "beleid.xlsx", [*ROWS, HEADER, total, only_a_note])
    book = load_workbook(municipality / "beleid.xlsx")
    sheet = book["Beleid"]
    for number in (4, 5):
        sheet.row_dimensions[number].hidden = True
    sheet.sheet_state = "hidden"
    book.create_sheet("Toelichting")
    book.active = 1
    book.save(municipality / "beleid.xlsx")
    configuration = municipality / "ensia.yaml"
    text = configuration.read_text("utf-8").replace("file: beleid.xlsx", "file: beleid.xlsx\n    sheet: Beleid")
    configuration.write_text(text, "utf-8")
    return municipality


def test_a_sample_says_it_and_stays_what_programs_read(remarkable: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample_source(load_installation(remarkable), "beleid", Language.NL, True)
    shown = capsys.readouterr()
    assert {record["kind"] for record in json.loads(shown.out)} == {"document"}
    for _, text in SAID.values():
        assert f"{PLACE}: {text}" in shown.err


@pytest.mark.usefixtures("prefect_server")
def test_a_night_says_it_keeps_it_and_status_view_and_dashboard_show_it(
    remarkable: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    installation = load_installation(remarkable)
    run(installation, AS_OF, Language.NL, full=False, quiet=False)
    night = capfd.readouterr().err
    show_status(installation.state, None, Language.NL, False, None, None)
    status = capfd.readouterr().out
    show_status(installation.state, None, Language.NL, True, None, None)
    [part] = json.loads(capfd.readouterr().out)
    with Published(installation.state) as published:
        rows = published.rows("FROM main.bron_opmerkingen WHERE bron = 'beleid'")
        [page] = make("dashboard", published, "gemeente-test", remarkable / "exports")
    dashboard = page.read_text("utf-8")
    assert {row["soort"]: (row["aantal"], row["opmerking"]) for row in rows} == SAID
    assert {row["plaats"] for row in rows} == {PLACE}
    assert [remark["text"] for remark in part["remarks"]] == [row["opmerking"] for row in rows]
    for _, text in SAID.values():
        assert f"{PLACE}: {text}" in night
        assert f"beleid: {PLACE}: {text}" in status
        assert f"<li>{PLACE}: {text}</li>" in dashboard


def test_what_an_earlier_reading_said_is_not_shown_of_the_newest(remarkable: Path) -> None:
    run_once(remarkable, AS_OF)
    write_register(remarkable / "beleid.xlsx", ROWS)
    run_once(remarkable, AS_OF)
    with Published(load_installation(remarkable).state) as published:
        assert published.rows("FROM main.bron_opmerkingen") == []
        assert len(published.rows("FROM ops.source_remark")) == len(SAID)
